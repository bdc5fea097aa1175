# SPDX-License-Identifier: MIT
"""`pinlat run --calibrate` and `pinlat compare --calibrate`, with a fake test binary."""
import os
import re
import unittest

from harness import RunnerTest

BUSY = ("--probes", "timer,thp", "--loads", "busy", "--calibrate")
NOISY = {"FAKE_GROWTH": "0", "FAKE_SPREAD": "0.05"}


class Calibrate(RunnerTest):
    def rows(self, text, start):
        """The cells of the table that begins behind @start, by subtest and quantile."""
        lines = text[text.index(start):].split("\n\n")[1].splitlines()
        cells = [line.split() for line in lines]
        return {(c[0], c[1]): c[2:] for c in cells if c[0].startswith(("timer-", "thp-"))}

    def test_run(self):
        done = self.run_set(*BUSY, **NOISY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(self.plan()["calibrate"])
        self.assertEqual(len(self.starts()), 24)
        text = done.stdout[done.stdout.index("base against itself"):]
        self.assertIn("12 runs of each subtest, split into 6 against 6 in all 462 ways.", text)
        noise = self.rows(text, "base against itself")
        # some runs have too few faults for a p99, and none stalled; the work is always the same
        self.assertEqual(list(noise), [("timer-busy", "p50"), ("timer-busy", "p99"),
                                       *(("thp-busy", metric) for metric in (
                                           "fault_p50", "fault_time", "huge", "requests",
                                           "walker"))])
        for cells in list(noise.values())[:4]:
            percent = float(cells[0].rstrip("%"))
            self.assertTrue(2 < percent < 25, cells)
        false = re.search(r"False positives: (\d+) of 462 splits", text)
        self.assertLessEqual(int(false[1]), 23)
        self.assertIn("Nothing changed from the first half of the time to the second.", text)
        self.assertIn("All runs are of one boot", text)
        power = self.rows(text, "The smallest change")
        for cells in power.values():
            values = [float(cell.rstrip("%")) for cell in cells]
            self.assertEqual(values, sorted(values, reverse=True))
        # 2 subtests, 2 sides, 6 runs each, half a minute apart
        self.assertRegex(text, r"time for both +12m00s +24m00s +48m00s +1h36m\n")

    def test_compare_says_the_same(self):
        done = self.run_set(*BUSY, **NOISY)
        again = self.pinlat("compare", "--calibrate", self.dir)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertTrue(done.stdout.endswith("\n" + again.stdout))

    def test_margins_are_thresholds(self):
        """What is printed for --thresholds is taken by it, and then halves can be the same."""
        self.run_set(*BUSY, **NOISY)
        text = self.pinlat("compare", "--calibrate", self.dir).stdout
        rules = os.path.join(self.top, "rules")
        lines = [line for line in text.splitlines() if re.match(r"  t\S+ \w+ [\d.]+%$", line)]
        self.assertEqual(len(lines), 7)
        with open(rules, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        done = self.pinlat("compare", "--thresholds", rules, self.dir, self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in lines:
            self.assertLessEqual(float(line.split()[2].rstrip("%")),
                                 float(re.search(r"--margin ([\d.]+)%", text)[1]))

    def test_drift(self):
        done = self.run_set(*BUSY, FAKE_GROWTH="0.05", FAKE_SPREAD="0")
        self.assertIn("Careful: timer-busy p50 p99, thp-busy fault_p50 fault_time", done.stdout)
        self.assertIn("changed while the runs went on.\nKernels that are measured one after "
                      "the other would seem", done.stdout)
        self.assertNotIn("Nothing changed", done.stdout)

    def test_too_few_for_a_verdict(self):
        done = self.run_set(*BUSY, "--runs", "4", **NOISY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("split into 2 against 2 in all 3 ways.", done.stdout)
        self.assertIn("none of the splits could be called a change: with 7 numbers\nthat takes "
                      "6 runs a half.", done.stdout)
        self.assertRegex(done.stdout, r"runs a side +6 +12 +24 +48\n")
        self.assertIn("too wide for any margin: make more", done.stdout)

    def test_resume(self):
        self.run_set(*BUSY, "--runs", "4", **NOISY)
        done = self.pinlat("run", "-o", self.dir, "--resume", **NOISY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("base against itself: 4 runs", done.stdout)

    def test_nothing_to_split(self):
        self.run_set("--probes", "timer", "--loads", "busy", "--runs", "3")
        done = self.pinlat("compare", "--calibrate", self.dir)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("holds too few valid runs of what is judged; a comparison with itself needs "
                      "4 of each subtest", done.stderr)

    def test_invalid_set(self):
        self.run_set("--probes", "timer", "--loads", "busy", "--runs", "4",
                     behaviour={"timer-busy": "invalid"})
        done = self.pinlat("compare", "--calibrate", self.dir)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("no valid run", done.stderr)

    def test_two_labels(self):
        self.run_set("--probes", "timer", "--loads", "busy", "--runs", "1")
        other = os.path.join(self.top, "other")
        self.pinlat("run", "--label", "patched", "-o", other, "--probes", "timer", "--loads",
                    "busy", "--runs", "1")
        both = os.path.join(self.top, "both.jsonl")
        with open(both, "w", encoding="utf-8") as out:
            for folder in (self.dir, other):
                with open(os.path.join(folder, "0000-timer-busy.json"), encoding="utf-8") as f:
                    out.write(f.read())
        done = self.pinlat("compare", "--calibrate", both)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds 2 labels or kernels (base, patched); only one set", done.stderr)

    def test_bad_usage(self):
        for word, *args in (
                ("splits one set into halves, not 2", "a", "b"),
                ("prints text and judges nothing", "--format", "json", "a"),
                ("prints text and judges nothing", "--fail-on", "worse", "a"),
                ("prints text and judges nothing", "-o", "file", "a"),
                ("cannot be read: No such file", "/no/such/set"),
                ("holds no record", self.top)):
            with self.subTest(args):
                done = self.pinlat("compare", "--calibrate", *args)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
