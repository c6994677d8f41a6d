// SPDX-License-Identifier: BSD-2-Clause
/* Which checks the eUICC makes for each function, in order. The code of a row is the ASN.1 error number of that function's answer. */
#ifndef EUICC_CHECKS_H
#define EUICC_CHECKS_H

#include <esimlab/euicc.h>

#include "base/check.h"

struct euicc_checks {
	struct rsp_checks authenticate_server, prepare_download, cancel_session;
	struct rsp_checks initialise_secure_channel, store_metadata;
	struct rsp_checks enable, disable, delete_profile;
};

/* The tables of this card, to be changed by a deliberately broken one. */
struct euicc_checks *euicc_checks(struct euicc *e);

#endif
