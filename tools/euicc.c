// SPDX-License-Identifier: BSD-2-Clause
/* esimlab euicc: create, show, install, reset. */
#include <esimlab/euicc.h>

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/json_out.h"
#include "cli.h"
#include "codec/es10.h"
#include "codec/ids.h"
#include "codec/reasons.h"
#include "euicc.h"
#include "image/image.h"
#include "pki/pki.h"
#include "tlv/tlv.h"
#include "uicc/uicc.h"

/* ---- create ---- */

/* With the EUM's key every card gets certificates of its own; without it the folder's one eUICC is used. */
static enum rsp_status
take_branch(struct rsp_ctx *c, const struct pki_branch *b, const char *eid, struct euicc_branch *out)
{
	struct pki_identity made = {0};
	const struct pki_identity *id = &b->euicc;
	uint8_t scalar[32];
	enum rsp_status st = RSP_OK;

	if (!b->ci.cert || !b->eum.cert)
		return RSP_OK;
	if (b->eum.key) {
		st = pki_issue_euicc(c, &b->eum, eid, &made);
		id = &made;
	}
	if (st == RSP_OK && (!id->cert || !id->key))
		return rsp_fail(c, RSP_STATE, "the PKI has neither the EUM's key nor a eUICC's");
	if (st == RSP_OK)
		st = ec_key_scalar(c, id->key, scalar);
	if (st == RSP_OK)
		*out = (struct euicc_branch){.ci_cert = b->ci.cert->der, .eum_cert = b->eum.cert->der, .euicc_cert = rsp_copy(c, id->cert->der),
			.euicc_scalar = rsp_copy(c, BYTES_OF(scalar))};
	explicit_bzero(scalar, sizeof(scalar));
	pki_identity_free(&made);
	return st;
}

static enum rsp_status
choose_eid(struct rsp_ctx *c, const struct pki *p, const char *given, char eid[33])
{
	const struct pki_branch *b = p->branch[0].eum.cert ? &p->branch[0] : &p->branch[1];
	uint8_t random[5];
	uint64_t n = 0;
	size_t i;
	enum rsp_status st;

	if (!b->eum.cert)
		return rsp_fail(c, RSP_STATE, "the PKI has no EUM certificate");
	if (given) {
		snprintf(eid, 33, "%s", given);
		return RSP_OK;
	}
	if (!b->eum.key && b->euicc.cert) {
		snprintf(eid, 33, "%.32s", b->euicc.cert->serial_number);
		return RSP_OK;
	}
	if ((st = crypto_random(c, random, sizeof(random))) != RSP_OK)
		return st;
	for (i = 0; i < sizeof(random); i++)
		n = n << 8 | random[i];
	return pki_eid_under(c, b->eum.cert, n, eid);
}

static enum rsp_status
fill(struct rsp_ctx *c, const struct pki *p, const char *given, struct euicc_options *o, char eid[33])
{
	enum rsp_status st = choose_eid(c, p, given, eid);
	int i;

	if (st == RSP_OK)
		st = eid_read(c, eid, o->eid);
	for (i = 0; st == RSP_OK && i < 2; i++)
		st = take_branch(c, &p->branch[i], eid, &o->branch[i]);
	return st;
}

static enum rsp_status
read_description(struct rsp_ctx *c, const char *file, struct euicc_traits *t)
{
	struct bytes text;
	const char *why;
	enum rsp_status st;

	euicc_traits_default(t);
	if (!file)
		return RSP_OK;
	if ((st = cli_read_file(c, file, 65536, &text)) != RSP_OK || (st = euicc_traits_read(c, text, t)) != RSP_MALFORMED)
		return st;
	why = rsp_strdup(c, c->error.text);
	return rsp_fail(c, RSP_MALFORMED, "%s, %s", file, why);
}

static int
create(struct cli *cli)
{
	struct euicc_traits traits;
	struct euicc_options o = {.traits = &traits, .default_dp = cli_get(cli, "default-dp", NULL), .root_ds = cli_get(cli, "root-ds", NULL),
		.lenient_segments = cli_has(cli, "lenient-segments")};
	const char *dir = cli_get(cli, "pki", NULL);
	struct image *image = NULL;
	struct pki *p = NULL;
	struct rsp_ctx c;
	char eid[33] = "";
	enum rsp_status st;
	int rc;

	if (!dir)
		return cli_usage(cli, "create wants --pki DIR");
	if ((rc = cli_open(cli, &c, "euicc")))
		return rc;
	st = read_description(&c, cli_get(cli, "describe", NULL), &traits);
	if (st == RSP_OK)
		st = pki_load(&c, dir, &p);
	if (st == RSP_OK)
		st = fill(&c, p, cli_get(cli, "eid", NULL), &o, eid);
	if (st == RSP_OK)
		st = image_create(&c, cli->argument[0], &image);
	if (st == RSP_OK && (st = euicc_create(&c, image_nvm(image), &o)) != RSP_OK)
		remove(cli->argument[0]);
	rc = cli_failed(cli, &c, st);
	if (st == RSP_OK && cli->json)
		cli_json_result(cli, bytes_of_str(rsp_sprintf(&c, "{\"eid\":\"%s\"}", eid)));
	else if (st == RSP_OK)
		printf("%s: a eUICC with EID %s\n", cli->argument[0], eid);
	image_close(image);
	pki_free(p);
	cli_close(cli, &c);
	return rc;
}

/* ---- show ---- */

static enum rsp_status
show_file(void *arg, const struct uicc_file *f)
{
	static const char *const kinds[] = {"MF", "DF", "ADF", "transparent", "linear", "cyclic", "BER-TLV"};
	struct rsp_ctx *c = arg;
	char path[PATH_MAX_DEPTH * 5 + 1] = "3F00";
	unsigned i;
	int n = 0;

	for (i = 0; i < f->depth; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "%s%04X", i ? "/" : "", f->path[i]);
	printf("    %-20s %-12s %-16s", path, kinds[f->info.kind], f->info.name);
	if (f->info.kind > FILE_ADF)
		printf(" %5zu%s%-4s %s", f->info.size, f->info.record_size ? "/" : " ", f->info.record_size ? rsp_sprintf(c, "%u", f->info.record_size) : "",
			hex_of(c, f->info.content));
	else if (f->info.df_name.p)
		printf("            %s", hex_of(c, f->info.df_name));
	printf("\n");
	return RSP_OK;
}

static void
show_json(struct cli *cli, const struct euicc_view *v)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	size_t i;

	json_object(&j, NULL);
	json_string(&j, "eid", v->eid);
	json_string(&j, "defaultDpAddress", v->default_dp);
	json_string(&j, "rootDsAddress", v->root_ds);
	json_int(&j, "notifications", (long long)v->n_notifications);
	json_int(&j, "octets", (long long)v->used);
	json_array(&j, "profiles");
	for (i = 0; i < v->n_profiles; i++) {
		json_object(&j, NULL);
		json_string(&j, "iccid", v->profile[i].iccid);
		json_string(&j, "isdpAid", v->profile[i].isdp_aid);
		json_string(&j, "name", v->profile[i].name);
		json_string(&j, "provider", v->profile[i].provider);
		json_bool(&j, "enabled", v->profile[i].enabled);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_object_end(&j);
	cli_json_result(cli, buf_bytes(&b));
	buf_free(&b);
}

static enum rsp_status
show_text(struct cli *cli, struct rsp_ctx *c, struct nvm *nvm, const struct euicc_view *v)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	printf("EID            %s\ndefault SM-DP+ %s\nroot SM-DS     %s\nnotifications  %zu pending\nmemory         %zu octets\n", v->eid,
		v->default_dp[0] ? v->default_dp : "-", v->root_ds, v->n_notifications, v->used);
	if (!v->n_profiles)
		printf("no profile\n");
	for (i = 0; st == RSP_OK && i < v->n_profiles; i++) {
		printf("profile %s  %-8s %s (%s)  %s\n", v->profile[i].iccid, v->profile[i].enabled ? "enabled" : "disabled", v->profile[i].name,
			v->profile[i].provider, v->profile[i].isdp_aid);
		if (cli_has(cli, "files"))
			st = uicc_each_file(c, nvm, v->profile[i].prefix, show_file, c);
	}
	return st;
}

static enum rsp_status
show_description(struct rsp_ctx *c, struct nvm *nvm)
{
	struct euicc_traits t;
	struct buf b = BUF_INIT;
	enum rsp_status st = euicc_traits_of(c, nvm, &t);

	if (st != RSP_OK)
		return st;
	euicc_traits_write(&b, &t, true);
	if (!b.bad)
		printf("%.*s", (int)b.n, (const char *)b.p);
	st = b.bad ? RSP_NOMEM : RSP_OK;
	buf_free(&b);
	return st;
}

static int
show(struct cli *cli)
{
	/* --describe has no file here: a word behind it is the image */
	const char *file = cli->n_arguments ? cli->argument[0] : cli_get(cli, "describe", "");
	struct image *image = NULL;
	struct euicc_view v;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	if (!*file)
		return cli_usage(cli, "show wants IMAGE");
	if ((rc = cli_open(cli, &c, "euicc")))
		return rc;
	st = image_open_readonly(&c, file, &image);
	if (st == RSP_OK)
		st = euicc_view(&c, image_nvm(image), &v);
	if (st == RSP_OK && cli_has(cli, "describe"))
		st = show_description(&c, image_nvm(image));
	else if (st == RSP_OK && cli->json)
		show_json(cli, &v);
	else if (st == RSP_OK)
		st = show_text(cli, &c, image_nvm(image), &v);
	rc = cli_failed(cli, &c, st);
	image_close(image);
	cli_close(cli, &c);
	return rc;
}

/* ---- install, reset ---- */

struct powered { struct rsp_ctx c; struct image *image; struct euicc *e; };

static enum rsp_status
power_on(struct cli *cli, struct powered *p)
{
	enum rsp_status st = image_open(&p->c, cli->argument[0], &p->image);

	return st == RSP_OK ? euicc_open(&p->c, image_nvm(p->image), cli->crypto, &p->e) : st;
}

static int
power_off(struct cli *cli, struct powered *p, enum rsp_status st)
{
	int rc = cli_failed(cli, &p->c, st);

	euicc_close(p->e);
	image_close(p->image);
	cli_close(cli, &p->c);
	return rc;
}

/* A function of ES10c that answers TAG { 80 result }. */
static enum rsp_status
ask(struct powered *p, const char *function, struct buf *command, uint32_t tag)
{
	struct bytes der, answer;
	unsigned sw = 0;
	const char *word;
	int result = 127;
	enum rsp_status st = buf_finish(command, &p->c, &der);

	if (st == RSP_OK)
		st = euicc_es10(p->e, &p->c, der, &answer, &sw);
	if (st == RSP_OK && sw != 0x9000)
		return rsp_fail(&p->c, RSP_REFUSED, "%s: the card answers %04X", function, sw);
	if (st == RSP_OK)
		st = es10_read_result(&p->c, answer, tag, &result);
	if (st != RSP_OK || result == 0)
		return st;
	word = es10_error_name(function, result);
	return rsp_fail(&p->c, RSP_REFUSED, "%s: %s (%d)", function, word ? word : "error", result);
}

static bool
read_class(const char *word, int *out)
{
	static const char *const names[] = {"test", "provisioning", "operational"};

	for (*out = 2; *out >= 0 && strcmp(names[*out], word) != 0; --*out)
		;
	return *out >= 0;
}

static enum rsp_status
put_in(struct cli *cli, struct powered *p, struct euicc_direct *d, struct euicc_installed *done)
{
	struct buf b = BUF_INIT;
	const struct profile_choice which = {.iccid = BYTES_OF(done->iccid)};
	enum rsp_status st = cli_read_file(&p->c, cli->argument[1], 1u << 20, &d->package);

	if (st == RSP_OK)
		st = power_on(cli, p);
	if (st == RSP_OK)
		st = euicc_install(p->e, &p->c, d, done);
	if (st != RSP_OK || !cli_has(cli, "enable"))
		return st;
	es10_write_enable_req(&b, 0xBF31, &which);
	return ask(p, "EnableProfile", &b, 0xBF31);
}

static int
install(struct cli *cli)
{
	struct euicc_direct d = {.name = cli_get(cli, "name", NULL), .provider = cli_get(cli, "provider", NULL)};
	struct euicc_installed done;
	struct powered p = {0};
	const char *aid;
	char iccid[ICCID_TEXT];
	enum rsp_status st;
	int rc;

	if (!read_class(cli_get(cli, "class", "operational"), &d.profile_class))
		return cli_usage(cli, "--class: want operational, test or provisioning");
	if ((rc = cli_open(cli, &p.c, "euicc")))
		return rc;
	st = put_in(cli, &p, &d, &done);
	if (st == RSP_OK) {
		iccid_text(done.iccid, iccid);
		aid = hex_of(&p.c, BYTES_OF(done.isdp_aid));
		if (cli->json)
			cli_json_result(cli, bytes_of_str(rsp_sprintf(&p.c, "{\"iccid\":\"%s\",\"isdpAid\":\"%s\"}", iccid, aid)));
		else
			printf("installed: ICCID %s in ISD-P %s, %s\n", iccid, aid, cli_has(cli, "enable") ? "enabled" : "disabled");
	}
	return power_off(cli, &p, st);
}

static int
reset_card(struct cli *cli)
{
	static const char *const options[] = {"operational", "test", "default-dp"};
	struct powered p = {0};
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0xBF34);
	uint32_t bits = 0;
	enum rsp_status st;
	int i, rc;

	for (i = 0; i < 3; i++)
		bits |= cli_has(cli, options[i]) ? 1u << i : 0;
	if ((rc = cli_open(cli, &p.c, "euicc")))
		return rc;
	tlv_add_bits(&b, 0x82, bits ? bits : 7);
	tlv_close(&b, mark);
	st = power_on(cli, &p);
	if (st == RSP_OK)
		st = ask(&p, "MemoryReset", &b, 0xBF34);
	else
		buf_free(&b);
	if (st == RSP_OK && cli->json)
		cli_json_result(cli, bytes_of_str("{}"));
	else if (st == RSP_OK)
		printf("%s: reset\n", cli->argument[0]);
	return power_off(cli, &p, st);
}

static const struct cli_verb verbs[] = {
	{"create", "IMAGE", "a new card in a new file, personalised from --pki", create, 1, 1},
	{"show", "IMAGE", "what is on a card; with --files every file of every profile, with --describe its kind", show, 0, 1},
	{"install", "IMAGE PACKAGE", "put an unprotected profile package into the card; with --enable switch to it", install, 2, 2},
	{"reset", "IMAGE", "eUICCMemoryReset: --operational, --test, --default-dp, or all three", reset_card, 1, 1},
	{"serve", "IMAGE...", "let others use the card: --vpcd, --tcp or --stdio", euicc_serve, 1, CLI_MAX},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"pki", 0, "DIR", "certificates; with the EUM's key there every card gets its own"},
	{"eid", 0, "EID", "32 digits (one is made)"},
	{"describe", 0, "[FILE]", "create: what kind of card, as show --describe prints it"},
	{"default-dp", 0, "[FQDN]", "create: default SM-DP+ address, before that of the description; reset: take it away"},
	{"root-ds", 0, "FQDN", "root SM-DS address, likewise"},
	{"lenient-segments", 0, NULL, "create: the card takes segments of up to 1040 octets, not only 1020"},
	{"files", 0, NULL, "show every file and its content"},
	{"enable", 0, NULL, "install: and switch to it"},
	{"name", 0, "NAME", "install: the profile's name"},
	{"provider", 0, "NAME", "install: the service provider's name"},
	{"class", 0, "CLASS", "install: operational, test or provisioning (operational)"},
	{"operational", 0, NULL, "reset: operational profiles"},
	{"test", 0, NULL, "reset: test profiles"},
	{"vpcd", 0, "HOST:PORT", "serve: the virtual reader's driver, usually 127.0.0.1:35963; once for each card, or the ports that follow"},
	{"tcp", 0, "HOST:PORT", "serve: listen there for a terminal; port 0: a free one; for several cards likewise"},
	{"stdio", 0, NULL, "serve: lpac's JSON lines on standard input and output"},
	{NULL, 0, NULL, NULL},
};

int
euicc_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"euicc", "Software eUICCs: a card is a file, and a reader may have it.", verbs, options};

	return cli_run(&noun, argc, argv);
}
