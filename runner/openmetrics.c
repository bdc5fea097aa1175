// SPDX-License-Identifier: MIT
#include "openmetrics.h"

#include <math.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"

void openmetrics_begin(struct openmetrics *om)
{
	om->out = memstream_open(&om->text);
	om->labels = 0;
	om->quantile[0] = '\0';
	fputs(om->name, om->out);
}

void openmetrics_label(struct openmetrics *om, const char *name, const char *value)
{
	fprintf(om->out, "%c%s=\"", om->labels++ ? ',' : '{', name);
	for (; *value; value++) {
		if (strchr("\"\\", *value))
			fputc('\\', om->out);
		fputc(*value, om->out);
	}
	fputc('"', om->out);
}

void openmetrics_number(struct openmetrics *om, const char *name, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", value);
	openmetrics_label(om, name, text);
}

void openmetrics_quantile(struct openmetrics *om, double p)
{
	snprintf(om->quantile, sizeof(om->quantile), "%cquantile=\"%.10g\"",
		 om->labels ? ',' : '{', p);
}

void openmetrics_end(struct openmetrics *om, double value, double time)
{
	struct openmetrics_sample *s;

	om->sample = xgrow(om->sample, om->n, sizeof(*om->sample));
	s = &om->sample[om->n];
	*s = (struct openmetrics_sample){
		.group = memstream_close(&om->text),
		.value = value,
		.time = time,
		.order = om->n++,
	};
	memcpy(s->quantile, om->quantile, sizeof(s->quantile));
	om->out = NULL;
}

/* Samples with times: name by name, then by time, then as they were made. Others stay as they are. */
static int by_name_and_time(const void *a, const void *b)
{
	const struct openmetrics_sample *x = a, *y = b;
	int order = isnan(x->time) ? 0 : strcmp(x->group, y->group);

	if (order)
		return order;
	if (!isnan(x->time) && x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Prints @s unless one like it is among @seen. Returns whether it did. */
static bool print_sample(const struct openmetrics_sample *s, FILE *out, void **seen)
{
	char time[32] = "";
	char *text;

	if (!isnan(s->time))
		snprintf(time, sizeof(time), " %.15g", s->time);
	text = xasprintf("%s%s%s", s->group, s->quantile, time);
	if (tfind(text, seen, by_text)) {
		free(text);
		return false;
	}
	xcheck(tsearch(text, seen, by_text));
	fprintf(out, "%s%s} %.*g%s\n", s->group, s->quantile,
		s->value == nearbyint(s->value) ? 15 : 9, s->value, time);
	return true;
}

size_t openmetrics_print(struct openmetrics *om, FILE *out, const char *type,
			 const char *unit, const char *help)
{
	void *seen = NULL;
	size_t twice = 0;

	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", om->name, help, om->name,
		type ? type : "gauge");
	if (unit)
		fprintf(out, "# UNIT %s %s\n", om->name, unit);
	if (om->n > 0)
		qsort(om->sample, om->n, sizeof(*om->sample), by_name_and_time);
	for (size_t i = 0; i < om->n; i++) {
		twice += !print_sample(&om->sample[i], out, &seen);
		free(om->sample[i].group);
	}
	tdestroy(seen, free);
	free(om->sample);
	om->sample = NULL;
	om->n = 0;
	return twice;
}
