// SPDX-License-Identifier: BSD-2-Clause
#include "pcsc/pcsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <winscard.h>

#define ANSWER_MAX 65538

struct pcsc {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;
	char name[128];
	struct apdu_port port;
};

static enum rsp_status
fail(struct rsp_ctx *c, LONG rc, const char *what)
{
	if (rc == SCARD_W_REMOVED_CARD || rc == SCARD_E_NO_SMARTCARD || rc == SCARD_E_READER_UNAVAILABLE)
		return rsp_fail(c, RSP_IO, "%s: the card was taken out, or the reader has gone", what);
	if (rc == SCARD_E_NO_SERVICE || rc == SCARD_E_SERVICE_STOPPED)
		return rsp_fail(c, RSP_IO, "%s: no PC/SC daemon is running (pcscd)", what);
	if (rc == SCARD_E_SHARING_VIOLATION)
		return rsp_fail(c, RSP_IO, "%s: another program holds the card", what);
	return rsp_fail(c, RSP_IO, "%s: %s", what, pcsc_stringify_error(rc));
}

static enum rsp_status
list(struct rsp_ctx *c, SCARDCONTEXT context, struct pcsc_readers *out)
{
	char names[4096], *name;
	DWORD n = sizeof(names);
	struct pcsc_readers v = {.p = rsp_alloc(c, 32 * sizeof(*v.p))};
	LONG rc = SCardListReaders(context, NULL, names, &n);

	if (!v.p)
		return RSP_NOMEM;
	if (rc == SCARD_E_NO_READERS_AVAILABLE) {
		*out = v;
		return RSP_OK;
	}
	if (rc != SCARD_S_SUCCESS)
		return fail(c, rc, "readers");
	for (name = names; *name && v.n < 32; name += strlen(name) + 1) {
		struct pcsc_reader *r = &v.p[v.n++];
		SCARD_READERSTATE state = {.szReader = name};

		snprintf(r->name, sizeof(r->name), "%.127s", name);
		if (SCardGetStatusChange(context, 0, &state, 1) != SCARD_S_SUCCESS)
			continue;
		r->card = state.dwEventState & SCARD_STATE_PRESENT;
		r->in_use = state.dwEventState & SCARD_STATE_EXCLUSIVE;
		r->atr = rsp_copy(c, bytes_of(state.rgbAtr, state.cbAtr));
	}
	*out = v;
	return RSP_OK;
}

enum rsp_status
pcsc_list(struct rsp_ctx *c, struct pcsc_readers *out)
{
	SCARDCONTEXT context;
	LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
	enum rsp_status st;

	if (rc != SCARD_S_SUCCESS)
		return fail(c, rc, "readers");
	st = list(c, context, out);
	SCardReleaseContext(context);
	return st;
}

static bool
fits(const struct pcsc_reader *r, size_t i, const char *wanted)
{
	char *end;
	unsigned long number;

	if (!wanted)
		return r->card && !r->in_use;
	number = strtoul(wanted, &end, 10);
	if (*wanted && !*end)
		return number == i;
	return strstr(r->name, wanted) != NULL;
}

/* "Virtual PCD" may name two readers of one driver: the one with a card is meant, if only one has one. */
static enum rsp_status
choose(struct rsp_ctx *c, const struct pcsc_readers *all, const char *wanted, const struct pcsc_reader **out)
{
	const struct pcsc_reader *hit = NULL, *with_card = NULL;
	unsigned hits = 0, cards = 0;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (!fits(&all->p[i], i, wanted))
			continue;
		hit = &all->p[i];
		hits++;
		if (hit->card) {
			with_card = hit;
			cards++;
		}
	}
	if (cards == 1)
		hit = with_card;
	else if (hits == 0)
		return rsp_fail(c, RSP_REFUSED, wanted ? "no reader is called '%s' (esimlab lpa readers lists them)" : "no reader has a card that is free%s",
			wanted ? wanted : "");
	else if (hits > 1)
		return rsp_fail(c, RSP_REFUSED, "%u readers fit: choose one with -r (esimlab lpa readers lists them)", hits);
	*out = hit;
	return RSP_OK;
}

static LONG
connect_card(struct pcsc *p)
{
	return SCardConnect(p->context, p->name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card, &p->protocol);
}

/* Somebody reset the card (a REFRESH does it too): connect again; the caller's channel is gone, which its next command says. */
static bool
reconnected(struct pcsc *p, LONG rc)
{
	return rc == SCARD_W_RESET_CARD &&
		SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &p->protocol) == SCARD_S_SUCCESS;
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct pcsc *p = self;
	uint8_t *answer = rsp_alloc(c, ANSWER_MAX);
	DWORD n = ANSWER_MAX;
	LONG rc;

	if (!answer)
		return RSP_NOMEM;
	rc = SCardTransmit(p->card, p->protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0, command.p, command.n, NULL, answer, &n);
	if (reconnected(p, rc)) {
		n = ANSWER_MAX;
		rc = SCardTransmit(p->card, p->protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0, command.p, command.n, NULL, answer, &n);
	}
	if (rc != SCARD_S_SUCCESS)
		return fail(c, rc, p->name);
	*response = bytes_of(answer, n);
	return RSP_OK;
}

static enum rsp_status
begin(void *self, struct rsp_ctx *c)
{
	struct pcsc *p = self;
	LONG rc = SCardBeginTransaction(p->card);

	if (reconnected(p, rc))
		rc = SCardBeginTransaction(p->card);
	return rc == SCARD_S_SUCCESS ? RSP_OK : fail(c, rc, p->name);
}

static void
end(void *self)
{
	SCardEndTransaction(((struct pcsc *)self)->card, SCARD_LEAVE_CARD);
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	struct pcsc *p = self;
	LONG rc = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_UNPOWER_CARD, &p->protocol);

	return rc == SCARD_S_SUCCESS ? RSP_OK : fail(c, rc, p->name);
}

enum rsp_status
pcsc_open(struct rsp_ctx *c, const char *reader, struct pcsc **out)
{
	struct pcsc *p = calloc(1, sizeof(*p));
	const struct pcsc_reader *chosen = NULL;
	struct pcsc_readers all;
	LONG rc;
	enum rsp_status st;

	if (!p)
		return rsp_fail(c, RSP_NOMEM, "no memory for a reader");
	rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
	if (rc != SCARD_S_SUCCESS) {
		free(p);
		return fail(c, rc, "readers");
	}
	st = list(c, p->context, &all);
	if (st == RSP_OK)
		st = choose(c, &all, reader, &chosen);
	if (st == RSP_OK) {
		snprintf(p->name, sizeof(p->name), "%s", chosen->name);
		rc = connect_card(p);
		st = rc == SCARD_S_SUCCESS ? RSP_OK : fail(c, rc, p->name);
	}
	if (st != RSP_OK) {
		SCardReleaseContext(p->context);
		free(p);
		return st;
	}
	p->port = (struct apdu_port){p, transmit, begin, end, reset};
	*out = p;
	return RSP_OK;
}

struct apdu_port *
pcsc_port(struct pcsc *p)
{
	return &p->port;
}

const char *
pcsc_name(const struct pcsc *p)
{
	return p->name;
}

void
pcsc_close(struct pcsc *p)
{
	if (!p)
		return;
	SCardDisconnect(p->card, SCARD_LEAVE_CARD);
	SCardReleaseContext(p->context);
	free(p);
}
