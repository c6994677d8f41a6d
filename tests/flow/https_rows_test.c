// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every row of the SM-DP+'s checks of ES9+ (SGP.22 5.6) over HTTPS, in both bindings, on both curves: one thing is wrong, the code is the row's, nothing has
 * changed but what the row says, and the right message of the same session is then still taken where it can be. Rows whose code is "ok" are odd but right.
 */
#include "support/paper.h"

#include "base/hex.h"
#include "service/smdpp_service.h"
#include "tlv/mutate.h"

enum then { GOES_ON, ENDED, NOT_ALLOWED, DONE };
#define YEARS(n) ((int64_t)(n) * 365 * 86400)

struct rows;
struct row {
	const char *name;
	struct order_request order;
	const char *code;                                 /* confirmation code of the right request */
	void (*arrange)(struct rows *r);                  /* before the session */
	void (*meanwhile)(struct smdpp_order *o);         /* to the order, before the wrong request */
	struct change lie;                                /* in what is signed */
	struct change mend;                               /* in the payload, after signing; InitiateAuthentication: in EUICCInfo1 */
	const char *flip;                                 /* last octet of this TLV of the payload */
	const char *error;                                /* payload in place of the right one; %s is the transactionId */
	const char *transaction, *address;                /* other than the right ones */
	void (*spoil)(struct rows *r, struct es9p_request *q);
	const char *verdict; int number;
	enum then then;
	bool counts;                                      /* something is kept of it: order or session change */
	const char *told;                                 /* to the operator */
	void (*restore)(struct rows *r);
};

struct rows {
	enum es9p_function f;
	const struct world *world;
	const struct row *row;
	struct probe p;
	struct wire w, late;
	struct smdpp_service *later;
	struct rsp_ctx c;                                 /* of one row */
	struct paper e;
	struct pki *other;                                /* a PKI that nobody here trusts */
	struct pki_crl *crl;
	struct smdpp_order order;
};

#define UNKNOWN_ID "00112233445566778899AABBCCDDEEFF"
#define UNKNOWN_CI "0102030405060708090A0B0C0D0E0F1011121314"

/* ---- what is arranged ---- */

static struct smdpp_limits *limits(struct rows *r) { return &lab_smdpp(r->p.lab)->limits; }
static void no_time(struct rows *r) { limits(r)->session_seconds = -1; }
static void much_time(struct rows *r) { limits(r)->session_seconds = INT64_MAX; }
static void usual_time(struct rows *r) { limits(r)->session_seconds = 3600; }

/* The same SM-DP+ once more, by whose clock two centuries have passed. */
static void
time_passes(struct rows *r)
{
	const struct smdpp_service_options o = {.store = lab_store(r->p.lab), .listen = "127.0.0.1:0", .curve = r->world->curve, .fixed_now = TEST_NOW + YEARS(200)};

	much_time(r);
	assert_status(smdpp_service_start(&r->c, lab_smdpp(r->p.lab), &o, &r->later), RSP_OK);
	wire_open(&r->late, &r->p, smdpp_service_port(r->later), r->world->der);
}

static void
time_comes_back(struct rows *r)
{
	wire_close(&r->late);
	smdpp_service_stop(r->later, 1000);
	r->later = NULL;
	usual_time(r);
}

static struct pki_branch *branch(struct rows *r) { return (struct pki_branch *)(uintptr_t)r->e.branch; }

static void
revoke_eum(struct rows *r)
{
	const struct pki_cert *const revoked = r->e.branch->eum.cert;

	r->crl = r->e.branch->crl;
	assert_status(pki_crl_issue(&r->c, &r->e.branch->ci, &revoked, 1, &branch(r)->crl), RSP_OK);
}

static void
revoke_another(struct rows *r)
{
	const struct pki_cert *const revoked = r->e.branch->dppb.cert;

	r->crl = r->e.branch->crl;
	assert_status(pki_crl_issue(&r->c, &r->e.branch->ci, &revoked, 1, &branch(r)->crl), RSP_OK);
}

static void
revoke_nothing(struct rows *r)
{
	pki_crl_free(r->e.branch->crl);
	branch(r)->crl = r->crl;
}

static void to_allocated(struct smdpp_order *o) { o->state = ORDER_ALLOCATED; }
static void to_confirmed(struct smdpp_order *o) { o->state = ORDER_CONFIRMED; }
static void to_installed(struct smdpp_order *o) { o->state = ORDER_INSTALLED; }
static void to_error(struct smdpp_order *o) { o->state = ORDER_ERROR; }
static void to_unavailable(struct smdpp_order *o) { o->state = ORDER_UNAVAILABLE; }
static void to_downloaded_by_another(struct smdpp_order *o) { o->state = ORDER_DOWNLOADED; o->bound = true; memset(o->bound_eid, 0x89, 16); }
static void to_expired(struct smdpp_order *o) { o->expires = TEST_NOW; }
static void to_used_up(struct smdpp_order *o) { o->download_tries = o->download_limit; }
static void to_too_many(struct smdpp_order *o) { o->download_tries = o->download_limit + 1; }
static void to_ppr1(struct smdpp_order *o) { o->ppr = 1u << 1; }
static void to_last_code(struct smdpp_order *o) { o->cc_tries = o->cc_limit - 1; }
static void to_codes_used_up(struct smdpp_order *o) { o->cc_tries = o->cc_limit; }
static void to_released(struct smdpp_order *o) { o->state = ORDER_RELEASED; o->expires = 0; o->download_tries = o->cc_tries = 0; o->bound = false; }
static void release_again(struct rows *r) { probe_change_order(&r->p, r->order.iccid, to_released); }

/* ---- what is spoilt ---- */

/* The order's MatchingID; one that is left out by the row is not sent. */
static const char *
matching_id(const struct rows *r)
{
	return r->order.matching_id[0] ? r->order.matching_id : NULL;
}

static struct es9p_request
right_request(struct rows *r, const char *code)
{
	switch (r->f) {
	case ES9P_INITIATE_AUTHENTICATION:
		return paper_initiate(&r->e);
	case ES9P_AUTHENTICATE_CLIENT:
		return paper_authenticate(&r->e, matching_id(r));
	case ES9P_GET_BOUND_PROFILE_PACKAGE:
		return paper_prepare(&r->e, code);
	case ES9P_CANCEL_SESSION:
	case ES9P_HANDLE_NOTIFICATION:
	case ES9P_FUNCTIONS:
		break;
	}
	return paper_cancel(&r->e, CANCEL_POSTPONED);
}

/* As if another eUICC, or none, spoke. */
static void
as_another(struct rows *r, struct es9p_request *q, const struct pki_identity *issuer, const char *eid, int64_t age)
{
	struct pki_identity own = r->e.id, other = {0};
	struct bytes eum = r->e.eum;

	r->c.now -= age;
	assert_status(pki_issue_euicc(&r->c, issuer, eid, &other), RSP_OK);
	r->c.now += age;
	r->e.id = other;
	r->e.eum = issuer->cert->der;
	*q = right_request(r, r->row->code);
	pki_identity_free(&other);
	r->e.id = own;
	r->e.eum = eum;
}

static void
as_stranger(struct rows *r, struct es9p_request *q)
{
	const struct pki_identity *eum = &r->other->branch[r->world->curve].eum;
	char eid[33];

	assert_status(pki_eid_under(&r->c, eum->cert, 1, eid), RSP_OK);
	as_another(r, q, eum, eid, 0);
}

static void as_of_old(struct rows *r, struct es9p_request *q) { as_another(r, q, &r->e.branch->eum, r->e.eid, YEARS(20) + 86400 * 10); }
static void as_another_key(struct rows *r, struct es9p_request *q) { as_another(r, q, &r->e.branch->eum, r->e.eid, 0); }

static void
server_as_eum(struct rows *r, struct es9p_request *q)
{
	struct bytes eum = r->e.eum;

	r->e.eum = r->e.branch->dpauth.cert->der;
	*q = right_request(r, NULL);
	r->e.eum = eum;
}

static void
server_as_euicc(struct rows *r, struct es9p_request *q)
{
	struct tlv t;

	assert_status(tlv_only(r->e.branch->dpauth.cert->der, 0x30, &t), RSP_OK);
	assert_status(tlv_mutate_value(&r->c, q->payload, "BF38/A0/30#1", t.value, &q->payload), RSP_OK);
}

static void
forbid_ppr1(struct rows *r, struct es9p_request *q)
{
	struct euicc_info2 own = r->e.info2, info2 = own;
	struct buf b = BUF_INIT;

	info2.forbidden_ppr = 1u << 1;
	es10_write_info2(&b, &info2);
	assert_status(buf_finish(&b, &r->c, &r->e.info2.der), RSP_OK);
	*q = right_request(r, NULL);
	r->e.info2 = own;
}

/* MatchingID, the order's, is there and empty; or it is not there. */
static void
an_empty_id(struct rows *r, struct es9p_request *q)
{
	*q = paper_authenticate(&r->e, "");
}

static void
no_id(struct rows *r, struct es9p_request *q)
{
	*q = paper_authenticate(&r->e, NULL);
}

static void another_id(struct rows *r, struct es9p_request *q) { *q = paper_authenticate(&r->e, "NOT-THIS-ONE"); }
static void no_code(struct rows *r, struct es9p_request *q) { *q = paper_prepare(&r->e, NULL); }
static void another_code(struct rows *r, struct es9p_request *q) { *q = paper_prepare(&r->e, "12"); }
static void any_code(struct rows *r, struct es9p_request *q) { *q = paper_prepare(&r->e, "4711"); }

/* ---- the rows ---- */

#define CODE {.confirmation_code = {(const uint8_t *)"0012", 4}}
#define EID_OF_ANOTHER "89049032000000000000000000100073"

static const struct row initiate_rows[] = {
	{"another server's address", .address = "other.example.com", .verdict = "8.8.1/3.8", .number = 1},
	{"an address longer than a name", .address = "smdpp.example.com.evil.example", .verdict = "8.8.1/3.8", .number = 1},
	{"SVN 1.5", .mend = {"BF20/82", "010500"}, .verdict = "8.8.3/3.1", .number = 2},
	{"SVN 4.0", .mend = {"BF20/82", "040000"}, .verdict = "8.8.3/3.1", .number = 2},
	{"a CI to sign under that is unknown", .mend = {"BF20/AA/04", UNKNOWN_CI}, .verdict = "8.8.2/3.1", .number = 3},
	{"no CI to sign under", .mend = {"BF20/AA", ""}, .verdict = "8.8.2/3.1", .number = 3},
	{"a CI to verify with that is unknown", .mend = {"BF20/A9/04", UNKNOWN_CI}, .verdict = "8.8.4/3.7", .number = 3},
	{"no CI to verify with", .mend = {"BF20/A9", ""}, .verdict = "8.8.4/3.7", .number = 3},
	{"SVN of two octets", .mend = {"BF20/82", "0205"}, .verdict = "400"},
	{"the name in other letters", .address = "SMDPP.Example.COM", .verdict = "ok", .counts = true},
	{"SVN 2.2.0", .mend = {"BF20/82", "020200"}, .verdict = "ok", .counts = true},
	{"SVN 2.2.2", .mend = {"BF20/82", "020202"}, .verdict = "ok", .counts = true},
	{"SVN 3.1.0", .mend = {"BF20/82", "030100"}, .verdict = "ok", .counts = true},
	{"a further CI that is unknown", .mend = {"BF20/AA", .append = "0414" UNKNOWN_CI}, .verdict = "ok", .counts = true},
	{"a member of later versions", .mend = {"BF20", .append = "8803000102"}, .verdict = "ok", .counts = true},
};

static const struct row client_rows[] = {
	{"unknown transaction outside", .transaction = UNKNOWN_ID, .verdict = "8.10.1/3.9", .number = 10},
	{"another transaction inside", .lie = {"30/80", UNKNOWN_ID}, .verdict = "8.10.1/3.9", .number = 10},
	{"session is over", .arrange = no_time, .restore = usual_time, .verdict = "8.10.1/3.9", .number = 10, .then = ENDED},
	{"error of the eUICC", .error = "BF3817A1158010%s02017F", .verdict = "8.1/4.2", .number = 127, .then = ENDED, .counts = true},
	{"error of another transaction", .error = "BF3817A1158010" UNKNOWN_ID "02017F", .verdict = "8.10.1/3.9", .number = 10},
	{"no choice", .error = "BF3800", .verdict = "400"},
	{"CI unknown", .spoil = as_stranger, .verdict = "8.11.1/3.9", .number = 9},
	{"EUM certificate spoilt", .flip = "BF38/A0/30#2", .verdict = "8.1.2/6.1", .number = 1},
	{"a server's certificate as the EUM's", .spoil = server_as_eum, .verdict = "8.1.2/6.1", .number = 1},
	{"EUM certificate revoked", .arrange = revoke_eum, .restore = revoke_nothing, .verdict = "8.1.2/6.1", .number = 1},
	{"another certificate revoked", .arrange = revoke_another, .restore = revoke_nothing, .verdict = "ok", .counts = true, .then = DONE},
	{"EUM certificate expired", .arrange = time_passes, .restore = time_comes_back, .verdict = "8.1.2/6.3", .number = 2},
	{"eUICC certificate spoilt", .flip = "BF38/A0/30#1", .verdict = "8.1.3/6.1", .number = 3},
	{"a server's certificate as the eUICC's", .spoil = server_as_euicc, .verdict = "8.1.3/6.1", .number = 3},
	{"eUICC certificate expired", .spoil = as_of_old, .verdict = "8.1.3/6.3", .number = 4},
	{"euiccSignature1", .flip = "BF38/A0/5F37", .verdict = "8.1/6.1", .number = 5},
	{"euiccSignature1 of 63 octets", .mend = {"BF38/A0/5F37", "112233"}, .verdict = "400"},
	{"serverChallenge", .lie = {"30/84", UNKNOWN_ID}, .verdict = "8.1/6.1", .number = 5},
	{"another MatchingID", .spoil = another_id, .verdict = "8.2.6/3.8", .number = 6},
	{"empty MatchingID, no order for the EID", .spoil = an_empty_id, .verdict = "8.2.6/3.8", .number = 6},
	{"no MatchingID, no order for the EID", .spoil = no_id, .verdict = "8.2.6/3.8", .number = 6},
	{"empty MatchingID, an order for the EID", .order = {.matching_id = ""}, .spoil = an_empty_id, .verdict = "ok", .counts = true, .then = DONE},
	{"no MatchingID, an order for the EID", .order = {.matching_id = ""}, .spoil = no_id, .verdict = "ok", .counts = true, .then = DONE},
	{"order for another EID", .order = {.eid = EID_OF_ANOTHER}, .verdict = "8.1.1/3.8", .number = 7, .then = DONE},
	{"Allocated", .meanwhile = to_allocated, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Confirmed", .meanwhile = to_confirmed, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Installed", .meanwhile = to_installed, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Error", .meanwhile = to_error, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Unavailable", .meanwhile = to_unavailable, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Downloaded by another", .meanwhile = to_downloaded_by_another, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"order expired", .meanwhile = to_expired, .restore = release_again, .verdict = "8.8.5/4.10", .number = 18},
	{"attempts used up", .meanwhile = to_used_up, .restore = release_again, .verdict = "8.8.5/6.4", .number = 127, .counts = true, .told = "1:8.8.5/6.4"},
	{"a policy rule the eUICC forbids", .meanwhile = to_ppr1, .spoil = forbid_ppr1, .verdict = "8.2.5/4.3", .number = 8, .counts = true, .told = "1:8.2.5/4.3"},
	{"no room on the eUICC", .lie = {"30/BF22/84", "810100820101830101"}, .verdict = "8.1/4.8", .number = 11, .counts = true,
		.told = "1:8.1/4.8"},
	{"unknown TLV in EUICCInfo2", .lie = {"30/BF22", .append = "9F780100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown constructed TLV in EUICCInfo2", .lie = {"30/BF22", .append = "BF7803810100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown bits in UICCCapability", .lie = {"30/BF22/85", "00FFFFFFFFFFFF"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown bits in RSPCapability", .lie = {"30/BF22/88", "00FFFFFFFF"}, .verdict = "ok", .counts = true, .then = DONE},
	{"lpaSvn in DeviceCapabilities", .lie = {"30/A0/A1/A1", .append = "8B03020200"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown TLV in DeviceCapabilities", .lie = {"30/A0/A1/A1", .append = "9F780100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown TLV in DeviceInfo", .lie = {"30/A0/A1", .append = "9F780100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown TLV in ctxParams1", .lie = {"30/A0", .append = "9F780100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"unknown TLV in euiccSigned1", .lie = {"30", .append = "9F780100"}, .verdict = "ok", .counts = true, .then = DONE},
	{"TAC of two octets", .lie = {"30/A0/A1/80", "3529"}, .verdict = "400"},
};

static const struct row package_rows[] = {
	{"unknown transaction outside", .transaction = UNKNOWN_ID, .verdict = "8.10.1/3.9", .number = 95},
	{"another transaction inside", .lie = {"30/80", UNKNOWN_ID}, .verdict = "8.10.1/3.9", .number = 95},
	{"error of the eUICC", .error = "BF2117A1158010%s020101", .verdict = "8.2.10/4.2", .number = 127},
	{"error of another transaction", .error = "BF2117A1158010" UNKNOWN_ID "020101", .verdict = "8.10.1/3.9", .number = 95},
	{"no choice", .error = "BF2100", .verdict = "400"},
	{"euiccSignature2", .flip = "BF21/A0/5F37", .verdict = "8.1/6.1", .number = 1},
	{"signed by another eUICC", .spoil = as_another_key, .verdict = "8.1/6.1", .number = 1},
	{"otPK that is no point", .lie = {"30/5F49", "04" UNKNOWN_ID UNKNOWN_ID UNKNOWN_ID UNKNOWN_ID}, .verdict = "8.1/6.1", .number = 1},
	{"Confirmed", .meanwhile = to_confirmed, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"Error", .meanwhile = to_error, .restore = release_again, .verdict = "8.2/1.2", .number = 127},
	{"order expired", .meanwhile = to_expired, .restore = release_again, .verdict = "8.8.5/4.10", .number = 6},
	{"attempts used up", .meanwhile = to_too_many, .restore = release_again, .verdict = "8.8.5/6.4", .number = 127},
	{"code missing", .order = CODE, .code = "0012", .spoil = no_code, .verdict = "8.2.7/2.2", .number = 2},
	{"code wrong, a leading zero counts", .order = CODE, .code = "0012", .spoil = another_code, .verdict = "8.2.7/3.8", .number = 3, .counts = true,
		.told = "2:8.2.7/3.8"},
	{"code wrong at the last try", .order = CODE, .code = "0012", .meanwhile = to_last_code, .spoil = another_code, .verdict = "8.2.7/6.4", .number = 4,
		.counts = true, .told = "2:8.2.7/6.4", .then = NOT_ALLOWED},
	{"codes used up, even a right one", .order = CODE, .code = "0012", .meanwhile = to_codes_used_up, .restore = release_again, .verdict = "8.2.7/6.4",
		.number = 4},
	{"a code nobody asked for", .spoil = any_code, .verdict = "ok", .counts = true, .told = "3", .then = GOES_ON},
};

static const struct row cancel_rows[] = {
	{"unknown transaction outside", .transaction = UNKNOWN_ID, .verdict = "8.10.1/3.9", .number = 1},
	{"another transaction inside", .lie = {"30/80", UNKNOWN_ID}, .verdict = "8.10.1/3.9", .number = 1, .counts = true, .then = ENDED},
	{"another server's OID", .lie = {"30/81", "883714"}, .verdict = "8.8/3.10", .number = 127, .counts = true, .then = ENDED},
	{"signature", .flip = "BF41/A0/5F37", .verdict = "8.1/6.1", .number = 2, .counts = true, .then = ENDED},
	{"signed by another eUICC", .spoil = as_another_key, .verdict = "8.1/6.1", .number = 2, .counts = true, .then = ENDED},
	{"no choice", .error = "BF4100", .verdict = "400"},
	{"error of the eUICC", .error = "BF4103810105", .verdict = "ok", .counts = true, .then = ENDED},
};

/* ---- one row ---- */

static void
flip_last(struct rsp_ctx *c, struct bytes *payload, const char *path)
{
	struct tlv t;
	uint8_t *copy;

	assert_status(tlv_at(*payload, path, &t), RSP_OK);
	copy = (uint8_t *)(uintptr_t)rsp_copy(c, *payload).p;
	copy[t.whole.p + t.whole.n - 1 - payload->p] ^= 1;
	*payload = bytes_of(copy, payload->n);
}

static struct es9p_request
wrong_request(struct rows *r, const struct es9p_request *right)
{
	const struct row *row = r->row;
	struct es9p_request q = *right;
	const char *hole = row->error ? strchr(row->error, '%') : NULL;
	struct bytes *mended = r->f == ES9P_INITIATE_AUTHENTICATION ? &q.euicc_info1 : &q.payload;

	if (row->lie.path) {
		r->e.lie = row->lie;
		q = right_request(r, row->code);
	}
	*mended = change_made(&r->c, *mended, &row->mend);
	if (row->flip)
		flip_last(&r->c, &q.payload, row->flip);
	if (row->error)
		q.payload = unhex(&r->c, hole ? rsp_sprintf(&r->c, "%.*s%s%s", (int)(hole - row->error), row->error, hex_of(&r->c, q.transaction_id), hole + 2)
			: row->error);
	if (row->transaction)
		q.transaction_id = unhex(&r->c, row->transaction);
	if (row->address)
		q.smdp_address = bytes_of_str(row->address);
	if (row->spoil)
		row->spoil(r, &q);
	return q;
}

static void
make_order(struct rows *r)
{
	struct order_request o = r->row->order;

	o.release = true;
	if (o.matching_id)
		o.eid = r->e.eid;
	probe_order(&r->p, &r->c, &o, &r->order);
}

static void
expect(struct rows *r, const char *what, const char *have, const char *code, int number)
{
	const char *want = r->world->der && number ? rsp_sprintf(&r->c, "#%d", number) : code;

	if (strcmp(have, want) != 0)
		fail_msg("%s, %s, function %d, %s: want %s, have %s", r->world->name, r->row->name, (int)r->f, what, want, have);
}

static void
then(struct rows *r, const struct es9p_request *right)
{
	static const int unknown[ES9P_FUNCTIONS] = {[ES9P_AUTHENTICATE_CLIENT] = 10, [ES9P_GET_BOUND_PROFILE_PACKAGE] = 95, [ES9P_CANCEL_SESSION] = 1};
	const char *have = r->row->then == DONE ? NULL : paper_ask(&r->e, &r->w, r->f, right);

	switch (r->row->then) {
	case GOES_ON:
		expect(r, "then", have, "ok", 0);
		break;
	case ENDED:
		expect(r, "then", have, "8.10.1/3.9", unknown[r->f]);
		break;
	case NOT_ALLOWED:
		expect(r, "then", have, "8.2/1.2", 127);
		break;
	case DONE:
		break;
	}
}

static void
play(struct rows *r, const struct row *row)
{
	struct es9p_request right, wrong;
	struct bytes known;
	char *before, *after;

	r->row = row;
	make_order(r);
	if (row->arrange)
		row->arrange(r);
	paper_up_to(&r->e, &r->w, r->f, matching_id(r), row->code);
	if (row->meanwhile)
		probe_change_order(&r->p, r->order.iccid, row->meanwhile);
	right = right_request(r, row->code);
	wrong = wrong_request(r, &right);
	wire_messages(&r->p, &r->c);
	known = r->e.initiated.transaction_id;
	before = wire_store(&r->p, &r->c, known);
	expect(r, "verdict", paper_ask(&r->e, r->later ? &r->late : &r->w, r->f, &wrong), row->verdict, row->number);
	after = wire_store(&r->p, &r->c, known);
	if ((strcmp(before, after) != 0) != row->counts)
		fail_msg("%s, %s: before\n%safter\n%s", r->world->name, row->name, before, after);
	expect(r, "told", wire_messages(&r->p, &r->c), row->told ? row->told : "", 0);
	if (row->restore)
		row->restore(r);
	then(r, &right);
	paper_drop_otsk(&r->e);
	rsp_ctx_reset(&r->c);
}

static void
play_all(struct rows *r, enum es9p_function f, const struct row *rows, size_t n)
{
	const struct es9p_response none = {0};
	size_t i;

	r->f = f;
	for (i = 0; i < n; i++) {
		r->e.initiated = none;
		play(r, &rows[i]);
	}
}

static void
open_world(struct rows *r, struct rsp_ctx *c, const struct world *w)
{
	const struct lab_options o = {.seed = "rows", .clock = TEST_NOW, .tls = true, .curve = w->curve, .only_curve = true};
	const struct pki_make_options other = {.nist = w->curve == EC_P256, .brainpool = w->curve == EC_BP256};

	*r = (struct rows){.world = w};
	probe_open(&r->p, c, &o);
	assert_status(rsp_ctx_init(&r->c, c->crypto, TEST_NOW), RSP_OK);
	assert_status(pki_make_memory(c, &other, &r->other), RSP_OK);
	wire_open(&r->w, &r->p, 0, w->der);
	paper_open(&r->e, &r->p, c, w->curve, 1);
	r->e.c = &r->c;
}

static void
close_world(struct rows *r)
{
	paper_close(&r->e);
	wire_close(&r->w);
	pki_free(r->other);
	rsp_ctx_free(&r->c);
	probe_close(&r->p);
}

#define ROWS(a) (a), sizeof(a) / sizeof((a)[0])

static void
every_row_of_es9plus_refuses_with_its_code(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct rows r;

		open_world(&r, fresh_ctx(state), w);
		play_all(&r, ES9P_INITIATE_AUTHENTICATION, ROWS(initiate_rows));
		play_all(&r, ES9P_AUTHENTICATE_CLIENT, ROWS(client_rows));
		play_all(&r, ES9P_GET_BOUND_PROFILE_PACKAGE, ROWS(package_rows));
		play_all(&r, ES9P_CANCEL_SESSION, ROWS(cancel_rows));
		close_world(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_es9plus_refuses_with_its_code),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
