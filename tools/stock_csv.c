// SPDX-License-Identifier: BSD-2-Clause
#include "stock_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/hex.h"
#include "codec/ids.h"
#include "crypto/aka.h"

enum column { ICCID, IMSI, K, OPC, OP, MSISDN, KIC, KID, KIK, PIN1, PUK1, ADM1, COLUMNS, NOTHING };

struct sheet {
	struct rsp_ctx *c;
	const char *file;
	struct bytes rest;
	unsigned line;
	enum column order[COLUMNS]; size_t n_columns;   /* as the header has them */
	bool has[COLUMNS];
};

/* ---- cells ---- */

static bool
all_of(struct bytes cell, size_t least, size_t most, const char *digits)
{
	size_t i;

	for (i = 0; i < cell.n; i++)
		if (!cell.p[i] || !strchr(digits, cell.p[i]))
			return false;
	return cell.n >= least && cell.n <= most;
}

static bool
set_digits(struct bytes cell, size_t least, size_t most, char *to)
{
	if (!all_of(cell, least, most, "0123456789"))
		return false;
	memcpy(to, cell.p, cell.n);
	to[cell.n] = '\0';
	return true;
}

static bool
set_key(struct bytes cell, uint8_t to[16])
{
	size_t i;

	if (!all_of(cell, 32, 32, "0123456789ABCDEFabcdef"))
		return false;
	for (i = 0; i < 16; i++)
		to[i] = (uint8_t)(hex_digit(cell.p[2 * i]) << 4 | hex_digit(cell.p[2 * i + 1]));
	return true;
}

static bool
set_iccid(struct rsp_ctx *c, struct bytes cell, struct stock_item *i)
{
	char text[24];

	if (cell.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)cell.n, (const char *)cell.p);
	return iccid_read(c, text, i->iccid) == RSP_OK;
}

static bool
set_adm1(struct bytes cell, struct stock_item *i)
{
	if (!all_of(cell, 16, 16, "0123456789ABCDEFabcdef"))
		return false;
	memcpy(i->adm1, cell.p, 16);
	return true;
}

static bool
set_msisdn(struct bytes cell, struct stock_item *i)
{
	return set_digits(cell.n && cell.p[0] == '+' ? bytes_from(cell, 1) : cell, 1, 15, i->msisdn);
}

static const struct { const char *name, *wanted; bool needed; } columns[COLUMNS] = {
	[ICCID] = {"iccid", "want 18 to 20 digits", true}, [IMSI] = {"imsi", "want 6 to 15 digits", true}, [K] = {"k", "want 32 hex digits", true},
	[OPC] = {"opc", "want 32 hex digits", true}, [OP] = {"op", "want 32 hex digits", true}, [MSISDN] = {"msisdn", "want 1 to 15 digits", false},
	[KIC] = {"kic", "want 32 hex digits", false}, [KID] = {"kid", "want 32 hex digits", false}, [KIK] = {"kik", "want 32 hex digits", false},
	[PIN1] = {"pin1", "want 4 to 8 digits", false}, [PUK1] = {"puk1", "want 8 digits", false}, [ADM1] = {"adm1", "want 16 hex digits", false},
};

/* OP stands in opc until the line is whole. */
static bool
set_cell(struct rsp_ctx *c, struct stock_item *i, enum column what, struct bytes cell)
{
	switch (what) {
	case ICCID:
		return set_iccid(c, cell, i);
	case IMSI:
		return set_digits(cell, 6, 15, i->imsi);
	case K:
		return set_key(cell, i->k);
	case OPC:
	case OP:
		return set_key(cell, i->opc);
	case MSISDN:
		return set_msisdn(cell, i);
	case KIC:
		i->has_ota = true;
		return set_key(cell, i->kic);
	case KID:
		return set_key(cell, i->kid);
	case KIK:
		return set_key(cell, i->kik);
	case PIN1:
		return set_digits(cell, 4, 8, i->pin1);
	case PUK1:
		return set_digits(cell, 8, 8, i->puk1);
	case ADM1:
		return set_adm1(cell, i);
	case COLUMNS:
	case NOTHING:
		break;
	}
	return false;
}

/* ---- lines ---- */

static struct bytes
trim(struct bytes b)
{
	while (b.n && (b.p[0] == ' ' || b.p[0] == '\t'))
		b = bytes_from(b, 1);
	while (b.n && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t' || b.p[b.n - 1] == '\r'))
		b.n--;
	return b;
}

/* The next line that is not empty; false at the end. */
static bool
next_line(struct sheet *s, struct bytes *line)
{
	while (s->rest.n) {
		const uint8_t *end = memchr(s->rest.p, '\n', s->rest.n);
		size_t n = end ? (size_t)(end - s->rest.p) : s->rest.n;

		*line = trim(bytes_slice(s->rest, 0, n));
		s->rest = bytes_from(s->rest, end ? n + 1 : n);
		s->line++;
		if (line->n)
			return true;
	}
	return false;
}

static struct bytes
next_cell(struct bytes *line)
{
	const uint8_t *comma = memchr(line->p, ',', line->n);
	size_t n = comma ? (size_t)(comma - line->p) : line->n;
	struct bytes cell = trim(bytes_slice(*line, 0, n));

	if (cell.n >= 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
		cell = bytes_slice(cell, 1, cell.n - 2);
	*line = comma ? bytes_from(*line, n + 1) : BYTES_NONE;
	return cell;
}

static enum rsp_status
bad_cell(const struct sheet *s, enum column what, const char *wanted)
{
	return rsp_fail(s->c, RSP_MALFORMED, "%s, line %u, column %s: %s", s->file, s->line, columns[what].name, wanted);
}

static enum column
column_of(struct bytes cell)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		if (strlen(columns[i].name) == cell.n && strncasecmp(columns[i].name, (const char *)cell.p, cell.n) == 0)
			return (enum column)i;
	return NOTHING;
}

static enum rsp_status
check_columns(const struct sheet *s)
{
	static const enum column needed[] = {ICCID, IMSI, K};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!s->has[needed[i]])
			return bad_cell(s, needed[i], "is missing");
	if (s->has[OPC] == s->has[OP])
		return bad_cell(s, OPC, s->has[OP] ? "want opc or op, not both" : "is missing, and op too");
	if (s->has[KIC] != s->has[KID] || s->has[KIC] != s->has[KIK])
		return bad_cell(s, KIC, "want kic, kid and kik together");
	return RSP_OK;
}

/* A cell that is no column is not shown: a file without a header line begins with keys. */
static enum rsp_status
read_header(struct sheet *s)
{
	struct bytes line;

	if (s->rest.n >= 3 && memcmp(s->rest.p, "\xEF\xBB\xBF", 3) == 0)
		s->rest = bytes_from(s->rest, 3);
	if (!next_line(s, &line))
		return rsp_fail(s->c, RSP_MALFORMED, "%s: is empty; want a line with the columns' names", s->file);
	while (line.p) {
		enum column what = column_of(next_cell(&line));

		if (what == NOTHING)
			return rsp_fail(s->c, RSP_MALFORMED, "%s, line %u, column %zu: want one of iccid imsi k opc op msisdn kic kid kik pin1 puk1 adm1", s->file,
				s->line, s->n_columns + 1);
		if (s->has[what])
			return bad_cell(s, what, "stands there twice");
		s->has[what] = true;
		s->order[s->n_columns++] = what;
	}
	return check_columns(s);
}

static enum rsp_status
check_ota(const struct sheet *s, const bool *given)
{
	static const enum column keys[] = {KIC, KID, KIK};
	size_t i;

	for (i = 0; i < 3; i++)
		if (given[keys[i]] != (given[KIC] || given[KID] || given[KIK]))
			return bad_cell(s, keys[i], "want all three of kic, kid, kik or none");
	return RSP_OK;
}

static enum rsp_status
read_item(struct sheet *s, struct bytes line, struct stock_item *out)
{
	bool given[COLUMNS] = {false};
	uint8_t op[16];
	enum rsp_status st;
	size_t n;

	for (n = 0; line.p && n < s->n_columns; n++) {
		enum column what = s->order[n];
		struct bytes cell = next_cell(&line);

		given[what] = cell.n > 0;
		if ((cell.n || columns[what].needed) && !set_cell(s->c, out, what, cell))
			return bad_cell(s, what, columns[what].wanted);
	}
	if (line.p || n < s->n_columns)
		return rsp_fail(s->c, RSP_MALFORMED, "%s, line %u: want %zu columns, have %s", s->file, s->line, s->n_columns, line.p ? "more" : "fewer");
	if ((st = check_ota(s, given)) != RSP_OK || !s->has[OP])
		return st;
	memcpy(op, out->opc, sizeof(op));
	st = milenage_opc(s->c, out->k, op, out->opc);
	explicit_bzero(op, sizeof(op));
	return st;
}

/* ---- the whole ---- */

struct mark { const struct stock_item *item; unsigned line; };

static int
by_iccid(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int d = memcmp(x->item->iccid, y->item->iccid, sizeof(x->item->iccid));

	return d ? d : (x->line > y->line) - (x->line < y->line);
}

static int
by_imsi(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int d = strcmp(x->item->imsi, y->item->imsi);

	return d ? d : (x->line > y->line) - (x->line < y->line);
}

static enum rsp_status
check_twice(struct sheet *s, struct mark *marks, size_t n)
{
	char iccid[ICCID_TEXT];
	size_t i;

	qsort(marks, n, sizeof(*marks), by_iccid);
	for (i = 1; i < n; i++)
		if (memcmp(marks[i].item->iccid, marks[i - 1].item->iccid, sizeof(marks[i].item->iccid)) == 0) {
			iccid_text(marks[i].item->iccid, iccid);
			s->line = marks[i].line;
			return bad_cell(s, ICCID, rsp_sprintf(s->c, "%s stands in line %u already", iccid, marks[i - 1].line));
		}
	qsort(marks, n, sizeof(*marks), by_imsi);
	for (i = 1; i < n; i++)
		if (strcmp(marks[i].item->imsi, marks[i - 1].item->imsi) == 0) {
			s->line = marks[i].line;
			return bad_cell(s, IMSI, rsp_sprintf(s->c, "%s stands in line %u already", marks[i].item->imsi, marks[i - 1].line));
		}
	return RSP_OK;
}

static size_t
count_lines(struct bytes text)
{
	size_t n = 1, i;

	for (i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

enum rsp_status
stock_csv_read(struct rsp_ctx *c, const char *file, struct bytes text, const char *type, struct stock_item **items, size_t *n)
{
	struct sheet s = {.c = c, .file = file, .rest = text};
	size_t most = count_lines(text);
	struct stock_item *item = rsp_alloc(c, most * sizeof(*item));
	struct mark *marks = rsp_alloc(c, most * sizeof(*marks));
	struct bytes line;
	enum rsp_status st = item && marks ? read_header(&s) : RSP_NOMEM;

	*n = 0;
	*items = item;
	while (st == RSP_OK && next_line(&s, &line)) {
		snprintf(item[*n].profile, sizeof(item[*n].profile), "%s", type);
		marks[*n] = (struct mark){&item[*n], s.line};
		st = read_item(&s, line, &item[*n]);
		++*n;
	}
	if (st == RSP_OK && *n == 0)
		st = rsp_fail(c, RSP_MALFORMED, "%s: holds no subscription", file);
	return st == RSP_OK ? check_twice(&s, marks, *n) : st;
}

enum rsp_status
stock_csv_write(struct rsp_ctx *c, const struct stock_item *items, size_t n, struct bytes *out)
{
	struct buf b = BUF_INIT;
	char iccid[ICCID_TEXT];
	size_t i;

	buf_str(&b, "iccid,imsi,msisdn,k,opc,kic,kid,kik,pin1,puk1,adm1\n");
	for (i = 0; i < n; i++) {
		const struct stock_item *s = &items[i];
		const uint8_t *const keys[] = {s->k, s->opc, s->kic, s->kid, s->kik};
		size_t k;

		iccid_text(s->iccid, iccid);
		buf_printf(&b, "%s,%s,%s", iccid, s->imsi, s->msisdn);
		for (k = 0; k < 5; k++) {
			buf_u8(&b, ',');
			if (k < 2 || s->has_ota)
				hex_append(&b, bytes_of(keys[k], 16));
		}
		buf_printf(&b, ",%s,%s,%s\n", s->pin1, s->puk1, s->adm1);
	}
	return buf_finish(&b, c, out);
}
