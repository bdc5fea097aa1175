# SPDX-License-Identifier: MIT
"""
A night on a real LAVA server with three devices, all on this machine (unit/lava/server): six jobs,
each of which boots two kernels. One device is killed in the middle of a job, and the collector in
the middle of the night. The server stays in the lab's cache folder for the next time.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import guest  # it sets the path of the next
from host import accelerator, kernel
from host.errors import LabError
from host.paths import cache

SOURCE, BUILD = pathlib.Path(os.environ['SOURCE']), pathlib.Path(os.environ['BUILD'])
PINLAT = os.environ['PINLAT']
KERNELS = ('6.1', '6.12')
SUBTESTS = ['thp-busy', 'timer-busy']
DEVICES, ROUNDS = 3, 2
HOURS = 1.5


def qemu_of(device):
    """The process of a device, or None."""
    for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if words.startswith(b'qemu-system') or b'/qemu-system' in words.split(b'\0')[0]:
            if b'macaddr=52:54:00:00:00:%02d' % device in words:
                return int(path.parent.name)
    return None


class Server(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(os.environ.get('LAVA_ROOT') or cache() / 'lava-server')
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-lava-'))
        self.addCleanup(shutil.rmtree, self.top)
        self.began = time.monotonic()
        self.night = f'n{int(time.time())}'

    def say(self, text):
        print(f'{(time.monotonic() - self.began) / 60:5.1f} min: {text}', flush=True)

    def up(self):
        """The server, and what its jobs download."""
        chosen = {name: (kernel.stock(name), False) for name in KERNELS}
        accel = accelerator.choose(chosen['6.1'][0])
        self.say(f'devices use {accel}')
        self.addCleanup(subprocess.run, [SOURCE / 'unit/lava/server', 'down', self.root],
                        check=False)
        options = {'QEMU_OPTIONS': '-accel kvm -cpu host'} if accel == 'kvm' else {}
        subprocess.run([SOURCE / 'unit/lava/server', 'up', self.root, str(DEVICES)], check=True,
                       env={**os.environ, **options}, stdin=subprocess.DEVNULL)
        # A new name each time: a job that an earlier night left must not find others below it.
        guest.make(self.root / 'srv/artifacts' / self.night, BUILD, chosen)
        self.addCleanup(shutil.rmtree, self.root / 'srv/artifacts' / self.night)
        self.say('the server is up, and the artifacts are made')

    def nightly(self):
        """Starts it."""
        job = guest.short_job(self.top / 'job.yaml', RUNS='1', DURATION='4s',
                              OPTIONS='--probes timer,thp --loads busy')
        tags = [word for n in range(DEVICES) for word in ('--tag', f'qemu{n + 1}')]
        with open(self.top / 'nightly.log', 'a', encoding='utf-8') as log:
            return subprocess.Popen(
                [sys.executable, SOURCE / 'contrib/lava/nightly.py', '--night', self.night,
                 '-o', self.top / 'nights', '--rounds', str(ROUNDS), '--again', '2', *tags,
                 '--poll', '5', '-D', f'ARTIFACTS=file:///srv/artifacts/{self.night}',
                 '-D', f'BASE={KERNELS[0]}', '-D', f'NEW={KERNELS[1]}', job,
                 '--', '--allow', 'memory'], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, 'LAVA_URL': 'http://127.0.0.1:18080', 'PINLAT': PINLAT,
                     'LAVA_TOKEN': (self.root / 'root/token').read_text(encoding='ascii')})

    def log(self):
        return (self.top / 'nightly.log').read_text(encoding='utf-8')

    def files(self):
        """Records that are there, whole or not."""
        return sorted((self.top / 'nights' / self.night).rglob('*.jsonl'))

    def wait(self, what, process, until):
        """For @until() while the process runs; its result."""
        while not (result := until()):
            self.assertIsNone(process.poll(), f'ended before {what}:\n{self.log()}')
            self.assertLess(time.monotonic() - self.began, 3600 * HOURS, self.log())
            time.sleep(2)
        self.say(what)
        return result

    def test_night(self):
        self.up()
        collector = self.nightly()
        # Killed while it boots or measures: the log holds no pack of one kernel at least.
        pid = self.wait('a device is in the middle of a job', collector, lambda: qemu_of(2))
        time.sleep(20)
        os.kill(qemu_of(2) or pid, signal.SIGKILL)
        self.say('its QEMU is killed')
        self.wait('records of a first job are here', collector, self.files)
        collector.kill()
        collector.wait()
        before = {path: path.stat().st_mtime_ns for path in self.files()}
        self.say(f'the collector is killed; it has {len(before)} files')
        collector = self.nightly()
        collector.wait(3600 * HOURS)
        self.say('all is over')
        print(self.log())
        self.assertEqual(collector.returncode, 0)
        self.assertEqual({p: p.stat().st_mtime_ns for p in before}, before)
        self.assertRegex(self.log(), r'attempt 2')
        rounds = {name: 0 for name in KERNELS}
        for path in self.files():
            of = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]
            self.assertEqual(sorted(r['subtest'] for r in of), SUBTESTS, path)
            self.assertEqual({r['label'] for r in of}, {path.parent.name})
            self.assertEqual({r['environment']['host'] for r in of}, {path.name.split('-job-')[0]})
            rounds[path.parent.name] += 1
        self.assertTrue(all(n >= DEVICES * ROUNDS for n in rounds.values()), rounds)
        self.assertRegex(self.log(), r'(?m)^.*\b(unclear|same|worse|better|mixed)\b')
        for page in (f'{self.night}/report.html', 'index.html'):
            self.assertIn('<html', (self.top / 'nights' / page).read_text(encoding='utf-8'))
        jobs = re.findall(r'(?m)^job \d+: round', self.log())
        self.say(f'{len(jobs)} jobs, {sum(rounds.values())} boots with whole records')


if __name__ == '__main__':
    missing = [program for program in ('qemu-system-x86_64', 'qemu-img', 'debootstrap')
               if not shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin')]
    if os.geteuid() != 0 or missing:
        print('skipped: ' + (f'{missing[0]} is not here' if missing else 'a chroot wants root'))
        sys.exit(77)
    try:
        unittest.main()
    except LabError as error:
        sys.exit(f'{error}')
