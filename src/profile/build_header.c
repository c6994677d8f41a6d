// SPDX-License-Identifier: BSD-2-Clause
/* The header of a described package: what it does not say follows from the elements. */
#include <stdio.h>

#include <ServicesList.h>

#include "base/hex.h"
#include "profile/build.h"

/* Next of the words with blanks between; false at the end. */
static bool
next_word(struct builder *b, const char **rest, const char **word)
{
	size_t n;

	*rest += strspn(*rest, " \t\n,");
	n = strcspn(*rest, " \t\n,");
	*word = n ? rsp_sprintf(b->c, "%.*s", (int)n, *rest) : NULL;
	*rest += n;
	return *word != NULL;
}

static enum rsp_status
named_services(struct builder *b, const char *names, uint32_t *services)
{
	const char *word;
	int i;

	for (*services = 0; next_word(b, &names, &word); *services |= 1u << i) {
		for (i = 0; i < asn_DEF_ServicesList.elements_count && strcmp(asn_DEF_ServicesList.elements[i].name, word) != 0; i++)
			;
		if (i == asn_DEF_ServicesList.elements_count)
			return build_fail(b, NULL, "services", rsp_sprintf(b->c, "there is no service '%.30s'", word));
	}
	return RSP_OK;
}

/* Applications and algorithms that come in the package. */
static uint32_t
needed_services(struct description *d, bool standard)
{
	static const struct { enum pe_kind kind; unsigned service; } rows[] = {{PE_USIM, 1}, {PE_IOT, 1}, {PE_ISIM, 2}, {PE_CSIM, 3}};
	uint32_t services = standard ? 1u << 1 | 1u << (strcmp(d->algorithm, "test") == 0 ? 17 : 4) : 0;
	size_t i, k;

	for (i = 0; i < d->n_sections; i++) {
		const char *algorithm = build_setting(&d->section[i], "algorithm");

		for (k = 0; !d->section[i].raw && k < sizeof(rows) / sizeof(rows[0]); k++)
			if (rows[k].kind == d->section[i].kind)
				services |= 1u << rows[k].service;
		if (d->section[i].kind == PE_AKA && !build_setting(&d->section[i], "map-from"))
			services |= 1u << (algorithm && strcmp(algorithm, "test") == 0 ? 17 : 4);
	}
	return services;
}

static enum rsp_status
put_services(struct builder *b, struct description *d, bool standard)
{
	uint32_t services = needed_services(d, standard);
	size_t mark;
	unsigned i;
	enum rsp_status st = d->services[0] ? named_services(b, d->services, &services) : RSP_OK;

	mark = tlv_open(&b->out, 0xA5);
	for (i = 0; i < 31; i++)
		if (services & 1u << i)
			tlv_add_null(&b->out, 0x80 | i);
	tlv_close(&b->out, mark);
	return st;
}

static enum rsp_status
put_named_templates(struct builder *b, const char *names)
{
	const char *word;
	struct bytes oid;
	enum rsp_status st = RSP_OK;

	while (st == RSP_OK && next_word(b, &names, &word))
		if ((st = build_oid(b, NULL, "templates", word, &oid)) == RSP_OK)
			tlv_add(&b->out, 0x06, oid);
	return st;
}

/* Each template once, in the order of the elements. */
static enum rsp_status
put_needed_templates(struct builder *b, struct description *d, bool standard)
{
	static const enum pe_kind of_standard[] = {PE_MF, PE_USIM, PE_OPT_USIM};
	bool seen[64] = {false};
	struct template_rows t, each;
	size_t i, k;
	enum rsp_status st;

	for (i = 0; i < d->n_sections + (standard ? 3 : 0); i++) {
		struct section *s = standard && i < 3 ? NULL : &d->section[standard ? i - 3 : i];

		if (!s && !template_of(of_standard[i], 1, &t))
			continue;
		if (s && (s->raw || !pe_kind_type(s->kind)))
			continue;
		if (s && (st = build_template(b, s, &t)) != RSP_OK)
			return st;
		for (k = 0; template_nth(k, &each) && each.oid != t.oid; k++)
			;
		if (k < sizeof(seen) && !seen[k])
			tlv_add(&b->out, 0x06, bytes_of(t.oid, t.oid_n));
		seen[k < sizeof(seen) ? k : 0] = true;
	}
	return RSP_OK;
}

/* AID/VERSION AID/VERSION ... */
static enum rsp_status
put_libraries(struct builder *b, const char *names)
{
	size_t list, mark;
	const char *word;
	struct bytes aid, version;
	enum rsp_status st = RSP_OK;

	if (!names[0])
		return RSP_OK;
	list = tlv_open(&b->out, 0xA8);
	while (st == RSP_OK && next_word(b, &names, &word)) {
		const char *stroke = strchr(word, '/');

		if (!stroke || build_hex(b, NULL, "libraries", stroke + 1, &version) != RSP_OK ||
			build_hex(b, NULL, "libraries", rsp_sprintf(b->c, "%.*s", (int)(stroke - word), word), &aid) != RSP_OK)
			st = build_fail(b, NULL, "libraries", "want AID/VERSION in hex");
		if (st != RSP_OK)
			break;
		mark = tlv_open(&b->out, 0x30);
		tlv_add(&b->out, 0x80, aid);
		tlv_add(&b->out, 0x81, version);
		tlv_close(&b->out, mark);
	}
	tlv_close(&b->out, list);
	return st;
}

static enum rsp_status
put_iot(struct builder *b, const char *pix)
{
	struct bytes v;
	size_t mark;
	enum rsp_status st;

	if (!pix[0])
		return RSP_OK;
	if ((st = build_hex(b, NULL, "iot-pix", pix, &v)) != RSP_OK)
		return st;
	mark = tlv_open(&b->out, 0xA9);
	tlv_add(&b->out, 0x80, v);
	tlv_close(&b->out, mark);
	return RSP_OK;
}

enum rsp_status
build_header(struct builder *b, struct description *d, const uint8_t plain_iccid[10], bool standard)
{
	size_t mark = tlv_open(&b->out, 0xA0), list;
	unsigned major, minor;
	char rest;
	enum rsp_status st;

	if (sscanf(d->version, "%3u.%3u%c", &major, &minor, &rest) != 2 || major > 255 || minor > 255)
		return build_fail(b, NULL, "version", "want two numbers like 2.3");
	tlv_add_uint(&b->out, 0x80, major);
	tlv_add_uint(&b->out, 0x81, minor);
	tlv_add_str(&b->out, 0x82, d->type);
	tlv_add(&b->out, 0x83, bytes_of(plain_iccid, 10));
	st = put_services(b, d, standard);
	list = tlv_open(&b->out, 0xA6);
	if (st == RSP_OK)
		st = d->templates[0] ? put_named_templates(b, d->templates) : put_needed_templates(b, d, standard);
	tlv_close(&b->out, list);
	if (st == RSP_OK)
		st = put_libraries(b, d->libraries);
	if (st == RSP_OK)
		st = put_iot(b, d->iot_pix);
	tlv_close(&b->out, mark);
	return st;
}
