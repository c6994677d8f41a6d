// SPDX-License-Identifier: BSD-2-Clause
/* From a readable description to a package: INI sections to elements, in the order the format wants them. */
#include <ini.h>

#include "base/hex.h"
#include "codec/ids.h"
#include "profile/build.h"

static const char builtin[] =
	"# The project's own test profile: a USIM with Milenage. All values are placeholders that an order replaces.\n"
	"[profile]\n"
	"type = esimlab test profile\n"
	"iccid = 8900101000000000001\n"
	"\n"
	"[codes]\n"
	"pin1 = 0000\n"
	"pin1-enabled = no\n"
	"puk1 = 12345678\n"
	"pin2 = 0000\n"
	"puk2 = 12345678\n"
	"adm1 = 3131313131313131\n"
	"\n"
	"[usim]\n"
	"aid = A0000000871002FF49FFFF8900000100\n"
	"imsi = 001010000000001\n"
	"mnc-digits = 2\n"
	"spn = esimlab\n"
	"msisdn = 99900000001\n"
	"algorithm = milenage\n"
	"k = 00112233445566778899AABBCCDDEEFF\n"
	"opc = 000102030405060708090A0B0C0D0E0F\n"
	"\n"
	"[ota]\n"
	"kic = 00000000000000000000000000000001\n"
	"kid = 00000000000000000000000000000002\n"
	"kik = 00000000000000000000000000000003\n";

const char *
profile_builtin_description(void)
{
	return builtin;
}

/* ---- reading ---- */

static const struct { const char *section, *name; size_t offset, size; } texts[] = {
#define TEXT(section, name, member) {section, name, offsetof(struct description, member), sizeof(((struct description *)0)->member)}
	TEXT("profile", "type", type), TEXT("profile", "iccid", iccid), TEXT("profile", "version", version), TEXT("profile", "services", services),
	TEXT("profile", "templates", templates), TEXT("profile", "libraries", libraries), TEXT("profile", "iot-pix", iot_pix),
	TEXT("codes", "pin1", pin1), TEXT("codes", "puk1", puk1), TEXT("codes", "pin2", pin2), TEXT("codes", "puk2", puk2),
	TEXT("codes", "adm1", adm1), TEXT("codes", "pin1-enabled", pin1_enabled),
	TEXT("usim", "aid", aid), TEXT("usim", "imsi", imsi), TEXT("usim", "spn", spn), TEXT("usim", "msisdn", msisdn), TEXT("usim", "smsc", smsc),
	TEXT("usim", "mnc-digits", mnc_digits), TEXT("usim", "algorithm", algorithm), TEXT("usim", "ust", ust),
};

static const struct { const char *section, *name; size_t offset; } keys[] = {
#define KEY(section, name, member) {section, name, offsetof(struct description, member)}
	KEY("usim", "k", k), KEY("usim", "opc", opc), KEY("ota", "kic", kic), KEY("ota", "kid", kid), KEY("ota", "kik", kik),
};

static const struct { const char *name; size_t offset, size; } file_texts[] = {
#define FILE_TEXT(name, member) {name, offsetof(struct extra_file, member), sizeof(((struct extra_file *)0)->member)}
	FILE_TEXT("kind", kind), FILE_TEXT("size", size), FILE_TEXT("record", record), FILE_TEXT("access", access), FILE_TEXT("sfi", sfi),
};

static bool
set_text(struct description *d, char *to, size_t size, const char *value)
{
	if (strlen(value) >= size) {
		d->error = "the value is too long";
		return false;
	}
	strcpy(to, value);
	return true;
}

static bool
set_file(struct description *d, const char *path, const char *name, const char *value)
{
	struct extra_file *f = d->n_files ? &d->file[d->n_files - 1] : NULL;
	size_t i;

	if (!f || strcmp(f->path, path) != 0) {
		if (d->n_files == DESCRIBED_FILES || strlen(path) >= sizeof(f->path)) {
			d->error = "too many files, or a path that is too long";
			return false;
		}
		f = &d->file[d->n_files++];
		strcpy(f->path, path);
	}
	if (strcmp(name, "content") == 0) {
		d->error = "content: want hex digits";
		return hex_read(d->c, bytes_of_str(value), &f->content) == RSP_OK;
	}
	for (i = 0; i < sizeof(file_texts) / sizeof(file_texts[0]); i++)
		if (strcmp(file_texts[i].name, name) == 0)
			return set_text(d, (char *)f + file_texts[i].offset, file_texts[i].size, value);
	d->error = "there is no such setting of a file";
	return false;
}

/* ---- [element KIND LABEL] and [raw LABEL] ---- */

static bool
section_kind(struct section *s, const char *title)
{
	const char *name = title + strlen("element ");
	char kind[32];
	size_t n;

	s->raw = strcmp(title, "raw") == 0 || strncmp(title, "raw ", 4) == 0;
	if (s->raw)
		return true;
	n = strcspn(name, " ");
	if (n >= sizeof(kind))
		return false;
	memcpy(kind, name, n);
	kind[n] = '\0';
	return pe_kind_by_name(kind, &s->kind);
}

static struct section *
section_of(struct description *d, const char *title)
{
	struct section *s = d->n_sections ? &d->section[d->n_sections - 1] : NULL;
	size_t i;

	for (i = 0; i < d->n_sections; i++)
		if (strcmp(d->section[i].title, title) == 0)
			return &d->section[i];
	d->error = "too many elements";
	if (d->n_sections == DESCRIBED_ELEMENTS)
		return NULL;
	s = &d->section[d->n_sections];
	*s = (struct section){.title = rsp_strdup(d->c, title)};
	d->error = "there is no element of this kind";
	if (!s->title || !section_kind(s, title))
		return NULL;
	d->n_sections++;
	return s;
}

static bool
add_setting(struct description *d, struct section *s, const char *name, const char *value)
{
	struct setting *more;

	d->error = "too many settings, or no memory";
	if (s->n == DESCRIBED_SETTINGS)
		return false;
	if (s->n == s->cap) {
		more = rsp_alloc(d->c, (s->cap ? 2 * s->cap : 16) * sizeof(*more));
		if (!more)
			return false;
		if (s->n)
			memcpy(more, s->set, s->n * sizeof(*more));
		s->set = more;
		s->cap = s->cap ? 2 * s->cap : 16;
	}
	s->set[s->n++] = (struct setting){rsp_strdup(d->c, name), rsp_strdup(d->c, value), false};
	return s->set[s->n - 1].name && s->set[s->n - 1].value;
}

/* A name that comes again, also on an indented line, goes on where it stopped. A file in generic file management may come again. */
static bool
set_element(struct description *d, const char *title, const char *name, const char *value)
{
	struct section *s = section_of(d, title);
	struct setting *last;

	if (!s)
		return false;
	last = s->n ? &s->set[s->n - 1] : NULL;
	if (!last || strcmp(last->name, name) != 0)
		return add_setting(d, s, name, value);
	last->value = rsp_sprintf(d->c, "%s %s", last->value, value);
	return last->value != NULL;
}

static bool
one_setting(struct description *d, const char *section, const char *name, const char *value)
{
	size_t i;

	if (strncmp(section, "file ", 5) == 0)
		return set_file(d, section + 5, name, value);
	if (strncmp(section, "element ", 8) == 0 || strcmp(section, "raw") == 0 || strncmp(section, "raw ", 4) == 0)
		return set_element(d, section, name, value);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].section, section) == 0 && strcmp(texts[i].name, name) == 0)
			return set_text(d, (char *)d + texts[i].offset, texts[i].size, value);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0) {
			struct bytes *to = (struct bytes *)(void *)((uint8_t *)d + keys[i].offset);

			d->error = "want 32 hex digits";
			return hex_read(d->c, bytes_of_str(value), to) == RSP_OK && to->n == 16;
		}
	d->error = "there is no such setting";
	return false;
}

/* inih goes on after a line that was refused, and names the first. */
static int
setting(void *user, const char *section, const char *name, const char *value)
{
	struct description *d = user;

	if (!d->failed)
		d->failed = !one_setting(d, section, name, value);
	return !d->failed;
}

static enum rsp_status
parse(struct rsp_ctx *c, const char *text, struct description *d)
{
	int line = ini_parse_string(text, setting, d);

	if (line > 0)
		return rsp_fail(c, RSP_MALFORMED, "profile description, line %d: %s", line, d->error ? d->error : "want 'name = value' or [section]");
	if (d->n_sections && !d->imsi[0] && !d->k.n && !d->n_files)
		return d->iccid[0] ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "profile description: iccid is needed");
	if (!d->iccid[0] || !d->imsi[0] || d->k.n != 16 || (d->opc.n != 16 && strcmp(d->algorithm, "test") != 0))
		return rsp_fail(c, RSP_MALFORMED, "profile description: iccid, imsi, k and opc are needed");
	return RSP_OK;
}

/* ---- writing ---- */

static enum rsp_status
put_all(struct builder *b, struct description *d)
{
	bool standard = d->imsi[0] != '\0';
	uint8_t iccid[10], plain[10];
	size_t i, mark;
	enum rsp_status st = iccid_read(d->c, d->iccid, iccid);

	for (i = 0; st == RSP_OK && i < 10; i++)
		plain[i] = (uint8_t)(iccid[i] << 4 | iccid[i] >> 4);
	if (st == RSP_OK)
		st = build_header(b, d, plain, standard);
	if (st == RSP_OK && standard)
		st = build_standard(b, d, iccid);
	for (i = 0; st == RSP_OK && i < d->n_sections; i++)
		st = build_section(b, &d->section[i]);
	if (st == RSP_OK && standard)
		st = build_standard_rest(b, d);
	if (st != RSP_OK)
		return st;
	mark = build_open(b, 0xAA, 0, true);
	tlv_close(&b->out, mark);
	return RSP_OK;
}

static void
defaults(struct description *d)
{
	strcpy(d->aid, "A0000000871002FF49FFFF8900000100");
	strcpy(d->algorithm, "milenage");
	strcpy(d->adm1, "3131313131313131");
	strcpy(d->pin1, "0000");
	strcpy(d->pin2, "0000");
	strcpy(d->puk1, "12345678");
	strcpy(d->puk2, "12345678");
	strcpy(d->type, "profile");
	strcpy(d->version, "2.3");
}

/* To DER, and not read back: also what no card would take. */
enum rsp_status
profile_build_unchecked(struct rsp_ctx *c, const char *text, struct bytes *package)
{
	struct description *d = rsp_alloc(c, sizeof(*d));
	struct builder b = {.c = c, .out = BUF_INIT};
	enum rsp_status st;

	if (!d)
		return RSP_NOMEM;
	d->c = c;
	defaults(d);
	st = parse(c, text, d);
	if (st == RSP_OK)
		st = put_all(&b, d);
	if (st == RSP_OK)
		st = buf_finish(&b.out, c, package);
	buf_free(&b.out);
	return st;
}

enum rsp_status
profile_build(struct rsp_ctx *c, const char *text, struct bytes *package)
{
	const struct profile *check;
	struct bytes out;
	enum rsp_status st = profile_build_unchecked(c, text, &out);

	if (st == RSP_OK)
		st = profile_read(c, out, &check);
	if (st == RSP_OK)
		*package = out;
	return st;
}
