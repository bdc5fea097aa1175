# SPDX-License-Identifier: MIT
"""`pinlat show`: golden texts, and that nothing but the records makes them.

UPDATE_GOLDEN=1 writes the texts anew; read what git says has changed before keeping it.
"""
import gzip
import json
import os
import pty
import re
import shutil
import subprocess
import unittest

from command import PINLAT
from harness import DATA, RunnerTest

# Each text in data/ is what `pinlat show` prints for these.
GOLDEN = {
    "timer.txt": ["timer.json"],
    "thp.txt": ["thp.json"],
    "invalid.txt": ["invalid.json"],
    "smallest.txt": ["smallest.json"],
    "explained.txt": ["explained.json"],
    "untraced.txt": ["untraced.json"],
    "newer.txt": ["newer.json"],
    "set.txt": ["set.jsonl.gz"],
    "mixed.txt": ["set.jsonl.gz", "mixed.jsonl"],
    "only-invalid.txt": ["invalid.json", "invalid.json"],
}


class Show(RunnerTest):
    def show(self, *names, **env):
        done = self.pinlat("show", *(os.path.join(DATA, name) for name in names), **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_golden(self):
        for text, records in GOLDEN.items():
            with self.subTest(text):
                shown = self.show(*records)
                path = os.path.join(DATA, text)
                if os.environ.get("UPDATE_GOLDEN"):
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(shown)
                with open(path, encoding="utf-8") as f:
                    self.assertEqual(shown, f.read())

    def test_width(self):
        for text in GOLDEN:
            with open(os.path.join(DATA, text), encoding="utf-8") as f:
                for line in f:
                    self.assertLessEqual(len(line.rstrip("\n")), 100, text)
                    self.assertEqual(line, line.rstrip() + "\n", text)

    def test_depends_on_the_records_alone(self):
        first = self.show("set.jsonl.gz", TZ="UTC", LANG="C", LC_ALL="C", COLUMNS="80")
        second = self.show("set.jsonl.gz", TZ="Asia/Tokyo", LANG="de_DE.UTF-8",
                           LC_ALL="de_DE.UTF-8", COLUMNS="200", TERM="xterm")
        self.assertEqual(first, second)

    def on_terminal(self, *names, **env):
        master, slave = pty.openpty()
        subprocess.run([PINLAT, "show", *(os.path.join(DATA, name) for name in names)],
                       stdout=slave, check=True, env=self.environment(**env))
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
        plain = self.show("invalid.json")
        coloured = self.on_terminal("invalid.json", NO_COLOR="")
        self.assertIn("\x1b[1;31mINVALID\x1b[0m", coloured)
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", coloured), plain)
        self.assertEqual(self.on_terminal("invalid.json", NO_COLOR="1"), plain)

    def test_invalid_records_do_not_count(self):
        with gzip.open(os.path.join(DATA, "set.jsonl.gz"), "rt", encoding="utf-8") as f:
            lines = f.read().splitlines()
        bad = json.loads(lines[0])
        bad["validity"] = {"valid": False, "reasons": ["made up"]}
        for i in range(50):
            bad["latency"]["scheduled"] = {"count": 1, "min": i, "max": i, "sum": i,
                                           "buckets": [[i, 1]]}
            lines.append(json.dumps(bad))
        path = os.path.join(self.top, "more.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        rows = [line for line in self.show("set.jsonl.gz").splitlines()
                if line.startswith(("timer-", "thp-"))]
        more = [line for line in self.pinlat("show", path).stdout.splitlines()
                if line.startswith(("timer-", "thp-"))]
        self.assertEqual(rows, more)

    def test_directory_and_bad_lines(self):
        shutil.copy(os.path.join(DATA, "timer.json"), self.top)
        with open(os.path.join(self.top, "z.json"), "w", encoding="utf-8") as f:
            f.write('{"schema": "pinlat.rec\x1b[0m')
        done = self.pinlat("show", self.top)
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 record\n", done.stdout)
        self.assertEqual(done.stderr,
                         f"pinlat: {self.top}/z.json:1: cut short, the rest of the last line "
                         "is missing\n")

    def test_bad_usage(self):
        empty = os.path.join(self.top, "empty.json")
        with open(empty, "w", encoding="utf-8"):
            pass
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
        with open(os.path.join(DATA, "explained.json"), encoding="utf-8") as f:
            record = json.load(f)
        sample = {"latency_ns": 2**64 - 1, "cpu": -5, "t_ns": 1e300, "cause": 5, "left_out": -1,
                  "strip": "<b>" * 200,
                  "events": [None, 1, "x", [], [1], ["a", None, {}], [5, "<i>", "</ul>"], {}]}
        path = os.path.join(self.top, "record.json")
        page = os.path.join(self.top, "page.html")
        for explain in ({}, {"worst": None}, {"worst": [None, 1, "x", [], {}]},
                        {"worst": [sample], "missing": [None, 1, {}], "reclaim": [],
                         "time": {"total_ns": 1, "own_ns": 2**64 - 1}},
                        {"worst": [dict(sample, cause="<script>\x1b[31m" + "x" * 5000)],
                         "time": 5, "missing": {}, "lost": "x", "reclaim": {"anon": 1}},
                        {"worst": [], "pinned": {"anon": {"pinned": 2**64 - 1}, "file": 3}},
                        {"worst": [], "pinned": {"why_not": "\x1b[0m" * 100}},
                        {"why_not": "\x1b[0m" * 100, "worst": {}}):
            with self.subTest(explain):
                with open(path, "w", encoding="utf-8") as f:
                    json.dump(dict(record, explain=explain), f)
                self.assertNotIn("\x1b", self.show(path))
                self.assertEqual(self.pinlat("report", path, "-o", page).returncode, 0)
                with open(page, encoding="utf-8") as f:
                    html = f.read()
                self.assertNotIn("<script>x", html.replace("\x1b[31m", ""))
                self.assertNotIn("<li>+5ns <i>", html)

    def test_full_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PINLAT, "show", os.path.join(DATA, "timer.json")],
                                  stdout=full, stderr=subprocess.PIPE, encoding="utf-8",
                                  check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("standard output could not be written: No space left", done.stderr)

    def test_memory(self):
        """Without a leak or a wild access, as valgrind sees it."""
        valgrind = shutil.which("valgrind")
        with open(PINLAT, "rb") as f:
            if not valgrind or b"__asan_init" in f.read():
                self.skipTest("no valgrind, or a sanitizer in its place")
        for names in (["set.jsonl.gz"], ["newer.json"]):
            done = subprocess.run(
                [valgrind, "-q", "--leak-check=full", "--error-exitcode=99", PINLAT, "show",
                 *(os.path.join(DATA, name) for name in names)],
                capture_output=True, encoding="utf-8", check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
