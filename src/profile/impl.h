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

struct template_row {
	const char *member;
	uint16_t fid;
	const char *name;
	int kind;                /* enum file_kind */
	unsigned records, size, arr, sfi;
	const char *content;
	uint16_t df;             /* FID of the DF inside the template's DF; 0: directly in it */
	int high_update;
};
struct template_rows { const struct template_row *rows; size_t n; };

bool template_find(struct bytes oid, struct template_rows *out);
const struct template_row *template_row(struct template_rows t, const char *member);
/* FID of the DF the template makes, 0 when it makes none of its own. */
uint16_t template_fid_of_df(struct template_rows t);

struct path { uint16_t fid[PATH_MAX_DEPTH]; unsigned depth; };

struct profile_reader {
	struct rsp_ctx mem;      /* everything the result points to */
	struct profile p;
	size_t cap_elements, cap_files, cap_pins, cap_puks, cap_akas;
	struct path df;          /* current DF of generic file management */
	struct path pin_context; /* where a pinCodes element belongs */
	struct path naa;         /* last ADF made: akaParameter, templates below an ADF */
	uint16_t naa_fid;        /* last NAA by PE-USIM, ISIM, CSIM or a generic ADF */
	bool pin_context_is_mf, has_mf, ended;
	size_t file_at;          /* file that fills go to, as index + 1; 0: none */
	size_t fill_at;          /* running pointer of relative fills */
	/* of the element being read */
	struct rsp_ctx *c;
	unsigned pe;
	struct pe_status status;
};

/* Record why an element fails: status for the card's answer, a sentence for people. Returns REFUSED. */
enum rsp_status pe_fail(struct profile_reader *r, unsigned status, const char *fmt, ...) RSP_PRINTF(3, 4);

/* The members of an element in order, by the generated type's own names. */
struct pe_member { const char *name; uint32_t tag; struct bytes value; };
struct asn_TYPE_descriptor_s;
bool pe_next(const struct asn_TYPE_descriptor_s *td, struct bytes *rest, struct pe_member *out);

/* An Fcp as it stands in a package; absent spans were not given. */
struct fcp {
	struct bytes descriptor, fid, df_name, lcsi, arr, size, pin_status, sfi, link;
	bool has_info;
	struct bytes special, fill, repeat, max_size;
};
RSP_MUST_USE enum rsp_status fcp_read(struct profile_reader *r, struct bytes value, struct fcp *out);
/* A new file in `parent` from a template's row (may be NULL) and an Fcp; becomes the file that fills go to. */
RSP_MUST_USE enum rsp_status file_create(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *fcp);
RSP_MUST_USE enum rsp_status file_skip(struct profile_reader *r, struct bytes number);
RSP_MUST_USE enum rsp_status file_fill(struct profile_reader *r, struct bytes content);
struct profile_file *file_find(struct profile_reader *r, const struct path *path);
void path_join(struct path *out, const struct path *parent, uint16_t fid);
/* FIDs of a path in octets; false: odd, or too deep. */
bool path_read(struct bytes octets, struct path *out);

/* One function a family of elements: value is the element's, without its own tag. */
enum rsp_status pe_header(struct profile_reader *r, struct bytes value);
enum rsp_status pe_template(struct profile_reader *r, enum pe_kind kind, const struct asn_TYPE_descriptor_s *td, struct bytes value);
enum rsp_status pe_gfm(struct profile_reader *r, struct bytes value);
enum rsp_status pe_pin(struct profile_reader *r, struct bytes value);
enum rsp_status pe_puk(struct profile_reader *r, struct bytes value);
enum rsp_status pe_aka(struct profile_reader *r, struct bytes value);

/* Room for one more at the end of one of the profile's lists; NULL: no memory. */
struct profile_file *add_file(struct profile_reader *r);
struct profile_pin *add_pin(struct profile_reader *r);
struct profile_puk *add_puk(struct profile_reader *r);
struct profile_aka *add_aka(struct profile_reader *r);

#endif
