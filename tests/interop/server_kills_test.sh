#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Kills of an SM-DP+ whose store is a private PostgreSQL.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
# shellcheck source=tests/interop/postgres.inc
. tests/interop/postgres.inc
trap 'stop_postgres; cleanup' EXIT
start_postgres
ESIMLAB_POSTGRES=$conninfo build/tests/fault/server_kills_test >"$work/suite" 2>&1 || { cat "$work/suite"; fail "kills over PostgreSQL"; }
cat "$work/suite"
exit 0
