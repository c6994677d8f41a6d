// SPDX-License-Identifier: BSD-2-Clause
/* An order's event is registered at its SM-DS before the order is stored, by the SM-DP+ whose certificates --pki holds (ES12). */
#include "order.h"
#include "service/es12_client.h"

#define RULES_MAX 16

static enum rsp_status
register_event(void *self, struct rsp_ctx *c, const char *smds, const char *eid, const char *event_id)
{
	struct job *j = self;

	return es12_client_register(j->clients, c, smds, j->dp.host, j->dp.host, eid, event_id);
}

static enum rsp_status
make_clients(struct job *j)
{
	const struct pki_cert *ca[2];
	const char *rules[RULES_MAX];
	struct http_client_options o = {.ca = ca, .connect_to = rules, .user_agent = "esimlab-smdpp", .timeout_ms = 5000,
		.fixed_now = cli_has(j->cli, "clock") ? j->c.now : 0};
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct pki_branch *b = &j->loaded->branch[i];

		if (b->ci.cert)
			ca[o.n_ca++] = b->ci.cert;
		if (!o.identity && b->dptls.key)
			o.identity = &b->dptls;
	}
	for (i = 0; i < RULES_MAX && (rules[i] = cli_nth(j->cli, "connect-to", i)); i++)
		o.n_connect_to++;
	if (!o.identity)
		return rsp_fail(&j->c, RSP_STATE, "%s: has no TLS key of an SM-DP+, which an SM-DS demands", cli_get(j->cli, "pki", ""));
	j->clients = clients_new(&o);
	return j->clients ? RSP_OK : RSP_NOMEM;
}

enum rsp_status
job_reach_smds(struct job *j)
{
	const char *folder = cli_get(j->cli, "pki", NULL);
	enum rsp_status st = folder ? pki_load(&j->c, folder, &j->loaded) : RSP_OK;

	if (st == RSP_OK && folder)
		st = make_clients(j);
	if (st != RSP_OK || !folder)
		return st;
	j->smds = (struct smds_port){j, register_event};
	j->dp.smds = &j->smds;
	j->dp.pki = j->loaded;
	return RSP_OK;
}

void
job_leave_smds(struct job *j)
{
	clients_free(j->clients);
	pki_free(j->loaded);
}
