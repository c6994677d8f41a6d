// SPDX-License-Identifier: BSD-2-Clause
/* esimlab pki: make, show, import. */
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/time.h"
#include "cli.h"
#include "codec/ids.h"
#include "pki/pki.h"

#define SUBJECT_WIDTH 26

static int
make(struct cli *cli)
{
	static const struct { const char *name; bool nist, brainpool; } curves[] = {{"both", true, true}, {"nist", true, false}, {"brainpool", false, true}};
	const char *curve = cli_get(cli, "curve", "both");
	struct pki_make_options o = {.host = cli_get(cli, "host", NULL), .smds_host = cli_get(cli, "smds-host", NULL), .eid = cli_get(cli, "eid", NULL)};
	struct rsp_ctx c;
	enum rsp_status st;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curve, curves[i].name) == 0) {
			o.nist = curves[i].nist;
			o.brainpool = curves[i].brainpool;
		}
	if (!o.nist && !o.brainpool)
		return cli_usage(cli, "--curve is nist, brainpool or both");
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
	if (st == RSP_OK && !cli->json)
		printf("%s: copied to %s under SGP.26 names\n", cli->argument[0], cli->argument[1]);
	else if (st == RSP_OK)
		cli_json_result(cli, bytes_of_str("{}"));
	pki_free(p);
	cli_close(cli, &c);
	return rc;
}

/* What is shown of one file; cert NULL for a CRL. */
struct row {
	const char *role;
	const struct pki_cert *cert;
	enum ec_curve curve;
	bool key;
	const char *chain;   /* "ok", or what is wrong */
};

struct showing {
	struct rsp_ctx *c;
	struct json_out *json;   /* NULL: the table for people */
	int rc;                  /* the worst so far */
};

static const char *
verdict(struct showing *s, enum rsp_status st)
{
	int rc = rsp_exit_code(st);

	s->rc = rc > s->rc ? rc : s->rc;
	return st == RSP_OK ? "ok" : rsp_strdup(s->c, s->c->error.text);
}

static enum rsp_status
check(struct rsp_ctx *c, const struct pki_branch *b, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer)
{
	enum rsp_status st;

	if (!issuer)
		return rsp_fail(c, RSP_UNTRUSTED, "its issuer is not here");
	st = pki_verify(c, cert, role, issuer);
	if (st == RSP_OK && b->crl && pki_crl_lists(b->crl, cert))
		return rsp_fail(c, RSP_UNTRUSTED, "revoked by the CI's CRL");
	return st;
}

/* The EID, the DNS name or the object identifier: whatever says most. */
static const char *
name_of(struct rsp_ctx *c, const struct pki_cert *cert)
{
	if (!cert)
		return "";
	if (cert->role == PKI_EUICC)
		return cert->serial_number;
	if (cert->dns[0])
		return cert->dns;
	return cert->oid.p ? oid_text(c, cert->oid) : "";
}

/* The common name alone, without the quotes that a '+' in it brings; the table has no room for more. */
static struct bytes
short_subject(const struct pki_cert *cert)
{
	const char *cn = cert ? strstr(cert->subject, "CN = ") : NULL;
	size_t n;

	if (!cn)
		return bytes_of_str(cert ? cert->subject : "");
	cn += strlen("CN = ");
	n = *cn == '"' ? strcspn(++cn, "\"") : strcspn(cn, ",");
	return bytes_of(cn, n > SUBJECT_WIDTH ? SUBJECT_WIDTH : n);
}

static void
show_row(struct showing *s, const struct row *r)
{
	const char *name = name_of(s->c, r->cert);
	struct bytes subject = short_subject(r->cert);
	char until[TIME_TEXT_SIZE] = "";

	if (r->cert)
		time_text(r->cert->not_after, until);
	if (!s->json) {
		printf("%-9s %-9s %-3s  %-10.10s  %-32s  %-*.*s  %s\n", r->role, r->curve == EC_P256 ? "nist" : "brainpool", r->key ? "yes" : "no", until,
			name, SUBJECT_WIDTH, (int)subject.n, (const char *)subject.p, r->chain);
		return;
	}
	json_object(s->json, NULL);
	json_string(s->json, "role", r->role);
	json_string(s->json, "curve", ec_curve_name(r->curve));
	json_bool(s->json, "key", r->key);
	json_string(s->json, "until", until);
	json_string(s->json, "subject", r->cert ? r->cert->subject : "");
	json_string(s->json, "name", name);
	json_string(s->json, "oid", r->cert && r->cert->oid.p ? oid_text(s->c, r->cert->oid) : "");
	json_string(s->json, "chain", r->chain);
	json_object_end(s->json);
}

static void
show_branch(struct showing *s, const struct pki_branch *b, enum ec_curve curve)
{
	const struct { const char *role; const struct pki_identity *id; const struct pki_cert *issuer; enum pki_role as; } all[] = {
		{"CI", &b->ci, b->ci.cert, PKI_CI}, {"EUM", &b->eum, b->ci.cert, PKI_EUM}, {"eUICC", &b->euicc, b->eum.cert, PKI_EUICC},
		{"DPauth", &b->dpauth, b->ci.cert, PKI_DPAUTH}, {"DPpb", &b->dppb, b->ci.cert, PKI_DPPB}, {"DPtls", &b->dptls, b->ci.cert, PKI_DPTLS},
		{"DSauth", &b->dsauth, b->ci.cert, PKI_DSAUTH}, {"DStls", &b->dstls, b->ci.cert, PKI_DSTLS},
		{"operator", &b->operator_tls, b->ci.cert, PKI_ROLE_NONE},
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct pki_cert *cert = all[i].id->cert;
		struct row r = {all[i].role, cert, curve, all[i].id->key != NULL, ""};

		if (!cert)
			continue;
		r.chain = verdict(s, check(s->c, b, cert, all[i].as, all[i].issuer));
		show_row(s, &r);
	}
	if (b->crl) {
		struct row r = {"CRL", NULL, curve, false, verdict(s, pki_crl_verify(s->c, b->crl, b->ci.cert))};

		show_row(s, &r);
	}
}

static void
show_all(struct cli *cli, struct showing *s, const struct pki *p)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	int i;

	if (cli->json) {
		s->json = &j;
		json_array(&j, NULL);
	} else {
		printf("%-9s %-9s %-3s  %-10s  %-32s  %-*s  %s\n", "role", "curve", "key", "until", "EID, host or OID", SUBJECT_WIDTH, "subject", "chain");
	}
	for (i = 0; i < 2; i++)
		show_branch(s, &p->branch[i], (enum ec_curve)i);
	if (cli->json) {
		json_array_end(&j);
		cli_json_result(cli, buf_bytes(&b));
	}
	buf_free(&b);
}

static int
show(struct cli *cli)
{
	struct rsp_ctx c;
	struct showing s = {.c = &c};
	struct pki *p = NULL;
	int rc = cli_open(cli, &c, "pki");

	if (rc)
		return rc;
	rc = cli_failed(cli, &c, pki_load(&c, cli->argument[0], &p));
	if (!rc) {
		show_all(cli, &s, p);
		rc = s.rc;
	}
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
	{"host", 0, "FQDN,...", "DNS names in the SM-DP+'s TLS certificate (testsmdpplus1.example.com)"},
	{"smds-host", 0, "FQDN,...", "DNS names in the SM-DS's TLS certificate (testrootsmds.example.com)"},
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
