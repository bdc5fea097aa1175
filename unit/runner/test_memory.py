# SPDX-License-Identifier: MIT
"""Where memory is short the command says so in one line and ends with 3, wherever it was."""
import os
import resource
import signal
import subprocess
import unittest

import records
from command import PINLAT, CommandTest

NO_LOADER = 127  # there is too little to start with
# With so little more than that the libraries get in, and what they do before main() may crash.
BRINK = 16 << 10


class Memory(CommandTest):
    def limited(self, args, limit):
        return subprocess.run(
            [PINLAT, *args], cwd=self.top, capture_output=True, stdin=subprocess.DEVNULL,
            timeout=60, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))

    def crashed_before_main(self, done, args, limit):
        return (done.returncode, done.stderr) == (-signal.SIGSEGV, b"") and \
            self.limited(args, limit - BRINK).returncode == NO_LOADER

    def check(self, *args):
        full = self.limited(args, resource.RLIM_INFINITY)
        self.assertEqual((full.returncode, full.stderr), (0, b""))
        limit, seen = 3 << 20, 0
        while True:
            done = self.limited(args, limit)
            if done.returncode == NO_LOADER or self.crashed_before_main(done, args, limit):
                break
            if done.returncode == 0:
                self.assertEqual(done.stdout, full.stdout)
            else:
                seen += 1
                self.assertEqual((done.returncode, done.stderr),
                                 (3, b"pinlat: out of memory\n"), limit)
            limit = limit * 15 // 16
        self.assertGreater(seen, 2)

    def setUp(self):
        super().setUp()
        for label in "base", "new":
            self.write(label + ".jsonl", records.make_set(label, 30))

    def test_compare(self):
        for name in "text", "json":
            self.check("compare", "base.jsonl", "new.jsonl", "--format", name)

    def test_report(self):
        self.check("report", "base.jsonl", "new.jsonl", "-o", "page.html")
        self.assertFalse([name for name in os.listdir(self.top) if name.startswith(".")])


if __name__ == "__main__":
    unittest.main()
