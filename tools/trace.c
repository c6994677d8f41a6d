// SPDX-License-Identifier: BSD-2-Clause
#include "trace.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"

#define HOOKS 64
#define CAPTURE_ENDING ".pcapng"

struct hook { struct trace *t; struct capture *capture; char who[24]; };

struct trace {
	FILE *f;                         /* NULL: a capture */
	struct capture_file *capture;
	pthread_mutex_t lock;
	struct hook hook[HOOKS];
	unsigned n;
};

static bool
is_capture(const char *path)
{
	size_t n = strlen(path), ending = strlen(CAPTURE_ENDING);

	return n > ending && strcmp(path + n - ending, CAPTURE_ENDING) == 0;
}

enum rsp_status
trace_open(struct rsp_ctx *c, const char *path, bool fixed, struct trace **out)
{
	struct trace *t = calloc(1, sizeof(*t));
	enum rsp_status st;

	if (t && is_capture(path)) {
		if ((st = capture_open(c, path, fixed, &t->capture)) != RSP_OK) {
			free(t);
			return st;
		}
	} else if (t) {
		t->f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	}
	if (!t || (!t->f && !t->capture)) {
		free(t);
		return rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	}
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return RSP_OK;
}

/* hashCc lets a short confirmation code be guessed at leisure: 32 octets under tag 04 are not shown. */
static void
mask(uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i + 34 <= n; i++)
		if (p[i] == 0x04 && p[i + 1] == 0x20)
			memset(p + i + 2, 0xAA, 32);
}

static void
write_octets(FILE *f, struct bytes raw)
{
	uint8_t *copy = malloc(raw.n + 1);
	size_t i;

	if (!copy)
		return;
	memcpy(copy, raw.p, raw.n);
	mask(copy, raw.n);
	for (i = 0; i < raw.n; i++)
		fprintf(f, "%02X", copy[i]);
	free(copy);
}

static void
line(void *self, const char *kind, const char *what, struct bytes raw)
{
	struct hook *h = self;
	bool text = strncmp(kind, "http", 4) == 0;

	if (h->capture) {
		capture_line(h->capture, kind, what);
		return;
	}
	pthread_mutex_lock(&h->t->lock);
	fprintf(h->t->f, "%s%s%-5s %s", h->who, h->who[0] ? " " : "", kind, what);
	if (raw.n) {
		fputc(' ', h->t->f);
		if (text)
			fprintf(h->t->f, "%.*s", (int)raw.n, (const char *)raw.p);
		else
			write_octets(h->t->f, raw);
	}
	fputc('\n', h->t->f);
	pthread_mutex_unlock(&h->t->lock);
}

struct lpa_trace
trace_hook(struct trace *t, const char *who)
{
	struct hook *h;

	if (!t || t->n == HOOKS)
		return (struct lpa_trace){NULL, NULL};
	h = &t->hook[t->n++];
	h->t = t;
	snprintf(h->who, sizeof(h->who), "%s", who ? who : "");
	h->capture = t->capture ? capture_new(t->capture, h->who) : NULL;
	return (struct lpa_trace){h, line};
}

struct apdu_port *
trace_card(const struct lpa_trace *hook, struct apdu_port *card)
{
	struct hook *h = hook->self;

	return h && h->capture ? capture_port(h->capture, card) : card;
}

void
trace_note(struct trace *t, const char *who, const char *text)
{
	if (!t || !t->f)
		return;
	pthread_mutex_lock(&t->lock);
	fprintf(t->f, "%s note  %s\n", who, text);
	pthread_mutex_unlock(&t->lock);
}

void
trace_close(struct trace *t)
{
	unsigned i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		capture_free(t->hook[i].capture);
	capture_close(t->capture);
	if (t->f && t->f != stdout)
		fclose(t->f);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
