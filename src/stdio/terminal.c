// SPDX-License-Identifier: BSD-2-Clause
/*
 * The terminal's side of lpac's line protocol. Such programs open a logical channel and select in one step, so MANAGE CHANNEL waits for the SELECT that follows
 * it; the channel's number is then the program's, and the class octet of what is sent says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json_out.h"
#include "codec/json_in.h"
#include "stdio/stdio_card.h"

struct stdio_card {
	pid_t pid;
	FILE *to, *from;
	struct apdu_port port;
	bool waiting;            /* MANAGE CHANNEL has been answered, SELECT has not come */
	uint8_t number;          /* of the open channel, as the program says; 0: none */
};

#define OURS 1   /* the channel's number towards our own side */

static void
write_request(struct buf *b, const char *func, struct bytes param)
{
	struct json_out j = JSON_OUT(b);

	json_object(&j, NULL);
	json_string(&j, "type", "apdu");
	json_object(&j, "payload");
	json_string(&j, "func", func);
	if (param.p)
		json_hex(&j, "param", param);
	else
		json_null(&j, "param");
	json_object_end(&j);
	json_object_end(&j);
	buf_str(b, "\n");
}

static enum rsp_status
read_answer(struct rsp_ctx *c, struct bytes line, int64_t *ecode, struct bytes *data)
{
	const struct json *root, *payload;
	struct bytes type, hex;

	*data = BYTES_NONE;
	if (json_read(c, line, &root) != RSP_OK || !json_text_of(json_get(root, "type"), &type) || !bytes_equal_str(type, "apdu"))
		return rsp_fail(c, RSP_IO, "the card program says '%.60s', which is no answer", (const char *)line.p);
	payload = json_get(root, "payload");
	if (!json_int_of(json_get(payload, "ecode"), ecode))
		return rsp_fail(c, RSP_IO, "the card program's answer has no ecode");
	return json_text_of(json_get(payload, "data"), &hex) && hex_read(c, hex, data) != RSP_OK ? rsp_fail(c, RSP_IO, "the card program's data are no hex") : RSP_OK;
}

static enum rsp_status
ask(struct stdio_card *t, struct rsp_ctx *c, const char *func, struct bytes param, int64_t *ecode, struct bytes *data)
{
	struct buf b = BUF_INIT;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	bool good;
	enum rsp_status st;

	write_request(&b, func, param);
	good = !b.bad && fwrite(b.p, 1, b.n, t->to) == b.n && fflush(t->to) == 0;
	buf_free(&b);
	n = good ? getline(&line, &room, t->from) : -1;
	if (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	st = n > 0 ? read_answer(c, bytes_of(line, (size_t)n), ecode, data) : rsp_fail(c, RSP_IO, "the card program has ended");
	free(line);
	return st;
}

static enum rsp_status
answer(struct rsp_ctx *c, struct bytes octets, struct bytes *response)
{
	*response = rsp_copy(c, octets);
	return response->p ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
close_channel(struct stdio_card *t, struct rsp_ctx *c)
{
	const uint8_t number[] = {t->number};
	struct bytes none;
	int64_t ecode;

	t->number = 0;
	return number[0] ? ask(t, c, "logic_channel_close", BYTES_OF(number), &ecode, &none) : RSP_OK;
}

static enum rsp_status
select_application(struct stdio_card *t, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	static const uint8_t good[] = {0x90, 0x00}, no[] = {0x6A, 0x82};
	struct bytes none;
	int64_t number = 0;
	enum rsp_status st = ask(t, c, "logic_channel_open", bytes_slice(command, 5, command.p[4]), &number, &none);

	t->waiting = false;
	if (st != RSP_OK)
		return st;
	t->number = number > 0 && number < 20 ? (uint8_t)number : 0;
	return answer(c, t->number ? BYTES_OF(good) : BYTES_OF(no), response);
}

/* The same command on the program's channel. */
static enum rsp_status
pass_on(struct stdio_card *t, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct apdu a;
	int64_t ecode = 0;
	uint8_t *copy = (uint8_t *)(uintptr_t)rsp_copy(c, command).p;
	enum rsp_status st;

	if (!copy)
		return RSP_NOMEM;
	if (t->number && apdu_read(command, &a) == RSP_OK && a.channel == OURS)
		copy[0] = apdu_cla(a.cla & 0x80, t->number);
	st = ask(t, c, "transmit", bytes_of(copy, command.n), &ecode, response);
	if (st == RSP_OK && (ecode < 0 || response->n < 2))
		return rsp_fail(c, RSP_IO, "the card program could not transmit: ecode %lld", (long long)ecode);
	return st;
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	static const uint8_t opened[] = {OURS, 0x90, 0x00}, good[] = {0x90, 0x00};
	struct stdio_card *t = self;
	bool manage = command.n >= 4 && command.p[0] == 0 && command.p[1] == 0x70;
	enum rsp_status st;

	if (manage && command.p[2] == 0 && !t->number) {
		t->waiting = true;
		return answer(c, BYTES_OF(opened), response);
	}
	if (manage && command.p[2] == 0x80) {
		st = close_channel(t, c);
		t->waiting = false;
		return st == RSP_OK ? answer(c, BYTES_OF(good), response) : st;
	}
	if (t->waiting && command.n > 5 && command.p[0] == OURS && command.p[1] == 0xA4 && command.p[2] == 4)
		return select_application(t, c, command, response);
	return pass_on(t, c, command, response);
}

static enum rsp_status
connect_card(struct stdio_card *t, struct rsp_ctx *c)
{
	struct bytes none;
	int64_t ecode = 0;
	enum rsp_status st = ask(t, c, "connect", BYTES_NONE, &ecode, &none);

	return st == RSP_OK && ecode < 0 ? rsp_fail(c, RSP_IO, "the card program does not connect: ecode %lld", (long long)ecode) : st;
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	struct stdio_card *t = self;
	struct bytes none;
	int64_t ecode;
	enum rsp_status st = ask(t, c, "disconnect", BYTES_NONE, &ecode, &none);

	t->number = 0;
	t->waiting = false;
	return st == RSP_OK ? connect_card(t, c) : st;
}

static void
become(const char *command, const int in[2], const int out[2])
{
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static bool
start(struct stdio_card *t, const char *command)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	t->pid = fork();
	if (t->pid == 0)
		become(command, in, out);
	close(in[0]);
	close(out[1]);
	t->to = fdopen(in[1], "w");
	t->from = fdopen(out[0], "r");
	return t->pid > 0 && t->to && t->from;
}

enum rsp_status
stdio_card_open(struct rsp_ctx *c, const char *command, struct stdio_card **out)
{
	struct stdio_card *t = calloc(1, sizeof(*t));
	enum rsp_status st;

	if (!t)
		return rsp_fail(c, RSP_NOMEM, "no memory for a card");
	t->port = (struct apdu_port){.self = t, .transmit = transmit, .reset = reset};
	st = start(t, command) ? connect_card(t, c) : rsp_fail(c, RSP_IO, "'%.80s' cannot be started: %s", command, strerror(errno));
	if (st == RSP_OK)
		*out = t;
	else
		stdio_card_close(t);
	return st;
}

struct apdu_port *
stdio_card_port(struct stdio_card *t)
{
	return &t->port;
}

void
stdio_card_close(struct stdio_card *t)
{
	if (!t)
		return;
	if (t->to)
		fclose(t->to);
	if (t->from)
		fclose(t->from);
	if (t->pid > 0)
		waitpid(t->pid, NULL, 0);
	free(t);
}
