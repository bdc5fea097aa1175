# SPDX-License-Identifier: MIT
"""Many kernels, made up: what a report has to cope with.

    many.py FOLDER [--kernels 100] [--runs 10] [--subtests all|judged]

Writes one file of JSON lines a kernel, with histograms as full as those of real runs. Every
tenth kernel is a little slower than those before it.
"""
import argparse
import json
import math
import os
import random

import records

LOADS = ("idle", "base", "locked", "pinned", "busy")
ALL = [f"{probe}-{load}" for probe in ("timer", "thp") for load in LOADS]
SAMPLES = 20000
BUCKETS = 500


def shape():
    """Shares of a distribution with a heavy tail: quantiles of BUCKETS steps."""
    out, before = [], 0.0
    for i in range(BUCKETS):
        value = math.exp(-1 + 9.5 * (i / BUCKETS) ** 1.5)
        at = 1 - 1 / (1 + (value / 1.2) ** 2.2)
        out.append((value, at - before))
        before = at
    return out


SHAPE = shape()


def histogram(scale, random_, samples=SAMPLES):
    """As records.histogram(), of many buckets."""
    counts = {}
    for value, share in SHAPE:
        n = share * samples
        whole = int(n) + (random_.random() < n - int(n))
        if whole:
            low = records.lower(max(1, int(scale * value)))
            counts[low] = counts.get(low, 0) + whole
    buckets = [[low, counts[low]] for low in sorted(counts)]
    return {"count": sum(counts.values()), "min": buckets[0][0], "max": buckets[-1][0],
            "sum": sum(low * n for low, n in buckets), "quantiles": {}, "buckets": buckets}


def record(subtest, label, seq, scale, boot, start, random_):
    r = records.record(subtest, label, seq, scale, boot=boot, start=start)
    r["latency"]["scheduled"] = histogram(scale, random_)
    r["latency"]["woken"] = histogram(scale * 0.95, random_)
    r["latency"]["per_cpu"] = [
        {"cpu": cpu, "scheduled": histogram(scale, random_, SAMPLES // 2),
         "rusage": {"minor_faults": 0, "major_faults": 0, "voluntary_switches": 9999,
                    "involuntary_switches": 3}} for cpu in range(2)]
    if "thp" in r:
        r["thp"]["huge"] = r["latency"]["woken"]
    r["timeline"] = [{"t_ns": (i + 1) * 10**9, "count": SAMPLES // 20, "p50": int(scale),
                      "p99": int(scale * random_.lognormvariate(2, 0.5)),
                      "max": int(scale * random_.lognormvariate(4, 0.5))} for i in range(20)]
    return r


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--kernels", type=int, default=100)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--subtests", choices=("all", "judged"), default="all")
    args = parser.parse_args()
    subtests = ALL if args.subtests == "all" else ("timer-busy", "thp-busy")
    os.makedirs(args.folder, exist_ok=True)
    for k in range(args.kernels):
        label = f"v6.{k // 10}.{k % 10}"
        random_ = random.Random(k)
        with open(os.path.join(args.folder, f"{k:03}.jsonl"), "w", encoding="utf-8") as f:
            for i in range(args.runs):
                for j, subtest in enumerate(subtests):
                    scale = records.SCALE[subtest.split("-")[0]] * 1.2 ** LOADS.index(
                        subtest.split("-")[1]) * 1.04 ** (k // 10) * random_.lognormvariate(0, 0.04)
                    r = record(subtest, label, i * len(subtests) + j, scale, f"{label}-{i // 5}",
                               k * 500 + i * len(subtests) + j, random_)
                    r["environment"]["kernel"]["release"] = label[1:]
                    f.write(json.dumps(r, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
