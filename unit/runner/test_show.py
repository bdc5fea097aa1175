# SPDX-License-Identifier: MIT
"""`pinlat show`: golden texts, and that nothing but the records makes them.

UPDATE_GOLDEN=1 writes the texts anew; read what git says has changed before keeping it.
"""
import os
import pty
import re
import shutil
import subprocess
import unittest

import records
from command import PINLAT
from harness import RunnerTest

HOSTILE = "odd\x1b]0;title\x07\x9b31m"


def one_set(label="base"):
    """Every subtest, three runs of each, of which one is invalid."""
    made = records.make_set(label, 3, subtests=records.SUBTESTS, spread=0.2, huge=0.8)
    made[28]["validity"] = {"valid": False, "reasons": ["reclaim scanned no anonymous page"],
                            "notes": []}
    return made


def other_setups():
    """A run each that differs from the set in what a table must not mix."""
    made = records.make_set("base", 5, subtests=["timer-idle"], first=100)
    records.change(made[:1], "label", "patched")
    records.change(made[1:2], "config.arena", "machine")
    records.change(made[2:3], "environment.virtual", True)
    records.change(made[2:3], "environment.hypervisor", "qemu-tcg")
    records.change(made[3:4], "environment.kernel.release", "6.2.0")
    records.change(made[4:], "config.duration_ns", 10**9)
    return made


def invalid():
    made = records.full("timer-busy", 5)
    made["validity"] = {"valid": False, "notes": [], "reasons": [
        "the walker stalled after 3 s: \x1b[31mno page read\n", "nothing was reclaimed"]}
    return made


def explained():
    """What --explain gives: of four samples two in full, one overwritten, one hostile."""
    made = records.full("thp-busy", 4)
    worst = made["explain"]["worst"][0]
    made["explain"].update(
        missing=["vmscan:mm_vmscan_throttled"], lost=1234,
        reclaim={"anon": {"scanned": 1860000, "freed": 0, "in_use": 0, "touched": 0,
                          "kept": 1860000}}, worst=[
            dict(worst, latency_ns=654 * 10**6, left_out=3,
                 cause="direct reclaim 10.0ms: 82395 pages scanned, 512 reclaimed; waited for the "
                       "CPU 5.50ms (behind kworker/1:1)"),
            dict(worst, cause="not known: its events were overwritten by later ones"),
            dict(worst, cause="direct \x1b[31mred")])
    return made


def bound():
    """Of a driver that does not pin: what reclaim took, what came back, who waited for the GPU."""
    made = records.full("thp-busy", 4)
    for name in ("config", "load"):
        made[name]["engine"] = "xe"
    made["config"].update(engine_mode="dma-fence", vms=16)
    made["load"].update(hold="bound", held_bytes=300 << 20, held_least_bytes=200 << 20,
                        refaults=4321, exec_ns=5 * 10**9, exec_longest_ns=3572 * 10**6)
    calls = {"calls": 1200, "ns": 9 * 10**9, "longest_ns": 95 * 10**6}
    made["explain"]["time"].update(direct_reclaim_ns=100, notifier_ns=600)
    made["explain"]["notifier"] = {"kswapd": calls, "direct_reclaim": calls, "owner": calls,
                                   "compaction": dict.fromkeys(calls, 0),
                                   "other": dict.fromkeys(calls, 0), "lost": 3}
    return made


def untraced():
    made = explained()
    made["explain"] = {"why_not": "tracefs cannot be mounted: Operation not permitted",
                       "worst": [{"cpu": 1, "t_ns": 5000, "latency_ns": 900}]}
    return made


def newer():
    """By a pinlat that is still to come, and with text that nobody expects."""
    made = records.full("timer-busy", 6)
    made.update(schema="pinlat.record/1.9", seed=7, subtest="disk-\x1bidle", label=HOSTILE)
    made["power"] = [3]
    for name in ("environment", "config", "load", "counters"):
        del made[name]
    return made


SMALLEST = {"schema": "pinlat.record/1.0", "subtest": "timer-idle", "label": "x",
            "validity": {"valid": True},
            "latency": {"scheduled": records.distribution([(513, 1)])}}
SHOWN = {
    "explained": [explained()], "bound": [bound()], "untraced": [untraced()],
    "invalid": [invalid()],
    "newer": [newer()], "smallest": [SMALLEST], "set": one_set() + other_setups(),
    "only invalid": [invalid(), invalid()],
}


class Show(RunnerTest):
    def show(self, *made, **env):
        done = self.pinlat("show", self.write("shown", made), **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_golden(self):
        for name, made in SHOWN.items():
            with self.subTest(name):
                self.golden("runner/golden.txt", name, self.show(*made))

    def test_width(self):
        for name, made in SHOWN.items():
            for line in self.show(*made).splitlines():
                self.assertLessEqual(len(line), 100, name)
                self.assertEqual(line, line.rstrip(), name)

    def test_depends_on_the_records_alone(self):
        first = self.show(*one_set(), TZ="UTC", LANG="C", LC_ALL="C", COLUMNS="80")
        second = self.show(*one_set(), TZ="Asia/Tokyo", LANG="de_DE.UTF-8",
                           LC_ALL="de_DE.UTF-8", COLUMNS="200", TERM="xterm")
        self.assertEqual(first, second)

    def on_terminal(self, *made, **env):
        master, slave = pty.openpty()
        subprocess.run([PINLAT, "show", self.write("shown", made)], cwd=self.top, stdout=slave,
                       check=True, env=self.environment(**env))
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

    def test_colour_does_not_alter_the_text(self):
        plain = self.show(invalid())
        coloured = self.on_terminal(invalid(), NO_COLOR="")
        self.assertIn("\x1b[1;31mINVALID\x1b[0m", coloured)
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", coloured), plain)
        self.assertEqual(self.on_terminal(invalid(), NO_COLOR="1"), plain)

    def test_invalid_records_do_not_count(self):
        made = one_set()
        more = [dict(made[0], validity={"valid": False, "reasons": ["made up"]},
                     latency={"scheduled": records.distribution([(i, 1)])}) for i in range(50)]

        def rows(of):
            return [line for line in self.show(*of).splitlines()
                    if line.startswith(("timer-", "thp-"))]
        self.assertEqual(rows(made), rows(made + more))

    def test_directory_and_bad_lines(self):
        self.write("a.json", [records.full("timer-busy", 1)])
        self.text("z.json", '{"schema": "pinlat.rec\x1b[0m')
        done = self.pinlat("show", self.top)
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 run\n", done.stdout)
        self.assertEqual(done.stderr,
                         f"pinlat: {self.top}/z.json:1: cut short, the rest of the last line "
                         "is missing\n")

    def test_empty_file_among_good_ones(self):
        os.mkdir(self.path("set"))
        self.write("set/0000-timer-busy.json", [records.full("timer-busy", 1)])
        self.text("set/0001-thp-busy.json", "")
        done = self.pinlat("show", "set")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "pinlat: set/0001-thp-busy.json:1: is empty: a record was to "
                                      "be there\n")

    def test_cpus_that_were_not_measured(self):
        made = records.make_set("base")
        for measured, said in ((4, "4 CPUs, "), (1, "4 CPUs (1 measured), ")):
            self.write("set", records.change(made, "environment.cpu.measured", measured))
            self.write("one", made[:1])
            for path in ("set", "one"):
                self.assertIn(f"A made-up CPU, {said}", self.pinlat("show", path).stdout)

    def test_bad_usage(self):
        empty = self.text("empty.json", "")
        for word, *args in (("which record or directory?",),
                            ("cannot be read: No such file", "/no/such/file"),
                            ("holds no record", empty),
                            ("--format knows text, not \"xml\"", "--format", "xml", empty),
                            ("there is no option --colour", "--colour")):
            done = self.pinlat("show", *args)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(word, done.stderr)

    def test_explain_from_anywhere(self):
        """What --explain gave is kept as it stands in the record, which may be anything."""
        record = explained()
        sample = {"latency_ns": 2**64 - 1, "cpu": -5, "t_ns": 1e300, "cause": 5, "left_out": -1,
                  "strip": "<b>" * 200,
                  "events": [None, 1, "x", [], [1], ["a", None, {}], [5, "<i>", "</ul>"], {}]}
        page = self.path("page.html")
        for explain in ({}, {"worst": None}, {"worst": [None, 1, "x", [], {}]},
                        {"worst": [sample], "missing": [None, 1, {}], "reclaim": [],
                         "time": {"total_ns": 1, "own_ns": 2**64 - 1}},
                        {"worst": [dict(sample, cause="<script>\x1b[31m" + "x" * 5000)],
                         "time": 5, "missing": {}, "lost": "x", "reclaim": {"anon": 1}},
                        {"worst": [], "pinned": {"anon": {"pinned": 2**64 - 1}, "file": 3}},
                        {"worst": [], "pinned": {"why_not": "\x1b[0m" * 100}},
                        {"why_not": "\x1b[0m" * 100, "worst": {}}):
            with self.subTest(explain):
                self.assertNotIn("\x1b", self.show(dict(record, explain=explain)))
                self.assertEqual(self.pinlat("report", "shown", "-o", page).returncode, 0)
                with open(page, encoding="utf-8") as f:
                    html = f.read()
                self.assertNotIn("<script>x", html.replace("\x1b[31m", ""))
                self.assertNotIn("<li>+5ns <i>", html)

    def test_full_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PINLAT, "show", self.write("shown", [SMALLEST])],
                                  cwd=self.top, stdout=full, stderr=subprocess.PIPE,
                                  encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("standard output could not be written: No space left", done.stderr)

    def test_memory(self):
        """Without a leak or a wild access, as valgrind sees it."""
        valgrind = shutil.which("valgrind")
        with open(PINLAT, "rb") as f:
            if not valgrind or b"__asan_init" in f.read():
                self.skipTest("no valgrind, or a sanitizer in its place")
        for made in (one_set(), [newer()]):
            done = subprocess.run(
                [valgrind, "-q", "--leak-check=full", "--error-exitcode=99", PINLAT, "show",
                 self.write("shown", made)],
                cwd=self.top, capture_output=True, encoding="utf-8", check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
