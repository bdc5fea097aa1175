// SPDX-License-Identifier: MIT
/* Where the time of the samples went, and what this kernel does not let us see of it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run-private.h"
#include "system/cleanup.h"
#include "system/taskstats.h"

void _run_account_delays(struct run *r)
{
	if (!r->request->options->attribution || r->request->probe != PROBE_THP)
		return;
	/* Known to the watchdog before it is done: it only switches off what was switched on. */
	r->shared->duties.has_delay_accounting = delay_accounting_is_off();
	r->delay_accounting = delay_accounting_enable();
	if (r->delay_accounting <= 0)
		r->shared->duties.has_delay_accounting = 0;
}

static int add_text(json_object *array, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_text(json_object *array, const char *format, ...)
{
	json_object *text;
	char buf[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(buf, sizeof(buf), format, ap);
	va_end(ap);
	text = json_object_new_string(buf);
	return text && json_object_array_add(array, text) == 0 ? 0 : -ENOMEM;
}

static int name_source(struct record_attribution *a, enum attribution_cause cause,
		       const char *source)
{
	json_object *text = json_object_new_string(source);

	a->seen |= 1u << cause;
	return text && json_object_object_add(a->sources, attribution_name(cause),
					      text) == 0
		       ? 0
		       : -ENOMEM;
}

static const char *explain_taskstats(int error)
{
	switch (-error) {
	case ENOENT:
	case EPROTONOSUPPORT:
		return "this kernel has none (CONFIG_TASKSTATS)";
	case EOPNOTSUPP:
		return "this kernel counts no delays (CONFIG_TASK_DELAY_ACCT)";
	case EPERM:
		return "it needs CAP_NET_ADMIN (root)";
	case EPROTO:
		return "its layout is that of Linux 6.14, which is not compatible";
	default:
		return strerror(-error);
	}
}

static int name_delays(const struct run *r, struct record_attribution *a,
		       json_object *missing)
{
	const struct probe_cpu *cpu = r->probe.cpu;
	char source[40];
	int ret;

	if (cpu->taskstats_error < 0)
		return add_text(
			missing,
			"direct reclaim, compaction, swap-in and thrashing, without taskstats: %s",
			explain_taskstats(cpu->taskstats_error));
	if (r->delay_accounting < 0)
		return add_text(
			missing,
			"direct reclaim, compaction, swap-in and thrashing: kernel.task_delayacct cannot be switched on: %s",
			strerror(-r->delay_accounting));
	snprintf(source, sizeof(source), "taskstats %u", cpu->taskstats_version);
	ret = name_source(a, CAUSE_DIRECT_RECLAIM, source);
	ret = ret < 0 ? ret : name_source(a, CAUSE_SWAPIN, source);
	if (ret == 0 && cpu->taskstats_version >= TASKSTATS_HAS_THRASHING)
		ret = name_source(a, CAUSE_THRASHING, source);
	if (ret == 0 && cpu->taskstats_version >= TASKSTATS_HAS_COMPACTION)
		return name_source(a, CAUSE_COMPACTION, source);
	return ret < 0 ? ret
		       : add_text(missing,
				  "compaction: taskstats has it since Linux 5.17");
}

static int name_sources(const struct run *r, struct record_attribution *a)
{
	json_object *missing = json_object_new_array();
	int ret;

	a->sources = json_object_new_object();
	if (!missing || !a->sources) {
		json_object_put(missing);
		return -ENOMEM;
	}
	ret = json_object_object_add(a->sources, "missing", missing);
	if (ret == 0 && r->probe.cpu->schedstat_error < 0)
		ret = add_text(missing, "run queue, without /proc/self/schedstat: %s",
			       r->probe.cpu->schedstat_error == -ENOENT
				       ? "this kernel has none (CONFIG_SCHED_INFO)"
				       : strerror(-r->probe.cpu->schedstat_error));
	else if (ret == 0)
		ret = name_source(a, CAUSE_RUN_QUEUE, "schedstat");
	if (ret == 0 && r->request->probe == PROBE_THP)
		ret = name_source(a, CAUSE_ON_CPU, "CLOCK_THREAD_CPUTIME_ID");
	if (ret == 0 && r->request->probe == PROBE_THP)
		ret = name_delays(r, a, missing);
	return ret;
}

int _run_collect_attribution(struct run *r)
{
	_cleanup_free_ struct attribution *sum = calloc(1, sizeof(*sum));
	struct record_attribution *a = &r->record->attribution;

	if (!r->request->options->attribution)
		return 0;
	if (!sum)
		return -ENOMEM;
	for (size_t i = 0; i < r->probe.cpus; i++)
		attribution_merge(sum, &r->probe.cpu[i].attribution);
	a->slow_from_ns = attribution_slow(sum, &a->all, &a->slow);
	a->present = true;
	return name_sources(r, a);
}
