// SPDX-License-Identifier: BSD-2-Clause
/* Linear fixed and cyclic files (ETSI TS 102 221 11.1.5 to 11.1.8). Record 1 of a cyclic file is the newest, and lies first. */
#include "uicc/impl.h"

enum { NEXT = 2, PREVIOUS = 3, ABSOLUTE = 4 };

struct target { struct fs_file f; unsigned records, number; bool moves; bool by_sfi; };

static unsigned
usable(struct uicc_call *k, const struct fs_file *f, unsigned mode, unsigned ins)
{
	if (f->info.kind != FILE_LINEAR && f->info.kind != FILE_CYCLIC)
		return 0x6981;
	return check_content_access(k, f, mode, ins);
}

/* Which record next, previous and absolute mean from the pointer; 0: there is none. */
static unsigned
pick(const struct target *t, unsigned pointer, unsigned mode, unsigned p1)
{
	unsigned n = t->records;

	if (mode == ABSOLUTE)
		return p1 ? p1 <= n ? p1 : 0 : pointer;
	if (mode == NEXT) {
		if (!pointer)
			return n ? 1 : 0;
		return pointer < n ? pointer + 1 : t->f.info.kind == FILE_CYCLIC && n ? 1 : 0;
	}
	if (!pointer)
		return n;
	return pointer > 1 ? pointer - 1 : t->f.info.kind == FILE_CYCLIC ? n : 0;
}

static unsigned
locate(struct uicc_call *k, unsigned access, struct target *t)
{
	unsigned mode = k->a->p2 & 7, sfi = k->a->p2 >> 3, sw;

	if (mode < NEXT || mode > ABSOLUTE || sfi == 31)
		return 0x6A86;
	if (mode != ABSOLUTE && k->a->p1)
		return 0x6A86;
	if ((sw = current_ef(k, sfi, &t->f)) != 0x9000 || (sw = usable(k, &t->f, access, 0)) != 0x9000)
		return sw;
	t->by_sfi = sfi != 0;
	t->records = (unsigned)(t->f.info.record_size ? t->f.info.size / t->f.info.record_size : 0);
	t->moves = mode != ABSOLUTE;
	t->number = pick(t, sfi ? 0 : k->ch->record, mode, k->a->p1);
	return t->number ? 0x9000 : 0x6A83;
}

static unsigned
done(struct uicc_call *k, const struct target *t)
{
	if (t->by_sfi)
		channel_select(k->ch, &t->f);
	if (t->moves)
		k->ch->record = t->number;
	return 0x9000;
}

unsigned
run_read_record(struct uicc_call *k)
{
	struct target t;
	unsigned sw = locate(k, ACCESS_READ, &t);
	size_t n;

	if (k->a->data.p)
		return 0x6700;
	if (sw != 0x9000)
		return sw;
	n = t.f.info.record_size;
	if (k->a->le != n)
		return 0x6C00 | (unsigned)(n & 0xFF);
	k->data = rsp_copy(k->c, bytes_slice(fs_read(k->u, k->c, &t.f), (t.number - 1) * n, n));
	return done(k, &t);
}

/* The body with another record in its place; absent when it has no such place. */
static struct bytes
put_record(struct uicc_call *k, const struct fs_file *f, unsigned number, struct bytes record)
{
	struct bytes body = rsp_copy(k->c, fs_read(k->u, k->c, f));
	size_t at = (number - 1) * record.n;

	if (body.n < at + record.n)
		return BYTES_NONE;
	memcpy((uint8_t *)(uintptr_t)body.p + at, record.p, record.n);
	return body;
}

/* The oldest record goes, the new one is record 1. */
static struct bytes
push_front(struct uicc_call *k, const struct fs_file *f, struct bytes record)
{
	struct bytes body = rsp_copy(k->c, fs_read(k->u, k->c, f));
	uint8_t *p = (uint8_t *)(uintptr_t)body.p;

	if (body.n < record.n)
		return BYTES_NONE;
	memmove(p + record.n, p, body.n - record.n);
	memcpy(p, record.p, record.n);
	return body;
}

unsigned
run_update_record(struct uicc_call *k)
{
	struct target t;
	struct bytes body;
	unsigned sw = locate(k, ACCESS_UPDATE, &t), mode = k->a->p2 & 7;

	if (!k->a->data.n)
		return 0x6700;
	if (sw != 0x9000)
		return sw;
	if (t.f.info.kind == FILE_CYCLIC && mode != PREVIOUS)
		return 0x6A86;
	if (k->a->data.n != t.f.info.record_size)
		return 0x6700;
	if (t.f.info.kind == FILE_CYCLIC) {
		body = push_front(k, &t.f, k->a->data);
		t.number = 1;
	} else {
		body = put_record(k, &t.f, t.number, k->a->data);
	}
	if (!body.p || fs_write(k->u, k->c, &t.f, body) != RSP_OK)
		return 0x6581;
	return done(k, &t);
}

struct search { unsigned mode, step_back; bool by_value; unsigned offset; uint8_t value; struct bytes pattern; };

/* Simple search (mode 4, 5), or enhanced (6) with its two octets of indication. */
static unsigned
read_search(struct uicc_call *k, struct search *s)
{
	unsigned mode = k->a->p2 & 7;

	s->pattern = k->a->data;
	s->mode = ABSOLUTE;
	if (mode == 4 || mode == 5) {
		s->step_back = mode == 5;
		return s->pattern.n ? 0x9000 : 0x6700;
	}
	if (mode != 6)
		return 0x6A86;
	if (s->pattern.n < 3 || (s->pattern.p[0] & 7) < 4)
		return 0x6A80;
	s->by_value = s->pattern.p[0] & 8;
	s->step_back = s->pattern.p[0] & 1;
	if (s->pattern.p[0] & 2)
		s->mode = s->step_back ? PREVIOUS : NEXT;
	if (s->by_value)
		s->value = s->pattern.p[1];
	else
		s->offset = s->pattern.p[1];
	s->pattern = bytes_from(s->pattern, 2);
	return 0x9000;
}

/* Where it begins: at a record given or current, or at the one after or before the current. Without a current one at the first or last. */
static unsigned
search_from(struct uicc_call *k, const struct search *s, struct target *t)
{
	unsigned pointer = t->by_sfi ? 0 : k->ch->record;

	t->records = (unsigned)(t->f.info.size / t->f.info.record_size);
	if (s->mode == ABSOLUTE && !k->a->p1 && !pointer)
		return s->step_back ? t->records : 1;
	return pick(t, pointer, s->mode, k->a->p1);
}

static bool
hit(const struct search *s, struct bytes record)
{
	size_t at = s->offset;

	if (s->by_value) {
		for (at = 0; at < record.n && record.p[at] != s->value; at++)
			;
		at++;
	}
	for (; at + s->pattern.n <= record.n; at++)
		if (memcmp(record.p + at, s->pattern.p, s->pattern.n) == 0)
			return true;
	return false;
}

unsigned
run_search_record(struct uicc_call *k)
{
	struct search s = {0};
	struct target t = {.by_sfi = k->a->p2 >> 3};
	struct bytes body;
	struct buf b = BUF_INIT;
	unsigned sw = read_search(k, &s), i;

	if (sw != 0x9000 || (sw = current_ef(k, k->a->p2 >> 3, &t.f)) != 0x9000 || (sw = usable(k, &t.f, ACCESS_READ, 0)) != 0x9000)
		return sw;
	if (s.pattern.n > t.f.info.record_size)
		return 0x6A80;
	i = search_from(k, &s, &t);
	if (!i)
		return 0x6A83;
	body = fs_read(k->u, k->c, &t.f);
	for (; i >= 1 && i <= t.records; i = s.step_back ? i - 1 : i + 1)
		if (hit(&s, bytes_slice(body, (size_t)(i - 1) * t.f.info.record_size, t.f.info.record_size)))
			buf_u8(&b, i);
	if (b.n == 0) {
		buf_free(&b);
		return 0x6282;
	}
	if (t.by_sfi)
		channel_select(k->ch, &t.f);
	k->ch->record = b.p[0];
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

/* The newest record plus the value becomes the newest; more than fits changes nothing. */
unsigned
run_increase(struct uicc_call *k)
{
	struct fs_file f;
	struct bytes body, record;
	struct buf b = BUF_INIT;
	unsigned sw, carry = 0, sfi = k->a->p1 & 0x1F;
	size_t n, i;

	if ((k->a->p1 && (k->a->p1 & 0xE0) != 0x80) || k->a->p2)
		return 0x6A86;
	if (!k->a->data.n || k->a->data.n > 127)
		return 0x6700;
	if ((sw = current_ef(k, k->a->p1 ? sfi : 0, &f)) != 0x9000)
		return sw;
	if (f.info.kind != FILE_CYCLIC)
		return 0x6981;
	if ((sw = usable(k, &f, 0, 0x32)) != 0x9000)
		return sw;
	n = f.info.record_size;
	record = rsp_copy(k->c, bytes_slice(fs_read(k->u, k->c, &f), 0, n));
	if (record.n != n || !record.p)
		return 0x6581;
	for (i = 0; i < n || i < k->a->data.n; i++) {
		unsigned add = i < k->a->data.n ? k->a->data.p[k->a->data.n - 1 - i] : 0;
		unsigned sum = carry + add + (i < n ? record.p[n - 1 - i] : 0u);

		if (i >= n) {
			carry |= sum != 0;
			continue;
		}
		((uint8_t *)(uintptr_t)record.p)[n - 1 - i] = (uint8_t)sum;
		carry = sum >> 8;
	}
	if (carry)
		return 0x9850;
	body = push_front(k, &f, record);
	if (!body.p || fs_write(k->u, k->c, &f, body) != RSP_OK)
		return 0x6581;
	if (k->a->p1)
		channel_select(k->ch, &f);
	k->ch->record = 1;
	buf_add(&b, record);
	buf_add(&b, k->a->data);
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}
