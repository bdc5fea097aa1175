# SPDX-License-Identifier: MIT
"""What `pinlat compare` does not compare: every refusal with its words, and with --allow."""
import unittest

import records
from command import CompareTest

DEVICE = {"driver": "i915", "name": "A GPU", "vendor": "8086", "device": "9a49", "revision": 1,
          "pci_slot": "0000:00:02.0", "parameters": {"enable_psr": "0"}}

WORDS = ("config", "walker", "engine", "device", "mock", "memory", "machine", "virtual", "cmdline",
         "subtest", "invalid")

# path in the record, value in the base and in the new set, --allow word, what is said
REFUSALS = (
    ("config.arena", "cgroup:512M", "cgroup:2G", "config",
     "base and patched were set up differently: arena cgroup:512M against cgroup:2G "
     "(timer-busy, thp-busy)"),
    ("config.backing", "4k", "thp", "config", "backing 4k against thp (timer-busy"),
    ("config.swap", "file:64M", "none", "config", "swap file:64M against none (timer-busy"),
    ("config.walker", "loop:1G", "tree:/usr", "walker",
     "base and patched were set up differently: walker loop:1G against tree:/usr (timer-busy"),
    ("config.walker", "loop:1G", "loop:4G", "walker", "walker loop:1G against loop:4G (timer-busy"),
    ("config.walker_rate", 1 << 28, 1 << 30, "walker", "walker rate 256M against 1G (timer-busy"),
    ("config.object_size", 64 << 20, 32 << 20, "config", "object size 64M against 32M (timer-busy"),
    ("config.fill_bytes", 1000 << 20, 1011 << 20, "config", "fill 1000M against 1011M (timer-busy"),
    ("config.request_rate", 1000, 100, "config", "request rate 1000 against 100 (timer-busy"),
    ("config.request_size", 131072, 4096, "config", "request size 128k against 4k (timer-busy"),
    ("config.queue_depth", 8, 1, "config", "queue depth 8 against 1 (timer-busy"),
    ("config.interval_min_ns", 10**6, 10**5, "config",
     "shortest interval 1ms against 100us (timer-busy"),
    ("config.interval_max_ns", 10**6, 10**7, "config",
     "longest interval 1ms against 10ms (timer-busy"),
    ("config.tracing", "", "events", "config", "tracing none against events (timer-busy"),
    ("config.stop_at_ns", 10**7, 10**8, "config", "stop at 10ms against 100ms (timer-busy"),
    ("config.priority", 99, 0, "config", "priority 99 against 0 (timer-busy"),
    ("config.engine", "uring", "i915", "engine",
     "base and patched were set up differently: engine uring against i915 (timer-busy"),
    ("environment.memory.total", 8 << 30, 16 << 30, "memory",
     "base and patched have different sizes of memory: 8G against 16G"),
    ("environment.virtual", False, True, "virtual",
     "base and patched have real hardware and a virtual machine: real against virtual"),
    ("environment.machine_id", "0123456789abcdef", "fedcba9876543210", "machine",
     "base and patched have different machines: 0123456789abcdef against fedcba9876543210"),
    ("environment.cpu.model", "A CPU", "Another CPU", "machine",
     "base and patched have different models of CPU: A CPU against Another CPU"),
    ("environment.cpu.online", 4, 2, "machine",
     "base and patched have different numbers of CPUs: 4 against 2"),
    ("environment.cpu.measured", 4, 2, "config",
     "base and patched have different numbers of measured CPUs: 4 against 2"),
    ("environment.inherited.nice", 0, 5, "config",
     "base and patched have different nice values: 0 against 5"),
    ("environment.kernel.cmdline", "root=/dev/vda quiet", "root=/dev/vdb mitigations=off nosmt",
     "cmdline", "base and patched have different kernel command lines: none against "
     "mitigations=off nosmt"),
    ("environment.device", DEVICE, dict(DEVICE, mock=True), "mock",
     "base and patched have a mock GPU and a real one: real against mock"),
    ("environment.device", dict(DEVICE, mock=False), dict(DEVICE, mock=True, device="293e"), "mock",
     "base and patched have a mock GPU and a real one: real against mock"),
    ("environment.device", DEVICE, dict(DEVICE, device="56a0", name="Another"), "device",
     "base and patched have different devices: 9a49 against 56a0"),
    ("environment.device", DEVICE, dict(DEVICE, revision=3), "device",
     "base and patched have different revisions of the device: 1 against 3"),
)

# Differs, and yet there is nothing to refuse.
HARMLESS = (
    ("config.duration_ns", 20 * 10**9, 10 * 10**9),
    ("config.fill_bytes", 1000 << 20, 1009 << 20),
    ("config.walker", "loop:7022M", "loop:6712M"),
    ("environment.memory.total", 8 << 30, (8 << 30) + (40 << 20)),
    ("environment.machine_id", "0123456789abcdef", "0123456789abcdef"),
    ("environment.kernel.cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/vda ro quiet psi=1",
     "psi=1 BOOT_IMAGE=/boot/vmlinuz-6.2 root=UUID=1 console=ttyS0 systemd.unit=rescue.target"),
    ("environment.device", DEVICE, dict(DEVICE, mock=False)),
    ("environment.cpu.microcode", "0x1", "0x2"),
    ("environment.device", DEVICE, dict(DEVICE, parameters={"enable_psr": "1"})),
)


class Refusals(CompareTest):
    def sets(self, path, base, new):
        a = records.change(records.make_set("base", **records.TURNS), path, base)
        b = records.change(records.make_set("patched", first=1, **records.TURNS), path, new)
        return self.write("base", a), self.write("patched", b)

    def refused(self, *args, code=2):
        done = self.compare(*args)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        return done.stderr

    def test_each(self):
        for path, base, new, word, said in REFUSALS:
            with self.subTest(path=path, new=new):
                sets = self.sets(path, base, new)
                stderr = self.refused(*sets)
                self.assertEqual(stderr.count("\n"), 1)
                self.assertIn(said, stderr)
                self.assertTrue(stderr.endswith(f"; --allow {word} compares them all the same\n"))
                # allowed, it is compared, and said
                shown = self.compared("--allow", word, *sets)
                self.assertIn("\nsame: ", shown)
                self.assertIn(f"(compared all the same: --allow {word})",
                              shown.replace("\n  ", " "))
                # but nothing else allows it
                others = set(WORDS)
                self.assertIn(said, self.refused("--allow", ",".join(others - {word}), *sets))

    def test_harmless(self):
        for path, base, new in HARMLESS:
            with self.subTest(path=path):
                shown = self.compared(*self.sets(path, base, new))
                # what is counted in half of the time is another rate
                self.assertRegex(shown, "\n(same|better|mixed): " if "duration" in path
                                 else "\nsame: ")

    def test_all_at_once(self):
        """All that differs is said at once, and each needs its word."""
        base, new = records.make_set("base"), records.make_set("patched", first=1000)
        records.change(new, "config.arena", "machine")
        records.change(new, "config.engine", "i915")
        records.change(new, "environment.virtual", True)
        sets = self.write("base", base), self.write("patched", new)
        self.assertEqual(self.refused(*sets).count("--allow"), 3)
        self.assertEqual(self.refused("--allow", "engine,config", *sets).count("--allow"), 1)
        self.compared("--allow", "engine,config,virtual", *sets)

    def test_what_one_does_not_tell(self):
        """Older records tell less: what only one side tells is no difference."""
        for path in ("environment.machine_id", "environment.cpu.measured",
                     "environment.inherited.nice"):
            new = records.make_set("patched", first=1, **records.TURNS)
            records.change(new, path, "7")
            with self.subTest(path):
                self.assertIn("\nsame: ", self.compared(self.base(), self.write("patched", new)))

    def test_cpu_quota(self):
        """Of two kernels one ran under a quota, which only its records name."""
        def made(label, quota, nice=0):
            of = records.make_set(label, first=label != "base", **records.TURNS)
            records.change(of, "environment.inherited", {} if nice is None else {"nice": nice})
            if quota:
                records.change(of, "environment.inherited.cpu_quota_us", quota)
            return self.write(label, of)
        free, half = made("base", None), made("patched", 500000)
        self.assertIn("base and patched have different CPU quotas of their cgroup: none against "
                      "0.5 CPUs; --allow config", self.refused(free, half))
        self.assertIn("0.5 CPUs against none", self.refused(half, free))
        self.assertIn("1.5 CPUs against 0.5 CPUs", self.refused(made("base", 1500000), half))
        for sets in (made("base", 500000), half), (made("base", None), made("patched", None)), \
                (made("base", None, nice=None), made("patched", 500000)):
            self.assertIn("\nsame: ", self.compared(*sets))

    def test_mock_by_its_counters(self):
        """Records of the lab before 1.4 name no mock, but have its counters."""
        def lab(label, first, counters):
            of = records.make_set(label, first=first)
            records.change(of, "environment.device", DEVICE)
            if counters:
                records.change(of, "counters.mock", {"requests": 5})
            return self.write(label, of)
        sets = lab("real", 0, False), lab("lab", 1000, True)
        said = "real and lab have a mock GPU and a real one: real against mock; --allow mock"
        self.assertIn(said, self.refused(*sets))
        self.assertIn("lab and real have a mock GPU and a real one: mock against real",
                      self.refused(*reversed(sets)))
        shown = self.compared("--allow", "mock", *sets)
        self.assertTrue(shown.startswith("Measured on: MOCK GPU (i915) in some of the runs, real "))
        # one set of both
        both = records.make_set("both")
        records.change(both, "environment.device", DEVICE)
        records.change(both[3:], "counters.mock", {"requests": 5})
        self.assertIn("the runs of both have a mock GPU and a real one among themselves",
                      self.refused(self.write("both", both), sets[0]))

    def test_mixture_within_a_set(self):
        base = records.make_set("base")
        records.change(base[4:], "environment.memory.total", 16 << 30)
        sets = self.write("base", base), self.new()
        self.assertIn("the runs of base have different sizes of memory among themselves "
                      "(memory.total); --allow memory", self.refused(*sets))
        self.compared("--allow", "memory", *sets)
        records.change(base, "environment.memory.total", 8 << 30)
        records.change(base[:4], "environment.machine_id", "1")
        records.change(base[4:], "environment.machine_id", "2")
        sets = self.write("base", base), self.new()
        self.assertIn("base and patched were not measured on the same machines: 1, 2 against "
                      "a machine without a name; --allow machine", self.refused(*sets))

    def test_subtests(self):
        base = self.base(subtests=["timer-busy", "thp-busy"])
        new = self.new(subtests=["timer-busy"])
        stderr = self.refused(base, new)
        self.assertIn("patched has no run of thp-busy, which base has; --allow subtest", stderr)
        self.assertIn("patched has no run of thp-busy, which base has", self.refused(new, base))
        shown = self.compared("--allow", "subtest", base, new)
        self.assertRegex(shown, r"correction\s+for 4 numbers")
        # only its invalid runs
        of = records.make_set("patched", first=1000)
        for r in of[1::2]:
            r["validity"] = {"valid": False, "reasons": ["device idle"], "notes": []}
        self.assertIn("patched has no valid run of thp-busy (5 invalid), which base has",
                      self.refused(base, self.write("patched", of)))
        # no load that all have
        idle = self.write("idle", records.make_set("idle", subtests=["timer-idle", "thp-idle"]))
        timer = self.write("timer", records.make_set("timer", subtests=["timer-idle", "thp-base"]))
        self.assertIn("no subtest of probe thp was run in all sets", self.refused(idle, timer))

    def test_highest_load_of_all(self):
        """Where nobody has busy, the highest load that all have is judged."""
        sets = (self.base(subtests=["timer-idle", "timer-base", "timer-pinned"]),
                self.new(subtests=["timer-idle", "timer-base"]))
        shown = self.compared("--format", "csv", *sets)
        judged = {line.split(",")[0] for line in shown.splitlines()[1:]
                  if line.split(",")[14]}
        self.assertEqual(judged, {"timer-base"})
        self.assertIn("base has runs that patched has no counterpart for: timer-pinned",
                      self.compared(*sets))

    def test_invalid_runs(self):
        of = records.make_set("patched", first=1, factor={"thp-busy": 3}, **records.TURNS)
        for r in of[3::2]:
            r["validity"] = {"valid": False, "reasons": ["walker stalled", "late"], "notes": []}
        sets = self.base(), self.write("patched", of)
        shown = self.compared(*sets)
        self.assertIn("invalid runs of patched, left out: 11 of 24 (0003 thp-busy: walker "
                      "stalled; late; ...)", shown.replace("\n  ", " "))
        self.assertRegex(shown, r"p50 of faults .* 12/1 ")
        shown = self.compared("--allow", "invalid", *sets)
        self.assertIn("\nworse: ", shown)
        self.assertIn("used all the same (--allow invalid): 11 of 24", shown)
        self.assertRegex(shown, r"p50 of faults .* 12/12 ")

    def test_nothing_left(self):
        of = records.make_set("patched")
        for r in of:
            r["validity"] = {"valid": False, "reasons": ["no reclaim"], "notes": []}
        self.assertIn("patched has no valid run: 10 of 10 are invalid (0000 timer-busy: no "
                      "reclaim)", self.refused(self.base(), self.write("patched", of), code=3))
        sets = (self.base(subtests=["timer-idle"]), self.new(subtests=["timer-base"]))
        self.assertIn("the sets have no subtest in common",
                      self.refused("--allow", "subtest", *sets, code=3))

    def test_nothing_judged(self):
        """Sets that share no judged subtest are shown side by side, and that is said."""
        sets = self.base(subtests=["pageout-base"]), self.new(subtests=["pageout-base"])
        self.assertIn("unclear: patched against base has no verdict: they share none of the "
                      "subtests that get one (--primary names others)\n",
                      self.compared(*sets).replace("\n  ", " "))
        self.assertIn("the judged number stays within its margin",
                      self.compared("--primary", "pageout-base:p50", *sets))

    def test_one_set(self):
        self.assertIn("there is nothing to compare with: all records have label base",
                      self.refused(self.base()))
        # but the labels in one file are sets
        both = records.make_set("base") + records.make_set("patched", first=500)
        self.assertIn("base, the first given: 6.1.0-base", self.compared(self.write("both", both)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
