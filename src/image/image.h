// SPDX-License-Identifier: BSD-2-Clause
/*
 * A card's image: one file, a log of commits, or the same in memory. Each commit is one record {length, changes, checksum}; opening
 * reads the log, drops an unfinished last record, and refuses with a clear sentence what is not an image. kill -9 at any octet leaves the
 * old or the new card. The file is locked exclusively while open.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "uicc/nvm.h"

struct image;

/* A new, empty image; STATE when the file exists already. */
RSP_MUST_USE enum rsp_status image_create(struct rsp_ctx *c, const char *path, struct image **out);
/* IO: cannot open; STATE: another process holds it; MALFORMED: not an image, or damaged before its last commit. */
RSP_MUST_USE enum rsp_status image_open(struct rsp_ctx *c, const char *path, struct image **out);
RSP_MUST_USE enum rsp_status image_open_readonly(struct rsp_ctx *c, const char *path, struct image **out);   /* shared lock, or none while another process writes */
RSP_MUST_USE enum rsp_status image_memory(struct rsp_ctx *c, struct image **out);
/* fsync after each commit (default true); off for demos and benches that say so. */
void image_set_sync(struct image *i, bool on);
struct nvm *image_nvm(struct image *i);    /* lives as long as the image */
void image_close(struct image *i);         /* uncommitted changes are dropped; compacts a log that is mostly dead */

#endif
