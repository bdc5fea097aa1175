# SPDX-License-Identifier: MIT
"""`pinlat run` with the real test: stopped in every way and resumed, nothing is left behind."""
import json
import os
import signal
import subprocess
import time
import unittest

import harness

PINLAT = os.environ['PINLAT']
PLAN = ['--label', 'unit', '--arena', 'cgroup:512M', '--fill', '320M', '--swap', '32M',
        '--seed', '3',
        '--probes', 'thp', '--loads', 'locked,pinned', '--runs', '1', '--duration', '2s']


class Pinlat(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)
        self.scratch = harness.scratch_directory()
        self.addCleanup(self.scratch.cleanup)
        self.records = f'{self.scratch.name}/records'
        self.before = self.state()

    def state(self):
        state = harness.settled_state(self.scratch.name, None, timeout=0)
        del state['scratch']  # the records lie there
        return state

    def assert_put_back(self):
        end = time.monotonic() + 30
        while self.state() != self.before and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.state(), self.before)

    def pinlat(self, *options):
        return subprocess.run([PINLAT, *options], capture_output=True, text=True, check=False,
                              env={**os.environ, 'PINLAT_TEST': harness.TEST}, timeout=120)

    def start(self):
        """Starts the plan and waits until the window of a run is open."""
        process = subprocess.Popen([PINLAT, 'run', '-o', self.records, *PLAN],
                                   env={**os.environ, 'PINLAT_TEST': harness.TEST},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
        harness.pid_of('pinlat-probe')
        time.sleep(0.5)
        return process

    def resume(self):
        done = self.pinlat('run', '-o', self.records, '--resume')
        # 3: none is valid, as others were on the machine.
        self.assertIn(done.returncode, (0, 3), done.stdout)
        for name in ('0000', '0001'):
            found = sorted(f for f in os.listdir(self.records) if f.startswith(name))
            with open(f'{self.records}/{found[0]}', encoding='utf-8') as f:
                record = json.load(f)
            harness.assert_valid(self, record)
            # Of an invalid run the log is kept too.
            self.assertEqual(len(found), 2 if harness.contended(record) else 1, found)
        self.assert_put_back()

    def test_stopped_and_resumed(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=sig.name):
                self.records = f'{self.scratch.name}/{sig.name}'
                process = self.start()
                os.killpg(process.pid, sig)  # as a terminal does: both get it
                _, err = process.communicate(timeout=60)
                self.assertNotEqual(process.returncode, 0)
                self.assertIn('--resume', err)
                self.assert_put_back()
                self.resume()

    def test_killed_and_resumed(self):
        process = self.start()
        process.kill()
        process.communicate(timeout=60)
        self.assert_put_back()
        self.resume()


if __name__ == '__main__':
    unittest.main(verbosity=2)
