// SPDX-License-Identifier: BSD-2-Clause
/* The reader of scenarios: what a text becomes, and for each mistake the place and what was wanted there. */
#include "support/test.h"

#include "conformance/script.h"

#define HEAD "actor smdpp real\nactor lpa simulated\ncase A\nclause C\nintent I\n"
#define SEND "lpa send InitiateAuthentication\n"

static const char *const variables[] = {"CURVE", "NIST", NULL};

static enum rsp_status
read(struct rsp_ctx *c, const char *text, struct scenarios *out)
{
	return script_read(c, "t", bytes_of_str(text), variables, NULL, out);
}

static const struct { const char *text, *error; } mistakes[] = {
	{"", "t:1:1: want a case, have none"},
	{"expect success\n", "t:1:1: want a case before the steps, have 'expect'"},
	{"case A\nexpect success\n", "t:2:1: want the line of a real actor before the steps, have 'expect'"},
	{"nonsense\n", "t:1:1: want a statement, have 'nonsense'"},
	{"case\n", "t:1:5: want case ID, have the end of the line"},
	{"case A B\n", "t:1:8: want case ID, have 'B'"},
	{HEAD SEND "expect success\ncase A\n", "t:8:6: want an identifier that no case before has, have 'A'"},
	{"actor smdpp real\ncase A\nintent I\n" "expect success\n", "t:2:1: want a clause in this case, have 'A'"},
	{"actor smdpp real\ncase A\nclause C\n" "expect success\n", "t:2:1: want an intent in this case, have 'A'"},
	{HEAD SEND, "t:3:1: want something to expect in this case, have 'A'"},
	{"actor nobody real\n", "t:1:7: want smdpp, smds, euicc, lpa or mno, have 'nobody'"},
	{"actor lpa maybe\n", "t:1:11: want real or simulated, have 'maybe'"},
	{"actor lpa real\nactor smdpp real\n", "t:2:13: want one real actor in a case, have 'real'"},
	{HEAD "mno send DownloadOrder\n", "t:6:1: want an actor that the case has named, have 'mno'"},
	{HEAD "lpa send Nothing\n", "t:6:10: want a function that lpa sends in a case about smdpp, have 'Nothing'"},
	{HEAD "lpa send\n", "t:6:9: want the name of a function, have the end of the line"},
	{HEAD "lpa waits\n", "t:6:5: want send, have 'waits'"},
	{HEAD SEND "\twith speed=3\n", "t:7:7: want a field of InitiateAuthentication (smdpAddress euiccChallenge), have 'speed=3'"},
	{HEAD SEND "\twith speed\n", "t:7:7: want NAME=VALUE, have 'speed'"},
	{HEAD "with a=b\n", "t:6:1: want a send before it, have 'with'"},
	{HEAD SEND "mutate 30/80 flip before sign\n", "t:7:8: want a path that begins with one of: BF20, have '30/80'"},
	{HEAD SEND "mutate BF20/82 turn before sign\n", "t:7:16: want set, delete, repeat, append or flip, have 'turn'"},
	{HEAD SEND "mutate BF20/82 set 0 before sign\n", "t:7:20: want octets in hex or $NAME, have '0'"},
	{HEAD SEND "mutate BF20/82 flip beside sign\n", "t:7:21: want before sign or after sign, have 'beside'"},
	{HEAD SEND "mutate BF20/82 flip before\n", "t:7:27: want sign, and the end of the line, have the end of the line"},
	{HEAD SEND "expect\n", "t:7:7: want success, installed, refused, S.S/R.R, error N, sw XXXX, pir C/R, HTTP N, or PATH is|length|present|absent, have the end of the line"},
	{HEAD SEND "expect 8.8.1/\n", "t:7:8: want success, installed, refused, S.S/R.R, error N, sw XXXX, pir C/R, HTTP N, or PATH is|length|present|absent, have '8.8.1/'"},
	{HEAD SEND "expect BF20 is\n", "t:7:15: want a value, have the end of the line"},
	{HEAD SEND "expect BF20 is zz\n", "t:7:16: want octets in hex, \"text\" or $NAME, have 'zz'"},
	{HEAD SEND "expect BF20 length long\n", "t:7:20: want a number of octets, have 'long'"},
	{HEAD SEND "keep x\n", "t:7:7: want keep NAME PATH, have the end of the line"},
	{HEAD "delay 0\n", "t:6:7: want a number of seconds, have '0'"},
	{HEAD "limit 0\n", "t:6:7: want 1 to 3600 seconds, have '0'"},
	{HEAD "binding xml\n", "t:6:9: want json or asn1, have 'xml'"},
	{HEAD "applies O_A\n", "t:6:9: want if [not] O_NAME, have 'O_A'"},
	{HEAD "applies if A\n", "t:6:12: want an option O_NAME, have 'A'"},
	{HEAD "applies if O_A O_B\n", "t:6:16: want and, and a further option, have 'O_B'"},
	{"repeat 3\n", "t:1:1: want an end of this block, have 'none'"},
	{"repeat 0\nend\n", "t:1:8: want repeat 1 to 200, have '0'"},
	{"define a\nend\ndefine a\nend\n", "t:3:8: want a name that is not defined yet, have 'a'"},
	{"use a\n", "t:1:5: want a name that is defined, have 'a'"},
	{"define a\nend\nuse a b=c\n", "t:3:7: want a parameter of this definition, have 'b=c'"},
	{"define a\nuse a\nend\nuse a\n", "t:2:1: want at most 8 blocks and files inside each other, have 'more'"},
	{"include x\n", "t:1:1: want a text that includes nothing, have 'include'"},
	{"intent ${nobody}\n", "t:1:8: want the name of a parameter or variable that is set, have 'nobody'"},
	{"intent ${\n", "t:1:8: want ${NAME}, have '${'"},
	{"intent \"open\n", "t:1:13: want a closing \", have the end of the line"},
	{"intent a\001b\n", "t:1:9: want text, have 'a control character'"},
	{"intent \377\n", "t:1:1: want UTF-8, have 'other octets'"},
};

static void
each_mistake_has_its_place_and_what_was_wanted(void **state)
{
	struct scenarios s;
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct rsp_ctx *c = fresh_ctx(state);

		assert_status(read(c, mistakes[i].text, &s), RSP_MALFORMED);
		assert_string_equal(c->error.text, mistakes[i].error);
	}
}

static void
a_case_becomes_its_steps(void **state)
{
	static const char text[] = "actor lpa simulated  # who\nactor smdpp real\nlimit 7\n"
		"define ask a b\n\tlpa send AuthenticateClient matchingId=\"${a} ${b}\"\n\t\tmutate 30/80 set 00FF before sign\n\t\tmutate BF38/A0/5F37 flip after sign\n\t\tdrop\nend\n"
		"case X_${CURVE}\nclause SGP.22 5.6.3\nintent two  words\nbinding asn1\nrepeat 2\nuse ask a=one b=\"\\\"two\\\"\"\nend\n"
		"expect HTTP 400\nexpect BF20/82#1 is not $x\n";
	struct rsp_ctx *c = fresh_ctx(state);
	struct scenarios s;
	const struct step *step;

	assert_status(read(c, text, &s), RSP_OK);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.p[0].id, "X_NIST");
	assert_string_equal(s.p[0].intent, "two words");
	assert_int_equal(s.p[0].limit, 7);
	assert_int_equal(s.p[0].bindings, BINDING_ASN1);
	assert_int_equal(s.p[0].real, ACTOR_SMDPP);
	assert_int_equal(s.p[0].n_steps, 4);
	step = &s.p[0].step[1];
	assert_int_equal(step->kind, STEP_SEND);
	assert_int_equal(step->at.line, 5);
	assert_string_equal(step->field[0].name, "matchingId");
	assert_string_equal(step->field[0].value.text, "one \"two\"");
	assert_int_equal(step->n_changes, 2);
	assert_string_equal(step->change[0].value, "00FF");
	assert_true(!step->change[0].after_sign && step->change[1].after_sign && step->drop);
	assert_string_equal(s.p[0].step[2].want, "HTTP 400");
	assert_int_equal(s.p[0].step[3].op, VALUE_IS_NOT);
	assert_string_equal(s.p[0].step[3].value.text, "$x");
}

/* Cut anywhere and with any octet changed it is read, or refused with a place; nothing else happens. */
static void
no_text_does_harm(void **state)
{
	static const char text[] = HEAD "define a b\n" SEND "with smdpAddress=${b}\nend\nrepeat 2\nuse a b=\"x\\\"y\"\nexpect 8.8.1/3.8\nend\nkeep n serverSigned1/30\n";
	char copy[sizeof(text)];
	struct scenarios s;
	size_t i, k;

	for (i = 0; i < sizeof(text) - 1; i++)
		for (k = 0; k < 3; k++) {
			struct rsp_ctx *c = fresh_ctx(state);

			memcpy(copy, text, sizeof(text));
			copy[i] = "\n\"$"[k];
			if (read(c, copy, &s) != RSP_OK)
				assert_true(strncmp(c->error.text, "t:", 2) == 0);
			copy[i] = '\0';
			if (read(c, copy, &s) != RSP_OK)
				assert_true(strncmp(c->error.text, "t:", 2) == 0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_place_and_what_was_wanted),
		cmocka_unit_test(a_case_becomes_its_steps),
		cmocka_unit_test(no_text_does_harm),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
