// SPDX-License-Identifier: BSD-2-Clause
/* The virtual reader's messages over a connection of one's own, both sides. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vpcd/frame.h"

/* ---- the card listens ---- */

static int
listen_on(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list = NULL, *a;
	const int on = 1;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 8) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		return 0;
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port : ((struct sockaddr_in *)(void *)&a)->sin_port);
}

static int
next_terminal(int listener, atomic_bool *stop)
{
	const int on = 1;
	int fd = -1;

	while (fd < 0 && !atomic_load(stop)) {
		struct pollfd wait = {.fd = listener, .events = POLLIN};

		if (poll(&wait, 1, 200) > 0)
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

enum rsp_status
tcp_serve(struct rsp_ctx *c, const char *where, const struct vpcd_card *card, atomic_bool *stop, void (*listening)(void *self, unsigned port))
{
	struct frame_link link = {.stop = stop};
	const char *port;
	char host[256];

	if (!frame_address(c, where, host, &port))
		return RSP_MALFORMED;
	link.listener = listen_on(host, port);
	if (link.listener < 0)
		return rsp_fail(c, RSP_IO, "cannot listen on %s: %s", where, strerror(errno));
	if (listening)
		listening(card->self, port_of(link.listener));
	while ((link.fd = next_terminal(link.listener, stop)) >= 0) {
		frame_serve(&link, c, card);
		close(link.fd);
	}
	close(link.listener);
	return RSP_OK;
}

/* ---- the terminal connects ---- */

struct tcp_card { struct frame_link link; struct apdu_port port; char where[256]; };

static enum rsp_status
gone(struct tcp_card *t, struct rsp_ctx *c)
{
	return rsp_fail(c, RSP_IO, "the card at %s has gone, or another terminal has it", t->where);
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct tcp_card *t = self;
	uint8_t head[2], *p;
	size_t n;

	if (command.n < 2)
		return rsp_fail(c, RSP_MALFORMED, "a command of %zu octets cannot be sent", command.n);
	if (!frame_deliver(t->link.fd, command) || !frame_receive(&t->link, head, 2))
		return gone(t, c);
	n = (size_t)head[0] << 8 | head[1];
	if (!(p = rsp_alloc(c, n + 1)))
		return RSP_NOMEM;
	if (!frame_receive(&t->link, p, n))
		return gone(t, c);
	*response = bytes_of(p, n);
	return RSP_OK;
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	static const uint8_t control[] = {RESET};
	struct tcp_card *t = self;

	return frame_deliver(t->link.fd, BYTES_OF(control)) ? RSP_OK : gone(t, c);
}

enum rsp_status
tcp_card_open(struct rsp_ctx *c, const char *where, struct tcp_card **out)
{
	struct tcp_card *t;
	const char *port;
	char host[256];

	if (!frame_address(c, where, host, &port))
		return RSP_MALFORMED;
	if (!(t = calloc(1, sizeof(*t))))
		return rsp_fail(c, RSP_NOMEM, "no memory for a card");
	memcpy(t->where, where, strlen(where) < sizeof(t->where) ? strlen(where) : sizeof(t->where) - 1);
	t->link = (struct frame_link){.fd = frame_connect(host, port), .listener = -1};
	t->port = (struct apdu_port){.self = t, .transmit = transmit, .reset = reset};
	if (t->link.fd < 0) {
		free(t);
		return rsp_fail(c, RSP_IO, "nobody listens on %s (esimlab euicc serve --tcp)", where);
	}
	*out = t;
	return reset(t, c);
}

struct apdu_port *
tcp_card_port(struct tcp_card *t)
{
	return &t->port;
}

void
tcp_card_close(struct tcp_card *t)
{
	if (!t)
		return;
	close(t->link.fd);
	free(t);
}
