# SPDX-License-Identifier: BSD-2-Clause
# From asn1/*.asn to $B/libasn1.a. asn1c writes into the current directory only; a generated file that did not change keeps its date, so that
# a changed module rebuilds its users and nothing else.

ASN1C      ?= asn1c
ASN1_SRCS  := asn1/PKIX1.asn asn1/PEDefinitions.asn asn1/RSPDefinitions.asn
ASN1_FLAGS := -fcompound-names -fwide-types -fincludes-quoted -pdu=all
ASN1_SAN   ?=
ASN1_DIR    = $B/asn1

$B/asn1/stamp: $(ASN1_SRCS) asn1/asn1.mk
	$(call say,ASN1)
	$Q rm -rf $(ASN1_DIR)/new && mkdir -p $(ASN1_DIR)/new $(ASN1_DIR)/gen
	$Q cd $(ASN1_DIR)/new && $(ASN1C) $(ASN1_FLAGS) $(abspath $(ASN1_SRCS)) >../asn1c.log 2>&1 || { cat ../asn1c.log; exit 1; }
	$Q rm -f $(ASN1_DIR)/new/converter-sample.c $(ASN1_DIR)/new/Makefile.am.sample
	$Q sed -i '/found in "/d' $(ASN1_DIR)/new/*.[ch]
	$Q cd $(ASN1_DIR)/gen && for f in *.[ch]; do [ -e "../new/$$f" ] || rm -f $$f ../obj/$${f%.c}.o; done
	$Q cd $(ASN1_DIR)/new && for f in *.[ch]; do cmp -s $$f ../gen/$$f || cp $$f ../gen/$$f; done
	$Q rm -rf $(ASN1_DIR)/new && touch $@

$B/asn1/gen/%.h: $B/asn1/stamp ;

$B/libasn1.a: $B/asn1/stamp
	+@$(MAKE) --no-print-directory -f asn1/objs.mk B=$B CC="$(CC)" AR="$(AR)" ASN1_SAN="$(ASN1_SAN)" V=$V $@ && touch $@
