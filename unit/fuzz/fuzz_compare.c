// SPDX-License-Identifier: MIT
/*
 * A file of records, whose labels make sets, compared with all that could be refused allowed:
 * whatever the numbers in them are, there is a comparison or a reason why not.
 */
#include "fuzz.h"

#include <errno.h>
#include <json-c/json.h>
#include <sys/mman.h>
#include <unistd.h>

#include "say/say.h"
#include "summary/comparison.h"
#include "system/cleanup.h"

static void check(const struct comparison *c)
{
	json_object *tree = compare_to_json(c);

	MUST(c->sentence && *c->sentence);
	MUST(tree && json_object_to_json_string(tree));
	json_object_put(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct compare_options options = compare_defaults();
	struct comparison c = { 0 };
	struct sets sets;
	char path[32];
	int ret;

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int kind = 0; kind < REFUSAL_KINDS; kind++)
		options.allow[kind] = true;
	sets = compare_sets(&options);
	ret = sets_load(&sets, path);
	MUST(ret >= 0 || ret == -EBADMSG);
	sets_finish(&sets);
	compare_begin(&c, &options, &sets);
	ret = compare(&c);
	if (ret == 0)
		check(&c);
	else
		MUST((ret == -EPERM || ret == -ENODATA || ret == -EINVAL) &&
		     c.refusals.n > 0);
	compare_free(&c);
	sets_free(&sets);
	return 0;
}
