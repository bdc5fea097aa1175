// SPDX-License-Identifier: MIT
/* The fake GPU's address spaces and queues, and what it tells of itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-xe-internal.h"
#include "streamer.h"
#include "system/units.h"

#define MAX_BINDS   64
#define JOB_TIMEOUT (5 * NSEC_PER_SEC)

struct fake_bind {
	char *memory;
	uint64_t size, address;
};

struct fake_vm {
	bool there, lr, closed;
	struct fake_bind bind[MAX_BINDS];
	unsigned int binds;
};

struct fake_queue {
	bool there;
	uint64_t banned_at; /* NEVER: it is not */
	uint32_t vm;
	uint16_t ring;
	uint32_t timestamp; /* of its context */
	uint64_t free_at;
};

static struct fake_vm vm[FAKE_VMS]; /* 0 is none, as of queues */
static struct fake_queue queue[FAKE_QUEUES];

void fake_gpu_reset(void)
{
	memset(vm, 0, sizeof(vm));
	memset(queue, 0, sizeof(queue));
}

void fake_close_vms(void)
{
	for (unsigned int i = 0; i < FAKE_VMS; i++)
		vm[i].closed = true;
}

/* As the driver answers: without a size it tells which; another size is refused. */
static int answer(struct drm_xe_device_query *q, const void *data, size_t size)
{
	if (q->size == 0) {
		q->size = (uint32_t)size;
		return 0;
	}
	if (q->size != size)
		return fake_broken("query: another size than it was told");
	memcpy(fake_pointer(q->data), data, size);
	return 0;
}

static int query_engines(struct drm_xe_device_query *q)
{
	char room[4096] = { 0 };
	struct drm_xe_query_engines *all = (void *)room;

	/* The last is of the class for binds, which is no ring. */
	all->num_engines = fake.rings + 1;
	for (unsigned int i = 0; i < all->num_engines; i++) {
		all->engines[i].instance.engine_class =
			(uint16_t)(i < fake.rings ? i % 5 : DRM_XE_ENGINE_CLASS_VM_BIND);
		all->engines[i].instance.engine_instance = (uint16_t)(i / 5);
		all->engines[i].instance.gt_id = i % 5 == 2 || i % 5 == 3;
	}
	return answer(q, room, sizeof(*all) + all->num_engines * sizeof(all->engines[0]));
}

/* A main GT, and one for media, with a clock of its own. */
static int query_gts(struct drm_xe_device_query *q)
{
	char room[4096] = { 0 };
	struct drm_xe_query_gt_list *all = (void *)room;

	all->num_gt = 2;
	for (uint16_t i = 0; i < 2; i++) {
		all->gt_list[i].type = i;
		all->gt_list[i].gt_id = i;
		all->gt_list[i].reference_clock = fake.clock * (i + 1);
		all->gt_list[i].ip_ver_major = (uint16_t)fake.version;
	}
	return answer(q, room, sizeof(*all) + 2 * sizeof(all->gt_list[0]));
}

static int query_config(struct drm_xe_device_query *q)
{
	char room[256] = { 0 };
	struct drm_xe_query_config *all = (void *)room;

	all->num_params = 5;
	all->info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] = fake.device | 4u << 16;
	all->info[DRM_XE_QUERY_CONFIG_MIN_ALIGNMENT] = 4096;
	all->info[DRM_XE_QUERY_CONFIG_VA_BITS] = 48;
	return answer(q, room, sizeof(*all) + 5 * sizeof(all->info[0]));
}

int fake_gpu_query(struct drm_xe_device_query *q)
{
	if (q->extensions || q->reserved[0] || q->reserved[1])
		return fake_broken("query: what must be 0 is not");
	switch (q->query) {
	case DRM_XE_DEVICE_QUERY_ENGINES:
		return query_engines(q);
	case DRM_XE_DEVICE_QUERY_GT_LIST:
		return query_gts(q);
	case DRM_XE_DEVICE_QUERY_CONFIG:
		return query_config(q);
	default:
		return fake_broken("query: not known");
	}
}

static int create_vm(struct drm_xe_vm_create *c)
{
	if (c->extensions || c->flags & ~(uint32_t)DRM_XE_VM_CREATE_FLAG_LR_MODE)
		return fake_broken("VM: flags that are not expected");
	for (uint32_t i = 1; i < FAKE_VMS; i++) {
		if (vm[i].there)
			continue;
		vm[i] = (struct fake_vm){ .there = true, .lr = c->flags };
		c->vm_id = i;
		fake_seen.vms++;
		return 0;
	}
	return ENOMEM;
}

static struct fake_vm *find_vm(uint32_t id)
{
	return id && id < FAKE_VMS && vm[id].there ? &vm[id] : NULL;
}

static int destroy_vm(const struct drm_xe_vm_destroy *d)
{
	struct fake_vm *v = find_vm(d->vm_id);

	if (!v || d->pad)
		return fake_broken("VM: destroyed, but not there");
	for (unsigned int i = 0; i < v->binds; i++)
		fake_seen.bound_bytes -= v->bind[i].size;
	fake_seen.binds -= v->binds;
	v->there = false;
	fake_seen.vms--;
	return 0;
}

/* What a VM's sync may be, and where it says that something is done. */
static int signal_sync(const struct fake_vm *v, uint64_t syncs, uint32_t n,
		       uint64_t *memory, uint64_t at)
{
	const struct drm_xe_sync *s = fake_pointer(syncs);

	if (n != 1 || s->extensions || s->flags != DRM_XE_SYNC_FLAG_SIGNAL)
		return fake_broken("sync: not one to signal");
	if (v->lr != (s->type == DRM_XE_SYNC_TYPE_USER_FENCE))
		return fake_broken("sync: of the wrong kind for this VM");
	if (v->lr) {
		if (!memory || s->addr % 8)
			return fake_broken("sync: a fence that is nowhere");
		if (at != NEVER)
			fake_fence_later(memory, s->timeline_value, at);
		return 0;
	}
	return s->timeline_value ? fake_broken("sync: a value for a syncobj")
				 : fake_signal_syncobj(s->handle, at);
}

/* Whether there is memory all over the range: msync() says ENOMEM of a hole. */
static bool is_mapped(void *memory, uint64_t size)
{
	return msync(memory, size, MS_ASYNC) == 0;
}

static int map(struct fake_vm *v, const struct drm_xe_vm_bind_op *op)
{
	uint64_t end = op->addr + op->range;

	if (op->obj || op->flags || !op->addr || end > 1ull << 48)
		return fake_broken("bind: an object, flags, or no address of the GPU");
	if (fake.no_userptr || op->pat_index >= 32 || !(fake.pats & 1u << op->pat_index))
		return EINVAL;
	if (!is_mapped(fake_pointer(op->userptr), op->range))
		return EFAULT;
	for (unsigned int i = 0; i < v->binds; i++)
		if (op->addr < v->bind[i].address + v->bind[i].size &&
		    end > v->bind[i].address)
			return fake_broken("bind: over something else");
	if (v->binds == MAX_BINDS)
		return ENOMEM;
	v->bind[v->binds++] =
		(struct fake_bind){ fake_pointer(op->userptr), op->range, op->addr };
	fake_seen.binds++;
	fake_seen.bound_bytes += op->range;
	fake_seen.pat = op->pat_index;
	return 0;
}

static int unmap(struct fake_vm *v, const struct drm_xe_vm_bind_op *op)
{
	for (unsigned int i = 0; i < v->binds; i++) {
		if (v->bind[i].address != op->addr || v->bind[i].size != op->range)
			continue;
		v->bind[i] = v->bind[--v->binds];
		fake_seen.binds--;
		fake_seen.bound_bytes -= op->range;
		return 0;
	}
	return fake_broken("unbind: what is not bound");
}

static int bind(const struct drm_xe_vm_bind *b)
{
	struct fake_vm *v = find_vm(b->vm_id);
	const struct drm_xe_vm_bind_op *op = &b->bind;
	const struct drm_xe_sync *s = fake_pointer(b->syncs);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int error;

	if (!v)
		return ENOENT;
	if (b->extensions || b->exec_queue_id || b->pad || b->pad2 || b->num_binds != 1 ||
	    op->extensions || op->pad || op->pad2 || op->prefetch_mem_region_instance)
		return fake_broken("bind: what must be 0 is not");
	if ((op->userptr | op->range | op->addr) % page || !op->range)
		return fake_broken("bind: not whole pages");
	if (op->op == DRM_XE_VM_BIND_OP_MAP_USERPTR)
		error = map(v, op);
	else if (op->op == DRM_XE_VM_BIND_OP_UNMAP && !op->userptr)
		error = unmap(v, op);
	else
		error = fake_broken("bind: an operation that is not expected");
	if (error || b->num_syncs == 0)
		return error;
	/* The kernel writes this fence, to an address of the process. */
	return signal_sync(v, b->syncs, b->num_syncs,
			   v->lr ? fake_pointer(s->addr) : NULL,
			   fake_now() + 50 * NSEC_PER_USEC);
}

static int create_queue(struct drm_xe_exec_queue_create *c)
{
	const struct drm_xe_engine_class_instance *i = fake_pointer(c->instances);
	unsigned int ring = i->engine_instance * 5u + i->engine_class;

	if (c->extensions || c->width != 1 || c->num_placements != 1 || c->flags ||
	    i->pad || !find_vm(c->vm_id))
		return fake_broken("queue: what must be 0 is not, or no such VM");
	if (i->engine_class > DRM_XE_ENGINE_CLASS_COMPUTE || ring >= fake.rings)
		return fake_broken("queue: no such engine");
	for (uint32_t id = 1; id < FAKE_QUEUES; id++) {
		if (queue[id].there)
			continue;
		queue[id] = (struct fake_queue){ .there = true,
						 .banned_at = NEVER,
						 .vm = c->vm_id,
						 .ring = (uint16_t)ring };
		c->exec_queue_id = id;
		fake_seen.queues++;
		return 0;
	}
	return ENOMEM;
}

static struct fake_queue *find_queue(uint32_t id)
{
	return id && id < FAKE_QUEUES && queue[id].there ? &queue[id] : NULL;
}

static int destroy_queue(const struct drm_xe_exec_queue_destroy *d)
{
	struct fake_queue *q = find_queue(d->exec_queue_id);

	if (!q || d->pad)
		return fake_broken("queue: destroyed, but not there");
	q->there = false;
	fake_seen.queues--;
	return 0;
}

static int get_property(struct drm_xe_exec_queue_get_property *g)
{
	const struct fake_queue *q = find_queue(g->exec_queue_id);

	if (!q || g->property != DRM_XE_EXEC_QUEUE_GET_PROPERTY_BAN || g->extensions)
		return fake_broken("queue: asked for what it has not");
	g->value = q->banned_at <= fake_now();
	return 0;
}

static uint32_t *see(void *data, uint64_t address)
{
	const struct fake_vm *v = data;

	for (unsigned int i = 0; i < v->binds; i++)
		if (address >= v->bind[i].address &&
		    address < v->bind[i].address + v->bind[i].size)
			return (void *)(v->bind[i].memory +
					(address - v->bind[i].address));
	return NULL;
}

/* How long the batch takes, in ns; NEVER: it hangs, or reads where nothing is bound. */
static uint64_t carry_out(struct fake_vm *v, struct fake_queue *q, uint64_t address)
{
	struct streamer s = {
		.at = see, .data = v, .timestamp = q->timestamp, .ticks_per_command = 100
	};
	uint64_t clock =
		fake.clock * (q->ring % 5 == 2 || q->ring % 5 == 3 ? 2ull : 1ull);
	uint32_t ticks;

	if (fake.hangs)
		return NEVER;
	if (fake.executes_nothing)
		return NSEC_PER_USEC;
	ticks = streamer_run(&s, address);
	q->timestamp = s.timestamp;
	if (!s.fault)
		return ticks * NSEC_PER_SEC / clock;
	fprintf(stderr, "xe: batch: %s\n", s.fault);
	fake_seen.faults++;
	return NEVER;
}

static int exec(const struct drm_xe_exec *x)
{
	struct fake_queue *q = find_queue(x->exec_queue_id);
	struct fake_vm *v = q ? find_vm(q->vm) : NULL;
	const struct drm_xe_sync *s = fake_pointer(x->syncs);
	uint64_t start, ns, at;

	if (!v)
		return ENOENT;
	if (x->extensions || x->num_batch_buffer != 1 || x->pad[0] || x->pad[1] ||
	    x->pad[2] || x->address % 8)
		return fake_broken("exec: what must be 0 is not, or no batch");
	if (q->banned_at <= fake_now() || v->closed)
		return ECANCELED;
	if (v->lr && fake.full > 0) {
		fake.full--;
		return EWOULDBLOCK;
	}
	start = q->free_at > fake_now() ? q->free_at : fake_now();
	ns = carry_out(v, q, x->address);
	if (ns == NEVER) {
		/* Found by the scheduler, which a long running queue has none of. */
		at = v->lr ? NEVER : start + JOB_TIMEOUT;
		q->banned_at = fake.hangs ? at : fake_now();
	} else {
		at = start + ns;
		fake_seen.last_ns = ns;
	}
	q->free_at = at;
	fake_seen.execs++;
	fake_seen.of_vm[q->vm]++;
	fake_seen.rings_used |= 1ull << q->ring;
	return signal_sync(v, x->syncs, x->num_syncs,
			   v->lr ? (void *)see(v, s->addr) : NULL, at);
}

bool fake_is_banned(uint32_t id)
{
	return id < FAKE_QUEUES && queue[id].there && queue[id].banned_at <= fake_now();
}

int fake_gpu_serve(unsigned long request, void *arg)
{
	switch (request) {
	case DRM_IOCTL_XE_VM_CREATE:
		return create_vm(arg);
	case DRM_IOCTL_XE_VM_DESTROY:
		return destroy_vm(arg);
	case DRM_IOCTL_XE_VM_BIND:
		return bind(arg);
	case DRM_IOCTL_XE_EXEC_QUEUE_CREATE:
		return create_queue(arg);
	case DRM_IOCTL_XE_EXEC_QUEUE_DESTROY:
		return destroy_queue(arg);
	case DRM_IOCTL_XE_EXEC_QUEUE_GET_PROPERTY:
		return get_property(arg);
	case DRM_IOCTL_XE_EXEC:
		return exec(arg);
	default:
		return fake_broken("an ioctl that this driver does not know");
	}
}
