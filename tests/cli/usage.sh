#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Mistakes on the command line: one clear sentence, exit 64, nothing done.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

want 64 "$PROGRAM"
want 64 "$PROGRAM" nonsense
said err "there is no noun 'nonsense'"
want 0 "$PROGRAM" --help
want 0 "$PROGRAM" --version
for noun in demo pki profile smdpp order euicc lpa dump bench doctor; do
	want 0 "$PROGRAM" "$noun" --help
	said out "esimlab $noun"
	want 64 "$PROGRAM" "$noun" --no-such-option
	said err "there is no option --no-such-option"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "$noun: more than one sentence"
done
for noun in pki profile smdpp order euicc lpa bench; do
	want 64 "$PROGRAM" "$noun"
	said err "what shall it do"
	want 64 "$PROGRAM" "$noun" nonsense
done
want 64 "$PROGRAM" pki make
want 64 "$PROGRAM" pki make a b
want 64 "$PROGRAM" pki make x --curve edwards
want 64 "$PROGRAM" pki make x --host
want 64 "$PROGRAM" smdpp serve
want 64 "$PROGRAM" order new
want 64 "$PROGRAM" euicc create "$work/card"
want 64 "$PROGRAM" euicc serve "$work/card"
want 64 "$PROGRAM" lpa profile download
want 64 "$PROGRAM" lpa profile list --card "$work/none" --chunk 300
want 64 "$PROGRAM" lpa profile list --card "$work/none" --isdr-aid xyz
want 64 "$PROGRAM" profile build
want 64 "$PROGRAM" pki show x --clock yesterday
want 64 "$PROGRAM" bench download --sessions 0
want 2 "$PROGRAM" pki show "$work/none"
said err "no such folder"
want 2 "$PROGRAM" lpa profile list --card "$work/none"
said err "cannot open"
want 1 "$PROGRAM" order new --store nothing:at-all
said err "store: want memory:, sqlite:FILE or postgres:CONNINFO"
[ ! -e x ] && [ ! -e a ] || fail "a refused command left something behind"
