// SPDX-License-Identifier: BSD-2-Clause
/* Things to explain, made on the spot from a seed. */
#ifndef TESTS_UNIT_DUMP_FIXTURE_H
#define TESTS_UNIT_DUMP_FIXTURE_H

#include "support/test.h"

#include <esimlab/profile.h>

#include "bsp/bsp.h"
#include "codec/es8p.h"
#include "dump/dump.h"
#include "pki/pki.h"

struct things {
	struct bytes package, bpp, long_bpp, certificate, crl;
	struct dump_keys session, ecka;   /* of bpp, in both forms */
	struct pki *pki;
};

static inline int
with_seed(void **state)
{
	struct rsp_ctx *c;

	if (make_ctx(state) != 0)
		return -1;
	c = *state;
	return crypto_new(&c->crypto, bytes_of_str("dump"), "test") == RSP_OK ? 0 : -1;
}

static inline int
without_seed(void **state)
{
	struct crypto *x = ((struct rsp_ctx *)*state)->crypto;

	free_ctx(state);
	crypto_free(x);
	return 0;
}

static inline struct bytes
built(struct rsp_ctx *c, const struct bsp_keys *keys, size_t limit, const struct bpp_input *in)
{
	struct bsp_keys k = *keys;
	struct buf b = BUF_INIT;
	struct bytes out;

	k.limit = limit;
	assert_status(bpp_build(c, &k, in, &b), RSP_OK);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static inline struct bytes
finished(struct rsp_ctx *c, struct buf *b)
{
	struct bytes out;

	assert_status(buf_finish(b, c, &out), RSP_OK);
	return out;
}

static inline struct bytes
metadata(struct rsp_ctx *c)
{
	struct store_metadata m = {.iccid = unhex(c, "98001010000000000010"), .provider = bytes_of_str("esimlab"), .name = bytes_of_str("dump"),
		.icon_type = -1, .profile_class = -1};
	struct buf b = BUF_INIT;

	es8p_write_store_metadata(&b, &m);
	return finished(c, &b);
}

static inline void
make_bpp(struct rsp_ctx *c, struct things *t)
{
	struct secure_channel s = {.operation = 1, .transaction_id = unhex(c, "0102030405060708090A0B0C0D0E0F10"), .key_type = 0x88, .key_length = 0x10,
		.host_id = bytes_of_str("esimlab"), .signature = bytes_of(rsp_alloc(c, 64), 64)};
	struct bpp_input in = {.use_ppk = true, .ppk_mcv = {1}, .ppk_enc = {2}, .ppk_mac = {3}, .metadata = metadata(c), .profile = t->package};
	struct buf b = BUF_INIT;
	struct ec_key *dp, *euicc;
	struct bsp_keys k = {.counter = 1};
	uint8_t shared[32], *scalar = rsp_alloc(c, 32);

	assert_status(ec_key_generate(c, EC_P256, &dp), RSP_OK);
	assert_status(ec_key_generate(c, EC_P256, &euicc), RSP_OK);
	assert_status(ec_key_scalar(c, dp, scalar), RSP_OK);
	s.otpk = rsp_copy(c, ec_key_point(dp));
	es8p_write_configure_isdp(&b, BYTES_NONE);
	in.configure = finished(c, &b);
	es8p_write_crt(&b, &s);
	s.crt = finished(c, &b);
	es8p_write_secure_channel(&b, &s);
	in.secure_channel = finished(c, &b);
	t->ecka = (struct dump_keys){.otsk_dp = bytes_of(scalar, 32), .otpk_euicc = rsp_copy(c, ec_key_point(euicc)),
		.eid = unhex(c, "89049032000000000000000000100073")};
	assert_status(ec_agree(c, dp, t->ecka.otpk_euicc, shared), RSP_OK);
	assert_status(bsp_derive(c, shared, s.host_id, t->ecka.eid, &k), RSP_OK);
	t->session = (struct dump_keys){.s_enc = rsp_copy(c, BYTES_OF(k.s_enc)), .s_mac = rsp_copy(c, BYTES_OF(k.s_mac)), .mcv = rsp_copy(c, BYTES_OF(k.mcv))};
	t->bpp = built(c, &k, BSP_SEGMENT_MAX, &in);
	t->long_bpp = built(c, &k, BSP_SEGMENT_LENIENT, &in);
	ec_key_free(dp);
	ec_key_free(euicc);
}

static inline void
things_free(void *pki)
{
	pki_free(pki);
}

/* In the arena of c, which has cryptography from a seed. */
static inline void
things_make(struct rsp_ctx *c, struct things *t)
{
	const struct pki_make_options o = {.nist = true};

	*t = (struct things){0};
	assert_status(pki_make_memory(c, &o, &t->pki), RSP_OK);
	assert_status(rsp_ctx_on_reset(c, things_free, t->pki), RSP_OK);
	t->certificate = rsp_copy(c, t->pki->branch[EC_P256].eum.cert->der);
	assert_status(pki_crl_der(c, t->pki->branch[EC_P256].crl, &t->crl), RSP_OK);
	assert_status(profile_build(c, profile_builtin_description(), &t->package), RSP_OK);
	make_bpp(c, t);
}

/* The explanation as text, in the arena. */
static inline const char *
explained(struct rsp_ctx *c, const struct dump_options *o, struct bytes in, struct dump *d)
{
	static const struct dump_options plain;
	struct buf b = BUF_INIT;

	assert_status(dump_any(c, o ? o : &plain, in, d), RSP_OK);
	dump_text(d, &b);
	buf_u8(&b, 0);
	return (const char *)finished(c, &b).p;
}

static inline void
assert_said(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("not said: %s, but this:\n%s", what, text);
}

static inline void
assert_not_said(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("said: %s, but this:\n%s", what, text);
}

#endif
