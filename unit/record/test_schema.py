# SPDX-License-Identifier: MIT
"""What is written fits the published schema, and reading it costs little memory."""
import copy
import json
import os
import subprocess
import tempfile
import unittest

import records
from validate import errors

REWRITE = os.environ["RECORD_REWRITE"]
with open(os.environ["RECORD_SCHEMA"], encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)


def rewritten(*of):
    """Records as the library writes them."""
    with tempfile.TemporaryDirectory() as folder:
        records.write(f"{folder}/a.jsonl", of)
        out = subprocess.run([REWRITE, folder], check=True, capture_output=True,
                             encoding="utf-8").stdout
    return [json.loads(line) for line in out.splitlines()]


def place(record, path):
    """The object or array that holds the last step of path."""
    for step in path[:-1]:
        record = record[step]
    return record


class Schema(unittest.TestCase):
    def test_walker_that_had_another_name(self):
        """Old records fit, and are read under the name of today, so that old and new compare."""
        old = records.full("thp-busy", 3)
        old["config"]["walker"], old["load"]["walker"]["kind"] = "sparse:864M", "sparse"
        self.assertEqual(list(errors(SCHEMA, SCHEMA, old)), [])
        now = rewritten(old)[0]
        self.assertEqual(now["config"]["walker"], "loop:864M")
        self.assertEqual(now["load"]["walker"]["kind"], "loop")

    def test_written_records_fit(self):
        for subtest in (*records.JUDGED, "pageout-busy"):
            given = records.full(subtest, 3)
            written = rewritten(given)[0]
            self.assertEqual(list(errors(SCHEMA, SCHEMA, written)), [])
            self.assertEqual(written, given)

    def test_wrong_records_do_not(self):
        """The test above can fail: each of these changes is found."""
        good = records.full("thp-busy", 3)
        for path, value in (
                (("schema",), "pinlat.record/2.0"),
                (("subtest",), "disk-idle"),
                (("label",), ""),
                (("seq",), -1),
                (("seed",), 1.5),
                (("seq",), True),
                (("seed",), 1 << 64),
                (("start",), "yesterday"),
                (("config", "backing"), "2m"),
                (("config", "colour"), "blue"),
                (("validity", "valid"), "yes"),
                (("validity", "reasons"), [1]),
                (("latency", "unit"), "us"),
                (("latency", "scheduled", "quantiles", "p99.9"), "fast"),
                (("latency", "scheduled", "buckets", 0), [1, 2, 3]),
                (("latency", "per_cpu", 0, "rusage", "faults"), 1),
                (("thp", "huge", "count"), None),
                (("load", "walker", "kind"), "crawler"),
                (("environment", "virtual"), 0),
                (("counters", "vmstat", "pgscan_anon"), -4),
                (("timeline", 0, "t_ns"), "1s")):
            bad = copy.deepcopy(good)
            place(bad, path)[path[-1]] = value
            self.assertNotEqual(list(errors(SCHEMA, SCHEMA, bad)), [], path)
        for path in (("schema",), ("validity", "valid"), ("latency", "woken"),
                     ("latency", "scheduled", "sum"), ("thp", "fallback"),
                     ("load", "pinned_bytes"), ("environment", "kernel")):
            bad = copy.deepcopy(good)
            del place(bad, path)[path[-1]]
            self.assertNotEqual(list(errors(SCHEMA, SCHEMA, bad)), [], path)

    def test_pageout(self):
        """A subtest that does not exist, and a way that is not known."""
        good = records.full("pageout-busy", 3)
        self.assertEqual(list(errors(SCHEMA, SCHEMA, good)), [])
        for path, value in ((("subtest",), "pageout-locked"), (("pageout", 0, "way"), "guess"),
                            (("pageout", 1, "kept"), -1)):
            bad = copy.deepcopy(good)
            place(bad, path)[path[-1]] = value
            self.assertNotEqual(list(errors(SCHEMA, SCHEMA, bad)), [], path)

    def test_quantiles_need_samples(self):
        latency = rewritten(records.full("timer-busy", 3))[0]["latency"]
        self.assertIsInstance(latency["scheduled"]["quantiles"]["p99.9"], int)
        self.assertIsInstance(latency["woken"]["quantiles"]["p95"], int)  # 300 samples
        self.assertIsNone(latency["woken"]["quantiles"]["p99"])


class Memory(unittest.TestCase):
    def setUp(self):
        with open(REWRITE, "rb") as binary:
            if b"__asan_init" in binary.read():
                self.skipTest("a sanitizer's own memory hides ours")

    def peak_kib(self, count):
        lines = [json.dumps(records.full("thp-busy", seq)) for seq in range(50)]
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/a.jsonl", "w", encoding="utf-8") as packed:
                packed.write(("\n".join(lines) + "\n") * (count // 50))
            out = subprocess.run([REWRITE, "--peak", folder], check=True,
                                 capture_output=True, encoding="utf-8").stdout
        read, problems, peak_kib = out.split()
        self.assertEqual((read, problems), (str(count), "0"))
        return int(peak_kib)

    def test_one_at_a_time(self):
        """Five hundred take no more memory than fifty."""
        self.assertLess(self.peak_kib(500), self.peak_kib(50) + 1024)


if __name__ == "__main__":
    unittest.main(verbosity=2)
