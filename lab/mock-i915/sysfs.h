/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_SYSFS_H
#define MOCK_SYSFS_H

struct mock_device;

/* card0/engine/ with a folder an engine, as far as user space looks into it. */
int mock_sysfs_init(struct mock_device *mock);
void mock_sysfs_fini(struct mock_device *mock);

#endif
