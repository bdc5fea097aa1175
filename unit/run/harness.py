# SPDX-License-Identifier: MIT
"""What the tests of the real test binary share: starting it, reading what it says."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TEST = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else None

# Under nohup all that we start would ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Of a run that is still putting things back, or of another build's tests.
os.environ.setdefault('PINLAT_WAIT', 'on')

# The smallest arena that shows everything, and the walker that makes reclaim look at anonymous
# memory; seconds a run.
SMALL = ['--arena', 'cgroup:512M', '--fill', '320M', '--swap', '32M', '--seed', '1',
         '--walker', 'loop']
# Six times through that loop in two seconds: it may go by once or twice without a look at other
# memory, and a test of what reclaim does to it needs one.
OFTEN = ['--walker-rate', '1G']
PREFIX = 'pinlat-record: '
SEEDS = 12
# Not there before Linux 5.14.
DELAY_ACCOUNTING = '/proc/sys/kernel/task_delayacct'


def command(subtest, *options):
    return [TEST, '--run-subtest', subtest, *options]


def run(subtest, *options, timeout=120, **kwargs):
    return subprocess.run(command(subtest, *options), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          text=True, timeout=timeout, check=False, **kwargs)


def records(text):
    """The records in a test's standard output."""
    return [json.loads(line[len(PREFIX):]) for line in text.splitlines()
            if line.startswith(PREFIX)]


def until(wanted, make):
    """
    What @make gives for the first seed with which it is @wanted, or for the last: reclaim looks at
    memory beside the page cache in bursts, and a window of two seconds may have none.
    """
    for seed in range(1, SEEDS + 1):
        found = make('--seed', str(seed))
        if wanted(found):
            break
    return found


def contended(record):
    """Invalid for nothing but others on the CPUs, or on the host: where tests run, some are."""
    reasons = record['validity'].get('reasons', [])
    return bool(reasons) and all(
        r.startswith(('other programs had ', 'the host of this virtual machine took '))
        for r in reasons)


def assert_valid(test_case, record):
    """Valid, or would be but for others on the machine."""
    if not contended(record):
        test_case.assertTrue(record['validity']['valid'], record['validity'])


def assert_passed(test_case, done, found=None):
    """
    A test that ended well, or skipped because others were on the machine; in silence. Whether it
    skipped.
    """
    found = records(done.stdout) if found is None else found
    skipped = [contended(record) for record in found]
    test_case.assertEqual(done.returncode, 77 if skipped and all(skipped) else 0,
                          done.stdout[-2000:] + done.stderr)
    test_case.assertEqual(done.stderr, '')
    return any(skipped)


class Kmsg:
    """The kernel's messages from now on, as igt_runner reads them."""

    def __init__(self):
        self.fd = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        """(level, text) of each."""
        try:
            while True:
                head, _, text = os.read(self.fd, 8192).decode(errors='replace').partition(';')
                yield int(head.split(',')[0]) & 7, text.split('\n')[0]
        except BlockingIOError:
            os.close(self.fd)

    def check(self, test_case):
        """An OOM report of the run, all of which igt_runner was told to overlook."""
        lines = list(self.lines())
        regex = [text.partition('add ignored dmesg regex: ')[2] for _, text in lines
                 if 'add ignored dmesg regex: ' in text][0]
        test_case.assertIn('Killed process', '\n'.join(text for _, text in lines))
        test_case.assertEqual([text for level, text in lines
                               if level <= 4 and not re.search(regex, text)], [])


def require_root(test_case):
    if os.geteuid() != 0:
        test_case.skipTest('needs root: memory cgroup, swap file, SCHED_FIFO')


def processes():
    """pid → name of every process of ours."""
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/comm', encoding='utf-8') as f:
                name = f.read().strip()
            with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
                state = f.read().rsplit(')', 1)[1].split()[0]
        except OSError:
            continue
        if name.startswith(('pinlat-', 'gem_syslatency_')) and state not in 'ZX':
            found[int(pid)] = name
    return found


def pid_of(name, timeout=60):
    """Waits for a process of this name."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for pid, found in processes().items():
            if found == name[:15]:
                return pid
        time.sleep(0.02)
    raise TimeoutError(f'no process {name}')


def cgroups():
    found = []
    for root, dirs, _ in os.walk('/sys/fs/cgroup'):
        found += [os.path.join(root, d) for d in dirs if re.fullmatch(r'pinlat-\d+', d)]
    return found


def latency_holders():
    holders = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            for fd in os.listdir(f'/proc/{pid}/fd'):
                if os.readlink(f'/proc/{pid}/fd/{fd}') == '/dev/cpu_dma_latency':
                    holders.append(int(pid))
        except OSError:
            continue
    return holders


def tracing():
    """Where tracefs is mounted, and our instances in it."""
    with open('/proc/mounts', encoding='utf-8') as f:
        roots = [line.split()[1] for line in f if line.split()[2] == 'tracefs']
    found = []
    for root in roots:
        found += [f'{root}/{n}' for n in os.listdir(f'{root}/instances') if n.startswith('pinlat-')]
    return roots, found


def sysctls():
    """Every setting of vm and of the scheduler that could have been turned."""
    values = {}
    for folder in ('/proc/sys/vm', '/sys/kernel/mm/transparent_hugepage'):
        for name in os.listdir(folder):
            try:
                with open(f'{folder}/{name}', encoding='utf-8') as f:
                    values[name] = f.read()
            except OSError:
                continue
    values.pop('stat_refresh', None)
    if os.path.exists(DELAY_ACCOUNTING):
        with open(DELAY_ACCOUNTING, encoding='utf-8') as f:
            values['task_delayacct'] = f.read()
    return values


def machine_state(scratch):
    """All that a run makes, as it is now."""
    with open('/proc/swaps', encoding='utf-8') as f:
        swaps = f.read()
    return {'swaps': swaps, 'cgroups': cgroups(), 'processes': processes(),
            'scratch': sorted(os.listdir(scratch)), 'latency': latency_holders(),
            'sysctls': sysctls(), 'tracing': tracing()}


def settled_state(scratch, before, timeout=30):
    """The state once it equals `before`, or after the timeout."""
    end = time.monotonic() + timeout
    while True:
        now = machine_state(scratch)
        if now == before or time.monotonic() > end:
            return now
        time.sleep(0.1)


def scratch_directory():
    return tempfile.TemporaryDirectory(prefix='pinlat-unit-', dir='/var/tmp')
