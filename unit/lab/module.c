// SPDX-License-Identifier: MIT
/* i915 as a module. */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"

/* Where the stand-in for the GPU is. */
#define PCI_SLOT "0000:00:02.0"

/* In which what the GPU was given comes to its end. */
#define PATIENCE_MS 10000

int module_unbind(void)
{
	return sysfile_write("/sys/bus/pci/drivers/i915/unbind", PCI_SLOT);
}

int module_remove(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (syscall(SYS_delete_module, "i915", O_NONBLOCK) == 0)
			return 0;
		/* Requests that have not retired hold it. */
		if (errno != EAGAIN && errno != EBUSY)
			return -errno;
		nanosleep(&ms, NULL);
	}
	return -EBUSY;
}

int module_insert(const char *path, const char *parameters)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return syscall(SYS_finit_module, fd, parameters, 0) < 0 ? -errno : 0;
}
