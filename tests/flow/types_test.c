// SPDX-License-Identifier: BSD-2-Clause
/* Profile types from a folder: what NAME.ini says reaches the card; what is wrong in it is named, and nothing is ordered. */
#include "support/probe.h"

#include "base/hex.h"

static const uint8_t png_head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, jpeg_head[] = {0xFF, 0xD8, 0xFF, 0xE0};

static void
write_file(struct rsp_ctx *c, const char *name, struct bytes data)
{
	FILE *f = fopen(rsp_sprintf(c, "%s/%s", scratch_dir(), name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data.p, 1, data.n, f), data.n);
	assert_int_equal(fclose(f), 0);
}

static void
remove_file(struct rsp_ctx *c, const char *name)
{
	assert_int_equal(remove(rsp_sprintf(c, "%s/%s", scratch_dir(), name)), 0);
}

static struct bytes
write_icon(struct rsp_ctx *c, const char *name, struct bytes head, size_t n)
{
	uint8_t *p = rsp_alloc(c, n);
	size_t i;

	assert_non_null(p);
	for (i = head.n; i < n; i++)
		p[i] = (uint8_t)(i * 7);
	memcpy(p, head.p, head.n);
	write_file(c, name, bytes_of(p, n));
	return bytes_of(p, n);
}

static void
write_package(struct rsp_ctx *c, const char *name)
{
	struct bytes package;

	assert_status(profile_build(c, profile_builtin_description(), &package), RSP_OK);
	write_file(c, name, package);
}

/* Everything the card tells of its only profile. */
static struct profile_info
ask_card(struct probe *p, struct rsp_ctx *c)
{
	static const uint8_t tags[] = {0x5A, 0x4F, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0x99};
	const struct profile_info_req req = {.profile_class = -1, .tags = BYTES_OF(tags)};
	struct profile_info_list list;
	struct buf b = BUF_INIT;
	struct bytes answer;
	unsigned sw;
	int error;

	es10_write_profile_info_req(&b, &req);
	assert_status(lpa_begin(&p->card->lpa, c), RSP_OK);
	assert_status(apdu_store_data(&p->card->lpa.channel, c, buf_bytes(&b), &answer, &sw), RSP_OK);
	lpa_end(&p->card->lpa, c);
	buf_free(&b);
	assert_status(es10_read_profile_info_rsp(c, answer, &list, &error), RSP_OK);
	assert_int_equal(error, -1);
	assert_int_equal(list.n, 1);
	return list.p[0];
}

static void
download(struct probe *p, struct rsp_ctx *c, const char *type)
{
	if (probe_download(p, probe_order(p, c, &(struct order_request){.profile = type, .release = true}, NULL), NULL) != RSP_OK)
		fail_msg("%s: %s", type, p->card->c.error.text);
}

/* Name, provider and icon are as long as they may be: the metadata need two segments. */
static void
metadata_reach_the_card_whole(void **state)
{
	static const char name64[] = "0123456789012345678901234567890123456789012345678901234567890\xE2\x82\xAC", provider32[] = "01234567890123456789012345678901";
	const struct lab_options o = {.seed = "types", .clock = TEST_NOW, .only_curve = true, .profiles = scratch_dir()};
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_info info;
	struct bytes icon;
	struct probe p;

	write_package(c, "full.template.der");
	icon = write_icon(c, "full.png", BYTES_OF(png_head), 1024);
	write_file(c, "full.ini", bytes_of_str(rsp_sprintf(c, "# all of it\n[metadata]\nname = %s\nprovider = %s\nicon = full.png\nclass = operational\n"
		"ppr = ppr1 ppr2\nowner = 310410\ngid1 = A1B2\ngid2 = 03\nnotify = install,enable,disable,delete smdp.example.com\n"
		"notify = delete other.example.com\n", name64, provider32)));
	probe_open(&p, c, &o);
	download(&p, c, "full");
	info = ask_card(&p, c);
	assert_true(bytes_equal_str(info.name, name64));
	assert_true(bytes_equal_str(info.provider, provider32));
	assert_int_equal(info.icon_type, 1);
	assert_bytes_equal(info.icon, icon);
	assert_int_equal(info.profile_class, CLASS_OPERATIONAL);
	assert_hex_equal(c, info.owner, "B70C 8003 130014 8102 A1B2 8201 03");
	assert_hex_equal(c, info.ppr, "9902 0560");
	assert_hex_equal(c, info.notification_config, "B631 3016 8002 04F0 8110 736D64702E6578616D706C652E636F6D"
		"3017 8002 0410 8111 6F746865722E6578616D706C652E636F6D");
	probe_close(&p);
}

static void
a_type_may_say_little(void **state)
{
	const struct lab_options o = {.seed = "little", .clock = TEST_NOW, .only_curve = true, .profiles = scratch_dir()};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order first, second;
	struct profile_info info;
	struct bytes icon;
	struct probe p;

	icon = write_icon(c, "small.jpg", BYTES_OF(jpeg_head), 30);
	write_file(c, "default.ini", bytes_of_str("[metadata]\nname = of the folder\nicon = small.jpg\nclass = provisioning\nowner = 00101\n"));
	write_package(c, "plain.der");
	write_file(c, "other.ini", bytes_of_str("[package]\nfile = plain.der\ntemplate = yes\n"));
	probe_open(&p, c, &o);
	download(&p, c, "default");
	info = ask_card(&p, c);
	assert_true(bytes_equal_str(info.name, "of the folder"));
	assert_true(bytes_equal_str(info.provider, "esimlab"));
	assert_int_equal(info.icon_type, 0);
	assert_bytes_equal(info.icon, icon);
	assert_int_equal(info.profile_class, CLASS_PROVISIONING);
	assert_hex_equal(c, info.owner, "B705 8003 00F110");
	assert_null(info.ppr.p);
	/* The same file: as it is once, as a template as often as wanted. */
	probe_order(&p, c, &(struct order_request){.profile = "plain"}, &first);
	assert_status(lab_order(p.lab, c, &(struct order_request){.profile = "plain"}, &second), RSP_REFUSED);
	assert_string_equal(rsp_sprintf(c, "%s/%s", c->error.subject, c->error.reason), "8.2.1/3.3");
	probe_order(&p, c, &(struct order_request){.profile = "other"}, &first);
	probe_order(&p, c, &(struct order_request){.profile = "other"}, &second);
	assert_memory_not_equal(first.iccid, second.iccid, 10);
	remove_file(c, "default.ini");
	probe_close(&p);
}

static const struct { const char *ini, *error; } wrong[] = {
	{"name\n", "line 1: want 'name = value' or [section]"},
	{"[metadata]\nname\nowner = x\n", "line 2: want 'name = value' or [section]"},
	{"[metadata]\nowner = 1234\nname\n", "line 2: owner: want MCC and MNC, 5 or 6 digits"},
	{"[metadata]\n\nowner = 12345a\n", "line 3: owner: want MCC and MNC, 5 or 6 digits"},
	{"[metadata]\ncolour = red\n", "line 2: there is no such setting"},
	{"[meta]\nname = x\n", "line 2: there is no such setting"},
	{"[metadata]\nname =\n", "line 2: name: want 1 to 64 octets of UTF-8"},
	{"[metadata]\nname = \xC3\x28\n", "line 2: name: want 1 to 64 octets of UTF-8"},
	{"[metadata]\nname = 01234567890123456789012345678901234567890123456789012345678901234\n", "line 2: name: want 1 to 64 octets of UTF-8"},
	{"[metadata]\nprovider = 012345678901234567890123456789012\n", "line 2: provider: want 1 to 32 octets of UTF-8"},
	{"[metadata]\nicon = ../icon.png\n", "line 2: icon: want a file of this folder"},
	{"[metadata]\nicon = /icon.png\n", "line 2: icon: want a file of this folder"},
	{"[metadata]\nclass = normal\n", "line 2: class: want operational, test or provisioning"},
	{"[metadata]\nppr = ppr1 ppr3\n", "line 2: ppr: want ppr1, ppr2 or both"},
	{"[metadata]\nppr =\n", "line 2: ppr: want ppr1, ppr2 or both"},
	{"[metadata]\ngid1 = A\n", "line 2: group identifier: want 1 to 32 octets in hex"},
	{"[metadata]\ngid2 =\n", "line 2: group identifier: want 1 to 32 octets in hex"},
	{"[metadata]\nnotify = install\n", "line 2: notify: want EVENTS ADDRESS, EVENTS of install,enable,disable,delete"},
	{"[metadata]\nnotify = install,remove a.example\n", "line 2: notify: want EVENTS ADDRESS, EVENTS of install,enable,disable,delete"},
	{"[metadata]\nnotify = install a_b\n", "line 2: notify: want EVENTS ADDRESS, EVENTS of install,enable,disable,delete"},
	{"[package]\ntemplate = perhaps\n", "line 2: want yes or no"},
	{"[package]\nfile = a/../b\n", "line 2: file: want a file of this folder"},
	{"[stock]\nonly = 1\n", "line 2: want yes or no"},
	{"[metadata]\nicon = none.png\n", "none.png: there is no such icon"},
	{"[metadata]\nicon = big.png\n", "big.png: more than 1024 octets"},
	{"[metadata]\nicon = text.png\n", "text.png: want a PNG or a JPEG file"},
	{"[access]\nrequesters =\n", "bad.ini, line 2: requesters: want functionRequesterIdentifiers with blanks between"},
	{"[package]\nfile = none.der\n", "bad.ini: file: there is no none.der"},
};

static void
expect_broken(struct probe *p, struct rsp_ctx *c, const char *type, const char *error)
{
	const char *before = probe_store(p, c, BYTES_NONE);
	struct smdpp_order o;

	assert_status(lab_order(p->lab, c, &(struct order_request){.profile = type}, &o), RSP_IO);
	if (strncmp(c->error.text, scratch_dir(), strlen(scratch_dir())) != 0 || !strstr(c->error.text, error))
		fail_msg("want the folder and '%s', have '%s'", error, c->error.text);
	assert_string_equal(probe_store(p, c, BYTES_NONE), before);
}

static void
what_is_wrong_is_named(void **state)
{
	const struct lab_options o = {.seed = "wrong", .clock = TEST_NOW, .only_curve = true, .profiles = scratch_dir()};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order made;
	struct buf many = BUF_INIT;
	struct probe p;
	size_t i;

	write_icon(c, "big.png", BYTES_OF(png_head), 1025);
	write_file(c, "text.png", bytes_of_str("no picture"));
	write_package(c, "bad.der");
	probe_open(&p, c, &o);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_file(c, "bad.ini", bytes_of_str(wrong[i].ini));
		expect_broken(&p, c, "bad", wrong[i].error);
	}
	buf_str(&many, "[metadata]\n");
	for (i = 0; i < 17; i++)
		buf_printf(&many, "notify = enable n%zu.example.com\n", i);
	write_file(c, "bad.ini", buf_bytes(&many));
	expect_broken(&p, c, "bad", "line 18: notify: want at most 16");
	buf_cut(&many, 11);
	for (i = 0; i < 16; i++)
		buf_printf(&many, "notify = enable %0150u.example\n", 0u);
	write_file(c, "bad.ini", buf_bytes(&many));
	expect_broken(&p, c, "bad", "bad.ini: the metadata are 2872 octets, at most 2560");
	buf_cut(&many, 11);
	buf_printf(&many, "name = %0250u\n", 0u);
	write_file(c, "bad.ini", buf_bytes(&many));
	expect_broken(&p, c, "bad", "line 2: the line is too long");
	buf_free(&many);
	write_file(c, "bad.ini", bytes_of("[metadata]\nname = a\0b\n", 22));
	expect_broken(&p, c, "bad", "line 2: want text");
	remove_file(c, "bad.der");
	write_file(c, "bad.ini", bytes_of_str("[metadata]\nname = x\n"));
	expect_broken(&p, c, "bad", "bad.ini: there is no bad.template.der and no bad.der");
	remove_file(c, "bad.ini");
	assert_status(lab_order(p.lab, c, &(struct order_request){.profile = "bad"}, &made), RSP_REFUSED);
	assert_string_equal(c->error.text, "there is no profile type 'bad'");
	assert_status(lab_order(p.lab, c, &(struct order_request){.profile = "big.png"}, &made), RSP_REFUSED);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_reach_the_card_whole),
		cmocka_unit_test(a_type_may_say_little),
		cmocka_unit_test(what_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
