// SPDX-License-Identifier: BSD-2-Clause
/* Words for numbers, and refusals by code. */
#include "federation/call.h"

#include <stdarg.h>
#include <stdio.h>

/* The errors of the specification (part 1) and the HTTP number each has at /fed/v1; those of a download are SGP.22's. */
static const struct { const char *name, *reason; } codes[FED_CODES] = {
	[FED_OK] = {"", ""}, [FED_E_PARAM] = {"E.param", "400"}, [FED_E_OP] = {"E.op", "405"}, [FED_E_AUTH] = {"E.auth", "511"},
	[FED_E_FORBID] = {"E.forbid", "403"}, [FED_E_ELIG] = {"E.elig", "403"}, [FED_E_STATE] = {"E.state", "409"},
	[FED_E_CONFLICT] = {"E.conflict", "409"}, [FED_E_STALE] = {"E.stale", "412"}, [FED_E_GONE] = {"E.gone", "410"},
	[FED_E_QUOTA] = {"E.quota", "4012"}, [FED_E_RATE] = {"E.rate", "429"}, [FED_E_DENIED] = {"E.denied", "4010"},
	[FED_E_UNKNOWN_USER] = {"E.user", "5030"}, [FED_E_EID] = {"8.1.1", "3.8"}, [FED_E_CODE_MISSING] = {"8.2.7", "2.2"},
	[FED_E_CODE_WRONG] = {"8.2.7", "3.8"}, [FED_E_CODE_USED_UP] = {"8.2.7", "6.4"},
};

const char *
fed_code_name(enum fed_code code)
{
	return codes[code].name;
}

enum rsp_status
fed_no(struct fed_call *k, enum fed_code code, const char *clause, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	k->reply->code = code;
	return rsp_refuse(k->c, RSP_REFUSED, codes[code].name, codes[code].reason, clause, "%s", text);
}

#define WORDS(function, type, ...)                                 \
	const char *function(type v)                               \
	{                                                          \
		static const char *const words[] = {__VA_ARGS__};  \
		return words[v];                                   \
	}

WORDS(fed_kind_name, enum fed_kind, "federation", "member", "profile", "pool", "grant", "usage", "adjustment", "alert", "roaming", "follower", "visit",
	"lease", "consent", "saga", "outbox", "audit", "reply", "registry")
WORDS(fed_state_name, enum fed_state, "DRAFT", "ACTIVE", "PRIMARY_LOST", "ORPHANED", "FROZEN", "CLOSING", "CLOSED")
WORDS(fed_member_state_name, enum fed_member_state, "INVITED", "APPROVED", "PROVISIONING", "ACTIVE", "SUSPENDED", "REMOVING", "REMOVED")
WORDS(fed_profile_state_name, enum fed_profile_state, "PLANNED", "PERSONALISED", "ORDERED", "RELEASED", "DOWNLOADED", "INSTALLED", "ENABLED", "DISABLED",
	"STALE", "DELETED", "REVOKED")
WORDS(fed_follow_name, enum fed_follow, "IDLE", "STEERING", "FOLLOWED", "MISSED", "MANUAL_PENDING", "DETACHED_POLICY", "HOLDING")
WORDS(fed_dest_name, enum fed_dest, "issuer", "hss", "chf", "tokens", "steer", "ota", "rpm", "pcf", "notice")
WORDS(fed_op_name, enum fed_op, "create", "activate", "gates", "dissolve", "freeze", "thaw", "invite", "add", "confirm", "child", "sync", "ack", "patch",
	"remove", "reserve", "report", "topup", "quota", "alert", "locate", "select", "reach", "retry", "contact", "mark-lost", "veto", "suspend", "resume",
	"promote", "replace", "resync", "delivered", "tick")
