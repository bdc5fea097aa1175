/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TESTS_OOM_REPORT_H
#define PINLAT_TESTS_OOM_REPORT_H

/**
 * A regular expression, for igt_ignore_dmesg(), that the lines of the kernel's report match when its OOM
 * killer takes a process of ours; of another process the line that names it does not.
 */
const char *oom_report_regex(void);

#endif
