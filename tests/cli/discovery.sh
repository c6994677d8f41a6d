#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# From an operator's order to a card that knows nothing but its root SM-DS: ES2+, ES12 at an alternative SM-DS, ES15 to the root, ES11 twice, ES9+.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
pids=
trap 'kill $pids 2>/dev/null; cleanup' EXIT

root=testrootsmds.example.com alt=altsmds.example.com dp=testsmdpplus1.example.com
# serve NAME NOUN ARGS...: a server in the background; its ports to files NAME.port, NAME.admin
serve() {
	name=$1 noun=$2
	shift 2
	"$PROGRAM" "$noun" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --pki "$work/pki" "$@" >"$work/$name.out" 2>"$work/$name.err" &
	pids="$pids $!"
	for _ in $(seq 100); do
		sed -n 's/^administration listens on port //p' "$work/$name.out" >"$work/$name.admin"
		sed -n 's/^SM-D.* listens on port //p' "$work/$name.out" >"$work/$name.port"
		[ -s "$work/$name.admin" ] && return 0
		sleep 0.05
	done
	cat "$work/$name.err"
	fail "$name did not start"
}
port() { cat "$work/$1.port"; }
events() { "$PROGRAM" smds events --json --admin "127.0.0.1:$(cat "$work/$1.admin")"; }
# events NAME wanted: wait until so many are there
wait_events() {
	for _ in $(seq 200); do
		[ "$(events "$1" | grep -o '"eventId"' | wc -l)" = "$2" ] && return 0
		sleep 0.05
	done
	events "$1"
	fail "$1: not $2 events"
}
# es2p FUNCTION BODY: an operator's call; the answer in $work/es2p
es2p() {
	curl -sS --cacert "$work/ca.pem" --cert-type DER --cert "$work/pki/CERT_S_SM_OPERATOR_TLS_NIST.der" --key-type DER \
		--key "$work/pki/SK_S_SM_OPERATOR_TLS_NIST.p8" --resolve "$dp:$(port dp):127.0.0.1" -H 'Content-Type: application/json' -d "$2" \
		"https://$dp:$(port dp)/gsma/rsp2/es2plus/$1" >"$work/es2p" 2>"$work/es2p.err" || { cat "$work/es2p.err"; fail "ES2+ $1"; }
}
order() {
	call=$((${call:-0} + 1))
	es2p downloadOrder "{\"header\":{\"functionRequesterIdentifier\":\"2.999.1\",\"functionCallIdentifier\":\"o$call\"},\"profileType\":\"default\",\"eid\":\"$eid\"}"
	iccid=$(sed -n 's/.*"iccid":"\([0-9]*\)".*/\1/p' "$work/es2p")
	[ -n "$iccid" ] || { cat "$work/es2p"; fail "no order"; }
	es2p confirmOrder "{\"header\":{\"functionRequesterIdentifier\":\"2.999.1\",\"functionCallIdentifier\":\"c$call\"},\"iccid\":\"$iccid\",\"eid\":\"$eid\",\"releaseFlag\":true,\"smdsAddress\":\"$1\"}"
}
lpa() {
	"$PROGRAM" lpa --card "$work/card" --pki "$work/pki" --connect-to "$root:127.0.0.1:$(port root)" --connect-to "$alt:127.0.0.1:$(port alt)" \
		--connect-to "$dp:127.0.0.1:$(port dp)" "$@"
}

want 0 "$PROGRAM" pki make "$work/pki" --smds-host "$root,$alt"
openssl x509 -inform DER -in "$work/pki/CERT_CI_ECDSA_NIST.der" -out "$work/ca.pem" || fail "openssl"
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
eid=$("$PROGRAM" euicc show "$work/card" | sed -n 's/^EID *//p')
[ -n "$eid" ] || fail "no EID"
serve root smds --host "$root" --store "sqlite:$work/root.db"
serve alt smds --host "$alt" --store "sqlite:$work/alt.db" --root "$root" --connect-to "$root:127.0.0.1:$(port root)"
serve dp smdpp --host "$dp" --store "sqlite:$work/dp.db" --connect-to "$alt:127.0.0.1:$(port alt)" --connect-to "$root:127.0.0.1:$(port root)"

want 0 lpa discovery
said out '^nothing is waiting'

# The alternative one, which tells the root.
order "$alt"
grep -q 'Executed-Success' "$work/es2p" || { cat "$work/es2p"; fail "the order is not confirmed"; }
wait_events alt 1
wait_events root 1
events root | grep -q "\"rspServerAddress\":\"$alt\"" || { events root; fail "the root does not lead to the alternative SM-DS"; }
want 0 lpa discovery
said out "^installed: ICCID $iccid from $dp"
wait_events alt 0
wait_events root 0

# The root itself, and another at the same time.
order "$root"
first=$iccid
order "$alt"
wait_events root 2
want 0 lpa --json discovery
said out "\"iccid\":\"$first\""
said out "\"iccid\":\"$iccid\""
said out '"events":2,"downloaded":2,"failed":0'
wait_events root 0

# An SM-DS that cannot be reached, one that is not known: the order is not confirmed, and can be later.
order nowhere.example.com
grep -q '"subjectCode":"8.9","reasonCode":"5.1"' "$work/es2p" || { cat "$work/es2p"; fail "want 8.9/5.1"; }
"$PROGRAM" order show --store "sqlite:$work/dp.db" "$iccid" >"$work/out"
said out '^state  *Linked'

# Cancelling takes the event away.
order "$root"
wait_events root 1
id=$(sed -n 's/.*"matchingId":"\([A-Z0-9-]*\)".*/\1/p' "$work/es2p")
es2p cancelOrder "{\"header\":{\"functionRequesterIdentifier\":\"2.999.1\",\"functionCallIdentifier\":\"x\"},\"iccid\":\"$iccid\",\"eid\":\"$eid\",\"matchingId\":\"$id\",\"finalProfileStatusIndicator\":\"Unavailable\"}"
grep -q 'Executed-Success' "$work/es2p" || { cat "$work/es2p"; fail "not cancelled"; }
wait_events root 0
want 0 lpa discovery
said out '^nothing is waiting'
exit 0
