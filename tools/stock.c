// SPDX-License-Identifier: BSD-2-Clause
/* esimlab order stock: subscriptions from the operator's file, or made here, all of them in one commit. Keys are read and written in files alone. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "codec/ids.h"
#include "order.h"
#include "service/smdpp_service.h"
#include "smdpp/order.h"
#include "stock_csv.h"

#define FILE_MAX_OCTETS (64u << 20)
#define COUNT_MAX 200000u
#define SERIAL_DIGITS 10      /* of a number: what may count up; the digits before them say whose it is */
#define SERIALS 10000000000u

struct adding { struct stock_item *items; size_t n; };

static enum rsp_status
put(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	const struct adding *a = arg;

	return stock_put(c, dp, a->items, a->n, changes);
}

/* ---- made here ---- */

/* A number that counts up in its last ten digits. */
struct range { char head[12]; uint64_t serial; unsigned width; };

static enum rsp_status
range_of(struct rsp_ctx *c, const char *option, const char *digits, uint64_t count, struct range *out)
{
	size_t n = strlen(digits);
	unsigned width = n < SERIAL_DIGITS ? (unsigned)n : SERIAL_DIGITS, i;
	uint64_t end = 1;

	for (*out = (struct range){.width = width}, i = 0; i < width; i++) {
		out->serial = out->serial * 10 + (uint64_t)(digits[n - width + i] - '0');
		end *= 10;
	}
	snprintf(out->head, sizeof(out->head), "%.*s", (int)(n - width), digits);
	return count <= end - out->serial ? RSP_OK : rsp_fail(c, RSP_REFUSED, "--%s: after %llu of %llu the numbers run out", option,
		(unsigned long long)(end - out->serial), (unsigned long long)count);
}

/* ICCIDs without their check digit: 18 digits have none, of more the last one is it. */
static enum rsp_status
iccid_range(struct rsp_ctx *c, const char *text, uint64_t count, struct range *out)
{
	size_t n = strlen(text);
	char body[20];

	if (n < 18 || n > 20 || strspn(text, "0123456789") != n)
		return rsp_fail(c, RSP_MALFORMED, "--iccid: want 18 digits, or 19 or 20 with the check digit");
	if (n > 18 && text[n - 1] != iccid_luhn(text, n - 1))
		return rsp_fail(c, RSP_MALFORMED, "--iccid: want %c as the check digit, have %c", iccid_luhn(text, n - 1), text[n - 1]);
	snprintf(body, sizeof(body), "%.*s", (int)(n > 18 ? n - 1 : n), text);
	return range_of(c, "iccid", body, count, out);
}

static enum rsp_status
imsi_range(struct rsp_ctx *c, const char *text, uint64_t count, struct range *out)
{
	size_t n = strlen(text);

	if (n < 6 || n > 15 || strspn(text, "0123456789") != n)
		return rsp_fail(c, RSP_MALFORMED, "--imsi: want 6 to 15 digits");
	return range_of(c, "imsi", text, count, out);
}

/* Nobody says where they begin: anywhere with room for all of them. */
static enum rsp_status
random_serial(struct rsp_ctx *c, uint64_t count, uint64_t *out)
{
	uint64_t v;
	enum rsp_status st = crypto_random(c, (uint8_t *)&v, sizeof(v));

	*out = v % (SERIALS - count + 1);
	return st;
}

static enum rsp_status
ranges_of(struct job *j, uint64_t count, struct range *iccid, struct range *imsi)
{
	const char *first_iccid = cli_get(j->cli, "iccid", NULL), *first_imsi = cli_get(j->cli, "imsi", NULL);
	struct rsp_ctx *c = &j->c;
	uint64_t serial;
	enum rsp_status st = random_serial(c, count, &serial);

	*iccid = *imsi = (struct range){.serial = serial, .width = SERIAL_DIGITS};
	snprintf(iccid->head, sizeof(iccid->head), "%.7s0", j->dp.iccid_prefix);
	snprintf(imsi->head, sizeof(imsi->head), "%.5s", j->dp.imsi_prefix);
	if (st == RSP_OK && first_iccid)
		st = iccid_range(c, first_iccid, count, iccid);
	if (st == RSP_OK && first_imsi)
		st = imsi_range(c, first_imsi, count, imsi);
	return st;
}

static enum rsp_status
random_codes(struct rsp_ctx *c, struct stock_item *i)
{
	uint8_t *const keys[] = {i->k, i->opc, i->kic, i->kid, i->kik};
	uint64_t number = UINT64_MAX;
	enum rsp_status st = RSP_OK;
	size_t k;

	for (k = 0; st == RSP_OK && k < sizeof(keys) / sizeof(keys[0]); k++)
		st = crypto_random(c, keys[k], 16);
	/* Eight digits, each value as likely as the others. */
	while (st == RSP_OK && number >= UINT64_MAX / 100000000 * 100000000)
		st = crypto_random(c, (uint8_t *)&number, sizeof(number));
	snprintf(i->puk1, sizeof(i->puk1), "%08u", (unsigned)(number % 100000000));
	i->has_ota = true;
	return st;
}

static enum rsp_status
make_item(struct rsp_ctx *c, const char *type, const struct range *iccid, const struct range *imsi, uint64_t at, struct stock_item *i)
{
	char body[24], text[26];
	enum rsp_status st;

	snprintf(body, sizeof(body), "%.9s%0*llu", iccid->head, (int)iccid->width, (unsigned long long)(iccid->serial + at));
	snprintf(text, sizeof(text), "%s%c", body, iccid_luhn(body, strlen(body)));
	snprintf(i->imsi, sizeof(i->imsi), "%.5s%0*llu", imsi->head, (int)imsi->width, (unsigned long long)(imsi->serial + at));
	snprintf(i->profile, sizeof(i->profile), "%s", type);
	st = iccid_read(c, text, i->iccid);
	return st == RSP_OK ? random_codes(c, i) : st;
}

static enum rsp_status
make_items(struct job *j, const char *type, uint64_t count, struct adding *a)
{
	struct range iccid, imsi;
	enum rsp_status st = ranges_of(j, count, &iccid, &imsi);
	uint64_t i;

	if (st != RSP_OK)
		return st;
	a->n = (size_t)count;
	if (!(a->items = rsp_alloc(&j->c, a->n * sizeof(*a->items))))
		return RSP_NOMEM;
	for (i = 0; st == RSP_OK && i < count; i++)
		st = make_item(&j->c, type, &iccid, &imsi, i, &a->items[i]);
	return st;
}

/* ---- added ---- */

/* Whoever has the packages sees at once what would fail with every order: no such type, a finished package, no place for a value. */
static enum rsp_status
check_type(struct job *j, const char *name, const struct stock_item *first)
{
	struct profile_type type = {.icon_type = -1};
	struct profile_template *t = NULL;
	struct profile_values v;
	struct bytes package;
	enum rsp_status st;

	if (!cli_has(j->cli, "profiles"))
		return RSP_OK;
	st = j->dp.types.load(j->dp.types.self, &j->c, name, &type);
	if (st == RSP_OK && !type.is_template)
		st = rsp_fail(&j->c, RSP_REFUSED, "profile type '%s' is a finished package, which takes nothing from a stock", name);
	if (st == RSP_OK)
		st = profile_template_new(&j->c, type.package, &t);
	if (st != RSP_OK)
		return st;
	stock_values(first, &v);
	st = profile_personalise(&j->c, t, &v, &package);
	profile_template_free(t);
	return st;
}

/* The file stands before the commit, so that no key is in the stock alone; it goes when certainly nothing was stored. */
static enum rsp_status
write_out(struct job *j, const struct adding *a, const char *path)
{
	struct bytes text;
	enum rsp_status st;

	if (access(path, F_OK) == 0)
		return rsp_fail(&j->c, RSP_STATE, "%s: is there already, and may hold keys", path);
	st = stock_csv_write(&j->c, a->items, a->n, &text);
	return st == RSP_OK ? cli_write_file(&j->c, path, 0600, text) : st;
}

static enum rsp_status
add_items(struct job *j, const char *type, struct adding *a)
{
	const char *out = cli_get(j->cli, "csv-out", NULL);
	enum rsp_status st = check_type(j, type, &a->items[0]);

	if (st == RSP_OK && out)
		st = write_out(j, a, out);
	if (st != RSP_OK)
		return st;
	st = smdpp_unit(&j->c, &j->dp, put, a);
	if ((st == RSP_REFUSED || st == RSP_CONFLICT) && out)
		unlink(out);
	return st;
}

static void
report_added(struct job *j, const struct adding *a)
{
	char first[ICCID_TEXT], last[ICCID_TEXT];
	size_t replaced = 0, i;

	for (i = 0; i < a->n; i++)
		replaced += a->items[i].revision != 0;
	iccid_text(a->items[0].iccid, first);
	iccid_text(a->items[a->n - 1].iccid, last);
	if (j->cli->json)
		cli_json_result(j->cli, bytes_of_str(rsp_sprintf(&j->c, "{\"added\":%zu,\"replaced\":%zu,\"first\":\"%s\",\"last\":\"%s\"}", a->n - replaced,
			replaced, first, last)));
	else
		printf("%zu added, %zu replaced: ICCID %s to %s\n", a->n - replaced, replaced, first, last);
}

static enum rsp_status
read_items(struct job *j, const char *type, struct adding *a)
{
	const char *file = j->cli->argument[0];
	struct bytes text;
	enum rsp_status st = cli_read_file(&j->c, file, FILE_MAX_OCTETS, &text);

	return st == RSP_OK ? stock_csv_read(&j->c, strcmp(file, "-") == 0 ? "standard input" : file, text, type, &a->items, &a->n) : st;
}

static int
check_usage(struct cli *cli, const char *type, bool counted)
{
	if (!type || !*type || strlen(type) >= sizeof(((struct stock_item *)0)->profile))
		return cli_usage(cli, "stock add wants --type NAME, at most 63 characters");
	if (counted == (cli->n_arguments > 0))
		return cli_usage(cli, "stock add wants either FILE.csv or --count");
	if (!counted && (cli_has(cli, "iccid") || cli_has(cli, "imsi") || cli_has(cli, "csv-out")))
		return cli_usage(cli, "--iccid, --imsi and --csv-out go with --count");
	if (cli_has(cli, "csv-out") && strcmp(cli_get(cli, "csv-out", ""), "-") == 0)
		return cli_usage(cli, "--csv-out wants a file");
	return 0;
}

int
stock_add(struct cli *cli)
{
	const char *type = cli_get(cli, "type", NULL);
	struct adding a = {NULL, 0};
	struct job j;
	uint64_t count = 0;
	bool counted;
	enum rsp_status st;
	int rc = job_number(cli, "count", 1, COUNT_MAX, &count, &counted);

	if (rc || (rc = check_usage(cli, type, counted)) || (rc = job_open(cli, &j)))
		return rc;
	st = counted ? make_items(&j, type, count, &a) : read_items(&j, type, &a);
	if (st == RSP_OK)
		st = add_items(&j, type, &a);
	if (st == RSP_OK)
		report_added(&j, &a);
	return job_close(&j, cli_failed(cli, &j.c, st));
}

/* ---- listed ---- */

struct listing { struct cli *cli; struct json_out out; const char *type; int state; };

static bool
list_one(void *arg, const struct stock_item *i)
{
	struct listing *l = arg;
	const char *state = stock_state_name((enum stock_state)i->state);
	char iccid[ICCID_TEXT];

	if ((l->type && strcmp(l->type, i->profile) != 0) || (l->state >= 0 && l->state != (int)i->state))
		return true;
	iccid_text(i->iccid, iccid);
	if (!l->cli->json) {
		printf("%-20s %-10s %-20s %-15s %s\n", iccid, state, i->profile, i->imsi, i->msisdn);
		return true;
	}
	json_object(&l->out, NULL);
	json_string(&l->out, "iccid", iccid);
	json_string(&l->out, "state", state);
	json_string(&l->out, "type", i->profile);
	json_string(&l->out, "imsi", i->imsi);
	json_string(&l->out, "msisdn", i->msisdn);
	json_object_end(&l->out);
	return true;
}

static int
read_state(struct cli *cli, int *state)
{
	const char *name = cli_get(cli, "state", NULL);

	*state = -1;
	if (!name)
		return 0;
	for (*state = 0; *state < STOCK_STATES; ++*state)
		if (strcasecmp(name, stock_state_name((enum stock_state)*state)) == 0)
			return 0;
	return cli_usage(cli, "--state: want available, allocated or retired");
}

int
stock_list(struct cli *cli)
{
	struct buf b = BUF_INIT;
	struct listing l = {.cli = cli, .out = JSON_OUT(&b), .type = cli_get(cli, "type", NULL)};
	struct job j;
	int rc;

	if ((rc = read_state(cli, &l.state)) || (rc = job_open(cli, &j)))
		return rc;
	if (cli->json)
		json_array(&l.out, NULL);
	else
		printf("%-20s %-10s %-20s %-15s %s\n", "ICCID", "state", "type", "IMSI", "MSISDN");
	rc = cli_failed(cli, &j.c, j.store->each_stock(j.store->self, &j.c, list_one, &l));
	if (cli->json && !rc) {
		json_array_end(&l.out);
		cli_json_result(cli, buf_bytes(&b));
	}
	buf_free(&b);
	return job_close(&j, rc);
}
