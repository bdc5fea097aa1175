# SPDX-License-Identifier: MIT
"""Every format of `pinlat report`, byte for byte and by its own rules.

The golden files pin what was checked once against the consumers' public repositories, at the
versions that docs/formats.md names. UPDATE_GOLDEN=1 writes them anew; read what git says has
changed, and repeat that check, before keeping it.
"""
import json
import os
import re
import statistics
import subprocess
import unittest
import xml.etree.ElementTree as ET

from cases import FORMATS, ReportTest, records


def squad_metrics(text):
    """SQUAD 1.89's own rules: doc/intro.rst "Metrics", squad/core/data.py, core/tasks."""
    metrics = json.loads(text)
    assert isinstance(metrics, dict)
    for key, metric in metrics.items():
        suite, _, name = key.rpartition("/")
        assert suite and re.fullmatch(r"[A-Za-z0-9._-]{1,256}", name), key
        assert set(metric) == {"value", "unit"}, metric
        assert isinstance(metric["value"], list) and metric["value"]
        assert all(isinstance(x, (int, float)) for x in metric["value"])
    return metrics


def plan_of(text):
    """The lines of TAP that count, without their YAML."""
    lines = re.sub(r"^  ---\n(.*\n)*?  \.\.\.\n", "", text, flags=re.M).splitlines()
    assert lines[0] == "TAP version 13", lines[0]
    cases = [x for x in lines[2:] if not x.startswith("#")]
    assert lines[1] == f"1..{len(cases)}", lines[1]
    for i, case in enumerate(cases):
        assert re.match(rf"(not )?ok {i + 1} - \S", case), case
    return cases


class Reports(ReportTest):
    def test_golden(self):
        """One a format, of the set or the pair that shows more of it."""
        sets = {"one": self.one(), "worse": self.worse()}
        compared = self.pinlat("compare", "--format", "json", *sets["worse"]).stdout
        sentence = json.loads(compared)["sentence"]
        for form in FORMATS:
            with self.subTest(form):
                of = "one" if form in ("kcidb", "openmetrics") else "worse"
                shown = self.shown(form, *sets[of]).replace(sentence, "SENTENCE")
                self.golden("formats/golden.txt", f"{of}.{form}", shown)

    def test_every_judged_row(self):
        """Each is in each format, with its change; where a format has verdicts, with its own."""
        sets = self.worse()
        rows = self.rows(sets)
        self.assertEqual({verdict for _, verdict in rows.values()}, {"worse", "same"})
        for form in FORMATS:
            with self.subTest(form):
                found = getattr(self, "judged_" + form)(self.shown(form, *sets))
                self.assertEqual(set(found), set(rows))
                for name, (change, verdict) in found.items():
                    if change is not None:
                        self.assertAlmostEqual(change, rows[name][0], places=3)
                    if verdict is not None:
                        self.assertEqual(verdict, rows[name][1])

    def judged_junit(self, shown):
        """In words: the number is in the golden file."""
        return {case.get("name"): (None, case.find("system-out").text.partition(":")[0])
                for case in ET.fromstring(shown).iter("testcase")
                if re.search(" [^(]", case.get("name"))}

    def judged_tap(self, shown):
        return {m[1]: (float(m[3]), m[2]) for m in re.finditer(
            r'^(?:not )?ok [0-9]+ - patched: (\S+ \S+)\n(?:  (?!\.\.).*\n)*?  verdict: "(\w+)"\n'
            r"(?:  (?!\.\.).*\n)*?  (?:change_percent|difference): (\S+)\n", shown, re.MULTILINE)}

    def judged_kcidb(self, shown):
        return {" ".join(t["path"].removesuffix("-change").split(".")[1:]):
                (t["number"]["value"], t["misc"]["verdict"])
                for t in json.loads(shown)["tests"] if t["path"].endswith("-change")}

    def judged_squad(self, shown):
        return {" ".join(key.removesuffix("-change").split("/")[-2:]): (metric["value"][0], None)
                for key, metric in squad_metrics(shown).items() if key.endswith("-change")}

    def judged_lava(self, shown):
        return {m[1]: (float(m[3]), m[2]) for m in re.finditer(
            r"^# (\S+ \S+): (\w+): .*\nlava-test-case .*-change\..* --measurement (\S+) ", shown,
            re.MULTILINE)}

    def judged_openmetrics(self, shown):
        return {f"{m[2]} {m[3]}": ((100 if m[1] == "ratio" else 1) * float(m[4]), None)
                for m in re.finditer(
                    r'^pinlat_change_(ratio|difference)\{.*subtest="([^"]+)".*metric="([^"]+)".*'
                    r'bound="estimate"\} (.*)$', shown, re.MULTILINE)}

    def test_formats_agree(self):
        """The medians that each format tells are those of the records."""
        sets = self.one()
        with open(self.path("one"), encoding="utf-8") as f:
            of = [json.loads(line) for line in f]
        p99 = [r["latency"]["scheduled"]["quantiles"]["p99"] for r in of
               if r["subtest"] == "thp-busy" and r["validity"]["valid"]]
        self.assertEqual(len(p99), 2)
        metrics = squad_metrics(self.shown("squad", *sets))
        key = "pinlat/virtual-uring-loop-cgroup_512M/thp-busy/p99"
        for value, expected in zip(metrics[key]["value"], p99, strict=True):
            self.assertTrue(1 <= value / expected < 1.004)  # its bucket's end
        median = statistics.median(metrics[key]["value"])
        self.assertEqual(metrics[key + "-median"]["value"], [median])
        tests = json.loads(self.shown("kcidb", *sets))["tests"]
        test, = [t for t in tests if t["path"] == "pinlat.thp-busy.p99"]
        self.assertEqual((test["number"]["value"], test["misc"]["runs"]), (median / 1e9, 2))
        self.assertEqual(test["status"], "DONE")
        self.assertIn(f"thp-busy.p99.virtual-uring-loop-cgroup_512M --result pass --measurement "
                      f"{median / 1e3:.3f} --units us\n", self.shown("lava", *sets))
        line, = [x for x in self.shown("openmetrics", *sets).splitlines()
                 if x.startswith("pinlat_latency_seconds{") and 'quantile="0.99"' in x and
                 'subtest="thp-busy"' in x]
        self.assertEqual(float(line.rpartition(" ")[2]), median / 1e9)
        root = ET.fromstring(self.shown("junit", *sets))
        value, = [p.get("value") for p in root.iter("property") if p.get("name") == "thp-busy p99"]
        self.assertEqual(value, f"{median:.15g} ns (median of 2 runs)")
        self.assertEqual(self.shown("tap", *sets).count("huge:\n      value: 50\n"), 2)

    def test_invalid_run(self):
        """It is skipped with its reason and counts nowhere."""
        sets = self.one()
        root = ET.fromstring(self.shown("junit", *sets))
        skipped, = root.iter("skipped")
        self.assertEqual(skipped.get("message"), "invalid: the walker stood still")
        self.assertEqual(root.find("testsuite").get("skipped"), "1")
        cases = plan_of(self.shown("tap", *sets))
        self.assertEqual([c for c in cases if "SKIP" in c],
                         [f"ok {len(cases)} - thp-busy invalid run 1 # SKIP "
                          "invalid: the walker stood still"])
        tests = json.loads(self.shown("kcidb", *sets))["tests"]
        test, = [t for t in tests if t["status"] == "SKIP"]
        self.assertEqual(test["log_excerpt"], "invalid: the walker stood still")
        self.assertIn("thp-busy.invalid-run-1.virtual-uring-loop-cgroup_512M --result skip\n",
                      self.shown("lava", *sets))
        self.assertRegex(self.shown("openmetrics", *sets),
                         r'pinlat_runs\{.*subtest="thp-busy".*valid="false"\} 1\n')

    def test_notes(self):
        """Of a run, where it is a case; KCIDB is told of invalid runs alone."""
        made = records.make_set("base", 3, subtests=("timer-busy",))
        made[0]["validity"]["notes"] = ["the walker is <slow>", "and more"]
        made[1]["validity"] = {"valid": False, "reasons": ["no pressure"], "notes": ["by a hair"]}
        path = self.write("noted", made)
        outs = [e.text for e in ET.fromstring(self.shown("junit", path)).iter("system-out")]
        self.assertEqual(sum("note: the walker is <slow>; and more" in out for out in outs), 1)
        self.assertEqual(sum("note: " in out for out in outs), 2)
        self.assertIn('notes: "the walker is <slow>; and more"', self.shown("tap", path))
        tests = json.loads(self.shown("kcidb", path))["tests"]
        self.assertEqual([t["misc"]["notes"] for t in tests if "notes" in t.get("misc", {})],
                         ["by a hair"])

    def test_nothing_valid(self):
        """A set without a valid run: an error in the report, and exit code 3."""
        for form, seen in (("junit", 'errors="2"'), ("tap", "not ok 14 - broken: thp-busy\n"),
                           ("kcidb", '"status": "ERROR"'),
                           ("lava", "thp-busy.valid.real-uring-loop-cgroup_512M --result fail"),
                           ("openmetrics", 'valid="true"} 0'), ("squad", "base")):
            done = self.report("--format", form, *self.nothing())
            self.assertEqual((done.returncode, done.stderr),
                             (3, "pinlat: report: broken has no valid run\n"))
            self.assertIn(seen, done.stdout)

    def test_verdicts(self):
        """worse fails; unclear fails only with --fail-on unclear; the exit code is the gate's."""
        worse, unclear = self.worse(), self.unclear()
        root = ET.fromstring(self.shown("junit", *worse))
        self.assertEqual({f.get("type") for f in root.iter("failure")}, {"worse"})
        self.assertEqual(root.get("failures"), "2")
        self.assertEqual(self.report("--fail-on", "worse", *worse).returncode, 1)
        worse = self.worse()
        self.assertEqual(sum(c.startswith("not ok") for c in plan_of(self.shown("tap", *worse))), 2)
        tests = json.loads(self.shown("kcidb", *worse))["tests"]
        self.assertEqual([t["status"] for t in tests if t["path"].endswith("-change")],
                         ["PASS"] * 2 + ["FAIL"] * 2 + ["PASS"] * 5)
        unclear = self.unclear()
        plain = self.report("--format", "junit", *unclear)
        gated = self.report("--format", "junit", "--fail-on", "unclear", *unclear)
        self.assertEqual((plain.returncode, gated.returncode), (0, 1))
        skipped = [s.get("message") for s in ET.fromstring(plain.stdout).iter("skipped")]
        self.assertTrue(skipped and all(s.startswith("unclear: ") for s in skipped))
        failed = ET.fromstring(gated.stdout)
        self.assertEqual({f.get("type") for f in failed.iter("failure")}, {"unclear"})
        self.assertEqual(len(list(failed.iter("failure"))), len(skipped))
        self.assertIn("--result unknown", self.shown("lava", *unclear))
        tests = json.loads(self.shown("kcidb", *unclear))["tests"]
        self.assertEqual({t["status"] for t in tests}, {"DONE"})

    def test_names_of_cases(self):
        """GitLab takes two cases of one name for one; those of the new kernel stay each night."""
        third = records.make_set("base (1)", factor={"thp-busy": 3}, first=2, **records.TURNS)
        for sets in self.one(), self.worse(), self.unclear(), \
                [*self.worse(), self.write("third", self.virtual(third, "qemu-tcg"))]:
            shown = self.report("--format", "junit", *sets).stdout
            of = [(case.get("classname"), case.get("name"))
                  for case in ET.fromstring(shown).iter("testcase")]
            self.assertEqual(len(set(of)), len(of), of)
        for label in "night 1", "night 2":
            new = records.make_set(label, factor={"thp-busy": 1.5}, first=1, **records.TURNS)
            sets = self.worse()[0], self.write(label, self.virtual(new, "qemu-tcg"))
            shown = self.report("--format", "junit", *sets).stdout
            self.assertIn(("pinlat.thp-busy", "thp-busy walker"),
                          [(case.get("classname"), case.get("name"))
                           for case in ET.fromstring(shown).iter("testcase")])

    def test_mixed(self):
        """Less work is a failure beside whatever is better, and the gate fires."""
        sets = [records.make_set("base", **records.TURNS), records.make_set(
            "patched", factor={"thp-busy": 0.1}, first=1, huge=0.1, **records.TURNS)]
        sets = [self.write(made[0]["label"], made) for made in sets]
        done = self.report("--format", "junit", "--fail-on", "worse", *sets)
        self.assertEqual(done.returncode, 1)
        failed = [case.get("name") for case in ET.fromstring(done.stdout).iter("testcase")
                  if case.find("failure") is not None]
        self.assertEqual(failed, ["thp-busy huge"])
        failed, = [c for c in plan_of(self.shown("tap", *sets)) if c.startswith("not ok")]
        self.assertTrue(failed.endswith(" - patched: thp-busy huge"))
        test, = [t for t in json.loads(self.shown("kcidb", *sets))["tests"]
                 if t["path"] == "pinlat.thp-busy.huge-change"]
        self.assertEqual((test["status"], test["number"]["unit"]), ("FAIL", "%"))
        self.assertAlmostEqual(test["number"]["value"], -90, places=1)
        self.assertIn("thp-busy.huge-change.real-uring-loop-cgroup_512M --result fail "
                      "--measurement -90.020 --units percent\n", self.shown("lava", *sets))
        self.assertIn("thp-busy/huge-change", self.shown("squad", *sets))
        self.assertRegex(self.shown("openmetrics", *sets),
                         r'pinlat_verdict\{.*metric="huge",verdict="worse"\} 1\n')

    def test_where_it_was_measured(self):
        """Virtual machines, the emulator and io_uring are named in every format."""
        for sets, words, slug in ((self.one(), r"virtual machine \(kvm\), engine uring "
                                   r"\(io_uring, no GPU\)", "virtual-uring-"),
                                  (self.worse(), r"emulated \(QEMU TCG\), engine uring",
                                   "virtual-qemu-uring-"),
                                  (self.unclear(), r"real hardware, engine i915", "real-i915-")):
            for form in FORMATS:
                shown = self.shown(form, *sets)
                if form == "openmetrics":
                    virtual = str(slug.startswith("virtual-")).lower()
                    self.assertIn(f'virtual="{virtual}"', shown)
                elif form == "squad":
                    self.assertIn(slug, shown)
                else:
                    self.assertRegex(shown, words)

    def test_two_kernels(self):
        """Of one label, in one file: each output tells them apart or says why it does not."""
        made = records.make_set("base", 6, boots=2)
        other = records.patched([r for r in made if r["boot_id"] == "base-1"], "5.10.0-other")
        mixed = self.write("mixed", made[:1] + other + made[1:12])
        for form in FORMATS:
            with self.subTest(form):
                shown = self.shown(form, mixed)
                for release in ("6.1.0-base", "5.10.0-other"):
                    self.assertRegex(shown, rf"base[ _]\(?{re.escape(release)}")
        infos = re.findall(r"^pinlat_info\{(.*?)\}", self.shown("openmetrics", mixed), re.MULTILINE)
        self.assertEqual(len(infos), 2)
        for labels in infos:
            self.assertRegex(labels, r'label="base \((.*?)\)".*kernel="\1"')
        both = ("base (5.10.0-other)", "base (6.1.0-base)")
        for form in ("text", "mail", "json", "markdown", "csv", "html"):
            with self.subTest(form):
                command = "report" if form == "html" else "compare"
                done = self.pinlat(command, "--format", form, mixed)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                for name in (both[:1] if form == "csv" else both):
                    self.assertIn(name, done.stdout.replace("\\", ""))
                self.assertNotIn("share one environment", done.stdout)
        shown = self.pinlat("show", mixed).stdout
        self.assertIn("base: kernel 5.10.0-other", shown)
        self.assertIn("base: kernel 6.1.0-base", shown)
        for about_one in (("--format", "values", "--primary", "thp-busy:p99"), ("--calibrate",),
                          ("--within", "timer-busy,timer-busy")):
            done = self.pinlat("compare", *about_one, mixed)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("mixed holds 2 labels or kernels (base (6.1.0-base), base "
                          "(5.10.0-other)); only one set", done.stderr.replace("mixed:", "mixed"))

    def test_setups(self):
        """Subtests that were set up differently stay apart, and n<368 is no number."""
        for form in FORMATS:
            shown = self.shown(form, *self.setups())
            self.assertRegex(shown, r"arena[_ =\"]+(cgroup[_:]512M)")
            self.assertRegex(shown, r"arena[_ =\"]+machine")
        self.assertIn("p99 unknown (n&lt;368)", self.shown("junit", *self.setups()))
        metrics = squad_metrics(self.shown("squad", *self.setups()))
        self.assertEqual(sum("p99" in key for key in metrics), 2)

    def test_hostile(self):
        """Valid, nothing of it executed, nothing but text shown."""
        for sets in (self.hostile(), self.hostile_pair()):
            for form in FORMATS:
                with self.subTest(form, sets=sets):
                    shown = self.shown(form, *sets)
                    self.assertNotRegex(shown, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f"
                                               "\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
                    getattr(self, "hostile_" + form)(shown)

    def hostile_junit(self, shown):
        root = ET.fromstring(shown)
        self.assertFalse(list(root.iter("script")) + list(root.iter("b")))
        self.assertIn("<script>alert('1')</script>",
                      {p.get("name"): p.get("value") for p in root.iter("property")}
                      ["kernel.release"])

    def hostile_tap(self, shown):
        for case in plan_of(shown):
            bare = re.sub(r"\\.", "", case)
            self.assertTrue("#" not in bare or re.search(" # SKIP (invalid|unclear): ", bare), case)

    def hostile_kcidb(self, shown):
        self.assertTrue(shown.isascii())
        tests = json.loads(shown)["tests"]
        self.assertEqual(len(tests), len({t["id"] for t in tests}))

    def hostile_squad(self, shown):
        self.assertTrue(squad_metrics(shown))

    def hostile_lava(self, shown):
        for line in shown.splitlines():
            self.assertRegex(line, r"^(#.*|lava-test-(case|set) [A-Za-z0-9 ._-]*|command -v .*|"
                                   r"\techo .*|\texit 3|\}|)$")

    def hostile_openmetrics(self, shown):
        seen = set()
        for line in shown.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = re.fullmatch(
                r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\]|\\["\\])*",?)+)\} (\S+)', line).groups()
            float(value)
            self.assertNotIn((name, labels), seen)
            seen.add((name, labels))

    def test_kcidb_build(self):
        """A build that KCIDB has: no other is told of, and of two sets only the new one."""
        known = ("--origin", "some_ci", "--build", "maestro:6801/a b")
        for sets in (self.one(), self.worse()):
            data = json.loads(self.shown("kcidb", *known, *sets))
            self.assertEqual(set(data), {"version", "tests"})
            self.assertEqual({t["build_id"] for t in data["tests"]}, {"maestro:6801/a b"})
            self.assertEqual({t["origin"] for t in data["tests"]}, {"some_ci"})
            self.assertEqual(len({t["misc"]["set"] for t in data["tests"] if "misc" in t}), 1)
        again = json.loads(self.shown("kcidb", *known, *self.worse()))
        self.assertEqual(again, data)

    def test_igt_results(self):
        """results.json of igt_runner says the same as the records that are in it."""
        sets = self.one()
        with open(self.path("one"), encoding="utf-8") as f:
            tests = {f"igt@gem_syslatency_pinned@{i}": {
                "result": "pass", "out": f"Starting subtest: {i}\npinlat-record: {line}Subtest {i}:"
                                         " SUCCESS (1.000s)\n", "err": "", "dmesg": ""}
                     for i, line in enumerate(f)}
        self.text("results.json", json.dumps({"results_version": 10, "name": "base",
                                              "tests": tests}))
        for form in FORMATS:
            self.assertEqual(self.shown(form, "results.json").replace("results.json", "one"),
                             self.shown(form, *sets))

    def test_igt_testlist(self):
        """The shards name the subtests that the test binary has."""
        listed = subprocess.run([os.path.join(os.environ["TESTS"], "gem_syslatency_pinned"),
                                 "--show-testlist"], capture_output=True, text=True, check=True)
        shards = []
        for name in ("pinlat", "pinlat-ci"):
            with open(os.path.join(os.environ["SOURCE"], "tests", name + ".testlist"),
                      encoding="utf-8") as f:
                shards += [line for line in f if not line.startswith("#")]
        self.assertEqual(shards, listed.stdout.splitlines(keepends=True))

    def test_usage(self):
        worse = self.worse()
        for args, said in (
                (["--format", "yaml", *worse], "--format knows "),
                ([], "give the records of one kernel or several"),
                (["--origin", "some_ci", "--format", "tap", *worse], "are for --format kcidb"),
                (["--format", "kcidb", "--origin", "Big CI", *worse], "--origin must be"),
                (["--format", "kcidb", "--build", "no-colon", *worse], "--build must be"),
                (["--format", "kcidb", "--build", "a:b", *self.unclear()], "3 sets"),
                (["--separate", "--fail-on", "worse", *worse], "leave one of them out"),
                (["--format", "tap", "--margin", "x", *worse], "report: --margin must be"),
                (["--format", "tap", "missing"], "cannot be read")):
            done = self.report(*args)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn(said, done.stderr)

    def test_refused(self):
        """What may not be compared is refused as by compare; --separate reports it all the same."""
        base, new = records.make_set("base"), records.make_set("patched", first=1000)
        self.write("base", base)
        self.write("patched", records.change(new, "config.arena", "machine"))
        done = self.report("--format", "tap", "base", "patched")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("pinlat: report: ", done.stderr)
        self.assertIn("--allow config", done.stderr)
        shown = self.shown("tap", "--separate", "base", "patched")
        self.assertEqual(len(plan_of(shown)), 20)

    def test_output(self):
        """-o writes what standard output would get, whole or not at all."""
        shown = self.shown("junit", *self.one())
        self.text("report.xml", "the old one")
        done = self.report("--format", "junit", "-o", "report.xml", "missing")
        self.assertEqual(done.returncode, 2)
        with open(self.path("report.xml"), encoding="utf-8") as f:
            self.assertEqual(f.read(), "the old one")
        done = self.report("--format", "junit", "-o", "report.xml", *self.one())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        with open(self.path("report.xml"), encoding="utf-8") as f:
            self.assertEqual(f.read().replace(" -o report.xml", ""), shown)
        done = self.report("--format", "junit", "-o", "none/report.xml", *self.one())
        self.assertEqual(done.returncode, 3)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([os.environ["PINLAT"], "report", "--format", "junit", "one"],
                                  cwd=self.top, stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)

    def test_cut_record(self):
        """What is left out is named, and the rest reported."""
        self.one()
        self.text("one", '{"schema": "pinlat.rec', "a")
        done = self.report("--format", "tap", "one")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^pinlat: left out: one:7: ")


if __name__ == "__main__":
    unittest.main()
