# SPDX-License-Identifier: MIT
"""--output never costs anybody a file: no record that is read, no link, no device."""
import os
import shutil
import subprocess
import unittest

import records
from command import PINLAT
from harness import RunnerTest


class OutputTest(RunnerTest):
    def setUp(self):
        super().setUp()
        os.makedirs(f"{self.dir}/base")
        records.write(f"{self.dir}/base/set.jsonl", records.make_set("base", 5))
        records.write(f"{self.dir}/new.jsonl", records.make_set("new", 5))

    def run_there(self, *args, **kwargs):
        return subprocess.run([PINLAT, *args], cwd=self.dir, capture_output=True, text=True,
                              check=False, **kwargs)

    def read(self, name):
        with open(f"{self.dir}/{name}", encoding="utf-8") as file:
            return file.read()

    def test_a_record_that_is_read_is_not_written_over(self):
        shutil.copy(f"{self.dir}/new.jsonl", f"{self.dir}/hard.jsonl")
        os.link(f"{self.dir}/new.jsonl", f"{self.dir}/same.html")
        os.symlink("base/set.jsonl", f"{self.dir}/link.html")
        for output in ("new.jsonl", "same.html", "./base/set.jsonl", "link.html"):
            before = self.read(output)
            for command in (["report"], ["compare"]):
                ran = self.run_there(*command, "base", "new.jsonl", "--output", output)
                self.assertEqual(ran.returncode, 2, (command, output))
                self.assertIn("among the records that are read", ran.stderr)
                self.assertEqual(self.read(output), before)

    def test_a_page_may_lie_beside_records(self):
        for _ in range(2):
            ran = self.run_there("report", "base", "new.jsonl", "--output", "base/page.html")
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("<!DOCTYPE html>", self.read("base/page.html")[:100])

    def test_a_link_stays_and_what_it_names_is_written(self):
        os.symlink("page.html", f"{self.dir}/link.html")
        with open(f"{self.dir}/page.html", "w", encoding="utf-8") as page:
            page.write("old")
        ran = self.run_there("report", "base", "new.jsonl", "--output", "link.html")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertTrue(os.path.islink(f"{self.dir}/link.html"))
        self.assertIn("<!DOCTYPE html>", self.read("page.html")[:100])

    def test_standard_output_by_its_name(self):
        """/dev/stdout leads to it through links: as a pipe, and as a file with something in it."""
        os.symlink("/proc/self/fd/1", f"{self.dir}/stdout")
        for name in ("/dev/stdout", "stdout"):
            ran = self.run_there("compare", "base", "new.jsonl", "--output", name)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertIn("base", ran.stdout)
            with open(f"{self.dir}/kept", "w", encoding="utf-8") as kept:
                kept.write("before\n")
                kept.flush()
                subprocess.run([PINLAT, "compare", "base", "new.jsonl", "--output", name],
                               cwd=self.dir, stdout=kept, check=True)
            self.assertTrue(self.read("kept").startswith("before\n"))
            self.assertGreater(len(self.read("kept")), 100)
            self.assertTrue(os.path.islink(f"{self.dir}/stdout"))


if __name__ == "__main__":
    unittest.main()
