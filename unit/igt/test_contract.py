#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does a test binary made with lib/igt keep to the protocol of igt_runner?

usage: test_contract.py FAKE [unittest options]

Runs unit/igt/igt_fake.c in every way that the protocol knows, as the present user
and, where that is root, as nobody too.
"""
import os
import platform
import pwd
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

# Under nohup all that we start would ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

TIMEOUT = 30
NAME = "igt_fake"
RESULT = r"\(\d+\.\d{3}s\)"
SENTINEL = {"IGT_SENTINEL_ON_STDERR": "1"}
CRASHES = {
    "crash": signal.SIGSEGV,
    "overflow": signal.SIGSEGV,
    "abort-call": signal.SIGABRT,
    "libc-assert": signal.SIGABRT,
    "fpe": signal.SIGFPE,
    "thread-crash": signal.SIGSEGV,
    "thread-assert": signal.SIGABRT,
    "thread-skip": signal.SIGABRT,
}
# In another thread, or a program that is wrong: nothing can go on.
DEADLY = {"thread-crash", "thread-assert", "thread-skip"}
PASSES = ("pass", "noisy", "long", "device", "seed", "number", "done1",
          "ignore-dmesg", "child-crash", "child-term", "child-exit",
          "child-defaults", "dynamic", "dynamic-again",
          "locals-1")
SKIPS = ("skip", "require", "require-f", "skip-on", "dynamic-none")
FAILS = ("fail", "assert", "assert-f", "assert-eq", "many-lines", "dynamic-fail", "exit")


class Outcome:
    """What a finished program left behind."""

    def __init__(self, out, err, code):
        self.out, self.err, self.code = out, err, code

    def results(self):
        """[(subtest, result)] in the order of the output."""
        return re.findall(rf"^Subtest (\S+): (\w+) {RESULT}$", self.out, re.M)

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}---"


class Case(unittest.TestCase):
    """A case run as one user, in an environment of its own."""
    user = None
    fake = None

    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.home)
        os.chmod(self.home, 0o777)

    def popen(self, *args, env=(), prefix=(), **options):
        clean = {"PATH": os.environ["PATH"], "HOME": self.home}
        clean.update(env)
        for name in ("stdin", "stdout", "stderr"):
            default = subprocess.DEVNULL if name == "stdin" else subprocess.PIPE
            options.setdefault(name, default)
        if self.user is not None:
            options.update(user=self.user, group=self.user, extra_groups=())
        return subprocess.Popen([*prefix, self.fake, *args], env=clean, cwd=self.home,
                                text=True, **options)

    def finish(self, process):
        """Reads to the end of both pipes: an orphan that holds one is a timeout."""
        try:
            out, err = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail("does not end, or an orphan holds its output")
        return Outcome(out, err, process.returncode)

    def run_fake(self, *args, **options):
        return self.finish(self.popen(*args, **options))

    def run_subtest(self, name, *args, **options):
        return self.run_fake("--run-subtest", name, *args, **options)

    def assert_usage_error(self, got, words=""):
        self.assertEqual(got.code, 79, got)
        self.assertEqual(got.out, "", got)
        self.assertRegex(got.err, rf"\A{NAME}: [^\n]*\(see --help\)\n\Z")
        self.assertIn(words, got.err)


class Listing(Case):
    """Options that ask for a text: no check, no fixture, nothing else printed."""
    # Whatever would make a run go wrong must not keep anybody from listing.
    hostile = {"IGT_FAKE_FIXTURE": "crash", "IGT_FAKE_CHECK": "1", "IGT_SRANDOM": "x",
               "IGT_SENTINEL_ON_STDERR": "1"}

    def text(self, *args):
        got = self.run_fake(*args, env=self.hostile)
        self.assertEqual(got.code, 0, got)
        self.assertEqual(got.err, "", got)
        self.assertNotIn("checked", got.out)
        return got.out

    def names(self):
        return self.text("--list-subtests").splitlines()

    def test_list_subtests(self):
        names = self.names()
        self.assertGreater(len(names), 20)
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertRegex(name, r"\A[a-z0-9-]+\Z")
        for name in (*PASSES, *SKIPS, *FAILS, *CRASHES):
            self.assertIn(name, names)

    def test_list_only_what_is_selected(self):
        self.assertEqual(self.text("--list-subtests", "--run-subtest", "done*,!done2"),
                         "done1\ndone3\n")

    def test_show_testlist(self):
        self.assertEqual(self.text("--show-testlist").splitlines(),
                         [f"igt@{NAME}@{name}" for name in self.names()])

    def test_describe(self):
        out = self.text("--describe")
        self.assertTrue(out.startswith("A fake test, "), out)
        self.assertEqual(re.findall(r"^SUB (\S+) \S*igt_fake\.c:\d+:$", out, re.M),
                         self.names())
        self.assertRegex(out, r"\nSUB pass \S+:\n  Passes\.\n\nSUB noisy ")
        self.assertRegex(out, r"\nSUB skip \S+:\n  NO DOCUMENTATION!\n\n")

    def test_describe_pattern_wraps(self):
        out = self.text("--describe=noisy")
        self.assertEqual(out.count("SUB "), 1)
        lines = out.split(":\n", 1)[1].splitlines()
        self.assertGreater(len(lines), 2)
        self.assertTrue(all(len(line) <= 80 for line in lines))
        self.assertTrue(all(line[:2] == "  " for line in lines if line))
        self.assertIn("of 80 columns", " ".join(out.split()))

    def test_help_description(self):
        self.assertEqual(self.text("--help-description"),
                         "A fake test, to see whether the core keeps to the protocol.\n")

    def test_version(self):
        machine = platform.machine()
        self.assertRegex(self.text("--version"),
                         rf"\AIGT-Version: \S+ \({machine}\) "
                         rf"\(Linux: {re.escape(platform.release())} {machine}\)\n\Z")

    def test_help(self):
        out = self.text("--help")
        for option in ("list-subtests", "show-testlist", "run-subtest", "describe",
                       "dynamic-subtest", "help-description", "debug", "device", "hook",
                       "interactive-debug", "version", "help", "number"):
            self.assertIn(f"--{option}", out)
        self.assertEqual(self.text("-h"), out)
        self.assertTrue(all(len(line) <= 88 for line in out.splitlines()))


class Options(Case):
    """What is wrong is said in one line, before anything runs."""

    def test_bad_options(self):
        for args, words in (
                (["--bogus"], "'--bogus'"),
                (["--d"], "ambiguous"),
                (["-x"], "'-x'"),
                (["--run-subtest"], "needs an argument"),
                (["--number"], "needs an argument"),
                (["--list-subtests=x"], "takes no argument"),
                (["--help=x"], "takes no argument"),
                (["pass"], "unexpected argument 'pass'"),
                (["--hook", "bogus:true"], "unknown event"),
                (["--hook", ":true"], "unknown event"),
                (["--hook", "echo a:b"], "unknown event"),
                (["--hook", "pre-test,:true"], "unknown event"),
                (["--number", "many"], "--number: 'many' is not a number"),
                (["--silent-error"], "bad option --silent-error"),
                (["--number", "13"], "13 is not liked")):
            with self.subTest(args):
                self.assert_usage_error(self.run_fake(*args), words)

    def test_bad_seed(self):
        for seed in ("x", "", "-1", " 1", "1x", "4294967296", "9" * 30):
            with self.subTest(seed):
                self.assert_usage_error(
                    self.run_subtest("pass", env={"IGT_SRANDOM": seed}), "IGT_SRANDOM")

    def test_own_option(self):
        for args in (["--number", "5"], ["--number=5"], ["--num", "5"]):
            self.assertIn("number: 5\n", self.run_subtest("number", *args).out)

    def test_check_before_the_body(self):
        got = self.run_subtest("pass", env={"IGT_FAKE_CHECK": "1"})
        self.assertTrue(got.out.startswith("checked\nIGT-Version: "), got)

    def test_done_by_the_check(self):
        for code in (0, 77):
            got = self.run_fake("--number", str(1000 + code))
            self.assertEqual((got.code, got.out), (code, ""), got)

    def test_unknown_subtest(self):
        for name in ("nope", "", "pass,!pass", "dead*"):
            got = self.run_subtest(name)
            self.assertEqual((got.code, got.out), (79, ""), got)
            self.assertEqual(got.err, f"Unknown subtest: {name}\n")

    def test_seed(self):
        got = self.run_subtest("seed", env={"IGT_SRANDOM": "4294967295"})
        self.assertIn("Using IGT_SRANDOM=4294967295 for randomisation\n", got.out)
        self.assertIn("\nseed: 4294967295, ", got.out)
        again = self.run_subtest("seed", env={"IGT_SRANDOM": "4294967295"})
        self.assertEqual(re.findall("^seed.*", got.out, re.M),
                         re.findall("^seed.*", again.out, re.M))

    def test_seed_from_the_clock(self):
        seeds = set()
        for _ in range(2):
            out = self.run_subtest("seed").out
            printed = re.search(r"^Using IGT_SRANDOM=(\d+) for randomisation$", out, re.M)
            self.assertIn(f"\nseed: {printed[1]}, ", out)
            seeds.add(printed[1])
        self.assertEqual(len(seeds), 2)


class Device(Case):
    """--device, then IGT_DEVICE, then the configuration file."""

    def device(self, *args, env=()):
        got = self.run_subtest("device", *args, env=dict(env))
        self.assertEqual(got.code, 0, got)
        return re.search(r"^device: (.*)$", got.out, re.M)[1]

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_precedence(self):
        self.assertEqual(self.device(), "none")
        self.write(".igtrc", "[Common]\nDevice=rc\n")
        self.assertEqual(self.device(), "rc")
        env = {"IGT_CONFIG_PATH": self.write("other", "[Common]\nDevice = other ; x\n")}
        self.assertEqual(self.device(env=env), "other ; x")
        env["IGT_DEVICE"] = "env"
        self.assertEqual(self.device(env=env), "env")
        self.assertEqual(self.device("--device", "option", env=env), "option")

    def test_config_file(self):
        for text, device in (
                ("", "none"),
                ("Device=early\n", "none"),
                ("[DUT]\nDevice=x\n", "none"),
                ("[Common]\n#Device=x\nOther=y\nDevice\n", "none"),
                ("[Common]\n  Device =\tpci:slot=0 \r\n[DUT]\nDevice=x", "pci:slot=0"),
                ("[DUT]\nX=y\n[Common]\nDevice=a=b", "a=b")):
            with self.subTest(text):
                self.write(".igtrc", text)
                self.assertEqual(self.device(), device)

    def test_config_that_cannot_be_read(self):
        self.assertEqual(self.device(env={"IGT_CONFIG_PATH": "/no/such/file"}), "none")
        self.assertEqual(self.device(env={"IGT_CONFIG_PATH": "/"}), "none")


class Results(Case):
    """Exit codes, result lines, and what goes where."""

    def expect(self, names, code, result):
        for name in names:
            with self.subTest(name):
                got = self.run_subtest(name)
                self.assertEqual(got.code, code, got)
                self.assertEqual(got.results(), [(name, result)], got)
                self.assertEqual(got.out.count("Starting subtest:"), 1, got)
                yield got

    def test_pass(self):
        for got in self.expect(PASSES, 0, "SUCCESS"):
            self.assertEqual(got.err, "", got)
            self.assertIn("cleaned\n", got.out)
            self.assertEqual(got.out.count("after all\n"), 1, got)

    def test_skip(self):
        for got in self.expect(SKIPS, 77, "SKIP"):
            self.assertEqual(got.err, "", got)
            self.assertIn("cleaned\n", got.out)

    def test_fail(self):
        for got in self.expect(FAILS, 98, "FAIL"):
            self.assertRegex(got.err, rf"\({NAME}:\d+\) CRITICAL: ")
            self.assertRegex(got.err, r" failed\.\n\*\*\*\* DEBUG \*\*\*\*\n")
            self.assertTrue(got.err.endswith("****  END  ****\n"), got)
            self.assertEqual(got.err.count("****  END  ****\n"), 1, got)

    def test_abort(self):
        for got in self.expect(["abort"], 112, "FAIL"):
            self.assertRegex(got.err, "CRITICAL: Test abort in function failing_subtests")
            self.assertIn("CRITICAL: number is 0\n", got.err)

    def test_crash(self):
        for name, sig in CRASHES.items():
            for got in self.expect([name], -sig if name in DEADLY else 128 + sig, "CRASH"):
                self.assertIn(f"Received signal {sig.name}.\n", got.err)
                self.assertIn(f"Subtest {name} failed.\n", got.err)

    def test_a_crash_does_not_stop_the_others(self):
        names = sorted(set(CRASHES) - DEADLY)
        got = self.run_subtest(",".join(["done*", "locals-1", "fail", *names]))
        self.assertEqual(got.results()[:3], [(f"done{i}", "SUCCESS") for i in (1, 2, 3)])
        self.assertEqual(dict(got.results()), {
            **dict.fromkeys(("done1", "done2", "done3", "locals-1"), "SUCCESS"),
            **dict.fromkeys(names, "CRASH"), "fail": "FAIL"})
        self.assertGreater(got.code, 128, got)
        self.assertIn("cleaned\n", got.out)

    def test_crash_sent_from_outside(self):
        process = self.popen("--run-subtest", "slow,locals-1")
        for line in process.stdout:
            if line == "sleeping\n":
                break
        process.send_signal(signal.SIGSEGV)
        got = self.finish(process)
        self.assertEqual(got.results(), [("slow", "CRASH"), ("locals-1", "SUCCESS")], got)
        self.assertEqual(got.code, 128 + signal.SIGSEGV)

    def test_shell_sees_128_and_signal(self):
        code = subprocess.run(["/bin/sh", "-c", '"$0" --run-subtest crash; exit $?',
                               self.fake], capture_output=True, check=False).returncode
        self.assertEqual(code, 128 + signal.SIGSEGV)

    def test_a_failure_does_not_stop_the_others(self):
        got = self.run_subtest("fail,assert,skip,done*,locals-*")
        self.assertEqual(got.code, 98, got)
        self.assertEqual(got.results(), [
            ("done1", "SUCCESS"), ("done2", "SUCCESS"), ("done3", "SUCCESS"),
            ("skip", "SKIP"), ("fail", "FAIL"), ("assert", "FAIL"),
            ("locals-0", "SKIP"), ("locals-1", "SUCCESS")])

    def test_one_pass_among_skips(self):
        self.assertEqual(self.run_subtest("skip,pass,require").code, 0)
        self.assertEqual(self.run_subtest("skip,require").code, 77)

    def test_patterns(self):
        for pattern, names in (
                ("done*,!done1", ["done2", "done3"]),
                ("done[^1]", ["done2", "done3"]),
                ("done?,!done*,done3", ["done3"]),
                ("!done1,done*", ["done1", "done2", "done3"])):
            got = self.run_subtest(pattern)
            self.assertEqual([name for name, _ in got.results()], names, pattern)
        got = self.run_subtest("*,!" + ",!".join(
            (*CRASHES, "abort", "exit", "*slow", "dynamic-crash", "thread-interrupted",
             "done1")))
        self.assertGreater(len(got.results()), 20)
        self.assertNotIn("done1", dict(got.results()))
        self.assertEqual(got.code, 98)

    def test_bold_on_a_terminal_only(self):
        bold = re.compile(r"\x1b\[1mSubtest pass: SUCCESS \(\d\.\d{3}s\)\x1b\[0m")
        self.assertRegex(self.on_terminal({}), bold)
        plain = self.on_terminal({"IGT_PLAIN_OUTPUT": "1"})
        self.assertNotIn("\x1b", plain)
        self.assertIn("Subtest pass: SUCCESS", plain)
        self.assertNotIn("\x1b", self.run_subtest("pass").out)

    def on_terminal(self, env):
        master, slave = os.openpty()
        try:
            process = self.popen("--run-subtest", "pass", env=env, stdout=slave)
            got = self.finish(process)
            self.assertEqual((got.code, got.err), (0, ""))
            os.write(slave, b"\0")  # behind all that the program wrote
            out = b""
            while not out.endswith(b"\0"):  # the kernel hands it over in pieces
                out += os.read(master, 65536)
            return out[:-1].decode()
        finally:
            os.close(master)
            os.close(slave)


class Texts(Case):
    """The wording that people and tools look for."""

    def test_first_lines(self):
        lines = self.run_subtest("pass").out.splitlines()
        self.assertRegex(lines[0], r"\AIGT-Version: \S+ \(\S+\) \(Linux: \S+ \S+\)\Z")
        self.assertRegex(lines[1], r"\AUsing IGT_SRANDOM=\d+ for randomisation\Z")
        self.assertEqual(lines[2:4], ["prepared", "Starting subtest: pass"])
        self.assertRegex(lines[4], rf"\ASubtest pass: SUCCESS {RESULT}\Z")

    def test_requirement(self):
        where = r"Test requirement not met in function skipping_subtests, file \S+:\d+:\n"
        self.assertRegex(self.run_subtest("require-f", "--number", "3").out,
                         where + r"Test requirement: number == 12\nnumber is 3\n"
                         r"Last errno: 19, No such device\nSubtest require-f: SKIP ")
        self.assertRegex(self.run_subtest("require").out,
                         where + r"Test requirement: number == 1 \+ 1\nSubtest ")
        self.assertRegex(self.run_subtest("skip-on").out,
                         where + r"Test requirement: !\(number == 0\)\nSubtest ")
        self.assertIn("\nno luck\nSubtest skip: SKIP", self.run_subtest("skip").out)

    def test_assertion(self):
        head = (rf"\A\({NAME}:\d+\) CRITICAL: Test assertion failure function "
                r"failing_subtests, file \S+:\d+:\n")
        tag = rf"\({NAME}:\d+\) CRITICAL: "
        self.assertRegex(self.run_subtest("assert").err,
                         head + tag + r"Failed assertion: number == 1 \+ 1\n" + tag +
                         r"Last errno: 16, Device or resource busy\n"
                         r"Subtest assert failed\.\n\*\*\*\* DEBUG \*\*\*\*\n")
        self.assertRegex(self.run_subtest("assert-f").err,
                         head + tag + r"Failed assertion: number == 12\n" + tag +
                         "number is 0\n")
        self.assertRegex(self.run_subtest("assert-eq").err,
                         head + tag + r"Failed assertion: number \+ 1 == 7\n" + tag +
                         "error: 1 != 7\n")
        self.assertRegex(self.run_subtest("fail").err,
                         head + tag + r"no good\nSubtest fail failed\.\n")

    def test_log_of_a_failure(self):
        log = self.run_subtest("fail").err.split("**** DEBUG ****\n")[1]
        self.assertRegex(log, rf"\A\({NAME}:\d+\) DEBUG: just before\n"
                              rf"\({NAME}:\d+\) INFO: shown\n")

    def test_log_is_bounded(self):
        log = self.run_subtest("many-lines").err.split("**** DEBUG ****\n")[1]
        self.assertNotIn("line 0\n", log)
        self.assertIn("line 299\n", log)
        lines = log.splitlines()
        self.assertLessEqual(len(lines), 257)
        self.assertTrue(all(len(line) < 256 for line in lines))
        self.assertTrue(any(line.endswith("000...") for line in lines))

    def test_log_is_of_this_subtest_only(self):
        err = self.run_subtest("noisy,fail").err
        self.assertIn("just before", err)
        self.assertNotIn("psst", err)

    def test_debug(self):
        hidden, shown = "psst", rf"\({NAME}:\d+\) DEBUG: psst\n"
        self.assertNotIn(hidden, self.run_subtest("noisy").out)
        for args, env in ((["--debug"], {}), (["--debug=application"], {}),
                          ([], {"IGT_LOG_LEVEL": "debug"})):
            got = self.run_subtest("noisy", *args, env=env)
            self.assertRegex(got.out, shown)
            self.assertEqual(got.err, "")
        got = self.run_subtest("noisy", "--debug=elsewhere")
        self.assertNotIn(hidden, got.out)
        self.assertIn("hello\n", got.out)

    def test_log_level(self):
        for level, info, warning in (("info", True, True), ("warn", False, True),
                                     ("none", False, False)):
            got = self.run_subtest("noisy,warn", env={"IGT_LOG_LEVEL": level})
            self.assertEqual("hello" in got.out, info, got)
            self.assertEqual("WARNING: mind the gap\n" in got.err, warning, got)
            self.assertEqual(len(got.results()), 2, got)

    def test_interactive_debug(self):
        for args, paused in ((["--interactive-debug"], True),
                             (["--interactive-debug=failure"], True),
                             (["--interactive-debug=other"], False), ([], False)):
            master, slave = os.openpty()
            os.write(master, b"\n")
            got = self.run_subtest("fail", *args, stdin=slave)
            self.assertEqual("Paused on failure" in got.err, paused, got)
            os.close(master)
            os.close(slave)
        got = self.run_subtest("fail", "--interactive-debug")
        self.assertNotIn("Paused", got.err)

    def test_child_prints_nothing_twice(self):
        out = self.run_subtest("child-exit").out
        self.assertEqual(out.count("once, "), 1, out)
        self.assertEqual(out.count("Starting subtest"), 1, out)

    def test_a_child_must_not_judge(self):
        err = self.run_subtest("child-assert").err
        self.assertIn("a failure in a child process", err)

    def test_sentinels(self):
        got = self.run_subtest("pass,noisy,skip", env=SENTINEL)
        self.assertRegex(got.err, rf"\AStarting subtest: pass\nSubtest pass: SUCCESS {RESULT}"
                         rf"\nStarting subtest: noisy\nSubtest noisy: SUCCESS {RESULT}"
                         rf"\nStarting subtest: skip\nSubtest skip: SKIP {RESULT}\n\Z")
        got = self.run_subtest("dynamic", env=SENTINEL)
        self.assertIn("Starting dynamic subtest: one\nDynamic subtest one: SUC", got.err)
        got = self.run_subtest("crash", env=SENTINEL)
        self.assertRegex(got.err, rf"\nSubtest crash: CRASH {RESULT}\n\Z")
        self.assertNotIn("\x1b", got.err)


class Fixture(Case):
    """What happens in a fixture decides for all subtests after it."""

    def with_fixture(self, how, names="pass,skip,fail"):
        return self.run_subtest(names, env={"IGT_FAKE_FIXTURE": how})

    def test_skip(self):
        for how in ("skip", "require"):
            got = self.with_fixture(how)
            self.assertEqual((got.code, got.err), (77, ""), got)
            self.assertEqual(got.results(), [("pass", "SKIP"), ("skip", "SKIP"),
                                             ("fail", "SKIP")])
            self.assertEqual(got.out.count("(0.000s)"), 3)
            for text in ("Starting", "prepared", "cleaned"):
                self.assertNotIn(text, got.out)

    def test_fail(self):
        got = self.with_fixture("fail")
        self.assertEqual(got.code, 98, got)
        self.assertEqual([result for _, result in got.results()], ["FAIL"] * 3)
        self.assertIn("CRITICAL: bad machine\n", got.err)
        self.assertIn(f"Test {NAME} failed.\n", got.err)

    def test_abort(self):
        got = self.with_fixture("abort")
        self.assertEqual((got.code, got.results()), (112, []), got)

    def test_crash(self):
        got = self.with_fixture("crash")
        self.assertEqual((got.code, got.results()), (-signal.SIGSEGV, []), got)


class Dynamic(Case):
    """Subtests made of parts."""

    def parts(self, got):
        return re.findall(rf"^Dynamic subtest (\S+): (\w+) {RESULT}$", got.out, re.M)

    def test_results(self):
        got = self.run_subtest("dynamic")
        self.assertEqual(self.parts(got), [("one", "SUCCESS"), ("two", "SKIP")])
        self.assertIn("Starting dynamic subtest: one\n", got.out)
        got = self.run_subtest("dynamic-fail")
        self.assertEqual(self.parts(got), [("bad", "FAIL"), ("good", "SUCCESS")])
        self.assertIn("Dynamic subtest bad failed.\n", got.err)
        self.assertNotIn("\nSubtest dynamic-fail failed.\n", got.err)
        got = self.run_subtest("dynamic,dynamic-again")
        self.assertEqual((len(self.parts(got)), got.code), (3, 0))
        got = self.run_subtest("dynamic-crash")
        self.assertEqual(self.parts(got), [("part", "CRASH"), ("later", "SUCCESS")])
        self.assertEqual((got.results(), got.code), ([("dynamic-crash", "FAIL")], 98))

    def test_selection(self):
        got = self.run_subtest("dynamic-fail", "--dynamic-subtest", "*,!bad")
        self.assertEqual((self.parts(got), got.code), ([("good", "SUCCESS")], 0))
        for pattern in ("two", "nope"):
            got = self.run_subtest("dynamic", "--dynamic-subtest", pattern)
            self.assertEqual((got.results(), got.code), ([("dynamic", "SKIP")], 77))
            self.assertIn("No dynamic tests executed.\n", got.out)


class Signals(Case):
    """A request to stop ends the subtest, then the program, in good order."""

    def start(self, name="slow", **options):
        process = self.popen("--run-subtest", f"{name},locals-1", **options)
        self.wait_for(process, "sleeping\n")
        return process

    def wait_for(self, process, line):
        for got in process.stdout:
            if got == line:
                return
        self.fail(f"no {line!r}")

    def stop(self, sig, name="slow", **options):
        process = self.start(name, **options)
        process.send_signal(sig)
        return self.finish(process)

    def assert_interrupted(self, got, sig):
        """No result: for igt_runner it is incomplete, not run, or a timeout; as in IGT."""
        self.assertEqual(got.code, -sig, got)
        self.assertEqual(got.results(), [], got)
        self.assertNotIn("FAIL", got.out)
        self.assertIn(f"CRITICAL: Interrupted by {sig.name}.\n", got.err)

    def test_stop(self):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(sig.name):
                self.assert_interrupted(self.stop(sig), sig)

    def test_stop_whatever_the_subtest_says(self):
        for how in ("skip", "fail", "mask"):
            self.assert_interrupted(
                self.stop(signal.SIGINT, env={"IGT_FAKE_SLOW": how}), signal.SIGINT)

    def test_stop_in_dynamic(self):
        got = self.stop(signal.SIGTERM, "dynamic-slow")
        self.assert_interrupted(got, signal.SIGTERM)
        self.assertNotIn("later", got.out)

    def test_stop_in_fixture(self):
        got = self.stop(signal.SIGINT, env={"IGT_FAKE_FIXTURE": "slow"})
        self.assertEqual((got.code, got.results()), (-signal.SIGINT, []), got)
        self.assertIn("CRITICAL: Interrupted by SIGINT.\n", got.err)

    def test_thread_takes_the_signal(self):
        got = self.run_subtest("thread-interrupted")
        self.assertIn("woken\n", got.out)
        self.assert_interrupted(got, signal.SIGTERM)

    def test_ends_with_its_runner(self):
        """Under a runner alone: what an SSH session or a shell started may outlive it."""
        runner = ("import subprocess, sys; "
                  "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True); "
                  "print(next(l for l in p.stdout if l == 'sleeping\\n'), p.pid, flush=True); "
                  "input()")
        for env, survives in ((SENTINEL, False), ({"IGT_RUNNER_SOCKET_FD": "999"}, False),
                              ({}, True)):
            process = subprocess.Popen(
                [sys.executable, "-c", runner, self.fake, "--run-subtest", "slow"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, env={**os.environ, **env})
            pid = int(process.stdout.read(len("sleeping\n")) and process.stdout.readline())
            process.kill()
            process.communicate()
            self.assertEqual(self.lives(pid, 0.3 if survives else 10), survives, env)
            if survives:
                os.kill(pid, signal.SIGKILL)

    @staticmethod
    def lives(pid, seconds):
        """Whether process @pid is still there then; a zombie is not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    if file.read().rsplit(")", 1)[1].split()[0] in "ZX":
                        return False
            except FileNotFoundError:
                return False
            time.sleep(0.02)
        return True

    def test_inherited_dispositions(self):
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGQUIT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGQUIT])

        process = self.start(preexec_fn=ignore)
        process.send_signal(signal.SIGHUP)
        # Of two signals that wait, the last one is handled first.
        time.sleep(0.2)
        process.send_signal(signal.SIGQUIT)
        self.assert_interrupted(self.finish(process), signal.SIGQUIT)

    def test_inherited_by_children(self):
        """Whoever ignores its children and has all signals blocked does so for itself alone."""
        def inherit():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

        for name in ("child-defaults", "child-term"):
            got = self.run_subtest(name, preexec_fn=inherit)
            self.assertEqual((got.code, got.results()), (0, [(name, "SUCCESS")]), got)


class Hooks(Case):
    """--hook runs commands that know where they are."""
    show = 'echo "hook $IGT_HOOK_EVENT|$IGT_HOOK_TEST|$IGT_HOOK_TEST_FULLNAME' \
           '|$IGT_HOOK_SUBTEST|$IGT_HOOK_DYN_SUBTEST|$IGT_HOOK_RESULT"'

    def hooks(self, name, *descriptors, **options):
        args = [arg for hook in descriptors for arg in ("--hook", hook)]
        got = self.run_subtest(name, *args, **options)
        return got, re.findall(r"^hook (.*)$", got.out, re.M)

    def expected(self, event, subtest="", dynamic="", result=""):
        full = "@".join(filter(None, ("igt", NAME, subtest, dynamic)))
        return "|".join((event, NAME, full, subtest, dynamic, result))

    def test_all_events(self):
        every = [
            self.expected("pre-test"),
            self.expected("pre-subtest", "dynamic-fail"),
            self.expected("pre-dyn-subtest", "dynamic-fail", "bad"),
            self.expected("post-dyn-subtest", "dynamic-fail", "bad", "FAIL"),
            self.expected("pre-dyn-subtest", "dynamic-fail", "good"),
            self.expected("post-dyn-subtest", "dynamic-fail", "good", "SUCCESS"),
            self.expected("post-subtest", "dynamic-fail", "", "FAIL"),
            self.expected("post-test", "", "", "FAIL")]
        for descriptor in (self.show, "*:" + self.show):
            got, lines = self.hooks("dynamic-fail", descriptor)
            self.assertEqual((got.code, lines), (98, every), got)

    def test_some_events(self):
        got, lines = self.hooks("pass,skip", "post-test,post-subtest:" + self.show,
                                "pre-subtest:echo hook: $IGT_HOOK_SUBTEST")
        self.assertEqual(lines, [
            self.expected("post-subtest", "pass", "", "SUCCESS"),
            self.expected("post-subtest", "skip", "", "SKIP"),
            self.expected("post-test", "", "", "SUCCESS")])
        self.assertEqual((got.code, got.out.count("hook: ")), (0, 2), got)
        self.assertEqual(got.err, "")

    def test_exit_status_is_ignored(self):
        got, _ = self.hooks("pass", "exit 3", "kill -9 $$")
        self.assertEqual(got.code, 0, got)

    def test_inherited_variables_are_replaced(self):
        _, lines = self.hooks("pass", "pre-test:" + self.show,
                              env={"IGT_HOOK_RESULT": "stale"})
        self.assertEqual(lines, [self.expected("pre-test")])

    def test_hook_is_not_deaf_to_signals(self):
        got, _ = self.hooks("pass", "pre-subtest:kill -TERM $$; echo survived")
        self.assertNotIn("survived", got.out)


class Kmsg(Case):
    """/dev/kmsg gets the lines that the runner splits the kernel log by."""

    def in_namespace(self, setup):
        """A prefix for a command in a mount namespace after the shell code @setup."""
        prefix = ["unshare", "-m", "sh", "-c", f'{setup} && exec "$@"', "sh"]
        try:
            probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            self.skipTest("no unshare(1)")
        if self.user is not None or probe.returncode:
            self.skipTest("needs root and mount namespaces")
        return prefix

    def kmsg(self, names, *args):
        log = os.path.join(self.home, "kmsg")
        with open(log, "w", encoding="utf-8"):
            pass
        got = self.run_subtest(names, *args, prefix=self.in_namespace(
            f'mount --bind "{log}" /dev/kmsg'))
        with open(log, encoding="utf-8") as file:
            return got, file.read()

    def expected(self, *lines):
        return "".join(f"<6>[IGT] {line}\n" for line in lines)

    def test_lines(self):
        got, log = self.kmsg("pass,ignore-dmesg,skip")
        self.assertEqual(got.code, 0, got)
        self.assertEqual(log, self.expected(
            f"{NAME}: executing",
            f"{NAME}: starting subtest pass",
            f"{NAME}: finished subtest pass, SUCCESS",
            f"{NAME}: starting subtest ignore-dmesg",
            "add ignored dmesg regex: oom-kill:.*",
            f"{NAME}: finished subtest ignore-dmesg, SUCCESS",
            f"{NAME}: starting subtest skip",
            f"{NAME}: finished subtest skip, SKIP",
            f"{NAME}: exiting, ret=0"))

    def test_dynamic_and_crash(self):
        _, log = self.kmsg("dynamic-crash")
        self.assertEqual(log, self.expected(
            f"{NAME}: executing",
            f"{NAME}: starting subtest dynamic-crash",
            f"{NAME}: starting dynamic subtest part",
            f"{NAME}: finished subtest part, CRASH",
            f"{NAME}: starting dynamic subtest later",
            f"{NAME}: finished subtest later, SUCCESS",
            f"{NAME}: finished subtest dynamic-crash, FAIL",
            f"{NAME}: exiting, ret=98"))

    def test_silent_when_listing(self):
        _, log = self.kmsg("pass", "--list-subtests")
        self.assertEqual(log, "")

    def test_absent(self):
        prefix = self.in_namespace("mount -t tmpfs none /dev")
        got = self.run_subtest("pass", prefix=prefix)
        self.assertEqual((got.code, got.err), (0, ""), got)


class Socket(Case):
    """IGT_RUNNER_SOCKET_FD: the same in packets, as lib/runnercomms.h of IGT 2.2 has them."""
    LOG, START, RESULT, DYNAMIC_START, DYNAMIC_RESULT, VERSION = 1, 4, 5, 6, 7, 8

    def packets(self, names, *args):
        """[(type, [bytes …])] and the Outcome."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        found = []

        def read():
            while data := ours.recv(1 << 18):
                size, kind, pid, tid = struct.unpack("=IIii", data[:16])
                self.assertEqual(size, len(data))
                self.assertGreater(pid, 0)
                self.assertEqual(pid, tid)
                body = data[16:]
                self.assertEqual(body[-1], 0)
                found.append((kind, body[:1] + b"|" + body[1:-1] if kind == self.LOG
                              else body[:-1].decode()))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            got = self.finish(self.popen(
                "--run-subtest", names, *args, pass_fds=[theirs.fileno()],
                env={"IGT_RUNNER_SOCKET_FD": str(theirs.fileno()), **SENTINEL}))
        finally:
            theirs.send(b"")
            reader.join()
            ours.close()
            theirs.close()
        return found, got

    def text(self, found, stream):
        return b"".join(body[2:] for kind, body in found
                        if kind == self.LOG and body[0] == stream).decode()

    def marks(self, found):
        """All but text, without times."""
        return [(kind, re.sub(r"\0\d+\.\d{3}\0$", "\0T\0", body)) for kind, body in found
                if kind != self.LOG]

    def test_results(self):
        found, got = self.packets("pass,noisy,skip,fail,dynamic")
        self.assertRegex(found[0][1], r"\AIGT-Version: \S+ \(\S+\) \(Linux: \S+ \S+\)\n\Z")
        self.assertEqual(self.marks(found)[1:], [
            (self.START, "pass"), (self.RESULT, "pass\0SUCCESS\0T\0"),
            (self.START, "noisy"), (self.RESULT, "noisy\0SUCCESS\0T\0"),
            (self.START, "skip"), (self.RESULT, "skip\0SKIP\0T\0"),
            (self.START, "fail"), (self.RESULT, "fail\0FAIL\0T\0"),
            (self.START, "dynamic"),
            (self.DYNAMIC_START, "one"), (self.DYNAMIC_RESULT, "one\0SUCCESS\0T\0"),
            (self.DYNAMIC_START, "two"), (self.DYNAMIC_RESULT, "two\0SKIP\0T\0"),
            (self.RESULT, "dynamic\0SUCCESS\0T\0")])
        self.assertEqual(len(got.results()), 5, "the text is there as well")
        out, err = self.text(found, 1), self.text(found, 2)
        for stream, text in ((out, got.out), (err, got.err)):
            self.assertEqual(stream.splitlines(), [
                line for line in text.splitlines() if line not in ("prepared", "cleaned") and
                not re.match(r"IGT-Version|Starting |(Subtest|Dynamic subtest) \S+: ", line)])
        self.assertIn("hello\n", out)
        self.assertIn("CRITICAL: no good\n", err)

    def test_order(self):
        """What a subtest prints is between its start and its result."""
        found, _ = self.packets("done*")
        kinds = [kind for kind, _ in found]
        first = kinds.index(self.START)
        self.assertEqual(kinds[first:first + 9], [self.START, self.LOG, self.RESULT] * 3)

    def test_long_line(self):
        found, got = self.packets("long")
        self.assertIn("x" * 300000 + "\n", self.text(found, 1))
        self.assertGreater(len(found), 10)
        self.assertIn("x" * 300000 + "\n", got.out)

    def test_crash(self):
        found, _ = self.packets("crash,locals-1")
        self.assertEqual(self.marks(found)[1:], [
            (self.START, "crash"), (self.RESULT, "crash\0CRASH\0T\0"),
            (self.START, "locals-1"), (self.RESULT, "locals-1\0SUCCESS\0T\0")])
        self.assertIn("Received signal SIGSEGV.\n", self.text(found, 2))

    def test_no_socket(self):
        for value in ("", "x", "0", "999", "-1"):
            got = self.run_subtest("pass", env={"IGT_RUNNER_SOCKET_FD": value})
            self.assertEqual((got.code, got.err), (0, ""), got)

    def test_runner_that_does_not_read(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        ours.close()
        got = self.finish(self.popen("--run-subtest", "noisy", pass_fds=[theirs.fileno()],
                                     env={"IGT_RUNNER_SOCKET_FD": str(theirs.fileno())}))
        theirs.close()
        self.assertEqual(got.results(), [("noisy", "SUCCESS")], got)


# What igt_runner 2.2 made of the same cases with IGT's own library, but for those of BETTER.
OUTCOMES = {
    "pass": "pass", "noisy": "pass", "warn": "warn", "done1": "pass", "child-crash": "pass",
    "skip": "skip", "require": "skip", "require-f": "skip", "skip-on": "skip",
    "fail": "fail", "assert": "fail", "assert-f": "fail", "assert-eq": "fail",
    "many-lines": "fail", "crash": "crash", "overflow": "crash", "abort-call": "crash",
    "libc-assert": "crash", "fpe": "crash", "thread-crash": "crash", "abort": "abort",
    "dynamic": "pass", "dynamic-again": "pass", "dynamic-fail": "fail", "dynamic-none": "skip",
    "dynamic-crash": "fail",
    ("slow", signal.SIGTERM): "incomplete", ("slow", signal.SIGINT): "incomplete",
    ("slow", signal.SIGHUP): "notrun", ("slow", signal.SIGKILL): "incomplete",
    # igt_runner's own timeout: it writes "timeout" over this.
    ("slow", signal.SIGQUIT): "incomplete", ("dynamic-slow", signal.SIGTERM): "incomplete",
    ("pass", "skip"): "skip", ("pass", "fail"): "fail", ("pass", "crash"): "crash",
    ("pass", "abort"): "abort",
}
BETTER = {"exit": "fail"}  # exit() in a subtest: IGT's is incomplete


class Outcomes(Case):
    """What igt_runner makes of each case, by the rules of its runner/resultgen.c."""

    def outcome(self, name, got):
        results = {"SUCCESS": "pass", "SKIP": "skip", "FAIL": "fail", "CRASH": "crash"}
        started = f"Starting subtest: {name}\n" in got.out
        if got.code == 112:
            return "abort"
        if got.code == -signal.SIGHUP:
            return "notrun"
        if name in dict(got.results()):
            result = results[dict(got.results())[name]]
        else:
            # Without any subtest the exit code tells; -11 is the crash of a fixture.
            result = "incomplete" if started else "crash" if got.code < 0 else "fail"
        other = [line for line in got.err.splitlines()
                 if not re.match("Starting |(Subtest|Dynamic subtest) [^ ]+: ", line)]
        return "warn" if result == "pass" and other else result

    def run_case(self, case):
        if isinstance(case, str):
            return case, self.run_subtest(case, env=SENTINEL)
        name, how = case
        if isinstance(how, str):
            return name, self.run_subtest(name, env={**SENTINEL, "IGT_FAKE_FIXTURE": how})
        process = self.popen("--run-subtest", name, env=SENTINEL)
        before = ""
        for line in process.stdout:
            before += line
            if line == "sleeping\n":
                break
        process.send_signal(how)
        got = self.finish(process)
        got.out = before + got.out
        return name, got

    def test_outcomes(self):
        self.assertGreaterEqual(len(OUTCOMES), 34)
        for case, outcome in {**OUTCOMES, **BETTER}.items():
            with self.subTest(case):
                name, got = self.run_case(case)
                self.assertEqual(self.outcome(name, got), outcome, got)


class Bugs(Case):
    """A program that breaks the rules is told so, loudly."""

    def test_bugs(self):
        for bug, words in (
                ("duplicate", 'duplicate subtest name "pass"'),
                ("invalid", 'invalid subtest name "Not_Valid"'),
                ("outside", "igt_require outside of fixtures and subtests"),
                ("changing", 'subtest "pass-2" was not there in the first pass'),
                ("leave", "left by return, break or goto"),
                ("nested", "igt_fixture inside of another block"),
                ("stray-dynamic", "not directly in an igt_subtest_with_dynamic"),
                ("duplicate-dynamic", 'duplicate dynamic subtest name "same"')):
            with self.subTest(bug):
                got = self.run_subtest(f"done1,*{bug}*,pass-*", env={"IGT_FAKE_BUG": bug})
                self.assertEqual(got.code, -signal.SIGABRT, got)
                self.assertIn(f"{NAME}: bug in the test program: ", got.err)
                self.assertIn(words, got.err)

    def test_names_are_judged_when_listing(self):
        for bug in ("duplicate", "invalid"):
            got = self.run_fake("--list-subtests", env={"IGT_FAKE_BUG": bug})
            self.assertEqual((got.code, got.out), (-signal.SIGABRT, ""), got)


CASES = (Listing, Options, Device, Results, Texts, Fixture, Dynamic, Signals, Hooks, Kmsg,
         Socket, Outcomes, Bugs)


def load_tests(loader, _tests, _pattern):
    """Each case for the present user, and once more for nobody."""
    suite = unittest.TestSuite()
    for case in CASES:
        suite.addTests(loader.loadTestsFromTestCase(case))
        other = type(f"{case.__name__}AsNobody", (case,),
                     {"user": pwd.getpwnam("nobody").pw_uid})
        if os.geteuid() != 0:
            other = unittest.skip("needs root to become nobody")(other)
        suite.addTests(loader.loadTestsFromTestCase(other))
    return suite


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        # The build folder may be closed to nobody.
        os.chmod(folder, 0o755)
        Case.fake = os.path.join(folder, NAME)
        shutil.copy(sys.argv.pop(1), Case.fake)
        os.chmod(Case.fake, 0o755)
        unittest.main()


if __name__ == "__main__":
    main()
