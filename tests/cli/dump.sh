#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What dump says of our own seeded things is what was kept in vectors/dump; files, standard input and words are taken alike; nothing fails on GSMA's data.
#   tests/cli/dump.sh            compare
#   tests/cli/dump.sh keep       keep what is said now
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

keep=${1:-}
kept=vectors/dump
at="--clock 2026-06-01T00:00:00Z"
# dump ARGS...: at a fixed time, for it says of certificates whether they are out of date
dump() { "$PROGRAM" dump $at "$@"; }
# same NAME CODE ARGS...: exit code and output as kept
same() {
	name=$1 code=$2
	shift 2
	want "$code" dump "$@"
	if [ "$keep" = keep ]; then
		cp "$work/out" "$kept/$name"
	else
		diff -u "$kept/$name" "$work/out" >"$work/diff" || { head -n 40 "$work/diff"; fail "$name is not as kept; wanted change: tests/cli/dump.sh keep"; }
	fi
}

# A whole download of one device, and one message of it in every form.
grep '^phone' vectors/sessions/demo-seed-1.trace >"$work/phone.trace"
same download.txt 0 "$work/phone.trace"
sed -n 's/^phone card< AuthenticateServer //p' "$work/phone.trace" | head -n 1 >"$work/hex"
same response.txt 0 "$work/hex"
perl -ne 'chomp; print pack "H*", $_' "$work/hex" >"$work/der"
want 0 dump "$work/der"
cmp -s "$work/out" "$kept/response.txt" || fail "octets and hex of one message are explained differently"
base64 -w 0 "$work/der" | dump - >"$work/out"
cmp -s "$work/out" "$kept/response.txt" || fail "octets and base64 of one message are explained differently"
same response.json 0 --json "$work/hex"
head -c 700 "$work/der" >"$work/cut"
same response-cut.txt 1 "$work/cut"
sed -n 's/^phone http> AuthenticateClient //p' "$work/phone.trace" | head -n 1 >"$work/body"
same body.txt 0 "$work/body"

# Things with files of their own.
want 0 "$PROGRAM" pki make "$work/pki" --seed 1 $at
same certificate.txt 0 "$work/pki/CERT_EUM_ECDSA_NIST.der"
same crl.txt 0 "$work/pki/CRL_CI_ECDSA_NIST.der"
same private-key.txt 0 "$work/pki/SK_CI_ECDSA_NIST.p8"
openssl x509 -inform der -in "$work/pki/CERT_EUM_ECDSA_NIST.der" >"$work/pem"
want 0 dump "$work/pem"
cmp -s "$work/out" "$kept/certificate.txt" || fail "DER and PEM of one certificate are explained differently"
want 0 "$PROGRAM" profile build -o "$work/package"
same package.txt 0 "$work/package"
same package-whole.txt 0 --whole "$work/package"
head -c 900 "$work/package" >"$work/cut"
same package-cut.txt 1 "$work/cut"
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki" --seed 1 $at
same card.txt 0 "$work/card"
want 1 dump "$work/package" --keys "$work/hex"
said err 'keys: line 1'

# APDUs as others write them.
printf '%s\n' '[DEBUG] [APDU] [TX] CLA: 00, INS: A4, P1: 04, P2: 00, Lc: 10, Data: A0 00 00 05 59 10 10 FF FF FF FF 89 00 00 01 00 ' \
	'[DEBUG] [APDU] [RX] SW1: 90, SW2: 00, Data: ' \
	'[DEBUG] [APDU] [TX] CLA: 81, INS: E2, P1: 91, P2: 00, Lc: 06, Data: BF 3E 03 5C 01 5A ' \
	'[DEBUG] [APDU] [RX] SW1: 61, SW2: 15, Data: ' \
	'[DEBUG] [APDU] [TX] CLA: 81, INS: C0, P1: 00, P2: 00, Lc: 15' \
	'[DEBUG] [APDU] [RX] SW1: 90, SW2: 00, Data: BF 3E 12 5A 10 89 04 90 32 00 00 00 00 00 00 00 00 00 10 00 73 ' >"$work/lpac"
same apdu.txt 0 "$work/lpac"

# Codes as words.
same activation-code.txt 0 'LPA:1$smdp.example.com$ABC-123$2.999.10$1'
same status-code.txt 0 8.2.6/3.8
same status-word.txt 0 SW 6985
printf 'QR-Code:LPA:1$smdp.example.com$ABC-123$2.999.10$1\n' | dump - >"$work/out" || fail "the content of a QR code is not taken"
said out 'MatchingID  ABC-123'

want 2 dump "$work/none"
said err 'cannot open'
want 1 dump 'neither this nor that'
want 1 dump /dev/null
want 64 dump
[ "$keep" = keep ] && exit 0

[ -n "${ESIMLAB_DATA:-}" ] || exit 0
for f in "$ESIMLAB_DATA"/*/*.der "$ESIMLAB_DATA"/*/*.p8; do
	"$PROGRAM" dump --whole "$f" >"$work/out" 2>&1 || fail "$f: $(head -n 3 "$work/out")"
done
exit 0
