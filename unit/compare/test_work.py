# SPDX-License-Identifier: MIT
"""Work beside latency: who does less is never better, in whatever order and format one asks."""
import csv
import gzip
import io
import json
import os
import re
import unittest

import records
from command import CompareTest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = ("huge", "requests", "walker")
MIRROR = {"worse": "better", "better": "worse", "same": "same", "unclear": "unclear"}


def requests(of, n):
    """So many in each run of a busy subtest, more or less."""
    for i, r in enumerate(of):
        if r["subtest"].endswith("busy"):
            r["load"]["requests"] = n and n + i
    return of


def walker(of, n):
    for i, r in enumerate(of):
        r["load"]["walker"]["bytes"] = n + i
    return of


class Work(CompareTest):
    def made(self, label="base", **more):
        more = {**records.TURNS, **more}
        return requests(records.make_set(label, **more), 20000)

    def said(self, *args):
        return json.loads(self.compared("--format", "json", *args))

    def verdicts(self, said):
        return {row["metric"]: row["verdict"] for row in said["rows"]
                if row["judged"] and row["subtest"] == "thp-busy"}

    def test_huge_pages_switched_off(self):
        """Faults are faster because they get small pages: mixed, and the gate fires."""
        new = self.made("patched", factor={"thp-busy": 0.1}, first=1, huge=0.02)
        sets = self.write("base", self.made()), self.write("patched", new)
        said = self.said(*sets)
        self.assertEqual(said["verdict"], "mixed")
        self.assertEqual(self.verdicts(said)["huge"], "worse")
        self.assertEqual(self.verdicts(said)["fault_p99"], "better")
        self.assertIn("Worse: thp-busy: huge pages 2% against 100% (median pair -98.0pp)",
                      said["sentence"])
        done = self.compare("--fail-on", "worse", *sets)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "pinlat: gate: thp-busy huge pages of patched: worse\n"))

    def test_less_work_alone(self):
        """Worse. And more work alone is not better: no latency is."""
        for less, metric in ((lambda of: requests(of, 10000), "requests"),
                             (lambda of: requests(of, 0), "requests"),
                             (lambda of: walker(of, 1 << 30), "walker")):
            plain = self.write("plain", self.made("plain"))
            starved = self.write("starved", less(self.made("starved", first=1)))
            said = self.said(plain, starved)
            self.assertEqual((said["verdict"], self.verdicts(said)[metric]), ("worse", "worse"))
            self.assertEqual(self.compare("--fail-on", "worse", plain, starved).returncode, 1)
            said = self.said(starved, plain)
            self.assertEqual((said["verdict"], self.verdicts(said)[metric]), ("mixed", "better"))
            self.assertIn("plain did more work than starved, but no latency is proven better",
                          said["sentence"])
            self.assertEqual(self.compare("--fail-on", "worse", starved, plain).returncode, 0)

    def test_more_work_and_less_latency(self):
        new = requests(self.made("patched", factor={"thp-busy": 0.5}, first=1), 40000)
        said = self.said(self.write("base", self.made()), self.write("patched", new))
        self.assertEqual(said["verdict"], "better")
        self.assertIn("device requests", said["sentence"])

    def test_from_either_side(self):
        """A kernel that starves the device: each number has the opposite verdict."""
        a = self.write("a", self.made("a"))
        b = self.write("b", requests(self.made("b", factor={"thp-busy": 8}, first=1), 90))
        one, other = self.said(a, b), self.said(b, a)
        self.assertEqual((one["verdict"], other["verdict"]), ("worse", "better"))
        for metric, verdict in self.verdicts(one).items():
            self.assertEqual(self.verdicts(other)[metric], MIRROR[verdict])

    def test_rows_of_their_own(self):
        """In every format, with the verdict."""
        new = requests(self.made("patched", first=1), 10000)
        sets = self.write("base", self.made()), self.write("patched", new)
        for form in ("text", "mail"):
            shown = self.compared("--format", form, *sets)
            for words in ("huge pages +100% +100%[= ]", r"device requests +1001/s +501/s\*? +-50% ",
                          "walker +268MB/s +268MB/s[= ]"):
                self.assertRegex(shown, words)
        shown = self.compared("--format", "markdown", *sets)
        self.assertRegex(shown, r"\| thp-busy \| device requests \|.*\| \*\*worse\*\* \|\n")
        rows = csv.DictReader(io.StringIO(self.compared("--format", "csv", *sets), newline=""))
        self.assertEqual({row["metric"]: row["verdict"] for row in rows
                          if row["subtest"] == "thp-busy" and row["metric"] in WORK},
                         {"huge": "same", "requests": "worse", "walker": "same"})
        values = self.compared("--format", "values", "--primary", "thp-busy:requests", "patched")
        self.assertTrue(all(500 <= float(x) < 502 for x in values.split()))
        self.assertEqual(len(values.split()), 12)

    def test_percentiles_stay(self):
        """p50, p90 and p99 of both probes are in every table, whatever is judged."""
        sets = self.base(), self.new(1.5)
        for primary in ((), ("--primary", "thp-busy:requests")):
            for form in ("text", "mail", "markdown"):
                shown = self.compared("--format", form, *primary, *sets)
                found = re.findall(r"\bp(50|90|99)\b(?! of)", shown)
                self.assertGreaterEqual(len(found), 6, form)
            rows = self.said(*primary, *sets)["rows"]
            for subtest in records.JUDGED:
                metrics = {row["metric"] for row in rows if row["subtest"] == subtest}
                self.assertLessEqual({"p50", "p90", "p99"}, metrics)

    def test_stalled_runs(self):
        """A run that stalled so much that it has no p99 counts as the slowest."""
        new = self.made("patched", first=1)
        for r in new:
            if r["subtest"] == "thp-busy":
                r["latency"]["woken"] = records.histogram(180e3, 100)
        sets = self.write("base", self.made()), self.write("patched", new)
        said = self.said(*sets)
        row, = [row for row in said["rows"] if row["metric"] == "fault_p99"]
        self.assertEqual((row["new"], row["stalled"], row["verdict"]), (None, [0, 12], "worse"))
        self.assertIn("thp-busy p99 of faults: runs so slow that they made fewer than 368 samples "
                      "count as the slowest: 0 of base, 12 of patched", " ".join(said["warnings"]))
        self.assertRegex(self.compared(*sets), r"p99 of faults +1\.80ms +too slow ")
        few = "fewer than 368 faults a run, too few for a p99"
        self.assertIn(f"thp-busy: {few}, against a p99 of faults of 1.80ms", said["sentence"])
        self.assertIn(f"thp-busy: p99 of faults 1.80ms against {few}",
                      self.said(*reversed(sets))["sentence"])
        self.assertIn("1.80ms on base, too long to be counted on patched",
                      self.compared("--format", "line", *sets))

    def test_largest_first(self):
        """By the two numbers that are said; the change beside them is that of the table."""
        new = self.made("patched", factor={"thp-busy": 3, "timer-busy": 1.7}, first=1)
        sets = self.write("base", self.made()), self.write("patched", requests(new, 1000))
        said = self.said(*sets)["sentence"]
        found = re.findall(r"([0-9.]+)[^0-9]* against ([0-9.]+)[^0-9;]*"
                           r"\(median pair ([x+-][0-9.]+\S*)\)", said)
        self.assertGreater(len(found), 1, said)
        ratios = [float(new) / float(base) for new, base, _ in found]
        sizes = [round(max(ratio, 1 / ratio), 1) for ratio in ratios]
        self.assertEqual(sizes, sorted(sizes, reverse=True), said)
        table = self.compared(*sets).partition("\nJudged\n")[2]
        for _, _, change in found:
            self.assertIn(f" {change} ", table)


class Measured(CompareTest):
    """What stands in results/."""
    def results(self, *names):
        return [os.path.join(ROOT, "results", name) for name in names]

    def said(self, *args):
        return json.loads(self.compared("--format", "json", *args))

    def test_mail_of_three(self):
        """Kernels are its columns, and it is short."""
        sets = self.results(*(f"lab-5.10/loop/{name}.jsonl.gz"
                              for name in ("skip-shrink", "skip-unmap", "unevictable")))
        shown = self.compared("--format", "mail", *sets)
        # two of them for the command, which is longer here
        self.assertLessEqual(len(shown.partition("\ncommand")[0].splitlines()), 39)
        self.assertRegex(shown, r"\n +skip-shrink +skip-unmap +unevictable\n")
        self.assertIn("only the kernel differs", " ".join(shown.split()))
        self.assertIn("MOCK GPU (i915), emulated", shown)
        self.assertRegex(shown, r"\nFault p99 +7\.50ms +41\.6ms\* +\+437% +8\.31ms\? +\+8\.8%\n")
        self.assertRegex(shown, r"\nGPU requests +398/s +394/s\? +-0\.9% +399/s\? +-0\.2%\n")

    def test_tutorial(self):
        """Its patch switches huge pages off: not better, and the gate fires."""
        sets = self.results("tutorial/base.jsonl.gz", "tutorial/patched.jsonl.gz")
        # one side was measured after the other
        plain = self.said(*sets)
        self.assertEqual(plain["verdict"], "unclear")
        self.assertIn("did not take turns", plain["sentence"])
        done = self.compare("--fail-on", "worse", *sets)
        self.assertEqual(done.returncode, 3)
        self.assertIn("gate: patched cannot be judged against base: base and patched did not take "
                      "turns", done.stderr)
        done = self.compare("--fail-on", "worse", "--allow", "order", *sets)
        self.assertEqual(done.returncode, 1)
        self.assertIn("gate: thp-busy huge pages of patched: worse", done.stderr)
        self.assertIn("\nmixed: ", done.stdout)
        self.assertRegex(done.stdout.replace("\n  ", " "),
                         r"huge pages 1\.05% against 100% \(median pair -98\.9pp\)")

    def test_mocks(self):
        """No record of the lab is without its mock, and the first line of each set says so."""
        folder = os.path.join(ROOT, "results")
        sets = [os.path.join(where, name) for where, _, names in os.walk(folder)
                for name in names if name.endswith(".gz")]
        lab = [path for path in sets if f"{os.sep}lab-" in path]
        self.assertTrue(lab and len(lab) < len(sets))
        for path in sets:
            shown = self.pinlat("show", path)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            where = next(line for line in shown.stdout.splitlines() if "Measured on: " in line)
            self.assertEqual(where.startswith(("Measured on: MOCK GPU (i915), emulated",
                                               "Measured on: MOCK GPU (xe), emulated")),
                             path in lab, where)
            with gzip.open(path, "rt", encoding="utf-8") as file:
                for r in map(json.loads, file):
                    told = r["environment"].get("device", {}).get("mock", "mock" in r["counters"])
                    self.assertEqual(told, path in lab, path)

    def test_lab(self):
        """Kernels against mainline, both ways: one story, the work included."""
        for folder, kernel, judged, worse in (
                ("lab-6.1/wait", "reclaim", 9, ("fault_p99", "requests")),
                ("lab-5.10/loop", "skip-unmap", 7, ("fault_p99", "stalls_10ms", "fault_time"))):
            sets = self.results(f"{folder}/skip-shrink.jsonl.gz", f"{folder}/{kernel}.jsonl.gz")
            there, back = self.said(*sets), self.said(*reversed(sets))
            rows = [{(row["subtest"], row["metric"]): row["verdict"] for row in of["rows"]
                     if row["judged"]} for of in (there, back)]
            self.assertEqual(len(rows[0]), judged)
            self.assertEqual({key: MIRROR[v] for key, v in rows[0].items()}, rows[1])
            for metric in worse:
                self.assertEqual(rows[0]["thp-busy", metric], "worse")
            self.assertIn(there["verdict"], ("worse", "mixed"))
            self.assertEqual(back["verdict"], {"worse": "better", "mixed": "mixed"}[
                there["verdict"]])
            self.assertEqual(self.compare("--fail-on", "worse", *sets).returncode, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
