# SPDX-License-Identifier: MIT
"""docs/igt-runner.md: a shard run by the real igt_runner, and its records got back.

Debian's intel-gpu-tools has no igt_runner, so scripts/setup cannot install one: IGT_RUNNER names
one that was built from IGT's source, else one on PATH is taken.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from cases import ReportTest

RUNNER = os.environ.get("IGT_RUNNER") or shutil.which("igt_runner")
TESTS = os.environ["TESTS"]
LIST = os.path.join(os.environ["SOURCE"], "tests", "pinlat.testlist")
SHARD = ("timer-idle", "thp-busy")


def run_shard(results, name):
    """Two subtests of the list, short and in a small cgroup, with the recipe's command."""
    with tempfile.NamedTemporaryFile("w", suffix=".testlist") as shard:
        with open(LIST, encoding="utf-8") as f:
            shard.writelines(line for line in f if line.strip().endswith(SHARD))
        shard.flush()
        return subprocess.run(
            [RUNNER, "-o", "-n", name, "--test-list", shard.name, "--per-test-timeout", "300",
             "-e", "PINLAT_LABEL=" + name, "-e", "PINLAT_DURATION=2s",
             "-e", "PINLAT_ARENA=cgroup:256M", "-e", "PINLAT_OBJECT_SIZE=16M", TESTS, results],
            capture_output=True, text=True, check=False, timeout=600)


class IgtRunner(ReportTest):
    def test_shard(self):
        os.mkdir(self.path("base"))
        for i in ("1", "2"):
            done = run_shard(self.path(i), "base")
            self.assertEqual(done.returncode, 0, done.stderr)
            shutil.copy(self.path(i + "/results.json"), self.path(f"base/{i}.json"))
        with open(self.path("base/1.json"), encoding="utf-8") as f:
            tests = json.load(f)["tests"]
        self.assertEqual({name.rpartition("@")[2]: t["result"] for name, t in tests.items()},
                         dict.fromkeys(SHARD, "pass"))
        shown = self.pinlat("show", "base").stdout
        for subtest in SHARD:
            self.assertRegex(shown, rf"(?m)^{subtest} +2 ")
        tap = self.shown("tap", "base")
        self.assertEqual(re.findall(r"(?m)^ok \d - (\S+) run \d", tap), [SHARD[0]] * 2 +
                         [SHARD[1]] * 2)


if __name__ == "__main__":
    if not RUNNER:
        print("skipped: there is no igt_runner; IGT_RUNNER may name one")
        sys.exit(77)
    if os.geteuid() != 0:
        print("skipped: measuring needs root")
        sys.exit(77)
    unittest.main()
