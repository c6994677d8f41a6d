// SPDX-License-Identifier: BSD-2-Clause
/*
 * ENVELOPE, and in it the download of short messages (3GPP TS 31.111 7.1.1, TS 31.115 4): parts are put together, the secured packet is opened and its
 * script run, the response goes into the delivery report or out as a short message of its own.
 */
#include <stdlib.h>

#include "uicc/ota.h"

enum { SMS_PP = 0xD1, DEVICES = 0x02, ADDRESS = 0x06, TPDU = 0x0B, IE_CONCATENATED = 0x00, IE_CONCATENATED_16 = 0x08, IE_COMMAND = 0x70 };
enum { POR_MASK = 0x03, POR_ALWAYS = 1, POR_ON_ERROR = 2, POR_SUBMIT = 0x20, REPORT_MOST = 128, SUBMIT_MOST = 140 };

/* A short message as far as it matters here. */
struct sms {
	struct bytes from;               /* TP-OA: length in digits, type, digits */
	struct bytes text;               /* behind the user data header */
	bool command;                    /* carries, or continues, a command packet */
	unsigned reference, total, number;   /* total 1: a message of its own */
};

/* ---- reading ---- */

/* A comparison TLV: the high bit of the tag says nothing. */
static bool
find(struct bytes list, uint8_t tag, struct bytes *out)
{
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK)
		if (t.tag < 0x100 && (t.tag & 0x7F) == tag) {
			*out = t.value;
			return true;
		}
	return false;
}

/* False: elements that do not fill the header. */
static bool
read_elements(struct bytes header, struct sms *out)
{
	while (header.n) {
		size_t n = header.n > 1 ? header.p[1] : SIZE_MAX;
		const uint8_t *v = header.p + 2;

		if (n > header.n - 2 || header.n < 2)
			return false;
		if (header.p[0] == IE_COMMAND)
			out->command = true;
		if (header.p[0] == IE_CONCATENATED && n == 3)
			out->reference = v[0], out->total = v[1], out->number = v[2];
		if (header.p[0] == IE_CONCATENATED_16 && n == 4)
			out->reference = 0x10000u | (unsigned)v[0] << 8 | v[1], out->total = v[2], out->number = v[3];
		header = bytes_from(header, 2 + n);
	}
	return out->total >= 1 && out->number >= 1 && out->number <= out->total;
}

/* SMS-DELIVER (TS 23.040 9.2.2.1) of 8-bit data. */
static bool
read_deliver(struct bytes t, struct sms *out)
{
	size_t oa = t.n > 1 ? 2u + (t.p[1] + 1u) / 2 : 0, at = 1 + oa, n;
	struct bytes data;

	*out = (struct sms){.total = 1, .number = 1};
	if (t.n < 2 || t.p[0] & 0x03 || t.p[1] > 20 || t.n < at + 10)
		return false;
	out->from = bytes_slice(t, 1, oa);
	n = t.p[at + 9];
	data = bytes_from(t, at + 10);
	if (n > 140 || data.n != n)
		return false;
	if (!(t.p[0] & 0x40)) {
		out->text = data;
		return true;
	}
	if (!n || data.p[0] > n - 1 || !read_elements(bytes_slice(data, 1, data.p[0]), out))
		return false;
	out->text = bytes_from(data, 1u + data.p[0]);
	return true;
}

/* ---- putting together ---- */

static void
forget_one(struct sms_assembly *a)
{
	unsigned i;

	for (i = 0; i < 255; i++)
		buf_free(&a->part[i]);
	*a = (struct sms_assembly){.total = 0};
}

void
sms_forget(struct uicc *u)
{
	size_t i;

	for (i = 0; u->sms && i < SMS_ASSEMBLIES; i++)
		forget_one(&u->sms[i]);
	free(u->sms);
	u->sms = NULL;
}

/* The one that this message belongs to, or a free one, or the oldest, which is given up. */
static struct sms_assembly *
assembly(struct uicc *u, const struct sms *m)
{
	struct sms_assembly *a, *oldest;
	size_t i;

	if (!u->sms && !(u->sms = calloc(SMS_ASSEMBLIES, sizeof(*u->sms))))
		return NULL;
	for (oldest = a = u->sms, i = 0; i < SMS_ASSEMBLIES; i++, a++) {
		if (a->total && a->reference == m->reference && a->total == m->total && bytes_equal(bytes_of(a->from, a->from_n), m->from))
			return a;
		if (a->age < oldest->age)
			oldest = a;
	}
	forget_one(oldest);
	oldest->reference = m->reference;
	oldest->total = m->total;
	oldest->from_n = m->from.n;
	memcpy(oldest->from, m->from.p, m->from.n);
	oldest->age = ++u->sms_age;
	return oldest;
}

/* The packet when it is whole; absent while parts are missing, or when the parts belong to no command packet. Only the first part says so. */
static struct bytes
put_together(struct uicc_call *k, const struct sms *m)
{
	struct sms_assembly *a;
	struct buf whole = BUF_INIT;
	struct bytes out = BYTES_NONE;
	unsigned i;

	if (m->total == 1)
		return m->command ? m->text : BYTES_NONE;
	if (m->from.n > sizeof(a->from) || (m->number == 1 && !m->command) || !(a = assembly(k->u, m)))
		return BYTES_NONE;
	buf_reset(&a->part[m->number - 1]);
	buf_add(&a->part[m->number - 1], m->text);
	for (i = 0; i < a->total; i++)
		if (!a->part[i].n)
			return BYTES_NONE;
	for (i = 0; i < a->total; i++)
		buf_add(&whole, buf_bytes(&a->part[i]));
	forget_one(a);
	return buf_finish(&whole, k->c, &out) == RSP_OK ? out : BYTES_NONE;
}

/* ---- answering ---- */

/* SEND SHORT MESSAGE (TS 102 223 6.6.9): the response to whom the command came from. */
static bool
submit(struct uicc_call *k, const struct sms *m, struct bytes centre, struct bytes response)
{
	static const uint8_t details[] = {0x81, 3, 1, 0x13, 0, 0x82, 2, 0x81, 0x83};
	struct buf tpdu = BUF_INIT, body = BUF_INIT, *out = &k->u->proactive;

	buf_u16(&tpdu, 0x4100);
	buf_add(&tpdu, m->from);
	buf_u16(&tpdu, 0x7FF6);
	buf_u8(&tpdu, (unsigned)response.n);
	buf_add(&tpdu, response);
	buf_add(&body, BYTES_OF(details));
	if (centre.p)
		tlv_add(&body, 0x80 | ADDRESS, centre);
	tlv_add(&body, 0x80 | TPDU, buf_bytes(&tpdu));
	buf_reset(out);
	if (body.n <= 253)
		tlv_add(out, 0xD0, buf_bytes(&body));
	buf_free(&tpdu);
	buf_free(&body);
	return out->n && !out->bad;
}

/* Into the answer to ENVELOPE: the user data of the delivery report. */
static unsigned
report(struct uicc_call *k, const struct ota_packet *p, enum ota_status status, struct bytes data)
{
	struct buf b = BUF_INIT;

	if (ota_response(k->c, p, status, data, REPORT_MOST, &b) != RSP_OK) {
		buf_free(&b);
		return 0x6F00;
	}
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

static unsigned
answer(struct uicc_call *k, const struct sms *m, struct bytes centre, const struct ota_packet *p, enum ota_status status, struct bytes data)
{
	unsigned wanted = p->spi[1] & POR_MASK;
	struct buf b = BUF_INIT;
	bool sent;

	if (wanted != POR_ALWAYS && (wanted != POR_ON_ERROR || status == OTA_OK))
		return 0x9000;
	if (!(p->spi[1] & POR_SUBMIT))
		return report(k, p, status, data);
	sent = ota_response(k->c, p, status, data, SUBMIT_MOST, &b) == RSP_OK && submit(k, m, centre, buf_bytes(&b));
	buf_free(&b);
	return sent ? report(k, p, OTA_BY_SUBMIT, BYTES_NONE) : 0x6F00;
}

/* ---- SMS-PP download ---- */

static unsigned
download(struct uicc_call *k, struct bytes envelope)
{
	struct bytes devices, tpdu, centre = BYTES_NONE, packet;
	struct ota_packet p;
	enum ota_status status;
	struct buf result = BUF_INIT;
	struct sms m;
	unsigned sw;

	if (!find(envelope, DEVICES, &devices) || devices.n != 2 || devices.p[0] != 0x83 || devices.p[1] != 0x81 || !find(envelope, TPDU, &tpdu) ||
		!read_deliver(tpdu, &m))
		return 0x6A80;
	(void)find(envelope, ADDRESS, &centre);
	packet = put_together(k, &m);
	if (!packet.p || !k->u->prefix[0])
		return 0x9000;
	if (!ota_open(k->u, k->c, packet, &p, &status))
		return 0x6A80;
	if (status == OTA_OK)
		ota_script(k->u, k->c, &p, &result);
	sw = result.bad ? 0x6F00 : answer(k, &m, centre, &p, status, buf_bytes(&result));
	buf_free(&result);
	return sw;
}

/* D1 to D7 and DA are the terminal's; nobody is there to be told of the others than D1. */
unsigned
run_envelope(struct uicc_call *k)
{
	struct tlv t;
	struct bytes rest = k->a->data;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (!k->a->data.n)
		return 0x6700;
	if (tlv_next(&rest, &t) != RSP_OK || rest.n || t.tag < 0xD1 || t.tag > 0xDF || !tlv_all_well_formed(t.value))
		return 0x6A80;
	return t.tag == SMS_PP ? download(k, t.value) : 0x9000;
}
