# SPDX-License-Identifier: MIT
"""
Three subtests on the smallest arena: is the pressure real? Asserts what the kernel
counted, never a latency.
"""
import os
import re
import subprocess
import time
import unittest

import harness

PAGES = 320 * 256  # of 320 MiB
SHORT = ['--duration', '2s']


class Smoke(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)

    def record(self, subtest, *options):
        done = harness.run(subtest, *harness.SMALL, *SHORT, *options)
        harness.assert_passed(self, done)
        found = harness.records(done.stdout)
        self.assertEqual(len(found), 1)
        record = found[0]
        harness.assert_valid(self, record)
        self.assertEqual(record['periods']['expected'], record['periods']['recorded'])
        self.assertGreater(record['counters']['cgroup']['limit_hits'], 0)
        for cpu in record['latency']['per_cpu']:
            self.assertEqual(cpu['rusage']['minor_faults'], 0)
            self.assertEqual(cpu['rusage']['major_faults'], 0)
        return record

    def test_three_subtests(self):
        """pinned is scanned in vain, locked is not scanned, without swap nothing is."""
        start = time.monotonic()
        pinned = harness.until(
            lambda record: record['counters']['vmstat']['pgscan_anon'] >= 5 * PAGES,
            lambda *seed: self.record('thp-pinned', *harness.OFTEN, *seed))
        locked = self.record('thp-locked', *harness.OFTEN)
        without = self.record('thp-pinned', '--swap', 'none', *harness.OFTEN)
        took = time.monotonic() - start
        print(f'three subtests took {took:.1f} s')

        vmstat = pinned['counters']['vmstat']
        for record in (pinned, without):
            self.assertAlmostEqual(record['load']['pinned_pages_seen'], PAGES, delta=PAGES / 100)
            self.assertEqual(record['load']['held_bytes'], 320 << 20)
            self.assertEqual(record['load']['held_least_bytes'], 320 << 20)
            self.assertTrue(all(point['held_bytes'] == 320 << 20 for point in record['timeline']))
        self.assertGreaterEqual(vmstat['pgscan_anon'], 5 * PAGES)
        self.assertLess(vmstat['pgsteal_anon'], PAGES / 100)
        self.assertLess(locked['counters']['vmstat']['pgscan_anon'], vmstat['pgscan_anon'] / 4)
        self.assertEqual(locked['load']['locked_bytes'], 320 << 20)
        self.assertEqual(without['counters']['vmstat']['pgscan_anon'], 0)
        self.assertTrue(any('--swap none' in note
                            for note in without['validity']['notes']))

    def test_busy_device(self):
        """The device works, on the memory that it pinned, at the rate asked for."""
        record = self.record('timer-busy', '--rate', '500')
        self.assertEqual(record['load']['errors'], 0)
        self.assertGreater(record['load']['requests'], 100)
        self.assertLess(abs(record['load']['requests'] - record['load']['submitted']), 20)
        self.assertLess(record['load']['requests'], 1200)
        self.assertEqual(record['load']['request_bytes'], record['load']['requests'] * (128 << 10))

    def walk(self, walker, *options):
        record = self.record('thp-base', '--walker', walker, *options)
        return record['config']['walker'], record['load']['walker'], record['counters']['vmstat']

    def test_walkers(self):
        """Each makes pressure; trees are of many files, and press on slab too."""
        name, stream, vmstat = self.walk('stream')
        self.assertEqual((name, stream['kind'], stream['passes']), ('stream', 'stream', 0))
        self.assertEqual(stream['cycle_bytes'], (512 - 320) << 20)
        self.assertGreater(stream['bytes'], 0)
        self.assertEqual(stream['cached_bytes'], stream['bytes'])
        of_holes = vmstat.get('slabs_scanned', 0)
        for walker in ('tree:/usr', 'tree:made'):
            with self.subTest(walker=walker):
                name, tree, vmstat = self.walk(walker, '--walker-rate', '0')
                self.assertEqual((name, tree['kind']), (walker, 'tree'))
                self.assertGreater(tree['files'], 100)
                # Half a page a file is not used, on average.
                self.assertGreater(tree['cached_bytes'], tree['bytes'] + 1000 * tree['files'])
                self.assertLess(tree['cached_bytes'], tree['bytes'] + 4096 * (tree['files'] + 1))
                self.assertGreater(vmstat['slabs_scanned'], of_holes + 1000)
        # Twice the arena, in files whose mean is that of a system's.
        self.assertEqual(tree['made_bytes'], 1 << 30)
        self.assertAlmostEqual(tree['made_bytes'] / tree['made_files'], 43300, delta=100)

    def test_warm_up(self):
        """It sees a whole cycle at the rate of the window, which opens in a phase of its own."""
        seen = {}
        for seed in ('1', '2', '1'):
            record = self.record('timer-base', '--seed', seed, '--walker', 'loop')
            walker, rate = record['load']['walker'], record['config']['walker_rate']
            self.assertEqual(record['config']['walker'], f"loop:{walker['cycle_bytes'] >> 20}M")
            self.assertLessEqual(walker['phase_bytes'], walker['cycle_bytes'])
            self.assertGreaterEqual(walker['warm_up_ns'] / 1e9 * rate,
                                    (walker['cycle_bytes'] + walker['phase_bytes']) * 0.98)
            self.assertAlmostEqual(walker['cycles'],
                                   walker['cached_bytes'] / walker['cycle_bytes'])
            self.assertEqual(walker['cycles'] < 5, any(
                'cycles of the walker' in note for note in record['validity']['notes']))
            self.assertEqual(seen.setdefault(seed, walker['phase_bytes']), walker['phase_bytes'])
        self.assertEqual(len(set(seen.values())), 2)

    def test_tree_decides(self):
        """tree alone is a tree that is large enough."""
        name, tree, _ = self.walk('tree')
        self.assertIn(name, ('tree:/', 'tree:made'))
        self.assertEqual(name == 'tree:made', tree['made_files'] > 0)

    def pageout(self, load, *options):
        """The rows of a run by (way, unit), and its record; swap is made for four objects."""
        done = harness.run(f'pageout-{load}', '--arena', 'cgroup:512M', '--fill', '320M',
                           '--seed', '1', '--object-size', '16M', '--duration', '20s', *options)
        harness.assert_passed(self, done)
        record = harness.records(done.stdout)[0]
        harness.assert_valid(self, record)
        return {(row['way'], row['unit']): row for row in record['pageout']}, record

    def test_pageout(self):
        """A page that nobody holds is taken; one that a device holds is left alone, each time."""
        base, record = self.pageout('base')
        self.assertEqual(record['config']['walker'], 'none')
        self.assertNotIn('measured', record['environment']['cpu'])
        self.assertEqual(record['latency']['woken'], base['owner', 'page']['time'])
        self.assertGreaterEqual(record['counters']['vmstat']['pswpout'], 200)
        for load in ('pinned', 'busy'):
            held, record = self.pageout(load)
            for key, row in held.items():
                self.assertEqual((row['failed'], row['freed'], row['unmapped']), (0, 0, 0), key)
                if key[0] != 'reclaim':
                    pages = 1 if key[1] == 'page' else 4096
                    self.assertEqual(row['kept'], row['time']['count'] * pages)
            self.assertEqual(record['counters']['vmstat']['pswpout'], 0)
        for way in ('owner', 'outside'):
            page, whole = base[way, 'page'], base[way, 'object']
            self.assertEqual(page['time']['count'], 200)
            self.assertEqual(page['kept'] + page['unmapped'] + page['freed'], 200)
            self.assertLess(page['kept'], 20)
            self.assertGreaterEqual(whole['time']['count'], 1)
            self.assertLess(whole['kept'], whole['time']['count'] * 4096 / 20)
            self.assertGreater(whole['time']['min'], page['time']['min'])

    def test_shared_memory(self):
        """A device holds it, as the kernel counts; the kernel may unmap it, and cannot free it."""
        for load in ('base', 'pinned', 'busy'):
            rows, record = self.pageout(load, '--backing', 'shmem')
            self.assertEqual(record['config']['backing'], 'shmem')
            if load != 'base':
                self.assertAlmostEqual(record['load']['pinned_pages_seen'], PAGES,
                                       delta=PAGES / 100)
            for row in rows.values():
                if load != 'base' and row['way'] != 'reclaim':
                    self.assertEqual(row['freed'], 0)
            print('shmem', load, {key: (row['kept'], row['unmapped'], row['freed'])
                                  for key, row in rows.items()})

    def test_pageout_without_privilege(self):
        """From outside it needs CAP_SYS_NICE: said, and all else is measured."""
        done = subprocess.run(
            ['setpriv', '--bounding-set', '-sys_nice', *harness.command(
                'pageout-base', '--arena', 'cgroup:512M', '--fill', '320M', '--object-size', '16M',
                '--duration', '20s')], stdout=subprocess.PIPE, text=True, timeout=120, check=False)
        record = harness.records(done.stdout)[0]
        rows = {(row['way'], row['unit']): row for row in record['pageout']}
        self.assertEqual(rows['owner', 'page']['time']['count'], 200)
        self.assertEqual(rows['outside', 'page']['time']['count'], 0)
        self.assertEqual(rows['outside', 'page']['failed'], 200)
        self.assertTrue(any('CAP_SYS_NICE' in note for note in record['validity']['notes']))

    def test_hogs(self):
        """Six programs a CPU that never sleep: the run is invalid, and says why."""
        hogs = [subprocess.Popen(['sh', '-c', 'while :; do :; done'])
                for _ in range(6 * os.cpu_count())]
        try:
            done = harness.run('thp-base', *harness.SMALL, *SHORT)
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        record = harness.records(done.stdout)[0]
        self.assertTrue(harness.contended(record), record['validity'])
        cpu = record['counters']['cpu']
        print(f'others {100 * cpu["others_ns"] / cpu["all_ns"]:.0f} %, '
              f'own {100 * cpu["own_ns"] / cpu["all_ns"]:.0f} % of the CPU time')

    def test_attribution(self):
        """The parts add up to the latencies; of pinned memory in a full cgroup, reclaim is one."""
        record = self.record('thp-pinned')
        found, woken = record['attribution'], record['latency']['woken']
        for split in found['all'], found['slow']:
            parts = [ns for name, ns in split.items() if name not in ('count', 'total_ns')]
            self.assertEqual(sum(parts), split['total_ns'])
        self.assertEqual(found['all']['count'], woken['count'])
        self.assertEqual(found['all']['total_ns'], woken['sum'])
        self.assertGreaterEqual(found['slow']['count'] * 100, woken['count'])
        self.assertGreaterEqual(found['slow']['total_ns'],
                                found['slow']['count'] * found['slow_from_ns'])
        if 'direct_reclaim' in found['sources']:
            self.assertGreater(found['slow']['direct_reclaim_ns'], 0)
        else:
            self.assertTrue(any('reclaim' in text for text in found['sources']['missing']))

    def test_attribution_without_privilege(self):
        """The run goes on, and says what it could not see."""
        done = subprocess.run(
            ['setpriv', '--bounding-set', '-net_admin', *harness.command(
                'thp-base', *harness.SMALL, *SHORT)],
            stdout=subprocess.PIPE, text=True, timeout=120, check=False)
        found = harness.records(done.stdout)[0]['attribution']
        self.assertNotIn('direct_reclaim_ns', found['all'])
        self.assertIn('on_cpu_ns', found['all'])
        self.assertRegex(' '.join(found['sources']['missing']), 'CAP_NET_ADMIN|CONFIG_TASKSTATS')

    def test_attribution_off(self):
        """Nobody is asked, and nothing is recorded."""
        self.assertNotIn('attribution', self.record('thp-base', '--attribution', 'off'))

    def turn(self, knob, choice):
        """Turns a switch of huge pages until the test has ended."""
        with open(knob, encoding='utf-8') as f:
            before = re.search(r'\[(\w+)\]', f.read())[1]

        def write(text):
            with open(knob, 'w', encoding='utf-8') as f:
                f.write(text)
        write(choice)
        self.addCleanup(write, before)

    def test_switch_of_one_size(self):
        """The switch of a huge page's size alone is obeyed as the kernel does, and recorded."""
        top = '/sys/kernel/mm/transparent_hugepage'
        with open(f'{top}/hpage_pmd_size', encoding='utf-8') as f:
            knob = f'{top}/hugepages-{int(f.read()) // 1024}kB/enabled'
        if not os.path.exists(knob):
            self.skipTest('this kernel has no switch of one size')
        self.turn(knob, 'never')
        done = harness.run('thp-idle', *SHORT)
        self.assertEqual(done.returncode, 77)
        self.assertIn('transparent huge pages of this size are switched off (never)', done.stdout)
        self.assertEqual(harness.records(done.stdout), [])
        # on for this size, and off for all others
        self.turn(knob, 'always')
        self.turn(f'{top}/enabled', 'never')
        done = harness.run('thp-idle', *SHORT)
        harness.assert_passed(self, done)
        record, = harness.records(done.stdout)
        harness.assert_valid(self, record)
        self.assertEqual((record['environment']['memory']['thp_pmd'],
                          record['environment']['memory']['thp_enabled']), ('always', 'never'))
        huge, fallback = (record['thp'][kind]['count'] for kind in ('huge', 'fallback'))
        self.assertGreater(huge, 9 * fallback)

    def test_seed_decides_the_schedule(self):
        """The same seed plans the same instants; another seed does not."""
        def expected(seed):
            done = harness.run('timer-idle', '--duration', '500ms', '--seed', seed)
            return harness.records(done.stdout)[0]['periods']['expected']
        self.assertEqual(expected('7'), expected('7'))
        self.assertGreater(len({expected(str(seed)) for seed in range(5)}), 1)


if __name__ == '__main__':
    unittest.main(verbosity=2)
