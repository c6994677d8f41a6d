// SPDX-License-Identifier: BSD-2-Clause
/*
 * `esimlab smdpp serve` as a process of its own, which a test may kill at any moment and start again on the same ports. It ends with the thread that
 * has started it.
 */
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include "support/test.h"

#include <sys/types.h>

#define PROCESS_ARGUMENTS 40

struct process {
	pid_t pid;                          /* 0: it does not run */
	unsigned port, es2plus_port, admin_port;
	const char *argument[PROCESS_ARGUMENTS];
	size_t n_arguments;
	char log[160];                      /* where its stderr goes */
	char listen[3][32];
};

/* Skips the test aloud when the program is not built. */
void process_needs_program(void);
/* Below the ports that outgoing connections get, so that it is still free after a while without a listener. */
unsigned process_free_port(void);
/* Ports, and the options that follow from them; name is the log's. */
void process_init(struct process *p, const char *name);
void process_add(struct process *p, const char *option, const char *value);
/* Until it says that it listens; false with the end of its log printed. */
bool process_start(struct process *p);
/* Begins it and does not wait. */
void process_begin(struct process *p);
/* Another program: its arguments are all that is there. Begins it, too, and does not wait. */
void process_run(struct process *p, const char *name, const char *const *arguments);
/* What waitpid says. */
int process_end(struct process *p, int signal);
void process_print_log(const struct process *p);

#endif
