// SPDX-License-Identifier: BSD-2-Clause
/* The rules authorisation table (SGP.22 2.9.2.3): who may have which policy rules. Its first line that fits decides. */
#include <ctype.h>
#include <stdio.h>

#include "base/hex.h"
#include "euicc/impl.h"
#include "euicc/traits.h"
#include "tlv/tlv.h"

const char *
trait_word(const char **list, char *out, size_t size)
{
	const char *p = *list + strspn(*list, ", \t");
	size_t n = strcspn(p, ", \t");

	snprintf(out, size, "%.*s", (int)n, p);
	*list = p + n;
	return out;
}

/* MCC 1 2 3, MNC 1 2 3 as 3GPP TS 24.008 packs them; two digits of MNC leave F. */
static bool
read_operator(const char *digits, size_t n, uint8_t out[3])
{
	uint8_t d[6] = {0xE, 0xE, 0xE, 0xE, 0xE, 0xE};
	size_t i;

	if (n == 3 && memcmp(digits, "any", 3) == 0) {
		memset(out, 0xEE, 3);
		return true;
	}
	if (n != 5 && n != 6)
		return false;
	d[5] = 0xF;
	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)digits[i]) && digits[i] != '*')
			return false;
		d[i] = digits[i] == '*' ? 0xE : (uint8_t)(digits[i] - '0');
	}
	out[0] = (uint8_t)(d[1] << 4 | d[0]);
	out[1] = (uint8_t)(d[5] << 4 | d[2]);
	out[2] = (uint8_t)(d[4] << 4 | d[3]);
	return true;
}

static bool
read_gid(struct rsp_ctx *c, const char *text, size_t n, struct euicc_rule *r, int which)
{
	struct bytes v;

	if (hex_read(c, bytes_of(text, n), &v) != RSP_OK || v.n > sizeof(r->gid[0]))
		return false;
	if (v.n)
		memcpy(r->gid[which], v.p, v.n);
	r->gid_n[which] = (uint8_t)v.n;
	return true;
}

static bool
read_owner(struct rsp_ctx *c, const char *word, struct euicc_rule *r)
{
	size_t n = strcspn(word, "/");
	int which;

	if (!read_operator(word, n, r->mccmnc))
		return false;
	for (which = 0, word += n; *word == '/' && which < 2; which++, word += n) {
		word++;
		n = strcspn(word, "/");
		if (!read_gid(c, word, n, r, which))
			return false;
	}
	return !*word;
}

bool
rule_read(struct rsp_ctx *c, const char *text, struct euicc_rule *out)
{
	struct euicc_rule r = {0};
	char word[160];

	while (*trait_word(&text, word, sizeof(word)) && (strcmp(word, "ppr1") == 0 || strcmp(word, "ppr2") == 0))
		r.rules |= 1u << (word[3] - '0');
	if (!r.rules || !read_owner(c, word, &r))
		return false;
	r.consent = strcmp(trait_word(&text, word, sizeof(word)), "consent") == 0;
	if (*word && !r.consent)
		return false;
	*out = r;
	return !*trait_word(&text, word, sizeof(word));
}

static void
write_operator(struct buf *b, const uint8_t m[3])
{
	const uint8_t d[6] = {m[0] & 15, m[0] >> 4, m[1] & 15, m[2] & 15, m[2] >> 4, m[1] >> 4};
	size_t i;

	if (m[0] == 0xEE && m[1] == 0xEE && m[2] == 0xEE) {
		buf_str(b, "any");
		return;
	}
	for (i = 0; i < 6; i++)
		if (d[i] != 0xF)
			buf_u8(b, d[i] == 0xE ? '*' : '0' + d[i]);
}

void
rule_write(struct buf *b, const struct euicc_rule *r)
{
	buf_printf(b, "rule = %s%s%s ", r->rules & 2 ? "ppr1" : "", (r->rules & 6) == 6 ? "," : "", r->rules & 4 ? "ppr2" : "");
	write_operator(b, r->mccmnc);
	if (r->gid_n[0] || r->gid_n[1]) {
		buf_str(b, "/");
		hex_append(b, bytes_of(r->gid[0], r->gid_n[0]));
	}
	if (r->gid_n[1]) {
		buf_str(b, "/");
		hex_append(b, bytes_of(r->gid[1], r->gid_n[1]));
	}
	buf_str(b, r->consent ? " consent\n" : "\n");
}

/* ---- using it ---- */

static bool
nibble_fits(unsigned rule, unsigned owner)
{
	return rule == 0xE || rule == owner;
}

static bool
owner_fits(const struct euicc_rule *r, const struct store_metadata *m)
{
	const struct bytes gid[2] = {m->owner_gid1, m->owner_gid2};
	int i;

	if (m->owner_mccmnc.n != 3)
		return false;
	for (i = 0; i < 3; i++)
		if (!nibble_fits(r->mccmnc[i] >> 4, m->owner_mccmnc.p[i] >> 4) || !nibble_fits(r->mccmnc[i] & 15, m->owner_mccmnc.p[i] & 15))
			return false;
	for (i = 0; i < 2; i++)
		if (r->gid_n[i] && !bytes_equal(bytes_of(r->gid[i], r->gid_n[i]), gid[i]))
			return false;
	return true;
}

bool
rules_allow(const struct euicc_traits *t, const struct store_metadata *m, uint32_t rule)
{
	size_t i;

	for (i = 0; i < t->n_rules; i++)
		if (t->rule[i].rules & rule && owner_fits(&t->rule[i], m))
			return true;
	return false;
}

static enum rsp_status
operator_id(struct rsp_ctx *c, const struct euicc_rule *r, struct bytes *out)
{
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x30);
	int i;

	tlv_add(&b, 0x80, BYTES_OF(r->mccmnc));
	for (i = 0; i < 2; i++)
		if (r->gid_n[i])
			tlv_add(&b, 0x81 + (uint32_t)i, bytes_of(r->gid[i], r->gid_n[i]));
	tlv_close(&b, mark);
	return buf_finish(&b, c, out);
}

enum rsp_status
rules_answer(struct rsp_ctx *c, const struct euicc_traits *t, struct buf *out)
{
	struct rat_entry entry[EUICC_RULES_MAX];
	struct rat rat = {entry, t->n_rules};
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < t->n_rules; i++) {
		entry[i] = (struct rat_entry){.ppr_ids = t->rule[i].rules, .flags = t->rule[i].consent ? 1 : 0};
		st = operator_id(c, &t->rule[i], &entry[i].operators);
	}
	if (st == RSP_OK)
		es10_write_rat(out, &rat);
	return st;
}
