// SPDX-License-Identifier: BSD-2-Clause
/* esimlab pki: make, show, import. */
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/time.h"
#include "cli.h"
#include "codec/ids.h"
#include "pki/pki.h"

static int
make(struct cli *cli)
{
	const char *curve = cli_get(cli, "curve", "both");
	struct pki_make_options o = {.host = cli_get(cli, "host", NULL), .eid = cli_get(cli, "eid", NULL)};
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	if (strcmp(curve, "nist") != 0 && strcmp(curve, "brainpool") != 0 && strcmp(curve, "both") != 0)
		return cli_usage(cli, "--curve is nist, brainpool or both");
	o.nist = strcmp(curve, "brainpool") != 0;
	o.brainpool = strcmp(curve, "nist") != 0;
	if ((rc = cli_open(cli, &c, "pki")))
		return rc;
	st = pki_make(&c, cli->argument[0], &o);
	rc = cli_failed(cli, &c, st);
	if (st == RSP_OK && !cli->json)
		printf("test PKI in %s (esimlab pki show %s)\n", cli->argument[0], cli->argument[0]);
	else if (st == RSP_OK)
		cli_json_result(cli, bytes_of_str("{}"));
	cli_close(cli, &c);
	return rc;
}

static int
import(struct cli *cli)
{
	struct pki *p = NULL;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc = cli_open(cli, &c, "pki");

	if (rc)
		return rc;
	st = pki_load(&c, cli->argument[0], &p);
	if (st == RSP_OK)
		st = pki_save(&c, cli->argument[1], p);
	rc = cli_failed(cli, &c, st);
	if (st == RSP_OK)
		printf("%s: copied to %s under SGP.26 names\n", cli->argument[0], cli->argument[1]);
	pki_free(p);
	cli_close(cli, &c);
	return rc;
}

struct row { const char *role; const struct pki_identity *id; const struct pki_cert *issuer; enum pki_role as; };

/* "ok", or what is wrong with the chain. */
static const char *
verdict(struct rsp_ctx *c, const struct row *r)
{
	if (r->as == PKI_ROLE_NONE)
		return "-";
	if (!r->issuer)
		return "issuer is not here";
	return pki_verify(c, r->id->cert, r->as, r->issuer) == RSP_OK ? "ok" : rsp_strdup(c, c->error.text);
}

static void
show_row(struct rsp_ctx *c, const struct row *r, struct json_out *j)
{
	const struct pki_cert *x = r->id->cert;
	const char *name = x->role == PKI_EUICC ? x->serial_number : x->dns[0] ? x->dns : x->oid.p ? oid_text(c, x->oid) : "";
	const char *good = verdict(c, r);
	char until[TIME_TEXT_SIZE];

	time_text(x->not_after, until);
	if (!j) {
		printf("%-9s %-16s %-4s %.10s  %-34s %s\n", r->role, ec_curve_name(x->curve), r->id->key ? "yes" : "no", until, name, good);
		return;
	}
	json_object(j, NULL);
	json_string(j, "role", r->role);
	json_string(j, "curve", ec_curve_name(x->curve));
	json_bool(j, "key", r->id->key != NULL);
	json_string(j, "until", until);
	json_string(j, "subject", x->subject);
	json_string(j, "name", name);
	json_string(j, "chain", good);
	json_object_end(j);
}

static bool
show_branch(struct rsp_ctx *c, const struct pki_branch *b, struct json_out *j)
{
	const struct row rows[] = {
		{"CI", &b->ci, b->ci.cert, PKI_CI}, {"EUM", &b->eum, b->ci.cert, PKI_EUM}, {"eUICC", &b->euicc, b->eum.cert, PKI_EUICC},
		{"DPauth", &b->dpauth, b->ci.cert, PKI_DPAUTH}, {"DPpb", &b->dppb, b->ci.cert, PKI_DPPB}, {"DPtls", &b->dptls, b->ci.cert, PKI_DPTLS},
		{"DSauth", &b->dsauth, b->ci.cert, PKI_DSAUTH}, {"DStls", &b->dstls, b->ci.cert, PKI_DSTLS}, {"operator", &b->operator_tls, NULL, PKI_ROLE_NONE},
	};
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].id->cert)
			continue;
		show_row(c, &rows[i], j);
		good = good && (rows[i].as == PKI_ROLE_NONE || strcmp(verdict(c, &rows[i]), "ok") == 0);
	}
	return good;
}

static int
show(struct cli *cli)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	struct pki *p = NULL;
	struct rsp_ctx c;
	bool good = true;
	int i, rc = cli_open(cli, &c, "pki");

	if (rc)
		return rc;
	rc = cli_failed(cli, &c, pki_load(&c, cli->argument[0], &p));
	if (!rc) {
		if (cli->json)
			json_array(&j, NULL);
		else
			printf("%-9s %-16s %-4s %-10s  %-34s %s\n", "role", "curve", "key", "until", "EID, name or OID", "chain");
		for (i = 0; i < 2; i++)
			good = show_branch(&c, &p->branch[i], cli->json ? &j : NULL) && good;
		if (cli->json) {
			json_array_end(&j);
			cli_json_result(cli, buf_bytes(&b));
		}
		rc = good ? 0 : 1;
	}
	buf_free(&b);
	pki_free(p);
	cli_close(cli, &c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"make", "DIR", "write a whole test PKI into a new folder", make, 1, 1},
	{"show", "DIR", "list its certificates and say whether the chains hold", show, 1, 1},
	{"import", "FROM DIR", "copy a folder in any accepted form under SGP.26 names", import, 2, 2},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"host", 0, "FQDN", "DNS name in the TLS certificates (testsmdpplus1.example.com)"},
	{"eid", 0, "EID", "of the eUICC certificate"},
	{"curve", 0, "CURVE", "nist, brainpool or both (both)"},
	{NULL, 0, NULL, NULL},
};

int
pki_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"pki", "Test certificates in the shape of SGP.26: worthless as secrets, for tests only.", verbs, options};

	return cli_run(&noun, argc, argv);
}
