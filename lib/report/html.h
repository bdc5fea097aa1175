/* SPDX-License-Identifier: MIT */
/* Until the last user says render/html.h. */
#include "render/html.h"
