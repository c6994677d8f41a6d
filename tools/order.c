// SPDX-License-Identifier: BSD-2-Clause
/* esimlab order: on the store itself, beside a running server, through the same functions as ES2+. */
#include <esimlab/smdpp.h>

#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json_out.h"
#include "base/time.h"
#include "cli.h"
#include "codec/ids.h"
#include "service/smdpp_service.h"
#include "store/store.h"

struct job {
	struct cli *cli;
	struct rsp_ctx c;
	struct pki pki;              /* empty: orders need no certificate */
	struct store *open;
	struct smdpp_store *store;
	struct smdpp dp;
	uint8_t iccid[10];
};

static int
open_job(struct cli *cli, struct job *j)
{
	const char *where = cli_get(cli, "store", NULL);
	int rc;

	*j = (struct job){.cli = cli};
	if (!where)
		return cli_usage(cli, "want --store sqlite:FILE, the server's own");
	if ((rc = cli_open(cli, &j->c, "order")))
		return rc;
	rc = cli_failed(cli, &j->c, store_open(&j->c, where, NULL, &j->open));
	if (rc) {
		cli_close(cli, &j->c);
		return rc;
	}
	j->store = j->open->smdpp;
	smdpp_init(&j->dp, cli_get(cli, "host", "testsmdpplus1.example.com"), &j->pki, j->store, types_folder(cli_get(cli, "profiles", NULL)));
	return 0;
}

static int
close_job(struct job *j, int rc)
{
	store_close(j->open);
	cli_close(j->cli, &j->c);
	return rc;
}

/* Two rows of modules in one line of text: upper and lower half blocks, dark on light whatever the terminal's colours. */
static void
print_qr(const char *text)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	int x, y, w;

	if (!q)
		return;
	w = q->width;
	for (y = -2; y < w + 2; y += 2) {
		printf("\033[30;107m");
		for (x = -2; x < w + 2; x++) {
			bool inside = x >= 0 && x < w;
			bool top = inside && y >= 0 && y < w && q->data[y * w + x] & 1, low = inside && y + 1 >= 0 && y + 1 < w && q->data[(y + 1) * w + x] & 1;

			printf("%s", top && low ? "\u2588" : top ? "\u2580" : low ? "\u2584" : " ");
		}
		printf("\033[0m\n");
	}
	QRcode_free(q);
}

static void
order_json(struct job *j, struct json_out *o, const struct smdpp_order *r)
{
	char iccid[ICCID_TEXT], eid[EID_TEXT] = "", at[TIME_TEXT_SIZE];

	iccid_text(r->iccid, iccid);
	if (r->has_eid)
		eid_text(r->eid, eid);
	time_text(r->created, at);
	json_object(o, NULL);
	json_string(o, "iccid", iccid);
	json_string(o, "state", order_state_name(r->state));
	json_string(o, "profile", r->profile);
	json_string(o, "matchingId", r->matching_id);
	json_string(o, "eid", eid);
	json_string(o, "card", card_state_name(r->card));
	json_bool(o, "confirmationCode", r->cc_required);
	json_int(o, "confirmationFailures", r->cc_tries);
	json_int(o, "downloads", r->download_tries);
	json_string(o, "created", at);
	json_string(o, "fault", r->fault);
	json_string(o, "activationCode", order_activation_code(&j->c, &j->dp, r));
	json_object_end(o);
}

static void
print_order(struct job *j, const struct smdpp_order *r)
{
	char iccid[ICCID_TEXT], eid[EID_TEXT], at[TIME_TEXT_SIZE];

	iccid_text(r->iccid, iccid);
	time_text(r->created, at);
	printf("ICCID            %s\nstate            %s%s%s\nprofile          %s\nactivation code  %s\n", iccid, order_state_name(r->state),
		r->card ? ", on the card " : "", card_state_name(r->card), r->profile, order_activation_code(&j->c, &j->dp, r));
	if (r->has_eid) {
		eid_text(r->eid, eid);
		printf("bound to EID     %s\n", eid);
	}
	printf("downloads        %u of %u\n", r->download_tries, r->download_limit);
	if (r->cc_required)
		printf("confirmation     needed, %u of %u tries failed\n", r->cc_tries, r->cc_limit);
	printf("created          %s\n", at);
	if (r->fault[0])
		printf("fault            %s\n", r->fault);
}

static void
report(struct job *j, const struct smdpp_order *o)
{
	struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);

	if (j->cli->json) {
		order_json(j, &out, o);
		cli_json_result(j->cli, buf_bytes(&b));
		buf_free(&b);
		return;
	}
	print_order(j, o);
	if (cli_has(j->cli, "qr"))
		print_qr(order_activation_code(&j->c, &j->dp, o));
}

/* ---- new ---- */

struct making { struct order_request r; struct smdpp_order made; };

static enum rsp_status
make(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct making *m = arg;
	enum rsp_status st = order_new(c, dp, &m->r, changes);

	if (st == RSP_OK)
		m->made = changes->order[0];
	return st;
}

static enum rsp_status
read_code(struct job *j, struct bytes *code)
{
	const char *path = cli_get(j->cli, "confirmation-code-file", NULL);
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	st = cli_read_file(&j->c, path, 1024, code);
	while (st == RSP_OK && code->n && (code->p[code->n - 1] == '\n' || code->p[code->n - 1] == '\r'))
		code->n--;
	return st == RSP_OK && !code->n ? rsp_fail(&j->c, RSP_MALFORMED, "%s: holds no confirmation code", path) : st;
}

static int
new(struct cli *cli)
{
	struct making m = {.r = {.profile = cli_get(cli, "profile", "default"), .eid = cli_get(cli, "eid", NULL),
		.matching_id = cli_get(cli, "matching-id", NULL), .iccid = cli_get(cli, "iccid", NULL), .name = cli_get(cli, "name", NULL),
		.provider = cli_get(cli, "provider", NULL), .release = !cli_has(cli, "hold")}};
	struct job j;
	enum rsp_status st;
	int rc = open_job(cli, &j);

	if (rc)
		return rc;
	st = read_code(&j, &m.r.confirmation_code);
	if (st == RSP_OK)
		st = smdpp_unit(&j.c, &j.dp, make, &m);
	if (st == RSP_OK)
		report(&j, &m.made);
	return close_job(&j, cli_failed(cli, &j.c, st));
}

/* ---- moving one ---- */

struct moving { struct job *j; enum rsp_status (*move)(struct rsp_ctx *, struct smdpp *, const uint8_t *, struct smdpp_changes *); enum order_state final; struct smdpp_order made; };

static enum rsp_status
move(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct moving *m = arg;
	enum rsp_status st = m->move ? m->move(c, dp, m->j->iccid, changes) : order_cancel(c, dp, m->j->iccid, m->final, changes);

	if (st == RSP_OK)
		m->made = changes->order[0];
	return st;
}

static int
run_move(struct cli *cli, enum rsp_status (*how)(struct rsp_ctx *, struct smdpp *, const uint8_t *, struct smdpp_changes *), enum order_state final)
{
	struct job j;
	struct moving m = {.j = &j, .move = how, .final = final};
	enum rsp_status st;
	int rc = open_job(cli, &j);

	if (rc)
		return rc;
	st = iccid_read(&j.c, cli->argument[0], j.iccid);
	if (st == RSP_OK)
		st = smdpp_unit(&j.c, &j.dp, move, &m);
	if (st == RSP_OK)
		report(&j, &m.made);
	return close_job(&j, cli_failed(cli, &j.c, st));
}

static int
release(struct cli *cli)
{
	return run_move(cli, order_release, ORDER_RELEASED);
}

static int
reset(struct cli *cli)
{
	return run_move(cli, order_reset, ORDER_RELEASED);
}

static int
cancel(struct cli *cli)
{
	return run_move(cli, NULL, cli_has(cli, "unavailable") ? ORDER_UNAVAILABLE : ORDER_AVAILABLE);
}

/* ---- looking ---- */

static int
show(struct cli *cli)
{
	struct smdpp_order o;
	struct job j;
	bool found = false;
	enum rsp_status st;
	int rc = open_job(cli, &j);

	if (rc)
		return rc;
	st = iccid_read(&j.c, cli->argument[0], j.iccid);
	if (st == RSP_OK)
		st = j.store->order_by_iccid(j.store->self, &j.c, j.iccid, &o, &found);
	if (st == RSP_OK && !found)
		st = rsp_fail(&j.c, RSP_REFUSED, "there is no order of ICCID %s", cli->argument[0]);
	if (st == RSP_OK)
		report(&j, &o);
	return close_job(&j, cli_failed(cli, &j.c, st));
}

struct listing { struct job *j; struct json_out out; const char *state; };

static bool
list_one(void *arg, const struct smdpp_order *o)
{
	struct listing *l = arg;
	char iccid[ICCID_TEXT];

	if (l->state && strcasecmp(l->state, order_state_name(o->state)) != 0)
		return true;
	if (l->j->cli->json) {
		order_json(l->j, &l->out, o);
		return true;
	}
	iccid_text(o->iccid, iccid);
	printf("%-20s %-11s %-8s %-20s %s\n", iccid, order_state_name(o->state), card_state_name(o->card), o->profile, o->matching_id);
	return true;
}

static int
list(struct cli *cli)
{
	struct buf b = BUF_INIT;
	struct job j;
	struct listing l = {.j = &j, .out = JSON_OUT(&b), .state = cli_get(cli, "state", NULL)};
	int rc = open_job(cli, &j);

	if (rc)
		return rc;
	if (cli->json)
		json_array(&l.out, NULL);
	else
		printf("%-20s %-11s %-8s %-20s %s\n", "ICCID", "state", "card", "profile", "MatchingID");
	rc = cli_failed(cli, &j.c, j.store->each_order(j.store->self, &j.c, list_one, &l));
	if (cli->json && !rc) {
		json_array_end(&l.out);
		cli_json_result(cli, buf_bytes(&b));
	}
	buf_free(&b);
	return close_job(&j, rc);
}

static const struct cli_verb verbs[] = {
	{"new", "", "a new order; prints its activation code", new, 0, 0},
	{"release", "ICCID", "let a held order be downloaded", release, 1, 1},
	{"cancel", "ICCID", "give a profile back (--unavailable: give it up)", cancel, 1, 1},
	{"reset", "ICCID", "attempts, confirmation failures and state as at the beginning", reset, 1, 1},
	{"list", "", "all orders", list, 0, 0},
	{"show", "ICCID", "one order", show, 1, 1},
	{"code", "ICCID", "its activation code (--qr)", show, 1, 1},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"store", 0, "STORE", "sqlite:FILE, the server's own"},
	{"host", 0, "FQDN", "name of the SM-DP+ (testsmdpplus1.example.com)"},
	{"profiles", 0, "DIR", "packages that can be ordered by file name"},
	{"profile", 0, "NAME", "which: a file's name without .der, or default"},
	{"eid", 0, "EID", "only this eUICC may have it"},
	{"matching-id", 0, "ID", "instead of one that is made; empty: found by EID"},
	{"confirmation-code-file", 0, "F", "a confirmation code is needed, and stands there (- is standard input)"},
	{"iccid", 0, "ICCID", "another than the package's; new makes one"},
	{"name", 0, "TEXT", "profile name shown to the user"},
	{"provider", 0, "TEXT", "service provider name shown to the user"},
	{"hold", 0, NULL, "confirm it, but do not release it yet"},
	{"unavailable", 0, NULL, "cancel: the profile is not to be used again"},
	{"state", 0, "STATE", "list: only these"},
	{"qr", 0, NULL, "the activation code as a QR code"},
	{NULL, 0, NULL, NULL},
};

int
order_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"order", "Download orders of an SM-DP+.", verbs, options};

	return cli_run(&noun, argc, argv);
}
