# SPDX-License-Identifier: MIT
"""The one maker of records: small ones, full ones, many. Made, not measured, always the same.

    records.py full                      two with everything that a record may have, for C tests
    records.py many FOLDER [--kernels 100] [--runs 10] [--subtests all|judged]
                                         one file of JSON lines a kernel, with histograms as
                                         full as those of real runs; every tenth kernel is a
                                         little slower than those before it
"""
import argparse
import calendar
import copy
import json
import math
import os
import random
import sys
import time

PROBES = ("timer", "thp")
LOADS = ("idle", "base", "locked", "pinned", "busy")
JUDGED = ("timer-busy", "thp-busy")
SUBTESTS = tuple(f"{probe}-{load}" for probe in PROBES for load in LOADS)
PAGEOUT = ("pageout-base", "pageout-pinned", "pageout-busy")

SAMPLES = 500
NEEDED = {"p50": 6, "p90": 36, "p95": 72, "p99": 368, "p99.9": 3688}
# Of SAMPLES values: how many are so many times the scale. p50 1, p90 2, p99 10 times.
SHAPE = ((0.5, 0.3), (1, 0.4), (2, 0.27), (10, 0.028), (40, 0.002))


def lower(value):
    """The lower end of value's bucket."""
    shift = max(0, value.bit_length() - 9)
    return value >> shift << shift


def middle(low):
    """What a value of the bucket is taken for in a quantile."""
    return low + ((1 << max(0, low.bit_length() - 9)) - 1) // 2


def distribution(pairs):
    """Of (value, how often): each value is taken for the lower end of its bucket."""
    counts = {}
    for value, n in pairs:
        if n:
            counts[lower(value)] = counts.get(lower(value), 0) + n
    buckets = [list(pair) for pair in sorted(counts.items())]
    count = sum(counts.values())
    quantiles = dict.fromkeys(NEEDED)
    for name, needed in NEEDED.items():
        rank, at = -(-count * round(float(name[1:]) * 10) // 1000), 0
        for low, n in buckets if count >= needed else ():
            at += n
            if at >= rank:
                quantiles[name] = min(middle(low), buckets[-1][0])
                break
    return {"count": count, "min": buckets[0][0] if count else 0,
            "max": buckets[-1][0] if count else 0, "sum": sum(low * n for low, n in buckets),
            "quantiles": quantiles, "buckets": buckets}


def histogram(scale, samples=SAMPLES):
    return distribution((int(scale * times), round(samples * share)) for times, share in SHAPE)


ENVIRONMENT = {
    "kernel": {"release": "6.1.0-base", "version": "#1 SMP", "machine": "x86_64",
               "cmdline": "root=/dev/vda quiet", "preempt": "voluntary"},
    "cpu": {"online": 4, "numa_nodes": 1, "model": "A made-up CPU"},
    "memory": {"total": 8589934592, "swap_free": 0, "thp_enabled": "madvise"},
    "virtual": False}


def record(subtest, label, seq, scale, *, boot="a", start=0, huge=1.0, samples=SAMPLES):
    """One run of subtest, whose p50 is scale; start is in minutes."""
    device = subtest.endswith(("busy", "pinned"))
    touches = histogram(scale, samples)
    out = {
        "schema": "pinlat.record/1.0", "subtest": subtest, "label": label, "boot_id": boot,
        "seq": seq, "seed": 7,
        "start": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                               time.gmtime(calendar.timegm((2026, 1, 31, 10, start, 0)))),
        "config": {"arena": "cgroup:512M", "engine": "uring" if device else "", "backing": "4k",
                   "swap": "file:64M", "walker": "loop:1G", "walker_rate": 1 << 28,
                   "duration_ns": 20 * 10**9, "interval_min_ns": 10**6,
                   "interval_max_ns": 10**6, "object_size": 64 << 20, "fill_bytes": 320 << 20,
                   "request_rate": 1000, "request_size": 131072, "queue_depth": 8,
                   "priority": 99 if subtest.startswith("timer") else 0},
        "environment": copy.deepcopy(ENVIRONMENT),
        "validity": {"valid": True, "reasons": [], "notes": []},
        "latency": {"unit": "ns", "scheduled": touches,
                    "woken": histogram(scale * 0.9, samples), "per_cpu": []},
        "periods": {"expected": samples, "recorded": samples, "late": 0},
        "load": {"engine": "uring" if device else "", "objects": 5, "filled_bytes": 320 << 20,
                 "pinned_bytes": 320 << 20 if device else 0,
                 "requests": 20000 if device else 0,
                 "walker": {"kind": "loop", "files": 20, "bytes": 5 << 30, "passes": 5}},
        "counters": {"window_ns": 20 * 10**9, "vmstat": {
            "pgscan_anon": 9000000 + 1000 * seq if device else 0, "pgscan_file": 1300000,
            "allocstall": seq, "compact_stall": 0}},
    }
    if subtest.startswith("thp"):
        fall = round(samples * (1 - huge))
        out["thp"] = {"huge": histogram(scale, samples - fall),
                      "fallback": histogram(scale / 2, fall)}
    if subtest.startswith("pageout"):
        out["pageout"] = [pageout_row(unit, scale * times, device) for unit, times
                          in (("page", 1), ("object", 1000))]
    return out


def pageout_row(unit, scale, device):
    """What its owner asked for: written to swap, or left alone because a device has it."""
    made = histogram(scale, 200 if unit == "page" else 10)
    pages = made["count"] * (1 if unit == "page" else 16384)
    return {"way": "owner", "unit": unit, "time": made, "waited_ns": made["sum"] // 4,
            "kept": pages if device else 0, "unmapped": 0 if device else pages, "freed": 0,
            "failed": 0, "why": ""}


# Two kernels that took turns, often enough for any verdict: the second one with first=1.
TURNS = {"runs": 1, "boots": 12, "every": 2}

SCALE = {"timer": 20e3, "thp": 200e3, "pageout": 5e3}


def attribute(records, **share):
    """Gives them an attribution in which each cause has its share of the time, in percent."""
    for r in records:
        total = 10**9
        causes = {f"{name}_ns": total // 100 * percent for name, percent in share.items()}
        rest = total - sum(causes.values())
        split = {"count": 50, "total_ns": total, **causes, "unexplained_ns": rest}
        r["attribution"] = {"slow_from_ns": 2 * 10**6, "all": {**split, "count": 5000},
                            "slow": split, "sources": {"missing": []}}
    return records


def make_set(label, runs=5, *, subtests=JUDGED, factor=None, spread=0.01,
             boots=1, first=0, every=1, **more):
    """runs of each subtest on each boot; factor maps subtests to how much slower they are."""
    records, minute = [], first
    for boot in range(boots):
        for i in range(runs):
            for subtest in subtests:
                scale = SCALE[subtest.split("-")[0]] * (factor or {}).get(subtest, 1)
                scale *= 1 + spread * random.Random(f"{label} {boot} {i}").uniform(-1, 1)
                records.append(record(subtest, label, len(records), scale,
                                      boot=f"{label}-{boot}", start=minute, **more))
                minute += every
    return records


def patched(records, release="6.1.0-patched"):
    """The same on another kernel."""
    for r in records:
        r["environment"]["kernel"]["release"] = release
    return records


def change(records, path, value):
    """Sets path ("config.arena") in all of them."""
    *steps, last = path.split(".")
    for r in records:
        for step in steps:
            r = r.setdefault(step, {})
        r[last] = value
    return records


def write(path, records):
    with open(path, "w", encoding="utf-8") as f:
        for r in records:
            f.write(json.dumps(r) + "\n")


def per_cpu(scale, of=histogram):
    return [{"cpu": cpu, "scheduled": of(scale, SAMPLES // 2), "rusage": {
        "minor_faults": 0, "major_faults": 0, "voluntary_switches": 20000 + cpu,
        "involuntary_switches": 3}} for cpu in range(2)]


def timeline(of):
    """A second after the other; of(second) gives p50, p99 and max."""
    return [{"t_ns": (i + 1) * 10**9, "count": 1000, **dict(zip(("p50", "p99", "max"), of(i)))}
            for i in range(20)]


# Shares of a distribution with a heavy tail, in as many steps as real histograms have buckets.
HEAVY = []
for i in range(500):
    times = math.exp(-1 + 9.5 * (i / 500) ** 1.5)
    HEAVY.append((times, 1 - 1 / (1 + (times / 1.2) ** 2.2)))
HEAVY = [(times, at - before) for (times, at), (_, before) in zip(HEAVY, [(0, 0), *HEAVY])]


def heavy(rng):
    """A histogram() of that distribution."""
    def drawn(scale, samples=20000):
        return distribution((max(1, int(scale * times)), int(share * samples + rng.random()))
                            for times, share in HEAVY)
    return drawn


def full(subtest, seq):
    """With all that a record may have, and of a usual size."""
    rng = random.Random(seq)
    drawn = heavy(rng)
    r = attribute([record(subtest, "base", seq, 65e3)], direct_reclaim=70)[0]
    r["schema"], r["seed"] = "pinlat.record/1.5", 2**64 - 2
    r["config"].update(tracing="", stop_at_ns=0, engine_mode="", vms=0, cover=3.0, keep_pinned="")
    r["environment"]["memory"]["swap_total"] = 1 << 30
    if "thp" in r:
        r["thp"]["after_window_ns"] = 3000000
    r["latency"] = {"unit": "ns", "scheduled": drawn(65e3, 40000), "woken": histogram(6e4, 300),
                    "per_cpu": per_cpu(65e3, drawn)}
    r["validity"]["notes"] = ["swap was made for the run"]
    r["timeline"] = timeline(lambda second: (65000, 140000, 6000000 + second))
    r["counters"]["vmstat"] = {f"counter_{i}": 990 + i for i in range(90)}
    r["load"].update({
        "locked_bytes": 0, "pinned_pages_seen": 81920, "held_bytes": 335544320,
        "held_least_bytes": 335544320, "submitted": 4000, "fill_ns": 900000000, "pin_ns": 12000000,
        "create_ns": 1000000, "steady_ns": 2000000, "request_bytes": 20000 << 17,
        "request_ns": 5000000, "request_target_ns": 5000000, "request_kind": "loop",
        "rings": "rcs0,vcs0", "collisions": 3, "repinned_pages": 16384, "errors": 0, "resets": 0,
        "hold": "pinned", "refaults": 0, "exec_ns": 0, "exec_longest_ns": 0})
    r["load"]["walker"].update(
        made_files=0, made_bytes=0, cached_bytes=21 << 28, cycle_bytes=1 << 30, phase_bytes=5 << 20,
        cycles=5.25, warm_up_ns=7500000000)
    r["explain"] = {
        "events": ["vmscan:mm_vmscan_direct_reclaim_begin"], "missing": [],
        "buffer_bytes": 4194304, "lost": 0,
        "time": {"samples": 1, "total_ns": 900, "direct_reclaim_ns": 700, "compaction_ns": 0,
                 "notifier_ns": 0,
                 "run_queue_ns": 100, "timer_late_ns": 0, "interrupts_ns": 0, "own_ns": 100},
        "pinned": {"anon": {"examined": 32, "pinned": 31}, "file": {"examined": 0, "pinned": 0},
                   "missed": 0, "direct_reclaim_ns": 701},
        "worst": [{"cpu": 1, "t_ns": 5000, "latency_ns": 900,
                   "cause": "direct reclaim 700ns: 32 pages scanned, 0 reclaimed",
                   "events": [[10, "reclaim begins", "order 9"]], "left_out": 0}]}
    r["stopped"] = {"limit_ns": 500, "cpu": 1, "t_ns": 5000, "latency_ns": 900}
    return r


def many(kernel, runs, subtests):
    """The records of one kernel of many."""
    rng = random.Random(kernel)
    drawn, label = heavy(rng), f"v6.{kernel // 10}.{kernel % 10}"
    for i in range(runs):
        for j, subtest in enumerate(subtests):
            probe, load = subtest.split("-")
            scale = SCALE[probe] * 1.2 ** LOADS.index(load) * 1.04 ** (kernel // 10)
            scale *= rng.lognormvariate(0, 0.04)
            seq = i * len(subtests) + j
            r = record(subtest, label, seq, scale, boot=f"{label}-{i // 5}",
                       start=kernel * 500 + seq)
            r["latency"] = {"unit": "ns", "scheduled": drawn(scale), "woken": drawn(scale * 0.95),
                            "per_cpu": per_cpu(scale, drawn)}
            if "thp" in r:
                r["thp"]["huge"] = r["latency"]["woken"]
            r["timeline"] = timeline(lambda _, scale=scale: (
                int(scale), int(scale * rng.lognormvariate(2, 0.5)),
                int(scale * rng.lognormvariate(4, 0.5))))
            r["environment"]["kernel"]["release"] = label[1:]
            yield r


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("full")
    more = commands.add_parser("many")
    more.add_argument("folder")
    more.add_argument("--kernels", type=int, default=100)
    more.add_argument("--runs", type=int, default=10)
    more.add_argument("--subtests", choices=("all", "judged"), default="all")
    args = parser.parse_args()
    if args.what == "full":
        for seq, subtest in enumerate(("timer-busy", "thp-busy")):
            print(json.dumps(full(subtest, seq)))
        return
    os.makedirs(args.folder, exist_ok=True)
    for kernel in range(args.kernels):
        write(os.path.join(args.folder, f"{kernel:03}.jsonl"),
              many(kernel, args.runs, SUBTESTS if args.subtests == "all" else JUDGED))


if __name__ == "__main__":
    sys.exit(main())
