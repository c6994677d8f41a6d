// SPDX-License-Identifier: BSD-2-Clause
/* Faults of an SM-DP+ in ES2+ and below the messages. */
#include "conformance/faults_dp.h"

#include "codec/es2p.h"

/* The first place of a word in a text becomes another. */
static void
exchange(struct rsp_ctx *c, struct bytes *text, const char *word, const char *other)
{
	size_t i, n = strlen(word);

	for (i = 0; i + n <= text->n; i++)
		if (memcmp(text->p + i, word, n) == 0) {
			*text = bytes_of_str(rsp_sprintf(c, "%.*s%s%.*s", (int)i, (const char *)text->p, other, (int)(text->n - i - n),
				(const char *)text->p + i + n));
			return;
		}
}

static bool
is(const char *path, enum es2p_function f)
{
	return strcmp(path, es2p_path(f)) == 0;
}

void
dp_es2_releases_always(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)w;
	if (is(path, ES2P_CONFIRM_ORDER))
		exchange(c, body, "\"releaseFlag\":false", "\"releaseFlag\":true");
}

void
dp_es2_own_ids(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)w;
	if (is(path, ES2P_CONFIRM_ORDER))
		exchange(c, body, "\"matchingId\":", "\"unread\":");
}

void
dp_es2_never_again(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body)
{
	(void)w;
	if (is(path, ES2P_CANCEL_ORDER))
		exchange(c, body, "\"Available\"", "\"Unavailable\"");
}

void
dp_es2_same_iccid(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	size_t i;

	(void)w;
	if (*http != 200 || !is(path, ES2P_DOWNLOAD_ORDER))
		return;
	for (i = 0; i + 9 <= answer->n; i++)
		if (memcmp(answer->p + i, "\"iccid\":\"", 9) == 0) {
			*answer = bytes_of_str(rsp_sprintf(c, "%.*s8900101000000000001\"}", (int)i + 9, (const char *)answer->p));
			return;
		}
}

void
dp_malformed_500(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	(void)c;
	(void)path;
	(void)answer;
	*http = *http == 400 ? 500 : *http;
}

void
dp_any_path(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	(void)c;
	(void)path;
	(void)answer;
	*http = *http == 404 ? 400 : *http;
}

void
dp_any_type(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer)
{
	(void)w;
	(void)c;
	(void)path;
	(void)answer;
	*http = *http == 415 ? 400 : *http;
}
