# SPDX-License-Identifier: MIT
"""`pinlat history`: what is found, what is not, and who is told."""
import json
import os
import random
import re
import unittest
import xml.etree.ElementTree as ET

import pages
import records
from command import CommandTest


def night(machine, number, factor=1.0, *, spread=0.03, runs=2, **change):
    """The records of one kernel on one machine; its boot differs from others by @spread."""
    rng = random.Random(f"{machine} {number}")
    boot = 1 + spread * rng.uniform(-1, 1)
    of = records.make_set(f"next-{number:03}", runs=runs, spread=0.02, first=1440 * number,
                          factor={"thp-busy": boot * factor, "timer-busy": boot})
    records.patched(of, f"6.{number}.0")
    records.change(of, "environment.host", machine)
    records.change(of, "environment.machine_id", f"id of {machine}")
    for path, value in change.items():
        records.change(of, path.replace("__", "."), value)
    return of


class History(CommandTest):
    def fleet(self, machines, nights, factor=lambda machine, number: 1.0, **more):
        for machine in machines:
            os.makedirs(self.path(f"fleet/{machine}"), exist_ok=True)
            for number in range(nights):
                self.write(f"fleet/{machine}/{number:03}.jsonl",
                           night(machine, number, factor(machine, number), **more))

    def history(self, *args, code=0):
        done = self.pinlat("history", *args)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def changes(self, *args):
        out = json.loads(self.history("--format", "json", *args).stdout)
        return out, [(m["machine"], s["name"], c) for m in out["machines"] for s in m["series"]
                     for c in s["changes"]]

    def test_a_step_on_two_of_three(self):
        """Found on these, in its place, and said first."""
        self.fleet(("nuc1", "nuc2", "nuc3"), 40,
                   lambda machine, number: 1.4 if machine != "nuc2" and number >= 25 else 1)
        shown = self.history("fleet").stdout
        head = "6 changes: 27 series of 3 machines, alpha 0.002 for all together\n\n"
        self.assertTrue(shown.startswith(head + "since next-025, on 2 of 3 machines:\n"), shown)
        self.assertRegex(shown, r"\n  thp-busy p99 \+(3\d|4\d)% on 2 machines\n")
        self.assertIn("\nnuc2: 40 kernels, no level changed\n", shown)
        self.assertRegex(shown, r"next-000 \.\. next-024 \(25 kernels\)\n    \.+  \+(3|4)\d% .*"
                                r" with next-025.*\n.*next-025 \.\. next-039 \(15 kernels\)\n")
        out, found = self.changes("fleet")
        self.assertEqual({(m, n) for m, n, _ in found}, {
            (m, f"thp-busy {p}") for m in ("nuc1", "nuc3") for p in ("p50", "p90", "p99")})
        self.assertEqual({(c["since"], c["kernels_since"], c["worse"]) for _, _, c in found},
                         {("next-025", 15, True)})
        self.assertEqual(out["changes"], 6)

    def test_gate(self):
        """For as many kernels as it is asked for, and then no more."""
        self.fleet(("nuc1",), 30, lambda machine, number: 1.5 if number >= 24 else 1)
        for gate, code in (("changed", 1), ("changed:6", 1), ("changed:5", 0), ("worse", 1),
                           ("worse:30", 1)):
            done = self.history("--fail-on", gate, "fleet", code=code)
            self.assertEqual(done.stderr.count("gate: nuc1: thp-busy p50"), code, gate)
        self.assertRegex(self.history("--fail-on", "changed", "fleet", code=1).stderr,
                         r"gate: nuc1: thp-busy p99 \+[45]\d% since next-024\n")
        self.fleet(("nuc1",), 30, lambda machine, number: 0.6 if number >= 24 else 1)
        self.history("--fail-on", "worse", "fleet")
        self.history("--fail-on", "changed", "fleet", code=1)

    def test_nothing(self):
        """Neither noise nor a single night that is far off is a change."""
        self.fleet(("nuc1", "nuc2"), 30, lambda machine, number: 5 if number == 20 else 1)
        done = self.history("--fail-on", "changed", "fleet")
        self.assertTrue(done.stdout.startswith("no level changed: 18 series of 2 machines"))

    def test_an_odd_night(self):
        """It is named and left out, and the others stay."""
        self.fleet(("nuc1",), 30, lambda machine, number: 1.5 if number >= 15 else 1)
        self.write("fleet/nuc1/020.jsonl", night("nuc1", 20, 9, config__walker="loop:9G"))
        shown = self.history("fleet").stdout
        self.assertIn("  left out: next-020: thp-busy has walker loop:9G, others loop:1G\n", shown)
        _, found = self.changes("fleet")
        self.assertEqual({c["since"] for _, _, c in found}, {"next-015"})

    def test_a_machine_is_replaced(self):
        """Another machine under the name of the old one is another history."""
        self.fleet(("nuc1",), 30)
        for number in range(15, 30):
            self.write(f"fleet/nuc1/{number:03}.jsonl",
                       night("nuc1", number, 3, environment__machine_id="new"))
        done = self.history("--fail-on", "changed", "fleet")
        self.assertEqual(done.stdout.count("\nnuc1: 15 kernels"), 2)

    def test_too_few(self):
        self.fleet(("nuc1",), 6)
        self.assertRegex(self.history("fleet").stdout,
                         r"nuc1: 6 kernels, 1\d are needed to find a change\n")

    def test_one_folder_of_all(self):
        """A file may hold several machines; logs are read too."""
        of = [r for n in range(25) for m in ("a", "b") for r in night(m, n, 1 + (n > 11))]
        self.write("all.jsonl", of)
        _, found = self.changes("all.jsonl")
        self.assertEqual({(m, c["since"]) for m, _, c in found},
                         {("a", "next-012"), ("b", "next-012")})
        log = self.pinlat("pack", "all.jsonl").stdout
        self.text("log", log)
        self.assertEqual(self.history("log").stdout, self.history("all.jsonl").stdout)

    def test_junit(self):
        self.fleet(("nuc1", "nuc2"), 30, lambda machine, number: 1.5 if number >= 24 else 1)
        done = self.history("--format", "junit", "--fail-on", "changed:7", "fleet", code=1)
        suites = ET.fromstring(done.stdout)
        self.assertEqual([s.get("hostname") for s in suites], ["nuc1", "nuc2"])
        names = [(c.get("classname"), c.get("name")) for c in suites.iter("testcase")]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual([s.get("failures") for s in suites], ["3", "3"])
        self.assertEqual(len(list(suites.iter("failure"))), 6)
        plain = ET.fromstring(self.history("--format", "junit", "fleet").stdout)
        self.assertEqual(list(plain.iter("failure")), [])

    def test_a_step_of_a_fleet(self):
        """On 14 of 20 machines in one night: there, then, and nowhere else."""
        machines = [f"nuc{i:02}" for i in range(20)]
        self.fleet(machines, 60,
                   lambda machine, number: 1.3 if machine < "nuc14" and number >= 45 else 1,
                   spread=0.08)
        out, found = self.changes("fleet")
        self.assertEqual({(m, s) for m, s, _ in found}, {
            (m, f"thp-busy {p}") for m in machines[:14] for p in ("p50", "p90", "p99")})
        self.assertEqual({(c["since"], c["drift"]) for _, _, c in found}, {("next-045", "")})
        self.assertEqual(out["changes"], 42)
        shown = self.history("fleet").stdout
        self.assertIn("\nsince next-045, on 14 of 20 machines:\n", shown)

    def test_a_drift(self):
        """What may be a slope is told, and raises no alarm in any format."""
        self.fleet(("nuc1",), 60, lambda machine, number: 1 + number / 60)
        done = self.history("--fail-on", "changed", "fleet")
        self.assertRegex(done.stdout, "\n +drift, no alarm: a slope fits as well as a step\n")
        self.assertIn("drift, no alarm: nuc1: thp-busy p99 +", done.stderr)
        self.assertNotIn("gate:", done.stderr)
        _, found = self.changes("--fail-on", "changed", "fleet")
        self.assertEqual({(c["drift"], c["alarm"]) for _, _, c in found}, {("slope", False)})
        suite, = ET.fromstring(self.history("--format", "junit", "--fail-on", "changed",
                                            "fleet").stdout)
        self.assertEqual((suite.get("failures"), suite.get("skipped")), ("0", "3"))
        skipped = list(suite.iter("skipped"))
        self.assertEqual(len(skipped), 3)
        self.assertRegex(skipped[0].get("message"), "^drift, no alarm: since next-")

    def test_nights_that_resemble_the_ones_before(self):
        """A level that wanders is a drift, too."""
        rng, level = random.Random(5), [0.0]
        for _ in range(120):
            level.append(0.95 * level[-1] + 0.1 * rng.gauss(0, 1))
        self.fleet(("nuc1",), 120, lambda machine, number: 2.718 ** level[number])
        _, found = self.changes("fleet")
        self.assertTrue(found)
        self.assertNotIn("", {c["drift"] for _, _, c in found})
        self.history("--fail-on", "changed", "fleet")

    def test_page(self):
        """A row a machine: what it is now, and since when."""
        self.fleet(("nuc1", "<b>&2"), 30, lambda machine, number:
                   1.5 if number >= 20 and machine == "nuc1" else 1)
        shown = self.history("--format", "html", "--fail-on", "changed:14", "fleet", code=1).stdout
        page = pages.check(shown)
        self.assertEqual(shown, self.history("--format", "html", "--fail-on", "changed:14",
                                             "fleet", code=1).stdout)
        self.assertEqual([a["href"] for a in page.all("a")], ["#m0", "#m1"])
        self.assertEqual(shown.count("<svg"), 2)
        rows = re.findall(r"<th [^>]*><a .*?(?=<tr|</table>)", shown, re.S)
        words = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in rows]
        self.assertRegex(words[0], r"^&lt;b&gt;&amp;2 next-029 20\d\d-\S+ \S+ \S+ 0\S* – steady$")
        self.assertRegex(words[1], r"^nuc1 next-029 .* next-020 \(10 kernels\): thp-busy p\d\d "
                                   r"\+[45]\d% 3 alarms$")
        self.assertIn("since number change machines next-020 thp-busy p50 +", page.text)

    def test_kcidb(self):
        """Tests of the last kernel, on the machines that measured it."""
        self.fleet(("nuc1", "nuc2"), 30, lambda machine, number: 1.5 if number >= 24 else 1)
        self.write("fleet/nuc1/030.jsonl", night("nuc1", 30, 1.5))
        args = ("--format", "kcidb", "--build", "maestro:abc", "--origin", "lab")
        data = json.loads(self.history(*args, "--fail-on", "changed:9", "fleet", code=1).stdout)
        tests = data["tests"]
        self.assertEqual({t["environment"]["misc"]["platform"] for t in tests}, {"nuc1"})
        self.assertEqual(len({t["id"] for t in tests}), 9)
        self.assertEqual({t["build_id"] for t in tests}, {"maestro:abc"})
        status = {t["path"]: t["status"] for t in tests}
        self.assertEqual({p for p, s in status.items() if s == "FAIL"}, {
            f"pinlat.history.thp-busy.p{p}" for p in (50, 90, 99)})
        self.assertEqual(list(status.values()).count("PASS"), 6)
        last, = [t for t in tests if t["path"] == "pinlat.history.thp-busy.p99"]
        self.assertRegex(last["comment"],
                         r"^thp-busy p99: \+[45]\d% since next-024, 6 kernels ago$")
        self.assertEqual(last["misc"]["since"], "next-024")
        self.assertEqual({t["status"] for t in json.loads(
            self.history(*args, "fleet").stdout)["tests"]}, {"DONE"})

    def test_usage(self):
        for args, said in ((["--fail-on", "changed:0", "x"], "changed, worse, changed:N"),
                           (["--fail-on", "wors", "x"], "changed, worse, changed:N"),
                           (["--format", "kcidb", "x"], "--build ORIGIN:ID"),
                           (["--build", "a:b", "x"], "are for --format kcidb"),
                           (["--format", "kcidb", "--build", "ab", "x"], "--build must be"),
                           ([], "of which records?"), (["nothing"], "cannot be read")):
            self.assertIn(said, self.history(*args, code=2).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
