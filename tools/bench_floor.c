// SPDX-License-Identifier: BSD-2-Clause
/* What the cryptography of one session costs here, by itself. */
#include "bench.h"

#include <time.h>

#include "bsp/bsp.h"

double
bench_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct floor_job {
	struct rsp_ctx c;
	struct ec_key *key, *peer;
	enum ec_curve curve;
	struct bytes message;
	uint8_t sig[64];
	uint8_t plain[13000];
};

static bool
do_sign(struct floor_job *j)
{
	return ec_sign(&j->c, j->key, &j->message, 1, j->sig) == RSP_OK;
}

static bool
do_verify(struct floor_job *j)
{
	return ec_verify(&j->c, j->key, &j->message, 1, BYTES_OF(j->sig)) == RSP_OK;
}

static bool
do_generate(struct floor_job *j)
{
	struct ec_key *k = NULL;
	bool good = ec_key_generate(&j->c, j->curve, &k) == RSP_OK;

	ec_key_free(k);
	return good;
}

static bool
do_agree(struct floor_job *j)
{
	uint8_t shared[32];

	return ec_agree(&j->c, j->key, ec_key_point(j->peer), shared) == RSP_OK;
}

static bool
do_bsp(struct floor_job *j)
{
	struct bsp_keys k = {.counter = 1};
	struct buf b = BUF_INIT;
	bool good = bsp_protect(&j->c, &k, 0x86, BYTES_OF(j->plain), &b) == RSP_OK;

	buf_free(&b);
	return good;
}

/* Best of several rounds, microseconds of CPU each. Negative: it failed. */
static double
measure(struct floor_job *j, bool (*run)(struct floor_job *j), unsigned n)
{
	double best = -1;
	unsigned round, i;

	for (round = 0; round < 5; round++) {
		double began = bench_cpu_us(), each;

		for (i = 0; i < n; i++) {
			if (!run(j))
				return -1;
			rsp_ctx_reset(&j->c);
		}
		each = (bench_cpu_us() - began) / n;
		if (best < 0 || each < best)
			best = each;
	}
	return best;
}

bool
bench_floors(struct crypto *crypto, enum ec_curve curve, struct bench_floors *f)
{
	static const uint8_t message[200] = {1};
	struct floor_job j = {.curve = curve, .message = BYTES_OF(message)};
	unsigned n = curve == EC_P256 ? 400 : 60;
	bool good = rsp_ctx_init(&j.c, crypto, 0) == RSP_OK && ec_key_generate(&j.c, curve, &j.key) == RSP_OK &&
		ec_key_generate(&j.c, curve, &j.peer) == RSP_OK;

	if (good) {
		f->sign = measure(&j, do_sign, n);
		f->verify = measure(&j, do_verify, n);
		f->generate = measure(&j, do_generate, n);
		f->agree = measure(&j, do_agree, n);
		f->bsp = measure(&j, do_bsp, 100);
		good = f->sign > 0 && f->verify > 0 && f->generate > 0 && f->agree > 0 && f->bsp > 0;
	}
	ec_key_free(j.key);
	ec_key_free(j.peer);
	rsp_ctx_free(&j.c);
	return good;
}

double
bench_session_floor(const struct bench_floors *f)
{
	return 3 * f->sign + 4 * f->verify + f->generate + f->agree + f->bsp;
}
