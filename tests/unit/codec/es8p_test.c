// SPDX-License-Identifier: BSD-2-Clause
/* What travels inside a Bound Profile Package. */
#include "unit/codec/message.h"

#include "codec/es8p.h"

#define KEY "0F0E0D0C0B0A09080706050403020100"
#define CRT "A6{80=88 81=10 84=" HOST "}"
#define CHANNEL "BF23{82=01 " TXID " " CRT " " OTPK " " SIGNATURE "}"
#define METADATA "BF25{" ICCID " 91=7370 92=706E}"
#define METADATA_ALL \
	"BF25{" ICCID " 91=7370 92=706E 93=01 94=89504E47 95=00 B6{30{80=0780 81=" HOST "} 30{80=0410 81=" HOST "}}" \
	"B7{80=62F210 81=01 82=02} 99=0640}"

static void
again_channel(struct rsp_ctx *c, struct secure_channel *v, struct buf *b)
{
	struct buf crt = BUF_INIT;

	es8p_write_crt(&crt, v);
	assert_status(buf_finish(&crt, c, &v->crt), RSP_OK);
	es8p_write_secure_channel(b, v);
}
ECHO(channel, struct secure_channel, es8p_read_secure_channel, again_channel(c, &v, b))
ECHO(configure, struct bytes, es8p_read_configure_isdp, es8p_write_configure_isdp(b, v))
ECHO(metadata, struct store_metadata, es8p_read_store_metadata, es8p_write_store_metadata(b, &v))
ECHO(keys, struct replace_keys, es8p_read_replace_keys, es8p_write_replace_keys(b, &v))

static const struct message messages[] = {
	{"InitialiseSecureChannel", channel, CHANNEL},
	{"ConfigureISDP", configure, "BF24{B8{80=2B0601 81=0102}}"},
	{"ConfigureISDP, empty", configure, "BF24{}"},
	{"StoreMetadata", metadata, METADATA_ALL},
	{"StoreMetadata, fewest members", metadata, METADATA},
	{"StoreMetadata, no rule", metadata, "BF25{" ICCID " 91= 92= 99=00}"},
	{"ReplaceSessionKeys", keys, "BF26{80=" KEY " 81=" KEY " 82=" KEY "}"},
};

static void
what_is_read_is_written_again(void **state)
{
	EACH_MESSAGE(state, messages, assert_round_trip);
}

static void
a_cut_message_is_malformed(void **state)
{
	EACH_MESSAGE(state, messages, assert_cuts_are_malformed);
}

static void
a_flipped_octet_does_no_harm(void **state)
{
	EACH_MESSAGE(state, messages, assert_flips_are_told);
}

static void
unknown_members_are_tolerated(void **state)
{
	static const struct message rows[] = {
		{"service-specific data", metadata, "BF25{" ICCID " 91= 92= BF22{30{80=2B A1{04=}}}}"},
		{"metadata of a later version", metadata, "BF25{" ICCID " 91= 92= BF76{}}"},
		{"default class written out", metadata, "BF25{" ICCID " 91= 92= 95=02}"},
		{"name that the eUICC finds too long", metadata, "BF25{" ICCID " 91=" "4141414141414141414141414141414141414141414141414141414141414141"
			"4141 92=}"},
		{"owner of a later version", metadata, "BF25{" ICCID " 91= 92= B7{80=62F210 9F78=00}}"},
	};

	EACH_VERDICT(state, rows, RSP_OK);
}

static void
sizes_and_texts_are_checked_everywhere(void **state)
{
	EACH_MESSAGE(state, messages, assert_sizes_matter);
}

static void
what_is_not_of_the_type_is_malformed(void **state)
{
	static const struct message rows[] = {
		{"otPK of 64", channel, "BF23{82=01 " TXID " " CRT " 5F49=" X64 " " SIGNATURE "}"},
		{"signature of 65", channel, "BF23{82=01 " TXID " " CRT " " OTPK " " SIGNATURE "00}"},
		{"transactionId first", channel, "BF23{" TXID " 82=01 " CRT " " OTPK " " SIGNATURE "}"},
		{"transactionId of 17", channel, "BF23{82=01 " TXID "00 " CRT " " OTPK " " SIGNATURE "}"},
		{"keyType of 2", channel, "BF23{82=01 " TXID " A6{80=8800 81=10 84=" HOST "} " OTPK " " SIGNATURE "}"},
		{"keyLen of 0", channel, "BF23{82=01 " TXID " A6{80=88 81= 84=" HOST "} " OTPK " " SIGNATURE "}"},
		{"hostId of 0", channel, "BF23{82=01 " TXID " A6{80=88 81=10 84=} " OTPK " " SIGNATURE "}"},
		{"hostId of 17", channel, "BF23{82=01 " TXID " A6{80=88 81=10 84=" X16 "00} " OTPK " " SIGNATURE "}"},
		{"no CRT", channel, "BF23{82=01 " TXID " " OTPK " " SIGNATURE "}"},
		{"no otPK", channel, "BF23{82=01 " TXID " " CRT " " SIGNATURE "}"},
		{"iccid of 9", metadata, "BF25{5A=980010325476981032 91= 92=}"},
		{"no name", metadata, "BF25{" ICCID " 91=}"},
		{"name no text", metadata, "BF25{" ICCID " 91= 92=FF}"},
		{"provider no text", metadata, "BF25{" ICCID " 91=C3 92=}"},
		{"mccMnc of 2", metadata, "BF25{" ICCID " 91= 92= B7{80=62F2}}"},
		{"owner without mccMnc", metadata, "BF25{" ICCID " 91= 92= B7{81=01}}"},
		{"notification without address", metadata, "BF25{" ICCID " 91= 92= B6{30{80=0780}}}"},
		{"address no text", metadata, "BF25{" ICCID " 91= 92= B6{30{80=0780 81=FF}}}"},
		{"rule of nothing", metadata, "BF25{" ICCID " 91= 92= 99=}"},
		{"17 notifications", metadata, "BF25{" ICCID " 91= 92= B6{"
#define FOUR "30{80=0780 81=} 30{80=0780 81=} 30{80=0780 81=} 30{80=0780 81=}"
			FOUR FOUR FOUR FOUR "30{80=0780 81=}}}"},
		{"no PPK-CMAC", keys, "BF26{80=" X16 " 81=" X16 "}"},
		{"another message", configure, "BF25{}"},
		{"data without an OID", configure, "BF24{B8{81=00}}"},
	};

	EACH_VERDICT(state, rows, RSP_MALFORMED);
}

/* SGP.22 5.5.1: five TLVs one behind the other and no header; the eUICC's own key comes last. */
static void
smdp_sign_covers_both_keys_and_no_header(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct secure_channel v;
	struct buf b = BUF_INIT;

	assert_status(es8p_read_secure_channel(c, tree(c, CHANNEL), &v), RSP_OK);
	es8p_write_secure_channel_tbs(&b, &v, unhex(c, "04" X32 X32));
	assert_hex_equal(c, buf_bytes(&b), "820101 8010" X16 "A61880018881011084" "10" HOST "5F494104" X64 "5F494104" X64);
	buf_free(&b);
}

static void
members_are_where_they_belong(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes der = tree(c, METADATA_ALL);
	struct store_metadata v;
	struct secure_channel s;

	assert_status(es8p_read_secure_channel(c, tree(c, CHANNEL), &s), RSP_OK);
	assert_true(s.operation == 1 && s.key_type == 0x88 && s.key_length == 16);
	assert_bytes_equal(s.crt, tree(c, CRT));
	assert_status(es8p_read_store_metadata(c, der, &v), RSP_OK);
	assert_bytes_equal(v.der, der);
	assert_true(v.icon_type == 1 && v.profile_class == CLASS_TEST && v.has_ppr && v.ppr == 1u << 1);
	assert_int_equal(v.n_notifications, 2);
	assert_int_equal(v.notifications[0].events, EVENT_INSTALL);
	assert_int_equal(v.notifications[1].events, EVENT_DELETE);
	assert_hex_equal(c, v.owner_mccmnc, "62F210");
	assert_hex_equal(c, v.owner_gid2, "02");
	assert_status(es8p_read_store_metadata(c, tree(c, METADATA), &v), RSP_OK);
	assert_true(v.icon_type == -1 && v.profile_class == -1 && !v.has_ppr && !v.owner.p && !v.icon.p && !v.n_notifications);
}

static void
the_default_class_is_left_out(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct store_metadata v;
	struct buf b = BUF_INIT;

	assert_status(es8p_read_store_metadata(c, tree(c, METADATA), &v), RSP_OK);
	v.profile_class = CLASS_OPERATIONAL;
	es8p_write_store_metadata(&b, &v);
	assert_bytes_equal(buf_bytes(&b), tree(c, METADATA));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(a_cut_message_is_malformed),
		cmocka_unit_test(a_flipped_octet_does_no_harm),
		cmocka_unit_test(unknown_members_are_tolerated),
		cmocka_unit_test(sizes_and_texts_are_checked_everywhere),
		cmocka_unit_test(what_is_not_of_the_type_is_malformed),
		cmocka_unit_test(smdp_sign_covers_both_keys_and_no_header),
		cmocka_unit_test(members_are_where_they_belong),
		cmocka_unit_test(the_default_class_is_left_out),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
