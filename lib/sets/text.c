// SPDX-License-Identifier: MIT
#include "sets/text.h"

#include <math.h>
#include <stdio.h>

#include "stats/estimate.h"

const char *text_change(double change, char *buf, size_t size)
{
	double percent = 100 * change;

	if (!isfinite(change))
		snprintf(buf, size, "?");
	else if (percent >= 899.5)
		snprintf(buf, size, percent < 9900 ? "x%.1f" : "x%.0f", 1 + change);
	else if (fabs(percent) < 0.05)
		snprintf(buf, size, "0.0%%");
	else if (percent <= -99.5)
		snprintf(buf, size, "%+.2f%%", percent);
	else
		snprintf(buf, size, fabs(percent) < 9.95 ? "%+.1f%%" : "%+.0f%%",
			 percent);
	return buf;
}

const char *text_change_interval(double low, double high, char *buf, size_t size)
{
	char a[32], b[32];

	if (!interval_bounded(low, high))
		snprintf(buf, size, "[unknown]");
	else
		snprintf(buf, size, "[%s .. %s]", text_change(low, a, sizeof(a)),
			 text_change(high, b, sizeof(b)));
	return buf;
}
