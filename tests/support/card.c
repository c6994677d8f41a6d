// SPDX-License-Identifier: BSD-2-Clause
#include "support/card.h"

#include "base/hex.h"

void
card_open(struct probe *p, struct rsp_ctx *c, const struct lab_options *o, const char *profile, struct bytes *package)
{
	const struct order_request r = {.profile = profile, .release = true};
	struct profile_choice choice;
	struct smdpp_order order;
	char *code;

	probe_open(p, c, o);
	code = probe_order(p, c, &r, &order);
	if (probe_download(p, code, NULL) != RSP_OK)
		fail_msg("%s: %s", profile ? profile : "default", p->card->c.error.text);
	choice = (struct profile_choice){.iccid = bytes_of(order.iccid, 10)};
	assert_status(lpa_begin(&p->card->lpa, &p->card->c), RSP_OK);
	assert_status(lpa_enable(&p->card->lpa, &p->card->c, &choice), RSP_OK);
	lpa_end(&p->card->lpa, &p->card->c);
	assert_status(lab_card_power(p->lab, p->card), RSP_OK);
	if (package)
		assert_status(order_package(c, lab_smdpp(p->lab), &order, package), RSP_OK);
}

unsigned
card_transmit(struct probe *p, struct bytes command, struct bytes *data)
{
	struct bytes response;

	assert_status(p->real_apdu->transmit(p->real_apdu->self, &p->scratch, command, &response), RSP_OK);
	assert_true(response.n >= 2);
	*data = bytes_slice(response, 0, response.n - 2);
	return (unsigned)response.p[response.n - 2] << 8 | response.p[response.n - 1];
}

void
card_play(struct probe *p, const struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		struct bytes data;
		unsigned sw = card_transmit(p, unhex(&p->scratch, l->apdu), &data);
		const char *have = hex_of(&p->scratch, data);

		if (sw != l->sw || (l->data && strcmp(l->data, have) != 0))
			fail_msg("line %zu, %.60s: want %04X %s, have %04X %s", i, l->apdu, l->sw, l->data ? l->data : "", sw, have);
		rsp_ctx_reset(&p->scratch);
	}
}
