// SPDX-License-Identifier: BSD-2-Clause
/* A PKI from a folder: SGP.26 file names, flat or in subfolders, DER or PEM. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/impl.h"

#define FILE_MAX (1u << 20)
#define DEPTH_MAX 6
#define FILES_MAX 4000

/* Every file below the folder, those nearest to it first, then by name: the same folder always gives the same PKI. */
struct listing {
	struct rsp_ctx *c;
	const char *path[FILES_MAX];
	size_t n;
};

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static enum rsp_status
add_path(struct listing *l, const char *path, mode_t want)
{
	struct stat info;

	if (!path)
		return RSP_NOMEM;
	/* A link to a folder could lead out of this one, or round in circles. */
	if ((want == S_IFDIR ? lstat(path, &info) : stat(path, &info)) != 0 || (info.st_mode & S_IFMT) != want)
		return RSP_OK;
	if (l->n == FILES_MAX)
		return rsp_fail(l->c, RSP_LIMIT, "%s: more than %d files beside it", path, FILES_MAX);
	l->path[l->n++] = path;
	return RSP_OK;
}

static enum rsp_status
list_folder(struct listing *l, const char *dir, mode_t want)
{
	struct dirent **e = NULL;
	int i, n = scandir(dir, &e, visible, alphasort);
	enum rsp_status st = n < 0 ? rsp_fail(l->c, RSP_IO, "%s: cannot read the folder: %s", dir, strerror(errno)) : RSP_OK;

	for (i = 0; i < n; i++) {
		if (st == RSP_OK)
			st = add_path(l, rsp_sprintf(l->c, "%s/%s", dir, e[i]->d_name), want);
		free(e[i]);
	}
	free(e);
	return st;
}

/* Level by level: the folders of this level, then their files. */
static enum rsp_status
list_tree(struct listing *files, struct listing *folders, const char *dir)
{
	size_t from = 0, to, i;
	enum rsp_status st = RSP_OK;
	unsigned depth;

	folders->path[folders->n++] = dir;
	for (depth = 0; st == RSP_OK && depth < DEPTH_MAX && from < folders->n; depth++) {
		to = folders->n;
		for (i = from; st == RSP_OK && i < to; i++)
			if ((st = list_folder(files, folders->path[i], S_IFREG)) == RSP_OK)
				st = list_folder(folders, folders->path[i], S_IFDIR);
		from = to;
	}
	return st;
}

/* NAME SUFFIX with the first of these endings that is there. */
static const char *
find_file(const struct listing *l, const char *name, const char *suffix, const char *const *endings)
{
	char file[80];
	size_t i;

	for (; *endings; endings++) {
		snprintf(file, sizeof(file), "/%s%s%s", name, suffix, *endings);
		for (i = 0; i < l->n; i++)
			if (strcasecmp(strrchr(l->path[i], '/'), file) == 0)
				return l->path[i];
	}
	return NULL;
}

static enum rsp_status
read_file(struct rsp_ctx *c, const char *path, struct bytes *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	ssize_t n = -1;
	uint8_t *p;

	if (fd < 0 || fstat(fd, &info) != 0) {
		if (fd >= 0)
			close(fd);
		return rsp_fail(c, RSP_IO, "%s: cannot read: %s", path, strerror(errno));
	}
	p = info.st_size <= FILE_MAX ? rsp_alloc(c, (size_t)info.st_size + 1) : NULL;
	if (p)
		n = read(fd, p, (size_t)info.st_size + 1);
	close(fd);
	if (info.st_size > FILE_MAX)
		return rsp_fail(c, RSP_LIMIT, "%s: want at most %u octets, have %lld", path, FILE_MAX, (long long)info.st_size);
	if (!p)
		return RSP_NOMEM;
	if (n != info.st_size)
		return rsp_fail(c, RSP_IO, "%s: cannot read: %s", path, n < 0 ? strerror(errno) : "it changes while it is read");
	*out = bytes_of(p, (size_t)n);
	return RSP_OK;
}

/* Content of the first PEM block of one of these kinds, or the file as it is; text and other blocks may stand before it. */
static struct bytes
without_pem(struct rsp_ctx *c, struct bytes file, const char *const *kinds)
{
	BIO *bio = file.n && file.p[0] != 0x30 ? BIO_new_mem_buf(file.p, (int)file.n) : NULL;
	char *name, *header;
	unsigned char *data;
	struct bytes out = file;
	bool found = false;
	long n;
	size_t i;

	while (bio && !found && PEM_read_bio(bio, &name, &header, &data, &n)) {
		for (i = 0; kinds[i] && !found; i++)
			found = strcmp(name, kinds[i]) == 0;
		if (found)
			out = rsp_copy(c, bytes_of(data, (size_t)n));
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)n);
	}
	BIO_free(bio);
	ERR_clear_error();
	return out;
}

/* The same failure, with the file's name in front. */
static enum rsp_status
in_file(struct rsp_ctx *c, const char *path, enum rsp_status st)
{
	char *text = st == RSP_OK ? NULL : rsp_strdup(c, c->error.text);

	return text ? rsp_fail(c, st, "%s: %s", path, text) : st;
}

static enum rsp_status
load_cert(struct listing *l, const struct pki_shape *s, enum ec_curve curve, struct pki_cert **out)
{
	static const char *const endings[] = {".der", ".pem", ".crt", ".cer", NULL};
	static const char *const kinds[] = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", NULL};
	const char *path = find_file(l, s->file, pki_curve_suffix(curve), endings);
	struct bytes file;
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	st = read_file(l->c, path, &file);
	if (st == RSP_OK)
		st = in_file(l->c, path, pki_cert_read(l->c, without_pem(l->c, file, kinds), out));
	if (st == RSP_OK && (*out)->curve != curve)
		st = rsp_fail(l->c, RSP_MALFORMED, "%s: want a key on %s, have one on %s", path, ec_curve_name(curve), ec_curve_name((*out)->curve));
	return st;
}

static enum rsp_status
load_key(struct listing *l, const struct pki_shape *s, const struct pki_cert *cert, struct ec_key **out)
{
	static const char *const endings[] = {".p8", ".pem", ".der", ".key", NULL};
	static const char *const kinds[] = {"PRIVATE KEY", "EC PRIVATE KEY", NULL};
	const char *path = find_file(l, s->key_file, pki_curve_suffix(cert->curve), endings);
	struct bytes file;
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	st = read_file(l->c, path, &file);
	if (st == RSP_OK)
		st = in_file(l->c, path, ec_key_read(l->c, without_pem(l->c, file, kinds), out));
	if (st == RSP_OK && (ec_key_curve(*out) != cert->curve || !bytes_equal(ec_key_point(*out), ec_key_point(cert->key))))
		st = rsp_fail(l->c, RSP_MALFORMED, "%s: is not the key of its certificate", path);
	return st;
}

/* An outdated list still says what was revoked; one of another CI says nothing. */
static enum rsp_status
load_crl(struct listing *l, enum ec_curve curve, struct pki_branch *b)
{
	static const char *const endings[] = {".der", ".crl", ".pem", NULL};
	static const char *const kinds[] = {"X509 CRL", NULL};
	const char *path = find_file(l, PKI_CRL_FILE, pki_curve_suffix(curve), endings);
	struct bytes file;
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	if ((st = read_file(l->c, path, &file)) != RSP_OK)
		return st;
	st = in_file(l->c, path, pki_crl_read(l->c, without_pem(l->c, file, kinds), &b->crl));
	if (st == RSP_OK)
		st = in_file(l->c, path, pki_crl_verify(l->c, b->crl, b->ci.cert));
	if (st != RSP_REFUSED)
		return st;
	l->c->error = (struct rsp_error){0};
	return RSP_OK;
}

static enum rsp_status
load_branch(struct listing *l, enum ec_curve curve, struct pki_branch *b)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < pki_shape_count; i++) {
		struct pki_identity *id = pki_identity_at(b, &pki_shapes[i]);

		st = load_cert(l, &pki_shapes[i], curve, &id->cert);
		if (st == RSP_OK && id->cert)
			st = load_key(l, &pki_shapes[i], id->cert, &id->key);
	}
	return st == RSP_OK && b->ci.cert ? load_crl(l, curve, b) : st;
}

static enum rsp_status
list(struct rsp_ctx *c, const char *dir, struct listing **out)
{
	struct listing *files = rsp_alloc(c, sizeof(*files)), *folders = rsp_alloc(c, sizeof(*folders));
	struct stat info;

	if (!files || !folders)
		return RSP_NOMEM;
	if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
		return rsp_fail(c, RSP_IO, "%s: no such folder (esimlab pki make %s makes one)", dir, dir);
	files->c = folders->c = c;
	*out = files;
	return list_tree(files, folders, dir);
}

enum rsp_status
pki_load(struct rsp_ctx *c, const char *dir, struct pki **out)
{
	struct pki *p = calloc(1, sizeof(*p));
	struct listing *files = NULL;
	enum rsp_status st = p ? list(c, dir, &files) : rsp_fail(c, RSP_NOMEM, "no memory for a PKI");
	int curve;

	for (curve = EC_P256; st == RSP_OK && curve <= EC_BP256; curve++)
		st = load_branch(files, (enum ec_curve)curve, &p->branch[curve]);
	if (st == RSP_OK && !p->branch[EC_P256].ci.cert && !p->branch[EC_BP256].ci.cert)
		st = rsp_fail(c, RSP_IO, "%s: want CERT_CI_ECDSA_NIST or CERT_CI_ECDSA_BRP, have neither", dir);
	if (st == RSP_OK)
		*out = p;
	else
		pki_free(p);
	return st;
}

void
pki_free(struct pki *p)
{
	int curve;
	size_t i;

	if (!p)
		return;
	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		for (i = 0; i < pki_shape_count; i++)
			pki_identity_free(pki_identity_at(&p->branch[curve], &pki_shapes[i]));
		pki_crl_free(p->branch[curve].crl);
	}
	free(p);
}

const struct pki_branch *
pki_by_ci(const struct pki *p, struct bytes ski)
{
	int curve;

	for (curve = EC_P256; ski.n && curve <= EC_BP256; curve++)
		if (p->branch[curve].ci.cert && bytes_equal(p->branch[curve].ci.cert->ski, ski))
			return &p->branch[curve];
	return NULL;
}
