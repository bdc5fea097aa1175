# SPDX-License-Identifier: MIT
"""fleet.py FOLDER makes up the fleet of docs/fleet.md (which has the command).

20 machines, 365 nights: a step of 30 % on 14 of them with night 250, one machine that drifts by
40 %, one whose boots are of two kinds, one that is replaced with night 180, an odd night in a
hundred, and a night with another walker.
"""
import os
import random
import sys

import records
from test_history import night

NIGHTS = 365


def factor(machine, number, rng):
    level = 3.0 if rng.random() < 0.01 else 1.0
    if machine < 14 and number >= 250:
        level *= 1.3
    if machine == 14:
        level *= 1 + 0.4 * number / NIGHTS
    if machine == 15 and rng.random() < 0.5:
        level *= 1.5
    return level


def main():
    for machine in range(20):
        name = f"nuc{machine:02}"
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder)
        for number in range(NIGHTS):
            rng = random.Random(f"{name} {number} level")
            of = night(name, number, factor(machine, number, rng), spread=0.08)
            if machine == 16 and number >= 180:
                records.change(of, "environment.machine_id", "of another one")
            if machine == 17 and number == 100:
                records.change(of, "config.walker", "loop:9G")
            records.write(os.path.join(folder, f"next-{number:03}.jsonl"), of)


if __name__ == "__main__":
    main()
