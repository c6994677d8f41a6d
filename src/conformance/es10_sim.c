// SPDX-License-Identifier: BSD-2-Clause
/* An LPA towards a eUICC: ES10a, ES10b and ES10c without a server (SGP.22 5.7). */
#include "conformance/play.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/ids.h"
#include "conformance/es10_sim.h"
#include "conformance/faults.h"
#include "tlv/tlv.h"

static const uint8_t isdr[] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0};

static enum rsp_status
open_channel(struct play *p)
{
	struct bytes fci;

	if (p->channel.open)
		return RSP_OK;
	p->channel = (struct apdu_channel){0};
	return apdu_channel_open(&p->channel, p->w->port, &p->c, BYTES_OF(isdr), &fci);
}

/* "TAG { 80 result }": a result other than 0 is an error number. */
static bool
read_result(struct bytes answer, uint64_t *n)
{
	static const uint32_t tags[] = {0xBF29, 0xBF30, 0xBF31, 0xBF32, 0xBF33, 0xBF34, 0xBF3F};
	struct tlv t, v;
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (tlv_only(answer, tags[i], &t) == RSP_OK && tlv_only(t.value, 0x80, &v) == RSP_OK && tlv_uint(v.value, n) == RSP_OK)
			return true;
	return false;
}

/* BF38, BF21: A1 { 80, 02 error }; BF41, BF2D, BF28, BF2B, BF35: 81 error. */
static bool
read_error(struct bytes answer, uint64_t *n)
{
	struct bytes rest = answer;
	struct tlv t, a1, e;

	if (tlv_next(&rest, &t) != RSP_OK || rest.n)
		return false;
	if ((t.tag == 0xBF38 || t.tag == 0xBF21) && tlv_only(t.value, 0xA1, &a1) == RSP_OK && tlv_find(a1.value, 0x02, &e))
		return tlv_uint(e.value, n) == RSP_OK;
	return (t.tag == 0xBF41 || t.tag == 0xBF2D || t.tag == 0xBF28 || t.tag == 0xBF2B || t.tag == 0xBF35) && tlv_only(t.value, 0x81, &e) == RSP_OK &&
		tlv_uint(e.value, n) == RSP_OK;
}

static void
judge(struct play *p, unsigned sw, struct bytes answer)
{
	struct rsp_ctx *c = &p->c;
	struct pir pir;
	uint64_t n = 0;

	if (sw != 0x9000 && sw >> 8 != 0x91)
		play_verdict(p, "sw %04X", sw);
	else if (answer.n > 2 && answer.p[0] == 0xBF && answer.p[1] == 0x37 && es10_read_pir(c, answer, &pir) == RSP_OK)
		pir.ok ? play_verdict(p, "installed") : play_verdict(p, "pir %d/%d", pir.command, pir.reason);
	else if (read_error(answer, &n) || (read_result(answer, &n) && n))
		play_verdict(p, "error %llu", (unsigned long long)n);
	else
		play_verdict(p, "success");
	c->error = (struct rsp_error){0};
}

enum rsp_status
sim_es10(struct play *p, struct bytes command, struct bytes *answer)
{
	unsigned sw = 0;
	enum rsp_status st = open_channel(p);

	if (st == RSP_OK)
		st = world_es10(p->w, &p->c, &p->channel, command, answer, &sw);
	if (st != RSP_OK)
		return st;
	p->n_members = 0;
	play_member(p, "", *answer);
	judge(p, sw, *answer);
	return RSP_OK;
}

/* A command as it was built, changed as the step says. */
enum rsp_status
sim_command(struct play *p, const struct step *s, struct buf *b, struct bytes *answer)
{
	struct bytes command;
	enum rsp_status st = buf_finish(b, &p->c, &command);

	if (st == RSP_OK)
		st = play_mutate(p, s, true, &command);
	return st == RSP_OK ? sim_es10(p, command, answer) : st;
}

/* ---- commands of one or two members ---- */

static uint32_t
event_bits(const struct step *s)
{
	static const struct { const char *name; uint32_t bit; } events[] = {
		{"install", EVENT_INSTALL}, {"enable", EVENT_ENABLE}, {"disable", EVENT_DISABLE}, {"delete", EVENT_DELETE},
	};
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (play_says(s, "event", events[i].name))
			return events[i].bit;
	return 0;
}

static enum rsp_status
write_plain(struct play *p, const struct step *s, struct buf *b)
{
	uint32_t tag = (uint32_t)s->function->number;
	struct retrieve_notifications_req r = {0};
	struct bytes text = BYTES_NONE;
	uint64_t n = 0;
	size_t mark;
	enum rsp_status st = RSP_OK;

	switch (tag) {
	case 0xBF28:
		es10_write_list_notification_req(b, event_bits(s));
		return RSP_OK;
	case 0xBF2B:
		r.by_seq = play_has(s, "seq");
		r.events = event_bits(s);
		r.by_event = r.events != 0;
		st = play_number(p, s, "seq", 0, &r.seq);
		es10_write_retrieve_notifications_req(b, &r);
		return st;
	case 0xBF30:
		st = play_number(p, s, "seq", 0, &n);
		es10_write_notification_sent_req(b, n);
		return st;
	}
	mark = tlv_open(b, tag);
	if (tag == 0xBF3E)
		tlv_add(b, 0x5C, bytes_of("\x5A", 1));
	if (tag == 0xBF34 && (st = play_number(p, s, "bits", 1, &n)) == RSP_OK)
		tlv_add_bits(b, 0x82, (uint32_t)n);
	if (tag == 0xBF3F && (st = play_field(p, s, "address", &text)) == RSP_OK)
		tlv_add(b, 0x80, text);
	tlv_close(b, mark);
	return st;
}

enum rsp_status
send_es10_plain(struct play *p, const struct step *s)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	struct tlv t, v;
	enum rsp_status st = write_plain(p, s, &b);

	if (st == RSP_OK)
		st = sim_command(p, s, &b, &answer);
	if (st == RSP_OK && tlv_only(answer, 0xBF2E, &t) == RSP_OK && tlv_only(t.value, 0x80, &v) == RSP_OK)
		p->d.euicc_challenge = rsp_copy(&p->c, v.value);
	return st;
}

/* ---- profiles ---- */

/* An ICCID as digits, or the ten octets of a variable. */
enum rsp_status
sim_iccid(struct play *p, const struct step *s, struct bytes *out)
{
	uint8_t *iccid = rsp_alloc(&p->c, 10);
	struct bytes text;
	enum rsp_status st = play_field(p, s, "iccid", &text);

	*out = BYTES_NONE;
	if (st != RSP_OK || !text.p)
		return st;
	*out = text.n == 10 ? text : bytes_of(iccid, 10);
	if (!iccid)
		return RSP_NOMEM;
	return text.n == 10 ? RSP_OK : iccid_read(&p->c, rsp_sprintf(&p->c, "%.*s", (int)text.n, (const char *)text.p), iccid);
}

static enum rsp_status
write_list_request(struct play *p, const struct step *s, struct bytes iccid, struct bytes aid, struct buf *b)
{
	struct profile_info_req r = {.iccid = iccid, .isdp_aid = aid, .profile_class = -1};
	uint64_t class = 0;
	enum rsp_status st = play_hex(p, s, "tags", &r.tags);

	if (st == RSP_OK && play_has(s, "class") && (st = play_number(p, s, "class", 0, &class)) == RSP_OK)
		r.profile_class = (int)class;
	es10_write_profile_info_req(b, &r);
	return st;
}

enum rsp_status
send_es10_profile(struct play *p, const struct step *s)
{
	uint32_t tag = (uint32_t)s->function->number;
	struct profile_choice choice = {.refresh = play_says(s, "refresh", "true")};
	struct bytes nickname, answer;
	struct buf b = BUF_INIT;
	enum rsp_status st = sim_iccid(p, s, &choice.iccid);

	if (st == RSP_OK)
		st = play_hex(p, s, "isdpAid", &choice.isdp_aid);
	if (st != RSP_OK)
		return st;
	if (tag == 0xBF2D) {
		st = write_list_request(p, s, choice.iccid, choice.isdp_aid, &b);
	} else if (tag == 0xBF33) {
		es10_write_delete_req(&b, &choice);
	} else if (tag == 0xBF29) {
		st = play_field(p, s, "nickname", &nickname);
		es10_write_set_nickname_req(&b, choice.iccid, nickname.p ? nickname : bytes_of("", 0));
	} else {
		es10_write_enable_req(&b, tag, &choice);
	}
	return st == RSP_OK ? sim_command(p, s, &b, &answer) : st;
}

/* ---- octets as they stand ---- */

enum rsp_status
send_es10_raw(struct play *p, const struct step *s)
{
	struct bytes data, answer;
	enum rsp_status st = play_hex(p, s, "data", &data);

	return st == RSP_OK ? sim_es10(p, data, &answer) : st;
}

/* One APDU on the channel that is open: its class octet is put right when it begins with 80 or 00. */
enum rsp_status
send_apdu(struct play *p, const struct step *s)
{
	struct bytes data, command, answer;
	unsigned sw = 0;
	uint8_t *raw;
	enum rsp_status st = play_hex(p, s, "data", &data);

	if (st == RSP_OK)
		st = open_channel(p);
	if (st != RSP_OK)
		return st;
	command = rsp_copy(&p->c, data);
	if (!command.p || command.n < 4)
		return rsp_fail(&p->c, RSP_REFUSED, "an APDU has at least four octets");
	raw = (uint8_t *)(uintptr_t)command.p;
	raw[0] = raw[0] == 0x80 || raw[0] == 0x00 ? apdu_cla(raw[0], p->channel.number) : raw[0];
	if (p->w->fault && p->w->fault->request)
		p->w->fault->request(p->w, &p->c, "APDU", &command);
	st = apdu_exchange(p->w->port, &p->c, command, &answer, &sw);
	if (st != RSP_OK)
		return st;
	play_member(p, "", answer);
	judge(p, sw, answer);
	return RSP_OK;
}
