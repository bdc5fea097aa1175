# SPDX-License-Identifier: MIT
"""contrib/lava against a small server of its own, which answers as LAVA's REST interface does."""
import http.server
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

import records
import yaml

PINLAT = os.environ['PINLAT']
SOURCE = pathlib.Path(os.environ['SOURCE'])
LAVA = SOURCE / 'contrib/lava'
ROUND = SOURCE / 'docs/ci/lava-round.yaml'
KERNELS = ['6.1', '6.1-patched']
DEFINES = ['-D', 'ARTIFACTS=srv', '-D', 'BASE=' + KERNELS[0], '-D', 'NEW=' + KERNELS[1]]
TOKEN = 'secret'


class Handler(http.server.BaseHTTPRequestHandler):
    """Jobs in the order of their submission; in pages of two."""

    def log_message(self, *_):
        pass

    def answer(self, code, body):
        self.send_response(code)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self, body=None):
        lava, url = self.server, urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if self.headers['Authorization'] != f'Token {TOKEN}':
            return self.answer(401, b'{"detail":"Authentication credentials were not provided."}')
        if body is not None:
            job = lava.add(json.loads(body)['definition'])
            return self.answer(201, json.dumps({'job_ids': [job['id']]}).encode())
        if url.path.endswith('/logs/'):
            number = int(url.path.split('/')[-3])
            lava.fetched.append(number)
            if number == lava.stuck:
                lava.is_stuck.set()
                lava.go_on.wait(60)
            log = lava.logs.get(number)
            return self.answer(200, log) if log else self.answer(404, b'{"detail":"Not found."}')
        begins, at = query['description__startswith'], int(query.get('offset', 0))
        found = [j for j in lava.jobs if j['description'].startswith(begins)]
        more = f'http://its.own.name/jobs/?{url.query}&offset={at + 2}'
        return self.answer(200, json.dumps({
            'results': found[at:at + 2],
            'next': more if at + 2 < len(found) else None}).encode())

    def do_GET(self):
        self.handle_one()

    def do_POST(self):
        self.handle_one(self.rfile.read(int(self.headers['Content-Length'])))


class Lava(http.server.ThreadingHTTPServer):
    """A LAVA server whose jobs are over when the test says so."""
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.jobs, self.logs, self.fetched = [], {}, []
        self.stuck, self.is_stuck, self.go_on = None, threading.Event(), threading.Event()
        self.at_once = False

    def handle_error(self, request, client_address):
        """A client that is killed does not read its answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def add(self, text):
        definition = yaml.safe_load(text)
        job = {'id': len(self.jobs) + 7, 'definition': text, 'state': 'Submitted',
               'health': 'Unknown', 'actual_device': None,
               'description': definition['job_name'], 'order': orders(definition)}
        self.jobs.append(job)
        if self.at_once:
            self.finish(job)
        return job

    def finish(self, job, log=None, health='Complete'):
        """As its device does: the packs of its kernels in the order of the job."""
        device = (yaml.safe_load(job['definition']).get('tags') or ['qemu9'])[-1]
        job.update(state='Finished', health=health, actual_device=device)
        self.logs[job['id']] = log if log is not None else \
            b''.join(log_of(kernel, device, job['id']) for kernel in job['order'])


def orders(definition):
    """The labels of its boots."""
    tests = [action['test'] for action in definition['actions'] if 'test' in action]
    steps = [d['repository']['run']['steps'] for test in tests for d in test['definitions']]
    return [shlex.split(of[0])[0].partition('=')[2] for of in steps]


def log_of(kernel, device, number):
    """What LAVA keeps of the boot of a kernel: its messages as YAML, with a pack."""
    with tempfile.TemporaryDirectory() as folder:
        made = records.make_set(kernel, runs=1, factor={'thp-busy': 1 + number / 100})
        for record in made:
            record['boot_id'] = f'{kernel} {number}'
            record['start'] = f'2026-11-27T{number:02}:{10 * (kernel == KERNELS[1]):02}:00Z'
            record['environment'].update(machine_id=f'id of {device}', host=device)
        records.write(f'{folder}/records', made)
        pack = subprocess.run([PINLAT, 'pack', '--name', kernel, f'{folder}/records'], check=True,
                              capture_output=True, text=True).stdout
    lines = ['Linux version 6.1.0', *pack.splitlines(), '<LAVA_SIGNAL_ENDRUN 0_pinlat>']
    return ''.join('- ' + json.dumps({'dt': '2026-11-27T01:02:03', 'lvl': 'target', 'msg': line})
                   + '\n' for line in lines).encode()


class ContribLava(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-unit-'))
        self.addCleanup(shutil.rmtree, self.top)
        self.lava = Lava()
        threading.Thread(target=self.lava.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(self.lava.server_close)
        self.addCleanup(self.lava.shutdown)
        self.addCleanup(self.lava.go_on.set)

    def start(self, *command, **more):
        url = 'http://127.0.0.1:%d' % self.lava.server_address[1]
        return subprocess.Popen(
            [sys.executable, LAVA / command[0], *map(str, command[1:])], cwd=self.top, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, 'LAVA_URL': url, 'LAVA_TOKEN': TOKEN, **more})

    def call(self, *command, code=0, **more):
        process = self.start(*command, **more)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, code, out + err)
        return out + err

    def submit(self, *options, **more):
        return self.call('submit.py', '--night', 'n1', *DEFINES, *options, ROUND, **more)

    def collect(self, code=0, **more):
        return self.call('collect.py', '--night', 'n1', '-o', 'out', code=code, **more)

    def files(self):
        """Of the night, without those that are there for a moment only."""
        return sorted(str(p.relative_to(self.top / 'out')) for p in self.top.rglob('*.jsonl'))

    def finish(self, *jobs, **more):
        for job in jobs or self.lava.jobs:
            self.lava.finish(job, **more)

    def test_whole_night(self):
        self.submit('--rounds', 3, '--tag', 'qemu1', '--tag', 'qemu2')
        self.assertEqual(len(self.lava.jobs), 6)
        definitions = [yaml.safe_load(j['definition']) for j in self.lava.jobs]
        self.assertEqual(sorted(d['tags'][-1] for d in definitions), ['qemu1'] * 3 + ['qemu2'] * 3)
        # Each job boots both, and the lot does not give all of them the same order.
        self.assertTrue(all(sorted(j['order']) == KERNELS for j in self.lava.jobs))
        self.assertEqual({tuple(j['order']) for j in self.lava.jobs},
                         {tuple(KERNELS), tuple(KERNELS[::-1])})
        self.assertIn('job 7, round 1: Submitted', self.collect(1))
        self.finish(*self.lava.jobs[:4])
        self.assertIn('job 12, round 3: Submitted', self.collect(1))
        self.assertEqual(len(self.files()), 8)
        self.finish()
        self.assertNotIn('missing', self.collect())
        self.assertIn('6.1-patched/qemu2-job-12.jsonl', self.files())
        self.assertEqual(len(self.files()), 12)
        # All of it is read as one comparison of two machines, and a second look fetches nothing.
        shown = subprocess.run([PINLAT, 'compare', *KERNELS], cwd=self.top / 'out', text=True,
                               capture_output=True, check=False)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn('qemu2', shown.stdout)
        fetched = len(self.lava.fetched)
        self.assertEqual(self.collect(), '')
        self.assertEqual((len(self.lava.fetched), fetched), (6, 6))

    def test_submit_goes_on(self):
        self.submit('--rounds', 1)
        self.assertIn('2 of 3', self.partly())
        self.submit('--rounds', 3)
        self.submit('--rounds', 3)
        self.assertEqual(len(self.lava.jobs), 3)

    def partly(self):
        """As if submit had been killed after its first of three."""
        job = yaml.safe_load(self.lava.jobs[0]['definition'])
        job['metadata']['pinlat.total'] = '3'
        self.lava.jobs[0]['definition'] = yaml.safe_dump(job)
        self.finish()
        return self.collect(1)

    def test_lost_packs(self):
        self.submit('--rounds', 3)
        killed, broken, empty = self.lava.jobs
        first = killed['order'][0]
        # Killed during its second boot; a pack with a line missing; one that the server has not.
        self.finish(killed, log=log_of(first, 'qemu9', 7) + b'- {"lvl": "target", "msg": "Linu',
                    health='Incomplete')
        logs = [log_of(kernel, 'qemu9', 8).splitlines(True) for kernel in broken['order']]
        del logs[1][3]
        self.finish(broken, log=b''.join(sum(logs, [])))
        self.finish(empty, log=b'')
        said = self.collect(1)
        self.assertRegex(said, 'missing: job 7, .*Incomplete, no whole pack of '
                               + killed['order'][1])
        self.assertRegex(said, f'missing: job 8, .*no whole pack of {broken["order"][1]};.* lines?')
        self.assertRegex(said, 'missing: job 9, .*HTTP 404')
        self.assertEqual(self.files(), sorted([f'{first}/qemu9-job-7.jsonl',
                                               f'{broken["order"][0]}/qemu9-job-8.jsonl']))

    def test_killed_collector(self):
        self.submit('--rounds', 3)
        self.finish()
        self.lava.stuck = 8
        process = self.start('collect.py', '--night', 'n1', '-o', 'out')
        self.assertTrue(self.lava.is_stuck.wait(60))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = {p: (self.top / 'out' / p).stat() for p in self.files()}
        self.assertEqual(len(before), 2)
        self.lava.stuck = None
        self.lava.go_on.set()
        self.collect()
        self.assertEqual(len(self.files()), 6)
        self.assertEqual(self.lava.fetched.count(7), 1)
        for path, stat in before.items():
            self.assertEqual((self.top / 'out' / path).stat().st_mtime_ns, stat.st_mtime_ns)

    def test_one_machine_id(self):
        self.submit('--rounds', 1, '--tag', 'qemu1', '--tag', 'qemu2')
        for job in self.lava.jobs:
            self.finish(job, log=b''.join(log_of(k, 'qemu1', 1) for k in KERNELS))
            job['actual_device'] = f'qemu{job["id"]}'
        self.assertIn('the records of qemu7, qemu8 name the same machine', self.collect())

    def night(self, *options, code=0, start=False):
        command = ['nightly.py', '--night', 'n1', *DEFINES, '-o', 'out', '--poll', 0.1, *options,
                   ROUND]
        return self.start(*command) if start else self.call(*command, code=code)

    def test_nightly(self):
        self.lava.at_once = True
        said = self.night('--rounds', 2, '--tag', 'qemu1', '--tag', 'qemu2')
        self.assertIn('all records are here', said)
        self.assertRegex(said, '(?m)^(unclear|same|worse|better|mixed)|thp-busy')
        self.assertIn('<html', (self.top / 'out/n1/report.html').read_text(encoding='utf-8'))
        self.assertIn('n1', (self.top / 'out/index.html').read_text(encoding='utf-8'))

    def test_nightly_killed_and_lost(self):
        """Killed while it waits; the same command waits for the same jobs; a lost one once more."""
        process = self.night('--rounds', 2, start=True)
        end = time.monotonic() + 60
        while len(self.lava.jobs) < 2 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(self.lava.jobs), 2)
        process.kill()
        process.communicate()
        self.finish(self.lava.jobs[0])
        self.finish(self.lava.jobs[1], log=b'- {"lvl": "target", "msg": "x"}\n')
        self.lava.at_once = True
        said = self.night('--rounds', 2)
        self.assertIn('job 9: round 2, attempt 2', said)
        self.assertIn('all records are here', said)
        self.assertEqual(len(self.lava.jobs), 3)

    def test_nightly_gives_up(self):
        """What stays without records is named, and the rest is compared."""
        self.submit('--rounds', 2)
        self.finish(self.lava.jobs[0])
        self.finish(self.lava.jobs[1], log=b'- {"lvl": "target", "msg": "x"}\n')
        said = self.night('--rounds', 2, '--again', 0, code=1)
        self.assertIn('missing: job 8', said)
        self.assertTrue((self.top / 'out/n1/report.html').exists())

    def test_bad_usage(self):
        self.assertIn('set LAVA_URL', self.submit(code=3, LAVA_URL='http://127.0.0.1:1'))
        self.assertIn('HTTP 401', self.submit(code=3, LAVA_TOKEN='wrong'))
        self.assertIn('does not have this word', self.submit('-D', 'ELSE=1', code=2))
        self.assertIn('no job of the night n1', self.collect(2))
        self.submit('--rounds', 1)
        self.finish()
        self.assertIn('set PINLAT', self.collect(2, PINLAT='/nowhere/pinlat'))
        self.assertIn('two boots', self.submit('-D', 'NEW=6.1', code=2))
        (self.top / 'job.yaml').write_text('actions: [{deploy: {}}]\n', encoding='utf-8')
        self.assertIn('LABEL', self.call('submit.py', '--night', 'n', 'job.yaml', code=2))


if __name__ == '__main__':
    unittest.main()
