// SPDX-License-Identifier: GPL-2.0
/*
 * How long a batch is. None is executed: its commands are counted, up to the one that
 * ends it, and each takes as long as it is.
 */

#include <linux/slab.h>
#include <linux/string.h>

#include "execbuf.h"
#include "object.h"
#include "params.h"

/* Intel's programmer's reference manuals, "Memory Interface Commands". */
#define MI_OPCODE(command)    ((command) >> 23 & 0x3f)
#define MI_BATCH_BUFFER_END   0x0a
#define MI_BATCH_BUFFER_START 0x31
/* Below this opcode a command is one dword, and has no length in it. */
#define MI_FIRST_WITH_LENGTH 0x10

/* The client that a command is for: bits 31:29. */
#define CLIENT(command) ((command) >> 29)
#define CLIENT_MI	0
#define CLIENT_2D	2
#define CLIENT_3D	3

/* Read at a time. */
#define WINDOW (PAGE_SIZE / sizeof(u32))

struct reader {
	struct mock_object *obj;
	u32 *window;
	u64 start, end; /* of what is in the window, in bytes */
};

/* The dword at @offset, in *@value. 0 or -errno. */
static int read_dword(struct reader *r, u64 offset, u32 *value)
{
	if (offset < r->start || offset >= r->end) {
		u64 length = min_t(u64, PAGE_SIZE, r->obj->base.size - offset);
		int ret = mock_object_read(r->obj, offset, r->window, length);

		if (ret)
			return ret;
		r->start = offset;
		r->end = offset + length;
	}
	*value = r->window[(offset - r->start) / sizeof(u32)];
	return 0;
}

/* How many dwords from here on are nothing but MI_NOOP, in the window at least. */
static u64 noops(const struct reader *r, u64 offset)
{
	const char *from = (const char *)r->window + (offset - r->start);
	const char *other = memchr_inv(from, 0, r->end - offset);

	return other ? (other - from) / sizeof(u32) : (r->end - offset) / sizeof(u32);
}

static unsigned int length_of(u32 command)
{
	switch (CLIENT(command)) {
	case CLIENT_MI:
		return MI_OPCODE(command) < MI_FIRST_WITH_LENGTH ? 1
								 : (command & 0xff) + 2;
	case CLIENT_2D:
	case CLIENT_3D:
		return (command & 0xff) + 2;
	}
	return 1;
}

static bool ends(u32 command)
{
	if (CLIENT(command) != CLIENT_MI)
		return false;
	/* Where a batch goes on in another is not followed. */
	return MI_OPCODE(command) == MI_BATCH_BUFFER_END ||
	       MI_OPCODE(command) == MI_BATCH_BUFFER_START;
}

/* Offset of the end of the batch at @offset; the object's size if it has none; -errno. */
static s64 find_end(struct reader *r, u64 offset)
{
	u64 size = r->obj->base.size;
	u32 command;

	while (offset < size) {
		int ret = read_dword(r, offset, &command);

		if (ret)
			return ret;
		if (!command) {
			offset += noops(r, offset) * sizeof(u32);
			continue;
		}
		if (ends(command))
			return offset;
		offset += length_of(command) * sizeof(u32);
		cond_resched();
	}
	return size;
}

/*
 * Looking through some MiB of MI_NOOPs takes the CPU longer than the GPU is to take. So
 * where the last batch of the object ended is looked at first: that this one, which begins
 * in front of it, ends there too is wrong only if another end was written in between.
 */
static s64 find_end_cached(struct reader *r, u64 offset)
{
	u64 cached = READ_ONCE(r->obj->batch_end);
	u32 command;
	s64 end;

	if (cached >= offset && cached < r->obj->base.size) {
		int ret = read_dword(r, cached, &command);

		if (ret)
			return ret;
		if (ends(command))
			return cached;
	}
	end = find_end(r, offset);
	if (end > 0)
		WRITE_ONCE(r->obj->batch_end, end);
	return end;
}

s64 mock_batch_ns(struct mock_execbuf *eb, bool *endless)
{
	u64 fixed_ns = (u64)READ_ONCE(mock_batch_us) * NSEC_PER_USEC;
	u64 start = eb->args->batch_start_offset;
	struct reader r = { .obj = eb->address[mock_batch_index(eb->args)].obj };
	s64 end;

	*endless = false;
	if (fixed_ns)
		return fixed_ns;
	r.window = kmalloc_array(WINDOW, sizeof(u32), GFP_KERNEL);
	if (!r.window)
		return -ENOMEM;
	end = find_end_cached(&r, start);
	kfree(r.window);
	if (end < 0)
		return end;
	*endless = end == r.obj->base.size;
	return div_u64((end - start) / sizeof(u32) * READ_ONCE(mock_dword_ps), 1000);
}
