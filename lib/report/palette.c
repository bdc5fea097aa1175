// SPDX-License-Identifier: MIT
#include "report/palette.h"

#include "stats/attribution.h"

/* After Okabe and Ito, and Tol's "bright", moved to a lightness that suits both grounds. */
static const char *const distinct[PALETTE_DISTINCT] = {
	"#3a7fc1", /* blue: the base */
	"#d4690f", /* orange */
	"#1f9477", /* green */
	"#b9579b", /* purple */
	"#8a8420", /* olive */
	"#2793b5", /* cyan */
	"#7d7d85", /* grey */
};

/* From violet to orange, by lightness too. */
static const char *const ramp[] = {
	"#7e63b8", "#7c67c0", "#6f70c6", "#5b7cc6", "#4787c0", "#3490b4",
	"#2a97a3", "#2b9a8e", "#3c9b76", "#589a5c", "#779645", "#949033",
	"#b0872a", "#c67b2a", "#d56f33", "#dc6440",
};

const char *palette_set(size_t i, size_t n)
{
	size_t steps = sizeof(ramp) / sizeof(*ramp);

	if (n <= PALETTE_DISTINCT)
		return distinct[i % PALETTE_DISTINCT];
	return ramp[i * (steps - 1) / (n - 1)];
}

const char *palette_cause(int cause)
{
	static const int of[CAUSES + 1] = {
		[CAUSE_DIRECT_RECLAIM] = 1,
		[CAUSE_COMPACTION] = 3,
		[CAUSE_SWAPIN] = 4,
		[CAUSE_THRASHING] = 5,
		[CAUSE_RUN_QUEUE] = 0,
		[CAUSE_ON_CPU] = 2,
		[CAUSES] = 6,
	};

	return distinct[of[cause]];
}

const char *palette_verdict(enum verdict v)
{
	switch (v) {
	case VERDICT_WORSE:
		return "#d4483b";
	case VERDICT_BETTER:
		return "#1f9477";
	case VERDICT_NONE:
	case VERDICT_SAME:
	case VERDICT_UNCLEAR:
		break;
	}
	return "currentColor";
}
