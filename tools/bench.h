// SPDX-License-Identifier: BSD-2-Clause
/* What the benches share. Times are microseconds. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include "cli.h"
#include "crypto/crypto.h"

/* CPU time of the whole process. */
double bench_cpu_us(void);

struct bench_floors { double sign, verify, generate, agree, bsp; };
bool bench_floors(struct crypto *crypto, enum ec_curve curve, struct bench_floors *f);
/* 3 signatures, 4 verifications, 1 key pair, 1 ECDH, protection of a package of 13 kB. */
double bench_session_floor(const struct bench_floors *f);

int bench_smdpp(struct cli *cli);
int bench_cards(struct cli *cli);
int bench_reader(struct cli *cli);

#endif
