# SPDX-License-Identifier: MIT
"""`pinlat report`: the page as text. How it looks is for test_browser.py."""
import csv
import io
import os
import re
import subprocess
import unittest

import pages
import records
from command import PINLAT, CompareTest

PARTS = ["changes", "counters", "environment", "other", "power", "runs", "sets", "source",
         "subtests"]


class PageTest(CompareTest):
    def report(self, *args, code=0, **env):
        done = subprocess.run([PINLAT, "report", *args], cwd=self.top, capture_output=True,
                              env=dict(os.environ, **env), stdin=subprocess.DEVNULL, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn(b"Sanitizer", done.stderr)
        self.assertNotIn(b"runtime error", done.stderr)
        return done

    def written(self, *args, said="", **env):
        """The page as text; nothing but `said` goes to the user."""
        done = self.report(*args, "-o", "page.html", **env)
        self.assertRegex(done.stderr.decode(), f"^{said}$")
        self.assertEqual(done.stdout, b"")
        with open(self.path("page.html"), encoding="utf-8", newline="") as f:
            return f.read()

    def page(self, *args, **more):
        return pages.check(self.written(*args, **more))

    def parts(self, page):
        return sorted(attrs["id"] for attrs in page.all("section"))

    def test_says_what_compare_says(self):
        sets = self.base(), self.new(1.5)
        page = self.page(*sets)
        self.assertEqual(self.parts(page), PARTS)
        line = self.compared("--format", "line", *sets).removeprefix("pinlat: worse: ")
        line = re.sub(r" \[.*?\]", "", line.split("; ")[0])
        self.assertIn("Worse : " + line.replace("us ", "µs "), page.text)
        text = self.compared("--format", "csv", *sets)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        where, sentence = self.compared(*sets).split("\n\n")[0].replace("\n  ", " ").split("\n")
        for tag in re.sub(r"\(io_uring, ", "(io_uring| ", where).split(": ", 1)[1].split(", "):
            self.assertIn(tag.replace("|", ","), page.text)
        self.assertIn(sentence.removeprefix("worse: "), page.text)
        shown = self.compared("--format", "markdown", *sets)
        judged = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in
                  shown.split("\n") if re.search(r"(worse|same)\*{0,2} \|$", line)]
        self.assertEqual(len(judged), 9)
        for subtest, number, base, new, change, interval, p, verdict in judged:
            number = number.replace("&gt;", ">")
            self.assertIn(f"{subtest} {number} {verdict} {change} {interval} {base} {new}",
                          page.text)
            self.assertIn(f" {p} ", page.text)
        for row in rows:
            if row["metric"] in ("p50", "p99"):
                self.assertIn(f"{row['subtest']} {row['metric']}", page.text)

    def test_one_kernel(self):
        """Pinned against mlocked is the head of its page, as compare --within says it."""
        of = records.make_set("base", 6, factor={"thp-pinned": 30},
                              subtests=("thp-locked", "thp-pinned", "timer-busy"))
        page = self.page(self.write("base", of))
        line = self.compared("--format", "line", "--within", "thp-locked,thp-pinned", "base")
        said = line.removeprefix("pinlat: ").split(" (")[0].replace("us ", "µs ")
        self.assertIn("with memory mlocked", said)
        self.assertIn(said.replace("worse: ", "Worse : "), page.text)
        self.assertIn("changes", self.parts(page))
        self.assertIn("timer-busy: medians of the runs", page.text)

    def test_table_of_kernels(self):
        """A column for each kernel, a row for each judged number, in plain words with its unit."""
        page = self.page(self.base(), self.new(1.5))
        for words in ("number base (base) patched", "Huge-page fault, device busy: less is better",
                      "1 in 100 thp-busy p99 of faults 1.80ms 2.71ms +50% worse",
                      "Timer wake-up, device busy: less is better",
                      "Work done meanwhile: more is better",
                      "device requests completed thp-busy device requests 1000/s 1000/s 0.0%"):
            self.assertIn(words, page.text)

    def test_one_set(self):
        page = self.page(self.base(runs=5))
        self.assertIn("base : 10 valid runs of 2 subtests", page.text)
        self.assertEqual(self.parts(page), ["environment", "runs", "sets", "source", "subtests"])

    def test_every_run_is_there(self):
        base = records.make_set("base", runs=3)
        self.write("base", base)
        text = self.written("base")
        for r in base:
            for quantile in ("p50", "p90", "p99"):
                value = r["latency"]["scheduled"]["quantiles"][quantile]
                titles = re.findall(
                    rf"<title>base: \S+ \((\d+) ns\), run {r['seq']:04}, boot 1", text)
                self.assertEqual(len(titles), 3)
                # A quantile is the middle of its bucket, within what was seen.
                self.assertTrue(any(abs(int(t) - value) <= value / 256 for t in titles))

    def test_attribution(self):
        """A bar and words for each set that recorded it, and no section where none did."""
        self.assertNotIn("attribution", self.parts(self.page(self.base(), self.new(2))))
        base = records.attribute(records.make_set("base", **records.TURNS), direct_reclaim=20,
                                 on_cpu=70)
        new = records.attribute(records.make_set("patched", first=1, **records.TURNS),
                                compaction=83)
        page = self.page(self.write("base", base), self.write("patched", new))
        self.assertIn("attribution", self.parts(page))
        self.assertIn("70 % on CPU, 20 % direct reclaim, 10 % unexplained", page.text)
        self.assertIn("83 % compaction, 17 % unexplained", page.text)
        self.assertIn("Where the time of the slow samples went", page.text)
        alone = self.page(self.write("base", base))
        self.assertIn("70 % on CPU, 20 % direct reclaim, 10 % unexplained", alone.text)

    def test_many_sets(self):
        """In rows, in columns, and folded: nothing may depend on how many there are."""
        for sets in (3, 6, 14):
            for i in range(sets):
                self.write(f"s{i:02}", records.patched(records.make_set(
                    f"set {i}", first=1000 * i, factor={"thp-busy": 1 + i / 10}), f"6.{i}"))
            page = self.page(*[f"s{i:02}" for i in range(sets)])
            expected = PARTS + (["history"] if sets > 7 else [])
            self.assertEqual(self.parts(page), sorted(
                part for part in expected if sets <= 12 or part != "other"))
            for i in range(sets):
                self.assertIn(f"set {i}", page.text)

    def test_refused_sets_are_shown(self):
        self.base()
        self.write("new", records.change(records.make_set("new"), "config.arena", "machine"))
        page = self.page("base", "new", said="(?s:pinlat: report: base and new were set up .*"
                         "pinlat: report: so nothing is judged.*\n)")
        self.assertIn("Not compared : these kernels may not be compared", page.text)
        self.assertIn("arena cgroup:512M against machine", page.text)
        self.assertIn("--allow config", page.text)
        self.assertNotIn("changes", self.parts(page))
        allowed = self.page("--allow", "config", "base", "new")
        self.assertIn("compared all the same: --allow config", allowed.text)
        self.assertIn("changes", self.parts(allowed))
        os.remove(self.path("page.html"))
        self.report("--fail-on", "worse", "base", "new", "-o", "page.html", code=2)
        self.assertFalse(os.path.exists(self.path("page.html")))

    def test_gate(self):
        sets = self.base(), self.new(1.5)
        done = self.report("--fail-on", "worse", *sets, "-o", "page.html", code=1)
        self.assertIn("gate: thp-busy p50 of faults of patched: worse", done.stderr.decode())
        self.assertTrue(os.path.exists(self.path("page.html")))

    def test_refused_runs_are_named(self):
        base = records.make_set("base", runs=6)
        base[3]["validity"] = {"valid": False, "reasons": ["the walker stood still"], "notes": []}
        base[0]["validity"]["notes"] = ["the walker reached 97 % of its rate"]
        base[1]["validity"]["notes"] = ["the walker reached 5 % of its rate"]
        self.write("base", base + [base[2]])
        page = self.page("base", self.new(),
                         said="pinlat: left out: copies of other records of base: 1\n")
        self.assertIn("12 runs in the order of time, 1 refused", page.text)
        self.assertIn("base 0003 thp-busy the walker stood still", page.text)
        self.assertIn("thp-busy, run 0003, boot 1, 2026-01-31 10:03: the walker stood still",
                      page.text)
        self.assertIn("the walker reached 97 % of its rate (2 records, with other numbers)",
                      page.text)
        self.assertIn("used once: 1", page.text)
        self.assertIn("11 of 12", page.text)

    def test_labels_of_where_it_was_measured(self):
        of = records.make_set("base")
        records.change(of, "environment.virtual", True)
        self.write("vm", records.change(of, "environment.hypervisor", "qemu-tcg"))
        page = self.page("vm")
        self.assertIn("emulated (QEMU TCG) engine uring (io_uring, no GPU) walker loop "
                      "arena cgroup:512M", page.text)
        self.assertNotIn("emulated", self.page(self.base()).text)

    def test_few_samples(self):
        sets = self.base(samples=40), self.new(samples=40)
        page = self.page(*sets)
        self.assertIn("n<368", page.text)

    def test_records_without_anything(self):
        """A reader needs schema, subtest, label, validity and one histogram."""
        for label in ("a", "b"):
            of = [{k: r[k] for k in ("schema", "subtest", "label", "validity", "latency")}
                  for r in records.make_set(label)]
            for r in of:
                del r["latency"]["per_cpu"], r["latency"]["woken"]
            self.write(label, of)
        self.page("a", "b")
        self.page("a", "b", "--woken", said="(?s:.*)")
        zero = records.make_set("zero")
        for r in zero:
            r["latency"]["scheduled"] = records.distribution(())
        self.write("zero", zero)
        self.page("zero")
        self.page("zero", "a", said="(?s:.*)")

    def test_hostile(self):
        for i, of in enumerate(pages.hostile_sets()):
            self.write(f"h{i}", of)
        for args in (("h0", "h1"), ("h0",)):
            text = self.written(*args)
            page = pages.check(text)
            # All of it is there, as text.
            self.assertIn("<script>alert(1)</script>\"><img src=x onerror=alert(2)>", page.text)
            self.assertIn("[U+001B][31mred[U+001B][2J[U+202E][U+2066]gpj.exe", page.text)
            self.assertIn("A" * 10000, page.text)
            self.assertNotIn("alert(1)</script>", text)
            self.assertLess(len(text), 1_000_000)

    def test_file_names_are_no_links_elsewhere(self):
        of = records.make_set("base")
        os.mkdir(self.path("in"))
        for name in ("in/javascript:alert(1)", "in/a b?c#d%\"<e>", "in/plain.jsonl"):
            self.write(name, of)
        done = self.report("in/javascript:alert(1)", "in/a b?c#d%\"<e>", "in/plain.jsonl", "-o",
                           "in/page.html")
        self.assertEqual(done.stderr, b"")
        with open(self.path("in/page.html"), encoding="utf-8") as f:
            page = pages.check(f.read())
        links = [a["href"] for a in page.all("a") if a["href"][0] != "#"]
        self.assertEqual(links, ["./javascript%3Aalert%281%29", "./a%20b%3Fc%23d%25%22%3Ce%3E",
                                 "./plain.jsonl"])
        os.mkdir(self.path("out"))
        self.report("in/plain.jsonl", "-o", "out/page.html")
        with open(self.path("out/page.html"), encoding="utf-8") as f:
            page = pages.check(f.read())
        self.assertEqual([a for a in page.all("a") if a["href"][0] != "#"], [])
        self.assertIn("in/plain.jsonl", page.text)

    def test_output(self):
        base = self.base()
        page = self.written(base).replace('<a href="./base">', "").replace("</bdi></a>", "</bdi>")
        shown = self.report(base, "-o", "-").stdout.decode()
        self.assertEqual(shown.replace(" -o -", " -o page.html"), page)
        self.report(base, "-o", "none/page.html", code=3)
        done = self.report(base, "-o", ".", code=3)
        self.assertIn("cannot be written", done.stderr.decode())
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PINLAT, "report", base], cwd=self.top, stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(sorted(os.listdir(self.top)), ["base", "page.html"])

    def test_depends_on_the_records_alone(self):
        sets = self.base(), self.new(1.5)
        first = self.written(*sets, TZ="UTC", LC_ALL="C")
        second = self.written(*sets, TZ="Asia/Tokyo", LC_ALL="de_DE.UTF-8", COLUMNS="30")
        self.assertEqual(first, second)

    def test_command_to_measure_alike_is_safe(self):
        of = records.change(records.make_set("base"), "config.arena", "$(reboot)")
        page = self.page(self.write("base", of))
        self.assertIn("pinlat run --label LABEL -o FOLDER --engine uring --duration 20s", page.text)


if __name__ == "__main__":
    unittest.main()
