// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is known of device categories, carriers and their agreements: data, read from tables of text (tools/share/federation). A table is lines of
 * cells between tabs; the first line names the columns, in any order; '#' begins a comment line; "-" is an empty cell.
 */
#ifndef FEDERATION_FACTS_H
#define FEDERATION_FACTS_H

#include "base/bytes.h"
#include "federation/store.h"

struct fed_category_rule {
	bool primary, secondary, promotable, first_visit, needs_primary, data_only, metered;
	enum fed_number number;
	uint32_t prio, cap_percent;
	char flag[12];                   /* the carrier's flag this category needs; "" none */
};

#define FED_MCCS 48
struct fed_carrier {
	char name[32], host[32];         /* host: whose agreements hold for it; "" its own */
	char home[FED_MCCS][4]; uint32_t n_home;
	char region[FED_MCCS][4]; uint32_t n_region;   /* data and sharing as at home, whatever the rows say */
	bool federation, midrange, tablet, laptop, remote_promote, before_departure, numbers;   /* numbers: it has telephone numbers at all */
	int64_t quota, cycle;            /* octets; seconds */
};

struct fed_agreement { char carrier[32], country[3], mcc[4], plmn[7]; bool data, voice, sms; uint32_t cost, rank; int64_t from, to; };   /* to 0: for ever */
struct fed_model { char tac[9], model[40], min_sw[16]; enum fed_category category; };   /* min_sw: "" any */

struct fed_facts {
	struct fed_category_rule categories[FED_CATEGORIES];
	struct fed_carrier *carriers; size_t n_carriers;
	struct fed_agreement *agreements; size_t n_agreements;   /* sorted by carrier, PLMN */
	struct fed_model *models; size_t n_models;
};

/* The texts of the four tables; the facts are in the arena of c. MALFORMED names table and line; a carrier that hosts itself is one, too (F59). */
RSP_MUST_USE enum rsp_status fed_facts_read(struct rsp_ctx *c, struct bytes categories, struct bytes carriers, struct bytes agreements, struct bytes models,
	struct fed_facts *out);

/* NULL: not known. */
const struct fed_carrier *fed_carrier(const struct fed_facts *f, const char *name);
const struct fed_model *fed_model(const struct fed_facts *f, const char *tac);
/* The carrier's own words about a category: is it allowed to share? */
bool fed_carrier_allows(const struct fed_carrier *k, const struct fed_category_rule *r);
/* Is this software new enough for the model? Numbers between dots; none told is too old when the model wants one (F30). */
bool fed_sw_allowed(const struct fed_model *m, const char *sw);
bool fed_at_home(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc);

enum fed_right { FED_RIGHT_DATA, FED_RIGHT_VOICE, FED_RIGHT_SMS };
/* In the country of this MCC, at this time; an absent row is no. */
bool fed_has_right(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc, enum fed_right right, int64_t now);
/* May data be used on this PLMN? At home every PLMN of the home country that has no row to the contrary. */
bool fed_plmn_allowed(const struct fed_facts *f, const struct fed_carrier *k, const char *plmn, int64_t now);
/* The allowed PLMN of a country by cost, then rank, then its digits; NULL: none. */
const struct fed_agreement *fed_best_plmn(const struct fed_facts *f, const struct fed_carrier *k, const char *mcc, int64_t now);

#endif
