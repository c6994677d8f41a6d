// SPDX-License-Identifier: BSD-2-Clause
/* "LPA:1$host$matchingId[$oid][$1]" (SGP.22 4.1). */
#include <stdio.h>

#include "codec/ids.h"

#define FIELDS 5
#define CODE_MAX 255

bool
matching_id_valid(struct bytes id)
{
	size_t i;

	for (i = 0; i < id.n; i++)
		if (!(id.p[i] >= 'A' && id.p[i] <= 'Z') && !(id.p[i] >= '0' && id.p[i] <= '9') && id.p[i] != '-')
			return false;
	return id.n <= 255;
}

static bool
host_valid(struct bytes host)
{
	size_t i;

	for (i = 0; i < host.n; i++) {
		uint8_t ch = host.p[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.')
			return false;
	}
	return host.n > 0 && host.n < 256 && host.p[0] != '.' && host.p[0] != '-';
}

/* Fields between '$'; further ones than we know are ignored. */
static size_t
split(const char *text, struct bytes field[FIELDS])
{
	size_t n = 0;

	while (n < FIELDS) {
		size_t len = strcspn(text, "$");

		field[n++] = bytes_of(text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	return n;
}

static void
put(char *to, size_t size, struct bytes field)
{
	snprintf(to, size, "%.*s", (int)field.n, (const char *)field.p);
}

static enum rsp_status
read_oid(struct rsp_ctx *c, struct bytes field, struct activation_code *a)
{
	struct bytes oid;

	if (!field.n)
		return RSP_OK;
	if (field.n >= sizeof(a->oid))
		return rsp_fail(c, RSP_MALFORMED, "activation code: the SM-DP+ OID is too long");
	put(a->oid, sizeof(a->oid), field);
	if (oid_read(c, a->oid, &oid) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "activation code: '%s' is no object identifier", a->oid);
	return RSP_OK;
}

enum rsp_status
activation_code_read(struct rsp_ctx *c, const char *text, struct activation_code *out)
{
	struct bytes f[FIELDS] = {{0}};
	struct activation_code a = {0};
	enum rsp_status st;
	size_t n;

	if (strncmp(text, "LPA:", 4) == 0)
		text += 4;
	if (strlen(text) > CODE_MAX)
		return rsp_fail(c, RSP_MALFORMED, "activation code: at most %d characters, have %zu", CODE_MAX, strlen(text));
	n = split(text, f);
	if (!bytes_equal_str(f[0], "1"))
		return rsp_fail(c, RSP_MALFORMED, "activation code: want format 1 first, have '%.*s'", (int)f[0].n, (const char *)f[0].p);
	if (n < 3)
		return rsp_fail(c, RSP_MALFORMED, "activation code: want 1$SM-DP+$MatchingID, have %zu fields", n);
	if (!host_valid(f[1]))
		return rsp_fail(c, RSP_MALFORMED, "activation code: the SM-DP+ address is no host name");
	if (!matching_id_valid(f[2]))
		return rsp_fail(c, RSP_MALFORMED, "activation code: the MatchingID has other characters than A-Z, 0-9 and '-'");
	put(a.host, sizeof(a.host), f[1]);
	put(a.matching_id, sizeof(a.matching_id), f[2]);
	if ((st = read_oid(c, f[3], &a)) != RSP_OK)
		return st;
	if (f[4].n && !bytes_equal_str(f[4], "1"))
		return rsp_fail(c, RSP_MALFORMED, "activation code: the confirmation code flag is 1 or not there");
	a.confirmation_code = f[4].n > 0;
	*out = a;
	return RSP_OK;
}

char *
activation_code_text(struct rsp_ctx *c, const struct activation_code *a)
{
	return rsp_sprintf(c, "LPA:1$%s$%s%s%s%s", a->host, a->matching_id, a->oid[0] || a->confirmation_code ? "$" : "", a->oid,
		a->confirmation_code ? "$1" : "");
}
