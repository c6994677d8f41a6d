// SPDX-License-Identifier: BSD-2-Clause
/* Spans: making, cutting, comparing. Nothing here allocates. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <esimlab/rsp.h>
#include <string.h>

#define BYTES_NONE ((struct bytes){NULL, 0})
/* Of an array whose size the compiler knows. */
#define BYTES_OF(array) ((struct bytes){(array), sizeof(array)})

static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}

/* Without the final NUL. */
static inline struct bytes
bytes_of_str(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* [from, from + n), cut to what there is. */
struct bytes bytes_slice(struct bytes b, size_t from, size_t n);
struct bytes bytes_from(struct bytes b, size_t from);
/* Same length and octets; absent and empty are equal. */
bool bytes_equal(struct bytes a, struct bytes b);
/* The same in constant time for equal lengths. */
bool bytes_equal_secret(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a, struct bytes b);
bool bytes_starts_with(struct bytes b, struct bytes prefix);
bool bytes_equal_str(struct bytes b, const char *s);
/* ASCII letters of either case are equal. */
bool bytes_equal_nocase(struct bytes a, struct bytes b);

#endif
