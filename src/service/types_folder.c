// SPDX-License-Identifier: BSD-2-Clause
/* Profile types from a folder of packages, and the project's own template. */
#include <stdio.h>

#include "service/smdpp_service.h"

#define PACKAGE_MAX (1u << 20)

static bool
name_is_safe(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool
read_file(struct rsp_ctx *c, const char *path, struct bytes *out)
{
	FILE *f = path ? fopen(path, "rb") : NULL;
	struct buf b = BUF_INIT;
	uint8_t *p;
	size_t n = 1;

	if (!f)
		return false;
	while (n && b.n <= PACKAGE_MAX && (p = buf_extend(&b, 16384))) {
		n = fread(p, 1, 16384, f);
		buf_cut(&b, b.n - 16384 + n);
	}
	fclose(f);
	if (b.n > PACKAGE_MAX) {
		buf_free(&b);
		return false;
	}
	return buf_finish(&b, c, out) == RSP_OK;
}

static enum rsp_status
load(void *self, struct rsp_ctx *c, const char *name, struct profile_type *out)
{
	const char *dir = self;

	if (strcmp(name, "default") == 0) {
		out->is_template = true;
		return profile_build(c, profile_builtin_description(), &out->package);
	}
	if (dir && name_is_safe(name)) {
		out->is_template = true;
		if (read_file(c, rsp_sprintf(c, "%s/%s.template.der", dir, name), &out->package))
			return RSP_OK;
		out->is_template = false;
		if (read_file(c, rsp_sprintf(c, "%s/%s.der", dir, name), &out->package) || read_file(c, rsp_sprintf(c, "%s/%s", dir, name), &out->package))
			return RSP_OK;
	}
	return rsp_fail(c, RSP_REFUSED, "there is no profile type '%s'", name);
}

struct smdpp_types
types_folder(const char *dir)
{
	return (struct smdpp_types){(void *)(uintptr_t)dir, load};
}
