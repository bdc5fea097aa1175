# SPDX-License-Identifier: MIT
"""fleet.py FOLDER [EVERY]: the fleet of docs/fleet.md, looked at every night or every EVERY nights.

20 machines, 365 nights: a step of 30 % on 14 of them with night 250, one machine that drifts by
40 %, one whose boots are of two kinds, one that is replaced with night 180, an odd night in a
hundred, and a night with another walker. Prints what `pinlat history` found of it, as a table;
exits with 1 if that is not what was made, or takes longer or more memory than it may.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import time

import records
from test_history import night

MACHINES, NIGHTS = 20, 365
STEP, REPLACED, WALKER = 250, 180, 100
STEPPED = [f"nuc{i:02}" for i in range(14)]
DRIFTS, TWO_KINDS, NEW, ODD = "nuc14", "nuc15", "nuc16", "nuc17"
PERCENTILES = [f"thp-busy p{p}" for p in (50, 90, 99)]
# A look may take so much; what it takes on the clock is less on idle cores, and more on busy ones.
SECONDS_MAX, MEGABYTES_MAX = 10, 300


def factor(name, number, rng):
    level = 3.0 if rng.random() < 0.01 else 1.0
    if name in STEPPED and number >= STEP:
        level *= 1.3
    if name == DRIFTS:
        level *= 1 + 0.4 * number / 365
    if name == TWO_KINDS and rng.random() < 0.5:
        level *= 1.5
    return level


def write_night(top, number):
    for machine in range(MACHINES):
        name = f"nuc{machine:02}"
        folder = os.path.join(top, name)
        os.makedirs(folder, exist_ok=True)
        rng = random.Random(f"{name} {number} level")
        of = night(name, number, factor(name, number, rng), spread=0.08)
        for r in of:  # else a run of another machine may look like the same one once more
            r["boot_id"] += name
        if name == NEW and number >= REPLACED:
            records.change(of, "environment.machine_id", "of another one")
        if name == ODD and number == WALKER:
            records.change(of, "config.walker", "loop:9G")
        records.write(os.path.join(folder, f"next-{number:03}.jsonl"), of)


def look(top):
    """What the command says, its exit code, seconds of CPU time and on the clock, and memory."""
    began = time.monotonic()
    with subprocess.Popen([os.environ["PINLAT"], "history", "--format", "json", "--fail-on",
                           "changed:21", top], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        out = json.load(child.stdout)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return (out, child.returncode, usage.ru_utime + usage.ru_stime, time.monotonic() - began,
            usage.ru_maxrss / 1024)


def changes(out):
    return [(m["machine"], s["name"], c) for m in out["machines"] for s in m["series"]
            for c in s["changes"]]


class Year:
    """What all looks said."""

    def __init__(self):
        self.looks, self.false, self.first = 0, set(), {}
        self.failed = self.mistaken = 0
        self.seconds = self.clock = self.megabytes = 0

    def add(self, number, top):
        out, code, seconds, clock, megabytes = look(top)
        self.looks += 1
        self.failed += code == 1
        self.mistaken += code != any(c["alarm"] for _, _, c in changes(out))
        self.seconds = max(self.seconds, seconds)
        self.clock = max(self.clock, clock)
        self.megabytes = max(self.megabytes, megabytes)
        for machine, series, c in changes(out):
            if not c["alarm"]:
                continue
            if machine in STEPPED and series in PERCENTILES and c["since"] == f"next-{STEP:03}":
                self.first.setdefault((machine, series), number)
            else:
                self.false.add((machine, series, c["since"]))
        return out


def rows(out, year):
    """What was made, what was found of it, and whether that is right."""
    found = changes(out)
    of = {name: [c for m, _, c in found if m == name] for name in {m for m, _, _ in found}}
    there = [(m, s) for m, s, c in found if m in STEPPED and s in PERCENTILES
             and c["since"] == f"next-{STEP:03}" and not c["drift"]]
    drift = of.get(DRIFTS, [])
    histories = [m for m in out["machines"] if m["machine"] == NEW]
    odd, = [m["left_out"] for m in out["machines"] if m["machine"] == ODD]
    steps = len(STEPPED) * len(PERCENTILES)
    late = sorted(n - STEP + 1 for n in year.first.values())
    others = [c for m, s, c in found if m not in (DRIFTS,) and (m, s) not in there]
    yield (f"+30 % on {len(STEPPED)} of {MACHINES} machines with night {STEP}",
           f"{len(there)} of {steps} steps in their very night", len(there) == steps)
    after = f"{late[0]} to {late[-1]}" if late else "no"
    yield ("its alarm (`changed:21`)", f"for {len(late)} of {steps} steps, after {after} nights",
           len(late) == steps)
    yield ("+40 % in a year on one machine", f"{len(drift)} changes, "
           f"{sum(bool(c['drift']) for c in drift)} of them told to be a drift",
           all(c["drift"] for c in drift))
    yield ("boots of two kinds, 50 % apart, on one machine",
           f"{len(of.get(TWO_KINDS, []))} changes", TWO_KINDS not in of)
    yield (f"one machine replaced with night {REPLACED}",
           f"{len(histories)} histories, {len(of.get(NEW, []))} changes",
           len(histories) == 2 and NEW not in of)
    yield ("one night with another walker", f"left out and named, of {len(odd)} subtests",
           len(odd) == 2)
    yield ("one night in a hundred takes three times as long", f"{len(others)} changes",
           not others)
    yield (f"false alarms in {year.looks} looks over the year", str(len(year.false)),
           not year.false)
    yield ("exit code 1", f"in {year.failed} looks, those with an alarm", not year.mistaken)


def main():
    top = sys.argv[1]
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    year, out = Year(), {}
    for machine in range(MACHINES):  # of a run before: those nights are still to come
        shutil.rmtree(os.path.join(top, f"nuc{machine:02}"), ignore_errors=True)
    for number in range(NIGHTS):
        write_night(top, number)
        if number + 1 == NIGHTS or number % every == 0:
            out = year.add(number, top)
    right = True
    print("| what was made | what was found |\n|---|---|")
    for made, found, is_right in rows(out, year):
        print(f"| {made} | {found}{'' if is_right else ' **(wrong)**'} |")
        right &= is_right
    small = year.seconds < SECONDS_MAX and year.megabytes < MEGABYTES_MAX
    print(f"| the longest look | {year.seconds:.1f} s of CPU time, {year.clock:.1f} s on the clock,"
          f" {year.megabytes:.0f} MB{'' if small else ' **(too much)**'} |")
    return 0 if right and small else 1


if __name__ == "__main__":
    sys.exit(main())
