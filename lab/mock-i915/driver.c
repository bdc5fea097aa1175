// SPDX-License-Identifier: GPL-2.0
/*
 * A mock of i915: the uAPI of Intel's GPU driver with a GPU behind it that does nothing,
 * in its time. What is real is what the memory management sees of it: pages of user space
 * that are pinned, an MMU notifier that waits for requests, and requests that are over when
 * a timer says so. i915's shrinker, which unpins when memory is short, is not there.
 *
 * It drives the PCI device 8086:293e, which is QEMU's ich9-intel-hda, as a stand-in.
 */

#include <linux/module.h>
#include <linux/pci.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "context.h"
#include "execbuf.h"
#include "object.h"
#include "params.h"
#include "query.h"
#include "reset.h"
#include "sysfs.h"
#include "userptr.h"
#include "wait.h"

static const struct drm_ioctl_desc ioctls[] = {
	DRM_IOCTL_DEF_DRV(I915_GETPARAM, mock_getparam_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_QUERY, mock_query_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GET_RESET_STATS, mock_get_reset_stats_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CREATE, mock_create_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CREATE_EXT, mock_create_ext_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_USERPTR, mock_userptr_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_PREAD, mock_pread_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_PWRITE, mock_pwrite_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_MMAP, mock_mmap_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_MMAP_OFFSET, mock_mmap_offset_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_SET_DOMAIN, mock_set_domain_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_SW_FINISH, mock_sw_finish_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_SET_CACHING, mock_set_caching_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_GET_CACHING, mock_get_caching_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_SET_TILING, mock_tiling_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_GET_TILING, mock_tiling_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_MADVISE, mock_madvise_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_GET_APERTURE, mock_get_aperture_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_EXECBUFFER2_WR, mock_execbuffer2_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_WAIT, mock_wait_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_BUSY, mock_busy_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_THROTTLE, mock_throttle_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CONTEXT_CREATE_EXT, mock_context_create_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CONTEXT_DESTROY, mock_context_destroy_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CONTEXT_GETPARAM, mock_context_getparam_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_CONTEXT_SETPARAM, mock_context_setparam_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_VM_CREATE, mock_vm_create_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(I915_GEM_VM_DESTROY, mock_vm_destroy_ioctl, DRM_RENDER_ALLOW),
};

DEFINE_DRM_GEM_FOPS(mock_fops);

static const struct drm_driver mock_driver = {
	.driver_features =
		DRIVER_GEM | DRIVER_RENDER | DRIVER_SYNCOBJ | DRIVER_SYNCOBJ_TIMELINE,
	.open = mock_file_open,
	.postclose = mock_file_close,
	.debugfs_init = mock_debugfs_init,
	.ioctls = ioctls,
	.num_ioctls = ARRAY_SIZE(ioctls),
	.fops = &mock_fops,
	/* User space goes by the name; people can read the rest. */
	.name = "i915",
	.desc = "Mock of Intel Graphics",
	.date = "20201103",
	.major = 1,
	.minor = 6,
};

static void put_ggtt(struct drm_device *drm, void *unused)
{
	mock_vm_put(to_mock(drm)->ggtt);
}

static int init_address_space(struct mock_device *mock)
{
	int ret = drmm_mutex_init(&mock->drm, &mock->vm_mutex);

	if (ret || mock->platform->full_ppgtt)
		return ret;
	mock->ggtt = mock_vm_create(mock);
	if (IS_ERR(mock->ggtt))
		return PTR_ERR(mock->ggtt);
	return drmm_add_action_or_reset(&mock->drm, put_ggtt, NULL);
}

static int mock_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct mock_platform *platform = mock_platform_find(mock_chipset_id);
	struct mock_device *mock;
	int ret;

	if (!platform) {
		dev_err(&pdev->dev, "no GPU with chipset_id %#x is known here\n",
			mock_chipset_id);
		return -EINVAL;
	}
	mock = devm_drm_dev_alloc(&pdev->dev, &mock_driver, struct mock_device, drm);
	if (IS_ERR(mock))
		return PTR_ERR(mock);
	pci_set_drvdata(pdev, mock);
	mock->platform = platform;
	rwlock_init(&mock->notifier_lock);
	ret = init_address_space(mock);
	if (!ret)
		ret = mock_engines_init(mock);
	if (!ret)
		ret = drm_dev_register(&mock->drm, 0);
	if (ret)
		return ret;
	ret = mock_sysfs_init(mock);
	if (ret) {
		drm_dev_unplug(&mock->drm);
		return ret;
	}
	drm_info(&mock->drm, "mock of %s\n", platform->name);
	return 0;
}

/* Files may still be open: their ioctls fail from now on, and what runs is cancelled. */
static void mock_remove(struct pci_dev *pdev)
{
	struct mock_device *mock = pci_get_drvdata(pdev);

	mock_sysfs_fini(mock);
	drm_dev_unplug(&mock->drm);
	mock_wedge(mock);
}

static const struct pci_device_id mock_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x293e) }, {}
};
MODULE_DEVICE_TABLE(pci, mock_ids);

static struct pci_driver mock_pci_driver = {
	.name = "i915",
	.id_table = mock_ids,
	.probe = mock_probe,
	.remove = mock_remove,
};

static int __init mock_init(void)
{
	int ret;

	mock_workqueue = alloc_workqueue("i915-mock", WQ_UNBOUND, 0);
	if (!mock_workqueue)
		return -ENOMEM;
	ret = pci_register_driver(&mock_pci_driver);
	if (ret)
		destroy_workqueue(mock_workqueue);
	return ret;
}

static void __exit mock_exit(void)
{
	pci_unregister_driver(&mock_pci_driver);
	destroy_workqueue(mock_workqueue);
	/* The last fences let go of the module from an RCU callback, which has to return. */
	rcu_barrier();
}

module_init(mock_init);
module_exit(mock_exit);

MODULE_DESCRIPTION("Mock of i915, for tests of memory management without a GPU");
MODULE_LICENSE("GPL");
