// SPDX-License-Identifier: BSD-2-Clause
/*
 * Captures that Wireshark opens: pcapng with one packet an exchange, GSMTAP (UDP port 4729) over a made-up IP, a comment where there is
 * something to say. Nothing of the network: the packets exist in the file only.
 */
#ifndef TRACE_PCAPNG_H
#define TRACE_PCAPNG_H

#include <esimlab/rsp.h>

struct pcapng;

/* A new file with its header. IO when it cannot be written. */
RSP_MUST_USE enum rsp_status pcapng_open(struct rsp_ctx *c, const char *path, struct pcapng **out);
/* Command, response and status word as one packet at `us` microseconds since 1970; comment may be NULL. What cannot be written is left out, and close says so. */
void pcapng_apdu(struct pcapng *p, uint64_t us, struct bytes command, struct bytes response, const char *comment);
/* IO: something was not written. NULL is fine. */
RSP_MUST_USE enum rsp_status pcapng_close(struct rsp_ctx *c, struct pcapng *p);

#endif
