// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/faults.h"

#include <stddef.h>
#include <stdio.h>

#include "euicc/checks.h"

#define ROWS_MAX 32

/* Tables by name. */
static const struct { const char *name; enum actor role; size_t offset; } tables[] = {
#define DP(member) {#member, ACTOR_SMDPP, offsetof(struct smdpp_checks, member)}
	DP(initiate_authentication), DP(authenticate_client), DP(get_bound_profile_package), DP(cancel_session), DP(notification_pir), DP(notification_other),
	DP(download_order), DP(confirm_order), DP(release_profile), DP(cancel_order),
#undef DP
#define CARD(member) {#member, ACTOR_EUICC, offsetof(struct euicc_checks, member)}
	CARD(authenticate_server), CARD(prepare_download), {"card_cancel_session", ACTOR_EUICC, offsetof(struct euicc_checks, cancel_session)},
	CARD(initialise_secure_channel), CARD(store_metadata), CARD(enable), CARD(disable), CARD(delete_profile),
#undef CARD
	{"es11_initiate_authentication", ACTOR_SMDS, offsetof(struct smds_checks, initiate_authentication)},
	{"es11_authenticate_client", ACTOR_SMDS, offsetof(struct smds_checks, authenticate_client)},
	{"register_event", ACTOR_SMDS, offsetof(struct smds_checks, register_event)}, {"delete_event", ACTOR_SMDS, offsetof(struct smds_checks, delete_event)},
};

const struct fault *
fault_at(size_t i)
{
	const struct { const struct fault *p; size_t n; } all[] = {
		{smdpp_faults, smdpp_fault_count}, {euicc_faults, euicc_fault_count}, {smds_faults, smds_fault_count}, {lpa_faults, lpa_fault_count},
	};
	size_t k;

	for (k = 0; k < sizeof(all) / sizeof(all[0]); i -= all[k++].n)
		if (i < all[k].n)
			return &all[k].p[i];
	return NULL;
}

const struct fault *
fault_named(const char *name)
{
	size_t i;

	for (i = 0; fault_at(i); i++)
		if (strcmp(fault_at(i)->name, name) == 0)
			return fault_at(i);
	return NULL;
}

const char *
fault_how(struct rsp_ctx *c, const struct fault *f)
{
	static const char *const words[] = {[ROW_NONE] = "", [ROW_GONE] = "is not checked", [ROW_LAST] = "is checked after all others",
		[ROW_CODE] = "is answered with another code"};

	if (f->what)
		return rsp_sprintf(c, "%s: \"%s\" %s", f->table, f->row, words[f->what]);
	return f->set ? "a setting" : f->request ? "requests are changed on their way" : "answers are changed on their way";
}

/* The rows are the world's own from here on: a changed copy, which lives as long as the world. */
static enum rsp_status
edit(struct world *w, struct rsp_ctx *c, struct rsp_checks *t)
{
	const struct fault *f = w->fault;
	struct rsp_check *copy = rsp_alloc(c, (t->n + 1) * sizeof(*copy)), moved = {0};
	size_t i, n = 0;

	if (!copy)
		return RSP_NOMEM;
	for (i = 0; i < t->n; i++) {
		bool it = strcmp(t->rows[i].name, f->row) == 0;

		if (it)
			moved = t->rows[i];
		if (it && f->what != ROW_CODE)
			continue;
		copy[n] = t->rows[i];
		copy[n].code = it ? f->code : copy[n].code;
		n++;
	}
	if (!moved.name)
		return rsp_fail(c, RSP_STATE, "fault %s: table %s has no row \"%s\"", f->name, f->table, f->row);
	if (f->what == ROW_LAST)
		copy[n++] = moved;
	*t = (struct rsp_checks){copy, n};
	return RSP_OK;
}

static enum rsp_status
edit_table(struct world *w, struct rsp_ctx *c, enum actor role, void *checks)
{
	size_t i;

	if (!w->fault->what)
		return RSP_OK;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i].role == role && strcmp(tables[i].name, w->fault->table) == 0)
			return edit(w, c, (struct rsp_checks *)(void *)((char *)checks + tables[i].offset));
	return rsp_fail(c, RSP_STATE, "fault %s: there is no table %s", w->fault->name, w->fault->table);
}

enum rsp_status
fault_to_smdpp(struct world *w, struct rsp_ctx *c, struct smdpp *dp)
{
	if (w->fault->set)
		w->fault->set(dp);
	return edit_table(w, c, ACTOR_SMDPP, &dp->checks);
}

enum rsp_status
fault_to_smds(struct world *w, struct rsp_ctx *c, struct smds *ds)
{
	return edit_table(w, c, ACTOR_SMDS, &ds->checks);
}

enum rsp_status
fault_to_euicc(struct world *w, struct rsp_ctx *c, struct euicc *e)
{
	return edit_table(w, c, ACTOR_EUICC, euicc_checks(e));
}
