#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What holds everywhere: who includes whom, headers that stand alone, sizes, licence lines, words, shell, man pages.
#   tools/lint/lint.sh [BUILD FOLDER]
set -u
build=${1:-build}
bad=0
say() { echo "lint: $*" >&2; bad=1; }

sources=$(find src include tools tests -name '*.[ch]')

# Layers: a folder's number is its line in src/LAYERS; it includes lower numbers and itself.
layers=$(mktemp)
trap 'rm -f "$layers"' EXIT INT TERM
grep -v '^#' src/LAYERS | awk '{for (i = 1; i <= NF; i++) print $i, NR}' >"$layers"
for f in $(find src -name '*.[ch]'); do
	folder=$(echo "$f" | cut -d/ -f2)
	echo "$folder" "$f"
	# include/esimlab/NAME.h belongs to folder NAME; rsp.h to base, lab.h to service.
	sed -n 's|^#include "\([a-z0-9]*\)/.*|\1|p; s|^#include <esimlab/\([a-z0-9]*\)\.h>.*|\1|p' "$f" |
		sed 's/^rsp$/base/; s/^lab$/service/' | while read -r used; do echo "  $used"; done
done | awk -v table="$layers" '
	BEGIN { while ((getline line < table) > 0) { split(line, w, " "); level[w[1]] = w[2] } }
	/^[^ ]/ { folder = $1; file = $2; if (!(folder in level)) print file ": folder " folder " is not in src/LAYERS"; next }
	{ used = $1; if (used == folder) next
	  if (!(used in level)) print file ": includes " used ", which is no folder of src/LAYERS"
	  else if (level[used] >= level[folder]) print file ": " folder " may not include " used }' | grep . && say "layers do not hold"

# Generated headers only where the rules allow them.
grep -lE '^#include <(asn_|[A-Z][A-Za-z0-9-]*\.h>)' $(find src include -name '*.[ch]') | grep -vE '^src/(codec|profile)/' | grep . && say "generated ASN.1 outside codec and profile"
grep -nE '\bOF *\[' asn1/*.asn && say "a tag after OF"

# Headers compile alone.
for h in $(find src include -name '*.h' ! -name '*_inc.h'); do
	gcc -std=c11 -D_GNU_SOURCE -D_DEFAULT_SOURCE -Wall -Wextra -Isrc -Iinclude -isystem "$build/asn1/gen" -fsyntax-only -x c "$h" 2>/dev/null ||
		say "$h does not compile alone"
done

for f in $sources; do
	head -n 1 "$f" | grep -q '^// SPDX-License-Identifier: BSD-2-Clause$' || say "$f: no licence line"
	n=$(wc -l <"$f")
	[ "$n" -le 800 ] || say "$f: $n lines, at most 800"
done
# Functions begin and end in column one.
for f in $(find src tools -name '*.c'); do
	awk -v f="$f" '/^\{/ {from = NR} /^\}/ && from {n = NR - from; if (n > 70) print f ":" from ": a function of " n " lines, at most 70"; from = 0}' "$f"
done | grep . && say "functions are too long"

grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' $sources && say "marks of unfinished work"
grep -rnIE 'PRIVATE KEY-----' src include tools tests vectors asn1 2>/dev/null | grep -v 'tools/lint/lint.sh' && say "a private key"
if command -v codespell >/dev/null 2>&1; then
	codespell -q 3 -L 'ist,adn,adin,ect,fo,ser,eith,ines,numer,te,sie,nam,ba,inout,ot,ue,hist,chek,nd,anc,oce' src include tools tests asn1 README.md CONTRIBUTING.md || say "spelling"
fi
if command -v shellcheck >/dev/null 2>&1; then
	shellcheck -x -e SC2154,SC2034,SC2044,SC2046 -S warning tools/deps tools/*.sh tools/lint/*.sh tests/cli/*.sh tests/interop/*.sh .ci/run || say "shell"
fi
if command -v mandoc >/dev/null 2>&1; then
	mandoc -T lint -W warning tools/man/*.[17] || say "man pages"
fi
exit $bad
