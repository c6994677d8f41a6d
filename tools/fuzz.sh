#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Look for new inputs with libFuzzer, SECONDS for each target. Findings are left in BUILD/fuzz/found; a finding is exit 1.
#   tools/fuzz.sh BUILD SECONDS [TARGET...]
set -u
build=${1:-build}/fuzz
seconds=${2:-30}
[ $# -le 2 ] && set -- x x es9p es9p-response es10 apdu profile certificate text description type-ini script card-ini lpac-lines update-metadata dump scenario
shift 2
command -v clang >/dev/null 2>&1 || tools/deps fuzz || { echo "fuzz: clang is needed (tools/deps fuzz)" >&2; exit 1; }

flags="-O1 -g -fno-omit-frame-pointer"
san="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
make --no-print-directory -j"$(nproc)" B="$build" CC=clang CFLAGS="$flags" SAN="$san" WARN="-std=c11 -D_GNU_SOURCE -D_DEFAULT_SOURCE" \
	ASN1_SAN=-fsanitize=address fuzzer || exit 1

mkdir -p "$build/found"
failed=0
for target in "$@"; do
	corpus=$build/corpus/$target
	mkdir -p "$corpus"
	echo "fuzz: $target for $seconds s"
	ESIMLAB_TARGET=$target "$build/fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$build/found/$target-" "$corpus" "vectors/corpus/$target" >"$build/$target.log" 2>&1 || {
		failed=$((failed + 1))
		tail -n 40 "$build/$target.log"
	}
	sed -n 's/^stat::number_of_executed_units: *\(.*\)/      \1 inputs/p' "$build/$target.log"
done
ls -A "$build/found" | sed "s|^|found: $build/found/|"
exit $((failed > 0))
