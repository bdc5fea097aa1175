# SPDX-License-Identifier: MIT
"""Scratch on btrfs, which has checksums and copies on write: runs are valid, and it stays whole."""
import os
import re
import shutil
import subprocess
import unittest

import harness

ERRORS = re.compile(r'\.(\w+_errs)\s+(\d+)')


class Btrfs(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)
        if not shutil.which('mkfs.btrfs'):
            self.skipTest('needs mkfs.btrfs')
        self.folder = harness.scratch_directory()
        self.addCleanup(self.folder.cleanup)
        image, self.scratch = f'{self.folder.name}/image', f'{self.folder.name}/mounted'
        os.mkdir(self.scratch)
        with open(image, 'wb') as f:
            f.truncate(2 << 30)
        subprocess.run(['mkfs.btrfs', '--quiet', image], check=True)
        mounted = subprocess.run(['mount', '-o', 'loop', image, self.scratch], check=False,
                                 stderr=subprocess.PIPE, text=True)
        if mounted.returncode != 0:
            self.skipTest(f'no btrfs in this kernel, or no loop device: {mounted.stderr}')
        self.addCleanup(subprocess.run, ['umount', self.scratch], check=True)

    def errors(self):
        done = subprocess.run(['btrfs', 'device', 'stats', self.scratch], check=True,
                              stdout=subprocess.PIPE, text=True)
        return {name: int(n) for name, n in ERRORS.findall(done.stdout)}

    def test_busy(self):
        # As many in flight as make some of them meet.
        done = harness.run('timer-busy', *harness.SMALL, '--duration', '2s', '--depth', '64',
                           '--rate', '0', '--scratch', self.scratch)
        record = harness.records(done.stdout)[0]
        self.assertEqual(record['load']['errors'], 0, record['validity'])
        self.assertGreater(record['load']['requests'], 0)
        self.assertEqual(record['config']['swap'], 'file:32M')  # without copying on write
        errors = self.errors()
        self.assertIn('corruption_errs', errors)
        self.assertEqual(set(errors.values()), {0}, errors)
        self.assertEqual(os.listdir(self.scratch), [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
