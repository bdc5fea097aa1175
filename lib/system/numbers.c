// SPDX-License-Identifier: MIT
#include "system/numbers.h"

#include <stdio.h>

struct time_unit unit_for(uint64_t ns)
{
	static const struct time_unit units[] = {
		{ "ns", 1 },
		{ "µs", 1e3 },
		{ "ms", 1e6 },
		{ "s", 1e9 },
	};
	size_t i = 0;

	while (i < 3 && (double)ns >= units[i + 1].ns)
		i++;
	return units[i];
}

char *format_number(double value, char *buf, size_t size)
{
	double below = 100;
	int decimals = 0;

	/* 99.96 with one decimal would read 100.0: four digits. */
	while (decimals < 6 && value > 0 && value < below * 0.9995) {
		decimals++;
		below /= 10;
	}
	snprintf(buf, size, "%.*f", decimals, value);
	return buf;
}

char *format_time(uint64_t ns, char *buf, size_t size)
{
	struct time_unit unit = unit_for(ns);
	char number[32];

	if (ns < 1000)
		snprintf(buf, size, "%uns", (unsigned int)ns);
	else
		snprintf(buf, size, "%s%s",
			 format_number((double)ns / unit.ns, number, sizeof(number)),
			 unit.name);
	return buf;
}

char *format_count(double value, char *buf, size_t size)
{
	static const char *const suffix[] = { "", "k", "M", "G", "T", "P", "E" };
	char number[32];
	size_t i = 0;

	if (value < 100000) {
		snprintf(buf, size, "%.0f", value);
		return buf;
	}
	while (value >= 999.5 && i < 6) {
		value /= 1000;
		i++;
	}
	snprintf(buf, size, "%s%s", format_number(value, number, sizeof(number)),
		 suffix[i]);
	return buf;
}

char *format_clock(double seconds, char *buf, size_t size)
{
	unsigned long whole = (unsigned long)(seconds + 0.5);

	if (whole < 100)
		snprintf(buf, size, "%lus", whole);
	else if (whole < 3600)
		snprintf(buf, size, "%lum%02lus", whole / 60, whole % 60);
	else
		snprintf(buf, size, "%luh%02lum", whole / 3600, whole / 60 % 60);
	return buf;
}
