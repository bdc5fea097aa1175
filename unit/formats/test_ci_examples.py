# SPDX-License-Identifier: MIT
"""The examples of docs/ci for GitLab, Jenkins and systemd: their syntax, and their commands run."""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ET

from cases import ReportTest

try:
    import yaml
except ImportError as e:
    MISSING = e.name
else:
    MISSING = None
CI = os.path.join(os.environ["SOURCE"], "docs", "ci")

# docs.gitlab.com/ci/yaml: keywords of a job, as far as the example may use them.
GITLAB_JOB = {"stage": str, "tags": list, "resource_group": str, "timeout": str, "script": list,
              "artifacts": dict, "needs": list}
GITLAB_ARTIFACTS = {"when": str, "expire_in": str, "paths": list, "reports": dict}
# jenkins.io/doc/book/pipeline/syntax: what may stand in which block of a declarative pipeline.
JENKINS = {"": {"pipeline"}, "pipeline": {"agent", "options", "parameters", "stages", "post"},
           "stages": {"stage"}, "stage": {"steps"}, "post": {"always", "failure", "success"},
           "agent": {"label"}, "options": {"timeout", "disableConcurrentBuilds"},
           "parameters": {"string"}, "steps": {"sh"},
           "always": {"junit", "archiveArtifacts"}}
TOKEN = re.compile(r"""\s+|//[^\n]*|(?P<text>'''(?:\\.|(?!''')[^\\])*'''|'(?:\\.|[^'\\\n])*')"""
                   r"""|(?P<word>\w+)|(?P<sign>[{}(),:])""")


def tokens(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise SyntaxError(f"{text[at:at + 20]!r} is no token")
        at = found.end()
        if found.lastgroup:
            yield found.lastgroup, found[0]


class Pipeline:
    """Reads the part of Groovy that a declarative pipeline of steps and arguments needs."""

    def __init__(self, text):
        self.tokens = [*tokens(text), ("end", "")]
        self.shells = []
        self.blocks = []
        self.block("", "end")

    def next(self, *wanted):
        kind, text = self.tokens.pop(0)
        if wanted and kind not in wanted and text not in wanted:
            raise SyntaxError(f"{text!r} in place of {wanted}")
        return text

    def block(self, name, end):
        while end not in self.tokens[0]:
            word = self.next("word")
            if word not in JENKINS[name]:
                raise SyntaxError(f"{word} in {name or 'the file'}")
            self.blocks.append(word)
            self.statement(word)
        self.next()

    def statement(self, word):
        arguments = []
        if self.tokens[0][1] == "(":
            self.next()
            while self.tokens[0][1] != ")":
                arguments.append(self.argument())
            self.next(")")
        else:
            while self.tokens[0][0] == "text" or self.tokens[1][1] == ":":
                arguments.append(self.argument())
        if self.tokens[0][1] == "{":
            self.next()
            self.block(word, "}")
        elif word in JENKINS:
            raise SyntaxError(f"{word} without a block")
        if word == "sh":
            self.shells.append(arguments[0])

    def argument(self):
        value = self.next("text", "word")
        if self.tokens[0][1] == ":":
            self.next()
            value = self.next("text", "word")
        if self.tokens[0][1] == ",":
            self.next()
        return value.strip("'")


def read(name):
    with open(os.path.join(CI, name), encoding="utf-8") as f:
        return f.read()


class Examples(ReportTest):
    def run_script(self, script, **variables):
        """As a shell with a pinlat that does all but measure."""
        tools = self.path("tools")
        os.makedirs(tools, exist_ok=True)
        with open(os.path.join(tools, "pinlat"), "w", encoding="utf-8") as f:
            real = shlex.quote(os.environ["PINLAT"])
            f.write('#!/bin/sh\ncase $1 in doctor) ;; run) echo "$*" >>ran; '
                    'while [ $# -gt 1 ]; do [ "$1" != -o ] || mkdir -p "$2"; shift; done; '
                    f'for d in records */*-20*; do [ ! -d "$d" ] || cp new "$d/a.jsonl"; done;; '
                    f'*) exec {real} "$@";; esac\n')
        os.chmod(os.path.join(tools, "pinlat"), 0o755)
        done = subprocess.run(["sh", "-e"], input=script, text=True, cwd=self.top, check=False,
                              capture_output=True, timeout=60,
                              env={"PATH": tools + ":/usr/bin:/bin", **variables})
        return done

    def sets(self):
        base, new = self.worse()
        os.rename(self.path(base), self.path("base.jsonl.gz"))
        os.rename(self.path(new), self.path("new"))

    def check_report(self):
        failed = ET.parse(self.path("report.xml")).getroot().get("failures")
        self.assertEqual(failed, "2")
        with open(self.path("report.html"), encoding="utf-8") as f:
            self.assertIn("<title>", f.read())

    def check_shell(self, script):
        for command in ["dash", "-n"], ["shellcheck", "-s", "sh", "-e", "SC2086,SC2154", "-"]:
            if shutil.which(command[0]):
                done = subprocess.run(command, input=script, text=True, capture_output=True,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_gitlab(self):
        jobs = yaml.safe_load(read("gitlab-ci.yml"))
        stages, variables = jobs.pop("stages"), jobs.pop("variables")
        self.assertTrue(all(isinstance(v, str) for v in variables.values()))
        for name, job in jobs.items():
            self.assertLessEqual({"stage", "script"}, set(job), name)
            self.assertIn(job["stage"], stages)
            self.assertLessEqual(set(job.get("needs", ())), set(jobs))
            for keys, kinds in ((job, GITLAB_JOB), (job["artifacts"], GITLAB_ARTIFACTS)):
                for key, value in keys.items():
                    self.assertIsInstance(value, kinds[key], key)
            self.assertTrue(all(isinstance(line, str) for line in job["script"]))
            self.check_shell("\n".join(job["script"]) + "\n")
        self.assertEqual(jobs["compare"]["artifacts"]["reports"], {"junit": "report.xml"})
        self.sets()
        done = self.run_script("\n".join(jobs["measure"]["script"]), **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("pinlat-pack ", done.stdout)
        done = self.run_script("\n".join(jobs["compare"]["script"]), **variables)
        self.assertEqual(done.returncode, 1, "the kernel is worse: the job fails")
        self.check_report()

    def test_jenkins(self):
        pipeline = Pipeline(read("Jenkinsfile"))
        self.assertEqual(pipeline.blocks.count("stage"), 2)
        self.assertLessEqual({"agent", "post", "junit", "archiveArtifacts"}, set(pipeline.blocks))
        self.sets()
        for script in pipeline.shells:
            self.check_shell(script)
            done = self.run_script(script, BASE="base.jsonl.gz")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.check_report()

    def test_jenkins_reader(self):
        """That it finds what is wrong: otherwise the test above says nothing."""
        text = read("Jenkinsfile")
        for right, wrong in (("stages {", "stages"), ("steps {", "step {"),
                             ("'Measure'", "'Measure"), ("post {", "post {{"),
                             ("sh '''", "sh ''"), ("junit '", "junit \"")):
            self.assertIn(right, text)
            with self.assertRaises((SyntaxError, KeyError, IndexError), msg=wrong):
                Pipeline(text.replace(right, wrong, 1))

    def test_systemd(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("this machine has no systemd-analyze")
        units = self.path("units")
        os.mkdir(units)
        for name in "pinlat-nightly.service", "pinlat-nightly.timer":
            shutil.copy(os.path.join(CI, name), units)
        verify = ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no"]
        done = subprocess.run([*verify, *glob.glob(units + "/*")], capture_output=True, text=True,
                              check=False, env=dict(os.environ, SYSTEMD_UNIT_PATH=units + ":"))
        said = [line for line in done.stderr.splitlines() if "pinlat-nightly" in line]
        self.assertEqual((done.returncode, said), (0, []))
        with open(os.path.join(units, "pinlat-nightly.service"), "a", encoding="utf-8") as f:
            f.write("TimeoutStartSek=1\n")
        done = subprocess.run([*verify, units + "/pinlat-nightly.service"], capture_output=True,
                              text=True, check=False,
                              env=dict(os.environ, SYSTEMD_UNIT_PATH=units + ":"))
        self.assertIn("TimeoutStartSek", done.stderr)

    def test_night(self):
        """What the unit starts, with the words that systemd puts in."""
        self.sets()
        os.mkdir(self.path("textfiles"))
        unit = read("pinlat-nightly.service").replace("\\\n", "")
        command, = re.findall(r"^ExecStart=/bin/sh -euc '(.*)'$", unit, re.MULTILINE)
        self.assertEqual(command.replace("$$", "").count("$"), 0, "systemd would replace it")
        for wrote, means in (("$$", "$"), ("%%", "\0"), ("%H", "nuc1"), ("%v", "6.1.0"),
                             ("\0", "%")):
            command = command.replace(wrote, means)
        self.check_shell(command + "\n")
        done = self.run_script(command, TEXTFILES=self.path("textfiles"),
                               PINLAT_OPTIONS="--runs 5 --duration 20s")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(self.path("ran"), encoding="utf-8") as f:
            self.assertRegex(f.read(), r"^run --wait --label 6\.1\.0 -o nuc1/6\.1\.0-"
                                       r"\d{4}-\d\d-\d\d-\d{4} --runs 5 --duration 20s\n$")
        for name, metric in (("pinlat", "pinlat_fault_seconds"),
                             ("pinlat-history", "pinlat_history_kernels")):
            with open(self.path(f"textfiles/{name}.prom"), encoding="utf-8") as f:
                self.assertIn(metric + "{", f.read())


if __name__ == "__main__":
    if MISSING:
        print("skipped: this machine has no " + MISSING)
        sys.exit(77)
    unittest.main()
