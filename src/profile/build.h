// SPDX-License-Identifier: BSD-2-Clause
/* From a description to a package: what the files of the builder share. */
#ifndef PROFILE_BUILD_H
#define PROFILE_BUILD_H

#include "profile/impl.h"

enum { DESCRIBED_FILES = 64, DESCRIBED_ELEMENTS = 200, DESCRIBED_SETTINGS = 400 };

struct extra_file { char path[40], kind[12], size[8], record[8], access[8], sfi[8]; struct bytes content; };

struct setting { const char *name, *value; bool used; };

/* An [element KIND LABEL] or [raw LABEL] section. */
struct section {
	const char *title;
	bool raw;
	enum pe_kind kind;
	struct setting *set;
	size_t n, cap;
};

struct description {
	struct rsp_ctx *c;
	const char *error;       /* of the first line with a mistake */
	bool failed;
	char type[101], iccid[24], version[8], services[400], templates[400], libraries[200], iot_pix[40];
	char pin1[9], puk1[9], pin2[9], puk2[9], adm1[17], pin1_enabled[5];
	char aid[33], imsi[16], spn[32], msisdn[20], smsc[20], mnc_digits[2], algorithm[12], ust[64];
	struct bytes k, opc, kic, kid, kik;
	struct extra_file file[DESCRIBED_FILES];
	size_t n_files;
	struct section section[DESCRIBED_ELEMENTS];
	size_t n_sections;
};

/* The package being written. */
struct builder {
	struct rsp_ctx *c;
	struct buf out;
	unsigned id;             /* last identification given */
};

/* The element's tag and header; identification 0: the next. */
size_t build_open(struct builder *b, uint32_t tag, unsigned identification, bool mandated);
/* "element usim: ef-imsi: what": MALFORMED. */
enum rsp_status build_fail(struct builder *b, const struct section *s, const char *name, const char *what);
/* The value of a setting, marked as used; NULL: not there. */
const char *build_setting(struct section *s, const char *name);
/* Hex with spaces between; absent text: absent octets. */
RSP_MUST_USE enum rsp_status build_hex(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out);
/* A number from 0 to most, decimal or 0x. */
RSP_MUST_USE enum rsp_status build_number(struct builder *b, const struct section *s, const char *name, const char *text, unsigned most, unsigned *out);
/* FIDs with strokes between, "3F00" or "" is the MF, to octets. */
RSP_MUST_USE enum rsp_status build_path(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out);
/* "word value, word value": the next pair off *rest; false at the end. */
bool build_word(struct builder *b, const char **rest, const char **word, const char **value);

RSP_MUST_USE enum rsp_status build_section(struct builder *b, struct section *s);
/* A File of a template's element; words NULL or "": an empty one. any_size: for what the template has no size for, 0: nothing. */
RSP_MUST_USE enum rsp_status build_file(struct builder *b, struct section *s, const struct template_row *row, uint32_t tag, const char *words,
	unsigned any_size);
/* Commands of generic file management for one file. */
RSP_MUST_USE enum rsp_status build_generic(struct builder *b, struct section *s, const char *path, const char *words);
RSP_MUST_USE enum rsp_status build_aka(struct builder *b, struct section *s);
RSP_MUST_USE enum rsp_status build_codes(struct builder *b, struct section *s);
RSP_MUST_USE enum rsp_status build_sd(struct builder *b, struct section *s);
RSP_MUST_USE enum rsp_status build_rfm(struct builder *b, struct section *s);
RSP_MUST_USE enum rsp_status build_application(struct builder *b, struct section *s);
/* tag and octets, when the setting is there; REFUSED of a missing one when it is needed. */
RSP_MUST_USE enum rsp_status build_octets(struct builder *b, struct section *s, const char *name, uint32_t tag, bool needed);

/* The header: version, services and templates as said, or as the elements need them. standard: the short form's elements come too. */
RSP_MUST_USE enum rsp_status build_header(struct builder *b, struct description *d, const uint8_t plain_iccid[10], bool standard);
/* The short form, up to akaParameter, and what comes after the described elements. */
RSP_MUST_USE enum rsp_status build_standard(struct builder *b, const struct description *d, const uint8_t iccid[10]);
RSP_MUST_USE enum rsp_status build_standard_rest(struct builder *b, const struct description *d);
/* Octets of a dotted object identifier. */
RSP_MUST_USE enum rsp_status build_oid(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out);
/* The version of its template that a section asks for. */
RSP_MUST_USE enum rsp_status build_template(struct builder *b, struct section *s, struct template_rows *out);

#endif
