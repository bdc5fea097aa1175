/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_PINLAT_H
#define PINLAT_RUNNER_PINLAT_H

/* The `pinlat` command: its subcommands, and how every one of them begins and ends. */

#include "options/table.h"

enum pinlat_exit {
	PINLAT_OK = 0,
	PINLAT_GATE = 1,    /* a gate fired (--fail-on) */
	PINLAT_USAGE = 2,   /* bad input or usage */
	PINLAT_FAILED = 3,  /* the measurement could not be made */
	PINLAT_STOPPED = 4, /* a sample was longer than --stop-at allows */
	PINLAT_SKIPPED = 77,
};

struct command {
	const struct option_page *page;
	/* Takes its own name as argv[0] and returns an enum pinlat_exit. */
	int (*main)(int argc, char **argv);
};

/** The subcommands, ended by one without a page. */
extern const struct command commands[];

extern const struct option_page run_page, compare_page, report_page, show_page, list_page,
	doctor_page;

int pinlat_run(int argc, char **argv);
int pinlat_compare(int argc, char **argv);
int pinlat_report(int argc, char **argv);
int pinlat_show(int argc, char **argv);
int pinlat_list(int argc, char **argv);
int pinlat_doctor(int argc, char **argv);

/**
 * Reads the options of @page into @settings and leaves optind behind them, where operands follow
 * if there may be some. Does not return from --help, nor from what is no option or no value of
 * one.
 */
void parse_options(const struct option_page *page, void *settings, int argc, char **argv);

#endif
