// SPDX-License-Identifier: MIT
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/json.h"

/* Room for one more record at the end of @list. */
static struct record *next_record(struct record_list *list)
{
	struct record *longer = grow(list->record, list->n, sizeof(*longer));

	if (!longer)
		return NULL;
	list->record = longer;
	return &list->record[list->n];
}

static int add_record(struct record *r, void *data)
{
	struct record_list *list = data;
	struct record *next = next_record(list);

	if (!next)
		return -ENOMEM;
	*next = *r;
	record_init(r);
	list->n++;
	return 0;
}

static int add_problem(const char *text, void *data)
{
	struct record_list *list = data;
	char **longer = realloc(list->problem, (list->problems + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	list->problem = longer;
	longer[list->problems] = strdup(text);
	if (!longer[list->problems])
		return -ENOMEM;
	list->problems++;
	return 0;
}

int record_list_read(struct record_list *list, const char *path)
{
	const struct record_visitor visitor = { add_record, add_problem, list, NULL };

	return records_visit(path, &visitor);
}

void record_list_free(struct record_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		record_free(&list->record[i]);
	free(list->record);
	for (size_t i = 0; i < list->problems; i++)
		free(list->problem[i]);
	free(list->problem);
	*list = (struct record_list){ 0 };
}
