// SPDX-License-Identifier: MIT
#include "load/walker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/units.h"
#include "system/sysfile.h"

#define CHUNK (256 * KIB)

/* What a walk reads in days; some file systems hold no file of this size. */
#define STREAM_MOST  (1024 * GIB)
#define STREAM_LEAST (64 * GIB)

struct walk {
	const struct walker_config *config;
	struct walker_progress *progress;
	char *buf;
	uint64_t start_ns;
	uint64_t paced_bytes; /* since start_ns */
};

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/*
 * Sleeps until the bytes read so far were due. Time lost in a stall is not made
 * up for by more than a second's worth, or reclaim would meet a burst after each.
 */
static void pace(struct walk *w, uint64_t bytes)
{
	uint64_t rate = w->config->rate, due, now;

	if (rate == 0 || !w->progress->paced)
		return;
	w->paced_bytes += bytes;
	due = w->start_ns +
	      (uint64_t)((double)w->paced_bytes * (double)NSEC_PER_SEC / (double)rate);
	now = monotonic_ns();
	if (now > due + NSEC_PER_SEC) {
		w->start_ns = now;
		w->paced_bytes = 0;
		return;
	}
	if (due > now)
		sleep_until(due);
}

/* Reads all of @fd. Returns 0 or -errno. */
static int read_through(struct walk *w, int fd)
{
	uint64_t read_bytes = 0;
	ssize_t n;

	while ((n = read(fd, w->buf, CHUNK)) > 0) {
		read_bytes += (uint64_t)n;
		count(&w->progress->bytes, (uint64_t)n);
		count(&w->progress->cached, (uint64_t)n);
		count(&w->progress->heartbeat, 1);
		pace(w, (uint64_t)n);
	}
	if (n < 0)
		return -errno;
	/* What its last page has room for is used up as well: much, where files are small. */
	count(&w->progress->cached, -read_bytes % page_size());
	count(&w->progress->files, 1);
	return 0;
}

static int make_holes(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

static int make_stream(int fd)
{
	uint64_t size = STREAM_MOST;
	int ret;

	while ((ret = make_holes(fd, size)) == -EFBIG && size > STREAM_LEAST)
		size /= 2;
	return ret;
}

/* One file of holes, again and again; a stream comes to its end in hours, if ever. */
static int walk_holes(struct walk *w)
{
	const struct walker_config *config = w->config;
	bool in_memory = scratch_in_memory(config->scratch);
	CLEANUP_CLOSE int fd = in_memory ? -EOPNOTSUPP : scratch_open(config->scratch, 0);
	int ret = fd < 0			  ? fd
		  : config->kind == WALKER_STREAM ? make_stream(fd)
						  : make_holes(fd, config->size);

	w->progress->walks = ret == 0;
	while (ret == 0) {
		if (lseek(fd, 0, SEEK_SET) < 0)
			return -errno;
		ret = read_through(w, fd);
		count(&w->progress->passes, 1);
	}
	return ret;
}

/* Regular files only: opening a FIFO would wait for ever, a device could do anything. */
static void read_entry(struct walk *w, const FTSENT *entry)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	fd = open(entry->fts_accpath,
		  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
	if (fd < 0 && errno == EPERM) /* O_NOATIME on somebody else's file */
		fd = open(entry->fts_accpath,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* What cannot be opened or read is left out, as find does. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (w->config->drop_first && w->progress->passes == 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	read_through(w, fd);
}

static int walk_tree_once(struct walk *w, const char *root)
{
	uint64_t before = w->progress->files;
	FTS *fts = tree_open(root);
	FTSENT *entry;

	if (!fts)
		return -errno;
	while ((entry = tree_next(fts))) {
		count(&w->progress->heartbeat, 1);
		read_entry(w, entry);
	}
	fts_close(fts);
	return w->progress->files > before ? 0 : -ENOENT;
}

/*
 * What there is to be read. A tree is made here, so that its inodes and names are charged to the
 * arena; those of a tree that was there are dropped, with all others that nobody uses.
 */
static int prepare_tree(struct walk *w, const char **root)
{
	const struct walker_config *c = w->config;

	*root = c->tree ? c->tree : c->made->path;
	if (!c->tree)
		return scratch_in_memory(c->scratch)
			       ? -EOPNOTSUPP
			       : made_tree_fill(c->made, c->made_bytes, c->seed,
						&w->progress->made_files);
	/* Who may not has less pressure on slab in the first pass. */
	if (c->drop_first)
		(void)sysfile_write("/proc/sys/vm/drop_caches", "2");
	return 0;
}

static int walk_tree(struct walk *w)
{
	const char *root;
	int ret = prepare_tree(w, &root);

	w->progress->walks = ret == 0;
	while (ret == 0) {
		ret = walk_tree_once(w, root);
		count(&w->progress->passes, 1);
	}
	return ret;
}

int walker_walk(const struct walker_config *config, struct walker_progress *progress)
{
	CLEANUP_FREE char *buf = malloc(CHUNK);
	struct walk w = { .config = config, .progress = progress, .buf = buf };

	if (!buf)
		return -ENOMEM;
	w.start_ns = monotonic_ns();
	return config->kind == WALKER_TREE ? walk_tree(&w) : walk_holes(&w);
}
