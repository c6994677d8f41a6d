// SPDX-License-Identifier: BSD-2-Clause
/* A card by itself: no server, no LPA. Profiles are put in directly, ES10 commands are written as hex. */
#ifndef TESTS_SUPPORT_BARE_H
#define TESTS_SUPPORT_BARE_H

#include "support/test.h"

#include <esimlab/euicc.h>
#include <esimlab/profile.h>

#include "codec/es10.h"
#include "codec/es8p.h"
#include "image/image.h"
#include "pki/pki.h"

struct bare {
	struct rsp_ctx *c;               /* the test's, with cryptography until bare_close; what is answered is in it */
	struct crypto *crypto;
	struct pki *pki;                 /* P-256 alone */
	struct image *image;
	struct euicc *e;
	struct profile_template *template;
};

/* traits as INI text over the usual, or NULL. */
void bare_open(struct bare *b, struct rsp_ctx *c, const char *traits);
void bare_close(struct bare *b);
/* Off and on. */
void bare_power(struct bare *b);
/* The profile with ICCID 8900100000000000NNN; *m says the rest, its iccid is filled in; NULL: an operational one without anything. */
void bare_metadata(const struct store_metadata *m, unsigned n, uint8_t iccid[10], struct store_metadata *out);
enum rsp_status bare_install(struct bare *b, unsigned n, const struct store_metadata *m, struct euicc_installed *out);
/* The answer in hex, or the status word when it is not 9000. */
const char *bare_es10(struct bare *b, const char *hex);
/* BF31, BF32 or BF33 of the profile: the result's number. */
int bare_switch(struct bare *b, uint32_t tag, unsigned n, bool refresh);
/* One APDU in hex; the status word. *data may be NULL. */
unsigned bare_apdu(struct bare *b, const char *hex, struct bytes *data);
/* "001E 002d": each profile's number and Enabled or disabled. */
const char *bare_states(struct bare *b);
/* "0:install/dp 1:delete/dp": number, event and address of each pending notification. */
const char *bare_notifications(struct bare *b);
uint32_t bare_free(struct bare *b);      /* extCardResource's free memory */

#endif
