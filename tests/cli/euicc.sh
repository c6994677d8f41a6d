#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Cards as files: described, shown, filled, reset, and used through each door from the other side.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

door=
# open_door IMAGE... --tcp ADDRESS...: until the last card listens
open_door() {
	"$PROGRAM" euicc serve "$@" >"$work/door.out" 2>"$work/door.err" &
	door=$!
	for _ in $(seq 100); do
		[ "$(grep -c 'listens on port' "$work/door.out")" = "$cards" ] && return 0
		kill -0 "$door" 2>/dev/null || break
		sleep 0.05
	done
	cat "$work/door.out" "$work/door.err"
	fail "the card does not listen"
}
shut_door() {
	kill "$door"
	wait "$door" || fail "serve ends with $?"
	door=
}
trap '[ -z "$door" ] || kill "$door"; cleanup' EXIT

want 0 "$PROGRAM" pki make "$work/pki"
want 0 "$PROGRAM" profile build -o "$work/p.der"

# A description makes a card that is described so.
cat >"$work/kind" <<'EOF'
[card]
svn = 2.3.0
isdr-aid = A0000005591010FFFFFFFF8900000300
default-dp = dp.example.com
[limits]
memory = 100000
profiles = 1
notifications = 5
[info]
firmware = 7.8.9
ci-signing = brainpool, nist
[rat]
rule = ppr1 26201/A1 consent
rule = ppr2 any
EOF
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki" --describe "$work/kind"
want 0 "$PROGRAM" euicc show "$work/card" --describe
cp "$work/out" "$work/kind2"
said out '^rule = ppr1 26201/A1 consent$'
said out '^default-dp = dp.example.com$'
want 0 "$PROGRAM" euicc create "$work/card2" --pki "$work/pki" --describe "$work/kind2"
want 0 "$PROGRAM" euicc show --describe "$work/card2"
cmp -s "$work/out" "$work/kind2" || fail "a description does not come back as it was"
printf '[card]\n\nsvn = 1.2.3\n' >"$work/bad"
want 1 "$PROGRAM" euicc create "$work/no" --pki "$work/pki" --describe "$work/bad"
said err "$work/bad, line 3: svn: want 2.2.2 to 2.6.x"
[ ! -e "$work/no" ] || fail "a card was made of a bad description"
want 0 "$PROGRAM" lpa --card "$work/card" --isdr-aid A0000005591010FFFFFFFF8900000300 chip info
said out '^SGP.22 *2.3.0$'
said out '^firmware *7.8.9$'
said out '^free memory *100000 octets$'

# A package straight into a card, with a download's checks.
want 0 "$PROGRAM" euicc create "$work/a" --pki "$work/pki" --default-dp dp.example.com
want 0 "$PROGRAM" euicc install "$work/a" "$work/p.der" --name Mine --provider Me --enable
said out '^installed: ICCID 8900101000000000001 in ISD-P A0000005591010FFFFFFFF8900001000, enabled$'
want 1 "$PROGRAM" euicc install "$work/a" "$work/p.der"
said err 'iccidAlreadyExistsOnEuicc (9)'
head -c 900 "$work/p.der" >"$work/half.der"
want 0 "$PROGRAM" euicc create "$work/b" --pki "$work/pki"
want 1 "$PROGRAM" euicc install "$work/b" "$work/half.der"
said err 'peProcessingError (12)'
want 1 "$PROGRAM" euicc install "$work/b" "$work/p.der" --class test
said err 'testProfileInvalidNaaKey (14)'
want 64 "$PROGRAM" euicc install "$work/b" "$work/p.der" --class none
want 0 "$PROGRAM" euicc show "$work/b"
said out '^no profile$'

# Through a connection: each card has its port, and two terminals do not have one card.
cards=2
open_door "$work/a" "$work/b" --tcp 127.0.0.1:0
port=$(sed -n "s|^$work/a listens on port ||p" "$work/door.out")
other=$(sed -n "s|^$work/b listens on port ||p" "$work/door.out")
want 0 "$PROGRAM" lpa -r "tcp:127.0.0.1:$port" profile list
said out '^8900101000000000001 *enabled *Mine (Me)'
want 0 "$PROGRAM" lpa -r "tcp:127.0.0.1:$other" profile list
said out '^no profile$'
want 0 "$PROGRAM" lpa -r "tcp:127.0.0.1:$port" profile disable 8900101000000000001
want 0 "$PROGRAM" lpa -r "tcp:127.0.0.1:$port" profile list
said out '^8900101000000000001 *disabled'
want 1 "$PROGRAM" lpa --card "$work/a" profile list
said err 'another process has this card'
shut_door
want 2 "$PROGRAM" lpa -r "tcp:127.0.0.1:$port" profile list
said err 'nobody listens'

# lpac's lines.
stdio="stdio:$PROGRAM euicc serve $work/a --stdio"
want 0 "$PROGRAM" lpa -r "$stdio" profile enable 8900101000000000001
want 0 "$PROGRAM" lpa -r "$stdio" profile nickname 8900101000000000001 Hallo
want 0 "$PROGRAM" lpa -r "$stdio" profile list
said out '^8900101000000000001 *enabled *"Hallo" Mine'
want 2 "$PROGRAM" lpa -r "stdio:exit 3" profile list
said err 'the card program has ended'
want 2 "$PROGRAM" lpa -r "stdio:echo no" profile list
said err 'which is no answer'

want 0 "$PROGRAM" euicc reset "$work/a" --operational
want 1 "$PROGRAM" euicc reset "$work/a" --operational --test
said err 'nothingToDelete (1)'
want 0 "$PROGRAM" euicc show "$work/a"
said out '^no profile$'
said out '^default SM-DP+ dp.example.com$'
want 0 "$PROGRAM" euicc reset "$work/a" --default-dp
want 0 "$PROGRAM" euicc show "$work/a"
said out '^default SM-DP+ -$'
want 64 "$PROGRAM" euicc serve "$work/a"
want 64 "$PROGRAM" euicc serve "$work/a" "$work/b" --stdio

# Idle cards share what is equal: their number is no matter of memory.
want 0 "$PROGRAM" bench cards --cards 100 --json ${ESIMLAB_DATA:+--package "$ESIMLAB_DATA/ts48/ts48-v7-saip23-bertlv-suci.der"}
each=$(sed -n 's/.*"octets_a_card":\([0-9]*\).*/\1/p' "$work/out")
[ "$each" -lt 8192 ] || fail "an idle card costs $each octets"
