# SPDX-License-Identifier: MIT
"""
What lab/guest/oom has left: reports of the kernel's OOM killer, and which of their lines igt_runner
would take for warnings after what the test has told it by way of the kernel's log.
"""
import re

from host.step import Step

# Of the kernel's log: igt_runner takes it and what is worse for a warning.
WARNING = 4
TOLD = re.compile(r'\[IGT\] add ignored dmesg regex: (.*)')
# What dmesg -r prints; a record's further lines have no head, and igt_runner does not match them.
RECORD = re.compile(r'^<(\d+)>\[ *\d+\.\d+\] (.*)$', re.MULTILINE)


def warnings(report, told):
    """(lines that count, those of them that @told does not match)."""
    count = [text for level, text in RECORD.findall(report) if int(level) & 7 <= WARNING]
    return count, [text for text in count if not re.search(told, text)]


def judge(checks, outcome):
    """The whole report of our own is matched; of another's, all but who was taken."""
    told = TOLD.search(outcome.messages)
    checks.that(told, "igt_runner is told which kernel messages are the test's own")
    if not told:
        return
    for where in ('cgroup', 'machine'):
        for name, own in (('pinlat-hog', True), ('other-hog', False)):
            step = Step(outcome, f'oom-{where}-{name}')
            count, left = warnings(step.output, told[1])
            taken = re.compile(rf'[Oo]ut of memory.*: Killed process \d+ \({name}\)')
            right = not left if own else len(left) == 1 and taken.search(left[0])
            checks.that(step.rc == 0 and right and any(map(taken.search, count)),
                        f"an OOM report, {where}, {name}: {len(count)} lines, {len(left)} of them "
                        f"warnings for igt_runner", '\n'.join([*left, step.tail()]))
