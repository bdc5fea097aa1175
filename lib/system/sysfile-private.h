/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_SYSFILE_PRIVATE_H
#define PINLAT_SYSTEM_SYSFILE_PRIVATE_H

/*
 * The kernel writes blanks of a path in its tables (mountinfo, swaps) as "\040":
 * turns these escapes back, in place. Returns @text.
 */
char *_sysfile_unescape(char *text);

#endif
