// SPDX-License-Identifier: BSD-2-Clause
#include "service/type_ini.h"

#include <ini.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/utf8.h"

#define NAME_MAX_OCTETS 64
#define PROVIDER_MAX_OCTETS 32
#define GID_MAX 32

struct reading {
	struct rsp_ctx *c;
	struct type_ini *ini;
	struct bytes rest;       /* of the file */
	int line, bad_line;
	const char *wanted;      /* of the first line that is wrong; NULL: inih did not like it */
};

/* ---- values ---- */

static bool
no(struct reading *r, const char *wanted)
{
	r->wanted = wanted;
	return false;
}

static bool
keep(struct reading *r, const char **out, const char *value)
{
	*out = rsp_strdup(r->c, value);
	return *out || no(r, "there is no memory");
}

static bool
set_name(struct reading *r, const char *value)
{
	if (!*value || strlen(value) > NAME_MAX_OCTETS || !utf8_valid(bytes_of_str(value)))
		return no(r, "name: want 1 to 64 octets of UTF-8");
	return keep(r, &r->ini->type->name, value);
}

static bool
set_provider(struct reading *r, const char *value)
{
	if (!*value || strlen(value) > PROVIDER_MAX_OCTETS || !utf8_valid(bytes_of_str(value)))
		return no(r, "provider: want 1 to 32 octets of UTF-8");
	return keep(r, &r->ini->type->provider, value);
}

/* In the folder or below it. */
static bool
file_is_safe(const char *value)
{
	return *value && *value != '/' && *value != '.' && !strstr(value, "/.");
}

static bool
set_icon(struct reading *r, const char *value)
{
	return file_is_safe(value) ? keep(r, &r->ini->icon, value) : no(r, "icon: want a file of this folder");
}

static bool
set_package(struct reading *r, const char *value)
{
	return file_is_safe(value) ? keep(r, &r->ini->package, value) : no(r, "file: want a file of this folder");
}

static bool
set_class(struct reading *r, const char *value)
{
	static const struct { const char *name; int value; } classes[] = {
		{"test", CLASS_TEST}, {"provisioning", CLASS_PROVISIONING}, {"operational", CLASS_OPERATIONAL},
	};
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(value, classes[i].name) == 0) {
			r->ini->type->profile_class = classes[i].value;
			return true;
		}
	return no(r, "class: want operational, test or provisioning");
}

/* The next word of a list, which commas and blanks separate; "" at its end. */
static const char *
next_word(const char **list, char *out, size_t size)
{
	const char *p = *list + strspn(*list, ", \t");
	size_t n = strcspn(p, ", \t");

	snprintf(out, size, "%.*s", (int)n, p);
	*list = p + n;
	return out;
}

static bool
set_ppr(struct reading *r, const char *value)
{
	char word[8];

	for (r->ini->type->ppr = 0; *next_word(&value, word, sizeof(word));) {
		if (strcmp(word, "ppr1") != 0 && strcmp(word, "ppr2") != 0)
			return no(r, "ppr: want ppr1, ppr2 or both");
		r->ini->type->ppr |= 1u << (word[3] - '0');
	}
	return r->ini->type->ppr || no(r, "ppr: want ppr1, ppr2 or both");
}

static bool
set_owner(struct reading *r, const char *value)
{
	size_t n = strlen(value);

	if ((n != 5 && n != 6) || strspn(value, "0123456789") != n)
		return no(r, "owner: want MCC and MNC, 5 or 6 digits");
	return keep(r, &r->ini->type->owner_mccmnc, value);
}

static bool
set_requesters(struct reading *r, const char *value)
{
	return *value ? keep(r, &r->ini->type->requesters, value) : no(r, "requesters: want functionRequesterIdentifiers with blanks between");
}

static bool
set_gid(struct reading *r, struct bytes *out, const char *value)
{
	if (hex_read(r->c, bytes_of_str(value), out) != RSP_OK || out->n == 0 || out->n > GID_MAX)
		return no(r, "group identifier: want 1 to 32 octets in hex");
	return true;
}

static bool
set_gid1(struct reading *r, const char *value)
{
	return set_gid(r, &r->ini->type->owner_gid1, value);
}

static bool
set_gid2(struct reading *r, const char *value)
{
	return set_gid(r, &r->ini->type->owner_gid2, value);
}

/* "install,enable" to EVENT_*; 0: something else. */
static uint32_t
events_of(const char *list)
{
	static const char *const names[] = {"install", "enable", "disable", "delete"};
	uint32_t events = 0, one;
	char word[10];
	size_t i;

	while (*next_word(&list, word, sizeof(word))) {
		for (one = 0, i = 0; i < 4; i++)
			if (strcmp(word, names[i]) == 0)
				one = 1u << i;
		if (!one)
			return 0;
		events |= one;
	}
	return events;
}

static bool
is_fqdn(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 253 && *s != '.' && !strstr(s, "..") &&
		strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == n;
}

/* EVENTS ADDRESS: the address is the last word. */
static bool
set_notify(struct reading *r, const char *value)
{
	struct profile_type *t = r->ini->type;
	const char *address;
	char events[80];
	size_t n = strlen(value);

	while (n && value[n - 1] != ' ' && value[n - 1] != '\t')
		n--;
	snprintf(events, sizeof(events), "%.*s", (int)n, value);
	if (n >= sizeof(events) || !events_of(events) || !is_fqdn(value + n))
		return no(r, "notify: want EVENTS ADDRESS, EVENTS of install,enable,disable,delete");
	if (t->n_notifications == NOTIFICATION_CONFIG_MAX)
		return no(r, "notify: want at most 16");
	if (!keep(r, &address, value + n))
		return false;
	t->notifications[t->n_notifications++] = (struct notification_config){.events = events_of(events), .address = bytes_of_str(address)};
	return true;
}

static bool
yes_or_no(struct reading *r, const char *value, bool *out)
{
	*out = strcmp(value, "yes") == 0;
	return *out || strcmp(value, "no") == 0 || no(r, "want yes or no");
}

static bool
set_template(struct reading *r, const char *value)
{
	bool yes = false;

	if (!yes_or_no(r, value, &yes))
		return false;
	r->ini->is_template = yes ? 1 : -1;
	return true;
}

static bool
set_only(struct reading *r, const char *value)
{
	return yes_or_no(r, value, &r->ini->type->stock_only);
}

/* ---- lines ---- */

static const struct { const char *section, *name; bool (*set)(struct reading *r, const char *value); } settings[] = {
	{"metadata", "name", set_name}, {"metadata", "provider", set_provider}, {"metadata", "icon", set_icon}, {"metadata", "class", set_class},
	{"metadata", "ppr", set_ppr}, {"metadata", "owner", set_owner}, {"metadata", "gid1", set_gid1}, {"metadata", "gid2", set_gid2},
	{"metadata", "notify", set_notify}, {"package", "file", set_package}, {"package", "template", set_template}, {"stock", "only", set_only},
	{"access", "requesters", set_requesters},
};

static int
setting(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
			break;
	if (i == sizeof(settings) / sizeof(settings[0]))
		(void)no(r, "there is no such setting");
	else if (settings[i].set(r, value))
		return 1;
	r->bad_line = r->line;
	return 0;
}

/* As fgets: a line for inih, which counts them too but does not tell its handler. Nothing is read after the first that is wrong. */
static char *
next_line(char *to, int room, void *user)
{
	struct reading *r = user;
	const uint8_t *end = r->rest.n ? memchr(r->rest.p, '\n', r->rest.n) : NULL;
	size_t n = end ? (size_t)(end - r->rest.p) + 1 : r->rest.n;

	if (n == 0 || r->bad_line)
		return NULL;
	r->line++;
	if (n + 1 > (size_t)room || memchr(r->rest.p, '\0', n)) {
		(void)no(r, n + 1 > (size_t)room ? "the line is too long" : "want text");
		r->bad_line = r->line;
		return NULL;
	}
	memcpy(to, r->rest.p, n);
	to[n] = '\0';
	r->rest = bytes_from(r->rest, n);
	return to;
}

enum rsp_status
type_ini_read(struct rsp_ctx *c, const char *path, struct bytes text, struct type_ini *out)
{
	struct reading r = {.c = c, .ini = out, .rest = text};
	int line = ini_parse_stream(next_line, &r, setting, &r);

	if (line < 0)
		return rsp_fail(c, RSP_NOMEM, "no memory for %s", path);
	if (line > 0 && (!r.bad_line || line < r.bad_line))
		return rsp_fail(c, RSP_IO, "%s, line %d: want 'name = value' or [section]", path, line);
	return r.bad_line ? rsp_fail(c, RSP_IO, "%s, line %d: %s", path, r.bad_line, r.wanted) : RSP_OK;
}
