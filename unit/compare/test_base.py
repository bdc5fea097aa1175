# SPDX-License-Identifier: MIT
"""Which records are the base, and the line that all outputs begin with."""
import csv
import io
import json
import unittest

import records
from command import CompareTest

READING = ("text", "mail", "markdown")
REPORTS = ("html", "junit", "tap", "kcidb", "squad", "lava", "openmetrics")


def lines(text):
    """Wrapped lines as one each, without what markdown escapes."""
    return text.replace("\n  ", " ").replace("\\", "").splitlines()


class Base(CompareTest):
    def setUp(self):
        super().setUp()
        for i, label in enumerate(("reclaim", "skip-shrink", "skip-unmap")):
            of = records.make_set(label, runs=6, first=1000 * i,
                                  factor={"thp-busy": 1 + i % 2})
            self.write(label, records.patched(of, f"6.1.0-{label}"))

    def answer(self, *args):
        """The comparison, without the files' order and names."""
        found = json.loads(self.compared("--format", "json", *args))
        return {key: found[key] for key in ("base", "verdict", "sentence", "rows")}

    def test_said(self):
        for args, base in (((), "reclaim, the first given"),
                           (("--base", "skip-shrink"), "skip-shrink, as --base says")):
            for form in READING:
                shown = self.compared("--format", form, *args, "reclaim", "skip-shrink")
                if form == "mail":
                    self.assertIn(f"Change against {base}: ", " ".join(shown.split()))
                    continue
                self.assertTrue(any(line.startswith(("base ", "- base ")) and f" {base}: " in line
                                    for line in lines(shown)), shown)
            name, by = base.split(", ")
            found = json.loads(self.compared("--format", "json", *args, "reclaim", "skip-shrink"))
            self.assertEqual((found["base"], found["base_by"], found["sets"][0]["name"]),
                             (name, by, name))
            table = list(csv.DictReader(io.StringIO(self.compared(
                "--format", "csv", *args, "reclaim", "skip-shrink"), newline="")))
            self.assertEqual({row["base_set"] for row in table}, {name})
            for form, text in (("junit", f'name="base" value="{base}"'),
                               ("tap", f"# base: {base}\n"), ("lava", f"# base: {base}\n"),
                               ("kcidb", f'"base_by": "{by}"'),
                               ("html", f"The base is {base}; "),
                               ("openmetrics", f'set="base",label="{name}",')):
                done = self.pinlat("report", "--format", form, *args, "reclaim", "skip-shrink")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(text, done.stdout)

    def test_any_order(self):
        """With --base the order of the files changes nothing, nor whether one file has them all."""
        expected = self.answer("reclaim", "skip-shrink")
        self.assertEqual(self.answer("--base", "reclaim", "skip-shrink", "reclaim"), expected)
        with open(self.path("all"), "w", encoding="utf-8") as both:
            for name in ("skip-shrink", "reclaim"):
                with open(self.path(name), encoding="utf-8") as f:
                    both.write(f.read())
        self.assertEqual(self.answer("--base", "reclaim", "all"), expected)
        self.assertNotEqual(self.answer("all"), expected)
        three = self.answer("reclaim", "skip-shrink", "skip-unmap")
        for order in (("skip-shrink", "reclaim", "skip-unmap"),
                      ("skip-shrink", "skip-unmap", "reclaim")):
            self.assertEqual(self.answer("--base", "reclaim", *order), three)

    def test_unknown(self):
        for command in ("compare", "report"):
            for typed, meant in (("reclam", " (did you mean reclaim?)"), ("mainline", "")):
                done = self.pinlat(command, "--base", typed, "skip-shrink", "reclaim")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(
                    done.stderr, f"pinlat: {command}: --base {typed}: no records have this label; "
                    f"there are: skip-shrink, reclaim{meant}\n")

    def test_several_of_one_label(self):
        self.write("later", records.patched(records.make_set("reclaim", runs=6, first=9000)))
        done = self.compare("--base", "reclaim", "skip-shrink", "reclaim", "later")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('--base names 2 kernels or files of one label; name one of them: '
                      '"reclaim (later)", "reclaim (reclaim)"', done.stderr)
        self.assertEqual(self.answer("--base", "reclaim (later)", "skip-shrink", "reclaim",
                                     "later")["base"], "reclaim (later)")

    def test_usage(self):
        for command, *args in (("compare", "--within", "thp-locked,thp-busy", "reclaim"),
                               ("compare", "--calibrate", "reclaim"),
                               ("report", "--separate", "reclaim", "skip-shrink"),
                               ("report", "--order", "label", "reclaim", "skip-shrink"),
                               ("report", "--history", "reclaim", "skip-shrink")):
            done = self.pinlat(command, "--base", "reclaim", *args)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("--base ", done.stderr)


class Provenance(CompareTest):
    def lab(self, label, first, **more):
        of = records.make_set(label, runs=6, first=first, **more)
        records.change(of, "environment.device", {"driver": "i915", "mock": True})
        records.change(of, "environment.virtual", True)
        records.change(of, "environment.hypervisor", "qemu-tcg")
        return self.write(label, records.change(of, "config.engine", "i915"))

    def test_mock_is_in_the_first_line_of_everything(self):
        where = "MOCK GPU (i915), emulated (QEMU TCG), engine i915, walker loop, arena cgroup:512M"
        sets = self.lab("old", 0), self.lab("new", 1000)
        for form in READING:
            shown = self.compared("--format", form, *sets)
            self.assertEqual(lines(shown)[0], f"Measured on: {where}", form)
        found = json.loads(self.compared("--format", "json", *sets))
        self.assertEqual((found["measured_on"], *(s["measured_on"] for s in found["sets"])),
                         (where,) * 3)
        table = list(csv.DictReader(io.StringIO(self.compared("--format", "csv", *sets),
                                                newline="")))
        self.assertEqual({row["measured_on"] for row in table}, {where})
        for name in (sets[0], "one"):  # a table, and a page of one record
            if name == "one":
                self.write("one", records.change(records.make_set("a", 1, subtests=["thp-busy"]),
                                                 "counters.mock", {"requests": 1}))
                where = "MOCK GPU, real hardware, engine uring (io_uring, no GPU), walker loop, " \
                    "arena cgroup:512M"
            shown = self.pinlat("show", name).stdout
            self.assertEqual(lines(shown)[0], f"Measured on: {where}")

    def test_mock_is_in_each_report(self):
        where = "MOCK GPU (i915), emulated (QEMU TCG), engine i915, walker loop, arena cgroup:512M"
        sets = self.lab("old", 0), self.lab("new", 1000)
        said = {"html": '<li class="caution"><bdi>MOCK GPU (i915)</bdi></li>\n'
                        '<li class="caution"><bdi>emulated (QEMU TCG)</bdi></li>\n',
                "junit": f'<property name="measured_on" value="{where}"/>',
                "tap": f"\n# Measured on: {where}\n",
                "kcidb": f'"measured_on": "{where}"',
                "squad": "/virtual-qemu-mock-i915-loop-cgroup_512M/",
                "lava": f"#!/bin/sh\n# Measured on: {where}\n",
                "openmetrics": ',walker="loop",virtual="true",mock="true"'}
        for form in REPORTS:
            for of in (sets, sets[:1]):
                done = self.pinlat("report", "--format", form, *of)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(said[form], done.stdout, (form, of))

    def test_several_of_a_kind(self):
        base = records.make_set("base")
        new = records.change(records.make_set("patched", first=1000), "config.walker", "tree:/usr")
        shown = self.compared("--allow", "walker", self.write("base", base),
                              self.write("patched", new))
        self.assertEqual(lines(shown)[0], "Measured on: real hardware, engine uring (io_uring, no "
                         "GPU), walker loop and tree:/usr, arena cgroup:512M")

    def test_within(self):
        """The engine is that of either side: memory that is locked has none."""
        of = records.make_set("both", subtests=("thp-locked", "thp-pinned"))
        shown = self.compared("--within", "thp-locked,thp-pinned", self.write("both", of))
        self.assertIn("engine uring (io_uring, no GPU)", lines(shown)[0])
        self.assertNotIn("engine none", shown)


if __name__ == "__main__":
    unittest.main(verbosity=2)
