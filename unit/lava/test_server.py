# SPDX-License-Identifier: MIT
"""
A night on a real LAVA server with three devices, all on this machine (unit/lava/server): six jobs,
each of which boots two kernels. One device is killed while it measures, and the collector in the
middle of the night. The server's tree stays in the lab's cache folder for the next time; nothing
that was started stays, however the test ends.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.environ['SOURCE'], 'contrib/lava'))

import guest  # noqa: E402 (it sets the path of the next)
from host import accelerator, kernel  # noqa: E402
from host.paths import cache  # noqa: E402
import lava  # noqa: E402
import needs  # noqa: E402

SOURCE, BUILD = pathlib.Path(os.environ['SOURCE']), pathlib.Path(os.environ['BUILD'])
PINLAT = os.environ['PINLAT']
SERVER, URL = SOURCE / 'unit/lava/server', 'http://127.0.0.1:18080'
KERNELS = ['6.1', '6.12']
SUBTESTS = ['thp-busy', 'timer-busy']
DEVICES, ROUNDS = [1, 2, 3], 2
VICTIM = 2
MINUTES = 90
# Waits until its caller is no more, whatever ended it, and then ends and removes all.
GUARD = 'cat; "$1" down "$2"; shift 2; rm -rf "$@"'


def qemu_of(device):
    """The process of a device, or None."""
    for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        try:
            words = path.read_bytes().split(b'\0')
        except OSError:
            continue
        if b'qemu-system' in words[0] and \
                any(b'macaddr=52:54:00:00:00:%02d' % device in word for word in words):
            return int(path.parent.name)
    return None


class Server(unittest.TestCase):
    def setUp(self):
        self.began = time.monotonic()
        self.night = f'n{int(time.time())}'
        self.root = pathlib.Path(os.environ.get('LAVA_ROOT') or cache() / 'lava-server')
        # A new name each time: a job that an earlier night left must not find others below it.
        self.artifacts = self.root / 'srv/artifacts' / self.night
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-lava-'))
        self.out = self.top / 'nights' / self.night
        guard = subprocess.Popen(
            ['sh', '-c', GUARD, 'sh', SERVER, self.root, self.top, self.artifacts],
            stdin=subprocess.PIPE, start_new_session=True)
        self.addCleanup(guard.communicate)

    def say(self, text):
        print(f'{(time.monotonic() - self.began) / 60:5.1f} min: {text}', flush=True)

    def up(self):
        """The server, and what its jobs download."""
        chosen = {name: (kernel.stock(name), False) for name in KERNELS}
        accel = accelerator.choose(chosen['6.1'][0])
        self.say(f'the kernels are here; devices use {accel}')
        options = {'QEMU_OPTIONS': '-accel kvm -cpu host'} if accel == 'kvm' else {}
        subprocess.run([SERVER, 'up', self.root, str(len(DEVICES))], check=True,
                       env={**os.environ, **options}, stdin=subprocess.DEVNULL)
        self.say('the server is up')
        guest.make(self.artifacts, BUILD, chosen)
        self.say('the artifacts are made')
        self.token = (self.root / 'root/token').read_text(encoding='ascii')
        self.server = lava.Server(URL, self.token)

    def nightly(self):
        """Starts it."""
        job = guest.short_job(self.top / 'job.yaml')
        tags = [word for n in DEVICES for word in ('--tag', f'qemu{n}')]
        with open(self.top / 'nightly.log', 'a', encoding='utf-8') as log:
            process = subprocess.Popen(
                [sys.executable, SOURCE / 'contrib/lava/nightly.py', '--night', self.night,
                 '-o', self.out.parent, '--rounds', str(ROUNDS), '--again', '2', *tags,
                 '--poll', '5', '--minutes', str(MINUTES),
                 '-D', f'ARTIFACTS=file:///srv/artifacts/{self.night}',
                 '-D', f'BASE={KERNELS[0]}', '-D', f'NEW={KERNELS[1]}', job,
                 '--', '--allow', 'memory'], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, 'LAVA_URL': URL, 'LAVA_TOKEN': self.token, 'PINLAT': PINLAT})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def log(self):
        return (self.top / 'nightly.log').read_text(encoding='utf-8')

    def files(self):
        """Records that are there, whole or not."""
        return sorted(self.out.rglob('*.jsonl'))

    def measuring(self):
        """The victim's job that runs its first test, or None."""
        for job in self.server.night(self.night):
            if job.device == f'qemu{VICTIM}' and job.state == 'Running':
                try:
                    if b'<LAVA_SIGNAL_STARTRUN' in self.server.log(job.number):
                        return job
                except lava.LavaError:
                    pass  # it has no log yet
        return None

    def wait(self, what, process, until):
        """For @until() while the process runs; its result."""
        while not (result := until()):
            self.assertIsNone(process.poll(), f'ended before {what}:\n{self.log()}')
            self.assertLess(time.monotonic() - self.began, 60 * MINUTES, self.log())
            time.sleep(2)
        self.say(what)
        return result

    def end_of_log(self, job):
        """For a person who looks why there are no records."""
        return self.server.log(job.number).decode(errors='replace')[-3000:]

    def check_records(self, lost):
        """Each round has both kernels' records, and the job whose device was killed has none."""
        jobs = list(self.server.night(self.night))
        self.assertEqual({job.key for job in jobs},
                         {(n, f'qemu{d}') for n in range(ROUNDS) for d in DEVICES})
        whole = {job.key for job in jobs if not job.missing(self.out)}
        self.assertEqual(whole, {job.key for job in jobs}, self.log())
        again = next(job for job in jobs if job.number == lost.number)
        self.assertEqual((again.health, again.missing(self.out)), ('Incomplete', KERNELS),
                         self.end_of_log(again))
        self.assertEqual([job.attempt for job in jobs if job.key == lost.key][:2], [1, 2])
        for path in self.files():
            of = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]
            self.assertEqual(sorted(r['subtest'] for r in of), SUBTESTS, path)
            self.assertEqual({r['label'] for r in of}, {path.parent.name})
            self.assertEqual({r['environment']['host'] for r in of}, {path.name.split('-job-')[0]})
        self.say(f'{len(jobs)} jobs, {len(self.files())} boots with whole records')

    def test_night(self):
        self.up()
        collector = self.nightly()
        lost = self.wait('a device measures', collector, self.measuring)
        os.kill(qemu_of(VICTIM), signal.SIGKILL)
        self.say(f'its QEMU is killed, in job {lost.number}')
        self.wait('records of a first job are here', collector, self.files)
        collector.kill()
        collector.wait()
        before = {path: path.stat().st_mtime_ns for path in self.files()}
        self.say(f'the collector is killed; it has {len(before)} files')
        collector = self.nightly()
        collector.wait(60 * MINUTES)
        self.say('the night is over')
        print(self.log(), flush=True)
        self.assertEqual(collector.returncode, 0)
        self.assertEqual({p: p.stat().st_mtime_ns for p in before}, before)
        self.check_records(lost)
        self.assertRegex(self.log(), r'(?s)all records are here.*\b(unclear|same|worse|better)\b')
        page = (self.out / 'report.html').read_text(encoding='utf-8')
        for word in ('<html', *KERNELS, *SUBTESTS, *(f'qemu{n}' for n in DEVICES)):
            self.assertIn(word, page)
        index = (self.out.parent / 'index.html').read_text(encoding='utf-8')
        self.assertIn(f'{self.night}/report.html', index)


if __name__ == '__main__':
    needs.root_and('qemu-system-x86_64', 'qemu-img', 'debootstrap')
    unittest.main()
