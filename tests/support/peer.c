// SPDX-License-Identifier: BSD-2-Clause
#include "support/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void
nap_ms(unsigned ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

static void
echo(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct served *s = arg;
	char *text;

	atomic_fetch_add(&s->handled, 1);
	*reply = (struct http_reply){.status = 200, .content_type = "text/plain"};
	if (strcmp(req->path, "/slow") == 0)
		nap_ms(300);
	if (strcmp(req->path, "/wait") == 0) {
		atomic_fetch_add(&s->waiting, 1);
		while (!atomic_load(&s->gate))
			nap_ms(2);
	}
	if (strcmp(req->path, "/big") == 0) {
		reply->body = bytes_of(rsp_alloc(c, 8 << 20), 8 << 20);
		return;
	}
	if (strcmp(req->path, "/header") == 0) {
		reply->body = rsp_copy(c, http_header(req, "X-Test"));
		return;
	}
	text = strcmp(req->path, "/who") == 0 ? rsp_sprintf(c, "who %zu", req->client_cert.n) :
		rsp_sprintf(c, "%s %s %.*s", req->method, req->path, (int)req->body.n, (const char *)req->body.p);
	reply->body = bytes_of_str(text);
}

void
serve(struct served *s, const struct http_server_options *o, bool tls)
{
	sigset_t pipe_only;

	memset(s, 0, sizeof(*s));
	s->o = *o;
	assert_status(crypto_new(&s->crypto, BYTES_NONE, "http"), RSP_OK);
	assert_status(rsp_ctx_init(&s->c, s->crypto, TEST_NOW), RSP_OK);
	if (tls) {
		assert_status(pki_make_memory(&s->c, &(struct pki_make_options){.nist = true}, &s->pki), RSP_OK);
		s->o.identity = s->o.identity ? s->o.identity : &s->pki->branch[0].dptls;
		s->o.fixed_now = TEST_NOW;
		s->tls = SSL_CTX_new(TLS_client_method());
		SSL_CTX_set_mode(s->tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
	}
	s->o.listen = "127.0.0.1:0";
	s->o.handler = echo;
	s->o.arg = s;
	s->o.crypto = s->crypto;
	if (http_server_start(&s->c, &s->o, &s->server) != RSP_OK)
		fail_msg("%s", s->c.error.text);
	/* This thread's own: the server's must look after themselves. */
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
}

void
unserve(struct served *s)
{
	atomic_store(&s->gate, true);
	http_server_stop(s->server, 1000);
	SSL_CTX_free(s->tls);
	pki_free(s->pki);
	rsp_ctx_free(&s->c);
	crypto_free(s->crypto);
}

struct http_stats
served_stats(const struct served *s)
{
	struct http_stats stats;

	http_server_stats(s->server, &stats);
	return stats;
}

static int
dial_port(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&a, sizeof(a)), 0);
	return fd;
}

int
dial(const struct served *s)
{
	return dial_port(http_server_port(s->server));
}

struct peer
peer_dial(unsigned port, SSL_CTX *tls)
{
	struct peer p = {dial_port(port), tls ? SSL_new(tls) : NULL};

	if (p.ssl) {
		SSL_set_fd(p.ssl, p.fd);
		assert_int_equal(SSL_connect(p.ssl), 1);
	}
	assert_int_equal(fcntl(p.fd, F_SETFL, O_NONBLOCK), 0);
	return p;
}

struct peer
peer_open(const struct served *s)
{
	return peer_dial(http_server_port(s->server), s->tls);
}

void
peer_close(struct peer *p)
{
	SSL_free(p->ssl);
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct peer){-1, NULL};
}

static int
outcome(const struct peer *p, ssize_t n)
{
	if (n > 0)
		return (int)n;
	if (p->ssl) {
		int e = SSL_get_error(p->ssl, (int)n);

		return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

int
peer_write(struct peer *p, const void *octets, size_t n)
{
	return outcome(p, p->ssl ? SSL_write(p->ssl, octets, (int)n) : send(p->fd, octets, n, MSG_NOSIGNAL));
}

int
peer_read(struct peer *p, void *octets, size_t n)
{
	return outcome(p, p->ssl ? SSL_read(p->ssl, octets, (int)n) : read(p->fd, octets, n));
}

void
peer_say(struct peer *p, const char *text)
{
	size_t n = strlen(text), done = 0;
	int k = 0;

	while (done < n && (k = peer_write(p, text + done, n - done)) >= 0) {
		struct pollfd ready = {.fd = p->fd, .events = POLLOUT};

		done += (size_t)k;
		if (k == 0)
			poll(&ready, 1, 1000);
	}
}

char *
peer_hear(struct rsp_ctx *c, struct peer *p, int ms, bool *closed)
{
	char *text = rsp_alloc(c, 8192);
	size_t n = 0;
	int k;

	*closed = false;
	while (n < 8191 && !*closed) {
		struct pollfd ready = {.fd = p->fd, .events = POLLIN};

		k = peer_read(p, text + n, 8191 - n);
		if (k > 0)
			n += (size_t)k;
		else if (k < 0)
			*closed = true;
		else if (poll(&ready, 1, ms) <= 0)
			break;
	}
	text[n] = '\0';
	return text;
}

char *
ask(struct rsp_ctx *c, const struct served *s, const char *request, int ms, bool *closed)
{
	struct peer p = peer_open(s);
	char *text;

	peer_say(&p, request);
	text = peer_hear(c, &p, ms, closed);
	peer_close(&p);
	return text;
}
