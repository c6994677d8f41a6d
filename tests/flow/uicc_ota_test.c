// SPDX-License-Identifier: BSD-2-Clause
/* Secured packets by short message (ETSI TS 102 225, 3GPP TS 31.115): which are taken, what is kept, what is answered. */
#include "support/bench.h"
#include "support/packet.h"

#include "base/hex.h"
#include "uicc/ota.h"

static const struct profile_file files[] = {
	{BENCH_EF(FILE_TRANSPARENT, 0x2F24, R_ADM, "\1\2\3\4")},
	{BENCH_EF(FILE_TRANSPARENT, 0x2F25, R_NEVER, "\5\6\7\x08")},
};

#define TDES2 OCTETS("\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF\x01")
#define TDES3 OCTETS("\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF\x01\x21\x43\x65\x87\xA9\xCB\xED\x0F")
#define AES128 OCTETS("\x20\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F")
#define AES192 OCTETS("\x20\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17")
#define AES256 OCTETS("\x20\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F")

static const struct set { unsigned version; bool aes; struct bytes value; unsigned mac_n, low; } sets[] = {
	{1, false, TDES2, 0, 5}, {2, true, AES128, 0, 2}, {3, true, AES128, 4, 2}, {4, false, TDES3, 0, 9}, {5, true, AES192, 8, 2}, {6, true, AES256, 8, 2},
	{0x11, true, AES128, 8, 2},
};

static struct bytes
all_keys(struct rsp_ctx *c)
{
	struct buf b = BUF_INIT;
	struct bytes out;
	const struct set *row;

	FOR_EACH_ROW(sets, row) {
		buf_add(&b, packet_key(c, row->version, 1, row->aes, row->value, row->mac_n));
		buf_add(&b, packet_key(c, row->version, 2, row->aes, row->value, row->mac_n));
	}
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

/* B00010: no security demanded; B00011: checksum, cipher, counter. 000000: the security domain's own. */
static void
open_bench(struct bench *b, struct rsp_ctx *c, unsigned sd_state)
{
	struct profile_element elements[] = {
		{.kind = PE_SD, .der = packet_sd(c, sd_state, all_keys(c), NULL)},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00010", 0x00, "00", "FF", NULL)},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00011", 0x16, "00", "FF", NULL)},
	};
	const struct profile p = {.file = (struct profile_file *)(uintptr_t)files, .n_files = 2, .element = elements, .n_elements = 3};

	bench_open(b, c, &p);
}

#define READ_SCRIPT OCTETS("\x00\xA4\x00\x0C\x02\x2F\x24\x00\xB0\x00\x00\x04")
#define WRITE_SCRIPT OCTETS("\x00\xA4\x00\x0C\x02\x2F\x24\x00\xD6\x00\x00\x02\xAA\xBB")

static struct packet
packet_of(const struct set *s, unsigned spi1, unsigned spi2, uint64_t counter, struct bytes script)
{
	return (struct packet){.spi1 = spi1, .spi2 = spi2, .kic = s->version << 4 | s->low, .kid = s->version << 4 | s->low, .tar = "B00010",
		.counter = counter, .aes = s->aes, .kic_key = s->value, .kid_key = s->value, .mac_n = s->mac_n ? s->mac_n : 8, .data = script};
}

static unsigned
send(struct bench *b, const struct packet *p, struct bytes *data)
{
	return bench_run(b, packet_envelope(b->c, packet_make(b->c, p)), data);
}

/* Its response says this and carries this. */
static void
expect(struct bench *b, const struct packet *p, bool secured, unsigned status, const char *data)
{
	struct packet_answer a;
	struct bytes answer;

	assert_int_equal(send(b, p, &answer), 0x9000);
	a = packet_read(b->c, p, answer, secured);
	if (a.status != status)
		fail_msg("SPI %02X%02X: want status %02X, have %02X", p->spi1, p->spi2, status, a.status);
	assert_hex_equal(b->c, a.data, data);
	if (secured)
		assert_int_equal(a.counter, p->counter);
}

/* ---- known answers ---- */

/* The keys of a row, under the version its header names; the counter one below the row's. */
static void
command_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	unsigned version = (unsigned)strtoul(cell[7], NULL, 16) >> 4;
	bool aes = strncmp(cell[1], "aes", 3) == 0, keyed = strcmp(cell[2], "crc16") != 0 && strcmp(cell[2], "crc32") != 0;
	struct bytes kic = unhex(c, cell[3]), kid = unhex(c, cell[4]), packet = unhex(c, cell[12]), data = unhex(c, cell[10]);
	struct buf keys = BUF_INIT;
	struct profile_element element[2] = {{.kind = PE_SD}, {.kind = PE_RFM, .der = packet_rfm(c, cell[8], 0, "00", "FF", NULL)}};
	const struct profile p = {.element = element, .n_elements = 2};
	enum ota_status status;
	struct ota_packet got;
	struct bench b;

	assert_true(n >= 13);
	buf_add(&keys, packet_key(c, version ? version : 1, 1, aes, keyed ? kic : data, strstr(cell[2], "-32") ? 4 : 8));
	buf_add(&keys, packet_key(c, version ? version : 1, 2, aes, keyed ? kid : data, strstr(cell[2], "-32") ? 4 : 8));
	element[0].der = packet_sd(c, 0x0F, buf_bytes(&keys), NULL);
	bench_open(&b, c, &p);
	if (strncmp(cell[5], "1e", 2) == 0) {
		struct nvm *nvm = image_nvm(b.image);
		uint8_t before[5];

		memcpy(before, unhex(c, cell[9]).p, 5);
		before[4]--;
		assert_status(nvm->put(nvm->self, c, bytes_of_str(rsp_sprintf(c, "p/01/ota%04u%02X", 0, version)), BYTES_OF(before)), RSP_OK);
	}
	assert_true(ota_open(b.u, c, packet, &got, &status));
	if (status != OTA_OK)
		fail_msg("row with SPI %s KID %s: status %02X", cell[5], cell[7], status);
	assert_bytes_equal(got.data, data);
	assert_hex_equal(c, BYTES_OF(got.counter), cell[9]);
	(*(unsigned *)arg)++;
	buf_free(&keys);
	bench_close(&b);
}

static void
packets_of_known_content_open(void **state)
{
	unsigned n = 0;

	for_each_kat(fresh_ctx(state), "ota-commands.tsv", command_row, &n);
	assert_true(n >= 12);
}

/* ---- every way of securing ---- */

static void
every_way_of_securing_is_served(void **state)
{
	static const unsigned commands[] = {CC, CC | CIPHERED, CC | CNTR_HIGHER, CC | CIPHERED | CNTR_HIGHER, CC | CIPHERED | CNTR_NEXT, CC | CNTR_ONLY};
	static const unsigned responses[] = {POR, POR | POR_CC, POR | POR_CIPHERED, POR | POR_CC | POR_CIPHERED};
	struct bench b;
	size_t s, i, k;

	for (s = 0; s < 6; s++)
		for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
			open_bench(&b, fresh_ctx(state), 0x0F);
			for (k = 0; k < 4; k++) {
				struct packet p = packet_of(&sets[s], commands[i], responses[k], k + 1, (struct bytes)READ_SCRIPT);

				expect(&b, &p, true, 0, "029000" "01020304");
			}
			bench_close(&b);
		}
}

static void
redundancy_checks_and_none(void **state)
{
	struct packet p = packet_of(&sets[1], RC, POR, 0, (struct bytes)READ_SCRIPT);
	struct bytes packet, answer;
	struct bench b;

	open_bench(&b, fresh_ctx(state), 0x0F);
	p.kic = 0;
	p.kid = 0x01;
	expect(&b, &p, false, 0, "029000" "01020304");
	p.kid = 0x05;
	expect(&b, &p, false, 0, "029000" "01020304");
	packet = packet_make(b.c, &p);
	((uint8_t *)(uintptr_t)packet.p)[packet.n - 1] ^= 1;
	assert_int_equal(bench_run(&b, packet_envelope(b.c, packet), &answer), 0x9000);
	assert_int_equal(packet_read(b.c, &p, answer, false).status, OTA_CC_FAILED);
	p.kid = 0x02;
	expect(&b, &p, false, OTA_UNIDENTIFIED, "");
	p.spi1 = 0;
	p.kid = 0;
	expect(&b, &p, false, 0, "029000" "01020304");
	p.spi2 = 0;
	assert_int_equal(send(&b, &p, &answer), 0x9000);
	assert_int_equal(answer.n, 0);
	p.spi2 = POR_ERROR;
	assert_int_equal(send(&b, &p, &answer), 0x9000);
	assert_int_equal(answer.n, 0);
	p.tar = "B0FFFF";
	expect(&b, &p, false, OTA_TAR_UNKNOWN, "");
	p.spi2 = 0;
	assert_int_equal(send(&b, &p, &answer), 0x9000);
	assert_int_equal(answer.n, 0);
	bench_close(&b);
}

/* ---- counters ---- */

static void
counters_go_up(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CIPHERED | CNTR_HIGHER, POR | POR_CC | POR_CIPHERED, 0, (struct bytes)READ_SCRIPT);
	struct packet other = packet_of(&sets[2], CC | CNTR_HIGHER, POR | POR_CC, 1, (struct bytes)READ_SCRIPT);
	const char *before;
	struct bench b;

	open_bench(&b, fresh_ctx(state), 0x0F);
	expect(&b, &p, true, OTA_CNTR_LOW, "");                    /* nothing kept is 0 */
	p.counter = 5;
	expect(&b, &p, true, 0, "029000" "01020304");
	before = bench_memory(&b);
	expect(&b, &p, true, OTA_CNTR_LOW, "");                    /* the same again */
	p.counter = 4;
	expect(&b, &p, true, OTA_CNTR_LOW, "");
	assert_string_equal(bench_memory(&b), before);
	expect(&b, &other, true, 0, "029000" "01020304");          /* another set, another counter */
	p.spi1 = CC | CIPHERED | CNTR_NEXT;
	p.counter = 7;
	expect(&b, &p, true, OTA_CNTR_HIGH, "");
	p.counter = 6;
	expect(&b, &p, true, 0, "029000" "01020304");
	uicc_reset(b.u);
	expect(&b, &p, true, OTA_CNTR_LOW, "");
	p.spi1 = CC | CIPHERED | CNTR_ONLY;                         /* carried, not looked at, not kept */
	p.counter = 0xFFFFFFFF00;
	expect(&b, &p, true, 0, "029000" "01020304");
	p.spi1 = CC | CNTR_HIGHER;
	p.counter = 0x0100000000;
	expect(&b, &p, true, 0, "029000" "01020304");
	p.counter = 0xFFFFFFFFFF;
	expect(&b, &p, true, 0, "029000" "01020304");
	expect(&b, &p, true, OTA_CNTR_BLOCKED, "");
	bench_close(&b);
}

/* The counter lasts although the card loses power before what the packet did does. */
static void
a_packet_serves_once_whatever_happens(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CIPHERED | CNTR_HIGHER, POR | POR_CC, 9, (struct bytes)WRITE_SCRIPT);
	static const struct bench_line unchanged[] = {VERIFY_ADM, SELECT("2F24"), {"00B0000004", 0x9000, "01020304"}};
	static const struct bench_line changed[] = {SELECT("2F24"), {"00B0000004", 0x9000, "AABB0304"}};
	struct bytes data;
	struct nvm *nvm;
	struct apdu a;
	struct bench b;
	unsigned sw;

	open_bench(&b, fresh_ctx(state), 0x0F);
	nvm = image_nvm(b.image);
	assert_status(apdu_read(packet_envelope(b.c, packet_make(b.c, &p)), &a), RSP_OK);
	assert_status(uicc_command(b.u, b.c, &a, &data, &sw), RSP_OK);
	assert_int_equal(packet_read(b.c, &p, data, true).status, 0);
	nvm->abort(nvm->self);
	uicc_reset(b.u);
	BENCH_PLAY(&b, unchanged);
	expect(&b, &p, true, OTA_CNTR_LOW, "");
	BENCH_PLAY(&b, unchanged);
	p.counter++;
	expect(&b, &p, true, 0, "029000");
	BENCH_PLAY(&b, changed);
	bench_close(&b);
}

/* ---- refusals ---- */

static void
what_is_not_secured_as_demanded_is_refused(void **state)
{
	static const struct { unsigned spi1, kic, kid; const char *tar; unsigned status; } rows[] = {
		{CC | CNTR_HIGHER, 0x22, 0x22, "B00011", OTA_LEVEL}, {CC | CIPHERED, 0x22, 0x22, "B00011", OTA_LEVEL}, {CIPHERED | CNTR_HIGHER, 0x22, 0x22, "B00011", OTA_LEVEL},
		{CC | CIPHERED | CNTR_ONLY, 0x22, 0x22, "B00011", OTA_LEVEL}, {RC | CIPHERED | CNTR_HIGHER, 0x22, 0x25, "B00011", OTA_LEVEL}, {0, 0, 0, "B00011", OTA_LEVEL},
		{0, 0, 0, "000000", OTA_LEVEL}, {CC, 0x22, 0x22, "000000", OTA_LEVEL}, {CC, 0x22, 0x22, "B00012", OTA_TAR_UNKNOWN},
		{CC, 0x22, 0x72, "B00010", OTA_UNIDENTIFIED}, {CC, 0x22, 0x02, "B00010", OTA_UNIDENTIFIED}, {CC, 0x22, 0x25, "B00010", OTA_UNIDENTIFIED},
		{CC, 0x22, 0x12, "B00010", OTA_UNIDENTIFIED}, {CC, 0x22, 0x21, "B00010", OTA_UNIDENTIFIED}, {CC, 0x22, 0x19, "B00010", OTA_UNIDENTIFIED},
		{CC | CIPHERED, 0x52, 0x22, "B00010", OTA_UNIDENTIFIED}, {CC | CIPHERED, 0x2D, 0x22, "B00010", OTA_UNIDENTIFIED},
		{CC | RC, 0x22, 0x22, "B00010", OTA_UNIDENTIFIED}, {CC | CIPHERED | CNTR_HIGHER, 0x32, 0x32, "B00011", OTA_CC_FAILED},
		{CC | CIPHERED | CNTR_HIGHER, 0x62, 0x62, "B00011", OTA_CC_FAILED}, {CC | CIPHERED | CNTR_HIGHER, 0x15, 0x15, "B00011", OTA_CC_FAILED},
		{CC | CIPHERED | CNTR_HIGHER, 0x20, 0x20, "B00011", 0}, {CC | CIPHERED | CNTR_HIGHER, 0x22, 0x22, "B00011", OTA_CNTR_LOW},
	}, *row;
	struct bench b;

	open_bench(&b, fresh_ctx(state), 0x0F);
	FOR_EACH_ROW(rows, row) {
		struct packet p = packet_of(&sets[1], row->spi1, POR | POR_CC | POR_CIPHERED, 1, (struct bytes)WRITE_SCRIPT);
		const char *before = bench_memory(&b);

		p.kic = row->kic;
		p.kid = row->kid;
		p.tar = row->tar;
		expect(&b, &p, row->status == 0 || row->status == OTA_CNTR_LOW, row->status, row->status ? "" : "029000");
		if (row->status)
			assert_string_equal(bench_memory(&b), before);
	}
	bench_close(&b);
}

/* Each octet changed, each length cut: no effect, and never an answer that is signed. */
static void
spoiled_packets_do_nothing(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CIPHERED | CNTR_HIGHER, POR | POR_CC | POR_CIPHERED, 1, (struct bytes)WRITE_SCRIPT);
	struct bytes good, answer;
	const char *before;
	struct bench b;
	size_t i;

	open_bench(&b, fresh_ctx(state), 0x0F);
	p.tar = "B00011";
	good = packet_make(b.c, &p);
	before = bench_memory(&b);
	for (i = 0; i < good.n; i++) {
		struct bytes bad = rsp_copy(b.c, good);
		unsigned sw;

		((uint8_t *)(uintptr_t)bad.p)[i] ^= 0x11;
		sw = bench_run(&b, packet_envelope(b.c, bad), &answer);
		assert_true(sw == 0x9000 || sw == 0x6A80);
		if (answer.n)
			assert_int_equal(answer.p[5], 10);
		sw = bench_run(&b, packet_envelope(b.c, bytes_slice(good, 0, i)), &answer);
		assert_true(i == 0 || sw == 0x6A80);
		assert_string_equal(bench_memory(&b), before);
	}
	expect(&b, &p, true, 0, "029000");
	bench_close(&b);
}

static void
only_a_personalised_domain_has_keys(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CIPHERED | CNTR_HIGHER, POR, 1, (struct bytes)READ_SCRIPT);
	struct bytes answer;
	struct uicc *bare;
	struct apdu a;
	struct bench b;
	unsigned sw;

	open_bench(&b, fresh_ctx(state), 0x07);
	expect(&b, &p, false, OTA_TAR_UNKNOWN, "");
	bench_close(&b);
	/* No profile, or another one: these keys serve nobody. */
	open_bench(&b, fresh_ctx(state), 0x0F);
	assert_status(apdu_read(packet_envelope(b.c, packet_make(b.c, &p)), &a), RSP_OK);
	assert_status(uicc_open(b.c, image_nvm(b.image), NULL, &bare), RSP_OK);
	assert_status(uicc_command(bare, b.c, &a, &answer, &sw), RSP_OK);
	assert_int_equal(sw, 0x9000);
	assert_int_equal(answer.n, 0);
	uicc_close(bare);
	assert_status(uicc_open(b.c, image_nvm(b.image), "p/02/", &bare), RSP_OK);
	assert_status(uicc_command(bare, b.c, &a, &answer, &sw), RSP_OK);
	assert_int_equal(packet_read(b.c, &p, answer, false).status, OTA_TAR_UNKNOWN);
	uicc_close(bare);
	bench_close(&b);
}

/* ---- short messages ---- */

static void
envelopes_by_form(void **state)
{
	static const struct bench_line lines[] = {
		{"80C2010001D1", 0x6A86, ""}, {"80C2000101D1", 0x6A86, ""}, {"80C20000", 0x6700, ""}, {"00C2000001D1", 0x6E00, ""}, {"81C2000002D100", 0x6881, ""},
		{"80C2000001D1", 0x6A80, ""}, {"80C2000003D10000", 0x6A80, ""}, {"80C2000002D100", 0x6A80, ""}, {"80C2000002C100", 0x6A80, ""}, {"80C2000002E000", 0x6A80, ""},
		{"80C2000003D10182", 0x6A80, ""}, {"80C2000002D600", 0x9000, ""}, {"80C2000002D200", 0x9000, ""},
		{"80C2000006D10482028381", 0x6A80, ""}, {"80C2000006D104 82028381", 0x6A80, ""}, {"80C2000008D106 82028381 8B00", 0x6A80, ""},
		{"80C2000018D116 82028183 8B10 04049121437FF622705200000000 0141", 0x6A80, ""},
		{"80C2000018D116 82028381 8B10 04049121437FF622705200000000 0141", 0x9000, ""},
		/* no header: text for nobody; another header; a header longer than the message; text shorter than it says */
		{"80C2000019D117 82028381 8B11 04049121437FF6227052000000000141" "42", 0x6A80, ""},
		{"80C2000018D116 82028381 8B10 040291 21 7FF622705200000000 024142", 0x9000, ""},
		{"80C200001BD119 82028381 8B13 440291 21 7FF622705200000000 05 03010142 41", 0x9000, ""},
		{"80C200001BD119 82028381 8B13 440291 21 7FF622705200000000 05 05010142 41", 0x6A80, ""},
		{"80C200001BD119 82028381 8B13 440291 21 7FF622705200000000 05 03010242 41", 0x6A80, ""},
		{"80C200001BD119 82028381 8B13 440291 21 7FF622705200000000 06 03010142 41", 0x6A80, ""},
		{"80C200001BD119 82028381 8B13 450291 21 7FF622705200000000 05 03010142 41", 0x6A80, ""},
	};
	struct bench b;

	open_bench(&b, fresh_ctx(state), 0x0F);
	BENCH_PLAY(&b, lines);
	bench_close(&b);
}

/* Parts in any order; others' parts between them; forgotten at a reset. */
static void
long_packets_come_in_parts(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CIPHERED | CNTR_HIGHER, POR | POR_CC, 1, BYTES_NONE);
	static const uint8_t padded[] = {0x00, 0xA4, 0x00, 0x0C, 0x02, 0x2F, 0x24, 0x00, 0xD6, 0x00, 0x00, 0x04, 1, 2, 3, 4};
	struct { const char *first, *middle, *last; unsigned order[3]; } rows[] = {
		{"070003AA0301700000", "050003AA0302", "050003AA0303", {0, 1, 2}}, {"0700031003017000", "0500031003 02", "050003100303", {2, 0, 1}},
		{"09 0804123403 01 7000 00", "060804123403 02", "060804123403 03", {1, 2, 0}},
	};
	struct buf script = BUF_INIT;
	struct bytes packet, answer;
	struct bench b;
	size_t i, k;

	open_bench(&b, fresh_ctx(state), 0x0F);
	for (i = 0; i < 20; i++)
		buf_add(&script, BYTES_OF(padded));
	p.data = buf_bytes(&script);
	rows[0].first = "070003AA03017000";
	rows[2].first = "08080412340301" "7000";
	for (i = 0; i < 3; i++) {
		const char *udh[3] = {rows[i].first, rows[i].middle, rows[i].last};
		struct bytes part[3];

		packet = packet_make(b.c, &p);
		part[0] = bytes_slice(packet, 0, 131);
		part[1] = bytes_slice(packet, 131, 131);
		part[2] = bytes_from(packet, 262);
		assert_int_equal(bench_run(&b, packet_sms(b.c, "0500034402" "02", bytes_of("x", 1)), &answer), 0x9000);
		for (k = 0; k < 3; k++) {
			assert_int_equal(bench_run(&b, packet_sms(b.c, udh[rows[i].order[k]], part[rows[i].order[k]]), &answer), 0x9000);
			if (k < 2)
				assert_int_equal(answer.n, 0);
			assert_int_equal(k < 2 ? bench_run(&b, packet_sms(b.c, "050003550302", bytes_of("x", 1)), &answer) : 0x9000, 0x9000);
		}
		assert_hex_equal(b.c, packet_read(b.c, &p, answer, true).data, "289000");
		p.counter++;
	}
	/* The last part after a reset finds no others. */
	packet = packet_make(b.c, &p);
	assert_int_equal(bench_run(&b, packet_sms(b.c, "070003AA02017000", bytes_slice(packet, 0, 131)), &answer), 0x9000);
	uicc_reset(b.u);
	assert_int_equal(bench_run(&b, packet_sms(b.c, "050003AA0202", bytes_from(packet, 262)), &answer), 0x9000);
	assert_int_equal(answer.n, 0);
	buf_free(&script);
	bench_close(&b);
}

static void
sms_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct bench *b = arg;
	struct bytes answer;

	assert_true(n >= 12);
	assert_int_equal(bench_run(b, unhex(c, cell[11]), &answer), 0x9000);
}

/* The kept pair of messages updates a file that is not there: the response, ciphered, says so. */
static void
the_kept_pair_of_messages(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes kic = unhex(c, "200102030405060708090a0b0c0d0e0f"), kid = unhex(c, "201102030405060708090a0b0c0d0e0f");
	struct buf keys = BUF_INIT;
	struct profile_element element[2] = {{.kind = PE_SD}, {.kind = PE_RFM, .der = packet_rfm(c, "B00011", 0x16, "00", "FF", NULL)}};
	const struct profile p = {.element = element, .n_elements = 2};
	struct ota_target target;
	uint8_t counter[5];
	struct bench b;

	buf_add(&keys, packet_key(c, 2, 1, true, kic, 0));
	buf_add(&keys, packet_key(c, 2, 2, true, kid, 0));
	element[0].der = packet_sd(c, 0x0F, buf_bytes(&keys), NULL);
	bench_open(&b, c, &p);
	assert_int_equal(for_each_kat(c, "ota-sms.tsv", sms_row, &b), 2);
	assert_true(ota_target(b.u, c, (const uint8_t *)"\xB0\x00\x11", &target));
	ota_counter(b.u, c, &target, 2, counter);
	assert_hex_equal(c, BYTES_OF(counter), "0000000100");
	buf_free(&keys);
	bench_close(&b);
}

/* The response as a message of its own: ENVELOPE says only that it comes. */
static void
a_response_may_be_submitted(void **state)
{
	struct packet p = packet_of(&sets[1], CC | CNTR_HIGHER, POR | POR_CC | POR_BY_SUBMIT, 3, (struct bytes)READ_SCRIPT);
	struct packet_answer a;
	struct buf command = BUF_INIT;
	struct bytes tpdu, list;
	struct tlv t, whole;
	struct bench b;

	open_bench(&b, fresh_ctx(state), 0x0F);
	assert_false(uicc_take_proactive(b.u, &command));
	expect(&b, &p, true, OTA_BY_SUBMIT, "");
	assert_true(uicc_take_proactive(b.u, &command));
	assert_status(tlv_only(buf_bytes(&command), 0xD0, &whole), RSP_OK);
	list = whole.value;
	assert_true(tlv_find(list, 0x81, &t));
	assert_hex_equal(b.c, t.value, "011300");
	assert_true(tlv_find(list, 0x82, &t));
	assert_hex_equal(b.c, t.value, "8183");
	assert_true(tlv_find(list, 0x86, &t));
	assert_hex_equal(b.c, t.value, "91214365");
	assert_true(tlv_find(list, 0x8B, &t));
	tpdu = t.value;
	assert_hex_equal(b.c, bytes_slice(tpdu, 0, 10), "4100" "089121436587" "7FF6");
	assert_int_equal(tpdu.p[10], tpdu.n - 11);
	a = packet_read(b.c, &p, bytes_from(tpdu, 11), true);
	assert_int_equal(a.status, 0);
	assert_hex_equal(b.c, a.data, "029000" "01020304");
	buf_reset(&command);
	assert_false(uicc_take_proactive(b.u, &command));
	buf_free(&command);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_known_content_open),
		cmocka_unit_test(every_way_of_securing_is_served),
		cmocka_unit_test(redundancy_checks_and_none),
		cmocka_unit_test(counters_go_up),
		cmocka_unit_test(a_packet_serves_once_whatever_happens),
		cmocka_unit_test(what_is_not_secured_as_demanded_is_refused),
		cmocka_unit_test(spoiled_packets_do_nothing),
		cmocka_unit_test(only_a_personalised_domain_has_keys),
		cmocka_unit_test(envelopes_by_form),
		cmocka_unit_test(long_packets_come_in_parts),
		cmocka_unit_test(the_kept_pair_of_messages),
		cmocka_unit_test(a_response_may_be_submitted),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
