// SPDX-License-Identifier: BSD-2-Clause
/* Notifications, and what ES10c asks and answers. */
#include "unit/codec/message.h"

#include "codec/es10.h"

#define META "BF2F{80=07 81=0780 0C=" HOST " " ICCID "}"
#define OID "06=2B0601040181F812"
#define AID "4F=A0000005591010FFFFFFFF8900001100"
#define PIR(result) "BF37{BF27{" TXID " " META " " OID " A2{" result "}} " SIGNATURE "}"
#define OTHER "30{" META " " SIGNATURE " " CERTIFICATE " " CERTIFICATE "}"
#define X256 X64 X64 X64 X64
#define PROFILE \
	"E3{" ICCID " " AID " 9F70=01 90=6E 91=7370 92=706E 93=01 94=89504E47 95=02 B6{30{80=0410 81=61}} B7{80=62F210} B8{80=2B06} 99=0640}"

ECHO(metadata, struct notification_metadata, es10_read_notification_metadata, es10_write_notification_metadata(b, &v))
ECHO(list_req, uint32_t, es10_read_list_notification_req, es10_write_list_notification_req(b, v))
ECHO(retrieve_req, struct retrieve_notifications_req, es10_read_retrieve_notifications_req, es10_write_retrieve_notifications_req(b, &v))
ECHO(sent_req, uint64_t, es10_read_notification_sent_req, es10_write_notification_sent_req(b, v))
ECHO(profile_req, struct profile_info_req, es10_read_profile_info_req, es10_write_profile_info_req(b, &v))
ECHO(enable_req, struct profile_choice, es10_read_enable_req, es10_write_enable_req(b, 0xBF00u | der.p[1], &v))
ECHO(delete_req, struct profile_choice, es10_read_delete_req, es10_write_delete_req(b, &v))
ECHO(addresses, struct configured_addresses, es10_read_configured_addresses, es10_write_configured_addresses(b, &v))
ECHO(rat, struct rat, es10_read_rat, es10_write_rat(b, &v))

static void
again_pir(struct rsp_ctx *c, struct pir *v, struct buf *b)
{
	struct buf data = BUF_INIT;
	struct bytes out;

	v->meta.der = BYTES_NONE;
	es10_write_pir_data(&data, v);
	assert_status(buf_finish(&data, c, &out), RSP_OK);
	es10_write_pir(b, out, v->signature);
}

static void
again_other(struct rsp_ctx *c, struct other_notification *v, struct buf *b)
{
	struct buf meta = BUF_INIT;

	es10_write_notification_metadata(&meta, &v->meta);
	assert_status(buf_finish(&meta, c, &v->meta.der), RSP_OK);
	es10_write_other_notification(b, v);
}
ECHO(pir, struct pir, es10_read_pir, again_pir(c, &v, b))
ECHO(other, struct other_notification, es10_read_other_notification, again_other(c, &v, b))
ECHO(pending, struct pending_notification, es10_read_pending_notification,
	if (v.is_pir) again_pir(c, &v.pir, b); else again_other(c, &v.other, b))

static void
again_list(struct notification_list *v, struct buf *b)
{
	size_t mark = tlv_open(b, 0xBF28), list = tlv_open(b, 0xA0), i;

	for (i = 0; i < v->n; i++)
		es10_write_notification_metadata(b, &v->p[i]);
	tlv_close(b, list);
	tlv_close(b, mark);
}
ECHO(list_rsp, struct notification_list, es10_read_list_notification_rsp, again_list(&v, b))

/* The list is of spans, each of which has its own reader. */
static enum rsp_status
read_retrieved(struct rsp_ctx *c, struct bytes der, struct bytes_list *v)
{
	struct pending_notification n;
	struct bytes_list list;
	enum rsp_status st = es10_read_retrieve_notifications_rsp(c, der, &list);
	size_t i;

	for (i = 0; st == RSP_OK && i < list.n; i++)
		st = es10_read_pending_notification(c, list.p[i], &n);
	if (st == RSP_OK)
		*v = list;
	return st;
}

static void
again_retrieved(struct bytes_list *v, struct buf *b)
{
	size_t mark = tlv_open(b, 0xBF2B), list = tlv_open(b, 0xA0), i;

	for (i = 0; i < v->n; i++)
		buf_add(b, v->p[i]);
	tlv_close(b, list);
	tlv_close(b, mark);
}
ECHO(retrieve_rsp, struct bytes_list, read_retrieved, again_retrieved(&v, b))

struct profiles { struct profile_info_list list; int error; };

static enum rsp_status
read_profiles(struct rsp_ctx *c, struct bytes der, struct profiles *v)
{
	return es10_read_profile_info_rsp(c, der, &v->list, &v->error);
}

static void
again_profiles(struct profiles *v, struct buf *b)
{
	size_t mark = tlv_open(b, 0xBF2D), list, i;

	if (v->error >= 0) {
		tlv_add_uint(b, 0x81, (uint64_t)v->error);
	} else {
		list = tlv_open(b, 0xA0);
		for (i = 0; i < v->list.n; i++)
			es10_write_profile_info(b, &v->list.p[i]);
		tlv_close(b, list);
	}
	tlv_close(b, mark);
}
ECHO(profile_rsp, struct profiles, read_profiles, again_profiles(&v, b))

struct nickname { struct bytes iccid, text; };

static enum rsp_status
read_nickname(struct rsp_ctx *c, struct bytes der, struct nickname *v)
{
	return es10_read_set_nickname_req(c, der, &v->iccid, &v->text);
}
ECHO(nickname, struct nickname, read_nickname, es10_write_set_nickname_req(b, v.iccid, v.text))

static void
again_reset(uint32_t bits, struct buf *b)
{
	size_t mark = tlv_open(b, 0xBF34);

	tlv_add_bits(b, 0x82, bits);
	tlv_close(b, mark);
}
ECHO(memory_reset, uint32_t, es10_read_memory_reset_req, again_reset(v, b))

static enum rsp_status
read_any_result(struct rsp_ctx *c, struct bytes der, int *v)
{
	return es10_read_result(c, der, 0xBF31, v);
}
ECHO(result, int, read_any_result, es10_write_result(b, 0xBF31, v))

static const struct message messages[] = {
	{"NotificationMetadata", metadata, META},
	{"NotificationMetadata, fewest members", metadata, "BF2F{80=00 81=0410 0C=}"},
	{"NotificationMetadata, large number", metadata, "BF2F{80=00FFFFFFFFFFFFFFFF 81=0640 0C=" HOST "}"},
	{"ProfileInstallationResult, good", pir, PIR("A0{" AID " 04=300730053003800100}")},
	{"ProfileInstallationResult, bad", pir, PIR("A1{80=05 81=0C 82=300730053003800102}")},
	{"ProfileInstallationResult, bad, fewest members", pir, PIR("A1{80=00 81=7F}")},
	{"OtherSignedNotification", other, OTHER},
	{"PendingNotification, result", pending, PIR("A0{" AID " 04=}")},
	{"PendingNotification, other", pending, OTHER},
	{"ListNotificationRequest", list_req, "BF28{}"},
	{"ListNotificationRequest, events", list_req, "BF28{81=0490}"},
	{"ListNotificationResponse", list_rsp, "BF28{A0{" META " BF2F{80=08 81=0410 0C=}}}"},
	{"ListNotificationResponse, empty", list_rsp, "BF28{A0{}}"},
	{"RetrieveNotificationsListRequest", retrieve_req, "BF2B{}"},
	{"RetrieveNotificationsListRequest, number", retrieve_req, "BF2B{A0{80=00}}"},
	{"RetrieveNotificationsListRequest, events", retrieve_req, "BF2B{A0{81=0780}}"},
	{"RetrieveNotificationsListResponse", retrieve_rsp, "BF2B{A0{" PIR("A1{80=00 81=7F}") " " OTHER "}}"},
	{"RetrieveNotificationsListResponse, empty", retrieve_rsp, "BF2B{A0{}}"},
	{"NotificationSentRequest", sent_req, "BF30{80=0100}"},
	{"ProfileInfoListRequest", profile_req, "BF2D{}"},
	{"ProfileInfoListRequest, by AID", profile_req, "BF2D{A0{" AID "}}"},
	{"ProfileInfoListRequest, by ICCID", profile_req, "BF2D{A0{" ICCID "}}"},
	{"ProfileInfoListRequest, by class, with tags", profile_req, "BF2D{A0{95=02} 5C=5A4F9F70}"},
	{"ProfileInfoListResponse", profile_rsp, "BF2D{A0{" PROFILE " E3{}}}"},
	{"ProfileInfoListResponse, error", profile_rsp, "BF2D{81=01}"},
	{"EnableProfileRequest", enable_req, "BF31{A0{" ICCID "} 81=FF}"},
	{"EnableProfileRequest, by AID", enable_req, "BF31{A0{" AID "} 81=00}"},
	{"DisableProfileRequest", enable_req, "BF32{A0{" AID "} 81=FF}"},
	{"DeleteProfileRequest", delete_req, "BF33{" ICCID "}"},
	{"DeleteProfileRequest, by AID", delete_req, "BF33{" AID "}"},
	{"SetNicknameRequest", nickname, "BF29{" ICCID " 90=C3A9}"},
	{"SetNicknameRequest, empty", nickname, "BF29{" ICCID " 90=}"},
	{"EuiccMemoryResetRequest", memory_reset, "BF34{82=05A0}"},
	{"a result", result, "BF31{80=7F}"},
	{"EuiccConfiguredAddressesResponse", addresses, "BF3C{80=" HOST " 81=" HOST "}"},
	{"EuiccConfiguredAddressesResponse, fewest members", addresses, "BF3C{81=" HOST "}"},
	{"GetRatResponse", rat, "BF43{A0{30{80=0560 A1{30{80=EEEEEE}} 82=0780} 30{80=0520 A1{30{80=62F210 81= 82=01}} 82=00}}}"},
	{"GetRatResponse, empty", rat, "BF43{A0{}}"},
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
sizes_and_texts_are_checked_everywhere(void **state)
{
	EACH_MESSAGE(state, messages, assert_sizes_matter);
}

static void
what_is_not_of_the_type_is_malformed(void **state)
{
	static const struct message rows[] = {
		{"no criterion layer", retrieve_req, "BF2B{A0{}}"},
		{"unknown criterion", retrieve_req, "BF2B{A0{82=07}}"},
		{"number below 0", retrieve_req, "BF2B{A0{80=FF}}"},
		{"number in the long form", sent_req, "BF30{80=0007}"},
		{"number of 9 octets", sent_req, "BF30{80=010000000000000000}"},
		{"number of 0 octets", sent_req, "BF30{80=}"},
		{"no number", sent_req, "BF30{}"},
		{"address behind a context tag", metadata, "BF2F{80=07 81=0780 82=" HOST "}"},
		{"address no text", metadata, "BF2F{80=07 81=0780 0C=FF}"},
		{"iccid of 9", metadata, "BF2F{80=07 81=0780 0C= 5A=980010325476981032}"},
		{"event of nothing", metadata, "BF2F{80=07 81= 0C=}"},
		{"result without its layer", pir, "BF37{BF27{" TXID " " META " " OID " A0{" AID " 04=}} " SIGNATURE "}"},
		{"neither good nor bad", pir, PIR("A2{80=00 81=7F}")},
		{"both good and bad", pir, PIR("A1{80=00 81=7F} A1{80=00 81=7F}")},
		{"no simaResponse", pir, PIR("A0{" AID "}")},
		{"aid of 4", pir, PIR("A0{4F=A0000005 04=}")},
		{"aid of 17", pir, PIR("A0{" AID "00 04=}")},
		{"smdpOid cut short", pir, "BF37{BF27{" TXID " " META " 06=2B81 A2{A1{80=00 81=7F}}} " SIGNATURE "}"},
		{"signature of 63", pir, "BF37{BF27{" TXID " " META " " OID " A2{A1{80=00 81=7F}}} 5F37=" X32 X16 "000102030405060708090A0B0C0D0E}"},
		{"no EUM certificate", other, "30{" META " " SIGNATURE " " CERTIFICATE "}"},
		{"neither result nor other", pending, "BF27{" TXID "}"},
		{"list of something else", list_rsp, "BF28{A0{30{80=07}}}"},
		{"neither list nor error", list_rsp, "BF28{82=7F}"},
		{"error in the long form", list_rsp, "BF28{81=007F}"},
		{"unknown criterion", profile_req, "BF2D{A0{99=00}}"},
		{"two criteria", profile_req, "BF2D{A0{" AID " " ICCID "}}"},
		{"aid of 17", profile_req, "BF2D{A0{" AID "00}}"},
		{"aid of 0", profile_req, "BF2D{A0{4F=}}"},
		{"nickname no text", profile_rsp, "BF2D{A0{E3{90=FF}}}"},
		{"provider no text", profile_rsp, "BF2D{A0{E3{91=FF}}}"},
		{"name no text", profile_rsp, "BF2D{A0{E3{92=FF}}}"},
		{"aid of 17", profile_rsp, "BF2D{A0{E3{" AID "00}}}"},
		{"icon of 1,025", profile_rsp, "BF2D{A0{E3{94=00" X256 X256 X256 X256 "}}}"},
		{"state in the long form", profile_rsp, "BF2D{A0{E3{9F70=0001}}}"},
		{"no profile", profile_rsp, "BF2D{A0{30{}}}"},
		{"identifier without its layer", enable_req, "BF31{" ICCID " 81=FF}"},
		{"neither AID nor ICCID", enable_req, "BF31{A0{80=01} 81=FF}"},
		{"nothing", enable_req, "BF31{A0{} 81=FF}"},
		{"boolean 1", enable_req, "BF31{A0{" ICCID "} 81=01}"},
		{"no refreshFlag", enable_req, "BF31{A0{" ICCID "}}"},
		{"iccid of 11", enable_req, "BF31{A0{" ICCID "00} 81=FF}"},
		{"identifier in a layer", delete_req, "BF33{A0{" ICCID "}}"},
		{"both", delete_req, "BF33{" AID " " ICCID "}"},
		{"neither", delete_req, "BF33{}"},
		{"name behind 8F", nickname, "BF29{" ICCID " 8F=41}"},
		{"name no text", nickname, "BF29{" ICCID " 90=EDA080}"},
		{"name of 65", nickname, "BF29{" ICCID " 90="
			"414141414141414141414141414141414141414141414141414141414141414141"
			"4141414141414141414141414141414141414141414141414141414141414141}"},
		{"no options", memory_reset, "BF34{}"},
		{"unused bits without bits", memory_reset, "BF34{82=07}"},
		{"result of another function", result, "BF32{80=00}"},
		{"result behind 02", result, "BF31{02=00}"},
		{"result of 0 octets", result, "BF31{80=}"},
		{"no root SM-DS", addresses, "BF3C{80=" HOST "}"},
		{"entry without operators", rat, "BF43{A0{30{80=0560 82=0780}}}"},
		{"list without its layer", rat, "BF43{30{80=0560 A1{} 82=0780}}"},
	};

	EACH_VERDICT(state, rows, RSP_MALFORMED);
}

static void
unknown_members_are_tolerated(void **state)
{
	static const struct message rows[] = {
		{"result with a port", result, "BF31{80=00 81=01}"},
		{"profile of a later version", profile_rsp, "BF2D{A0{E3{" ICCID " 9F70=01 9F24=01}}}"},
		{"service-specific data", profile_rsp, "BF2D{A0{E3{" ICCID " BF22{}}}}"},
		{"metadata of a later version", metadata, "BF2F{80=07 81=000100 0C= " ICCID " 9F78=00}"},
		{"trailing zero bits", memory_reset, "BF34{82=00A0}"},
		{"owner data with more", profile_rsp, "BF2D{A0{E3{B8{80=2B06 81=00}}}}"},
	};

	EACH_VERDICT(state, rows, RSP_OK);
}

/* Octets as they must be on the wire, each of which others have got wrong. */
static void
tags_are_those_of_the_specification(void **state)
{
	static const struct { const char *name, *hex; echo_fn echo; } rows[] = {
		{"RetrieveNotificationsList has a layer", "BF2B05A003800107", retrieve_req},
		{"ListNotification has none", "BF280481020780", list_req},
		{"Enable has a layer", "BF3111A00C5A0A980010325476981032148101FF", enable_req},
		{"Disable has a layer", "BF3211A00C5A0A98001032547698103214810100", enable_req},
		{"Delete has none", "BF330C5A0A98001032547698103214", delete_req},
		{"GetProfilesInfo has a layer", "BF2D0EA00C5A0A98001032547698103214", profile_req},
		{"address is universal", "BF2F0D 800107 81020780 0C04612E6263", metadata},
		{"nickname is 90", "BF290F 5A0A98001032547698103214 900141", nickname},
		{"options are 82", "BF3404 820205A0", memory_reset},
		{"result is 80", "BF3103800100", result},
		{"RAT has two layers", "BF4315A013301180020560A10730058003EEEEEE82020780", rat},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes want = unhex(c, row->hex);
		struct buf b = BUF_INIT;

		if (row->echo(c, want, &b) != RSP_OK)
			fail_msg("%s: %s", row->name, c->error.text);
		assert_hex_equal(c, buf_bytes(&b), row->hex);
		buf_free(&b);
	}
}

static void
a_length_in_the_long_form_is_malformed(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct message r = {"result", result, NULL}, s = {"NotificationSentRequest", sent_req, NULL};

	assert_verdict(c, &r, unhex(c, "BF318103800100"), RSP_MALFORMED);
	assert_verdict(c, &r, unhex(c, "BF310480810100"), RSP_MALFORMED);
	assert_verdict(c, &s, unhex(c, "BF308103800100"), RSP_MALFORMED);
}

static void
an_error_in_place_of_a_list_is_a_refusal(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct notification_list list;
	struct bytes_list spans;

	assert_status(es10_read_list_notification_rsp(c, tree(c, "BF28{81=7F}"), &list), RSP_REFUSED);
	assert_non_null(strstr(c->error.text, "127"));
	assert_status(es10_read_retrieve_notifications_rsp(c, tree(c, "BF2B{81=01}"), &spans), RSP_REFUSED);
}

static void
members_are_where_they_belong(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes der = tree(c, PIR("A0{" AID " 04=3000}"));
	struct retrieve_notifications_req req;
	struct profiles profiles;
	struct pir v;
	struct rat r;

	assert_status(es10_read_pir(c, der, &v), RSP_OK);
	assert_true(v.ok && v.meta.seq == 7 && v.meta.event == EVENT_INSTALL);
	assert_bytes_equal(v.data, tree(c, "BF27{" TXID " " META " " OID " A2{A0{" AID " 04=3000}}}"));
	assert_bytes_equal(v.meta.der, tree(c, META));
	assert_true(v.data.p > der.p && v.data.p < der.p + der.n);
	assert_hex_equal(c, v.smdp_oid, "2B0601040181F812");
	assert_status(es10_read_retrieve_notifications_req(c, unhex(c, "BF2B05A003800100"), &req), RSP_OK);
	assert_true(req.by_seq && !req.by_event && req.seq == 0);
	assert_status(read_profiles(c, tree(c, "BF2D{A0{" PROFILE " E3{" ICCID "}}}"), &profiles), RSP_OK);
	assert_int_equal(profiles.error, -1);
	assert_int_equal(profiles.list.p[0].state, PROFILE_ENABLED);
	assert_bytes_equal(profiles.list.p[0].owner, tree(c, "B7{80=62F210}"));
	assert_int_equal(profiles.list.p[1].state, -1);
	assert_int_equal(profiles.list.p[1].profile_class, -1);
	assert_null(profiles.list.p[1].nickname.p);
	assert_status(es10_read_rat(c, tree(c, "BF43{A0{30{80=0560 A1{30{80=EEEEEE}} 82=0780}}}"), &r), RSP_OK);
	assert_int_equal(r.p[0].ppr_ids, 1u << 1 | 1u << 2);
	assert_int_equal(r.p[0].flags, 1);
	assert_hex_equal(c, r.p[0].operators, "30058003EEEEEE");
}

static void
one_identifier_is_written_when_two_are_given(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_choice v = {.isdp_aid = unhex(c, "A000000559"), .iccid = unhex(c, "98001032547698103214"), .refresh = true};
	struct buf b = BUF_INIT;

	es10_write_enable_req(&b, 0xBF31, &v);
	assert_hex_equal(c, buf_bytes(&b), "BF310CA0074F05A0000005598101FF");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(a_cut_message_is_malformed),
		cmocka_unit_test(a_flipped_octet_does_no_harm),
		cmocka_unit_test(sizes_and_texts_are_checked_everywhere),
		cmocka_unit_test(what_is_not_of_the_type_is_malformed),
		cmocka_unit_test(unknown_members_are_tolerated),
		cmocka_unit_test(tags_are_those_of_the_specification),
		cmocka_unit_test(a_length_in_the_long_form_is_malformed),
		cmocka_unit_test(an_error_in_place_of_a_list_is_a_refusal),
		cmocka_unit_test(members_are_where_they_belong),
		cmocka_unit_test(one_identifier_is_written_when_two_are_given),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
