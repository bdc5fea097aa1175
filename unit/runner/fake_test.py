# SPDX-License-Identifier: MIT
"""Stands in for gem_syslatency_pinned: takes its options and writes a plausible record.

FAKE_BEHAVIOUR is a JSON object from subtest to what shall become of it: valid (the
default), invalid, stopped (by --stop-at), untidy (valid, then a failure), skip, crash, abort, fail,
refuse, silent (no record), sleep (until it is told to end) or slow-stop. Each start adds a line
to FAKE_STARTS. Runs start half a minute apart, and differ by FAKE_GROWTH (each next one is slower,
0.01) and FAKE_SPREAD (standard deviation of the logarithm, 0); FAKE_SAMPLES is how many one has.
"""
import argparse
import datetime
import json
import math
import os
import random
import resource
import signal
import sys
import time

PROBES, LOADS = ("timer", "thp"), ("idle", "base", "locked", "pinned", "busy")
NEEDED = {"p50": 6, "p90": 36, "p95": 72, "p99": 368, "p99.9": 3688}


def lower(value):
    """The lower end of value's bucket."""
    shift = max(0, value.bit_length() - 9)
    return value >> shift << shift


def histogram(values):
    values = sorted(values)
    n = len(values)
    buckets = {}
    for v in values:
        buckets[lower(v)] = buckets.get(lower(v), 0) + 1
    quantiles = {}
    for name, needed in NEEDED.items():
        rank = -(-int(float(name[1:]) * 10) * n // 1000)
        quantiles[name] = values[rank - 1] if n >= needed else None
    return {"count": n, "min": values[0] if n else 0, "max": values[-1] if n else 0,
            "sum": sum(values), "quantiles": quantiles,
            "buckets": [list(pair) for pair in sorted(buckets.items())]}


def record(args, valid=True, reason=None, stopped=None):
    probe, load = args.run_subtest.split("-")
    rng = random.Random(f"{args.seed} {args.seq} {args.run_subtest}")
    scale = {"timer": 65e3, "thp": 4e5}[probe] * (1 + LOADS.index(load))
    scale *= 1 + args.seq * float(os.environ.get("FAKE_GROWTH", "0.01"))
    count = int(os.environ.get("FAKE_SAMPLES", "4000" if probe == "timer" else "500"))
    # rounded, so that a record has few buckets and golden files stay small
    values = [round(rng.lognormvariate(0, 0.5), 1) for _ in range(count)]
    scale *= math.exp(rng.gauss(0, float(os.environ.get("FAKE_SPREAD", "0"))))
    values = [int(max(v, 0.1) * scale) for v in values]
    start = (datetime.datetime(2026, 1, 31, 10, 0, 0)
             + datetime.timedelta(seconds=30 * args.seq))
    device = load in ("pinned", "busy")
    out = {
        "schema": "pinlat.record/1.0", "subtest": args.run_subtest, "label": args.label,
        "boot_id": "00000000-0000-4000-8000-000000000001", "seq": args.seq,
        "seed": args.seed, "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "config": {
            "arena": "cgroup:512M" if args.arena == "auto" else args.arena,
            "engine": ("uring" if args.engine == "auto" else args.engine) if device else "",
            "backing": args.backing, "swap": "file:64M", "walker": "sparse:1G",
            "walker_rate": 0, "duration_ns": 2000000000, "interval_min_ns": 1000000,
            "interval_max_ns": 1000000, "object_size": 67108864, "fill_bytes": 335544320,
            "request_rate": 1000, "request_size": 131072, "queue_depth": 8, "priority": 99},
        "environment": {
            "kernel": {"release": "6.1.0-fake", "version": "#1 SMP", "preempt": "voluntary"},
            "cpu": {"online": 2, "numa_nodes": 1, "model": "A fake CPU"},
            "memory": {"total": 8589934592, "swap_total": 0, "swap_free": 0},
            "virtual": True, "hypervisor": "qemu-tcg"},
        "validity": {"valid": valid, "reasons": [reason] if reason else [], "notes": []},
        "latency": {"unit": "ns", "scheduled": histogram(values),
                    "woken": histogram(values[::2]), "per_cpu": [
                        {"cpu": i, "scheduled": histogram(values[i::2]),
                         "rusage": {"minor_faults": 0, "major_faults": 0,
                                    "voluntary_switches": count // 2,
                                    "involuntary_switches": 3}} for i in (0, 1)]},
        "periods": {"expected": count, "recorded": count, "late": 7},
        "load": {
            "engine": "uring" if device else "", "objects": 5 if load != "idle" else 0,
            "filled_bytes": 335544320 if load != "idle" else 0,
            "locked_bytes": 335544320 if load == "locked" else 0,
            "pinned_bytes": 335544320 if device else 0,
            "pinned_pages_seen": 81920 if device else 0, "fill_ns": 900000000,
            "pin_ns": 12000000, "requests": 2000 if load == "busy" else 0,
            "request_bytes": 262144000 if load == "busy" else 0, "errors": 0, "resets": 0,
            "walker": {"kind": "" if load == "idle" else "sparse", "files": 2,
                       "bytes": 0 if load == "idle" else 2147483648, "passes": 2}},
        "counters": {"window_ns": 2000000000, "vmstat": {
            "pgscan_anon": 9100000 if device else 0, "pgsteal_anon": 12,
            "pgscan_file": 500000, "pgsteal_file": 490000, "allocstall": 0,
            "compact_stall": 40}, "psi": {"memory": {"some_us": 900000, "full_us": 700000}}},
        "timeline": [{"t_ns": 1000000000, "count": count, "p50": 1, "p99": 2, "max": 3}],
    }
    if stopped:
        out["stopped"] = stopped
    if probe == "thp":
        out["thp"] = {"huge": histogram(values[:400]), "fallback": histogram(values[400:])}
    return out


def write(args, *more):
    """As file_replace() does: whole or not at all."""
    temporary = args.record + ".tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as f:
            f.write(json.dumps(record(args, *more)) + "\n")
        os.rename(temporary, args.record)
    except OSError as error:
        os.unlink(temporary)
        print(f"the record could not be written: {error}")
        sys.exit(98)


def stop(args, delay):
    """Sleeps until it is told to end, and then says so in its record."""
    def end(_signal, _frame):
        time.sleep(delay)
        write(args, False, "interrupted by signal 15 (Terminated) while measuring")
        with open(os.environ["FAKE_STARTS"], "a", encoding="utf-8") as f:
            f.write("cleaned up\n")
        sys.exit(98)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(os.environ["FAKE_STARTS"], "a", encoding="utf-8") as f:
        f.write("sleeping\n")
    time.sleep(60)


def run(args, behaviour):
    if behaviour == "valid":
        write(args)
    elif behaviour == "invalid":
        write(args, False, "the walker stalled\x1b[31m")
        return 98
    elif behaviour == "stopped":
        write(args, False, "stopped: a sample of 9ms on CPU 1 was longer than --stop-at 5ms",
              {"limit_ns": 5000000, "cpu": 1, "t_ns": 7, "latency_ns": 9000000})
        return 98
    elif behaviour == "untidy":
        write(args)
        print("(x:1) CRITICAL: Test assertion failure function output_record, file output.c:9:\n"
              "(x:1) CRITICAL: Failed assertion: !*left\n"
              "(x:1) CRITICAL: the run left something behind: a swap file\nSubtest x failed.")
        return 98
    elif behaviour == "skip":
        print("Test requirement not met in function require_swap, file x.c:12:\n"
              "Test requirement: swap_free > 0\nThere is no swap here\n"
              f"Last errno: 2, No such file or directory\nSubtest {args.run_subtest}: SKIP")
        return 77
    elif behaviour == "crash":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)
    elif behaviour == "abort":
        return 112
    elif behaviour == "fail":
        print("(x:1) CRITICAL: Failed assertion: memory > 0\nSubtest x failed.\n**** DEBUG")
        return 98
    elif behaviour == "refuse":
        print("unknown option --colour")
        return 79
    elif behaviour == "sleep":
        stop(args, 0)
    elif behaviour == "slow-stop":
        stop(args, 2)
    return 0


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("run-subtest", "label", "record", "fill", "object-size", "backing", "swap",
                 "walker", "engine", "arena", "duration", "explain", "keep-trace", "stop-at"):
        parser.add_argument("--" + name)
    parser.add_argument("--seq", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate")
    for name in ("list-subtests", "describe", "list-engines", "list-tracing"):
        parser.add_argument("--" + name, action="store_true")
    args = parser.parse_args()
    if args.list_engines:
        sys.stdout.write(os.environ.get(
            "FAKE_ENGINES", "i915\tno\tno i915 device\nuring\tyes\tkernel 6.1\n"))
        return 0
    if args.list_tracing:
        sys.stdout.write(os.environ.get(
            "FAKE_TRACING", "events\tyes\ttraced\npinned pages\tno\tno \x1b[2JBTF\n"))
        return 0
    if args.list_subtests:
        print("\n".join(f"{p}-{load}" for p in PROBES for load in LOADS))
        return 0
    if args.describe:
        for p in PROBES:
            print(f"SUB {p}-idle x.c:10:\n  What {p} costs on a quiet machine.\n")
        return 0
    with open(os.environ["FAKE_STARTS"], "a", encoding="utf-8") as f:
        f.write(" ".join(sys.argv[1:]) + "\n")
    return run(args, json.loads(os.environ.get("FAKE_BEHAVIOUR", "{}"))
               .get(args.run_subtest, "valid"))


if __name__ == "__main__":
    sys.exit(main())
