// SPDX-License-Identifier: BSD-2-Clause
/* Messages both ways: two octets of length, big-endian, then the message. One octet alone is a control; only "give the ATR" and commands are answered. */
#include "vpcd/vpcd.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, GIVE_ATR = 4 };

static int
connect_once(const char *host, const char *port)
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

/* The reader sends length and body apart: without a quick acknowledgement, asked for each time, every command would take 40 ms. */
static bool
receive(int fd, uint8_t *p, size_t n, atomic_bool *stop)
{
	const int on = 1;

	while (n) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (atomic_load(stop))
			return false;
		if (poll(&wait, 1, 200) <= 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
		got = recv(fd, p, n, 0);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
deliver(int fd, struct bytes message)
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
			return deliver(fd, card->atr);
		if (message.p[0] == POWER_OFF || message.p[0] == POWER_ON || message.p[0] == RESET)
			card->reset(card->self);
		return true;
	}
	if (card->transmit(card->self, c, message, &response) != RSP_OK)
		response = BYTES_OF(broken);
	return deliver(fd, response);
}

static void
serve(int fd, struct rsp_ctx *c, const struct vpcd_card *card, atomic_bool *stop)
{
	uint8_t head[2], message[65536];

	while (receive(fd, head, 2, stop)) {
		size_t n = (size_t)head[0] << 8 | head[1];

		if (!n)
			continue;
		if (!receive(fd, message, n, stop) || !answer(fd, c, card, bytes_of(message, n)))
			return;
		rsp_ctx_reset(c);
	}
}

enum rsp_status
vpcd_serve(struct rsp_ctx *c, const char *where, const struct vpcd_card *card, unsigned wait_ms, atomic_bool *stop, void (*connected)(void *self))
{
	const char *colon = strrchr(where, ':');
	char host[256];
	uint64_t end = time_monotonic_us() + (uint64_t)wait_ms * 1000;
	int fd = -1;

	if (!colon || colon == where || !colon[1] || (size_t)(colon - where) >= sizeof(host))
		return rsp_fail(c, RSP_MALFORMED, "vpcd: want HOST:PORT, have '%s'", where);
	memcpy(host, where, (size_t)(colon - where));
	host[colon - where] = '\0';
	while ((fd = connect_once(host, colon + 1)) < 0 && !atomic_load(stop) && time_monotonic_us() < end)
		usleep(50000);
	if (fd < 0)
		return atomic_load(stop) ? RSP_OK : rsp_fail(c, RSP_IO, "vpcd: nobody listens on %s (is pcscd with the vpcd driver running?)", where);
	if (connected)
		connected(card->self);
	serve(fd, c, card, stop);
	close(fd);
	return atomic_load(stop) ? RSP_OK : rsp_fail(c, RSP_IO, "vpcd: the reader at %s has gone", where);
}
