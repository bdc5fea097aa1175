// SPDX-License-Identifier: MIT
/*
 * The lines of an OOM report that igt_runner would call a warning (level 4 and worse), as dump_header() and
 * show_free_areas() of mm/ write them since Linux 5.4. What begins another report ("WARNING:", "BUG:",
 * "cut here") matches none of them. igt_runner reads them through /dev/kmsg, which escapes backslashes:
 * there are none.
 */
#include "oom_report.h"

#include <stdio.h>
#include <string.h>

static const char *const line[] = {
	/* who asked for memory, and from where */
	" invoked oom-killer: ",
	"^CPU: [0-9]+ .*Comm: ",
	"^Hardware name: ",
	"^Call [Tt]race:",
	"^ </?TASK>",
	"^ ([?] )?[A-Za-z0-9_.]+[+]0x[0-9a-f]+/0x",
	"^(RIP|RSP|RAX|RDX|RBP|R10|R13|Code): ",
	/* what memory is taken by, on the machine or in a cgroup */
	"^(Mem-Info|active_anon):",
	"^Node [0-9]+ ",
	"^lowmem_reserve",
	"^[0-9]+ (total pagecache )?pages",
	"^(DMA|DMA32|Normal|HighMem|Movable)( free)?: *[0-9]",
	"^Swap cache stats: ",
	"^(Free|Total) swap ",
	"^(memory|memory[+]swap|kmem|swap): usage ",
	"^Memory cgroup stats for ",
	/* who was taken */
	"^oom-kill:",
	"[Oo]ut of memory.*: Killed process [0-9]+ [(](pinlat-|gem_syslatency)",
	"^oom_reaper: reaped process [0-9]+ [(](pinlat-|gem_syslatency)",
};

const char *oom_report_regex(void)
{
	static char regex[900];
	size_t n = 0;

	for (size_t i = 0; n == 0 || i < sizeof(line) / sizeof(*line); i++)
		n += (size_t)snprintf(regex + n, sizeof(regex) - n, "%s%s", i ? "|" : "",
				      line[i]);
	return regex;
}
