/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_LAB_UAPI_H
#define PINLAT_UNIT_LAB_UAPI_H

/*
 * That the mock answers as i915 does: each error that user space may meet, and why. What
 * i915 says was read in its source as of Linux 6.1. Run in a guest of the lab, where the
 * mock is Geminilake.
 */

#include <i915_drm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAGE 4096u

/* The device, opened anew for each test. */
extern int fd;
int open_device(void **state);
int close_device(void **state);

/* The ioctl's result: 0 or -errno. */
int call(unsigned long request, void *args);

#define CALL(name, ...) call(DRM_IOCTL_I915_##name, &(__VA_ARGS__))

uint32_t create(uint64_t size);
/* Memory that nobody has touched. */
void *memory(size_t size);
/* A userptr object on @address; fails the test if there is none. */
uint32_t userptr(const void *address, size_t size);
/* Puts the end of a batch at the beginning of an object of create(). */
void end_batch(uint32_t handle);
/* Submits a batch, in an object of its own, that lists @handle before it (0: does not). */
int submit_with(uint32_t handle);
/* Sets a parameter of the mock. */
void set_mock(const char *name, const char *value);

/* uapi-exec.c */
void exec_checks(void **state);
void exec_objects(void **state);
void exec_relocations(void **state);
void exec_addresses(void **state);
void exec_fences(void **state);
void exec_busy(void **state);
void exec_errors(void **state);
void exec_hang(void **state);

#endif
