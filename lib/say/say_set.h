/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_SAY_SET_H
#define PINLAT_SAY_SAY_SET_H

/* What is said of one new set beside the base. */

#include "say/say.h"
#include "summary/words.h"

/** So many sets have their rows drawn, and are listed openly. */
#define SETS_DRAWN 12
/** A fact of a machine is said up to this length. */
#define FACT_SHOWN 160

/** All of new set @set; d->set is @set. */
void say_set(struct document *d, const struct saying *s, size_t set);

/** In what its environment differs from that of the base. */
void say_environment(struct document *d, const struct saying *s, size_t set);

#endif
