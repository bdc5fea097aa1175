# SPDX-License-Identifier: MIT
"""The formats of several machines and of many nights: who is named, and which series go on."""
import json
import re
import sys
import unittest
import xml.etree.ElementTree as ET

from cases import ReportTest, records

SAMPLE = re.compile(r'([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\["\\])*",?)+\}) (\S+)(?: (\S+))?')
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def on(host, made, machine=None):
    records.change(made, "environment.host", host)
    return records.change(made, "environment.machine_id", machine or f"id of {host}")


def night(host, number, factor=1.0):
    made = records.make_set(f"next-{number:03}", 2, first=1440 * number,
                            factor={"thp-busy": factor})
    return on(host, records.patched(made, f"6.{number}.0"))


def samples(text):
    """(name, labels) to [(value, time)], in their order."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value, time = SAMPLE.fullmatch(line).groups()
            key = name, tuple(sorted(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', labels)))
            found.setdefault(key, []).append((float(value), time and float(time)))
    return found


class Fleet(ReportTest):
    def two(self):
        """One set of two machines; p50 of thp-busy is 200 us on one and 400 us on the other."""
        made = on("nuc1", records.make_set("base", 3)) + on(
            "nuc2", records.make_set("base", 3, factor={"thp-busy": 2}, first=100))
        made[-1]["validity"] = {"valid": False, "reasons": ["no pressure"], "notes": []}
        return self.write("two", made)

    def test_each_machine_has_its_numbers(self):
        """A median over two machines says nothing of either."""
        two = self.two()
        p50 = {host: values[0][0] for (name, labels), values
               in samples(self.shown("openmetrics", two)).items()
               for host in [dict(labels)["host"]]
               if name == "pinlat_latency_seconds" and {("subtest", "thp-busy"), (
                   "quantile", "0.5")} <= set(labels)}
        self.assertEqual(set(p50), {"nuc1", "nuc2"})
        self.assertAlmostEqual(p50["nuc2"] / p50["nuc1"], 2, delta=0.1)
        tests = [t for t in json.loads(self.shown("kcidb", two))["tests"]
                 if t["path"] == "pinlat.thp-busy.p50"]
        self.assertEqual([t["environment"]["misc"]["platform"] for t in tests], ["nuc1", "nuc2"])
        for t in tests:
            self.assertAlmostEqual(t["number"]["value"],
                                   p50[t["environment"]["misc"]["platform"]], places=12)
        self.assertEqual([(t["misc"]["runs"], t["misc"]["runs_invalid"]) for t in tests],
                         [(3, 0), (2, 1)])
        self.assertEqual(len({t["id"] for t in tests}), 2)
        runs = {(dict(labels)["host"], dict(labels)["valid"]): values[0][0]
                for (name, labels), values in samples(self.shown("openmetrics", two)).items()
                if name == "pinlat_runs" and ("subtest", "thp-busy") in labels}
        self.assertEqual(runs, {("nuc1", "true"): 3, ("nuc1", "false"): 0,
                                ("nuc2", "true"): 2, ("nuc2", "false"): 1})

    def test_host(self):
        """--host reports as if the other machine had not been measured."""
        two = self.two()
        alone = self.write("alone", on("nuc1", records.make_set("base", 3)))
        for form in ("junit", "squad", "openmetrics", "tap"):
            shown = self.shown(form, "--host", "nuc1", two)
            self.assertEqual(shown.replace("--host nuc1 two", "alone").replace('"two"', '"alone"'),
                             self.shown(form, alone))
        done = self.report("--format", "tap", "--host", "nuc3", two)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no record is of a machine with the name nuc3", done.stderr)

    def test_squad_wants_one(self):
        done = self.report("--format", "squad", self.two())
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("an environment for each machine, and these are nuc1, nuc2", done.stderr)

    def test_junit_names_the_machine(self):
        suite, = ET.fromstring(self.shown("junit", self.write("one", night("nuc1", 1))))
        self.assertEqual(suite.get("hostname"), "nuc1")
        suite, = ET.fromstring(self.shown("junit", self.two()))
        self.assertIsNone(suite.get("hostname"))
        outs = [e.text for e in suite.iter("system-out")]
        self.assertEqual([sum(f", on {host}\n" in out for out in outs)
                          for host in ("nuc1", "nuc2")], [6, 6])

    def test_series_go_on(self):
        """A new kernel opens no series, so that a rule can compare it with the one before."""
        names = []
        for number in range(2):
            self.write("tonight", night("nuc1", number))
            found = samples(self.shown("openmetrics", "tonight"))
            names.append({key for key in found if key[0] != "pinlat_info"})
            info, = [dict(labels) for name, labels in found if name == "pinlat_info"]
            self.assertEqual((info["label"], info["kernel"]),
                             (f"next-{number:03}", f"6.{number}.0"))
        self.assertEqual(names[0], names[1])
        compared = []
        for number in (1, 2):
            self.write("base", night("nuc1", 0))
            self.write("tonight", night("nuc1", number))
            found = samples(self.shown("openmetrics", "base", "tonight"))
            compared.append({key for key in found if key[0] != "pinlat_info"})
        self.assertEqual(compared[0], compared[1])
        self.assertEqual({dict(labels)["set"] for _, labels in compared[0]}, {"base", "new"})

    def test_machines_side_by_side(self):
        """Sets of different machines need no label; of one machine each has its name."""
        files = [self.write(host, night(host, 1)) for host in ("nuc1", "nuc2")]
        found = samples(self.shown("openmetrics", "--separate", *files))
        self.assertEqual({dict(labels).get("set") for _, labels in found}, {None})
        files = [self.write(f"{n}", night("nuc1", n)) for n in range(2)]
        found = samples(self.shown("openmetrics", "--separate", *files))
        self.assertEqual({dict(labels)["set"] for _, labels in found}, {"next-000", "next-001"})

    def test_timestamps(self):
        """One series through all nights, in order of time, whatever the order of the files."""
        files = [self.write(f"{host}-{n}", night(host, n)) for n in (2, 0, 1)
                 for host in ("nuc1", "nuc2")]
        shown = self.shown("openmetrics", "--timestamps", *files)
        found = samples(shown)
        for (name, labels), values in found.items():
            times = [time for _, time in values]
            self.assertEqual(times, sorted(set(times)), name)
            self.assertEqual(len(times), 1 if name == "pinlat_info" else 3, labels)
        self.assertEqual(len([1 for name, _ in found if name == "pinlat_info"]), 6)
        measured = found["pinlat_measured_timestamp_seconds", (("host", "nuc1"),)]
        self.assertEqual([value for value, _ in measured], [time for _, time in measured])
        self.assertEqual(measured[1][0] - measured[0][0], 86400)

    def test_timestamps_that_cannot_be(self):
        """Named and left out; the rest is there, once."""
        self.write("a", night("nuc1", 1))
        self.write("b", night("nuc1", 1, 2))
        done = self.report("--format", "openmetrics", "--timestamps", "a", "b")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"left out: 6 values of pinlat_latency_seconds: ")
        self.assertTrue(all(len(v) == 1 for v in samples(done.stdout).values()))
        made = night("nuc1", 1)
        for r in made:
            r["start"] = "yesterday"
        self.write("c", made)
        done = self.report("--format", "openmetrics", "--timestamps", "a", "c")
        self.assertIn("next-001 (c) does not tell when it was measured", done.stderr)
        self.assertTrue(samples(done.stdout))

    def test_attribution(self):
        """Its shares are those of the record, and make a whole."""
        made = records.attribute(night("nuc1", 1), direct_reclaim=70, compaction=10)
        found = samples(self.shown("openmetrics", self.write("one", made)))
        shares = {dict(labels)["cause"]: values[0][0] for (name, labels), values in found.items()
                  if name == "pinlat_attribution_ratio" and
                  {("samples", "slow"), ("subtest", "thp-busy")} <= set(labels)}
        self.assertEqual(shares, {"direct_reclaim": .7, "compaction": .1, "unexplained": .2})

    def test_history(self):
        """The last change of each series, with the kernel that it came with."""
        for n in range(40):
            self.write(f"n{n}", night("nuc1", n, 1.5 if n >= 30 else 1))
        files = [f"n{n}" for n in range(40)]
        args = ("history", "--format", "openmetrics", "--fail-on", "changed:10", *files)
        done = self.pinlat(*args)
        self.assertEqual(done.returncode, 1)
        found = samples(done.stdout)
        p99 = (("host", "nuc1"), ("metric", "p99"), ("subtest", "thp-busy"))
        self.assertEqual(found["pinlat_history_change_kernels", p99], [(10, None)])
        self.assertEqual(found["pinlat_history_alarm", p99], [(1, None)])
        self.assertAlmostEqual(found["pinlat_history_change_ratio", p99][0][0], .5, delta=.02)
        self.assertIn(("pinlat_history_change_info", tuple(sorted(
            (*p99, ("since", "next-030"), ("worse", "true"))))), found)
        first = 1769853600 + 30 * 86400
        self.assertEqual(found["pinlat_history_change_timestamp_seconds", p99][0][0], first)
        quiet = (("host", "nuc1"), ("metric", "p99"), ("subtest", "timer-busy"))
        self.assertEqual(found["pinlat_history_alarm", quiet], [(0, None)])
        self.assertNotIn(("pinlat_history_change_kernels", quiet), found)
        times = {time for values in samples(self.pinlat(*args, "--timestamps").stdout).values()
                 for _, time in values}
        self.assertEqual(times, {1769853600 + 39 * 86400 + 3 * 60})

    def test_kcidb_source(self):
        """What kernelci.org lists a kernel by, and links to; of the new kernel alone."""
        told = ("--commit", COMMIT, "--tree", "drm-tip", "--branch", "tip",
                "--git-url", "https://example.org/linux.git", "--platform", "nuc12",
                "--log-url", "https://example.org/7/log.txt",
                "--file-url", "https://example.org/7/records.jsonl.gz",
                "--file-url", "https://example.org/7/report.html")
        files = [self.write(f"{n}", night("nuc1", n)) for n in range(2)]
        data = json.loads(self.shown("kcidb", *told, *files))
        self.assertEqual(data["version"], {"major": 5, "minor": 3})
        self.assertEqual([c.get("git_commit_hash") for c in data["checkouts"]], [None, COMMIT])
        new = data["checkouts"][1]
        self.assertEqual((new["tree_name"], new["git_repository_branch"],
                          new["git_repository_url"]),
                         ("drm-tip", "tip", "https://example.org/linux.git"))
        self.assertEqual(new["start_time"], "2026-02-01T10:00:00Z")
        self.assertEqual({b["status"] for b in data["builds"]}, {"PASS"})
        for t in data["tests"]:
            self.assertEqual(t["environment"]["misc"]["platform"], "nuc12")
            linked = t["build_id"] == new["id"]
            self.assertEqual(t.get("log_url"), told[11] if linked else None)
            self.assertEqual([f["name"] for f in t.get("output_files", [])],
                             ["records.jsonl.gz", "report.html"] if linked else [])
        made = records.change(night("nuc1", 1), "environment.kernel.version",
                              "#1 SMP Thu Feb  1 10:00:00 UTC 2024")
        data = json.loads(self.shown("kcidb", self.write("built", made)))
        self.assertEqual({o["start_time"] for o in data["checkouts"] + data["builds"]},
                         {"2024-02-01T10:00:00Z"})
        self.assertEqual({t["start_time"] for t in data["tests"]}, {
            "2026-02-01T10:00:00Z", "2026-02-01T10:01:00Z"})

    def test_usage(self):
        self.write("a", night("nuc1", 1))
        for args, said in (
                (["--commit", COMMIT[1:]], "40 hexadecimal digits"),
                (["--commit", COMMIT.upper()], "40 hexadecimal digits"),
                (["--tree", "a\nb"], "--tree must be"),
                (["--git-url", "git://example.org/linux.git"], "--git-url must be"),
                (["--log-url", "file:///etc/passwd"], "--log-url must be"),
                (["--log-url", "https://example.org/\"x"], "--log-url must be"),
                (["--file-url", "https://example.org"], "--file-url must be"),
                (["--file-url", "https://example.org/"], "--file-url must be"),
                (["--build", "a:b", "--commit", COMMIT], "of which commit --build is"),
                (["--timestamps"], "--timestamps is for --format openmetrics")):
            done = self.report("--format", "kcidb", *args, "a")
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn(said, done.stderr)
        for args, said in ((["--format", "tap", "--tree", "x"], "are for --format kcidb and open"),
                           (["--format", "junit", "--platform", "x"], "are for --format kcidb"),
                           (["--format", "openmetrics", "--timestamps", "--fail-on", "worse"],
                            "nothing to fail on")):
            self.assertIn(said, self.report(*args, "a").stderr)
        self.assertIn("--timestamps is for", self.pinlat("history", "--timestamps", "a").stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
