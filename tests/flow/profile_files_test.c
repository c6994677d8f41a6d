// SPDX-License-Identifier: BSD-2-Clause
/* What is on the card after a download is what was in the package: every file, octet for octet, in the memory and over APDUs. */
#include "support/card.h"

#include <stdio.h>
#include <unistd.h>

#include "apdu/apdu.h"
#include "uicc/uicc.h"

struct walk {
	const struct profile *profile;
	size_t seen;
};

static enum rsp_status
same_file(void *arg, const struct uicc_file *f)
{
	struct walk *w = arg;
	const struct profile_file *want = profile_find(w->profile, f->path, f->depth);

	if (!want)
		fail_msg("the card has a file %04X that the package has not", f->depth ? f->path[f->depth - 1] : 0x3F00);
	if (f->info.kind != want->kind || f->info.size != want->size || f->info.record_size != want->record_size || f->info.arr_fid != want->arr_fid ||
		f->info.arr_record != want->arr_record || f->info.sfi != want->sfi || !bytes_equal(f->info.df_name, want->df_name) ||
		!bytes_equal(f->info.content, want->content))
		fail_msg("file %04X (%s) differs from the package", f->path[f->depth - 1], want->name);
	w->seen++;
	return RSP_OK;
}

static struct bytes
apdu(struct probe *p, struct bytes command, unsigned *sw)
{
	struct bytes data;

	assert_status(apdu_exchange(p->real_apdu, &p->scratch, command, &data, sw), RSP_OK);
	return data;
}

/* By path from the MF, or below an ADF by its AID and then the path from there. */
static bool
selected(struct probe *p, const struct profile *profile, const struct profile_file *f)
{
	const struct profile_file *adf = profile_find(profile, f->path, 1);
	struct buf b = BUF_INIT;
	struct bytes command;
	unsigned sw, i, from = 0;

	if (f->depth && adf && adf->kind == FILE_ADF) {
		buf_add(&b, unhex(&p->scratch, "00A40404"));
		buf_u8(&b, (unsigned)adf->df_name.n);
		buf_add(&b, adf->df_name);
		assert_status(buf_finish(&b, &p->scratch, &command), RSP_OK);
		apdu(p, command, &sw);
		assert_int_equal(sw, 0x9000);
		from = 1;
	}
	buf_add(&b, unhex(&p->scratch, from ? "00A40904" : "00A40804"));
	buf_u8(&b, 2 * (f->depth - from));
	for (i = from; i < f->depth; i++)
		buf_u16(&b, f->path[i]);
	assert_status(buf_finish(&b, &p->scratch, &command), RSP_OK);
	apdu(p, command, &sw);
	return sw == 0x9000;
}

/* The whole body, as far as access rules let everybody read; absent otherwise. */
static struct bytes
read_body(struct probe *p, const struct profile_file *f)
{
	struct buf b = BUF_INIT;
	struct bytes out = BYTES_NONE, part;
	unsigned sw = 0x9000;

	while (b.n < f->size && sw == 0x9000) {
		size_t left = f->size - b.n;
		uint8_t binary[] = {0x00, 0xB0, (uint8_t)(b.n >> 8), (uint8_t)b.n, (uint8_t)(left > 255 ? 255 : left)};
		uint8_t record[] = {0x00, 0xB2, (uint8_t)(f->record_size ? b.n / f->record_size + 1 : 0), 4, (uint8_t)f->record_size};

		part = apdu(p, f->kind == FILE_TRANSPARENT ? BYTES_OF(binary) : BYTES_OF(record), &sw);
		if (sw == 0x9000)
			buf_add(&b, part);
	}
	if (b.n == f->size)
		assert_status(buf_finish(&b, &p->scratch, &out), RSP_OK);
	buf_free(&b);
	if (!out.p && sw != 0x6982 && sw != 0x6985)
		fail_msg("file %04X: reading ends with %04X", f->path[f->depth - 1], sw);
	return out;
}

static size_t
read_all(struct probe *p, const struct profile *profile)
{
	size_t i, n = 0;

	for (i = 0; i < profile->n_files; i++) {
		const struct profile_file *f = &profile->file[i];
		struct bytes body;

		if (f->kind != FILE_TRANSPARENT && f->kind != FILE_LINEAR && f->kind != FILE_CYCLIC)
			continue;
		if (!selected(p, profile, f))
			fail_msg("file %04X (%s) cannot be selected", f->path[f->depth - 1], f->name);
		body = read_body(p, f);
		if (body.p) {
			assert_bytes_equal(body, f->content);
			n++;
		}
		rsp_ctx_reset(&p->scratch);
	}
	return n;
}

/* Links resolve: they show their target's octets, also those that came after the link. */
static void
links_show_their_targets(const struct profile *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n_files; i++) {
		const struct profile_file *f = &p->file[i], *target;

		if (!f->link_depth)
			continue;
		target = profile_find(p, f->link, f->link_depth);
		assert_non_null(target);
		assert_bytes_equal(f->content, target->content);
		assert_int_equal(f->record_size, target->record_size);
		n++;
	}
	assert_true(n > 0);
}

static void
install_and_compare(struct rsp_ctx *c, const char *folder, const char *name, size_t least)
{
	const struct lab_options o = {.seed = "files", .clock = TEST_NOW, .only_curve = true, .profiles = folder};
	struct probe p;
	struct walk w = {0};
	struct euicc_view v;
	struct bytes package;

	card_open(&p, c, &o, name, &package);
	assert_status(profile_read(c, package, &w.profile), RSP_OK);
	assert_status(euicc_view(c, lab_card_nvm(p.card), &v), RSP_OK);
	assert_int_equal(v.n_profiles, 1);
	assert_status(uicc_each_file(c, lab_card_nvm(p.card), v.profile[0].prefix, same_file, &w), RSP_OK);
	assert_int_equal(w.seen, w.profile->n_files);
	assert_true(w.seen >= least);
	if (strcmp(name, "default") != 0)
		links_show_their_targets(w.profile);
	assert_true(read_all(&p, w.profile) >= least / 2);
	probe_close(&p);
}

static void
our_own_profile_arrives_whole(void **state)
{
	install_and_compare(fresh_ctx(state), NULL, "default", 30);
}

/* A copy of the example description, with one line after each `all = 8`, built into a folder of profile types. */
static void
build_example(struct rsp_ctx *c, const char *folder, const char *name, const char *line)
{
	char text[16384];
	struct buf b = BUF_INIT;
	struct bytes package, description;
	const char *from, *at;
	FILE *f = fopen("tools/share/profile-elements.ini", "rb");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	assert_int_equal(fclose(f), 0);
	text[n] = '\0';
	for (from = text; (at = strstr(from, "all = 8\n")); from = at + 8) {
		buf_add(&b, bytes_of(from, (size_t)(at + 8 - from)));
		buf_str(&b, line);
	}
	buf_str(&b, from);
	assert_status(buf_finish(&b, c, &description), RSP_OK);
	if (profile_build(c, rsp_sprintf(c, "%.*s", (int)description.n, (const char *)description.p), &package) != RSP_OK)
		fail_msg("%s: %s", name, c->error.text);
	f = fopen(rsp_sprintf(c, "%s/%s.der", folder, name), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(package.p, 1, package.n, f), package.n);
	assert_int_equal(fclose(f), 0);
}

static void
every_element_of_the_example_arrives_whole(void **state)
{
	static const struct { const char *name, *line; size_t files; } rows[] = {{"newest", "", 340}, {"first", "template = 1\n", 300}}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	char folder[] = "/tmp/esimlab-elements-XXXXXX";

	assert_non_null(mkdtemp(folder));
	FOR_EACH_ROW(rows, row) {
		build_example(c, folder, row->name, row->line);
		install_and_compare(c, folder, row->name, row->files);
		assert_int_equal(unlink(rsp_sprintf(c, "%s/%s.der", folder, row->name)), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void
the_published_test_profiles_arrive_whole(void **state)
{
	static const char *const names[] = {"ts48-v7-saip23-bertlv-suci", "ts48-v7-saip23-nobertlv"};
	const char *data = getenv("ESIMLAB_DATA");
	char folder[512];
	size_t i;

	if (!data || !*data) {
		print_message("skipped: ESIMLAB_DATA is not set, the TS.48 profiles are not here\n");
		skip();
		return;
	}
	snprintf(folder, sizeof(folder), "%s/ts48", data);
	for (i = 0; i < 2; i++)
		install_and_compare(fresh_ctx(state), folder, names[i], 250);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_profile_arrives_whole),
		cmocka_unit_test(every_element_of_the_example_arrives_whole),
		cmocka_unit_test(the_published_test_profiles_arrive_whole),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
