/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_WAIT_H
#define MOCK_WAIT_H

struct drm_device;
struct drm_file;
struct mock_device;

/* Waits until no engine has anything to do. 0 or -EINTR. */
int mock_wait_for_idle(struct mock_device *mock);

int mock_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_busy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_throttle_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
