// SPDX-License-Identifier: MIT
/* The engine xe at work: what it asks of the driver, and what its requests do. */
#include "xe-case.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/loop.h"
#include "engines/engines.h"
#include "streamer.h"
#include "system/devices.h"
#include "system/units.h"

#define REQUEST_NS (5 * NSEC_PER_MSEC)

/*
 * The layouts as the kernel has them (include/uapi/drm/xe_drm.h of 6.12), by number: so that no other
 * copy of the header can slip in.
 */
#define SIZE(type, size) static_assert(sizeof(struct type) == (size), #type)
#define AT(type, member, offset)                                                         \
	static_assert(offsetof(struct type, member) == (offset), #type)
#define CALL(name, number) static_assert((number##ull) == DRM_IOCTL_XE_##name, #name)

SIZE(drm_xe_device_query, 40);
AT(drm_xe_device_query, size, 12);
AT(drm_xe_device_query, data, 16);
SIZE(drm_xe_engine, 32);
SIZE(drm_xe_query_engines, 8);
SIZE(drm_xe_gt, 96);
AT(drm_xe_gt, gt_id, 4);
AT(drm_xe_gt, reference_clock, 12);
AT(drm_xe_gt, ip_ver_major, 32);
SIZE(drm_xe_query_gt_list, 8);
SIZE(drm_xe_query_config, 8);
SIZE(drm_xe_vm_create, 32);
AT(drm_xe_vm_create, vm_id, 12);
SIZE(drm_xe_vm_destroy, 24);
SIZE(drm_xe_vm_bind_op, 80);
AT(drm_xe_vm_bind_op, pat_index, 12);
AT(drm_xe_vm_bind_op, userptr, 16);
AT(drm_xe_vm_bind_op, range, 24);
AT(drm_xe_vm_bind_op, addr, 32);
AT(drm_xe_vm_bind_op, op, 40);
SIZE(drm_xe_vm_bind, 136);
AT(drm_xe_vm_bind, num_binds, 20);
AT(drm_xe_vm_bind, bind, 24);
AT(drm_xe_vm_bind, num_syncs, 108);
AT(drm_xe_vm_bind, syncs, 112);
SIZE(drm_xe_exec_queue_create, 48);
AT(drm_xe_exec_queue_create, exec_queue_id, 20);
AT(drm_xe_exec_queue_create, instances, 24);
SIZE(drm_xe_exec_queue_destroy, 24);
SIZE(drm_xe_exec_queue_get_property, 40);
AT(drm_xe_exec_queue_get_property, value, 16);
SIZE(drm_xe_sync, 48);
AT(drm_xe_sync, handle, 16);
AT(drm_xe_sync, addr, 16);
AT(drm_xe_sync, timeline_value, 24);
SIZE(drm_xe_exec, 56);
AT(drm_xe_exec, num_syncs, 12);
AT(drm_xe_exec, address, 24);
AT(drm_xe_exec, num_batch_buffer, 32);
SIZE(drm_xe_wait_user_fence, 72);
AT(drm_xe_wait_user_fence, op, 16);
AT(drm_xe_wait_user_fence, value, 24);
AT(drm_xe_wait_user_fence, timeout, 40);
AT(drm_xe_wait_user_fence, exec_queue_id, 48);
CALL(DEVICE_QUERY, 0xc0286440);
CALL(VM_CREATE, 0xc0206443);
CALL(VM_DESTROY, 0x40186444);
CALL(VM_BIND, 0x40886445);
CALL(EXEC_QUEUE_CREATE, 0xc0306446);
CALL(EXEC_QUEUE_DESTROY, 0x40186447);
CALL(EXEC_QUEUE_GET_PROPERTY, 0xc0286448);
CALL(EXEC, 0x40386449);
CALL(WAIT_USER_FENCE, 0xc048644a);

/* Memory of a streamer: one page at an address. */
struct page {
	uint64_t address;
	uint32_t dword[LOOP_SIZE / 4];
};

static uint32_t *page_at(void *data, uint64_t address)
{
	struct page *p = data;

	return address >= p->address && address < p->address + LOOP_SIZE
		       ? &p->dword[(address - p->address) / 4]
		       : NULL;
}

/* Carried out, a batch runs for its time and no more than one turn longer, wherever it lies. */
static void a_batch_runs_for_its_time(void **state)
{
	static const uint32_t ticks[] = { 96000, 1, 500000000 };
	static const uint64_t address[] = { 0x40000000, 0x7ffffffff000, 0x1fffff000 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct page page = { .address = address[i] };
		struct streamer s = {
			.at = page_at,
			.data = &page,
			.timestamp = UINT32_MAX - 1000, /* it goes round on the way */
			.ticks_per_command = ticks[i] / 1000 + 1,
		};
		unsigned int length = loop_write(page.dword, address[i], 0, ticks[i]);
		uint32_t took = streamer_run(&s, address[i]);

		assert_null(s.fault);
		assert_true(length < LOOP_SIZE / 8);
		assert_int_equal(page.dword[length - 1], 0x0au << 23);
		assert_true(took >= ticks[i]);
		assert_true(took < ticks[i] + 40 * s.ticks_per_command);
		assert_true(loop_ran(page.dword) >= ticks[i]);
		assert_true(loop_ran(page.dword) <= took);
	}
}

/* So that a second request of the queue runs as long. */
static void a_batch_runs_again(void **state)
{
	struct page page = { .address = 0x40000000 };
	struct streamer s = { .at = page_at, .data = &page, .ticks_per_command = 7 };

	(void)state;
	loop_write(page.dword, page.address, 0, 10000);
	for (int i = 0; i < 3; i++) {
		uint32_t took = streamer_run(&s, page.address);

		assert_null(s.fault);
		assert_true(took >= 10000 && took < 10500);
		s.timestamp += 123456; /* others had the ring */
	}
}

/* What the last request has left in memory does not end the next, however late the new value comes. */
static void a_batch_does_not_read_what_is_old(void **state)
{
	struct page page = { .address = 0x40000000 };
	struct streamer s = {
		.at = page_at, .data = &page, .ticks_per_command = 7, .late = 40
	};

	(void)state;
	loop_write(page.dword, page.address, 0, 10000);
	for (int i = 0; i < 3; i++) {
		uint32_t took = streamer_run(&s, page.address);

		assert_null(s.fault);
		assert_true(took >= 10000 && took < 11000);
	}
}

static void a_batch_that_did_not_run(void **state)
{
	struct page page = { .address = 0x40000000 };

	(void)state;
	memset(page.dword, 0xff, sizeof(page.dword));
	loop_write(page.dword, page.address, 0, 96000);
	assert_int_equal(loop_ran(page.dword), 0);
}

static void is_usable(void **state)
{
	struct xe_case *c = case_objects(1);
	struct drm_device *device;

	(void)state;
	assert_int_equal(xe_engine.usable(&c->config, c->why, sizeof(c->why)), 0);
	device = xe_engine.device(&c->config);
	assert_non_null(device);
	assert_string_equal(device->driver, "xe");
	drm_devices_free(device, 1);
	case_close(c);
}

/* Each ring's requests take 5 ms of its own clock; the GPU says how long they took. */
static void works(void **state)
{
	struct xe_case *c = case_objects(40);

	(void)state;
	assert_int_equal(case_start(c), 0);
	assert_in_range(c->progress.request_ns, REQUEST_NS, REQUEST_NS * 11 / 10);
	assert_int_equal(case_work(c, 400), 0);
	assert_in_range(fake_seen.last_ns, REQUEST_NS, REQUEST_NS * 11 / 10);
	assert_int_equal(fake_seen.rings_used, 0xf);
	assert_int_equal(fake_seen.faults, 0);
	assert_int_equal(xe_engine.idle(c->engine), 0);
	assert_int_equal(c->progress.requests, 400);
	assert_int_equal(xe_engine.check_resets(c->engine), 0);
	assert_int_equal(c->progress.resets, 0);
	assert_true(c->progress.exec_ns > 0 &&
		    c->progress.exec_longest_ns <= c->progress.exec_ns);
	case_close(c);
}

static void all_that_is_pinned_is_bound(void **state)
{
	struct xe_case *c = case_objects(40);
	uint64_t before;

	(void)state;
	assert_int_equal(case_open(c), 0);
	before = fake_seen.bound_bytes;
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(xe_engine.pin(c->engine, i), 0);
	assert_int_equal(fake_seen.bound_bytes - before, 40 * OBJECT_SIZE);
	assert_int_equal(fake_seen.vms, 16);
	assert_int_equal(fake_seen.queues, 16 * 4);
	assert_int_equal(xe_engine.held(c->engine, 40 * OBJECT_SIZE), 40 * OBJECT_SIZE);
	assert_int_equal(xe_engine.unpin(c->engine, 7), 0);
	assert_int_equal(fake_seen.bound_bytes - before, 39 * OBJECT_SIZE);
	case_close(c);
}

/* What reclaim has taken counts no more; here the owner gives it away. */
static void what_is_unmapped_is_not_held(void **state)
{
	struct xe_case *c = case_objects(400);
	uint64_t all = 400 * OBJECT_SIZE, held;

	(void)state;
	c->config.vms = 10;
	assert_int_equal(case_start(c), 0);
	for (size_t i = 0; i < 200; i++)
		madvise(c->object[i].memory, OBJECT_SIZE, MADV_DONTNEED);
	held = xe_engine.held(c->engine, all);
	/* The kernel's counters lag by some pages a CPU. */
	assert_true(held < all * 6 / 10 && held > all * 4 / 10);
	case_close(c);
}

/* Requests go to all address spaces alike. */
static void requests_are_spread(void **state)
{
	struct xe_case *c = case_objects(64);
	unsigned int used = 0;

	(void)state;
	c->config.vms = 8;
	assert_int_equal(case_start(c), 0);
	memset(fake_seen.of_vm, 0, sizeof(fake_seen.of_vm));
	assert_int_equal(case_work(c, 1600), 0);
	for (unsigned int i = 0; i < FAKE_VMS; i++) {
		used += fake_seen.of_vm[i] > 0;
		/* 200 each; five standard deviations */
		assert_true(fake_seen.of_vm[i] == 0 ||
			    (fake_seen.of_vm[i] > 134 && fake_seen.of_vm[i] < 266));
	}
	assert_int_equal(used, 8);
	case_close(c);
}

static void no_more_vms_than_objects(void **state)
{
	struct xe_case *c = case_objects(3);

	(void)state;
	assert_int_equal(case_start(c), 0);
	assert_int_equal(fake_seen.vms, 3);
	assert_int_equal(case_work(c, 30), 0);
	case_close(c);
}

static void long_running(void **state)
{
	struct xe_case *c = case_objects(20);

	(void)state;
	c->config.mode = "lr";
	assert_int_equal(case_start(c), 0);
	assert_int_equal(case_work(c, 300), 0);
	fake.full = 5;
	assert_int_equal(case_work(c, 10), 0);
	assert_int_equal(fake.full, 0);
	assert_int_equal(xe_engine.idle(c->engine), 0);
	assert_int_equal(c->progress.requests, 310);
	assert_int_equal(fake_seen.syncobjs, 0);
	case_close(c);
}

static void one_request_at_a_time(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	c->config.queue_depth = 1;
	c->config.vms = 1;
	fake.rings = 1;
	assert_int_equal(case_start(c), 0);
	assert_int_equal(case_work(c, 20), 0);
	case_close(c);
}

/* The caching policy of each platform, and one that no table has. */
static void platforms(void **state)
{
	static const struct {
		unsigned int version;
		uint16_t device;
		uint32_t pats;
		uint16_t chosen;
	} gpu[] = {
		{ 0, 0x9a49, 0x1, 0 }, /* Tiger Lake */
		{ 0, 0x0bd5, 0xc,
		  3 }, /* Ponte Vecchio; 2 would do, and is not asked for */
		{ 12, 0x7d55, 0x18, 3 },  /* Meteor Lake */
		{ 20, 0x64a0, 0x6, 2 },	  /* Lunar Lake */
		{ 30, 0xb080, 0x4, 2 },	  /* Panther Lake */
		{ 40, 0xffff, 0x200, 9 }, /* of tomorrow */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(gpu) / sizeof(*gpu); i++) {
		struct xe_case *c = case_objects(1);

		fake_reset(case_node(), "xe");
		fake.version = gpu[i].version;
		fake.device = gpu[i].device;
		fake.pats = gpu[i].pats;
		assert_int_equal(case_start(c), 0);
		assert_int_equal(fake_seen.pat, gpu[i].chosen);
		case_close(c);
		munmap(c->object[0].memory, OBJECT_SIZE);
		free(c->object);
		c->object = NULL;
		c->objects = 0;
	}
}

static void other_drivers(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	fake_reset(case_node(), "i915");
	assert_int_equal(xe_engine.usable(&c->config, c->why, sizeof(c->why)), -ENXIO);
	assert_non_null(strstr(c->why, "is i915, not xe"));
	fake_reset(NULL, "xe");
	assert_int_equal(xe_engine.usable(&c->config, c->why, sizeof(c->why)), -ENODEV);
	assert_string_equal(c->why, "there is no DRM device here");
}

/* auto takes the GPU's engine; where it cannot, it says so. */
static void automatic(void **state)
{
	struct xe_case *c = case_objects(1);
	const struct engine_ops *ops;

	(void)state;
	ops = engine_choose("auto", &c->config, c->why, sizeof(c->why));
	assert_ptr_equal(ops, &xe_engine);
	assert_string_equal(c->why, "");
	fake.no_userptr = true;
	ops = engine_choose("auto", &c->config, c->why, sizeof(c->why));
	assert_true(!ops || ops == &uring_engine);
	assert_non_null(strstr(c->why, "CONFIG_DRM_GPUSVM"));
	fake_reset(case_node(), "amdgpu");
	(void)engine_choose("auto", &c->config, c->why, sizeof(c->why));
	assert_non_null(strstr(c->why, "is amdgpu, not "));
	fake_reset(NULL, "xe");
	ops = engine_choose("auto", &c->config, c->why, sizeof(c->why));
	if (ops)
		assert_string_equal(c->why, "");
	assert_null(engine_choose("xe", &c->config, c->why, sizeof(c->why)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_runs_for_its_time),
		cmocka_unit_test(a_batch_runs_again),
		cmocka_unit_test(a_batch_does_not_read_what_is_old),
		cmocka_unit_test(a_batch_that_did_not_run),
		TEST(is_usable),
		TEST(works),
		TEST(all_that_is_pinned_is_bound),
		TEST(what_is_unmapped_is_not_held),
		TEST(requests_are_spread),
		TEST(no_more_vms_than_objects),
		TEST(long_running),
		TEST(one_request_at_a_time),
		TEST(platforms),
		TEST(other_drivers),
		TEST(automatic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
