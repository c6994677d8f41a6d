// SPDX-License-Identifier: BSD-2-Clause
/* Whole downloads in one process: server, card and LPA, over both curves. */
#include "support/test.h"

#include <esimlab/lab.h>

#include "apdu/apdu.h"

struct setting { const char *name; enum ec_curve curve; bool only_curve, tls, ppk; };

static struct lab *
open_lab(struct rsp_ctx *c, const struct setting *s)
{
	const struct lab_options o = {.seed = "flow", .clock = TEST_NOW, .curve = s->curve, .only_curve = s->only_curve, .tls = s->tls};
	struct lab *lab = NULL;

	if (lab_new(c, &o, &lab) != RSP_OK)
		fail_msg("%s: %s", s->name, c->error.text);
	lab_smdpp(lab)->ppk = s->ppk;
	return lab;
}

static struct smdpp_order
order_for(struct lab *lab, struct rsp_ctx *c, const char *eid)
{
	const struct order_request r = {.profile = "default", .eid = eid, .release = true};
	struct smdpp_order o;

	if (lab_order(lab, c, &r, &o) != RSP_OK)
		fail_msg("%s", c->error.text);
	return o;
}

static unsigned
apdu(struct lab_card *card, const char *hex, struct bytes *data)
{
	unsigned sw = 0;

	assert_status(apdu_exchange(&card->port, &card->c, unhex(&card->c, hex), data, &sw), RSP_OK);
	return sw;
}

static void
download_and_look(struct rsp_ctx *c, const struct setting *s)
{
	struct lab *lab = open_lab(c, s);
	struct lab_card *card = NULL;
	struct lpa_download_result result;
	struct profile_choice choice;
	struct smdpp_order o;
	struct bytes data;
	unsigned delivered, left;
	bool found;

	assert_status(lab_card_new(lab, &card), RSP_OK);
	o = order_for(lab, c, card->eid);
	if (lab_download(lab, card, order_activation_code(c, lab_smdpp(lab), &o), &result) != RSP_OK)
		fail_msg("%s: %s", s->name, card->c.error.text);
	assert_memory_equal(result.iccid, o.iccid, 10);
	choice = (struct profile_choice){.iccid = bytes_of(o.iccid, 10)};
	assert_status(lpa_begin(&card->lpa, &card->c), RSP_OK);
	assert_status(lpa_enable(&card->lpa, &card->c, &choice), RSP_OK);
	assert_status(lpa_notify_all(&card->lpa, &card->c, &delivered, &left), RSP_OK);
	assert_int_equal(delivered, 1);
	assert_int_equal(left, 0);
	lpa_end(&card->lpa, &card->c);
	assert_int_equal(apdu(card, "00A4000402 2FE2", &data), 0x9000);
	assert_int_equal(apdu(card, "00B000000A", &data), 0x9000);
	assert_bytes_equal(data, bytes_of(o.iccid, 10));
	assert_status(lab_smdpp(lab)->store->order_by_iccid(lab_smdpp(lab)->store->self, &card->c, o.iccid, &o, &found), RSP_OK);
	assert_true(found);
	assert_int_equal(o.state, ORDER_INSTALLED);
	assert_int_equal(o.card, CARD_ENABLED);
	lab_free(lab);
}

static void
a_profile_is_downloaded_enabled_and_read(void **state)
{
	static const struct setting settings[] = {
		{"P-256 in process, PPK", EC_P256, true, false, true}, {"P-256 in process, session keys", EC_P256, true, false, false},
		{"brainpool in process", EC_BP256, true, false, true}, {"both curves", EC_P256, false, false, true},
		{"P-256 over TLS", EC_P256, false, true, true}, {"brainpool over TLS", EC_BP256, true, true, true},
	}, *s;

	FOR_EACH_ROW(settings, s)
		download_and_look(fresh_ctx(state), s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_is_downloaded_enabled_and_read),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
