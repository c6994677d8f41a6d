// SPDX-License-Identifier: BSD-2-Clause
/* READ BINARY, UPDATE BINARY; ACTIVATE and DEACTIVATE FILE. */
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

/* To activated (5) or deactivated (4); 7 and 6 say the same. What was never activated can only be activated, what is terminated neither. */
static unsigned
set_state(struct uicc_call *k, unsigned mode, uint8_t to)
{
	struct fs_file f;
	struct fs_path p = k->ch->df;
	unsigned sw;

	if (k->a->p2 || (k->a->p1 != 0 && k->a->p1 != 8))
		return 0x6A86;
	if (!k->a->data.n) {
		if ((sw = current_ef(k, 0, &f)) != 0x9000)
			return sw;
	} else {
		if (k->a->data.n != 2 || k->a->p1)
			return 0x6A86;
		if (!fs_child(k->u, k->c, &p, (uint16_t)(k->a->data.p[0] << 8 | k->a->data.p[1]), &f))
			return 0x6A82;
	}
	if (f.info.lcsi >= LCSI_TERMINATED || (to == 4 && (f.info.lcsi == 1 || f.info.lcsi == 3)))
		return 0x6985;
	if ((sw = check_access(k, &f, mode, 0)) != 0x9000)
		return sw;
	if ((f.info.lcsi & 0xFD) == to)
		return 0x9000;
	return fs_set_lcsi(k->u, k->c, &f, to) == RSP_OK ? 0x9000 : 0x6581;
}

unsigned
run_activate(struct uicc_call *k)
{
	return set_state(k, ACCESS_ACTIVATE, 5);
}

unsigned
run_deactivate(struct uicc_call *k)
{
	return set_state(k, ACCESS_DEACTIVATE, 4);
}
