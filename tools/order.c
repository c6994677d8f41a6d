// SPDX-License-Identifier: BSD-2-Clause
/* esimlab order: on the store itself, beside a running server, through the same functions as ES2+. */
#include "order.h"

#include <stdio.h>
#include <string.h>

#include "codec/ids.h"
#include "service/smdpp_service.h"

int
job_open(struct cli *cli, struct job *j)
{
	const struct store_options o = {.key_file = cli_get(cli, "store-key", NULL)};
	const char *where = cli_get(cli, "store", NULL);
	int rc;

	*j = (struct job){.cli = cli};
	if (!where)
		return cli_usage(cli, "want --store sqlite:FILE, the server's own");
	if ((rc = cli_open(cli, &j->c, "order")))
		return rc;
	rc = cli_failed(cli, &j->c, store_open(&j->c, where, &o, &j->open));
	if (rc) {
		cli_close(cli, &j->c);
		return rc;
	}
	j->store = j->open->smdpp;
	smdpp_init(&j->dp, cli_get(cli, "host", "testsmdpplus1.example.com"), &j->pki, j->store, types_folder(cli_get(cli, "profiles", NULL)));
	rc = cli_failed(cli, &j->c, job_reach_smds(j));
	return rc ? job_close(j, rc) : 0;
}

int
job_close(struct job *j, int rc)
{
	job_leave_smds(j);
	store_close(j->open);
	cli_close(j->cli, &j->c);
	return rc;
}

int
job_number(struct cli *cli, const char *option, uint64_t least, uint64_t most, uint64_t *out, bool *given)
{
	const char *text = cli_get(cli, option, NULL);

	*given = text != NULL;
	if (!text || cli_number(text, least, most, out))
		return 0;
	return cli_usage(cli, "--%s: want a number from %llu to %llu", option, (unsigned long long)least, (unsigned long long)most);
}

/* ---- new, confirm ---- */

struct making { struct job *j; struct order_request r; struct smdpp_order made; };

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
confirm_held(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct making *m = arg;
	enum rsp_status st = order_confirm_held(c, dp, m->j->iccid, &m->r, changes);

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

/* --as: what the order is to be like, for LPAs to be tested against. */
static int
read_trick(struct cli *cli, struct order_request *r)
{
	static const struct { const char *name; enum order_trick trick; } tricks[] = {
		{"allocated", TRICK_ALLOCATED}, {"linked", TRICK_LINKED}, {"confirmed", TRICK_NONE}, {"expired", TRICK_EXPIRED},
		{"used-up", TRICK_USED_UP}, {"code-used-up", TRICK_CODE_USED_UP},
	};
	const char *name = cli_get(cli, "as", NULL);
	size_t i;

	for (i = 0; name && i < sizeof(tricks) / sizeof(tricks[0]); i++)
		if (strcmp(tricks[i].name, name) == 0) {
			r->trick = tricks[i].trick;
			r->release = r->release && strcmp(name, "confirmed") != 0;
			return 0;
		}
	return name ? cli_usage(cli, "--as: want allocated, linked, confirmed, expired, used-up or code-used-up") : 0;
}

static int
run_making(struct cli *cli, smdpp_work *work)
{
	struct job j;
	struct making m = {.j = &j, .r = {.profile = cli_get(cli, "profile", "default"), .eid = cli_get(cli, "eid", NULL),
		.matching_id = cli_get(cli, "matching-id", NULL), .iccid = cli_get(cli, "iccid", NULL), .name = cli_get(cli, "name", NULL),
		.provider = cli_get(cli, "provider", NULL), .smds = cli_get(cli, "smds", NULL), .release = !cli_has(cli, "hold")}};
	enum rsp_status st = RSP_OK;
	int rc = read_trick(cli, &m.r);

	if (rc || (rc = job_open(cli, &j)))
		return rc;
	if (cli->n_arguments)
		st = iccid_read(&j.c, cli->argument[0], j.iccid);
	if (st == RSP_OK)
		st = read_code(&j, &m.r.confirmation_code);
	if (st == RSP_OK)
		st = smdpp_unit(&j.c, &j.dp, work, &m);
	if (st == RSP_OK)
		st = order_report(&j, &m.made);
	return job_close(&j, cli_failed(cli, &j.c, st));
}

static int
new(struct cli *cli)
{
	return run_making(cli, make);
}

static int
confirm(struct cli *cli)
{
	if (cli_has(cli, "as"))
		return cli_usage(cli, "--as is for new orders");
	return run_making(cli, confirm_held);
}

/* ---- moving one ---- */

struct new_limits { uint64_t downloads, cc_tries, seconds; bool has_downloads, has_cc_tries, has_seconds; };
struct moving {
	struct job *j;
	enum rsp_status (*move)(struct rsp_ctx *c, struct moving *m, struct smdpp_changes *changes);
	struct new_limits limits;
	struct smdpp_order made;
};

static enum rsp_status
move_release(struct rsp_ctx *c, struct moving *m, struct smdpp_changes *changes)
{
	return order_release(c, &m->j->dp, m->j->iccid, changes);
}

static enum rsp_status
move_cancel(struct rsp_ctx *c, struct moving *m, struct smdpp_changes *changes)
{
	return order_cancel(c, &m->j->dp, m->j->iccid, cli_has(m->j->cli, "unavailable") ? ORDER_UNAVAILABLE : ORDER_AVAILABLE, changes);
}

static enum rsp_status
move_reset(struct rsp_ctx *c, struct moving *m, struct smdpp_changes *changes)
{
	const struct new_limits *l = &m->limits;
	enum rsp_status st;

	if (l->has_seconds)
		m->j->dp.limits.order_seconds = (int64_t)l->seconds;
	st = order_reset(c, &m->j->dp, m->j->iccid, changes);
	if (st == RSP_OK && l->has_downloads)
		changes->order[0].download_limit = (uint32_t)l->downloads;
	if (st == RSP_OK && l->has_cc_tries)
		changes->order[0].cc_limit = (uint32_t)l->cc_tries;
	return st;
}

static enum rsp_status
move(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct moving *m = arg;
	enum rsp_status st = m->move(c, m, changes);

	(void)dp;
	if (st == RSP_OK)
		m->made = changes->order[0];
	return st;
}

static int
run_move(struct cli *cli, struct moving *m)
{
	struct job j;
	enum rsp_status st;
	int rc = job_open(cli, &j);

	if (rc)
		return rc;
	m->j = &j;
	st = iccid_read(&j.c, cli->argument[0], j.iccid);
	if (st == RSP_OK)
		st = smdpp_unit(&j.c, &j.dp, move, m);
	if (st == RSP_OK)
		st = order_report(&j, &m->made);
	return job_close(&j, cli_failed(cli, &j.c, st));
}

static int
release(struct cli *cli)
{
	return run_move(cli, &(struct moving){.move = move_release});
}

static int
cancel(struct cli *cli)
{
	return run_move(cli, &(struct moving){.move = move_cancel});
}

static int
reset(struct cli *cli)
{
	struct moving m = {.move = move_reset};
	struct new_limits *l = &m.limits;
	int rc;

	if ((rc = job_number(cli, "downloads", 0, UINT32_MAX, &l->downloads, &l->has_downloads)) ||
		(rc = job_number(cli, "cc-tries", 0, UINT32_MAX, &l->cc_tries, &l->has_cc_tries)) ||
		(rc = job_number(cli, "seconds", 0, UINT32_MAX, &l->seconds, &l->has_seconds)))
		return rc;
	return run_move(cli, &m);
}

/* ---- the noun ---- */

static const struct cli_verb verbs[] = {
	{"new", "", "a new order; prints its activation code", new, 0, 0},
	{"confirm", "ICCID", "an order that was only allocated or linked", confirm, 1, 1},
	{"release", "ICCID", "let a held order be downloaded", release, 1, 1},
	{"cancel", "ICCID", "give a profile back (--unavailable: give it up)", cancel, 1, 1},
	{"reset", "ICCID", "attempts, confirmation failures and state as at the beginning", reset, 1, 1},
	{"list", "", "all orders", order_list, 0, 0},
	{"show", "ICCID", "one order and its history", order_show, 1, 1},
	{"code", "ICCID", "its activation code (--qr, --png FILE)", order_code, 1, 1},
	{"stock add", "[FILE.csv]", "subscriptions of the operator; without a file --count are made", stock_add, 0, 1},
	{"stock list", "", "subscriptions, without their keys", stock_list, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"store", 0, "STORE", "sqlite:FILE or postgres:CONNINFO, the server's own"},
	{"store-key", 0, "FILE", "its data key, where it is not in its usual place"},
	{"host", 0, "FQDN", "name of the SM-DP+ (testsmdpplus1.example.com)"},
	{"profiles", 0, "DIR", "profile types: packages, with NAME.ini beside them"},
	{"profile", 0, "NAME", "new: which type; a file's name without .der, or default"},
	{"eid", 0, "EID", "only this eUICC may have it"},
	{"matching-id", 0, "ID", "instead of one that is made; empty: found by EID"},
	{"confirmation-code-file", 0, "F", "a confirmation code is needed, and stands there (- is standard input)"},
	{"iccid", 0, "ICCID", "new: another than the package's, or one of the stock; new makes one"},
	{"name", 0, "TEXT", "new: profile name shown to the user"},
	{"provider", 0, "TEXT", "new: service provider name shown to the user"},
	{"smds", 0, "FQDN", "new, confirm: where an event announces it; needs --eid"},
	{"pki", 0, "DIR", "the SM-DP+'s certificates, for an SM-DS"},
	{"connect-to", 0, "RULE", "FQDN:HOST:PORT: the SM-DS answers there; may be repeated"},
	{"hold", 0, NULL, "new, confirm: do not release it yet"},
	{"as", 0, "STATE", "new: allocated, linked, confirmed, expired, used-up, code-used-up"},
	{"unavailable", 0, NULL, "cancel: the profile is not to be used again"},
	{"downloads", 0, "N", "reset: so many attempts from now on; 0: any number"},
	{"cc-tries", 0, "N", "reset: so many wrong confirmation codes; 0: any number"},
	{"seconds", 0, "N", "reset: it expires after so many; 0: never"},
	{"state", 0, "STATE", "list: only these"},
	{"qr", 0, NULL, "the activation code as a QR code"},
	{"png", 0, "FILE", "the same as a picture"},
	{"type", 0, "NAME", "stock: of this profile type"},
	{"count", 0, "N", "stock add: make so many, with consecutive numbers and random keys"},
	{"imsi", 0, "IMSI", "stock add --count: the first; --iccid likewise"},
	{"csv-out", 0, "FILE", "stock add --count: write what was made there, keys too"},
	{NULL, 0, NULL, NULL},
};

int
order_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"order", "Download orders of an SM-DP+.", verbs, options};

	return cli_run(&noun, argc, argv);
}
