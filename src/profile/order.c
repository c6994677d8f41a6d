// SPDX-License-Identifier: BSD-2-Clause
/* Which element may come when (package format 8.1.3), and what must be true at the end. */
#include "profile/impl.h"

#define BIT(kind) (1ull << (kind))
#define USIMS (BIT(PE_USIM) | BIT(PE_IOT) | BIT(PE_GFM))
#define ISIMS (BIT(PE_ISIM) | BIT(PE_GFM))
#define CSIMS (BIT(PE_CSIM) | BIT(PE_GFM))
#define NAAS (BIT(PE_USIM) | BIT(PE_ISIM) | BIT(PE_CSIM) | BIT(PE_IOT) | BIT(PE_GFM))

enum often { ANY, ONCE, ONCE_PER_NAA };

/* below: kinds of element that made the last ADF, one of which must be there. */
static const struct { enum pe_kind kind; uint64_t below; enum often often; } rules[] = {
	{PE_MF, 0, ONCE}, {PE_PUK, 0, ONCE}, {PE_CD, 0, ONCE}, {PE_TELECOM, 0, ONCE}, {PE_IOT, 0, ONCE}, {PE_END, 0, ONCE},
	{PE_OPT_USIM, BIT(PE_USIM) | BIT(PE_GFM), ONCE_PER_NAA}, {PE_PHONEBOOK, USIMS, ONCE_PER_NAA}, {PE_GSM_ACCESS, USIMS, ONCE_PER_NAA},
	{PE_DF_5GS, USIMS, ONCE_PER_NAA}, {PE_DF_SAIP, USIMS, ONCE_PER_NAA}, {PE_DF_SNPN, USIMS, ONCE_PER_NAA}, {PE_5GPROSE, USIMS, ONCE_PER_NAA},
	{PE_OPT_IOT, BIT(PE_IOT), ONCE_PER_NAA}, {PE_OPT_ISIM, ISIMS, ONCE_PER_NAA}, {PE_OPT_CSIM, CSIMS, ONCE_PER_NAA}, {PE_EAP, NAAS, ANY},
	{PE_AKA, NAAS, ONCE_PER_NAA}, {PE_CDMA, CSIMS, ONCE_PER_NAA},
};

static bool
came_before(const struct profile_reader *r, enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < r->pe; i++)
		if (r->p.element[i].kind == kind && r->p.element[i].status.status == PE_OK)
			return true;
	return false;
}

static enum rsp_status
by_rule(struct profile_reader *r, enum pe_kind kind, uint64_t below, enum often often)
{
	if (often == ONCE && came_before(r, kind))
		return pe_fail(r, PE_PARAMETER, "%s comes twice", pe_kind_name(kind));
	if (below && (!r->s.naa.depth || !(BIT(r->s.naa_kind) & below)))
		return pe_fail(r, PE_PARAMETER, "%s without the application it belongs to before it", pe_kind_name(kind));
	if (often == ONCE_PER_NAA && r->s.naa_has & BIT(kind))
		return pe_fail(r, PE_PARAMETER, "%s comes twice for one application", pe_kind_name(kind));
	if (often == ONCE_PER_NAA)
		r->s.naa_has |= BIT(kind);
	return RSP_OK;
}

static bool
makes_the_mf(enum pe_kind kind)
{
	return kind == PE_MF || kind == PE_IOT || kind == PE_GFM;
}

/* The header first and once, then what makes the MF, nothing after the end. */
enum rsp_status
pe_order(struct profile_reader *r, enum pe_kind kind)
{
	size_t i;

	if (r->s.ended)
		return pe_fail(r, PE_PARAMETER, "%s comes after the end", pe_kind_name(kind));
	if ((kind == PE_HEADER) != (r->pe == 0))
		return pe_fail(r, PE_PARAMETER, "the header must be the first element, and only that");
	if (kind == PE_HEADER || kind == PE_UNKNOWN || kind == PE_NON_STANDARD)
		return RSP_OK;
	if ((kind == PE_MF || kind == PE_IOT) && r->s.has_mf)
		return pe_fail(r, PE_PARAMETER, "the MF exists already");
	if (!makes_the_mf(kind) && !r->s.has_mf && kind != PE_PUK)
		return pe_fail(r, PE_PARAMETER, "%s before the MF", pe_kind_name(kind));
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].kind == kind)
			return by_rule(r, kind, rules[i].below, rules[i].often);
	return RSP_OK;
}

/* ---- at the end ---- */

static enum rsp_status
fail_of(struct profile_reader *r, unsigned pe, unsigned status)
{
	r->status.status = status;
	r->status.identification = r->p.element[pe].identification;
	return RSP_REFUSED;
}

/* Global references are the MF's; local ones those of the DF, of one above it, or of one that a later pinCodes made. */
static bool
pin_exists(const struct profile *p, const struct profile_file *f, uint8_t ref)
{
	size_t i;

	for (i = 0; i < p->n_pins; i++) {
		const struct profile_pin *pin = &p->pin[i];

		if (pin->ref == ref && (!pin_is_local(ref) || (pin->context_depth <= f->depth &&
			memcmp(pin->context, f->path, pin->context_depth * sizeof(f->path[0])) == 0)))
			return true;
	}
	return false;
}

static enum rsp_status
check_pin_status(struct profile_reader *r, const struct profile_file *f)
{
	size_t k;

	for (k = 0; k < f->pin_status.n && !f->link_depth; k++)
		if (!pin_exists(&r->p, f, f->pin_status.p[k])) {
			(void)pe_fail(r, PE_PIN_MISSING, "DF %04X shows PIN %02X, which no pinCodes has", f->depth ? f->path[f->depth - 1] : 0x3F00,
				f->pin_status.p[k]);
			return fail_of(r, f->pe, PE_PIN_MISSING);
		}
	return RSP_OK;
}

static enum rsp_status
check_unblocking(struct profile_reader *r, const struct profile_pin *pin)
{
	size_t i;

	for (i = 0; i < r->p.n_puks; i++)
		if (!pin->unblock_ref || r->p.puk[i].ref == pin->unblock_ref)
			return RSP_OK;
	if (!pin->unblock_ref)
		return RSP_OK;
	(void)pe_fail(r, PE_PARAMETER, "PIN %02X names PUK %02X, which no pukCodes has", pin->ref, pin->unblock_ref);
	return fail_of(r, pin->pe, PE_PARAMETER);
}

/* What was filled after a link was made shows through the link too. */
static void
settle_links(struct profile_reader *r)
{
	const struct profile_file *target;
	size_t i;

	for (i = 0; i < r->p.n_files; i++) {
		struct profile_file *f = &r->p.file[i];

		if (!f->link_depth || !(target = profile_find(&r->p, f->link, f->link_depth)))
			continue;
		f->content = target->content;
		f->size = target->size;
	}
}

enum rsp_status
pe_end(struct profile_reader *r)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < r->p.n_files; i++)
		st = check_pin_status(r, &r->p.file[i]);
	for (i = 0; st == RSP_OK && i < r->p.n_pins; i++)
		st = check_unblocking(r, &r->p.pin[i]);
	if (st != RSP_OK)
		return st;
	settle_links(r);
	r->s.ended = true;
	return RSP_OK;
}
