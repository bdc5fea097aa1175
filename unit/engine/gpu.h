/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_GPU_H
#define PINLAT_UNIT_ENGINE_GPU_H

/* A fake GPU with a device node, memory for objects, and an engine on them. */

#include "engine/engine.h"

struct gpu {
	struct engine_config config;
	struct engine_progress progress;
	struct engine *engine;
	size_t objects;
	struct object *object;
	struct random_state random;
	char why[300];
};

/* For cmocka: a directory with the node of a Geminilake, made before each test and removed after it. */
int gpu_setup(void **state);
int gpu_teardown(void **state);

/* Path of a file in that directory; good until the next call. */
const char *gpu_path(const char *name);

/* Writes @text to a file in it. */
void gpu_write(const char *name, const char *text);

/* Maps @objects objects of 64 KiB. They go with gpu_teardown(). */
struct gpu *gpu_objects(size_t objects);

/* Opens the engine. Returns 0, or -errno and why. */
int gpu_open(struct gpu *g);

/* Opens it and pins them all. Returns 0, or -errno and why. */
int gpu_start(struct gpu *g);

/* Submits @n requests, one a lane in turn. Returns 0 or -errno. */
int gpu_work(struct gpu *g, unsigned int n);

/* Idle, unpin, close; checks that nothing of it is left, and that no rule of the uAPI was broken. */
void gpu_close(struct gpu *g);

#endif
