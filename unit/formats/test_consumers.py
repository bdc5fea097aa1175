# SPDX-License-Identifier: MIT
"""The reports as their readers see them: the tools of Debian 12 that scripts/setup installs."""
import json
import os
import shutil
import subprocess
import sys
import unittest

import records
from cases import HERE, ReportTest

NEEDED = ("xmllint", "perl", "promtool")
try:
    import jsonschema
    import junitparser
    import yaml
    from prometheus_client.openmetrics import parser as openmetrics
except ImportError as e:
    MISSING = [e.name]
else:
    MISSING = [tool for tool in NEEDED if not shutil.which(tool)]
SETS = ("one", "worse", "unclear", "setups", "nothing", "hostile", "hostile_pair")


def read(command, text):
    return subprocess.run(command, input=text.encode(), capture_output=True, check=False,
                          timeout=60)


class Consumers(ReportTest):
    def each(self, form):
        """Each set's name and report."""
        for name in SETS:
            with self.subTest(form, sets=name):
                done = self.report("--format", form, *getattr(self, name)())
                self.assertEqual(done.returncode, 3 if name == "nothing" else 0)
                yield name, done.stdout

    def test_xmllint(self):
        schema = os.path.join(HERE, "junit.rng")
        for _, text in self.each("junit"):
            done = read(["xmllint", "--noout", "--nonet", "--relaxng", schema, "-"], text)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_junitparser(self):
        for name, text in self.each("junit"):
            xml = junitparser.JUnitXml.fromstring(text.encode())
            counted = [0, 0, 0, 0]
            for suite in xml:
                of_suite = [suite.tests, suite.failures, suite.errors, suite.skipped]
                suite.update_statistics()
                self.assertEqual(of_suite, [suite.tests, suite.failures, suite.errors,
                                            suite.skipped])
                counted = [a + b for a, b in zip(counted, of_suite)]
                for case in suite:
                    self.assertTrue(case.system_out)
            self.assertEqual([xml.tests, xml.failures, xml.errors], counted[:3])
            self.assertEqual(counted[1:3], {"worse": [2, 0], "nothing": [0, 2]}.get(name, [0, 0]))

    def test_tap_parser(self):
        """Perl's TAP::Parser, which prove is made of."""
        reader = os.path.join(HERE, "read_tap.pl")
        for name, text in self.each("tap"):
            done = read(["perl", reader], text)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            tap = json.loads(done.stdout)
            self.assertEqual((tap["version"], tap["errors"]), (13, []))
            self.assertEqual(len(tap["tests"]), tap["planned"])
            self.assertEqual(len(tap["yaml"]), tap["planned"])
            bad = sum(not test["ok"] for test in tap["tests"])
            self.assertEqual(bad, {"worse": 2, "nothing": 2}.get(name, 0))
            for test, data in zip(tap["tests"], tap["yaml"]):
                if test["directive"]:
                    self.assertEqual(test["directive"], "SKIP")
                    self.assertRegex(data["message"], "^(invalid|unclear): ")
                if name == "one" and not test["directive"]:
                    self.assertGreater(float(data["metrics"]["p50"]["value"]), 0)

    def test_yaml(self):
        """Its blocks are YAML to a whole reader of it too, and say the same texts."""
        for _, text in self.each("tap"):
            for block in text.split("\n  ---\n")[1:]:
                data = yaml.safe_load(block.split("\n  ...\n")[0])
                self.assertTrue({"message", "set", "measured_on"} <= set(data))
                self.assertTrue(all(isinstance(data[k], str) for k in ("message", "set")))

    def test_kcidb(self):
        with open(os.path.join(HERE, "kcidb-5.3.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft7Validator.check_schema(schema)
        for _, text in self.each("kcidb"):
            data = json.loads(text)
            jsonschema.validate(data, schema)
            for kind in ("checkouts", "builds", "tests"):
                ids = [o["id"] for o in data[kind]]
                self.assertEqual(len(ids), len(set(ids)))
            self.assertEqual({t["build_id"] for t in data["tests"]},
                             {b["id"] for b in data["builds"]})

    def test_kcidb_of_a_history(self):
        with open(os.path.join(HERE, "kcidb-5.3.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        made = [r for n in range(30) for r in records.patched(records.make_set(
            f"v{n}", 2, first=100 * n, factor={"thp-busy": 2 if n > 19 else 1}), f"6.{n}")]
        done = self.pinlat("history", "--format", "kcidb", "--build", "ci:1",
                           "--fail-on", "changed", self.write("nights", made))
        self.assertEqual(done.returncode, 1, done.stderr)
        data = json.loads(done.stdout)
        jsonschema.validate(data, schema)
        self.assertEqual({t["status"] for t in data["tests"]}, {"PASS", "FAIL"})

    def test_promtool(self):
        """The reader of node_exporter's textfile collector; it also lints."""
        for _, text in self.each("openmetrics"):
            done = read(["promtool", "check", "metrics"], text)
            self.assertEqual((done.returncode, done.stderr, done.stdout), (0, b"", b""))

    def test_openmetrics(self):
        """Strictly by the newer standard."""
        for name, text in self.each("openmetrics"):
            families = {f.name: f for f in openmetrics.text_string_to_metric_families(text)}
            self.assertEqual("pinlat_verdict" in families,
                             name in ("worse", "unclear", "hostile_pair"))
            for sample in families.get("pinlat_huge_ratio", families["pinlat_runs"]).samples:
                self.assertTrue(sample.labels["host"])
            if name == "worse":
                worse = [s for s in families["pinlat_verdict"].samples
                         if s.value == 1 and s.labels["verdict"] == "worse"]
                self.assertEqual({s.labels["subtest"] for s in worse}, {"thp-busy"})
                self.assertEqual(len(worse), 2)

    def test_lava(self):
        """Run by a shell, with commands that note how they were called."""
        tools = self.path("tools")
        os.mkdir(tools)
        for name in ("lava-test-case", "lava-test-set"):
            with open(os.path.join(tools, name), "w", encoding="utf-8") as f:
                f.write('#!/bin/sh\nprintf "%s" "${0##*/}"; printf "|%s" "$@"; echo\n')
            os.chmod(os.path.join(tools, name), 0o755)
        for name, text in self.each("lava"):
            done = subprocess.run(["sh"], input=text.encode(), cwd=self.top, capture_output=True,
                                  env={"PATH": tools + ":/usr/bin:/bin"}, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            calls = [line.split("|") for line in done.stdout.decode().splitlines()]
            asked = [line for line in text.splitlines() if line.startswith("lava-")]
            self.assertEqual([" ".join(call) for call in calls], asked)
            for call in calls:
                if call[0] == "lava-test-set":
                    self.assertIn(call[1], ("start", "stop"))
                    continue
                options = dict(zip(call[2::2], call[3::2], strict=True))
                self.assertIn(options.pop("--result"), ("pass", "fail", "skip", "unknown"))
                if options:
                    float(options.pop("--measurement"))
                    self.assertIn(options.pop("--units"), (
                        "us", "percent", "per_cpu_minute", "per_second", "bytes_per_second"))
                self.assertEqual(options, {})
            ids = [call[1] for call in calls if call[0] == "lava-test-case"]
            if name in ("one", "setups"):
                self.assertEqual(len(ids), len(set(ids)))
            self.assertFalse(os.path.exists(self.path("pwned")))

    def test_lava_elsewhere(self):
        done = subprocess.run(["sh"], input=self.shown("lava", *self.one()), text=True,
                              capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("lava-test-case is missing", done.stderr)


if __name__ == "__main__":
    if MISSING and not os.path.exists("/etc/debian_version"):
        print("skipped: this machine has no " + ", ".join(MISSING))
        sys.exit(77)
    unittest.main()
