/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_TEXT_H
#define PINLAT_SETS_TEXT_H

/* Changes as people read them. */

#include <stddef.h>

#include "system/text.h"

/** A change for people: "+32 %", "-4.2 %", "+746 x" above tenfold; @buf. */
const char *text_change(double change, char *buf, size_t size);

/** The interval of a change: "[+18 .. +47 %]", "[unknown]" where it has no end; @buf. */
const char *text_change_interval(double low, double high, char *buf, size_t size);

#endif
