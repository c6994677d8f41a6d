// SPDX-License-Identifier: BSD-2-Clause
/* esimlab bench cards: what an idle card with one installed profile costs in memory, in a process that has many. */
#include <esimlab/euicc.h>
#include <esimlab/profile.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "codec/ids.h"
#include "image/image.h"
#include "pki/pki.h"

#define CARDS_MOST 100000

struct one { struct image *image; struct euicc *e; };

struct factory {
	struct cli *cli;
	struct rsp_ctx *c;               /* what lasts */
	struct pki *pki;
	struct profile_template *template;
	struct one *card;
	size_t made, octets;             /* what the memory of one card holds */
};

/* Octets that the process has taken and not given back. */
static size_t
taken(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static enum rsp_status
open_factory(struct factory *f)
{
	const struct pki_make_options o = {.nist = true};
	const char *file = cli_get(f->cli, "package", NULL);
	struct bytes package;
	enum rsp_status st = pki_make_memory(f->c, &o, &f->pki);

	if (st == RSP_OK)
		st = file ? cli_read_file(f->c, file, 1u << 20, &package) : profile_build(f->c, profile_builtin_description(), &package);
	return st == RSP_OK ? profile_template_new(f->c, package, &f->template) : st;
}

static enum rsp_status
personalise(struct factory *f, struct rsp_ctx *c, struct euicc_options *o, struct pki_identity *id, uint8_t scalar[32])
{
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	char eid[33];
	enum rsp_status st = pki_eid_under(c, b->eum.cert, 5000 + f->made, eid);

	if (st == RSP_OK)
		st = eid_read(c, eid, o->eid);
	if (st == RSP_OK)
		st = pki_issue_euicc(c, &b->eum, eid, id);
	if (st == RSP_OK)
		st = ec_key_scalar(c, id->key, scalar);
	if (st == RSP_OK)
		o->branch[0] = (struct euicc_branch){.ci_cert = b->ci.cert->der, .eum_cert = b->eum.cert->der, .euicc_cert = id->cert->der,
			.euicc_scalar = bytes_of(scalar, 32)};
	return st;
}

/* With an ICCID, a subscription and a key of its own, as each has. */
static enum rsp_status
fill(struct factory *f, struct rsp_ctx *c, struct one *k)
{
	struct euicc_direct d = {.profile_class = 2};
	struct euicc_installed done;
	struct profile_values v = {0};
	uint8_t key[16];
	enum rsp_status st = crypto_random(c, key, sizeof(key));

	snprintf(v.iccid, sizeof(v.iccid), "89001%014zu", f->made);
	snprintf(v.imsi, sizeof(v.imsi), "00101%010zu", f->made);
	v.k = BYTES_OF(key);
	if (st == RSP_OK)
		st = profile_personalise(c, f->template, &v, &d.package);
	return st == RSP_OK ? euicc_install(k->e, c, &d, &done) : st;
}

static enum rsp_status
make_one(struct factory *f)
{
	struct one *k = &f->card[f->made];
	struct euicc_options o = {.lenient_segments = false};
	struct pki_identity id = {0};
	uint8_t scalar[32];
	struct rsp_ctx c;
	enum rsp_status st = rsp_ctx_init(&c, f->cli->crypto, f->c->now);

	if (st != RSP_OK)
		return st;
	st = image_memory(&c, &k->image);
	if (st == RSP_OK)
		st = personalise(f, &c, &o, &id, scalar);
	if (st == RSP_OK)
		st = euicc_create(&c, image_nvm(k->image), &o);
	if (st == RSP_OK)
		st = euicc_open(&c, image_nvm(k->image), f->cli->crypto, &k->e);
	if (st == RSP_OK)
		st = fill(f, &c, k);
	pki_identity_free(&id);
	if (st == RSP_OK) {
		euicc_reset(k->e);
		f->octets = image_nvm(k->image)->used(image_nvm(k->image)->self);
		f->made++;
	}
	f->c->error = c.error;
	rsp_ctx_free(&c);
	return st;
}

static void
close_factory(struct factory *f)
{
	size_t i;

	for (i = 0; f->card && i <= f->made; i++) {
		euicc_close(f->card[i].e);
		image_close(f->card[i].image);
	}
	free(f->card);
	profile_template_free(f->template);
	pki_free(f->pki);
}

static enum rsp_status
measure(struct factory *f, size_t n, double *each)
{
	size_t before;
	enum rsp_status st = open_factory(f);

	f->card = calloc(n + 1, sizeof(*f->card));
	if (st == RSP_OK && !f->card)
		st = RSP_NOMEM;
	/* the first one brings what all share */
	if (st == RSP_OK)
		st = make_one(f);
	before = taken();
	while (st == RSP_OK && f->made < n)
		st = make_one(f);
	*each = n > 1 ? ((double)taken() - (double)before) / (double)(n - 1) : 0;
	return st;
}

int
bench_cards(struct cli *cli)
{
	struct factory f = {.cli = cli};
	struct rsp_ctx c;
	uint64_t n = 200;
	double each = 0;
	enum rsp_status st;
	int rc;

	if (cli_has(cli, "cards") && !cli_number(cli_get(cli, "cards", ""), 2, CARDS_MOST, &n))
		return cli_usage(cli, "--cards: want 2 to %d", CARDS_MOST);
	if ((rc = cli_open(cli, &c, "bench")))
		return rc;
	f.c = &c;
	st = measure(&f, n, &each);
	if (st == RSP_OK && cli->json)
		printf("{\"cards\":%llu,\"octets_kept\":%zu,\"octets_a_card\":%.0f}\n", (unsigned long long)n, f.octets, each);
	else if (st == RSP_OK)
		printf("%llu idle cards with a profile each: %.0f octets of memory a card; its file system and keys are %zu octets\n", (unsigned long long)n, each,
			f.octets);
	rc = cli_failed(cli, &c, st);
	close_factory(&f);
	cli_close(cli, &c);
	return rc;
}
