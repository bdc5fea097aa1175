# SPDX-License-Identifier: MIT
"""The LAVA templates in docs/ci, by the validators of Debian's lava-common, and run once."""
import copy
import os
import shlex
import subprocess
import sys
import unittest

from cases import ReportTest

try:
    import voluptuous
    import yaml
    from lava_common import schemas
    from lava_common.schemas.test import testdef
except ImportError as e:
    MISSING = e.name
else:
    MISSING = None
CI = os.path.join(os.environ["SOURCE"], "docs", "ci")


def load(name):
    with open(os.path.join(CI, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


class LavaJob(ReportTest):
    def test_job(self):
        job = load("lava-job.yaml")
        schemas.validate(job, strict=True)
        broken = copy.deepcopy(job)
        broken["actions"][0]["deploy"]["kernels"] = {}
        with self.assertRaises(voluptuous.Invalid):
            schemas.validate(broken, strict=True)

    def test_definition(self):
        definition = load("lava-test.yaml")
        voluptuous.Schema(testdef.testdef(), extra=False)(definition)
        testdef.validate(definition)
        job = load("lava-job.yaml")["actions"][2]["test"]["definitions"][0]
        self.assertTrue(set(job["parameters"]) <= set(definition["params"]))
        self.assertTrue(os.path.exists(os.path.join(os.environ["SOURCE"], job["path"])))
        inline = {"definitions": [{"repository": definition, "from": "inline", "name": "pinlat",
                                   "path": "inline/pinlat.yaml"}]}
        schemas.validate_action("test.definition", 0, inline)

    def test_round(self):
        """Two boots, whose test is one."""
        job = load("lava-round.yaml")
        schemas.validate(job, strict=True)
        tests = [a["test"]["definitions"][0] for a in job["actions"] if "test" in a]
        # What a server takes; it is stricter than lava-common.
        for test in tests:
            self.assertLessEqual(set(test["repository"]), {"metadata", "install", "run", "parse"})
        steps = [t["repository"]["run"]["steps"] for t in tests]
        self.assertEqual([s[0] for s in steps], ['LABEL="BASE"', 'LABEL="NEW"'])
        self.assertEqual(steps[0][1:], steps[1][1:])

    def run_steps(self, base):
        """Its steps as LAVA makes a script of them; nothing is measured or fetched."""
        tools = self.path("tools")
        os.mkdir(tools)
        case = ('name=$1; shift; test "$1" = --shell || { echo "$name $*"; exit; }; shift; '
                'eval "$*"; echo "$name exit $?"')
        pinlat = f'test "$1" = run || exec {shlex.quote(os.environ["PINLAT"])} "$@"; echo "$*"'
        for name, script in (("lava-test-case", case), ("lava-test-set", ":"), ("pinlat", pinlat),
                             ("wget", 'test "$4" = https://results/a%20b; exit $?')):
            with open(os.path.join(tools, name), "w", encoding="utf-8") as f:
                f.write("#!/bin/sh\n" + script + "\n")
            os.chmod(os.path.join(tools, name), 0o755)
        definition = load("lava-test.yaml")
        params = dict(definition["params"], LABEL="patched", BASE=base, PINLAT="pinlat")
        lines = [f"{name}={shlex.quote(value)}" for name, value in params.items()]
        done = subprocess.run(["sh", "-e"], cwd=self.top, text=True, capture_output=True,
                              input="\n".join(lines + definition["run"]["steps"]), check=False,
                              env={"PATH": tools + ":/usr/bin:/bin"}, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_steps(self):
        os.rename(self.path(self.worse()[1]), self.path("records"))
        seen = self.run_steps("")
        self.assertIn("run --label patched -o records --runs 5 --duration 20s --arena cgroup:2G\n"
                      "pinlat-run exit 0\npinlat-report exit 0\n", seen)
        self.assertRegex(
            seen, r"\nthp-busy\.p99\.\S+ --result pass --measurement [0-9.]+ --units us")
        self.assertNotIn("-change", seen)
        # What LAVA keeps of it holds the records.
        self.text("job.yaml", "".join(f'- {{"lvl": "target", "msg": "{line}"}}\n'
                                      for line in seen.splitlines()))
        self.assertEqual(self.pinlat("show", "job.yaml").stdout,
                         self.pinlat("show", "records").stdout)

    def test_steps_with_base(self):
        base, new = self.worse()
        os.rename(self.path(new), self.path("records"))
        os.rename(self.path(base), self.path("base.jsonl.gz"))
        self.assertRegex(self.run_steps("https://results/a%20b"),
                         r"\nthp-busy\.fault_p99-change\.\S+ --result fail "
                         r"--measurement [0-9.]+ --units percent")


if __name__ == "__main__":
    if MISSING and not os.path.exists("/etc/debian_version"):
        print("skipped: this machine has no " + MISSING)
        sys.exit(77)
    unittest.main()
