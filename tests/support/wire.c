// SPDX-License-Identifier: BSD-2-Clause
#include "support/wire.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "codec/es2p.h"
#include "codec/es9p_der.h"
#include "store/outbox.h"
#include "support/peer.h"
#include "tlv/mutate.h"

const struct world worlds[4] = {
	{"JSON, NIST", EC_P256, false}, {"ASN.1, NIST", EC_P256, true}, {"JSON, brainpool", EC_BP256, false}, {"ASN.1, brainpool", EC_BP256, true},
};

static const uint32_t tags[ES9P_FUNCTIONS] = {0xBF39, 0xBF3B, 0xBF3A, 0xBF3D, 0xBF41};

static struct bytes
done(struct rsp_ctx *c, struct buf *b)
{
	struct bytes out;

	assert_status(buf_finish(b, c, &out), RSP_OK);
	return out;
}

unsigned
wire_raw(struct wire *w, struct rsp_ctx *c, const char *path, const char *type, struct bytes body, struct bytes *answer)
{
	const char *headers[] = {"X-Admin-Protocol: gsma/rsp/v2.5.0", type ? rsp_sprintf(c, "Content-Type: %s", type) : "Content-Type:", NULL};

	w->calls++;
	if (http_client_post(w->client, c, rsp_sprintf(c, "https://%s%s", w->host, path), headers, body, &w->http, answer) != RSP_OK)
		fail_msg("%s", c->error.text);
	return w->http;
}

/* The number of a refusal is read from the octets, not by the codec under test. */
static int
number_of(enum es9p_function f, struct bytes answer)
{
	struct tlv wrapper, function, error;
	uint64_t n = 0;

	assert_status(tlv_only(answer, 0xA2, &wrapper), RSP_OK);
	assert_status(tlv_only(wrapper.value, tags[f], &function), RSP_OK);
	if (tlv_only(function.value, 0x81, &error) != RSP_OK)
		return 0;
	assert_status(tlv_uint(error.value, &n), RSP_OK);
	return (int)n;
}

/* What each function's good answer holds beside its header (SGP.22 6.5.2): written down here once more. */
static const char *const members[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = "header transactionId serverSigned1 serverSignature1 euiccCiPKIdToBeUsed serverCertificate",
	[ES9P_AUTHENTICATE_CLIENT] = "header transactionId profileMetadata smdpSigned2 smdpSignature2 smdpCertificate",
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = "header transactionId boundProfilePackage",
	[ES9P_CANCEL_SESSION] = "header",
};

void
assert_members(struct bytes json, const char *names)
{
	cJSON *all = cJSON_ParseWithLength((const char *)json.p, json.n);
	char copy[256], *name, *rest = copy;
	int known = 0;

	assert_non_null(all);
	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, " "))) {
		const cJSON *m = cJSON_GetObjectItemCaseSensitive(all, name + (*name == '?'));

		if (!m && *name != '?')
			fail_msg("the answer has no %s", name);
		known += m != NULL;
	}
	if (cJSON_GetArraySize(all) != known)
		fail_msg("want %s, have %.*s", names, (int)json.n, (const char *)json.p);
	cJSON_Delete(all);
}

static void
talk_json(struct wire *w, struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct bytes *answer, struct es9p_response *out)
{
	struct buf b = BUF_INIT;

	if (wire_raw(w, c, es9p_path(f), "application/json;charset=UTF-8", body, answer) != 200)
		return;
	assert_status(es9p_read_response(c, f, *answer, out), RSP_OK);
	assert_members(*answer, out->failed ? "header" : members[f]);
	es9p_write_response(&b, f, out);
	assert_bytes_equal(*answer, done(c, &b));
}

static void
talk_der(struct wire *w, struct rsp_ctx *c, enum es9p_function f, const struct es9p_request *r, struct bytes *answer, struct es9p_response *out)
{
	struct buf b = BUF_INIT;
	struct bytes raw;

	es9p_der_write_request(&b, f, r);
	if (wire_raw(w, c, ES9P_DER_PATH, ES9P_DER_TYPE, done(c, &b), &raw) != 200) {
		*answer = raw;
		return;
	}
	w->error = number_of(f, raw);
	assert_status(es9p_der_read_response(c, f, raw, out), RSP_OK);
	assert_int_equal(out->failed, w->error != 0);
	if (!out->failed) {
		es9p_der_write_response(&b, f, out);
		assert_bytes_equal(raw, done(c, &b));
	}
	es9p_write_response(&b, f, out);
	*answer = done(c, &b);
}

/* In ASN.1 what cannot be translated goes as it is: both bindings have to refuse it. */
static enum rsp_status
post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct wire *w = self;
	struct es9p_response out;
	struct es9p_request r;
	int f = 0;

	(void)host;
	while (f < ES9P_FUNCTIONS && strcmp(path, es9p_path((enum es9p_function)f)) != 0)
		f++;
	assert_int_not_equal(f, ES9P_FUNCTIONS);
	w->error = 0;
	if (!w->der)
		talk_json(w, c, (enum es9p_function)f, body, answer, &out);
	else if (es9p_read_request(c, (enum es9p_function)f, body, &r) == RSP_OK)
		talk_der(w, c, (enum es9p_function)f, &r, answer, &out);
	else
		wire_raw(w, c, ES9P_DER_PATH, ES9P_DER_TYPE, body, answer);
	*http_status = w->http;
	return RSP_OK;
}

void
wire_open(struct wire *w, struct probe *p, unsigned port, bool der)
{
	const struct pki *pki = lab_pki(p->lab);
	const struct pki_cert *ca[2];
	const char *rules[1] = {rsp_sprintf(p->test, "%s:127.0.0.1:%u", lab_smdpp(p->lab)->host, port ? port : lab_port(p->lab))};
	struct http_client_options o = {.ca = ca, .fixed_now = TEST_NOW, .connect_to = rules, .n_connect_to = 1};
	int i;

	for (i = 0; i < 2; i++)
		if (pki->branch[i].ci.cert)
			ca[o.n_ca++] = pki->branch[i].ci.cert;
	*w = (struct wire){.der = der, .host = lab_smdpp(p->lab)->host, .at = port ? port : lab_port(p->lab)};
	assert_status(http_client_new(p->test, &o, &w->client), RSP_OK);
	w->port = (struct http_port){w, post};
	if (!port)
		p->real_http = &w->port;
}

void
wire_close(struct wire *w)
{
	http_client_free(w->client);
}

const char *
wire_ask(struct wire *w, struct rsp_ctx *c, enum es9p_function f, const struct es9p_request *r, struct es9p_response *out)
{
	struct es9p_response own = {0};
	struct buf b = BUF_INIT;
	struct bytes answer = BYTES_NONE;

	w->error = 0;
	if (w->der) {
		talk_der(w, c, f, r, &answer, &own);
	} else {
		es9p_write_request(&b, f, r);
		talk_json(w, c, f, done(c, &b), &answer, &own);
	}
	if (f == ES9P_HANDLE_NOTIFICATION)
		assert_int_equal(answer.n, 0);
	if (w->http != 200)
		return rsp_sprintf(c, "%u", w->http);
	if (!own.failed && out)
		*out = own;
	if (w->error)
		return rsp_sprintf(c, "#%d", w->error);
	return own.failed ? rsp_sprintf(c, "%s/%s", own.subject, own.reason) : "ok";
}

char *
wire_talk(struct wire *w, struct rsp_ctx *c, const char *request)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)w->at), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	struct peer peer = {socket(AF_INET, SOCK_STREAM, 0), SSL_new(tls)};
	bool closed;
	char *text;

	assert_int_equal(connect(peer.fd, (const struct sockaddr *)(const void *)&to, sizeof(to)), 0);
	assert_int_equal(SSL_set1_groups_list(peer.ssl, "P-256:brainpoolP256r1"), 1);
	SSL_set_fd(peer.ssl, peer.fd);
	assert_int_equal(SSL_connect(peer.ssl), 1);
	assert_int_equal(fcntl(peer.fd, F_SETFL, O_NONBLOCK), 0);
	peer_say(&peer, request);
	text = peer_hear(c, &peer, 3000, &closed);
	assert_true(closed);
	peer_close(&peer);
	SSL_CTX_free(tls);
	return text;
}

/* ---- what the server keeps ---- */

static bool
write_order(void *arg, const struct smdpp_order *o)
{
	buf_printf(arg, "%02X%02X%02X order %d revision %llu tries %u/%u history %u\n", o->iccid[7], o->iccid[8], o->iccid[9], (int)o->state,
		(unsigned long long)o->revision, o->download_tries, o->cc_tries, o->n_history);
	return true;
}

char *
wire_store(struct probe *p, struct rsp_ctx *c, struct bytes transaction_id)
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_session session;
	struct buf b = BUF_INIT;
	uint64_t n = 0;
	bool found = false;

	assert_status(s->each_order(s->self, c, write_order, &b), RSP_OK);
	assert_status(s->sessions(s->self, c, &n), RSP_OK);
	if (!transaction_id.p) {
		buf_printf(&b, "sessions %llu\n", (unsigned long long)n);
	} else {
		assert_status(s->session(s->self, c, transaction_id, &session, &found), RSP_OK);
		buf_printf(&b, "session %d %llu\n", found ? (int)session.state : -1, found ? (unsigned long long)session.revision : 0);
	}
	buf_u8(&b, 0);
	return rsp_strdup(c, (const char *)done(c, &b).p);
}

static void
write_message(struct rsp_ctx *c, struct buf *b, const struct outbox_message *m)
{
	const char *path = m->url[0] ? strchr(m->url + strlen("https://"), '/') : NULL;
	struct es2p_request r;

	if (path) {
		buf_printf(b, "%s%s", b->n ? " " : "", strrchr(path, '/') + 1);
		return;
	}
	assert_status(es2p_read_request(c, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, m->body, &r), RSP_OK);
	buf_printf(b, "%s%d", b->n ? " " : "", r.point);
	if (r.point_failed)
		buf_printf(b, ":%.*s/%.*s", (int)r.point_subject.n, (const char *)r.point_subject.p, (int)r.point_reason.n, (const char *)r.point_reason.p);
}

/* The service puts a message that nobody takes off for later: so it is looked for in the far future. */
char *
wire_messages(struct probe *p, struct rsp_ctx *c)
{
	struct outbox_message m;
	struct buf b = BUF_INIT;
	int64_t now = c->now;
	bool found = true;

	c->now += 365 * 86400;
	while (found) {
		assert_status(outbox_next(lab_store(p->lab), c, TABLE_OUTBOX, &m, &found), RSP_OK);
		if (found && outbox_settle(lab_store(p->lab), c, TABLE_OUTBOX, &m, true, 0) == RSP_OK)
			write_message(c, &b, &m);
	}
	c->now = now;
	buf_u8(&b, 0);
	return rsp_strdup(c, (const char *)done(c, &b).p);
}
