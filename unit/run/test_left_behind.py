# SPDX-License-Identifier: MIT
"""
Nothing is left behind, however a run ends: no swap file, cgroup, process, scratch
file, held latency request or changed setting.
"""
import ctypes
import mmap
import os
import signal
import subprocess
import tempfile
import time
import unittest

import harness

PR_SET_NAME = 15
LONG = [*harness.SMALL, '--duration', '20s', '--explain']


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def hog_cgroup(path):
    """Allocates in the cgroup until the OOM killer comes, for the load child."""
    pid = os.fork()
    if pid:
        return pid
    with open(f'{path}/cgroup.procs', 'w', encoding='utf-8') as f:
        f.write('0')
    libc = ctypes.CDLL(None, use_errno=True)
    # The report of the OOM killer names it, and only processes of pinlat belong into one.
    libc.prctl(PR_SET_NAME, b'pinlat-hog')
    held = []
    while len(held) < 1024:
        area = mmap.mmap(-1, 1 << 20)
        address = ctypes.addressof(ctypes.c_char.from_buffer(area))
        libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(1 << 20))
        held.append(area)
    time.sleep(30)
    os._exit(0)


class LeftBehind(unittest.TestCase):
    def setUp(self):
        harness.require_root(self)
        self.scratch = harness.scratch_directory()
        self.addCleanup(self.scratch.cleanup)
        self.before = harness.machine_state(self.scratch.name)
        self.assertEqual(self.before['processes'], {}, 'another run is going on')

    def start(self, subtest, *options):
        """Starts a run and waits until its window is open."""
        self.test = subprocess.Popen(
            harness.command(subtest, *LONG, '--scratch', self.scratch.name, *options),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True, start_new_session=True)
        self.load = harness.pid_of('pinlat-load')
        harness.pid_of('pinlat-probe')
        time.sleep(1.5)
        during = harness.machine_state(self.scratch.name)
        self.assertEqual(len(during['cgroups']), 1)
        self.assertIn('pinlat-swap-', during['swaps'])
        self.assertTrue(during['latency'])
        if subtest.startswith('thp'):
            self.assertIn(during['sysctls'].get('task_delayacct', '1\n'), '1\n')
        # Without tracefs in this kernel the run says so, and there is nothing to leave behind.
        if during['tracing'][0]:
            self.assertEqual(len(during['tracing'][1]), 2)
        return during

    def finish(self):
        out, err = self.test.communicate(timeout=60)
        self.assertEqual(harness.settled_state(self.scratch.name, self.before), self.before)
        return out, err

    def invalid_record(self, out, reason):
        record = harness.records(out)[0]
        self.assertFalse(record['validity']['valid'])
        self.assertIn(reason, record['validity']['reasons'][0])
        self.assertGreater(record['latency']['scheduled']['count'], 0)

    def test_normal_end(self):
        done = harness.run('timer-busy', *harness.SMALL, '--duration', '1s',
                           '--scratch', self.scratch.name)
        harness.assert_passed(self, done)
        self.assertEqual(harness.machine_state(self.scratch.name), self.before)

    def test_interrupt(self):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=sig.name):
                self.start('thp-busy')
                os.killpg(self.test.pid, sig)
                out, _ = self.finish()
                self.assertEqual(self.test.returncode, -sig)
                self.invalid_record(out, f'interrupted by signal {int(sig)}')

    def test_inherited_signals(self):
        """Children and SIGINT ignored and all signals blocked, as some starters have them."""
        def inherit():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        done = harness.run('timer-pinned', *harness.SMALL, '--duration', '1s',
                           '--scratch', self.scratch.name, preexec_fn=inherit)
        harness.assert_passed(self, done)
        self.assertEqual(harness.settled_state(self.scratch.name, self.before), self.before)
        self.test = subprocess.Popen(
            harness.command('timer-pinned', *LONG, '--scratch', self.scratch.name),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            preexec_fn=inherit)
        harness.pid_of('pinlat-probe')
        self.test.send_signal(signal.SIGINT)
        out, _ = self.finish()
        self.assertEqual(self.test.returncode, -signal.SIGINT)
        self.assertIn('interrupted by signal 2', out)

    def test_interrupt_while_filling(self):
        self.test = subprocess.Popen(
            harness.command('thp-pinned', *LONG, '--scratch', self.scratch.name),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        harness.pid_of('pinlat-load')
        self.test.send_signal(signal.SIGINT)
        out, _ = self.finish()
        self.assertEqual(self.test.returncode, -signal.SIGINT)
        self.assertIn('interrupted by signal 2', out)

    def test_test_killed(self):
        self.start('thp-busy')
        self.test.kill()
        self.finish()
        self.assertEqual(self.test.returncode, -signal.SIGKILL)

    def test_killed_with_a_tree(self):
        """The walker's files go too, also those of a tree that was not finished."""
        self.start('timer-base', '--walker', 'tree:made')
        self.assertTrue(self.trees())
        self.test.kill()
        self.finish()
        self.test = subprocess.Popen(
            harness.command('timer-base', *LONG, '--walker', 'tree:made', '--scratch',
                            self.scratch.name), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True)
        while not self.trees() and self.test.poll() is None:
            time.sleep(0.001)
        self.test.kill()
        self.finish()

    def trees(self):
        return [name for name in os.listdir(self.scratch.name) if name.startswith('pinlat-tree-')]

    def test_process_group_killed(self):
        """What igt_runner does when a test takes too long."""
        self.start('thp-busy')
        os.killpg(self.test.pid, signal.SIGKILL)
        self.finish()
        self.assertEqual(self.test.returncode, -signal.SIGKILL)

    def test_lock_is_held_until_all_is_put_back(self):
        self.start('thp-busy')
        watchdog = harness.pid_of('pinlat-watchdog')
        os.kill(watchdog, signal.SIGSTOP)
        os.killpg(self.test.pid, signal.SIGKILL)
        self.test.wait()
        while set(harness.processes()) - {watchdog}:
            time.sleep(0.1)
        done = harness.run('timer-idle', '--duration', '100ms', '--wait=off')
        self.assertEqual(done.returncode, 77, done.stdout)
        self.assertIn(f'another pinlat is at work: pid {self.test.pid}', done.stdout)
        os.kill(watchdog, signal.SIGCONT)
        self.finish()
        done = harness.run('timer-idle', '--duration', '100ms', '--wait=off')
        self.assertNotIn('another pinlat is at work', done.stdout)

    def test_load_child_killed(self):
        self.start('thp-pinned')
        os.kill(self.load, signal.SIGKILL)
        out, _ = self.finish()
        self.assertEqual(self.test.returncode, 98)
        self.invalid_record(out, 'the load child was killed by signal 9')

    def test_load_child_taken_by_oom_killer(self):
        # Locked, because reclaim soon gives up there; it looks at pinned memory for minutes.
        kmsg = harness.Kmsg()
        during = self.start('thp-locked')
        hog = hog_cgroup(during['cgroups'][0])
        try:
            out, _ = self.test.communicate(timeout=60)
        finally:
            os.kill(hog, signal.SIGKILL)
            os.waitpid(hog, 0)
        self.assertEqual(self.test.returncode, 98)
        self.invalid_record(out, 'the OOM killer took the load child')
        kmsg.check(self)
        self.assertEqual(harness.settled_state(self.scratch.name, self.before), self.before)

    def test_walker_killed(self):
        self.start('timer-locked')
        os.kill(harness.pid_of('pinlat-walker'), signal.SIGKILL)
        out, _ = self.finish()
        self.assertEqual(self.test.returncode, 98)
        self.invalid_record(out, 'the walker was killed by signal 9')

    def test_probe_killed(self):
        self.start('timer-pinned')
        os.kill(harness.pid_of('pinlat-probe'), signal.SIGKILL)
        out, _ = self.finish()
        self.assertEqual(self.test.returncode, 98)
        self.invalid_record(out, 'was killed by signal 9')

    def test_watchdog_killed(self):
        self.start('timer-pinned', '--duration', '3s')
        os.kill(harness.pid_of('pinlat-watchdog'), signal.SIGKILL)
        out, _ = self.finish()
        harness.assert_valid(self, harness.records(out)[0])

    def start_elsewhere(self, *arguments):
        """In a cgroup of its own, as from another login."""
        elsewhere = '/sys/fs/cgroup/memory/unit-elsewhere'
        try:
            os.mkdir(elsewhere)
        except OSError:  # version 2 lets no process into a cgroup between
            self.start(*arguments)
            return
        self.addCleanup(os.rmdir, elsewhere)
        write(f'{elsewhere}/cgroup.procs', '0')
        try:
            self.start(*arguments)
        finally:
            write('/sys/fs/cgroup/memory/cgroup.procs', '0')

    def doctor(self):
        return subprocess.run([os.environ['PINLAT'], 'doctor', '-v'], check=False, text=True,
                              stdout=subprocess.PIPE).stdout

    def test_all_killed_then_next_run_cleans(self):
        self.start_elsewhere('thp-pinned', '--walker', 'tree:made')
        os.kill(harness.pid_of('pinlat-watchdog'), signal.SIGKILL)
        self.test.kill()
        self.test.communicate(timeout=60)
        while harness.processes():
            time.sleep(0.1)
        left = harness.machine_state(self.scratch.name)
        self.assertNotEqual(left['swaps'], self.before['swaps'])
        self.assertTrue(self.trees())
        told = self.doctor()
        for what in (f'swap file, {self.scratch.name}/pinlat-swap-{self.test.pid}',
                     f'cgroup, {left["cgroups"][0]}',
                     *(os.path.basename(path) for path in left['tracing'][1])):
            self.assertIn(what, told)
        swap = [line for line in told.splitlines() if ' swap: ' in line]
        self.assertNotIn(self.scratch.name, swap[0])  # it is not the machine's
        if left['sysctls'] != self.before['sysctls']:
            self.assertIn('delay accounting is on, kernel.task_delayacct', told)
        # One that makes none of these things itself.
        done = harness.run('timer-idle', '--duration', '1s', '--scratch', self.scratch.name)
        self.assertNotIn('another pinlat', done.stdout)
        self.assertNotIn('left over', self.doctor())
        self.assertEqual(harness.settled_state(self.scratch.name, self.before), self.before)

    def test_disk_of_the_records_full(self):
        with tempfile.TemporaryDirectory() as mount:
            subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', mount], check=True)
            try:
                first = f'{mount}/first.json'
                done = harness.run('timer-idle', '--duration', '200ms', '--record', first)
                kept = read(first)
                with open(f'{mount}/full', 'wb', buffering=0) as f:
                    try:
                        while True:
                            f.write(b'x' * 4096)
                    except OSError:
                        pass
                done = harness.run('timer-base', *harness.SMALL, '--duration', '1s', '--scratch',
                                   self.scratch.name, '--record', f'{mount}/second.json')
                self.assertEqual(sorted(os.listdir(mount)), ['first.json', 'full'])
                self.assertEqual(read(first), kept)
            finally:
                subprocess.run(['umount', mount], check=True)
        self.assertEqual(done.returncode, 98)
        self.assertIn('cannot write the record to', done.stderr)
        self.assertIn('No space left on device', done.stderr)
        harness.assert_valid(self, harness.records(done.stdout)[0])
        self.assertEqual(harness.settled_state(self.scratch.name, self.before), self.before)


if __name__ == '__main__':
    unittest.main(verbosity=2)
