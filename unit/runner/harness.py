# SPDX-License-Identifier: MIT
"""What the runner's tests share: the command with a fake test binary."""
import json
import os
import sys

from command import UNIT, CommandTest

HERE = os.path.dirname(os.path.abspath(__file__))


class RunnerTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.fake = self.path("fake")
        self.starts_file = self.path("starts")
        self.dir = self.path("set")
        self.text("fake", f'#!/bin/sh\nPYTHONPATH="{UNIT}" '
                          f'exec "{sys.executable}" -B "{HERE}/fake_test.py" "$@"\n')
        os.chmod(self.fake, 0o755)

    def environment(self, behaviour=None, **more):
        return super().environment(**{
            "PINLAT_TEST": self.fake, "FAKE_STARTS": self.starts_file,
            "FAKE_BEHAVIOUR": json.dumps(behaviour or {}), **more})

    def run_set(self, *args, **more):
        return self.pinlat("run", "--label", "base", "-o", self.dir, "--seed", "7", *args, **more)

    def starts(self):
        if not os.path.exists(self.starts_file):
            return []
        with open(self.starts_file, encoding="utf-8") as f:
            return f.read().splitlines()

    def asked(self):
        """The options of each call that asked for sizes."""
        with open(self.starts_file + "-sizes", encoding="utf-8") as f:
            return f.read().splitlines()

    def files(self, end):
        return sorted(name for name in os.listdir(self.dir) if name.endswith(end))

    def plan(self):
        with open(os.path.join(self.dir, "plan.json"), encoding="utf-8") as f:
            return json.load(f)
