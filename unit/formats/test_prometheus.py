# SPDX-License-Identifier: MIT
"""The rules and the dashboard of docs/ci on a real Prometheus, with what pinlat writes.

60 nights of three machines are back-filled; the last one also comes through node_exporter. Both
servers listen on 127.0.0.1, on ports of their own, and are ended with the test.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request

from cases import ReportTest, records

CI = os.path.join(os.environ["SOURCE"], "docs", "ci")
NEEDED = ("prometheus", "promtool", "prometheus-node-exporter")
MISSING = [tool for tool in NEEDED if not shutil.which(tool)]
try:
    import yaml
except ImportError as e:
    MISSING.append(e.name)
NIGHTS, DAY = 60, 86400
STEP = {"nuc1": 45, "nuc2": NIGHTS - 1, "nuc3": NIGHTS}  # from that night on 30 % slower
SECONDS = 60


def night(host, number, last):
    """Boots of a machine differ by 5 %; the last night was measured at @last."""
    made = records.make_set(f"next-{number:03}", 2, spread=0.05,
                            factor={"thp-busy": 1.3 if number >= STEP[host] else 1.0})
    records.patched(made, f"6.{number}.0")
    records.change(made, "environment.host", host)
    records.change(made, "environment.machine_id", f"id of {host}")
    for r in made:
        r["boot_id"] += host
    records.attribute(made, direct_reclaim=70, compaction=10)
    return records.change(made, "start", time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(last - DAY * (NIGHTS - 1 - number))))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Prometheus(ReportTest):
    def setUp(self):
        super().setUp()
        self.last = int(time.time()) - 600
        with open(os.path.join(CI, "prometheus-rules.yml"), encoding="utf-8") as f:
            self.rules = yaml.safe_load(f)["groups"][0]["rules"]

    def at(self, number):
        return self.last - DAY * (NIGHTS - 1 - number)

    def back_fill(self):
        """All nights' values, and what history said after each of the last 20."""
        for host in STEP:
            os.makedirs(self.path(f"fleet/{host}"))
            for number in range(NIGHTS):
                self.write(f"fleet/{host}/{number:03}.jsonl", night(host, number, self.last))
        text = [self.shown("openmetrics", "--timestamps", "fleet").removesuffix("# EOF\n")]
        for upto in range(NIGHTS - 20, NIGHTS):
            files = [f"fleet/{host}/{n:03}.jsonl" for host in STEP for n in range(upto + 1)]
            done = self.pinlat("history", "--format", "openmetrics", "--timestamps", "--fail-on",
                               "changed:7", *files)
            text += [line + "\n" for line in done.stdout.splitlines() if line[0] != "#"]
        self.text("nights.om", "".join(text) + "# EOF\n")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                        self.path("nights.om"), self.path("data")], check=True,
                       stdout=subprocess.DEVNULL, timeout=SECONDS)

    def start(self, *command):
        with open(self.path(os.path.basename(command[0]) + ".log"), "wb") as log:
            process = subprocess.Popen(command, cwd=self.top, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def serve(self):
        exporter, self.port = free_port(), free_port()
        os.mkdir(self.path("textfiles"))
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                  "rule_files": [os.path.join(CI, "prometheus-rules.yml")],
                  "scrape_configs": [{"job_name": "node", "static_configs": [
                      {"targets": [f"127.0.0.1:{exporter}"]}]}]}
        self.text("prometheus.yml", json.dumps(config))
        self.start("prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{exporter}",
                   "--collector.disable-defaults", "--collector.textfile",
                   f"--collector.textfile.directory={self.path('textfiles')}")
        self.start("prometheus", f"--web.listen-address=127.0.0.1:{self.port}",
                   f"--config.file={self.path('prometheus.yml')}",
                   f"--storage.tsdb.path={self.path('data')}",
                   "--storage.tsdb.retention.time=10y")

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query, True)}"
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return json.load(answer)["data"]

    def until(self, known):
        """What known() gives once it is something; a server takes its time to start."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                found = known()
            except OSError:
                found = None
            if found:
                return found
            time.sleep(0.2)
        with open(self.path("prometheus.log"), encoding="utf-8") as log:
            self.fail(log.read()[-3000:])

    def fires(self, alert):
        """(host, night) of all nights at which the expression of @alert holds."""
        expr, = [rule["expr"] for rule in self.rules if rule["alert"] == alert]
        found = set()
        for number in range(NIGHTS):
            for result in self.ask("query", query=expr, time=self.at(number))["result"]:
                found.add((result["metric"]["host"], number))
        return found

    def test_rules_and_dashboard(self):
        self.back_fill()
        self.serve()
        self.until(lambda: self.ask("query", query="pinlat_info", time=self.at(30))["result"])

        with self.subTest("the right night, and no other"):
            self.assertEqual(self.fires("PinlatSlower"),
                             {("nuc1", STEP["nuc1"]), ("nuc2", STEP["nuc2"])})
            for alert in "PinlatLatency", "PinlatLessWork", "PinlatNothingValid", "PinlatWorse":
                self.assertEqual(self.fires(alert), set(), alert)
            expr, = [r["expr"] for r in self.rules if r["alert"] == "PinlatSlower"]
            hours = self.ask("query_range", query=expr, start=self.at(0), end=self.last,
                             step="1h")["result"]
            self.assertEqual({(r["metric"]["host"], int(at))
                              for r in hours for at, _ in r["values"]},
                             {(host, self.at(STEP[host])) for host in ("nuc1", "nuc2")})

        with self.subTest("history finds the same night, some nights later"):
            nights = {n for host, n in self.fires("PinlatLevelChanged") if host == "nuc1"}
            self.assertTrue(nights)
            self.assertGreater(min(nights), STEP["nuc1"])
            self.assertLess(max(nights), STEP["nuc1"] + 7)
            self.assertEqual({host for host, _ in self.fires("PinlatLevelChanged")}, {"nuc1"})
            since = self.ask("query", query="pinlat_history_change_info", time=self.last)["result"]
            self.assertEqual({r["metric"]["since"] for r in since}, {f"next-{STEP['nuc1']:03}"})

        with self.subTest("tonight, as node_exporter brings it"):
            tonight = [f"fleet/{host}/{NIGHTS - 1:03}.jsonl" for host in STEP]
            self.shown("openmetrics", "--separate", "-o", "textfiles/pinlat.prom", *tonight)
            self.pinlat("history", "--format", "openmetrics", "--fail-on", "changed:20", "-o",
                        "textfiles/pinlat-history.prom", "fleet")
            self.shown("openmetrics", "-o", "textfiles/pinlat-worse.prom", *self.worse())
            firing = self.until(lambda: {
                (a["labels"]["alertname"], a["labels"]["host"])
                for a in self.ask("alerts")["alerts"] if a["state"] == "firing"
            } if self.ask("query", query="pinlat_verdict and on () pinlat_history_alarm"
                          )["result"] else None)
            wanted = {("PinlatSlower", "nuc2"), ("PinlatLevelChanged", "nuc1"),
                      ("PinlatWorse", "unknown")}
            self.until(lambda: wanted <= {
                (a["labels"]["alertname"], a["labels"]["host"])
                for a in self.ask("alerts")["alerts"] if a["state"] == "firing"})
            firing = {(a["labels"]["alertname"], a["labels"]["host"])
                      for a in self.ask("alerts")["alerts"]}
            # The records of worse() are of another year.
            self.assertEqual(firing - {("PinlatNotMeasured", "unknown")}, wanted)
            errors = self.ask("query", query="node_textfile_scrape_error")["result"]
            self.assertEqual([r["value"][1] for r in errors], ["0"])

        with self.subTest("every query of the dashboard"):
            for expr, ranged in self.queries():
                expr = re.sub(r"\$(host|subtest)\b", ".*", expr)
                self.assertNotIn("$", expr)
                asked = ("query_range", {"start": self.at(0), "end": self.last, "step": "6h"}
                         ) if ranged else ("query", {})
                result = self.ask(asked[0], query=expr, **asked[1])["result"]
                self.assertTrue(result, expr)
            for name in "host", "subtest":
                query, = [v["query"] for v in self.dashboard()["templating"]["list"]
                          if v["name"] == name]
                metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", query).groups()
                values = self.ask(f"label/{label}/values", **{"match[]": metric})
                self.assertLessEqual({"host": set(STEP), "subtest": {"thp-busy"}}[name],
                                     set(values))

    def dashboard(self):
        with open(os.path.join(CI, "grafana-dashboard.json"), encoding="utf-8") as f:
            return json.load(f)

    def queries(self):
        """(expression, whether it is asked over a time) of panels and annotations."""
        of = [(t["expr"], t["range"]) for p in self.dashboard()["panels"] for t in p["targets"]]
        self.assertGreater(len(of), 10)
        return of + [(a["expr"], False) for a in self.dashboard()["annotations"]["list"]]

    def test_dashboard(self):
        """What Grafana asks of such a file: an id a panel, no panel on another, known names."""
        board = self.dashboard()
        self.assertTrue({"title", "uid", "schemaVersion", "templating", "panels"} <= set(board))
        ids = [p["id"] for p in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for p in board["panels"]:
            self.assertTrue(p["title"] and p["type"] in ("timeseries", "table", "stat"))
            self.assertEqual(p["datasource"]["uid"], "${datasource}")
            at = p["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24)
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, p["title"])
            taken |= cells
        names = {v["name"] for v in board["templating"]["list"]}
        for expr, _ in self.queries():
            self.assertLessEqual(set(re.findall(r"\$(\w+)", expr)), names)

    def test_alerts_name_the_machine(self):
        for rule in self.rules:
            self.assertIn("$labels.host", rule["annotations"]["summary"])


if __name__ == "__main__":
    if MISSING:
        print("skipped: this machine has no " + ", ".join(MISSING))
        sys.exit(77)
    unittest.main()
