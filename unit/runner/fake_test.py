# SPDX-License-Identifier: MIT
"""Stands in for gem_syslatency_pinned: takes its options and writes a plausible record.

FAKE_BEHAVIOUR is a JSON object from subtest to what shall become of it: valid (the
default), invalid, stopped (by --stop-at), untidy (valid, then a failure), skip, crash, abort, fail,
refuse, silent (no record), homeless (its record's folder goes first), leaver (valid, and the folder
goes once that was read), mover (another one comes in its place), sleep (until it is told to end)
or slow-stop. Each start adds a line to FAKE_STARTS; FAKE_SIZES is what --list-sizes prints.
Runs start half a minute apart, and differ by FAKE_GROWTH (each next one is slower, 0.01) and
FAKE_SPREAD (standard deviation of the logarithm, 0); FAKE_SAMPLES is how many one has.
"""
import argparse
import collections
import contextlib
import datetime
import json
import math
import os
import random
import resource
import shutil
import signal
import sys
import time

import records


def record(args, valid=True, reason=None, stopped=None):
    probe, load = args.run_subtest.split("-")
    rng = random.Random(f"{args.seed} {args.seq} {args.run_subtest}")
    scale = {"timer": 65e3, "thp": 4e5, "pageout": 5e3}[probe] * (1 + records.LOADS.index(load))
    scale *= 1 + args.seq * float(os.environ.get("FAKE_GROWTH", "0.01"))
    count = int(os.environ.get("FAKE_SAMPLES", "4000" if probe == "timer" else "500"))
    # Rounded, so that a record has few buckets.
    values = [round(rng.lognormvariate(0, 0.5), 1) for _ in range(count)]
    scale *= math.exp(rng.gauss(0, float(os.environ.get("FAKE_SPREAD", "0"))))
    values = [int(max(v, 0.1) * scale) for v in values]

    def histogram(some):
        return records.distribution(collections.Counter(some).items())

    out = records.record(args.run_subtest, args.label, args.seq, scale)
    start = datetime.datetime(2026, 1, 31, 10) + datetime.timedelta(seconds=30 * args.seq)
    out.update(seed=args.seed, start=start.strftime("%Y-%m-%dT%H:%M:%SZ"))
    out["config"].update(
        arena="cgroup:512M" if args.arena == "auto" else args.arena, backing=args.backing,
        walker_rate=0, duration_ns=2 * 10**9)
    if args.engine != "auto" and out["config"]["engine"]:
        out["config"]["engine"] = args.engine
    out["environment"].update(virtual=True, hypervisor="qemu-tcg")
    out["validity"].update(valid=valid, reasons=[reason] if reason else [])
    out["latency"].update(scheduled=histogram(values), woken=histogram(values[::2]))
    out["periods"].update(expected=count, recorded=count, late=7)
    if probe == "thp":
        out["thp"] = {"huge": histogram(values[:400]), "fallback": histogram(values[400:])}
    if stopped:
        out["stopped"] = stopped
    return out


def put(text):
    """On standard output, as much as there is room for."""
    data = text.encode()
    try:
        while data:
            data = data[os.write(1, data):]
    except OSError:
        pass


def write(args, *more):
    """As the test does: whole in its file, or not at all and on standard output."""
    temporary, line = args.record + ".tmp", json.dumps(record(args, *more)) + "\n"
    try:
        with open(temporary, "w", encoding="utf-8") as f:
            f.write(line)
        os.rename(temporary, args.record)
    except OSError as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        put(f"pinlat-metric: subtest={args.run_subtest}\npinlat-record: {line}"
            f"(x:1) CRITICAL: cannot write the record to {args.record}: {error}\n")
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


def leave(args, replace):
    """Leaves somebody behind who takes the folder away when the log of this run is done with."""
    folder = os.path.dirname(args.record)
    log = args.record.removesuffix(".json") + ".log"
    if os.fork() > 0:
        return
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    while os.path.exists(log):
        time.sleep(0.001)
    os.rename(folder, folder + "-away")
    if replace:
        os.mkdir(folder)
    os._exit(0)


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
    elif behaviour == "homeless":
        shutil.rmtree(os.path.dirname(args.record))
        write(args)
    elif behaviour in ("leaver", "mover"):
        write(args)
        leave(args, behaviour == "mover")
    elif behaviour == "sleep":
        stop(args, 0)
    elif behaviour == "slow-stop":
        stop(args, 2)
    return 0


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("run-subtest", "label", "record", "fill", "object-size", "backing", "swap",
                 "walker", "walker-rate", "engine", "arena", "duration", "explain",
                 "keep-trace", "stop-at"):
        parser.add_argument("--" + name)
    parser.add_argument("--seq", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate")
    for name in ("list-subtests", "describe", "list-engines", "list-tracing", "list-sizes"):
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
    if args.list_sizes:
        with open(os.environ["FAKE_STARTS"] + "-sizes", "a", encoding="utf-8") as f:
            f.write(" ".join(sys.argv[1:]) + "\n")
        sys.stdout.write(os.environ.get("FAKE_SIZES", ""))
        return 0
    if args.list_subtests:
        print("\n".join(records.SUBTESTS))
        return 0
    if args.describe:
        for p in records.PROBES:
            print(f"SUB {p}-idle x.c:10:\n  What {p} costs on a quiet machine.\n")
        return 0
    with open(os.environ["FAKE_STARTS"], "a", encoding="utf-8") as f:
        f.write(" ".join(sys.argv[1:]) + "\n")
    return run(args, json.loads(os.environ.get("FAKE_BEHAVIOUR", "{}"))
               .get(args.run_subtest, "valid"))


if __name__ == "__main__":
    sys.exit(main())
