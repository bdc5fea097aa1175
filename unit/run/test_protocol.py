# SPDX-License-Identifier: MIT
"""
The real test binary against the IGT protocol, as root and as nobody, on a machine
without a GPU. What the protocol's own library does in detail (failing, crashing,
asserting subtests, hooks, signals) is tested on a fake binary in unit/igt.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

SUBTESTS = [f'{probe}-{load}' for probe in ('timer', 'thp')
            for load in ('idle', 'base', 'locked', 'pinned', 'busy')]
SUBTESTS += ['pageout-base', 'pageout-pinned', 'pageout-busy']
SUBTESTS += ['thp-pinned-versus-locked', 'thp-busy-versus-locked']
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tests',
                      'gem_syslatency_pinned.c')
METRIC = re.compile(r'^pinlat-metric: subtest=(\S+) valid=(true|false) unit=ns samples=\d+'
                    r'( p[0-9.]+=(\d+|none)){4} max=\d+( huge_percent=[0-9.]+)? interval=\d+'
                    r'( faults=\d+( stalls_10*ms=\d+){3})?$', re.M)
ORIGINAL = re.compile(r'^gem_syslatency: cycles=\d+, latency mean=[0-9.]+us max=\d+us$', re.M)


class Protocol:
    """Mixed into one class for each user."""
    user = {}

    def call(self, *options, **kwargs):
        return subprocess.run([self.binary, *options], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False,
                              **self.user, **kwargs)

    def passes(self, *options):
        done = self.call(*options)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.binary = shutil.copy(harness.TEST, folder.name)

    def test_list_subtests(self):
        self.assertEqual(self.passes('--list-subtests').split(), SUBTESTS)

    def test_show_testlist(self):
        self.assertEqual(self.passes('--show-testlist').split(),
                         [f'igt@gem_syslatency_pinned@{name}' for name in SUBTESTS])

    def test_documentation(self):
        """The block that IGT's scripts/igt_doc.py reads names what --list-subtests lists."""
        with open(SOURCE, encoding='utf-8') as f:
            blocks = re.findall(r'^/\*\*\n((?: \*.*\n)+?) \*/$', f.read(), re.M)
        self.assertIn(' * TEST: gem syslatency pinned\n', blocks[0])
        names = []
        for block in blocks:
            arguments = re.findall(r'^ \* @(\S+): \S', block, re.M)
            for name in re.findall(r'^ \* SUBTEST: (\S+)\n \* Description: \S', block, re.M):
                names += [name.replace('%s', a) for a in arguments]
        self.assertEqual(sorted(names), sorted(SUBTESTS))

    def test_describe(self):
        out = self.passes('--describe')
        for name in SUBTESTS:
            self.assertRegex(out, rf'SUB {name} \S+:\d+:\n  \S')
        self.assertNotIn('NO DOCUMENTATION', out)
        self.assertEqual(self.passes('--describe=thp-busy').count('SUB '), 1)

    def test_help_and_version(self):
        self.assertIn('--object-size SIZE', self.passes('--help'))
        self.assertTrue(self.passes('--help-description').strip())
        self.assertIn('IGT-Version: ', self.passes('--version'))

    def test_lists(self):
        for option in ('--list-engines', '--list-tracing'):
            for line in self.passes(option).splitlines():
                self.assertRegex(line, r'^[a-z0-9 ]+\t(yes|no)\t.+$')

    def sizes(self, *options):
        return dict(line.split('\t') for line in
                    self.passes('--list-sizes', '--object-size', '4M', *options).splitlines())

    def test_sizes(self):
        """Given as options, what is automatic is so no more: nothing else can be worked out."""
        for options, name, text in (([], 'walker', r'tree:(/|made)'),
                                    (['--walker', 'loop'], 'walker', r'loop:[\d.]+[MG]'),
                                    (['--arena', 'cgroup:256M', '--fill', '50%'], 'fill', '128M'),
                                    (['--swap', 'auto'], 'pageout-swap', r'own|auto:.*\d[MG]')):
            with self.subTest(options):
                listed = self.sizes(*options)
                self.assertRegex(listed[name], f'^({text})$')
                self.assertEqual(set(listed) | {'arena'}, {
                    'arena', 'fill', 'swap', 'pageout-swap', 'walker', 'walker-rate'})
                self.assertEqual('arena' in listed, '--arena' not in options)
                del listed['pageout-swap']
                self.assertEqual(self.sizes(*options, *(
                    word for pair in listed.items() for word in ('--' + pair[0], pair[1]))), {})
        self.assertEqual(set(self.sizes('--swap', 'own', '--walker', 'stream')),
                         {'arena', 'fill', 'walker-rate'})

    def test_no_sizes(self):
        done = self.call('--list-sizes', '--arena', 'cgroup:64M', '--object-size', '32M')
        self.assertEqual((done.returncode, done.stdout), (77, ''))
        self.assertIn('not one object of 32 MiB fits', done.stderr)

    def test_unknown(self):
        for options, text in ((['--run-subtest', 'no'], 'Unknown subtest: no'),
                              (['--no-such-option'], 'no-such-option')):
            done = self.call(*options)
            self.assertEqual(done.returncode, 79)
            self.assertIn(text, done.stderr)

    def test_run(self):
        """thp-idle needs nothing: neither privileges nor a GPU."""
        done = self.call('--run-subtest', 'thp-idle', '--duration', '3s')
        failed = harness.assert_passed(self, done)
        self.assertEqual(len(METRIC.findall(done.stdout)), 1)
        self.assertEqual(len(ORIGINAL.findall(done.stdout)), 1)
        self.assertEqual(len(harness.records(done.stdout)), 1)
        results = [line for line in done.stdout.splitlines() if line.startswith('Subtest ')]
        self.assertEqual(len(results), 1, 'igt_runner takes each such line for a test')
        outcome = 'SKIP' if failed else 'SUCCESS'
        self.assertRegex(results[0], rf'^Subtest thp-idle: {outcome} \(\d+\.\d{{3}}s\)$')

    def test_sentinel(self):
        done = self.call('--run-subtest', 'thp-idle', '--duration', '3s',
                         env={**os.environ, 'IGT_SENTINEL_ON_STDERR': '1'})
        failed = any(map(harness.contended, harness.records(done.stdout)))
        outcome = 'SKIP' if failed else 'SUCCESS'
        self.assertEqual([re.sub(r'\d+\.\d+', 'T', line) for line in done.stderr.splitlines()
                          if re.match('Start|Subtest.*:', line) or not failed],
                         ['Starting subtest: thp-idle', f'Subtest thp-idle: {outcome} (Ts)'])

    def test_patterns(self):
        """What igt_runner generates to go on after a crash."""
        done = self.call('--run-subtest', '*,!timer-*,!thp-[^i]*,!pageout-*', '--duration', '3s')
        harness.assert_passed(self, done)
        self.assertEqual(re.findall(r'^Starting subtest: (\S+)', done.stdout, re.M), ['thp-idle'])

    def test_environment_reaches_the_record(self):
        done = self.call('--run-subtest', 'thp-idle', env={
            **os.environ, 'PINLAT_DURATION': '3s', 'PINLAT_LABEL': 'from-env', 'PINLAT_SEED': '9'})
        record = harness.records(done.stdout)[0]
        self.assertEqual((record['label'], record['seed'], record['config']['duration_ns']),
                         ('from-env', 9, 3000000000))

    def test_wrong_environment_fails(self):
        """igt_runner calls exit code 79 a skip, and nobody looks at skips."""
        for name, value, text in (
                ('PINLAT_DURATION', '0', "PINLAT_DURATION: '0' is not a time"),
                ('PINLAT_DURATOIN', '2s', 'PINLAT_DURATOIN: there is no option of that name'),
                ('PINLAT_SCRATCH', '/no/dir', 'no directory /no/dir')):
            done = self.call('--run-subtest', '*-idle', env={**os.environ, name: value})
            self.assertEqual(done.returncode, 98, done)
            self.assertEqual(re.findall(r'^Subtest (\S+): FAIL \(0\.000s\)$', done.stdout, re.M),
                             ['timer-idle', 'thp-idle'])
            self.assertIn(text, done.stderr)
            self.assertNotIn('Starting subtest', done.stdout)

    def test_log_level_hides_no_result(self):
        done = self.call('--run-subtest', 'thp-idle', '--duration', '3s',
                         env={**os.environ, 'IGT_LOG_LEVEL': 'none'})
        self.assertEqual(len(harness.records(done.stdout)), 1)


class AsCaller(Protocol, unittest.TestCase):
    def test_record_file(self):
        """One JSON line a subtest, in a file that is always whole."""
        harness.require_root(self)
        with tempfile.TemporaryDirectory() as folder:
            path = f'{folder}/records.json'
            done = self.call('--run-subtest', '*-idle', '--duration', '3s', '--record', path)
            self.assertEqual(harness.records(done.stdout), [])
            with open(path, encoding='utf-8') as f:
                found = [json.loads(line) for line in f]
            harness.assert_passed(self, done, found)
            self.assertEqual([r['subtest'] for r in found], ['timer-idle', 'thp-idle'])
            self.assertEqual(os.listdir(folder), ['records.json'])

    def test_packed(self):
        """The record in short lines, which any command finds in the output."""
        harness.require_root(self)
        done = self.call('--run-subtest', 'thp-idle', '--duration', '2s', '--record', 'pack')
        self.assertEqual((done.returncode, harness.records(done.stdout)), (0, []))
        lines = [line for line in done.stdout.splitlines() if line.startswith('pinlat-pack ')]
        self.assertGreater(len(lines), 3)
        self.assertLessEqual(max(map(len, lines)), 760)
        with tempfile.NamedTemporaryFile('w', suffix='.log') as f:
            f.write(done.stdout)
            f.flush()
            shown = subprocess.run([os.environ['PINLAT'], 'show', f.name], check=True,
                                   capture_output=True, text=True).stdout
        self.assertIn('subtest  thp-idle', shown)

    def test_device_that_is_not_here(self):
        """Whoever names a GPU gets no figures of something else: a skip, ten times of ten."""
        harness.require_root(self)
        for variable, value, text in (
                ('IGT_DEVICE', 'drm:/dev/dri/card99', "drm:/dev/dri/card99'"),
                ('IGT_DEVICE', 'pci:vendor=Intel,device=dg2,card=0', 'code name'),
                ('IGT_FORCE_DRIVER', 'vgem', "no engine 'vgem'")):
            for subtest in [s for s in SUBTESTS if s.endswith(('pinned', 'busy'))]:
                done = self.call('--run-subtest', subtest, '--arena', 'cgroup:64M',
                                 '--object-size', '4M', env={**os.environ, variable: value})
                self.assertEqual((done.returncode, harness.records(done.stdout)), (77, []), done)
                self.assertIn(text, done.stdout)

    def versus(self, *options):
        return self.call('--run-subtest', 'thp-pinned-versus-locked', *harness.SMALL,
                         '--walker', 'stream', '--duration', '2s', *options)

    def test_versus(self):
        """Both loads in one process, a record of each, and how many times it is."""
        harness.require_root(self)
        done = self.versus('--limit', '1000000')
        found = harness.records(done.stdout)
        if harness.assert_passed(self, done):
            return
        self.assertEqual([r['subtest'] for r in found], ['thp-locked', 'thp-pinned'])
        means = [r['latency']['woken']['sum'] / r['latency']['woken']['count'] for r in found]
        times = float(re.search(r'^Limit: thp-pinned took \S+ on average, thp-locked \S+: '
                                r'([0-9.]+) times, at most 1000000$', done.stdout, re.M)[1])
        self.assertAlmostEqual(times, means[1] / means[0], delta=0.01)

    def test_brief(self):
        """Of 128 CPUs, made up from those that there are, a brief record is much smaller."""
        sizes = []
        for options in ([], ['--brief']):
            done = self.call('--run-subtest', 'thp-idle', '--duration', '2s', *options)
            record = harness.records(done.stdout)[0]
            cpus = record['latency']['per_cpu']
            self.assertEqual(sum(c['scheduled']['count'] for c in cpus),
                             0 if options else record['latency']['scheduled']['count'])
            with tempfile.NamedTemporaryFile('w', suffix='.json') as f:
                json.dump(record, f)
                f.flush()
                shown = subprocess.run([os.environ['PINLAT'], 'show', f.name], check=True,
                                       capture_output=True, text=True).stdout
            self.assertIn('thp-idle', shown)
            record['latency']['per_cpu'] = cpus * (128 // len(cpus))
            sizes.append(len(json.dumps(record, separators=(',', ':'))))
        self.assertLess(sizes[1], sizes[0] / 4, sizes)

    def stored(self, folder, scale, n):
        """@n stored records, @scale times as slow as one that is measured now."""
        done = self.call('--run-subtest', 'thp-idle', '--duration', '2s')
        record = harness.records(done.stdout)[0]
        record['validity'] = {'valid': True, 'reasons': [], 'notes': []}
        record['latency']['woken']['sum'] = int(record['latency']['woken']['sum'] * scale)
        path = os.path.join(folder, f'{scale}-{n}.jsonl')
        with open(path, 'w', encoding='utf-8') as f:
            f.writelines(json.dumps({**record, 'seq': i}) + '\n' for i in range(n))
        return path

    def against(self, path):
        return self.call('--run-subtest', 'thp-idle', '--duration', '2s', '--baseline', path)

    def test_baseline(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.against(self.stored(folder, 1000, 20))
            harness.assert_passed(self, done)
            done = self.against(self.stored(folder, 0.001, 20))
            if not any(map(harness.contended, harness.records(done.stdout))):
                self.assertEqual(done.returncode, 98)
                self.assertRegex(
                    done.stderr, r'thp-idle is above all stored runs: its mean is \S+, the '
                    r'largest of 20 is \S+: \d+\.\d\d times; with no change one run in 21 is '
                    r'above\n')
            done = self.against(self.stored(folder, 1000, 19))
            self.assertEqual(done.returncode, 77)
        done = self.against('/no/such/file')
        self.assertEqual(done.returncode, 79)
        self.assertIn('--baseline: cannot read /no/such/file', done.stderr)


@unittest.skipIf(os.geteuid() != 0, 'only root can become nobody')
class AsNobody(Protocol, unittest.TestCase):
    user = {'user': 'nobody', 'group': 'nogroup', 'extra_groups': []}

    def test_all_skipped(self):
        done = self.call('--run-subtest', 'timer-*,thp-base,thp-pinned,thp-*-versus-*')
        self.assertEqual((done.returncode, done.stderr), (77, ''))
        self.assertEqual(done.stdout.count('SKIP'), 9)
        self.assertIn('Test requirement not met in function', done.stdout)


class Orphans(unittest.TestCase):
    def test_nobody_holds_stdout(self):
        """After kill -9 the pipes must close at once, or igt_runner would wait."""
        harness.require_root(self)
        with harness.scratch_directory() as scratch:
            test = subprocess.Popen(harness.command('timer-pinned', *harness.SMALL, '--duration',
                                                    '20s', '--scratch', scratch),
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            harness.pid_of('pinlat-probe')
            test.kill()
            test.communicate(timeout=3)
            state = harness.settled_state(scratch, None, timeout=5)
            self.assertEqual((state['processes'], state['cgroups']), ({}, []))


if __name__ == '__main__':
    unittest.main(verbosity=2)
