// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "fake-xe-internal.h"
#include "system/devices.h"
#include "system/units.h"

#define MAX_SYNCOBJS 2048
#define MAX_FENCES   2048
#define MAX_FAILURES 8

/* What is written to memory later. */
struct fake_fence {
	uint64_t *to, value, at;
};

struct fake_failure {
	unsigned long request;
	unsigned int nth, times, calls;
	int error;
};

struct fake_gpu fake;
struct fake_seen fake_seen;

static uint64_t syncobj[MAX_SYNCOBJS]; /* when it is signalled; 0: not there */
static struct fake_fence fence[MAX_FENCES];
static struct fake_failure failure[MAX_FAILURES];
static unsigned int fences, failures, fail_any_at;
static int fail_any_error;
static char node_path[256], driver_name[32];
static struct stat node;
static uint64_t now_ns;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left);
int __wrap_drm_devices_list(struct drm_device **devices);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, ts);
	ts->tv_sec = (time_t)(now_ns / NSEC_PER_SEC);
	ts->tv_nsec = (long)(now_ns % NSEC_PER_SEC);
	return 0;
}

/* Who sleeps moves the clock on as well. */
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left)
{
	(void)left;
	now_ns += (uint64_t)ts->tv_sec * NSEC_PER_SEC + (uint64_t)ts->tv_nsec;
	return 0;
}

uint64_t fake_now(void)
{
	return now_ns;
}

void fake_reset(const char *path, const char *driver)
{
	fake = (struct fake_gpu){ .rings = 4,
				  .version = 20,
				  .device = 0x64a0,
				  .pats = 1u << 2,
				  .clock = 19200000 };
	fake_seen = (struct fake_seen){ 0 };
	fake_gpu_reset();
	memset(syncobj, 0, sizeof(syncobj));
	memset(failure, 0, sizeof(failure));
	fences = failures = fail_any_at = 0;
	now_ns = 1000 * NSEC_PER_SEC;
	snprintf(node_path, sizeof(node_path), "%s", path ? path : "");
	snprintf(driver_name, sizeof(driver_name), "%s", driver);
	if (!path || stat(path, &node) < 0)
		node = (struct stat){ 0 };
}

int __wrap_drm_devices_list(struct drm_device **devices)
{
	struct drm_device *d = calloc(1, sizeof(*d));

	*devices = d;
	if (!*node_path) {
		free(d);
		*devices = NULL;
		return 0;
	}
	snprintf(d->render, sizeof(d->render), "%.63s", node_path);
	snprintf(d->pci_slot, sizeof(d->pci_slot), "0000:00:02.0");
	d->vendor = 0x8086;
	d->device = fake.device;
	return 1;
}

void fake_fail(unsigned long request, unsigned int nth, int error, unsigned int times)
{
	failure[failures++] = (struct fake_failure){ request, nth, times, 0, error };
}

void fake_fail_any(unsigned int nth, int error)
{
	fail_any_at = nth;
	fail_any_error = error;
	fake_seen.calls = 0;
}

void *fake_pointer(uint64_t address)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): so the uAPI carries pointers. */
	return (void *)(uintptr_t)address;
}

/* The uAPI's words, broken: what xe would refuse, or would do wrong. */
int fake_broken(const char *rule)
{
	fake_seen.broken_rules++;
	fprintf(stderr, "xe: %s\n", rule);
	return EINVAL;
}

/* Fences of memory whose time has come. */
static void write_fences(void)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < fences; i++) {
		if (fence[i].at > now_ns)
			fence[kept++] = fence[i];
		else
			*fence[i].to = fence[i].value;
	}
	fences = kept;
}

void fake_fence_later(uint64_t *to, uint64_t value, uint64_t at)
{
	if (fences < MAX_FENCES) {
		struct fake_fence *f = &fence[fences++];

		f->to = to;
		f->value = value;
		f->at = at;
	}
	write_fences();
}

static int get_version(struct drm_version *v)
{
	size_t length = strlen(driver_name);

	if (v->name && v->name_len)
		memcpy(v->name, driver_name, length < v->name_len ? length : v->name_len);
	v->name_len = length;
	v->date_len = v->desc_len = 1; /* libdrm copies all three */
	return 0;
}

static int create_syncobj(struct drm_syncobj_create *c)
{
	for (uint32_t i = 1; i < MAX_SYNCOBJS; i++) {
		if (syncobj[i])
			continue;
		syncobj[i] = NEVER;
		c->handle = i;
		fake_seen.syncobjs++;
		return c->flags ? fake_broken("syncobj: flags") : 0;
	}
	return ENOMEM;
}

static bool has_syncobj(uint32_t handle)
{
	return handle && handle < MAX_SYNCOBJS && syncobj[handle];
}

static int destroy_syncobj(const struct drm_syncobj_destroy *d)
{
	if (!has_syncobj(d->handle) || d->pad)
		return fake_broken("syncobj: destroyed, but not there");
	syncobj[d->handle] = 0;
	fake_seen.syncobjs--;
	return 0;
}

int fake_signal_syncobj(uint32_t handle, uint64_t at)
{
	if (!has_syncobj(handle))
		return fake_broken("sync: no such syncobj");
	syncobj[handle] = at;
	return 0;
}

/* Moves the clock on to @at, or as long as somebody waits. */
static int wait_until(uint64_t at, uint64_t timeout)
{
	uint64_t until = at < timeout ? at : timeout;

	if (until > now_ns)
		now_ns = until;
	write_fences();
	return at > now_ns ? ETIME : 0;
}

static int wait_for_syncobj(const struct drm_syncobj_wait *w)
{
	const uint32_t *handle = fake_pointer(w->handles);

	if (w->count_handles != 1 || !has_syncobj(*handle) || w->flags ||
	    w->timeout_nsec < 0)
		return fake_broken("wait: not for one syncobj that is there");
	return wait_until(syncobj[*handle], (uint64_t)w->timeout_nsec);
}

static int wait_for_memory(struct drm_xe_wait_user_fence *w)
{
	const uint64_t *memory = fake_pointer(w->addr);
	uint64_t at = NEVER;

	if (w->extensions || w->pad || w->pad2 || w->op != DRM_XE_UFENCE_WAIT_OP_GTE ||
	    w->flags || w->mask != UINT64_MAX || w->timeout < 0 || w->addr % 8)
		return fake_broken(
			"wait: what must be 0 is not, or a wrong way of waiting");
	if (fake_is_banned(w->exec_queue_id))
		return EIO;
	if (*memory >= w->value)
		return 0;
	for (unsigned int i = 0; i < fences; i++)
		if (fence[i].to == memory && fence[i].value >= w->value)
			at = fence[i].at;
	return wait_until(at, now_ns + (uint64_t)w->timeout);
}

static int serve(unsigned long request, void *arg)
{
	if (request == DRM_IOCTL_VERSION)
		return get_version(arg);
	if (request == DRM_IOCTL_XE_DEVICE_QUERY)
		return fake_gpu_query(arg);
	if (fake.wedged)
		return ECANCELED;
	switch (request) {
	case DRM_IOCTL_SYNCOBJ_CREATE:
		return create_syncobj(arg);
	case DRM_IOCTL_SYNCOBJ_DESTROY:
		return destroy_syncobj(arg);
	case DRM_IOCTL_SYNCOBJ_WAIT:
		return wait_for_syncobj(arg);
	case DRM_IOCTL_XE_WAIT_USER_FENCE:
		return wait_for_memory(arg);
	default:
		return fake_gpu_serve(request, arg);
	}
}

static bool releases(unsigned long request)
{
	return request == DRM_IOCTL_SYNCOBJ_DESTROY ||
	       request == DRM_IOCTL_XE_VM_DESTROY ||
	       request == DRM_IOCTL_XE_EXEC_QUEUE_DESTROY;
}

/* The error that this call was told to fail with, or 0. */
static int planned_failure(unsigned long request)
{
	if (!releases(request) && ++fake_seen.calls == fail_any_at)
		return fail_any_error;
	for (unsigned int i = 0; i < failures; i++) {
		struct fake_failure *f = &failure[i];

		if (f->request == request && ++f->calls >= f->nth &&
		    f->calls < f->nth + f->times)
			return f->error;
	}
	return 0;
}

static bool is_node(int fd)
{
	struct stat st;

	return node.st_ino && fstat(fd, &st) == 0 && st.st_ino == node.st_ino &&
	       st.st_dev == node.st_dev;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	int error;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (!is_node(fd))
		return (int)syscall(SYS_ioctl, fd, request, arg);
	now_ns += NSEC_PER_USEC;
	write_fences();
	if (request == DRM_IOCTL_XE_VM_DESTROY)
		fences = 0; /* nobody waits any more, and their memory goes */
	error = planned_failure(request);
	if (!error)
		error = serve(request, arg);
	errno = error ? error : errno;
	return error ? -1 : 0;
}
