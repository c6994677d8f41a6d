# SPDX-License-Identifier: BSD-2-Clause
# The list of generated files exists only once they are made; called by asn1.mk.

GEN := $B/asn1/gen
OBJ := $(patsubst $(GEN)/%.c,$B/asn1/obj/%.o,$(wildcard $(GEN)/*.c))
Q   := $(if $V,,@)

$B/libasn1.a: $(OBJ)
	@printf '  %-5s %s\n' AR "libasn1.a ($(words $(OBJ)) files)"
	$Q rm -f $@ && $(AR) rcs $@ $^

# Generated code: warnings off, its debug hook stubbed (it evaluates its arguments), memory through our wiping allocator.
$B/asn1/obj/%.o: $(GEN)/%.c
	$Q mkdir -p $(@D)
	$Q $(CC) -std=gnu11 -O1 -g $(ASN1_SAN) -w '-DASN_DEBUG(...)=((void)0)' -Dmalloc=rsp_asn1_malloc -Dcalloc=rsp_asn1_calloc \
		-Drealloc=rsp_asn1_realloc -Dfree=rsp_asn1_free -include src/codec/asn1_alloc.h -MMD -MP -I$(GEN) -c $< -o $@

-include $(OBJ:.o=.d)
