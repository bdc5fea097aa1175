/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_PINLAT_H
#define PINLAT_RUNNER_PINLAT_H

/* The `pinlat` command: its subcommands, and how every one of them ends. */

#include "options/table.h"

enum pinlat_exit {
	PINLAT_OK = 0,
	PINLAT_GATE = 1,    /* a gate fired (--fail-on) */
	PINLAT_USAGE = 2,   /* bad input or usage */
	PINLAT_FAILED = 3,  /* the measurement could not be made */
	PINLAT_STOPPED = 4, /* a sample was longer than --stop-at allows */
	PINLAT_SKIPPED = 77,
};

extern const struct option_page run_page;

/* Each takes its own name as argv[0] and returns an enum pinlat_exit. */
int pinlat_run(int argc, char **argv);
int pinlat_compare(int argc, char **argv);
int pinlat_report(int argc, char **argv);
int pinlat_show(int argc, char **argv);
int pinlat_list(int argc, char **argv);
int pinlat_doctor(int argc, char **argv);

#endif
