# SPDX-License-Identifier: MIT
"""`pinlat run` with a fake test binary: plans, ends of every kind, stopping, going on."""
import collections
import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from command import PINLAT
from harness import RunnerTest

# What the test answers to --list-sizes, and how it stands in a plan.
SIZES = ("arena\tcgroup:1G\nfill\t768M\nswap\town\npageout-swap\tauto:256M\n"
         "walker\ttree:/\nwalker-rate\t256M\n")
PLANNED = dict(line.split("\t") for line in SIZES.splitlines())
SMALL = ("--probes", "timer", "--loads", "idle,base", "--runs", "2")


class Plan(RunnerTest):
    def test_blocks(self):
        done = self.run_set("--runs", "3")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        plan = self.plan()
        names = {f"{probe}-{load}" for probe in ("timer", "thp")
                 for load in ("idle", "base", "locked", "pinned", "busy")}
        names |= {f"pageout-{load}" for load in ("base", "pinned", "busy")}
        blocks = [plan["order"][i:i + 13] for i in range(0, 39, 13)]
        for block in blocks:
            self.assertEqual(set(block), names)
        self.assertGreater(len({tuple(block) for block in blocks}), 1)
        self.assertEqual(self.files(".json")[:-1],
                         [f"{i:04}-{name}.json" for i, name in enumerate(plan["order"])])
        self.assertEqual(self.files(".log"), [])
        self.assertIn("[39/39]", done.stdout)
        self.assertIn(f"`pinlat show {self.dir}`", done.stdout)

    def test_names_that_were_not_given(self):
        """The label is the kernel's release, and each plan gets a directory of its own."""
        done = self.pinlat("run", *SMALL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        [name] = os.listdir(self.path("records"))
        label = re.sub("[^A-Za-z0-9._+-]", "_", os.uname().release)[:64]
        self.assertRegex(name, rf"^{re.escape(label)}-20\d{{6}}T\d{{6}}Z$")
        self.dir = self.path(f"records/{name}")
        self.assertEqual(self.plan()["label"], label)
        self.assertIn(f"`pinlat show records/{name}`", done.stdout)

    def test_pairs_that_do_not_exist(self):
        """pageout has no subtest for idle: it is left out, and alone refused at once."""
        self.run_set("--runs", "1", "--probes", "pageout,timer", "--loads", "idle,base")
        self.assertEqual(sorted(self.plan()["order"]),
                         ["pageout-base", "timer-base", "timer-idle"])
        done = self.run_set("--probes", "pageout", "--loads", "idle,locked")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--probes pageout has no subtest for --loads idle,locked", done.stderr)

    def test_same_seed_same_order(self):
        orders = []
        for seed in ("7", "7", "8"):
            self.dir = os.path.join(self.top, f"set{len(orders)}")
            self.pinlat("run", "--label", "x", "-o", self.dir, "--seed", seed, "--runs", "2")
            orders.append(self.plan()["order"])
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])

    def test_a_seed_a_run(self):
        """Each run has its own; the same subtest of the same block of another plan has the same."""
        def seeds(name, seed, *options):
            self.dir, before = os.path.join(self.top, name), len(self.starts())
            self.pinlat("run", "--label", "x", "-o", self.dir, "--seed", seed, *options)
            found = {}
            for words in map(str.split, self.starts()[before:]):
                found.setdefault(words[1], []).append(words[words.index("--seed") + 1])
            return found
        one = seeds("one", "7", "--runs", "2")
        every = [seed for of in one.values() for seed in of]
        self.assertEqual(len(set(every)), len(every))
        other = seeds("other", "7", "--runs", "2", "--probes", "thp", "--loads", "busy,idle")
        self.assertEqual(other, {name: one[name] for name in ("thp-busy", "thp-idle")})
        self.assertFalse(set(every) & {seed for of in seeds("third", "8", *SMALL).values()
                                       for seed in of})

    def test_options_reach_the_test(self):
        done = self.run_set("--probes", "thp", "--loads", "busy", "--runs", "1", "--arena",
                            "cgroup:1G", "--swap", "64M", "--walker", "loop:1G",
                            "--duration", "2s", "--", "--rate", "100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.starts(), [
            "--run-subtest thp-busy --label base --seq 0 --seed 3123762708 --engine auto --arena "
            "cgroup:1G --duration 2s --fill 80% --object-size 64M --backing 4k --swap 64M "
            f"--walker loop:1G --record {self.dir}/0000-thp-busy.json --rate 100"])

    def test_tracing_reaches_the_test(self):
        done = self.run_set("--probes", "thp", "--loads", "busy", "--runs", "1", "--explain",
                            "--keep-trace", "--stop-at", "50ms")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f" --explain=on --keep-trace {self.dir}/0000-thp-busy.trace --stop-at 50ms ",
                      self.starts()[0])
        self.assertIn("latencies include what tracing costs", done.stdout)
        self.assertEqual(self.plan()["options"]["explain"], "on")
        done = self.pinlat("run", "-o", self.dir, "--resume", "--explain=off")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the plan says --explain on, not off", done.stderr)

    def test_trace_without_tracing(self):
        done = self.run_set(*SMALL, "--keep-trace")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--keep-trace: there is no trace without --explain", done.stderr)
        for option in ("--explain=maybe", "--stop-at=0", "--stop-at=soon"):
            self.assertEqual(self.run_set(*SMALL, option).returncode, 2)

    def test_sizes(self):
        """What is automatic is asked once, stands in the plan, and goes to each run."""
        done = self.run_set("--probes", "timer,pageout", "--loads", "base", "--runs", "2",
                            "--explain", "--keep-trace", "--", "--rate", "5", FAKE_SIZES=SIZES)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.plan()["sizes"], PLANNED)
        self.assertEqual(self.plan()["options"]["fill"], "80%")
        self.assertEqual(len(self.starts()), 4)
        for words in map(str.split, self.starts()):
            given = dict(zip(words, words[1:]))
            swap = "auto:256M" if given["--run-subtest"] == "pageout-base" else "own"
            self.assertEqual({name: given["--" + name] for name in PLANNED if
                              name != "pageout-swap"},
                             dict({name: value for name, value in PLANNED.items() if
                                   name != "pageout-swap"}, swap=swap))
        asked = self.asked()
        self.assertEqual(len(asked), 1)
        for words in ("--fill=80%", "--arena=auto", "--explain=on", "--rate 5 --list-sizes"):
            self.assertIn(words, asked[0])
        self.assertNotIn("--keep-trace", asked[0])

    def test_sizes_that_are_set(self):
        """Only what is left to the machine is listed, and handed on."""
        self.run_set(*SMALL, "--arena", "cgroup:512M", FAKE_SIZES="walker\ttree:made\n")
        self.assertEqual(self.plan()["sizes"], {"walker": "tree:made"})
        self.assertIn(" --arena cgroup:512M --duration 20s --fill 80% --object-size 64M "
                      "--backing 4k --swap auto --walker tree:made --record ", self.starts()[0])

    def test_odd_sizes(self):
        """What is no size of ours is left alone; no answer leaves them to each run."""
        for i, answer in enumerate(("", "\t\n\n", "fill\nfill\t\nseed\t5\nfil\t1M\n", "x" * 5000)):
            self.dir = self.path(f"odd{i}")
            done = self.run_set(*SMALL, FAKE_SIZES=answer)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotIn("sizes", self.plan())
            self.assertIn(" --fill 80% ", self.starts()[-1])

    def test_own_random_seed(self):
        self.pinlat("run", "--label", "x", "-o", self.dir, *SMALL)
        self.assertIsInstance(self.plan()["seed"], int)


class Ends(RunnerTest):
    def test_invalid(self):
        done = self.run_set(*SMALL, behaviour={"timer-base": "invalid"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("timer-base     invalid: the walker stalled?[31m", done.stdout)
        self.assertIn("2 of 4 runs valid", done.stdout)
        self.assertEqual(len(self.files(".log")), 2)

    def test_stopped(self):
        """The first sample beyond --stop-at ends all; the others can be made later."""
        done = self.run_set(*SMALL, "--stop-at", "5ms", behaviour={"timer-base": "stopped"})
        self.assertEqual(done.returncode, 4)
        self.assertIn("stopped: a sample of 9ms on CPU 1 was longer than --stop-at 5ms",
                      done.stdout)
        self.assertIn("timer-base.json` tells of the sample", done.stderr)
        made = len(self.starts())
        self.assertLessEqual(made, 3)
        done = self.pinlat("run", "-o", self.dir, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.starts()), 4)

    def test_untidy(self):
        """What was measured is kept; but what was left behind would spoil the next run."""
        done = self.run_set(*SMALL, "--probes", "timer", "--loads", "idle",
                            behaviour={"timer-idle": "untidy"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("the run was measured, but then: the run left something behind: a swap "
                      "file; put that right", done.stderr)
        self.assertEqual(len(self.starts()), 1)
        self.assertEqual((len(self.files(".log")), len(self.files("idle.json"))), (1, 1))

    def test_nothing_valid(self):
        done = self.run_set(*SMALL, behaviour={"timer-base": "invalid", "timer-idle": "fail"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("failed: Failed assertion: memory > 0", done.stdout)
        self.assertIn("`pinlat doctor` says what this machine lacks", done.stderr)

    def test_skip(self):
        done = self.run_set(*SMALL, "--runs", "3", behaviour={"timer-base": "skip"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("skipped: There is no swap here\n"), 1)
        self.assertIn("its other 2 runs are left out", done.stdout)
        self.assertEqual(len(self.starts()), 4)

    def test_all_skipped(self):
        done = self.run_set(*SMALL, behaviour={"timer-base": "skip", "timer-idle": "skip"})
        self.assertEqual(done.returncode, 77)

    def test_crash_and_abort(self):
        done = self.run_set(*SMALL, "--runs", "1", "--loads", "idle,base,busy",
                            behaviour={"timer-base": "crash", "timer-busy": "abort"})
        self.assertEqual(done.returncode, 0)
        self.assertIn("failed: the test was ended by signal 11 (Segmentation fault)", done.stdout)
        for log in self.files(".log"):
            self.assertIn(f"its output: {self.dir}/{log}", done.stdout)
        self.assertEqual(len(self.files(".log")), 2)

    def test_silent(self):
        done = self.run_set(*SMALL, behaviour={"timer-base": "silent"})
        self.assertIn("failed: the test left no record", done.stdout)

    def test_refused_option(self):
        done = self.run_set(*SMALL, behaviour={"timer-base": "refuse", "timer-idle": "refuse"})
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(self.starts()), 1)
        self.assertIn("the test does not take these options: unknown option --colour",
                      done.stderr)

    def test_verbose(self):
        done = self.run_set(*SMALL, "-v", behaviour={"timer-base": "skip"})
        self.assertIn("    Test requirement: swap_free > 0\n", done.stdout)

    def test_no_interpreter(self):
        with open(self.fake, "w", encoding="utf-8") as f:
            f.write("#!/no/such/interpreter\n")
        done = self.run_set(*SMALL)
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot be run: No such file or directory", done.stderr)


class NowhereToWrite(RunnerTest):
    def test_removed(self):
        done = self.run_set(*SMALL, behaviour={"timer-idle": "homeless", "timer-base": "homeless"})
        self.assertEqual((done.returncode, len(self.starts())), (3, 1))
        self.assertIn(" failed: nothing more can be written: No such file or directory "
                      f"({self.dir})\n", done.stdout)
        self.assertEqual(done.stderr, f"pinlat: {self.dir}: run 1 of 4 could not be saved there: "
                         "No such file or directory; put that right, then go on with "
                         f"`pinlat run -o {self.dir} --resume`\n")

    def test_gone_between_runs(self):
        """The first run was saved, and is gone, perhaps with an empty folder in its place."""
        for behaviour in ("leaver", "mover"):
            done = self.run_set(*SMALL, "--runs", "5",
                                behaviour=dict.fromkeys(("timer-idle", "timer-base"), behaviour))
            self.assertEqual(done.returncode, 3, behaviour)
            # who takes it away may be a little later than the next run
            self.assertLess(len(self.starts()), 10)
            self.assertRegex(
                done.stderr, fr"\Apinlat: {self.dir}(: run [0-9]+ of 10 could not be saved there: "
                r"No such file or directory; .*| was removed or replaced, and with it the [0-9]+ "
                r"valid records? of this plan; start anew with another -o DIR)\n\Z")
            self.assertNotIn("The records are in", done.stdout)
            shutil.rmtree(self.dir, ignore_errors=True)
            shutil.rmtree(self.dir + "-away")
            os.unlink(self.starts_file)

    def test_full_disk(self):
        os.mkdir(self.dir)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"none", os.fsencode(self.dir), b"tmpfs", 0, b"size=64k") != 0:
            self.skipTest("may not mount a tiny file system")
        self.addCleanup(libc.umount2, os.fsencode(self.dir), 2)
        done = self.run_set("--runs", "20")
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"no space left in {self.dir}: run ", done.stderr)
        self.assertIn("could not be saved, the ones before it are; free some and go on with "
                      f"`pinlat run -o {self.dir} --resume`", done.stderr)
        self.assertRegex(done.stdout, "failed: nothing more can be written: No space left on "
                         f"device [(]{self.dir}[)]\n$")
        log, = self.files(".log")
        with open(os.path.join(self.dir, log), encoding="utf-8") as f:
            self.assertRegex(f.read(), r"\A(pinlat-metric: subtest=.*\n)?\Z")
        shown = self.pinlat("show", self.dir)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))


class Resume(RunnerTest):
    def records(self):
        return {name: os.stat(os.path.join(self.dir, name)).st_mtime_ns
                for name in self.files(".json")}

    def test_only_what_is_missing(self):
        self.run_set("--runs", "2", behaviour={"thp-idle": "crash", "thp-base": "invalid"})
        before = self.records()
        self.assertEqual(len(before), 25)
        plan = self.plan()
        os.unlink(self.starts_file)
        cut = f"{plan['order'].index('timer-busy'):04}-timer-busy.json"
        with open(os.path.join(self.dir, cut), "r+", encoding="utf-8") as f:
            f.truncate(300)
        done = self.pinlat("run", "-o", self.dir, "--resume")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        again = collections.Counter(line.split()[1] for line in self.starts())
        self.assertEqual(again, {"thp-idle": 2, "timer-busy": 1})
        self.assertEqual(plan, self.plan())
        after = self.records()
        self.assertEqual(len(after), 27)
        for name, changed in before.items():
            self.assertEqual(after[name] == changed, name != cut, name)

    def test_nothing_left(self):
        self.run_set(*SMALL)
        os.unlink(self.starts_file)
        done = self.run_set(*SMALL, "--resume")
        self.assertEqual((done.returncode, self.starts()), (0, []))
        self.assertIn("4 runs", done.stdout)

    def test_must_agree(self):
        self.run_set(*SMALL, "--", "--rate", "5")
        for args, word in ((("--label", "other"), "--label base, not other"),
                           (("--runs", "3"), "--runs 2, not 3"),
                           (("--seed", "8"), "--seed 7, not 8"),
                           (("--loads", "idle"), "--loads idle,base, not idle"),
                           (("--fill", "70%"), "--fill 80%, not 70%"),
                           (("--walker", "none"), "--walker tree, not none"),
                           (("--", "--rate", "6"), "5 behind --, not 6")):
            done = self.pinlat("run", "-o", self.dir, "--resume", *args)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"the plan {'has' if 'behind' in word else 'says'} {word};",
                          done.stderr)

    def test_elsewhere(self):
        """Runs of another kernel, machine or boot are not mixed with those that are there."""
        def change(key):
            plan = self.plan()
            self.assertTrue(plan[key])
            plan[key] = "other"
            with open(os.path.join(self.dir, "plan.json"), "w", encoding="utf-8") as f:
                json.dump(plan, f)
        self.run_set(*SMALL)
        os.unlink(os.path.join(self.dir, self.files(".json")[0]))
        change("boot_id")
        done = self.pinlat("run", "-o", self.dir, "--resume")
        self.assertEqual(done.returncode, 2)
        self.assertIn("booted anew since the plan was made; --resume=new-boot", done.stderr)
        done = self.pinlat("run", "-o", self.dir, "--resume=new-boot")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for key, name in (("processor", "processor"), ("machine_id", "machine"),
                          ("kernel", "kernel")):
            if key == "machine_id" and key not in self.plan():
                continue  # where there is no /etc/machine-id
            change(key)
            done = self.pinlat("run", "-o", self.dir, "--resume=new-boot")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"made on another {name} (other; here it is ", done.stderr)

    def test_sizes(self):
        """They stay what they were, and an old plan, which has none, goes on without."""
        for sizes in (SIZES, ""):
            self.dir = self.path(f"sizes{len(sizes)}")
            self.run_set(*SMALL, FAKE_SIZES=sizes)
            plan, before, asked = self.plan(), self.starts(), len(self.asked())
            os.unlink(os.path.join(self.dir, self.files(".json")[0]))
            done = self.pinlat("run", "-o", self.dir, "--resume",
                               FAKE_SIZES=SIZES.replace("768M", "64M"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(self.plan(), plan)
            self.assertEqual(len(self.asked()), asked)
            self.assertIn(self.starts()[-1], before)
            self.assertIn(" --fill 768M " if sizes else " --fill 80% ", self.starts()[-1])

    def test_needs_asking(self):
        self.run_set(*SMALL)
        done = self.run_set(*SMALL)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds a plan already; add --resume", done.stderr)

    def test_damaged_plan(self):
        self.run_set(*SMALL)
        path = os.path.join(self.dir, "plan.json")
        good = self.plan()
        for change in (dict(good, order=["../../etc"]), dict(good, order=[]),
                       dict(good, schema="x"), dict(good, seed="x"), []):
            with open(path, "w", encoding="utf-8") as f:
                json.dump(change, f)
            done = self.pinlat("run", "-o", self.dir, "--resume")
            self.assertEqual(done.returncode, 2)
            self.assertIn("cannot be resumed", done.stderr)

    def test_after_kill(self):
        """pinlat dies at once; its child cleans up and ends; the plan goes on."""
        pinlat = subprocess.Popen(
            [PINLAT, "run", "--label", "base", "-o", self.dir, "--seed", "7", *SMALL],
            env=self.environment({"timer-base": "sleep"}), stdout=subprocess.DEVNULL)
        wait_for(self, "sleeping")
        pinlat.kill()
        pinlat.wait()
        wait_for(self, "cleaned up")
        done = self.pinlat("run", "-o", self.dir, "--resume", "--wait")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("4 runs\n", done.stdout)


def wait_for(test, line):
    for _ in range(400):
        if line in test.starts():
            return
        time.sleep(0.05)
    test.fail(f"no {line!r} in {test.starts()}")


class OneAtATime(RunnerTest):
    def test_second(self):
        first = subprocess.Popen(
            [PINLAT, "run", "--label", "base", "-o", self.dir, "--seed", "7", *SMALL],
            env=self.environment({"timer-base": "sleep"}), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for(self, "sleeping")
        second = ("run", "--label", "b", "-o", self.path("second"), *SMALL)
        done = self.pinlat(*second)
        self.assertEqual((done.returncode, done.stdout), (77, ""))
        self.assertIn(f"another pinlat is at work: pid {first.pid}, label base, since 20",
                      done.stderr)
        self.assertFalse(os.path.exists(self.path("second")))
        doctor = self.pinlat("doctor", "-v").stdout
        self.assertIn(f"warn  another pinlat is at work: pid {first.pid}, label base", doctor)
        waiting = subprocess.Popen([PINLAT, *second, "--wait"], env=self.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertIn(f"pid {first.pid}, label base, since 20", waiting.stdout.readline())
        first.send_signal(signal.SIGTERM)
        first.wait()
        out, _ = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0, out)
        self.assertIn("other pinlats: none is at work", self.pinlat("doctor", "-v").stdout)

    def test_stopped_while_waiting(self):
        with open(self.path("pinlat.lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = subprocess.Popen(
                [PINLAT, "run", "--label", "b", "-o", self.dir, *SMALL, "--wait"],
                env=self.environment(), stdout=subprocess.PIPE, text=True)
            self.assertIn("waiting for it", waiting.stdout.readline())
            waiting.terminate()
            waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 3)
        self.assertFalse(os.path.exists(self.dir))


class Stop(RunnerTest):
    def stop(self, behaviour, *signals):
        pinlat = subprocess.Popen(
            [PINLAT, "run", "--label", "base", "-o", self.dir, "--seed", "7", *SMALL],
            env=self.environment({"timer-base": behaviour}), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8")
        wait_for(self, "sleeping")
        for number in signals:
            pinlat.send_signal(number)
            time.sleep(0.5)
        out, err = pinlat.communicate(timeout=60)
        self.assertEqual(pinlat.returncode, 3)
        self.assertEqual(self.starts()[-1], "cleaned up")
        self.assertIn("interrupted\n", out)
        self.assertEqual(self.files(".log"), [])
        self.assertIn(f"go on with `pinlat run -o {self.dir} --resume`", err)
        return err

    def test_signals(self):
        for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"),
                             (signal.SIGHUP, "SIGHUP")):
            with self.subTest(name):
                self.dir = os.path.join(self.top, name)
                self.starts_file = os.path.join(self.top, name + "-starts")
                self.assertIn(f"stopped by {name} with ", self.stop("sleep", number))
                done = self.pinlat("run", "-o", self.dir, "--resume")
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_impatient(self):
        err = self.stop("slow-stop", signal.SIGINT, signal.SIGINT)
        self.assertIn("still waiting for the test to clean up", err)


class BadUsage(RunnerTest):
    def check(self, word, *args, **more):
        done = self.pinlat("run", *args, **more)
        self.assertEqual(done.returncode, 2, args)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("pinlat: "), done.stderr)
        self.assertIn(word, done.stderr)
        self.assertEqual(self.starts(), [])
        self.assertFalse(os.path.exists(self.dir), args)

    def test_table(self):
        here = ("-o", self.dir)
        good = ("--label", "base", *here)
        for word, *args in (
                ("Add -o DIR", "--label", "base", "--resume"),
                ("--label must be 1 to 64", "--label", "", *here),
                ("--label must be 1 to 64", "--label", "a b", *here),
                ("--label must be 1 to 64", "--label", "a/b", *here),
                ("--label must be 1 to 64", "--label", "x" * 65, *here),
                ("--runs must be", *good, "--runs", "0"),
                ("--runs must be", *good, "--runs", "-1"),
                ("--runs must be", *good, "--runs", "many"),
                ("--seed must be", *good, "--seed", "1.5"),
                ("--duration must be", *good, "--duration", "50ms"),
                ("--duration must be", *good, "--duration", "long"),
                ("--fill must be", *good, "--fill", "120%"),
                ("--fill must be", *good, "--fill", "0%"),
                ("--object-size must be", *good, "--object-size", "0"),
                ("--object-size must be", *good, "--object-size", "64Q"),
                ("--backing must be 4k, thp or shmem", *good, "--backing", "2m"),
                ("--swap must be", *good, "--swap", "some"),
                ("--walker must be", *good, "--walker", "tree:"),
                ("--engine must be", *good, "--engine", "cuda"),
                ("--arena must be", *good, "--arena", "cgroup:"),
                ("--arena must be", *good, "--arena", "cgroup:0"),
                ("--probes knows timer, thp and pageout, not \"disk\"", *good, "--probes", "disk"),
                ("--probes knows timer, thp and pageout, not \"\"", *good, "--probes", ""),
                ("--loads names \"idle\" twice", *good, "--loads", "idle,base,idle"),
                ("--loads knows", *good, "--loads", "idle,,base"),
                ("there is no option --colour", *good, "--colour"),
                ("there is no option -x", *good, "-x"),
                ("--label needs a value", *here, "--label"),
                ("--resume must be on or new-boot, not \"1\"", *good, "--resume=1"),
                ("takes no \"extra\"", *good, "extra"),
                ("holds no plan", *here, "--resume"),
                ("no directory to write to: Not a directory", "--label", "base", "-o",
                 self.fake + "/x")):
            with self.subTest(args):
                self.check(word, *args)

    def test_what_the_test_would_refuse(self):
        """By the same code, and before anything is made."""
        good = ("--label", "base", "-o", self.dir)
        for word, *args in (
                ("--duration must be a time of 100ms to 24h", "--duration", "172800s"),
                ("--arena must be an arena", "--arena", "cgroup:1M"),
                ("--object-size must be a size of 1M or more", "--object-size", "1k"),
                ("--swap must be auto, auto:SIZE, own, none or a size of", "--swap", "4k"),
                ("--walker must be a walk", "--walker", "loop:1"),
                ("cannot hold an object of 64M", "--arena", "cgroup:64M"),
                ("--fill: less than one object of 64M", "--fill", "8M"),
                ("--walker: cannot read /no/such", "--walker", "tree:/no/such")):
            with self.subTest(args):
                self.check(word, *good, *args)
        self.check("PINLAT_RATE: 'x' is not a number", *good, PINLAT_RATE="x")

    def test_no_test_binary(self):
        good = ("--label", "base", "-o", self.dir)
        self.check("is no program", *good, PINLAT_TEST="/no/such/file")
        self.check("is no program", *good, PINLAT_TEST=self.top)
        self.check("is no program", *good, PINLAT_TEST="/etc/passwd")

    def test_foreign_records(self):
        os.mkdir(self.dir)
        with open(os.path.join(self.dir, "a.jsonl"), "w", encoding="utf-8"):
            pass
        done = self.run_set()
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds records, but no plan", done.stderr)
        self.assertEqual(os.listdir(self.dir), ["a.jsonl"])

    def test_unwritable(self):
        os.mkdir(self.dir, 0o555)
        os.chmod(self.top, 0o755)
        user = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        try:
            done = subprocess.run([PINLAT, "run", "--label", "base", "-o", self.dir],
                                  env=self.environment(), capture_output=True, check=False,
                                  encoding="utf-8", **user)
        except PermissionError:
            self.skipTest(f"another user may not start {PINLAT}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no directory to write to: Permission denied", done.stderr)
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
