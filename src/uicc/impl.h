// SPDX-License-Identifier: BSD-2-Clause
/* Inside uicc/. */
#ifndef UICC_IMPL_H
#define UICC_IMPL_H

#include "tlv/tlv.h"
#include "uicc/uicc.h"

#define CHANNELS 20
#define AID_MAX 16

struct fs_path { uint16_t fid[PATH_MAX_DEPTH]; unsigned depth; };

/* What the memory says of a file; texts and lists point into the arena. */
struct fs_file {
	struct fs_path path;       /* as selected */
	struct fs_path body;       /* where its content lies: of the target when it is a link */
	struct profile_file info;  /* content not filled in */
	uint8_t closed;            /* 0, or the life cycle status of a DF above it that is deactivated or terminated */
};

struct channel {
	bool open;
	struct fs_path df;
	struct fs_path ef;
	bool has_ef;
	unsigned record;           /* record pointer; 0: undefined */
	uint8_t aid[AID_MAX]; unsigned aid_n;   /* active application; 0: none */
	uint16_t adf;
	/* A data object on its way, in blocks, out of the current EF or into it; at most one (TS 102 221 11.3.0). */
	struct {
		enum { NO_TRANSFER, RETRIEVING, SETTING } kind;
		struct buf data;
		size_t at, last;       /* RETRIEVING: where the next and the previous block begin; SETTING: last likewise */
		size_t want;           /* SETTING: octets when complete */
	} transfer;
};

#define VERIFIED_MAX 32

/* A secured packet whose short messages come one by one: parts by number, from one originating address under one reference. */
#define SMS_ASSEMBLIES 4
struct sms_assembly {
	unsigned reference, total;       /* total 0: free */
	uint8_t from[12]; size_t from_n;
	struct buf part[255];
	unsigned age;                    /* the smallest is the oldest */
};

struct ota_target;

struct uicc {
	struct nvm *nvm;
	char prefix[16];           /* "p/01/", or "" when no profile is enabled */
	struct channel channel[CHANNELS];
	struct { uint8_t ref; struct fs_path context; } verified[VERIFIED_MAX];
	unsigned n_verified;
	const struct uicc_ports *ports;
	struct sms_assembly *sms;  /* SMS_ASSEMBLIES of them, or NULL */
	unsigned sms_age;
	struct buf proactive;      /* a command for the terminal that the card above has not taken yet */
};

/* One command being run. */
struct uicc_call {
	struct uicc *u;
	struct rsp_ctx *c;
	const struct apdu *a;
	struct channel *ch;
	struct bytes data;         /* answer */
	const struct ota_target *remote;   /* a script's, which has rights instead of PINs; NULL: a terminal's */
};
/* The table: which command, does its class and the state of the card let it be. */
unsigned run_command(struct uicc_call *k);
void channel_clear(struct channel *ch);

/* ---- memory (store.c) ---- */
/* Find by path from the MF, through links. False: no such file. */
bool fs_find(struct uicc *u, struct rsp_ctx *c, const struct fs_path *path, struct fs_file *out);
bool fs_child(struct uicc *u, struct rsp_ctx *c, const struct fs_path *df, uint16_t fid, struct fs_file *out);
/* The body; BER-TLV: its TLVs. In the arena, or in the card's memory and valid until that changes. */
struct bytes fs_read(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f);
RSP_MUST_USE enum rsp_status fs_write(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f, struct bytes content);
RSP_MUST_USE enum rsp_status fs_set_lcsi(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f, uint8_t lcsi);
/* A file as it is stored, without following links; and stored again, or anew, with its content. */
bool fs_own(struct uicc *u, struct rsp_ctx *c, const struct fs_path *path, struct fs_file *out);
RSP_MUST_USE enum rsp_status fs_put_own(struct uicc *u, struct rsp_ctx *c, const struct profile_file *f);
RSP_MUST_USE enum rsp_status fs_put(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile_file *f);
bool fs_read_meta(struct rsp_ctx *c, struct bytes value, struct fs_file *out);
struct bytes fs_key(struct rsp_ctx *c, const char *prefix, const char *kind, const uint16_t *fid, unsigned depth);
bool is_df(enum file_kind k);

/* ---- selection (select.c) ---- */
unsigned run_select(struct uicc_call *k);
unsigned run_status(struct uicc_call *k);
/* The file by path: 3F00 is not in it, 7FFF may begin it (TS 102 221 8.4.1). */
bool file_by_path(struct uicc_call *k, struct bytes octets, bool from_mf, struct fs_file *out);
/* The ADF with exactly this name. */
bool fs_adf_named(struct uicc *u, struct rsp_ctx *c, struct bytes name, struct fs_file *out);
/* What SELECT answers of the file that is current now: its parameters unless they are not wanted, and its state. */
unsigned select_answer(struct uicc_call *k, const struct fs_file *f);
/* Not reserved, not in use in df, nor by what SELECT by FID would find first there: df itself, its parent, the DFs beside it; name: an ADF's. */
unsigned place_free(struct uicc_call *k, const struct fs_file *df, uint16_t fid, struct bytes name);
/* The EF a command means: current, or by SFI (sfi > 0), which selects it. SW 9000, 6986 or 6A82. */
unsigned current_ef(struct uicc_call *k, unsigned sfi, struct fs_file *out);
struct bytes fcp_of(struct uicc_call *k, const struct fs_file *f);
/* f becomes current; a transfer of a data object ends. */
void channel_select(struct channel *ch, const struct fs_file *f);

/* ---- access (access.c) ---- */
enum access { ACCESS_READ = 0x01, ACCESS_UPDATE = 0x02, ACCESS_DEACTIVATE = 0x08, ACCESS_ACTIVATE = 0x10, ACCESS_TERMINATE = 0x20, ACCESS_DELETE = 0x40,
	/* of a DF */ ACCESS_DELETE_CHILD = 0x01, ACCESS_CREATE_EF = 0x02, ACCESS_CREATE_DF = 0x04 };
/* 9000, or 6982. ins 0: by the access mode octet; otherwise by the command description with this INS. */
unsigned check_access(struct uicc_call *k, const struct fs_file *f, unsigned mode, unsigned ins);
/* The same for an EF's content, which its life cycle may close: 6985 when terminated, 6984 when deactivated and not readable so. */
unsigned check_content_access(struct uicc_call *k, const struct fs_file *f, unsigned mode, unsigned ins);
#define LCSI_TERMINATED 0x0C   /* to 0F */
/* 6985 or 6984 when a DF above the file is terminated or deactivated, 9000 otherwise. */
unsigned check_ancestors(const struct fs_file *f);

/* ---- PINs (pin.c) ---- */
unsigned run_pin(struct uicc_call *k);
/* Is the condition of key reference ref satisfied for somebody at df: disabled, or verified in this card session? */
bool pin_satisfied(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df);
bool pin_enabled(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df);
/* The universal PIN stands in for an application PIN of this list. */
bool pin_universal_used(struct uicc *u, struct rsp_ctx *c, struct bytes refs, const struct fs_path *df);
/* The application PIN of an ADF, the first of its references 01 to 08 (01 when it lists none): satisfied, or not there. */
bool application_pin_satisfied(struct uicc *u, struct rsp_ctx *c, const struct fs_path *adf);
#define PIN_UNIVERSAL 0x11
void pin_forget_all(struct uicc *u);
/* Those that are defined in this DF or below. */
void pin_forget_below(struct uicc *u, const struct fs_path *top);

/* ---- the rest ---- */
unsigned run_read_binary(struct uicc_call *k);
unsigned run_update_binary(struct uicc_call *k);
unsigned run_read_record(struct uicc_call *k);
unsigned run_update_record(struct uicc_call *k);
unsigned run_search_record(struct uicc_call *k);
unsigned run_increase(struct uicc_call *k);
unsigned run_retrieve_data(struct uicc_call *k);
unsigned run_set_data(struct uicc_call *k);
void transfer_end(struct channel *ch);
unsigned run_envelope(struct uicc_call *k);
void sms_forget(struct uicc *u);
/* May the remote command touch the file at all; and does it count as verified by this key reference? */
bool remote_enters(const struct uicc_call *k, const struct fs_file *f);
bool remote_verified(const struct uicc_call *k, const struct fs_file *f, uint8_t ref);
unsigned run_activate(struct uicc_call *k);
unsigned run_deactivate(struct uicc_call *k);
unsigned run_create(struct uicc_call *k);
unsigned run_resize(struct uicc_call *k);
unsigned run_delete(struct uicc_call *k);
unsigned run_terminate_df(struct uicc_call *k);
unsigned run_terminate_ef(struct uicc_call *k);
unsigned run_terminate_card(struct uicc_call *k);
unsigned run_get_identity(struct uicc_call *k);
unsigned run_authenticate(struct uicc_call *k);
unsigned run_challenge(struct uicc_call *k);

#endif
