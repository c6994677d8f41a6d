// SPDX-License-Identifier: BSD-2-Clause
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <esimlab/rsp.h>

/* Every octet, however often the system takes only some. False: errno says why. */
bool file_write_all(int fd, struct bytes data);

#endif
