// SPDX-License-Identifier: BSD-2-Clause
#include "service/admin.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/time.h"

static void
text_reply(struct rsp_ctx *c, struct http_reply *r, unsigned status, const char *fmt, const char *what)
{
	char *text = rsp_sprintf(c, fmt, what);

	r->status = status;
	r->content_type = "text/plain; charset=utf-8";
	r->body = text ? bytes_of_str(text) : bytes_of("", 0);
}

static void
healthz(struct server *s, struct rsp_ctx *c, struct http_reply *r)
{
	if (s->part->ping(s->part->self, c) == RSP_OK)
		text_reply(c, r, 200, "%s\n", "ok");
	else
		text_reply(c, r, 503, "%s\n", c->error.text);
}

/* ---- metrics ---- */

static long
resident_kb(void)
{
	long pages = 0, ignored;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &ignored, &pages) != 2)
		pages = 0;
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
listener_metrics(struct buf *b, const char *name, const struct http_server *h)
{
	struct http_stats n;

	if (!h)
		return;
	http_server_stats(h, &n);
	buf_printf(b, "esimlab_http_connections{listener=\"%s\"} %u\nesimlab_http_queued{listener=\"%s\"} %u\n", name, n.connections, name, n.queued);
	buf_printf(b, "esimlab_http_accepted_total{listener=\"%s\"} %llu\nesimlab_http_requests_total{listener=\"%s\"} %llu\n", name,
		(unsigned long long)n.accepted, name, (unsigned long long)n.requests);
	buf_printf(b, "esimlab_http_refused_total{listener=\"%s\",status=\"503\"} %llu\nesimlab_http_refused_total{listener=\"%s\",status=\"400\"} %llu\n", name,
		(unsigned long long)n.refused_503, name, (unsigned long long)n.bad_400);
	buf_printf(b, "esimlab_http_refused_total{listener=\"%s\",status=\"413\"} %llu\nesimlab_http_refused_total{listener=\"%s\",status=\"408\"} %llu\n", name,
		(unsigned long long)n.too_large_413, name, (unsigned long long)n.timeouts_408);
	buf_printf(b, "esimlab_http_tls_failures_total{listener=\"%s\"} %llu\n", name, (unsigned long long)n.tls_failures);
}

static void
metrics(struct server *s, struct rsp_ctx *c, struct http_reply *r)
{
	struct buf b = BUF_INIT;
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	journal_metrics(s->journal, &b);
	buf_str(&b, "# HELP esimlab_http_connections Open connections.\n# TYPE esimlab_http_connections gauge\n# TYPE esimlab_http_queued gauge\n"
		"# TYPE esimlab_http_accepted_total counter\n# TYPE esimlab_http_requests_total counter\n"
		"# HELP esimlab_http_refused_total Requests that were answered below the protocol.\n# TYPE esimlab_http_refused_total counter\n"
		"# TYPE esimlab_http_tls_failures_total counter\n");
	listener_metrics(&b, "open", s->open);
	listener_metrics(&b, "mutual", s->mutual);
	if (s->part->metrics)
		s->part->metrics(s->part->self, &b);
	buf_printf(&b, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.3f\n",
		(double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
	buf_printf(&b, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %ld\n", resident_kb() * 1024);
	buf_printf(&b, "# TYPE esimlab_uptime_seconds gauge\nesimlab_uptime_seconds %.1f\n", (double)(time_monotonic_us() - s->began) / 1e6);
	r->status = 200;
	r->content_type = "text/plain; version=0.0.4";
	if (buf_finish(&b, c, &r->body) != RSP_OK)
		r->status = 500;
}

/* ---- pages in JSON ---- */

/* The steps of one session, after what the role says of it. */
static void
steps_json(struct server *s, struct rsp_ctx *c, const char *path, struct json_out *j)
{
	struct bytes id;

	if (strcmp(path, "/calls") == 0)
		journal_json(s->journal, j, "calls", BYTES_NONE);
	else if (strncmp(path, "/sessions/", 10) == 0 && hex_read(c, bytes_of_str(path + 10), &id) == RSP_OK)
		journal_json(s->journal, j, "calls", id);
}

static void
page(struct server *s, struct rsp_ctx *c, const char *path, struct http_reply *r)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	bool known = strcmp(path, "/calls") == 0;

	json_object(&j, NULL);
	if (!known && s->part->page)
		known = s->part->page(s->part->self, c, path, &j);
	if (known)
		steps_json(s, c, path, &j);
	json_object_end(&j);
	buf_u8(&b, '\n');
	if (!known) {
		buf_free(&b);
		text_reply(c, r, 404, "%s: no such page; there are /healthz /metrics /calls /sessions /sessions/ID /settings\n", path);
		return;
	}
	r->status = 200;
	r->content_type = "application/json";
	if (buf_finish(&b, c, &r->body) != RSP_OK)
		r->status = 500;
}

/* NAME=VALUE a line; the first that cannot be ends it, and says so. */
static void
settings(struct server *s, struct rsp_ctx *c, struct bytes body, struct http_reply *r)
{
	char *text = rsp_sprintf(c, "%.*s", (int)body.n, (const char *)body.p), *line, *rest = text, *value;

	while (text && (line = strtok_r(rest, "\r\n", &rest))) {
		value = strchr(line, '=');
		if (value)
			*value++ = '\0';
		if (!value || !s->part->set) {
			text_reply(c, r, 400, "%s: want NAME=VALUE\n", line);
			return;
		}
		if (s->part->set(s->part->self, c, line, value) != RSP_OK) {
			text_reply(c, r, 400, "%s\n", rsp_strdup(c, c->error.text));
			return;
		}
	}
	page(s, c, "/settings", r);
}

void
admin_handler(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct server *s = arg;

	/* A browser's page of another origin has nothing to do here. */
	if (http_header(req, "Origin").p) {
		text_reply(c, reply, 403, "%s: not from a page\n", req->path);
	} else if (strcmp(req->method, "POST") == 0 && strcmp(req->path, "/settings") == 0) {
		settings(s, c, req->body, reply);
	} else if (strcmp(req->method, "GET") != 0) {
		text_reply(c, reply, 405, "%s: GET, or POST /settings\n", req->path);
	} else if (strcmp(req->path, "/healthz") == 0) {
		healthz(s, c, reply);
	} else if (strcmp(req->path, "/metrics") == 0) {
		metrics(s, c, reply);
	} else {
		page(s, c, req->path, reply);
	}
}
