# SPDX-License-Identifier: MIT
"""Every format of `pinlat compare`: one output of each byte for byte, the others by their rules.

UPDATE_GOLDEN=1 writes the texts anew; read what git says has changed before keeping it.
"""
import csv
import fcntl
import html
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

import records
import validate
from command import PINLAT, CompareTest

validate.TYPES.setdefault("number", lambda v: isinstance(v, (int, float)) and
                          not isinstance(v, bool))
FORMATS = ("text", "mail", "json", "csv", "markdown", "mmtests", "line")
with open(os.environ["COMPARE_SCHEMA"], encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)


VERDICTS = ("worse", "better", "mixed", "same", "unclear")
READING = ("text", "mail", "markdown")
# The outputs that are kept: what one says, each format does.
KEPT = {"said.text", "three.mail", "same.mail", "explained.markdown", "same.csv", "three.line"}


def prose(comparison):
    """Its sentences, each once."""
    found = [comparison["sentence"], *comparison["warnings"]]
    for of in comparison["sets"][1:]:
        found += [of["sentence"], of["environment_differs"]]
    return [sentence for sentence in dict.fromkeys(found) if sentence]


def words(form, shown):
    """Without markup, line ends and characters that are not in each form."""
    if form == "markdown":
        shown = html.unescape(re.sub(r"\\(.)", r"\1", shown))
    return " ".join(shown.replace("**", "").replace("µ", "u").split())


class Formats(CompareTest):
    def shown(self, name, *sets):
        """A comparison in each format."""
        shown = {}
        for form in FORMATS:
            with self.subTest(name, form=form):
                shown[form] = self.compared("--format", form, *sets)
                self.check(form, shown[form])
                if f"{name}.{form}" in KEPT:
                    self.golden("compare/golden.txt", f"{name}.{form}", shown[form])
        self.check_alike(shown)
        return shown

    def check_alike(self, shown):
        """
        Each form that is read has each judged row, with its verdict, and each sentence. A mail has
        marks in place of verdicts, and one headline in place of the sentences of proven changes.
        """
        comparison = json.loads(shown["json"])
        verdicts = sorted(row["verdict"] for row in comparison["rows"] if row["judged"])
        with self.subTest("mail"):
            marks = re.findall(r"^\S.*?(?<=[\w%])([*=]) ", shown["mail"], re.MULTILINE)
            if len(comparison["sets"]) == 2:
                self.assertEqual((marks.count("*"), marks.count("=")), (
                    sum(v in ("worse", "better") for v in verdicts), verdicts.count("same")))
            for said in comparison["warnings"] + [shown["line"].split(": ", 2)[2].split("; ")[0]]:
                self.assertIn(words("text", said), words("mail", shown["mail"]))
        for form in ("text", "markdown"):
            with self.subTest(form):
                row = r"[|] (?:\*\*)?(\w+)(?:\*\*)? [|]$" if form == "markdown" else \
                    r"^.*(?:\.\.|unknown).* (\w+)$"
                found = [v for v in re.findall(row, shown[form], re.MULTILINE) if v in VERDICTS]
                self.assertEqual(sorted(found), verdicts)
                for sentence in prose(comparison):
                    self.assertIn(words("text", sentence), words(form, shown[form]))

    def check(self, form, shown):
        """What holds for a format whatever it shows."""
        lines = shown.split("\n")
        if form in ("text", "mail"):
            for line in lines:
                self.assertLessEqual(len(line), 100 if form == "text" else 72, line)
                self.assertEqual(line, line.rstrip())
        if form in ("mail", "csv", "mmtests", "line"):
            self.assertTrue(shown.isascii())
        if form == "line":
            self.assertEqual(shown.count("\n"), 1)
        if form == "json":
            errors = list(validate.errors(SCHEMA, SCHEMA, json.loads(shown), "comparison"))
            self.assertEqual(errors, [])
        if form == "csv":
            self.assertEqual(shown.count("\r\n"), shown.count("\n"))
            rows = list(csv.reader(io.StringIO(shown, newline=""), strict=True))
            self.assertEqual({len(row) for row in rows}, {24})
        if form == "markdown":
            for line in lines:
                if line.startswith("|"):
                    self.assertIn(len(re.findall(r"(?<!\\)\|", line)), (6, 7, 9), line)

    def test_worse(self):
        subtests = ("timer-idle", "timer-busy", "thp-busy")
        self.shown("worse", self.base(subtests=subtests), self.new(1.5, subtests=subtests))

    def test_mixed(self):
        """Better in one and worse in the other is neither, and the sentence has both."""
        shown = self.shown("mixed", self.base(), self.new({"timer-busy": 1.5, "thp-busy": 0.4}))
        said = json.loads(shown["json"])
        self.assertEqual(said["verdict"], "mixed")
        self.assertRegex(said["sentence"], "^patched is worse than base in 2 numbers and better in "
                                           "[234]. Better: thp-busy: .*. Worse: timer-busy: ")

    def test_same(self):
        self.shown("same", self.base(spread=0.001), self.new(spread=0.001))

    def test_unclear(self):
        """So few that nothing can be significant, on boots of several runs; and one boot each."""
        few = self.shown("few", self.base(runs=1, boots=4), self.new(1.5, runs=1, boots=4))
        self.assertIn("Boot each kernel 6 times or more", " ".join(few["text"].split()))
        one = self.shown("one", self.base(runs=8), self.new(1.5, runs=8))
        self.assertIn("these two boots differ, because of the kernel or of the boot: thp-busy: ",
                      " ".join(one["text"].split()))
        self.shown("unclear", self.base(runs=2, boots=5, spread=0.3),
                   self.new(1.1, runs=2, boots=5, spread=0.3))

    def test_three_sets(self):
        turns = {**records.TURNS, "every": 3}
        other = records.make_set("reverted", factor={"thp-busy": 0.5}, first=2, **turns)
        self.shown("three", self.base(**turns), self.new(2, **turns), self.write("reverted", other))

    def test_judged_rows_are_in_each_form(self):
        """A row of markdown has its numbers, p and verdict in text, and its numbers in mail."""
        sets = self.base(), self.new(1.5)
        rows = [[html.unescape(cell.strip(" *")) for cell in line.split("|")[1:-1]] for line in
                self.compared("--format", "markdown", *sets).split("\n")
                if re.search("(worse|better|same|unclear)[*]* [|]$", line)]
        self.assertEqual(len(rows), 9)
        for form in ("text", "mail"):
            shown = self.compared("--format", form, *sets).split("\n")
            for _, *cells in rows:
                if form == "mail":
                    cells = [*cells[1:-2]]  # its name, p and the verdict are otherwise
                cells = [c.replace("µ", "u") if form == "mail" else c for c in cells if c]
                self.assertTrue(any(set(cells) <= set(re.split(r"  +|(?<=\S) (?=[-+0-9a-z])", line))
                                    or all(c in line for c in cells) for line in shown), cells)

    def test_explained(self):
        """The time of slow samples; some runs see less than others, and one tells nothing."""
        base = records.attribute(records.make_set("base", **records.TURNS), direct_reclaim=20,
                                 on_cpu=70, run_queue=5)
        new = records.make_set("patched", factor={"thp-busy": 20}, first=1, **records.TURNS)
        records.attribute(new, direct_reclaim=83, compaction=11, run_queue=4)
        del base[0]["attribution"]
        for split in ("all", "slow"):
            del new[1]["attribution"][split]["compaction_ns"]
            new[1]["attribution"][split]["unexplained_ns"] += 11 * 10**7
        for r in base:
            if r["subtest"].startswith("timer"):
                r.pop("attribution", None)
        self.shown("explained", self.write("base", base), self.write("patched", new))

    def test_everything_is_said(self):
        """Invalid and doubled runs, a fall of huge pages, another machine, and more."""
        base = records.make_set("base", runs=6)
        base[3]["validity"] = {"valid": False, "reasons": ["the walker stood still"], "notes": []}
        base += [base[0]] + records.make_set("base", runs=1, subtests=["thp-idle"], first=500)
        new = records.make_set("patched", runs=8, factor={"thp-busy": 20}, first=1000, huge=0.5)
        for i, r in enumerate(new):
            r["environment"]["memory"]["swap_free"] = i
            if r["subtest"] == "timer-busy":
                r["latency"]["scheduled"] = records.histogram(20000 + 500 * i)
        records.change(new, "config.duration_ns", 10**10)
        records.change(new, "environment.cpu.model", "Another CPU")
        records.change(new, "environment.kernel.cmdline", "root=/dev/vda preempt=full")
        records.patched(new, "6.1.0-other")
        new[1]["environment"]["kernel"]["preempt"] = "full"
        self.write("base", base)
        self.write("patched", new)
        self.text("patched", '{"schema": "pinlat.rec', "a")
        self.shown("said", "--allow", "machine,cmdline", "base", "patched")

    def test_setups(self):
        """Two setups of one subtest on both sides: each with its own."""
        for label, factor in (("base", 1), ("patched", 1.5)):
            of = records.make_set(label, factor={"timer-busy": factor}, subtests=["timer-busy"])
            more = records.make_set(label, subtests=["timer-busy"], first=100)
            self.write(label, of + records.change(more, "config.arena", "machine"))
        for form, shown in self.shown("setups", "base", "patched").items():
            if form != "line":
                self.assertIn("machine", shown, form)

    def test_values(self):
        """A number a line, of each valid run: what the rows of JSON are made of."""
        base, new = self.base(), self.new(1.5)
        rows = json.loads(self.compared("--format", "json", base, new))["rows"]
        expected = next(row["new_values"] for row in rows
                        if (row["subtest"], row["metric"]) == ("thp-busy", "p99"))
        shown = self.compared("--format", "values", "--primary", "thp-busy:p99", new)
        self.assertEqual([float(line) for line in shown.splitlines()], expected)

    def test_within(self):
        """Two subtests of one set are compared as two sets with one of each are."""
        subtests = ("thp-locked", "thp-pinned", "timer-busy")
        both = self.write("both", records.make_set("both", 6, factor={"thp-pinned": 30},
                                                   subtests=subtests))
        within = json.loads(self.compared("--format", "json", "--within",
                                          "thp-locked,thp-pinned", both))
        self.assertEqual([s["name"] for s in within["sets"]], ["thp-locked", "thp-pinned"])
        self.assertEqual({row["subtest"] for row in within["rows"]}, {"thp"})
        self.assertEqual({row["metric"]: row["verdict"] for row in within["rows"]
                          if row["judged"]},
                         {"fault_p50": "worse", "fault_p99": "worse", "stalls_10ms": "worse",
                          "fault_time": "worse", "huge": "unclear", "walker": "unclear"})
        for form in FORMATS:
            shown = self.compared("--format", form, "--within", "thp-locked,thp-pinned", both)
            self.check(form, shown)
            self.assertRegex(shown, "thp-pinned|memory pinned|locked +pinned\n")
        done = self.compare("--within", "thp-locked,thp-idle", both)
        self.assertEqual((done.returncode, done.stderr),
                         (3, "pinlat: compare: both has no valid run of thp-idle\n"))

    def test_all_formats_agree(self):
        """What the text says of a row, JSON and CSV say too."""
        sets = self.base(), self.new(1.5)
        rows = json.loads(self.compared("--format", "json", *sets))["rows"]
        table = list(csv.DictReader(io.StringIO(self.compared("--format", "csv", *sets),
                                                newline="")))
        self.assertEqual(len(rows), len(table))
        for row, line in zip(rows, table):
            self.assertEqual((row["subtest"], row["metric"], row["set"], row["verdict"] or ""),
                             (line["subtest"], line["metric"], line["set"], line["verdict"]))
            self.assertEqual("" if row["p"] is None else row["p"],
                             line["p"] and float(line["p"]))
        text = self.compared(*sets)
        for verdict in ("worse", "same"):
            seen = sum(row["verdict"] == verdict for row in rows)
            self.assertEqual(len(re.findall(rf"[0-9]/[0-9]+  *{verdict}$", text, re.M)), seen)

    def test_many_sets_are_not_all_named(self):
        """The first sentence names all four of a verdict, of more the first and the last."""
        sets = [self.write(f"set-{i}", records.make_set(
            f"v{i}", runs=1, boots=12, every=12, first=i, spread=0.001,
            factor={"thp-busy": 2 if 0 < i < 5 else 1})) for i in range(12)]
        sentence = json.loads(self.compared("--format", "json", *sets))["sentence"]
        self.assertEqual(sentence, "11 kernels against v0: 4 worse (v1, v2, v3, v4), "
                                   "7 same (v5, ..., v11)")

    def test_depends_on_the_records_alone(self):
        sets = self.base(), self.new(1.5)
        for form in FORMATS:
            first = self.compared("--format", form, *sets, TZ="UTC", LC_ALL="C", COLUMNS="80")
            second = self.compared("--format", form, *sets, TZ="Asia/Tokyo", COLUMNS="200",
                                   LC_ALL="de_DE.UTF-8", TERM="xterm")
            self.assertEqual(first, second)

    def on_terminal(self, *args, columns=0, command="compare", **env):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        subprocess.run([PINLAT, command, *args], cwd=self.top, stdout=slave, check=True,
                       env=dict(os.environ, **{"TERM": "xterm", **env}))
        os.close(slave)
        out = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            out += part
        os.close(master)
        return out.decode().replace("\r\n", "\n")

    def test_colour(self):
        sets = self.base(), self.new(1.5)
        plain = self.compared(*sets)
        coloured = self.on_terminal(*sets, NO_COLOR="")
        self.assertIn("\x1b[1;31mworse\x1b[0m", coloured)
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", coloured), plain)
        self.assertEqual(self.on_terminal(*sets, NO_COLOR="1"), plain)
        self.assertEqual(self.on_terminal(*sets, NO_COLOR="", TERM="dumb"), plain)
        self.assertNotIn("\x1b", self.on_terminal("--format", "mail", *sets, NO_COLOR=""))

    def test_width(self):
        """Text is as wide as the terminal; tables leave out what can be spared, not the answer."""
        sets = self.base(), self.new(1.5)
        for columns in (80, 100, 200):
            for command in ("compare", "show"):
                given = sets if command == "compare" else sets[:1]
                shown = self.on_terminal(*given, columns=columns, command=command, NO_COLOR="1")
                self.assertLessEqual(max(map(len, shown.splitlines())), min(columns, 100))
        narrow = self.on_terminal(*sets, columns=80, NO_COLOR="1")
        self.assertRegex(narrow, r"p99 of faults +1\.80ms +2\.71ms +\+50% .*worse\n")
        self.assertNotIn("p (Holm)", narrow)
        self.assertEqual(self.on_terminal(*sets, columns=200, NO_COLOR="1"), self.compared(*sets))

    def test_output_file(self):
        sets = self.base(), self.new(1.5)
        plain = self.compared(*sets)
        self.assertEqual(self.compared("-o", "report.txt", *sets), "")
        with open(self.path("report.txt"), encoding="utf-8") as f:
            self.assertEqual(f.read(), plain)
        done = self.compare("-o", "no/such/dir", *sets)
        self.assertEqual(done.returncode, 3)
        self.assertIn("no/such/dir: cannot be written: No such file", done.stderr)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PINLAT, "compare", *sets], cwd=self.top, stdout=full,
                                  stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("standard output could not be written", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
