// SPDX-License-Identifier: BSD-2-Clause
/*
 * Is the signature in this certificate by that key? What an EUM or a server shows is the same in every session, so the answer "yes" is
 * remembered. It is about octets and a key alone, true for good: who may issue what, dates and revocation are judged at every call.
 */
#include <pthread.h>

#include "pki/impl.h"

#include "tlv/tlv.h"

#define REMEMBERED 128

static struct { uint8_t id[32]; uint64_t used; } verdicts[REMEMBERED];   /* used 0: empty */
static uint64_t uses;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t
oldest(void)
{
	size_t i, at = 0;

	for (i = 1; i < REMEMBERED; i++)
		if (verdicts[i].used < verdicts[at].used)
			at = i;
	return at;
}

static bool
known(const uint8_t id[32])
{
	bool found = false;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; !found && i < REMEMBERED; i++)
		if (verdicts[i].used && memcmp(verdicts[i].id, id, 32) == 0) {
			verdicts[i].used = ++uses;
			found = true;
		}
	pthread_mutex_unlock(&lock);
	return found;
}

static void
remember(const uint8_t id[32])
{
	size_t at;

	pthread_mutex_lock(&lock);
	at = oldest();
	memcpy(verdicts[at].id, id, 32);
	verdicts[at].used = ++uses;
	pthread_mutex_unlock(&lock);
}

/* Certificate ::= SEQUENCE { what is signed, algorithm, BIT STRING }, and X509_verify's own rule that the algorithm stands twice, the same. */
static bool
split(const struct pki_cert *cert, struct bytes *tbs, struct bytes *der)
{
	struct tlv all, part, algorithm, bits;
	const X509_ALGOR *outer;

	X509_get0_signature(NULL, &outer, cert->x509);
	if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(cert->x509)) != 0)
		return false;
	if (tlv_only(cert->der, 0x30, &all) != RSP_OK || tlv_next(&all.value, &part) != RSP_OK || tlv_next(&all.value, &algorithm) != RSP_OK ||
		tlv_only(all.value, 0x03, &bits) != RSP_OK || !bits.value.n || bits.value.p[0] != 0)
		return false;
	*tbs = part.whole;
	*der = bytes_from(bits.value, 1);
	return true;
}

static enum rsp_status
verify(struct rsp_ctx *c, const struct pki_cert *cert, const struct ec_key *key)
{
	struct bytes tbs, der;

	if (!split(cert, &tbs, &der))
		return rsp_fail(c, RSP_UNTRUSTED, "the signature's algorithm stands there in two ways, or the signature has no whole octets");
	return ec_verify_der(c, key, &tbs, 1, der);
}

enum rsp_status
pki_check_signed(struct rsp_ctx *c, const struct pki_cert *cert, const struct ec_key *key, bool lasting)
{
	uint8_t curve = (uint8_t)ec_key_curve(key), id[32];
	struct bytes parts[] = {{&curve, 1}, ec_key_point(key), BYTES_OF(cert->digest)};
	enum rsp_status st;

	if (!lasting || !crypto_may_skip(c->crypto))
		return verify(c, cert, key);
	if ((st = sha256(c, parts, 3, id)) != RSP_OK)
		return st;
	if (!known(id)) {
		if ((st = verify(c, cert, key)) != RSP_OK)
			return st;
		remember(id);
	}
	pki_cert_shelve(c, cert);
	return RSP_OK;
}
