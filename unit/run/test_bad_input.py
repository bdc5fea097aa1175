# SPDX-License-Identifier: MIT
"""Bad input: one clear line, exit code 79, nothing started."""
import ctypes
import errno
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

import harness

PR_SET_THP_DISABLE = 41
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
IO_URING_SETUP = 425

BAD = [
    (['--nonsense'], 'nonsense'),
    (['--duration'], 'duration'),
    (['--duration', '0'], "--duration: '0' is not a time"),
    (['--duration', '-1s'], "--duration: '-1s' is not a time"),
    (['--duration', 'long'], "--duration: 'long' is not a time"),
    (['--duration', '1e400s'], 'is not a time'),
    (['--fill', '0%'], "--fill: '0%' is not"),
    (['--fill', '120%'], "--fill: '120%' is not"),
    (['--fill', 'all'], "--fill: 'all' is not"),
    (['--fill', '1M'], '--fill: less than one object of 64M'),
    (['--object-size', '64Q'], "--object-size: '64Q' is not a size"),
    (['--object-size', '1234567'], 'in whole pages'),
    (['--object-size', '99999999999999999999G'], "is not a size"),
    (['--arena', 'everywhere'], "--arena: 'everywhere' is not an arena"),
    (['--arena', 'cgroup:'], "is not an arena"),
    (['--arena', 'cgroup:32M'], 'a cgroup of 32M cannot hold an object of 64M'),
    (['--arena', 'cgroup:512M', '--fill', '1G'], 'more than 90% of the cgroup of 512M'),
    (['--backing', '8k'], "--backing: '8k' is not 4k, thp or shmem"),
    (['--swap', 'lots'], "--swap: 'lots' is not"),
    (['--walker', 'dog'], "--walker: 'dog' is not a walk"),
    (['--walker', 'sparse:1G'], "--walker: 'sparse:1G' is not a walk"),
    (['--walker', 'tree:/no/such/tree'], '--walker: cannot read /no/such/tree'),
    (['--scratch', '/no/such/dir'], '--scratch: no directory /no/such/dir'),
    (['--scratch', '/etc/passwd'], '--scratch: /etc/passwd is not a directory'),
    (['--record', '/no/such/dir/file.json'], '--record: no directory /no/such/dir'),
    (['--record', '/tmp'], '--record: /tmp is a directory'),
    (['--interval', '1ns'], "--interval: '1ns' is not"),
    (['--interval', '2ms..1ms'], "--interval: '2ms..1ms' is not"),
    (['--interval', '30s'], '--interval: longer than a quarter of the window'),
    (['--priority', '100'], "--priority: '100' is not a priority of 1 to 99"),
    (['--rate', 'many'], "--rate: 'many' is not"),
    (['--block', '1'], "--block: '1' is not"),
    (['--depth', '0'], "--depth: '0' is not"),
    (['--seed', '0x10'], "--seed: '0x10' is not a whole number"),
    (['--label', 'a b'], "--label: 'a b' is not a label"),
    (['--label', 'x' * 65], 'is not a label'),
    (['--seq', '-1'], "--seq: '-1' is not a whole number"),
    (['--engine', 'steam'], "--engine: 'steam' is not an engine"),
]


class Program(ctypes.Structure):
    """struct sock_fprog"""
    _fields_ = [('length', ctypes.c_ushort), ('steps', ctypes.c_char_p)]


def refuse(number, error):
    """A seccomp filter by which system call @number fails with @error."""
    steps = [(0x20, 0, 0, 0),  # load the number
             (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | error), (0x06, 0, 0, 0x7fff0000)]
    program = Program(len(steps), b''.join(struct.pack('=HBBI', *step) for step in steps))
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0)


class BadInput(unittest.TestCase):
    def refused(self, done, text):
        self.assertEqual(done.returncode, 79, done)
        self.assertIn(text, done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
        self.assertNotIn('Starting subtest', done.stdout)

    def test_options(self):
        for options, text in BAD:
            with self.subTest(options=options):
                self.refused(harness.run('thp-pinned', *options), text)

    def test_environment_yields_to_options(self):
        done = harness.run('no-such-subtest', '--duration', '1s',
                           env={**os.environ, 'PINLAT_DURATION': '2s'})
        self.assertEqual(done.returncode, 79)
        self.assertIn('Unknown subtest: no-such-subtest', done.stderr)

    def test_listing_ignores_bad_environment(self):
        done = harness.run('*', '--list-subtests', env={**os.environ, 'PINLAT_DURATION': '0'})
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stdout.split()), 15)


class WithoutPrivileges(unittest.TestCase):
    """As nobody: a skip that says what is missing, and nothing is started."""

    def setUp(self):
        harness.require_root(self)

    def test_skips(self):
        for subtest, text in [('timer-idle', 'needs SCHED_FIFO'),
                              ('thp-pinned', 'run as root'),
                              ('thp-base', 'run as root')]:
            with self.subTest(subtest=subtest):
                done = harness.run(subtest, user='nobody', group='nogroup', extra_groups=[])
                self.assertEqual((done.returncode, done.stderr), (77, ''))
                self.assertIn(text, done.stdout)
                self.assertIn(f'Subtest {subtest}: SKIP', done.stdout)

    def test_unwritable_directory(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o500)
            done = harness.run('thp-idle', '--record', f'{folder}/r.json', user='nobody',
                               group='nogroup', extra_groups=[])
        self.assertEqual(done.returncode, 79)
        self.assertIn('--record: cannot write to', done.stderr)

    def test_no_huge_pages(self):
        """Switched off for a process and all that it starts, as some service managers do."""
        def disable():
            ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
        done = harness.run('thp-idle', '--duration', '1s', preexec_fn=disable)
        self.assertEqual((done.returncode, done.stderr), (77, ''))
        self.assertIn('PR_SET_THP_DISABLE', done.stdout)

    def test_io_uring_refused(self):
        """By a filter of system calls, as containers have: it is not the sysctl that is blamed."""
        sysctl = pathlib.Path('/proc/sys/kernel/io_uring_disabled')
        if sysctl.exists() and sysctl.read_text(encoding='ascii') != '0\n':
            self.skipTest('the sysctl refuses it too')
        for error in (errno.EPERM, errno.ENOSYS):
            done = subprocess.run([harness.TEST, '--list-engines'], capture_output=True, text=True,
                                  check=False, preexec_fn=lambda error=error:
                                  refuse(IO_URING_SETUP, error))
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('uring\tno\ta seccomp filter refuses io_uring to this process',
                          done.stdout)

    @unittest.skipIf(os.environ.get('SANITIZED'),
                     "a sanitizer's shadow memory is more than nobody may lock")
    def test_thp_idle_needs_none(self):
        done = harness.run('thp-idle', '--duration', '3s', user='nobody', group='nogroup',
                           extra_groups=[])
        harness.assert_passed(self, done)


if __name__ == '__main__':
    unittest.main(verbosity=2)
