// SPDX-License-Identifier: MIT
#include "engine/loop.h"

/*
 * Commands of the command streamer: Intel's Programmer's Reference Manuals, "Command Reference:
 * Instructions" (Tiger Lake: volume 2a). A length is in dwords, less two.
 */
#define MI(opcode)	      ((uint32_t)(opcode) << 23)
#define MI_ARB_CHECK	      MI(0x05)
#define MI_BATCH_BUFFER_END   MI(0x0a)
#define MI_MATH		      MI(0x1a)
#define MI_STORE_DATA_IMM     (MI(0x20) | 2)
#define MI_LOAD_REGISTER_IMM  (MI(0x22) | 1)
#define MI_STORE_REGISTER_MEM (MI(0x24) | 2)
#define MI_LOAD_REGISTER_REG  (MI(0x2a) | 1)
#define MI_BATCH_BUFFER_START                                                            \
	(MI(0x31) | 1 << 8 | 1) /* in the address space of the context */
#define MI_COND_BATCH_BUFFER_END (MI(0x36) | 1 << 21 | 2) /* unless memory > the dword */

/* Generation 11 and later: the ring adds the base of its own registers. */
#define ADD_BASE	(1u << 19)
#define ADD_BASE_SOURCE (1u << 18)

/* Among a ring's registers. */
#define CTX_TIMESTAMP 0x3a8u
#define GPR(n)	      (0x600u + 8 * (n))

/* Of MI_MATH: operation and operands. */
#define ALU(op, a, b) ((uint32_t)(op) << 20 | (uint32_t)(a) << 10 | (uint32_t)(b))
#define LOAD	      0x080
#define SUBTRACT      0x101
#define STORE_INVERSE 0x580
#define SOURCE_A      0x20
#define SOURCE_B      0x21
#define ACCUMULATOR   0x31

enum { START, NOW };

/* Dwords of the page that the batch writes: what has passed, inverted; and what nobody reads. */
#define PASSED	512
#define NOBODY	528
#define NOTHING UINT32_MAX

/* So many writes between one and the read of what it has written: IGT's number. */
#define POSTING 8

struct writer {
	uint32_t *page;
	unsigned int n;
	uint64_t address;
	uint32_t base, add, add_source;
};

static void put(struct writer *w, uint32_t dword)
{
	w->page[w->n++] = dword;
}

static void put_address(struct writer *w, unsigned int dword)
{
	uint64_t address = w->address + dword * sizeof(uint32_t);

	put(w, (uint32_t)address);
	put(w, (uint32_t)(address >> 32));
}

static void store(struct writer *w, unsigned int dword, uint32_t value)
{
	put(w, MI_STORE_DATA_IMM);
	put_address(w, dword);
	put(w, value);
}

/* The timestamp has 32 bits, a register 64. */
static void read_timestamp(struct writer *w, unsigned int gpr)
{
	put(w, MI_LOAD_REGISTER_IMM | w->add);
	put(w, w->base + GPR(gpr) + 4);
	put(w, 0);
	put(w, MI_LOAD_REGISTER_REG | w->add | w->add_source);
	put(w, w->base + CTX_TIMESTAMP);
	put(w, w->base + GPR(gpr));
}

/* Inverted, because a batch ends unless what is in memory is greater. */
static void subtract(struct writer *w)
{
	put(w, MI_MATH | (4 - 1));
	put(w, ALU(LOAD, SOURCE_A, NOW));
	put(w, ALU(LOAD, SOURCE_B, START));
	put(w, ALU(SUBTRACT, 0, 0));
	put(w, ALU(STORE_INVERSE, NOW, ACCUMULATOR));
}

unsigned int loop_write(uint32_t *page, uint64_t address, uint32_t base, uint32_t ticks)
{
	struct writer w = { .page = page,
			    .address = address,
			    .base = base,
			    .add = base ? 0 : ADD_BASE,
			    .add_source = base ? 0 : ADD_BASE_SOURCE };
	unsigned int loop;

	page[PASSED] = NOTHING;
	page[LOOP_END_AT / sizeof(*page)] = MI_BATCH_BUFFER_END;
	page[LOOP_END_AT / sizeof(*page) + 1] =
		0; /* MI_NOOP: a batch is whole pairs of dwords */
	/* What the last request left there would end this one, should it be read too early. */
	store(&w, PASSED, NOTHING);
	read_timestamp(&w, START);
	loop = w.n;
	put(&w, MI_ARB_CHECK); /* others may have their turn */
	read_timestamp(&w, NOW);
	subtract(&w);
	put(&w, MI_STORE_REGISTER_MEM | w.add);
	put(&w, w.base + GPR(NOW));
	put_address(&w, PASSED);
	for (int i = 0; i < POSTING; i++)
		store(&w, NOBODY, 0);
	put(&w, MI_COND_BATCH_BUFFER_END);
	put(&w, ~ticks);
	put_address(&w, PASSED);
	put(&w, MI_BATCH_BUFFER_START);
	put_address(&w, loop);
	put(&w, MI_BATCH_BUFFER_END); /* never reached: it is for who decodes a batch */
	return w.n;
}

uint32_t loop_ran(const uint32_t *page)
{
	return ~((const volatile uint32_t *)page)[PASSED]; /* the GPU has written it */
}
