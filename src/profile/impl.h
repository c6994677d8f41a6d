// SPDX-License-Identifier: BSD-2-Clause
/* Inside profile/: templates, the growing profile, one file being put together. */
#ifndef PROFILE_IMPL_H
#define PROFILE_IMPL_H

#include <esimlab/profile.h>

#include "base/buf.h"
#include "tlv/tlv.h"

/* PEStatus of the package format (EUICCResponse). */
enum { PE_OK = 0, PE_NOT_SUPPORTED = 1, PE_BAD_VALUES = 3, PE_NO_MEMORY = 4, PE_FORMAT = 5, PE_PARAMETER = 6, PE_RUNTIME = 7, PE_LIBRARY = 8,
	PE_TEMPLATE = 9, PE_FEATURE = 10, PE_PIN_MISSING = 11, PE_VERSION = 31 };

/* What one package may make of this card: beyond, the answer is not-enough-memory. */
enum { MAX_ELEMENTS = 1000, MAX_FILES = 3000, MAX_CONTENT = 1 << 20, MAX_CODES = 500, MAX_APPS = 500 };

/* ---- templates ---- */

enum { ROW_HIGH_UPDATE = 1, ROW_REPEAT = 2, ROW_NEEDS_CONTENT = 4 };

struct template_row {
	const char *member;
	uint16_t fid;            /* 0: the package says */
	const char *name;
	int kind;                /* enum file_kind */
	unsigned records, size;  /* 0: the package says; size of a record where there are records */
	unsigned arr, sfi;
	const char *content;
	uint16_t df;             /* FID of the DF inside the template's DF; 0: directly in it */
	unsigned flags, from, to;
};
struct template_rows {
	const char *oid;         /* DER content of templateID */
	size_t oid_n;
	enum pe_kind kind;       /* the element that uses it */
	unsigned version;
	const struct template_row *rows;
	size_t n;
};

bool template_find(struct bytes oid, struct template_rows *out);
/* The i-th of all templates; false: there is none. */
bool template_nth(size_t i, struct template_rows *out);
/* The newest (version 0) or a certain version of an element's template. */
bool template_of(enum pe_kind kind, unsigned version, struct template_rows *out);
/* The row of this version, or of any version when this one has no such member. */
const struct template_row *template_row(const struct template_rows *t, const char *member);
bool template_has(const struct template_rows *t, const struct template_row *row);
/* Body of an EF of this size (record_size 0: no records) with the template's default content. */
void template_content(const struct template_row *row, uint8_t *to, size_t size, size_t record_size);

/* ---- the reader ---- */

struct path { uint16_t fid[PATH_MAX_DEPTH]; unsigned depth; };

/* Where the package has got to; comes back when an element fails that was not mandated. */
struct progress {
	struct path df;          /* current DF of generic file management */
	struct path pin_context; /* where a pinCodes element belongs */
	struct path naa;         /* last ADF made: akaParameter, templates below an ADF */
	enum pe_kind naa_kind;
	uint16_t naa_fid;
	uint64_t naa_has;        /* elements the NAA has, a bit each */
	bool takes_global, takes_local, has_codes;   /* the PIN context's */
	bool has_mf, ended;
	size_t file_at;          /* file that fills go to, as index + 1; 0: none */
	size_t fill_at;          /* running pointer of relative fills */
	size_t memory;           /* octets of content so far */
};

struct profile_reader {
	struct rsp_ctx mem;      /* everything the result points to */
	struct rsp_ctx look;     /* empty between two elements */
	struct profile p;
	size_t cap_elements, cap_files, cap_pins, cap_puks, cap_akas, cap_apps;
	struct progress s;
	size_t octets;           /* of all elements so far */
	uint8_t identified[4096];
	size_t room_of, room;    /* file (index + 1) whose content has room to grow, and how much it has in all */
	/* of the element being read */
	struct rsp_ctx *c;
	unsigned pe;
	struct bytes at;         /* the part of it that is being looked at */
	struct pe_status status;
};

/* Record why an element fails: status for the card's answer, a sentence for people. Returns REFUSED. */
enum rsp_status pe_fail(struct profile_reader *r, unsigned status, const char *fmt, ...) RSP_PRINTF(3, 4);

/* The members of an element in order, by the generated type's own names. */
struct pe_member { const char *name; uint32_t tag; struct bytes value; };
struct asn_TYPE_descriptor_s;
bool pe_next(const struct asn_TYPE_descriptor_s *td, struct bytes *rest, struct pe_member *out);
/* An element's CHOICE name, tag and (elements of files only) type. */
bool pe_kind_by_name(const char *name, enum pe_kind *kind);
uint32_t pe_kind_tag(enum pe_kind kind);
struct asn_TYPE_descriptor_s *pe_kind_type(enum pe_kind kind);

/* The value of a member with exactly (or from..to) so many octets; false: it is not there. Fails the element when it is there with another size. */
bool pe_octets(struct profile_reader *r, struct bytes in, uint32_t tag, size_t from, size_t to, struct bytes *out, enum rsp_status *st);
/* A small number from 0 to most. */
bool pe_number(struct profile_reader *r, struct bytes in, uint32_t tag, unsigned most, unsigned *out, enum rsp_status *st);

/* An Fcp as it stands in a package; absent spans were not given. */
struct fcp {
	struct bytes descriptor, fid, df_name, lcsi, arr, size, pin_status, sfi, link;
	bool has_info;
	struct bytes special, fill, repeat, max_size;
};
RSP_MUST_USE enum rsp_status fcp_read(struct profile_reader *r, struct bytes value, struct fcp *out);
/* A new file in `parent` from a template's row (may be NULL) and an Fcp; becomes the file that fills go to. */
RSP_MUST_USE enum rsp_status file_create(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *fcp);
RSP_MUST_USE enum rsp_status file_default(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out);
RSP_MUST_USE enum rsp_status file_skip(struct profile_reader *r, struct bytes number);
RSP_MUST_USE enum rsp_status file_fill(struct profile_reader *r, struct bytes content);
/* The file is complete: it has a size, BER-TLV content parses. */
RSP_MUST_USE enum rsp_status file_done(struct profile_reader *r, const struct profile_file *f);
struct profile_file *file_find(struct profile_reader *r, const struct path *path);
bool file_is_df(enum file_kind k);
size_t octets_number(struct bytes b);
void path_join(struct path *out, const struct path *parent, uint16_t fid);
/* FIDs of a path in octets; false: odd, or too deep. */
bool path_read(struct bytes octets, struct path *out);
bool path_same(const struct path *a, const uint16_t *fid, unsigned depth);

/* One function a family of elements: value is the element's, without its own tag. */
enum rsp_status pe_header(struct profile_reader *r, struct bytes value);
enum rsp_status pe_template(struct profile_reader *r, enum pe_kind kind, const struct asn_TYPE_descriptor_s *td, struct bytes value);
enum rsp_status pe_gfm(struct profile_reader *r, struct bytes value);
enum rsp_status pe_pin(struct profile_reader *r, struct bytes value);
enum rsp_status pe_puk(struct profile_reader *r, struct bytes value);
enum rsp_status pe_aka(struct profile_reader *r, struct bytes value);
enum rsp_status pe_cdma(struct profile_reader *r, struct bytes value);
enum rsp_status pe_sd(struct profile_reader *r, struct bytes value);
enum rsp_status pe_rfm(struct profile_reader *r, struct bytes value);
enum rsp_status pe_application(struct profile_reader *r, struct bytes value);
enum rsp_status pe_end(struct profile_reader *r);
/* What must come before this element, and how often it may come (package format 8.1.3). */
enum rsp_status pe_order(struct profile_reader *r, enum pe_kind kind);
bool pin_reference(unsigned ref);
bool pin_is_local(unsigned ref);

/* Room for one more at the end of one of the profile's lists; NULL: no memory. */
struct profile_file *add_file(struct profile_reader *r);
struct profile_pin *add_pin(struct profile_reader *r);
struct profile_puk *add_puk(struct profile_reader *r);
struct profile_aka *add_aka(struct profile_reader *r);
struct profile_app *add_app(struct profile_reader *r);

#endif
