// SPDX-License-Identifier: BSD-2-Clause
/*
 * APDUs wait until the function they belong to has ended: what is to be masked may lie across several of them.
 */
#include "capture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "dump/dump.h"
#include "trace/pcapng.h"

#define SECOND 1000000u
#define PREPARE_DOWNLOAD 0x21   /* BF21, the only function with a hashed confirmation code */

struct capture_file {
	struct pcapng *p;
	pthread_mutex_t lock;
	uint64_t base, began, last;
	bool fixed;
};

struct record { uint8_t *octets; size_t command, response; uint64_t us; };

struct capture {
	struct capture_file *file;
	struct apdu_port port, *card;
	char who[24], what[48];
	struct record *record;
	size_t n, cap;
};

enum rsp_status
capture_open(struct rsp_ctx *c, const char *path, bool fixed, struct capture_file **out)
{
	struct capture_file *f = calloc(1, sizeof(*f));
	enum rsp_status st = f ? pcapng_open(c, path, &f->p) : rsp_fail(c, RSP_NOMEM, "no memory for a capture");

	if (st != RSP_OK) {
		free(f);
		return st;
	}
	pthread_mutex_init(&f->lock, NULL);
	f->base = (uint64_t)c->now * SECOND;
	f->began = time_monotonic_us();
	f->fixed = fixed;
	*out = f;
	return RSP_OK;
}

void
capture_close(struct capture_file *f)
{
	struct rsp_ctx c;

	if (!f)
		return;
	if (rsp_ctx_init(&c, NULL, 0) == RSP_OK) {
		if (pcapng_close(&c, f->p) != RSP_OK)
			fprintf(stderr, "esimlab: %s\n", c.error.text);
		rsp_ctx_free(&c);
	}
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static uint64_t
moment(struct capture_file *f)
{
	uint64_t us;

	pthread_mutex_lock(&f->lock);
	us = f->fixed ? ++f->last : time_monotonic_us() - f->began;
	pthread_mutex_unlock(&f->lock);
	return f->base + us;
}

struct capture *
capture_new(struct capture_file *f, const char *who)
{
	struct capture *k = calloc(1, sizeof(*k));

	if (k) {
		k->file = f;
		snprintf(k->who, sizeof(k->who), "%s", who);
	}
	return k;
}

/* ---- masking ---- */

/* The n-th octet of what the chain carries: data of STORE DATA, or answers without their status words. NULL: no more. */
static uint8_t *
carried(struct capture *k, bool answers, size_t n)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		struct record *r = &k->record[i];
		bool store = r->command > 5 && r->octets[1] == 0xE2;
		size_t from = answers ? r->command : 5, size = answers ? (r->response > 2 ? r->response - 2 : 0) : store ? r->command - 5 : 0;

		if (!answers && size > r->octets[4])
			size = r->octets[4];
		if (n < size)
			return r->octets + from + n;
		n -= size;
	}
	return NULL;
}

/* hashCc, 32 octets under tag 04: a short code could be guessed from it at leisure. */
static void
mask(struct capture *k, bool answers)
{
	uint8_t *p = carried(k, answers, 1), *tag, *length;
	size_t i, at;

	if (!p || *p != PREPARE_DOWNLOAD)
		return;
	for (at = 0; (tag = carried(k, answers, at)) && (length = carried(k, answers, at + 1)); at++)
		for (i = 0; *tag == 0x04 && *length == 0x20 && i < 32; i++)
			if ((p = carried(k, answers, at + 2 + i)))
				*p = 0xAA;
}

/* ---- writing ---- */

static void
write_record(struct capture *k, struct rsp_ctx *c, const struct record *r)
{
	struct bytes command = bytes_of(r->octets, r->command), response = bytes_of(r->octets + r->command, r->response);
	unsigned sw = r->response >= 2 ? (unsigned)response.p[r->response - 2] << 8 | response.p[r->response - 1] : 0;
	char *comment = rsp_sprintf(c, "%s%s%s%s%s (%04X %s)", k->who, k->who[0] ? ": " : "", k->what, k->what[0] ? ", " : "", dump_apdu_words(c, command), sw,
		apdu_sw_text(sw));

	pthread_mutex_lock(&k->file->lock);
	pcapng_apdu(k->file->p, r->us, command, response, comment);
	pthread_mutex_unlock(&k->file->lock);
}

static void
flush(struct capture *k)
{
	struct rsp_ctx c;
	size_t i;

	mask(k, false);
	mask(k, true);
	if (rsp_ctx_init(&c, NULL, 0) != RSP_OK)
		return;
	for (i = 0; i < k->n; i++) {
		write_record(k, &c, &k->record[i]);
		explicit_bzero(k->record[i].octets, k->record[i].command + k->record[i].response);
		free(k->record[i].octets);
		rsp_ctx_reset(&c);
	}
	k->n = 0;
	rsp_ctx_free(&c);
}

void
capture_free(struct capture *k)
{
	if (!k)
		return;
	flush(k);
	free(k->record);
	free(k);
}

void
capture_line(struct capture *k, const char *kind, const char *what)
{
	if (strncmp(kind, "card", 4) != 0)
		return;
	if (kind[4] == '>') {
		flush(k);
		snprintf(k->what, sizeof(k->what), "%s", what);
		return;
	}
	flush(k);
	k->what[0] = '\0';
}

/* ---- the port ---- */

static void
note(struct capture *k, struct bytes command, struct bytes response)
{
	struct record *r;

	if (k->n == k->cap) {
		size_t cap = k->cap ? 2 * k->cap : 16;

		r = realloc(k->record, cap * sizeof(*r));
		if (!r)
			return;
		k->record = r;
		k->cap = cap;
	}
	r = &k->record[k->n];
	*r = (struct record){malloc(command.n + response.n + 1), command.n, response.n, moment(k->file)};
	if (!r->octets)
		return;
	memcpy(r->octets, command.p, command.n);
	memcpy(r->octets + command.n, response.p, response.n);
	k->n++;
	if (!k->what[0])
		flush(k);
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct capture *k = self;
	enum rsp_status st = k->card->transmit(k->card->self, c, command, response);

	if (st == RSP_OK && response->n)
		note(k, command, *response);
	return st;
}

static enum rsp_status
begin(void *self, struct rsp_ctx *c)
{
	struct apdu_port *card = ((struct capture *)self)->card;

	return card->begin ? card->begin(card->self, c) : RSP_OK;
}

static void
end(void *self)
{
	struct apdu_port *card = ((struct capture *)self)->card;

	if (card->end)
		card->end(card->self);
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	struct apdu_port *card = ((struct capture *)self)->card;

	return card->reset(card->self, c);
}

struct apdu_port *
capture_port(struct capture *k, struct apdu_port *card)
{
	k->card = card;
	k->port = (struct apdu_port){.self = k, .transmit = transmit, .begin = begin, .end = end, .reset = card->reset ? reset : NULL};
	return &k->port;
}
