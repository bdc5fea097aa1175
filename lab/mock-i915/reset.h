/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_RESET_H
#define MOCK_RESET_H

#include "mock.h"

static inline bool mock_wedged(const struct mock_device *mock)
{
	return READ_ONCE(mock->wedged);
}

/* Deals with the hang that was found on @engine. */
void mock_reset_hung(struct mock_engine *engine);

/* Resets the GPU because somebody said so, which mends a wedged one too. */
void mock_reset_all(struct mock_device *mock);

/* Cancels all work and lets in no more. */
void mock_wedge(struct mock_device *mock);

int mock_get_reset_stats_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
