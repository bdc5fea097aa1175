// SPDX-License-Identifier: MIT
/*
 * The arena's cgroup and the run's swap. Each is told to the watchdog before it is
 * made, so that it is put back however the run ends.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run/run-private.h"
#include "system/units.h"

const struct memcg *_run_memcg(const struct run *r)
{
	return r->shared->duties.has_memcg ? &r->shared->duties.memcg : NULL;
}

static int make_memcg(struct run *r)
{
	struct watchdog_duties *d = &r->shared->duties;
	int ret;

	if (r->sizes.machine)
		return 0;
	d->has_memcg = 1;
	ret = memcg_create(&d->memcg, r->sizes.arena_bytes);
	if (ret == 0)
		return 0;
	d->has_memcg = 0;
	return _run_fail(r, ret, "cannot make a memory cgroup: %s", strerror(-ret));
}

static int make_swap_file(struct run *r, uint64_t bytes)
{
	struct watchdog_duties *d = &r->shared->duties;
	char size[32];
	int ret;

	d->has_swap = 1;
	ret = swap_file_create(&d->swap, r->request->options->scratch, bytes);
	if (ret < 0) {
		d->has_swap = 0;
		snprintf(r->swap_why, sizeof(r->swap_why),
			 "cannot make a swap file in %s: %s",
			 r->request->options->scratch, strerror(-ret));
		return ret;
	}
	snprintf(r->swap, sizeof(r->swap), "file:%s",
		 format_size(bytes, size, sizeof(size)));
	return 0;
}

static int make_swap(struct run *r)
{
	int ret;

	if (r->sizes.swap_bytes == 0) {
		snprintf(r->swap, sizeof(r->swap), "%s",
			 r->request->options->swap == SWAP_AUTO ? "own" : "none");
		return 0;
	}
	ret = make_swap_file(r, r->sizes.swap_bytes);
	if (ret < 0 && r->request->options->swap == SWAP_FILE)
		return _run_fail(r, ret, "%s", r->swap_why);
	/* With auto the run goes on: base and locked can do without. */
	return 0;
}

int _run_make_arena(struct run *r)
{
	int ret;

	snprintf(r->swap, sizeof(r->swap), "none");
	if (!_run_has_memory(r->request))
		return 0;
	/* What a run left whose watchdog was killed too. */
	memcg_remove_stale();
	swap_remove_stale(r->request->options->scratch);
	ret = make_memcg(r);
	return ret < 0 ? ret : make_swap(r);
}
