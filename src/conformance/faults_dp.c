// SPDX-License-Identifier: BSD-2-Clause
/* Settings, a store in front of the store, and what happens to messages on their way. Messages are those of the JSON binding. */
#include "conformance/faults_dp.h"

#include <stdio.h>

#include "codec/es9p.h"
#include "tlv/mutate.h"

/* ---- settings ---- */

void dp_long_segments(struct smdpp *dp) { dp->long_segments = true; }
void dp_no_ppk(struct smdpp *dp) { dp->ppk = false; }
void dp_ppk_always(struct smdpp *dp) { dp->ppk = true; }
void dp_tells_nobody(struct smdpp *dp) { dp->progress = false; }
void dp_codes_unlimited(struct smdpp *dp) { dp->limits.cc_tries = 0; }

/* ---- a store that forgets ---- */

static struct smdpp_store wrapped, *beneath;

static enum rsp_status
commit_changed(struct rsp_ctx *c, const struct smdpp_changes *changes, void (*change)(struct smdpp_changes *x))
{
	struct smdpp_changes *copy = rsp_alloc(c, sizeof(*copy));

	if (!copy)
		return RSP_NOMEM;
	*copy = *changes;
	change(copy);
	return beneath->commit(beneath->self, c, copy);
}

static void
wrap(struct smdpp *dp, enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes))
{
	beneath = dp->store;
	wrapped = *dp->store;
	wrapped.commit = commit;
	dp->store = &wrapped;
}

static void drop_end(struct smdpp_changes *x) { x->end_session = false; }

static void
drop_codes(struct smdpp_changes *x)
{
	size_t i;

	for (i = 0; i < x->n_orders; i++)
		x->order[i].cc_tries = 0;
}

static void
drop_installed(struct smdpp_changes *x)
{
	size_t i;

	for (i = 0; i < x->n_orders; i++)
		if (x->order[i].state == ORDER_INSTALLED)
			x->order[i].state = ORDER_DOWNLOADED;
}

static bool
holds(struct bytes text, const char *word)
{
	size_t i;

	for (i = 0; i + strlen(word) <= text.n; i++)
		if (memcmp(text.p + i, word, strlen(word)) == 0)
			return true;
	return false;
}

static void
drop_failures(struct smdpp_changes *x)
{
	if (x->n_outbox && holds(x->outbox[x->n_outbox - 1].body, "\"Failed\""))
		x->n_outbox--;
}

/* The last digit of the reason becomes another. */
static void
spoil_codes(struct smdpp_changes *x)
{
	static const char word[] = "\"reasonCode\":\"";
	size_t i, k;

	for (k = 0; k < x->n_outbox; k++)
		for (i = 0; i + sizeof(word) + 2 < x->outbox[k].body.n; i++)
			if (memcmp(x->outbox[k].body.p + i, word, sizeof(word) - 1) == 0)
				((uint8_t *)(uintptr_t)x->outbox[k].body.p)[i + sizeof(word) + 1] = '9';
}

static enum rsp_status
commit_without_failures(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes)
{
	(void)self;
	return commit_changed(c, changes, drop_failures);
}

static enum rsp_status
commit_wrong_codes(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes)
{
	(void)self;
	return commit_changed(c, changes, spoil_codes);
}

static enum rsp_status
commit_without_end(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes)
{
	(void)self;
	return commit_changed(c, changes, drop_end);
}

static enum rsp_status
commit_without_codes(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes)
{
	(void)self;
	return commit_changed(c, changes, drop_codes);
}

static enum rsp_status
commit_without_installed(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes)
{
	(void)self;
	return commit_changed(c, changes, drop_installed);
}

void dp_tells_success_only(struct smdpp *dp) { wrap(dp, commit_without_failures); }
void dp_tells_wrong_code(struct smdpp *dp) { wrap(dp, commit_wrong_codes); }
void dp_sessions_never_end(struct smdpp *dp) { wrap(dp, commit_without_end); }
void dp_codes_forgotten(struct smdpp *dp) { wrap(dp, commit_without_codes); }
void dp_installed_forgotten(struct smdpp *dp) { wrap(dp, commit_without_installed); }

/* ---- requests ---- */

static bool
is(const char *path, enum es9p_function f)
{
	return strcmp(path, es9p_path(f)) == 0;
}

static bool
read_request(struct rsp_ctx *c, const char *path, enum es9p_function f, struct bytes body, struct es9p_request *q)
{
	bool good = is(path, f) && es9p_read_request(c, f, body, q) == RSP_OK;

	c->error = (struct rsp_error){0};
	return good;
}

static void
write_request(struct rsp_ctx *c, enum es9p_function f, const struct es9p_request *q, struct bytes *body)
{
	struct buf b = BUF_INIT;

	es9p_write_request(&b, f, q);
	if (buf_finish(&b, c, body) != RSP_OK)
		*body = bytes_of("", 0);
}

void
dp_clock_stands(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)path;
	(void)body;
	c->now = w->c.now;
}

void
dp_case_matters(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	struct es9p_request q;

	if (!read_request(c, path, ES9P_INITIATE_AUTHENTICATION, *body, &q) || bytes_equal_str(q.smdp_address, w->host))
		return;
	q.smdp_address = bytes_of_str("another.invalid");
	write_request(c, ES9P_INITIATE_AUTHENTICATION, &q, body);
}

void
dp_id_must_be_there(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	struct es9p_request q;
	struct tlv t;

	(void)w;
	if (read_request(c, path, ES9P_AUTHENTICATE_CLIENT, *body, &q) && tlv_at(q.payload, "BF38/A0/30", &t) == RSP_OK &&
		tlv_at(q.payload, "BF38/A0/30/A0/80", &t) != RSP_OK)
		*body = bytes_of_str("{}");
}

/* Tags that v2.2 does not have. */
void
dp_strict_schema(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	static const uint8_t unknown[] = {0x9F, 0x78, 0x01, 0x00}, later[] = {0x88, 0x03, 0x00, 0x01, 0x02};
	struct es9p_request q = {0};
	struct bytes in;
	size_t i;

	(void)w;
	if (!read_request(c, path, ES9P_AUTHENTICATE_CLIENT, *body, &q) && !read_request(c, path, ES9P_INITIATE_AUTHENTICATION, *body, &q))
		return;
	in = q.payload.p ? q.payload : q.euicc_info1;
	for (i = 0; i < in.n; i++)
		if (bytes_starts_with(bytes_from(in, i), BYTES_OF(unknown)) || bytes_starts_with(bytes_from(in, i), BYTES_OF(later)))
			*body = bytes_of_str("{}");
}

void
dp_two_point_two_only(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	static const uint8_t none[3] = {1, 0, 0};
	struct es9p_request q;
	struct tlv t;

	(void)w;
	if (!read_request(c, path, ES9P_INITIATE_AUTHENTICATION, *body, &q) || tlv_at(q.euicc_info1, "BF20/82", &t) != RSP_OK || t.value.n != 3 ||
		t.value.p[1] != 3)
		return;
	if (tlv_mutate_value(c, q.euicc_info1, "BF20/82", BYTES_OF(none), &q.euicc_info1) == RSP_OK)
		write_request(c, ES9P_INITIATE_AUTHENTICATION, &q, body);
}

/* ---- answers ---- */

static bool
read_answer(struct rsp_ctx *c, const char *path, enum es9p_function f, unsigned http, struct bytes answer, struct es9p_response *r)
{
	bool good = http == 200 && is(path, f) && es9p_read_response(c, f, answer, r) == RSP_OK;

	c->error = (struct rsp_error){0};
	return good;
}

static void
write_answer(struct rsp_ctx *c, enum es9p_function f, const struct es9p_response *r, struct bytes *answer)
{
	struct buf b = BUF_INIT;

	es9p_write_response(&b, f, r);
	if (buf_finish(&b, c, answer) != RSP_OK)
		*answer = bytes_of("", 0);
}

/* The last octet of a span, in a copy. */
static struct bytes
spoilt(struct rsp_ctx *c, struct bytes in)
{
	struct bytes out = rsp_copy(c, in);

	if (out.n)
		((uint8_t *)(uintptr_t)out.p)[out.n - 1] ^= 1;
	return out;
}

void
dp_notification_200(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	(void)c;
	if (*http != 204 || !is(path, ES9P_HANDLE_NOTIFICATION))
		return;
	*http = 200;
	*answer = bytes_of_str("{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}}");
}

void
dp_refuses_with_http(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	(void)c;
	(void)path;
	if (*http == 200 && holds(*answer, "\"Failed\""))
		*http = 403;
}

void
dp_expired_4_1(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	static const char word[] = "\"4.10\"";
	size_t i;

	(void)w;
	(void)path;
	if (*http != 200 || !holds(*answer, word))
		return;
	*answer = rsp_copy(c, *answer);
	for (i = 0; i + sizeof(word) - 1 <= answer->n; i++)
		if (memcmp(answer->p + i, word, sizeof(word) - 1) == 0)
			memcpy((uint8_t *)(uintptr_t)answer->p + i, "\"4.1\" ", sizeof(word) - 1);
}

void
dp_cancel_talks(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	if (*http == 200 && is(path, ES9P_CANCEL_SESSION) && !holds(*answer, "\"Failed\""))
		*answer = bytes_of_str(rsp_sprintf(c, "{\"transactionId\":\"00\",%.*s", (int)answer->n - 1, (const char *)answer->p + 1));
}

void
dp_signature1_bad(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	struct es9p_response r;

	(void)w;
	if (!read_answer(c, path, ES9P_INITIATE_AUTHENTICATION, *http, *answer, &r) || r.failed)
		return;
	r.server_signature1 = spoilt(c, r.server_signature1);
	write_answer(c, ES9P_INITIATE_AUTHENTICATION, &r, answer);
}

void
dp_signature2_bad(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	struct es9p_response r;

	(void)w;
	if (!read_answer(c, path, ES9P_AUTHENTICATE_CLIENT, *http, *answer, &r) || r.failed)
		return;
	r.smdp_signature2 = spoilt(c, r.smdp_signature2);
	write_answer(c, ES9P_AUTHENTICATE_CLIENT, &r, answer);
}

void
dp_one_certificate(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	struct es9p_response r;

	if (!read_answer(c, path, ES9P_AUTHENTICATE_CLIENT, *http, *answer, &r) || r.failed)
		return;
	r.smdp_certificate = w->branch->dpauth.cert->der;
	write_answer(c, ES9P_AUTHENTICATE_CLIENT, &r, answer);
}

void
dp_other_metadata(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	struct es9p_response r;

	(void)w;
	if (!read_answer(c, path, ES9P_AUTHENTICATE_CLIENT, *http, *answer, &r) || r.failed)
		return;
	if (tlv_mutate_value(c, r.profile_metadata, "BF25/92", bytes_of_str("another"), &r.profile_metadata) == RSP_OK)
		write_answer(c, ES9P_AUTHENTICATE_CLIENT, &r, answer);
}

void
dp_spoilt_segment(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	struct es9p_response r;

	(void)w;
	if (!read_answer(c, path, ES9P_GET_BOUND_PROFILE_PACKAGE, *http, *answer, &r) || r.failed)
		return;
	r.bound_profile_package = spoilt(c, r.bound_profile_package);
	write_answer(c, ES9P_GET_BOUND_PROFILE_PACKAGE, &r, answer);
}

/* As a server would that has but one session: what is signed is signed again. */
void
dp_same_transaction(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	static const uint8_t one[16] = {1};
	struct es9p_response r;
	struct buf b = BUF_INIT;
	uint8_t sig[64];

	if (!read_answer(c, path, ES9P_INITIATE_AUTHENTICATION, *http, *answer, &r) || r.failed)
		return;
	r.transaction_id = BYTES_OF(one);
	if (tlv_mutate_value(c, r.server_signed1, "30/80", BYTES_OF(one), &r.server_signed1) != RSP_OK ||
		ec_sign(c, w->branch->dpauth.key, &r.server_signed1, 1, sig) != RSP_OK)
		return;
	tlv_add(&b, 0x5F37, BYTES_OF(sig));
	if (buf_finish(&b, c, &r.server_signature1) == RSP_OK)
		write_answer(c, ES9P_INITIATE_AUTHENTICATION, &r, answer);
}
