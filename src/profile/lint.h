// SPDX-License-Identifier: BSD-2-Clause
/* Inside lint: a rule is a function that walks the profile and says what it finds. */
#ifndef PROFILE_LINT_H
#define PROFILE_LINT_H

#include "profile/impl.h"

struct lint { struct rsp_ctx *c; const struct profile *p; struct lint_findings *out; const struct lint_rule *rule; size_t cap; };

struct lint_rule { char level; unsigned number; void (*run)(struct lint *l); };

void lint_found(struct lint *l, unsigned pe, const char *fmt, ...) RSP_PRINTF(3, 4);

/* Rules about files. */
void lint_pin_status_without_pin(struct lint *l);
void lint_df_without_pin_status(struct lint *l);
void lint_sfi_repeated(struct lint *l);
void lint_access_rule_missing(struct lint *l);
void lint_iccid_differs(struct lint *l);
void lint_imsi_wrong(struct lint *l);
void lint_access_class(struct lint *l);
void lint_dir_without_application(struct lint *l);
void lint_fplmn_size(struct lint *l);
void lint_content_missing(struct lint *l);
void lint_service_of_files(struct lint *l);

#endif
