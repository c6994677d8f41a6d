// SPDX-License-Identifier: BSD-2-Clause
/* A software eUICC finds its event: from the root SM-DS to the alternative one to the SM-DP+ (SGP.22 3.6), in both bindings and on both curves. */
#include "unit/smds/fixture.h"

#include "codec/es9p_der.h"
#include "lpa/impl.h"
#include "support/probe.h"

#define ROOT "root.example.com"

struct place { struct smds ds; struct smds_store store; struct memory kept; };

static void
place_open(struct place *p, struct probe *lab, const char *host, const char *root)
{
	memory_open(&p->kept, &p->store);
	smds_init(&p->ds, host, root, lab_pki(lab->lab), &p->store);
}

static struct bytes
card(struct probe *p, const char *hex)
{
	struct rsp_ctx *c = &p->card->c;
	struct bytes answer;

	assert_status(lpa_es10(&p->card->lpa, c, "test", unhex(c, hex), &answer), RSP_OK);
	return rsp_copy(c, answer);
}

/* There and back in one of the bindings. */
static void
call(struct probe *p, struct place *at, bool der, enum es9p_function f, const struct es9p_request *r, struct es11_response *out)
{
	struct rsp_ctx *c = &p->card->c;
	struct buf asked = BUF_INIT, said = BUF_INIT;
	struct es9p_request req;
	struct es11_response reply;
	struct smds_changes changes;
	struct bytes body, answer;
	enum es9p_function g = f;

	if (der)
		es9p_der_write_request(&asked, f, r);
	else
		es9p_write_request(&asked, f, r);
	assert_status(buf_finish(&asked, c, &body), RSP_OK);
	assert_status(der ? es9p_der_read_request(c, body, &g, &req) : es9p_read_request(c, f, body, &req), RSP_OK);
	assert_int_equal(g, f);
	assert_status(es11_handle(c, &at->ds, g, &req, &changes, &reply), RSP_OK);
	assert_status(at->store.commit(at->store.self, c, &changes), RSP_OK);
	if (der)
		es11_der_write_response(&said, f, &reply);
	else
		es11_write_response(&said, f, &reply);
	assert_status(buf_finish(&said, c, &answer), RSP_OK);
	assert_status(der ? es11_der_read_response(c, f, answer, out) : es11_read_response(c, f, answer, out), RSP_OK);
}

static struct bytes
inside(struct bytes in, uint32_t tag)
{
	struct tlv t;

	assert_status(tlv_only(in, tag, &t), RSP_OK);
	return t.value;
}

/* The whole of ES11 with this card; event_id absent: what is there. */
static void
discover(struct probe *p, struct place *at, bool der, struct bytes event_id, struct es11_response *out)
{
	struct rsp_ctx *c = &p->card->c;
	struct es9p_request r = {.smdp_address = bytes_of_str(at->ds.host), .euicc_info1 = card(p, "BF2000")};
	struct authenticate_server_req q = {.params = {.matching_id = event_id, .tac = unhex(c, "35290611")}};
	struct es11_response initiated;
	struct buf b = BUF_INIT;
	struct bytes answer;

	r.euicc_challenge = inside(inside(card(p, "BF2E00"), 0xBF2E), 0x80);
	call(p, at, der, ES9P_INITIATE_AUTHENTICATION, &r, &initiated);
	assert_false(initiated.common.failed);
	assert_status(es10_read_server_signed1(c, initiated.common.server_signed1, &q.signed1), RSP_OK);
	q.signature = inside(initiated.common.server_signature1, 0x5F37);
	q.ci_id = inside(initiated.common.ci_id, 0x04);
	q.certificate = initiated.common.server_certificate;
	es10_write_authenticate_server_req(&b, &q);
	assert_status(lpa_es10_buf(&p->card->lpa, c, "AuthenticateServer", &b, &answer), RSP_OK);
	r = (struct es9p_request){.transaction_id = initiated.common.transaction_id, .payload = rsp_copy(c, answer)};
	call(p, at, der, ES9P_AUTHENTICATE_CLIENT, &r, out);
}

/* As the server's process does it: committed, then answered. */
static void
ask_es12(struct probe *p, struct place *at, const char *path, struct bytes body, const char *caller, struct smds_changes *x)
{
	struct rsp_ctx *c = &p->card->c;
	struct es12_response reply;
	enum es12_function f;

	assert_true(es12_function_of(path, &f));
	assert_status(es12_handle(c, &at->ds, f, body, caller, x, &reply), RSP_OK);
	assert_false(reply.failed);
	assert_status(at->store.commit(at->store.self, c, x), RSP_OK);
}

/* An SM-DP+ registers at the alternative SM-DS, and that one, by its TLS certificate, at the root. */
static void
register_event(struct probe *p, struct place *alternative, struct place *root, const char *address)
{
	struct rsp_ctx *c = &p->card->c;
	struct es12_request r = {.requester = bytes_of_str("dp"), .call_id = bytes_of_str("1"), .eid = bytes_of_str(p->card->eid),
		.event_id = bytes_of_str("E-1"), .rsp_server_address = bytes_of_str(address), .has_forwarding = true, .forwarding = true};
	const struct pki_branch *b = &lab_pki(p->lab)->branch[0];
	struct smds_changes x, y;
	struct buf buf = BUF_INIT;
	struct bytes body;

	if (!b->dstls.cert)
		b++;
	es12_write_request(&buf, ES12_REGISTER_EVENT, &r);
	assert_status(buf_finish(&buf, c, &body), RSP_OK);
	ask_es12(p, alternative, es12_path(ES12_REGISTER_EVENT), body, SERVER_OID, &x);
	assert_true(x.has_message);
	ask_es12(p, root, x.outbox.path, x.outbox.body, oid_text(c, b->dstls.cert->oid), &y);
	assert_false(y.has_message);
}

static void
walk(struct rsp_ctx *c, enum ec_curve curve, bool der)
{
	const struct lab_options o = {.seed = "discovery", .clock = TEST_NOW, .only_curve = true, .curve = curve};
	struct place root, alternative;
	struct es11_response found;
	struct bytes event_id;
	struct probe p;

	probe_open(&p, c, &o);
	place_open(&root, &p, ROOT, NULL);
	place_open(&alternative, &p, DS_HOST, ROOT);
	p.card->c.now = TEST_NOW;
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	discover(&p, &root, der, BYTES_NONE, &found);
	assert_false(found.common.failed);
	assert_int_equal(found.n_events, 0);

	register_event(&p, &alternative, &root, "smdp.example.com");
	discover(&p, &root, der, BYTES_NONE, &found);
	assert_false(found.common.failed);
	assert_int_equal(found.n_events, 1);
	assert_true(bytes_equal_str(found.events[0].rsp_server_address, DS_HOST));
	event_id = found.events[0].event_id;
	discover(&p, &alternative, der, event_id, &found);
	assert_false(found.common.failed);
	assert_int_equal(found.n_events, 1);
	assert_true(bytes_equal_str(found.events[0].rsp_server_address, "smdp.example.com"));
	assert_true(bytes_equal_str(found.events[0].event_id, "E-1"));

	discover(&p, &root, der, bytes_of_str("E-1"), &found);
	assert_true(found.common.failed);
	assert_string_equal(found.common.subject, "8.9.5");
	assert_string_equal(found.common.reason, "3.9");
	lpa_end(&p.card->lpa, &p.card->c);
	probe_close(&p);
}

static void a_nist_card_walks_in_json(void **state) { walk(fresh_ctx(state), EC_P256, false); }
static void a_nist_card_walks_in_der(void **state) { walk(fresh_ctx(state), EC_P256, true); }
static void a_brainpool_card_walks_in_json(void **state) { walk(fresh_ctx(state), EC_BP256, false); }
static void a_brainpool_card_walks_in_der(void **state) { walk(fresh_ctx(state), EC_BP256, true); }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nist_card_walks_in_json),
		cmocka_unit_test(a_nist_card_walks_in_der),
		cmocka_unit_test(a_brainpool_card_walks_in_json),
		cmocka_unit_test(a_brainpool_card_walks_in_der),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
