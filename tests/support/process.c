// SPDX-License-Identifier: BSD-2-Clause
#include "support/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 30000
#define TRIES 30

static const char *
program(void)
{
	const char *named = getenv("PROGRAM");

	return named ? named : "build/esimlab";
}

void
process_needs_program(void)
{
	if (access(program(), X_OK) == 0)
		return;
	print_message("skipped: %s is not there\n", program());
	skip();
}

unsigned
process_free_port(void)
{
	static unsigned last;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned i, port;
	int fd, rc;

	if (!last)
		last = (unsigned)getpid() * 7u ^ (unsigned)time(NULL);
	for (i = 0; i < 1000; i++) {
		port = 20000 + ++last % 12000;
		a.sin_port = htons((uint16_t)port);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		rc = bind(fd, (struct sockaddr *)&a, sizeof(a));
		close(fd);
		if (rc == 0)
			return port;
	}
	fail_msg("no port is free");
	return 0;
}

void
process_add(struct process *p, const char *option, const char *value)
{
	assert_true(p->n_arguments + 3 < PROCESS_ARGUMENTS);
	p->argument[p->n_arguments++] = option;
	p->argument[p->n_arguments++] = value;
}

void
process_init(struct process *p, const char *name)
{
	static const char *const options[3] = {"--listen", "--es2plus-listen", "--admin-listen"};
	unsigned *const ports[3] = {&p->port, &p->es2plus_port, &p->admin_port};
	size_t i;

	*p = (struct process){.argument = {program(), "smdpp", "serve"}, .n_arguments = 3};
	snprintf(p->log, sizeof(p->log), "%s/%s.log", scratch_dir(), name);
	for (i = 0; i < 3; i++) {
		*ports[i] = process_free_port();
		snprintf(p->listen[i], sizeof(p->listen[i]), "127.0.0.1:%u", *ports[i]);
		process_add(p, options[i], p->listen[i]);
	}
}

/* Nothing but what a child of a process with threads may do. It ends with us. */
static void
become(const struct process *p, int out, int err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, 1);
	dup2(err, 2);
	execv(p->argument[0], (char *const *)(uintptr_t)p->argument);
	_exit(127);
}

/* It prints all its ports at once, when it listens. */
static bool
says_so(int fd)
{
	struct pollfd f = {fd, POLLIN, 0};
	char text[400];

	while (poll(&f, 1, START_MS) < 0)
		if (errno != EINTR)
			return false;
	return f.revents && read(fd, text, sizeof(text)) > 0;
}

/* Its standard output to read from; -1: it could not be started. */
static int
begin(struct process *p)
{
	int err = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), out[2];

	if (err < 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	if ((p->pid = fork()) == 0)
		become(p, out[1], err);
	close(out[1]);
	close(err);
	return out[0];
}

void
process_begin(struct process *p)
{
	int out = begin(p);

	assert_true(out >= 0 && p->pid > 0);
	close(out);
}

void
process_run(struct process *p, const char *name, const char *const *arguments)
{
	*p = (struct process){0};
	while (*arguments && p->n_arguments + 1 < PROCESS_ARGUMENTS)
		p->argument[p->n_arguments++] = *arguments++;
	snprintf(p->log, sizeof(p->log), "%s/%s.log", scratch_dir(), name);
	process_begin(p);
}

static bool
start_once(struct process *p)
{
	int out = begin(p);
	bool listens = out >= 0 && p->pid > 0 && says_so(out);

	if (out >= 0)
		close(out);
	if (!listens && p->pid > 0)
		process_end(p, SIGKILL);
	return listens;
}

/* A connection of a client that was just refused may still be in the port's way. */
bool
process_start(struct process *p)
{
	const struct timespec nap = {0, 100 * 1000000L};
	unsigned i;

	for (i = 0; i < TRIES; i++) {
		if (start_once(p))
			return true;
		nanosleep(&nap, NULL);
	}
	process_print_log(p);
	return false;
}

int
process_end(struct process *p, int signal)
{
	int status = 0;

	if (p->pid <= 0)
		return -1;
	kill(p->pid, signal);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	return status;
}

void
process_print_log(const struct process *p)
{
	FILE *f = fopen(p->log, "r");
	char text[4000];
	size_t n;

	if (!f)
		return;
	if (fseek(f, -(long)sizeof(text) + 1, SEEK_END) != 0)
		rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	print_message("%s:\n%s\n", p->log, text);
}
