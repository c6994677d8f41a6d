// SPDX-License-Identifier: BSD-2-Clause
/* The card's side of STORE DATA (SGP.22 5.7.2): blocks 0, 1, 2 ... until P1 says last. */
#include "apdu/apdu.h"

void
store_data_reset(struct store_data *s)
{
	buf_free(&s->data);
	s->next = 0;
	s->open = false;
}

enum rsp_status
store_data_feed(struct store_data *s, const struct apdu *a, size_t limit, struct bytes *complete, unsigned *sw)
{
	*complete = BYTES_NONE;
	if (a->p1 != 0x11 && a->p1 != 0x91) {
		*sw = 0x6A86;
		return RSP_MALFORMED;
	}
	if (!a->data.n) {
		*sw = 0x6700;
		return RSP_MALFORMED;
	}
	if (a->p2 == 0 && (!s->open || s->next != 256)) {
		buf_reset(&s->data);
		s->next = 0;
		s->open = true;
	}
	if (!s->open || a->p2 != (s->next & 0xFF)) {
		store_data_reset(s);
		*sw = 0x6A86;
		return RSP_STATE;
	}
	if (s->data.n + a->data.n > limit) {
		store_data_reset(s);
		*sw = 0x6A84;
		return RSP_LIMIT;
	}
	buf_add(&s->data, a->data);
	s->next++;
	*sw = 0x9000;
	if (a->p1 == 0x91) {
		s->open = false;
		s->next = 0;
		*complete = buf_bytes(&s->data);
	}
	return RSP_OK;
}
