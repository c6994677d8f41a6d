// SPDX-License-Identifier: BSD-2-Clause
/* esimlab lpa: a card in a reader or in a file, and servers over HTTPS. */
#include <esimlab/euicc.h>
#include <esimlab/lpa.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json_out.h"
#include "cli.h"
#include "http/client.h"
#include "image/image.h"
#include "pcsc/pcsc.h"
#include "stdio/stdio_card.h"
#include "trace.h"
#include "vpcd/vpcd.h"

struct session {
	struct cli *cli;
	struct rsp_ctx c;
	struct lpa lpa;
	struct http_port http;
	struct http_client *client;
	struct pki *pki;
	struct pcsc *reader;
	struct tcp_card *tcp;        /* -r tcp: */
	struct stdio_card *stdio;    /* -r stdio: */
	struct image *image;         /* --card */
	struct euicc *euicc;
	struct apdu_port in_process;
	struct trace *trace;
	unsigned apdus;
	bool yes, printed;
};

/* ---- ports ---- */

static enum rsp_status
card_transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	return euicc_transmit(((struct session *)self)->euicc, c, command, response);
}

static enum rsp_status
card_reset(void *self, struct rsp_ctx *c)
{
	(void)c;
	euicc_reset(((struct session *)self)->euicc);
	return RSP_OK;
}

static enum rsp_status
open_reader(struct session *s, const char *reader)
{
	enum rsp_status st;

	if (reader && strncmp(reader, "tcp:", 4) == 0) {
		if ((st = tcp_card_open(&s->c, reader + 4, &s->tcp)) == RSP_OK)
			s->lpa.card = tcp_card_port(s->tcp);
	} else if (reader && strncmp(reader, "stdio:", 6) == 0) {
		if ((st = stdio_card_open(&s->c, reader + 6, &s->stdio)) == RSP_OK)
			s->lpa.card = stdio_card_port(s->stdio);
	} else if ((st = pcsc_open(&s->c, reader, &s->reader)) == RSP_OK) {
		s->lpa.card = pcsc_port(s->reader);
	}
	return st;
}

static enum rsp_status
open_card(struct session *s)
{
	const char *file = cli_get(s->cli, "card", NULL), *reader = cli_get(s->cli, "reader", getenv("ESIMLAB_READER"));
	enum rsp_status st;

	if (!file)
		return open_reader(s, reader);
	st = image_open(&s->c, file, &s->image);
	if (st == RSP_OK)
		st = euicc_open(&s->c, image_nvm(s->image), s->cli->crypto, &s->euicc);
	s->in_process = (struct apdu_port){.self = s, .transmit = card_transmit, .reset = card_reset};
	s->lpa.card = &s->in_process;
	return st;
}

static enum rsp_status
no_pki(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	(void)self;
	(void)path;
	(void)body;
	(void)http_status;
	(void)answer;
	return rsp_fail(c, RSP_STATE, "https://%.80s: want --pki DIR: the CI that its certificate chains to", host);
}

/* Servers are trusted when their certificates chain to a CI of the folder, and for no other reason. */
static enum rsp_status
open_http(struct session *s)
{
	const struct pki_cert *ca[2];
	const char *connect_to[16];
	struct http_client_options o = {.ca = ca, .connect_to = connect_to, .fixed_now = cli_has(s->cli, "clock") ? s->c.now : 0};
	const char *dir = cli_get(s->cli, "pki", NULL), *rule;
	enum rsp_status st;
	int i;

	s->lpa.http = &s->http;
	s->http = (struct http_port){s, no_pki};
	if (!dir)
		return RSP_OK;
	if ((st = pki_load(&s->c, dir, &s->pki)) != RSP_OK)
		return st;
	for (i = 0; i < 2; i++)
		if (s->pki->branch[i].ci.cert)
			ca[o.n_ca++] = s->pki->branch[i].ci.cert;
	while (o.n_connect_to < 16 && (rule = cli_nth(s->cli, "connect-to", (unsigned)o.n_connect_to)))
		connect_to[o.n_connect_to++] = rule;
	st = http_client_new(&s->c, &o, &s->client);
	if (st == RSP_OK)
		s->http = http_client_port(s->client);
	return st;
}

static int
read_options(struct session *s)
{
	const char *aid = cli_get(s->cli, "isdr-aid", NULL), *chunk = cli_get(s->cli, "chunk", NULL);
	uint64_t n = 0;

	if (aid && (hex_read(&s->c, bytes_of_str(aid), &s->lpa.options.isdr_aid) != RSP_OK || s->lpa.options.isdr_aid.n < 5 || s->lpa.options.isdr_aid.n > 16))
		return cli_usage(s->cli, "--isdr-aid: want 5 to 16 octets in hex");
	if (chunk && !cli_number(chunk, 1, 255, &n))
		return cli_usage(s->cli, "--chunk: want 1 to 255");
	s->lpa.options.chunk = (size_t)n;
	s->yes = cli_has(s->cli, "yes");
	return 0;
}

/* Ctrl-C must not leave a channel open on somebody's card. */
static struct session *interrupted;

static void
on_interrupt(int sig)
{
	struct session *s = interrupted;

	if (s && s->lpa.channel.open)
		lpa_end(&s->lpa, &s->c);
	_exit(128 + sig);
}

static int
open_session(struct cli *cli, struct session *s)
{
	const char *trace = cli_get(cli, "trace", getenv("ESIMLAB_TRACE"));
	enum rsp_status st = RSP_OK;
	int rc;

	*s = (struct session){.cli = cli};
	signal(SIGPIPE, SIG_IGN); /* a card or server that has gone is an error with a sentence */
	if ((rc = cli_open(cli, &s->c, "lpa")))
		return rc;
	if ((rc = read_options(s))) {
		cli_close(cli, &s->c);
		return rc;
	}
	if (trace)
		st = trace_open(&s->c, trace, cli_has(cli, "seed"), &s->trace);
	s->lpa.trace = trace_hook(s->trace, NULL);
	if (st == RSP_OK)
		st = open_http(s);
	if (st == RSP_OK)
		st = open_card(s);
	if (st == RSP_OK) {
		s->lpa.card = trace_card(&s->lpa.trace, s->lpa.card);
		st = lpa_begin(&s->lpa, &s->c);
	}
	interrupted = s;
	signal(SIGINT, on_interrupt);
	return st == RSP_OK ? 0 : cli_failed(cli, &s->c, st);
}

static int
close_session(struct session *s, int rc)
{
	interrupted = NULL;
	if (s->lpa.channel.open)
		lpa_end(&s->lpa, &s->c);
	pcsc_close(s->reader);
	tcp_card_close(s->tcp);
	stdio_card_close(s->stdio);
	euicc_close(s->euicc);
	image_close(s->image);
	http_client_free(s->client);
	pki_free(s->pki);
	trace_close(s->trace);
	if (s->c.arena)
		cli_close(s->cli, &s->c);
	return rc;
}

/* Run one job between open and close. */
static int
with_card(struct cli *cli, enum rsp_status (*job)(struct session *s))
{
	struct session s;
	int rc = open_session(cli, &s);

	if (rc == EXIT_USAGE)
		return rc;
	if (!rc)
		rc = cli_failed(cli, &s.c, job(&s));
	return close_session(&s, rc);
}

/* ---- verbs ---- */

static int
readers(struct cli *cli)
{
	struct pcsc_readers all;
	struct rsp_ctx c;
	size_t i;
	int rc = cli_open(cli, &c, "lpa");

	if (rc)
		return rc;
	rc = cli_failed(cli, &c, pcsc_list(&c, &all));
	for (i = 0; !rc && i < all.n; i++)
		printf("%2zu  %-40s %s%s\n", i, all.p[i].name, all.p[i].card ? hex_of(&c, all.p[i].atr) : "no card", all.p[i].in_use ? " (in use)" : "");
	if (!rc && !all.n)
		printf("no reader\n");
	cli_close(cli, &c);
	return rc;
}

static char *
text_of(struct session *s, struct bytes b)
{
	return rsp_sprintf(&s->c, "%.*s", (int)b.n, b.p ? (const char *)b.p : "");
}

static void
print_cis(struct session *s, const char *label, const struct ci_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		printf("%s %s\n", i ? "              " : label, hex_of(&s->c, l->id[i]));
}

static enum rsp_status
chip_info(struct session *s)
{
	struct configured_addresses a;
	struct euicc_info2 v;
	uint8_t eid[16];
	char text[EID_TEXT];
	enum rsp_status st = lpa_eid(&s->lpa, &s->c, eid);

	if (st == RSP_OK)
		st = lpa_info2(&s->lpa, &s->c, &v);
	if (st == RSP_OK)
		st = lpa_addresses(&s->lpa, &s->c, &a);
	if (st != RSP_OK)
		return st;
	eid_text(eid, text);
	if (s->cli->json) {
		cli_json_result(s->cli, bytes_of_str(rsp_sprintf(&s->c, "{\"eidValue\":\"%s\",\"svn\":\"%u.%u.%u\",\"freeNonVolatileMemory\":%u}", text, v.svn[0],
			v.svn[1], v.svn[2], v.free_nvm)));
		return RSP_OK;
	}
	printf("EID            %s\nSGP.22         %u.%u.%u\nprofiles       %u.%u.%u\nfirmware       %u.%u.%u\nfree memory    %u octets\n", text, v.svn[0], v.svn[1],
		v.svn[2], v.profile_version[0], v.profile_version[1], v.profile_version[2], v.firmware[0], v.firmware[1], v.firmware[2], v.free_nvm);
	printf("default SM-DP+ %s\nroot SM-DS     %s\n", a.default_dp.n ? text_of(s, a.default_dp) : "-", text_of(s, a.root_ds));
	print_cis(s, "CI, verifying ", &v.verification);
	print_cis(s, "CI, signing   ", &v.signing);
	return RSP_OK;
}

static void
profiles_json(struct session *s, const struct profile_info_list *l)
{
	static const char *const classes[] = {"test", "provisioning", "operational"};
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	char iccid[ICCID_TEXT];
	size_t i;

	json_array(&j, NULL);
	for (i = 0; i < l->n; i++) {
		iccid_text(l->p[i].iccid.p, iccid);
		json_object(&j, NULL);
		json_string(&j, "iccid", iccid);
		json_hex(&j, "isdpAid", l->p[i].isdp_aid);
		json_string(&j, "profileState", l->p[i].state == PROFILE_ENABLED ? "enabled" : "disabled");
		json_string(&j, "profileNickname", text_of(s, l->p[i].nickname));
		json_string(&j, "serviceProviderName", text_of(s, l->p[i].provider));
		json_string(&j, "profileName", text_of(s, l->p[i].name));
		json_string(&j, "profileClass", classes[l->p[i].profile_class >= 0 && l->p[i].profile_class < 3 ? l->p[i].profile_class : 2]);
		json_object_end(&j);
	}
	json_array_end(&j);
	cli_json_result(s->cli, buf_bytes(&b));
	buf_free(&b);
}

static enum rsp_status
profile_list(struct session *s)
{
	struct profile_info_list l;
	char iccid[ICCID_TEXT];
	size_t i;
	enum rsp_status st = lpa_profiles(&s->lpa, &s->c, &l);

	if (st != RSP_OK)
		return st;
	if (s->cli->json) {
		profiles_json(s, &l);
		return RSP_OK;
	}
	if (!l.n)
		printf("no profile\n");
	for (i = 0; i < l.n; i++) {
		if (l.p[i].iccid.n != 10)
			continue;
		iccid_text(l.p[i].iccid.p, iccid);
		printf("%-20s %-8s %s%s%s%s (%s)\n", iccid, l.p[i].state == PROFILE_ENABLED ? "enabled" : "disabled", l.p[i].nickname.n ? "\"" : "",
			text_of(s, l.p[i].nickname), l.p[i].nickname.n ? "\" " : "", text_of(s, l.p[i].name), text_of(s, l.p[i].provider));
	}
	return RSP_OK;
}

static bool
ask_yes(const char *question)
{
	char answer[16];

	fprintf(stderr, "%s [y/N] ", question);
	return isatty(STDIN_FILENO) && fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool
confirm_download(void *self, const struct store_metadata *m, bool ppr_consent)
{
	struct session *s = self;
	char iccid[ICCID_TEXT];

	iccid_text(m->iccid.p, iccid);
	if (!s->cli->quiet)
		fprintf(stderr, "profile \"%.*s\" of %.*s, ICCID %s\n", (int)m->name.n, (const char *)m->name.p, (int)m->provider.n, (const char *)m->provider.p, iccid);
	if (ppr_consent && !s->yes)
		return ask_yes("the operator does not let this profile be disabled or deleted freely. Download it all the same?");
	return s->yes || !isatty(STDIN_FILENO) || ask_yes("download it?");
}

/* From a file once; on the terminal, without echo, as often as the server lets one try. */
static enum rsp_status
confirmation_code(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	struct session *s = self;
	const char *path = cli_get(s->cli, "confirmation-code-file", NULL);
	enum rsp_status st;

	if (!path)
		return cli_ask_secret(c, attempt > 1 ? "wrong; confirmation code" : "confirmation code", code);
	if (attempt > 1)
		return rsp_fail(c, RSP_REFUSED, "the confirmation code in %s is wrong", path);
	st = cli_read_file(c, path, 1024, code);
	while (st == RSP_OK && code->n && (code->p[code->n - 1] == '\n' || code->p[code->n - 1] == '\r'))
		code->n--;
	return st;
}

static void
progress(void *self, const char *step, unsigned percent)
{
	struct session *s = self;

	if (!s->cli->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%3u%% %-30s%s", percent, step, percent == 100 ? "\n" : "");
}

static enum rsp_status
profile_download(struct session *s)
{
	struct lpa_download_result r;
	struct activation_code code;
	char iccid[ICCID_TEXT], *aid;
	enum rsp_status st = activation_code_read(&s->c, s->cli->argument[0], &code);

	if (st != RSP_OK)
		return st;
	s->lpa.user = (struct lpa_user){s, confirm_download, confirmation_code, progress};
	st = lpa_download(&s->lpa, &s->c, &code, &r);
	if (st != RSP_OK) {
		if (r.transaction_id.p && !s->cli->quiet)
			fprintf(stderr, "%stransactionId %s\n", isatty(STDERR_FILENO) ? "\n" : "", hex_of(&s->c, r.transaction_id));
		return st;
	}
	iccid_text(r.iccid, iccid);
	aid = hex_of(&s->c, r.isdp_aid);
	if (s->cli->json)
		cli_json_result(s->cli, bytes_of_str(rsp_sprintf(&s->c, "{\"iccid\":\"%s\",\"isdpAid\":\"%s\"}", iccid, aid)));
	else
		printf("installed: ICCID %s in ISD-P %s, disabled (esimlab lpa profile enable %s)\n", iccid, aid, iccid);
	return RSP_OK;
}

static enum rsp_status
choice(struct session *s, struct profile_choice *out)
{
	const char *word = s->cli->argument[0];
	uint8_t *iccid = rsp_alloc(&s->c, 10);

	if (!iccid)
		return RSP_NOMEM;
	out->refresh = !cli_has(s->cli, "no-refresh");
	if (strlen(word) == 32 && strncasecmp(word, "A0", 2) == 0)
		return hex_read(&s->c, bytes_of_str(word), &out->isdp_aid);
	out->iccid = bytes_of(iccid, 10);
	return iccid_read(&s->c, word, iccid);
}

static enum rsp_status
done(struct session *s, const char *what)
{
	if (s->cli->json)
		cli_json_result(s->cli, bytes_of_str("{}"));
	else
		printf("%s: %s\n", s->cli->argument[0], what);
	return RSP_OK;
}

static enum rsp_status
profile_enable(struct session *s)
{
	struct profile_choice which = {0};
	enum rsp_status st = choice(s, &which);

	if (st == RSP_OK)
		st = lpa_enable(&s->lpa, &s->c, &which);
	return st == RSP_OK ? done(s, "enabled") : st;
}

static enum rsp_status
profile_disable(struct session *s)
{
	struct profile_choice which = {0};
	enum rsp_status st = choice(s, &which);

	if (st == RSP_OK)
		st = lpa_disable(&s->lpa, &s->c, &which);
	return st == RSP_OK ? done(s, "disabled") : st;
}

static enum rsp_status
profile_delete(struct session *s)
{
	struct profile_choice which = {0};
	enum rsp_status st = choice(s, &which);

	if (st == RSP_OK && !s->yes && isatty(STDIN_FILENO) && !ask_yes("delete the profile for good?"))
		return rsp_fail(&s->c, RSP_REFUSED, "nothing was deleted");
	if (st == RSP_OK)
		st = lpa_delete(&s->lpa, &s->c, &which);
	return st == RSP_OK ? done(s, "deleted") : st;
}

static enum rsp_status
profile_nickname(struct session *s)
{
	struct profile_choice which = {0};
	enum rsp_status st = choice(s, &which);

	if (st == RSP_OK && !which.iccid.p)
		st = rsp_fail(&s->c, RSP_REFUSED, "nickname wants an ICCID");
	if (st == RSP_OK)
		st = lpa_nickname(&s->lpa, &s->c, which.iccid, s->cli->n_arguments > 1 ? s->cli->argument[1] : "");
	return st == RSP_OK ? done(s, "nickname set") : st;
}

static const char *
event_name(uint32_t event)
{
	return event == EVENT_INSTALL ? "install" : event == EVENT_ENABLE ? "enable" : event == EVENT_DISABLE ? "disable" : event == EVENT_DELETE ? "delete" : "?";
}

static enum rsp_status
notification_list(struct session *s)
{
	struct notification_list l;
	char iccid[ICCID_TEXT];
	size_t i;
	enum rsp_status st = lpa_notifications(&s->lpa, &s->c, &l);

	if (st != RSP_OK)
		return st;
	if (!l.n)
		printf("no notification\n");
	for (i = 0; i < l.n; i++) {
		iccid[0] = '\0';
		if (l.p[i].iccid.n == 10)
			iccid_text(l.p[i].iccid.p, iccid);
		printf("%4llu  %-8s %-20s %s\n", (unsigned long long)l.p[i].seq, event_name(l.p[i].event), iccid, text_of(s, l.p[i].address));
	}
	return RSP_OK;
}

static enum rsp_status
notification_process(struct session *s)
{
	unsigned delivered, left;
	enum rsp_status st = lpa_notify_all(&s->lpa, &s->c, &delivered, &left);

	if (st == RSP_OK || delivered || left)
		printf("%u delivered, %u left on the card\n", delivered, left);
	return st;
}

static void
say_found(void *self, const struct lpa_found *f)
{
	struct session *s = self;
	char iccid[ICCID_TEXT] = "";
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);

	if (f->status == RSP_OK)
		iccid_text(f->result->iccid, iccid);
	if (!s->cli->json) {
		if (f->status == RSP_OK)
			printf("installed: ICCID %s from %s%s%s\n", iccid, f->server, *f->event_id ? ", event " : "", f->event_id);
		else
			fprintf(stderr, "esimlab lpa: %s%s%s: %s\n", f->server, *f->event_id ? ", event " : "", f->event_id, f->error->text);
		return;
	}
	json_object(&j, NULL);
	json_string(&j, "server", f->server);
	json_string(&j, "eventId", f->event_id);
	json_string(&j, "status", f->status == RSP_OK ? "installed" : rsp_status_name(f->status));
	json_string(&j, "iccid", iccid);
	json_string(&j, "subject", f->status == RSP_OK ? "" : f->error->subject);
	json_string(&j, "reason", f->status == RSP_OK ? "" : f->error->reason);
	json_string(&j, "text", f->status == RSP_OK ? "" : f->error->text);
	json_object_end(&j);
	printf("%.*s\n", (int)b.n, (const char *)b.p);
	buf_free(&b);
}

/* The default SM-DP+, then the root SM-DS and all it leads to. */
static enum rsp_status
discovery(struct session *s)
{
	struct lpa_discovery d = {.found = say_found, .self = s};
	enum rsp_status st;

	s->lpa.user = (struct lpa_user){s, confirm_download, confirmation_code, progress};
	st = lpa_discover(&s->lpa, &s->c, cli_get(s->cli, "smds", NULL), &d);
	if (s->cli->json)
		cli_json_result(s->cli, bytes_of_str(rsp_sprintf(&s->c, "{\"events\":%u,\"downloaded\":%u,\"failed\":%u}", d.events, d.downloaded, d.failed)));
	else if (!d.events && !d.failed)
		printf("nothing is waiting\n");
	return st;
}

#define VERB(name, job) static int name(struct cli *cli) { return with_card(cli, job); }
VERB(run_chip_info, chip_info)
VERB(run_list, profile_list)
VERB(run_download, profile_download)
VERB(run_enable, profile_enable)
VERB(run_disable, profile_disable)
VERB(run_delete, profile_delete)
VERB(run_nickname, profile_nickname)
VERB(run_notifications, notification_list)
VERB(run_process, notification_process)
VERB(run_discovery, discovery)

static const struct cli_verb verbs[] = {
	{"readers", "", "list card readers", readers, 0, 0},
	{"chip info", "", "EID, versions, addresses, CIs", run_chip_info, 0, 0},
	{"profile list", "", "profiles on the card", run_list, 0, 0},
	{"profile download", "CODE", "download by activation code", run_download, 1, 1},
	{"profile enable", "ICCID|AID", "switch to a profile", run_enable, 1, 1},
	{"profile disable", "ICCID|AID", "switch a profile off", run_disable, 1, 1},
	{"profile delete", "ICCID|AID", "remove a disabled profile", run_delete, 1, 1},
	{"profile nickname", "ICCID [NAME]", "name a profile, or take its name away", run_nickname, 1, 2},
	{"notification list", "", "what servers have not been told yet", run_notifications, 0, 0},
	{"notification process", "", "tell them", run_process, 0, 0},
	{"discovery", "", "download what waits at the default SM-DP+ and the root SM-DS", run_discovery, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"reader", 'r', "READER", "number or part of the name (lpa readers), tcp:HOST:PORT, or stdio:COMMAND that speaks lpac's JSON lines"},
	{"card", 0, "IMAGE", "a software eUICC's file instead of a reader"},
	{"pki", 0, "DIR", "CIs that servers' certificates must chain to"},
	{"connect-to", 0, "FQDN:HOST:PORT", "go there for FQDN; all names stay the FQDN"},
	{"confirmation-code-file", 0, "F", "where the confirmation code stands (- is standard input)"},
	{"smds", 0, "FQDN", "discovery: another root SM-DS than the card's"},
	{"yes", 'y', NULL, "do not ask"},
	{"no-refresh", 0, NULL, "enable, disable: switch at once, without a REFRESH"},
	{"isdr-aid", 0, "HEX", "of a card with another ISD-R"},
	{"chunk", 0, "N", "octets in one STORE DATA (255)"},
	{"trace", 0, "FILE", "write the exchange with card and server (.pcapng: its APDUs, for Wireshark)"},
	{NULL, 0, NULL, NULL},
};

int
lpa_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"lpa", "An LPA: profiles of a eUICC in a reader or in a file.", verbs, options};

	return cli_run(&noun, argc, argv);
}
