/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_CLAIM_LOCK_H
#define PINLAT_CLAIM_LOCK_H

/*
 * One pinlat at a time on a machine: two would measure each other. A file in a directory of
 * everybody is locked with flock(2), which the kernel lets go when the last process that has it
 * open is gone: the command, the test that it started, or the test's watchdog.
 */

#include <stdbool.h>
#include <stddef.h>

/** Names another directory for the lock: one that containers share, say. */
#define LOCK_DIRECTORY_VARIABLE "PINLAT_LOCK_DIR"

/**
 * Writes the path of file @name in the lock's directory, which is in memory: a reboot forgets it.
 * Returns 0 or -ENOENT (there is no such directory), -ENAMETOOLONG.
 */
int lock_path(const char *name, char *path, size_t size);

/**
 * Locks the machine for this process and for those that inherit the descriptor. @label (or NULL) is
 * what the others are told beside pid and time.
 * Returns the descriptor (3 or more, closed on exec), 0 where there is no directory for it, -EBUSY
 * with the sentence who holds it in @why, or another -errno with what is wrong in @why.
 */
int lock_take(const char *label, char *why, size_t size);

/** As lock_take(), but waits until it is free, or until @stopped says so: -EINTR. */
int lock_wait(const char *label, int (*stopped)(void), char *why, size_t size);

/** In a child that is to execute a test: lets it inherit @lock. 0: there is none. */
void lock_hand_on(int lock);

/** The lock that whoever started this process holds; 0: it holds none. */
int lock_inherited(void);

/** Whether somebody holds it; who, as a sentence, goes to @who then. */
bool lock_is_held(char *who, size_t size);

#endif
