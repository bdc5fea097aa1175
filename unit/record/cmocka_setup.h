/* SPDX-License-Identifier: MIT */
#ifndef UNIT_RECORD_CMOCKA_SETUP_H
#define UNIT_RECORD_CMOCKA_SETUP_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
