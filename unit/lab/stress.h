/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_LAB_STRESS_H
#define PINLAT_UNIT_LAB_STRESS_H

/*
 * What the stress program is made of. It is hard on i915 and its mock GPU, inside of a guest
 * of the lab, and nothing for a machine with a GPU that somebody needs.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RENDER_NODE "/dev/dri/renderD128"

/* client.c: submits requests on userptr objects until it is killed or the device is gone. */

/** Starts one in a process of its own, which dies with its parent. Returns its pid or -errno. */
pid_t client_start(uint64_t seed);

/**
 * Kills it, whatever it is doing, and waits for it to be gone. Returns 0, or -errno: why it was
 * not at work any more, other than that the device has gone.
 */
int client_kill(pid_t pid);

/* module.c */

/** Takes the device from the driver, with whoever has it open. Returns 0 or -errno. */
int module_unbind(void);

/** Removes the module; waits for those that it has to wait for. Returns 0 or -errno. */
int module_remove(void);

/** Inserts the module in @path with these parameters. Returns 0 or -errno. */
int module_insert(const char *path, const char *parameters);

/* health.c */

/** Forgets what the kernel has said so far. Returns 0 or -errno. */
int health_begin(void);

/**
 * Whether the kernel is as well as before: no page is pinned, and it has not complained. Prints
 * what is not so.
 */
bool health_good(void);

#endif
