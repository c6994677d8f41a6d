// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer's entry for one target of tests/support/targets.c, named by ESIMLAB_TARGET. Built by tools/fuzz.sh with clang. */
#include "support/targets.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct probe bench;
static struct rsp_ctx setting, own;
static const struct target *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("ESIMLAB_TARGET");

	(void)argc;
	(void)argv;
	target = target_named(name ? name : "");
	if (!target || rsp_ctx_init(&setting, NULL, TEST_NOW) != RSP_OK) {
		fprintf(stderr, "ESIMLAB_TARGET names no target\n");
		exit(64);
	}
	targets_open(&bench, &setting);
	return rsp_ctx_init(&own, setting.crypto, TEST_NOW) == RSP_OK ? 0 : 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	target->run(&bench, &own, bytes_of(data, n));
	rsp_ctx_reset(&own);
	return 0;
}
