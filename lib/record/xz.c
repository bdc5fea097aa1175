// SPDX-License-Identifier: MIT
/* The compression of packs that the command uses. The test does without: it locks all that it links. */
#include "record/pack.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <sys/param.h>

/* Records of a few MiB are alike; the encoder takes 11 times as much memory. */
#define WINDOW_MAX (8U << 20)
/* That the decoder may take; what make_stream() makes needs little more than WINDOW_MAX. */
#define DECODER_MEMORY (64U << 20)

static int make_stream(const char *text, size_t length, unsigned char **stream,
		       size_t *size)
{
	size_t room = lzma_stream_buffer_bound(length);
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &lzma },
				  { LZMA_VLI_UNKNOWN, NULL } };

	*size = 0;
	*stream = malloc(room);
	if (!*stream || lzma_lzma_preset(&lzma, LZMA_PRESET_DEFAULT))
		return -ENOMEM;
	lzma.dict_size = (uint32_t)MAX(MIN(length, WINDOW_MAX), 1U << 16);
	return lzma_stream_buffer_encode(filters, LZMA_CHECK_SHA256, NULL,
					 (const uint8_t *)text, length, *stream, size,
					 room) == LZMA_OK
		       ? 0
		       : -ENOMEM;
}

static const char *text_of(lzma_ret ret)
{
	switch (ret) {
	case LZMA_BUF_ERROR:
		return "it unpacks to more than it says, or is cut";
	case LZMA_MEMLIMIT_ERROR:
		return "unpacking it takes more memory than 64 MiB";
	case LZMA_FORMAT_ERROR:
		return "it holds no .xz stream";
	default:
		return "its .xz stream is damaged";
	}
}

static int unpack(const unsigned char *stream, size_t size, void *text, size_t length,
		  const char **why)
{
	uint64_t memory = DECODER_MEMORY;
	size_t in = 0, out = 0;
	lzma_ret ret = lzma_stream_buffer_decode(&memory, 0, NULL, stream, &in, size,
						 text, &out, length);

	if (ret == LZMA_MEM_ERROR)
		return -ENOMEM;
	*why = ret != LZMA_OK ? text_of(ret) : "it unpacks to another size than it says";
	return ret == LZMA_OK && in == size && out == length ? 0 : -EBADMSG;
}

const struct pack_codec pack_xz = { "xz", make_stream, unpack };
