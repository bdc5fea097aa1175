# SPDX-License-Identifier: MIT
"""What `pinlat compare` reads and obeys: sets in every form, options, gates, hostile labels."""
import copy
import gzip
import json
import os
import re
import shutil
import subprocess
import unittest

import records
from command import PINLAT, CompareTest

HOSTILE = ("\x1b[31mred\x1b[0m", "a\nb\rc\td\x07", "right-to-left \u202e override",
           "<b>bold</b> & \"quotes\" 'too' `code` | cell, comma; *star* _under_",
           "Pinn\u00e4nderung \u65e5\u672c\u8a9e \U0001f422", "x" * 10000, "=cmd()|'/c calc'!A0",
           "\u0085 next line \u009b1m", "%s%n%d", "@everyone ![i](u)")
FORMATS = ("text", "mail", "json", "csv", "markdown")


class Input(CompareTest):
    def summary(self, *args):
        """The JSON of a comparison without what depends on paths."""
        out = json.loads(self.compared("--format", "json", *args))
        for of in out["sets"]:
            del of["path"]
        return out

    def test_forms_of_a_set(self):
        """A directory, a packed file, one of gzip, igt_runner's results: all the same."""
        base, new = records.make_set("base"), records.patched(records.make_set("patched"))
        sets = self.write("base", base), self.write("patched", new)
        expected = self.summary(*sets)
        os.mkdir(self.path("dir"))
        for i, r in enumerate(base):
            self.write(f"dir/{i:04}-{r['subtest']}.json", [r])
        self.text("dir/plan.json", "{}")
        self.assertEqual(self.summary("dir", "patched"), expected)
        with open(self.path("base"), "rb") as f, gzip.open(self.path("base.jsonl.gz"), "w") as gz:
            shutil.copyfileobj(f, gz)
        self.assertEqual(self.summary("base.jsonl.gz", "patched"), expected)
        tests = {f"igt@gem_syslatency_pinned@{r['subtest']}@{i}":
                 {"out": f"Subtest: x\npinlat-record: {json.dumps(r)}\nrest", "result": "pass"}
                 for i, r in enumerate(base)}
        self.text("results.json", json.dumps({"tests": tests}))
        self.assertEqual(self.summary("results.json", "patched"), expected)

    def test_more_than_compressed(self):
        """What was put behind a compressed file is not lost in silence, whoever reads."""
        base = records.make_set("base")
        with gzip.open(self.path("a.gz"), "wt") as gz:
            gz.writelines(json.dumps(r) + "\n" for r in base[:6])
        self.write("b", base[6:])
        with open(self.path("a.gz"), "ab") as a, open(self.path("b"), "rb") as b:
            shutil.copyfileobj(b, a)
        new, size = self.new(), os.path.getsize(self.path("b"))
        for command in (("show", "a.gz"), ("compare", "a.gz", new), ("compare", new, "a.gz"),
                        ("compare", "--calibrate", "a.gz"), ("report", "a.gz"),
                        ("report", "--format", "junit", "a.gz")):
            with self.subTest(command):
                done = self.pinlat(*command)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(
                    done.stderr,
                    f"pinlat: a.gz:7: {size} bytes behind the compressed data not read, since not "
                    "compressed: pack the whole anew\n"
                    "pinlat: a.gz: cannot be read: it is not whole\n")

    def test_copies_count_once(self):
        """A packed file beside the records it was packed from."""
        base = records.make_set("base")
        self.write("base", base)
        os.mkdir(self.path("dir"))
        self.write("dir/a.json", base[:7])
        self.write("dir/packed.jsonl", base)
        new = self.new(1.5)
        shown = self.summary("dir", new)
        self.assertEqual(shown["sets"][0]["duplicates"], 7)
        self.assertEqual(shown["rows"], self.summary("base", new)["rows"])
        self.assertIn("copies of other records of base, left out: 7", shown["warnings"])

    def test_copies_in_every_command(self):
        """The same ones, also where their instant is written with another offset."""
        base = records.make_set("base")
        copies = copy.deepcopy(base[:4])
        for r in copies:
            r["start"] = r["start"].replace("Z", "+00:00")
        self.assertEqual(base[0]["start"], "2026-01-31T10:00:00Z")
        copies[0]["start"] = "2026-01-31T12:30:00+02:30"
        reports = ("junit", "tap", "kcidb", "squad", "lava", "openmetrics")

        def reported(said):
            for form in reports:
                done = self.pinlat("report", "--format", form, "base")
                self.assertEqual((done.returncode, done.stderr), (0, said))
                yield done.stdout
        self.write("base", base)
        once = list(reported(""))
        self.write("base", base + copies)
        said = "left out: copies of other records of base: 4"
        self.assertEqual(list(reported(f"pinlat: {said}\n")), once)
        self.assertIn("Records that were there twice, used once: 4.",
                      self.pinlat("report", "base").stdout)
        shown = self.pinlat("show", "base").stdout
        self.assertIn(", 10 runs\n", shown)
        self.assertIn("Left out: 4 copies of other records.\n", shown)
        self.assertIn("copies of other records of base, left out: 4",
                      self.compared("base", self.new()))

    def test_a_set_with_itself(self):
        base = self.base()
        shown = self.compared(base, base)
        self.assertIn("base (base) and base (base) #2 have 24 runs in common: a set compared with "
                      "itself shows nothing", shown.replace("\n  ", " "))
        self.assertIn("no difference: the same kernel on the same machine", shown)
        # one label, two paths
        self.write("later", records.make_set("base", first=1, **records.TURNS))
        shown = self.compared(base, "later")
        self.assertIn("base (later) is the same as base (base)", shown)
        self.assertNotIn("in common", shown)

    def test_boots(self):
        """The boot is the unit, however few there are; one each is a question of its own."""
        for n, m, reason in ((6, 6, "tail"), (4, 4, "few-boots"), (6, 3, "few-boots"),
                             (1, 6, "few-boots")):
            out = self.summary(self.base(boots=n, runs=3), self.new(boots=m, runs=3))
            self.assertEqual({(row["n_of"], *row["n"]) for row in out["rows"]}, {("boots", n, m)})
            self.assertEqual({row["reason"] for row in out["rows"] if row["judged"]}, {reason})
        out = self.summary(self.base(runs=8), self.new(runs=8))
        self.assertEqual({(row["n_of"], *row["n"]) for row in out["rows"]}, {("runs", 8, 8)})
        self.assertEqual({row["reason"] for row in out["rows"] if row["judged"]}, {"one-boot"})

    def test_one_boot(self):
        """Two boots differ: by the kernel or by the boot. No gate, unless it is allowed by name."""
        sets = self.base(runs=8), self.new(1.5, runs=8)
        done = self.compare("--fail-on", "worse", *sets)
        self.assertEqual((done.returncode, done.stderr), (3, (
            "pinlat: gate: patched cannot be judged against base: there is only one boot of each. "
            "Boot each kernel 6 times or more (--allow one-boot judges these)\n")))
        self.assertIn("Boot each kernel 6 times or more (--allow one-boot judges these)",
                      done.stdout.replace("\n  ", " "))
        done = self.compare("--fail-on", "worse", "--allow", "one-boot", *sets)
        self.assertEqual(done.returncode, 1)
        self.assertIn("\nworse: patched is worse than base. thp-busy: ", done.stdout)
        self.assertIn("(judged all the same: --allow one-boot)", done.stdout.replace("\n  ", " "))

    def test_order(self):
        """One side after the other: a drift would look like a change."""
        turns = "base and patched did not take turns"
        for factor in 1.5, 1:
            sets = self.base(), self.new(factor, first=1000)
            done = self.compare("--fail-on", "worse", *sets)
            self.assertEqual(done.returncode, 3)
            self.assertIn("gate: patched cannot be judged against base: " + turns, done.stderr)
            self.assertIn("Measure them in turn (--allow order judges these)", done.stderr)
            self.assertIn("unclear: no verdict on patched against base: " + turns,
                          done.stdout.replace("\n  ", " "))
            # who asks for no gate gets what can be said
            self.compared(*sets)
        sets = self.base(), self.new(1.5, first=1000)
        done = self.compare("--fail-on", "worse", "--allow", "order", *sets)
        self.assertEqual(done.returncode, 1)
        self.assertIn("(judged all the same: --allow order)", done.stdout.replace("\n  ", " "))

    def test_gate_that_cannot_fire(self):
        """It does not pass; one that could fire does."""
        few = self.base(boots=4, runs=3), self.new(boots=4, runs=3)
        done = self.compare("--fail-on", "worse", *few)
        self.assertEqual(done.returncode, 3)
        self.assertIn("gate: patched cannot be judged against base: 4 boots of base and 4 of "
                      "patched are too few. Boot each kernel 6 times or more\n", done.stderr)
        done = self.compare("--fail-on", "worse", "--alpha", "0.000001", self.base(), self.new(2))
        self.assertEqual(done.returncode, 3)
        self.assertIn("are too few for ", done.stderr)
        # it fires at what is unclear, and says the rest
        few = self.base(boots=4, runs=3), self.new(boots=4, runs=3)
        done = self.compare("--fail-on", "unclear", *few)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be judged", done.stderr)
        # nothing is found: that is another thing
        done = self.compare("--fail-on", "worse", self.base(), self.new())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        # of two kernels one cannot be judged
        late = records.make_set("late", first=1000, boots=12, runs=1)
        done = self.compare("--fail-on", "worse", self.base(), self.new(), self.write("late", late))
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "^pinlat: gate: late cannot .*\n$")
        shared = (self.base(subtests=["pageout-base"]), self.new(subtests=["pageout-base"]))
        done = self.compare("--fail-on", "worse", *shared)
        self.assertEqual(done.returncode, 3)
        self.assertIn("gate: patched against base has no verdict", done.stderr)

    def test_within_one_boot(self):
        """An option that was switched: both sides are of one boot, and runs are the units."""
        sets = [self.write(label, records.change(records.make_set(
            label, 8, every=2, first=first, factor={"thp-busy": 1 + first}), "boot_id", "one"))
                for first, label in enumerate(("off", "on"))]
        out = self.summary(*sets)
        self.assertEqual(out["verdict"], "worse")
        self.assertEqual({row["n_of"] for row in out["rows"]}, {"runs"})

    def test_quantiles_and_primary(self):
        sets = self.base(), self.new(1.5)

        def judged(*args):
            return {(row["subtest"], row["metric"]): row["p_adjusted"]
                    for row in self.summary(*args, *sets)["rows"] if row["judged"]}
        self.assertEqual(len(judged()), 9)
        out = self.summary("--quantiles", "p75,p99.9", *sets)
        names = [row["metric"] for row in out["rows"] if row["unit"] == "ns"]
        self.assertEqual(names[:5], ["p50", "p75", "p90", "p99", "p99.9"])
        # p99.9 is not supported by 500 samples: never a number
        for row in out["rows"]:
            if row["metric"] == "p99.9":
                self.assertEqual((row["base"], row["too_few_samples"]), (None, [12, 12]))
        self.assertIn(" n<3688", self.compared("--quantiles", "p99.9", *sets))
        self.assertEqual([metric for _, metric in judged("--primary", "thp-busy")],
                         ["fault_p50", "fault_p99", "stalls_10ms", "fault_time", "huge",
                          "requests", "walker"])
        self.assertEqual([metric for _, metric in judged("--primary", "timer-busy")],
                         ["p50", "p99", "requests", "walker"])
        for primary in (["timer-busy:p75", "thp-busy:p90"],
                        ["thp-busy:fault_mean", "thp-busy:requests"]):
            self.assertEqual([":".join(key) for key in judged("--primary", ",".join(primary))],
                             primary)
        out = self.summary("--primary", "thp-busy:p99.9", *sets)
        self.assertEqual(out["verdict"], "unclear")
        self.assertIn("thp-busy p99.9: 24 runs of base and patched have fewer samples than the "
                      "3688 that it needs", " ".join(out["warnings"]))

    def test_woken(self):
        sets = self.base(), self.new()
        plain, woken = self.summary(*sets), self.summary("--woken", *sets)
        self.assertEqual(woken["options"]["samples"], "woken")
        self.assertLess(woken["rows"][0]["base"], 0.95 * plain["rows"][0]["base"])
        self.assertIn("as woken", self.compared("--woken", *sets))

    def test_rounds(self):
        """Runs that took turns are compared within joined rounds, if that is enough for p."""
        sets = self.base(runs=9, every=2), self.new(1.2, runs=9, every=2, first=1)

        def rounds(*args):
            return {row["rounds"] for row in self.summary(*args, *sets)["rows"] if row["judged"]}
        self.assertEqual(rounds(), {3})
        self.assertEqual(rounds("--blocks", "rounds"), {9})
        self.assertEqual(rounds("--blocks", "none"), {0})
        sets = self.base(runs=5, every=2), self.new(1.2, runs=5, every=2, first=1)
        self.assertEqual(rounds(), {0})
        self.assertEqual(rounds("--blocks", "rounds"), {5})

    def test_margin_alpha_thresholds(self):
        sets = self.base(), self.new(1.5)

        def verdicts(*args):
            return [row["verdict"] for row in self.summary(*args, *sets)["rows"] if row["judged"]]
        plain = verdicts()
        self.assertEqual(plain[:4], ["same", "same", "worse", "worse"])
        self.assertEqual(plain[-3:], ["same"] * 3)
        self.assertEqual(verdicts("--margin", "60%")[:4], ["same"] * 4)
        self.assertEqual(verdicts("--alpha", ".000001")[2:4], ["unclear"] * 2)
        self.text("rules", "# what CI allows\nthp-*  fault_p9?  60%\n* *p50 0.1% # strict\n")
        self.assertEqual(verdicts("--thresholds", "rules")[:4],
                         ["unclear", "same", "worse", "same"])
        self.text("rules", "thp-idle p99 20%\nthp-busy fault_p99 80%\n")
        self.assertIn("thresholds, line 1 (thp-idle p99): holds for no number that is judged",
                      self.compared("--thresholds", "rules", *sets))

    def test_gates(self):
        turns = {**records.TURNS, "every": 4}
        same = self.base(spread=0.001, **turns), self.new(spread=0.001, **turns)
        slower = {"thp-busy": 1.5}
        self.write("worse", records.make_set("worse", factor=slower, first=2, **turns))
        self.write("few", records.make_set("few", 2, factor=slower, first=3))
        for new, fail_on, code in (("patched", "worse", 0), ("patched", "unclear", 0),
                                   ("worse", "worse", 1), ("worse", "unclear", 1),
                                   ("few", "worse", 3), ("few", "unclear", 1)):
            done = self.compare("--fail-on", fail_on, same[0], new)
            self.assertEqual(done.returncode, code, (new, fail_on, done.stdout))
            self.assertNotEqual(done.stdout, "")
            self.assertEqual(bool(done.stderr), code != 0)
        said = self.compare("--fail-on", "worse", same[0], "worse").stderr
        self.assertTrue(said.startswith("pinlat: gate: thp-busy p50 of faults of worse: worse\n"
                                        "pinlat: gate: thp-busy p99 of faults of worse: worse\n"))
        # any of several kernels
        self.assertEqual(self.compare("--fail-on", "worse", *same, "worse").returncode, 1)

    def test_bad_usage(self):
        sets = self.base(), self.new()
        self.text("empty", "")
        self.text("bad-rules", "* p50 5%\n\nthp-* p99\n")
        for said, *args in (
                ("give a base and a new kernel",),
                ("there is no option --colour", "--colour", *sets),
                ("--format knows text, mail, mmtests, line, json, csv, markdown and values, not "
                 '"xml"', "--format", "xml", *sets),
                ('--margin must be a percentage up to 100% (5%), not "5"', "--margin", "5", *sets),
                ('--alpha must be above 0 and below 0.5 (.05), not "5%"', "--alpha", "5%", *sets),
                ('not "nan"', "--alpha", "nan", *sets),
                ('not "0x.1p0"', "--alpha", "0x.1p0", *sets),
                ('--quantiles knows percentiles above p0 and below p100, as in p99.9, not "max"',
                 "--quantiles", "p50,max", *sets),
                ("--quantiles: at most 12 percentiles", "--quantiles",
                 ",".join(f"p{q}" for q in range(1, 20)), *sets),
                ("--primary names disk-busy, of which no set has a valid run", "--primary",
                 "disk-busy", *sets),
                ('--primary knows percentiles above p0 and below p100, as in p99.9, not "hug"',
                 "--primary", "thp-busy:hug", *sets),
                ("--primary names metric pgscan_anon, which cannot be judged", "--primary",
                 "thp-busy:pgscan_anon", *sets),
                ("--primary wants SUBTEST[:NUMBER],...", "--primary", ":p50", *sets),
                ('--blocks knows auto, rounds and none, not "all"', "--blocks", "all", *sets),
                ('--fail-on knows worse and unclear, not "better"', "--fail-on", "better", *sets),
                ("--allow knows config, walker, engine, device, mock, memory, machine, virtual, "
                 'cmdline, subtest, invalid, one-boot and order, not "all"', "--allow",
                 "config,all", *sets),
                ("bad-rules:3: a rule is SUBTEST METRIC MARGIN", "--thresholds", "bad-rules",
                 *sets),
                ("--within must be two subtests of one probe", "--within", "thp-busy", sets[0]),
                ("--within must be two subtests of one probe", "--within",
                 "thp-busy,timer-busy", sets[0]),
                ("are about one set, not 2", "--within", "thp-locked,thp-busy", *sets),
                ("--format values prints one number of one subtest", "--format", "values",
                 sets[0]),
                ("no-rules: cannot be read: No such file", "--thresholds", "no-rules", *sets),
                ("no-set: cannot be read: No such file", sets[0], "no-set"),
                ("empty: holds no record that can be read", sets[0], "empty")):
            done = self.compare(*args)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn(said, done.stderr)
        shown = self.compare("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertLess(max(map(len, shown.stdout.splitlines())), 81)
        for option in ("format", "output", "margin", "alpha", "primary", "quantiles", "woken",
                       "blocks", "thresholds", "fail-on", "allow", "base"):
            self.assertIn(f"--{option}", shown.stdout)

    def test_versions(self):
        """A record from tomorrow is read; one of another major version is refused by name."""
        new = records.make_set("patched", first=1000)
        records.change(new, "schema", "pinlat.record/1.7")
        records.change(new, "phase_of_the_moon", "full")
        base = self.base()
        shown = self.compared(base, self.write("patched", new))
        self.assertIn("patched was written by a newer pinlat; ignored: phase_of_the_moon", shown)
        records.change(new, "schema", "pinlat.record/2.0")
        done = self.compare(base, self.write("patched", new))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("patched:1: schema: version 2.0, this pinlat reads 1.x", done.stderr)
        self.assertIn("patched: holds no record that can be read", done.stderr)

    def test_damaged_lines(self):
        base, new = self.base(), self.new()
        self.text(new, '{"schema": "pinlat.record/1.0"}\nnonsense\n{"sch', "a")
        shown = self.compared(base, new).replace("\n  ", " ")
        self.assertIn("left out: patched:25: subtest: missing", shown)
        self.assertIn("left out: patched:26: no record", shown)
        self.assertIn("left out: patched:27: cut short", shown)
        self.assertIn("\nsame: ", shown)

    def test_smallest_records(self):
        """Only what a reader needs: no boot, no start, no environment, no configuration."""
        for label in ("a", "b"):
            of = records.make_set(label)
            keep = ("schema", "subtest", "label", "seq", "validity", "latency")
            self.write(label, [{k: r[k] for k in keep} for r in of])
        for form in FORMATS:
            shown = self.compared("--format", form, "a", "b")
            if form == "text":
                self.assertIn("a does not record which machine it ran on",
                              shown)
                self.assertIn("the records do not tell", shown)

    def test_hostile_labels(self):
        base = self.base(spread=0)
        for label in HOSTILE:
            of = records.make_set("patched", factor={"thp-busy": 2}, first=1000, spread=0)
            records.change(of, "label", label)
            for path in ("environment.kernel.release", "environment.cpu.model",
                         "environment.kernel.cmdline"):
                records.change(of, path, label)
            records.change(of[::2], "boot_id", label)
            records.change(of, "config.arena", label.encode()[:20].decode(errors="ignore"))
            of[0]["validity"] = {"valid": False, "reasons": [label], "notes": []}
            self.write("patched", of)
            for form in FORMATS:
                with self.subTest(label=label[:20], form=form):
                    self.check_hostile(form, label, self.compared(
                        "--allow", "config,machine,cmdline", "--format", form, base, "patched"))

    def check_hostile(self, form, label, shown):
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]",
                                    shown.replace("\r\n", "\n")))
        if form in ("text", "mail"):
            self.assertLessEqual(max(map(len, shown.splitlines())), 100 if form == "text" else 72)
        if form in ("mail", "json"):
            self.assertTrue(shown.isascii())
        if form == "json":
            self.assertEqual(json.loads(shown)["sets"][1]["label"], label)
        if form == "csv":
            self.assertEqual(len(shown.splitlines()), len(shown.split("\r\n")) - 1)
        if form == "markdown":
            self.assertNotRegex(re.sub(r"</?(details|summary)>", "", shown), r"[<>]")
            for line in shown.splitlines():
                if line.startswith("|"):
                    self.assertIn(len(re.findall(r"(?<!\\)\|", line)), (6, 7, 9))

    def test_many_records(self):
        """Records are reduced as they are read: thousands take no more memory than one."""
        with open(PINLAT, "rb") as f:
            if b"__asan_init" in f.read():
                self.skipTest("a sanitizer's own memory hides ours")
        sets = self.base(runs=1000), self.new(1.02, runs=1000, first=5000)
        with subprocess.Popen([PINLAT, "compare", *sets], cwd=self.top,
                              stdout=subprocess.PIPE) as process:
            shown = process.stdout.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertIn("1000/1000", shown)
        self.assertLess(usage.ru_maxrss, 50 * 1024)

    def test_extremes(self):
        """Latencies from nothing to the end of 64 bits."""
        for first, (name, value) in enumerate((("zero", 0), ("one", 1), ("huge", (1 << 64) - 1))):
            of = records.make_set(name, runs=1, boots=12, first=first, every=3)
            for r in of:
                low = records.lower(value)
                r["latency"]["scheduled"] = {
                    "count": 500, "min": value, "max": value,
                    "sum": min(500 * value, (1 << 64) - 1), "quantiles": {},
                    "buckets": [[low, 500]]}
            self.write(name, of)
        for form in FORMATS:
            for sets in (("zero", "one"), ("one", "huge"), ("huge", "zero"), ("huge", "huge")):
                shown = self.compared("--format", form, *sets)
                if form == "json":
                    p50 = [row for row in json.loads(shown)["rows"]
                           if (row["subtest"], row["metric"]) == ("timer-busy", "p50")]
                    self.assertEqual([row["reason"] for row in p50],
                                     ["zeros" if "zero" in sets else "order"
                                      if sets == ("huge", "huge") else ""])

    def test_leaks(self):
        """Without a leak or a wild access, as valgrind sees it."""
        valgrind = shutil.which("valgrind")
        with open(PINLAT, "rb") as f:
            if not valgrind or b"__asan_init" in f.read():
                self.skipTest("no valgrind, or a sanitizer in its place")
        base = self.base(runs=3)
        new = records.make_set("patched", runs=3, boots=2, first=500)
        self.write("patched", new + new[:2])
        self.write("other", records.change(new, "config.arena", "machine"))
        for code, *args in ((0, base, "patched"), (0, "--format", "mail", base, "patched"),
                            (0, "--format", "json", base, "patched"),
                            (0, "--format", "csv", base, "patched"),
                            (2, base, "other")):
            done = subprocess.run(
                [valgrind, "-q", "--leak-check=full", "--error-exitcode=99", PINLAT, "compare",
                 *args], cwd=self.top, capture_output=True, encoding="utf-8", check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertNotIn("==", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
