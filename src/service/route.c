// SPDX-License-Identifier: BSD-2-Clause
#include "service/route.h"

unsigned
route_status(enum rsp_status st)
{
	switch (st) {
	case RSP_OK:
		return 200;
	case RSP_MALFORMED:
		return 400;
	case RSP_LIMIT:
		return 413;
	case RSP_CONFLICT:
		return 503;
	default:
		return 500;
	}
}

bool
route_is_type(struct bytes header, const char *type)
{
	size_t n = strlen(type);

	return bytes_equal_nocase(bytes_slice(header, 0, n), bytes_of_str(type)) && (header.n == n || header.p[n] == ';' || header.p[n] == ' ');
}

const char *
route_name(const char *path)
{
	return strrchr(path, '/') + 1;
}
