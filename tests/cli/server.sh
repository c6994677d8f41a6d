#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The end of a server (SIGTERM) and its change of settings and certificates (SIGHUP), with requests and connections under way.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

silent=
trap '[ -z "$silent" ] || kill "$silent" 2>/dev/null; cleanup' EXIT

# pem PKI NAME: the operator's certificate and key as Python wants them
pem() {
	openssl x509 -inform DER -in "$work/$1/CERT_S_SM_OPERATOR_TLS_NIST.der" -out "$work/$2.pem" || fail "openssl x509"
	openssl pkey -inform DER -in "$work/$1/SK_S_SM_OPERATOR_TLS_NIST.p8" >>"$work/$2.pem" || fail "openssl pkey"
}
# ended SECONDS: it ends by itself, with 0
ended() {
	for _ in $(seq $(($1 * 10))); do
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	kill -0 "$server" 2>/dev/null && fail "the server takes more than $1 seconds to end"
	wait "$server"
	rc=$?
	server=
	[ "$rc" = 0 ] || { cat "$work/server.err"; fail "the server ended with $rc"; }
}

want 0 "$PROGRAM" pki make "$work/pki"
want 0 "$PROGRAM" pki make "$work/other"
pem pki operator
pem other other

# What is at work ends, nobody new comes in, and what was answered is there.
start_server --pki "$work/pki" --store "sqlite:$work/db"
want 0 python3 tests/cli/server.py drain "$server" "$work" "$port"
iccid=$(cat "$work/out")
ended 20
want 0 "$PROGRAM" order show "$iccid" --store "sqlite:$work/db"

# SIGTERM and SIGINT without anything at work.
for signal in TERM INT; do
	start_server --pki "$work/pki" --store "sqlite:$work/db"
	kill -$signal "$server"
	ended 10
done

# An operator who does not answer holds up the end, but lets nobody in meanwhile.
python3 tests/cli/server.py silent >"$work/silent" 2>&1 &
silent=$!
for _ in $(seq 100); do
	[ -s "$work/silent" ] && break
	sleep 0.05
done
start_server --pki "$work/pki" --store "sqlite:$work/db" --callback "http://127.0.0.1:$(head -n 1 "$work/silent")/"
code=$("$PROGRAM" order new --store "sqlite:$work/db" | sed -n 's/^activation code  //p')
want 0 "$PROGRAM" euicc create "$work/card" --pki "$work/pki"
want 0 "$PROGRAM" lpa --card "$work/card" --pki "$work/pki" --connect-to "testsmdpplus1.example.com:127.0.0.1:$port" profile download "$code"
for _ in $(seq 100); do
	grep -q taken "$work/silent" && break
	sleep 0.05
done
kill -TERM "$server"
want 0 python3 tests/cli/server.py refused "$port" 2
ended 25
kill "$silent"
silent=

# Settings and certificates while it runs.
cp -r "$work/pki" "$work/pki-now"
printf '[smdpp]\ncc-tries = 3\n' >"$work/ini"
start_server --config "$work/ini" --pki "$work/pki-now" --store "sqlite:$work/db" --admin-listen 127.0.0.1:0
admin=$(sed -n 's/^administration listens on port //p' "$work/server.out")
want 0 python3 tests/cli/server.py reload "$server" "$work" "$port" "$admin"

# A card of the other PKI downloads now, one of the first cannot any more.
code=$("$PROGRAM" order new --store "sqlite:$work/db" | sed -n 's/^activation code  //p')
for pki in pki other; do
	want 0 "$PROGRAM" euicc create "$work/card-$pki" --pki "$work/$pki"
done
to=testsmdpplus1.example.com:127.0.0.1:$port
want 2 "$PROGRAM" lpa --card "$work/card-pki" --pki "$work/pki" --connect-to "$to" profile download "$code"
want 1 "$PROGRAM" lpa --card "$work/card-pki" --pki "$work/other" --connect-to "$to" profile download "$code"
want 0 "$PROGRAM" lpa --card "$work/card-other" --pki "$work/other" --connect-to "$to" profile download "$code"
kill -TERM "$server"
ended 10
