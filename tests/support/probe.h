// SPDX-License-Identifier: BSD-2-Clause
/* Stands between a card's LPA and its two ports: a test sees each exchange before it passes, and may send what it likes beside it. */
#ifndef TESTS_SUPPORT_PROBE_H
#define TESTS_SUPPORT_PROBE_H

#include "support/test.h"

#include <esimlab/lab.h>

struct probe {
	struct lab *lab;
	struct lab_card *card;
	struct rsp_ctx *test;            /* the test's own, which lives on the card's cryptography until probe_close */
	struct rsp_ctx scratch;          /* for what the test itself sends; reset it between messages */
	struct http_port http, *real_http;
	struct apdu_port apdu, *real_apdu;
	/* Before a request passes; the test may put another body in its place. */
	void (*on_request)(struct probe *p, enum es9p_function f, struct bytes *body);
	/* Before an answer passes; likewise, its status too. */
	void (*on_answer)(struct probe *p, enum es9p_function f, unsigned *http, struct bytes *answer);
	/* Before a command APDU passes. */
	void (*on_apdu)(struct probe *p, struct bytes *command);
	void *arg;
	unsigned sent;                   /* messages of the test's own, so that a test can tell that it has tested */
};

/* A laboratory without TLS, its first card, and the probe between them. */
void probe_open(struct probe *p, struct rsp_ctx *c, const struct lab_options *o);
void probe_close(struct probe *p);
/* An order for this card's EID that is ready to be downloaded; its activation code in c. */
char *probe_order(struct probe *p, struct rsp_ctx *c, const struct order_request *r, struct smdpp_order *out);
enum rsp_status probe_download(struct probe *p, const char *code, struct lpa_download_result *out);

/* The server's verdict on a body: "ok", "204", "400", or "subject/reason" of a Failed answer. In the scratch arena. */
const char *probe_ask(struct probe *p, enum es9p_function f, struct bytes body);
/* The same request with another payload. */
const char *probe_ask_payload(struct probe *p, enum es9p_function f, struct bytes body, struct bytes payload);
struct bytes probe_payload(struct probe *p, enum es9p_function f, struct bytes body);
/* Everything the server keeps, as text, for comparing before and after; transaction_id absent: no session in it. */
char *probe_store(struct probe *p, struct rsp_ctx *c, struct bytes transaction_id);
/* Everything the card keeps, as a digest in hex. */
char *probe_card(struct probe *p, struct rsp_ctx *c);
/* Change the stored order behind the server's back. */
void probe_change_order(struct probe *p, const uint8_t iccid[10], void (*change)(struct smdpp_order *o));

/* A path's longest prefix in the table says which verdicts a change there may have, in a list separated by blanks. */
struct verdict_row { const char *path, *allowed; };
const char *verdict_allowed(const struct verdict_row *rows, size_t n, const char *path);
bool verdict_in(const char *allowed, const char *verdict);

#endif
