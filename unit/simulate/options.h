/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_SIMULATE_OPTIONS_H
#define PINLAT_UNIT_SIMULATE_OPTIONS_H

/* The command line that all simulations take. */

#include <stdint.h>

/** A simulation: what --help says of it, and its defaults, which the options replace. */
struct simulation {
	const char *name, *what; /* "simulate", "Simulates …" */
	const char *of;		 /* what there are so many of: "of each design" */
	const char *code;	 /* what exit code 1 says */
	unsigned int experiments;
	uint64_t seed;
};

/** Reads the command line. Returns -1 to go on, else the exit code: help or an error was printed. */
int simulation_options(struct simulation *s, int argc, char **argv);

#endif
