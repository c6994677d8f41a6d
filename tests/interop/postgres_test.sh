#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The store's suite over a private PostgreSQL.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
# shellcheck source=tests/interop/postgres.inc
. tests/interop/postgres.inc
trap 'stop_postgres; cleanup' EXIT
start_postgres
ESIMLAB_POSTGRES=$conninfo build/tests/unit/store/store_test >"$work/suite" 2>&1 || { cat "$work/suite"; fail "the suite over PostgreSQL"; }
grep -q 'skipped' "$work/suite" && { cat "$work/suite"; fail "the suite did not use PostgreSQL"; }
# The laboratory's data key lies at home.
HOME=$work ESIMLAB_POSTGRES=$conninfo build/tests/flow/stock_test >"$work/suite" 2>&1 || { cat "$work/suite"; fail "the stock over PostgreSQL"; }
exit 0
