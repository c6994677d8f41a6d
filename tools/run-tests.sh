#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run the test programs of one build folder, each under a time limit, and add their counts to a file.
#   tools/run-tests.sh NAME FOLDER [COUNTS]
set -u
name=$1 folder=$2 counts=${3:-}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT INT TERM
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
export ASAN_OPTIONS
for t in $(find "$folder/tests/unit" "$folder/tests/flow" "$folder/tests/fault" -name '*_test' -type f 2>/dev/null | sort); do
	timeout 300 "$t" >"$log" 2>&1
	rc=$?
	ok=$(grep -c '^\[       OK \]' "$log")
	no=$(grep -c '^\[  FAILED  \] [a-z]' "$log")
	skip=$(grep -c '^\[  SKIPPED \] [a-z]' "$log")
	# CMocka repeats failed and skipped names in its summary.
	grep -q '^\[  FAILED  \] [0-9]* test' "$log" && no=$((no / 2))
	grep -q '^\[  SKIPPED \] [0-9]* test' "$log" && skip=$((skip / 2))
	if [ $rc -ne 0 ] && [ "$no" = 0 ]; then
		no=1
	fi
	passed=$((passed + ok)) failed=$((failed + no)) skipped=$((skipped + skip))
	if [ $rc -ne 0 ]; then
		echo "== $t (exit $rc)"
		tail -n 60 "$log"
	fi
	grep '^skipped:' "$log" | sort -u | sed "s|^|  ${t#"$folder"/}: |"
done
echo "$name: $passed passed, $failed failed, $skipped skipped"
[ -z "$counts" ] || echo "$passed $failed $skipped" >>"$counts"
[ "$failed" = 0 ]
