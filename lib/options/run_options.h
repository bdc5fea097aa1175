/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_OPTIONS_RUN_OPTIONS_H
#define PINLAT_OPTIONS_RUN_OPTIONS_H

/*
 * What a user can set about a run: on the command line as --name VALUE, or in the
 * environment as PINLAT_NAME, since igt_runner passes no options of ours.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/table.h"

enum swap_choice {
	SWAP_AUTO, /* by the machine, or a file of swap_bytes where one can be made */
	SWAP_OWN,  /* the machine's */
	SWAP_NONE,
	SWAP_FILE, /* a file of swap_bytes */
};

enum walker_choice {
	WALK_TREE,   /* files as find reads them: below walker_tree, or of a made tree */
	WALK_STREAM, /* a file too large to be wanted again */
	WALK_LOOP,   /* a file of walker_size bytes, read again and again */
	WALK_NONE,
};

enum backing_choice {
	BACKING_4K,
	BACKING_THP,
	BACKING_SHMEM, /* shared memory of a file without a name (memfd) */
};

enum arena_choice {
	ARENA_AUTO, /* a cgroup of at most 2 GiB */
	ARENA_MACHINE,
	ARENA_CGROUP, /* of arena_bytes */
};

/** 256M in a cgroup, 1G on the machine. */
#define WALKER_RATE_AUTO UINT64_MAX
/** The engine's own. */
#define REQUEST_RATE_OWN UINT64_MAX

/* The texts are those of the command line and of the environment. */
struct run_options {
	const char *engine; /* "auto" or a name */
	enum arena_choice arena;
	uint64_t arena_bytes;
	uint64_t duration_ns;
	double fill_fraction; /* of the arena; 0: fill_bytes counts */
	uint64_t fill_bytes;
	uint64_t object_size;
	enum backing_choice backing;
	enum swap_choice swap;
	uint64_t swap_bytes; /* auto: 0 where it goes by the machine */
	enum walker_choice walker;
	uint64_t walker_size; /* loop; 0: by the arena */
	const char
		*walker_tree; /* tree; NULL: / if that is large enough, else a made one */
	bool walker_made;     /* tree: a made one in any case */
	uint64_t walker_rate; /* WALKER_RATE_AUTO: by the arena */
	const char *scratch;
	uint64_t interval_min_ns, interval_max_ns; /* 0: the probe's own */
	int priority;
	uint64_t request_rate;		    /* or REQUEST_RATE_OWN */
	uint64_t request_size, queue_depth; /* 0: the engine's own */
	uint64_t vms;			    /* xe; 0: the engine's own */
	const char *engine_mode;	    /* xe; NULL: the engine's own */
	double cover;			    /* 0: the engine's own */
	bool keep_pinned; /* the quiet device uses its objects for a moment, again and again */
	uint64_t seed;
	bool seed_given;
	const char *label; /* NULL: the kernel's release */
	const char *host;  /* NULL: as the machine calls itself; "none": no name */
	uint64_t seq;
	bool attribution;
	const char *record; /* NULL: standard output alone */
	bool packed;	    /* there, as a pack */
	bool brief;	    /* the record has no histogram of each CPU */
	bool explain;
	const char *keep_trace; /* NULL: the trace is not kept */
	uint64_t stop_at_ns;	/* 0: nothing ends the window early */
	/* instead of running */
	bool list_engines, list_tracing, list_sizes;
	bool wait;	      /* for another pinlat to end */
	uint64_t limit;	      /* of the versus subtests: so many times, and no more */
	const char *baseline; /* stored records that a run is held to; NULL: none */
};

/** The share of the arena that may be filled: above it the machine stalls for seconds. */
#define RUN_FILL_MAX 0.9

/** The options of the test; those without OPTION_OF_THE_TEST are options of `pinlat run` too. */
extern const struct option_row run_option_rows[];

/** More than there are, for arrays with a place for each. */
#define RUN_OPTIONS_MAX 40

/** Bytes of a label with its end. */
#define RUN_LABEL_SIZE 65

/** The label of runs that were given none: kernel @release, with '_' for what no label may have; @buf. */
const char *run_options_label(const char *release, char buf[RUN_LABEL_SIZE]);

/** Fills the defaults. */
void run_options_init(struct run_options *o);

/**
 * Sets option @name (index into the table by name). Returns 0, or -EINVAL with one line in @why:
 * "--duration: 'abc' is not a time (20s, 500ms)".
 */
int run_options_set(struct run_options *o, const char *name, const char *value, char *why,
		    size_t size);

/**
 * Takes every PINLAT_* variable that names an option; one that names nothing is refused, because somebody
 * believes that it counts. As run_options_set().
 */
int run_options_from_environment(struct run_options *o, char *why, size_t size);

/**
 * Looks at all of them together: sizes that contradict each other, directories that do not exist
 * or cannot be written. Returns 0, or -EINVAL with one line in @why.
 */
int run_options_check(const struct run_options *o, char *why, size_t size);

#endif
