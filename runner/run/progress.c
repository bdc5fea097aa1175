// SPDX-License-Identifier: MIT
#include "run/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"
#include "record/record.h"
#include "render/table.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "system/text.h"

/*
 * What a run takes beside its window, until runs have shown it: bytes a second of filling, and of a
 * walker that reads files. Seen on two machines, as a fifth more or less than this.
 */
#define FILL_RATE   700e6
#define WALKER_RATE 200e6
#define BAR_WIDTH   20
/* Where what is said of a run goes on, below its line. */
#define REASON_INDENT 7

void progress_init(struct progress *p, const struct plan *plan, const bool *left)
{
	*p = (struct progress){ .plan = plan,
				.left = left,
				.end = plan->order.n,
				.tty = shown_on_terminal() };
	p->started = monotonic_seconds();
}

/*
 * What a run of @subtest takes, in theory: memory is filled, the walker goes through the page cache
 * (a third of what is filled) one and a half times, then comes the window.
 */
static double theory(const struct plan *plan, const char *subtest)
{
	const char *size = plan_option_of(plan, "fill", subtest);
	uint64_t duration = 0, fill = 0;
	double seconds = 1;

	if (strncmp(subtest, "pageout", strlen("pageout")) != 0)
		parse_duration(plan_option(plan, "duration"), &duration);
	seconds += (double)duration / NSEC_PER_SEC;
	if (strstr(subtest, "-idle") || !size || parse_size(size, &fill) < 0)
		return seconds;
	return seconds + (double)fill / FILL_RATE + 1.5 * (double)fill / 3 / WALKER_RATE;
}

/* What a run of @subtest will take: as its like took, else as in theory, as far as that held. */
static double expected_seconds(const struct progress *p, const char *subtest)
{
	size_t rank = ladder_rank(subtest);

	if (p->known[rank] > 0)
		return p->took[rank] / (double)p->known[rank];
	return theory(p->plan, subtest) *
	       (p->in_theory > 0 ? p->in_fact / p->in_theory : 1);
}

static double seconds_left(const struct progress *p, double now)
{
	double current =
		expected_seconds(p, p->plan->order.text[p->seq]) - (now - p->run_started);
	double left = current > 0 ? current : 0;

	for (size_t seq = p->seq + 1; seq < p->end; seq++)
		if (p->left[seq])
			left += expected_seconds(p, p->plan->order.text[seq]);
	return left;
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/* What stands behind the bar. */
static void format_rest(const struct progress *p, double elapsed, double left, char *buf,
			size_t size)
{
	char a[24], b[24];

	format_clock(elapsed, a, sizeof(a));
	format_clock(left, b, sizeof(b));
	if (!p->open)
		snprintf(buf, size, "%s so far, about %s left", a, b);
	else
		snprintf(buf, size, "look in about %s%s%s", b,
			 *p->note ? ", widest " : "", p->note);
}

void progress_tick(void *progress)
{
	const struct progress *p = progress;
	double now = monotonic_seconds(), elapsed = now - p->started, left;
	char bar[BAR_WIDTH + 1] = "", total[24] = "", rest[120], line[240], shown[240];
	size_t full, width = terminal_width();

	if (!p->tty)
		return;
	left = seconds_left(p, now);
	full = elapsed + left > 0 ? (size_t)(BAR_WIDTH * elapsed / (elapsed + left)) : 0;
	for (size_t i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < full ? '#' : '.';
	if (!p->open)
		snprintf(total, sizeof(total), " of %zu", p->plan->order.n);
	format_rest(p, elapsed, left, rest, sizeof(rest));
	snprintf(line, sizeof(line), "run %zu%s  %-14s [%s]  %s", p->seq + 1, total,
		 p->plan->order.text[p->seq], bar, rest);
	/* One column short: some terminals wrap when the last one is written. */
	printf("\r\033[K%s",
	       printable(line, shown, width < sizeof(shown) ? width : sizeof(shown)));
	fflush(stdout);
}

void progress_start(struct progress *p, size_t seq)
{
	p->seq = seq;
	p->run_started = monotonic_seconds();
	progress_tick(p);
}

void progress_clear(const struct progress *p)
{
	if (!p->tty)
		return;
	printf("\r\033[K");
	fflush(stdout);
}

static void print_quantile(const struct distribution *d, const char *name, double p)
{
	char buf[24];

	if (distribution_supports(d, p))
		printf(" %s %s", name,
		       format_time(distribution_quantile(d, p), buf, sizeof(buf)));
}

/* @o after the @at columns of its line; a reason goes on below it where the terminal is too narrow. */
static void print_outcome(const struct outcome *o, size_t at)
{
	CLEANUP_FREE char *text = NULL;
	const char *word = "";
	char max[24];

	switch (o->kind) {
	case RUN_VALID:
	case RUN_VALID_BUT_FAILED:
		print_quantile(&o->scheduled, "p50", 0.5);
		print_quantile(&o->scheduled, "p90", 0.9);
		print_quantile(&o->scheduled, "p99", 0.99);
		printf(" max %s  %.1fs\n",
		       format_time(o->scheduled.max, max, sizeof(max)), o->seconds);
		return;
	case RUN_INTERRUPTED:
		printf(" interrupted\n");
		return;
	case RUN_STOPPED:
		break;
	case RUN_INVALID:
		word = "invalid: ";
		break;
	case RUN_SKIPPED:
		word = "skipped: ";
		break;
	case RUN_REFUSED:
	case RUN_FAILED:
		word = "failed: ";
		break;
	}
	text = xasprintf("%s%s", word, o->reason);
	print_wrapped(stdout, text, shown_width(SIZE_MAX), at + (size_t)printf(" "),
		      REASON_INDENT);
}

void progress_end(struct progress *p, const struct outcome *o)
{
	const char *subtest = p->plan->order.text[p->seq];
	size_t rank = ladder_rank(subtest);
	char total[24];
	int at;

	if (o->kind == RUN_VALID || o->kind == RUN_INVALID) {
		p->known[rank]++;
		p->took[rank] += o->seconds;
		p->in_fact += o->seconds;
		p->in_theory += theory(p->plan, subtest);
	}
	progress_clear(p);
	snprintf(total, sizeof(total), "%zu", p->plan->order.n);
	at = printf("[%*zu%s%s] %-14s", (int)strlen(total), p->seq + 1,
		    p->open ? "" : "/", p->open ? "" : total, subtest);
	print_outcome(o, (size_t)at);
	fflush(stdout);
}
