// SPDX-License-Identifier: BSD-2-Clause
/*
 * esimlab demo: a family of four virtual devices, provisioned over TLS by an SM-DP+ that is made on the spot. Every claim of the final table has been
 * checked on the cards themselves.
 */
#include <esimlab/lab.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/time.h"
#include "cli.h"
#include "crypto/aka.h"
#include "crypto/crypto.h"
#include "trace.h"

#define SMDS "testrootsmds.example.com"
#define DEVICES 4

struct device {
	const char *name, *role, *profile_name;
	struct demo *demo;
	struct lab_card *card;
	struct smdpp_order order;
	char *code;                       /* activation code */
	struct profile_values values;     /* what the order was made with */
	struct rsp_ctx c;                 /* of the server's side of the checks */
	uint64_t took_us;
	char imsi[16], why[240];
	bool good;
};

struct demo {
	struct cli *cli;
	struct rsp_ctx c;
	struct lab *lab;
	struct trace *trace;
	struct device device[DEVICES];
	pthread_mutex_t lock;             /* of standard error */
	bool terminal, one_by_one, discovery;
};

static bool
fail(struct device *d, const char *what, const char *why)
{
	snprintf(d->why, sizeof(d->why), "%s: %.200s", what, why);
	return false;
}

/* ---- progress: a line a device ---- */

static void
progress(void *self, const char *step, unsigned percent)
{
	struct device *d = self;
	unsigned row = (unsigned)(d - d->demo->device), k;
	char bar[21];

	if (!d->demo->terminal)
		return;
	for (k = 0; k < 20; k++)
		bar[k] = k < percent / 5 ? '#' : '.';
	bar[20] = '\0';
	pthread_mutex_lock(&d->demo->lock);
	fprintf(stderr, "\033[%uA\r  %-7s %s %3u%% %-30s\033[%uB\r", DEVICES - row, d->name, bar, percent, step, DEVICES - row);
	pthread_mutex_unlock(&d->demo->lock);
}

/* ---- the card itself is asked ---- */

static unsigned
apdu(struct device *d, const char *hex, struct bytes *data)
{
	struct rsp_ctx *c = &d->card->c;
	struct bytes command;
	unsigned sw = 0;

	if (hex_read(c, bytes_of_str(hex), &command) != RSP_OK || apdu_exchange(&d->card->port, c, command, data, &sw) != RSP_OK)
		return 0;
	return sw;
}

static bool
read_numbers(struct device *d)
{
	struct rsp_ctx *c = &d->card->c;
	struct bytes data;

	if (apdu(d, "00A40004022FE2", &data) != 0x9000 || apdu(d, "00B000000A", &data) != 0x9000)
		return fail(d, "EF.ICCID", "cannot be read");
	if (!bytes_equal(data, bytes_of(d->order.iccid, 10)))
		return fail(d, "EF.ICCID", "is not the ordered profile's");
	if (apdu(d, "00A404040CA0000000871002FF49FFFF89", &data) != 0x9000)
		return fail(d, "USIM", "cannot be selected");
	if (apdu(d, "00A40004026F07", &data) != 0x9000 || apdu(d, "00B0000009", &data) != 0x9000)
		return fail(d, "EF.IMSI", "cannot be read");
	if (imsi_text(c, data, d->imsi) != RSP_OK || strcmp(d->imsi, d->values.imsi) != 0)
		return fail(d, "EF.IMSI", "is not the ordered profile's");
	return true;
}

/* The network's side: a challenge made from the keys the order was made with. */
static bool
make_challenge(struct device *d, uint8_t rand[16], uint8_t autn[16], struct aka_out *want)
{
	static const uint8_t amf[2] = {0x80, 0x00}, sqn[6] = {0, 0, 0, 0, 0, 0x20};
	struct milenage m;
	size_t i;

	milenage_defaults(&m);
	memcpy(m.k, d->values.k.p, 16);
	memcpy(m.opc, d->values.opc.p, 16);
	if (crypto_random(&d->c, rand, 16) != RSP_OK || milenage_all(&d->c, &m, rand, sqn, amf, want) != RSP_OK)
		return false;
	for (i = 0; i < 6; i++)
		autn[i] = sqn[i] ^ want->ak[i];
	memcpy(autn + 6, amf, 2);
	memcpy(autn + 8, want->mac_a, 8);
	return true;
}

static bool
authenticate(struct device *d)
{
	uint8_t rand[16], autn[16];
	struct aka_out want = {0};
	struct bytes data;
	char *hex;

	if (!make_challenge(d, rand, autn, &want))
		return fail(d, "AUTHENTICATE", "no challenge could be made");
	hex = rsp_sprintf(&d->c, "008800812210%s10%s", hex_of(&d->c, BYTES_OF(rand)), hex_of(&d->c, BYTES_OF(autn)));
	if (apdu(d, hex, &data) != 0x9000 || data.n < 10 || data.p[0] != 0xDB)
		return fail(d, "AUTHENTICATE", "the USIM refuses the network's challenge");
	if (data.p[1] != 8 || !bytes_equal(bytes_slice(data, 2, 8), bytes_of(want.res, 8)))
		return fail(d, "AUTHENTICATE", "RES is not the network's");
	return true;
}

/* ---- one device ---- */

/* The card alone: no activation code, no SM-DP+ known to it. */
static enum rsp_status
discover(struct device *d)
{
	struct lab_card *card = d->card;
	struct lpa_discovery y = {0};
	enum rsp_status st;

	card->c.now = lab_now(d->demo->lab);
	if ((st = lpa_begin(&card->lpa, &card->c)) != RSP_OK)
		return st;
	st = lpa_discover(&card->lpa, &card->c, NULL, &y);
	lpa_end(&card->lpa, &card->c);
	return st == RSP_OK && y.downloaded != 1 ? rsp_fail(&card->c, RSP_REFUSED, "%u profiles were found, not one", y.downloaded) : st;
}

static bool
download(struct device *d)
{
	struct lab_card *card = d->card;
	struct lpa_download_result result;
	uint64_t began = time_monotonic_us();
	enum rsp_status st;

	card->lpa.user = (struct lpa_user){.self = d, .progress = progress};
	st = d->demo->discovery ? discover(d) : lab_download(d->demo->lab, card, d->code, &result);
	d->took_us = time_monotonic_us() - began;
	return st == RSP_OK || fail(d, "download", card->c.error.text);
}

static bool
enable(struct device *d)
{
	struct lab_card *card = d->card;
	const struct profile_choice which = {.iccid = bytes_of(d->order.iccid, 10), .refresh = true};
	unsigned delivered = 0, left = 0;
	enum rsp_status st = lpa_begin(&card->lpa, &card->c);

	if (st == RSP_OK)
		st = lpa_enable(&card->lpa, &card->c, &which);
	if (st == RSP_OK)
		st = lpa_notify_all(&card->lpa, &card->c, &delivered, &left);
	lpa_end(&card->lpa, &card->c);
	if (st != RSP_OK)
		return fail(d, "enable", card->c.error.text);
	return left == 0 || fail(d, "notifications", "some were not delivered");
}

static bool
count_event(void *arg, const struct smds_event *e)
{
	(void)e;
	++*(unsigned *)arg;
	return true;
}

/* The SM-DP+ deletes the event once the profile is installed; that goes through its outbox. */
static bool
event_goes(struct device *d)
{
	const struct timespec nap = {0, 20 * 1000000L};
	struct smds_store *ds = lab_smds(d->demo->lab)->store;
	uint8_t eid[16];
	unsigned i, n = 1;

	if (!d->demo->discovery)
		return true;
	if (eid_read(&d->c, d->card->eid, eid) != RSP_OK)
		return false;
	for (i = 0; n && i < 500; i++) {
		n = 0;
		if (ds->events_of_eid(ds->self, &d->c, eid, count_event, &n) != RSP_OK)
			return fail(d, "SM-DS", "cannot be asked");
		if (n)
			nanosleep(&nap, NULL);
	}
	return n == 0 || fail(d, "SM-DS", "the event was not deleted");
}

/* What the server has learned since: installed, and enabled. */
static bool
server_knows(struct device *d)
{
	struct smdpp_store *store = lab_smdpp(d->demo->lab)->store;
	bool found = false;

	if (store->order_by_iccid(store->self, &d->c, d->order.iccid, &d->order, &found) != RSP_OK || !found)
		return fail(d, "SM-DP+", "the order has gone");
	if (d->order.state != ORDER_INSTALLED || d->order.card != CARD_ENABLED)
		return fail(d, "SM-DP+", "has not learned that the profile is installed and enabled");
	return true;
}

static void *
run_device(void *arg)
{
	struct device *d = arg;

	d->good = download(d) && enable(d) && read_numbers(d) && authenticate(d) && server_knows(d) && event_goes(d);
	progress(d, d->good ? "installed, enabled, authenticated" : "failed", d->good ? 100 : 0);
	return NULL;
}

/* ---- the whole ---- */

static enum rsp_status
order_one(struct demo *m, struct device *d)
{
	const struct order_request r = {.profile = "default", .eid = d->card->eid, .name = d->profile_name, .provider = "esimlab", .release = true,
		.smds = m->discovery ? SMDS : NULL};
	struct smdpp *dp = lab_smdpp(m->lab);
	const struct profile *p;
	struct bytes package;
	enum rsp_status st = lab_order(m->lab, &m->c, &r, &d->order);

	if (st == RSP_OK)
		st = order_package(&d->c, dp, &d->order, &package);
	if (st == RSP_OK)
		st = profile_read(&d->c, package, &p);
	if (st == RSP_OK)
		st = profile_values_of(&d->c, p, &d->values);
	d->code = order_activation_code(&d->c, dp, &d->order);
	if (st != RSP_OK && m->c.error.status == RSP_OK)
		m->c.error = d->c.error;
	return st;
}

static enum rsp_status
prepare(struct demo *m, const struct lab_options *o)
{
	static const struct { const char *name, *role, *profile; } family[DEVICES] = {
		{"phone", "master", "esimlab master"}, {"tablet", "child", "esimlab child"}, {"watch", "child", "esimlab child"},
		{"laptop", "child", "esimlab child"},
	};
	enum rsp_status st = lab_new(&m->c, o, &m->lab);
	size_t i;

	for (i = 0; st == RSP_OK && i < DEVICES; i++) {
		struct device *d = &m->device[i];

		d->name = family[i].name;
		d->role = family[i].role;
		d->profile_name = family[i].profile;
		d->demo = m;
		st = lab_card_new(m->lab, &d->card);
		if (st == RSP_OK)
			st = rsp_ctx_init(&d->c, m->cli->crypto, m->c.now);
		if (st == RSP_OK)
			st = order_one(m, d);
		if (st == RSP_OK) {
			d->card->lpa.trace = trace_hook(m->trace, d->name);
			d->card->lpa.card = trace_card(&d->card->lpa.trace, d->card->lpa.card);
		}
	}
	return st;
}

static void
download_all(struct demo *m)
{
	pthread_t thread[DEVICES];
	bool running[DEVICES] = {false};
	size_t i;

	for (i = 0; m->terminal && i < DEVICES; i++)
		fprintf(stderr, "  %-7s\n", m->device[i].name);
	for (i = 0; i < DEVICES; i++)
		if (m->one_by_one)
			run_device(&m->device[i]);
		else
			running[i] = pthread_create(&thread[i], NULL, run_device, &m->device[i]) == 0;
	for (i = 0; i < DEVICES; i++)
		if (running[i])
			pthread_join(thread[i], NULL);
}

/* Keys are each device's own: no two may be equal. */
static bool
keys_differ(const struct demo *m)
{
	size_t i, k;

	for (i = 0; i < DEVICES; i++)
		for (k = 0; k < i; k++)
			if (bytes_equal(m->device[i].values.k, m->device[k].values.k) || bytes_equal(m->device[i].values.opc, m->device[k].values.opc))
				return false;
	return true;
}

static bool
print_table(struct demo *m)
{
	bool good = keys_differ(m);
	size_t i;

	printf("\n%-7s %-6s %-32s %-20s %-15s %-9s %-13s %9s %5s\n", "device", "role", "EID", "ICCID", "IMSI", "state", "AUTHENTICATE", "download", "APDUs");
	for (i = 0; i < DEVICES; i++) {
		struct device *d = &m->device[i];
		char iccid[ICCID_TEXT];

		iccid_text(d->order.iccid, iccid);
		good = good && d->good;
		if (!d->good)
			printf("%-7s %-6s %s  FAILED: %s\n", d->name, d->role, d->card->eid, d->why);
		else
			printf("%-7s %-6s %s %-20s %-15s %-9s %-13s %6.1f ms %5u\n", d->name, d->role, d->card->eid, iccid, d->imsi, "enabled", "RES matches",
				(double)d->took_us / 1000, d->card->apdus);
	}
	if (!keys_differ(m))
		printf("FAILED: two devices share a key\n");
	return good;
}

static int
run(struct cli *cli)
{
	struct lab_options o = {.seed = cli_get(cli, "seed", NULL), .smds = cli_has(cli, "discovery") ? SMDS : NULL, .tls = true};
	struct demo m = {.cli = cli, .terminal = isatty(STDERR_FILENO) && !cli->quiet, .one_by_one = cli_has(cli, "seed"),
		.discovery = o.smds != NULL};
	const char *trace = cli_get(cli, "trace", NULL);
	enum rsp_status st = RSP_OK;
	bool good = false;
	size_t i;
	int rc = cli_open(cli, &m.c, "network");

	if (rc)
		return rc;
	pthread_mutex_init(&m.lock, NULL);
	o.clock = cli_has(cli, "clock") ? m.c.now : 0;
	if (trace)
		st = trace_open(&m.c, trace, cli_has(cli, "seed"), &m.trace);
	if (st == RSP_OK)
		st = prepare(&m, &o);
	if (st == RSP_OK) {
		printf("An SM-DP+ on port %u of this machine, its own test PKI, four virtual eUICCs.\n"
			"Each gets a profile of its own over TLS, enables it, and proves its keys.\n\n", lab_port(m.lab));
		if (m.discovery)
			printf("No card has an activation code or an SM-DP+'s address: each asks the root SM-DS %s on port %u, finds the event that\n"
				"waits for its EID, and follows it to its profile. The SM-DP+ deletes the event when the profile is installed.\n\n", SMDS, lab_smds_port(m.lab));
		download_all(&m);
		good = print_table(&m);
	}
	rc = st != RSP_OK ? cli_failed(cli, &m.c, st) : good ? 0 : 1;
	if (!rc)
		printf("\nAll of this was read back from the cards. Next: esimlab --help, or the README's walk with a card reader.\n");
	for (i = 0; i < DEVICES; i++)
		rsp_ctx_free(&m.device[i].c);
	lab_free(m.lab);
	trace_close(m.trace);
	cli_close(cli, &m.c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"", "", "provision four virtual devices and show them", run, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};
static const struct cli_option options[] = {
	{"discovery", 0, NULL, "no activation codes: an event at an SM-DS leads each card to its profile"},
	{"trace", 0, "FILE", "write every exchange of every device (.pcapng: its APDUs for Wireshark; with --seed one device after another)"},
	{NULL, 0, NULL, NULL},
};

int
demo_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"demo", "A family of four virtual devices, provisioned over TLS.", verbs, options};

	return cli_run(&noun, argc, argv);
}
