// SPDX-License-Identifier: MIT
#include "fake-batch.h"

#include <math.h>
#include <stddef.h>

#include "streamer.h"
#include "system/units.h"

/* A command takes a microsecond. */
#define COMMANDS_A_SECOND 1e6

#define MI_BATCH_BUFFER_END (0x0au << 23)

static uint32_t *dword_at(void *data, uint64_t address)
{
	const struct fake_batch *batch = data;
	uint64_t offset = address - batch->address;

	return offset + 4 <= batch->size ? (uint32_t *)(void *)(batch->memory + offset)
					 : NULL;
}

/* A row of MI_NOOPs to the end of the object is looked at in two places: it may be of 64 MiB. */
static uint64_t run_noops(const struct fake_batch *batch, const char **broken)
{
	uint64_t end = batch->size - 8, start = batch->start;
	const uint32_t *first = (void *)(batch->memory + start);
	const uint32_t *middle = (void *)(batch->memory + ((start + end) / 2 & ~3ull));
	const uint32_t *last = (void *)(batch->memory + end);

	if (start < end && (*first || *middle))
		*broken = "something between the MI_NOOPs";
	else if (*last != MI_BATCH_BUFFER_END || last[1])
		*broken = "MI_NOOPs without an end";
	return (uint64_t)((double)(end - start) * batch->ns_per_byte);
}

uint64_t fake_batch_run(const struct fake_batch *batch, const char **broken)
{
	struct streamer s = {
		.at = dword_at,
		.data = (void *)batch,
		.base = batch->adds_base ? 0 : batch->base,
		.timestamp = 0xffffff00, /* its 32 bits overflow while a loop runs */
		.ticks_per_command = (uint32_t)ceil(batch->clock_hz / COMMANDS_A_SECOND),
	};
	uint32_t ticks;

	*broken = NULL;
	if (batch->size > 4096)
		return run_noops(batch, broken);
	ticks = streamer_run(&s, batch->address + batch->start);
	if (s.endless)
		return FAKE_FOREVER;
	*broken = s.fault;
	return (uint64_t)(ticks * (double)NSEC_PER_SEC / batch->clock_hz);
}
