#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the tests of a --coverage build reached, by folder of src.
#   tools/lint/coverage.sh BUILD
set -u
build=${1:-build/cov}
command -v gcovr >/dev/null 2>&1 || tools/deps cov || { echo "cov: gcovr is needed (tools/deps cov)" >&2; exit 1; }
gcovr --root . --object-directory "$build" --filter 'src/' --exclude-unreachable-branches --json-summary "$build/summary.json" >/dev/null 2>&1 ||
	{ echo "cov: gcovr failed on $build" >&2; exit 1; }
python3 - "$build/summary.json" <<'P'
import collections, json, sys

rows = collections.OrderedDict()
for f in sorted(json.load(open(sys.argv[1]))["files"], key=lambda f: f["filename"]):
    row = rows.setdefault(f["filename"].split("/")[1], [0, 0])
    row[0] += f["line_covered"]
    row[1] += f["line_total"]
for name, (hit, total) in rows.items():
    print("%-10s %6d of %6d lines  %5.1f %%" % (name, hit, total, 100.0 * hit / max(total, 1)))
hit, total = (sum(r[i] for r in rows.values()) for i in (0, 1))
print("%-10s %6d of %6d lines  %5.1f %%" % ("all", hit, total, 100.0 * hit / max(total, 1)))
P
