/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_MACHINES_H
#define PINLAT_SAY_MACHINES_H

/* What is said of several machines: a row each. */

#include "render/document.h"
#include "summary/comparison.h"
#include "system/json.h"

/** Adds the changes of new set @set on each machine to @d, where there are several. */
void say_machines(struct document *d, const struct comparison *c, size_t set);

/** Adds to object @o of judged row @row how many machines it is of, and the change on each. */
void put_machines(struct json_out *out, json_object *o, const struct comparison *c,
		  const struct compare_row *row);

#endif
