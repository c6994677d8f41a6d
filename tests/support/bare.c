// SPDX-License-Identifier: BSD-2-Clause
#include "support/bare.h"

#include "base/hex.h"
#include "codec/ids.h"
#include "tlv/mutate.h"

static void
power_on(struct bare *b)
{
	if (euicc_open(b->c, image_nvm(b->image), b->crypto, &b->e) != RSP_OK)
		fail_msg("%s", b->c->error.text);
}

static void
manufacture(struct bare *b, const char *text)
{
	const struct pki_branch *p = &b->pki->branch[EC_P256];
	struct euicc_traits traits;
	uint8_t scalar[32];
	struct euicc_options o = {.traits = &traits, .branch = {{.ci_cert = p->ci.cert->der, .eum_cert = p->eum.cert->der, .euicc_cert = p->euicc.cert->der,
		.euicc_scalar = BYTES_OF(scalar)}}};

	euicc_traits_default(&traits);
	if (text && euicc_traits_read(b->c, bytes_of_str(text), &traits) != RSP_OK)
		fail_msg("%s", b->c->error.text);
	assert_status(ec_key_scalar(b->c, p->euicc.key, scalar), RSP_OK);
	assert_status(eid_read(b->c, p->euicc.cert->serial_number, o.eid), RSP_OK);
	assert_status(image_memory(b->c, &b->image), RSP_OK);
	if (euicc_create(b->c, image_nvm(b->image), &o) != RSP_OK)
		fail_msg("%s", b->c->error.text);
}

void
bare_open(struct bare *b, struct rsp_ctx *c, const char *traits)
{
	const struct pki_make_options o = {.nist = true};
	struct bytes package;

	*b = (struct bare){.c = c};
	assert_status(crypto_new(&b->crypto, bytes_of_str("bare"), "card"), RSP_OK);
	c->crypto = b->crypto;
	c->now = TEST_NOW;
	assert_status(pki_make_memory(c, &o, &b->pki), RSP_OK);
	assert_status(profile_build(c, profile_builtin_description(), &package), RSP_OK);
	assert_status(profile_template_new(c, package, &b->template), RSP_OK);
	manufacture(b, traits);
	power_on(b);
}

void
bare_close(struct bare *b)
{
	euicc_close(b->e);
	image_close(b->image);
	profile_template_free(b->template);
	pki_free(b->pki);
	rsp_ctx_reset(b->c);
	crypto_free(b->crypto);
	b->c->crypto = NULL;
}

void
bare_power(struct bare *b)
{
	euicc_close(b->e);
	power_on(b);
}

static void
iccid_of(struct bare *b, unsigned n, char text[ICCID_TEXT], uint8_t iccid[10])
{
	snprintf(text, ICCID_TEXT, "8900100000000000%03u", n % 1000);
	assert_status(iccid_read(b->c, text, iccid), RSP_OK);
}

void
bare_metadata(const struct store_metadata *m, unsigned n, uint8_t iccid[10], struct store_metadata *out)
{
	static const char *const names[] = {"zero", "one", "two", "three", "four"};

	*out = m ? *m : (struct store_metadata){.icon_type = -1, .profile_class = -1};
	out->iccid = bytes_of(iccid, 10);
	if (!out->name.p)
		out->name = bytes_of_str(names[n % 5]);
	if (!out->provider.p)
		out->provider = bytes_of_str("provider");
	if (!out->icon.p)
		out->icon_type = -1;
}

enum rsp_status
bare_install(struct bare *b, unsigned n, const struct store_metadata *m, struct euicc_installed *out)
{
	struct profile_values v = {0};
	struct euicc_installed own;
	struct euicc_direct d = {0};
	struct store_metadata all;
	struct buf buf = BUF_INIT;
	uint8_t iccid[10], k[16] = {0};

	iccid_of(b, n, v.iccid, iccid);
	if (m && m->profile_class == CLASS_TEST)
		v.k = BYTES_OF(k);
	bare_metadata(m, n, iccid, &all);
	es8p_write_store_metadata(&buf, &all);
	assert_status(buf_finish(&buf, b->c, &d.metadata), RSP_OK);
	if (profile_personalise(b->c, b->template, &v, &d.package) != RSP_OK)
		fail_msg("%s", b->c->error.text);
	return euicc_install(b->e, b->c, &d, out ? out : &own);
}

static const char *
ask(struct bare *b, struct bytes command)
{
	struct bytes answer;
	unsigned sw = 0;

	assert_status(euicc_es10(b->e, b->c, command, &answer, &sw), RSP_OK);
	return sw == 0x9000 ? hex_of(b->c, answer) : rsp_sprintf(b->c, "%04X", sw);
}

const char *
bare_es10(struct bare *b, const char *hex)
{
	return ask(b, unhex(b->c, hex));
}

int
bare_switch(struct bare *b, uint32_t tag, unsigned n, bool refresh)
{
	struct profile_choice choice = {.refresh = refresh};
	struct buf buf = BUF_INIT;
	struct bytes command;
	char text[ICCID_TEXT];
	uint8_t iccid[10];
	int result = -1;

	iccid_of(b, n, text, iccid);
	choice.iccid = BYTES_OF(iccid);
	if (tag == 0xBF33)
		es10_write_delete_req(&buf, &choice);
	else
		es10_write_enable_req(&buf, tag, &choice);
	assert_status(buf_finish(&buf, b->c, &command), RSP_OK);
	assert_status(es10_read_result(b->c, unhex(b->c, ask(b, command)), tag, &result), RSP_OK);
	return result;
}

unsigned
bare_apdu(struct bare *b, const char *hex, struct bytes *data)
{
	struct bytes response;

	assert_status(euicc_transmit(b->e, b->c, unhex(b->c, hex), &response), RSP_OK);
	assert_true(response.n >= 2);
	if (data)
		*data = bytes_slice(response, 0, response.n - 2);
	return (unsigned)response.p[response.n - 2] << 8 | response.p[response.n - 1];
}

const char *
bare_states(struct bare *b)
{
	struct euicc_view v;
	struct buf out = BUF_INIT;
	struct bytes text;
	size_t i;

	assert_status(euicc_view(b->c, image_nvm(b->image), &v), RSP_OK);
	for (i = 0; i < v.n_profiles; i++)
		buf_printf(&out, "%s%s%s", i ? " " : "", v.profile[i].iccid + 16, v.profile[i].enabled ? "E" : "d");
	buf_u8(&out, 0);
	assert_status(buf_finish(&out, b->c, &text), RSP_OK);
	return (const char *)text.p;
}

const char *
bare_notifications(struct bare *b)
{
	static const char *const events[] = {"", "install", "enable", "", "disable", "", "", "", "delete"};
	struct notification_list l;
	struct buf out = BUF_INIT;
	struct bytes text;
	size_t i;

	assert_status(es10_read_list_notification_rsp(b->c, unhex(b->c, bare_es10(b, "BF2800")), &l), RSP_OK);
	for (i = 0; i < l.n; i++)
		buf_printf(&out, "%s%llu:%s/%.*s", i ? " " : "", (unsigned long long)l.p[i].seq, events[l.p[i].event & 15], (int)l.p[i].address.n,
			(const char *)l.p[i].address.p);
	buf_u8(&out, 0);
	assert_status(buf_finish(&out, b->c, &text), RSP_OK);
	return (const char *)text.p;
}

uint32_t
bare_free(struct bare *b)
{
	struct euicc_info2 v;

	assert_status(es10_read_info2(b->c, unhex(b->c, bare_es10(b, "BF2200")), &v), RSP_OK);
	return v.free_nvm;
}
