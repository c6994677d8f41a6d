// SPDX-License-Identifier: BSD-2-Clause
/* The short form of a description: a USIM with Milenage, its codes, OTA keys, and files of the user's own. */
#include <stdlib.h>

#include "base/hex.h"
#include "codec/ids.h"
#include "profile/build.h"

/* Templates 2.23.143.1.2.n[.m]. */
static void
template_id(struct buf *b, unsigned n, unsigned version)
{
	uint8_t oid[] = {0x67, 0x81, 0x0F, 1, 2, (uint8_t)n, (uint8_t)version};

	tlv_add(b, 0x81, bytes_of(oid, version ? 7 : 6));
}

static void
pe_begin(struct buf *b, uint32_t tag, size_t *mark, unsigned *id)
{
	size_t header;

	*mark = tlv_open(b, tag);
	header = tlv_open(b, 0xA0);
	tlv_add_null(b, 0x80);
	tlv_add_uint(b, 0x81, ++*id);
	tlv_close(b, header);
}

/* A File with an Fcp of these (zero and absent: not given) and content. */
struct file_out { uint32_t tag; unsigned records, record_size, size; struct bytes df_name, pins, content; uint16_t fid; };

static void
put_file(struct buf *b, const struct file_out *f)
{
	static const uint8_t adf[] = {0x78, 0x21};
	const uint8_t fid[2] = {(uint8_t)(f->fid >> 8), (uint8_t)f->fid};
	size_t mark = tlv_open(b, f->tag), fcp = tlv_open(b, 0xA1);

	if (f->record_size) {
		const uint8_t linear[4] = {0x42, 0x21, 0, (uint8_t)f->record_size};

		tlv_add(b, 0x82, BYTES_OF(linear));
	} else if (f->pins.p) {
		tlv_add(b, 0x82, BYTES_OF(adf));
	}
	if (f->fid)
		tlv_add(b, 0x83, BYTES_OF(fid));
	if (f->df_name.p)
		tlv_add(b, 0x84, f->df_name);
	if (f->records || f->size) {
		unsigned n = f->size ? f->size : f->records * f->record_size;
		const uint8_t size[2] = {(uint8_t)(n >> 8), (uint8_t)n};

		tlv_add(b, 0x80, BYTES_OF(size));
	}
	if (f->pins.p)
		tlv_add(b, 0xC6, f->pins);
	tlv_close(b, fcp);
	if (f->content.p)
		tlv_add(b, 0x83, f->content);
	tlv_close(b, mark);
}

/* ---- access rules: record n of EF.ARR, for the numbers that templates refer to ---- */

enum who { ALWAYS, PIN1, PIN2, ADM1, NEVER };

static const struct { enum who read, update; } rules[] = {
	{ALWAYS, PIN1}, {PIN1, ADM1}, {ADM1, ADM1}, {ALWAYS, PIN1}, {PIN1, PIN1}, {PIN1, ADM1}, {PIN1, PIN2}, {PIN1, PIN2}, {ALWAYS, ADM1},
	{ALWAYS, ADM1}, {ALWAYS, NEVER}, {PIN1, ADM1}, {ADM1, ADM1}, {ADM1, ADM1},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))
#define RULE_SIZE 42

static void
put_condition(struct buf *b, unsigned access, enum who who)
{
	static const uint8_t refs[] = {[PIN1] = 0x01, [PIN2] = 0x81, [ADM1] = 0x0A};
	const uint8_t am[1] = {(uint8_t)access}, usage[1] = {8};
	size_t mark;

	tlv_add(b, 0x80, BYTES_OF(am));
	if (who == ALWAYS || who == NEVER) {
		tlv_add_null(b, who == ALWAYS ? 0x90 : 0x97);
		return;
	}
	mark = tlv_open(b, 0xA4);
	tlv_add(b, 0x83, bytes_of(&refs[who], 1));
	tlv_add(b, 0x95, BYTES_OF(usage));
	tlv_close(b, mark);
}

static struct bytes
access_rules(struct rsp_ctx *c)
{
	struct buf b = BUF_INIT;
	struct bytes out = BYTES_NONE;
	size_t i;

	for (i = 0; i < RULES; i++) {
		size_t from = b.n;

		put_condition(&b, 0x01, rules[i].read);
		put_condition(&b, 0x02, rules[i].update);
		put_condition(&b, 0x58, ADM1);
		while (b.n - from < RULE_SIZE)
			buf_u8(&b, 0xFF);
	}
	return buf_finish(&b, c, &out) == RSP_OK ? out : BYTES_NONE;
}

static void
put_mf(struct buf *b, const struct description *d, struct bytes aid, const uint8_t iccid[10], unsigned *id)
{
	static const uint8_t pins[] = {0x01, 0x0A};
	struct buf dir = BUF_INIT;
	size_t mark, entry;

	entry = tlv_open(&dir, 0x61);
	tlv_add(&dir, 0x4F, aid);
	tlv_add_str(&dir, 0x50, "USIM");
	tlv_close(&dir, entry);
	pe_begin(b, 0xB0, &mark, id);
	template_id(b, 1, 0);
	put_file(b, &(struct file_out){.tag = 0xA2, .pins = BYTES_OF(pins)});
	put_file(b, &(struct file_out){.tag = 0xA3, .size = 4, .content = bytes_of("en", 2)});
	put_file(b, &(struct file_out){.tag = 0xA4, .content = bytes_of(iccid, 10)});
	put_file(b, &(struct file_out){.tag = 0xA5, .records = 1, .record_size = 40, .content = buf_bytes(&dir)});
	put_file(b, &(struct file_out){.tag = 0xA6, .records = RULES, .record_size = RULE_SIZE, .content = access_rules(d->c)});
	tlv_close(b, mark);
	buf_free(&dir);
}

static void
put_code(struct buf *b, unsigned ref, const char *digits, struct bytes raw, int puk, int attributes, int counters)
{
	uint8_t value[8];
	size_t mark = tlv_open(b, 0x30);

	memset(value, 0xFF, sizeof(value));
	if (raw.n == 8)
		memcpy(value, raw.p, 8);
	else
		memcpy(value, digits, strlen(digits) < 8 ? strlen(digits) : 8);
	tlv_add_uint(b, 0x80, ref);
	tlv_add(b, 0x81, BYTES_OF(value));
	if (puk >= 0)
		tlv_add_uint(b, 0x82, (unsigned)puk);
	if (attributes >= 0)
		tlv_add_uint(b, 0x83, (unsigned)attributes);
	if (counters >= 0)
		tlv_add_uint(b, 0x84, (unsigned)counters);
	tlv_close(b, mark);
}

static void
put_puk(struct buf *b, const struct description *d, unsigned *id)
{
	size_t mark, list;

	pe_begin(b, 0xA3, &mark, id);
	list = tlv_open(b, 0xA1);
	put_code(b, 1, d->puk1, BYTES_NONE, -1, -1, -1);
	put_code(b, 0x81, d->puk2, BYTES_NONE, -1, -1, -1);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static enum rsp_status
put_global_pins(struct buf *b, const struct description *d, unsigned *id)
{
	struct bytes adm1;
	size_t mark, choice, list;
	enum rsp_status st = hex_read(d->c, bytes_of_str(d->adm1), &adm1);

	if (st != RSP_OK || adm1.n != 8)
		return rsp_fail(d->c, RSP_MALFORMED, "profile description: adm1: want 16 hex digits");
	pe_begin(b, 0xA2, &mark, id);
	choice = tlv_open(b, 0xA1);
	list = tlv_open(b, 0xA0);
	put_code(b, 1, d->pin1, BYTES_NONE, 1, strcmp(d->pin1_enabled, "yes") == 0 ? 7 : 6, -1);
	put_code(b, 10, "", adm1, -1, 3, 0xAA);
	tlv_close(b, list);
	tlv_close(b, choice);
	tlv_close(b, mark);
	return RSP_OK;
}

static void
put_local_pins(struct buf *b, const struct description *d, unsigned *id)
{
	size_t mark, choice, list;

	pe_begin(b, 0xA2, &mark, id);
	choice = tlv_open(b, 0xA1);
	list = tlv_open(b, 0xA0);
	put_code(b, 0x81, d->pin2, BYTES_NONE, 0x81, 7, -1);
	tlv_close(b, list);
	tlv_close(b, choice);
	tlv_close(b, mark);
}

/* Services: SMS, SMS status and parameters, MSISDN, SPN, GSM security context, call of enhanced files by EPS, OTA by SMS-PP. */
static struct bytes
service_table(struct rsp_ctx *c, const struct description *d)
{
	static const uint8_t services[14] = {0x00, 0x1C, 0x04, 0x0C, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0, 0, 0};
	struct bytes given;

	if (d->ust[0] && hex_read(c, bytes_of_str(d->ust), &given) == RSP_OK)
		return given;
	return BYTES_OF(services);
}

static void
put_usim(struct buf *b, const struct description *d, struct bytes aid, const uint8_t imsi[9], unsigned *id)
{
	static const uint8_t pins[] = {0x01, 0x81, 0x0A}, est[1] = {0}, ecc[4] = {0x11, 0xF2, 0xFF, 0x00};
	const uint8_t ad[4] = {0, 0, 0, (uint8_t)(d->mnc_digits[0] == '3' ? 3 : 2)};
	const char last = d->imsi[strlen(d->imsi) - 1];
	const uint8_t acc[2] = {(uint8_t)(1u << (last - '0') >> 8), (uint8_t)(1u << (last - '0'))};
	uint8_t spn[17];
	size_t mark;

	memset(spn, 0xFF, sizeof(spn));
	spn[0] = 1;
	memcpy(spn + 1, d->spn, strlen(d->spn) < 16 ? strlen(d->spn) : 16);
	pe_begin(b, 0xB3, &mark, id);
	template_id(b, 4, 0);
	put_file(b, &(struct file_out){.tag = 0xA2, .fid = 0x7FD0, .df_name = aid, .pins = BYTES_OF(pins)});
	put_file(b, &(struct file_out){.tag = 0xA3, .content = bytes_of(imsi, 9)});
	put_file(b, &(struct file_out){.tag = 0xA4, .records = RULES, .record_size = RULE_SIZE, .content = access_rules(d->c)});
	put_file(b, &(struct file_out){.tag = 0xA8, .content = service_table(d->c, d)});
	put_file(b, &(struct file_out){.tag = 0xAD, .content = BYTES_OF(spn)});
	put_file(b, &(struct file_out){.tag = 0xAE, .content = BYTES_OF(est)});
	put_file(b, &(struct file_out){.tag = 0xB2, .content = BYTES_OF(acc)});
	put_file(b, &(struct file_out){.tag = 0xB5, .content = BYTES_OF(ad)});
	put_file(b, &(struct file_out){.tag = 0xB6, .records = 1, .record_size = 4, .content = BYTES_OF(ecc)});
	tlv_close(b, mark);
}

/* EF.MSISDN: a place for the number; what stands there is replaced when an order has one. */
static void
put_opt_usim(struct buf *b, unsigned *id)
{
	uint8_t number[28];
	size_t mark;

	memset(number, 0xFF, sizeof(number));
	pe_begin(b, 0xB4, &mark, id);
	template_id(b, 5, 0);
	put_file(b, &(struct file_out){.tag = 0xA7, .records = 1, .record_size = sizeof(number), .content = BYTES_OF(number)});
	tlv_close(b, mark);
}

static void
put_aka(struct buf *b, const struct description *d, unsigned *id)
{
	static const uint8_t options[1] = {0}, zeros[16] = {0};
	bool test = strcmp(d->algorithm, "test") == 0;
	size_t mark, choice, algo;

	pe_begin(b, 0xA4, &mark, id);
	choice = tlv_open(b, 0xA1);
	algo = tlv_open(b, 0xA1);
	tlv_add_uint(b, 0x80, test ? AKA_TEST : AKA_MILENAGE);
	tlv_add(b, 0x81, BYTES_OF(options));
	tlv_add(b, 0x82, d->k);
	tlv_add(b, 0x83, d->opc.p ? d->opc : BYTES_OF(zeros));
	tlv_close(b, algo);
	tlv_close(b, choice);
	tlv_close(b, mark);
}

static void
put_key(struct buf *b, unsigned usage, unsigned id, struct bytes key)
{
	const uint8_t qualifier[1] = {(uint8_t)usage}, identifier[1] = {(uint8_t)id}, version[1] = {1}, aes[1] = {0x88};
	size_t mark = tlv_open(b, 0x30), list, one;

	tlv_add(b, 0x95, BYTES_OF(qualifier));
	tlv_add(b, 0x82, BYTES_OF(identifier));
	tlv_add(b, 0x83, BYTES_OF(version));
	list = tlv_open(b, 0x30);
	one = tlv_open(b, 0x30);
	tlv_add(b, 0x80, BYTES_OF(aes));
	tlv_add(b, 0x86, key);
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

/* The MNO-SD with one AES key set for SCP80. */
static void
put_security_domain(struct buf *b, const struct description *d, unsigned *id)
{
	static const uint8_t package[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50}, class_aid[] = {0xA0, 0, 0, 2, 0x51, 0x53, 0x50, 0x41},
		instance[] = {0xA0, 0, 0, 1, 0x51, 0, 0, 0}, privileges[] = {0x82, 0xDC, 0}, personalised[] = {0x0F}, c9[] = {0x81, 2, 0x80, 0};
	size_t mark, app, keys_mark;

	pe_begin(b, 0xA6, &mark, id);
	app = tlv_open(b, 0xA1);
	tlv_add(b, 0x4F, BYTES_OF(package));
	tlv_add(b, 0x4F, BYTES_OF(class_aid));
	tlv_add(b, 0x4F, BYTES_OF(instance));
	tlv_add(b, 0x82, BYTES_OF(privileges));
	tlv_add(b, 0x83, BYTES_OF(personalised));
	tlv_add(b, 0xC9, BYTES_OF(c9));
	tlv_close(b, app);
	keys_mark = tlv_open(b, 0xA2);
	put_key(b, 0x18, 1, d->kic);
	put_key(b, 0x14, 2, d->kid);
	put_key(b, 0x48, 3, d->kik);
	tlv_close(b, keys_mark);
	tlv_close(b, mark);
}

static void
put_rfm(struct buf *b, unsigned *id)
{
	static const uint8_t instance[] = {0xA0, 0, 0, 0x05, 0x59, 0x10, 0x10, 0, 1}, tar[] = {0xB0, 0, 0x10}, msl[] = {0x16}, full[] = {0};
	size_t mark, list;

	pe_begin(b, 0xA7, &mark, id);
	tlv_add(b, 0x4F, BYTES_OF(instance));
	list = tlv_open(b, 0xA0);
	tlv_add(b, 0x04, BYTES_OF(tar));
	tlv_close(b, list);
	tlv_add(b, 0x81, BYTES_OF(msl));
	tlv_add(b, 0x04, BYTES_OF(full));
	tlv_add(b, 0x04, BYTES_OF(full));
	tlv_close(b, mark);
}

static enum rsp_status
put_extra_file(struct buf *b, const struct description *d, const struct extra_file *f)
{
	struct bytes path;
	char packed[40], *w = packed;
	const char *s;
	unsigned record = (unsigned)atoi(f->record), size = f->size[0] ? (unsigned)atoi(f->size) : (unsigned)f->content.n;
	uint8_t descriptor[4] = {0x41, 0x21, 0, (uint8_t)record}, access[1] = {(uint8_t)atoi(f->access[0] ? f->access : "2")};
	uint8_t be[2] = {(uint8_t)(size >> 8), (uint8_t)size}, sfi[1] = {(uint8_t)(atoi(f->sfi) << 3)};
	size_t fcp;

	for (s = f->path; *s; s++)
		if (*s != '/')
			*w++ = *s;
	*w = '\0';
	if (hex_read(d->c, bytes_of_str(packed), &path) != RSP_OK || path.n < 2 || path.n % 2)
		return rsp_fail(d->c, RSP_MALFORMED, "profile description: [file %s]: want FIDs like 7FD0/6F7E", f->path);
	if (strcmp(f->kind, "linear") == 0)
		descriptor[0] = 0x42;
	else if (strcmp(f->kind, "cyclic") == 0)
		descriptor[0] = 0x46;
	else if (strcmp(f->kind, "ber-tlv") == 0)
		descriptor[0] = 0x79;
	else if (f->kind[0] && strcmp(f->kind, "transparent") != 0)
		return rsp_fail(d->c, RSP_MALFORMED, "profile description: [file %s]: kind is transparent, linear, cyclic or ber-tlv", f->path);
	tlv_add(b, 0x80, bytes_slice(path, 0, path.n - 2));
	fcp = tlv_open(b, 0x62);
	tlv_add(b, 0x82, bytes_of(descriptor, descriptor[0] == 0x41 || descriptor[0] == 0x79 ? 2 : 4));
	tlv_add(b, 0x83, bytes_from(path, path.n - 2));
	tlv_add(b, 0x8B, BYTES_OF(access));
	tlv_add(b, 0x80, BYTES_OF(be));
	tlv_add(b, 0x88, bytes_of(sfi, f->sfi[0] ? 1 : 0));
	tlv_close(b, fcp);
	if (f->content.n)
		tlv_add(b, 0x81, f->content);
	return RSP_OK;
}

static enum rsp_status
put_extra_files(struct buf *b, const struct description *d, unsigned *id)
{
	size_t mark, list, commands, i;
	enum rsp_status st = RSP_OK;

	if (!d->n_files)
		return RSP_OK;
	pe_begin(b, 0xA1, &mark, id);
	list = tlv_open(b, 0xA1);
	commands = tlv_open(b, 0x30);
	for (i = 0; st == RSP_OK && i < d->n_files; i++)
		st = put_extra_file(b, d, &d->file[i]);
	tlv_close(b, commands);
	tlv_close(b, list);
	tlv_close(b, mark);
	return st;
}

enum rsp_status
build_standard(struct builder *b, const struct description *d, const uint8_t iccid[10])
{
	struct buf *out = &b->out;
	uint8_t imsi[9];
	struct bytes aid;
	enum rsp_status st = imsi_read(d->c, d->imsi, imsi);

	if (st == RSP_OK)
		st = hex_read(d->c, bytes_of_str(d->aid), &aid);
	if (st != RSP_OK)
		return st;
	put_mf(out, d, aid, iccid, &b->id);
	put_puk(out, d, &b->id);
	if ((st = put_global_pins(out, d, &b->id)) != RSP_OK)
		return st;
	put_usim(out, d, aid, imsi, &b->id);
	put_opt_usim(out, &b->id);
	put_local_pins(out, d, &b->id);
	put_aka(out, d, &b->id);
	return RSP_OK;
}

enum rsp_status
build_standard_rest(struct builder *b, const struct description *d)
{
	enum rsp_status st = put_extra_files(&b->out, d, &b->id);

	if (st == RSP_OK && d->kic.p && d->kid.p && d->kik.p) {
		put_security_domain(&b->out, d, &b->id);
		put_rfm(&b->out, &b->id);
	}
	return st;
}
