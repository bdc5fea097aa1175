# SPDX-License-Identifier: MIT
"""`pinlat run --until` with a fake test binary: looks, ends of every kind, going on."""
import json
import os
import pty
import shutil
import signal
import subprocess
import time
import unittest

from command import PINLAT
from harness import RunnerTest

TIMER = ("--probes", "timer", "--loads", "idle,base")
STEADY = {"FAKE_GROWTH": "0", "FAKE_SPREAD": "0"}
WIDE = {"FAKE_GROWTH": "0", "FAKE_SPREAD": "0.5"}


class UntilTest(RunnerTest):
    def until(self, percent, *args, **more):
        return self.run_set(*TIMER, "--until", percent, *args, **more)

    def stopping(self):
        stopping = self.plan()["stopping"]
        self.assertGreater(stopping.pop("seconds"), 0)
        return stopping

    def change_plan(self, **change):
        plan = self.plan()
        plan["stopping"].update(change)
        with open(os.path.join(self.dir, "plan.json"), "w", encoding="utf-8") as f:
            json.dump(plan, f)


class Ends(UntilTest):
    def test_narrow(self):
        done = self.until("20%", **STEADY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("within ±20%. They are looked at after 8, 14, 22, 37, 61 and 100 runs of "
                      "each subtest.\n", done.stdout)
        self.assertIn("[  1] timer-", done.stdout)
        self.assertRegex(done.stdout, r"\nlook 1, after 8 runs: the widest interval is ±\d\.\d% "
                         r"\(timer-base p9\d\), wanted ±20%\n")
        self.assertIn("Stopped after 8 runs of each subtest: every interval is within ±20%.\n",
                      done.stdout)
        self.assertRegex(done.stdout, r"\ntimer-base +p90 +8 +\d+µs +\[\d+ \.\. \d+\] +±\d\.\d%\n")
        self.assertNotRegex(done.stdout, r"\ntimer-idle +p90")
        self.assertIn("at\nmost 6 looks, and each uses 99.17 %.", done.stdout)
        self.assertNotIn("Careful", done.stdout)
        self.assertEqual(len(self.starts()), 16)
        self.assertEqual(self.plan()["until"], "20%")
        self.assertEqual(self.stopping(), {"level": 0.95, "looks": [8, 14, 22, 37, 61, 100],
                                           "made": 1, "ended": "narrow"})

    def test_all_runs(self):
        done = self.until("5%", "--runs", "12", **WIDE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("; next look after 12\n", done.stdout)
        self.assertIn("Stopped after 12 runs of each subtest: that is the most that --runs "
                      "allows.\n3 of 3 intervals still wider than ±5%;", done.stdout)
        self.assertEqual(len(self.starts()), 24)
        self.assertEqual(self.stopping(),
                         {"level": 0.95, "looks": [7, 12], "made": 2, "ended": "runs"})

    def test_time(self):
        """The time is measured, so how many runs there are is not known; that it ends is."""
        before = time.monotonic()
        done = self.until("1%", "--max-time", "2s", **WIDE)
        self.assertLess(time.monotonic() - before, 30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("and before --max-time 2s.", done.stdout)
        self.assertIn("another block would end after --max-time 2s.\n3 of 3 intervals",
                      done.stdout)
        self.assertLess(len(self.starts()), 200)
        self.assertEqual(len(self.starts()) % 2, 0)
        self.assertEqual(self.stopping()["ended"], "time")
        self.assertEqual(self.plan()["max_time"], "2s")

    def test_one_block_does_not_fit(self):
        done = self.until("1%", "--max-time", "1ms", **WIDE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("timer-base  p50     1", done.stdout)
        self.assertIn("too few runs for an interval", done.stdout)
        self.assertEqual(len(self.starts()), 2)

    def test_invalid_runs_give_no_value(self):
        done = self.until("20%", "--runs", "8", **STEADY, behaviour={"timer-base": "invalid"})
        self.assertEqual(done.returncode, 0)
        self.assertIn("the widest interval is unknown (timer-base p50)", done.stdout)
        self.assertEqual(self.stopping()["ended"], "runs")


class Quantities(UntilTest):
    def test_skipped(self):
        """The load below takes the place of one that this machine cannot make."""
        done = self.run_set("--probes", "thp,timer", "--loads", "pinned,busy", "--until", "30%",
                            **STEADY, FAKE_SAMPLES="2000", behaviour={"thp-busy": "skip"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("it is left out from here on", done.stdout)
        self.assertEqual(len([s for s in self.starts() if "thp-busy" in s]), 1)
        end = done.stdout[done.stdout.index("Stopped after 8 runs"):]
        for word in ("thp-pinned", "timer-busy"):
            self.assertIn(word, end)
        for word in ("thp-busy", "timer-pinned"):
            self.assertNotIn(word, end)

    def test_too_few_samples(self):
        done = self.until("50%", **STEADY, FAKE_SAMPLES="100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Careful: no run has the samples to state p99 of timer-base", done.stdout)
        self.assertNotIn("state p90", done.stdout)
        self.assertEqual(self.stopping()["ended"], "narrow")

    def test_drift(self):
        done = self.until("90%", FAKE_GROWTH="0.1")
        self.assertIn("Careful: p50 of timer-base drifts while runs go on (Kendall, p ",
                      done.stdout)


class Resume(UntilTest):
    def test_same_end(self):
        """Killed anywhere, and continued, a set ends as if it had never been interrupted."""
        args = ("15%", "--runs", "30")
        spread = dict(STEADY, FAKE_SPREAD="0.09")
        whole = self.until(*args, **spread)
        end = whole.stdout[whole.stdout.index("Stopped after"):]
        stopping, first = self.stopping(), self.dir
        self.assertEqual(stopping["ended"], "narrow")
        self.assertGreaterEqual(stopping["made"], 2)
        ended = stopping["looks"][stopping["made"] - 1]
        for made, keep in ((stopping["made"] - 1, 2 * ended - 3), (0, 2 * stopping["looks"][0]),
                           (1, 2 * stopping["looks"][0])):
            self.dir = os.path.join(self.top, f"set-{made}-{keep}")
            shutil.copytree(first, self.dir)
            for name in self.files(".json"):
                if name != "plan.json" and int(name[:4]) >= keep:
                    os.unlink(os.path.join(self.dir, name))
            self.change_plan(made=made, ended="")
            done = self.pinlat("run", "-o", self.dir, "--resume", **spread)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout[done.stdout.index("Stopped after"):], end)
            self.assertEqual(self.stopping(), stopping)

    def test_over_is_over(self):
        whole = self.until("20%", **STEADY)
        os.unlink(self.starts_file)
        done = self.pinlat("run", "-o", self.dir, "--resume")
        self.assertEqual((done.returncode, done.stderr, self.starts()), (0, "", []))
        self.assertIn(whole.stdout[whole.stdout.index("Stopped after"):], done.stdout)
        self.assertNotIn("look 1", done.stdout)

    def test_signal(self):
        """What the runs took before a stop counts for --max-time after it."""
        pinlat = subprocess.Popen(
            [PINLAT, "run", "--label", "base", "-o", self.dir, "--seed", "7", *TIMER, "--until",
             "10%"], env=self.environment({"timer-base": "sleep"}), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(400):
            if "sleeping" in self.starts():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        pinlat.send_signal(signal.SIGINT)
        _, err = pinlat.communicate(timeout=60)
        self.assertEqual(pinlat.returncode, 3)
        self.assertIn(f"go on with `pinlat run -o {self.dir} --resume`", err)
        self.assertGreater(self.plan()["stopping"]["seconds"], 0.3)
        self.assertEqual(self.stopping()["made"], 0)

    def test_must_agree(self):
        self.until("20%", "--max-time", "60m", **STEADY)
        for args, word in ((("--until", "10%"), "--until 20%, not 10%"),
                           (("--max-time", "1m"), "--max-time 60m, not 1m"),
                           (("--runs", "50"), "--runs 100, not 50"),
                           (("--calibrate",), "made without --calibrate")):
            done = self.pinlat("run", "-o", self.dir, "--resume", *args)
            self.assertEqual(done.returncode, 2)
            self.assertIn(word, done.stderr)

    def test_was_fixed(self):
        self.run_set(*TIMER, "--runs", "1")
        self.assertNotIn("until", self.plan())
        self.assertNotIn("stopping", self.plan())
        done = self.pinlat("run", "-o", self.dir, "--resume", "--until", "10%")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the plan says --until nothing, not 10%", done.stderr)

    def test_damaged_plan(self):
        self.until("20%", **STEADY)
        good = self.plan()["stopping"]
        for change in ({"looks": []}, {"looks": [8, 8, 100]}, {"looks": [8, 14]}, {"looks": 8},
                       {"looks": list(range(1, 60)) + [100]}, {"made": 7}, {"made": -1},
                       {"level": 1}, {"level": "x"}, {"seconds": -1}, {"ended": "why"},
                       {"ended": None}):
            with self.subTest(change):
                self.change_plan(**{**good, **change})
                done = self.pinlat("run", "-o", self.dir, "--resume")
                self.assertEqual(done.returncode, 2)
                self.assertIn("cannot be resumed: it is damaged", done.stderr)


class Terminal(UntilTest):
    def test_status_line(self):
        """On a terminal: time to the next look, and how wide the widest interval is."""
        main, terminal = pty.openpty()
        with subprocess.Popen(
                [PINLAT, "run", "--label", "base", "-o", self.dir, "--seed", "7", *TIMER,
                 "--until", "20%", "--runs", "10"], env=self.environment(**STEADY),
                stdout=terminal, stderr=subprocess.PIPE) as pinlat:
            os.close(terminal)
            shown = b""
            while True:
                try:
                    part = os.read(main, 65536)
                except OSError:  # what Linux gives once nobody has it open
                    break
                if not part:
                    break
                shown += part
            self.assertEqual((pinlat.wait(timeout=60), pinlat.stderr.read()), (0, b""))
        os.close(main)
        lines = shown.decode().split("\r\x1b[K")
        self.assertTrue(any(line.startswith("run 1  timer-") and "look in about" in line
                            for line in lines), lines[:3])
        self.assertTrue(any("s, widest ±" in line for line in lines), lines[-5:])
        for line in lines[1:-1]:
            if line.startswith("run "):
                self.assertLess(len(line), 80)


class BadUsage(UntilTest):
    def test_table(self):
        good = ("--label", "base", "-o", self.dir)
        for word, *args in (
                ("--until must be a percentage (10%), not \"10\"", "--until", "10"),
                ("--until must be a percentage", "--until", "0%"),
                ("--until must be a percentage", "--until", "101%"),
                ("--until must be a percentage", "--until", "narrow"),
                ("--max-time must be a time (30m), not \"0s\"", "--until", "10%", "--max-time",
                 "0s"),
                ("--max-time must be a time", "--until", "10%", "--max-time", "soon"),
                ("--max-time is a limit to --until", "--max-time", "30m"),
                ("--until needs --runs of at least 6", "--until", "10%", "--runs", "5"),
                ("--calibrate needs a number of runs that is fixed", "--calibrate", "--until",
                 "10%"),
                ("--calibrate needs --runs of at least 4", "--calibrate", "--runs", "3")):
            with self.subTest(args):
                done = self.pinlat("run", *good, *args)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn(word, done.stderr)
                self.assertFalse(os.path.exists(self.dir))


if __name__ == "__main__":
    unittest.main(verbosity=2)
