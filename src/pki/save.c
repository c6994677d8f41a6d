// SPDX-License-Identifier: BSD-2-Clause
/* A PKI into a folder, under SGP.26 names: all of it or nothing. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/impl.h"

#define PLAN_MAX 48
#define CERT_MODE 0644
#define KEY_MODE 0600

static const char note[] = "TEST ONLY: certificates and keys for tests.\n"
	"Whoever made this folder may have given its keys to anybody: never trust them for anything real.\n";

struct plan {
	struct rsp_ctx *c;
	const char *dir;
	struct { const char *path; mode_t mode; struct bytes data; } file[PLAN_MAX];
	size_t n;
};

static enum rsp_status
plan_file(struct plan *p, const char *name, const char *suffix, const char *ending, mode_t mode, struct bytes data)
{
	const char *path = rsp_sprintf(p->c, "%s/%s%s%s", p->dir, name, suffix, ending);

	if (!path)
		return RSP_NOMEM;
	if (p->n == PLAN_MAX)
		return rsp_fail(p->c, RSP_LIMIT, "%s: more than %d files", p->dir, PLAN_MAX);
	if (access(path, F_OK) == 0)
		return rsp_fail(p->c, RSP_STATE, "%s: is there already; nothing was written", path);
	p->file[p->n].path = path;
	p->file[p->n].mode = mode;
	p->file[p->n++].data = data;
	return RSP_OK;
}

static enum rsp_status
plan_identity(struct plan *p, const struct pki_shape *s, const struct pki_identity *id)
{
	const char *suffix;
	struct bytes key;
	enum rsp_status st;

	if (!id->cert)
		return RSP_OK;
	suffix = pki_curve_suffix(id->cert->curve);
	st = plan_file(p, s->file, suffix, ".der", CERT_MODE, id->cert->der);
	if (st != RSP_OK || !id->key)
		return st;
	st = ec_key_write(p->c, id->key, &key);
	return st == RSP_OK ? plan_file(p, s->key_file, suffix, ".p8", KEY_MODE, key) : st;
}

static enum rsp_status
plan_crl(struct plan *p, enum ec_curve curve, const struct pki_crl *crl)
{
	struct bytes der;
	enum rsp_status st;

	if (!crl)
		return RSP_OK;
	st = pki_crl_der(p->c, crl, &der);
	return st == RSP_OK ? plan_file(p, PKI_CRL_FILE, pki_curve_suffix(curve), ".der", CERT_MODE, der) : st;
}

/* The mode is given at creation: a key is never readable by others, not even for a moment. */
static enum rsp_status
write_files(struct plan *p)
{
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		int fd = open(p->file[i].path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, p->file[i].mode);
		bool good = fd >= 0 && file_write_all(fd, p->file[i].data);
		int why = errno;

		if (fd >= 0 && close(fd) != 0 && good) {
			why = errno;
			good = false;
		}
		if (good)
			continue;
		for (k = fd >= 0 ? i + 1 : i; k > 0; k--)
			unlink(p->file[k - 1].path);
		return rsp_fail(p->c, why == EEXIST ? RSP_STATE : RSP_IO, "%s: cannot write: %s", p->file[i].path, strerror(why));
	}
	return RSP_OK;
}

enum rsp_status
pki_save(struct rsp_ctx *c, const char *dir, const struct pki *p)
{
	struct plan plan = {.c = c, .dir = dir};
	enum rsp_status st;
	int curve;
	size_t i;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return rsp_fail(c, RSP_IO, "%s: cannot make the folder: %s", dir, strerror(errno));
	st = plan_file(&plan, "README", "", ".txt", CERT_MODE, bytes_of(note, sizeof(note) - 1));
	for (curve = EC_P256; st == RSP_OK && curve <= EC_BP256; curve++) {
		struct pki_branch *b = (struct pki_branch *)(uintptr_t)&p->branch[curve];

		for (i = 0; st == RSP_OK && i < pki_shape_count; i++)
			st = plan_identity(&plan, &pki_shapes[i], pki_identity_at(b, &pki_shapes[i]));
		if (st == RSP_OK)
			st = plan_crl(&plan, (enum ec_curve)curve, b->crl);
	}
	return st == RSP_OK ? write_files(&plan) : st;
}

enum rsp_status
pki_make(struct rsp_ctx *c, const char *dir, const struct pki_make_options *o)
{
	struct pki *p = NULL;
	enum rsp_status st = pki_make_memory(c, o, &p);

	if (st == RSP_OK)
		st = pki_save(c, dir, p);
	pki_free(p);
	return st;
}
