# SPDX-License-Identifier: MIT
"""
Delay accounting, the kernel's tracepoints and a BPF program say the same of one run: sources that
know nothing of each other. So few samples that all of them are among the worst, which are traced.
"""
import unittest

import harness

# Of the probe on each CPU: fewer instants than it keeps worst samples.
FEW = ['--interval', '50ms', '--duration', '3s', *harness.OFTEN]


class Agreement(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)

    def run_traced(self, subtest, *options):
        done = harness.run(subtest, *harness.SMALL, *FEW, '--explain', *options)
        # So few samples give no p99, for which the record is invalid, and the test fails.
        record = harness.records(done.stdout)[0]
        if 'time' not in record.get('explain', {}):
            self.skipTest(f'no tracing here: {record["validity"]["notes"]}')
        if 'direct_reclaim' not in record['attribution']['sources']:
            self.skipTest(f'no delay accounting: {record["attribution"]["sources"]}')
        return record

    def test_direct_reclaim(self):
        def mostly_reclaim(record):
            time = record['explain']['time']
            return time['direct_reclaim_ns'] > time['total_ns'] / 2
        record = harness.until(mostly_reclaim,
                               lambda *seed: self.run_traced('thp-pinned', *seed))
        accounted, traced = record['attribution']['all'], record['explain']['time']
        self.assertEqual(accounted['count'], traced['samples'])
        ratio = accounted['direct_reclaim_ns'] / traced['direct_reclaim_ns']
        print(f'{traced["samples"]} samples, '
              f'direct reclaim {traced["direct_reclaim_ns"] / 1e6:.1f} ms: '
              f'taskstats against tracepoints {ratio:.4f}')
        self.assertGreater(traced['direct_reclaim_ns'], traced['total_ns'] / 2)
        self.assertAlmostEqual(ratio, 1, delta=0.02)
        self.assertAlmostEqual(accounted['total_ns'] / traced['total_ns'], 1, delta=0.001)
        counted = record['explain']['pinned'].get('direct_reclaim_ns')
        if counted is None:
            print(f'no BPF: {record["explain"]["pinned"]}')
            return
        print(f'BPF against tracepoints {counted / traced["direct_reclaim_ns"]:.4f}')
        self.assertAlmostEqual(counted / traced['direct_reclaim_ns'], 1, delta=0.02)


if __name__ == '__main__':
    unittest.main(verbosity=2)
