#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A capture is pcapng with one packet an APDU, the same for the same seed, without a hashed confirmation code; tshark reads it when it is installed.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

for run in first second; do
	want 0 "$PROGRAM" demo --seed 1 --clock 2026-06-01T00:00:00Z --trace "$work/$run.pcapng"
done
cmp "$work/first.pcapng" "$work/second.pcapng" || fail "two runs with one seed differ"
magic=$(od -An -tx1 -N12 "$work/first.pcapng" | tr -d ' \n')
[ "$magic" = 0a0d0d0a1c0000004d3c2b1a ] || fail "no pcapng header: $magic"
strings -n 8 "$work/first.pcapng" >"$work/words"
said words "phone: MANAGE CHANNEL, open a channel (9000 ok)"
said words "phone: GetEUICCChallenge, STORE DATA, block 0, last, 3 octets, channel 1"
said words "laptop: LoadBoundProfilePackage, STORE DATA"
want 2 "$PROGRAM" demo --seed 1 --trace "$work/no/such/folder.pcapng"
grep -q 'cannot write' "$work/err" || fail "no sentence for a capture that cannot be written"

# The LPA, too; a card in a file.
want 0 "$PROGRAM" pki make "$work/pki" --seed 1
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki" --seed 1
want 0 "$PROGRAM" lpa chip info --card "$work/card" --trace "$work/lpa.pcapng"
strings -n 8 "$work/lpa.pcapng" >"$work/words"
said words "^GetEID, STORE DATA, block 0, last, 6 octets, channel 1"

if ! command -v tshark >/dev/null 2>&1; then
	echo "tshark is not installed: the captures were not opened with it (tools/deps extra)"
	exit 77
fi
tshark -r "$work/first.pcapng" -T fields -e _ws.col.Protocol -e _ws.col.Info -e frame.comment >"$work/shark" 2>"$work/shark.err" ||
	fail "tshark: $(cat "$work/shark.err")"
[ "$(wc -l <"$work/shark")" -gt 200 ] || fail "too few packets: $(wc -l <"$work/shark")"
grep -v '^GSM SIM' "$work/shark" && fail "packets that are no GSM SIM"
grep -qi 'SELECT Application a0000005591010ffffffff8900000100.*phone: SELECT AID' "$work/shark" || fail "SELECT of the ISD-R is not there"
tshark -r "$work/first.pcapng" -Y _ws.malformed 2>/dev/null | grep . && fail "malformed packets"
tshark -r "$work/lpa.pcapng" -c 1 2>/dev/null | grep -q 'GSM SIM' || fail "tshark does not open the LPA's capture"
exit 0
