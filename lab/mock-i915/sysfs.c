// SPDX-License-Identifier: GPL-2.0
/* The engines in sysfs. */

#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "mock.h"
#include "sysfs.h"

struct engine_folder {
	struct kobject kobj;
	struct mock_engine *engine;
};

static struct mock_engine *to_engine(struct kobject *kobj)
{
	return container_of(kobj, struct engine_folder, kobj)->engine;
}

static ssize_t name_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_engine(kobj)->name);
}

static ssize_t class_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_engine(kobj)->class);
}

static ssize_t instance_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_engine(kobj)->instance);
}

static ssize_t heartbeat_interval_ms_show(struct kobject *kobj,
					  struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_engine(kobj)->heartbeat_interval_ms));
}

static ssize_t preempt_timeout_ms_show(struct kobject *kobj, struct kobj_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_engine(kobj)->preempt_timeout_ms));
}

static ssize_t store_ms(unsigned int *ms, const char *buf, size_t count)
{
	unsigned int value;
	int ret = kstrtouint(buf, 0, &value);

	if (ret)
		return ret;
	WRITE_ONCE(*ms, value);
	return count;
}

static ssize_t heartbeat_interval_ms_store(struct kobject *kobj,
					   struct kobj_attribute *attr, const char *buf,
					   size_t count)
{
	return store_ms(&to_engine(kobj)->heartbeat_interval_ms, buf, count);
}

static ssize_t preempt_timeout_ms_store(struct kobject *kobj, struct kobj_attribute *attr,
					const char *buf, size_t count)
{
	return store_ms(&to_engine(kobj)->preempt_timeout_ms, buf, count);
}

static struct kobj_attribute name_attr = __ATTR_RO(name);
static struct kobj_attribute class_attr = __ATTR_RO(class);
static struct kobj_attribute instance_attr = __ATTR_RO(instance);
static struct kobj_attribute heartbeat_attr = __ATTR_RW(heartbeat_interval_ms);
static struct kobj_attribute preempt_attr = __ATTR_RW(preempt_timeout_ms);

static struct attribute *engine_attrs[] = { &name_attr.attr,	 &class_attr.attr,
					    &instance_attr.attr, &heartbeat_attr.attr,
					    &preempt_attr.attr,	 NULL };
ATTRIBUTE_GROUPS(engine);

static void folder_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct engine_folder, kobj));
}

static const struct kobj_type folder_type = {
	.release = folder_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = engine_groups,
};

static int add_folder(struct mock_engine *engine, struct kobject *parent)
{
	struct engine_folder *folder = kzalloc(sizeof(*folder), GFP_KERNEL);
	int ret;

	if (!folder)
		return -ENOMEM;
	folder->engine = engine;
	ret = kobject_init_and_add(&folder->kobj, &folder_type, parent, "%s",
				   engine->name);
	if (ret)
		kobject_put(&folder->kobj);
	else
		engine->folder = &folder->kobj;
	return ret;
}

int mock_sysfs_init(struct mock_device *mock)
{
	struct mock_engine *engine;
	int ret = 0;

	mock->engines_folder =
		kobject_create_and_add("engine", &mock->drm.primary->kdev->kobj);
	if (!mock->engines_folder)
		return -ENOMEM;
	for_each_engine(engine, mock)
	{
		ret = add_folder(engine, mock->engines_folder);
		if (ret)
			break;
	}
	if (ret)
		mock_sysfs_fini(mock);
	return ret;
}

void mock_sysfs_fini(struct mock_device *mock)
{
	struct mock_engine *engine;

	for_each_engine(engine, mock)
	{
		if (!engine->folder)
			continue;
		kobject_del(engine->folder);
		kobject_put(engine->folder);
		engine->folder = NULL;
	}
	kobject_del(mock->engines_folder);
	kobject_put(mock->engines_folder);
}
