// SPDX-License-Identifier: BSD-2-Clause
/*
 * Strangers' octets at every door: the kept corpus (vectors/corpus/TARGET/), the messages of the kept transcript, and the same again damaged in many
 * ways that are the same every time. `make fuzz` looks for new ones.
 */
#include "support/targets.h"

#include <dirent.h>

#include "base/hex.h"

#define ROUNDS 400

static uint32_t luck = 2463534242u;

static uint32_t
draw(uint32_t below)
{
	luck ^= luck << 13;
	luck ^= luck >> 17;
	luck ^= luck << 5;
	return below ? luck % below : 0;
}

/* One damage: an octet changed, a piece taken out, a piece doubled, or the end cut off. */
static struct bytes
damaged(struct rsp_ctx *c, struct bytes in)
{
	uint32_t at = draw((uint32_t)in.n), n = draw(16) + 1;
	struct buf b = BUF_INIT;
	struct bytes out = in;

	switch (draw(4)) {
	case 0:
		buf_add(&b, in);
		if (b.n)
			b.p[at] = (uint8_t)draw(256);
		break;
	case 1:
		buf_add(&b, bytes_slice(in, 0, at));
		buf_add(&b, bytes_from(in, at + n < in.n ? at + n : in.n));
		break;
	case 2:
		buf_add(&b, bytes_slice(in, 0, at));
		buf_add(&b, bytes_slice(in, at, n));
		buf_add(&b, bytes_from(in, at));
		break;
	default:
		buf_add(&b, bytes_slice(in, 0, at));
	}
	if (!b.p)
		return bytes_of("", 0);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
try(struct probe *bench, struct rsp_ctx *c, const struct target *t, struct bytes seed)
{
	struct bytes kept = seed, now;
	unsigned i;

	t->run(bench, c, kept);
	for (i = 0; i < ROUNDS; i++) {
		now = damaged(c, draw(3) ? kept : damaged(c, kept));
		t->run(bench, c, now);
	}
}

static void
the_transcript_damaged(void **state)
{
	static const struct { const char *kind, *target; } kinds[] = {
		{"card>", "es10"}, {"http>", "es9p"}, {"http<", "es9p-response"}, {"card>", "dump"}, {"card<", "dump"}, {"http<", "dump"},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state), own = {0};
	struct probe bench;
	char *line = NULL, kind[16], what[64];
	size_t cap = 0;
	unsigned tried = 0;
	FILE *f = fopen("vectors/sessions/demo-seed-1.trace", "r");
	int skip;

	assert_non_null(f);
	targets_open(&bench, c);
	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	while (tried < 90 && getline(&line, &cap, f) > 0) {
		if (sscanf(line, "phone %15s %63s %n", kind, what, &skip) < 2)
			continue;
		FOR_EACH_ROW(kinds, row) {
			struct bytes seed = bytes_of(line + skip, strcspn(line + skip, "\n"));

			if (strcmp(kind, row->kind) != 0)
				continue;
			if (strncmp(kind, "card", 4) == 0 && hex_read(&own, seed, &seed) != RSP_OK)
				continue;
			try(&bench, &own, target_named(row->target), seed);
			tried++;
		}
		rsp_ctx_reset(&own);
	}
	assert_true(tried > 20);
	free(line);
	fclose(f);
	rsp_ctx_free(&own);
	targets_close(&bench);
}

static void
our_own_things_damaged(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state), own = {0};
	const struct pki_branch *b;
	struct bytes package;
	struct probe bench;
	unsigned i;

	targets_open(&bench, c);
	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	b = &lab_pki(bench.lab)->branch[EC_P256];
	assert_status(profile_build(c, profile_builtin_description(), &package), RSP_OK);
	for (i = 0; i < 5; i++) {
		try(&bench, &own, target_named("profile"), package);
		try(&bench, &own, target_named("certificate"), b->dpauth.cert->der);
		try(&bench, &own, target_named("text"), bytes_of_str("LPA:1$smdpp.example.com$ABC-123$2.999.10$1"));
		try(&bench, &own, target_named("text"), bytes_of_str("89049032000000000000000000100073"));
		try(&bench, &own, target_named("description"), bytes_of_str(profile_builtin_description()));
		try(&bench, &own, target_named("dump"), package);
		try(&bench, &own, target_named("scenario"), read_whole(&own, "vectors/corpus/scenario/whole"));
		try(&bench, &own, target_named("apdu"), unhex(c, "80E2910006BF3E035C015A"));
		rsp_ctx_reset(&own);
	}
	rsp_ctx_free(&own);
	targets_close(&bench);
}

/* The kept scripts of APDUs, whole and damaged: lengths, headers, data. */
static void
scripts_damaged(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state), own = {0};
	DIR *d = opendir("vectors/corpus/script");
	struct dirent *e;
	struct probe bench;
	unsigned files = 0;

	assert_non_null(d);
	targets_open(&bench, c);
	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			try(&bench, &own, target_named("script"), read_whole(c, rsp_sprintf(c, "vectors/corpus/script/%s", e->d_name)));
			rsp_ctx_reset(&own);
			files++;
		}
	closedir(d);
	assert_true(files >= 6);
	rsp_ctx_free(&own);
	targets_close(&bench);
}

static void
the_kept_corpus(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state), own = {0};
	struct probe bench;
	size_t i, files = 0;

	targets_open(&bench, c);
	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	for (i = 0; i < target_count; i++) {
		char *folder = rsp_sprintf(c, "vectors/corpus/%s", targets[i].name);
		DIR *d = opendir(folder);
		struct dirent *e;

		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.') {
				targets[i].run(&bench, &own, read_whole(&own, rsp_sprintf(c, "%s/%s", folder, e->d_name)));
				rsp_ctx_reset(&own);
				files++;
			}
		if (d)
			closedir(d);
	}
	assert_true(files >= 10);
	rsp_ctx_free(&own);
	targets_close(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_transcript_damaged),
		cmocka_unit_test(our_own_things_damaged),
		cmocka_unit_test(scripts_damaged),
		cmocka_unit_test(the_kept_corpus),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
