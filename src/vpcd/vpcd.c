// SPDX-License-Identifier: BSD-2-Clause
#include "vpcd/frame.h"

#include <unistd.h>

#include "base/time.h"

enum rsp_status
vpcd_serve(struct rsp_ctx *c, const char *where, const struct vpcd_card *card, unsigned wait_ms, atomic_bool *stop, void (*connected)(void *self))
{
	struct frame_link link = {.fd = -1, .listener = -1, .stop = stop};
	uint64_t end = time_monotonic_us() + (uint64_t)wait_ms * 1000;
	const char *port;
	char host[256];

	if (!frame_address(c, where, host, &port))
		return RSP_MALFORMED;
	while ((link.fd = frame_connect(host, port)) < 0 && !atomic_load(stop) && time_monotonic_us() < end)
		usleep(50000);
	if (link.fd < 0)
		return atomic_load(stop) ? RSP_OK : rsp_fail(c, RSP_IO, "vpcd: nobody listens on %s (is pcscd with the vpcd driver running?)", where);
	if (connected)
		connected(card->self);
	frame_serve(&link, c, card);
	close(link.fd);
	return atomic_load(stop) ? RSP_OK : rsp_fail(c, RSP_IO, "vpcd: the reader at %s has gone", where);
}
