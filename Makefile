# SPDX-License-Identifier: BSD-2-Clause
# esimlab. `make help` lists the targets; `make demo` and `make check` need nothing else first.

B       ?= build
CC      ?= gcc
AR      ?= ar
PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O2 -g
WARN     = -std=c11 -D_GNU_SOURCE -D_DEFAULT_SOURCE -Wall -Wextra -Wconversion -Wshadow -Werror
SAN     ?=
PKGS     = libssl libcrypto libcurl libpcsclite libevent libevent_openssl libevent_pthreads libcjson sqlite3 libpq libqrencode zlib inih
PKGFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null | tr ' ' '\n' | sed 's/^-I/-isystem/' | tr '\n' ' ')
LIBS     = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lhttp_parser -lpthread -lm

SRCDIRS ?= $(notdir $(patsubst %/,%,$(wildcard src/*/)))
SRC     := $(foreach d,$(SRCDIRS),$(wildcard src/$(d)/*.c))
TOOLS   := $(wildcard tools/*.c)
SUPPORT := $(wildcard tests/support/*.c)
UNIT    := $(wildcard tests/unit/*/*_test.c)
FLOW    := $(wildcard tests/flow/*_test.c tests/fault/*_test.c)
OBJ      = $(SRC:%.c=$B/%.o)
PROGRAM  = $B/esimlab
TESTS    = $(UNIT:%.c=$B/%) $(FLOW:%.c=$B/%)

Q   = $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(patsubst $B/%,%,$@))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help deps deps-check deps-build all demo check check-fast nightly teeth asan lint fuzz cov bench install clean tests valgrind asan-build fuzzer

all: $(PROGRAM)  ## build the program (needs the packages of `make deps`)

include asn1/asn1.mk

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

deps: deps-build deps-check  ## install every Debian package the build and the tests need
deps-build:
	@tools/deps build
deps-check:
	@tools/deps build check servers

# The libraries must be there before make computes flags and paths: so the work is done by a second make.
demo: deps-build  ## provision a family of four virtual devices over TLS and show it
	+@$(MAKE) --no-print-directory all
	@$(PROGRAM) demo

check: deps-check  ## every test; closes with "N passed, N failed, N skipped"
	+@tools/check.sh "$(MAKE)"

teeth: all  ## our own targets, broken in every way, against the conformance cases: each must be caught
	@$(PROGRAM) check teeth

nightly: check  ## check, then all broken targets, 500 kills of a server on each store and five minutes of fuzzing for every target
	+@$(MAKE) --no-print-directory teeth
	@ESIMLAB_KILLS=500 $B/tests/fault/server_kills_test
	@ESIMLAB_KILLS=500 tests/interop/server_kills_test.sh || [ $$? = 77 ]
	+@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=300

$B/%.o: %.c | $B/asn1/stamp
	$(call say,CC)
	$Q mkdir -p $(@D) && $(CC) $(WARN) $(CFLAGS) $(SAN) -Isrc -Iinclude -isystem $B/asn1/gen $(PKGFLAGS) -MD -MP -c $< -o $@

$B/tests/%.o: tests/%.c | $B/asn1/stamp
	$(call say,CC)
	$Q mkdir -p $(@D) && $(CC) $(WARN) $(CFLAGS) $(SAN) -Isrc -Iinclude -Itests -isystem $B/asn1/gen $(PKGFLAGS) -MD -MP -c $< -o $@

$B/libesimlab.a: $(OBJ)
	$(call say,AR)
	$Q rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(TOOLS:%.c=$B/%.o) $B/libesimlab.a $B/libasn1.a
	$(call say,LD)
	$Q $(CC) $(CFLAGS) $(SAN) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIBS)

$(TESTS): $B/tests/%: $B/tests/%.o $(SUPPORT:%.c=$B/%.o) $B/libesimlab.a $B/libasn1.a
	$(call say,LD)
	$Q $(CC) $(CFLAGS) $(SAN) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIBS) -lcmocka

tests: $(TESTS)

fuzzer: $B/fuzzer
$B/fuzzer: $B/tests/fuzz/fuzz.o $(SUPPORT:%.c=$B/%.o) $B/libesimlab.a $B/libasn1.a
	$(call say,LD)
	$Q $(CC) $(CFLAGS) $(SAN) -fsanitize=fuzzer -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIBS) -lcmocka

# unit-<folder>: build and run the unit tests of one folder
unit-%:
	+@$(MAKE) --no-print-directory $(patsubst %.c,$B/%,$(wildcard tests/unit/$*/*_test.c))
	@for t in $(patsubst %.c,$B/%,$(wildcard tests/unit/$*/*_test.c)); do echo "== $$t"; $$t || exit 1; done

SANITIZE = B=$B/asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -Wno-format-truncation" ASN1_SAN=-fsanitize=address

asan-build:
	+@$(MAKE) --no-print-directory $(SANITIZE) tests

asan: asan-build  ## unit, flow and corpus tests with AddressSanitizer and UBSan
	@tools/run-tests.sh sanitizers $B/asan

lint:  ## layers, headers, sizes, spelling, man pages, formatting of shell
	+@tools/lint/lint.sh $B

bench: all  ## what this machine's crypto costs, and what a download costs beside it
	@$(PROGRAM) bench crypto && $(PROGRAM) bench download

cov:  ## line coverage of the tests (needs gcovr or gcov)
	+@$(MAKE) --no-print-directory B=$B/cov CFLAGS="-O0 -g --coverage -Wno-format-truncation" tests
	@tools/run-tests.sh cov $B/cov; tools/lint/coverage.sh $B/cov

fuzz:  ## search for new inputs with libFuzzer for FUZZ_SECONDS a target
	@tools/fuzz.sh $B $(or $(FUZZ_SECONDS),30)

valgrind: all  ## the demo under valgrind
	@valgrind -q --error-exitcode=9 --leak-check=full $(PROGRAM) demo

install: all  ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/esimlab
	install -m 644 tools/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(DESTDIR)$(PREFIX)/share/man/man7 $(DESTDIR)$(PREFIX)/share/esimlab
	install -m 644 tools/man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7/
	cp -R tests/scenarios $(DESTDIR)$(PREFIX)/share/esimlab/

clean:  ## remove everything that was built
	rm -rf $B

-include $(shell find $B -name '*.d' 2>/dev/null)
