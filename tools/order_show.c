// SPDX-License-Identifier: BSD-2-Clause
/* How orders are shown: for people, as JSON, as a picture. */
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "codec/ids.h"
#include "order.h"
#include "png.h"

#define QR_MARGIN 4
#define QR_SCALE 8

/* Two rows of modules in one line of text: upper and lower half blocks, dark on light whatever the terminal's colours. */
static void
print_qr(const QRcode *q)
{
	int x, y, w = q->width;

	for (y = -2; y < w + 2; y += 2) {
		printf("\033[30;107m");
		for (x = -2; x < w + 2; x++) {
			bool inside = x >= 0 && x < w;
			bool top = inside && y >= 0 && y < w && q->data[y * w + x] & 1, low = inside && y + 1 >= 0 && y + 1 < w && q->data[(y + 1) * w + x] & 1;

			printf("%s", top && low ? "\u2588" : top ? "\u2580" : low ? "\u2584" : " ");
		}
		printf("\033[0m\n");
	}
}

/* Whoever has the picture has the profile: nobody else may read it. */
static enum rsp_status
write_png(struct job *j, const QRcode *q, const char *path)
{
	struct bytes png;
	enum rsp_status st = png_of_modules(&j->c, q->data, (unsigned)q->width, QR_MARGIN, QR_SCALE, &png);

	return st == RSP_OK ? cli_write_file(&j->c, path, 0600, png) : st;
}

static enum rsp_status
draw(struct job *j, const char *code)
{
	const char *path = cli_get(j->cli, "png", NULL);
	bool shown = cli_has(j->cli, "qr") && !j->cli->json;
	enum rsp_status st = RSP_OK;
	QRcode *q;

	if (!path && !shown)
		return RSP_OK;
	q = QRcode_encodeString(code, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!q)
		return rsp_fail(&j->c, RSP_NOMEM, "the activation code cannot be made a QR code");
	if (shown)
		print_qr(q);
	if (path)
		st = write_png(j, q, path);
	QRcode_free(q);
	return st;
}

/* NULL: it has none before it is confirmed. */
static const char *
code_of(struct job *j, const struct smdpp_order *o)
{
	return o->confirmed ? order_activation_code(&j->c, &j->dp, o) : NULL;
}

static void
history_json(struct json_out *out, const struct smdpp_order *o)
{
	char at[TIME_TEXT_SIZE];
	uint32_t i;

	json_array(out, "history");
	for (i = 0; i < o->n_history; i++) {
		time_text(o->history[i].at, at);
		json_object(out, NULL);
		json_string(out, "at", at);
		json_string(out, "what", order_what_name((enum order_what)o->history[i].what));
		json_int(out, "detail", o->history[i].detail);
		json_object_end(out);
	}
	json_array_end(out);
}

static void
limits_json(struct json_out *out, const struct smdpp_order *o)
{
	char expires[TIME_TEXT_SIZE] = "";

	if (o->expires)
		time_text(o->expires, expires);
	json_bool(out, "confirmationCode", o->cc_required);
	json_int(out, "confirmationFailures", o->cc_tries);
	json_int(out, "confirmationLimit", o->cc_limit);
	json_int(out, "downloads", o->download_tries);
	json_int(out, "downloadLimit", o->download_limit);
	json_string(out, "expires", expires);
}

static void
order_json(struct job *j, struct json_out *out, const struct smdpp_order *o, bool whole)
{
	char iccid[ICCID_TEXT], eid[EID_TEXT] = "", at[TIME_TEXT_SIZE];
	const char *code = code_of(j, o);

	iccid_text(o->iccid, iccid);
	if (o->has_eid)
		eid_text(o->eid, eid);
	time_text(o->created, at);
	json_object(out, NULL);
	json_string(out, "iccid", iccid);
	json_string(out, "state", order_state_name(o->state));
	json_string(out, "profile", o->profile);
	json_bool(out, "fromStock", o->from_stock);
	json_string(out, "matchingId", o->matching_id);
	json_string(out, "eid", eid);
	json_string(out, "smds", o->smds);
	json_string(out, "card", card_state_name(o->card));
	limits_json(out, o);
	json_string(out, "created", at);
	json_string(out, "fault", o->fault);
	json_string(out, "activationCode", code ? code : "");
	if (whole)
		history_json(out, o);
	json_object_end(out);
}

static void
print_history(const struct smdpp_order *o)
{
	char at[TIME_TEXT_SIZE];
	uint32_t i;

	for (i = 0; i < o->n_history; i++) {
		const struct order_event *e = &o->history[i];

		time_text(e->at, at);
		printf("%-16s %s  %s", i ? "" : "history", at, order_what_name((enum order_what)e->what));
		if (e->what == WHAT_FAILED)
			printf(" %u/%u", e->detail / 256, e->detail % 256);
		else if (e->what == WHAT_AUTHENTICATED || e->what == WHAT_CODE_WRONG || e->what == WHAT_CANCELLED)
			printf(" %u", e->detail);
		printf("\n");
	}
}

static void
print_limits(const struct smdpp_order *o)
{
	char at[TIME_TEXT_SIZE], most[12] = "any number";

	if (o->download_limit)
		snprintf(most, sizeof(most), "%u", o->download_limit);
	printf("downloads        %u of %s\n", o->download_tries, most);
	if (o->cc_required && o->cc_limit)
		printf("confirmation     needed, %u of %u tries failed\n", o->cc_tries, o->cc_limit);
	else if (o->cc_required)
		printf("confirmation     needed, %u tries failed\n", o->cc_tries);
	time_text(o->created, at);
	printf("created          %s\n", at);
	if (!o->expires)
		return;
	time_text(o->expires, at);
	printf("expires          %s\n", at);
}

static void
print_order(struct job *j, const struct smdpp_order *o)
{
	char iccid[ICCID_TEXT], eid[EID_TEXT];
	const char *code = code_of(j, o);

	iccid_text(o->iccid, iccid);
	printf("ICCID            %s\nstate            %s%s%s\nprofile          %s%s\n", iccid, order_state_name(o->state), o->card ? ", on the card " : "",
		card_state_name(o->card), o->profile, o->from_stock ? ", of the stock" : "");
	if (code)
		printf("activation code  %s\n", code);
	if (o->has_eid) {
		eid_text(o->eid, eid);
		printf("bound to EID     %s\n", eid);
	}
	if (o->smds[0])
		printf("event at         %s\n", o->smds);
	print_limits(o);
	if (o->fault[0])
		printf("fault            %s\n", o->fault);
	print_history(o);
}

static enum rsp_status
no_code(struct job *j, const struct smdpp_order *o)
{
	return rsp_fail(&j->c, RSP_REFUSED, "an order in state %s has no activation code: it is to be confirmed first", order_state_name(o->state));
}

enum rsp_status
order_report(struct job *j, const struct smdpp_order *o)
{
	const char *code = code_of(j, o);
	struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	enum rsp_status st = RSP_OK;

	if (!j->cli->json)
		print_order(j, o);
	if (code)
		st = draw(j, code);
	else if (cli_has(j->cli, "qr") || cli_has(j->cli, "png"))
		st = no_code(j, o);
	if (st == RSP_OK && j->cli->json) {
		order_json(j, &out, o, true);
		cli_json_result(j->cli, buf_bytes(&b));
		buf_free(&b);
	}
	return st;
}

static enum rsp_status
report_code(struct job *j, const struct smdpp_order *o)
{
	const char *code = code_of(j, o);
	struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	enum rsp_status st;

	if (!code)
		return no_code(j, o);
	if (!j->cli->json)
		printf("%s\n", code);
	st = draw(j, code);
	if (st != RSP_OK || !j->cli->json)
		return st;
	json_object(&out, NULL);
	json_string(&out, "activationCode", code);
	json_object_end(&out);
	cli_json_result(j->cli, buf_bytes(&b));
	buf_free(&b);
	return RSP_OK;
}

/* ---- looking ---- */

static int
look(struct cli *cli, enum rsp_status (*report)(struct job *, const struct smdpp_order *))
{
	struct smdpp_order o;
	struct job j;
	bool found = false;
	enum rsp_status st;
	int rc = job_open(cli, &j);

	if (rc)
		return rc;
	st = iccid_read(&j.c, cli->argument[0], j.iccid);
	if (st == RSP_OK)
		st = j.store->order_by_iccid(j.store->self, &j.c, j.iccid, &o, &found);
	if (st == RSP_OK && !found)
		st = rsp_fail(&j.c, RSP_REFUSED, "there is no order of ICCID %s", cli->argument[0]);
	if (st == RSP_OK)
		st = report(&j, &o);
	return job_close(&j, cli_failed(cli, &j.c, st));
}

int
order_show(struct cli *cli)
{
	return look(cli, order_report);
}

int
order_code(struct cli *cli)
{
	return look(cli, report_code);
}

struct listing { struct job *j; struct json_out out; int state; };

static bool
list_one(void *arg, const struct smdpp_order *o)
{
	struct listing *l = arg;
	char iccid[ICCID_TEXT];

	if (l->state >= 0 && l->state != (int)o->state)
		return true;
	if (l->j->cli->json) {
		order_json(l->j, &l->out, o, false);
		return true;
	}
	iccid_text(o->iccid, iccid);
	printf("%-20s %-11s %-8s %-20s %s\n", iccid, order_state_name(o->state), card_state_name(o->card), o->profile, o->matching_id);
	return true;
}

/* -1: all of them. */
static int
read_state(struct cli *cli, int *state)
{
	const char *name = cli_get(cli, "state", NULL);

	*state = -1;
	if (!name)
		return 0;
	for (*state = 0; *state < ORDER_STATES; ++*state)
		if (strcasecmp(name, order_state_name((enum order_state)*state)) == 0)
			return 0;
	return cli_usage(cli, "--state: want available, allocated, linked, confirmed, released, downloaded, installed, error or unavailable");
}

int
order_list(struct cli *cli)
{
	struct buf b = BUF_INIT;
	struct job j;
	struct listing l = {.j = &j, .out = JSON_OUT(&b)};
	int rc;

	if ((rc = read_state(cli, &l.state)) || (rc = job_open(cli, &j)))
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
	return job_close(&j, rc);
}
