// SPDX-License-Identifier: BSD-2-Clause
/*
 * Secured packets (ETSI TS 102 225 5): CPL 2, CHL 1, SPI 2, KIc, KID, TAR 3, CNTR 5, PCNTR 1, checksum, data. What is asked is checked in this order:
 * the TAR is somebody's, the level is enough, the keys are there, deciphering, checksum, counter. Until the checksum is right nothing is kept, and
 * nothing that is answered is signed.
 */
#include "crypto/crypto.h"
#include "crypto/tdes.h"
#include "uicc/ota.h"

enum { HEADER = 13, MAC_MAX = 8, SPI_CHECK = 0x03, CHECK_NONE = 0, CHECK_RC, CHECK_CC, CHECK_DS, SPI_CIPHER = 0x04, SPI_COUNTER = 0x18,
	COUNTER_HIGHER = 0x10, COUNTER_NEXT = 0x18 };
enum { POR_CHECK = 0x0C, POR_CIPHER = 0x10 };
enum { ALG_AES = 2, ALG_3DES2 = 5, ALG_3DES3 = 9, RC_CRC16 = 1, RC_CRC32 = 5 };

static const uint8_t zero_iv[16];

/* ---- keys ---- */

/* Low half of KIc and KID: implicit (0), or an algorithm that must be the key's. Single DES and ECB are no longer served. */
static bool
algorithm_fits(unsigned octet, const struct ota_key *k)
{
	switch (octet & 15) {
	case 0:
		return true;
	case ALG_AES:
		return k->aes;
	case ALG_3DES2:
		return !k->aes && k->value.n == 16;
	case ALG_3DES3:
		return !k->aes && k->value.n == 24;
	default:
		return false;
	}
}

/* Both keys of one set, so that one counter belongs to them. */
static bool
find_keys(struct ota_packet *p)
{
	bool ciphered = p->spi[0] & SPI_CIPHER, signs = (p->spi[0] & SPI_CHECK) == CHECK_CC;

	if (ciphered && (!ota_key(&p->target, p->kic >> 4, KEY_KIC, &p->cipher) || !algorithm_fits(p->kic, &p->cipher)))
		return false;
	if (signs && (!ota_key(&p->target, p->kid >> 4, KEY_KID, &p->mac) || !algorithm_fits(p->kid, &p->mac)))
		return false;
	return !ciphered || !signs || p->kic >> 4 == p->kid >> 4;
}

/* ---- checksum and cipher ---- */

static enum rsp_status
cipher(struct rsp_ctx *c, const struct ota_key *k, bool encrypt, struct bytes in, uint8_t *out)
{
	if (!k->aes)
		return tdes_cbc(c, k->value, encrypt, in, out);
	return encrypt ? aes_cbc_encrypt(c, k->value, zero_iv, in, out) : aes_cbc_decrypt(c, k->value, zero_iv, in, out);
}

/* In octets, 0: none, of a redundancy check by the low half of KID. */
static size_t
check_size(unsigned kind, unsigned kid, const struct ota_key *mac)
{
	if (kind == CHECK_CC)
		return mac->mac_n;
	if (kind == CHECK_RC)
		return (kid & 15) == RC_CRC16 ? 2 : (kid & 15) == RC_CRC32 ? 4 : SIZE_MAX;
	return kind == CHECK_NONE ? 0 : SIZE_MAX;
}

static enum rsp_status
checksum(struct rsp_ctx *c, unsigned kind, unsigned kid, const struct ota_key *k, const struct bytes *parts, size_t n, uint8_t out[16])
{
	uint32_t v;

	if (kind == CHECK_CC)
		return k->aes ? aes_cmac(c, k->value, parts, n, out) : tdes_mac(c, k->value, parts, n, out);
	v = (kid & 15) == RC_CRC16 ? (uint32_t)crc16(parts, n) << 16 : crc32_of(parts, n);
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
	return RSP_OK;
}

/* ---- the level ---- */

/* Part by part: a stronger checksum, a cipher, a stricter counter may be more than is demanded, none of them less. */
static bool
level_reached(uint8_t spi, uint8_t level)
{
	return (spi & SPI_CHECK) >= (level & SPI_CHECK) && (spi & SPI_CIPHER) >= (level & SPI_CIPHER) && (spi & SPI_COUNTER) >= (level & SPI_COUNTER);
}

/* ---- the counter ---- */

/* COUNTER_NEXT: exactly one more. */
static enum ota_status
check_counter(const uint8_t have[COUNTER_SIZE], const uint8_t came[COUNTER_SIZE], bool next)
{
	static const uint8_t last[COUNTER_SIZE] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	uint8_t one_more[COUNTER_SIZE];
	size_t i;

	if (memcmp(have, last, COUNTER_SIZE) == 0)
		return OTA_CNTR_BLOCKED;
	if (memcmp(came, have, COUNTER_SIZE) <= 0)
		return OTA_CNTR_LOW;
	memcpy(one_more, have, COUNTER_SIZE);
	for (i = COUNTER_SIZE; i-- > 0 && ++one_more[i] == 0;)
		;
	return next && memcmp(came, one_more, COUNTER_SIZE) != 0 ? OTA_CNTR_HIGH : OTA_OK;
}

/* Only who has signed moves the counter, and it is kept before anything happens that the packet wants. */
static enum ota_status
settle_counter(struct uicc *u, struct rsp_ctx *c, const struct ota_packet *p)
{
	unsigned mode = p->spi[0] & SPI_COUNTER, version = p->kid >> 4;
	uint8_t have[COUNTER_SIZE];
	enum ota_status status;

	if (mode < COUNTER_HIGHER || !p->authentic)
		return OTA_OK;
	ota_counter(u, c, &p->target, version, have);
	if ((status = check_counter(have, p->counter, mode == COUNTER_NEXT)) != OTA_OK)
		return status;
	return ota_counter_keep(u, c, &p->target, version, p->counter) == RSP_OK ? OTA_OK : OTA_MEMORY;
}

/* ---- a command packet ---- */

/* secured: CNTR, PCNTR, checksum, data, in clear. */
static enum ota_status
check_content(struct rsp_ctx *c, struct ota_packet *p, struct bytes head, struct bytes secured)
{
	unsigned kind = p->spi[0] & SPI_CHECK;
	size_t n = head.p[2] - HEADER, wanted = check_size(kind, p->kid, &p->mac), padding;
	struct bytes parts[3] = {head, bytes_slice(secured, 0, COUNTER_SIZE + 1), bytes_from(secured, COUNTER_SIZE + 1 + n)};
	uint8_t mac[16] = {0};

	memcpy(p->counter, secured.p, COUNTER_SIZE);
	padding = secured.p[COUNTER_SIZE];
	if (n != wanted)
		return wanted == SIZE_MAX ? OTA_UNIDENTIFIED : OTA_CC_FAILED;
	if (n && (checksum(c, kind, p->kid, &p->mac, parts, 3, mac) != RSP_OK || !bytes_equal_secret(bytes_of(mac, n), bytes_slice(secured, COUNTER_SIZE + 1, n))))
		return OTA_CC_FAILED;
	p->authentic = kind == CHECK_CC;
	if (padding > parts[2].n)
		return p->spi[0] & SPI_CIPHER ? OTA_CIPHERING : OTA_UNIDENTIFIED;
	p->data = bytes_slice(parts[2], 0, parts[2].n - padding);
	return OTA_OK;
}

static enum ota_status
open_secured(struct uicc *u, struct rsp_ctx *c, struct ota_packet *p, struct bytes packet)
{
	struct bytes head = bytes_slice(packet, 0, 10), secured = bytes_from(packet, 10);
	uint8_t *clear = rsp_alloc(c, secured.n);
	enum ota_status status;

	if (!clear)
		return OTA_MEMORY;
	if (!ota_target(u, c, p->tar, &p->target))
		return OTA_TAR_UNKNOWN;
	if (!level_reached(p->spi[0], p->target.level))
		return OTA_LEVEL;
	if ((p->spi[0] & SPI_CHECK) == CHECK_DS || !find_keys(p))
		return OTA_UNIDENTIFIED;
	memcpy(clear, secured.p, secured.n);
	if (p->spi[0] & SPI_CIPHER && (secured.n % (p->cipher.aes ? 16 : 8) || cipher(c, &p->cipher, false, secured, clear) != RSP_OK))
		return OTA_CIPHERING;
	status = check_content(c, p, head, bytes_of(clear, secured.n));
	return status == OTA_OK ? settle_counter(u, c, p) : status;
}

bool
ota_open(struct uicc *u, struct rsp_ctx *c, struct bytes packet, struct ota_packet *out, enum ota_status *status)
{
	*out = (struct ota_packet){.data = BYTES_NONE};
	if (packet.n < 3 + HEADER || ((size_t)packet.p[0] << 8 | packet.p[1]) != packet.n - 2 || packet.p[2] < HEADER || packet.p[2] > packet.n - 3)
		return false;
	memcpy(out->spi, packet.p + 3, 2);
	out->kic = packet.p[5];
	out->kid = packet.p[6];
	memcpy(out->tar, packet.p + 7, 3);
	if (!(out->spi[0] & SPI_CIPHER))
		memcpy(out->counter, packet.p + 10, COUNTER_SIZE);
	*status = open_secured(u, c, out, packet);
	return true;
}

/* ---- a response packet ---- */

/* As SPI2 asks, once the sender is known; the keys are those of the command, which may not have needed both. */
static void
response_security(const struct ota_packet *p, unsigned *kind, bool *ciphered, struct ota_key *kic, struct ota_key *kid)
{
	*kind = CHECK_NONE;
	*ciphered = false;
	if (!p->authentic)
		return;
	*kind = (p->spi[1] & POR_CHECK) >> 2;
	*ciphered = p->spi[1] & POR_CIPHER;
	*kid = p->mac;
	if (*kind == CHECK_DS)
		*kind = CHECK_CC;
	if (*ciphered && (!ota_key(&p->target, p->kic >> 4, KEY_KIC, kic) || !algorithm_fits(p->kic, kic)))
		*ciphered = false;
	if (check_size(*kind, p->kid, kid) == SIZE_MAX)
		*kind = CHECK_NONE;
}

/* UDH 02 71 00, RPL 2, RHL 1, TAR 3; then, ciphered or not, CNTR 5, PCNTR 1, status 1, checksum, data, padding. The checksum covers all but itself. */
enum rsp_status
ota_response(struct rsp_ctx *c, const struct ota_packet *p, enum ota_status status, struct bytes data, size_t most, struct buf *out)
{
	static const uint8_t padding[16], udh[] = {0x02, 0x71, 0x00};
	struct ota_key kic = {.mac_n = 0}, kid = {.mac_n = 0};
	unsigned kind;
	bool ciphered;
	uint8_t mac[16] = {0}, state[7], head[6];
	size_t n, block, fill = 0, cut;
	struct bytes parts[5];
	enum rsp_status st = RSP_OK;

	response_security(p, &kind, &ciphered, &kic, &kid);
	n = check_size(kind, p->kid, &kid);
	block = ciphered ? kic.aes ? 16 : 8 : 1;
	cut = (most - sizeof(udh) - sizeof(head)) / block * block - sizeof(state) - n;
	data = bytes_slice(data, 0, cut);
	fill = (block - (sizeof(state) + n + data.n) % block) % block;
	head[0] = (uint8_t)((4 + sizeof(state) + n + data.n + fill) >> 8);
	head[1] = (uint8_t)(4 + sizeof(state) + n + data.n + fill);
	head[2] = (uint8_t)(3 + sizeof(state) + n);
	memcpy(head + 3, p->tar, 3);
	memcpy(state, p->counter, COUNTER_SIZE);
	state[5] = (uint8_t)fill;
	state[6] = (uint8_t)status;
	parts[0] = BYTES_OF(udh);
	parts[1] = BYTES_OF(head);
	parts[2] = BYTES_OF(state);
	parts[3] = data;
	parts[4] = bytes_of(padding, fill);
	if (n)
		st = checksum(c, kind, p->kid, &kid, parts, 5, mac);
	buf_add(out, parts[0]);
	buf_add(out, parts[1]);
	cut = out->n;
	buf_add(out, parts[2]);
	buf_add(out, bytes_of(mac, n));
	buf_add(out, data);
	buf_add(out, parts[4]);
	if (st == RSP_OK && ciphered && !out->bad)
		st = cipher(c, &kic, true, bytes_from(buf_bytes(out), cut), out->p + cut);
	return out->bad ? RSP_NOMEM : st;
}
