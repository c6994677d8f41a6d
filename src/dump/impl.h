// SPDX-License-Identifier: BSD-2-Clause
/* Inside dump/: making lines, and one function a kind of thing. */
#ifndef DUMP_IMPL_H
#define DUMP_IMPL_H

#include "codec/schema.h"
#include "dump/dump.h"
#include "tlv/tlv.h"

#define DUMP_DEPTH 40
#define SHOWN_OCTETS 32   /* of a long value, unless it is wanted whole */

/* ---- lines (node.c) ---- */

/* A new line below parent (never NULL: with no room left it is one that nobody prints). name is kept as it is. */
struct dump_node *dump_add(struct dump *d, struct dump_node *parent, const char *name);
void dump_say(struct dump *d, struct dump_node *n, const char *fmt, ...) RSP_PRINTF(3, 4);
/* A line with text. */
struct dump_node *dump_line(struct dump *d, struct dump_node *parent, const char *name, const char *fmt, ...) RSP_PRINTF(4, 5);
/* A line that something is wrong ('E'), or to be looked at ('W'). */
void dump_complain(struct dump *d, struct dump_node *parent, char level, const char *fmt, ...) RSP_PRINTF(4, 5);
/* Hex, cut with the number of octets said unless all is wanted; "" for nothing. Never NULL. */
const char *dump_hex(const struct dump *d, struct bytes b);
/* Printable UTF-8 in quotes, else hex. */
/* Without blanks and control characters at both ends. */
struct bytes dump_trim(struct bytes s);
const char *dump_quoted(const struct dump *d, struct bytes b);

/* ---- DER (der.c, fit.c, value.c) ---- */

/* All TLVs of `in`; base is what offsets count from. hint: "Request", "Response" or NULL. */
void dump_der(struct dump *d, struct dump_node *parent, struct bytes base, struct bytes in, const char *hint);
/* One TLV that is known to be of this type. */
void dump_typed(struct dump *d, struct dump_node *parent, struct bytes der, const char *name, const struct schema *type);
/* One TLV in its place: name, offset, value, members. */
void dump_place(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, const struct schema_place *at, const char *outer);
/*
 * The first TLV off *rest, also when its content is cut short (*cut; then it is all that is left). False: there is no tag or no length, or one that
 * cannot be read; see dump_tlv_fault.
 */
bool dump_take(struct bytes *rest, struct tlv *out, bool *cut);
/* Why no TLV begins here: what, wanted, had. */
void dump_tlv_fault(struct dump *d, struct dump_node *parent, struct bytes base, struct bytes rest);
/* How well a TLV is one of this type: more is better, below 0 it is not. */
int dump_fit(const struct schema_place *at, uint32_t tag, struct bytes value);
/* The best type for a TLV that stands alone. */
bool dump_choose(const struct tlv *t, const char *hint, struct schema_place *out);
/* Say a primitive value. outer: the type it is a member of. */
void dump_value(struct dump *d, struct dump_node *n, const struct schema_place *at, const char *outer, struct bytes value);
/* The same for a TLV of no known type. */
void dump_universal(struct dump *d, struct dump_node *n, uint32_t tag, struct bytes value);
bool dump_is_secret(const char *outer, const char *name);

/* ---- kinds ---- */

bool dump_certificate(struct dump *d, struct dump_node *parent, const char *name, struct bytes der);   /* or CRL; false: neither */
bool dump_pem(struct dump *d, struct bytes text);
void dump_bpp(struct dump *d, struct dump_node *parent, struct bytes bpp);
bool dump_is_package(struct bytes in);
void dump_package(struct dump *d, struct dump_node *parent, struct bytes package);
bool dump_trace(struct dump *d, struct bytes text);       /* false: no line of it is one */
bool dump_capture(struct dump *d, struct bytes in);       /* pcapng; false: is none */
bool dump_body(struct dump *d, struct dump_node *parent, struct bytes text);   /* JSON */
bool dump_words(struct dump *d, struct bytes text);       /* codes */
bool dump_code(struct dump *d, struct dump_node *parent, struct bytes text);   /* LPA:1$... */
/* Octets of which nothing is known: certificate, package, BPP or TLVs. */
void dump_octets(struct dump *d, struct dump_node *parent, struct bytes in, const char *hint);

/* ---- names (names.c) ---- */

/* "GetEUICCChallenge", "ES10b", "SGP.22 5.7.7" for BF2E; false: unknown. */
struct dump_function { uint32_t tag; const char *name, *interface, *clause; };
const struct dump_function *dump_function(uint32_t tag);
const char *dump_aid_name(struct bytes aid);      /* NULL unknown */
const char *dump_fid_name(unsigned fid);          /* NULL unknown */
const char *dump_ins_name(unsigned ins);          /* NULL unknown */
/* Of tags that stand outside types: 5F37; within another tag (0: none) such as 62, a FCP template's. NULL unknown. */
const char *dump_tag_name(uint32_t within, uint32_t tag);

#endif
