// SPDX-License-Identifier: BSD-2-Clause
/* The faults of a eUICC that are not rows of its tables (faults_card.c): commands and answers changed on their way. tag: of the command, "BF2D". */
#ifndef CONFORMANCE_FAULTS_CARD_H
#define CONFORMANCE_FAULTS_CARD_H

#include "conformance/faults.h"

typedef void card_command(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command);
card_command card_whole_list, card_no_filter, card_icc_only, card_refresh_always, card_keeps_notifications, card_ppk_unknown, card_default_dp_forgotten, card_default_dp_stays,
	card_no_reset_bits, card_nickname_ascii, card_otpk_proposal_unread, card_no_code, card_strict_schema, card_one_block;

typedef void card_answer(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer);
card_answer card_empty_list_is_error, card_same_challenge, card_signature1_bad, card_result_unsigned, card_short_info2, card_other_version,
	card_no_root_ds, card_no_signing_list, card_errors_as_words, card_malformed_6f00, card_tells_all, card_short_eid, card_no_rat;

#endif
