/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_USERPTR_H
#define MOCK_USERPTR_H

#include <linux/types.h>

struct drm_device;
struct drm_file;
struct mock_object;

/*
 * Takes the object's pages, unless it holds them and they are still its memory. 0, -EFAULT
 * (no memory there, or of another process), -EAGAIN (unmapped meanwhile), or another -errno.
 */
int mock_userptr_take(struct mock_object *obj);

/* Whether the pages are still its memory. notifier_lock is held. */
bool mock_userptr_valid(struct mock_object *obj);

void mock_userptr_fini(struct mock_object *obj);

int mock_userptr_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
