#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two SM-DP+ processes on one PostgreSQL behind nginx: what tests/fault/two_servers_test.c says.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc
# shellcheck source=tests/interop/postgres.inc
. tests/interop/postgres.inc
PATH=$PATH:/usr/sbin:/usr/local/sbin
nginx=$(command -v nginx) || { echo "skipped: nginx is not installed"; exit 77; }
module=
if ! "$nginx" -V 2>&1 | grep -Eq -- '--with-stream( |$)'; then
	for m in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/local/nginx/modules; do
		[ -f "$m/ngx_stream_module.so" ] && module=$m/ngx_stream_module.so
	done
	[ -n "$module" ] || { echo "skipped: nginx has no stream module (libnginx-mod-stream)"; exit 77; }
fi
trap 'stop_postgres; cleanup' EXIT
start_postgres
ESIMLAB_POSTGRES=$conninfo ESIMLAB_NGINX=$nginx ESIMLAB_NGINX_STREAM=$module build/tests/fault/two_servers_test >"$work/suite" 2>&1 ||
	{ cat "$work/suite"; fail "two servers"; }
cat "$work/suite"
exit 0
