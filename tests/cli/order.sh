#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Orders and their stock from the command line: every verb and option, and each mistake with its sentence and nothing changed.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

eid=89049032000000000000000000100073
other=89049032000000000000000000100170
order() { "$PROGRAM" order "$@" --store "sqlite:$work/db"; }
stock() { "$PROGRAM" order stock "$@" --store "sqlite:$work/db"; }
state() { order list --json; stock list --json; }
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
	sed 's/ after [0-9]* ms//' "$work/err" >"$work/sentence"
	[ "$(cat "$work/sentence")" = "esimlab order: $sentence" ] || { cat "$work/err"; fail "wanted: $sentence"; }
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
refuses 1 'profile name: want at most 64 octets of UTF-8 (1.6/2.1)' order new --name "$(printf %065d 0)"
refuses 1 'profile name: want at most 64 octets of UTF-8 (1.6/2.1)' order new --name "$(printf 'a\303')"
refuses 1 'service provider name: want at most 32 octets of UTF-8 (1.6/2.1)' order new --provider "$(printf %033d 0)"
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

# ---- events at an SM-DS ----
want 0 "$PROGRAM" pki make "$work/pki" --smds-host smds.example.com
refuses 1 "https://smds.example.com/gsma/rsp2/es12/registerEvent: Failed to connect to 127.0.0.1 port 1: Couldn't connect to server (8.9/5.1)" \
	order new --smds smds.example.com --eid "$eid" --pki "$work/pki" --connect-to smds.example.com:127.0.0.1:1
"$PROGRAM" smds serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --pki "$work/pki" --host smds.example.com --store memory: >"$work/ds.out" 2>"$work/ds.err" &
server=$!
for _ in $(seq 100); do
	admin=$(sed -n 's/^administration listens on port //p' "$work/ds.out")
	[ -n "$admin" ] && break
	sleep 0.05
done
smds="--smds smds.example.com --pki $work/pki --connect-to smds.example.com:127.0.0.1:$(sed -n 's/^SM-DS .* listens on port //p' "$work/ds.out")"
# events N: so many are there
events() {
	have=$("$PROGRAM" smds events --json --admin "127.0.0.1:$admin" | grep -o '"eventId"' | wc -l)
	[ "$have" = "$1" ] || fail "$have events, wanted $1"
}
# shellcheck disable=SC2086
{
	want 0 order new --eid "$eid" --matching-id EVENT-1 $smds
	is 'event at' smds.example.com
	events 1
	want 0 order new --eid "$eid" --matching-id EVENT-2 --hold $smds
	events 1
	want 0 order release "$(made)" $smds
	events 2
	want 0 order new --eid "$eid" --as linked
	want 0 order confirm "$(made)" --matching-id EVENT-3 $smds
	events 3
}
stop_server
rm "$work/pki"/SK_S_SM_DP_TLS_*
refuses 1 "$work/pki: has no TLS key of an SM-DP+, which an SM-DS demands" order new --pki "$work/pki"
refuses 2 "$work/none: no such folder (esimlab pki make $work/none makes one)" order new --pki "$work/none"

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
want 64 "$PROGRAM" order stock list
want 64 "$PROGRAM" order stock

# ---- the stock: from a file ----
K=00112233445566778899AABBCCDDEEFF
mkdir "$work/types"
want 0 "$PROGRAM" profile build -o "$work/types/only.template.der"
printf '[stock]\nonly = yes\n' >"$work/types/only.ini"
cp "$work/types/only.template.der" "$work/types/finished.der"
# csv LINE...: as the file
csv() { printf '%s\n' "$@" >"$work/in.csv"; }
# wrong SENTENCE LINE...: the file is refused with it
wrong() {
	sentence=$1
	shift
	csv "$@"
	refuses 1 "$work/in.csv$sentence" stock add --type only "$work/in.csv"
	grep -q "$K" "$work/err" && fail "a key was shown"
}
csv 'ICCID,imsi,K,op,"msisdn",kic,kid,kik,pin1,puk1,adm1' '' \
	"8988211000000000011,001010000000001,$K,$K,+491701234567,$K,$K,$K,4711,12345678,3132333435363738" \
	"\"8988211000000000029\" , 001010000000002,$K,$K,,,,,,,"
want 0 stock add --type only "$work/in.csv" --profiles "$work/types"
[ "$(cat "$work/out")" = '2 added, 0 replaced: ICCID 8988211000000000011 to 8988211000000000029' ] || fail "not two"
want 0 stock list
[ "$(sed -n 2,3p "$work/out" | tr -s ' ')" = "8988211000000000011 Available only 001010000000001 491701234567
8988211000000000029 Available only 001010000000002 " ] || { cat "$work/out"; fail "the list is another"; }
grep -qi "$K" "$work/out" && fail "a key was listed"
csv iccid,imsi,k,opc "8988211000000000037,001010000000003,$K,$K"
want 0 "$PROGRAM" order stock add --store "sqlite:$work/db" --type only --json - <"$work/in.csv"
said out '"data":{"added":1,"replaced":0,"first":"8988211000000000037","last":"8988211000000000037"}'
want 0 stock add --type only "$work/in.csv"
said out '^0 added, 1 replaced'
head='iccid,imsi,k,opc'
row="8988211000000000102,001010000000010,$K,$K"
wrong ': is empty; want a line with the columns'\'' names'
wrong ': holds no subscription' "$head"
wrong ', line 1, column 3: want one of iccid imsi k opc op msisdn kic kid kik pin1 puk1 adm1' "iccid,imsi,$K"
wrong ', line 1, column 5: want one of iccid imsi k opc op msisdn kic kid kik pin1 puk1 adm1' "$head,"
wrong ', line 1, column k: stands there twice' "$head,k"
wrong ', line 1, column iccid: is missing' imsi,k,opc
wrong ', line 1, column imsi: is missing' iccid,k,opc
wrong ', line 1, column k: is missing' iccid,imsi,opc
wrong ', line 1, column opc: is missing, and op too' iccid,imsi,k
wrong ', line 1, column opc: want opc or op, not both' "$head,op"
wrong ', line 1, column kic: want kic, kid and kik together' "$head,kid"
wrong ', line 3: want 4 columns, have more' "$head" "$row" "$row,1"
wrong ', line 2: want 4 columns, have fewer' "$head" "8988211000000000102,001010000000010,$K"
wrong ', line 2, column iccid: want 18 to 20 digits' "$head" "12345,001010000000010,$K,$K"
wrong ', line 2, column iccid: want 18 to 20 digits' "$head" ",001010000000010,$K,$K"
wrong ', line 4, column imsi: want 6 to 15 digits' "$head" "$row" '' "8988211000000000110,00101000000001a,$K,$K"
wrong ', line 2, column k: want 32 hex digits' "$head" "8988211000000000102,001010000000010,${K}0,$K"
wrong ', line 2, column opc: want 32 hex digits' "$head" "8988211000000000102,001010000000010,$K,xy"
wrong ', line 2, column op: want 32 hex digits' iccid,imsi,k,op "8988211000000000102,001010000000010,$K,"
wrong ', line 2, column msisdn: want 1 to 15 digits' "$head,msisdn" "$row,12-34"
wrong ', line 2, column kid: want 32 hex digits' "$head,kic,kid,kik" "$row,$K,1,$K"
wrong ', line 2, column kid: want all three of kic, kid, kik or none' "$head,kic,kid,kik" "$row,$K,,$K"
wrong ', line 2, column pin1: want 4 to 8 digits' "$head,pin1" "$row,123"
wrong ', line 2, column puk1: want 8 digits' "$head,puk1" "$row,1234567"
wrong ', line 2, column adm1: want 16 hex digits' "$head,adm1" "$row,1234"
wrong ', line 3, column iccid: 8988211000000000102 stands in line 2 already' "$head" "$row" "8988211000000000102,001010000000011,$K,$K"
wrong ', line 3, column imsi: 001010000000010 stands in line 2 already' "$head" "$row" "8988211000000000110,001010000000010,$K,$K"
csv "$head" "$row"
refuses 2 "$work/none.csv: cannot open: No such file or directory" stock add --type only "$work/none.csv"
refuses 1 "there is no profile type 'none'" stock add --type none --profiles "$work/types" "$work/in.csv"
refuses 1 "profile type 'finished' is a finished package, which takes nothing from a stock" stock add --type finished --profiles "$work/types" "$work/in.csv"
refuses 64 "stock add wants --type NAME, at most 63 characters $try" stock add "$work/in.csv"
refuses 64 "stock add wants either FILE.csv or --count $try" stock add --type only
refuses 64 "stock add wants either FILE.csv or --count $try" stock add --type only --count 1 "$work/in.csv"
refuses 64 "--iccid, --imsi and --csv-out go with --count $try" stock add --type only --imsi 001010000000001 "$work/in.csv"
refuses 64 "--state: want available, allocated or retired $try" stock list --state released

# ---- the stock: made here ----
want 0 stock add --type made --count 12 --iccid 898821100000000998 --imsi 001019999999988 --csv-out "$work/made.csv"
said out '^12 added, 0 replaced: ICCID 8988211000000009988 to 8988211000000010093$'
[ "$(stat -c %a "$work/made.csv")" = 600 ] || fail "keys are readable by others"
[ "$(wc -l <"$work/made.csv")" = 13 ] || fail "not twelve"
[ "$(cut -d, -f4 "$work/made.csv" | sort -u | wc -l)" = 13 ] || fail "two have one key"
[ "$(sed -n '2p;13p' "$work/made.csv" | cut -d, -f1,2)" = '8988211000000009988,001019999999988
8988211000000010093,001019999999999' ] || fail "numbers: $(cut -d, -f1,2 "$work/made.csv")"
refuses 1 "$work/made.csv: is there already, and may hold keys" stock add --type made --count 1 --csv-out "$work/made.csv"
want 0 stock add --type made "$work/made.csv"
said out '^0 added, 12 replaced'
want 0 stock add --type made --count 2 --iccid 8988211000000020001
said out 'ICCID 8988211000000020001 to 8988211000000020019$'
refuses 1 '--iccid: want 1 as the check digit, have 2' stock add --type made --count 2 --iccid 8988211000000020002
refuses 1 '--iccid: want 18 digits, or 19 or 20 with the check digit' stock add --type made --count 2 --iccid 89882110
refuses 1 '--imsi: want 6 to 15 digits' stock add --type made --count 2 --imsi 00101x
refuses 1 '--imsi: after 1 of 2 the numbers run out' stock add --type made --count 2 --imsi 001019999999999
refuses 1 '--iccid: after 10 of 11 the numbers run out' stock add --type made --count 11 --iccid 898821109999999990
refuses 64 "--count: want a number from 1 to 200000 $try" stock add --type made --count 0
refuses 64 "--csv-out wants a file $try" stock add --type made --count 1 --csv-out -
refuses 2 "$work/no/csv: cannot write: No such file or directory" stock add --type made --count 1 --csv-out "$work/no/csv"

# ---- orders from the stock ----
want 0 order new --profiles "$work/types" --profile only
said out '^profile *only, of the stock$'
want 0 order new --profiles "$work/types" --profile only
want 0 order new --profiles "$work/types" --profile only
last=$(made)
refuses 1 "the stock of profile type 'only' has nothing available (8.2.5/3.7)" order new --profiles "$work/types" --profile only
refuses 1 "ICCID 8988211000000020001 is in the stock of profile type 'made', not 'only' (8.2.5/3.8)" \
	order new --profiles "$work/types" --profile only --iccid 8988211000000020001
csv "$head" "$last,001010000000003,$K,$K"
refuses 1 "ICCID $last of the stock is Allocated (8.2.1/3.3)" stock add --type only "$work/in.csv"
refuses 1 "ICCID $last of the stock is Allocated (8.2.1/3.3)" stock add --type only --count 2 --iccid "$last" --csv-out "$work/gone.csv"
[ ! -e "$work/gone.csv" ] || fail "keys that are in no stock"
want 0 stock list --type only --state allocated
[ "$(wc -l <"$work/out")" = 4 ] || fail "not three"
want 0 order cancel "$last"
want 0 stock list --type only --state available
said out "^$last *Available"
want 0 order new --profiles "$work/types" --profile only --iccid "$last"
want 0 order cancel "$last" --unavailable
want 0 stock list --state retired --json
said out "\"data\":\\[{\"iccid\":\"$last\",\"state\":\"Retired\",\"type\":\"only\",\"imsi\":\"0010100000000[0-9]*\",\"msisdn\":\"[0-9]*\"}\\]}"
refuses 1 "ICCID $last of the stock is Retired (8.2.1/3.3)" order new --profiles "$work/types" --profile only --iccid "$last"
printf '[metadata]\nowner = 1\n' >"$work/types/only.ini"
refuses 2 "$work/types/only.ini, line 2: owner: want MCC and MNC, 5 or 6 digits" order new --profiles "$work/types" --profile only
want 2 timeout 20 "$PROGRAM" smdpp serve --listen 127.0.0.1:0 --pki "$work/pki" --store memory: --profiles "$work/types"
said err "^esimlab smdpp: $work/types/only.ini, line 2: owner: want MCC and MNC, 5 or 6 digits\$"
want 2 timeout 20 "$PROGRAM" smdpp serve --listen 127.0.0.1:0 --pki "$work/pki" --store memory: --profiles "$work/none"
said err "^esimlab smdpp: $work/none: cannot read the folder: "
exit 0
