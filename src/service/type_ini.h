// SPDX-License-Identifier: BSD-2-Clause
/* What NAME.ini beside a package says of a profile type. */
#ifndef SERVICE_TYPE_INI_H
#define SERVICE_TYPE_INI_H

#include <esimlab/smdpp.h>

/* As the file says; NULL and 0: it does not. */
struct type_ini {
	struct profile_type *type;
	const char *icon, *package;  /* names of files in the folder */
	int is_template;             /* 1 yes, -1 no */
};

/* path is for the sentences. IO names file, line and what was wanted: whoever set the server up is at fault, not the caller. */
RSP_MUST_USE enum rsp_status type_ini_read(struct rsp_ctx *c, const char *path, struct bytes text, struct type_ini *out);

#endif
