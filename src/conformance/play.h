// SPDX-License-Identifier: BSD-2-Clause
/*
 * Playing one case: its actors, the answer that came last, what was kept, the verdict. A step ends well, or with how the case ends: FAIL when the target did
 * other than was wanted, INCONCLUSIVE when that could not be found out.
 */
#ifndef CONFORMANCE_PLAY_H
#define CONFORMANCE_PLAY_H

#include "codec/es10.h"
#include "codec/es2p.h"
#include "codec/es8p.h"
#include "codec/es9p.h"
#include "conformance/script.h"
#include "conformance/world.h"

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_NOT_APPLICABLE, VERDICTS };
const char *verdict_name(enum verdict v);

struct result {
	enum verdict verdict;
	const struct step *step;       /* that ended it; NULL: none did */
	char wanted[120], had[120], cause[300];
	char *log;                     /* of all actors, lines; malloc'd, freed by result_free */
	unsigned ms;
};
void result_free(struct result *r);

struct member { const char *name; struct bytes value; };

/* A eUICC that the test holds, and its LPA: what ES9+ needs of them. */
struct sim_euicc {
	char eid[33];
	struct pki_identity id;
	struct bytes eum;              /* certificate, DER */
	const struct pki_branch *branch;
	struct ec_key *otsk;
	uint8_t challenge[16];
	struct es9p_response initiated, client, bound;
	struct bytes signature1, prepared_txid;
};

/* An SM-DP+ that the test holds, and the LPA between: what ES10 and ES8+ need of them. */
struct sim_server {
	const struct pki_branch *branch;
	struct bytes euicc_challenge, transaction_id, server_challenge;
	struct bytes euicc_signed1, signature1, euicc_point;   /* of the card's answer */
	struct bytes otpk;             /* of the card */
	struct bytes smdp_signature2;  /* 5F37, whole */
	struct ec_key *otsk;
	struct smdpp_order order; bool has_order;              /* the profile that is delivered */
	struct bytes bpp;
};

/* What is around an LPA that is tested. */
struct sim_user {
	const struct step *answer[ES9P_FUNCTIONS];   /* what the SM-DP+ says next */
	struct http_port port, *http;
	struct bytes signature1, typed;
	bool refuses;
	unsigned asked[ES9P_FUNCTIONS];
	int cancelled;                 /* reason; -1: it has not been */
	enum rsp_status broken;        /* an answer could not be made */
};

#define MEMBERS_MAX 16
#define KEPT_MAX 32

struct play {
	struct world *w;
	const struct scenario *s;
	struct rsp_ctx c;              /* of this case */
	bool der;                      /* ES9+ in ASN.1 */
	struct buf log;
	char verdict[80], said[200];   /* of the last answer; what the target said beside it */
	int number;                    /* the error in ASN.1, 0 none */
	enum es9p_function function;   /* whose number that is */
	bool has_answer;
	struct member member[MEMBERS_MAX]; size_t n_members;
	struct member kept[KEPT_MAX]; size_t n_kept;
	size_t changed;                /* changes of the step that have been made */
	struct sim_euicc e;
	struct sim_server d;
	struct sim_user l;
	struct apdu_channel channel;
	unsigned calls;
};

/* One case in one binding. The world is as before, but for what the target keeps. */
void play_case(struct world *w, const struct scenario *s, bool der, struct result *out);

/* ---- for the functions ---- */

/* The text of a field, or the octets of the variable it names; absent when not given. REFUSED: no such variable. */
RSP_MUST_USE enum rsp_status play_field(struct play *p, const struct step *s, const char *name, struct bytes *out);
/* hashCc of the field "code": SHA-256(SHA-256(code) || transactionId) (SGP.22 5.7.5); absent when there is none. */
RSP_MUST_USE enum rsp_status play_hash_code(struct play *p, const struct step *s, struct bytes transaction_id, struct bytes *out);
/* The field in hex. */
RSP_MUST_USE enum rsp_status play_hex(struct play *p, const struct step *s, const char *name, struct bytes *out);
/* A decimal number, or otherwise. */
RSP_MUST_USE enum rsp_status play_number(struct play *p, const struct step *s, const char *name, uint64_t otherwise, uint64_t *out);
bool play_has(const struct step *s, const char *name);
/* Is the field given, with this very text? */
bool play_says(const struct step *s, const char *name, const char *text);
/* The changes of the step that belong to this TLV, before or after signing. */
RSP_MUST_USE enum rsp_status play_mutate(struct play *p, const struct step *s, bool after_sign, struct bytes *der);
/* The same for a TLV that a path calls by another name than its tag ("PE": the elements of a package inside a 30). */
RSP_MUST_USE enum rsp_status play_mutate_as(struct play *p, const struct step *s, bool after_sign, const char *name, struct bytes *der);
/* A change's value: hex, or the octets kept under $NAME. */
RSP_MUST_USE enum rsp_status play_octets(struct play *p, const char *text, struct bytes *out);

/* What the target answered: its verdict, and then its members. */
void play_verdict(struct play *p, const char *fmt, ...) RSP_PRINTF(2, 3);
void play_member(struct play *p, const char *name, struct bytes value);
void play_note(struct play *p, const char *actor, const char *arrow, const char *fmt, ...) RSP_PRINTF(4, 5);
/* The value at a path: "serverSigned1/30/80", "BF2E/80"; "" is the answer itself. False: it is not there. */
bool play_value(const struct play *p, const char *path, struct bytes *out);

/* The number that stands for this code in the ASN.1 binding of this function (SGP.22 annex, RSPDefinitions); 127 when it has none. */
int code_number(enum es9p_function f, const char *code);
/* What may have gone wrong when this was wanted and that was had, in words. */
const char *likely_cause(struct rsp_ctx *c, const struct step *s, const char *wanted, const char *had);

/* ---- es9_sim.c, es9_check.c, es8_sim.c ---- */
RSP_MUST_USE enum rsp_status sim_euicc_open(struct play *p);
void sim_euicc_close(struct play *p);
RSP_MUST_USE enum rsp_status sim_server_open(struct play *p);
void sim_server_close(struct play *p);
/* As the eUICC and its LPA look at an answer that says yes: NULL, or what is wrong with it. */
const char *check_initiated(struct play *p, const struct es9p_response *r);
const char *check_client(struct play *p, const struct es9p_response *r);
/* And the whole package, which is opened: members configureIsdp, metadata, replaceSessionKeys, elements. */
const char *check_bound(struct play *p, const struct es9p_response *r);

/* An SM-DS's answer, read as ES11 has it; its events are members. */
RSP_MUST_USE enum rsp_status sim_es11_read(struct play *p, enum es9p_function f, struct bytes answer, struct es9p_response *r);
/* Its numbers are others than ES9+'s. */
#define ES11_AUTHENTICATE_CLIENT ((enum es9p_function)(ES9P_FUNCTIONS + 1))

/* ---- sends ---- */
typedef enum rsp_status send_function(struct play *p, const struct step *s);
send_function send_initiate, send_authenticate, send_prepare, send_cancel, send_notification, send_es2p, send_told, send_es12, send_raw;
send_function send_es10_plain, send_es10_profile, send_es10_raw, send_authenticate_server, send_prepare_download, send_es10_cancel, send_bpp, send_apdu;

#endif
