// SPDX-License-Identifier: MIT
/*
 * The engine "uring": io_uring's registered buffers are pinned with FOLL_LONGTERM,
 * as a GPU's userptr objects are; O_DIRECT reads into them are the device's work.
 *
 * The file that is read was really written, so that the reads reach the disk, and
 * has no name, so that nothing of it can be left behind.
 */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

#define FILE_SIZE (64 * MIB)

/* IORING_MAX_REG_BUFFERS of io_uring/rsrc.c, and its limit on one buffer. */
#define MAX_OBJECTS	16384
#define MAX_OBJECT_SIZE (1 * GIB)

struct engine {
	struct io_uring ring;
	struct object *object;
	size_t objects;
	int fd;
	uint64_t request_size;
	unsigned int depth;
	unsigned int in_flight;
	char **target; /* depth of them: what a request in flight writes to; NULL: none does */
	struct engine_progress *progress;
};

static void uring_defaults(struct engine_config *config)
{
	config->vms = 0;
	config->mode = NULL;
	if (config->request_rate == REQUEST_RATE_AUTO)
		config->request_rate = 1000;
	if (config->request_size == 0)
		config->request_size = 128 * KIB;
	if (config->queue_depth == 0)
		config->queue_depth = 8;
	if (!config->scratch)
		config->scratch = "/var/tmp";
	config->cover = 0; /* a request is on one object */
}

static int setup_ring(struct io_uring *ring, unsigned int depth)
{
	/* COOP_TASKRUN (5.19) spares an interrupt a completion; older kernels do without. */
	int ret = io_uring_queue_init(depth, ring, IORING_SETUP_COOP_TASKRUN);

	return ret == -EINVAL ? io_uring_queue_init(depth, ring, 0) : ret;
}

/* Who refuses: the sysctl, or a filter of system calls, as containers have. */
static int explain_refusal(int error, char *why, size_t size)
{
	uint64_t disabled = 0, filter = 0;
	bool knows = sysfile_u64("/proc/sys/kernel/io_uring_disabled", &disabled) == 0;
	char status[8192];

	if (sysfile_read("/proc/self/status", status, sizeof(status)) > 0)
		(void)sysfile_find_u64(status, "Seccomp", &filter);
	if (disabled && error == -EPERM)
		return why_not(
			why, size, error,
			"io_uring is forbidden by sysctl kernel.io_uring_disabled, which is %llu: set it to 0",
			(unsigned long long)disabled);
	if (filter)
		return why_not(
			why, size, error,
			"a seccomp filter refuses io_uring to this process: in a container, allow it (docker run --security-opt seccomp=unconfined)");
	if (error == -ENOSYS && !knows)
		return why_not(why, size, error, "this kernel has no io_uring");
	return why_not(
		why, size, error,
		"io_uring is refused to this process, and not by sysctl kernel.io_uring_disabled: a security module?");
}

static int explain(int error, const char *doing, char *why, size_t size)
{
	if (error == -ENOSYS || error == -EPERM)
		return explain_refusal(error, why, size);
	return why_not(
		why, size, error, "%s: %s", doing,
		error == -ENOMEM
			? "no memory for it, or more than may be locked (`ulimit -l`)"
			: strerror(-error));
}

static int uring_usable(const struct engine_config *config, char *why, size_t size)
{
	struct io_uring ring;
	int ret = setup_ring(&ring, 2);

	(void)config;
	if (ret < 0)
		return explain(ret, "cannot set up io_uring", why, size);
	ret = io_uring_register_buffers_sparse(&ring, 1);
	io_uring_queue_exit(&ring);
	if (ret < 0)
		return explain(
			ret,
			"io_uring has no sparse buffer table (5.19 or later is needed)",
			why, size);
	return 0;
}

static int write_file(int fd, uint64_t seed)
{
	struct random_state random = random_stream(seed, UINT32_MAX);
	uint64_t *buf;
	int ret = 0;

	if (posix_memalign((void **)&buf, 4096, MIB))
		return -ENOMEM;
	for (uint64_t at = 0; at < FILE_SIZE && ret == 0; at += MIB) {
		for (size_t i = 0; i < MIB / sizeof(*buf); i++)
			buf[i] = random_next(&random);
		if (pwrite(fd, buf, MIB, (off_t)at) != (ssize_t)MIB)
			ret = errno ? -errno : -ENOSPC;
	}
	free(buf);
	if (ret == 0 && fdatasync(fd) < 0)
		ret = -errno;
	return ret;
}

static int prepare_file(const char *dir, uint64_t seed, char *why, size_t size)
{
	int fd, ret;

	if (scratch_in_memory(dir))
		return why_not(
			why, size, -EOPNOTSUPP,
			"%s is in memory, not on a disk: name another with --scratch",
			dir);
	fd = scratch_open(dir, O_DIRECT);
	if (fd < 0)
		return why_not(why, size, fd,
			       "cannot make a file for direct I/O in %s: %s", dir,
			       strerror(-fd));
	ret = write_file(fd, seed);
	if (ret == 0)
		return fd;
	close(fd);
	return why_not(why, size, ret, "cannot write 64M to %s: %s", dir, strerror(-ret));
}

static int check_config(const struct engine_config *c, const struct object *object,
			size_t objects, char *why, size_t size)
{
	if (objects > MAX_OBJECTS)
		return why_not(
			why, size, -EINVAL,
			"io_uring pins at most %d objects, not %zu: use larger ones",
			MAX_OBJECTS, objects);
	if (object[0].size > MAX_OBJECT_SIZE)
		return why_not(why, size, -EINVAL, "io_uring pins objects of at most 1G");
	if (c->request_size > object[0].size || c->request_size > FILE_SIZE)
		return why_not(why, size, -EINVAL, "a request is larger than an object");
	return 0;
}

static void uring_close(struct engine *e)
{
	if (!e)
		return;
	io_uring_queue_exit(&e->ring);
	close(e->fd);
	free(e->target);
	free(e);
}

/* There must be one for each request in flight. */
static uint64_t count_targets(const struct engine *e)
{
	return e->objects * (e->object[0].size / e->request_size);
}

static int uring_open(struct engine **engine, const struct engine_config *config,
		      struct object *object, size_t objects,
		      struct engine_progress *progress, char *why, size_t size)
{
	struct engine_config c = *config;
	CLEANUP_FREE struct engine *e = calloc(1, sizeof(*e));
	int ret;

	uring_defaults(&c);
	if (!e)
		return -ENOMEM;
	ret = check_config(&c, object, objects, why, size);
	if (ret < 0)
		return ret;
	*e = (struct engine){ .object = object,
			      .objects = objects,
			      .progress = progress,
			      .request_size = c.request_size,
			      .depth = (unsigned int)c.queue_depth };
	if (e->depth > count_targets(e))
		e->depth = (unsigned int)count_targets(e);
	e->target = calloc(e->depth, sizeof(*e->target));
	if (!e->target)
		return -ENOMEM;
	e->fd = prepare_file(c.scratch, c.seed, why, size);
	if (e->fd < 0) {
		free(e->target);
		return e->fd;
	}
	ret = setup_ring(&e->ring, e->depth);
	if (ret < 0) {
		free(e->target);
		close(e->fd);
		return explain(ret, "cannot set up io_uring", why, size);
	}
	ret = io_uring_register_buffers_sparse(&e->ring, (unsigned int)objects);
	if (ret < 0) {
		uring_close(e);
		e = NULL;
		return explain(ret, "cannot make io_uring's buffer table", why, size);
	}
	*engine = e;
	e = NULL;
	return 0;
}

static int update_table(struct engine *e, size_t index, struct iovec iov)
{
	uint64_t tag = 0;
	int ret = io_uring_register_buffers_update_tag(&e->ring, (unsigned int)index,
						       &iov, (const __u64 *)&tag, 1);

	return ret < 0 ? ret : 0;
}

static int uring_pin(struct engine *e, size_t index)
{
	return update_table(e, index,
			    (struct iovec){ .iov_base = e->object[index].memory,
					    .iov_len = e->object[index].size });
}

static int uring_unpin(struct engine *e, size_t index)
{
	return update_table(e, index, (struct iovec){ 0 });
}

static unsigned int uring_lanes(const struct engine *e)
{
	(void)e;
	return 1; /* one ring; its queue is the device's */
}

static void count(struct engine *e, const struct io_uring_cqe *cqe)
{
	if (cqe->res == (int)e->request_size) {
		atomic_fetch_add_explicit(&e->progress->requests, 1,
					  memory_order_relaxed);
		atomic_fetch_add_explicit(&e->progress->bytes, e->request_size,
					  memory_order_relaxed);
	} else {
		atomic_fetch_add_explicit(&e->progress->errors, 1, memory_order_relaxed);
	}
}

/* Counts what has completed; waits until at most @left requests are in flight. */
static int reap(struct engine *e, unsigned int left)
{
	struct io_uring_cqe *cqe;
	int ret;

	while (e->in_flight > 0) {
		ret = e->in_flight > left ? io_uring_wait_cqe(&e->ring, &cqe)
					  : io_uring_peek_cqe(&e->ring, &cqe);
		if (ret == -EINTR)
			continue;
		if (ret == -EAGAIN)
			return 0;
		if (ret < 0)
			return ret;
		count(e, cqe);
		e->target[io_uring_cqe_get_data64(cqe)] = NULL;
		io_uring_cqe_seen(&e->ring, cqe);
		e->in_flight--;
	}
	return 0;
}

/* The place of @to among those of the requests in flight, or @depth. */
static unsigned int find_target(const struct engine *e, const char *to)
{
	unsigned int i = 0;

	while (i < e->depth && e->target[i] != to)
		i++;
	return i;
}

/*
 * Where the next request writes, in object *@index: where no other does. A file system with checksums
 * (btrfs) looks at what has arrived, and would take the other's data for damage on the disk.
 */
static char *choose_target(const struct engine *e, struct random_state *random,
			   size_t *index)
{
	uint64_t size = e->request_size;
	char *to;

	do {
		*index = random_below(random, e->objects);
		to = (char *)e->object[*index].memory +
		     size * random_below(random, e->object[*index].size / size);
	} while (find_target(e, to) < e->depth);
	return to;
}

static int uring_submit(struct engine *e, unsigned int lane, struct random_state *random)
{
	uint64_t size = e->request_size;
	uint64_t from = size * random_below(random, FILE_SIZE / size);
	int ret = reap(e, e->depth - 1);
	struct io_uring_sqe *sqe;
	unsigned int slot;
	size_t index;
	char *to;

	(void)lane;
	if (ret < 0)
		return ret;
	sqe = io_uring_get_sqe(&e->ring);
	if (!sqe)
		return -EBUSY;
	to = choose_target(e, random, &index);
	slot = find_target(e, NULL); /* fewer than @depth are in flight */
	e->target[slot] = to;
	io_uring_prep_read_fixed(sqe, e->fd, to, (unsigned int)size, from, (int)index);
	io_uring_sqe_set_data64(sqe, slot);
	do
		ret = io_uring_submit(&e->ring);
	while (ret == -EINTR);
	/* Whatever it says, the request stands in the ring and goes with the next call at the latest. */
	e->in_flight++;
	return ret < 0 && ret != -EAGAIN && ret != -EBUSY ? ret : 0;
}

static int uring_idle(struct engine *e)
{
	return reap(e, 0);
}

static const char *uring_explain(int error)
{
	return error == -ENOMEM
		       ? "no memory for it, or more than may be locked (raise `ulimit -l` or run as root)"
		       : NULL;
}

static int uring_check_resets(struct engine *e)
{
	(void)e;
	return 0; /* a disk's reset shows as failed requests, which are counted */
}

const struct engine_ops uring_engine = {
	.name = "uring",
	.summary =
		"io_uring registered buffers, pinned FOLL_LONGTERM, and O_DIRECT reads into them",
	.pins_count_as_locked = true,
	.usable = uring_usable,
	.open = uring_open,
	.pin = uring_pin,
	.lanes = uring_lanes,
	.submit = uring_submit,
	.idle = uring_idle,
	.unpin = uring_unpin,
	.check_resets = uring_check_resets,
	.explain = uring_explain,
	.close = uring_close,
	.defaults = uring_defaults,
};
