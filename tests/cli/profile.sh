#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Packages from descriptions: the project's own, the example of every element, the one in the man page with what it says there.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

want 0 "$PROGRAM" profile build -o "$work/own.der"
want 0 "$PROGRAM" profile build --description
cp "$work/out" "$work/own.ini"
want 0 "$PROGRAM" profile build -o "$work/again.der" "$work/own.ini"
cmp "$work/own.der" "$work/again.der" || fail "the built-in description does not make the built-in package"

want 0 "$PROGRAM" profile build -o "$work/elements.der" tools/share/profile-elements.ini
want 0 "$PROGRAM" profile lint "$work/elements.der"
said out '^W02 element 29: a card goes on without application: runtime-not-supported$'
want 0 "$PROGRAM" profile show "$work/elements.der"
for kind in header mf pukCodes pinCodes cd telecom usim opt-usim akaParameter phonebook gsm-access df-5gs df-saip df-snpn df-5gprose eap isim \
	opt-isim csim opt-csim cdmaParameter genericFileManagement securityDomain rfm application nonStandard end; do
	said out "^  [0-9]* *$kind "
done
said out '^  A00000055910100002 *rfm, security level 16, TAR B00011 B00012, ADF A0000000871002FF49FFFF8900000100, of A000000151000000$'
grep -q 000102030405060708090A0B0C0D0E0F "$work/out" && fail "a key is shown without --secrets"
want 0 "$PROGRAM" profile --json show "$work/elements.der"
said out '"kind":"nonStandard","identification":30,"mandated":false,"status":1'

# The page's example, and the numbers it shows.
page=tools/man/esimlab-profile.1
sed -n '/^\[profile\]$/,/^\.Ed$/p' "$page" | sed '/^\.Ed$/d' >"$work/numbers.ini"
want 0 "$PROGRAM" profile build -o "$work/numbers.der" "$work/numbers.ini"
grep -q "^$(sed "s|$work/||" "$work/out")\$" "$page" || fail "the man page shows another size than: $(cat "$work/out")"
want 0 "$PROGRAM" profile lint "$work/numbers.der"
said out '^0 findings, 0 errors$'
want 0 "$PROGRAM" profile personalise -o "$work/mine.der" --imsi 001010000000077 "$work/numbers.der"
want 0 "$PROGRAM" profile show -v "$work/mine.der"
grep ADN "$work/out" | cut -c 1-61 >"$work/line"
grep -qxF "$(cat "$work/line")" "$page" || fail "the man page shows another line than: $(cat "$work/line")"
said out '080910100000000077$'

# Refused packages: the sentence, and as a finding.
printf '[profile]\niccid = 8900101000000000001\n[element telecom]\nall = 8\n' >"$work/bad.ini"
want 1 "$PROGRAM" profile build -o "$work/bad.der" "$work/bad.ini"
said err 'telecom before the MF'
[ -e "$work/bad.der" ] && fail "a package that a card refuses was written"
dd if="$work/own.der" of="$work/cut.der" bs=1 count=1900 2>/dev/null
want 1 "$PROGRAM" profile lint "$work/cut.der"
said out '^E1'
want 1 "$PROGRAM" profile show "$work/cut.der"
exit 0
