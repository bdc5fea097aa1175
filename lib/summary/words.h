/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_WORDS_H
#define PINLAT_SUMMARY_WORDS_H

/*
 * A comparison in words: what every format says in the same way, whatever it looks like. Texts
 * go to @buf, which is returned. What came from records is made plain by text_plain().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "summary/comparison.h"
#include "render/document.h"

#define CELL_SIZE 64
#define LINE_SIZE 2400 /* three facts of 160 characters, in UTF-8 */

/** @ns without its fraction, within what uint64_t holds. */
uint64_t whole_ns(double ns);

/** @value of @m with its unit: "20.6µs", "98%", "13.2M/s"; "-" where it is not known. */
const char *value_text(const struct metric *m, double value, char *buf, size_t size);

/**
 * The value of one side of @row; "n<368" where its runs have too few samples, "too slow" where most
 * were so slow that they have none.
 */
const char *side_text(const struct comparison *c, const struct compare_row *row, int side,
		      char *buf, size_t size);

/** All digits of the median of @n runs; of none, why: @few have too few samples; @buf. */
const char *exact_text(const struct metric *m, double median, size_t n, size_t few,
		       char *buf, size_t size);

/** A change for people: "+32 %", "-4.2 %", "+746 x" above tenfold; @buf. */
const char *text_change(double change, char *buf, size_t size);

/** The interval of a change: "[+18 .. +47 %]", "[unknown]" where it has no end; @buf. */
const char *text_change_interval(double low, double high, char *buf, size_t size);

/**
 * The interval of @row's change that belongs to its p: of a judged row that after Holm's correction,
 * of others at options.level.
 */
const struct interval *row_interval(const struct compare_row *row);

/** Whether row_interval() has two ends. */
bool row_bounded(const struct compare_row *row);

/** @change of @row as a ratio of new to base, of a difference by the median of the base; NAN: none. */
double row_ratio(const struct compare_row *row, double change);

/**
 * row_interval() as short as a table wants it: "+18..+47%", of a difference "+18.1..+47.2"; "" if
 * none.
 */
const char *range_text(const struct compare_row *row, char *buf, size_t size);

/** The change of @row, "+32%", of a difference in its own unit "+24.1/min"; "" if none. */
const char *row_change_text(const struct comparison *c, const struct compare_row *row,
			    char *buf, size_t size);

/** The change of @row for programs: in percent, or a difference in the unit of its metric. */
double row_change(const struct comparison *c, const struct compare_row *row,
		  enum metric_unit *unit);

/**
 * "5ms": the time from one planned instant of the probe to the next, on average; "" if the record
 * does not tell. On it depends what is said of planned instants.
 */
const char *pace_text(const struct record_config *config, char *buf, size_t size);

/** A p-value: "0.0079", "1"; "" if not known. */
const char *p_text(double p, char *buf, size_t size);

/** The adjusted p of a row that is judged; "n<5" where so few can never be significant. */
const char *judged_p_text(const struct decide_row *d, char *buf, size_t size);

/**
 * "2026-01-31 10:00" in UTC, of seconds since 1970; "" if @start is not known; @buf, which has
 * room for a stamp.
 */
const char *time_text(double start, char *buf, size_t size);

/** The same as "2026-01-31T10:00:00Z". */
const char *time_stamp(double start, char *buf, size_t size);

/** What a unit of set @s is: "runs" or "boots". */
const char *units_name(const struct comparison *c, size_t s);

/** " of 5%", the margin; "" where each number has its own. */
const char *margin_text(const struct comparison *c, char *buf, size_t size);

/** "Intel(R) …, 2 CPUs, 23.5G memory, VIRTUAL MACHINE (kvm)". */
const char *machine_text(const struct set *set, char *buf, size_t size);

/** "6.1.0 (preempt voluntary)", or @unknown. */
const char *kernel_text(const struct set *set, const char *unknown, char *buf,
			size_t size);

/** The verdict on the whole, in one word: what no set was judged for is unclear. */
const char *overall_text(enum verdict v);

/** The tone of verdict @v. */
enum doc_tone tone_of(enum verdict v);

/** Which rows a table is made of. */
enum row_choice {
	ROWS_JUDGED,
	ROWS_OTHER_QUANTILES,
	ROWS_FAULTS, /* of faults, not judged; of subtests that are not judged but a few */
	ROWS_EXPLAINING, /* of the subtests that are judged; where both sides are 0, not */
};

/** Whether @row belongs to @choice. */
bool is_chosen(const struct comparison *c, const struct compare_row *row,
	       enum row_choice choice);

/* What a subtest and its numbers are called for people who do not know pinlat. */

/** "GPU", or "device" of what is none. */
const char *plain_device(const struct cell *cell);

/** What runs beside it: "GPU busy", "memory mlocked"; "" if its load is unknown. */
const char *plain_load(const struct cell *cell, const char *subtest);

/** "huge-page faults", "timer wake-ups"; its name if its probe is unknown. */
const char *plain_many(const char *subtest);

/** "Huge-page fault, GPU busy". */
const char *plain_subtest(const struct cell *cell, char *buf, size_t size);

/** Number @m of @cell in a row below its subtest: "typical (half take longer)", "1 in 100". */
const char *plain_number(const struct cell *cell, const struct metric *m, char *buf,
			 size_t size);

/**
 * What a sentence says before its value: "1 in 100 huge-page faults takes at least", "GPU requests
 * completed:".
 */
const char *plain_phrase(const struct cell *cell, const struct metric *m, char *buf,
			 size_t size);

#endif
