# SPDX-License-Identifier: MIT
"""The lab's side on this machine, without a guest: how ends are judged, and what is packed."""
import argparse
import contextlib
import io
import json
import os
import pathlib
import stat
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'lab'))

from host import (  # noqa: E402 (after its path)
    ab, console, counts, driver, guest, initramfs, kernel, kernels, packages, session, smoke, step,
    xe)
from host.errors import LabError  # noqa: E402

OOPS = '[ 9.1] BUG: kernel NULL pointer dereference, address: 0\n[ 9.2] Oops: 0000 [#1]\n'
INT3 = '[ 9.2] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n'
PANIC = '[ 9.3] Kernel panic - not syncing: Attempted to kill init!\n'
STALL = '[99.0] rcu: INFO: rcu_preempt self-detected stall on CPU\n'
TASK = '[99.0] INFO: task cat:88 blocked for more than 120 seconds.\n'
WARNING = '[ 5.0] WARNING: CPU: 0 PID: 332 at mm/util.c:596 kvmalloc_node+0xc0/0xd0\n'
WELL = '[ 1.0] i915 0000:00:02.0: [drm] mock of Geminilake\n'


class Console(unittest.TestCase):
    def test_ends_are_told_apart(self):
        for text, end in ((WELL, None), (WARNING, None), (PANIC, 'panic'), (STALL, 'hang'),
                          (TASK, 'hang'), (OOPS, 'oops'), (OOPS + PANIC, 'oops'),
                          (INT3 + PANIC, console.INT3),
                          (STALL + PANIC, 'hang')):
            with self.subTest(text=text):
                self.assertEqual(console.end_of(WELL + text), end)

    def test_complaints(self):
        self.assertEqual(console.complaints(WELL + WARNING + WELL), [WARNING.rstrip()])


class OnceMore(unittest.TestCase):
    def run_guest(self, *ends):
        """How often a guest was booted whose boots end so, and how it ended."""
        left = list(ends)

        def boot(*_):
            return guest.Outcome(left.pop(0), None, 1.0, '', pathlib.Path())

        with mock.patch.object(guest, '_boot', boot), \
                contextlib.redirect_stdout(io.StringIO()) as said, \
                guest.run(None, '', 1) as outcome:
            end = outcome.end
        self.said = said.getvalue()
        return len(ends) - len(left), end

    def test_a_mistake_of_qemu_is_tried_once_more(self):
        self.assertEqual(self.run_guest(console.INT3, 'done'), (2, 'done'))
        self.assertIn('once more', self.said)
        self.assertEqual(self.run_guest('done', 'done'), (1, 'done'))
        self.assertEqual(self.said, '')
        self.assertEqual(self.run_guest('oops', 'done'), (1, 'oops'))
        self.assertEqual(self.run_guest(console.INT3, console.INT3, 'done'), (2, console.INT3))

    def test_smoke_fails_without_a_result(self):
        for end in 'oops', console.INT3:
            with mock.patch.object(smoke, '_suite', lambda _, end=end: (step.Checks(), end)), \
                    contextlib.redirect_stdout(io.StringIO()), self.assertRaises(LabError):
                smoke.smoke(argparse.Namespace(driver='i915'))


class Judge(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.exchange = pathlib.Path(self.temporary.name)

    def judge(self, ended, messages):
        return guest._judge(ended, self.exchange, messages)

    def test_only_the_renamed_file_is_a_result(self):
        self.assertEqual(self.judge(True, WELL), ('died', None))
        self.assertEqual(self.judge(False, WELL), ('timeout', None))
        (self.exchange / 'rc.tmp').write_text('0\n')
        self.assertEqual(self.judge(True, WELL), ('died', None))
        (self.exchange / 'rc').write_text('7\n')
        self.assertEqual(self.judge(True, WELL), ('done', 7))

    def test_a_guest_whose_clock_runs_away_has_no_result(self):
        (self.exchange / 'rc').write_text('0\n')
        for name, uptime, mtime in (('start', 10, 1000), ('end', 110, 1100)):
            path = self.exchange / f'uptime-{name}'
            path.write_text(f'{uptime}.00 1.00\n')
            os.utime(path, (mtime, mtime))
        self.assertEqual(self.judge(True, WELL), ('done', 0))
        os.utime(self.exchange / 'uptime-end', (1020, 1020))
        self.assertEqual(self.judge(True, WELL)[0], "clock 5.00 times as fast as the host's")

    def test_a_broken_kernel_has_no_result(self):
        (self.exchange / 'rc').write_text('0\n')
        self.assertEqual(self.judge(True, OOPS), ('oops', None))


def entries(archive):
    """Name to (mode, data) of what is in an archive of the format newc."""
    found, at = {}, 0
    while True:
        fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = archive[at + 110:at + 110 + length - 1].decode()
        start = (at + 110 + length + 3) // 4 * 4
        if name == 'TRAILER!!!':
            return found
        found[name] = (mode, archive[start:start + size])
        at = (start + size + 3) // 4 * 4


class Initramfs(unittest.TestCase):
    def test_archive(self):
        packed = b''.join(initramfs.newc(name, mode, data) for name, mode, data in (
            ('bin', stat.S_IFDIR | 0o755, b''), ('bin/x', stat.S_IFREG | 0o755, b'12345'),
            ('init', stat.S_IFREG | 0o700, b''), ('TRAILER!!!', 0, b'')))
        self.assertEqual(entries(packed), {'bin': (0o40755, b''), 'bin/x': (0o100755, b'12345'),
                                           'init': (0o100700, b'')})

    def test_modules_come_after_those_that_they_need(self):
        with tempfile.TemporaryDirectory() as name:
            modules = pathlib.Path(name)
            (modules / 'modules.dep').write_text(
                'kernel/a-b.ko: kernel/c.ko kernel/d.ko\nkernel/c.ko: kernel/d.ko\nkernel/d.ko:\n'
                'kernel/e.ko: kernel/d.ko\n')
            order = [p.name for p in initramfs.closure(modules, ['a_b', 'e', 'builtin'])]
        self.assertEqual(order, ['d.ko', 'c.ko', 'a-b.ko', 'e.ko'])


class Drivers(unittest.TestCase):
    def test_patches_are_for_kernels_that_there_are(self):
        for each in driver.DRIVERS.values():
            with self.subTest(driver=each.name):
                self.assertTrue(each.series())
                self.assertLessEqual(set(each.series()), set(kernel.DEBIAN))

    def test_a_source_that_is_updated_keeps_what_need_not_be_built_again(self):
        with tempfile.TemporaryDirectory() as name:
            old, new = pathlib.Path(name, 'old'), pathlib.Path(name, 'new')
            for folder, files in ((old, ('same.c', 'gone.c', 'x.mod.c', 'generated/made.h')),
                                  (new, ('same.c', 'added.h'))):
                for file in files:
                    (folder / file).parent.mkdir(parents=True, exist_ok=True)
                    (folder / file).write_text(file)
            os.utime(old / 'same.c', (1000, 1000))
            driver._update(old, new)
            self.assertEqual({str(p.relative_to(old)) for p in old.rglob('*') if p.is_file()},
                             {'same.c', 'added.h', 'x.mod.c', 'generated/made.h'})
            self.assertEqual((old / 'same.c').stat().st_mtime, 1000)

    def test_the_kernel_that_is_taken_if_none_is_named(self):
        for name, each in driver.DRIVERS.items():
            with self.subTest(driver=name):
                args = argparse.Namespace(driver=name, kernel=None)
                self.assertIn(session.kernel_of(args), each.series())
        self.assertEqual(session.kernel_of(argparse.Namespace(driver='xe', kernel='own')), 'own')


class Packages(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        fake = pathlib.Path(self.temporary.name) / 'apt-cache'
        fake.write_text("#!/bin/sh\nprintf '%s\\n' 'one:' '  Installed: (none)' "
                        "'  Candidate: 6.1.192-2' '  Version table:' 'gone:' "
                        "'  Installed: (none)' '  Candidate: (none)'\n")
        fake.chmod(0o755)
        path = os.environ['PATH']
        os.environ['PATH'] = f'{self.temporary.name}:{path}'
        self.addCleanup(os.environ.__setitem__, 'PATH', path)

    def test_versions(self):
        self.assertEqual(packages.versions(['one']), 'one 6.1.192-2\n')

    def test_a_package_that_is_not_there(self):
        for name in ('gone', 'unheard-of'):
            with self.assertRaises(LabError):
                packages.versions(['one', name])


SUBTESTS = ['timer-idle', 'thp-pinned', 'thp-busy', 'pageout-busy']
LET_GO = 'no memory was under DMA when the window opened: the driver had let go of all of it'
KNOWN = r'mm/util\.c:596 '
TOLD = ('[ 9.1] [IGT] add ignored dmesg regex: '
        ' invoked oom-killer: |Killed process [0-9]+ [(]pinlat-\n')
KILLED = '<3>[ 9.3] Out of memory: Killed process 7 ({0}) total-vm:1kB\n'
REPORT = '<4>[ 9.2] {0} invoked oom-killer: order=0\n<6>[ 9.2] anon 1\n  file 0\n' + KILLED
WEDGED = 'the GPU of /dev/dri/card0 is wedged: see dmesg, and reboot'


def explained(kept, pinned):
    """A record of --explain's, with anonymous pages that reclaim has met."""
    return record('thp-busy', explain={'reclaim': {'anon': {'kept': kept}},
                                       'pinned': {'anon': {'pinned': pinned}}})


def record(subtest, reasons=(), source='direct_reclaim', scans=1, explain=None, mock=True):
    device = subtest.endswith(('pinned', 'busy'))
    return json.dumps({'subtest': subtest, 'explain': explain or {},
                       'load': {'engine': 'i915' if device else ''},
                       'environment': {'device': {'mock': mock}},
                       'attribution': {'sources': {source: 'taskstats', 'missing': []}},
                       'counters': {'mock': {'shrinker_calls_direct': scans}},
                       'validity': {'valid': not reasons, 'reasons': list(reasons)}}) + '\n'


class Smoke(unittest.TestCase):
    """That the smoke test passes when all is well, and only then."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        everything = ''.join(map(record, SUBTESTS))
        vmstat = 'nr_foll_pin_acquired 9\nnr_foll_pin_released 9\n'
        files = {
            'root.rc': '0', 'root.records': everything,
            'root.statistics': 'put_pages_calls_kswapd 2\nnotifier_waits_owner 0\n',
            'quiet.rc': '98', 'quiet.records': record('thp-pinned', [LET_GO]),
            'explain.rc': '0', 'explain.records': explained(1000, 990),
            'render.rc': '0', 'render.records': everything,
            'hang.rc': '98', 'hang.records': record('timer-busy', ['the device was reset 1 times']),
            'error.rc': '98', 'error.records': record('timer-busy', ['3 requests failed']),
            'no-userptr.rc': '77', 'no-userptr.output': '/dev/x has no userptr: …',
            'no-device.rc': '77', 'no-device.output': 'there is no DRM device here',
            'no-device.vmstat': vmstat, 'kill.rc': '0', 'reload.rc': '0',
            'named.rc': '0', 'named.records': record('timer-pinned'), 'wedge.rc': '0',
            'wedged.rc': '77', 'wedged.output': WEDGED,
            'wedged-auto.rc': '77', 'wedged-auto.output': WEDGED}
        for where in ('cgroup', 'machine'):
            for taken in ('pinlat-hog', 'other-hog'):
                files[f'oom-{where}-{taken}.rc'] = '0'
                files[f'oom-{where}-{taken}.output'] = REPORT.format(taken)
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def failed(self, end='done', messages=WELL + TOLD, known='(?!)', series='6.12'):
        with open(os.devnull, 'w', encoding='utf-8') as nowhere:
            out, sys.stdout = sys.stdout, nowhere
            try:
                return smoke.judge(guest.Outcome(end, 0, 1.0, messages, self.folder), series,
                                   SUBTESTS, known).failed
            finally:
                sys.stdout = out

    def test_well(self):
        self.assertEqual(self.failed(), 0)
        self.assertEqual(self.failed(messages=WARNING + TOLD, known=KNOWN), 0)

    def test_not_well(self):
        for name, text in (
                ('root.records', record('timer-idle')), ('root.rc', '98'),
                ('root.records', ''.join(record(s, source='run_queue') for s in SUBTESTS)),
                ('root.records', ''.join(record(s, scans=0) for s in SUBTESTS)),
                ('root.records', ''.join(record(s, mock=False) for s in SUBTESTS)),
                ('root.records', ''.join(record(s, mock=s != 'timer-idle') for s in SUBTESTS)),
                ('quiet.records', record('thp-pinned', [LET_GO], mock=False)),
                ('error.records', record('timer-busy', ['3 requests failed'], mock=False)),
                ('root.statistics', 'put_pages_calls_owner 2\n'),
                ('root.statistics', 'put_pages_calls_kswapd 2\nnotifier_waits_owner 1\n'),
                ('quiet.records', record('thp-pinned')), ('quiet.records', ''),
                ('explain.records', explained(1000, 500)),
                ('explain.records', record('thp-busy')),
                ('render.records', ''), ('hang.records', record('timer-busy')), ('hang.rc', '0'),
                ('error.rc', '0'), ('no-userptr.rc', '0'), ('no-device.output', ''),
                ('kill.rc', '1'), ('reload.rc', '3'),
                ('no-device.vmstat', 'nr_foll_pin_acquired 9\nnr_foll_pin_released 8\n'),
                ('named.records', ''), ('named.rc', '77'), ('wedge.rc', '1'),
                ('wedged.rc', '0'), ('wedged.output', ''),
                ('wedged.records', record('timer-pinned')), ('wedged-auto.rc', '0'),
                ('oom-cgroup-pinlat-hog.rc', '1'), ('oom-machine-pinlat-hog.output', ''),
                ('oom-machine-pinlat-hog.output',
                 REPORT.format('pinlat-hog') + '<4>[ 9.4] BUG: Bad page\n'),
                ('oom-machine-other-hog.output', REPORT.format('pinlat-hog')),
                ('oom-cgroup-other-hog.output',
                 REPORT.format('other-hog') + KILLED.format('other-hog'))):
            path = self.folder / name
            before = path.read_text() if path.exists() else ''
            path.write_text(text)
            with self.subTest(name=name, text=text):
                self.assertGreater(self.failed(), 0)
            path.write_text(before)
        self.assertGreater(self.failed(messages=WARNING + TOLD), 0)
        self.assertGreater(self.failed(messages=WELL), 0)
        self.assertGreater(self.failed(end='panic'), 0)

    def test_the_notifier_may_wait_before_6_9(self):
        (self.folder / 'root.statistics').write_text(
            'put_pages_calls_kswapd 2\nnotifier_waits_owner 1\n')
        self.assertEqual(self.failed(series='6.1'), 0)


def bound(subtest, **changes):
    """A record of the engine xe."""
    device = subtest.endswith(('pinned', 'busy'))
    return json.dumps({
        'subtest': subtest, 'explain': {'notifier': {'direct': {
            'calls': 100, 'ns': 1, 'longest_ns': 1}, 'lost': 0}},
        'load': {'engine': 'xe' if device else '', 'hold': 'bound', 'held_bytes': 1 << 20,
                 'held_least_bytes': 0, 'refaults': 1, 'exec_longest_ns': 1},
        'environment': {'device': {'mock': True}},
        'counters': {'mock': {'notifier_calls_direct': 100}},
        'validity': {'valid': True, 'notes': ['xe binds memory and does not pin it']},
        **changes}) + '\n'


class Xe(unittest.TestCase):
    """As Smoke, with the driver xe."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        everything = ''.join(map(bound, SUBTESTS))
        banned = {'valid': False, 'reasons': ['the device was reset 1 times']}
        refused = {'valid': False, 'reasons': ['3 requests failed']}
        files = {
            'client.rc': '0', 'client.output': '[       OK ] killed\n[  PASSED  ] 1 test(s).\n',
            'root.rc': '0', 'root.records': everything,
            'root.statistics': 'notifier_calls_kswapd 2\n',
            'explain.rc': '0', 'explain.records': bound('thp-busy'),
            'lr.rc': '0', 'lr.records': bound('timer-busy') + bound('pageout-busy'),
            'render.rc': '0', 'render.records': everything,
            'hang.rc': '98', 'hang.records': bound('timer-busy', validity=banned),
            'error.rc': '98', 'error.records': bound('timer-busy', validity=refused),
            'automatic.rc': '77', 'gone.rc': '0'}
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def failed(self, end='done', messages=WELL):
        checks = step.Checks()
        with open(os.devnull, 'w', encoding='utf-8') as nowhere:
            out, sys.stdout = sys.stdout, nowhere
            try:
                xe.judge(guest.Outcome(end, 0, 1.0, messages, self.folder), checks, SUBTESTS)
            finally:
                sys.stdout = out
        return checks.failed

    def test_well(self):
        self.assertEqual(self.failed(), 0)

    def test_not_well(self):
        for name, text in (
                ('client.rc', '1'), ('client.output', '[  FAILED  ] killed\n[  PASSED  ] 0'),
                ('root.rc', '98'), ('root.records', bound('timer-idle')),
                ('root.records', ''.join(bound(s, environment={'device': {}}) for s in SUBTESTS)),
                ('root.statistics', 'notifier_calls_owner 2\n'),
                ('explain.records', bound('thp-busy', explain={})),
                ('explain.records', bound('thp-busy', counters={})),
                ('lr.records', bound('timer-busy')), ('render.records', ''),
                ('hang.records', bound('timer-busy')), ('hang.rc', '0'), ('error.rc', '0'),
                ('automatic.rc', '98'), ('gone.rc', '1')):
            before = (self.folder / name).read_text()
            (self.folder / name).write_text(text)
            with self.subTest(name=name, text=text):
                self.assertGreater(self.failed(), 0)
            (self.folder / name).write_text(before)
        self.assertGreater(self.failed(messages=WARNING), 0)
        self.assertGreater(self.failed(end='panic'), 0)


class Steps(unittest.TestCase):
    def test_what_each_has_taken(self):
        text = ('[   10.0] lab: step root timer-*\n[   10.5] random: crng init done\n'
                '[   13.25] lab: step root pageout-*\n[  113.5] lab: step kill\n'
                '[  114.0] lab: step end\n')
        self.assertEqual(step.seconds(text + text), {'root': 103.5, 'kill': 0.5})
        self.assertEqual(step.seconds(WELL), {})


class Kernels(unittest.TestCase):
    def test_variants_have_patches(self):
        for series, names in kernels.VARIANTS.items():
            for name in names:
                path = kernels.patch_of(series, name)
                self.assertEqual(path is None, name == kernels.unpatched(series))

    def test_a_variant_that_there_is_not(self):
        for series, name in (('5.10', 'reclaimed'), ('5.10', 'base'), ('5.10', 'stock'),
                             ('6.1', 'reclaim'), ('6.12', 'skip-shrink')):
            with self.assertRaises(LabError):
                kernels.patch_of(series, name)

    def test_what_is_built_if_nothing_is_named(self):
        for chosen, series, names in ((None, '5.10', 'reclaim'), ('6.1', '6.1', 'stock')):
            args = argparse.Namespace(driver='i915', kernel=chosen)
            self.assertEqual(kernels.series_of(args), series)
            self.assertEqual(kernels.variants_of(args)[0], names)
        args = argparse.Namespace(driver='xe', kernel=None)
        self.assertEqual(kernels.series_of(args), '6.12')
        self.assertEqual(kernels.variants_of(args), ['stock', 'nonblock'])
        self.assertIn('CONFIG_DRM_XE=y', kernels.Tree('6.12').fragment().splitlines())
        self.assertNotIn('CONFIG_DRM_XE=y', kernels.Tree('5.10').fragment().splitlines())

    def test_preemption_is_built_in_where_it_is_no_parameter(self):
        old, new = kernels.Tree('5.10', 'full'), kernels.Tree('6.1', 'full')
        self.assertIn('CONFIG_PREEMPT=y', old.fragment().splitlines())
        self.assertNotEqual(old.objects, kernels.Tree('5.10').objects)
        self.assertIn('CONFIG_PREEMPT_DYNAMIC=y', new.fragment().splitlines())
        self.assertEqual(new.objects, kernels.Tree('6.1').objects)


class Order(unittest.TestCase):
    def test_each_round_holds_every_kernel_once(self):
        plan = ab.order(['a', 'b', 'c'], 8, 1)
        self.assertEqual(len(plan), 24)
        for boot in range(8):
            self.assertEqual(sorted(name for turn, name in plan if turn == boot), ['a', 'b', 'c'])
        self.assertGreater(len({tuple(name for turn, name in plan if turn == boot)
                                for boot in range(8)}), 1)
        self.assertEqual(plan, ab.order(['a', 'b', 'c'], 8, 1))


class Job(unittest.TestCase):
    def test_a_round_gives_all_kernels_the_same(self):
        args = argparse.Namespace(
            driver='i915', seed=1, subtests=ab.SUBTESTS.split(','), batch_us=5000,
            zram='256M', mglru='off', runs=1, fill='60%', object_size='16M', duration='6s',
            pageout_duration='30s',
            walker='loop', options=['--backing', 'shmem'])

        def job(name, boot):
            return ab._job(args, pathlib.Path('/m.ko'), name, boot, pathlib.Path('/b'))
        self.assertEqual(job('a', 0), job('b', 0).replace('--label b', '--label a'))
        self.assertNotEqual(job('a', 0), job('a', 1))
        self.assertIn('--probes thp --loads locked,pinned,busy ', job('a', 0))
        self.assertIn('--backing shmem', job('a', 0))


class Counts(unittest.TestCase):
    def of(self, *records):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / 'boot-0.jsonl'
            path.write_text(''.join(json.dumps(r) + '\n' for r in records))
            return counts.of_boot(path)

    def record(self, **changes):
        return {'subtest': 'thp-busy', 'validity': {'valid': True}, 'load': {'requests': 7},
                'environment': {'memory': {'swap_total': 64 << 20}},
                'counters': {'mock': {'notifier_calls_direct': 3, 'shrinker_ns_kswapd': 5000000},
                             'vmstat': {'pgscan_anon': 11},
                             'meminfo': {'after': {'SwapFree': 24 << 20}}}, **changes}

    def test_of_boot(self):
        found = self.of(self.record(), self.record(load={'requests': 9}),
                        self.record(subtest='timer-busy'))
        self.assertEqual(found['thp-busy'], {
            'MMU notifier calls: in allocations': 3, 'time in the shrinker, ms: kswapd': 5,
            'GPU requests': 8, 'anonymous pages scanned': 11, 'swap used at the end, MiB': 40})
        self.assertEqual(found['timer-busy']['GPU requests'], 7)

    def test_multiples_of_a_request(self):
        def row(p50):
            return {'way': 'outside', 'unit': 'page', 'time': {
                'count': 40, 'max': 50000000, 'quantiles': {'p50': p50, 'p90': None}}}
        mock = {'notifier_waits_direct': 4, 'notifier_wait_ns_direct': 60000000}
        found = self.of(self.record(
            pageout=[row(10000000)], counters={'mock': mock},
            load={'request_target_ns': 5000000}))['thp-busy']
        self.assertEqual(found['page taken by outside, median, in requests of the GPU'], 2)
        self.assertEqual(found['page taken by outside, longest, ms'], 50)
        self.assertEqual(found['a wait, in requests of the GPU: in allocations'], 3)
        self.assertNotIn('page taken by outside, p90, ms', found)
        idle = self.of(self.record(pageout=[row(10000000)], load={}))['thp-busy']
        self.assertEqual(idle['page taken by outside, median, ms'], 10)
        self.assertNotIn('page taken by outside, median, in requests of the GPU', idle)

    def test_what_is_invalid_or_not_said_is_none(self):
        self.assertEqual(self.of(self.record(validity={'valid': False})), {})
        self.assertEqual(self.of(self.record(load={}, counters={})), {})

    def test_spread(self):
        self.assertEqual(counts.spread([4, 100, 20.4]), '20 [4.0..100]')
        self.assertEqual(counts.spread([4]), '4.0')


if __name__ == '__main__':
    unittest.main(verbosity=2)
