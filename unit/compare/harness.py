# SPDX-License-Identifier: MIT
"""Runs `pinlat compare` in a folder of its own, so that paths in its output are short."""
import os
import shutil
import subprocess
import tempfile
import unittest

import records

PINLAT = os.environ["PINLAT"]
HERE = os.path.dirname(os.path.abspath(__file__))


class CompareTest(unittest.TestCase):
    folder = HERE  # of the test, where its golden files are

    def golden(self, name, shown):
        """UPDATE_GOLDEN=1 writes the golden file anew instead."""
        path = os.path.join(self.folder, "golden", name)
        if os.environ.get("UPDATE_GOLDEN"):
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(shown)
        with open(path, encoding="utf-8", newline="") as f:
            self.assertEqual(shown, f.read())

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="pinlat-compare-")
        self.addCleanup(shutil.rmtree, self.top)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, of):
        records.write(self.path(name), of)
        return name

    def text(self, name, text, mode="w"):
        with open(self.path(name), mode, encoding=None if "b" in mode else "utf-8") as f:
            f.write(text)
        return name

    def compare(self, *args, **env):
        return self.pinlat("compare", *args, **env)

    def pinlat(self, *args, **env):
        """Runs the command; neither a crash nor a sanitizer's word goes unnoticed."""
        done = subprocess.run([PINLAT, *args], cwd=self.top,
                              env=dict(os.environ, **env), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        self.assertIn(done.returncode, (0, 1, 2, 3), done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def compared(self, *args, **env):
        """Its standard output; it must go well and say nothing else."""
        done = self.compare(*args, **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def base(self, **more):
        return self.write("base", records.make_set("base", **more))

    def new(self, factor=None, **more):
        """A patched kernel whose thp-busy is slower by factor."""
        more.setdefault("first", 1000)
        of = records.make_set("patched", factor={"thp-busy": factor or 1}, **more)
        return self.write("patched", records.patched(of))
