// SPDX-License-Identifier: BSD-2-Clause
/* The stock of subscriptions: orders are made of it, give back to it, and never two of one; what is refused changes nothing. */
#include "support/probe.h"

#include <pthread.h>
#include <unistd.h>

#include "codec/es2p.h"
#include "codec/ids.h"
#include "service/smdpp_service.h"

#define THREADS 8
#define ROUNDS 50

static void
open_lab(struct probe *p, struct rsp_ctx *c, const char *store)
{
	const struct lab_options o = {.seed = "stock", .clock = TEST_NOW, .only_curve = true, .profiles = scratch_dir(), .store = store};
	static const char ini[] = "[stock]\nonly = yes\n";
	struct bytes package;
	FILE *f;

	assert_status(profile_build(c, profile_builtin_description(), &package), RSP_OK);
	f = fopen(rsp_sprintf(c, "%s/only.template.der", scratch_dir()), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(package.p, 1, package.n, f), package.n);
	assert_int_equal(fclose(f), 0);
	f = fopen(rsp_sprintf(c, "%s/finished.der", scratch_dir()), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(package.p, 1, package.n, f), package.n);
	assert_int_equal(fclose(f), 0);
	f = fopen(rsp_sprintf(c, "%s/only.ini", scratch_dir()), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(ini, 1, sizeof(ini) - 1, f), sizeof(ini) - 1);
	assert_int_equal(fclose(f), 0);
	probe_open(p, c, &o);
}

/* ---- putting ---- */

static const char *
iccid_of(struct rsp_ctx *c, unsigned n)
{
	const char *digits = rsp_sprintf(c, "890010199%09u", n);

	return rsp_sprintf(c, "%s%c", digits, iccid_luhn(digits, 18));
}

static struct stock_item *
items_of(struct rsp_ctx *c, const char *type, unsigned first, size_t n)
{
	struct stock_item *items = rsp_alloc(c, (n + 1) * sizeof(*items));
	size_t i;

	assert_non_null(items);
	for (i = 0; i < n; i++) {
		unsigned number = first + (unsigned)i;

		assert_status(iccid_read(c, iccid_of(c, number), items[i].iccid), RSP_OK);
		snprintf(items[i].profile, sizeof(items[i].profile), "%s", type);
		snprintf(items[i].imsi, sizeof(items[i].imsi), "00101%010u", number);
		snprintf(items[i].puk1, sizeof(items[i].puk1), "%08u", number);
		memset(items[i].k, (int)(number & 0xFF), 16);
		memset(items[i].opc, (int)(~number & 0xFF), 16);
	}
	return items;
}

struct putting { struct stock_item *items; size_t n; };

static enum rsp_status
put(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	const struct putting *p = arg;

	return stock_put(c, dp, p->items, p->n, changes);
}

static const char *
verdict_of(struct rsp_ctx *c, enum rsp_status st)
{
	return st == RSP_OK ? "ok" : rsp_sprintf(c, "%s/%s %s", c->error.subject, c->error.reason, c->error.text);
}

static const char *
fill(struct probe *p, struct rsp_ctx *c, struct stock_item *items, size_t n)
{
	struct putting w = {items, n};

	c->now = TEST_NOW;
	return verdict_of(c, smdpp_unit(c, lab_smdpp(p->lab), put, &w));
}

/* ---- looking ---- */

static bool
write_item(void *arg, const struct stock_item *i)
{
	buf_printf(arg, "%02X%02X %s %s %02X r%llu\n", i->iccid[8], i->iccid[9], i->profile, stock_state_name((enum stock_state)i->state), i->k[0],
		(unsigned long long)i->revision);
	return true;
}

static const char *
stock_text(struct probe *p, struct rsp_ctx *c)
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct buf b = BUF_INIT;
	struct bytes text;

	buf_str(&b, probe_store(p, c, BYTES_NONE));
	buf_str(&b, "\n");
	assert_status(s->each_stock(s->self, c, write_item, &b), RSP_OK);
	buf_u8(&b, 0);
	assert_status(buf_finish(&b, c, &text), RSP_OK);
	return (const char *)text.p;
}

static struct stock_item
item_of(struct probe *p, struct rsp_ctx *c, const uint8_t iccid[10])
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct stock_item i;
	bool found = false;

	assert_status(s->stock_by_iccid(s->self, c, iccid, &i, &found), RSP_OK);
	assert_true(found);
	return i;
}

static const char *
order(struct probe *p, struct rsp_ctx *c, const char *type, const char *iccid, struct smdpp_order *out)
{
	struct smdpp_order own;

	return verdict_of(c, lab_order(p->lab, c, &(struct order_request){.profile = type, .iccid = iccid, .release = true}, out ? out : &own));
}

struct cancelling { const uint8_t *iccid; enum order_state final; };

static enum rsp_status
cancel_work(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	const struct cancelling *w = arg;

	return order_cancel(c, dp, w->iccid, w->final, changes);
}

static void
cancel(struct probe *p, struct rsp_ctx *c, const uint8_t iccid[10], enum order_state final)
{
	struct cancelling w = {iccid, final};

	assert_status(smdpp_unit(c, lab_smdpp(p->lab), cancel_work, &w), RSP_OK);
}

/* ---- one after the other ---- */

static void
an_order_is_made_of_the_stock(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_values v;
	struct stock_item i;
	const struct profile *profile;
	struct smdpp_order o;
	struct bytes package;
	struct probe p;
	struct stock_item *items;

	open_lab(&p, c, NULL);
	items = items_of(c, "only", 1, 1);
	items->has_ota = true;
	memset(items->kic, 0xC1, 16);
	snprintf(items->msisdn, sizeof(items->msisdn), "491701234567");
	snprintf(items->pin1, sizeof(items->pin1), "4711");
	snprintf(items->adm1, sizeof(items->adm1), "0123456789ABCDEF");
	assert_string_equal(fill(&p, c, items, 1), "ok");
	assert_string_equal(order(&p, c, "only", NULL, &o), "ok");
	assert_true(o.from_stock);
	i = item_of(&p, c, o.iccid);
	assert_int_equal(i.state, STOCK_ALLOCATED);
	assert_status(order_package(c, lab_smdpp(p.lab), &o, &package), RSP_OK);
	assert_status(profile_read(c, package, &profile), RSP_OK);
	assert_status(profile_values_of(c, profile, &v), RSP_OK);
	assert_string_equal(v.iccid, iccid_of(c, 1));
	assert_string_equal(v.imsi, "001010000000001");
	assert_string_equal(v.pin1, "4711");
	assert_string_equal(v.puk1, "00000001");
	assert_string_equal(v.adm1, "0123456789ABCDEF");
	assert_bytes_equal(v.k, BYTES_OF(i.k));
	assert_bytes_equal(v.opc, BYTES_OF(i.opc));
	assert_status(probe_download(&p, order_activation_code(c, lab_smdpp(p.lab), &o), NULL), RSP_OK);
	probe_close(&p);
}

/* Empty and nothing else allowed; given back; given up; of another type. */
static void
the_stock_follows_its_orders(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order o, other;
	char text[ICCID_TEXT];
	const char *before;
	struct probe p;

	open_lab(&p, c, NULL);
	before = stock_text(&p, c);
	assert_string_equal(order(&p, c, "only", NULL, NULL), "8.2.5/3.7 the stock of profile type 'only' has nothing available");
	assert_string_equal(stock_text(&p, c), before);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 2), 2), "ok");
	assert_string_equal(order(&p, c, "only", iccid_of(c, 2), &o), "ok");
	before = stock_text(&p, c);
	assert_string_equal(order(&p, c, "only", iccid_of(c, 2), NULL), rsp_sprintf(c, "8.2.1/3.3 ICCID %s is in use by an order in state Released", iccid_of(c, 2)));
	assert_string_equal(order(&p, c, "only", iccid_of(c, 3), NULL), "8.2.5/3.7 the stock of profile type 'only' has nothing available");
	assert_string_equal(order(&p, c, "default", iccid_of(c, 1), NULL),
		rsp_sprintf(c, "8.2.5/3.8 ICCID %s is in the stock of profile type 'only', not 'default'", iccid_of(c, 1)));
	assert_string_equal(order(&p, c, "finished", iccid_of(c, 1), NULL),
		rsp_sprintf(c, "8.2.5/3.8 ICCID %s is in the stock of profile type 'only', which this order is not made from", iccid_of(c, 1)));
	assert_string_equal(stock_text(&p, c), before);
	assert_string_equal(order(&p, c, "only", NULL, &other), "ok");
	assert_memory_not_equal(o.iccid, other.iccid, 10);
	/* Given back: to be had again. Given up: never. */
	cancel(&p, c, o.iccid, ORDER_AVAILABLE);
	assert_int_equal(item_of(&p, c, o.iccid).state, STOCK_AVAILABLE);
	assert_string_equal(order(&p, c, "only", NULL, &o), "ok");
	iccid_text(o.iccid, text);
	assert_string_equal(text, iccid_of(c, 2));
	cancel(&p, c, o.iccid, ORDER_UNAVAILABLE);
	assert_int_equal(item_of(&p, c, o.iccid).state, STOCK_RETIRED);
	before = stock_text(&p, c);
	assert_string_equal(order(&p, c, "only", iccid_of(c, 2), NULL), rsp_sprintf(c, "8.2.1/3.3 ICCID %s of the stock is Retired", iccid_of(c, 2)));
	assert_string_equal(order(&p, c, "only", NULL, NULL), "8.2.5/3.7 the stock of profile type 'only' has nothing available");
	assert_string_equal(stock_text(&p, c), before);
	probe_close(&p);
}

static void
to_deleted(struct smdpp_order *o)
{
	o->state = ORDER_INSTALLED;
	o->card = CARD_DELETED;
}

/* A profile that the card has deleted may be ordered again, by its number alone. */
static void
a_deleted_profile_is_ordered_again(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order o;
	struct probe p;

	open_lab(&p, c, NULL);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 1), 1), "ok");
	assert_string_equal(order(&p, c, "only", NULL, &o), "ok");
	probe_change_order(&p, o.iccid, to_deleted);
	assert_string_equal(order(&p, c, "only", NULL, NULL), "8.2.5/3.7 the stock of profile type 'only' has nothing available");
	assert_string_equal(order(&p, c, "only", iccid_of(c, 1), &o), "ok");
	assert_true(o.from_stock);
	cancel(&p, c, o.iccid, ORDER_AVAILABLE);
	assert_int_equal(item_of(&p, c, o.iccid).state, STOCK_AVAILABLE);
	probe_close(&p);
}

static void
nothing_in_use_is_replaced(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order taken, foreign;
	struct stock_item *items;
	const char *before;
	char text[ICCID_TEXT];
	struct probe p;

	open_lab(&p, c, NULL);
	assert_string_equal(fill(&p, c, items_of(c, "default", 1, 3), 3), "ok");
	/* Available ones are replaced: other keys, another type. */
	items = items_of(c, "only", 1, 4);
	memset(items[0].k, 0xEE, 16);
	assert_string_equal(fill(&p, c, items, 4), "ok");
	assert_int_equal(items[0].revision, 1);
	assert_int_equal(items[3].revision, 0);
	assert_int_equal(item_of(&p, c, items[0].iccid).k[0], 0xEE);
	assert_string_equal(order(&p, c, "default", NULL, &foreign), "ok");
	assert_false(foreign.from_stock);
	assert_string_equal(order(&p, c, "only", iccid_of(c, 2), &taken), "ok");
	before = stock_text(&p, c);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 4), 4), rsp_sprintf(c, "8.2.1/3.3 ICCID %s of the stock is Allocated", iccid_of(c, 2)));
	items = items_of(c, "only", 3, 2);
	memcpy(items[1].iccid, foreign.iccid, 10);
	iccid_text(foreign.iccid, text);
	assert_string_equal(fill(&p, c, items, 2), rsp_sprintf(c, "8.2.1/3.3 ICCID %s is in use by an order in state Released", text));
	items = items_of(c, "only", 10, 3);
	memcpy(items[2].iccid, items[0].iccid, 10);
	assert_string_equal(fill(&p, c, items, 3), rsp_sprintf(c, "8.2.1/3.3 ICCID %s is given twice", iccid_of(c, 10)));
	assert_string_equal(stock_text(&p, c), before);
	cancel(&p, c, taken.iccid, ORDER_UNAVAILABLE);
	before = stock_text(&p, c);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 4), 4), rsp_sprintf(c, "8.2.1/3.3 ICCID %s of the stock is Retired", iccid_of(c, 2)));
	assert_string_equal(stock_text(&p, c), before);
	probe_close(&p);
}

/* ---- DownloadOrder ---- */

#define HEADER "\"header\":{\"functionRequesterIdentifier\":\"2.999.20\",\"functionCallIdentifier\":\"call %u\"}"

static const char *
ask(struct probe *p, struct rsp_ctx *c, enum es2p_function f, const char *body)
{
	const struct service_request req = {.path = es2p_path(f), .content_type = bytes_of_str("application/json"), .body = bytes_of_str(body),
		.in_process = true};
	struct service_answer a;
	struct es2p_response r;

	smdpp_service_call(c, lab_smdpp(p->lab), &req, &a);
	assert_int_equal(a.status, 200);
	assert_status(es2p_read_response(c, f, a.body, &r), RSP_OK);
	return r.failed ? rsp_sprintf(c, "%s/%s", r.subject, r.reason) : rsp_sprintf(c, "%.*s", (int)r.iccid.n, (const char *)r.iccid.p);
}

static const char *
download_order(struct probe *p, struct rsp_ctx *c, unsigned call, const char *type, const char *iccid)
{
	const char *body = rsp_sprintf(c, "{" HEADER "%s%s%s%s%s%s}", call, type ? ",\"profileType\":\"" : "", type ? type : "", type ? "\"" : "",
		iccid ? ",\"iccid\":\"" : "", iccid ? iccid : "", iccid ? "\"" : "");

	return ask(p, c, ES2P_DOWNLOAD_ORDER, body);
}

static void
download_order_takes_from_the_stock(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const char *before;
	struct probe p;

	open_lab(&p, c, NULL);
	assert_string_equal(download_order(&p, c, 1, "only", NULL), "8.2.5/3.7");
	assert_string_equal(download_order(&p, c, 2, NULL, iccid_of(c, 2)), "8.2.1/3.9");
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 2), 2), "ok");
	assert_string_equal(download_order(&p, c, 3, NULL, iccid_of(c, 2)), iccid_of(c, 2));
	before = stock_text(&p, c);
	assert_string_equal(download_order(&p, c, 4, NULL, iccid_of(c, 2)), "8.2.1/3.3");
	assert_string_equal(download_order(&p, c, 5, "default", iccid_of(c, 1)), "8.2.5/3.8");
	assert_string_equal(stock_text(&p, c), before);
	assert_string_equal(download_order(&p, c, 6, "only", NULL), iccid_of(c, 1));
	before = stock_text(&p, c);
	assert_string_equal(download_order(&p, c, 7, "only", NULL), "8.2.5/3.7");
	assert_string_equal(stock_text(&p, c), before);
	probe_close(&p);
}

static bool
has_happened(const struct smdpp_order *o, enum order_what what)
{
	uint32_t i;

	for (i = 0; i < o->n_history; i++)
		if (o->history[i].what == what)
			return true;
	return false;
}

/* Confirmed with an EID it is linked; cancelled, its subscription is to be had again. */
static void
an_operator_gives_back(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order o;
	struct smdpp_store *s;
	const char *iccid, *eid = "89049032000000000000000000100073";
	bool found = false;
	struct probe p;

	open_lab(&p, c, NULL);
	s = lab_smdpp(p.lab)->store;
	iccid = iccid_of(c, 1);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, 1), 1), "ok");
	assert_string_equal(download_order(&p, c, 1, "only", NULL), iccid);
	assert_string_equal(ask(&p, c, ES2P_CONFIRM_ORDER, rsp_sprintf(c, "{" HEADER ",\"iccid\":\"%s\",\"eid\":\"%s\",\"matchingId\":\"M\","
		"\"releaseFlag\":true}", 2u, iccid, eid)), "");
	assert_string_equal(ask(&p, c, ES2P_CANCEL_ORDER, rsp_sprintf(c, "{" HEADER ",\"iccid\":\"%s\",\"eid\":\"%s\",\"matchingId\":\"M\","
		"\"finalProfileStatusIndicator\":\"Available\"}", 3u, iccid, eid)), "");
	assert_status(iccid_read(c, iccid, o.iccid), RSP_OK);
	assert_int_equal(item_of(&p, c, o.iccid).state, STOCK_AVAILABLE);
	assert_status(s->order_by_iccid(s->self, c, o.iccid, &o, &found), RSP_OK);
	assert_true(found && has_happened(&o, WHAT_LINKED) && has_happened(&o, WHAT_GIVEN_BACK));
	assert_string_equal(download_order(&p, c, 4, NULL, iccid), iccid);
	probe_close(&p);
}

/* ---- many at once ---- */

struct buyer { struct smdpp *dp; struct rsp_ctx c; pthread_t thread; uint8_t iccid[ROUNDS][10]; unsigned got, refused; char error[280]; };

static enum rsp_status
buy_work(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct buyer *b = arg;
	enum rsp_status st = order_new(c, dp, &(struct order_request){.profile = "only", .release = true}, changes);

	if (st == RSP_OK)
		memcpy(b->iccid[b->got], changes->order[0].iccid, 10);
	return st;
}

static void *
buy(void *arg)
{
	struct buyer *b = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		enum rsp_status st = smdpp_unit(&b->c, b->dp, buy_work, b);

		if (st == RSP_OK)
			b->got++;
		else if (st == RSP_REFUSED && strcmp(b->c.error.reason, "3.7") == 0)
			b->refused++;
		else
			snprintf(b->error, sizeof(b->error), "%s: %s", rsp_status_name(st), b->c.error.text);
		rsp_ctx_reset(&b->c);
	}
	return NULL;
}

static int
compare_iccids(const void *a, const void *b)
{
	return memcmp(a, b, 10);
}

/* There are fewer than they want: each goes to one, all go, and the rest are refused. */
static void
buy_all(struct rsp_ctx *c, const char *store)
{
	static struct buyer buyers[THREADS];
	static uint8_t all[THREADS * ROUNDS][10];
	const unsigned stock = THREADS * ROUNDS - 20;
	unsigned got = 0, refused = 0, i;
	struct probe p;

	open_lab(&p, c, store);
	assert_string_equal(fill(&p, c, items_of(c, "only", 1, stock), stock), "ok");
	for (i = 0; i < THREADS; i++) {
		buyers[i] = (struct buyer){.dp = lab_smdpp(p.lab)};
		assert_status(rsp_ctx_init(&buyers[i].c, p.card->c.crypto, TEST_NOW), RSP_OK);
		assert_int_equal(pthread_create(&buyers[i].thread, NULL, buy, &buyers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(buyers[i].thread, NULL);
	for (i = 0; i < THREADS; i++) {
		assert_string_equal(buyers[i].error, "");
		memcpy(all[got], buyers[i].iccid, buyers[i].got * 10);
		got += buyers[i].got;
		refused += buyers[i].refused;
		rsp_ctx_free(&buyers[i].c);
	}
	assert_int_equal(got, stock);
	assert_int_equal(refused, 20);
	qsort(all, got, 10, compare_iccids);
	for (i = 1; i < got; i++)
		assert_memory_not_equal(all[i - 1], all[i], 10);
	assert_null(strstr(stock_text(&p, c), "Available"));
	probe_close(&p);
}

static void
nobody_gets_anothers_subscription(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const char *file = rsp_sprintf(c, "%s/stock.db", scratch_dir());

	buy_all(c, "memory:");
	buy_all(c, rsp_sprintf(c, "sqlite:%s", file));
	unlink(file);
	unlink(rsp_sprintf(c, "%s.key", file));
	if (getenv("ESIMLAB_POSTGRES"))
		buy_all(c, rsp_sprintf(c, "postgres:%s options=-csearch_path=t15", getenv("ESIMLAB_POSTGRES")));
	else
		print_message("skipped: PostgreSQL: ESIMLAB_POSTGRES names none (tests/interop/postgres_test.sh starts one)\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_made_of_the_stock),
		cmocka_unit_test(the_stock_follows_its_orders),
		cmocka_unit_test(a_deleted_profile_is_ordered_again),
		cmocka_unit_test(nothing_in_use_is_replaced),
		cmocka_unit_test(download_order_takes_from_the_stock),
		cmocka_unit_test(an_operator_gives_back),
		cmocka_unit_test(nobody_gets_anothers_subscription),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
