#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Histories in `pinlat report`, pages of neighbours, and the index of reports."""
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

import pages
import records

PINLAT = os.environ["PINLAT"]


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="pinlat-history-")
        self.addCleanup(shutil.rmtree, self.top)

    def report(self, *args, code=0, said=""):
        done = subprocess.run([PINLAT, "report", *args], cwd=self.top, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(said, done.stderr.decode())
        return done.stdout.decode()

    def page(self, *args):
        text = self.report(*args)
        return text, pages.check(text)

    def kernels(self, n, level=lambda k: 1, label="v6.{}", runs=4, boots=0.02):
        """A file each: kernel k takes level(k) times as long in thp-busy."""
        files = []
        for k in range(n):
            boot = 1 + boots * random.Random(f"boot {k}").uniform(-1, 1)
            made = records.make_set(label.format(k), runs, spread=0.02, first=600 * k,
                                    factor={"thp-busy": boot * level(k), "timer-busy": boot})
            records.patched(made, f"6.{k}.0")
            records.change(made, "environment.kernel.version",
                           f"#1 SMP Thu Feb  1 10:00:00 UTC {2060 - k}")
            files.append(f"{k:03}.jsonl")
            records.write(os.path.join(self.top, files[-1]), made)
        return files

    def history(self, text):
        return re.search(r'<section id="history".*?</section>', text, re.S)[0]

    def rows(self, text):
        """Of the table of change points: metric, since, change."""
        table = re.search(r">Change points</caption>.*?</table>", self.history(text), re.S)
        if not table:
            return []
        cells = [re.findall(r"<t[hd]\b[^>]*>(.*?)(?=<t[hd]\b|\n|$)", row)
                 for row in table[0].split("<tr")[2:]]
        return [[re.sub("<[^>]*>", "", c) for c in row] for row in cells]

    def test_a_step(self):
        files = self.kernels(24, lambda k: 1.5 if k >= 9 else 1)
        text, page = self.page(*files)
        rows = self.rows(text)
        self.assertEqual([row[0] for row in rows],
                         ["thp-busy p50", "thp-busy p90", "thp-busy p99"])
        for row in rows:
            self.assertEqual(row[1:3], ["v6.9", "just there"])
            self.assertRegex(row[3], r"^\+(4[5-9]|5[0-5])%$")
            self.assertEqual(row[8], "pinlat compare 008.jsonl 009.jsonl")
        self.assertIn("24 kernels as they were given: 3 change points, in 3 of 6 judged metrics",
                      page.text)
        self.assertEqual(self.history(text).count("<svg"), 6)
        self.assertEqual(text, self.report(*files))

    def test_an_outlier(self):
        text, page = self.page(*self.kernels(24, lambda k: 4 if k == 9 else 1))
        self.assertEqual(self.rows(text), [])
        self.assertIn("no change point in any of the 6 judged metrics", page.text)

    def test_up_and_down(self):
        text, _ = self.page(*self.kernels(30, lambda k: 1.5 if 10 <= k < 20 else 1))
        self.assertEqual([row[1] for row in self.rows(text)], ["v6.10", "v6.20"] * 3)

    def test_orders(self):
        files = self.kernels(24, lambda k: 1.5 if k >= 9 else 1)
        random.Random(1).shuffle(files)
        for order, words, since in (("release", "by their release", "v6.9"),
                                    ("label", "by their label", "v6.9"),
                                    ("date", "by the date of their build", "v6.8")):
            text, page = self.page("--order", order, *files)
            self.assertEqual({row[1] for row in self.rows(text)}, {since}, order)
            self.assertIn(words, page.text)
        self.report("--order", "size", *files, code=2, said="knows given, date, release and label")

    def test_first_run_where_no_build_tells(self):
        files = self.kernels(4)
        made = records.make_set("odd", 4, first=10000)
        records.write(os.path.join(self.top, "odd"), made)
        _, page = self.page("--order", "date", "odd", *reversed(files))
        self.assertIn("5 kernels by the date of their first run", page.text)
        self.assertIn("against v6.0", page.text)

    def test_few(self):
        text, page = self.page("--history", "--allow", "one-boot",
                               *self.kernels(4, lambda k: 1.5 if k >= 2 else 1, runs=6))
        self.assertIn("Among fewer than 11 no change point could be significant", page.text)
        self.assertEqual(text.count('class="verdict worse">worse<'), 1)  # the neighbours tell
        _, page = self.page("--primary", "thp-busy:p99", *self.kernels(8))
        self.assertIn("no change point in any of the 1 judged metrics", page.text)

    def test_by_itself(self):
        """From as many sets as one metric needs for a change point; else where it is asked for."""
        files = self.kernels(8)
        self.assertIn('id="history"', self.report(*files))
        self.assertNotIn('id="history"', self.report(*files[:7]))
        self.assertNotIn("#history", self.report(*files[:7]))
        self.assertNotIn('id="history"', self.report("--alpha", ".01", *files))
        self.assertIn('id="history"', self.report("--order", "release", *files[:3]))
        self.report("--pairs", "pairs", "-o", "three.html", *files[:3])
        with open(os.path.join(self.top, "three.html"), encoding="utf-8") as f:
            self.assertIn('id="history"', f.read())
        self.report("--order", "release", "--format", "junit", *files[:3])

    def test_two(self):
        files = self.kernels(2)
        self.assertNotIn('id="history"', self.report(*files))
        self.assertIn('id="history"', self.report("--history", *files))
        self.assertNotIn('id="history"', self.report("--history", files[0]))
        self.report("--history", "--format", "junit", *files, code=2, said="for --format html")

    def test_missing_kernels(self):
        """Where one kernel has no such subtest, it is left out of that series alone."""
        files = self.kernels(16, lambda k: 1.5 if k >= 8 else 1)
        records.write(os.path.join(self.top, files[3]),
                      records.make_set("v6.3", 4, subtests=("timer-busy",)))
        text, _ = self.page("--allow", "subtest", *files)
        self.assertEqual({row[1] for row in self.rows(text)}, {"v6.8"})

    def test_hostile(self):
        label = pages.HOSTILE.replace("{", "{{").replace("}", "}}") + "{}"
        self.report("--pairs", "pairs", "-o", "report.html", *self.kernels(12, label=label))
        for path in ["report.html"] + [f"pairs/{name}"
                                       for name in os.listdir(os.path.join(self.top, "pairs"))]:
            with open(os.path.join(self.top, path), encoding="utf-8") as f:
                pages.check(f.read())

    def test_pairs(self):
        files = self.kernels(12, lambda k: 1.5 if k >= 6 else 1, runs=6)
        self.report("--pairs", "out/pairs", *files, code=2, said="--output FILE")
        os.mkdir(os.path.join(self.top, "out"))
        self.report("--allow", "one-boot", "--pairs", "out/pairs", "-o", "out/report.html", *files)
        with open(os.path.join(self.top, "out", "report.html"), encoding="utf-8") as f:
            page = pages.check(f.read())
        links = {a["href"] for a in page.all("a") if "pairs/" in a["href"]}
        self.assertEqual(len(links), 11)
        self.assertIn("./pairs/007-v6.6.html", links)
        for link in links:
            with open(os.path.join(self.top, "out", link), encoding="utf-8") as f:
                pages.check(f.read())
        with open(os.path.join(self.top, "out/pairs/007-v6.6.html"), encoding="utf-8") as f:
            self.assertRegex(pages.check(f.read()).text, r"v6.6 is worse than v6.5\. thp-busy: ")

    def test_index(self):
        files = self.kernels(3, lambda k: 1 + k // 2, runs=6)
        os.makedirs(os.path.join(self.top, "site", "job 1"))
        self.report("--index", "site", code=2, said="holds no report")
        self.report("--allow", "one-boot", "-o", "site/job 1/new.html", files[0], files[2])
        self.report("-o", "site/old.html", "--pairs", "site/pairs", *files[:2])
        self.report("-o", "site/one.html", files[0])
        with open(os.path.join(self.top, "site/other.html"), "w", encoding="utf-8") as f:
            f.write("<html><head><title>no report</title></head></html>")
        os.symlink("/etc", os.path.join(self.top, "site", "etc"))
        self.report("--index", "site", "-o", "site/index.html")
        self.report("--index", "site", "-o", "site/index.html")  # which it does not list
        with open(os.path.join(self.top, "site/index.html"), encoding="utf-8") as f:
            page = pages.check(f.read())
        self.assertEqual([a["href"] for a in page.all("a")],
                         ["./job%201/new.html", "./old.html", "./one.html"])
        for a in page.all("a"):
            self.assertTrue(os.path.exists(os.path.join(
                self.top, "site", a["href"].replace("%20", " "))))
        self.assertRegex(page.text, "3 reports: 1 worse ?, 1 (unclear|same) ?, 1 of one set")
        self.assertNotIn("no report", page.text)
        self.report("--index", "site", files[0], code=2, said="takes no sets")
        self.report("--index", "nowhere", code=2, said="cannot be read")

    def test_index_of_lies(self):
        lies = [f'<meta name="pinlat-{name}" content="{pages.HOSTILE.replace(chr(34), "")}">'
                for name in ("verdict", "sentence", "sets", "measured", "machine")]
        os.mkdir(os.path.join(self.top, "site"))
        for i, head in enumerate(("".join(lies), "", lies[0][:-30], "<title>" + pages.HOSTILE)):
            with open(os.path.join(self.top, "site", f"<b>&{i}.html"), "w",
                      encoding="utf-8") as f:
                f.write(f'<meta name="pinlat-report" content="1">{head}</head>')
        with open(os.path.join(self.top, "site", "raw.html"), "wb") as f:
            f.write(b'<meta name="pinlat-report" content="1"><title>\xff\x00\x1b[2J</head>')
        os.chmod(os.path.join(self.top, "site", "raw.html"), 0o600)
        _, page = self.page("--index", "site")
        self.assertIn("4 reports", page.text)
        self.assertNotIn("b", [tag for tag, _ in page.elements])


if __name__ == "__main__":
    unittest.main()
