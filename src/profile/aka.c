// SPDX-License-Identifier: BSD-2-Clause
/* Authentication parameters of NAAs (package format 8.4). */
#include "profile/impl.h"

static void
defaults(struct profile_aka *a)
{
	static const uint8_t rotation[5] = {0x40, 0, 0x20, 0x40, 0x60}, delta[6] = {0, 0, 0x10, 0, 0, 0};
	size_t i;

	memcpy(a->rotation, rotation, 5);
	for (i = 1; i < 5; i++)
		a->xoring[i][15] = (uint8_t)(1u << (i - 1));
	a->keccak_iterations = 1;
	a->sqn_options = 2;
	memcpy(a->sqn_delta, delta, 6);
	memcpy(a->sqn_age_limit, delta, 6);
}

static enum rsp_status
check_key_sizes(struct profile_reader *r, const struct profile_aka *a)
{
	if (a->algorithm == AKA_TUAK)
		return pe_fail(r, PE_FEATURE, "TUAK is not supported");
	if (a->algorithm != AKA_MILENAGE && a->algorithm != AKA_TEST)
		return pe_fail(r, PE_PARAMETER, "authentication algorithm %d is not known", (int)a->algorithm);
	if (a->key.n != 16)
		return pe_fail(r, PE_BAD_VALUES, "K has %zu octets", a->key.n);
	if (a->algorithm == AKA_MILENAGE && a->opc.n != 16)
		return pe_fail(r, PE_BAD_VALUES, "OPc has %zu octets, want 16", a->opc.n);
	if (a->algorithm == AKA_TEST && a->opc.n != 0 && a->opc.n != 16)
		return pe_fail(r, PE_BAD_VALUES, "OPc has %zu octets, want 16 or none", a->opc.n);
	return a->keccak_iterations ? RSP_OK : pe_fail(r, PE_BAD_VALUES, "numberOfKeccak is 0");
}

static enum rsp_status
read_algorithm(struct profile_reader *r, struct bytes v, struct profile_aka *a)
{
	struct bytes options = BYTES_NONE, key = BYTES_NONE, opc = BYTES_NONE, rotation, constants, counter = BYTES_NONE;
	enum rsp_status st = RSP_OK;
	unsigned algorithm = 0;
	size_t i;

	(void)pe_number(r, v, 0x80, 255, &algorithm, &st);
	(void)pe_octets(r, v, 0x81, 1, 1, &options, &st);
	(void)pe_octets(r, v, 0x82, 0, 64, &key, &st);
	(void)pe_octets(r, v, 0x83, 0, 64, &opc, &st);
	if (pe_octets(r, v, 0x84, 5, 5, &rotation, &st))
		memcpy(a->rotation, rotation.p, 5);
	if (pe_octets(r, v, 0x85, 80, 80, &constants, &st))
		for (i = 0; i < 5; i++)
			memcpy(a->xoring[i], constants.p + 16 * i, 16);
	(void)pe_octets(r, v, 0x86, 3, 3, &counter, &st);
	(void)pe_number(r, v, 0x87, 255, &a->keccak_iterations, &st);
	if (st != RSP_OK)
		return st;
	a->algorithm = (enum aka_algorithm)algorithm;
	a->options = options.p ? options.p[0] : 0;
	a->key = rsp_copy(&r->mem, key);
	a->opc = rsp_copy(&r->mem, opc);
	a->auth_counter_max = (uint32_t)octets_number(counter);
	r->at = v;
	return check_key_sizes(r, a);
}

/* 43 bits: a sequence number whose high part is above can never be followed by another. */
static bool
sqn_fits(struct bytes sqn)
{
	return sqn.n == 6 && sqn.p[0] <= 0x07;
}

static enum rsp_status
read_sqn_init(struct profile_reader *r, struct bytes list, struct profile_aka *a)
{
	struct tlv one;
	size_t i;

	for (i = 0; i < 32; i++) {
		if (tlv_next(&list, &one) != RSP_OK)
			return pe_fail(r, PE_BAD_VALUES, "sqnInit: %zu values, want 32", i);
		r->at = one.whole;
		if (!sqn_fits(one.value))
			return pe_fail(r, PE_BAD_VALUES, "sqnInit: a value is not 6 octets up to 07FFFFFFFFFF");
		memcpy(a->sqn_init[i], one.value.p, 6);
	}
	return list.n ? pe_fail(r, PE_BAD_VALUES, "sqnInit: more than 32 values") : RSP_OK;
}

static enum rsp_status
read_sqn(struct profile_reader *r, struct bytes value, struct profile_aka *a)
{
	struct bytes options, delta, age;
	enum rsp_status st = RSP_OK;
	struct tlv t;

	if (pe_octets(r, value, 0x82, 1, 1, &options, &st))
		a->sqn_options = options.p[0];
	if (pe_octets(r, value, 0x83, 6, 6, &delta, &st))
		memcpy(a->sqn_delta, delta.p, 6);
	if (pe_octets(r, value, 0x84, 6, 6, &age, &st))
		memcpy(a->sqn_age_limit, age.p, 6);
	if (st == RSP_OK && (a->sqn_delta[0] > 7 || a->sqn_age_limit[0] > 7))
		return pe_fail(r, PE_BAD_VALUES, "sqnDelta or sqnAgeLimit is above 07FFFFFFFFFF");
	if (st == RSP_OK && tlv_find(value, 0xA5, &t))
		st = read_sqn_init(r, t.value, a);
	return st;
}

/* Key and constants of an NAA that has them already, found by its AID. */
static enum rsp_status
read_mapping(struct profile_reader *r, struct bytes v, struct profile_aka *a)
{
	struct bytes options = BYTES_NONE, source = BYTES_NONE;
	enum rsp_status st = RSP_OK;
	size_t i, k;

	(void)pe_octets(r, v, 0x80, 1, 1, &options, &st);
	(void)pe_octets(r, v, 0x81, 5, 16, &source, &st);
	if (st != RSP_OK)
		return st;
	a->mapping_source = rsp_copy(&r->mem, source);
	a->mapping_options = options.p ? options.p[0] : 0;
	for (i = 0; i < r->p.n_files; i++)
		if (bytes_equal(r->p.file[i].df_name, source) && r->p.file[i].path[0] != a->adf)
			for (k = 0; k + 1 < r->p.n_akas; k++)
				if (r->p.aka[k].adf == r->p.file[i].path[0] && r->p.aka[k].key.p)
					return RSP_OK;
	return pe_fail(r, PE_PARAMETER, "mappingSource is no application that has parameters of its own already");
}

enum rsp_status
pe_aka(struct profile_reader *r, struct bytes value)
{
	struct profile_aka *a;
	struct tlv choice, t;
	enum rsp_status st;

	if (!tlv_find(value, 0xA1, &choice))
		return pe_fail(r, PE_FORMAT, "akaParameter without an algorithm");
	if (!(a = add_aka(r)))
		return RSP_REFUSED;
	defaults(a);
	a->adf = r->s.naa_fid;
	if (tlv_find(choice.value, 0xA0, &t))
		st = read_mapping(r, t.value, a);
	else if (tlv_find(choice.value, 0xA1, &t))
		st = read_algorithm(r, t.value, a);
	else
		st = pe_fail(r, PE_FORMAT, "akaParameter without an algorithm");
	return st == RSP_OK ? read_sqn(r, value, a) : st;
}

/* Kept as it is: this card has no CAVE. */
enum rsp_status
pe_cdma(struct profile_reader *r, struct bytes value)
{
	static const struct { uint32_t tag; size_t from, to; } members[] = {{0x81, 8, 8}, {0x82, 16, 16}, {0x83, 2, 32}, {0x84, 3, 483}, {0x85, 5, 957}};
	enum rsp_status st = RSP_OK;
	struct bytes v;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		(void)pe_octets(r, value, members[i].tag, members[i].from, members[i].to, &v, &st);
	return st;
}
