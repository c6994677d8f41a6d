// SPDX-License-Identifier: BSD-2-Clause
/*
 * Is the signature in this certificate by that key? What an EUM or a server shows is the same in every session, so the answer "yes" is
 * remembered, and the certificate is kept as it was parsed. It is about octets and a key alone, true for good and for everybody: who may issue
 * what, dates and revocation are judged at every call.
 */
#include <pthread.h>

#include "pki/impl.h"

#include "tlv/tlv.h"

#define REMEMBERED 128

/* id: of key and certificate together; cert NULL: not to be shared. used 0: empty. */
struct answer { uint8_t id[32]; uint64_t used; struct pki_cert *cert; };
static struct answer answers[REMEMBERED];
static uint64_t uses;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct pki_cert *
pki_kept(const uint8_t digest[32])
{
	struct pki_cert *found = NULL;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; !found && i < REMEMBERED; i++)
		if (answers[i].cert && memcmp(answers[i].cert->digest, digest, 32) == 0)
			found = answers[i].cert;
	if (found)
		pki_cert_hold(found);
	pthread_mutex_unlock(&lock);
	return found;
}

static bool
known(const uint8_t id[32])
{
	bool found = false;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; !found && i < REMEMBERED; i++)
		if (answers[i].used && memcmp(answers[i].id, id, 32) == 0) {
			answers[i].used = ++uses;
			found = true;
		}
	pthread_mutex_unlock(&lock);
	return found;
}

static struct answer *
oldest(void)
{
	struct answer *a = answers;
	size_t i;

	for (i = 1; i < REMEMBERED; i++)
		if (answers[i].used < a->used)
			a = &answers[i];
	return a;
}

static void
remember(const uint8_t id[32], const struct pki_cert *cert)
{
	struct pki_cert *kept = cert->shareable ? (struct pki_cert *)(uintptr_t)cert : NULL, *gone;
	struct answer *a;

	if (kept)
		pki_cert_hold(kept);
	pthread_mutex_lock(&lock);
	a = oldest();
	gone = a->cert;
	*a = (struct answer){.used = ++uses, .cert = kept};
	memcpy(a->id, id, sizeof(a->id));
	pthread_mutex_unlock(&lock);
	pki_cert_free(gone);
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
	if ((st = sha256(c, parts, 3, id)) != RSP_OK || known(id))
		return st;
	if ((st = verify(c, cert, key)) == RSP_OK)
		remember(id, cert);
	return st;
}
