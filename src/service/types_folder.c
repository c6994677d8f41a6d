// SPDX-License-Identifier: BSD-2-Clause
/* Profile types from a folder: packages, what NAME.ini says of them, their icons; and the project's own template. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/smdpp_service.h"
#include "service/type_ini.h"

#define PACKAGE_MAX (1u << 20)
#define INI_MAX 65536
#define ICON_MAX 1024

static bool
name_is_safe(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool
ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), k = strlen(tail);

	return n > k && strcmp(name + n - k, tail) == 0;
}

/* *found false: there is no such file. */
static enum rsp_status
read_file(struct rsp_ctx *c, const char *path, size_t most, struct bytes *out, bool *found)
{
	FILE *f = path ? fopen(path, "rb") : NULL;
	struct buf b = BUF_INIT;
	uint8_t *p;
	size_t n = 1;
	bool bad;

	*found = f != NULL;
	if (!path)
		return RSP_NOMEM;
	if (!f)
		return errno == ENOENT || errno == ENOTDIR ? RSP_OK : rsp_fail(c, RSP_IO, "%s: cannot open: %s", path, strerror(errno));
	while (n && b.n <= most && (p = buf_extend(&b, 16384))) {
		n = fread(p, 1, 16384, f);
		buf_cut(&b, b.n - 16384 + n);
	}
	bad = ferror(f) != 0;
	fclose(f);
	if (!bad && b.n <= most)
		return buf_finish(&b, c, out);
	buf_free(&b);
	return bad ? rsp_fail(c, RSP_IO, "%s: cannot read", path) : rsp_fail(c, RSP_IO, "%s: more than %zu octets", path, most);
}

/* The first of a type's files that is there, and whether it is a template. */
static enum rsp_status
find_package(struct rsp_ctx *c, const char *dir, const char *name, struct profile_type *out, bool *found)
{
	static const struct { const char *tail; bool is_template; } files[] = {{".template.der", true}, {".der", false}, {"", false}};
	enum rsp_status st = RSP_OK;
	size_t i;

	*found = false;
	for (i = 0; st == RSP_OK && !*found && i < sizeof(files) / sizeof(files[0]); i++) {
		if (!*files[i].tail && !ends_with(name, ".der"))
			break;
		out->is_template = files[i].is_template;
		st = read_file(c, rsp_sprintf(c, "%s/%s%s", dir, name, files[i].tail), PACKAGE_MAX, &out->package, found);
	}
	return st;
}

static enum rsp_status
load_package(struct rsp_ctx *c, const char *dir, const char *name, const struct type_ini *ini, struct profile_type *out, bool *found)
{
	enum rsp_status st;

	if (ini->package) {
		out->is_template = ends_with(ini->package, ".template.der");
		st = read_file(c, rsp_sprintf(c, "%s/%s", dir, ini->package), PACKAGE_MAX, &out->package, found);
		if (st == RSP_OK && !*found)
			st = rsp_fail(c, RSP_IO, "%s/%s.ini: file: there is no %s", dir, name, ini->package);
	} else {
		st = find_package(c, dir, name, out, found);
	}
	if (st == RSP_OK && !*found && strcmp(name, "default") == 0) {
		*found = out->is_template = true;
		st = profile_build(c, profile_builtin_description(), &out->package);
	}
	if (ini->is_template)
		out->is_template = ini->is_template > 0;
	return st;
}

static enum rsp_status
load_icon(struct rsp_ctx *c, const char *dir, const char *file, struct profile_type *out)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, jpeg[] = {0xFF, 0xD8, 0xFF};
	bool found = false;
	enum rsp_status st = read_file(c, rsp_sprintf(c, "%s/%s", dir, file), ICON_MAX, &out->icon, &found);

	if (st != RSP_OK)
		return st;
	if (!found)
		return rsp_fail(c, RSP_IO, "%s/%s: there is no such icon", dir, file);
	out->icon_type = bytes_starts_with(out->icon, BYTES_OF(png)) ? 1 : 0;
	if (out->icon_type == 0 && !bytes_starts_with(out->icon, BYTES_OF(jpeg)))
		return rsp_fail(c, RSP_IO, "%s/%s: want a PNG or a JPEG file", dir, file);
	return RSP_OK;
}

/* What the metadata take beside the names, which an order may change. */
static enum rsp_status
check_room(struct rsp_ctx *c, const char *dir, const char *name, const struct profile_type *t)
{
	size_t n = 200 + t->icon.n + t->owner_gid1.n + t->owner_gid2.n, i;

	for (i = 0; i < t->n_notifications; i++)
		n += 9 + t->notifications[i].address.n;
	return n <= METADATA_MAX ? RSP_OK : rsp_fail(c, RSP_IO, "%s/%s.ini: the metadata are %zu octets, at most %d", dir, name, n, METADATA_MAX);
}

static enum rsp_status
load_from(struct rsp_ctx *c, const char *dir, const char *name, struct profile_type *out, bool *found)
{
	struct type_ini ini = {.type = out};
	struct bytes text;
	bool described = false;
	const char *path = rsp_sprintf(c, "%s/%s.ini", dir, name);
	enum rsp_status st = read_file(c, path, INI_MAX, &text, &described);

	if (st == RSP_OK && described)
		st = type_ini_read(c, path, text, &ini);
	if (st == RSP_OK)
		st = load_package(c, dir, name, &ini, out, found);
	if (st == RSP_OK && described && !*found)
		st = rsp_fail(c, RSP_IO, "%s: there is no %s.template.der and no %s.der", path, name, name);
	if (st == RSP_OK && ini.icon)
		st = load_icon(c, dir, ini.icon, out);
	return st == RSP_OK ? check_room(c, dir, name, out) : st;
}

static enum rsp_status
load(void *self, struct rsp_ctx *c, const char *name, struct profile_type *out)
{
	const char *dir = self;
	bool found = false;
	enum rsp_status st = RSP_OK;

	if (dir && name_is_safe(name)) {
		st = load_from(c, dir, name, out, &found);
	} else if (strcmp(name, "default") == 0) {
		found = out->is_template = true;
		st = profile_build(c, profile_builtin_description(), &out->package);
	}
	return st != RSP_OK || found ? st : rsp_fail(c, RSP_REFUSED, "there is no profile type '%s'", name);
}

struct smdpp_types
types_folder(const char *dir)
{
	return (struct smdpp_types){(void *)(uintptr_t)dir, load};
}

static int
is_description(const struct dirent *e)
{
	return e->d_name[0] != '.' && ends_with(e->d_name, ".ini");
}

enum rsp_status
types_folder_check(struct rsp_ctx *c, const char *dir)
{
	struct dirent **e = NULL;
	int i, n = dir ? scandir(dir, &e, is_description, alphasort) : 0;
	enum rsp_status st = n < 0 ? rsp_fail(c, RSP_IO, "%s: cannot read the folder: %s", dir, strerror(errno)) : RSP_OK;

	for (i = 0; i < n; i++) {
		struct profile_type type = {0};
		bool found;

		e[i]->d_name[strlen(e[i]->d_name) - strlen(".ini")] = '\0';
		if (st == RSP_OK)
			st = load_from(c, dir, e[i]->d_name, &type, &found);
		free(e[i]);
	}
	free(e);
	return st;
}
