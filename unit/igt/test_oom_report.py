# SPDX-License-Identifier: MIT
"""Which kernel messages the test tells igt_runner to overlook: OOM reports of its own, no others.

The reports in oom-*.txt are real, "LEVEL MESSAGE" a line as /dev/kmsg gave them; the first line of
each says where; those in others-oom-*.txt are of processes that are none of ours. That live ones
match is tested in unit/run/test_left_behind.py and, on more kernels, by scripts/lab smoke.
"""
import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / '../../tests/oom_report.c'
# Of the kernel log: igt_runner takes it and what is worse for a warning.
WARNING = 4
# What the kernel can write into one record of its log, less the words before the expression.
ROOM = 976 - len('<6>[IGT] add ignored dmesg regex: \n')
OTHERS = '''\
WARNING: CPU: 1 PID: 77 at drivers/gpu/drm/i915/i915_gem.c:1234 i915_gem_fault+0x1/0x2 [i915]
------------[ cut here ]------------
---[ end trace 0000000000000000 ]---
BUG: kernel NULL pointer dereference, address: 0000000000000008
BUG: sleeping function called from invalid context at mm/page_alloc.c:1
BUG: KASAN: slab-use-after-free in i915_vma_unbind+0x1/0x2 [i915]
Oops: 0000 [#1] PREEMPT SMP NOPTI
general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP
INFO: task kswapd0:55 blocked for more than 122 seconds.
watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [pinlat-load:77]
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
WARNING: possible circular locking dependency detected
i915 0000:00:02.0: [drm] GPU HANG: ecode 9:1:85dffffb, in gem_syslatency_ [77]
i915 0000:00:02.0: [drm] *ERROR* rcs0 reset request timed out
[drm:intel_guc_submit] *ERROR* no memory
swapper/0: page allocation failure: order:0, mode:0x800(GFP_NOWAIT)
kthreadd: page allocation failure: order:3, mode:0xcc0(GFP_KERNEL)
Out of memory: Killed process 1 (systemd) total-vm:1kB, anon-rss:2kB, file-rss:3kB, shmem-rss:4kB
Memory cgroup out of memory: Killed process 812 (Xorg) total-vm:1kB, anon-rss:2kB
lockdown_is_locked_down: 5 callbacks suppressed
Modules linked in: i915 drm_buddy
Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled'''


def patterns():
    with open(SOURCE, encoding='utf-8') as f:
        return re.findall(r'^\t"(.*)",$', f.read(), re.M)


def warnings(report):
    """The lines of a report that igt_runner would take for warnings."""
    lines = report.read_text(encoding='utf-8').splitlines()[1:]
    return [text for level, _, text in (line.partition(' ') for line in lines)
            if int(level) <= WARNING]


class OomReport(unittest.TestCase):
    def setUp(self):
        self.regex = '|'.join(patterns())

    def test_fits(self):
        self.assertLess(len(self.regex), min(ROOM, 900))
        self.assertNotIn('\\', self.regex, '/dev/kmsg escapes it, igt_runner does not undo that')

    def test_real_reports(self):
        reports = sorted(HERE.glob('oom-*.txt'))
        self.assertGreaterEqual(len(reports), 3)
        for report in reports:
            matter = warnings(report)
            self.assertGreater(len(matter), 10, report)
            for text in matter:
                self.assertRegex(text, self.regex, report)
            self.assertTrue(any('Killed process' in text for text in matter), report)

    def test_real_reports_of_others(self):
        """The line that says who was taken is a warning, and no other."""
        reports = sorted(HERE.glob('others-oom-*.txt'))
        self.assertGreaterEqual(len(reports), 1)
        for report in reports:
            left = [text for text in warnings(report) if not re.search(self.regex, text)]
            self.assertEqual(len(left), 1, report)
            self.assertIn(': Killed process ', left[0])

    def test_nothing_else(self):
        for text in OTHERS.splitlines():
            self.assertNotRegex(text, self.regex)


if __name__ == '__main__':
    unittest.main()
