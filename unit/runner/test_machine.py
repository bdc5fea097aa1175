# SPDX-License-Identifier: MIT
"""`pinlat doctor`, `list`, `help`: what they say of a machine, and how they end."""
import re
import unittest

from harness import RunnerTest


class Doctor(RunnerTest):
    def test_lines(self):
        done = self.pinlat("doctor", "-v")
        checks, _, verdict = done.stdout.rpartition("\n\n")
        previous = ""
        for line in checks.splitlines():
            if line.startswith("      → "):
                self.assertRegex(previous, "^(warn|FAIL) ")
            else:
                self.assertRegex(line, "^(ok   |warn |FAIL ) ?[^ ].*: .")
                self.assertNotRegex(previous, "^(warn|FAIL) ")
            previous = line
        self.assertNotRegex(previous, "^(warn|FAIL) ")
        self.assertEqual(done.returncode, 3 if "FAIL" in checks else 0)
        self.assertRegex(verdict, "^(A run is possible here: arena .*, engine uring|"
                                  "No run is possible here yet: .*)\\.\n$")

    def test_what_is_well_is_counted(self):
        """Without -v only what warns or fails has a line."""
        short, long = self.pinlat("doctor"), self.pinlat("doctor", "-v")
        fine = re.findall("^ok .*\n", long.stdout, re.MULTILINE)
        self.assertGreater(len(fine), 3)
        self.assertNotRegex(short.stdout, "(?m)^ok ")
        self.assertIn(f"\n{len(fine)} other checks went well (-v lists them).\n", short.stdout)
        for line in re.findall("^(?:warn|FAIL) [^:]*:", long.stdout, re.MULTILINE):
            self.assertIn(line, short.stdout)

    def test_no_engine(self):
        done = self.pinlat("doctor", FAKE_ENGINES="i915\tno\tno device\nuring\tno\tdisabled\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn("warn  engine uring: not usable, disabled\n      → ", done.stdout)
        self.assertIn("FAIL  engines: none is usable\n", done.stdout)
        self.assertRegex(done.stdout, "\n(Only the loads idle, base and locked are possible here .*"
                                      "|No run is possible here yet: (?!engines).*)\\.\n$")

    def test_tracing(self):
        done = self.pinlat("doctor", "-v")
        self.assertIn("ok    --explain, events: traced\n", done.stdout)
        self.assertRegex(done.stdout, "warn  --explain, pinned pages: no [^\x1b]*BTF\n      → ")
        self.assertNotIn("--explain", self.pinlat("doctor", "-v", FAKE_TRACING="").stdout)

    def test_no_test_binary(self):
        done = self.pinlat("doctor", PINLAT_TEST="/no/such/file")
        self.assertEqual(done.returncode, 3)
        self.assertIn("FAIL  test binary: not found\n      → ", done.stdout)

    def test_odd_answers(self):
        for answer in ("", "uring", "\t\t", "uring\tyes", "x" * 5000, "a\tyes\t\x1b[2J\n" * 50):
            done = self.pinlat("doctor", FAKE_ENGINES=answer)
            self.assertIn(done.returncode, (0, 3))
            self.assertNotIn("\x1b", done.stdout)


class List(RunnerTest):
    def test_list(self):
        done = self.pinlat("list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("  timer-idle\n      What timer costs on a quiet machine.\n", done.stdout)
        self.assertRegex(done.stdout, "\n  i915 +not usable +no i915 device\n")
        self.assertRegex(done.stdout, "\n  uring +usable +kernel 6.1\n")
        self.assertIn("\nDRM devices\n", done.stdout)

    def test_no_test_binary(self):
        done = self.pinlat("list", PINLAT_TEST="/no/such/file")
        self.assertEqual(done.returncode, 3)
        self.assertIn("PINLAT_TEST: \"/no/such/file\" is no program", done.stderr)
        self.assertIn("DRM devices\n", done.stdout)

    def test_wrong_program(self):
        done = self.pinlat("list", PINLAT_TEST="/bin/false")
        self.assertEqual(done.returncode, 3)
        self.assertIn("/bin/false does not list its subtests", done.stderr)


class Help(RunnerTest):
    def test_help(self):
        whole = self.pinlat("help")
        self.assertEqual((whole.returncode, whole.stderr), (0, ""))
        for args in (("--help",), ("-h",)):
            self.assertEqual(self.pinlat(*args).stdout, whole.stdout)
        for name in re.findall("^  ([a-z]+) ", whole.stdout, re.MULTILINE):
            done = self.pinlat(name, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith(f"Usage: pinlat {name}"))
            self.assertEqual(self.pinlat("help", name).stdout, done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 90)

    def test_version(self):
        self.assertRegex(self.pinlat("--version").stdout, r"^pinlat \d+\.\d+\.\d+.*\n$")

    def test_wrong_command(self):
        for args, word in (((), "Usage: pinlat COMMAND"), (("go",), "no command \"go\""),
                           (("rum",), "did you mean `pinlat run`?"),
                           (("cmopare", "x"), "did you mean `pinlat compare`?"),
                           (("run", "--lable", "x"), "did you mean --label?"),
                           (("run", "--walker-rat=1"), "there is no option --walker-rat; see"),
                           (("doctor", "now"), "takes no \"now\""),
                           (("list", "-x"), "there is no option -x"),
                           (("help", "go"), "no command \"go\"")):
            done = self.pinlat(*args)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
