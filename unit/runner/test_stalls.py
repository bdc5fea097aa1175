# SPDX-License-Identifier: MIT
"""Known truth: stalls of known length and rate, from the histogram to the number that is printed.

A probe is played that follows its plan as lib/probe/thp.c does, and faults stall as told. What
`show` prints must be what was put in, within 2 %; and each number gets worse when stalls get
longer, and when they get more frequent, up to stalls that fill the window.
"""
import json
import random
import re
import unittest

import records
from harness import RunnerTest

WINDOW = 20.0
SHORT = 0.0002
AT_LEAST = {"1ms": 0.001, "10ms": 0.01, "100ms": 0.1}


class Truth:
    """What was put in."""
    def __init__(self):
        self.lengths, self.inside, self.after = [], 0.0, 0.0
        self.in_stalls = dict.fromkeys(AT_LEAST, 0.0)  # within the window


def play(stalls, *, cpus=2, seed=1, pace=(0.002, 0.008)):
    """The latencies of a run, in s, and the truth: stalls(rng) yields (time outside, length)."""
    truth, scheduled = Truth(), []
    for cpu in range(cpus):
        rng = random.Random(f"{seed} {cpu}")
        plan = stalls(rng)
        outside, length = next(plan)
        instant, end, since = rng.uniform(*pace), 0.0, 0.0
        while instant < WINDOW:
            start = max(instant, end)
            since += start - end
            took = SHORT
            if since >= outside:
                took, since = length, 0.0
                outside, length = next(plan)
            end = start + took
            while instant < WINDOW and instant <= end:
                scheduled.append(end - max(instant, start))
                instant += rng.uniform(*pace)
            within = took - max(0.0, end - WINDOW)
            truth.lengths.append(took)
            truth.inside += within
            truth.after += took - within
            for name, least in AT_LEAST.items():
                truth.in_stalls[name] += within if took >= least else 0
    return scheduled, truth


def periodic(length, every):
    """Stalls of one length, begun after the same time outside of them."""
    def plan(_):
        while True:
            yield every, length
    return plan


def drawn(rng):
    """At random: short, longer and long ones."""
    while True:
        yield rng.expovariate(1.5), rng.choice((0.003, 0.03, 0.07, 0.3, 0.6))


def record(stalls, old=False, subtest="thp-pinned", **more):
    """The record of that run, and the truth."""
    scheduled, truth = play(stalls, **more)
    cpus = more.get("cpus", 2)
    made = records.record(subtest, "base", 0, 200e3)
    made["config"].update(duration_ns=int(WINDOW * 1e9), interval_min_ns=2 * 10**6,
                          interval_max_ns=8 * 10**6)
    for name, times in ("scheduled", scheduled), ("woken", truth.lengths):
        of = records.distribution((round(t * 1e9), 1) for t in times)
        of.update(min=round(min(times) * 1e9), max=round(max(times) * 1e9),
                  sum=round(sum(times) * 1e9))
        made["latency"][name] = of
    made["latency"]["per_cpu"] = [{"cpu": cpu, "scheduled": records.distribution([(1, 1)])}
                                  for cpu in range(cpus)]
    made["thp"] = {"huge": made["latency"]["woken"], "fallback": records.distribution([])}
    if not old:
        made["schema"] = "pinlat.record/1.4"
        made["thp"]["after_window_ns"] = round(truth.after * 1e9)
    return made, truth


class Stalls(RunnerTest):
    def shown(self, made):
        """From the page of one record: {"1ms": (count, percent of faults, a CPU-minute)}, time."""
        text = self.pinlat("show", self.write("one.jsonl", [made])).stdout
        rows = {}
        for at, *numbers in re.findall(r"^≥(\w+) +(\d+) +([\d.]+)% +([\d.?]+)$", text, re.M):
            rows[at] = [float(n) if n != "?" else None for n in numbers]
        found = re.search(r"^([\d.]+) % of the time was inside faults", text, re.M)
        return rows, float(found[1]) if found else None

    def near(self, shown, true, within=0.02):
        self.assertLessEqual(abs(shown - true), within * true + 1e-9, f"{shown} for {true}")

    def check(self, made, truth, cpus=2):
        rows, time = self.shown(made)
        self.assertEqual(list(rows), list(AT_LEAST))
        for name, (count, share, rate) in rows.items():
            true = sum(t >= AT_LEAST[name] for t in truth.lengths)
            self.assertEqual(count, true)
            self.near(share, 100 * true / len(truth.lengths))
            self.near(rate, 60 * true / (cpus * WINDOW - truth.in_stalls[name]))
        self.near(time, 100 * truth.inside / (cpus * WINDOW))

    def test_known_truth(self):
        for seed in range(3):
            self.check(*record(drawn, seed=seed))
        for cpus in (1, 4):
            self.check(*record(drawn, cpus=cpus), cpus=cpus)

    def test_injected_rate(self):
        """The rate is what was injected, whatever share of the time the stalls fill."""
        for length in (0.12, 0.5, 1.5):
            for every in (0.5, 1.5):
                rows, _ = self.shown(record(periodic(length, every))[0])
                self.is_injected(rows["100ms"][2], rows["100ms"][0], every)

    def is_injected(self, rate, count, every):
        """Up to the time outside of stalls that the window's end has cut short."""
        n = count / 2  # of a CPU
        self.assertLessEqual(rate, 1.02 * 60 / every)
        self.assertGreaterEqual(rate, 0.96 * 60 / every * n / (n + 1))

    def worse(self, of, more):
        """From record to record no number gets better, and the last is worse."""
        last = [of(s) for s in more]
        for before, after in zip(last, last[1:]):
            for a, b in zip(before, after):
                self.assertGreaterEqual(b, a * (1 - 1e-9))
        for a, b in zip(last[0], last[-1]):
            self.assertGreater(b, a)

    def numbers(self, made):
        rows, time = self.shown(made)
        sets = self.pinlat("show", self.write("set.jsonl", [made, {**made, "seq": 1}])).stdout
        row = next(line for line in sets.splitlines()[6:] if "ms" in line and "/" not in line
                   and line.startswith("thp-pinned") and "uring" not in line
                   and len(line.split()) == 11)
        mean = row.split()[5]
        scale = {"µs": 1e-6, "ms": 1e-3}
        value = next((float(mean[:-2]) * by for unit, by in scale.items()
                      if mean.endswith(unit)), None)
        return [rows["100ms"][2], time, float(mean[:-1]) if value is None else value]

    def test_longer_is_worse(self):
        """The same stalls, each longer: up to one that is never over within the window."""
        def fixed(length):
            made, truth = record(periodic(length, 2.0))
            numbers = self.numbers(made)
            self.is_injected(numbers[0], sum(t >= 0.1 for t in truth.lengths), 2.0)
            return numbers
        lengths = (0.2, 0.4, 0.8, 1.6, 5.0, 17.9, 40.0)
        made = [fixed(length) for length in lengths]
        for before, after in zip(made, made[1:]):
            self.assertGreaterEqual(after[1:], before[1:])

    def test_one_stall_longer(self):
        """Nothing else changes: no number may get better, whatever the length."""
        made, truth = record(periodic(0.15, 3.0))
        self.assertGreater(len(truth.lengths), 1000)

        def of(extra):
            longer = records.distribution((round((t + (extra if t >= 0.1 else 0)) * 1e9), 1)
                                          for t in truth.lengths)
            total = sum(t + (extra if t >= 0.1 else 0) for t in truth.lengths)
            longer["sum"] = round(total * 1e9)
            record_of = {**made, "latency": {**made["latency"], "woken": longer},
                         "thp": {**made["thp"], "huge": longer}}
            return self.numbers(record_of)
        self.worse(of, (0, 0.1, 0.5, 1, 2))

    def test_more_is_worse(self):
        def of(every):
            return self.numbers(record(periodic(0.3, every))[0])
        self.worse(of, (6.0, 3.0, 1.5, 0.7, 0.3, 0.1, 0.01))

    def test_old_records(self):
        """Without after_window_ns: known where the longest fault is a small part of the window."""
        made, truth = record(periodic(0.3, 1.0), old=True)
        rows, time = self.shown(made)
        self.near(time, 100 * truth.inside / (2 * WINDOW), within=0.05)
        self.assertIsNotNone(rows["100ms"][2])
        rows, time = self.shown(record(periodic(3.0, 1.0), old=True)[0])
        self.assertIsNone(time)
        self.assertIsNone(rows["100ms"][2])
        self.assertGreater(rows["100ms"][0], 5)
        table = self.pinlat("show", self.write("set.jsonl", [
            {**record(periodic(3.0, 1.0), old=True)[0], "seq": seq} for seq in range(2)])).stdout
        self.assertRegex(table, r"thp-pinned .* \? +\? +\? +\? +3\.00s")
        self.assertIn("?: a run was stopped early, or its longest faults", table)

    def test_cpus_of_old_records(self):
        """Those of the lab do not list them: what was online is taken."""
        made, truth = record(drawn, cpus=4)
        made["latency"]["per_cpu"] = []
        self.check(made, truth, cpus=4)
        del made["environment"]["cpu"]["online"]
        rows, time = self.shown(made)
        self.assertIsNone(time)
        self.assertIsNone(rows["1ms"][2])

    def compared(self, *sets, **more):
        done = self.pinlat("compare", *sets, "--format", "json", **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def subtest_runs(self, subtest, stalls, runs=5):
        return [{**record(stalls, subtest=subtest, seed=seed)[0], "seq": seed}
                for seed in range(runs)]

    def test_compared(self):
        """Pinned against locked: from 0 to what was put in, as a difference, with an interval."""
        both = self.write("both.jsonl", self.subtest_runs("thp-locked", periodic(0.3, 99)) +
                          self.subtest_runs("thp-pinned", periodic(0.3, 1.0)))
        comparison = self.compared("--within", "thp-locked,thp-pinned", both)
        rows = {row["metric"]: row for row in comparison["rows"]}
        stalls = rows["stalls_100ms"]
        self.assertEqual((stalls["unit"], stalls["base"], stalls["change_percent"], stalls["ci"]),
                         ("/min", 0, None, None))
        self.near(stalls["new"], 60, within=1 / 15)
        self.near(stalls["difference"], stalls["new"])
        self.assertLessEqual(stalls["difference_ci"][0], stalls["difference"])
        self.assertLess(0, stalls["difference_ci"][0])
        self.assertFalse(stalls["judged"])
        time = rows["fault_time"]
        self.near(time["difference"], time["new"] - time["base"])
        mean = rows["fault_mean"]
        self.near(mean["change_percent"] / 100, mean["new"] / mean["base"] - 1)
        self.assertEqual({row["interval_ns"] for row in comparison["rows"]}, {5 * 10**6})
        text = self.pinlat("compare", "--within", "thp-locked,thp-pinned", both).stdout
        self.assertRegex(text, r"stalls >=100ms +0/min +\d\d\.\d/min +\+\d\d\.\d/min +\+\d")
        self.assertIn("thp at one every 5ms", text)
        # half of the stalls gone is half of the difference
        fewer = self.write("fewer.jsonl", [{**r, "label": "fewer"} for r in self.subtest_runs(
            "thp-pinned", periodic(0.3, 2.0))])
        more = self.write("more.jsonl", self.subtest_runs("thp-pinned", periodic(0.3, 1.0)))
        rows = {row["metric"]: row for row in self.compared(more, fewer)["rows"]}
        self.near(-rows["stalls_100ms"]["difference"], 30, within=0.15)

    def test_compared_with_what_is_not_known(self):
        """One run that does not tell leaves no row: the others would be a selection."""
        old = self.subtest_runs("thp-pinned", periodic(0.3, 1.0))
        old[2], _ = record(periodic(3.0, 1.0), old=True)
        comparison = self.compared(self.write("a.jsonl", old), self.write(
            "b.jsonl", [{**r, "label": "new"} for r in self.subtest_runs(
                "thp-pinned", periodic(0.3, 1.0))]))
        metrics = {row["metric"] for row in comparison["rows"]}
        self.assertIn("fault_mean", metrics)
        self.assertFalse(metrics & {"stalls_1ms", "stalls_10ms", "stalls_100ms", "fault_time"})
        self.assertTrue(any("runs without a count of stalls and time inside faults: 5 of base ("
                            in warning for warning in comparison["warnings"]))

    def test_stopped(self):
        """--stop-at ends a run before its window does."""
        made, _ = record(drawn)
        made["stopped"] = {"limit_ns": 500, "cpu": 1, "t_ns": 5000, "latency_ns": 900}
        self.assertIsNone(self.shown(made)[1])
        text = self.pinlat("show", self.path("one.jsonl")).stdout
        self.assertIn("?: the run was stopped", text)

    def test_sentence(self):
        """Pinned against locked: absolute numbers first."""
        made = []
        for subtest, stalls in (("thp-locked", periodic(0.3, 99)), ("thp-pinned",
                                                                    periodic(0.3, 1.0))):
            for seed in range(3):
                one, _ = record(stalls, subtest=subtest, seed=seed)
                made.append({**one, "seq": len(made)})
        text = " ".join(self.pinlat("show", self.write("set.jsonl", made)).stdout.split())
        self.assertRegex(text, r"thp-pinned against thp-locked: \d\d\.\d stalls of 100ms or longer "
                               r"a CPU-minute \[\d\d\.\d \.\. \d\d\.\d over 3 runs\] against 0 in "
                               r"each of 3 runs; 2\d\.?\d?% of the time inside the fault against "
                               r"\d\.?\d*%")
        self.assertIn("one every 5ms on each CPU", text)
        # without the control there is nothing to say it against
        alone = self.pinlat("show", self.write("set.jsonl", made[3:])).stdout
        self.assertNotIn("against thp-locked", alone)


if __name__ == "__main__":
    unittest.main(verbosity=2)
