// SPDX-License-Identifier: BSD-2-Clause
/* A card's image: what is on it, without its keys. */
#include "dump/impl.h"

#include <esimlab/euicc.h>
#include <stdio.h>

#include "codec/ids.h"
#include "uicc/nvm.h"

struct walk { struct dump *d; struct dump_node *parent; const struct nvm *nvm; size_t files, octets; };

bool
dump_is_image(struct bytes in)
{
	return bytes_starts_with(in, bytes_of_str("ESIMLAB CARD "));
}

static bool
say_notification(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;
	struct dump_node *n = dump_line(w->d, w->parent, "notification", "%.*s, %zu octets", key.n > 2 ? (int)key.n - 2 : 0, (const char *)key.p + 2, value.n);
	struct bytes copy = rsp_copy(w->d->c, value);

	n->base = true;
	dump_der(w->d, n, copy, copy, NULL);
	return !w->d->full;
}

static bool
count_file(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;

	(void)key;
	w->files++;
	w->octets += value.n;
	return true;
}

static bool
say_key(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;

	dump_line(w->d, w->parent, rsp_sprintf(w->d->c, "%.*s", (int)key.n, (const char *)key.p), "%zu octets", value.n);
	return !w->d->full;
}

static void
say_profile(struct walk *w, const struct euicc_profile_view *p)
{
	static const char *const classes[] = {"test", "provisioning", "operational"};
	struct dump_node *n = dump_line(w->d, w->parent, "profile", "%s %s", p->iccid, p->enabled ? "enabled" : "disabled");

	w->files = w->octets = 0;
	w->nvm->each(w->nvm->self, bytes_of_str(p->prefix), count_file, w);
	dump_line(w->d, n, "isdpAid", "%s", p->isdp_aid);
	dump_line(w->d, n, "profileName", "%s", dump_quoted(w->d, bytes_of_str(p->name)));
	dump_line(w->d, n, "serviceProviderName", "%s", dump_quoted(w->d, bytes_of_str(p->provider)));
	if (p->nickname[0])
		dump_line(w->d, n, "profileNickname", "%s", dump_quoted(w->d, bytes_of_str(p->nickname)));
	dump_line(w->d, n, "profileClass", "%s", classes[p->profile_class >= 0 && p->profile_class < 3 ? p->profile_class : 2]);
	dump_line(w->d, n, "memory", "%zu values, %zu octets (keys are not shown)", w->files, w->octets);
}

/* The keys that a certificate may stand under, whole, or inside "branchB" under a tag. */
static void
say_branch(struct walk *w, struct nvm *nvm, int curve, struct bytes branch)
{
	static const struct { const char *key; uint32_t tag; const char *name; } certs[] = {{"ci%d", 0x80, "CI certificate"}, {"eum%d", 0x81, "EUM certificate"},
		{"euicc%d", 0x82, "eUICC certificate"}};
	char key[16];
	struct bytes v;
	struct tlv t;
	size_t i;

	w->parent = dump_line(w->d, w->parent, "trust branch", "%s", curve ? "brainpoolP256r1" : "NIST P-256");
	for (i = 0; i < sizeof(certs) / sizeof(certs[0]); i++) {
		snprintf(key, sizeof(key), certs[i].key, curve);
		if (nvm->get(nvm->self, bytes_of_str(key), &v))
			dump_certificate(w->d, w->parent, certs[i].name, rsp_copy(w->d->c, v));
		else if (tlv_find(branch, certs[i].tag, &t))
			dump_certificate(w->d, w->parent, certs[i].name, rsp_copy(w->d->c, t.value));
	}
	snprintf(key, sizeof(key), "crl%d", curve);
	w->files = w->octets = 0;
	nvm->each(nvm->self, bytes_of_str(key), count_file, w);
	if (w->files)
		dump_line(w->d, w->parent, "revoked certificates", "lists in %zu parts, %zu octets", w->files, w->octets);
}

static void
say_branches(struct walk *w, struct dump_node *parent, struct nvm *nvm)
{
	static const char *const keys[] = {"branch0", "branch1"};
	struct bytes v;
	int i;

	for (i = 0; i < 2; i++) {
		w->parent = parent;
		if (nvm->get(nvm->self, bytes_of_str(keys[i]), &v))
			say_branch(w, nvm, i, rsp_copy(w->d->c, v));
	}
}

enum rsp_status
dump_card(struct rsp_ctx *c, const struct dump_options *o, struct nvm *nvm, struct dump *d)
{
	struct walk w = {.d = d, .nvm = nvm};
	struct euicc_view v;
	struct dump_node *n;
	size_t i;

	*d = (struct dump){.c = c, .o = *o, .root = rsp_alloc(c, sizeof(*d->root))};
	if (!d->root)
		return RSP_NOMEM;
	d->root->name = "";
	n = dump_line(d, d->root, "card image", "%zu octets in use", nvm->used(nvm->self));
	if (euicc_view(c, nvm, &v) != RSP_OK) {
		dump_complain(d, n, 'E', "%s", c->error.text);
		return RSP_OK;
	}
	dump_line(d, n, "EID", "%s", v.eid);
	dump_line(d, n, "default SM-DP+", "%s", v.default_dp[0] ? v.default_dp : "-");
	dump_line(d, n, "root SM-DS", "%s", v.root_ds[0] ? v.root_ds : "-");
	w.parent = dump_line(d, n, "profiles", "%zu", v.n_profiles);
	for (i = 0; i < v.n_profiles; i++)
		say_profile(&w, &v.profile[i]);
	w.parent = dump_line(d, n, "notifications that wait", "%zu", v.n_notifications);
	nvm->each(nvm->self, bytes_of_str("n/"), say_notification, &w);
	say_branches(&w, n, nvm);
	if (o->whole) {
		w.parent = dump_line(d, n, "values", "%s", "by key, with sizes");
		nvm->each(nvm->self, BYTES_NONE, say_key, &w);
	}
	return RSP_OK;
}
