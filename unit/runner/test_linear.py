# SPDX-License-Identifier: MIT
"""
What each subcommand that reads records costs grows with their number, not with its square: in
processor time, which other processes hardly change, of ten times as many records.

usage: test_linear.py RECORDS [--all]

Against a tenth of them; --all: in each format.
"""
import argparse
import os
import subprocess
import sys
import unittest

import records
from command import PINLAT, CommandTest

parser = argparse.ArgumentParser()
parser.add_argument("records", type=int)
parser.add_argument("--all", action="store_true")
OPTIONS, sys.argv[1:] = parser.parse_known_args()
# Ten times as many cost ten times as much, less what a start costs; by the square, a hundred times.
MOST = 14
ATTEMPTS = 3
FORMATS = {"compare": ("text", "json", "mail", "markdown", "csv"),
           "report": ("html", "junit", "tap", "kcidb", "lava", "squad", "openmetrics")}
COMMANDS = [["show"], *([command, "--format", name] for command, names in FORMATS.items()
                        for name in names[:None if OPTIONS.all else 2])]


class Linear(CommandTest):
    def cost(self, args, files):
        """Seconds of user and system time."""
        if args[-1] == "html":
            args = [*args, "-o", "page.html"]
        done = subprocess.Popen([PINLAT, *args, *files], cwd=self.top, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(done.returncode, 0, args)
        return usage.ru_utime + usage.ru_stime

    def pair(self, count, boots):
        """Two sets of together count records, in runs of two subtests, on so many boots each."""
        files = []
        for i, label in enumerate(("base", "patched")):
            of = records.make_set(label, count // 4 // boots, boots=boots, first=i * count)
            files.append(self.write(f"{label}-{count}", of))
        return files

    def check(self, boots_of):
        few, many = (self.pair(n, boots_of(n)) for n in (OPTIONS.records // 10, OPTIONS.records))
        for args in COMMANDS:
            with self.subTest(" ".join(args)):
                # A neighbour takes caches: now and then a cost is larger than it should be.
                ratios = []
                while len(ratios) < ATTEMPTS and (not ratios or min(ratios) > MOST):
                    ratios.append(self.cost(args, many) / self.cost(args, few))
                print(f"{' '.join(args)}: {min(ratios):.1f} times", file=sys.stderr)
                self.assertLessEqual(min(ratios), MOST)

    def test_one_boot(self):
        self.check(lambda count: 1)

    def test_a_boot_a_run(self):
        self.check(lambda count: count // 4)


if __name__ == "__main__":
    unittest.main()
