// SPDX-License-Identifier: MIT
#include "streamer.h"

#include <stddef.h>

/* More than that is taken for a batch that does not end. */
#define MOST_COMMANDS 1000000

#define REGISTERS 16

struct state {
	struct streamer *s;
	uint64_t pc;
	uint64_t gpr[REGISTERS];
	uint64_t a, b, accumulator; /* of the arithmetic unit */
	bool over;
	/* A register on its way to memory. */
	uint32_t *late_to, late_value;
	unsigned int late_until;
};

static void fault(struct state *m, const char *why)
{
	m->s->fault = why;
	m->over = true;
}

static uint32_t *look(struct state *m, uint64_t address)
{
	uint32_t *p = address % 4 ? NULL : m->s->at(m->s->data, address);

	if (!p)
		fault(m, "an address where nothing is bound");
	return p;
}

static uint32_t argument(struct state *m, unsigned int i)
{
	const uint32_t *p = look(m, m->pc + 4ull * i);

	return p ? *p : 0;
}

static uint64_t address_argument(struct state *m, unsigned int i)
{
	return argument(m, i) | (uint64_t)argument(m, i + 1) << 32;
}

/* The half of a general purpose register (0x600 to 0x67f) that is at @offset. */
static bool gpr_of(struct state *m, uint32_t offset, unsigned int *gpr,
		   unsigned int *shift)
{
	*gpr = (offset - 0x600) / 8;
	*shift = offset % 8 * 8;
	if (offset >= 0x600 && *gpr < REGISTERS && offset % 4 == 0)
		return true;
	fault(m, "a register that may not be used");
	return false;
}

/* The register that an argument names, from the base of the ring's. */
static uint32_t register_argument(struct state *m, unsigned int i)
{
	return argument(m, i) - m->s->base;
}

static void set_register(struct state *m, uint32_t offset, uint32_t value)
{
	unsigned int gpr, shift;

	if (gpr_of(m, offset, &gpr, &shift))
		m->gpr[gpr] = (m->gpr[gpr] & ~((uint64_t)UINT32_MAX << shift)) |
			      (uint64_t)value << shift;
}

static uint32_t get_register(struct state *m, uint32_t offset)
{
	unsigned int gpr, shift;

	if (offset == 0x3a8)
		return m->s->timestamp;
	return gpr_of(m, offset, &gpr, &shift) ? (uint32_t)(m->gpr[gpr] >> shift) : 0;
}

static void calculate(struct state *m, uint32_t instruction)
{
	uint32_t op = instruction >> 20, x = instruction >> 10 & 0x3ff;
	uint32_t y = instruction & 0x3ff;

	if (op == 0x080 && x == 0x20 && y < REGISTERS)
		m->a = m->gpr[y];
	else if (op == 0x080 && x == 0x21 && y < REGISTERS)
		m->b = m->gpr[y];
	else if (op == 0x101)
		m->accumulator = m->a - m->b;
	else if (op == 0x580 && x < REGISTERS && y == 0x31)
		m->gpr[x] = ~m->accumulator;
	else
		fault(m, "arithmetic that is not known");
}

static void store(struct state *m, uint64_t address, uint32_t value)
{
	uint32_t *p = look(m, address);

	if (p)
		*p = value;
	m->s->stores++;
}

static void arrive(struct state *m)
{
	if (m->late_to && m->s->commands >= m->late_until) {
		*m->late_to = m->late_value;
		m->late_to = NULL;
	}
}

/* One that is stored before the last has arrived takes its place. */
static void store_register(struct state *m, uint64_t address, uint32_t value)
{
	if (!m->late_to)
		m->late_until = m->s->commands + m->s->late;
	m->late_to = look(m, address);
	m->late_value = value;
	m->s->stores++;
	arrive(m);
}

/* Bits of commands: what is relative to the ring's registers, and the length in dwords less two. */
static bool well_formed(struct state *m, uint32_t header, uint32_t flags, uint32_t length)
{
	if ((header & 0x7fffff) == (flags | length))
		return true;
	fault(m, "a command with wrong flags or a wrong length");
	return false;
}

/* A flag that a command has where the ring adds its own base, and must not have elsewhere. */
static uint32_t relative(const struct state *m, uint32_t flag)
{
	return m->s->base ? 0 : flag;
}

/* Carries out one command. Returns its length in dwords; 0: it jumped. */
static unsigned int step(struct state *m)
{
	uint32_t header = argument(m, 0), length = (header & 0xff) + 2;
	uint64_t to;

	switch (header >> 23) {
	case 0x05: /* MI_ARB_CHECK */
		return 1;
	case 0x0a: /* MI_BATCH_BUFFER_END */
		m->over = true;
		return 1;
	case 0x1a: /* MI_MATH */
		for (unsigned int i = 1; i < length && !m->over; i++)
			calculate(m, argument(m, i));
		return length;
	case 0x20: /* MI_STORE_DATA_IMM */
		if (well_formed(m, header, 0, 2))
			store(m, address_argument(m, 1), argument(m, 3));
		return 4;
	case 0x22: /* MI_LOAD_REGISTER_IMM */
		if (well_formed(m, header, relative(m, 1u << 19), 1))
			set_register(m, register_argument(m, 1), argument(m, 2));
		return 3;
	case 0x24: /* MI_STORE_REGISTER_MEM */
		if (well_formed(m, header, relative(m, 1u << 19), 2))
			store_register(m, address_argument(m, 2),
				       get_register(m, register_argument(m, 1)));
		return 4;
	case 0x2a: /* MI_LOAD_REGISTER_REG */
		if (well_formed(m, header, relative(m, 3u << 18), 1))
			set_register(m, register_argument(m, 2),
				     get_register(m, register_argument(m, 1)));
		return 3;
	case 0x31: /* MI_BATCH_BUFFER_START */
		if (!well_formed(m, header, 1u << 8, 1))
			return 3;
		to = address_argument(m, 1);
		m->pc = to;
		return 0;
	case 0x36: { /* MI_COND_BATCH_BUFFER_END */
		const uint32_t *p = look(m, address_argument(m, 2));

		if (well_formed(m, header, 1u << 21, 2) && p && *p <= argument(m, 1))
			m->over = true;
		return 4;
	}
	default:
		fault(m, "a command that is not known");
		return 1;
	}
}

uint32_t streamer_run(struct streamer *s, uint64_t address)
{
	struct state m = { .s = s, .pc = address };
	uint32_t start = s->timestamp;

	s->commands = s->stores = 0;
	s->endless = false;
	s->fault = NULL;
	while (!m.over) {
		m.pc += 4ull * step(&m);
		arrive(&m);
		s->timestamp += s->ticks_per_command;
		if (++s->commands == MOST_COMMANDS) {
			fault(&m, "a batch that does not end");
			s->endless = true;
		}
	}
	return s->timestamp - start;
}
