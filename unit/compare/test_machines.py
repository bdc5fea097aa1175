# SPDX-License-Identifier: MIT
"""Sets of several machines: each machine is a block, and what does not fit is said by name."""
import json
import unittest

import records
from command import CompareTest

IDS = {"nuc1": "1" * 16, "nuc2": "2" * 16, "nuc3": "3" * 16}


def on(host, of):
    """The records of one machine, which have their own boots."""
    records.change(of, "environment.host", host)
    records.change(of, "environment.machine_id", IDS[host])
    for r in of:
        r["boot_id"] = f"{host} {r['boot_id']}"
    return of


def fleet(label, hosts, first=0, factor=None, slow=None, **more):
    """A set of several machines; factor and slow: of each host, of thp-busy and of all."""
    found = []
    for host in hosts:
        times = (slow or {}).get(host, 1)
        found += on(host, records.make_set(
            label, first=first, boots=6, runs=1, every=2, spread=0.05,
            factor={"thp-busy": times * (factor or {}).get(host, 1), "timer-busy": times}, **more))
    return found


class Machines(CompareTest):
    def sets(self, factor=None, slow=None, hosts=tuple(IDS), of_base=tuple(IDS)):
        return (self.write("base", fleet("base", of_base, slow=slow)),
                self.write("patched", records.patched(
                    fleet("patched", hosts, 1, factor=factor, slow=slow))))

    def rows(self, *args):
        out = json.loads(self.compared("--format", "json", *args))
        return {f"{r['subtest']} {r['metric']}": r for r in out["rows"] if r["judged"]}, out

    def test_blocks(self):
        """Machines that are three times as slow as others hide no change."""
        slow = {"nuc2": 3, "nuc3": 9}
        sets = self.sets(factor=dict.fromkeys(IDS, 1.3), slow=slow)
        rows, out = self.rows(*sets)
        row = rows["thp-busy fault_p50"]
        self.assertEqual((row["verdict"], row["n"]), ("worse", [18, 18]))
        self.assertAlmostEqual(row["change_percent"], 30, delta=5)
        self.assertEqual([m["machine"] for m in row["machines"]], list(IDS))
        self.assertGreater(row["p_machines_agree"], 0.05)
        for m in row["machines"]:
            self.assertEqual(m["n"], [6, 6])
            self.assertLess(m["ci"][0], 30)
            self.assertGreater(m["ci"][1], 25)
        self.assertNotIn("do not share one environment", " ".join(out["warnings"]))
        shown = self.compared(*sets)
        self.assertIn("On each machine, for information", shown)
        self.assertRegex(shown, r"thp-busy p50 of faults\nmachine .*\nnuc1 +\+\d+%")
        self.assertNotIn("do not agree", shown)
        self.assertIn("\nmachines 3 (nuc1, nuc2, nuc3), the first: A made-up CPU", shown)

    def test_disagree(self):
        """Said before all else."""
        sets = self.sets(factor={"nuc2": 1.8})
        rows, _ = self.rows(*sets)
        self.assertLessEqual(rows["thp-busy fault_p50"]["p_machines_agree"], 0.05)
        shown = self.compared(*sets).replace("\n  ", " ")
        self.assertIn("The machines do not agree. thp-busy ", shown)
        self.assertRegex(shown, r"thp-busy p50 of faults: \+8\d% on nuc2, ")
        self.assertIn("Over all machines: ", shown)

    def test_what_may_differ(self):
        """Memory may differ between machines, and not on one."""
        def with_memory(set_, host, size):
            for r in set_:
                if r["environment"]["host"] == host:
                    records.change([r], "environment.memory.total", size)
            return set_
        base = with_memory(fleet("base", IDS), "nuc2", 16 << 30)
        new = records.patched(fleet("patched", IDS, 1))
        self.write("base", base)
        self.write("patched", new)
        done = self.compare("base", "patched")
        self.assertEqual(done.returncode, 2)
        self.assertIn("base on nuc2 and patched on nuc2 have different sizes of memory: 16G "
                      "against 8G; --allow memory", done.stderr)
        self.assertEqual(done.stderr.count("--allow"), 1)
        self.write("patched", with_memory(new, "nuc2", 16 << 30))
        self.compared("base", "patched")
        records.change(base[:3], "environment.memory.total", 4 << 30)
        self.write("base", base)
        self.assertIn("the runs of base on nuc1 have different sizes of memory among themselves",
                      self.compare("base", "patched").stderr)

    def test_other_machines(self):
        """A base of other machines is no base."""
        sets = self.sets(of_base=("nuc1", "nuc2"), hosts=("nuc3",))
        done = self.compare(*sets)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("base and patched were not measured on the same machines: nuc1, nuc2 against "
                      "nuc3; --allow machine", done.stderr)
        self.compared("--allow", "machine", *sets)

    def test_one_side_alone(self):
        """It tells nothing of a change, and is named."""
        sets = self.sets(of_base=("nuc1", "nuc2"), hosts=("nuc1", "nuc3"))
        rows, out = self.rows(*sets)
        self.assertEqual(rows["thp-busy fault_p50"]["n"], [6, 6])
        self.assertNotIn("machines", rows["thp-busy fault_p50"])
        self.assertEqual([w for w in out["warnings"] if "left out" in w], [
            "base was measured on nuc2, and patched was not: these runs tell nothing of a change "
            "and are left out",
            "patched was measured on nuc3, and base was not: these runs tell nothing of a change "
            "and are left out"])

    def test_formats(self):
        """Every form has the machines, and none breaks on them."""
        sets = self.sets(factor=dict.fromkeys(IDS, 1.5))
        for form in ("text", "mail", "markdown"):
            self.assertIn("nuc3", self.compared("--format", form, *sets), form)
        self.assertIn("nuc3", self.pinlat("report", *sets).stdout)
        for form in ("junit", "tap", "kcidb", "lava", "openmetrics"):
            done = self.pinlat("report", "--format", form, *sets)
            self.assertEqual((done.returncode, done.stderr), (0, ""), form)


if __name__ == "__main__":
    unittest.main(verbosity=2)
