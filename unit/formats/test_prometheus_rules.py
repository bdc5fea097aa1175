# SPDX-License-Identifier: MIT
"""The rules of docs/ci on made-up values, night by night: when each fires, and when it does not.

promtool evaluates them without a server. Each threshold has a value on either side of it, each
window a night inside and one outside. That pinlat writes such series: test_prometheus.py.
"""
import json
import os
import subprocess
import tempfile
import unittest

import needs

RULES = os.path.join(os.environ["SOURCE"], "docs", "ci", "prometheus-rules.yml")
# The alerts that compare a night with the two weeks before, what they look at, and two changes:
# one that is too small for an alert, and one that is not.
NIGHTLY = {
    "PinlatSlower": ("pinlat_fault_seconds", {"subtest": "thp-busy", "quantile": "0.99"},
                     1.14, 1.16),
    "PinlatLatency": ("pinlat_latency_seconds", {"subtest": "timer-busy", "quantile": "0.99"},
                      1.14, 1.16),
    "PinlatLessWork": ("pinlat_device_requests_per_second", {"subtest": "thp-busy"}, 0.86, 0.84),
}
NIGHTS = 64
# What goes on in a machine by night, and the nights at which an alert is to fire. 1 is the usual
# level, 2 is twice as bad, None is a night without a measurement.
COURSES = {
    "nothing": ([1] * NIGHTS, []),
    "by and by": ([1.02 ** n for n in range(NIGHTS)], []),
    "up and back": ([1] * 20 + [2] * 4 + [1] * 40, [20]),
    "again within two weeks": ([1] * 20 + [2] + [1] * 13 + [2] + [1] * 29, [20]),
    "again after two weeks": ([1] * 20 + [2] + [1] * 14 + [2] + [1] * 28, [20, 35]),
    "new, five nights known": ([None] * 10 + [1] * 5 + [2] * 49, []),
    "new, six nights known": ([None] * 10 + [1] * 6 + [2] * 48, [16]),
}


def course_of(alert, course):
    """@course for what @alert looks at: of a rate less is worse."""
    return [v if v is None or NIGHTLY[alert][3] > 1 else 1 / v for v in course]


def series(name, labels, values):
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{pairs}}}",
            "values": " ".join("_" if v is None else repr(float(v)) for v in values)}


class Rules(unittest.TestCase):
    def check(self, alert, given, firing, steps, hours=24):
        """@alert fires for each host of @firing at these of @steps, and else for none at none."""
        asked = [{
            "expr": f'max by (host) (ALERTS{{alertname="{alert}",alertstate="firing"}})',
            "eval_time": f"{step * hours}h",
            "exp_samples": [{"labels": f'{{host="{host}"}}', "value": 1}
                            for host, at in firing.items() if step in at],
        } for step in steps]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            json.dump({"rule_files": [RULES], "evaluation_interval": f"{hours}h",
                       "tests": [{"interval": f"{hours}h", "input_series": given,
                                  "promql_expr_test": asked}]}, f)
            f.flush()
            done = subprocess.run(["promtool", "test", "rules", f.name], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_syntax(self):
        done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_nights(self):
        """Nights that were back-filled: a value a night."""
        for alert, (name, labels, less, more) in NIGHTLY.items():
            given = [series(name, labels | {"host": host}, course_of(alert, course))
                     for host, (course, _) in COURSES.items()]
            given += [series(name, labels | {"host": host}, [1] * 20 + [level] * 44)
                      for host, level in (("less", less), ("more", more))]
            firing = {host: at for host, (_, at) in COURSES.items()} | {"more": [20]}
            with self.subTest(alert):
                self.check(alert, given, firing, range(NIGHTS))

    def test_gaps(self):
        """Noons of before, a bad midnight: one noon of the two a week ago has to be there."""
        without = {"one of two": {13}, "the other": {12}, "none": {12, 13}}
        for alert, (name, labels, _, more) in NIGHTLY.items():
            given = []
            for host, missing in without.items():
                days = [[None, None if day in missing else 1] for day in range(20)]
                values = [v for day in days for v in day] + [more]
                given.append(series(name, labels | {"host": host}, values))
            with self.subTest(alert):
                self.check(alert, given, {"one of two": [40], "the other": [40]}, range(41), 12)

    def test_only_what_is_asked(self):
        """Of the new kernel, of one subtest and one quantile."""
        course, at = COURSES["again after two weeks"]
        for alert, (name, labels, _, _) in NIGHTLY.items():
            values, bad = course_of(alert, course), course_of(alert, [9] * NIGHTS)
            given = [series(name, labels | {"host": "compared", "set": "new"}, values),
                     series(name, labels | {"host": "compared", "set": "base"}, bad)]
            given += [series(name, labels | {key: "other", "host": f"another {key}"}, values)
                      for key in labels]
            with self.subTest(alert):
                self.check(alert, given, {"compared": at}, range(NIGHTS))

    def test_scraped(self):
        """Scraped each hour, after nights that were back-filled without a job: for 20 hours."""
        begin, change, end = 24 * 8, 24 * 12, 24 * 14
        job = {"host": "nuc1", "instance": "nuc1:9100", "job": "node"}
        for alert, (name, labels, _, more) in NIGHTLY.items():
            nightly = [1 if hour % 24 == 0 else None for hour in range(begin)]
            hourly = [None] * begin + [1] * (change - begin) + [more] * (end - change)
            given = [series(name, labels | {"host": "nuc1"}, nightly),
                     series(name, labels | job, hourly)]
            with self.subTest(alert):
                self.check(alert, given, {"nuc1": range(change, change + 20)}, range(end), 1)

    def test_others(self):
        """What history and compare found, what is not valid, and what is not there."""
        level = {"host": "nuc1", "subtest": "thp-busy", "metric": "p99"}
        changed = level | {"since": "next-7", "worse": "true"}
        runs = {"host": "nuc1", "subtest": "thp-busy", "valid": "true"}
        drift = [series("pinlat_history_alarm", level | {"host": "drift"}, [0] * 4),
                 series("pinlat_history_change_info", changed | {"host": "drift"}, [1] * 4)]
        base = [series("pinlat_runs", runs | {"host": "base", "set": "base"}, [0] * 4),
                series("pinlat_runs", runs | {"host": "all valid", "valid": "false"}, [0] * 4)]
        better = [series("pinlat_verdict", level | {"host": "better", "verdict": "better"},
                         [1] * 4)]
        self.check("PinlatLevelChanged", drift + [
            series("pinlat_history_alarm", level, [0, 1, 1, 0]),
            series("pinlat_history_change_info", changed, [1] * 4)], {"nuc1": [1, 2]}, range(4))
        self.check("PinlatWorse", better + [
            series("pinlat_verdict", level | {"verdict": "worse"}, [0, 1, 1, 0])],
            {"nuc1": [1, 2]}, range(4))
        self.check("PinlatNothingValid", base + [series("pinlat_runs", runs, [3, 0, 0, 1])],
                   {"nuc1": [1, 2]}, range(4))
        measured = [hour // 40 * 40 * 3600 for hour in range(120)]
        self.check("PinlatNotMeasured", [
            series("pinlat_measured_timestamp_seconds", {"host": "nuc1"}, measured)],
            {"nuc1": [hour for hour in range(120) if hour % 40 > 36]}, range(120), 1)


if __name__ == "__main__":
    needs.programs("promtool")
    unittest.main()
