// SPDX-License-Identifier: BSD-2-Clause
/* EUICCInfo1 and 2, AuthenticateServer, PrepareDownload, CancelSession. */
#include "unit/codec/message.h"

#include "codec/es10.h"

#define SKI "04=0102030405060708090A0B0C0D0E0F1011121314"
#define INFO1 "BF20{82=020202 A9{" SKI " 04=AA} AA{" SKI "}}"
/* As little as may be, and all there is. */
#define INFO2_MIN "BF22{81=020301 82=020202 83=010203 84=8101018204000800008304000010FF 85=0780 88=00 A9{} AA{} 04=000001 0C=}"
#define INFO2 \
	"BF22{81=020301 82=020202 83=010203 84=81010082040008000083040000FFFF 85=047F36F0 86=0F0501 87=020300 88=029C A9{" SKI "} AA{" SKI " 04=BB}" \
	"8B=02 99=0640 04=010000 0C=455341}"
#define CAPABILITIES "A1{80=060000 85=0F0000}"
#define PARAMS_MIN "A0{A1{80=35290611 A1{}}}"
#define PARAMS "A0{80=544F4B454E A1{80=35290611 " CAPABILITIES " 82=5359400711223300}}"
#define SIGNED1 "30{" TXID " 81=" X16 " 83=" HOST " 84=" X16 "}"
#define EUICC_SIGNED1(info2, params) "30{" TXID " 83=" HOST " 84=" X16 " " info2 " " params "}"
#define AUTHENTICATED(info2, params) \
	"BF38{A0{" EUICC_SIGNED1(info2, params) " " SIGNATURE " " CERTIFICATE " " CERTIFICATE "}}"

static struct bytes
written(struct rsp_ctx *c, struct buf *b)
{
	struct bytes out;

	assert_status(buf_finish(b, c, &out), RSP_OK);
	return out;
}

ECHO(info1, struct euicc_info1, es10_read_info1, es10_write_info1(b, &v))
ECHO(info2, struct euicc_info2, es10_read_info2, es10_write_info2(b, &v))
ECHO(server_signed1, struct server_signed1, es10_read_server_signed1, es10_write_server_signed1(b, &v))
ECHO(smdp_signed2, struct smdp_signed2, es10_read_smdp_signed2, es10_write_smdp_signed2(b, &v))
ECHO(prepare_req, struct prepare_download_req, es10_read_prepare_download_req, es10_write_prepare_download_req(b, &v))
ECHO(cancel_req, struct cancel_session_req, es10_read_cancel_session_req, es10_write_cancel_session_req(b, &v))

static void
again_authenticate_req(struct rsp_ctx *c, struct authenticate_server_req *v, struct buf *b)
{
	struct buf inner = BUF_INIT;

	es10_write_server_signed1(&inner, &v->signed1);
	v->signed1.der = written(c, &inner);
	v->params.der = BYTES_NONE;
	es10_write_authenticate_server_req(b, v);
}
ECHO(authenticate_req, struct authenticate_server_req, es10_read_authenticate_server_req, again_authenticate_req(c, &v, b))

static void
again_authenticate_rsp(struct rsp_ctx *c, struct authenticate_server_rsp *v, struct buf *b)
{
	struct buf info = BUF_INIT, params = BUF_INIT, inner = BUF_INIT;

	if (v->ok) {
		es10_write_info2(&info, &v->signed1.info2);
		v->signed1.info2.der = written(c, &info);
		es10_write_ctx_params1(&params, &v->signed1.params);
		v->signed1.params.der = written(c, &params);
		es10_write_euicc_signed1(&inner, &v->signed1);
		v->signed1.der = written(c, &inner);
	}
	es10_write_authenticate_server_rsp(b, v);
}
ECHO(authenticate_rsp, struct authenticate_server_rsp, es10_read_authenticate_server_rsp, again_authenticate_rsp(c, &v, b))

static void
again_prepare_rsp(struct rsp_ctx *c, struct prepare_download_rsp *v, struct buf *b)
{
	struct buf inner = BUF_INIT;

	if (v->ok) {
		es10_write_euicc_signed2(&inner, &v->signed2);
		v->signed2.der = written(c, &inner);
	}
	es10_write_prepare_download_rsp(b, v);
}
ECHO(prepare_rsp, struct prepare_download_rsp, es10_read_prepare_download_rsp, again_prepare_rsp(c, &v, b))

static void
again_cancel_rsp(struct rsp_ctx *c, struct cancel_session_rsp *v, struct buf *b)
{
	struct buf inner = BUF_INIT;

	if (v->ok) {
		es10_write_cancel_session_signed(&inner, v);
		v->signed_der = written(c, &inner);
	}
	es10_write_cancel_session_rsp(b, v);
}
ECHO(cancel_rsp, struct cancel_session_rsp, es10_read_cancel_session_rsp, again_cancel_rsp(c, &v, b))

static const struct message messages[] = {
	{"EUICCInfo1", info1, INFO1},
	{"EUICCInfo1 without keys", info1, "BF20{82=020300 A9{} AA{}}"},
	{"EUICCInfo2", info2, INFO2},
	{"serverSigned1", server_signed1, SIGNED1},
	{"serverSigned1, one octet of transactionId", server_signed1, "30{80=01 81=" X16 " 83= 84=" X16 "}"},
	{"AuthenticateServerRequest", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " " PARAMS "}"},
	{"AuthenticateServerRequest, fewest members", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " " PARAMS_MIN "}"},
	{"AuthenticateServerResponse", authenticate_rsp, AUTHENTICATED(INFO2, PARAMS)},
	{"AuthenticateServerResponse, error", authenticate_rsp, "BF38{A1{" TXID " 02=7F}}"},
	{"smdpSigned2", smdp_signed2, "30{" TXID " 01=FF " OTPK "}"},
	{"smdpSigned2, fewest members", smdp_signed2, "30{" TXID " 01=00}"},
	{"PrepareDownloadRequest", prepare_req, "BF21{30{" TXID " 01=FF} " SIGNATURE " 04=" X32 " " CERTIFICATE "}"},
	{"PrepareDownloadRequest, fewest members", prepare_req, "BF21{30{" TXID " 01=00} " SIGNATURE " " CERTIFICATE "}"},
	{"PrepareDownloadResponse", prepare_rsp, "BF21{A0{30{" TXID " " OTPK " 04=" X32 "} " SIGNATURE "}}"},
	{"PrepareDownloadResponse, fewest members", prepare_rsp, "BF21{A0{30{" TXID " " OTPK "} " SIGNATURE "}}"},
	{"PrepareDownloadResponse, error", prepare_rsp, "BF21{A1{" TXID " 02=05}}"},
	{"CancelSessionRequest", cancel_req, "BF41{" TXID " 81=7F}"},
	{"CancelSessionResponse", cancel_rsp, "BF41{A0{30{" TXID " 81=883703 82=01} " SIGNATURE "}}"},
	{"CancelSessionResponse, error", cancel_rsp, "BF41{81=05}"},
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

/* SGP.22 has later versions, and members of other versions. */
static void
unknown_members_are_tolerated(void **state)
{
	static const struct message rows[] = {
		{"info1 of version 3", info1, "BF20{82=020300 A9{} AA{} 88=0780 B1{} 93=030100}"},
		{"info2, fewest members", info2, INFO2_MIN},
		{"info2, unknown at the end", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C= 9F78=00}"},
		{"info2, unknown in the middle", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 9F78=00 88=00 A9{} AA{} 04=000001 0C=}"},
		{"info2, unknown before the untagged", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 9F78=00 04=000001 0C=}"},
		{"info2, in another order", info2, "BF22{04=000001 0C= 82=020202 81=020301 83=010203 84= 85=00 88=00 AA{} A9{}}"},
		{"info2 of version 2.3", info2,
			"BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C= AC{80=41 81=42} 8D=0780 8E=41 AF{04=020301}}"},
		{"info2 of version 3", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C= 90=01 B1{} 93=030100}"},
		{"info2, unknown capabilities", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00FFFFFFFFFFFF 88=00FFFF A9{} AA{} 04=000001 0C=}"},
		{"unknown in info2 inside", authenticate_rsp,
			AUTHENTICATED("BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 9F78=00 04=000001 0C=}", PARAMS)},
		{"unknown in deviceCapabilities", authenticate_rsp, AUTHENTICATED(INFO2, "A0{A1{80=35290611 A1{80=060000 8B=020500 9F78=00}}}")},
		{"unknown in deviceInfo", authenticate_rsp, AUTHENTICATED(INFO2, "A0{A1{80=35290611 A1{} 84=00 85=0780}}")},
		{"unknown in ctxParams1", authenticate_rsp, AUTHENTICATED(INFO2, "A0{80= A1{80=35290611 A1{}} 82=0780}")},
		{"serverSigned1 of version 3", server_signed1, "30{" TXID " 81=" X16 " 83=" HOST " 84=" X16 " A5{80=030100} 86=00}"},
		{"further certificates", authenticate_rsp,
			"BF38{A0{" EUICC_SIGNED1(INFO2, PARAMS) " " SIGNATURE " " CERTIFICATE " " CERTIFICATE " A0{" CERTIFICATE "}}}"},
		{"smdpSigned2, unknown at the end", smdp_signed2, "30{" TXID " 01=00 9F78=00}"},
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
		{"info1, svn of 2", info1, "BF20{82=0202 A9{} AA{}}"},
		{"info1, empty key identifier", info1, "BF20{82=020202 A9{04=} AA{}}"},
		{"info1, no list", info1, "BF20{82=020202 A9{}}"},
		{"info2, version of 4", info2, "BF22{81=02030100 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C=}"},
		{"info2, no ppVersion", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 0C=}"},
		{"info2, svn twice", info2, "BF22{81=020301 82=020202 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C=}"},
		{"info2, a key that is none", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{05=00} AA{} 04=000001 0C=}"},
		{"info2, 8 unused bits", info2, "BF22{81=020301 82=020202 83=010203 84= 85=0800 88=00 A9{} AA{} 04=000001 0C=}"},
		{"info2, category in the long form", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 8B=0001 04=000001 0C=}"},
		{"info2, accreditation of 65", info2,
			"BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C="
			"414141414141414141414141414141414141414141414141414141414141414141"
			"4141414141414141414141414141414141414141414141414141414141414141}"},
		{"info2, accreditation no text", info2, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C=FF}"},
		{"transactionId of 0", server_signed1, "30{80= 81=" X16 " 83=" HOST " 84=" X16 "}"},
		{"transactionId of 17", server_signed1, "30{80=" X16 "00 81=" X16 " 83=" HOST " 84=" X16 "}"},
		{"euiccChallenge of 15", server_signed1, "30{" TXID " 81=000102030405060708090A0B0C0D0E 83=" HOST " 84=" X16 "}"},
		{"serverChallenge of 17", server_signed1, "30{" TXID " 81=" X16 " 83=" HOST " 84=" X16 "00}"},
		{"serverAddress no text", server_signed1, "30{" TXID " 81=" X16 " 83=C080 84=" X16 "}"},
		{"challenge under the next tag", server_signed1, "30{" TXID " 82=" X16 " 83=" HOST " 84=" X16 "}"},
		{"signature of 63", authenticate_req, "BF38{" SIGNED1 " 5F37=" X32 X16 "000102030405060708090A0B0C0D0E " SKI " " CERTIFICATE " " PARAMS "}"},
		{"signature of 65", authenticate_rsp,
			"BF38{A0{" EUICC_SIGNED1(INFO2, PARAMS) " 5F37=" X64 "00 " CERTIFICATE " " CERTIFICATE "}}"},
		{"tac of 8", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A0{A1{80=3529061100000000 A1{}}}}"},
		{"imei of 7", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A0{A1{80=35290611 A1{} 82=53594007112233}}}"},
		{"matchingId no text", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A0{80=FF A1{80=35290611 A1{}}}}"},
		{"no deviceCapabilities", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A0{A1{80=35290611}}}"},
		{"no ctxParams1", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE "}"},
		{"other ctxParams1", authenticate_req, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A1{}}"},
		{"no certificate", authenticate_rsp, "BF38{A0{" EUICC_SIGNED1(INFO2, PARAMS) " " SIGNATURE " " CERTIFICATE " 30{}}}"},
		{"neither answer nor error", authenticate_rsp, "BF38{A2{" TXID " 02=7F}}"},
		{"nothing", authenticate_rsp, "BF38{}"},
		{"both", authenticate_rsp, "BF38{A1{" TXID " 02=7F} A1{" TXID " 02=7F}}"},
		{"both", cancel_rsp, "BF41{81=05 81=05}"},
		{"neither", cancel_rsp, "BF41{82=05}"},
		{"another message", authenticate_rsp, "BF21{A1{" TXID " 02=7F}}"},
		{"error number in the long form", authenticate_rsp, "BF38{A1{" TXID " 02=007F}}"},
		{"error number below 0", authenticate_rsp, "BF38{A1{" TXID " 02=80}}"},
		{"error number of 5 octets", authenticate_rsp, "BF38{A1{" TXID " 02=0100000000}}"},
		{"boolean 1", smdp_signed2, "30{" TXID " 01=01}"},
		{"boolean of 2", smdp_signed2, "30{" TXID " 01=FFFF}"},
		{"otPK of 64", smdp_signed2, "30{" TXID " 01=FF 5F49=" X64 "}"},
		{"otPK of 66", prepare_rsp, "BF21{A0{30{" TXID " " OTPK "00} " SIGNATURE "}}"},
		{"hashCc of 31", prepare_rsp, "BF21{A0{30{" TXID " " OTPK " 04=" X16 "000102030405060708090A0B0C0D0E} " SIGNATURE "}}"},
		{"hashCc of 33", prepare_req, "BF21{30{" TXID " 01=FF} " SIGNATURE " 04=" X32 "00 " CERTIFICATE "}"},
		{"OID behind the universal tag", cancel_rsp, "BF41{A0{30{" TXID " 06=883703 82=01} " SIGNATURE "}}"},
		{"OID cut short", cancel_rsp, "BF41{A0{30{" TXID " 81=88 82=01} " SIGNATURE "}}"},
		{"OID padded", cancel_rsp, "BF41{A0{30{" TXID " 81=80883703 82=01} " SIGNATURE "}}"},
		{"OID of nothing", cancel_rsp, "BF41{A0{30{" TXID " 81= 82=01} " SIGNATURE "}}"},
	};

	EACH_VERDICT(state, rows, RSP_MALFORMED);
}

static void
members_of_info2_are_where_they_belong(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes der = tree(c, INFO2);
	struct euicc_info2 v;

	assert_status(es10_read_info2(c, der, &v), RSP_OK);
	assert_bytes_equal(v.der, der);
	assert_memory_equal(v.profile_version, "\x02\x03\x01", 3);
	assert_memory_equal(v.svn, "\x02\x02\x02", 3);
	assert_memory_equal(v.firmware, "\x01\x02\x03", 3);
	assert_memory_equal(v.pp_version, "\x01\x00\x00", 3);
	assert_int_equal(v.installed_applications, 0);
	assert_int_equal(v.free_nvm, 0x80000);
	assert_int_equal(v.free_ram, 0xFFFF);
	assert_int_equal(v.uicc_capability, 0x0F6CFE);
	assert_int_equal(v.rsp_capability, RSP_CAP_ADDITIONAL_PROFILE | RSP_CAP_TEST_PROFILE | RSP_CAP_DEVICE_INFO_EXT | RSP_CAP_SERVICE_DATA);
	assert_true(v.has_ts102241 && v.has_globalplatform && v.has_category);
	assert_int_equal(v.category, 2);
	assert_int_equal(v.forbidden_ppr, 1u << 1);
	assert_int_equal(v.verification.n, 1);
	assert_int_equal(v.signing.n, 2);
	assert_hex_equal(c, v.signing.id[1], "BB");
	assert_true(bytes_equal_str(v.sas_accreditation, "ESA"));
}

static void
a_long_list_of_keys_is_read_in_part(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct euicc_info1 v;

	assert_status(es10_read_info1(c, tree(c, "BF20{82=020202 A9{04=01 04=02 04=03 04=04 04=05 04=06 04=07 04=08 04=09} AA{}}"), &v), RSP_OK);
	assert_int_equal(v.verification.n, CI_LIST_MAX);
	assert_hex_equal(c, v.verification.id[CI_LIST_MAX - 1], "08");
}

/* What was signed is the octets that came: spans into the input. */
static void
signed_parts_are_as_received(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes der = tree(c, AUTHENTICATED(INFO2_MIN, PARAMS));
	struct authenticate_server_rsp v;

	assert_status(es10_read_authenticate_server_rsp(c, der, &v), RSP_OK);
	assert_true(v.ok);
	assert_bytes_equal(v.signed1.der, tree(c, EUICC_SIGNED1(INFO2_MIN, PARAMS)));
	assert_true(v.signed1.der.p > der.p && v.signed1.der.p < der.p + der.n);
	assert_bytes_equal(v.signed1.info2.der, tree(c, INFO2_MIN));
	assert_bytes_equal(v.signed1.params.der, tree(c, PARAMS));
	assert_bytes_equal(v.signed1.params.device_capabilities, tree(c, CAPABILITIES));
	assert_true(bytes_equal_str(v.signed1.params.matching_id, "TOKEN"));
	assert_bytes_equal(v.eum_cert, tree(c, CERTIFICATE));
	assert_int_equal(v.signature.n, 64);
}

static void
an_absent_matching_id_differs_from_an_empty_one(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct authenticate_server_rsp v;

	assert_status(es10_read_authenticate_server_rsp(c, tree(c, AUTHENTICATED(INFO2, PARAMS_MIN)), &v), RSP_OK);
	assert_null(v.signed1.params.matching_id.p);
	assert_null(v.signed1.params.imei.p);
	assert_status(es10_read_authenticate_server_rsp(c, tree(c, AUTHENTICATED(INFO2, "A0{80= A1{80=35290611 A1{}}}")), &v), RSP_OK);
	assert_non_null(v.signed1.params.matching_id.p);
	assert_int_equal(v.signed1.params.matching_id.n, 0);
}

static void
ctx_params_given_as_received_go_in_verbatim(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct authenticate_server_req v;
	struct bytes der = tree(c, "BF38{" SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A0{A1{80=35290611 A1{} 84=00}}}");
	struct buf b = BUF_INIT;

	assert_status(es10_read_authenticate_server_req(c, der, &v), RSP_OK);
	es10_write_authenticate_server_req(&b, &v);
	assert_bytes_equal(buf_bytes(&b), der);
	buf_free(&b);
}

static void
a_length_in_the_long_form_is_malformed(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct message i = {"EUICCInfo2", info2, NULL}, r = {"AuthenticateServerResponse", authenticate_rsp, NULL};
	struct bytes good = tree(c, "BF22{81=020301 82=020202 83=010203 84= 85=00 88=00 A9{} AA{} 04=000001 0C=}");
	struct buf b = BUF_INIT;

	assert_verdict(c, &i, good, RSP_OK);
	buf_add(&b, good);
	buf_insert(&b, 2, unhex(c, "81"));
	assert_verdict(c, &i, buf_bytes(&b), RSP_MALFORMED);
	buf_free(&b);
	assert_verdict(c, &r, unhex(c, "BF3807A105800101020107"), RSP_MALFORMED);
	assert_verdict(c, &r, unhex(c, "BF3808A106800101020107"), RSP_OK);
	assert_verdict(c, &r, unhex(c, "BF388108A106800101020107"), RSP_MALFORMED);
	assert_verdict(c, &r, unhex(c, "BF3880A1068001010201070000"), RSP_MALFORMED);
}

static void
more_than_the_limits_is_told_apart(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	size_t n = (1u << 20) + 1;
	uint8_t *p = rsp_alloc(c, n), deep[200];
	struct authenticate_server_rsp v;
	struct euicc_info1 info;
	size_t i;

	assert_status(es10_read_authenticate_server_rsp(c, bytes_of(p, n), &v), RSP_LIMIT);
	assert_status(es10_read_info1(c, bytes_of(p, n), &info), RSP_LIMIT);
	for (i = 0; i < 50; i++) {
		deep[2 * i] = 0x30;
		deep[2 * i + 1] = (uint8_t)(98 - 2 * i);
	}
	assert_status(es10_read_authenticate_server_rsp(c, bytes_of(deep, 100), &v), RSP_LIMIT);
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
		cmocka_unit_test(members_of_info2_are_where_they_belong),
		cmocka_unit_test(a_long_list_of_keys_is_read_in_part),
		cmocka_unit_test(signed_parts_are_as_received),
		cmocka_unit_test(an_absent_matching_id_differs_from_an_empty_one),
		cmocka_unit_test(ctx_params_given_as_received_go_in_verbatim),
		cmocka_unit_test(a_length_in_the_long_form_is_malformed),
		cmocka_unit_test(more_than_the_limits_is_told_apart),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
