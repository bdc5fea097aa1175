// SPDX-License-Identifier: MIT
#include "fake-i915.h"

#include <errno.h>
#include <i915_drm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "system/devices.h"
#include "system/units.h"

#define MAX_OBJECTS  1024
#define MAX_CONTEXTS 256
#define MAX_NODES    8
#define MAX_FAILURES 8
#define ALL_RINGS    64

#define BATCH_END 0x05000000u

struct fake_object {
	bool there;
	char *memory;
	uint64_t size, busy_until;
};

struct fake_context {
	bool there, persistent;
	unsigned int rings; /* of its map; 0: none */
	uint32_t vm;
};

struct fake_failure {
	unsigned long request;
	unsigned int nth, times, calls;
	int error;
};

struct fake_node {
	char card[64], render[64], syspath[256], slot[32], name[32];
	uint16_t device;
	struct stat stat[2];
};

struct fake_gpu fake;
struct fake_seen fake_seen;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fake_object object[MAX_OBJECTS];	  /* 0 is none */
static struct fake_context context[MAX_CONTEXTS]; /* 0 is always there */
static struct fake_node node[MAX_NODES];
static struct fake_failure failure[MAX_FAILURES];
static unsigned int nodes, failures, fail_any_at;
static int fail_any_error;
static uint64_t now_ns, ring_free[ALL_RINGS];
static uint32_t lost_active, lost_pending, last_vm;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_drm_devices_list(struct drm_device **devices);

static uint64_t real_now(void)
{
	struct timespec ts;

	__real_clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Under the lock. */
static uint64_t now(void)
{
	return fake.real_time ? real_now() : now_ns;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	uint64_t ns;

	if (clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, ts);
	ns = fake_now();
	ts->tv_sec = (time_t)(ns / NSEC_PER_SEC);
	ts->tv_nsec = (long)(ns % NSEC_PER_SEC);
	return 0;
}

uint64_t fake_now(void)
{
	uint64_t ns;

	pthread_mutex_lock(&lock);
	ns = now();
	pthread_mutex_unlock(&lock);
	return ns;
}

void fake_pass(uint64_t ns)
{
	pthread_mutex_lock(&lock);
	now_ns += ns;
	pthread_mutex_unlock(&lock);
}

void fake_reset(void)
{
	fake = (struct fake_gpu){ .rings = 4, .ns_per_byte = 1.0 };
	fake_seen = (struct fake_seen){ 0 };
	memset(object, 0, sizeof(object));
	memset(context, 0, sizeof(context));
	memset(node, 0, sizeof(node));
	memset(failure, 0, sizeof(failure));
	memset(ring_free, 0, sizeof(ring_free));
	context[0] = (struct fake_context){ .there = true };
	nodes = failures = fail_any_at = 0;
	lost_active = lost_pending = last_vm = 0;
	now_ns = 1000 * NSEC_PER_SEC;
}

void fake_device(const char *card, const char *render, const char *syspath,
		 const char *slot, uint16_t device, const char *name)
{
	struct fake_node *n = &node[nodes++];

	n->device = device;
	snprintf(n->name, sizeof(n->name), "%s", name);
	snprintf(n->slot, sizeof(n->slot), "%s", slot);
	snprintf(n->syspath, sizeof(n->syspath), "%s", syspath);
	if (card)
		snprintf(n->card, sizeof(n->card), "%s", card);
	if (render)
		snprintf(n->render, sizeof(n->render), "%s", render);
	if (!card || stat(card, &n->stat[0]) < 0)
		n->stat[0] = (struct stat){ 0 };
	if (!render || stat(render, &n->stat[1]) < 0)
		n->stat[1] = (struct stat){ 0 };
}

int __wrap_drm_devices_list(struct drm_device **devices)
{
	struct drm_device *list = calloc(nodes + 1, sizeof(*list));

	for (unsigned int i = 0; i < nodes; i++) {
		struct drm_device *d = &list[i];

		memcpy(d->card, node[i].card, sizeof(d->card));
		memcpy(d->render, node[i].render, sizeof(d->render));
		memcpy(d->syspath, node[i].syspath, sizeof(d->syspath));
		memcpy(d->pci_slot, node[i].slot, sizeof(d->pci_slot));
		d->vendor = 0x8086;
		d->device = node[i].device;
		d->parameter = calloc(1, sizeof(*d->parameter));
		d->parameters = 1;
	}
	*devices = list;
	return (int)nodes;
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

void fake_lose(uint32_t active, uint32_t pending)
{
	pthread_mutex_lock(&lock);
	lost_active += active;
	lost_pending += pending;
	pthread_mutex_unlock(&lock);
}

void fake_look(uint64_t size)
{
	pthread_mutex_lock(&lock);
	fake_seen.busy = 0;
	for (unsigned int i = 0; i < MAX_OBJECTS; i++)
		fake_seen.busy += object[i].there && object[i].size >= size &&
				  object[i].busy_until > now();
	pthread_mutex_unlock(&lock);
}

static void *pointer(uint64_t address)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): so the uAPI carries pointers. */
	return (void *)(uintptr_t)address;
}

/* The uAPI's words, broken: what a real driver would refuse, or would do wrong. */
static int broken(const char *rule)
{
	fake_seen.broken_rules++;
	fprintf(stderr, "i915: %s\n", rule);
	return EINVAL;
}

static int get_version(struct drm_version *v, const struct fake_node *n)
{
	size_t length = strlen(n->name);

	if (v->name && v->name_len)
		memcpy(v->name, n->name, length < v->name_len ? length : v->name_len);
	v->name_len = length;
	v->date_len = v->desc_len = 1; /* libdrm copies all three */
	return 0;
}

static int get_param(const struct drm_i915_getparam *p)
{
	switch (p->param) {
	case I915_PARAM_HAS_USERPTR_PROBE:
		if (fake.no_probe)
			return EINVAL;
		*p->value = 1;
		return 0;
	case I915_PARAM_HAS_BSD:
	case I915_PARAM_HAS_BLT:
		*p->value = 1;
		return 0;
	case I915_PARAM_HAS_VEBOX:
		*p->value = 0;
		return 0;
	default:
		return EINVAL;
	}
}

/* Whether there is memory all over the range: msync() says ENOMEM of a hole. */
static bool is_mapped(const char *memory, uint64_t size)
{
	return msync((void *)memory, size, MS_ASYNC) == 0;
}

static int make_object(struct drm_i915_gem_userptr *u)
{
	char *memory = pointer(u->user_ptr);

	if (fake.no_userptr)
		return ENODEV;
	if (u->handle || u->flags & ~(fake.no_probe ? 0u : I915_USERPTR_PROBE))
		return broken("userptr: an unknown flag, or a handle");
	if (!u->user_size ||
	    (u->user_size | u->user_ptr) % (uint64_t)sysconf(_SC_PAGESIZE))
		return broken("userptr: not whole pages");
	if (u->flags && !is_mapped(memory, u->user_size))
		return EFAULT;
	for (uint32_t i = 1; i < MAX_OBJECTS; i++) {
		if (object[i].there)
			continue;
		object[i] = (struct fake_object){ .there = true,
						  .memory = memory,
						  .size = u->user_size };
		u->handle = i;
		fake_seen.objects++;
		return 0;
	}
	return ENOMEM;
}

static struct fake_object *find_object(uint32_t handle)
{
	return handle && handle < MAX_OBJECTS && object[handle].there ? &object[handle]
								      : NULL;
}

static int close_object(const struct drm_gem_close *c)
{
	struct fake_object *o = find_object(c->handle);

	if (!o || c->pad)
		return broken("close: no such object");
	o->there = false;
	fake_seen.objects--;
	return 0;
}

static int use_params(struct fake_context *c, uint64_t extension)
{
	while (extension) {
		const struct drm_i915_gem_context_create_ext_setparam *e =
			pointer(extension);

		if (e->base.name != I915_CONTEXT_CREATE_EXT_SETPARAM || e->base.flags ||
		    e->param.ctx_id)
			return broken("context: a wrong extension");
		if (e->param.param == I915_CONTEXT_PARAM_ENGINES)
			c->rings =
				(unsigned int)((e->param.size - sizeof(uint64_t)) /
					       sizeof(struct i915_engine_class_instance));
		else if (e->param.param == I915_CONTEXT_PARAM_VM &&
			 e->param.value == last_vm && last_vm)
			c->vm = (uint32_t)e->param.value;
		else
			return broken("context: a wrong parameter");
		extension = e->base.next_extension;
	}
	return c->rings <= fake.rings ? 0 : broken("context: more rings than there are");
}

static int make_context(uint64_t extension, uint32_t *id)
{
	struct fake_context c = { .there = true, .persistent = true };
	int error;

	if (fake.no_contexts)
		return ENODEV;
	error = use_params(&c, extension);
	for (uint32_t i = 1; i < MAX_CONTEXTS && !error; i++) {
		if (context[i].there)
			continue;
		context[i] = c;
		*id = i;
		fake_seen.contexts++;
		fake_seen.persistent_contexts++;
		return 0;
	}
	return error ? error : ENOMEM;
}

static bool has_context(uint32_t id)
{
	return id < MAX_CONTEXTS && context[id].there;
}

static int destroy_context(const struct drm_i915_gem_context_destroy *d)
{
	if (!d->ctx_id || !has_context(d->ctx_id) || d->pad)
		return broken("context: destroyed, but not there");
	fake_seen.persistent_contexts -= context[d->ctx_id].persistent;
	context[d->ctx_id].there = false;
	fake_seen.contexts--;
	return 0;
}

static int set_context(const struct drm_i915_gem_context_param *p)
{
	if (!has_context(p->ctx_id) || p->param != I915_CONTEXT_PARAM_PERSISTENCE ||
	    p->value || p->size)
		return broken("context: a wrong setting");
	fake_seen.persistent_contexts -= context[p->ctx_id].persistent;
	context[p->ctx_id].persistent = false;
	return 0;
}

static int make_vm(struct drm_i915_gem_vm_control *v)
{
	if (fake.no_vm)
		return ENODEV;
	v->vm_id = ++last_vm;
	fake_seen.vms++;
	return 0;
}

static int query(const struct drm_i915_query *q)
{
	struct drm_i915_query_item *item = pointer(q->items_ptr);
	int length = (int)(sizeof(struct drm_i915_query_engine_info) +
			   fake.rings * sizeof(struct drm_i915_engine_info));
	struct drm_i915_query_engine_info *info = pointer(item->data_ptr);

	if (fake.no_query)
		return EINVAL;
	if (q->num_items != 1 || q->flags || item->flags)
		return broken("query: unknown flags");
	if (item->query_id != DRM_I915_QUERY_ENGINE_INFO ||
	    (info && item->length < length)) {
		item->length = -EINVAL;
		return 0;
	}
	item->length = length;
	if (!info)
		return 0;
	if (info->num_engines || info->rsvd[0])
		return broken("query: memory that is not 0");
	info->num_engines = fake.rings;
	for (unsigned int i = 0; i < fake.rings; i++)
		info->engines[i].engine.engine_class = (uint16_t)(i % 4);
	return 0;
}

static int tell_resets(struct drm_i915_reset_stats *s)
{
	if (fake.no_reset_stats)
		return ENODEV;
	if (!has_context(s->ctx_id) || s->flags || s->pad)
		return broken("reset stats: no such context, or flags");
	if (s->ctx_id != 1) /* one context has all the bad luck */
		return 0;
	s->batch_active = lost_active;
	s->batch_pending = lost_pending;
	return 0;
}

static int check_entry(const struct drm_i915_gem_exec_object2 *list, uint32_t i)
{
	const struct fake_object *o = find_object(list[i].handle);

	if (!o)
		return broken("execbuf: no such object");
	for (uint32_t j = 0; j < i; j++) {
		if (list[j].handle == list[i].handle)
			return broken("execbuf: an object is listed twice");
	}
	if (list[i].flags != EXEC_OBJECT_SUPPORTS_48B_ADDRESS ||
	    list[i].relocation_count || list[i].alignment || list[i].rsvd1 ||
	    list[i].rsvd2)
		return broken("execbuf: an entry with flags, or what must be 0");
	return is_mapped(o->memory, o->size) ? 0 : EFAULT;
}

/* From its start to its end nothing but MI_NOOPs: looked at in a few places. */
static int check_batch(const struct drm_i915_gem_execbuffer2 *x,
		       const struct fake_object *batch)
{
	const uint32_t *start = (const void *)(batch->memory + x->batch_start_offset);
	const uint32_t *end = (const void *)(batch->memory + batch->size - 8);

	if ((x->batch_start_offset | x->batch_len) & 7 || !x->batch_len ||
	    x->batch_start_offset + (uint64_t)x->batch_len != batch->size)
		return broken("execbuf: the batch is not in its object");
	if (end[0] != BATCH_END || end[1] ||
	    (start != end && (start[0] || start[(end - start) / 2])))
		return broken("execbuf: the batch is not MI_NOOPs and an end");
	return 0;
}

static int check_ring(const struct drm_i915_gem_execbuffer2 *x)
{
	uint32_t id = i915_execbuffer2_get_context_id(*x);

	if (!has_context(id))
		return broken("execbuf: no such context");
	if (x->flags & ~(uint64_t)I915_EXEC_RING_MASK || x->rsvd2 || x->num_cliprects ||
	    x->DR1 || x->DR4)
		return broken("execbuf: unknown flags, or what must be 0");
	if (context[id].rings ? x->flags >= context[id].rings
			      : x->flags < 1 || x->flags > 3)
		return broken("execbuf: no such ring");
	return 0;
}

/* Puts the request into its ring's queue. */
static void run(const struct drm_i915_gem_execbuffer2 *x,
		const struct drm_i915_gem_exec_object2 *list)
{
	uint64_t *free_at = &ring_free[x->flags];
	uint64_t start = *free_at > now() ? *free_at : now();
	uint64_t ns = fake.request_ns + (uint64_t)(x->batch_len * fake.ns_per_byte);

	*free_at = fake.hangs ? UINT64_MAX : start + ns;
	for (uint32_t i = 0; i < x->buffer_count; i++) {
		struct fake_object *o = &object[list[i].handle];

		if (*free_at > o->busy_until)
			o->busy_until = *free_at;
	}
	fake_seen.requests++;
	fake_seen.last_ns = ns;
	if (ns > fake_seen.longest_ns)
		fake_seen.longest_ns = ns;
	fake_seen.listed = x->buffer_count - 2;
	fake_seen.rings_used |= 1ull << x->flags;
	fake_seen.contexts_used |= 1ull << (i915_execbuffer2_get_context_id(*x) & 63);
}

static int execute(const struct drm_i915_gem_execbuffer2 *x)
{
	const struct drm_i915_gem_exec_object2 *list = pointer(x->buffers_ptr);
	uint64_t bytes = 0;
	int error = check_ring(x);

	if (fake.wedged)
		return EIO;
	for (uint32_t i = 0; i < x->buffer_count && !error; i++) {
		error = check_entry(list, i);
		bytes += error ? 0 : object[list[i].handle].size;
	}
	if (!error)
		error = check_batch(x, &object[list[x->buffer_count - 1].handle]);
	if (!error && fake.address_space && bytes > fake.address_space)
		error = ENOSPC;
	if (!error)
		run(x, list);
	return error;
}

/* Really sleeps, without the lock, until @until. */
static void sleep_real(uint64_t until)
{
	struct timespec ts = { .tv_sec = (time_t)(until / NSEC_PER_SEC),
			       .tv_nsec = (long)(until % NSEC_PER_SEC) };

	pthread_mutex_unlock(&lock);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	pthread_mutex_lock(&lock);
}

static int wait_for(struct drm_i915_gem_wait *w)
{
	struct fake_object *o = find_object(w->bo_handle);
	uint64_t until, at = now();

	if (!o || w->flags || w->timeout_ns < 0)
		return broken("wait: no such object, or for ever");
	if (o->busy_until <= at)
		return 0;
	until = o->busy_until - at > (uint64_t)w->timeout_ns
			? at + (uint64_t)w->timeout_ns
			: o->busy_until;
	if (fake.real_time)
		sleep_real(until);
	else if (until > now_ns)
		now_ns = until;
	if (fake.late_ns && !fake.real_time)
		now_ns += (uint64_t)rand() % fake.late_ns;
	return until < o->busy_until ? ETIME : 0;
}

static int is_busy(struct drm_i915_gem_busy *b)
{
	const struct fake_object *o = find_object(b->handle);

	if (!o)
		return broken("busy: no such object");
	b->busy = o->busy_until > now();
	return 0;
}

static int serve(unsigned long request, void *arg, const struct fake_node *n)
{
	switch (request) {
	case DRM_IOCTL_VERSION:
		return get_version(arg, n);
	case DRM_IOCTL_I915_GETPARAM:
		return get_param(arg);
	case DRM_IOCTL_I915_GEM_USERPTR:
		return make_object(arg);
	case DRM_IOCTL_GEM_CLOSE:
		return close_object(arg);
	case DRM_IOCTL_I915_GEM_EXECBUFFER2:
		return execute(arg);
	case DRM_IOCTL_I915_GEM_WAIT:
		return wait_for(arg);
	case DRM_IOCTL_I915_GEM_BUSY:
		return is_busy(arg);
	case DRM_IOCTL_I915_GEM_THROTTLE:
		return fake.wedged ? EIO : 0;
	case DRM_IOCTL_I915_QUERY:
		return query(arg);
	case DRM_IOCTL_I915_GEM_VM_CREATE:
		return make_vm(arg);
	case DRM_IOCTL_I915_GEM_VM_DESTROY:
		fake_seen.vms--;
		return 0;
	case DRM_IOCTL_I915_GEM_CONTEXT_CREATE:
		return make_context(0,
				    &((struct drm_i915_gem_context_create *)arg)->ctx_id);
	case DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT:
		return make_context(
			((struct drm_i915_gem_context_create_ext *)arg)->extensions,
			&((struct drm_i915_gem_context_create_ext *)arg)->ctx_id);
	case DRM_IOCTL_I915_GEM_CONTEXT_DESTROY:
		return destroy_context(arg);
	case DRM_IOCTL_I915_GEM_CONTEXT_SETPARAM:
		return set_context(arg);
	case DRM_IOCTL_I915_GET_RESET_STATS:
		return tell_resets(arg);
	default:
		return broken("an ioctl that this GPU does not know");
	}
}

static bool releases(unsigned long request)
{
	return request == DRM_IOCTL_GEM_CLOSE ||
	       request == DRM_IOCTL_I915_GEM_CONTEXT_DESTROY ||
	       request == DRM_IOCTL_I915_GEM_VM_DESTROY;
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

/* Which node @fd is of, or NULL. */
static const struct fake_node *node_of(int fd)
{
	struct stat st;

	if (nodes == 0 || fstat(fd, &st) < 0)
		return NULL;
	for (unsigned int i = 0; i < nodes; i++) {
		for (unsigned int j = 0; j < 2; j++) {
			if (st.st_ino && st.st_ino == node[i].stat[j].st_ino &&
			    st.st_dev == node[i].stat[j].st_dev)
				return &node[i];
		}
	}
	return NULL;
}

int ioctl(int fd, unsigned long request, ...)
{
	const struct fake_node *n = node_of(fd);
	va_list ap;
	void *arg;
	int error;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (!n)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	pthread_mutex_lock(&lock);
	error = planned_failure(request);
	if (!error)
		error = serve(request, arg, n);
	now_ns += NSEC_PER_USEC;
	pthread_mutex_unlock(&lock);
	errno = error ? error : errno;
	return error ? -1 : 0;
}
