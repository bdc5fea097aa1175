// SPDX-License-Identifier: GPL-2.0
/*
 * Batches of the mock GPU: what they store is stored where the driver's page tables
 * say. That is MI_STORE_DATA_IMM; jumps and conditional ends are followed; all else,
 * registers, blits and shaders, is passed over. A batch that looks at a timestamp in a
 * loop would never see it move, so there the loop ends: its time is the job's.
 */

#include <linux/mm.h>

#include <drm/drm_print.h>

#include "instructions/xe_mi_commands.h"
#include "regs/xe_engine_regs.h"
#include "regs/xe_gtt_defs.h"
#include "xe_bo.h"
#include "xe_mock.h"
#include "xe_pt_types.h"
#include "xe_vm_types.h"

#define MI_COND_BATCH_BUFFER_END __MI_INSTR(0x36)
#define MI_COND_OP		 REG_GENMASK(14, 12)
#define MI_LOAD_REGISTER_REG	 __MI_INSTR(0x2a)

/* What has no single dword begins here */
#define MI_FIRST_LONG __MI_INSTR(0x10)

/* A batch that is longer goes on for ever. */
#define MOST_COMMANDS SZ_16K

/* What null mappings read, and where what is written to them goes */
static u64 null_page[512], sink_page[512];

/* What the GPU sees at @addr: the page tables are walked as it would. */
static void *walk(struct xe_vm *vm, u64 addr, bool write)
{
	struct xe_pt *root = vm->pt_root[0];
	u64 *table = root->bo->vmap.vaddr;
	int level;

	for (level = root->level; level >= 0; level--) {
		const unsigned int shift = XE_PTE_SHIFT + XE_PDE_SHIFT * level;
		const u64 entry = READ_ONCE(table[(addr >> shift) & XE_PDE_MASK]);
		u64 phys = entry & GENMASK_ULL(45, XE_PTE_SHIFT);

		if (!(entry & XE_PAGE_PRESENT) || (write && !(entry & XE_PAGE_RW)))
			break;
		if (entry & XE_PTE_NULL)
			return (void *)(write ? sink_page : null_page) + (addr & XE_PTE_MASK);

		if (!level || entry & XE_PDE_PS_2M) {
			const u64 mask = BIT_ULL(shift) - 1;

			phys = (phys & ~mask) | (addr & mask);
			if (!pfn_valid(PHYS_PFN(phys)))
				break;
			return phys_to_virt(phys);
		}

		if (!pfn_valid(PHYS_PFN(phys)))
			break;
		table = phys_to_virt(phys);
	}

	xe_mock_count(XE_MOCK_FAULTS);
	drm_dbg(&vm->xe->drm, "mock: fault at 0x%llx (%s), level %d\n", addr,
		write ? "write" : "read", level);
	return NULL;
}

static bool load(struct xe_vm *vm, u64 addr, u32 *value)
{
	u32 *from = walk(vm, addr & GENMASK_ULL(47, 2), false);

	if (!from)
		return false;
	*value = READ_ONCE(*from);
	return true;
}

static bool store(struct xe_vm *vm, u64 addr, u32 value)
{
	u32 *to = walk(vm, addr & GENMASK_ULL(47, 2), true);

	if (!to)
		return false;
	WRITE_ONCE(*to, value);
	return true;
}

/* Whether the batch goes on, as @in_memory compares so with @value */
static bool goes_on(u32 header, u32 in_memory, u32 value)
{
	switch (REG_FIELD_GET(MI_COND_OP, header)) {
	case 0:
		return in_memory > value;
	case 1:
		return in_memory >= value;
	case 2:
		return in_memory < value;
	case 3:
		return in_memory <= value;
	case 4:
		return in_memory == value;
	default:
		return in_memory != value;
	}
}

/* How many dwords a command has. */
static u32 length_of(u32 header)
{
	if (header >> 29) /* not MI_ */
		return (header & 0xff) + 2;
	if ((header & MI_OPCODE) < MI_FIRST_LONG)
		return 1;
	if ((header & MI_OPCODE) == MI_STORE_DATA_IMM)
		return (header & MI_SDI_LEN_DW) + 2;
	return (header & 0xff) + 2;
}

static bool store_data(struct xe_vm *vm, u64 addr, const u32 *dw, u32 length)
{
	u64 to = dw[1] | (u64)dw[2] << 32;
	u32 value, i;

	if (dw[0] & MI_SDI_GGTT)
		return true;

	for (i = 3; i < length; i++, to += sizeof(value))
		if (!load(vm, addr + i * sizeof(value), &value) || !store(vm, to, value))
			return false;

	xe_mock_count(XE_MOCK_STORES);
	return true;
}

/* Whether the register is a timestamp, of whichever engine */
static bool is_timestamp(u32 reg)
{
	reg &= GENMASK(11, 2);
	return reg == RING_TIMESTAMP(0).addr || reg == RING_CTX_TIMESTAMP(0).addr;
}

/* Carries out the batch at @addr, whose time is over. */
enum xe_mock_end xe_mock_batch(struct xe_vm *vm, u64 addr)
{
	u32 dw[4], value, length, n, i;
	bool timed = false;
	u64 to;

	addr &= GENMASK_ULL(47, 2);
	for (n = 0; n < MOST_COMMANDS; n++) {
		if (!load(vm, addr, &dw[0]))
			return XE_MOCK_FAULTED;
		length = length_of(dw[0]);

		switch (dw[0] >> 29 ? 0 : dw[0] & MI_OPCODE) {
		case MI_BATCH_BUFFER_END:
			return XE_MOCK_OVER;
		case MI_STORE_DATA_IMM:
		case MI_COND_BATCH_BUFFER_END:
		case MI_BATCH_BUFFER_START:
		case MI_LOAD_REGISTER_REG:
		case MI_STORE_REGISTER_MEM & MI_OPCODE:
			break;
		default:
			addr += length * sizeof(*dw);
			continue;
		}

		for (i = 1; i < min_t(u32, length, ARRAY_SIZE(dw)); i++)
			if (!load(vm, addr + i * sizeof(*dw), &dw[i]))
				return XE_MOCK_FAULTED;

		switch (dw[0] & MI_OPCODE) {
		case MI_STORE_DATA_IMM:
			if (!store_data(vm, addr, dw, length))
				return XE_MOCK_FAULTED;
			break;
		case MI_COND_BATCH_BUFFER_END:
			if (!load(vm, dw[2] | (u64)dw[3] << 32, &value))
				return XE_MOCK_FAULTED;
			if (!goes_on(dw[0], value, dw[1]))
				return XE_MOCK_OVER;
			break;
		case MI_BATCH_BUFFER_START:
			to = (dw[1] | (u64)dw[2] << 32) & GENMASK_ULL(47, 2);
			if (to <= addr)
				return timed ? XE_MOCK_OVER : XE_MOCK_WAITS;
			addr = to;
			continue;
		default: /* they read a register */
			timed |= is_timestamp(dw[1]);
			break;
		}
		addr += length * sizeof(*dw);
	}

	return XE_MOCK_WAITS;
}

/* The write of a user fence behind a batch. */
enum xe_mock_end xe_mock_store(struct xe_vm *vm, u64 addr, u64 value)
{
	if (!store(vm, addr, lower_32_bits(value)) || !store(vm, addr + 4, upper_32_bits(value)))
		return XE_MOCK_FAULTED;
	return XE_MOCK_OVER;
}
