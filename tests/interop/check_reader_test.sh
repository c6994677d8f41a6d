#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The conformance cases of a eUICC against a card behind a real PC/SC daemon, which is then as it was.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
# shellcheck source=tests/interop/pcscd.inc
. tests/interop/pcscd.inc
private_namespaces "$0" "$@"
trap interop_cleanup EXIT
start_pcscd

want 0 "$PROGRAM" pki make "$work/pki"
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
insert "$work/card"
want 0 timeout 240 "$PROGRAM" check euicc -r "Virtual PCD" --pki "$work/pki"
said out '^# [1-9][0-9]* passed, 0 failed, 0 inconclusive, [0-9]* not applicable$'
want 0 timeout 60 "$PROGRAM" lpa -r "Virtual PCD" profile list
grep -q '^89' "$work/out" && fail "a profile was left on the card"
remove
tail -n 1 "$work/out"
echo "the cases of a eUICC through a reader"
