// SPDX-License-Identifier: BSD-2-Clause
/* How a eUICC can be wrong. */
#include "conformance/faults_card.h"

#define GONE(name, table, row, seen) {name, ACTOR_EUICC, seen, table, row, ROW_GONE, 0, NULL, NULL, NULL, false, false}
#define LAST(name, table, row, seen) {name, ACTOR_EUICC, seen, table, row, ROW_LAST, 0, NULL, NULL, NULL, false, false}
#define CODE(name, table, row, code, seen) {name, ACTOR_EUICC, seen, table, row, ROW_CODE, code, NULL, NULL, NULL, false, false}
#define ASKED(name, function, seen) {name, ACTOR_EUICC, seen, NULL, NULL, ROW_NONE, 0, NULL, function, NULL, false, false}
#define SAID(name, function, seen) {name, ACTOR_EUICC, seen, NULL, NULL, ROW_NONE, 0, NULL, NULL, function, false, false}

#define EASY "easily left out: nothing fails without it as long as peers are right"

const struct fault euicc_faults[] = {
	GONE("card-no-challenge", "authenticate_server", "open challenge", EASY),
	GONE("card-any-challenge", "authenticate_server", "euiccChallenge", EASY),
	GONE("card-signature1-unread", "authenticate_server", "serverSignature1", EASY),
	CODE("card-ci-is-certificate", "authenticate_server", "CI", 1, "one error for every fault of a chain"),
	CODE("card-certificate-is-signature", "authenticate_server", "server certificate", 2, "one error for whatever does not verify"),
	CODE("card-challenge-code", "authenticate_server", "euiccChallenge", 127, "undefinedError for what has a number of its own"),
	LAST("card-challenge-last", "authenticate_server", "open challenge", "the session is looked for when all else holds"),
	GONE("card-any-dpauth-session", "prepare_download", "transactionId", "the transactionId is compared in one layer only"),
	GONE("card-signature2-unread", "prepare_download", "smdpSignature2", EASY),
	CODE("card-dppb-code", "prepare_download", "CERT.DPpb", 2, "one error for whatever does not verify"),
	CODE("card-no-session-code", "prepare_download", "authenticated session", 127, "undefinedError for what has a number of its own"),
	CODE("card-cancel-code", "card_cancel_session", "transactionId", 127, "undefinedError for what has a number of its own"),
	GONE("card-any-operation", "initialise_secure_channel", "remoteOpId", EASY),
	GONE("card-channel-any-transaction", "initialise_secure_channel", "transactionId", "the transactionId is compared in one layer only"),
	GONE("card-any-crt", "initialise_secure_channel", "controlRefTemplate", EASY),
	GONE("card-channel-unsigned", "initialise_secure_channel", "smdpSign", EASY),
	CODE("card-crt-code", "initialise_secure_channel", "controlRefTemplate", 1, "incorrectInputValues for every field"),
	GONE("card-iccid-twice", "store_metadata", "ICCID", EASY),
	GONE("card-any-size", "store_metadata", "sizes", EASY),
	GONE("card-any-class", "store_metadata", "profileClass", EASY),
	GONE("card-any-ppr", "store_metadata", "policy rules", "left to the LPA, which asks the user"),
	GONE("card-enables-twice", "enable", "profile disabled", EASY),
	GONE("card-ppr1-by-enable", "enable", "PPR1 of the enabled profile", "PPR1 is looked at in DisableProfile only"),
	CODE("card-enable-unknown-code", "enable", "profile found", 127, "undefinedError for what has a number of its own"),
	GONE("card-disables-disabled", "disable", "profile enabled", EASY),
	GONE("card-ppr1-unread", "disable", "PPR1", EASY),
	CODE("card-disable-unknown-code", "disable", "profile found", 2, "not found and not enabled are one"),
	GONE("card-enables-when-busy", "enable", "no proactive session", EASY),
	GONE("card-disables-when-busy", "disable", "no proactive session", EASY),
	GONE("card-deletes-enabled", "delete_profile", "profile disabled", EASY),
	GONE("card-ppr2-unread", "delete_profile", "PPR2", EASY),
	CODE("card-delete-unknown-code", "delete_profile", "profile found", 2, "not found and not disabled are one"),
	ASKED("card-whole-list", card_whole_list, "some eUICCs answer a criterion that they do not read with the whole list"),
	ASKED("card-no-filter", card_no_filter, "some eUICCs answer a criterion that they do not read with the whole list"),
	ASKED("card-icc-only", card_icc_only, "profiles by ICCID only"),
	ASKED("card-refresh-always", card_refresh_always, "the flag is not read"),
	ASKED("card-keeps-notifications", card_keeps_notifications, "removed from the list in memory that does not last"),
	ASKED("card-ppk-unknown", card_ppk_unknown, "session keys only"),
	ASKED("card-default-dp-forgotten", card_default_dp_forgotten, "kept until the next reset"),
	ASKED("card-default-dp-stays", card_default_dp_stays, "an empty address is taken for a mistake"),
	ASKED("card-no-reset-bits", card_no_reset_bits, "a memory reset takes profiles only"),
	ASKED("card-nickname-ascii", card_nickname_ascii, "texts are ASCII"),
	ASKED("card-otpk-proposal-unread", card_otpk_proposal_unread, "a new key pair for every session"),
	ASKED("card-no-code", card_no_code, "hashCc is not taken over"),
	ASKED("card-strict-schema", card_strict_schema, "a compiler without extensibility"),
	ASKED("card-one-block", card_one_block, "chains of one block, which suffice for short commands"),
	SAID("card-empty-list-is-error", card_empty_list_is_error, "noResultAvailable(1), which v2.1 has taken out"),
	SAID("card-same-challenge", card_same_challenge, "a random source that begins anew with the card"),
	SAID("card-signature1-bad", card_signature1_bad, "a signature over octets that were encoded again"),
	SAID("card-result-unsigned", card_result_unsigned, "the result is signed before its number is known"),
	SAID("card-short-info2", card_short_info2, "members that no LPA reads"),
	SAID("card-other-version", card_other_version, "two tables of what the card can do"),
	SAID("card-no-signing-list", card_no_signing_list, "one list is enough as long as both are the same"),
	SAID("card-no-root-ds", card_no_root_ds, "cards that were never meant to be discovered"),
	SAID("card-errors-as-words", card_errors_as_words, "6985 for every refusal"),
	SAID("card-malformed-6F00", card_malformed_6f00, "an exception of the parser reaches the runtime"),
	SAID("card-tells-all", card_tells_all, "the tag list is not read"),
	SAID("card-short-eid", card_short_eid, "the EID as text, cut"),
	SAID("card-no-rat", card_no_rat, "no table at all"),
};
const size_t euicc_fault_count = sizeof(euicc_faults) / sizeof(euicc_faults[0]);
