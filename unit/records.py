# SPDX-License-Identifier: MIT
"""Small records for the tests of `pinlat compare`: made, not measured, and always the same."""
import calendar
import copy
import json
import random
import time

SAMPLES = 500
NEEDED = {"p50": 6, "p90": 36, "p95": 72, "p99": 368, "p99.9": 3688}
# Of SAMPLES values: how many are so many times the scale. p50 1, p90 2, p99 10 times.
SHAPE = ((0.5, 0.3), (1, 0.4), (2, 0.27), (10, 0.028), (40, 0.002))


def lower(value):
    """The lower end of value's bucket."""
    shift = max(0, value.bit_length() - 9)
    return value >> shift << shift


def histogram(scale, samples=SAMPLES):
    buckets = [[lower(int(scale * times)), round(samples * share)] for times, share in SHAPE]
    buckets = [b for b in buckets if b[1]]
    count = sum(n for _, n in buckets)
    quantiles = {}
    for name, needed in NEEDED.items():
        rank, at = -(-count * float(name[1:]) // 100), 0
        for low, n in buckets:
            at += n
            if at >= rank:
                quantiles[name] = low if count >= needed else None
                break
    return {"count": count, "min": buckets[0][0], "max": buckets[-1][0],
            "sum": sum(low * n for low, n in buckets), "quantiles": quantiles,
            "buckets": buckets}


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
                   "swap": "file:64M", "walker": "sparse:1G", "walker_rate": 1 << 28,
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
                 "walker": {"kind": "sparse", "files": 20, "bytes": 5 << 30, "passes": 5}},
        "counters": {"window_ns": 20 * 10**9, "vmstat": {
            "pgscan_anon": 9000000 + 1000 * seq if device else 0, "pgscan_file": 1300000,
            "allocstall": seq, "compact_stall": 0}},
    }
    if subtest.startswith("thp"):
        fall = round(samples * (1 - huge))
        out["thp"] = {"huge": histogram(scale, samples - fall) if fall < samples else EMPTY,
                      "fallback": histogram(scale / 2, fall) if fall else EMPTY}
    return out


EMPTY = {"count": 0, "min": 0, "max": 0, "sum": 0,
         "quantiles": dict.fromkeys(NEEDED), "buckets": []}
SCALE = {"timer": 20e3, "thp": 200e3}


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


def make_set(label, runs=5, *, subtests=("timer-busy", "thp-busy"), factor=None, spread=0.01,
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
