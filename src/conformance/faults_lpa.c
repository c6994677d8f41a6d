// SPDX-License-Identifier: BSD-2-Clause
/*
 * How an LPA can be wrong. One that does not look at something acts as if it had been right: so it is shown what an honest server would have answered.
 */
#include "conformance/faults.h"

#include "codec/es9p.h"

#define ASKS(name, function, seen) {name, ACTOR_LPA, seen, NULL, NULL, ROW_NONE, 0, NULL, function, NULL, false, false}
#define HEARS(name, function, seen) {name, ACTOR_LPA, seen, NULL, NULL, ROW_NONE, 0, NULL, NULL, function, false, false}

#define EASY "easily left out: nothing fails without it as long as servers are right"

static bool
is(const char *path, enum es9p_function f)
{
	return strcmp(path, es9p_path(f)) == 0;
}

static void
as_if_honest(struct world *w, unsigned *status, struct bytes *answer)
{
	*answer = w->honest;
	*status = w->honest_status;
}

static void
server_unread(struct world *w, struct rsp_ctx *c, const char *path, unsigned *status, struct bytes *answer)
{
	(void)c;
	if (is(path, ES9P_INITIATE_AUTHENTICATION))
		as_if_honest(w, status, answer);
}

static void
client_unread(struct world *w, struct rsp_ctx *c, const char *path, unsigned *status, struct bytes *answer)
{
	(void)c;
	if (is(path, ES9P_AUTHENTICATE_CLIENT))
		as_if_honest(w, status, answer);
}

static void
package_unread(struct world *w, struct rsp_ctx *c, const char *path, unsigned *status, struct bytes *answer)
{
	(void)c;
	if (is(path, ES9P_GET_BOUND_PROFILE_PACKAGE))
		as_if_honest(w, status, answer);
}

static void
notification_status_unread(struct world *w, struct rsp_ctx *c, const char *path, unsigned *status, struct bytes *answer)
{
	(void)c;
	if (is(path, ES9P_HANDLE_NOTIFICATION))
		as_if_honest(w, status, answer);
}

static void
no_cancel(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)w;
	(void)c;
	if (is(path, ES9P_CANCEL_SESSION))
		*body = BYTES_NONE;
}

static void
no_notification(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)w;
	(void)c;
	if (is(path, ES9P_HANDLE_NOTIFICATION))
		*body = BYTES_NONE;
}

const struct fault lpa_faults[] = {
	HEARS("lpa-server-unread", server_unread, "address, challenge and OID are left to the eUICC, which does not look at them"),
	HEARS("lpa-client-unread", client_unread, "the metadata are shown, and never compared with those in the package"),
	HEARS("lpa-package-unread", package_unread, EASY),
	HEARS("lpa-notification-lost", notification_status_unread, "what was sent is removed, whatever was answered"),
	ASKS("lpa-no-cancel", no_cancel, "after a failure the program ends"),
	ASKS("lpa-no-notification", no_notification, "left to a command that the user never gives"),
	{"lpa-user-not-asked", ACTOR_LPA, "command line programs", NULL, NULL, ROW_NONE, 0, NULL, NULL, NULL, true, false},
	{"lpa-one-code", ACTOR_LPA, "one question, one answer", NULL, NULL, ROW_NONE, 0, NULL, NULL, NULL, false, true},
};
const size_t lpa_fault_count = sizeof(lpa_faults) / sizeof(lpa_faults[0]);
