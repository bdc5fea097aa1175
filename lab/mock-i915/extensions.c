// SPDX-License-Identifier: GPL-2.0
/* Chains of extensions, which some ioctls take. */

#include <linux/nospec.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "extensions.h"

/* A chain that is longer than this is taken for a ring. */
#define MAX_EXTENSIONS 512

int mock_extensions(struct i915_user_extension __user *first,
		    const mock_extension_fn *table, unsigned int count, void *data)
{
	struct i915_user_extension __user *user = first;
	unsigned int n, i;

	for (n = 0; user; n++) {
		struct i915_user_extension ext;
		int ret;

		if (n == MAX_EXTENSIONS)
			return -E2BIG;
		if (copy_from_user(&ext, user, sizeof(ext)))
			return -EFAULT;
		if (ext.flags)
			return -EINVAL;
		for (i = 0; i < ARRAY_SIZE(ext.rsvd); i++) {
			if (ext.rsvd[i])
				return -EINVAL;
		}
		if (ext.name >= count)
			return -EINVAL;
		i = array_index_nospec(ext.name, count);
		if (!table[i])
			return -EINVAL;
		ret = table[i](user, data);
		if (ret)
			return ret;
		user = u64_to_user_ptr(ext.next_extension);
	}
	return 0;
}
