# SPDX-License-Identifier: MIT
"""What the runner's tests share: the command, the fake test binary, a place to work."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

# Under nohup all that we start would ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

PINLAT = os.environ["PINLAT"]
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")


class RunnerTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="pinlat-runner-")
        self.addCleanup(shutil.rmtree, self.top)
        self.fake = os.path.join(self.top, "fake")
        self.starts_file = os.path.join(self.top, "starts")
        self.dir = os.path.join(self.top, "set")
        with open(self.fake, "w", encoding="utf-8") as f:
            f.write(f'#!/bin/sh\nexec "{sys.executable}" -B "{HERE}/fake_test.py" "$@"\n')
        os.chmod(self.fake, 0o755)

    def environment(self, behaviour=None, **more):
        env = dict(os.environ, PINLAT_TEST=self.fake, FAKE_STARTS=self.starts_file,
                   FAKE_BEHAVIOUR=json.dumps(behaviour or {}))
        env.update(more)
        return env

    def pinlat(self, *args, behaviour=None, **more):
        """Runs the command; neither a crash nor a sanitizer's word goes unnoticed."""
        done = subprocess.run([PINLAT, *args], env=self.environment(behaviour, **more),
                              capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL,
                              timeout=120, check=False)
        self.assertIn(done.returncode, (0, 1, 2, 3, 4, 77), done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def run_set(self, *args, behaviour=None, **more):
        return self.pinlat("run", "--label", "base", "-o", self.dir, "--seed", "7", *args,
                           behaviour=behaviour, **more)

    def starts(self):
        if not os.path.exists(self.starts_file):
            return []
        with open(self.starts_file, encoding="utf-8") as f:
            return f.read().splitlines()

    def files(self, end):
        return sorted(name for name in os.listdir(self.dir) if name.endswith(end))

    def plan(self):
        with open(os.path.join(self.dir, "plan.json"), encoding="utf-8") as f:
            return json.load(f)
