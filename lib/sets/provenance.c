// SPDX-License-Identifier: MIT
#include "sets/provenance.h"

#include <stdio.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* Characters of one name. */
#define NAME_SHOWN 64

/* All that the runs have of each, every one once. */
struct provenance {
	size_t told, mocked;	 /* environments, and those whose device is a mock */
	struct text_list driver; /* of the mocks */
	struct text_list machine, engine, walker, arena;
};

static void provenance_free(struct provenance *p)
{
	text_list_free(&p->driver);
	text_list_free(&p->machine);
	text_list_free(&p->engine);
	text_list_free(&p->walker);
	text_list_free(&p->arena);
}

static void add(struct text_list *list, const char *text)
{
	CLEANUP_FREE char *plain = text_plain(text, NAME_SHOWN);

	if (*plain && !text_list_has(list, plain))
		text_list_add(list, "%s", plain);
}

static void add_machine(struct text_list *list, const struct fact_list *facts)
{
	const char *is_virtual = facts_find(facts, "virtual");
	const char *hypervisor = facts_find(facts, "hypervisor");
	CLEANUP_FREE char *named = xasprintf("virtual machine (%s)", hypervisor);

	if (!*is_virtual)
		add(list, "machine unknown");
	else if (strcmp(is_virtual, "true") != 0)
		add(list, "real hardware");
	else if (strcmp(hypervisor, "qemu-tcg") == 0)
		add(list, "emulated (QEMU TCG)");
	else
		add(list, *hypervisor ? named : "virtual machine");
}

static void add_facts(struct provenance *p, const struct fact_list *facts)
{
	p->told++;
	if (strcmp(facts_find(facts, "device.mock"), "true") == 0) {
		p->mocked++;
		add(&p->driver, facts_find(facts, "device.driver"));
	}
	add_machine(&p->machine, facts);
}

static void add_config(struct provenance *p, const struct record_config *config)
{
	CLEANUP_FREE char *walker = walker_name(config->walker);
	char engine[2 * NAME_SHOWN];

	if (*config->engine)
		add(&p->engine, engine_text(config->engine, engine, sizeof(engine)));
	if (strcmp(walker, "none") != 0)
		add(&p->walker, walker);
	add(&p->arena, config->arena);
}

/* "walker loop and tree:/usr", or that there is none. */
static void add_part(struct text_list *parts, const char *what,
		     const struct text_list *list, const char *none)
{
	CLEANUP_FREE char *joined = text_list_join(list, " and ");

	text_list_add(parts, "%s %s", what, list->n ? joined : none);
}

static void add_parts(struct text_list *parts, const struct provenance *p)
{
	CLEANUP_FREE char *driver = text_list_join(&p->driver, " and ");
	CLEANUP_FREE char *machine = text_list_join(&p->machine, " and ");

	if (p->mocked > 0)
		text_list_add(parts, "MOCK GPU%s%s%s%s", *driver ? " (" : "", driver,
			      *driver ? ")" : "",
			      p->mocked < p->told ? " in some of the runs" : "");
	text_list_add(parts, "%s", machine);
	add_part(parts, "engine", &p->engine, "none");
	add_part(parts, "walker", &p->walker, "none");
	add_part(parts, "arena", &p->arena, "unknown");
}

static char *line_of(const struct provenance *p)
{
	CLEANUP(text_list_free) struct text_list parts = { 0 };

	add_parts(&parts, p);
	return text_list_join(&parts, ", ");
}

static void add_sets(struct provenance *p, const struct set *const *set, size_t n)
{
	for (size_t s = 0; s < n; s++) {
		add_facts(p, &set[s]->facts);
		p->told += text_list_has(&set[s]->differing, "device.mock");
		for (size_t i = 0; i < set[s]->cells; i++)
			add_config(p, &set[s]->cell[i].config);
	}
}

char *provenance_of_sets(const struct set *const *set, size_t n)
{
	CLEANUP(provenance_free) struct provenance p = { 0 };

	add_sets(&p, set, n);
	return line_of(&p);
}

void provenance_parts(struct text_list *parts, const struct set *const *set, size_t n)
{
	CLEANUP(provenance_free) struct provenance p = { 0 };

	add_sets(&p, set, n);
	add_parts(parts, &p);
}

bool provenance_is_caution(const char *part)
{
	static const char *const caution[] = { "MOCK GPU", "emulated", "virtual machine",
					       "machine unknown", "no GPU" };

	for (size_t i = 0; i < sizeof(caution) / sizeof(*caution); i++)
		if (strstr(part, caution[i]))
			return true;
	return false;
}

char *provenance_of_cell(const struct fact_list *facts, const struct cell *cell)
{
	CLEANUP(provenance_free) struct provenance p = { 0 };

	add_facts(&p, facts);
	add_config(&p, &cell->config);
	return line_of(&p);
}

char *provenance_of_record(const struct record *r)
{
	CLEANUP(provenance_free) struct provenance p = { 0 };
	CLEANUP(facts_free) struct fact_list facts = facts_of_record(r);

	add_facts(&p, &facts);
	add_config(&p, &r->config);
	return line_of(&p);
}

const char *engine_text(const char *engine, char *buf, size_t size)
{
	CLEANUP_FREE char *plain = text_plain(*engine ? engine : "none", NAME_SHOWN);

	snprintf(buf, size, "%s%s", plain,
		 strcmp(engine, "uring") == 0 ? " (io_uring, no GPU)"
		 : strcmp(engine, "xe") == 0
			 ? " (not pinned: reclaim unmaps it and waits for the GPU)"
			 : "");
	return buf;
}

char *walker_name(const char *walker)
{
	size_t kind = strcspn(walker, ":");
	bool tree = kind == strlen("tree") && strncmp(walker, "tree", kind) == 0;
	CLEANUP_FREE char *name = tree ? xstrdup(walker) : xstrndup(walker, kind);

	return text_plain(*name ? name : "none", NAME_SHOWN);
}
