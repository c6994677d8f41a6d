#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every test, in the order in which a fault is cheapest to find; one closing line with the sum of all.
#   tools/check.sh MAKE
set -u
make=${1:-make}
jobs=$(nproc 2>/dev/null || echo 2)
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT INT TERM

# one NAME COMMAND...: a step that counts as one test; exit 77 means skipped, its last line says why.
one() {
	name=$1
	shift
	out=$(mktemp)
	"$@" >"$out" 2>&1
	rc=$?
	case $rc in
	0) echo "1 0 0" >>"$counts"; echo "ok       $name" ;;
	77) echo "0 0 1" >>"$counts"; echo "skipped  $name: $(tail -n 1 "$out")" ;;
	*) echo "0 1 0" >>"$counts"; echo "FAILED   $name (exit $rc)"; tail -n 60 "$out" ;;
	esac
	rm -f "$out"
}

one "build" $make --no-print-directory -j"$jobs" all tests
one "lint" $make --no-print-directory lint
echo "-- unit and flow tests"
tools/run-tests.sh tests build "$counts"
echo "-- command line"
for t in tests/cli/*.sh; do
	one "$t" timeout 300 "$t"
done
echo "-- other people's programs"
for t in tests/interop/*_test.sh; do
	one "$t" timeout 300 "$t"
done
echo "-- the demo under valgrind"
one "demo under valgrind" $make --no-print-directory valgrind
echo "-- the same tests with AddressSanitizer and UndefinedBehaviorSanitizer"
one "sanitizer build" $make --no-print-directory -j"$jobs" asan-build
tools/run-tests.sh sanitizers build/asan "$counts"

awk '{p += $1; f += $2; s += $3} END {printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0}' "$counts"
