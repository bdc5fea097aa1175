// SPDX-License-Identifier: MIT
/* What the GPU executes. The numbers are those of Intel's programmer's reference manuals, volume 2a, "MI_*". */
#include "engine/i915-batch.h"

#include <errno.h>
#include <i915_drm.h>
#include <string.h>
#include <sys/mman.h>

/* A command is its opcode in bits 28:23 and its length in dwords less 2. */
#define MI_COMMAND(opcode, length) (((opcode) << 23) | ((length) > 1 ? (length)-2 : 0))

#define MI_ARB_CHECK		 MI_COMMAND(0x05u, 1)
#define MI_BATCH_BUFFER_END	 MI_COMMAND(0x0au, 1)
#define MI_MATH			 MI_COMMAND(0x1au, 5)
#define MI_LOAD_REGISTER_IMM	 MI_COMMAND(0x22u, 3)
#define MI_STORE_REGISTER_MEM	 MI_COMMAND(0x24u, 4)
#define MI_LOAD_REGISTER_REG	 MI_COMMAND(0x2au, 3)
#define MI_BATCH_BUFFER_START	 MI_COMMAND(0x31u, 3)
#define MI_COND_BATCH_BUFFER_END MI_COMMAND(0x36u, 4)

/* The address is one of the process's address space. */
#define BATCH_PPGTT (1u << 8)
/* Ends the batch if the dword in memory is not above the one in the command. */
#define COND_COMPARE (1u << 21)
/* Generation 11 and later: the ring adds the base of its own registers. */
#define ADD_BASE	(1u << 19)
#define ADD_BASE_SOURCE (1u << 18)

/* Registers of a ring, from its base. The general purpose ones have 64 bits. */
#define CTX_TIMESTAMP 0x3a8
#define GPR(n)	      (0x600 + 8 * (n))
enum { START, NOW };

/* What MI_MATH does: an operation in bits 31:20, its operands in 19:10 and 9:0. */
#define ALU(operation, to, from) (((operation) << 20) | ((to) << 10) | (from))
#define ALU_LOAD		 0x080u
#define ALU_SUB			 0x101u
#define ALU_STORE_INVERTED	 0x580u
#define SRCA			 0x20
#define SRCB			 0x21
#define ACCUMULATOR		 0x31

/* Where in its page the loop keeps for how long it has run: the complement of that, in ticks. */
#define LEFT_AT 2048

struct writer {
	uint32_t *at;
	uint32_t base, add_to, add_from;
};

static void put(struct writer *w, uint32_t dword)
{
	*w->at++ = dword;
}

static void put_address(struct writer *w, uint64_t address)
{
	put(w, (uint32_t)address);
	put(w, (uint32_t)(address >> 32));
}

/* Reads the clock of the context into a register of 64 bits. */
static void put_read_clock(struct writer *w, uint32_t gpr)
{
	put(w, MI_LOAD_REGISTER_IMM | w->add_to);
	put(w, w->base + GPR(gpr) + 4);
	put(w, 0);
	put(w, MI_LOAD_REGISTER_REG | w->add_to | w->add_from);
	put(w, w->base + CTX_TIMESTAMP);
	put(w, w->base + GPR(gpr));
}

void loop_write(uint32_t *page, uint64_t address, uint32_t base, uint32_t ticks)
{
	struct writer w = { page, base, base ? 0 : ADD_BASE, base ? 0 : ADD_BASE_SOURCE };
	uint64_t again;

	put_read_clock(&w, START);
	again = address + (uint64_t)(w.at - page) * sizeof(*page);
	put(&w, MI_ARB_CHECK); /* others may have the ring in between */
	put_read_clock(&w, NOW);
	put(&w, MI_MATH);
	put(&w, ALU(ALU_LOAD, SRCA, NOW));
	put(&w, ALU(ALU_LOAD, SRCB, START));
	put(&w, ALU(ALU_SUB, 0, 0));
	put(&w, ALU(ALU_STORE_INVERTED, NOW, ACCUMULATOR));
	put(&w, MI_STORE_REGISTER_MEM | w.add_to);
	put(&w, w.base + GPR(NOW));
	put_address(&w, address + LEFT_AT);
	/* It may not see the dword just stored yet: then it goes round once more. */
	put(&w, MI_COND_BATCH_BUFFER_END | COND_COMPARE);
	put(&w, ~ticks);
	put_address(&w, address + LEFT_AT);
	put(&w, MI_BATCH_BUFFER_START | BATCH_PPGTT);
	put_address(&w, again);
	put(&w, MI_BATCH_BUFFER_END);
	put(&w, 0);
	page[LEFT_AT / sizeof(*page)] = UINT32_MAX;
	page[LOOP_END_AT / sizeof(*page)] = MI_BATCH_BUFFER_END;
	page[LOOP_END_AT / sizeof(*page) + 1] = 0;
}

uint32_t loop_ran(const uint32_t *page)
{
	/* The GPU has written it. */
	return ~*(const volatile uint32_t *)&page[LEFT_AT / sizeof(*page)];
}

uint32_t loop_base(uint16_t class, uint16_t instance)
{
	static const uint32_t base[][2] = {
		[I915_ENGINE_CLASS_RENDER] = { 0x2000 },
		[I915_ENGINE_CLASS_COPY] = { 0x22000 },
		[I915_ENGINE_CLASS_VIDEO] = { 0x12000, 0x1c000 },
		[I915_ENGINE_CLASS_VIDEO_ENHANCE] = { 0x1a000 },
	};

	return class < sizeof(base) / sizeof(*base) && instance < 2
		       ? base[class][instance]
		       : 0;
}

int noops_make(struct engine *e, uint64_t size)
{
	uint32_t *end;
	void *memory;

	noops_free(e);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	if (memory == MAP_FAILED)
		return -errno;
	e->noops = memory;
	e->noops_size = size;
	end = (uint32_t *)((char *)memory + size - BATCH_MIN);
	*end = MI_BATCH_BUFFER_END; /* MI_NOOP is 0 */
	return 0;
}

void noops_free(struct engine *e)
{
	if (e->noops)
		munmap(e->noops, e->noops_size);
	e->noops = NULL;
	e->noops_size = 0;
}
