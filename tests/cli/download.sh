#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A server, its store across restarts and kills, cards in files, the LPA's verbs; with the GSMA data too when it is there.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

lpa() { "$PROGRAM" lpa --card "$work/card" --pki "$work/pki" --connect-to "testsmdpplus1.example.com:127.0.0.1:$port" "$@"; }
new() { "$PROGRAM" order new --store "sqlite:$work/db" "$@" | sed -n 's/^activation code  //p'; }
order() { "$PROGRAM" order "$@" --store "sqlite:$work/db"; }

want 0 "$PROGRAM" pki make "$work/pki"
want 1 "$PROGRAM" pki make "$work/pki"
want 0 "$PROGRAM" pki show "$work/pki"
[ "$(grep -c ' ok$' "$work/out")" = 20 ] || fail "not every chain holds"
[ "$(stat -c %a "$work/pki/SK_CI_ECDSA_NIST.p8")" = 600 ] || fail "a private key is readable by others"
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
want 1 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
start_server --pki "$work/pki" --store "sqlite:$work/db"
[ "$(stat -c %a "$work/db.key")" = 600 ] || fail "the store's key is readable by others"

# A plain download, enable, what the server learns.
code=$(new)
want 0 lpa profile download "$code" --trace "$work/trace"
said out '^installed: ICCID'
iccid=$(sed -n 's/^installed: ICCID \([0-9]*\) .*/\1/p' "$work/out")
said trace '^card> LoadBoundProfilePackage BF36'
want 0 lpa profile list
said out "^$iccid *disabled"
want 0 order show "$iccid"
said out '^state *Installed'
want 0 lpa profile enable "$iccid"
want 0 lpa notification process
said out '^1 delivered, 0 left'
want 0 order show "$iccid"
said out 'on the card enabled'
want 1 lpa profile enable "$iccid"
said err 'profileNotInDisabledState'
want 1 lpa profile delete "$iccid" --yes
want 0 lpa profile nickname "$iccid" 'my line'
want 0 lpa profile list
said out '"my line"'
want 0 "$PROGRAM" euicc show "$work/card" --files
said out '7FD0/6F07 *transparent *EF.IMSI'
want 0 "$PROGRAM" dump "$work/card"
said out "profile  $iccid enabled"
said out 'profileNickname  "my line"'
want 0 "$PROGRAM" dump "$work/trace"
said out 'put together  8 segments'

# Refusals carry code, sentence and clause.
want 1 lpa profile download 'LPA:1$testsmdpplus1.example.com$NOSUCHID'
said err 'MatchingID is refused (8.2.6/3.8, SGP.22 5.6.3)'
want 1 lpa profile download "$code"
want 1 lpa --json profile download 'LPA:1$testsmdpplus1.example.com$NOSUCHID'
said out '"subject":"8.2.6","reason":"3.8"'
want 2 lpa profile download 'LPA:1$other.example.com$X'
want 1 lpa profile download 'LPA:2$x$y'

# A kill at any moment loses no order; the confirmation code is counted across sessions and restarts.
printf 4711 >"$work/cc"
printf 0815 >"$work/wrong"
code=$(new --confirmation-code-file "$work/cc")
stop_server KILL
start_server --pki "$work/pki" --store "sqlite:$work/db"
want 1 lpa profile download "$code" --confirmation-code-file "$work/wrong"
stop_server KILL
start_server --pki "$work/pki" --store "sqlite:$work/db"
want 1 lpa profile download "$code" --confirmation-code-file "$work/wrong"
want 1 lpa profile download "$code" --confirmation-code-file "$work/wrong"
said err '8.2.7/6.4'
want 0 order list --state Error
held=$(awk 'NR == 2 {print $1}' "$work/out")
want 0 order reset "$held"
want 0 lpa profile download "$code" --confirmation-code-file "$work/cc" --trace "$work/cc.pcapng"
# The hash of the code is not in the capture: what stands there is AA.
od -An -v -tx1 "$work/cc.pcapng" | tr -d ' \n' | grep -q 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' || fail "the hashed confirmation code is not masked in a capture"
want 0 "$PROGRAM" dump "$work/cc.pcapng"
said out 'hashCc : .*not shown'

# An order bound to another EID, a held one, a cancelled one.
eid=$("$PROGRAM" --version >/dev/null && "$PROGRAM" euicc show "$work/card" | sed -n 's/^EID *//p')
code=$(new --eid 89049032123451234512345678901235)
want 1 lpa profile download "$code"
said err '8.1.1/3.8'
code=$(new --eid "$eid" --hold)
want 1 lpa profile download "$code"
said err '8.2/1.2'
want 0 order list --state Confirmed
held=$(awk 'NR == 2 {print $1}' "$work/out")
want 0 order release "$held"
want 0 order cancel "$held"
want 1 lpa profile download "$code"
said err '8.2.6/3.8'

# The default SM-DP+ use case: found by EID, without a MatchingID.
code=$(new --eid "$eid" --matching-id '')
[ "$code" = 'LPA:1$testsmdpplus1.example.com$' ] || fail "activation code: $code"
want 0 lpa profile download "$code"

# The same card on brainpool TLS.
stop_server
start_server --pki "$work/pki" --store "sqlite:$work/db" --curve brainpool
want 0 lpa profile download "$(new)"

# A server whose certificate chains elsewhere is not trusted.
want 0 "$PROGRAM" pki make "$work/other"
want 2 "$PROGRAM" lpa --card "$work/card" --pki "$work/other" --connect-to "testsmdpplus1.example.com:127.0.0.1:$port" profile download "$(new)"
said err 'not trusted'
stop_server

# An order is made by QR too.
want 0 "$PROGRAM" order new --store "sqlite:$work/db" --qr
said out '▀'
