/* SPDX-License-Identifier: MIT */
#ifndef IGT_COMMS_H
#define IGT_COMMS_H

/*
 * Private to igt/: igt_runner's socket protocol, spoken beside the text. What is a result is so by its
 * packet, whatever else is printed; the runner then takes what is printed from the socket too.
 */

#include <stddef.h>

#include "igt/igt.h"

/* Takes the socket that IGT_RUNNER_SOCKET_FD names, if there is one; stdout and stderr go there too then. */
void igt__comms_init(void);

/* Each is async-signal-safe, and does nothing without a socket. */
void igt__comms_version(const char *line);
void igt__comms_start(enum igt__block block, const char *name);
void igt__comms_result(enum igt__block block, const char *name, const char *result,
		       const char *seconds);
/* Something printed, @stream being 1 or 2; in as many packets as it needs. */
void igt__comms_log(int stream, const char *text, size_t length);

#endif
