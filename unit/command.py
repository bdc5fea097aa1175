# SPDX-License-Identifier: MIT
"""What the tests of the command share: a folder to work in, and `pinlat` started there."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import records

# Under nohup all that we start would ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

PINLAT = os.environ["PINLAT"]
UNIT = os.path.dirname(os.path.abspath(__file__))
CODES = (0, 1, 2, 3, 4, 77)


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="pinlat-unit-")
        self.addCleanup(shutil.rmtree, self.top)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, of):
        """Records to a file, whose name it returns: the command starts where the file is."""
        records.write(self.path(name), of)
        return name

    def text(self, name, text, mode="w"):
        with open(self.path(name), mode, encoding=None if "b" in mode else "utf-8") as f:
            f.write(text)
        return name

    def environment(self, **more):
        # Tests run side by side, each on what it takes for a machine of its own. None of them waits
        # because whoever started them would.
        own = {name: value for name, value in os.environ.items() if name != "PINLAT_WAIT"}
        return dict(own, **{"PINLAT_LOCK_DIR": self.top, **more})

    def pinlat(self, *args, **more):
        """Runs the command; neither a crash nor a sanitizer's word goes unnoticed."""
        done = subprocess.run([PINLAT, *args], cwd=self.top, env=self.environment(**more),
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                              check=False)
        # Not text=True: that would make one line end of the other.
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        self.assertIn(done.returncode, CODES, done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def golden(self, path, name, shown):
        """
        Against a section of the file unit/@path, which has a section "=== NAME" for each output, so
        that a changed word changes one file. UPDATE_GOLDEN=1 writes it anew instead.
        """
        path = os.path.join(UNIT, path)
        with open(path, encoding="utf-8", newline="") as f:
            parts = re.split(r"^=== (.*)\n", f.read(), flags=re.MULTILINE)[1:]
        sections = dict(zip(parts[::2], parts[1::2]))
        if os.environ.get("UPDATE_GOLDEN"):
            sections[name] = shown
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.writelines(f"=== {key}\n{text}" for key, text in sections.items())
        self.assertEqual(shown, sections.get(name))


class CompareTest(CommandTest):
    """Made-up sets, and what becomes of them."""

    def compare(self, *args, **env):
        return self.pinlat("compare", *args, **env)

    def compared(self, *args, **env):
        """Its standard output; it must go well and say nothing else."""
        done = self.compare(*args, **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def base(self, **more):
        return self.write("base", records.make_set("base", **self.turns(more)))

    def new(self, factor=None, **more):
        """A patched kernel whose thp-busy is slower by factor; it took turns with the base."""
        more.setdefault("first", 1)
        factor = factor if isinstance(factor, dict) else {"thp-busy": factor or 1}
        of = records.make_set("patched", factor=factor, **self.turns(more))
        return self.write("patched", records.patched(of))

    def turns(self, more):
        """TURNS, unless it is said how many runs or boots there are."""
        own = {"runs", "boots"} & set(more)
        return {"every": 2, **({} if own else records.TURNS), **more}
