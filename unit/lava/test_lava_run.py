# SPDX-License-Identifier: MIT
"""
docs/ci/lava-round.yaml, run by LAVA's own dispatcher (lava-run) on a device that is QEMU: two boots
in one job. `pinlat show` reads its log, though the second kernel talks on the serial line all the
time while its records go over it.

Debian's lava-dispatcher is unpacked, not installed: it would bring a service, udev, LVM and some
hundred packages more, none of which lava-run needs for this job.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.path.insert(0, os.path.join(os.environ['SOURCE'], 'contrib/lava'))

import guest  # noqa: E402 (it sets the path of the next)
from host import accelerator, kernel, packages  # noqa: E402
import needs  # noqa: E402
import submit  # noqa: E402

SOURCE, BUILD = pathlib.Path(os.environ['SOURCE']), pathlib.Path(os.environ['BUILD'])
PINLAT = os.environ['PINLAT']
KERNELS = ('quiet', 'talking')
STORM = 'storm: a message'
MINUTES = 12


def dispatcher(folder):
    """Debian's lava-dispatcher: where its modules are, and its lava-run."""
    root = packages.unpack('lava-dispatcher', ['lava-dispatcher', 'lava-dispatcher-host'])
    # lava-run imports libguestfs for jobs that change disk images, and this one has none.
    (folder / 'guestfs.py').write_text('"""No disk image is changed."""\n', encoding='utf-8')
    return f'{root}/usr/lib/python3/dist-packages:{folder}', root / 'usr/bin/lava-run'


def device(accel):
    """The device's configuration with how QEMU emulates here."""
    with open(SOURCE / 'unit/lava/device.yaml', encoding='utf-8') as file:
        config = yaml.safe_load(file)
    config['actions']['boot']['methods']['qemu']['parameters']['extra'] += [
        '-accel kvm -cpu host' if accel == 'kvm' else '-accel tcg,thread=multi '
        '-cpu max,-erms,-fsrm']
    return config


def job(folder):
    """The job that submit.py makes of the template, with short measurements."""
    template = submit.Template(guest.short_job(folder / 'template.yaml'), [
        f'ARTIFACTS=file://{folder}/artifacts', f'BASE={KERNELS[0]}', f'NEW={KERNELS[1]}'])
    return template.definition('tonight', 0, '', 1, 1)


def messages(log):
    """What the device wrote: LAVA's lines of YAML, each a mapping."""
    for line in log.splitlines():
        if 'lvl: target' in line or '"lvl": "target"' in line:
            yield yaml.load(line, submit.lava.LOADER)['msg']


class LavaRun(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-lava-run-'))
        self.addCleanup(shutil.rmtree, self.top)

    def run_job(self):
        """(exit code, log) of lava-run."""
        debian = kernel.stock()
        guest.make(self.top / 'artifacts', BUILD,
                   {name: (debian, name == 'talking') for name in KERNELS})
        modules, program = dispatcher(self.top)
        names = {'device': yaml.safe_dump(device(accelerator.choose(debian))),
                 'dispatcher': 'dispatcher_ip: 127.0.0.1\nprefix: pinlat-test-\n',
                 'job': job(self.top)}
        for name, text in names.items():
            (self.top / f'{name}.yaml').write_text(text, encoding='utf-8')
        command = ['/usr/bin/python3', program, '--job-id', str(os.getpid()), '--output-dir',
                   self.top / 'out', '--device', self.top / 'device.yaml', '--dispatcher',
                   self.top / 'dispatcher.yaml', self.top / 'job.yaml']
        started = time.monotonic()
        with open(self.top / 'log.yaml', 'w', encoding='utf-8') as log:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, check=False,
                                  stderr=subprocess.STDOUT, timeout=60 * MINUTES,
                                  env={**os.environ, 'PYTHONPATH': modules})
        print(f'lava-run: {(time.monotonic() - started) / 60:.1f} minutes for two boots')
        return done.returncode, (self.top / 'log.yaml').read_text(encoding='utf-8')

    def pinlat(self, *command):
        """Its output; it must go well."""
        done = subprocess.run([PINLAT, *command], text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''), command)
        return done.stdout

    def test_round(self):
        code, log = self.run_job()
        if os.environ.get('KEEP'):
            shutil.copy(self.top / 'log.yaml', os.environ['KEEP'])
        said = list(messages(log))
        self.assertEqual(code, 0, '\n'.join(said[-40:]) or log[-4000:])
        packs = {name: [] for name in KERNELS}
        for at, line in enumerate(said):
            for ends in re.findall(r'pinlat-pack \w+ (?:head|tail) (\w+)', line):
                packs[ends].append(at)
        self.assertTrue(all(packs.values()), '\n'.join(said[-60:]))
        # The kernel was heard in the middle of one, and not of the other.
        heard = {name: sum(STORM in line for line in said[ends[0]:ends[-1]])
                 for name, ends in packs.items()}
        lines = packs['talking'][-1] - packs['talking'][0]
        print(f'between the first and the last of {lines} lines: {heard["talking"]} messages')
        self.assertGreaterEqual(heard['talking'], 5)
        self.assertEqual(heard['quiet'], 0)
        shown = self.pinlat('show', self.top / 'log.yaml')
        print(shown)
        self.pinlat('pack', '--unpack', self.top / 'records', self.top / 'log.yaml')
        for name in KERNELS:
            text = (self.top / f'records/{name}.jsonl').read_text(encoding='utf-8')
            self.assertEqual(sorted(re.findall(r'"subtest": ?"([a-z-]+)"', text)),
                             ['thp-busy', 'timer-busy'])
            self.assertIn('"host":"qemu1"', text.replace('": "', '":"'))
            self.assertIn(name, shown)


if __name__ == '__main__':
    needs.root_and('qemu-system-x86_64', 'qemu-img', 'cpio', 'apt-get')
    unittest.main()
