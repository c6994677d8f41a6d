// SPDX-License-Identifier: BSD-2-Clause
/* A UICC on its own, in memory, with files that a test describes; and scripts of APDUs for it. */
#ifndef TESTS_SUPPORT_BENCH_H
#define TESTS_SUPPORT_BENCH_H

#include "support/test.h"

#include "image/image.h"
#include "uicc/uicc.h"

/* EF.ARR of the MF has these rules, one a record, for files to name. */
enum rule { R_ALWAYS = 1, R_PIN1, R_ADM, R_NEVER, R_READ, R_RESIZE, R_LAST };

struct bench {
	struct rsp_ctx *c;
	struct image *image;
	struct uicc *u;
};
struct bench_line { const char *apdu; unsigned sw; const char *data; };   /* data NULL: any */

/* p's files, PINs and so on beside the MF, its EF.ARR, PIN 01 ("0000", enabled, PUK "12345678"), PIN 11 and ADM 0A ("1111", "22222222"). */
void bench_open(struct bench *b, struct rsp_ctx *c, const struct profile *p);
void bench_close(struct bench *b);
/* Everything the card keeps, as a digest in hex. */
char *bench_memory(struct bench *b);
/* One command, committed as a card does; the status word. */
unsigned bench_run(struct bench *b, struct bytes command, struct bytes *data);
/* Every line must be answered as it says; a refusal (6xxx but 62xx, 63xx) must leave the memory as it was. */
void bench_play(struct bench *b, const struct bench_line *lines, size_t n);

#define BENCH_PLAY(b, lines) bench_play((b), (lines), sizeof(lines) / sizeof((lines)[0]))
#define OCTETS(text) {(const uint8_t *)(text), sizeof(text) - 1}
#define USIM_AID "\xA0\0\0\0\x87\x10\x02\xFF\xFF\xFF\xFF\x89\0\0\0\1"
#define ISIM_AID "\xA0\0\0\0\x87\x10\x04\xFF\xFF\xFF\xFF\x89\0\0\0\1"
#define SELECT_USIM {"00A4040C10A0000000871002FFFFFFFF8900000001", 0x9000, ""}
#define SELECT_ISIM {"00A4040C10A0000000871004FFFFFFFF8900000001", 0x9000, ""}
#define SELECT(fid) {"00A4000C02" fid, 0x9000, ""}
#define VERIFY_PIN1 {"002000010830303030FFFFFFFF", 0x9000, ""}
#define VERIFY_ADM {"0020000A083232323232323232", 0x9000, ""}
/* An EF in the MF, or one level below. */
#define BENCH_EF(of_kind, fid, rule, content_text) .path = {fid}, .depth = 1, .kind = of_kind, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = (rule), \
	.size = sizeof(content_text) - 1, .content = OCTETS(content_text)
#define BENCH_DF(of_kind, fid, rule) .path = {fid}, .depth = 1, .kind = of_kind, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = (rule), .descriptor = 0x78

#endif
