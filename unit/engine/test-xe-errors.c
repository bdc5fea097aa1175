// SPDX-License-Identifier: MIT
/* The engine xe where something fails: it says what, and lets go of all that it had. */
#include "xe-case.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "system/units.h"

#define NTH 1000

static unsigned int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A signal may come at any time, and a queue may be full; every ioctl is begun again. */
static void signals(void **state)
{
	static const unsigned long request[] = {
		DRM_IOCTL_XE_DEVICE_QUERY,
		DRM_IOCTL_XE_VM_CREATE,
		DRM_IOCTL_XE_VM_BIND,
		DRM_IOCTL_XE_EXEC_QUEUE_CREATE,
		DRM_IOCTL_XE_EXEC,
		DRM_IOCTL_SYNCOBJ_WAIT,
		DRM_IOCTL_XE_EXEC_QUEUE_GET_PROPERTY,
		DRM_IOCTL_SYNCOBJ_CREATE,
	};
	struct xe_case *c = case_objects(4);

	(void)state;
	for (size_t i = 0; i < sizeof(request) / sizeof(*request); i++)
		fake_fail(request[i], 2, i % 2 ? EINTR : EAGAIN, 3);
	assert_int_equal(case_start(c), 0);
	assert_int_equal(case_work(c, 50), 0);
	assert_int_equal(xe_engine.idle(c->engine), 0);
	assert_int_equal(c->progress.requests, 50);
	case_close(c);
}

/* Reclaim takes pages again while xe faults them in: after a second of that xe gives up. */
static void reclaim_is_faster(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	fake_fail(DRM_IOCTL_XE_VM_BIND, 3, EBUSY, 1);
	assert_int_equal(case_start(c), 0);
	assert_int_equal(c->progress.collisions, 1);
	fake_fail(DRM_IOCTL_XE_EXEC, 5, EBUSY, 2);
	assert_int_equal(case_work(c, 20), 0);
	assert_int_equal(xe_engine.idle(c->engine), 0);
	assert_int_equal(c->progress.requests, 20);
	assert_int_equal(c->progress.collisions, 3);
	case_close(c);
	assert_non_null(strstr(xe_engine.explain(-EBUSY), "--fill"));
}

/* Opens, pins, works, closes: the result of the first thing that failed. */
static int live(struct xe_case *c)
{
	int ret = case_start(c);

	if (ret < 0 && !c->engine)
		assert_true(strlen(c->why) > 10);
	if (ret == 0)
		ret = case_work(c, 12);
	if (ret == 0)
		ret = xe_engine.idle(c->engine);
	if (ret == 0)
		ret = xe_engine.check_resets(c->engine);
	return ret;
}

/* Fails the first call of a life, then the second, …, until there are no more. */
static void every_call_fails_once(const char *mode, int error)
{
	struct xe_case *c = case_objects(2);
	unsigned int before = count_descriptors(), failed = 0, nth = 1;
	bool more;

	c->config.mode = mode;
	c->config.queue_depth = 2;
	fake.rings = 2;
	do {
		c->why[0] = '\0';
		fake_fail_any(nth, error);
		failed += live(c) < 0;
		more = fake_seen.calls >= nth;
		fake_fail_any(0, 0);
		case_close(c);
		assert_int_equal(count_descriptors(), before);
	} while (more && nth++ < NTH);
	print_message("%u calls, %u of them cannot be done without\n", nth - 1, failed);
	assert_true(nth > 50 && nth < NTH);
	assert_true(failed > 30);
}

static void no_memory_anywhere(void **state)
{
	(void)state;
	every_call_fails_once("dma-fence", ENOMEM);
}

static void invalid_anywhere(void **state)
{
	(void)state;
	every_call_fails_once("dma-fence", EINVAL);
}

static void device_lost_anywhere(void **state)
{
	(void)state;
	every_call_fails_once("lr", EIO);
}

static void cancelled_anywhere(void **state)
{
	(void)state;
	every_call_fails_once("lr", ECANCELED);
}

static void no_userptr(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	fake.no_userptr = true;
	assert_int_equal(xe_engine.usable(&c->config, c->why, sizeof(c->why)), -EINVAL);
	assert_non_null(strstr(c->why, "renderD128"));
	assert_non_null(strstr(c->why, "CONFIG_DRM_GPUSVM"));
	assert_int_equal(case_open(c), -EINVAL);
	case_close(c);
}

static void nothing_to_time_with(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	fake.clock = 0;
	assert_int_equal(case_open(c), -ENODEV);
	assert_non_null(strstr(c->why, "no ring with a clock"));
	case_close(c);
}

/* A request that took no time would be no load. */
static void batches_that_are_not_carried_out(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	fake.executes_nothing = true;
	assert_int_equal(case_open(c), -EIO);
	assert_non_null(strstr(c->why, "did not carry it out"));
	case_close(c);
}

static void wrong_settings(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	c->config.mode = "fault";
	assert_int_equal(case_open(c), -EINVAL);
	assert_non_null(strstr(c->why, "no mode fault"));
	c->config.mode = "other";
	assert_int_equal(case_open(c), -EINVAL);
	assert_non_null(strstr(c->why, "not 'other'"));
	c->config.mode = NULL;
	c->config.queue_depth = MAX_DEPTH + 1;
	assert_int_equal(case_open(c), -EINVAL);
	assert_non_null(strstr(c->why, "--depth"));
	c->config.queue_depth = 1;
	c->config.vms = MAX_VMS + 1;
	assert_int_equal(case_open(c), -EINVAL);
	assert_non_null(strstr(c->why, "--vms"));
	assert_null(c->engine);
}

/* A wedged device refuses every call but queries. */
static void wedged_from_the_start(void **state)
{
	struct xe_case *c = case_objects(1);

	(void)state;
	fake.wedged = true;
	assert_int_equal(xe_engine.usable(&c->config, c->why, sizeof(c->why)), -EIO);
	assert_non_null(strstr(c->why, "wedged"));
}

static void wedged_at_work(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	assert_int_equal(case_start(c), 0);
	assert_int_equal(case_work(c, 10), 0);
	fake.wedged = true;
	assert_int_equal(case_work(c, 10), -EIO);
	assert_int_equal(xe_engine.check_resets(c->engine), -EIO);
	assert_non_null(strstr(xe_engine.explain(-EIO), "wedged"));
	fake.wedged = false;
	case_close(c);
}

/* The scheduler finds it after 5 s, bans the queue for good, and ends the request. */
static void a_hang_bans_a_queue(void **state)
{
	struct xe_case *c = case_objects(1);
	uint64_t start;
	int ret;

	(void)state;
	c->config.queue_depth = 1;
	fake.rings = 1;
	assert_int_equal(case_start(c), 0);
	fake.hangs = true;
	start = fake_now();
	assert_int_equal(case_work(c, 1), 0);
	fake.hangs = false;
	ret = case_work(c, 1000);
	assert_int_equal(ret, -ECANCELED);
	assert_true(fake_now() - start < 10 * NSEC_PER_SEC);
	assert_int_equal(c->progress.resets, 1);
	assert_non_null(strstr(xe_engine.explain(ret), "banned a queue"));
	assert_false(c->progress.noted);
	case_close(c);
}

/* What only the end of the window shows. */
static void a_hang_at_the_end(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	assert_int_equal(case_start(c), 0);
	fake.hangs = true;
	assert_int_equal(case_work(c, 1), 0);
	assert_int_equal(xe_engine.check_resets(c->engine), 0);
	assert_int_equal(c->progress.resets, 0);
	assert_int_equal(xe_engine.idle(c->engine), 0); /* ended by the scheduler */
	assert_int_equal(xe_engine.check_resets(c->engine), 0);
	assert_int_equal(c->progress.resets, 1);
	case_close(c);
}

/* Nobody looks after a long-running queue but who waits. */
static void a_hang_of_a_long_running_queue(void **state)
{
	struct xe_case *c = case_objects(4);
	uint64_t start;

	(void)state;
	c->config.mode = "lr";
	assert_int_equal(case_start(c), 0);
	fake.hangs = true;
	start = fake_now();
	assert_int_equal(case_work(c, 1000), -ETIME);
	assert_true(fake_now() - start < 60 * NSEC_PER_SEC);
	assert_non_null(strstr(xe_engine.explain(-ETIME), "hangs"));
	case_close(c);
}

static void a_vm_that_is_closed(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	assert_int_equal(case_start(c), 0);
	fake_close_vms();
	assert_int_equal(case_work(c, 10), -ECANCELED);
	assert_int_equal(c->progress.resets, 0);
	assert_non_null(strstr(c->progress.note, "closed an address space"));
	case_close(c);
}

static void a_queue_that_stays_full(void **state)
{
	struct xe_case *c = case_objects(4);

	(void)state;
	c->config.mode = "lr";
	assert_int_equal(case_start(c), 0);
	fake.full = UINT32_MAX;
	assert_int_equal(case_work(c, 1), -ETIME);
	case_close(c);
}

/* Pages are taken when they are bound. */
static void memory_that_is_not_there(void **state)
{
	struct xe_case *c = case_objects(2);

	(void)state;
	assert_int_equal(case_open(c), 0);
	munmap(c->object[1].memory, c->object[1].size);
	assert_int_equal(xe_engine.pin(c->engine, 0), 0);
	assert_int_equal(xe_engine.pin(c->engine, 1), -EFAULT);
	assert_non_null(strstr(xe_engine.explain(-EFAULT), "memory of an object"));
	case_close(c);
}

static void too_many_objects_for_the_addresses(void **state)
{
	struct object huge = { .memory = (void *)0x1000, .size = 1ull << 46 };
	struct object object[4] = { huge, huge, huge, huge };
	struct xe_case *c = case_objects(1);

	(void)state;
	assert_int_equal(xe_engine.open(&c->engine, &c->config, object, 4, &c->progress,
					c->why, sizeof(c->why)),
			 -ENOSPC);
	assert_non_null(strstr(c->why, "--fill"));
	case_close(c);
}

static void errors_have_words(void **state)
{
	static const int error[] = { ECANCELED, EIO,	ETIME,	EFAULT,
				     EINVAL,	ENOENT, ENOMEM, ENODEV };

	(void)state;
	for (size_t i = 0; i < sizeof(error) / sizeof(*error); i++)
		assert_non_null(xe_engine.explain(-error[i]));
	assert_null(xe_engine.explain(-EPERM));
	xe_engine.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signals),
		TEST(reclaim_is_faster),
		TEST(no_memory_anywhere),
		TEST(invalid_anywhere),
		TEST(device_lost_anywhere),
		TEST(cancelled_anywhere),
		TEST(no_userptr),
		TEST(nothing_to_time_with),
		TEST(batches_that_are_not_carried_out),
		TEST(wrong_settings),
		TEST(wedged_from_the_start),
		TEST(wedged_at_work),
		TEST(a_hang_bans_a_queue),
		TEST(a_hang_at_the_end),
		TEST(a_hang_of_a_long_running_queue),
		TEST(a_vm_that_is_closed),
		TEST(a_queue_that_stays_full),
		TEST(memory_that_is_not_there),
		TEST(too_many_objects_for_the_addresses),
		TEST(errors_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
