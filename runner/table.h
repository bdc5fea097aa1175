/* SPDX-License-Identifier: MIT */
/* Until the last user says render/table.h. */
#include "render/table.h"
