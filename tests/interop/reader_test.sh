#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A card behind a real PC/SC daemon: the LPA downloads through the reader, and other people's programs read the profile. With the GSMA test PKI and a
# TS.48 profile when ESIMLAB_DATA names them, and with the project's own.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
# shellcheck source=tests/interop/pcscd.inc
. tests/interop/pcscd.inc
private_namespaces "$0" "$@"
trap interop_cleanup EXIT

# hex of the answer to opensc-tool's commands, without status words
tool() { timeout 20 opensc-tool -r "$reader" -s "$1" -s "$2" 2>/dev/null; }
octets() { tr -d ' ' <"$1" | sed -n 's/^\(\([0-9A-F][0-9A-F]:*\)*\).*/\1/p'; }

# round PKI PROFILE ICCID-OCTETS [CLOCK]: order, download, enable, list, read
round() {
	pki=$1 profile=$2 clock=${4:-}
	rm -f "$work/card"
	want 0 "$PROGRAM" euicc create "$work/card" --pki "$pki" ${clock:+--clock "$clock"}
	start_server --pki "$pki" --profiles "$work/profiles" --store "sqlite:$work/db-$profile" ${clock:+--clock "$clock"}
	code=$("$PROGRAM" order new --store "sqlite:$work/db-$profile" --profiles "$work/profiles" --profile "$profile" | sed -n 's/^activation code  //p')
	[ -n "$code" ] || fail "no order"
	insert "$work/card"
	reader="Virtual PCD 00 00"
	want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" --pki "$pki" ${clock:+--clock "$clock"} \
		--connect-to "testsmdpplus1.example.com:127.0.0.1:$port" profile download "$code"
	iccid=$(sed -n 's/^installed: ICCID \([0-9]*\) .*/\1/p' "$work/out")
	want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" profile enable "$iccid"
	want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" profile list
	said out "^$iccid *enabled"
	timeout 20 opensc-tool -r "$reader" -s 00A40004023F00 -s 00A40004022FE2 -s 00B000000A >"$work/read" 2>&1
	grep -q "$3" "$work/read" || { cat "$work/read"; fail "opensc-tool does not read EF.ICCID $3"; }
	if command -v scriptor >/dev/null 2>&1; then
		printf '00 A4 00 04 02 2F E2\n00 B0 00 00 0A\n' >"$work/script"
		timeout 20 scriptor -r "$reader" "$work/script" >"$work/read2" 2>&1
		grep -q "$3" "$work/read2" || { cat "$work/read2"; fail "scriptor does not read EF.ICCID"; }
	fi
	# The card is what it was after its process was killed.
	remove KILL
	want 0 "$PROGRAM" euicc show "$work/card"
	said out "^profile $iccid *enabled"
	insert "$work/card"
	want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" profile list
	said out "^$iccid *enabled"
	want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" chip info
	remove
	stop_server
}

start_pcscd
mkdir "$work/profiles"
want 0 "$PROGRAM" pki make "$work/pki"
want 0 "$PROGRAM" profile build -o "$work/profiles/own.der"
round "$work/pki" own "98 00 01 01 00 00 00 00 00 F1"
# Two cards of one process, each in a slot of its own: the ports follow each other.
want 0 "$PROGRAM" euicc create "$work/one" --pki "$work/pki"
want 0 "$PROGRAM" euicc create "$work/two" --pki "$work/pki"
want 0 "$PROGRAM" euicc install "$work/two" "$work/profiles/own.der" --name Second --enable
"$PROGRAM" euicc serve "$work/one" "$work/two" --vpcd 127.0.0.1:35963 >"$work/card.out" 2>&1 &
card=$!
for _ in $(seq 200); do
	[ "$(opensc-tool -l 2>/dev/null | grep -c 'Yes.*Virtual PCD')" = 2 ] && break
	sleep 0.05
done
want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD 00 00" profile list
said out '^no profile$'
want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD 00 01" profile list
said out '^[0-9]* *enabled *Second'
# 0.1 ms when the machine is quiet; delayed acknowledgements would make it 44
want 0 timeout 60 "$PROGRAM" bench reader -r "Virtual PCD 00 01" --json
cat "$work/out"
[ "$(sed -n 's/.*"median_ms":\([0-9]*\)\..*/\1/p' "$work/out")" -lt 10 ] || fail "a command takes too long"
remove
if [ -n "${ESIMLAB_DATA:-}" ]; then
	cp "$ESIMLAB_DATA/ts48/ts48-v7-saip23-bertlv-suci.der" "$work/profiles/ts48.der"
	round "$ESIMLAB_DATA/sgp26" ts48 "98 00 10 32 54 76 98 10 32 14" 2026-11-01T00:00:00Z
else
	echo "without the GSMA test PKI and profile: ESIMLAB_DATA is not set"
fi
