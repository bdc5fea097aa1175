// SPDX-License-Identifier: MIT
#include <errno.h>

#include "print.h"
#include "system/json.h"

int compare_print_json(const struct compare_view *v)
{
	json_object *root = compare_to_json(v->c);
	int ret = root ? json_print(v->out, root) : -ENOMEM;

	json_object_put(root);
	return ret;
}
