# SPDX-License-Identifier: MIT
"""The measured sets in results/ are readable, and the README shows what they say."""
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import unittest

from command import PINLAT

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SETS = sorted(glob.glob(f"{ROOT}/results/**/*.jsonl.gz", recursive=True))
# Of all others: every one.
SUBTESTS = {"tutorial": 4, "wait": 6, "loop": 1, "cover": 1, "5ms": 7, "20ms": 3}
WALKERS = {"i915": 2, "xe": 2, "loop": 2, "stream": 2, "pageout": 3, "pace-loop": 1, "pace-tree": 1,
           "pace-50ms-loop": 2, "pace-50ms-tree": 2, "pace-1s-loop": 1, "pace-1s-tree": 1,
           "machine-tree": 2, "bench-thp-busy": 1}
# Runs of each subtest, where there are fewer than five: this kernel hung in the other boots.
FEW = {"loop/reclaim": 3}
SHOWN = "results/linux-6.18-walkers/loop.jsonl.gz"


def show(path):
    return subprocess.run([PINLAT, "show", path], capture_output=True, encoding="utf-8",
                          cwd=ROOT, check=False)


class Results(unittest.TestCase):
    def test_sets(self):
        self.assertGreaterEqual(len(SETS), 2)
        for path in SETS:
            with self.subTest(path=path):
                done = show(path)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                with gzip.open(path, "rt", encoding="utf-8") as f:
                    records = [json.loads(line) for line in f]
                runs = {}
                for record in records:
                    runs[record["subtest"]] = runs.get(record["subtest"], 0) + 1
                folder = os.path.basename(os.path.dirname(path))
                name = os.path.basename(path).removesuffix(".jsonl.gz")
                self.assertEqual(len(runs), WALKERS.get(name) or SUBTESTS.get(folder, 10))
                self.assertGreaterEqual(min(runs.values()), FEW.get(f"{folder}/{name}", 5))

    def test_size(self):
        self.assertLess(sum(map(os.path.getsize, SETS)), 6 << 20)

    def test_readme_shows_the_table(self):
        """The lines of the block in their order; "..." stands for some that are left out."""
        with open(f"{ROOT}/README.md", encoding="utf-8") as f:
            shown = re.search(rf"^\$ pinlat show {SHOWN}\n(.*?)^```", f.read(), re.M | re.S)[1]
        printed = show(SHOWN).stdout
        for part in shown.split("...\n"):
            self.assertIn(part, printed)
        self.assertGreater(shown.count("\n"), 6)

    def test_tutorial_shows_the_table(self):
        with open(f"{ROOT}/docs/tutorial.md", encoding="utf-8") as f:
            self.assertIn(f"\n{show('results/tutorial/base.jsonl.gz').stdout}", f.read())

    def test_readme_walkers(self):
        """Stalls of 100 ms and the time inside faults of each walker."""
        with open(f"{ROOT}/README.md", encoding="utf-8") as f:
            rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \| ([^|]*) \|$", f.read(), re.M)
        self.assertEqual([name for name, _, _ in rows], ["tree", "stream", "loop"])
        for name, stalls, time in rows:
            shown = show(f"results/linux-6.18-walkers/{name}.jsonl.gz").stdout
            made = shown.partition("\nfaults ")[2]
            for i, load in enumerate(("locked", "pinned")):
                words = re.search(rf"^thp-{load} .*", made, re.M)[0].split()
                self.assertAlmostEqual(float(re.findall(r"[0-9.]+", stalls)[i]),
                                       float(words[8]), delta=.5)
                self.assertAlmostEqual(float(re.findall(r"[0-9.]+", time)[i]),
                                       float(words[9].rstrip("%")), delta=.051)

    def test_readme_shows_the_picture(self):
        """docs/tail.svg is what docs/tail.py draws of that set."""
        drawn = subprocess.run([sys.executable, f"{ROOT}/docs/tail.py", f"{ROOT}/{SHOWN}"],
                               capture_output=True, encoding="utf-8", check=True).stdout
        with open(f"{ROOT}/docs/tail.svg", encoding="utf-8") as f:
            self.assertEqual(drawn, f.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
