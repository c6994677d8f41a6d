#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Orders and their stock from the command line: every verb and option, and each mistake with its sentence and nothing changed.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

eid=89049032000000000000000000100073
other=89049032000000000000000000100170
order() { "$PROGRAM" order "$@" --store "sqlite:$work/db"; }
state() { order list --json; }
made() { sed -n 's/^ICCID  *//p' "$work/out"; }
line() { sed -n "s/^$1  *//p" "$work/out"; }
# is LABEL VALUE: a line of what was shown
is() { [ "$(line "$1")" = "$2" ] || { cat "$work/out"; fail "$1: $(line "$1"), wanted $2"; }; }
# refuses CODE SENTENCE COMMAND...: the whole line on stderr, and nothing has changed
refuses() {
	code=$1 sentence=$2
	shift 2
	state >"$work/before"
	want "$code" "$@"
	[ "$(cat "$work/err")" = "esimlab order: $sentence" ] || { cat "$work/err"; fail "wanted: $sentence"; }
	state >"$work/after"
	cmp "$work/before" "$work/after" || fail "a refused command changed the store: $*"
}
try='(try: esimlab order --help)'

# ---- what an order is made as ----
want 0 order new
is state Released
is 'downloads' '0 of 10'
said out '^activation code  LPA:1\$testsmdpplus1.example.com\$[A-Z2-9]*$'
said out '^history  *[-0-9T:]*Z  ordered$'
said out '^  *[-0-9T:]*Z  released$'
plain=$(made)
want 0 order new --host smdp.example.net --matching-id MINE-1 --name 'my line' --provider me
is 'activation code' 'LPA:1$smdp.example.net$MINE-1'
refuses 1 'MatchingID MINE-1 is in use (8.2.6/3.3)' order new --matching-id MINE-1
refuses 1 "MatchingID: want letters A-Z, digits and '-' (1.6/2.1)" order new --matching-id 'a b'
refuses 1 'an empty MatchingID needs an EID: the eUICC is found by it (8.1.1/2.2)' order new --matching-id ''
refuses 1 "there is no profile type 'none' (8.2.5/3.9)" order new --profile none
refuses 1 "ICCID $plain is in use by an order in state Released (8.2.1/3.3)" order new --iccid "$plain"
refuses 1 "ICCID: want 18 to 20 digits, have '12'" order new --iccid 12
refuses 64 "--as: want allocated, linked, confirmed, expired, used-up or code-used-up $try" order new --as installed
want 0 order new --iccid 8900101999999999999
is ICCID 8900101999999999999
want 0 order new --iccid new
want 0 order new --as allocated
is state Allocated
allocated=$(made)
grep -q '^activation code' "$work/out" && fail "an allocated order has an activation code"
refuses 1 'a Linked order needs an EID' order new --as linked
want 0 order new --as linked --eid "$eid"
is state Linked
is 'bound to EID' "$eid"
linked=$(made)
want 0 order new --as confirmed
is state Confirmed
held=$(made)
want 0 order new --hold
is state Confirmed
want 0 order new --as expired
is expires "$(date -u -d "@$(($(date -u -d "$(line created)" +%s) - 1))" +%Y-%m-%dT%H:%M:%SZ)"
expired=$(made)
want 0 order new --as used-up
is downloads '10 of 10'
printf 4711 >"$work/cc"
: >"$work/empty"
want 0 order new --as code-used-up --confirmation-code-file "$work/cc"
is confirmation 'needed, 3 of 3 tries failed'
spent=$(made)
grep -q '4711' "$work/out" && fail "a confirmation code was shown"
refuses 1 'an order whose confirmation code is used up needs one' order new --as code-used-up
refuses 1 "$work/empty: holds no confirmation code" order new --confirmation-code-file "$work/empty"
refuses 2 "$work/none: cannot open: No such file or directory" order new --confirmation-code-file "$work/none"
refuses 1 'an SM-DS needs an EID: the eUICC is found by it (8.1.1/2.2)' order new --smds smds.example.com
refuses 1 'no SM-DS can be reached from here (8.9/5.1)' order new --smds smds.example.com --eid "$eid"
want 0 order new --smds smds.example.com --eid "$eid" --hold
is 'event at' smds.example.com
refuses 1 'no SM-DS can be reached from here (8.9/5.1)' order release "$(made)"

# ---- confirm, release, cancel, reset ----
refuses 1 'there is no order of ICCID 8900101000000000001 (8.2.1/3.9)' order confirm 8900101000000000001
refuses 1 'an order in state Released cannot be confirmed (8.2.1/3.3)' order confirm "$plain"
refuses 1 'the order is bound to another EID (8.1.1/3.10)' order confirm "$linked" --eid "$other"
refuses 1 'MatchingID MINE-1 is in use (8.2.6/3.3)' order confirm "$linked" --matching-id MINE-1
refuses 1 'an SM-DS needs an EID: the eUICC is found by it (8.1.1/2.2)' order confirm "$allocated" --smds smds.example.com
refuses 64 "--as is for new orders $try" order confirm "$allocated" --as linked
refuses 64 "confirm wants ICCID $try" order confirm
want 0 order confirm "$linked" --eid "$eid" --matching-id TWO --confirmation-code-file "$work/cc" --hold
is state Confirmed
is confirmation 'needed, 0 of 3 tries failed'
want 0 order release "$linked"
is state Released
refuses 1 'only a Confirmed order can be released, this one is Released (8.2.1/3.5)' order release "$linked"
want 0 order confirm "$allocated" --eid "$other"
is state Released
is 'bound to EID' "$other"
said out 'linked to an EID$'
want 0 order release "$held"
want 0 order reset "$spent"
is confirmation 'needed, 0 of 3 tries failed'
said out 'reset$'
want 0 order reset "$spent" --downloads 2 --cc-tries 1
is confirmation 'needed, 0 of 1 tries failed'
is downloads '0 of 2'
want 0 order reset "$spent" --downloads 0 --cc-tries 0
is confirmation 'needed, 0 tries failed'
is downloads '0 of any number'
want 0 order reset "$expired" --seconds 60 --clock 2030-01-01
is expires 2030-01-01T00:01:00Z
want 0 order reset "$expired"
grep -q '^expires' "$work/out" && fail "it still expires"
refuses 64 "--downloads: want a number from 0 to 4294967295 $try" order reset "$spent" --downloads many
refuses 64 "--cc-tries: want a number from 0 to 4294967295 $try" order reset "$spent" --cc-tries -1
refuses 64 "--seconds: want a number from 0 to 4294967295 $try" order reset "$spent" --seconds 5000000000
want 0 order new --as allocated
refuses 1 'an order in state Allocated has never been confirmed (8.2.1/3.5)' order reset "$(made)"
want 0 order cancel "$held"
is state Available
refuses 1 'an order in state Available cannot be cancelled (8.2.1/3.3)' order cancel "$held"
want 0 order cancel "$expired" --unavailable
is state Unavailable
refuses 1 "ICCID $expired is in use by an order in state Unavailable (8.2.1/3.3)" order new --iccid "$expired"

# ---- looking ----
want 0 order list --state unavailable
[ "$(wc -l <"$work/out")" = 2 ] && said out "^$expired *Unavailable"
refuses 64 "--state: want available, allocated, linked, confirmed, released, downloaded, installed, error or unavailable $try" order list --state gone
want 0 order show "$expired" --json
said out '"history":\[{"at":"20[-0-9T:]*Z","what":"ordered","detail":0},.*{"at":"[-0-9T:]*Z","what":"given up","detail":0}\]'
refuses 1 'there is no order of ICCID 8900101000000000001' order show 8900101000000000001
want 1 order show 8900101000000000001 --json
said out '"text":"there is no order of ICCID 8900101000000000001"'
want 0 order code "$plain" --qr
said out '^LPA:1\$'
said out '▀'
want 0 order code "$plain" --json
said out '"data":{"activationCode":"LPA:1\$testsmdpplus1.example.com\$[A-Z2-9]*"}'
want 0 order code "$plain" --png "$work/code.png"
[ "$(stat -c %a "$work/code.png")" = 600 ] || fail "a picture of an activation code is readable by others"
[ "$(od -An -tx1 -N 8 "$work/code.png" | tr -d ' ')" = 89504e470d0a1a0a ] || fail "no PNG file"
if command -v zbarimg >/dev/null 2>&1; then
	[ "$(zbarimg -q --raw "$work/code.png")" = "$(order code "$plain")" ] || fail "the picture says something else"
fi
refuses 2 "$work/no/dir: cannot write: No such file or directory" order code "$plain" --png "$work/no/dir"
refuses 1 'an order in state Available has no activation code: it is to be confirmed first' order code "$held"
refuses 1 'an order in state Available has no activation code: it is to be confirmed first' order show "$held" --qr

# ---- another place for the data key ----
mv "$work/db.key" "$work/elsewhere"
want 2 order list
rm -f "$work/db.key"
want 0 "$PROGRAM" order list --store "sqlite:$work/db" --store-key "$work/elsewhere"
mv "$work/elsewhere" "$work/db.key"
want 1 "$PROGRAM" order list --store 'nothing:'

exit 0
