// SPDX-License-Identifier: BSD-2-Clause
/*
 * Profile packages of the interoperable format (TCA/SIMalliance, PEDefinitions 2.x and 3.x): reading into a flat list of what a card
 * must create, checking, personalising, building from a description.
 */
#ifndef ESIMLAB_PROFILE_H
#define ESIMLAB_PROFILE_H

#include <esimlab/rsp.h>

enum file_kind { FILE_MF, FILE_DF, FILE_ADF, FILE_TRANSPARENT, FILE_LINEAR, FILE_CYCLIC, FILE_BERTLV };
#define PATH_MAX_DEPTH 6
#define PROFILE_PACKAGE_MAX (1u << 20)   /* octets */

/* A file with everything templates, fills and defaults said, put together. */
struct profile_file {
	uint16_t path[PATH_MAX_DEPTH];   /* FIDs below the MF, own one last; an ADF's is its temporary FID */
	unsigned depth;                  /* 0: the MF */
	enum file_kind kind;
	char name[24];                   /* "EF.IMSI" when a template names it, else "" */
	struct bytes df_name;            /* ADF: its AID */
	size_t size;                     /* EF body in octets (BER-TLV: reserved) */
	size_t max_size;                 /* BER-TLV; 0: not given */
	unsigned record_size;            /* record files */
	uint8_t lcsi;                    /* 05 unless given */
	uint8_t descriptor;              /* first octet of the file descriptor */
	uint16_t arr_fid;                /* securityAttributesReferenced: EF.ARR's FID and record */
	uint8_t arr_record;
	uint8_t sfi;                     /* 1..30, 0: none */
	uint8_t special;                 /* specialFileInformation: 80 high update activity, 40 readable when deactivated */
	struct bytes pin_status;         /* MF, DF, ADF: key references in the package's order; absent: not given */
	struct bytes content;            /* EF: `size` octets (records one after the other); BER-TLV: its TLVs */
	uint16_t link[PATH_MAX_DEPTH];   /* EF or DF that is a link: path of the real one from the MF */
	unsigned link_depth;             /* 0: no link */
	unsigned pe;                     /* index of the profile element it came from, 0 = header */
};

struct profile_pin {
	uint16_t context[PATH_MAX_DEPTH];  /* where it is defined; depth 0: global, at the MF */
	unsigned context_depth;
	uint8_t ref;                     /* 01.. 0A.. 81.. */
	uint8_t value[8];
	uint8_t unblock_ref;             /* PUK's reference, 0 none */
	uint8_t attributes;              /* bit 1 enabled, bit 2 changeable, bit 3 may be disabled ... as in the package */
	uint8_t max_tries, tries_left;
	unsigned pe;                     /* index of the profile element it came from */
};

struct profile_puk { uint8_t ref, value[8], max_tries, tries_left; };

enum aka_algorithm { AKA_MILENAGE = 1, AKA_TUAK = 2, AKA_TEST = 3 };

struct profile_aka {
	uint16_t adf;                    /* temporary FID of the NAA it belongs to */
	struct bytes mapping_source;     /* present: take the parameters of the NAA with this AID */
	uint8_t mapping_options;
	enum aka_algorithm algorithm;
	uint8_t options;                 /* algorithmOptions */
	struct bytes key, opc;           /* 16 octets (TUAK 16/32, 32) */
	uint8_t rotation[5], xoring[5][16];
	unsigned keccak_iterations;
	uint32_t auth_counter_max;       /* 0: unlimited */
	uint8_t sqn_options;
	uint8_t sqn_delta[6], sqn_age_limit[6], sqn_init[32][6];
};

enum pe_kind { PE_HEADER, PE_GFM, PE_PIN, PE_PUK, PE_AKA, PE_CDMA, PE_SD, PE_RFM, PE_APPLICATION, PE_NON_STANDARD, PE_END, PE_MF, PE_CD, PE_TELECOM,
	PE_USIM, PE_OPT_USIM, PE_ISIM, PE_OPT_ISIM, PE_PHONEBOOK, PE_GSM_ACCESS, PE_CSIM, PE_OPT_CSIM, PE_EAP, PE_DF_5GS, PE_DF_SAIP, PE_DF_SNPN,
	PE_5GPROSE, PE_IOT, PE_OPT_IOT, PE_UNKNOWN };
const char *pe_kind_name(enum pe_kind kind);   /* "usim", "opt-usim" ... the CHOICE's names */

/* How one element was taken: PEStatus of EUICCResponse. status 0 ok, 1 pe-not-supported ... 31 (see the package format). */
struct pe_status { unsigned status; int identification; int additional; int offset; /* -1: not given */ };

/* What has an AID and is no file: security domain (the first is the operator's), remote file management, application instance. */
struct profile_app {
	enum pe_kind kind;               /* PE_SD, PE_RFM, PE_APPLICATION */
	struct bytes aid;
	struct bytes domain;             /* AID of the security domain it belongs to; absent: the operator's */
	struct bytes privileges;         /* security domain, application */
	uint8_t life_cycle;              /* 07 selectable, 0F personalised */
	uint8_t security_level;          /* remote file management: minimum security level */
	uint8_t tar[8][3]; size_t n_tars;
	struct bytes adf;                /* remote file management: AID of the ADF it reaches */
	unsigned n_keys;                 /* security domain */
	unsigned pe;
};

const char *pe_status_name(unsigned status);   /* "invalid-parameter" ...; "status" for a number without a name */
const char *profile_service_name(unsigned i);  /* "usim" ..., the header's names; NULL: there is none of this number */

struct profile_element {
	enum pe_kind kind;
	struct bytes der;                /* whole TLV */
	int identification;              /* -1: header, or not given */
	bool mandated;
	struct pe_status status;
};

struct profile {
	unsigned major, minor;
	uint8_t iccid[10];               /* nibble-swapped as in EF.ICCID and 5A, whatever the header's own order */
	struct bytes type;               /* profileType text, absent */
	uint32_t mandatory_services;     /* bit i = i-th named service of the header */
	struct profile_element *element; size_t n_elements;
	struct profile_file *file;       size_t n_files;      /* parents before children */
	struct profile_pin *pin;         size_t n_pins;
	struct profile_puk *puk;         size_t n_puks;
	struct profile_aka *aka;         size_t n_akas;
	struct profile_app *app;         size_t n_apps;
	struct bytes iot_pix;            /* minimal IoT profile: the rest of its USIM's AID; absent otherwise */
	struct bytes package;            /* the octets it was read from, when read whole */
};

/* Element by element, as segments bring them; keeps its own memory (wiped on free). */
struct profile_reader;
RSP_MUST_USE enum rsp_status profile_reader_new(struct profile_reader **out);
void profile_reader_free(struct profile_reader *r);
/*
 * One whole ProfileElement TLV. OK: taken (status in the element: may be a warning for one that was not mandated).
 * REFUSED or MALFORMED: the installation must be aborted; *failed says how (status, identification, additional, offset), error.text why.
 */
RSP_MUST_USE enum rsp_status profile_reader_add(struct profile_reader *r, struct rsp_ctx *c, struct bytes pe, struct pe_status *failed);
bool profile_reader_ended(const struct profile_reader *r);      /* the end element has come */
const struct profile *profile_reader_result(const struct profile_reader *r);   /* valid until free */

/* A whole package; the result lives until c is reset. The same statuses; error.text names element, file and rule. */
RSP_MUST_USE enum rsp_status profile_read(struct rsp_ctx *c, struct bytes package, const struct profile **out);
/* DER EUICCResponse for these elements (SGP.22 simaResponse). failed NULL: all went well. In the arena. */
RSP_MUST_USE enum rsp_status profile_response(struct rsp_ctx *c, const struct profile *p, const struct pe_status *failed, struct bytes *out);
/* A file by path, e.g. {0x7FD0, 0x6F07}, or NULL. */
const struct profile_file *profile_find(const struct profile *p, const uint16_t *path, unsigned depth);

/* ---- personalising: values put into a template at offsets found once ---- */

struct profile_values {              /* "" or absent: keep the template's */
	char iccid[21], imsi[16];
	struct bytes k, opc;             /* 16 octets */
	struct bytes ota_kic, ota_kid, ota_kik;   /* 16 octets each: AES keys of the first SCP80 key set */
	char pin1[9], puk1[9], adm1[17]; /* digits (adm1: 16 hex digits) */
	char msisdn[16];
};
struct profile_template;             /* shareable between threads once made */
RSP_MUST_USE enum rsp_status profile_template_new(struct rsp_ctx *c, struct bytes package, struct profile_template **out);
void profile_template_free(struct profile_template *t);
/* A new package in the arena, same length as the template. REFUSED when a given value has no place in it or the wrong size. */
RSP_MUST_USE enum rsp_status profile_personalise(struct rsp_ctx *c, const struct profile_template *t, const struct profile_values *v, struct bytes *out);
/* What the values are in a package (of the first USIM). */
RSP_MUST_USE enum rsp_status profile_values_of(struct rsp_ctx *c, const struct profile *p, struct profile_values *out);

/* ---- building and checking ---- */

/* From a readable description (INI text; see esimlab-profile(1)) to DER. MALFORMED names the line. */
RSP_MUST_USE enum rsp_status profile_build(struct rsp_ctx *c, const char *description, struct bytes *package);
/* The same without reading the result back, for packages that a card must refuse. */
RSP_MUST_USE enum rsp_status profile_build_unchecked(struct rsp_ctx *c, const char *description, struct bytes *package);
/* The description of the project's own template profile: USIM with Milenage, mandatory files, PIN/PUK, SMS, OTA keys. Static. */
const char *profile_builtin_description(void);

struct lint_finding { char level; /* 'E' 'W' 'I' */ unsigned number; unsigned pe; const char *text; };
struct lint_findings { struct lint_finding *p; size_t n; };
/* Findings numbered as rules of our own list; never refuses a package that decodes. */
RSP_MUST_USE enum rsp_status profile_lint(struct rsp_ctx *c, struct bytes package, struct lint_findings *out);

#endif
