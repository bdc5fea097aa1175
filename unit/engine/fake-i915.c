// SPDX-License-Identifier: MIT
#include "fake-i915.h"

#include <errno.h>
#include <i915_drm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
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

#include "fake-batch.h"
#include "system/devices.h"
#include "system/units.h"

#define MAX_OBJECTS  1024
#define MAX_CONTEXTS 256
#define MAX_NODES    8
#define MAX_FAILURES 8
#define ALL_RINGS    64

#define GIB_48 (1ull << 48)

struct fake_object {
	bool there;
	char *memory;
	uint64_t size, busy_until;
	bool bound;
	uint64_t
		place; /* where it is or was bound; contexts share their address space here */
};

struct fake_context {
	bool there, persistent;
	unsigned int rings;	       /* of its map; 0: none */
	unsigned char ring[ALL_RINGS]; /* which those are */
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

/*
 * What the kernel's headers say of these, in numbers: a header that says otherwise is not of this
 * kernel's uAPI.
 */
#define LAYOUT(type, size, member, offset)                                               \
	_Static_assert(sizeof(struct type) == (size) &&                                  \
			       offsetof(struct type, member) == (offset),                \
		       #type)
LAYOUT(drm_i915_getparam, 16, value, 8);
LAYOUT(drm_i915_gem_userptr, 24, flags, 16);
LAYOUT(drm_i915_gem_userptr, 24, handle, 20);
LAYOUT(drm_gem_close, 8, handle, 0);
LAYOUT(drm_i915_gem_exec_object2, 56, offset, 24);
LAYOUT(drm_i915_gem_exec_object2, 56, flags, 32);
LAYOUT(drm_i915_gem_execbuffer2, 64, buffer_count, 8);
LAYOUT(drm_i915_gem_execbuffer2, 64, batch_start_offset, 12);
LAYOUT(drm_i915_gem_execbuffer2, 64, batch_len, 16);
LAYOUT(drm_i915_gem_execbuffer2, 64, flags, 40);
LAYOUT(drm_i915_gem_execbuffer2, 64, rsvd1, 48);
LAYOUT(drm_i915_gem_wait, 16, timeout_ns, 8);
LAYOUT(drm_i915_gem_busy, 8, busy, 4);
LAYOUT(drm_i915_query, 16, items_ptr, 8);
LAYOUT(drm_i915_query_item, 24, data_ptr, 16);
LAYOUT(drm_i915_query_engine_info, 16, engines, 16);
LAYOUT(drm_i915_engine_info, 56, engine, 0);
LAYOUT(drm_i915_gem_vm_control, 16, vm_id, 12);
LAYOUT(drm_i915_gem_context_create_ext, 16, extensions, 8);
LAYOUT(drm_i915_gem_context_create_ext_setparam, 56, param, 32);
LAYOUT(drm_i915_gem_context_param, 24, value, 16);
LAYOUT(drm_i915_gem_context_destroy, 8, ctx_id, 0);
LAYOUT(drm_i915_gem_get_aperture, 16, aper_available_size, 8);
LAYOUT(drm_i915_reset_stats, 24, batch_active, 12);
LAYOUT(i915_context_param_engines, 8, engines, 8);
_Static_assert(DRM_IOCTL_I915_GEM_EXECBUFFER2 == 0x40406469, "its number");
_Static_assert(DRM_IOCTL_I915_GEM_USERPTR == 0xc0186473, "its number");
_Static_assert(DRM_IOCTL_I915_GEM_WAIT == 0xc010646c, "its number");

struct fake_gpu fake;
struct fake_seen fake_seen;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fake_object object[MAX_OBJECTS];	  /* 0 is none */
static struct fake_context context[MAX_CONTEXTS]; /* 0 is always there */
static struct fake_node node[MAX_NODES];
static struct fake_failure failure[MAX_FAILURES];
static unsigned int nodes, failures, fail_any_at;
static int fail_any_error;
static uint64_t now_ns, ring_free[128], ring_busy[128], free_place;
static uint32_t lost_active, lost_pending, last_vm;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __real_nanosleep(const struct timespec *ts, struct timespec *left);
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left);
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

struct fake_seen fake_seen_now(void)
{
	struct fake_seen copy;

	pthread_mutex_lock(&lock);
	copy = fake_seen;
	pthread_mutex_unlock(&lock);
	return copy;
}

/* Sleeping takes no time. */
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left)
{
	if (fake.real_time)
		return __real_nanosleep(ts, left);
	fake_pass((uint64_t)ts->tv_sec * NSEC_PER_SEC + (uint64_t)ts->tv_nsec);
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
	fake = (struct fake_gpu){ .rings = 4,
				  .ns_per_byte = 1.0,
				  .chipset = 0x3185,
				  .gtt_size = GIB_48,
				  .parser = 10,
				  .clock_hz = 19.2e6,
				  .clock_off = 1 };
	fake_seen = (struct fake_seen){ 0 };
	memset(object, 0, sizeof(object));
	memset(context, 0, sizeof(context));
	memset(node, 0, sizeof(node));
	memset(failure, 0, sizeof(failure));
	memset(ring_free, 0, sizeof(ring_free));
	memset(ring_busy, 0, sizeof(ring_busy));
	context[0] = (struct fake_context){ .there = true };
	nodes = failures = fail_any_at = 0;
	lost_active = lost_pending = last_vm = 0;
	now_ns = 1000 * NSEC_PER_SEC;
	free_place = 256 * MIB;
}

void fake_haswell(void)
{
	fake.chipset = 0x0412;
	fake.gtt_size = 2 * GIB;
	fake.parser = 9;
	fake.no_vm = true;
}

void fake_unbind(void)
{
	for (unsigned int i = 0; i < MAX_OBJECTS; i++)
		object[i].bound = false;
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

static void set_parameter(struct drm_parameter *p, const char *name, const char *value)
{
	if (!value)
		return;
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->value, sizeof(p->value), "%s", value);
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
		d->parameter = calloc(2, sizeof(*d->parameter));
		d->parameters = 2;
		set_parameter(&d->parameter[0], "mock", fake.mock);
		set_parameter(&d->parameter[1], "batch_us", fake.batch_us);
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
	case I915_PARAM_CHIPSET_ID:
		*p->value = fake.chipset;
		return 0;
	case I915_PARAM_CMD_PARSER_VERSION:
		*p->value = fake.parser;
		return 0;
	case I915_PARAM_HAS_EXEC_SOFTPIN:
		*p->value = !fake.no_softpin;
		return 0;
	case I915_PARAM_CS_TIMESTAMP_FREQUENCY:
		*p->value = (int)fake.clock_hz;
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

/* What a query tells: four kinds, in turn. */
static struct i915_engine_class_instance ring_at(unsigned int i)
{
	return (struct i915_engine_class_instance){ (uint16_t)(i % 4),
						    (uint16_t)(i / 4) };
}

static int use_map(struct fake_context *c, const struct drm_i915_gem_context_param *p)
{
	const struct i915_context_param_engines *map = pointer(p->value);

	c->rings = (unsigned int)((p->size - sizeof(uint64_t)) / sizeof(*map->engines));
	for (unsigned int i = 0; i < c->rings && i < ALL_RINGS; i++) {
		unsigned int ring = map->engines[i].engine_class +
				    4u * map->engines[i].engine_instance;

		if (map->engines[i].engine_class > 3 || ring >= fake.rings)
			return broken("context: a ring that is not there");
		c->ring[i] = (unsigned char)ring;
	}
	return 0;
}

static int use_params(struct fake_context *c, uint64_t extension)
{
	int error = 0;

	while (extension) {
		const struct drm_i915_gem_context_create_ext_setparam *e =
			pointer(extension);

		if (e->base.name != I915_CONTEXT_CREATE_EXT_SETPARAM || e->base.flags ||
		    e->param.ctx_id)
			return broken("context: a wrong extension");
		if (e->param.param == I915_CONTEXT_PARAM_ENGINES)
			error = use_map(c, &e->param);
		else if (e->param.param == I915_CONTEXT_PARAM_VM &&
			 e->param.value == last_vm && last_vm)
			c->vm = (uint32_t)e->param.value;
		else
			return broken("context: a wrong parameter");
		extension = e->base.next_extension;
	}
	return error;
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
	/* What it had queued dies with it. */
	for (unsigned int i = 0; i < sizeof(ring_free) / sizeof(*ring_free); i++)
		if (ring_free[i] == UINT64_MAX && !context[d->ctx_id].persistent)
			ring_free[i] = 0;
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

static int get_context(struct drm_i915_gem_context_param *p)
{
	if (fake.no_gtt_param)
		return EINVAL;
	if (!has_context(p->ctx_id) || p->param != I915_CONTEXT_PARAM_GTT_SIZE || p->size)
		return broken("context: a wrong question");
	p->value = fake.gtt_size;
	return 0;
}

static int get_aperture(struct drm_i915_gem_get_aperture *a)
{
	a->aper_size = a->aper_available_size = fake.gtt_size;
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
		info->engines[i].engine = ring_at(i);
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

static bool overlap(const struct fake_object *a, const struct fake_object *b)
{
	return a != b && b->there && b->bound && a->place < b->place + b->size &&
	       b->place < a->place + a->size;
}

/* Puts @o to @place, and what is there out of the way. */
static void bind(struct fake_object *o, uint64_t place)
{
	o->place = place;
	o->bound = true;
	for (unsigned int i = 1; i < MAX_OBJECTS; i++) {
		if (!overlap(o, &object[i]))
			continue;
		object[i].bound = false;
		fake_seen.evicted++;
	}
}

/* Where an object is that says nothing: where it was told to look first, if that is free, or anywhere. */
static void find_place(struct fake_object *o, uint64_t hint)
{
	o->place = hint;
	for (unsigned int i = 1; i < MAX_OBJECTS && hint; i++) {
		if (overlap(o, &object[i]))
			hint = 0;
	}
	if (!hint) {
		hint = free_place;
		free_place += o->size;
	}
	bind(o, hint);
}

static int place_entry(struct drm_i915_gem_exec_object2 *e, struct fake_object *o)
{
	bool pinned = e->flags & EXEC_OBJECT_PINNED;

	if (pinned && (e->offset % 4096 || e->offset + o->size > fake.gtt_size ||
		       e->offset >= GIB_48 / 2))
		return broken("execbuf: a place that is none");
	if (pinned && (!o->bound || o->place != e->offset))
		bind(o, e->offset);
	else if (!o->bound)
		find_place(o, e->offset);
	if (o->place != e->offset)
		fake_seen.misplaced++;
	e->offset = o->place;
	return 0;
}

static int check_entry(struct drm_i915_gem_exec_object2 *list, uint32_t i)
{
	struct fake_object *o = find_object(list[i].handle);

	if (!o)
		return broken("execbuf: no such object");
	for (uint32_t j = 0; j < i; j++) {
		if (list[j].handle == list[i].handle)
			return broken("execbuf: an object is listed twice");
	}
	if ((list[i].flags & ~(uint64_t)EXEC_OBJECT_PINNED) !=
		    EXEC_OBJECT_SUPPORTS_48B_ADDRESS ||
	    list[i].relocation_count || list[i].alignment || list[i].rsvd1 ||
	    list[i].rsvd2)
		return broken("execbuf: an entry with flags, or what must be 0");
	return is_mapped(o->memory, o->size) ? place_entry(&list[i], o) : EFAULT;
}

/* From which bit of rings_used on are the rings of execbuf's flags, where there is no map. */
static unsigned int ring_of(const struct drm_i915_gem_execbuffer2 *x)
{
	const struct fake_context *c = &context[i915_execbuffer2_get_context_id(*x)];
	unsigned int index = (unsigned int)(x->flags & I915_EXEC_RING_MASK);

	return c->rings ? c->ring[index] : index;
}

/* Where the registers of a ring are that cannot add that themselves. */
static uint32_t base_of(unsigned int ring)
{
	static const uint32_t base[] = { 0x2000, 0x22000, 0x12000, 0x1a000 };

	return ring < 4 ? base[ring] : 0;
}

static bool is_generation(unsigned int generation)
{
	return generation == 9	 ? fake.chipset == 0x3185
	       : generation == 7 ? fake.chipset == 0x0412
				 : false;
}

/* For how long it keeps its ring at work. */
static uint64_t run_batch(const struct drm_i915_gem_execbuffer2 *x,
			  const struct fake_object *o, const char **wrong)
{
	const struct fake_batch batch = {
		.memory = o->memory,
		.size = o->size,
		.address = o->place,
		.start = x->batch_start_offset,
		.base = base_of(ring_of(x)),
		.adds_base = !is_generation(9) && !is_generation(7),
		.clock_hz = fake.clock_hz * fake.clock_off,
		.ns_per_byte = fake.warm_ns && ring_busy[ring_of(x)] > fake.warm_ns
				       ? fake.warm_ns_per_byte
				       : fake.ns_per_byte,
	};

	*wrong = NULL;
	return fake.executes_nothing ? 0 : fake_batch_run(&batch, wrong);
}

static int check_batch(const struct drm_i915_gem_execbuffer2 *x,
		       const struct fake_object *batch)
{
	if ((x->batch_start_offset | x->batch_len) & 7 ||
	    x->batch_start_offset + (uint64_t)x->batch_len > batch->size)
		return broken("execbuf: the batch is not in its object");
	if (is_generation(7))
		fake_seen.parsed += x->batch_len;
	if (is_generation(9) && fake.parser >= 10 && ring_of(x) % 4 == 1)
		fake_seen.parsed += batch->size - x->batch_start_offset;
	return 0;
}

static int check_ring(const struct drm_i915_gem_execbuffer2 *x)
{
	uint32_t id = i915_execbuffer2_get_context_id(*x);
	uint64_t ring = x->flags & I915_EXEC_RING_MASK;

	if (!has_context(id))
		return broken("execbuf: no such context");
	if (x->flags != (ring | I915_EXEC_NO_RELOC | I915_EXEC_HANDLE_LUT) || x->rsvd2 ||
	    x->num_cliprects || x->DR1 || x->DR4)
		return broken("execbuf: unknown flags, or what must be 0");
	if (context[id].rings ? ring >= context[id].rings : ring < 1 || ring > 3)
		return broken("execbuf: no such ring");
	return 0;
}

/* Puts the request into its ring's queue. */
static void run(const struct drm_i915_gem_execbuffer2 *x,
		const struct drm_i915_gem_exec_object2 *list, uint64_t batch_ns)
{
	unsigned int ring = ring_of(x);
	uint64_t *free_at = &ring_free[ring];
	uint64_t start = *free_at > now() ? *free_at : now();
	uint64_t ns = fake.request_ns + batch_ns;
	bool noops = object[list[x->buffer_count - 1].handle].size > 4096;

	*free_at = fake.hangs || batch_ns == FAKE_FOREVER ? UINT64_MAX : start + ns;
	for (uint32_t i = 0; i < x->buffer_count; i++) {
		struct fake_object *o = &object[list[i].handle];

		if (*free_at > o->busy_until)
			o->busy_until = *free_at;
	}
	ring_busy[ring] += ns;
	fake_seen.requests++;
	fake_seen.last_ns = ns;
	if (ns > fake_seen.longest_ns)
		fake_seen.longest_ns = ns;
	fake_seen.listed = x->buffer_count - (noops ? 2 : 1);
	fake_seen.listed_sum += fake_seen.listed;
	fake_seen.empty += fake_seen.listed == 0;
	fake_seen.rings_used |= 1ull << (ring & 63);
	fake_seen.contexts_used |= 1ull << (i915_execbuffer2_get_context_id(*x) & 63);
}

static int execute(const struct drm_i915_gem_execbuffer2 *x)
{
	struct drm_i915_gem_exec_object2 *list = pointer(x->buffers_ptr);
	uint64_t bytes = 0, ns = 0;
	int error = check_ring(x);
	const char *wrong = NULL;

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
	if (error)
		return error;
	ns = run_batch(x, &object[list[x->buffer_count - 1].handle], &wrong);
	if (wrong)
		return broken(wrong);
	run(x, list, ns);
	return 0;
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
	case DRM_IOCTL_I915_GEM_CONTEXT_GETPARAM:
		return get_context(arg);
	case DRM_IOCTL_I915_GEM_GET_APERTURE:
		return get_aperture(arg);
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
