// SPDX-License-Identifier: BSD-2-Clause
/*
 * The card's memory that lasts, as the card sees it: named values, changed in transactions. Changes are seen by get at once and become
 * durable together at commit; abort, a crash or a power cut before the commit leaves none of them.
 * Keys are short octet strings; the card uses readable ones: "eid", "n/00000007", "p/01/f/7FD06F07".
 */
#ifndef UICC_NVM_H
#define UICC_NVM_H

#include <esimlab/rsp.h>

#define NVM_KEY_MAX 64
#define NVM_VALUE_MAX (1u << 20)

struct nvm {
	void *self;
	/* *value points into memory that stays valid until the next put, del, commit or abort. False: no such key. */
	bool (*get)(void *self, struct bytes key, struct bytes *value);
	RSP_MUST_USE enum rsp_status (*put)(void *self, struct rsp_ctx *c, struct bytes key, struct bytes value);
	RSP_MUST_USE enum rsp_status (*del)(void *self, struct rsp_ctx *c, struct bytes key);   /* OK when there is none */
	/* Keys with this prefix in ascending order; fn returns false to stop. fn must not change the memory. */
	void (*each)(void *self, struct bytes prefix, bool (*fn)(void *arg, struct bytes key, struct bytes value), void *arg);
	/* Durable when it returns OK (IO otherwise: the changes are dropped). No changes: nothing is written. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c);
	void (*abort)(void *self);
	size_t (*used)(void *self);      /* octets of live keys and values */
};

#endif
