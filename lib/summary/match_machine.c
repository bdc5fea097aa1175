// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"
#include "system/units.h"

/* Facts without which two sets are not compared. */
static const struct {
	const char *path;
	enum refusal_kind kind;
	const char *what;
} required[] = {
	{ "virtual", REFUSE_VIRTUAL, "real hardware and a virtual machine" },
	{ "memory.total", REFUSE_MEMORY, "different sizes of memory" },
	{ "device.vendor", REFUSE_DEVICE, "different devices" },
	{ "device.device", REFUSE_DEVICE, "different devices" },
	{ "device.revision", REFUSE_DEVICE, "different revisions of the device" },
	{ "device.name", REFUSE_DEVICE, "different devices" },
};

/* A required fact for people, malloc()ed. */
static char *required_text(const char *path, const char *text)
{
	char size[32];

	if (strcmp(path, "virtual") == 0)
		return strdup(strcmp(text, "true") == 0 ? "virtual" : "real");
	if (strcmp(path, "memory.total") == 0)
		text = format_size(strtoull(text, NULL, 10), size, sizeof(size));
	return text_plain(text, 60);
}

/* Returns 1 if it spoke up, 0 if not, -ENOMEM. */
static int check_required(struct comparison *c, size_t s, size_t i)
{
	const char *path = required[i].path;
	const char *a = set_fact(c->set[0], path), *b = set_fact(c->set[s], path);
	_cleanup_free_ char *x = required_text(path, a), *y = required_text(path, b);

	if (!x || !y)
		return -ENOMEM;
	if (!*a || !*b || !fact_differs(path, a, b))
		return 0;
	return _refuse(c, required[i].kind, "%s and %s have %s: %s against %s",
		       c->set[0]->name, c->set[s]->name, required[i].what, x, y) < 0
		       ? -ENOMEM
		       : 1;
}

/* Within one set too, runs must be of one machine. */
static int check_mixture(struct comparison *c, size_t s, size_t i)
{
	if (!text_list_has(&c->set[s]->differing, required[i].path))
		return 0;
	return _refuse(c, required[i].kind,
		       "the runs of %s have %s among themselves (%s)", c->set[s]->name,
		       required[i].what, required[i].path);
}

static int add_difference(struct comparison *c, size_t s, const char *path, const char *a,
			  const char *b)
{
	struct difference *longer;

	if (!fact_differs(path, a, b))
		return 0;
	longer = realloc(c->difference, (c->differences + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	c->difference = longer;
	c->difference[c->differences++] = (struct difference){ s, path, a, b };
	return 0;
}

/* All in which the facts of set @s differ from the base's, in the order of their paths. */
static int find_differences(struct comparison *c, size_t s)
{
	const struct fact_list *a = &c->set[0]->facts, *b = &c->set[s]->facts;
	size_t i = 0, j = 0;
	int ret = 0;

	while (ret == 0 && (i < a->n || j < b->n)) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: strcmp(a->fact[i].path, b->fact[j].path);
		const char *path = order <= 0 ? a->fact[i].path : b->fact[j].path;

		ret = add_difference(c, s, path, order <= 0 ? a->fact[i].text : "",
				     order >= 0 ? b->fact[j].text : "");
		i += order <= 0;
		j += order >= 0;
	}
	return ret;
}

int _match_machines(struct comparison *c)
{
	const size_t n = sizeof(required) / sizeof(*required);
	int ret = 0;

	for (size_t s = 0; s < c->sets && ret == 0; s++) {
		bool device_said = false;

		for (size_t i = 0; i < n && ret == 0; i++)
			ret = check_mixture(c, s, i);
		for (size_t i = 0; s > 0 && i < n && ret == 0; i++) {
			bool device = required[i].kind == REFUSE_DEVICE;

			/* Another device differs in more than one fact: one is said. */
			if (device && device_said)
				continue;
			ret = check_required(c, s, i);
			device_said |= device && ret > 0;
			ret = ret > 0 ? 0 : ret;
		}
		ret = ret ? ret : s > 0 ? find_differences(c, s) : 0;
	}
	return ret;
}
