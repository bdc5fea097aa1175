/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_EXTENSIONS_H
#define MOCK_EXTENSIONS_H

#include <linux/types.h>

struct i915_user_extension;

typedef int (*mock_extension_fn)(struct i915_user_extension __user *extension,
				 void *data);

/* Calls for each extension of the chain what @table has for its name. 0 or -errno. */
int mock_extensions(struct i915_user_extension __user *first,
		    const mock_extension_fn *table, unsigned int count, void *data);

#endif
