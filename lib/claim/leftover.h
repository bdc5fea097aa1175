/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_CLAIM_LEFTOVER_H
#define PINLAT_CLAIM_LEFTOVER_H

/*
 * What runs left of which everything was killed, the watchdog too: who holds the lock
 * (claim/lock.h) takes it away. It bears the pid of its owner in its name.
 */

/** A tree that was made for the walker (load/tree.h) is called this and its owner's pid. */
#define TREE_PREFIX "pinlat-tree-"

/** Calls @found with each: what it is ("swap file") and where. @scratch is where runs keep files. */
void leftovers_find(const char *scratch,
		    void (*found)(const char *what, const char *where));

/** Removes them, as far as this user may. */
void leftovers_remove(const char *scratch);

/**
 * Switches on the kernel's delay accounting, and notes beside the lock that it was off, for whoever
 * comes should all of us be killed; a reboot forgets both. As delay_accounting_enable().
 */
int leftover_delays_on(void);

/** Switches it off again. Returns 0 or -errno. */
int leftover_delays_off(void);

#endif
