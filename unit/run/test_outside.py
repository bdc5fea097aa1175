# SPDX-License-Identifier: MIT
"""What comes over a window from outside of the run is seen: the run is invalid, or says so."""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import harness

FREEZER = '/sys/fs/cgroup/freezer'


# More memory than it may have, once there is swap; the rest of the time it would be killed.
RECLAIMS = '''
import time
memory = bytearray(80 << 20)
while True:
    with open('/proc/meminfo', encoding='ascii') as f:
        free = next(int(line.split()[1]) for line in f if line.startswith('SwapFree'))
    if free < 100 << 10:
        time.sleep(0.05)
        continue
    for i in range(0, len(memory), 4096):
        memory[i] = 1
'''


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as f:
        return [int(child) for child in f.read().split()]


class Outside(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)

    def disturbed(self, subtest, disturb, *options):
        """The record of a run whose window has met @disturb(pid of the test)."""
        with subprocess.Popen(harness.command(subtest, '--duration', '3s', *options),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, text=True,
                              start_new_session=True) as test:
            harness.pid_of('pinlat-probe')
            time.sleep(1)
            disturb(test.pid)
            out, _ = test.communicate(timeout=60)
        return harness.records(out)[0]

    def assert_reason(self, record, text):
        self.assertFalse(record['validity']['valid'])
        self.assertIn(text, ' '.join(record['validity']['reasons']))

    def test_stopped(self):
        def stop(pid):
            os.killpg(pid, signal.SIGSTOP)
            time.sleep(0.8)
            os.killpg(pid, signal.SIGCONT)
        for subtest in 'timer-idle', 'thp-idle':
            with self.subTest(subtest):
                self.assert_reason(self.disturbed(subtest, stop), 'all of the run stood still for')

    def test_frozen(self):
        """As `docker pause` does; of all processes, the watchdog too."""
        if not os.path.exists(f'{FREEZER}/cgroup.procs'):
            self.skipTest('needs the freezer of cgroups of version 1')
        cgroup = tempfile.mkdtemp(prefix='pinlat-unit-', dir=FREEZER)

        def write(name, text):
            with open(f'{cgroup}/{name}', 'w', encoding='ascii') as f:
                f.write(text)

        def freeze(pid):
            for process in [pid, *children(pid)]:
                write('cgroup.procs', str(process))
            write('freezer.state', 'FROZEN')
            time.sleep(0.8)
            write('freezer.state', 'THAWED')
        try:
            self.assert_reason(self.disturbed('timer-idle', freeze),
                               'all of the run stood still for')
        finally:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                try:
                    os.rmdir(cgroup)
                    break
                except OSError:
                    time.sleep(0.1)

    def test_stall_of_one(self):
        """One probe alone, whatever stalls it, is what is measured."""
        def stop(_):
            probe = harness.pid_of('pinlat-probe')
            os.kill(probe, signal.SIGSTOP)
            time.sleep(0.5)
            os.kill(probe, signal.SIGCONT)
        if os.cpu_count() > 1:
            harness.assert_valid(self, self.disturbed('timer-idle', stop))

    def test_bound_elsewhere(self):
        def bind(_):
            os.sched_setaffinity(harness.pid_of('pinlat-probe'), range(os.cpu_count()))
        if os.cpu_count() > 1:
            self.assert_reason(self.disturbed('timer-idle', bind), 'was bound to another')

    def test_delay_accounting_switched_off(self):
        if not os.path.exists(harness.DELAY_ACCOUNTING):
            self.skipTest('a kernel without its switch')

        def switch(on):
            with open(harness.DELAY_ACCOUNTING, 'w', encoding='ascii') as f:
                f.write(on)
        record = self.disturbed('thp-idle', lambda _: switch('0'))
        harness.assert_valid(self, record)
        self.assertIn('task_delayacct off', ' '.join(record['validity']['notes']))
        found = record['attribution']
        self.assertIn('switched off', ' '.join(found['sources']['missing']))
        self.assertNotIn('direct_reclaim_ns', found['all'])
        for split in found['all'], found['slow']:
            parts = [ns for name, ns in split.items() if name not in ('count', 'total_ns')]
            self.assertEqual(sum(parts), split['total_ns'])

    def test_where_it_is_from(self):
        """One CPU of two, another host's name, a lower priority: the record tells."""
        def found(*options, before=()):
            done = subprocess.run([*before, *harness.command('timer-idle', '--duration', '500ms',
                                                             *options)],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  timeout=60, check=False)
            return harness.records(done.stdout)[0]['environment']
        whole = found()
        self.assertEqual((whole['cpu']['measured'], whole['inherited']['nice'], whole['host']),
                         (len(os.sched_getaffinity(0)), 0, os.uname().nodename))
        part = found('--host', 'box-7', before=['taskset', '-c', '0', 'nice', '-n', '3'])
        self.assertEqual((part['cpu']['measured'], part['cpu']['allowed'],
                          part['inherited']['nice'], part['host']), (1, '0', 3, 'box-7'))
        self.assertNotIn('host', found('--host', 'none'))

    def inside(self, controller, settings, subtest, *options):
        """A run in a cgroup with these @settings."""
        top = f'/sys/fs/cgroup/{controller}'
        if not os.path.exists(f'{top}/cgroup.procs'):
            self.skipTest('needs cgroups of version 1')
        cgroup = tempfile.mkdtemp(prefix='pinlat-unit-', dir=top)
        self.addCleanup(os.rmdir, cgroup)

        def write(name, text):
            with open(f'{cgroup}/{name}', 'w', encoding='ascii') as f:
                f.write(text)
        for name, text in settings.items():
            write(name, text)
        return harness.run(subtest, *options,
                           preexec_fn=lambda: write('cgroup.procs', str(os.getpid())))

    def test_real_time_budget(self):
        if not os.path.exists('/sys/fs/cgroup/cpu/cpu.rt_runtime_us'):
            self.skipTest('a kernel without CONFIG_RT_GROUP_SCHED')
        done = self.inside('cpu', {'cpu.rt_runtime_us': '10000'}, 'timer-idle')
        self.assertEqual(done.returncode, 77, done.stdout)
        self.assertIn('real-time tasks may have only 1.0 % of a CPU here', done.stdout)

    def test_quota(self):
        done = self.inside('cpu', {'cpu.cfs_quota_us': '50000'}, 'thp-idle', '--duration', '1s')
        record = harness.records(done.stdout)[0]
        self.assertEqual(record['environment']['inherited']['cpu_quota_us'], 500000)
        self.assertIn('may have 0.50 CPUs only', ' '.join(record['validity']['notes']))

    def test_memory_limit_above(self):
        done = self.inside('memory', {'memory.limit_in_bytes': str(256 << 20)}, 'thp-base',
                           *harness.SMALL)
        self.assertEqual(done.returncode, 77, done.stdout)
        self.assertIn('256M', done.stdout)

    def test_swappiness_of_the_arena(self):
        """Nothing in the arena can be scanned, though another program is all the time."""
        rival = tempfile.mkdtemp(prefix='pinlat-unit-', dir='/sys/fs/cgroup/memory') \
            if os.path.exists('/sys/fs/cgroup/memory/memory.swappiness') else None
        if not rival:
            self.skipTest('needs memory cgroups of version 1')
        self.addCleanup(os.rmdir, rival)

        def enter():
            for name, text in (('memory.limit_in_bytes', str(64 << 20)),
                               ('cgroup.procs', str(os.getpid()))):
                with open(f'{rival}/{name}', 'w', encoding='ascii') as f:
                    f.write(text)
        with subprocess.Popen([sys.executable, '-c', RECLAIMS], preexec_fn=enter) as reclaims:
            try:
                done = self.inside('memory', {'memory.swappiness': '0'}, 'thp-pinned',
                                   *harness.SMALL, '--swap', '256M', '--duration', '2s')
            finally:
                reclaims.kill()
        record = harness.records(done.stdout)[0]
        self.assert_reason(record, 'the swappiness of the arena is 0')
        if record['counters']['vmstat']['pgscan_anon'] == 0:
            self.skipTest('the other program reclaimed nothing in the window: it was short of CPU')

    def test_clock_of_its_own(self):
        shifted = ['unshare', '-T', '--monotonic', '5']
        if subprocess.run([*shifted, 'true'], check=False, stderr=subprocess.DEVNULL).returncode:
            self.skipTest('no time namespaces here')
        done = subprocess.run([*shifted, *harness.command('timer-idle', '--duration', '1s',
                                                          '--explain')],
                              capture_output=True, text=True, timeout=60, check=False)
        explain = harness.records(done.stdout)[0]['explain']
        self.assertIn('a time namespace', explain['why_not'])
        self.assertIn('a time namespace', explain['pinned']['why_not'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
