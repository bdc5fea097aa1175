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


# igt_runner makes an entry, which has no result, of every line of the kernel's log that says that a
# subtest starts, whoever's: if another test runs on the machine at the same time, there are some.
ELSEWHERE = "of-another-test"
HOOK = f"pre-subtest:echo '<6>[IGT] elsewhere: starting subtest {ELSEWHERE}' >/dev/kmsg"
RECORD = "pinlat-record: "


def run_shard(results, name):
    """Two subtests of the list, short and in a small cgroup, with the recipe's command."""
    with tempfile.NamedTemporaryFile("w", suffix=".testlist") as shard:
        with open(LIST, encoding="utf-8") as f:
            shard.writelines(line for line in f if line.strip().endswith(SHARD))
        shard.flush()
        return subprocess.run(
            [RUNNER, "-o", "-n", name, "--test-list", shard.name, "--per-test-timeout", "300",
             "--hook", HOOK, "-e", "PINLAT_LABEL=" + name, "-e", "PINLAT_DURATION=2s",
             "-e", "PINLAT_ARENA=cgroup:256M", "-e", "PINLAT_OBJECT_SIZE=16M",
             "-e", "PINLAT_WAIT=on", TESTS, results],
            capture_output=True, text=True, check=False, timeout=660)


def contended(record):
    """Invalid for nothing but others on the CPUs, or on the host: where tests run, some are."""
    reasons = record["validity"].get("reasons", [])
    return bool(reasons) and all(
        r.startswith(("other programs had ", "the host of this virtual machine took "))
        for r in reasons)


class IgtRunner(ReportTest):
    def run_once(self, number):
        """A round. Whether others were on the machine, so that it skipped a subtest."""
        done = run_shard(self.path(number), "base")
        self.assertEqual(done.returncode, 0, done.stderr)
        shutil.copy(self.path(number + "/results.json"), self.path(f"base/{number}.json"))
        with open(self.path(f"base/{number}.json"), encoding="utf-8") as f:
            tests = {name.rpartition("@")[2]: t for name, t in json.load(f)["tests"].items()}
        ours = {name: tests.pop(name) for name in SHARD}
        self.assertIn(ELSEWHERE, tests)
        for name, entry in tests.items():
            self.assertLessEqual(set(entry), {"dmesg", "dmesg-warnings"}, name)
        busy = False
        for name, entry in ours.items():
            said = entry["out"] + entry["err"] + entry.get("dmesg-warnings", "")
            found = [line for line in entry["out"].splitlines() if line.startswith(RECORD)]
            self.assertEqual(len(found), 1, said)
            skipped = contended(json.loads(found[0][len(RECORD):]))
            self.assertEqual((name, entry["result"]), (name, "skip" if skipped else "pass"), said)
            busy |= skipped
        return busy

    def test_shard(self):
        os.mkdir(self.path("base"))
        busy = [self.run_once(number) for number in ("1", "2")]
        shown = self.pinlat("show", "base").stdout
        self.assertRegex(shown, r"\b4 runs\b")
        if any(busy):
            self.skipTest("others were on the machine; the records, some invalid, were read back")
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
