/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_RECORD_H
#define PINLAT_RECORD_RECORD_H

/*
 * The record: everything that one run of one subtest gave, "pinlat.record/1".
 * Written as one line of JSON; docs/record.schema.json is its schema. Readers
 * need schema, subtest, label, validity and one histogram; all else may be absent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "stats/attribution.h"
#include "stats/distribution.h"

#define RECORD_SCHEMA "pinlat.record/1.5"
/** What a record's line begins with in a test's standard output. */
#define RECORD_LINE_PREFIX "pinlat-record: "

/** What was asked for, after "auto" and percentages were resolved. */
struct record_config {
	char arena[32];	      /* "machine" or "cgroup:2G" */
	char engine[16];      /* "uring"; empty on loads without a device */
	char engine_mode[16]; /* of xe: "dma-fence" or "lr"; else empty */
	uint64_t vms; /* of xe: address spaces that the objects are spread over; else 0 */
	char backing[8]; /* "4k", "thp" or "shmem" */
	char swap[32]; /* "none", "own" (the machine's), "file:256M" (made for the run) */
	char walker[300]; /* "tree:/usr", "tree:made", "stream", "loop:2G" or "none" */
	uint64_t walker_rate; /* bytes a second asked for; 0: unlimited */
	uint64_t duration_ns;
	uint64_t interval_min_ns, interval_max_ns; /* of the probe's schedule */
	uint64_t object_size;
	uint64_t fill_bytes;				  /* the target */
	uint64_t request_rate, request_size, queue_depth; /* of the engine */
	int32_t priority; /* SCHED_FIFO priority; 0: SCHED_OTHER */
	char tracing
		[16]; /* --explain: "events", "bpf" or both, with a comma; "": neither */
	uint64_t stop_at_ns; /* a longer sample ends the run; 0: none does */
	double cover; /* in how many requests in flight each object is; 0: not so of this engine */
	char keep_pinned[4]; /* "on": the quiet device uses each object every 100 ms */
};

/** The mean time from one planned instant of the probe to the next, in ns; 0: the record does not tell. */
static inline uint64_t record_pace_ns(const struct record_config *c)
{
	return c->interval_min_ns / 2 + c->interval_max_ns / 2;
}

/** One measuring thread. */
struct record_cpu {
	int32_t cpu;
	struct distribution scheduled;
	/* of this thread, over the window alone (RUSAGE_THREAD) */
	uint64_t minor_faults; /* less those that the thp probe makes on purpose */
	uint64_t major_faults;
	uint64_t voluntary_switches, involuntary_switches;
};

/** What the load did during the window, and how it was set up. */
struct record_load {
	char engine[16];
	uint64_t objects, filled_bytes, locked_bytes, pinned_bytes;
	uint64_t
		pinned_pages_seen; /* growth of the kernel's FOLL_PIN count while pinning */
	uint64_t fill_ns, pin_ns;
	/*
	 * Of pin_ns: making the objects, and using each once more when it was pinned; what is left is
	 * their first use, which pins them. 0: the engine cannot tell.
	 */
	uint64_t create_ns, steady_ns;
	/* Under DMA as the engine says: when the window opened, and the least in it. */
	uint64_t held_bytes, held_least_bytes;
	uint64_t submitted; /* requests that the device was given in the window */
	uint64_t requests, request_bytes, errors, resets;
	uint64_t
		request_ns; /* that the device worked on one request, lately; 0: not known */
	uint64_t request_target_ns; /* that it was to work on one; 0: not known */
	char request_kind[16];	    /* "loop", "nops" or "mock" (i915); "" */
	char rings[128]; /* of the device, that got requests: "rcs0,vcs0"; "" */
	uint64_t
		collisions; /* refusals for the moment, after which a request was given again */
	uint64_t repinned_pages; /* growth of the kernel's FOLL_PIN count in the window */
	/* "pinned", or "bound": reclaim unmaps it and waits for the device; "": no device, or not told */
	char hold[8];
	/* Page faults of the process that holds the memory, in the window: what was brought back to it. */
	uint64_t refaults;
	/* Handing requests to the driver: all of the window's, and the longest of the run; 0: not told. */
	uint64_t exec_ns, exec_longest_ns;
	char walker[16];			       /* "tree", "stream", "loop", "" */
	uint64_t walker_made_files, walker_made_bytes; /* of a tree made for the run */
	uint64_t walker_files, walker_bytes, walker_cached_bytes, walker_passes;
	/*
	 * In a cycle the walker reads as much as the arena's page cache can hold (loop: its file once).
	 * How many the window spans, and how far into one it was opened.
	 */
	uint64_t walker_cycle_bytes, walker_phase_bytes;
	double walker_cycles;
	uint64_t walker_warm_up_ns; /* that it walked before the window */
};

/** Where the time of the samples in "woken" went. */
struct record_attribution {
	bool present;
	unsigned int seen;     /* bit i: cause i has a source, and its sum counts */
	uint64_t slow_from_ns; /* the least latency of a slow sample */
	struct attribution_split all, slow;
	/*
	 * Owned; {"direct_reclaim": "taskstats 16", …, "missing": [sentence, …]}: what the sums
	 * come from, and what could not be seen and why.
	 */
	json_object *sources;
};

/** The calls of the pageout probe that were made in one way, on pages or on objects. */
struct record_pageout_row {
	char way[12];		  /* "owner", "outside", "reclaim" */
	char unit[8];		  /* "page", "object" */
	struct distribution time; /* ns, of the calls that did not fail */
	uint64_t waited_ns;	  /* of that, not on a CPU */
	/* What became of their pages: still mapped; mapped no more, but in memory; neither. */
	uint64_t kept, unmapped, freed;
	uint64_t failed;
	char why[160]; /* the last of these failed; "" */
};

struct record_pageout {
	size_t rows; /* 0: of another probe */
	struct record_pageout_row *row;
};

struct record {
	char *subtest; /* all strings are owned */
	char *label;
	char *boot_id; /* read from a record that does not tell: "" */
	uint64_t seq;
	uint64_t seed;
	char start[32]; /* UTC, "2026-01-31T10:00:00Z" */
	struct record_config config;
	json_object *environment; /* owned; may be NULL */

	bool valid;
	/*
	 * What makes it invalid is the driver's or the kernel's fault, not that of the machine that it
	 * was measured on: for whoever measures, not part of the JSON.
	 */
	bool fault;
	size_t reasons; /* why it is not */
	char **reason;
	size_t notes; /* what a reader should know though it is valid */
	char **note;

	struct distribution scheduled; /* ns, every planned period (the default) */
	struct distribution woken;     /* ns, only where the probe really woke */
	struct distribution huge;      /* thp: first touches that got a huge page */
	struct distribution fallback;  /* thp: those that did not */
	/*
	 * thp: how long the last faults went on after the window had ended, the sum over its CPUs;
	 * UINT64_MAX: the record does not tell (it is of a version before 1.4, or of a timer).
	 */
	uint64_t after_window_ns;
	size_t cpus;
	struct record_cpu *cpu;
	uint64_t expected, recorded, late; /* periods */

	struct record_pageout pageout;
	struct record_attribution attribution;
	struct record_load load;
	json_object *counters; /* owned; {"vmstat": {…}, "psi": {…}, …}; may be NULL */
	json_object *
		timeline; /* owned; [{"t_ns", "count", "p50", "p99", "max"}, …]; may be NULL */

	json_object
		*explain; /* owned; --explain: the worst samples' causes; may be NULL */
	json_object *stopped; /* owned; the sample that passed --stop-at; may be NULL */

	char *source; /* where it was read from, "file:line"; not part of the JSON */
	/*
	 * Its JSON as it was read, not owned and not ended by a NUL: while records_visit() hands it
	 * over, else NULL. Newlines in it are blanks of JSON.
	 */
	const char *json;
	size_t json_length;
	char *ignored; /* unknown fields of a newer minor version, "a, b"; NULL: none */
};

#define RECORD_QUANTILES 5

/** The quantiles that every histogram states, ascending, by the names that readers look for. */
extern const struct record_quantile {
	const char *name;
	double p;
} record_quantile[RECORD_QUANTILES];

/** Empties @r, which is valid until record_invalidate(); release with record_free(). */
void record_init(struct record *r);

/** Frees all that @r owns and empties it. */
void record_free(struct record *r);

/** Marks @r invalid for a reason. Returns 0 or -ENOMEM. */
int record_invalidate(struct record *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Adds a note. Returns 0 or -ENOMEM. */
int record_note(struct record *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** @r as one line of JSON text without a newline, malloc()ed, or NULL: out of memory. */
char *record_to_line(const struct record *r);

/**
 * Fills @r from the text that record_to_line() writes; @line need not end with a NUL. Returns 0,
 * or -EINVAL with a sentence in @why (which field, what is wrong with it), -EPROTONOSUPPORT for
 * another major version or schema, or -ENOMEM; on failure @r is empty.
 */
int record_from_line(struct record *r, const char *line, size_t length, char *why,
		     size_t size);

/*
 * The subtests' names, "timer-idle" to "pageout-busy": a probe, and a load of which each adds one thing
 * to the one before it.
 */
#define LADDER_PROBES 3
/** Of these, from the first on, that are judged: their subtests need all loads. */
#define LADDER_JUDGED 2
#define LADDER_LOADS  5

/** The same names as comma lists. */
#define LADDER_PROBE_LIST "timer,thp,pageout"
#define LADDER_LOAD_LIST  "idle,base,locked,pinned,busy"

extern const char *const ladder_probe[LADDER_PROBES];

/** From the foot: "idle", … "busy". */
extern const char *const ladder_load[LADDER_LOADS];

/** Whether @probe has a subtest for @load: pageout has none for idle and locked. */
bool ladder_has(const char *probe, const char *load);

/** Where @subtest stands: probe by probe, each from its foot; those of other names come last. */
size_t ladder_rank(const char *subtest);

/** The same as an order, other names among themselves by letters: as strcmp(). */
int ladder_compare(const char *a, const char *b);

#endif
