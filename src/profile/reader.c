// SPDX-License-Identifier: BSD-2-Clause
/* A package element by element: the front door, then one function a family. */
#include "profile/impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <ProfileElement.h>

#include "codec/asn1.h"

/* By CHOICE number: 0..33 as in PEDefinitions; 11..15 are not used yet. */
static const struct { const char *name; uint32_t tag; enum pe_kind kind; asn_TYPE_descriptor_t *td; } kinds[] = {
	{"header", 0xA0, PE_HEADER, NULL}, {"genericFileManagement", 0xA1, PE_GFM, NULL}, {"pinCodes", 0xA2, PE_PIN, NULL},
	{"pukCodes", 0xA3, PE_PUK, NULL}, {"akaParameter", 0xA4, PE_AKA, NULL}, {"cdmaParameter", 0xA5, PE_CDMA, NULL},
	{"securityDomain", 0xA6, PE_SD, NULL}, {"rfm", 0xA7, PE_RFM, NULL}, {"application", 0xA8, PE_APPLICATION, NULL},
	{"nonStandard", 0xA9, PE_NON_STANDARD, NULL}, {"end", 0xAA, PE_END, NULL}, {"mf", 0xB0, PE_MF, &asn_DEF_PE_MF},
	{"cd", 0xB1, PE_CD, &asn_DEF_PE_CD}, {"telecom", 0xB2, PE_TELECOM, &asn_DEF_PE_TELECOM}, {"usim", 0xB3, PE_USIM, &asn_DEF_PE_USIM},
	{"opt-usim", 0xB4, PE_OPT_USIM, &asn_DEF_PE_OPT_USIM}, {"isim", 0xB5, PE_ISIM, &asn_DEF_PE_ISIM},
	{"opt-isim", 0xB6, PE_OPT_ISIM, &asn_DEF_PE_OPT_ISIM}, {"phonebook", 0xB7, PE_PHONEBOOK, &asn_DEF_PE_PHONEBOOK},
	{"gsm-access", 0xB8, PE_GSM_ACCESS, &asn_DEF_PE_GSM_ACCESS}, {"csim", 0xB9, PE_CSIM, &asn_DEF_PE_CSIM},
	{"opt-csim", 0xBA, PE_OPT_CSIM, &asn_DEF_PE_OPT_CSIM}, {"eap", 0xBB, PE_EAP, &asn_DEF_PE_EAP}, {"df-5gs", 0xBC, PE_DF_5GS, &asn_DEF_PE_DF_5GS},
	{"df-saip", 0xBD, PE_DF_SAIP, &asn_DEF_PE_DF_SAIP}, {"df-snpn", 0xBE, PE_DF_SNPN, &asn_DEF_PE_DF_SNPN},
	{"df-5gprose", 0xBF1F, PE_5GPROSE, &asn_DEF_PE_DF_5GPROSE}, {"iot", 0xBF20, PE_IOT, &asn_DEF_PE_IoT},
	{"opt-iot", 0xBF21, PE_OPT_IOT, &asn_DEF_PE_OPT_IoT},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *
pe_kind_name(enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "unknown";
}

enum rsp_status
pe_fail(struct profile_reader *r, unsigned status, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->status.status = status;
	return rsp_fail(r->c, RSP_REFUSED, "profile element %u: %s", r->pe, text);
}

static void *
grow(void *list, size_t n, size_t *cap, size_t size)
{
	void *fresh;

	if (n < *cap)
		return list;
	fresh = calloc(*cap ? *cap * 2 : 16, size);
	if (!fresh)
		return NULL;
	if (n)
		memcpy(fresh, list, n * size);
	if (list)
		explicit_bzero(list, n * size);
	free(list);
	*cap = *cap ? *cap * 2 : 16;
	return fresh;
}

#define ADDER(fn, type, list, count, cap) \
	type *fn(struct profile_reader *r) \
	{ \
		type *p = grow(r->p.list, r->p.count, &r->cap, sizeof(*p)); \
\
		if (!p) \
			return NULL; \
		r->p.list = p; \
		p += r->p.count++; \
		memset(p, 0, sizeof(*p)); \
		return p; \
	}

ADDER(add_file, struct profile_file, file, n_files, cap_files)
ADDER(add_pin, struct profile_pin, pin, n_pins, cap_pins)
ADDER(add_puk, struct profile_puk, puk, n_puks, cap_puks)
ADDER(add_aka, struct profile_aka, aka, n_akas, cap_akas)
static ADDER(add_element, struct profile_element, element, n_elements, cap_elements)

enum rsp_status
profile_reader_new(struct profile_reader **out)
{
	struct profile_reader *r = calloc(1, sizeof(*r));

	if (!r || rsp_ctx_init(&r->mem, NULL, 0) != RSP_OK) {
		free(r);
		return RSP_NOMEM;
	}
	*out = r;
	return RSP_OK;
}

static void
wipe(void *p, size_t n)
{
	if (p)
		explicit_bzero(p, n);
	free(p);
}

void
profile_reader_free(struct profile_reader *r)
{
	if (!r)
		return;
	wipe(r->p.element, r->p.n_elements * sizeof(*r->p.element));
	wipe(r->p.file, r->p.n_files * sizeof(*r->p.file));
	wipe(r->p.pin, r->p.n_pins * sizeof(*r->p.pin));
	wipe(r->p.puk, r->p.n_puks * sizeof(*r->p.puk));
	wipe(r->p.aka, r->p.n_akas * sizeof(*r->p.aka));
	rsp_ctx_free(&r->mem);
	free(r);
}

bool
profile_reader_ended(const struct profile_reader *r)
{
	return r->ended;
}

const struct profile *
profile_reader_result(const struct profile_reader *r)
{
	return &r->p;
}

bool
pe_next(const struct asn_TYPE_descriptor_s *td, struct bytes *rest, struct pe_member *out)
{
	struct tlv t;
	uint32_t number;
	int i;

	if (!rest->n || tlv_next(rest, &t) != RSP_OK)
		return false;
	*out = (struct pe_member){"", t.tag, t.value};
	number = t.tag > 0xFF ? t.tag & 0x7F : t.tag & 0x1F;
	for (i = 0; i < td->elements_count; i++)
		if (td->elements[i].tag == (number << 2 | 2))
			out->name = td->elements[i].name;
	return true;
}

/* PEHeader { mandated [0] NULL OPTIONAL, identification [1] }, the first member of every element but the header. */
static void
read_pe_header(struct bytes value, struct profile_element *e)
{
	struct tlv header, t;
	uint64_t n;

	e->identification = -1;
	if (!tlv_find(value, 0xA0, &header))
		return;
	e->mandated = tlv_find(header.value, 0x80, &t);
	if (tlv_find(header.value, 0x81, &t) && tlv_uint(t.value, &n) == RSP_OK && n <= 32767)
		e->identification = (int)n;
}

static enum rsp_status
run(struct profile_reader *r, enum pe_kind kind, const asn_TYPE_descriptor_t *td, struct bytes value)
{
	switch (kind) {
	case PE_HEADER:
		return pe_header(r, value);
	case PE_GFM:
		return pe_gfm(r, value);
	case PE_PIN:
		return pe_pin(r, value);
	case PE_PUK:
		return pe_puk(r, value);
	case PE_AKA:
		return pe_aka(r, value);
	case PE_APPLICATION:
		return pe_fail(r, PE_RUNTIME, "no application runs on this card");
	case PE_NON_STANDARD:
	case PE_UNKNOWN:
		return pe_fail(r, PE_NOT_SUPPORTED, "an element of this kind is not supported");
	case PE_END:
		r->ended = true;
		return RSP_OK;
	case PE_CDMA:
	case PE_SD:
	case PE_RFM:
		return RSP_OK;
	default:
		return pe_template(r, kind, td, value);
	}
}

/* The order that holds for every package (package format 8.1.3): header first and once, nothing after the end. */
static enum rsp_status
check_order(struct profile_reader *r, enum pe_kind kind)
{
	if (r->ended)
		return pe_fail(r, PE_PARAMETER, "%s comes after the end", pe_kind_name(kind));
	if ((kind == PE_HEADER) != (r->pe == 0))
		return pe_fail(r, PE_PARAMETER, "the header must be the first element, and only that");
	return RSP_OK;
}

/* What the element added before it failed goes again. */
static void
forget(struct profile_reader *r, const struct profile *before)
{
	r->p.n_files = before->n_files;
	r->p.n_pins = before->n_pins;
	r->p.n_puks = before->n_puks;
	r->p.n_akas = before->n_akas;
	r->file_at = 0;
}

/* Statuses that an element which is not mandated may have without stopping the installation. */
static bool
tolerable(unsigned status)
{
	return status == PE_NOT_SUPPORTED || (status >= PE_RUNTIME && status <= PE_FEATURE);
}

enum rsp_status
profile_reader_add(struct profile_reader *r, struct rsp_ctx *c, struct bytes pe, struct pe_status *failed)
{
	struct profile before = r->p;
	struct profile_element *e;
	struct tlv t = {0};
	enum rsp_status st;
	size_t i;

	r->c = c;
	r->pe = (unsigned)r->p.n_elements;
	r->status = (struct pe_status){PE_FORMAT, -1, -1, -1};
	e = add_element(r);
	if (!e)
		return rsp_fail(c, RSP_NOMEM, "no memory for a profile");
	e->der = rsp_copy(&r->mem, pe);
	e->kind = PE_UNKNOWN;
	st = codec_accept(c, &asn_DEF_ProfileElement, pe);
	if (st == RSP_OK)
		st = tlv_only(e->der, pe.p[0] == 0xBF ? (uint32_t)pe.p[0] << 8 | pe.p[1] : pe.p[0], &t);
	for (i = 0; i < KINDS && kinds[i].tag != t.tag; i++)
		;
	if (st == RSP_OK) {
		e->kind = i < KINDS ? kinds[i].kind : PE_UNKNOWN;
		read_pe_header(t.value, e);
		r->status.identification = e->identification;
		st = check_order(r, e->kind);
	}
	if (st == RSP_OK)
		st = run(r, e->kind, i < KINDS ? kinds[i].td : NULL, t.value);
	e = &r->p.element[r->pe];
	if (st == RSP_OK)
		r->status.status = PE_OK;
	e->status = r->status;
	if (st != RSP_REFUSED || e->mandated || !tolerable(r->status.status)) {
		*failed = r->status;
		return st;
	}
	forget(r, &before);
	return RSP_OK;
}

static void
free_reader(void *r)
{
	profile_reader_free(r);
}

enum rsp_status
profile_read(struct rsp_ctx *c, struct bytes package, const struct profile **out)
{
	struct profile_reader *r = NULL;
	struct bytes rest = package;
	struct pe_status failed;
	struct tlv t;
	enum rsp_status st = profile_reader_new(&r);

	if (st != RSP_OK)
		return rsp_fail(c, RSP_NOMEM, "no memory for a profile");
	if ((st = rsp_ctx_on_reset(c, free_reader, r)) != RSP_OK) {
		profile_reader_free(r);
		return st;
	}
	while (rest.n) {
		if (tlv_next(&rest, &t) != RSP_OK)
			return rsp_fail(c, RSP_MALFORMED, "profile package: no element at octet %zu", package.n - rest.n);
		if ((st = profile_reader_add(r, c, t.whole, &failed)) != RSP_OK)
			return st;
	}
	if (!r->ended)
		return rsp_fail(c, RSP_MALFORMED, "profile package: the end element is missing");
	r->p.package = rsp_copy(&r->mem, package);
	*out = &r->p;
	return RSP_OK;
}

const struct profile_file *
profile_find(const struct profile *p, const uint16_t *path, unsigned depth)
{
	size_t i;

	for (i = 0; i < p->n_files; i++)
		if (p->file[i].depth == depth && memcmp(p->file[i].path, path, depth * sizeof(*path)) == 0)
			return &p->file[i];
	return NULL;
}

enum rsp_status
profile_response(struct rsp_ctx *c, const struct profile *p, const struct pe_status *failed, struct bytes *out)
{
	static const struct pe_status fine = {PE_OK, -1, -1, -1};
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x30), list = tlv_open(&b, 0xA0), i;

	for (i = 0; i <= p->n_elements; i++) {
		const struct pe_status *s = i < p->n_elements ? &p->element[i].status : failed ? NULL : &fine;
		size_t entry;

		if (!s || (i < p->n_elements && s->status == PE_OK))
			continue;
		entry = tlv_open(&b, 0x30);
		tlv_add_uint(&b, 0x80, s->status);
		if (s->identification >= 0)
			tlv_add_uint(&b, 0x81, (uint64_t)s->identification);
		if (s->additional >= 0)
			tlv_add_uint(&b, 0x82, (uint64_t)s->additional);
		if (s->offset >= 0)
			tlv_add_uint(&b, 0x83, (uint64_t)s->offset);
		tlv_close(&b, entry);
	}
	tlv_close(&b, list);
	if (failed)
		tlv_add_null(&b, 0x81);
	tlv_close(&b, mark);
	return buf_finish(&b, c, out);
}
