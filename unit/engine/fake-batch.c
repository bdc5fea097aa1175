// SPDX-License-Identifier: MIT
#include "fake-batch.h"

#include <stddef.h>
#include <string.h>

#include "system/units.h"

#define COMMAND_NS (1 * NSEC_PER_USEC)
#define ENDLESS_NS (10 * NSEC_PER_SEC)

#define GPRS 16

struct streamer {
	const struct fake_batch *batch;
	const char *broken;
	uint64_t at; /* in the object */
	double ns;
	uint64_t gpr[GPRS], srca, srcb, accumulator;
	bool ended;
};

/* So that the clock's 32 bits overflow while a loop runs. */
#define CLOCK_START 0xffffff00u

static uint32_t clock_now(const struct streamer *s)
{
	return (uint32_t)(CLOCK_START + (uint64_t)(s->ns * s->batch->clock_hz / 1e9));
}

static void fail(struct streamer *s, const char *why)
{
	if (!s->broken)
		s->broken = why;
}

static uint32_t *dword_at(struct streamer *s, uint64_t offset)
{
	static uint32_t nothing;

	if (offset % 4 == 0 && offset + 4 <= s->batch->size)
		return (uint32_t *)(void *)(s->batch->memory + offset);
	fail(s, "outside of the batch's object");
	return &nothing;
}

static uint32_t next(struct streamer *s)
{
	uint32_t dword = *dword_at(s, s->at);

	s->at += 4;
	return dword;
}

/* The offset in the object of an address of 64 bits. */
static uint64_t next_address(struct streamer *s)
{
	uint64_t address = next(s);

	address |= (uint64_t)next(s) << 32;
	if (address < s->batch->address)
		fail(s, "an address below the batch's object");
	return address - s->batch->address;
}

/* The register that the next dword names, from the base of the ring's. */
static uint32_t next_register(struct streamer *s, bool relative)
{
	uint32_t reg = next(s);

	if (relative != s->batch->adds_base)
		fail(s, "a register from the wrong base");
	return relative ? reg : reg - s->batch->base;
}

/* Writes one half of a general purpose register. */
static void write_register(struct streamer *s, uint32_t reg, uint32_t value)
{
	uint32_t n = (reg - 0x600) / 8, shift = reg % 8 * 8;

	if (reg < 0x600 || n >= GPRS || reg % 4) {
		fail(s, "writes to a register that is none of the general purpose ones");
		return;
	}
	s->gpr[n] &= ~(0xffffffffull << shift);
	s->gpr[n] |= (uint64_t)value << shift;
}

static uint32_t read_register(struct streamer *s, uint32_t reg)
{
	uint32_t n = (reg - 0x600) / 8;

	if (reg == 0x3a8)
		return clock_now(s);
	if (reg >= 0x600 && n < GPRS && reg % 4 == 0)
		return (uint32_t)(s->gpr[n] >> reg % 8 * 8);
	fail(s, "reads a register that is not known");
	return 0;
}

static void compute(struct streamer *s, uint32_t alu)
{
	uint32_t to = alu >> 10 & 0x3ff, from = alu & 0x3ff;

	if (alu >> 20 == 0x080 && to == 0x20 && from < GPRS)
		s->srca = s->gpr[from];
	else if (alu >> 20 == 0x080 && to == 0x21 && from < GPRS)
		s->srcb = s->gpr[from];
	else if (alu >> 20 == 0x101)
		s->accumulator = s->srca - s->srcb;
	else if (alu >> 20 == 0x580 && to < GPRS && from == 0x31)
		s->gpr[to] = ~s->accumulator;
	else
		fail(s, "an operation of MI_MATH that is not known");
}

/* A row of MI_NOOPs to the end of the object is looked at in one place more: it may be of 64 MiB. */
static void skip_noops(struct streamer *s)
{
	uint64_t end = s->batch->size - 8;

	if (*dword_at(s, (s->at + (end - s->at) / 2) & ~3ull))
		fail(s, "something between the MI_NOOPs");
	s->ns += (double)(end - s->at) * s->batch->ns_per_byte;
	s->at = end;
}

static void conditional_end(struct streamer *s, uint32_t command)
{
	uint32_t compare = next(s);
	uint64_t at = next_address(s);

	if (!(command & 1u << 21))
		fail(s, "MI_COND_BATCH_BUFFER_END without a comparison");
	s->ended = *dword_at(s, at) <= compare;
}

/* Opcode and length of a command: what is neither must be a flag that it has. */
static void execute(struct streamer *s, uint32_t command)
{
	uint32_t reg, flags = command & ~(0x3fu << 23);

	switch (command >> 23) {
	case 0x05: /* MI_ARB_CHECK */
		break;
	case 0x0a: /* MI_BATCH_BUFFER_END */
		s->ended = true;
		break;
	case 0x1a: /* MI_MATH */
		for (uint32_t n = 0; n <= flags; n++)
			compute(s, next(s));
		break;
	case 0x22: /* MI_LOAD_REGISTER_IMM */
		if ((flags & ~(1u << 19)) != 1)
			fail(s, "MI_LOAD_REGISTER_IMM of a wrong length");
		reg = next_register(s, flags & 1u << 19);
		write_register(s, reg, next(s));
		break;
	case 0x24: /* MI_STORE_REGISTER_MEM */
		if ((flags & ~(1u << 19)) != 2)
			fail(s, "MI_STORE_REGISTER_MEM of a wrong length");
		reg = next_register(s, flags & 1u << 19);
		*dword_at(s, next_address(s)) = read_register(s, reg);
		break;
	case 0x2a: /* MI_LOAD_REGISTER_REG */
		if ((flags & ~(3u << 18)) != 1)
			fail(s, "MI_LOAD_REGISTER_REG of a wrong length");
		reg = read_register(s, next_register(s, flags & 1u << 18));
		write_register(s, next_register(s, flags & 1u << 19), reg);
		break;
	case 0x31: /* MI_BATCH_BUFFER_START */
		if (flags != (1u << 8 | 1))
			fail(s, "MI_BATCH_BUFFER_START not into the process's addresses");
		s->at = next_address(s);
		break;
	case 0x36: /* MI_COND_BATCH_BUFFER_END */
		if ((flags & ~(1u << 21)) != 2)
			fail(s, "MI_COND_BATCH_BUFFER_END of a wrong length");
		conditional_end(s, command);
		break;
	default:
		fail(s, "a command that is not known");
	}
}

uint64_t fake_batch_run(const struct fake_batch *batch, const char **broken)
{
	struct streamer s = { .batch = batch, .at = batch->start };

	while (!s.ended && !s.broken && s.ns < ENDLESS_NS) {
		uint32_t command = next(&s);

		if (command) {
			s.ns += batch->size > 4096 ? 0 : COMMAND_NS;
			execute(&s, command);
		} else if (batch->size - s.at >= 8 && batch->size > 4096) {
			skip_noops(&s);
		}
	}
	*broken = s.broken;
	return s.ns < ENDLESS_NS ? (uint64_t)s.ns : FAKE_FOREVER;
}
