// SPDX-License-Identifier: BSD-2-Clause
#include "support/bench.h"

#include "base/hex.h"
#include "crypto/crypto.h"

#define RULE 24
#define FILES_MAX 40

/* One record each of EF.ARR, padded with FF. */
static const char *const rules[] = {
	[R_ALWAYS - 1] = "80017F" "9000", [R_PIN1 - 1] = "80017F" "A406830101950108", [R_ADM - 1] = "80017F" "A40683010A950108",
	[R_NEVER - 1] = "80017F" "9700", [R_READ - 1] = "800101" "9000", [R_RESIZE - 1] = "80017F" "9000" "8401D4" "9000",
};

static const struct profile_file base[] = {
	{.kind = FILE_MF, .name = "MF", .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .descriptor = 0x78, .pin_status = OCTETS("\x01\x11\x0A")},
	{.path = {0x2F06}, .depth = 1, .kind = FILE_LINEAR, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = RULE,
		.size = RULE * (R_LAST - 1), .descriptor = 0x42},
};

static const struct profile_pin pins[] = {
	{.ref = 0x01, .value = "0000\xFF\xFF\xFF\xFF", .unblock_ref = 1, .attributes = 7, .max_tries = 3, .tries_left = 3},
	{.ref = 0x11, .value = "1111\xFF\xFF\xFF\xFF", .attributes = 7, .max_tries = 3, .tries_left = 3},
	{.ref = 0x0A, .value = "22222222", .attributes = 3, .max_tries = 10, .tries_left = 10},
};
static const struct profile_puk puks[] = {{.ref = 1, .value = "12345678", .max_tries = 10, .tries_left = 10}};

static struct bytes
rule_file(struct rsp_ctx *c)
{
	uint8_t *p = rsp_alloc(c, RULE * (R_LAST - 1));
	size_t i;

	memset(p, 0xFF, RULE * (R_LAST - 1));
	for (i = 0; i < R_LAST - 1; i++) {
		struct bytes rule = unhex(c, rules[i]);

		memcpy(p + i * RULE, rule.p, rule.n);
	}
	return bytes_of(p, RULE * (R_LAST - 1));
}

void
bench_open(struct bench *b, struct rsp_ctx *c, const struct profile *p)
{
	struct profile_file files[FILES_MAX];
	struct profile_pin all_pins[16];
	struct profile all = *p;

	assert_true(p->n_files + 2 <= FILES_MAX && p->n_pins + 3 <= 16);
	*b = (struct bench){.c = c};
	assert_status(crypto_new(&c->crypto, bytes_of_str("bench"), "card"), RSP_OK);
	memcpy(files, base, sizeof(base));
	if (p->n_files)
		memcpy(files + 2, p->file, p->n_files * sizeof(files[0]));
	files[1].content = rule_file(c);
	memcpy(all_pins, pins, sizeof(pins));
	if (p->n_pins)
		memcpy(all_pins + 3, p->pin, p->n_pins * sizeof(pins[0]));
	all.file = files;
	all.n_files += 2;
	all.pin = all_pins;
	all.n_pins += 3;
	all.puk = (struct profile_puk *)(uintptr_t)puks;
	all.n_puks = 1;
	assert_status(image_memory(c, &b->image), RSP_OK);
	assert_status(uicc_install(c, image_nvm(b->image), "p/01/", &all), RSP_OK);
	assert_status(uicc_open(c, image_nvm(b->image), "p/01/", &b->u), RSP_OK);
}

void
bench_close(struct bench *b)
{
	uicc_close(b->u);
	image_close(b->image);
	crypto_free(b->c->crypto);
	b->c->crypto = NULL;
}

static bool
add_pair(void *arg, struct bytes key, struct bytes value)
{
	struct buf *b = arg;

	buf_u32(b, (uint32_t)key.n);
	buf_add(b, key);
	buf_u32(b, (uint32_t)value.n);
	buf_add(b, value);
	return true;
}

char *
bench_memory(struct bench *b)
{
	struct nvm *nvm = image_nvm(b->image);
	struct buf all = BUF_INIT;
	struct bytes parts;
	uint8_t digest[32];

	nvm->each(nvm->self, BYTES_NONE, add_pair, &all);
	assert_false(all.bad);
	parts = buf_bytes(&all);
	assert_status(sha256(b->c, &parts, 1, digest), RSP_OK);
	buf_free(&all);
	return hex_of(b->c, BYTES_OF(digest));
}

unsigned
bench_run(struct bench *b, struct bytes command, struct bytes *data)
{
	struct nvm *nvm = image_nvm(b->image);
	struct apdu a;
	unsigned sw = 0;

	assert_status(apdu_read(command, &a), RSP_OK);
	if (a.ins == 0xA4 && a.p1 == 4)
		assert_status(uicc_select_aid(b->u, b->c, &a, data, &sw), RSP_OK);
	else
		assert_status(uicc_command(b->u, b->c, &a, data, &sw), RSP_OK);
	*data = rsp_copy(b->c, *data);
	assert_status(nvm->commit(nvm->self, b->c), RSP_OK);
	return sw;
}

void
bench_play(struct bench *b, const struct bench_line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct bench_line *l = &lines[i];
		const char *before = bench_memory(b), *have;
		struct bytes data = BYTES_NONE;
		unsigned sw = bench_run(b, unhex(b->c, l->apdu), &data);

		have = hex_of(b->c, data);
		if (sw != l->sw || (l->data && strcmp(l->data, have) != 0))
			fail_msg("line %zu, %.60s: want %04X %s, have %04X %s", i, l->apdu, l->sw, l->data ? l->data : "", sw, have);
		if (sw >> 12 == 6 && sw >> 8 != 0x62 && sw >> 8 != 0x63 && strcmp(before, bench_memory(b)) != 0)
			fail_msg("line %zu, %.60s: refused, but the card is another", i, l->apdu);
	}
}
