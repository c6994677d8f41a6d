// SPDX-License-Identifier: BSD-2-Clause
/* Numbers of the ASN.1 binding, written down here once more and not taken from the codec under test; and verdicts in words. */
#include "conformance/play.h"

#include <stdlib.h>

static const struct { enum es9p_function f; const char *code; int number; } numbers[] = {
	{ES9P_INITIATE_AUTHENTICATION, "8.8.1/3.8", 1}, {ES9P_INITIATE_AUTHENTICATION, "8.8.3/3.1", 2}, {ES9P_INITIATE_AUTHENTICATION, "8.8.2/3.1", 3},
	{ES9P_INITIATE_AUTHENTICATION, "8.8.4/3.7", 3}, {ES9P_AUTHENTICATE_CLIENT, "8.1.2/6.1", 1}, {ES9P_AUTHENTICATE_CLIENT, "8.1.2/6.3", 2},
	{ES9P_AUTHENTICATE_CLIENT, "8.1.3/6.1", 3}, {ES9P_AUTHENTICATE_CLIENT, "8.1.3/6.3", 4}, {ES9P_AUTHENTICATE_CLIENT, "8.1/6.1", 5},
	{ES9P_AUTHENTICATE_CLIENT, "8.2.6/3.8", 6}, {ES9P_AUTHENTICATE_CLIENT, "8.1.1/3.8", 7}, {ES9P_AUTHENTICATE_CLIENT, "8.2.5/4.3", 8},
	{ES9P_AUTHENTICATE_CLIENT, "8.11.1/3.9", 9}, {ES9P_AUTHENTICATE_CLIENT, "8.10.1/3.9", 10}, {ES9P_AUTHENTICATE_CLIENT, "8.1/4.8", 11},
	{ES9P_AUTHENTICATE_CLIENT, "8.8.5/4.10", 18}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "8.1/6.1", 1}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "8.2.7/2.2", 2},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "8.2.7/3.8", 3}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "8.2.7/6.4", 4}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "8.2/3.7", 5},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "8.8.5/4.10", 6}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "8.10.1/3.9", 95}, {ES9P_CANCEL_SESSION, "8.10.1/3.9", 1},
	{ES9P_CANCEL_SESSION, "8.1/6.1", 2}, {ES9P_INITIATE_AUTHENTICATION, "8.9.1/3.8", 1}, {ES9P_INITIATE_AUTHENTICATION, "8.9.3/3.1", 2},
	{ES9P_INITIATE_AUTHENTICATION, "8.9.2/3.1", 3}, {ES9P_INITIATE_AUTHENTICATION, "8.9.4/3.7", 3}, {ES11_AUTHENTICATE_CLIENT, "8.1.2/6.1", 1},
	{ES11_AUTHENTICATE_CLIENT, "8.1.2/6.3", 2}, {ES11_AUTHENTICATE_CLIENT, "8.1.3/6.1", 3}, {ES11_AUTHENTICATE_CLIENT, "8.1.3/6.3", 4},
	{ES11_AUTHENTICATE_CLIENT, "8.1/6.1", 5}, {ES11_AUTHENTICATE_CLIENT, "8.9.5/3.9", 6}, {ES11_AUTHENTICATE_CLIENT, "8.10.1/3.9", 7},
};

int
code_number(enum es9p_function f, const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].f == f && strcmp(numbers[i].code, code) == 0)
			return numbers[i].number;
	return 127;
}

/* What a code means, so that a failed line can be understood without the specification beside it. */
static const struct { const char *code, *meaning; } meanings[] = {
	{"8.8.1/3.8", "the server's address is another"}, {"8.8.3/3.1", "the version is not supported"}, {"8.8.2/3.1", "no CI of the eUICC is known"},
	{"8.8.4/3.7", "no server certificate fits the eUICC"}, {"8.10.1/3.9", "the transactionId is unknown"}, {"8.11.1/3.9", "the CI is unknown"},
	{"8.1.2/6.1", "the EUM certificate is not valid"}, {"8.1.2/6.3", "the EUM certificate has expired"}, {"8.1.3/6.1", "the eUICC certificate is not valid"},
	{"8.1.3/6.3", "the eUICC certificate has expired"}, {"8.1/6.1", "the eUICC's signature or challenge is wrong"}, {"8.2.6/3.8", "the MatchingID is refused"},
	{"8.1.1/3.8", "the EID is not the order's"}, {"8.2/1.2", "the profile is not released"}, {"8.8.5/4.10", "the order has expired"},
	{"8.8.5/6.4", "the download attempts are used up"}, {"8.2.5/4.3", "no profile fits this eUICC"}, {"8.1/4.8", "the eUICC has no room"},
	{"8.2.7/2.2", "the confirmation code is missing"}, {"8.2.7/3.8", "the confirmation code is wrong"}, {"8.2.7/6.4", "the confirmation code tries are used up"},
	{"8.2/3.7", "the profile is not bound again"}, {"8.8/3.10", "the SM-DP+ identifier is another"}, {"8.2.1/3.3", "the profile is in use"},
	{"8.2.1/3.9", "the ICCID is unknown"}, {"8.2.1/3.5", "the state does not allow it"}, {"8.2.5/3.9", "the profile type is unknown"},
	{"8.1.1/3.10", "another EID is linked"}, {"8.1.1/2.2", "the EID is missing"}, {"8.2.6/3.3", "the MatchingID is in use"},
	{"8.2.6/3.10", "the MatchingID is not this order's"}, {"8.2.10/4.2", "the eUICC refused to prepare the download"}, {"8.1/4.2", "the eUICC refused the server"},
	{"sw 6A80", "the command's data are not understood"}, {"sw 6A88", "there is no such command"}, {"sw 6985", "it is not the time for this command"},
};

static const char *
meaning_of(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].code, code) == 0)
			return meanings[i].meaning;
	return NULL;
}

const char *
likely_cause(struct rsp_ctx *c, const struct step *s, const char *wanted, const char *had)
{
	const char *want = meaning_of(wanted), *have = meaning_of(had);

	(void)s;
	if (strcmp(had, "success") == 0 || strcmp(had, "installed") == 0)
		return want ? rsp_sprintf(c, "the target does not check: %s", want) : "the target does not check what the case got wrong";
	if (strncmp(had, "untrusted", 9) == 0)
		return "the target said yes, but what it sent does not hold";
	if (strcmp(wanted, "success") == 0 || strcmp(wanted, "installed") == 0)
		return have ? rsp_sprintf(c, "the target refuses what is right: %s", have) : "the target refuses what is right";
	if (strncmp(had, "HTTP", 4) == 0)
		return "the target answers below the message, where the message itself should be answered";
	if (want && have)
		return rsp_sprintf(c, "the target checks in another order, or answers another code: %s, instead of: %s", have, want);
	return "the target checks in another order, or answers another code";
}
