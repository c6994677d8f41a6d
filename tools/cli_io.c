// SPDX-License-Identifier: BSD-2-Clause
/* Files, numbers and questions of the command line. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/buf.h"

static enum rsp_status
read_all(struct rsp_ctx *c, int fd, const char *name, size_t limit, struct bytes *out)
{
	struct buf b = BUF_INIT;
	ssize_t n = 0;
	uint8_t *p;

	while ((p = buf_extend(&b, 65536))) {
		n = read(fd, p, 65536);
		buf_cut(&b, b.n - 65536 + (n > 0 ? (size_t)n : 0));
		if (n <= 0 || b.n > limit)
			break;
	}
	if (n < 0 || b.n > limit) {
		size_t have = b.n;

		buf_free(&b);
		if (n < 0)
			return rsp_fail(c, RSP_IO, "%s: cannot read: %s", name, strerror(errno));
		return rsp_fail(c, RSP_LIMIT, "%s: more than %zu octets (%zu read so far)", name, limit, have);
	}
	return buf_finish(&b, c, out);
}

enum rsp_status
cli_read_file(struct rsp_ctx *c, const char *path, size_t limit, struct bytes *out)
{
	enum rsp_status st;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_all(c, STDIN_FILENO, "standard input", limit, out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return rsp_fail(c, RSP_IO, "%s: cannot open: %s", path, strerror(errno));
	st = read_all(c, fd, path, limit, out);
	close(fd);
	return st;
}

enum rsp_status
cli_write_file(struct rsp_ctx *c, const char *path, unsigned mode, struct bytes data)
{
	char *temporary;
	bool good;
	int fd;

	if (strcmp(path, "-") == 0)
		return file_write_all(STDOUT_FILENO, data) ? RSP_OK : rsp_fail(c, RSP_IO, "cannot write to standard output");
	temporary = rsp_sprintf(c, "%s.new-%ld", path, (long)getpid());
	if (!temporary)
		return RSP_NOMEM;
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	good = file_write_all(fd, data);
	good = close(fd) == 0 && good;
	if (good && rename(temporary, path) == 0)
		return RSP_OK;
	(void)rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	unlink(temporary);
	return RSP_IO;
}

bool
cli_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	char *end;
	unsigned long long v;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || v < least || v > most)
		return false;
	*out = v;
	return true;
}

enum rsp_status
cli_ask_secret(struct rsp_ctx *c, const char *prompt, struct bytes *out)
{
	struct termios old, silent;
	char line[256];
	ssize_t n;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &old) != 0) {
		if (fd >= 0)
			close(fd);
		return rsp_fail(c, RSP_IO, "there is no terminal to ask '%s' on", prompt);
	}
	silent = old;
	silent.c_lflag &= (tcflag_t)~ECHO;
	tcsetattr(fd, TCSAFLUSH, &silent);
	dprintf(fd, "%s: ", prompt);
	n = read(fd, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = '\0';
	tcsetattr(fd, TCSAFLUSH, &old);
	dprintf(fd, "\n");
	close(fd);
	if (n <= 0)
		return rsp_fail(c, RSP_IO, "no answer to '%s'", prompt);
	*out = rsp_copy(c, bytes_of(line, strcspn(line, "\r\n")));
	explicit_bzero(line, sizeof(line));
	return out->p ? RSP_OK : RSP_NOMEM;
}
