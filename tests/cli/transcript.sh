#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The demo with a seed and a clock is the same to the octet every time, and the same as the transcript that was kept.
set -u
# shellcheck source=tests/cli/helpers.inc
. tests/cli/helpers.inc

kept=vectors/sessions/demo-seed-1.trace
for run in first second; do
	want 0 "$PROGRAM" demo --seed 1 --clock 2026-06-01T00:00:00Z --trace "$work/$run"
done
cmp "$work/first" "$work/second" || fail "two runs with one seed differ"
[ "$(wc -l <"$work/first")" -gt 150 ] || fail "the trace is too short to be four downloads"
want 0 "$PROGRAM" demo --seed 2 --clock 2026-06-01T00:00:00Z --trace "$work/other"
cmp -s "$work/first" "$work/other" && fail "another seed makes no difference"
if ! cmp -s "$work/first" "$kept"; then
	line=$(cmp "$work/first" "$kept" | sed 's/.*line //')
	sed -n "${line}p" "$kept" | cut -c1-200
	sed -n "${line}p" "$work/first" | cut -c1-200
	fail "line $line is not that of $kept (kept, then new, above); wanted change: see vectors/sessions/README.md"
fi
exit 0
