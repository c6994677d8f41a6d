// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/play.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/time.h"

static const char *const verdicts[VERDICTS] = {"pass", "fail", "inconclusive", "not applicable"};

const char *
verdict_name(enum verdict v)
{
	return verdicts[v];
}

void
result_free(struct result *r)
{
	free(r->log);
	r->log = NULL;
}

/* ---- conditions ---- */

static const char *
unmet_condition(const struct world *w, const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_conditions; i++)
		if (world_has(w, s->condition[i].name) == s->condition[i].negated)
			return s->condition[i].name;
	return NULL;
}

/* ---- expectations ---- */

static void
failed(struct result *out, const struct step *s, const char *wanted, const char *had)
{
	out->verdict = VERDICT_FAIL;
	out->step = s;
	snprintf(out->wanted, sizeof(out->wanted), "%s", wanted);
	snprintf(out->had, sizeof(out->had), "%s", had);
}

static void
expect(struct play *p, const struct step *s, struct result *out)
{
	const char *want = s->want, *cause;

	if (p->der && p->number && strchr(want, '/') && strncmp(want, "pir ", 4) != 0)
		want = rsp_sprintf(&p->c, "number %d", code_number(p->function, s->want));
	if (!p->has_answer)
		snprintf(p->verdict, sizeof(p->verdict), "nothing was asked");
	if (want && strcmp(want, p->verdict) == 0)
		return;
	failed(out, s, want == s->want ? want : rsp_sprintf(&p->c, "%s (%s)", s->want, want), p->verdict);
	cause = likely_cause(&p->c, s, s->want, p->verdict);
	snprintf(out->cause, sizeof(out->cause), "%s%s%s%s", cause ? cause : "", p->said[0] ? "; it said: \"" : "", p->said, p->said[0] ? "\"" : "");
}

static const char *
shown(struct play *p, bool found, struct bytes v)
{
	const char *hex = hex_of(&p->c, bytes_slice(v, 0, 40));

	return !found ? "nothing there" : rsp_sprintf(&p->c, "%s%s (%zu octets)", hex, v.n > 40 ? "..." : "", v.n);
}

static enum rsp_status
wanted_octets(struct play *p, const struct step *s, struct bytes *out)
{
	if (s->value.quoted) {
		*out = bytes_of_str(s->value.text);
		return RSP_OK;
	}
	return play_octets(p, s->value.text, out);
}

static enum rsp_status
expect_value(struct play *p, const struct step *s, struct result *out)
{
	struct bytes have = BYTES_NONE, want = BYTES_NONE;
	bool found = play_value(p, s->path, &have), good;
	const char *wanted;
	enum rsp_status st = RSP_OK;

	if (s->op == VALUE_IS || s->op == VALUE_IS_NOT)
		st = wanted_octets(p, s, &want);
	if (st != RSP_OK)
		return st;
	good = s->op == VALUE_PRESENT ? found : s->op == VALUE_ABSENT ? !found : s->op == VALUE_LENGTH ? found && have.n == s->number :
		s->op == VALUE_IS ? found && bytes_equal(have, want) : found && !bytes_equal(have, want);
	if (good)
		return RSP_OK;
	wanted = s->op == VALUE_PRESENT ? "present" : s->op == VALUE_ABSENT ? "absent" : s->op == VALUE_LENGTH ? rsp_sprintf(&p->c, "%u octets", s->number) :
		rsp_sprintf(&p->c, "%s%s", s->op == VALUE_IS_NOT ? "other than " : "", shown(p, true, want));
	failed(out, s, rsp_sprintf(&p->c, "%s: %s", s->path, wanted), shown(p, found, have));
	snprintf(out->cause, sizeof(out->cause), "the answer \"%s\" holds another value than the clause demands", p->verdict);
	return RSP_OK;
}

static enum rsp_status
keep(struct play *p, const struct step *s)
{
	struct bytes v;

	if (!play_value(p, s->path, &v))
		return rsp_fail(&p->c, RSP_REFUSED, "there is no %s in the answer \"%s\" to be kept", s->path, p->verdict);
	if (p->n_kept == KEPT_MAX)
		return rsp_fail(&p->c, RSP_LIMIT, "at most %d values are kept", KEPT_MAX);
	p->kept[p->n_kept++] = (struct member){s->name, rsp_copy(&p->c, v)};
	return RSP_OK;
}

/* ---- steps ---- */

static enum rsp_status
send(struct play *p, const struct step *s)
{
	enum rsp_status st;
	size_t i;

	p->n_members = p->changed = 0;
	p->number = 0;
	p->verdict[0] = p->said[0] = '\0';
	play_note(p, actor_name(s->function->actor), ">", "%s%s", strstr(s->text, s->function->name), s->n_changes ? ", changed at:" : "");
	for (i = 0; i < s->n_changes; i++)
		play_note(p, "", "", "%s, %s signing", s->change[i].path, s->change[i].after_sign ? "after" : "before");
	p->calls++;
	st = s->function->send(p, s);
	if (st == RSP_OK && p->changed != s->n_changes)
		st = rsp_fail(&p->c, RSP_REFUSED, "%zu of %zu changes found nothing to change", s->n_changes - p->changed, s->n_changes);
	p->has_answer = st == RSP_OK && !s->drop;
	if (s->drop)
		play_note(p, actor_name(s->function->actor), "x", "the answer is lost on its way");
	else if (st == RSP_OK)
		play_note(p, actor_name(s->function->target), "<", "%s%s%s", p->verdict, p->said[0] ? ": " : "", p->said);
	return st;
}

static enum rsp_status
step(struct play *p, const struct step *s, struct result *out)
{
	switch (s->kind) {
	case STEP_SEND:
		return send(p, s);
	case STEP_EXPECT:
		expect(p, s, out);
		return RSP_OK;
	case STEP_EXPECT_VALUE:
		return expect_value(p, s, out);
	case STEP_KEEP:
		return keep(p, s);
	case STEP_POWER:
		play_note(p, "euicc", "-", "power off and on");
		p->channel.open = false;
		return world_power(p->w, &p->c);
	case STEP_DELAY:
		play_note(p, "clock", "-", "%u seconds pass", s->number);
		return world_delay(p->w, &p->c, s->number);
	}
	return RSP_OK;
}

/* A step that could not be made says nothing about the target, unless an answer was not what every answer must be. */
static void
stopped(struct play *p, const struct step *s, struct result *out)
{
	out->verdict = VERDICT_INCONCLUSIVE;
	out->step = s;
	snprintf(out->wanted, sizeof(out->wanted), "the step can be made");
	snprintf(out->had, sizeof(out->had), "%s", rsp_status_name(p->c.error.status));
	snprintf(out->cause, sizeof(out->cause), "%s", p->c.error.text);
}

static void
steps(struct play *p, struct result *out)
{
	const struct scenario *s = p->s;
	uint64_t begun = time_monotonic_us();
	size_t i;

	for (i = 0; i < s->n_steps && out->verdict == VERDICT_PASS; i++) {
		p->c.now = world_now(p->w);
		p->c.error = (struct rsp_error){0};
		if (step(p, &s->step[i], out) != RSP_OK)
			stopped(p, &s->step[i], out);
		else if (time_monotonic_us() - begun > (uint64_t)s->limit * 1000000u && out->verdict == VERDICT_PASS) {
			failed(out, &s->step[i], rsp_sprintf(&p->c, "the end within %u s", s->limit), "more time");
			snprintf(out->cause, sizeof(out->cause), "the target answers too slowly, or not at all");
		}
	}
}

static enum rsp_status
open_actors(struct play *p)
{
	enum rsp_status st = RSP_OK;

	if (p->s->has_actor[ACTOR_LPA] && (p->s->real == ACTOR_SMDPP || p->s->real == ACTOR_SMDS))
		st = sim_euicc_open(p);
	if (p->s->real == ACTOR_EUICC)
		st = sim_server_open(p);
	return st;
}

static void
end(struct play *p, struct result *out)
{
	buf_u8(&p->log, 0);
	out->log = p->log.bad ? NULL : strdup((const char *)p->log.p);
	buf_free(&p->log);
	sim_euicc_close(p);
	sim_server_close(p);
	rsp_ctx_free(&p->c);
	if (world_restore(p->w) != RSP_OK && out->verdict != VERDICT_FAIL) {
		out->verdict = VERDICT_INCONCLUSIVE;
		snprintf(out->wanted, sizeof(out->wanted), "the card is left as it was found");
		snprintf(out->had, sizeof(out->had), "%s", rsp_status_name(p->w->c.error.status));
		snprintf(out->cause, sizeof(out->cause), "%s", p->w->c.error.text);
	}
	free(p);
}

void
play_case(struct world *w, const struct scenario *s, bool der, struct result *out)
{
	struct play *p = calloc(1, sizeof(*p));
	uint64_t begun = time_monotonic_us();
	const char *unmet = unmet_condition(w, s);
	enum rsp_status st;

	*out = (struct result){.verdict = VERDICT_PASS};
	if (unmet || !p || rsp_ctx_init(&p->c, w->crypto, world_now(w)) != RSP_OK) {
		out->verdict = unmet ? VERDICT_NOT_APPLICABLE : VERDICT_INCONCLUSIVE;
		snprintf(out->cause, sizeof(out->cause), "%s", unmet ? unmet : "no memory");
		free(p);
		return;
	}
	p->w = w;
	p->s = s;
	p->der = der;
	st = world_prepare(w, &p->c, s);
	if (st == RSP_OK)
		st = open_actors(p);
	if (st == RSP_OK) {
		steps(p, out);
	} else {
		stopped(p, NULL, out);
		if (st == RSP_REFUSED)
			out->verdict = VERDICT_NOT_APPLICABLE;
	}
	end(p, out);
	out->ms = (unsigned)((time_monotonic_us() - begun) / 1000);
}
