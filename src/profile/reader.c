// SPDX-License-Identifier: BSD-2-Clause
/* A package element by element: the front door, then one function a family. */
#include "profile/impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <ProfileElement.h>

#include "codec/asn1.h"
#include "tlv/der_shape.h"

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

bool
pe_kind_by_name(const char *name, enum pe_kind *kind)
{
	size_t i;

	for (i = 0; i < KINDS && strcmp(kinds[i].name, name) != 0; i++)
		;
	if (i < KINDS)
		*kind = kinds[i].kind;
	return i < KINDS;
}

uint32_t
pe_kind_tag(enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < KINDS && kinds[i].kind != kind; i++)
		;
	return i < KINDS ? kinds[i].tag : 0;
}

asn_TYPE_descriptor_t *
pe_kind_type(enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < KINDS && kinds[i].kind != kind; i++)
		;
	return i < KINDS ? kinds[i].td : NULL;
}

/* Where in the element the failing part begins goes into the status. */
enum rsp_status
pe_fail(struct profile_reader *r, unsigned status, const char *fmt, ...)
{
	struct bytes der = r->p.n_elements ? r->p.element[r->pe].der : BYTES_NONE;
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->status.status = status;
	if (r->at.p && der.p && r->at.p >= der.p && r->at.p <= der.p + der.n)
		r->status.offset = (int)(r->at.p - der.p);
	return rsp_fail(r->c, RSP_REFUSED, "profile element %u: %s", r->pe, text);
}

bool
pe_octets(struct profile_reader *r, struct bytes in, uint32_t tag, size_t from, size_t to, struct bytes *out, enum rsp_status *st)
{
	struct tlv t;

	if (*st != RSP_OK || !tlv_find(in, tag, &t))
		return false;
	r->at = t.whole;
	*out = t.value;
	if (t.value.n < from || t.value.n > to)
		*st = pe_fail(r, PE_FORMAT, "a member of tag %02X has %zu octets, want %zu to %zu", (unsigned)tag, t.value.n, from, to);
	return *st == RSP_OK;
}

bool
pe_number(struct profile_reader *r, struct bytes in, uint32_t tag, unsigned most, unsigned *out, enum rsp_status *st)
{
	struct tlv t;
	uint64_t v;

	if (*st != RSP_OK || !tlv_find(in, tag, &t))
		return false;
	r->at = t.whole;
	if (tlv_uint(t.value, &v) != RSP_OK || v > most)
		*st = pe_fail(r, PE_FORMAT, "a number of tag %02X is not from 0 to %u", (unsigned)tag, most);
	else
		*out = (unsigned)v;
	return *st == RSP_OK;
}

static void *
grow(void *list, size_t n, size_t *cap, size_t size, size_t most)
{
	void *fresh;

	if (n >= most)
		return NULL;
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

#define ADDER(fn, type, list, count, cap, most) \
	type *fn(struct profile_reader *r) \
	{ \
		type *p = grow(r->p.list, r->p.count, &r->cap, sizeof(*p), most); \
\
		if (!p) { \
			(void)pe_fail(r, PE_NO_MEMORY, "there are too many of one kind in the package"); \
			return NULL; \
		} \
		r->p.list = p; \
		p += r->p.count++; \
		memset(p, 0, sizeof(*p)); \
		return p; \
	}

ADDER(add_file, struct profile_file, file, n_files, cap_files, MAX_FILES)
ADDER(add_pin, struct profile_pin, pin, n_pins, cap_pins, MAX_CODES)
ADDER(add_puk, struct profile_puk, puk, n_puks, cap_puks, MAX_CODES)
ADDER(add_aka, struct profile_aka, aka, n_akas, cap_akas, MAX_CODES)
ADDER(add_app, struct profile_app, app, n_apps, cap_apps, MAX_APPS)
static ADDER(add_element, struct profile_element, element, n_elements, cap_elements, MAX_ELEMENTS)

enum rsp_status
profile_reader_new(struct profile_reader **out)
{
	struct profile_reader *r = calloc(1, sizeof(*r));

	if (!r || rsp_ctx_init(&r->mem, NULL, 0) != RSP_OK || rsp_ctx_init(&r->look, NULL, 0) != RSP_OK) {
		if (r)
			rsp_ctx_free(&r->mem);
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
	wipe(r->p.app, r->p.n_apps * sizeof(*r->p.app));
	rsp_ctx_free(&r->mem);
	rsp_ctx_free(&r->look);
	free(r);
}

bool
profile_reader_ended(const struct profile_reader *r)
{
	return r->s.ended;
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
static enum rsp_status
read_pe_header(struct profile_reader *r, struct bytes value, struct profile_element *e)
{
	enum rsp_status st = RSP_OK;
	struct tlv header, t;
	unsigned n;

	if (e->kind == PE_HEADER || !tlv_find(value, 0xA0, &header))
		return RSP_OK;
	e->mandated = tlv_find(header.value, 0x80, &t);
	if (!pe_number(r, header.value, 0x81, 32767, &n, &st))
		return st == RSP_OK ? pe_fail(r, PE_FORMAT, "the element has no identification") : st;
	e->identification = (int)n;
	r->status.identification = e->identification;
	if (r->identified[n / 8] & 1u << n % 8)
		return pe_fail(r, PE_PARAMETER, "identification %u was another element's already", n);
	r->identified[n / 8] |= (uint8_t)(1u << n % 8);
	return RSP_OK;
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
	case PE_CDMA:
		return pe_cdma(r, value);
	case PE_SD:
		return pe_sd(r, value);
	case PE_RFM:
		return pe_rfm(r, value);
	case PE_APPLICATION:
		return pe_application(r, value);
	case PE_NON_STANDARD:
	case PE_UNKNOWN:
		return pe_fail(r, PE_NOT_SUPPORTED, "an element of this kind is not supported");
	case PE_END:
		return pe_end(r);
	default:
		return pe_template(r, kind, td, value);
	}
}

/* What the element added before it failed goes again. */
static void
forget(struct profile_reader *r, const struct profile *before, const struct progress *progress)
{
	r->p.n_files = before->n_files;
	r->p.n_pins = before->n_pins;
	r->p.n_puks = before->n_puks;
	r->p.n_akas = before->n_akas;
	if (r->p.element[r->pe].kind != PE_APPLICATION)   /* kept and listed, though nothing runs it */
		r->p.n_apps = before->n_apps;
	r->s = *progress;
	r->s.file_at = 0;
	r->room_of = 0;
}

/* Statuses that an element which is not mandated may have without stopping the installation; header and end are needed always. */
static bool
tolerable(const struct profile_element *e, unsigned status)
{
	if (e->mandated || e->kind == PE_HEADER || e->kind == PE_END)
		return false;
	return status == PE_NOT_SUPPORTED || (status >= PE_RUNTIME && status <= PE_FEATURE);
}

/* DER, of this type when we know one; what the decoder made is not needed and goes at once. */
static enum rsp_status
decodes(struct profile_reader *r, struct bytes pe, bool known)
{
	size_t at = 0;
	enum rsp_status st = der_shape(pe, DER_SHAPE_DEPTH, DER_SHAPE_BUDGET, &at);

	if (st == RSP_MALFORMED) {
		r->status.offset = (int)at;
		return rsp_fail(r->c, st, "profile element %u: not DER at octet %zu", r->pe, at);
	}
	if (st == RSP_OK && known)
		st = codec_accept(&r->look, &asn_DEF_ProfileElement, pe);
	if (st != RSP_OK)
		r->c->error = r->look.error;
	rsp_ctx_reset(&r->look);
	if (st != RSP_LIMIT)
		return st;
	r->status.status = PE_NO_MEMORY;
	return rsp_fail(r->c, RSP_REFUSED, "profile element %u: too big, too deep or too many values", r->pe);
}

/* For the answer, also when the element cannot be taken. */
static int
peek_identification(struct bytes value)
{
	struct tlv header, t;
	uint64_t n;

	if (tlv_find(value, 0xA0, &header) && tlv_find(header.value, 0x81, &t) && tlv_uint(t.value, &n) == RSP_OK && n <= 32767)
		return (int)n;
	return -1;
}

static enum rsp_status
take(struct profile_reader *r, struct profile_element *e, struct bytes pe)
{
	struct bytes rest = e->der;
	struct tlv t = {0};
	size_t i;
	enum rsp_status st;

	if (tlv_next(&rest, &t) != RSP_OK || rest.n)
		return pe_fail(r, PE_FORMAT, "this is no element");
	r->at = e->der;
	for (i = 0; i < KINDS && kinds[i].tag != t.tag; i++)
		;
	e->kind = i < KINDS ? kinds[i].kind : PE_UNKNOWN;
	if (e->kind != PE_HEADER)
		r->status.identification = peek_identification(t.value);
	st = decodes(r, pe, i < KINDS);
	if (st == RSP_OK)
		st = read_pe_header(r, t.value, e);
	r->at = BYTES_NONE;
	if (st == RSP_OK)
		st = pe_order(r, e->kind);
	return st == RSP_OK ? run(r, e->kind, i < KINDS ? kinds[i].td : NULL, t.value) : st;
}

enum rsp_status
profile_reader_add(struct profile_reader *r, struct rsp_ctx *c, struct bytes pe, struct pe_status *failed)
{
	struct profile before = r->p;
	struct progress progress = r->s;
	struct profile_element *e;
	enum rsp_status st;

	r->c = c;
	r->at = BYTES_NONE;
	r->pe = (unsigned)r->p.n_elements;
	r->status = *failed = (struct pe_status){PE_FORMAT, -1, -1, -1};
	r->octets += pe.n;
	e = r->octets > PROFILE_PACKAGE_MAX ? NULL : add_element(r);
	if (!e) {
		failed->status = PE_NO_MEMORY;
		return rsp_fail(c, RSP_REFUSED, "profile package: more than %d elements or %u octets", MAX_ELEMENTS, PROFILE_PACKAGE_MAX);
	}
	*e = (struct profile_element){.kind = PE_UNKNOWN, .identification = -1, .der = rsp_copy(&r->mem, pe)};
	st = take(r, e, pe);
	e = &r->p.element[r->pe];
	if (st == RSP_OK)
		r->status.status = PE_OK;
	e->status = r->status;
	if (st != RSP_REFUSED || !tolerable(e, r->status.status)) {
		*failed = r->status;
		return st;
	}
	forget(r, &before, &progress);
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
	if (!r->s.ended)
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
