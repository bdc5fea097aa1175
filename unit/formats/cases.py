# SPDX-License-Identifier: MIT
"""Result sets that the tests of `pinlat report` are about, and the command that reports them."""
import json
import os

import command
import records

HERE = os.path.dirname(os.path.abspath(__file__))

FORMATS = ("junit", "tap", "kcidb", "squad", "lava", "openmetrics")
# Markup, quotes, a shell's and a format's own signs, lines and directives of TAP, an escape
# sequence, marks that turn the direction of writing, U+FFFE (no XML) and 10 kB of text.
HOSTILE = ("<script>alert('1')</script>\"&amp;]]>\\ # SKIP\nnot ok 9 - x\r\n1..0\n  ...\n# EOF\n"
           "$(touch pwned)`touch pwned`;touch pwned\n'\n\"\ntouch pwned\n\x1b[31m\x07\u0085"
           "\u202e\u2066\u2028\ufeff\ufffe\uffff\U0001f600 ../../etc {{ x }} %s%n "
           + "long " * 2000)


def hostile(text):
    """Records in which everything that comes from elsewhere is hostile."""
    made = records.make_set(text, subtests=("timer-busy", "thp-busy", "thp-" + text[:300]))
    for path in ("kernel.release", "kernel.version", "kernel.cmdline", "cpu.model", "hypervisor",
                 "more." + text[:300]):
        records.change(made, "environment." + path, text)
    records.change(made, "environment.virtual", True)
    records.change(made, "config.arena", "cgroup:\"$(a)'\n<b>")
    records.change(made, "config.engine", "`e`\"\n<'>\\")
    for r in made[:2]:
        r["validity"] = {"valid": False, "reasons": [text, "and \n" + text],
                         "notes": [text]}
        r["start"] = "not known"
    return made


class ReportTest(command.CompareTest):
    def compare(self, *args, **env):
        raise NotImplementedError("these tests are about report")

    def report(self, *args):
        """Runs the command; neither a crash nor a sanitizer's word goes unnoticed."""
        return self.pinlat("report", *args)

    def rows(self, sets):
        """What compare judges of them: "SUBTEST METRIC" to (change, verdict)."""
        rows = json.loads(self.pinlat("compare", "--format", "json", *sets).stdout)["rows"]
        return {f"{r['subtest']} {r['metric']}": (
            r["change_percent"] if r["change_percent"] is not None else r["difference"],
            r["verdict"]) for r in rows if r["judged"]}

    def shown(self, form, *args):
        """Its standard output; it must go well and say nothing else."""
        done = self.report("--format", form, *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def virtual(self, made, hypervisor="kvm"):
        records.change(made, "environment.virtual", True)
        return records.change(made, "environment.hypervisor", hypervisor)

    def one(self):
        """A set with an invalid run, on a virtual machine."""
        made = self.virtual(records.make_set("base", 3, subtests=("timer-idle", "thp-busy"),
                                             huge=0.5))
        made[3]["validity"] = {"valid": False, "reasons": ["the walker stood still"], "notes": []}
        return [self.write("one", made)]

    def worse(self):
        """thp-busy is half as slow again; in the emulator."""
        sets = [records.make_set("base", **records.TURNS), records.patched(
            records.make_set("patched", factor={"thp-busy": 1.5}, first=1, **records.TURNS))]
        return [self.write("worse-" + made[0]["label"], self.virtual(made, "qemu-tcg"))
                for made in sets]

    def unclear(self):
        """Noise, on boots of two runs; and a third set. On real hardware, with i915."""
        sets = [records.make_set("base", 2, boots=5, spread=0.3),
                records.make_set("patched", 2, boots=5, spread=0.3, factor={"thp-busy": 1.1}),
                records.make_set("other", 2, boots=5, factor={"thp-busy": 0.5})]
        for made in sets:
            for r in made:
                r["config"]["engine"] = r["load"]["engine"] = "i915"
        return [self.write("unclear-" + made[0]["label"], made) for made in sets]

    def nothing(self):
        """No run of one set is valid."""
        made = records.make_set("broken", 2)
        for r in made:
            r["validity"] = {"valid": False, "reasons": ["no pages were pinned"], "notes": []}
        return [self.base(runs=5), self.write("broken", made)]

    def setups(self):
        """Two setups of one subtest, and too few samples for p99."""
        made = records.make_set("base", 2, subtests=["timer-busy"], samples=100)
        more = records.make_set("base", 2, subtests=["timer-busy"], first=100)
        return [self.write("setups", made + records.change(more, "config.arena", "machine"))]

    def hostile(self):
        """One set, from a file whose name is hostile too."""
        name = "a'b $(touch pwned) \"<i>\n.jsonl"
        return [self.write(name, hostile(HOSTILE))]

    def hostile_pair(self):
        """Two sets whose labels differ in what nobody can see."""
        return ["--allow", "machine,cmdline",
                self.write("h1", hostile(HOSTILE[:40] + "\x01")),
                self.write("h2", hostile(HOSTILE[:40] + "\x02"))]
