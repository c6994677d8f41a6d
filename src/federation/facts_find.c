// SPDX-License-Identifier: BSD-2-Clause
/* Questions to the facts. What is not written down is no. */
#include "federation/facts.h"

#include <stdlib.h>

const struct fed_carrier *
fed_carrier(const struct fed_facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_carriers; i++)
		if (strcmp(f->carriers[i].name, name) == 0)
			return &f->carriers[i];
	return NULL;
}

const struct fed_model *
fed_model(const struct fed_facts *f, const char *tac)
{
	for (size_t i = 0; i < f->n_models; i++)
		if (strcmp(f->models[i].tac, tac) == 0)
			return &f->models[i];
	return NULL;
}

bool
fed_carrier_allows(const struct fed_carrier *k, const struct fed_category_rule *r)
{
	const struct { const char *name; bool on; } flags[] = {{"", true}, {"midrange", k->midrange}, {"tablet", k->tablet}, {"laptop", k->laptop}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i].name, r->flag) == 0)
			return k->federation && flags[i].on;
	return false;
}

bool
fed_sw_allowed(const struct fed_model *m, const char *sw)
{
	const char *want = m->min_sw, *have = sw ? sw : "";

	while (*want) {
		char *want_end, *have_end;
		unsigned long w = strtoul(want, &want_end, 10), h = strtoul(have, &have_end, 10);

		if (have_end == have || h < w)
			return false;
		if (h > w)
			return true;
		want = want_end + (*want_end == '.');
		have = have_end + (*have_end == '.');
		if (!*have && *want)
			have = "0";
	}
	return true;
}

static bool
among(const char (*mccs)[4], uint32_t n, const char *mcc)
{
	for (uint32_t i = 0; i < n; i++)
		if (strncmp(mccs[i], mcc, 3) == 0)
			return true;
	return false;
}

/* The carrier whose rows hold: F59. */
static const struct fed_carrier *
host_of(const struct fed_facts *f, const struct fed_carrier *k)
{
	while (*k->host)
		k = fed_carrier(f, k->host);
	return k;
}

bool
fed_at_home(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc)
{
	k = host_of(f, k);
	return among((const char (*)[4])k->home, k->n_home, mcc);
}

/* First row of the carrier whose PLMN is not before this one. */
static size_t
first_row(const struct fed_facts *f, const char *carrier, const char *plmn)
{
	size_t low = 0, high = f->n_agreements;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct fed_agreement *a = &f->agreements[mid];
		int d = strcmp(a->carrier, carrier);

		if (d < 0 || (d == 0 && strcmp(a->plmn, plmn) < 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
in_force(const struct fed_agreement *a, int64_t now)
{
	return a->from <= now && (!a->to || now < a->to);
}

static bool
right_of(const struct fed_agreement *a, enum fed_right right)
{
	switch (right) {
	case FED_RIGHT_DATA: return a->data;
	case FED_RIGHT_VOICE: return a->voice;
	case FED_RIGHT_SMS: return a->sms;
	}
	return false;
}

static bool
as_at_home(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc)
{
	return fed_at_home(f, k, mcc) || among((const char (*)[4])k->region, k->n_region, mcc);
}

/* Rows of one country stand together, for a PLMN begins with its MCC. */
bool
fed_has_right(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc, enum fed_right right, int64_t now)
{
	k = host_of(f, k);
	if (as_at_home(f, k, mcc))
		return true;
	for (size_t i = first_row(f, k->name, mcc); i < f->n_agreements; i++) {
		const struct fed_agreement *a = &f->agreements[i];

		if (strcmp(a->carrier, k->name) != 0 || strcmp(a->mcc, mcc) != 0)
			return false;
		if (in_force(a, now) && right_of(a, right))
			return true;
	}
	return false;
}

bool
fed_plmn_allowed(const struct fed_facts *f, const struct fed_carrier *k, const char *plmn, int64_t now)
{
	char mcc[4] = {0};
	size_t i;

	k = host_of(f, k);
	memcpy(mcc, plmn, 3);
	i = first_row(f, k->name, plmn);
	if (i < f->n_agreements && strcmp(f->agreements[i].carrier, k->name) == 0 && strcmp(f->agreements[i].plmn, plmn) == 0)
		return f->agreements[i].data && in_force(&f->agreements[i], now);
	return as_at_home(f, k, mcc);
}

static bool
better(const struct fed_agreement *a, const struct fed_agreement *than)
{
	if (!than || a->cost != than->cost)
		return !than || a->cost < than->cost;
	return a->rank < than->rank;
}

const struct fed_agreement *
fed_best_plmn(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc, int64_t now)
{
	const struct fed_agreement *best = NULL;

	k = host_of(f, k);
	for (size_t i = first_row(f, k->name, mcc); i < f->n_agreements; i++) {
		const struct fed_agreement *a = &f->agreements[i];

		if (strcmp(a->carrier, k->name) != 0 || strcmp(a->mcc, mcc) != 0)
			break;
		if (a->data && in_force(a, now) && better(a, best))
			best = a;
	}
	return best;
}
