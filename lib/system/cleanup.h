/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_CLEANUP_H
#define PINLAT_SYSTEM_CLEANUP_H

/* Cleanup attributes: what a scope holds is released where the scope ends. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define CLEANUP(fn)	 __attribute__((cleanup(fn)))
#define CLEANUP_FREE	 CLEANUP(cleanup_free)
#define CLEANUP_CLOSE	 CLEANUP(cleanup_close)
#define CLEANUP_FCLOSE	 CLEANUP(cleanup_fclose)
#define CLEANUP_CLOSEDIR CLEANUP(cleanup_closedir)

#endif
