// SPDX-License-Identifier: BSD-2-Clause
/* A profile package straight into a card: the same metadata checks, elements and room as in a download; no session, no result for a server. */
#include "codec/reasons.h"
#include "euicc/load.h"

/* The header is the first element, and alone knows the ICCID. */
static enum rsp_status
read_iccid(struct rsp_ctx *c, struct bytes package, uint8_t iccid[10])
{
	struct profile_reader *r = NULL;
	struct pe_status failed;
	struct tlv header;
	enum rsp_status st;

	if (tlv_next(&package, &header) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "this is no profile package: want a profile header (A0) first");
	if ((st = profile_reader_new(&r)) != RSP_OK)
		return rsp_fail(c, st, "no memory for a profile");
	st = profile_reader_add(r, c, header.whole, &failed);
	if (st == RSP_OK)
		memcpy(iccid, profile_reader_result(r)->iccid, 10);
	profile_reader_free(r);
	return st;
}

static enum rsp_status
begin(struct rsp_ctx *c, struct load_call *l, const struct euicc_direct *d)
{
	const char *name = d->name ? d->name : "Installed directly", *provider = d->provider ? d->provider : "esimlab";
	const struct store_metadata m = {.iccid = BYTES_OF(l->direct->iccid), .provider = bytes_of_str(provider), .name = bytes_of_str(name), .icon_type = -1,
		.profile_class = d->profile_class};

	l->command = 5;
	l->reason = 12;
	if (read_iccid(c, d->package, l->direct->iccid) != RSP_OK)
		return c->error.status;
	l->command = 2;
	l->reason = 127;
	if (d->metadata.p)
		buf_add(&l->e->load.metadata, d->metadata);
	else
		es8p_write_store_metadata(&l->e->load.metadata, &m);
	buf_add(&l->e->load.elements, d->package);
	return l->e->load.metadata.bad || l->e->load.elements.bad ? rsp_fail(c, RSP_NOMEM, "no memory for a profile") : metadata_check(c, l);
}

static enum rsp_status
name_it(struct rsp_ctx *c, const struct load_call *l, enum rsp_status st)
{
	const char *word = es10_error_name("LoadBoundProfilePackage", l->reason), *why = rsp_strdup(c, c->error.text);

	l->direct->command = l->command;
	l->direct->reason = l->reason;
	return rsp_fail(c, st, "%s (%d): %s", word ? word : "error", l->reason, why ? why : "");
}

enum rsp_status
euicc_install(struct euicc *e, struct rsp_ctx *c, const struct euicc_direct *d, struct euicc_installed *out)
{
	struct load_call l = {.e = e, .direct = out};
	enum rsp_status st;

	*out = (struct euicc_installed){0};
	session_end(e);
	st = begin(c, &l, d);
	if (st == RSP_OK) {
		l.command = 5;
		l.reason = 127;
		st = elements_take(c, &l);
	}
	if (st == RSP_OK)
		st = e->nvm->commit(e->nvm->self, c);
	else
		e->nvm->abort(e->nvm->self);
	load_end(e);
	return st == RSP_OK || st == RSP_NOMEM || st == RSP_IO ? st : name_it(c, &l, st);
}
