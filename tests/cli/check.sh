#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# esimlab check: all cases against our own targets; its reports and exit codes; a server and a card that are somebody else's; a tenth of the broken targets;
# and the example of the manual page.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

check() { "$PROGRAM" check "$@"; }
# row WORDS: the closing line of TAP
row() { [ "$(tail -n 1 "$work/out")" = "# $1" ] || { grep -A 12 '^not ok' "$work/out"; fail "$(tail -n 1 "$work/out")"; }; }

# ---- our own ----
for role in smdpp euicc smds lpa; do
	for curve in nist brainpool; do
		want 0 check $role --curve $curve
		said out '^1\.\.[1-9][0-9]*$'
		said out '^# [1-9][0-9]* passed, 0 failed, 0 inconclusive, 0 not applicable$'
	done
done
want 0 check list
said out '^smdpp   TC_SM-DP+_ES9+.InitiateAuthenticationNIST_03$'
want 0 check faults
said out '^dp-any-address '

# ---- reports ----
want 1 check smdpp InitiateAuthentication --fault dp-any-address --junit "$work/junit.xml"
said out '^not ok [0-9]* - TC_SM-DP+_ES9+.InitiateAuthenticationNIST_03 \[asn1\]$'
said out '^# tests/scenarios/smdpp/es9_initiate_authentication.case:[0-9]*: expect 8.8.1/3.8$'
said out '^# wanted: 8.8.1/3.8'
said out '^# had:    success$'
said out '^# cause:  the target does not check: '
said out '^#   lpa    > InitiateAuthentication smdpAddress=other.example.com$'
said junit.xml '<failure message="the target does not check: the server.s address is another">wanted: 8.8.1/3.8'
said junit.xml '^<testsuite name="esimlab" tests="[0-9]*" failures="4" errors="0" skipped="0">$'
want 1 check smdpp InitiateAuthentication --fault dp-any-address --json
said out '"fail":4,'
said out '"verdict":"fail"'
want 2 check smdpp no-such-case
want 64 check smdpp --url https://a.example
said err 'wants --pki DIR'
want 64 check smdpp --curve curved
want 1 check smdpp --fault card-any-challenge
said err "smdpp has no fault 'card-any-challenge'"
want 2 check smdpp --scenarios "$work/none"

# ---- the manual page's own words ----
mkdir "$work/my"
awk '/^\.Sh EXAMPLES/ {on = 1} on && /^\.Ed/ {exit} text {print} on && /^\.Bd/ {text = 1}' tools/man/esimlab-scenario.7 >"$work/my/my.case"
want 0 check smdpp --scenarios "$work/my"
row '4 passed, 0 failed, 0 inconclusive, 0 not applicable'
want 1 check smdpp --scenarios "$work/my" --fault dp-any-address
row '2 passed, 2 failed, 0 inconclusive, 0 not applicable'
printf 'actor smdpp real\nactor lpa simulated\ncase A\nclause C\nintent I\nlpa send InitiateAuthentication smdpAdress=x\n' >"$work/my/my.case"
want 1 check smdpp --scenarios "$work/my"
[ "$(cat "$work/err")" = "esimlab check: $work/my/my.case:6:33: want a field of InitiateAuthentication (smdpAddress euiccChallenge), have 'smdpAdress=x'" ] || {
	cat "$work/err"
	fail "another sentence was wanted"
}

# ---- somebody else's server ----
want 0 "$PROGRAM" pki make "$work/pki"
start_server --pki "$work/pki" --store memory: --cc-tries 3
name=testsmdpplus1.example.com
foreign="--url https://$name --es2plus https://$name --connect-to $name:127.0.0.1:$port --pki $work/pki"
printf '# what it is said to have\nO_REBINDING\nO_RETRY_OTPK\ncc-tries=3\n' >"$work/features"
# shellcheck disable=SC2086
want 0 check smdpp $foreign --features "$work/features"
said out '^# [1-9][0-9]* passed, 0 failed, 0 inconclusive, [1-9][0-9]* not applicable$'
said out '^ok [0-9]* - TC_SM-DP+_ES9+.GetBoundProfilePackageNIST_01 \[json\] # SKIP not applicable: the target is not said to have ppk=no$'
printf 'actor smdpp real\nactor lpa simulated\nlimit 1\nbinding json\ncase A\nclause C\nintent I\ndelay 2\nlpa send InitiateAuthentication\nexpect success\n' \
	>"$work/my/my.case"
# shellcheck disable=SC2086
want 1 check smdpp $foreign --scenarios "$work/my"
said out '^# wanted: the end within 1 s$'
want 2 check smdpp --url "https://127.0.0.1:$port" --pki "$work/pki" InitiateAuthenticationNIST_01
said out "^# cause:  https://127.0.0.1:$port/.*: the server's certificate is for another name\$"
stop_server
# shellcheck disable=SC2086
want 2 check smdpp $foreign InitiateAuthenticationNIST_01
said out '^# inconclusive: '

# ---- somebody else's card ----
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
want 0 check euicc --card "$work/card" --pki "$work/pki"
said out '^# [1-9][0-9]* passed, 0 failed, 0 inconclusive, 2 not applicable$'
want 0 "$PROGRAM" euicc show "$work/card"
said out '^notifications  0 pending$'
said out '^no profile$'

# ---- teeth ----
want 0 check teeth --part "$(date +%j)"
said out '^[1-9][0-9]* faults, [1-9][0-9]* caught, [1-9][0-9]* cases$'
echo "every case against our own and other targets, reports, the manual's example, a tenth of the faults"
