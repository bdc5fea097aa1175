// SPDX-License-Identifier: MIT
#include "sets/machine.h"

#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"

size_t set_find_machine(struct set *set, const struct fact_list *facts)
{
	const char *host = facts_find(facts, "host");
	const char *id = facts_find(facts, "machine_id");

	id = *id ? id : host;
	for (size_t i = set->machines; i-- > 0;)
		if (strcmp(set->machine[i].id, id) == 0)
			return i;
	set->machine = xgrow(set->machine, set->machines, sizeof(*set->machine));
	set->machine[set->machines] = (struct set_machine){
		.id = xstrdup(id),
		.name = text_plain(*host ? host
				   : *id ? id
					 : "a machine without a name",
				   NAME_MAX_SHOWN),
	};
	return set->machines++;
}

void set_merge_machine(struct set *set, size_t machine, const struct fact_list *facts)
{
	struct set_machine *m = &set->machine[machine];

	facts_merge(&m->facts, facts, &m->differing);
}

void set_free_machines(struct set *set)
{
	for (size_t i = 0; i < set->machines; i++) {
		free(set->machine[i].id);
		free(set->machine[i].name);
		facts_free(&set->machine[i].facts);
		text_list_free(&set->machine[i].differing);
	}
	free(set->machine);
}
