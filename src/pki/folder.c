// SPDX-License-Identifier: BSD-2-Clause
/* A PKI in a folder: SGP.26 file names, flat or in subfolders, DER or PEM. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/impl.h"

#define FILE_MAX (64u * 1024)
#define DEPTH_MAX 4

static struct pki_identity *
identity_at(struct pki_branch *b, const struct pki_shape *s)
{
	return (struct pki_identity *)(void *)((uint8_t *)b + s->offset);
}

/* NAME with one of these endings somewhere below dir; its path in the arena, or NULL. */
static char *
find_file(struct rsp_ctx *c, const char *dir, const char *name, const char *const *endings, unsigned depth)
{
	DIR *d = depth < DEPTH_MAX ? opendir(dir) : NULL;
	size_t n = strlen(name), i;
	struct dirent *e;
	char *found = NULL;

	while (!found && d && (e = readdir(d))) {
		char *path;
		struct stat st;

		if (e->d_name[0] == '.' || !(path = rsp_sprintf(c, "%s/%s", dir, e->d_name)))
			continue;
		if (strncasecmp(e->d_name, name, n) == 0)
			for (i = 0; endings[i]; i++)
				if (strcasecmp(e->d_name + n, endings[i]) == 0)
					found = path;
		if (!found && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			found = find_file(c, path, name, endings, depth + 1);
	}
	if (d)
		closedir(d);
	return found;
}

static enum rsp_status
read_file(struct rsp_ctx *c, const char *path, struct bytes *out)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = rsp_alloc(c, FILE_MAX);
	size_t n;

	if (!f || !p) {
		if (f)
			fclose(f);
		return rsp_fail(c, RSP_IO, "%s: cannot read: %s", path, strerror(errno));
	}
	n = fread(p, 1, FILE_MAX, f);
	fclose(f);
	*out = bytes_of(p, n);
	return n < FILE_MAX ? RSP_OK : rsp_fail(c, RSP_LIMIT, "%s: too large for a certificate or key", path);
}

/* The first PEM block's content, or the file itself. */
static struct bytes
without_pem(struct rsp_ctx *c, struct bytes file)
{
	BIO *bio;
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long n = 0;
	struct bytes out = file;

	if (!bytes_starts_with(file, bytes_of_str("-----BEGIN")))
		return file;
	bio = BIO_new_mem_buf(file.p, (int)file.n);
	if (bio && PEM_read_bio(bio, &name, &header, &data, &n))
		out = rsp_copy(c, bytes_of(data, (size_t)n));
	BIO_free(bio);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	ERR_clear_error();
	return out;
}

static enum rsp_status
load_identity(struct rsp_ctx *c, const char *dir, const struct pki_shape *s, enum ec_curve curve, struct pki_identity *out)
{
	static const char *const cert_endings[] = {".der", ".pem", ".crt", ".cer", NULL};
	static const char *const key_endings[] = {".p8", ".pem", ".der", ".key", NULL};
	char name[64], *path;
	struct bytes file;
	enum rsp_status st = RSP_OK;

	snprintf(name, sizeof(name), s->file, pki_curve_suffix(curve));
	path = find_file(c, dir, name, cert_endings, 0);
	if (path && (st = read_file(c, path, &file)) == RSP_OK)
		st = pki_cert_read(c, without_pem(c, file), &out->cert);
	if (st != RSP_OK || !path)
		return st;
	snprintf(name, sizeof(name), s->key_file, pki_curve_suffix(curve));
	path = find_file(c, dir, name, key_endings, 0);
	if (!path)
		return RSP_OK;
	if ((st = read_file(c, path, &file)) != RSP_OK || (st = ec_key_read(c, file, &out->key)) != RSP_OK)
		return st;
	if (!bytes_equal(ec_key_point(out->key), ec_key_point(out->cert->key)))
		return rsp_fail(c, RSP_MALFORMED, "%s: is not the key of its certificate", path);
	return RSP_OK;
}

static enum rsp_status
load_crl(struct rsp_ctx *c, const char *dir, enum ec_curve curve, struct pki_branch *b)
{
	static const char *const endings[] = {".der", ".crl", ".pem", NULL};
	char name[64], *path;
	struct bytes file;
	enum rsp_status st;

	snprintf(name, sizeof(name), "CRL_CI_ECDSA_%s", pki_curve_suffix(curve));
	path = find_file(c, dir, name, endings, 0);
	if (!path)
		return RSP_OK;
	if ((st = read_file(c, path, &file)) != RSP_OK || (st = pki_crl_read(c, without_pem(c, file), &b->crl)) != RSP_OK)
		return st;
	st = pki_crl_verify(c, b->crl, b->ci.cert);
	return st == RSP_REFUSED ? RSP_OK : st;
}

static enum rsp_status
load_branch(struct rsp_ctx *c, const char *dir, enum ec_curve curve, struct pki_branch *b)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < pki_shape_count; i++)
		st = load_identity(c, dir, &pki_shapes[i], curve, identity_at(b, &pki_shapes[i]));
	return st == RSP_OK && b->ci.cert ? load_crl(c, dir, curve, b) : st;
}

enum rsp_status
pki_load(struct rsp_ctx *c, const char *dir, struct pki **out)
{
	struct pki *p = calloc(1, sizeof(*p));
	enum rsp_status st = RSP_OK;
	struct stat info;
	int curve;

	if (!p)
		return rsp_fail(c, RSP_NOMEM, "no memory for a PKI");
	if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
		st = rsp_fail(c, RSP_IO, "%s: no such folder (esimlab pki make %s makes one)", dir, dir);
	for (curve = EC_P256; st == RSP_OK && curve <= EC_BP256; curve++)
		st = load_branch(c, dir, (enum ec_curve)curve, &p->branch[curve]);
	if (st == RSP_OK && !p->branch[EC_P256].ci.cert && !p->branch[EC_BP256].ci.cert)
		st = rsp_fail(c, RSP_IO, "%s: holds no CERT_CI_ECDSA_NIST or CERT_CI_ECDSA_BRP", dir);
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
			pki_identity_free(identity_at(&p->branch[curve], &pki_shapes[i]));
		pki_crl_free(p->branch[curve].crl);
	}
	free(p);
}

const struct pki_branch *
pki_by_ci(const struct pki *p, struct bytes ski)
{
	int curve;

	for (curve = EC_P256; curve <= EC_BP256; curve++)
		if (p->branch[curve].ci.cert && bytes_equal(p->branch[curve].ci.cert->ski, ski))
			return &p->branch[curve];
	return NULL;
}

static enum rsp_status
write_file(struct rsp_ctx *c, const char *dir, const char *name, const char *ending, mode_t mode, struct bytes data)
{
	char *path = rsp_sprintf(c, "%s/%s%s", dir, name, ending);
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode) : -1;
	bool good;

	if (fd < 0)
		return rsp_fail(c, errno == EEXIST ? RSP_STATE : RSP_IO, "%s/%s%s: %s", dir, name, ending, strerror(errno));
	good = write(fd, data.p, data.n) == (ssize_t)data.n;
	return close(fd) == 0 && good ? RSP_OK : rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
}

enum rsp_status
pki_write_identity(struct rsp_ctx *c, const char *dir, const struct pki_shape *s, const struct pki_identity *id)
{
	char name[64];
	struct bytes key;
	enum rsp_status st;

	if (!id->cert)
		return RSP_OK;
	snprintf(name, sizeof(name), s->file, pki_curve_suffix(id->cert->curve));
	st = write_file(c, dir, name, ".der", 0644, id->cert->der);
	if (st != RSP_OK || !id->key)
		return st;
	snprintf(name, sizeof(name), s->key_file, pki_curve_suffix(id->cert->curve));
	st = ec_key_write(c, id->key, &key);
	return st == RSP_OK ? write_file(c, dir, name, ".p8", 0600, key) : st;
}

static enum rsp_status
write_crl(struct rsp_ctx *c, const char *dir, const struct pki_branch *b)
{
	char name[64];
	struct bytes der;
	enum rsp_status st;

	if (!b->crl)
		return RSP_OK;
	snprintf(name, sizeof(name), "CRL_CI_ECDSA_%s", pki_curve_suffix(b->ci.cert->curve));
	st = pki_crl_der(c, b->crl, &der);
	return st == RSP_OK ? write_file(c, dir, name, ".der", 0644, der) : st;
}

enum rsp_status
pki_save(struct rsp_ctx *c, const char *dir, const struct pki *p)
{
	static const char note[] = "Certificates and keys for TESTS ONLY. Anybody may have these keys: never trust them for anything real.\n";
	enum rsp_status st;
	int curve;
	size_t i;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return rsp_fail(c, RSP_IO, "%s: cannot make the folder: %s", dir, strerror(errno));
	st = write_file(c, dir, "README", ".txt", 0644, bytes_of_str(note));
	for (curve = EC_P256; st == RSP_OK && curve <= EC_BP256; curve++) {
		struct pki_branch *b = (struct pki_branch *)(uintptr_t)&p->branch[curve];

		for (i = 0; st == RSP_OK && i < pki_shape_count; i++)
			st = pki_write_identity(c, dir, &pki_shapes[i], identity_at(b, &pki_shapes[i]));
		if (st == RSP_OK)
			st = write_crl(c, dir, b);
	}
	return st;
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
