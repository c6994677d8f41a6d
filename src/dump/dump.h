// SPDX-License-Identifier: BSD-2-Clause
/*
 * Explaining what there is to see in eSIM provisioning: DER, Bound Profile Packages, profile packages, certificates, APDU traces, cards, codes, JSON.
 * Octets in, a tree of lines out; the tree is printed as text or JSON. Nothing is refused: what cannot be read is a line that says so.
 */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "base/json_out.h"

struct nvm;

/* One line. Everything lives in the arena or in the input. */
struct dump_node {
	struct dump_node *next, *child, *last;
	const char *name;      /* of a member or a thing: "euiccChallenge" */
	const char *type;      /* of the specification; NULL: none worth saying */
	const char *text;      /* its value for people; NULL: none */
	char level;            /* 'E' it is wrong, 'W' look at it, 0 */
	bool tlv;              /* the next three are there */
	uint32_t tag;
	size_t offset;         /* in the octets that the nearest line above with `base` speaks of */
	size_t length;         /* of the content */
	bool base;             /* its children count their offsets from its own octets */
	struct bytes raw;      /* the content, for machines; absent for what is secret, or has children */
};

/* Keys for the segments of a Bound Profile Package; absent: not given. */
struct dump_keys {
	struct bytes s_enc, s_mac, mcv;              /* session keys, 16 octets each */
	struct bytes otsk_dp, otpk_euicc, eid;       /* or what they are made from */
};

struct dump_options {
	bool secrets;          /* show keys, PINs and hashed confirmation codes */
	bool whole;            /* long values in full, elements of packages too */
	const struct dump_keys *keys;   /* NULL: none */
};

struct dump {
	struct rsp_ctx *c;
	struct dump_options o;
	struct dump_node *root;
	size_t nodes;
	unsigned errors, warnings, depth;
	bool full;             /* no more lines: too many, or no memory */
	struct dump_node sink;
};

#define DUMP_NODES 100000u
#define DUMP_INPUT (64u << 20)   /* octets */

/* Recognise and explain. The root's children are what was found. NOMEM only. d->errors says whether something in it is wrong. */
RSP_MUST_USE enum rsp_status dump_any(struct rsp_ctx *c, const struct dump_options *o, struct bytes in, struct dump *d);
/* A card's memory. */
RSP_MUST_USE enum rsp_status dump_card(struct rsp_ctx *c, const struct dump_options *o, struct nvm *nvm, struct dump *d);
/* Does this begin as a card's image does? Such a file is opened with image_open_readonly and given to dump_card. */
bool dump_is_image(struct bytes in);
/* "S-ENC = 00..": one key a line, '#' lines are comments. MALFORMED names the line. */
RSP_MUST_USE enum rsp_status dump_keys_read(struct rsp_ctx *c, struct bytes text, struct dump_keys *out);

/* A command APDU in a few words, without its secrets: "STORE DATA, block 0, last, 6 octets, channel 1". In the arena or static. */
const char *dump_apdu_words(struct rsp_ctx *c, struct bytes command);

void dump_text(const struct dump *d, struct buf *out);
void dump_json(const struct dump *d, struct json_out *out);

#endif
