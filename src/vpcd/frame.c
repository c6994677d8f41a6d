// SPDX-License-Identifier: BSD-2-Clause
/* Messages both ways: two octets of length, big-endian, then the message. One octet alone is a control; only "give the ATR" and commands are answered. */
#include "vpcd/frame.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int
frame_connect(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL, *a;
	const int on = 1;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* One terminal a card: whoever comes second finds the connection closed. */
static void
turn_away(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

/* The reader sends length and body apart: without a quick acknowledgement, asked for each time, every command would take 40 ms. */
bool
frame_receive(const struct frame_link *l, uint8_t *p, size_t n)
{
	const int on = 1;

	while (n) {
		struct pollfd wait[2] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->listener, .events = POLLIN}};
		ssize_t got;

		if (l->stop && atomic_load(l->stop))
			return false;
		if (poll(wait, l->listener >= 0 ? 2 : 1, 200) <= 0)
			continue;
		if (l->listener >= 0 && wait[1].revents)
			turn_away(l->listener);
		if (!wait[0].revents)
			continue;
		setsockopt(l->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
		got = recv(l->fd, p, n, 0);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool
frame_deliver(int fd, struct bytes message)
{
	uint8_t frame[2 + 65536];
	size_t at = 0, n = message.n + 2;

	if (message.n > 65535)
		return false;
	frame[0] = (uint8_t)(message.n >> 8);
	frame[1] = (uint8_t)message.n;
	memcpy(frame + 2, message.p, message.n);
	while (at < n) {
		ssize_t put = send(fd, frame + at, n - at, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += (size_t)put;
	}
	return true;
}

static bool
answer(int fd, struct rsp_ctx *c, const struct vpcd_card *card, struct bytes message)
{
	static const uint8_t broken[] = {0x6F, 0x00};
	struct bytes response;

	if (message.n == 1) {
		if (message.p[0] == GIVE_ATR)
			return frame_deliver(fd, card->atr);
		if (message.p[0] == POWER_OFF || message.p[0] == POWER_ON || message.p[0] == RESET)
			card->reset(card->self);
		return true;
	}
	if (card->transmit(card->self, c, message, &response) != RSP_OK)
		response = BYTES_OF(broken);
	return frame_deliver(fd, response);
}

/* A command that has not come whole is not run; whoever leaves, leaves a card without power. */
void
frame_serve(const struct frame_link *l, struct rsp_ctx *c, const struct vpcd_card *card)
{
	uint8_t head[2], message[65536];
	bool good = true;

	while (good && frame_receive(l, head, 2)) {
		size_t n = (size_t)head[0] << 8 | head[1];

		if (!n)
			continue;
		good = frame_receive(l, message, n) && answer(l->fd, c, card, bytes_of(message, n));
		rsp_ctx_reset(c);
	}
	card->reset(card->self);
}

bool
frame_address(struct rsp_ctx *c, const char *where, char host[256], const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t n = colon ? (size_t)(colon - where) : 0;

	if (!n || !colon[1] || n >= 256) {
		(void)rsp_fail(c, RSP_MALFORMED, "want HOST:PORT, have '%s'", where);
		return false;
	}
	memcpy(host, where, n);
	host[n] = '\0';
	*port = colon + 1;
	return true;
}
