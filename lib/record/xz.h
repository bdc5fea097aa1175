/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_XZ_H
#define PINLAT_RECORD_XZ_H

#include "record/pack.h"

/** .xz with a SHA-256 (liblzma): a set of records takes a third of what gzip makes of it. */
extern const struct pack_codec pack_xz;

#endif
