// SPDX-License-Identifier: BSD-2-Clause
/* Times are int64_t seconds since 1970 UTC everywhere; text is RFC 3339 in UTC. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <esimlab/rsp.h>

#define TIME_TEXT_SIZE 21   /* "2026-01-31T12:00:00Z" and NUL */

void time_text(int64_t t, char out[TIME_TEXT_SIZE]);
/* "2026-01-31T12:00:00Z", "2026-01-31" or plain seconds. MALFORMED otherwise. */
RSP_MUST_USE enum rsp_status time_read(struct rsp_ctx *c, const char *text, int64_t *out);
int64_t time_wall(void);        /* the machine's clock, for programs, never for roles */
uint64_t time_monotonic_us(void);

#endif
