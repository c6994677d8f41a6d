// SPDX-License-Identifier: BSD-2-Clause
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <esimlab/rsp.h>

/* Well-formed UTF-8: shortest forms, no surrogates, at most U+10FFFF. NUL counts as a character. */
bool utf8_valid(struct bytes s);

#endif
