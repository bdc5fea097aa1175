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

/** The subcommands, ended by NULL. Each returns an enum pinlat_exit. */
extern const struct option_page *const commands[];

extern const struct option_page run_page, ab_page, compare_page, report_page,
	history_page, show_page, pack_page, list_page, doctor_page;

/**
 * Reads the options of @page into @settings and leaves optind behind them, where operands follow
 * if there may be some. Does not return from --help, nor from what is no option or no value of
 * one.
 */
void parse_options(const struct option_page *page, void *settings, int argc, char **argv);

#endif
