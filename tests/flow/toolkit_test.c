// SPDX-License-Identifier: BSD-2-Clause
/* The toolkit's commands at the card as a reader sees it (ETSI TS 102 221 11.2, TS 102 223), and secured packets that reach the enabled profile. */
#include "support/card.h"
#include "support/packet.h"

#include "apdu/apdu.h"
#include "base/hex.h"
#include "uicc/ota.h"

struct keys { struct bytes kic, kid; };

/* A card with the project's own profile enabled; its keys for secured packets in *keys. */
static void
open_card(struct probe *p, struct rsp_ctx *c, const char *seed, struct keys *keys)
{
	const struct lab_options o = {.seed = seed, .clock = TEST_NOW, .only_curve = true};
	const struct profile *profile;
	struct ota_key kic, kid;
	struct bytes package;
	size_t i;

	card_open(p, c, &o, NULL, &package);
	assert_status(profile_read(c, package, &profile), RSP_OK);
	for (i = 0; i < profile->n_elements; i++) {
		const struct ota_target t = {.sd_der = profile->element[i].der};

		if (profile->element[i].kind == PE_SD && ota_key(&t, 1, KEY_KIC, &kic) && ota_key(&t, 1, KEY_KID, &kid))
			*keys = (struct keys){rsp_copy(c, kic.value), rsp_copy(c, kid.value)};
	}
	assert_int_equal(keys->kic.n, 16);
}

#define ICCID_SCRIPT OCTETS_OF("\x00\xA4\x00\x0C\x02\x2F\xE2\x00\xB0\x00\x00\x02")
#define OCTETS_OF(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

static struct packet
packet_for(const struct keys *v, unsigned spi2, uint64_t counter)
{
	return (struct packet){.spi1 = 0x16, .spi2 = spi2, .kic = 0x12, .kid = 0x12, .tar = "B00010", .counter = counter, .aes = true, .kic_key = v->kic,
		.kid_key = v->kid, .mac_n = 8, .data = ICCID_SCRIPT};
}

static void
commands_by_form(void **state)
{
	static const struct line lines[] = {
		{"80100000", 0x6700, ""}, {"8010010001FF", 0x6A86, ""}, {"8010000101FF", 0x6A86, ""}, {"0010000001FF", 0x6E00, ""}, {"8110000001FF", 0x6881, ""},
		{"8010000001FF", 0x9000, ""},
		{"80AA0000", 0x6700, ""}, {"80AA010002A900", 0x6A86, ""}, {"80AA000102A900", 0x6A86, ""}, {"80AA000002A800", 0x6A80, ""}, {"80AA000003A90183", 0x6A80, ""},
		{"80AA000002A900", 0x9000, ""}, {"80AA000005A903830107", 0x9000, ""},
		{"8012010000", 0x6A86, ""}, {"8012000100", 0x6A86, ""}, {"8012000001AA", 0x6700, ""}, {"8012000000", 0x6985, ""}, {"0012000000", 0x6E00, ""},
		{"80140000", 0x6700, ""}, {"8014010001AA", 0x6A86, ""}, {"8014000101AA", 0x6A86, ""}, {"801400000C810301130082028281830100", 0x6985, ""},
		{"80C20000", 0x6700, ""}, {"80C2010002D600", 0x6A86, ""}, {"80C2000002D600", 0x9000, ""}, {"80C2000002D700", 0x9000, ""}, {"80C2000001D1", 0x6A80, ""},
		/* not announced, not there */
		{"8076000004" "00000000", 0x6D00, ""}, {"8076010000", 0x6D00, ""}, {"807A000000", 0x6D00, ""}, {"0073000000", 0x6D00, ""}, {"0075000000", 0x6D00, ""},
		{"00A4080802" "2FE2", 0x6A86, ""}, {"00A4040807" "A0000000871002", 0x6A86, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct keys v = {BYTES_NONE, BYTES_NONE};
	struct probe p;

	open_card(&p, c, "toolkit", &v);
	PLAY(&p, lines);
	probe_close(&p);
}

/* The answer of an ENVELOPE as its terminal collects it. */
static unsigned
envelope(struct probe *p, const struct packet *q, struct bytes *data)
{
	unsigned sw = 0;

	assert_status(apdu_exchange(p->real_apdu, &p->scratch, packet_envelope(&p->scratch, packet_make(&p->scratch, q)), data, &sw), RSP_OK);
	return sw;
}

static void
packets_reach_the_enabled_profile(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct keys v = {BYTES_NONE, BYTES_NONE};
	struct packet_answer a;
	struct packet q;
	struct bytes data;
	struct probe p;

	open_card(&p, c, "ota", &v);
	q = packet_for(&v, POR | POR_CC | POR_CIPHERED, 1);
	assert_int_equal(card_transmit(&p, packet_envelope(&p.scratch, packet_make(&p.scratch, &q)), &data), 0x6100 | (3 + 6 + 32));
	q.counter = 2;
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	a = packet_read(&p.scratch, &q, data, true);
	assert_int_equal(a.status, 0);
	assert_hex_equal(c, bytes_slice(a.data, 0, 4), "02900098");
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 2);
	/* The ISD-R being selected on the same channel is none of its business. */
	q.counter = 3;
	assert_int_equal(card_transmit(&p, unhex(c, "00A4040C10A0000005591010FFFFFFFF8900000100"), &data) >> 8, 0x61);
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 0);
	probe_close(&p);
}

/* Disabled, the profile's keys serve nobody; enabled again, its counter is where it was. */
static void
keys_are_the_enabled_profile_s(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct keys v = {BYTES_NONE, BYTES_NONE};
	struct lpa *lpa;
	struct profile_choice choice = {.iccid = BYTES_NONE};
	struct packet q;
	struct bytes data;
	struct probe p;
	uint8_t iccid[10];

	open_card(&p, c, "ota off", &v);
	q = packet_for(&v, POR | POR_CC, 7);
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 0);
	assert_int_equal(card_transmit(&p, unhex(c, "00A4000C022FE2"), &data), 0x9000);
	assert_int_equal(card_transmit(&p, unhex(c, "00B000000A"), &data), 0x9000);
	memcpy(iccid, data.p, 10);
	choice.iccid = BYTES_OF(iccid);
	lpa = &p.card->lpa;
	assert_status(lpa_begin(lpa, &p.card->c), RSP_OK);
	assert_status(lpa_disable(lpa, &p.card->c, &choice), RSP_OK);
	lpa_end(lpa, &p.card->c);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	q.counter = 8;
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(data.n, 0);
	assert_status(lpa_begin(lpa, &p.card->c), RSP_OK);
	assert_status(lpa_enable(lpa, &p.card->c, &choice), RSP_OK);
	lpa_end(lpa, &p.card->c);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	q.counter = 7;
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 2);
	q.counter = 8;
	assert_int_equal(envelope(&p, &q, &data), 0x9000);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 0);
	probe_close(&p);
}

static void
has_name(struct probe *p, const char *name)
{
	struct profile_info_list list;

	assert_status(lpa_begin(&p->card->lpa, &p->card->c), RSP_OK);
	assert_status(lpa_profiles(&p->card->lpa, &p->card->c, &list), RSP_OK);
	assert_int_equal(list.n, 1);
	assert_true(bytes_equal_str(list.p[0].name, name));
	lpa_end(&p->card->lpa, &p->card->c);
}

/* ES6 UpdateMetadata in a packet for the profile's own security domain (SGP.22 5.4.1). */
static void
metadata_change_by_packet(void **state)
{
	static const struct { const char *script, *answer; uint64_t counter; unsigned status; } rows[] = {
		{"80E2910009" "BF2A06" "9204" "6E657732", "019000", 1, 0}, {"80E2910009" "BF2A06" "9204" "6E657733", "", 1, 2},
		{"80E2910008" "BF2A05" "9203" "FFFEFF", "016A80", 2, 0}, {"80E2910007" "BF2A04" "990207" "80", "016A80", 3, 0},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct keys v = {BYTES_NONE, BYTES_NONE};
	struct probe p;

	open_card(&p, c, "metadata", &v);
	FOR_EACH_ROW(rows, row) {
		struct packet q = packet_for(&v, POR | POR_CC, row->counter);
		struct packet_answer a;
		struct bytes data;

		q.tar = "000000";
		q.data = unhex(c, row->script);
		assert_int_equal(envelope(&p, &q, &data), 0x9000);
		a = packet_read(&p.scratch, &q, data, true);
		assert_int_equal(a.status, row->status);
		assert_hex_equal(c, a.data, row->answer);
		has_name(&p, "new2");
	}
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	has_name(&p, "new2");
	probe_close(&p);
}

#define RESPONSE(result) "801400000C" "810301" "1300" "82028281" "8301" result

/* The response as a message of its own is a proactive command: announced, fetched as often as it takes, answered. */
static void
a_proactive_command_goes_its_way(void **state)
{
	static const struct line refused[] = {
		{"8014000001AA", 0x6A80, ""}, {"8014000005" "8103011300", 0x6A80, ""}, {"8014000006" "830100" "830100", 0x6A80, ""}, {"801400000B" "8102" "0113" "82028281" "830100", 0x6A80, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct keys v = {BYTES_NONE, BYTES_NONE};
	struct bytes data, again;
	struct packet q;
	struct probe p;
	unsigned sw, n;
	struct tlv t;

	open_card(&p, c, "submit", &v);
	q = packet_for(&v, POR | POR_CC | POR_BY_SUBMIT, 1);
	sw = envelope(&p, &q, &data);
	assert_int_equal(sw >> 8, 0x91);
	assert_int_equal(packet_read(&p.scratch, &q, data, true).status, 0x0B);
	n = sw & 0xFF;
	assert_int_equal(card_transmit(&p, unhex(c, RESPONSE("00")), &data), 0x6985);            /* nobody has fetched */
	assert_int_equal(card_transmit(&p, unhex(c, "8012000000"), &data), 0x6C00 | n);
	assert_int_equal(card_transmit(&p, unhex(c, rsp_sprintf(c, "80120000%02X", n)), &data), 0x9000);
	again = rsp_copy(c, data);
	assert_status(tlv_only(again, 0xD0, &t), RSP_OK);
	assert_int_equal(card_transmit(&p, unhex(c, rsp_sprintf(c, "80120000%02X", n)), &data), 0x9000);
	assert_bytes_equal(data, again);
	PLAY(&p, refused);
	assert_int_equal(card_transmit(&p, unhex(c, RESPONSE("20")), &data), 0x9100 | n);         /* busy: once more, later */
	assert_int_equal(card_transmit(&p, unhex(c, "00A4000C023F00"), &data), 0x9100 | n);
	assert_int_equal(card_transmit(&p, unhex(c, "00A4000C026FFF"), &data), 0x6A82);           /* errors say nothing of it */
	assert_int_equal(card_transmit(&p, unhex(c, rsp_sprintf(c, "80120000%02X", n)), &data), 0x9000);
	assert_bytes_equal(data, again);
	assert_int_equal(card_transmit(&p, unhex(c, RESPONSE("00")), &data), 0x9000);
	assert_int_equal(card_transmit(&p, unhex(c, "8012000000"), &data), 0x6985);
	assert_int_equal(card_transmit(&p, unhex(c, "00A4000C023F00"), &data), 0x9000);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_by_form),
		cmocka_unit_test(packets_reach_the_enabled_profile),
		cmocka_unit_test(keys_are_the_enabled_profile_s),
		cmocka_unit_test(metadata_change_by_packet),
		cmocka_unit_test(a_proactive_command_goes_its_way),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
