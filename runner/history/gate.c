// SPDX-License-Identifier: MIT
#include "history/gate.h"

bool history_is_worse(const struct history_saying *s, const struct fleet_change *c)
{
	const struct metric *m = &s->f->sets->metrics->metric[c->series->metric];

	return (history_change(c->series, c->change).estimate > 0) != metric_is_work(m);
}

bool history_drifts(const struct fleet_machine *m, const struct history_series *series)
{
	return series->found.drift <= m->history.alpha;
}

bool history_alarms(const struct history_saying *s, const struct fleet_change *c)
{
	return s->o->gate && c->since <= s->o->recent &&
	       (!s->o->worse || history_is_worse(s, c)) &&
	       !history_drifts(c->machine, c->series);
}
