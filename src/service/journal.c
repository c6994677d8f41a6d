// SPDX-License-Identifier: BSD-2-Clause
#include "service/journal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

#define CALLS 4096
#define FUNCTIONS 24
#define REFUSALS 96

struct call { int64_t at; const char *function; uint8_t id[16]; size_t id_n; unsigned status; char subject[12], reason[8], text[160]; uint64_t took_us; };

/* Upper ends of the histogram, in microseconds. */
static const uint64_t ends[] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

struct function { const char *name; uint64_t success, refused, error, took_us, below[ENDS]; };
struct refusal { const char *function; char subject[12], reason[8]; uint64_t n; };

struct journal {
	pthread_mutex_t lock;
	struct call call[CALLS];
	uint64_t n;
	struct function function[FUNCTIONS];
	struct refusal refusal[REFUSALS];
};

struct journal *
journal_new(void)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (j)
		pthread_mutex_init(&j->lock, NULL);
	return j;
}

void
journal_free(struct journal *j)
{
	if (j)
		pthread_mutex_destroy(&j->lock);
	free(j);
}

/* Names are static texts, so the same pointer is the same function; the last place takes what is too much. */
static struct function *
function_of(struct journal *j, const char *name)
{
	size_t i;

	for (i = 0; i < FUNCTIONS - 1 && j->function[i].name && j->function[i].name != name; i++)
		;
	j->function[i].name = i < FUNCTIONS - 1 ? name : "others";
	return &j->function[i];
}

static void
count_refusal(struct journal *j, const char *function, const struct rsp_error *e)
{
	struct refusal *r;
	size_t i;

	for (i = 0; i < REFUSALS; i++) {
		r = &j->refusal[i];
		if (r->n && (r->function != function || strcmp(r->subject, e->subject) != 0 || strcmp(r->reason, e->reason) != 0))
			continue;
		if (!r->n++) {
			r->function = function;
			memcpy(r->subject, e->subject, sizeof(r->subject));
			memcpy(r->reason, e->reason, sizeof(r->reason));
		}
		return;
	}
}

static void
count(struct journal *j, const struct rsp_ctx *c, const struct service_answer *a, uint64_t took_us)
{
	struct function *f = function_of(j, a->function ? a->function : "unknown");
	size_t i;

	if (a->status >= 300)
		f->error++;
	else if (a->failed)
		f->refused++;
	else
		f->success++;
	f->took_us += took_us;
	for (i = 0; i < ENDS; i++)
		f->below[i] += took_us <= ends[i];
	if (a->failed)
		count_refusal(j, f->name, &c->error);
}

void
journal_note(struct journal *j, const struct rsp_ctx *c, const struct service_answer *a, uint64_t took_us)
{
	struct call *k;

	pthread_mutex_lock(&j->lock);
	count(j, c, a, took_us);
	k = &j->call[j->n++ % CALLS];
	k->at = c->now;
	k->function = a->function ? a->function : "unknown";
	k->status = a->status;
	k->took_us = took_us;
	k->id_n = a->transaction_id.n <= sizeof(k->id) ? a->transaction_id.n : 0;
	if (k->id_n)
		memcpy(k->id, a->transaction_id.p, k->id_n);
	k->text[0] = k->subject[0] = k->reason[0] = '\0';
	if (a->failed || a->status >= 300) {
		memcpy(k->subject, c->error.subject, sizeof(k->subject));
		memcpy(k->reason, c->error.reason, sizeof(k->reason));
		snprintf(k->text, sizeof(k->text), "%.*s", (int)sizeof(k->text) - 1, c->error.text);
	}
	pthread_mutex_unlock(&j->lock);
}

static void
call_json(struct json_out *out, const struct call *k)
{
	char at[TIME_TEXT_SIZE];

	time_text(k->at, at);
	json_object(out, NULL);
	json_string(out, "at", at);
	json_string(out, "function", k->function);
	if (k->id_n)
		json_hex(out, "transactionId", bytes_of(k->id, k->id_n));
	json_int(out, "http", k->status);
	if (k->subject[0]) {
		json_string(out, "subject", k->subject);
		json_string(out, "reason", k->reason);
	}
	if (k->text[0])
		json_string(out, "text", k->text);
	json_int(out, "us", (long long)k->took_us);
	json_object_end(out);
}

void
journal_json(struct journal *j, struct json_out *out, const char *key, struct bytes transaction_id)
{
	uint64_t i;

	json_array(out, key);
	pthread_mutex_lock(&j->lock);
	for (i = j->n > CALLS ? j->n - CALLS : 0; i < j->n; i++) {
		const struct call *k = &j->call[i % CALLS];

		if (!transaction_id.p || bytes_equal(bytes_of(k->id, k->id_n), transaction_id))
			call_json(out, k);
	}
	pthread_mutex_unlock(&j->lock);
	json_array_end(out);
}

static void
function_metrics(struct buf *b, const struct function *f)
{
	const uint64_t all = f->success + f->refused + f->error;
	size_t i;

	buf_printf(b, "esimlab_calls_total{function=\"%s\",result=\"success\"} %llu\n", f->name, (unsigned long long)f->success);
	buf_printf(b, "esimlab_calls_total{function=\"%s\",result=\"refused\"} %llu\n", f->name, (unsigned long long)f->refused);
	buf_printf(b, "esimlab_calls_total{function=\"%s\",result=\"error\"} %llu\n", f->name, (unsigned long long)f->error);
	for (i = 0; i < ENDS; i++)
		buf_printf(b, "esimlab_call_seconds_bucket{function=\"%s\",le=\"%g\"} %llu\n", f->name, (double)ends[i] / 1e6, (unsigned long long)f->below[i]);
	buf_printf(b, "esimlab_call_seconds_bucket{function=\"%s\",le=\"+Inf\"} %llu\n", f->name, (unsigned long long)all);
	buf_printf(b, "esimlab_call_seconds_sum{function=\"%s\"} %.6f\n", f->name, (double)f->took_us / 1e6);
	buf_printf(b, "esimlab_call_seconds_count{function=\"%s\"} %llu\n", f->name, (unsigned long long)all);
}

void
journal_metrics(struct journal *j, struct buf *b)
{
	size_t i;

	buf_str(b, "# HELP esimlab_calls_total Calls by function and outcome.\n# TYPE esimlab_calls_total counter\n"
		"# HELP esimlab_call_seconds Time from the request to the answer.\n# TYPE esimlab_call_seconds histogram\n");
	pthread_mutex_lock(&j->lock);
	for (i = 0; i < FUNCTIONS && j->function[i].name; i++)
		function_metrics(b, &j->function[i]);
	buf_str(b, "# HELP esimlab_refusals_total Refused calls by subject and reason code.\n# TYPE esimlab_refusals_total counter\n");
	for (i = 0; i < REFUSALS && j->refusal[i].n; i++)
		buf_printf(b, "esimlab_refusals_total{function=\"%s\",subject=\"%s\",reason=\"%s\"} %llu\n", j->refusal[i].function, j->refusal[i].subject,
			j->refusal[i].reason, (unsigned long long)j->refusal[i].n);
	pthread_mutex_unlock(&j->lock);
}
