// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"
#include "system/alloc.h"
#include "system/text.h"

/* clang-format off */
#define FIELD(kind, type, member, name) \
	{ name, kind, offsetof(type, member), sizeof(((type *)NULL)->member) }
#define CONFIG(kind, member)  FIELD(kind, struct record_config, member, #member)
#define LOAD(kind, member)    FIELD(kind, struct record_load, member, #member)
#define WALKER(kind, member, name) FIELD(kind, struct record_load, member, name)
#define RUSAGE(member)	      FIELD(FIELD_U64, struct record_cpu, member, #member)
#define PAGEOUT(kind, member) FIELD(kind, struct record_pageout_row, member, #member)
#define SPLIT(member, name)   FIELD(FIELD_U64, struct attribution_split, member, name)
#define PERIODS(member)	      FIELD(FIELD_U64, struct record, member, #member)
#define END		      { NULL, FIELD_U64, 0, 0 }
/* clang-format on */

const struct field record_config_fields[] = { CONFIG(FIELD_TEXT, arena),
					      CONFIG(FIELD_TEXT, engine),
					      CONFIG(FIELD_TEXT, backing),
					      CONFIG(FIELD_TEXT, swap),
					      CONFIG(FIELD_TEXT, walker),
					      CONFIG(FIELD_U64, walker_rate),
					      CONFIG(FIELD_U64, duration_ns),
					      CONFIG(FIELD_U64, interval_min_ns),
					      CONFIG(FIELD_U64, interval_max_ns),
					      CONFIG(FIELD_U64, object_size),
					      CONFIG(FIELD_U64, fill_bytes),
					      CONFIG(FIELD_U64, request_rate),
					      CONFIG(FIELD_U64, request_size),
					      CONFIG(FIELD_U64, queue_depth),
					      CONFIG(FIELD_I32, priority),
					      CONFIG(FIELD_TEXT, tracing),
					      CONFIG(FIELD_U64, stop_at_ns),
					      CONFIG(FIELD_TEXT, engine_mode),
					      CONFIG(FIELD_U64, vms),
					      CONFIG(FIELD_REAL, cover),
					      CONFIG(FIELD_TEXT, keep_pinned),
					      END };

const struct field record_load_fields[] = {
	LOAD(FIELD_TEXT, engine),	  LOAD(FIELD_U64, objects),
	LOAD(FIELD_U64, filled_bytes),	  LOAD(FIELD_U64, locked_bytes),
	LOAD(FIELD_U64, pinned_bytes),	  LOAD(FIELD_U64, pinned_pages_seen),
	LOAD(FIELD_U64, fill_ns),	  LOAD(FIELD_U64, pin_ns),
	LOAD(FIELD_U64, create_ns),	  LOAD(FIELD_U64, steady_ns),
	LOAD(FIELD_U64, held_bytes),	  LOAD(FIELD_U64, held_least_bytes),
	LOAD(FIELD_U64, submitted),	  LOAD(FIELD_U64, requests),
	LOAD(FIELD_U64, request_bytes),	  LOAD(FIELD_U64, errors),
	LOAD(FIELD_U64, resets),	  LOAD(FIELD_U64, request_ns),
	LOAD(FIELD_U64, repinned_pages),  LOAD(FIELD_TEXT, hold),
	LOAD(FIELD_U64, refaults),	  LOAD(FIELD_U64, exec_ns),
	LOAD(FIELD_U64, exec_longest_ns), LOAD(FIELD_U64, request_target_ns),
	LOAD(FIELD_TEXT, request_kind),	  LOAD(FIELD_TEXT, rings),
	LOAD(FIELD_U64, collisions),	  END
};

const struct field record_walker_fields[] = {
	WALKER(FIELD_TEXT, walker, "kind"),
	WALKER(FIELD_U64, walker_made_files, "made_files"),
	WALKER(FIELD_U64, walker_made_bytes, "made_bytes"),
	WALKER(FIELD_U64, walker_files, "files"),
	WALKER(FIELD_U64, walker_bytes, "bytes"),
	WALKER(FIELD_U64, walker_cached_bytes, "cached_bytes"),
	WALKER(FIELD_U64, walker_passes, "passes"),
	WALKER(FIELD_U64, walker_cycle_bytes, "cycle_bytes"),
	WALKER(FIELD_U64, walker_phase_bytes, "phase_bytes"),
	WALKER(FIELD_REAL, walker_cycles, "cycles"),
	WALKER(FIELD_U64, walker_warm_up_ns, "warm_up_ns"),
	END
};

const struct field record_rusage_fields[] = { RUSAGE(minor_faults), RUSAGE(major_faults),
					      RUSAGE(voluntary_switches),
					      RUSAGE(involuntary_switches), END };

const struct field record_pageout_fields[] = { PAGEOUT(FIELD_TEXT, way),
					       PAGEOUT(FIELD_TEXT, unit),
					       PAGEOUT(FIELD_U64, waited_ns),
					       PAGEOUT(FIELD_U64, kept),
					       PAGEOUT(FIELD_U64, unmapped),
					       PAGEOUT(FIELD_U64, freed),
					       PAGEOUT(FIELD_U64, failed),
					       PAGEOUT(FIELD_TEXT, why),
					       END };

const struct field record_split_sums[] = { SPLIT(count, "count"),
					   SPLIT(total_ns, "total_ns"),
					   SPLIT(unexplained_ns, "unexplained_ns"), END };

const struct field record_split_causes[] = {
	SPLIT(cause_ns[CAUSE_DIRECT_RECLAIM], "direct_reclaim_ns"),
	SPLIT(cause_ns[CAUSE_COMPACTION], "compaction_ns"),
	SPLIT(cause_ns[CAUSE_SWAPIN], "swapin_ns"),
	SPLIT(cause_ns[CAUSE_THRASHING], "thrashing_ns"),
	SPLIT(cause_ns[CAUSE_RUN_QUEUE], "run_queue_ns"),
	SPLIT(cause_ns[CAUSE_ON_CPU], "on_cpu_ns"),
	END
};

const struct field record_periods_fields[] = { PERIODS(expected), PERIODS(recorded),
					       PERIODS(late), END };

const struct record_quantile record_quantile[RECORD_QUANTILES] = {
	{ "p50", 0.5 },	 { "p90", 0.9 },     { "p95", 0.95 },
	{ "p99", 0.99 }, { "p99.9", 0.999 },
};

void record_init(struct record *r)
{
	memset(r, 0, sizeof(*r));
	r->valid = true;
	r->after_window_ns = UINT64_MAX;
}

void record_free(struct record *r)
{
	free(r->subtest);
	free(r->label);
	free(r->boot_id);
	json_object_put(r->environment);
	text_list_free(&(struct text_list){ r->reasons, r->reason });
	text_list_free(&(struct text_list){ r->notes, r->note });
	distribution_free(&r->scheduled);
	distribution_free(&r->woken);
	distribution_free(&r->huge);
	distribution_free(&r->fallback);
	for (size_t i = 0; i < r->cpus; i++)
		distribution_free(&r->cpu[i].scheduled);
	free(r->cpu);
	for (size_t i = 0; i < r->pageout.rows; i++)
		distribution_free(&r->pageout.row[i].time);
	free(r->pageout.row);
	json_object_put(r->attribution.sources);
	json_object_put(r->counters);
	json_object_put(r->timeline);
	json_object_put(r->explain);
	json_object_put(r->stopped);
	free(r->source);
	free(r->ignored);
	record_init(r);
}

__attribute__((format(printf, 3, 0))) static int
add_text(char ***list, size_t *n, const char *format, va_list args)
{
	char **longer, *text;

	if (vasprintf(&text, format, args) < 0)
		return -ENOMEM;
	longer = grow(*list, *n, sizeof(*longer));
	if (!longer) {
		free(text);
		return -ENOMEM;
	}
	longer[(*n)++] = text;
	*list = longer;
	return 0;
}

int record_invalidate(struct record *r, const char *format, ...)
{
	va_list args;
	int ret;

	r->valid = false;
	va_start(args, format);
	ret = add_text(&r->reason, &r->reasons, format, args);
	va_end(args);
	return ret;
}

int record_note(struct record *r, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = add_text(&r->note, &r->notes, format, args);
	va_end(args);
	return ret;
}

const char *const ladder_probe[LADDER_PROBES] = { "timer", "thp", "pageout" };
const char *const ladder_load[LADDER_LOADS] = { "idle", "base", "locked", "pinned",
						"busy" };

bool ladder_has(const char *probe, const char *load)
{
	/* Nothing is there to be paged out, or the kernel refuses to. */
	return strcmp(probe, "pageout") != 0 ||
	       (strcmp(load, "idle") != 0 && strcmp(load, "locked") != 0);
}

size_t ladder_rank(const char *subtest)
{
	for (size_t p = 0; p < LADDER_PROBES; p++) {
		size_t length = strlen(ladder_probe[p]);

		if (strncmp(subtest, ladder_probe[p], length) != 0 ||
		    subtest[length] != '-')
			continue;
		for (size_t l = 0; l < LADDER_LOADS; l++)
			if (strcmp(subtest + length + 1, ladder_load[l]) == 0)
				return p * LADDER_LOADS + l;
	}
	return LADDER_PROBES * LADDER_LOADS;
}

int ladder_compare(const char *a, const char *b)
{
	size_t x = ladder_rank(a), y = ladder_rank(b);

	return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}
