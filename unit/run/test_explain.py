# SPDX-License-Identifier: MIT
"""
Real runs with --explain: are causes that are known found, do the parts add up, and does a run go on
where something is missing? Asserts shares and counts, never a latency.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

SHORT = ['--duration', '2s']
# What mounting and BPF want.
NEITHER = '-sys_admin,-bpf,-perfmon'
TRACEFS = '/sys/kernel/tracing'
PARTS = ('direct_reclaim_ns', 'compaction_ns', 'run_queue_ns', 'interrupts_ns', 'own_ns')

# In a mount namespace of its own: a kernel that does not tell its types.
WITHOUT_BTF = '''
mount --bind {empty} /sys/kernel/btf || exit 77
exec "$@"
'''

# In a mount namespace of its own: tracefs without one kind of its events.
WITHOUT_EVENTS = '''
mount -t tracefs none {tracefs} || exit 77
mount --bind {empty} {tracefs}/events/compaction || exit 77
exec "$@"
'''


RIVAL = '''
import os, sys, time
os.sched_setaffinity(0, [int(sys.argv[1])])
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
while True:
    end = time.monotonic() + 0.002
    while time.monotonic() < end:
        pass
    time.sleep(0.002)
'''


def parts_of(tree, probe):
    own = 'timer_late_ns' if probe == 'timer' else 'sleep_ns'
    return {name: tree[name] for name in (*PARTS, own)}


def can_trace():
    roots, _ = harness.tracing()
    return bool(roots) or os.path.isdir(TRACEFS)


class Explain(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)
        if not can_trace():
            self.skipTest('a kernel without tracefs')

    def only_record(self, done, stopped=False):
        if stopped:
            self.assertEqual(done.returncode, 98, done.stdout[-2000:] + done.stderr)
        else:
            harness.assert_passed(self, done)
        found = harness.records(done.stdout)
        self.assertEqual(len(found), 1)
        return found[0]

    def record(self, subtest, *options):
        record = self.only_record(
            harness.run(subtest, *harness.SMALL, *SHORT, '--explain', *options))
        harness.assert_valid(self, record)
        self.assertEqual(record['config']['tracing'], 'events,bpf' if 'direct_reclaim_ns' in
                         record['explain']['pinned'] else 'events')
        self.check_sums(record)
        return record

    def check_sums(self, record):
        explain, probe = record['explain'], record['subtest'].split('-')[0]
        self.assertNotIn('why_not', explain)
        self.assertEqual(sum(parts_of(explain['time'], probe).values()),
                         explain['time']['total_ns'])
        self.assertEqual(len(explain['worst']), 10)
        lengths = [w['latency_ns'] for w in explain['worst']]
        self.assertEqual(lengths, sorted(lengths, reverse=True))
        self.assertEqual(lengths[0], record['latency']['woken']['max'])
        for worst in explain['worst']:
            # One that went on for seconds after the window.
            if worst['cause'].startswith('not known'):
                self.assertGreater(explain['lost'], 0)
                continue
            self.assertEqual(sum(parts_of(worst, probe).values()), worst['latency_ns'])
            times = [e[0] for e in worst['events']]
            self.assertEqual(times, sorted(times))
            self.assertTrue(all(0 <= t <= worst['latency_ns'] for t in times))
            self.assertTrue(worst['cause'])
            self.assertRegex(worst['strip'], '^[fwsirRcC]{100}$')

    def test_direct_reclaim(self):
        """A small cgroup full of pinned memory; reclaim looks at it in vain."""
        def most_scanned(record):
            return max(record['explain']['worst'], key=lambda w: w.get('scanned', 0))

        def mostly_reclaim(record):
            worst = most_scanned(record)
            return worst['direct_reclaim_ns'] > 0.8 * worst['latency_ns']
        # Not any: a host, or others, may take the CPU away for longer, also within reclaim.
        record = harness.until(mostly_reclaim, lambda *seed: self.record(
            'thp-pinned', *harness.OFTEN, *seed))
        explain, vmstat = record['explain'], record['counters']['vmstat']
        worst = most_scanned(record)
        self.assertTrue(mostly_reclaim(record), worst['cause'])
        self.assertTrue(worst['cause'].startswith('direct reclaim '), worst['cause'])
        self.assertGreater(worst['scanned'], 10 * worst['reclaimed'])
        for kind in ('anon', 'file'):
            pages = explain['reclaim'][kind]
            # The counters are read a moment before tracing ends.
            for name, counter in (('scanned', 'pgscan_'), ('reclaimed', 'pgsteal_')):
                self.assertAlmostEqual(pages[name], vmstat[counter + kind],
                                       delta=0.02 * vmstat[counter + kind] + 1024)
        # taskstats counts all samples, the trace the worst: here they hold nearly all of it.
        counted = record.get('attribution', {}).get('all', {}).get('direct_reclaim_ns')
        if counted and not explain['lost']:
            self.assertAlmostEqual(explain['time']['direct_reclaim_ns'], counted,
                                   delta=0.02 * counted)
        anon = explain['reclaim']['anon']
        self.assertEqual(explain['reclaim']['lost'], 0)
        self.assertGreater(anon['kept'], 0.9 * anon['scanned'])
        if 'anon' in explain['pinned']:
            # What others have locked just then is scanned, but not examined.
            self.assertAlmostEqual(explain['pinned']['anon']['examined'], anon['scanned'],
                                   delta=0.02 * anon['scanned'] + 1024)
            self.assertAlmostEqual(explain['pinned']['anon']['pinned'], anon['kept'],
                                   delta=0.02 * anon['kept'] + 1024)

    def test_locked_is_not_pinned(self):
        """The control: the same memory, mlocked. Nothing that reclaim looks at is pinned."""
        record = self.record('thp-locked')
        pinned, reclaim = record['explain']['pinned'], record['explain']['reclaim']
        if 'why_not' in pinned:
            self.skipTest(f'pinned pages are not counted: {pinned["why_not"]}')
        self.assertGreater(pinned['file']['examined'], 0.9 * reclaim['file']['scanned'])
        self.assertLess(pinned['file']['pinned'] + pinned['anon']['pinned'], 512)

    def test_run_queue(self):
        """On each CPU a rival that goes before the probe, for two of every four milliseconds."""
        others = [subprocess.Popen([sys.executable, '-c', RIVAL, str(cpu)])
                  for cpu in os.sched_getaffinity(0)]
        try:
            record = self.record('thp-idle')
        finally:
            for other in others:
                other.kill()
                other.wait()
        causes = [w['cause'] for w in record['explain']['worst']
                  if w['run_queue_ns'] > w['latency_ns'] / 2]
        self.assertGreaterEqual(len(causes), 5, record['explain']['worst'])
        self.assertTrue(all(c.startswith('waited for the CPU') for c in causes))
        self.assertTrue(any('(behind python3' in c for c in causes), causes)

    def test_timer(self):
        """Nothing but the timer's lateness and the way onto the CPU."""
        time = self.record('timer-idle')['explain']['time']
        self.assertGreater(time['timer_late_ns'] + time['run_queue_ns'], 0.5 * time['total_ns'])
        self.assertEqual(time['direct_reclaim_ns'], 0)

    def test_keep_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f'{folder}/trace'
            self.record('timer-idle', '--keep-trace', path)
            with open(path, encoding='utf-8') as f:
                text = f.read()
        self.assertTrue(text.startswith('# tracer: nop\n'))
        self.assertIn('sched_waking: comm=pinlat-probe', text)
        # As Perfetto's importer wants lines: process, CPU, at most five flags, seconds, event.
        events = [line for line in text.splitlines() if not line.startswith('#')]
        self.assertGreater(len(events), 1000)
        for line in events:
            self.assertRegex(line, r'-\d+ +\[\d+\] +[a-zA-Z.]{3}[0-9a-f.]{1,2} +\d+\.\d+: \w+: ')

    def test_marks(self):
        """Of such text Perfetto shows as slices what lies between marks."""
        with tempfile.TemporaryDirectory() as folder:
            path = f'{folder}/trace'
            self.record('thp-pinned', '--keep-trace', path)
            with open(path, encoding='utf-8') as f:
                lines = [re.fullmatch(r'( *.*-(\d+) +\[\d+\] \S+ +[\d.]+: )(\w+): (.*)\n', line)
                         for line in f if not line.startswith('#')]
        begun = 0
        for line, mark in zip(lines, lines[1:]):
            prefix, pid, event, _ = line.groups()
            if event.endswith('reclaim_begin'):
                begun += 1
                self.assertEqual(mark.groups(),
                                 (prefix, pid, 'tracing_mark_write', f'B|{pid}|direct reclaim'))
            elif event.endswith('reclaim_end'):
                self.assertEqual(mark.groups(), (prefix, pid, 'tracing_mark_write', f'E|{pid}'))
        self.assertGreater(begun, 10)

    def test_stop_at(self):
        done = harness.run('thp-pinned', *harness.SMALL, '--duration', '20s', '--explain',
                           '--stop-at', '5ms')
        record = self.only_record(done, stopped=True)
        stopped = record['stopped']
        self.assertEqual(stopped['limit_ns'], 5000000)
        self.assertGreater(stopped['latency_ns'], 5000000)
        self.assertIn('longer than --stop-at 5ms', record['validity']['reasons'][0])
        self.assertEqual(len(record['validity']['reasons']), 1)
        self.assertIn(stopped['t_ns'], [w['t_ns'] for w in record['explain']['worst']])
        self.assertLess(record['counters']['window_ns'], 15e9)

    def test_not_allowed(self):
        """Without the right to mount, the run goes on and says what is missing."""
        if harness.tracing()[0]:
            self.skipTest('tracefs is mounted already')
        done = subprocess.run(['setpriv', f'--bounding-set={NEITHER}', f'--inh-caps={NEITHER}',
                               *harness.command('timer-idle', *SHORT, '--explain')],
                              capture_output=True, text=True, timeout=60, check=False)
        record = self.only_record(done)
        harness.assert_valid(self, record)
        self.assertNotIn('events', record['config']['tracing'])
        self.assertIn('tracefs cannot be mounted', record['explain']['why_not'])
        self.assertRegex(record['explain']['pinned']['why_not'], '^this (user may|pinlat was)')
        self.assertTrue(any('nothing was traced' in n for n in record['validity']['notes']))
        self.assertEqual(record['explain']['worst'][0]['latency_ns'],
                         record['latency']['woken']['max'])

    def record_with_mounts(self, script):
        if not shutil.which('unshare'):
            self.skipTest('needs unshare')
        with tempfile.TemporaryDirectory() as empty:
            script = script.format(tracefs=TRACEFS, empty=empty)
            done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh',
                                   *harness.command('timer-idle', *SHORT, '--explain')],
                                  capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 77:
            self.skipTest('no mounts in a namespace of its own')
        return self.only_record(done)

    def test_no_btf(self):
        if not os.path.isdir('/sys/kernel/btf'):
            self.skipTest('a kernel without BTF')
        record = self.record_with_mounts(WITHOUT_BTF)
        self.assertEqual(record['config']['tracing'], 'events')
        self.assertRegex(record['explain']['pinned']['why_not'],
                         '^this (kernel does not tell its types|pinlat was built without)')
        self.check_sums(record)

    def test_missing_events(self):
        record = self.record_with_mounts(WITHOUT_EVENTS)
        self.assertIn('compaction:mm_compaction_begin', record['explain']['missing'])
        self.assertNotIn('compaction:mm_compaction_begin', record['explain']['events'])
        self.assertIn('sched:sched_switch', record['explain']['events'])
        self.check_sums(record)

    def test_nothing_is_left(self):
        before = harness.tracing()
        self.record('timer-idle')
        self.assertEqual(harness.tracing(), before)


if __name__ == '__main__':
    unittest.main(verbosity=2)
