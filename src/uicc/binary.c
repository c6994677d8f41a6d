// SPDX-License-Identifier: BSD-2-Clause
/* READ BINARY, UPDATE BINARY (ETSI TS 102 221 11.1.3, 11.1.4). */
#include "uicc/impl.h"

/* Usable: right structure, its life cycle and its access rule allow it. */
static unsigned
usable(struct uicc_call *k, const struct fs_file *f, enum file_kind kind, unsigned mode)
{
	if (f->info.kind != kind)
		return 0x6981;
	return check_content_access(k, f, mode, 0);
}

static unsigned
target(struct uicc_call *k, struct fs_file *f, size_t *offset)
{
	const struct apdu *a = k->a;

	if (a->p1 & 0x80) {
		if (a->p1 & 0x60 || !(a->p1 & 0x1F))
			return 0x6A86;
		*offset = a->p2;
		return current_ef(k, a->p1 & 0x1F, f);
	}
	*offset = (size_t)a->p1 << 8 | a->p2;
	return current_ef(k, 0, f);
}

/* An SFI that led to a file selects it, once the command has succeeded. */
static unsigned
done(struct uicc_call *k, const struct fs_file *f)
{
	if (k->a->p1 & 0x80)
		channel_select(k->ch, f);
	return 0x9000;
}

unsigned
run_read_binary(struct uicc_call *k)
{
	struct fs_file f;
	struct bytes body;
	size_t offset, left;
	unsigned sw = target(k, &f, &offset);

	if (k->a->data.p)
		return 0x6700;
	if (sw == 0x9000)
		sw = usable(k, &f, FILE_TRANSPARENT, ACCESS_READ);
	if (sw != 0x9000)
		return sw;
	body = fs_read(k->u, k->c, &f);
	if (offset > body.n || (offset == body.n && body.n))
		return 0x6B00;
	left = body.n - offset;
	if (k->a->le == 0 || k->a->le > left)
		if (!(k->a->le == 256 && left >= 256))
			return 0x6C00 | (unsigned)((left > 256 ? 256 : left) & 0xFF);
	k->data = rsp_copy(k->c, bytes_slice(body, offset, k->a->le));
	return done(k, &f);
}

unsigned
run_update_binary(struct uicc_call *k)
{
	struct fs_file f;
	struct bytes body, fresh;
	size_t offset;
	unsigned sw = target(k, &f, &offset);

	if (!k->a->data.n)
		return 0x6700;
	if (sw == 0x9000)
		sw = usable(k, &f, FILE_TRANSPARENT, ACCESS_UPDATE);
	if (sw != 0x9000)
		return sw;
	body = fs_read(k->u, k->c, &f);
	if (offset >= body.n)
		return 0x6B00;
	if (k->a->data.n > body.n - offset)
		return 0x6700;
	fresh = rsp_copy(k->c, body);
	if (!fresh.p)
		return 0x6581;
	memcpy((uint8_t *)(uintptr_t)fresh.p + offset, k->a->data.p, k->a->data.n);
	if (fs_write(k->u, k->c, &f, fresh) != RSP_OK)
		return 0x6581;
	return done(k, &f);
}
