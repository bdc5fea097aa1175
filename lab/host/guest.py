# SPDX-License-Identifier: MIT
"""
A guest: one boot of one kernel in QEMU, for one job.

QEMU's exit status proves nothing (a panic ends it with 0): the job's verdict is the
file `rc` in the folder of results, and the console must be clean besides.
"""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

# What a console must not show, and what it then means. The first that matches counts.
FAULTS = (
    ('panic', re.compile(r'Kernel panic|end Kernel panic')),
    ('oops', re.compile(r'\b(Oops|BUG|KASAN|UBSAN|WARNING|general protection fault|kernel BUG'
                        r'|possible recursive locking|circular locking|kmemleak: \d+ new)\b')),
    ('hang', re.compile(r'soft lockup|hard LOCKUP|rcu.*(stall|self-detected)|blocked for more than')),
)
# No beat for so long, while the guest's job beats each 5 s: it hangs.
SILENCE = 120


@dataclasses.dataclass
class Machine:
    """What QEMU shows to the guest."""
    memory: str = '1536M'
    cpus: int = 2
    disk: str = '4G'
    append: str = ''


@dataclasses.dataclass
class Outcome:
    """How a boot ended: 'done' (with the job's exit code), or what came between."""
    how: str  # done, panic, oops, hang, timeout, vanished
    code: int | None
    seconds: float
    line: str  # of the console, that tells why

    def __str__(self):
        if self.how == 'done':
            return f'exit code {self.code} after {self.seconds:.0f} s'
        return f'{self.how} after {self.seconds:.0f} s{": " if self.line else ""}{self.line}'


def fault_on(console):
    """(what, the line) of the worst fault that the console shows, or (None, '')."""
    for what, pattern in FAULTS:
        for line in console.splitlines():
            if pattern.search(line):
                return what, line.strip()
    return None, ''


def disk(folder, size):
    """An empty ext4 in a sparse file, for scratch files: a tmpfs would not do."""
    path = folder / 'scratch.ext4'
    with open(path, 'wb') as file:
        os.truncate(file.fileno(), int(size.removesuffix('G')) << 30)
    subprocess.run(['mke2fs', '-q', '-F', '-t', 'ext4', '-O', '^has_journal',
                    '-E', 'lazy_itable_init=1', path], check=True)
    return path


def accelerator():
    """'kvm' where the processor can: a /dev/kvm alone is no proof that a guest starts."""
    flags = pathlib.Path('/proc/cpuinfo').read_text().split()
    usable = os.access('/dev/kvm', os.R_OK | os.W_OK) and ('vmx' in flags or 'svm' in flags)
    return 'kvm' if usable else 'tcg'


def command(machine, kernel, initramfs, results, image, interactive):
    """QEMU's command line."""
    accel = {'kvm': ['-accel', 'kvm', '-cpu', 'host'],
             'tcg': ['-accel', 'tcg,thread=multi', '-cpu', 'max']}[accelerator()]
    append = f'console=ttyS0 panic=-1 {"" if interactive else "quiet"} {machine.append}'
    return ['qemu-system-x86_64', *accel, '-m', machine.memory, '-smp', str(machine.cpus),
            '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none',
            '-serial', 'mon:stdio' if interactive else f'file:{results / "console"}',
            '-kernel', kernel, '-initrd', initramfs, '-append', append,
            # A PCI parent for the mock, where Intel's graphics sit.
            '-device', 'ich9-intel-hda,addr=2',
            '-drive', f'file={image},if=virtio,format=raw,cache=unsafe',
            '-virtfs', f'local,path={results},mount_tag=results,security_model=none']


def alive(results, since):
    """Seconds since the guest last showed that it lives."""
    times = [since]
    for name in ('console', 'beat'):
        try:
            times.append((results / name).stat().st_mtime)
        except FileNotFoundError:
            pass
    return time.time() - max(times)


def watch(qemu, results, timeout):
    """Waits for the end of QEMU; returns None, or 'timeout' or 'hang' after ending it."""
    start = time.time()
    while qemu.poll() is None:
        time.sleep(0.2)
        late = time.time() - start > timeout
        if late or alive(results, start) > SILENCE:
            qemu.kill()
            qemu.wait()
            return 'timeout' if late else 'hang'
    return None


def judge(results, ended, seconds):
    """The outcome, from what the guest left behind."""
    console = (results / 'console').read_text(errors='replace') \
        if (results / 'console').exists() else ''
    what, line = fault_on(console)
    try:
        code = int((results / 'rc').read_text())
    except (FileNotFoundError, ValueError):
        code = None
    if what or ended or code is None:
        return Outcome(what or ended or 'vanished', code, seconds, line)
    return Outcome('done', code, seconds, '')


def boot(machine, kernel, initramfs, job, results, timeout=600):
    """Boots, runs the shell script `job` there, and tells how it ended."""
    results.mkdir(parents=True, exist_ok=True)
    for name in ('rc', 'rc.tmp', 'console', 'beat'):
        (results / name).unlink(missing_ok=True)
    (results / 'job').write_text(job)
    image = disk(results, machine.disk)
    start = time.time()
    with subprocess.Popen(command(machine, kernel, initramfs, results, image, False),
                          stdin=subprocess.DEVNULL, start_new_session=True) as qemu:
        try:
            ended = watch(qemu, results, timeout)
        finally:
            if qemu.poll() is None:
                os.killpg(qemu.pid, signal.SIGKILL)
            image.unlink(missing_ok=True)
    return judge(results, ended, time.time() - start)


def shell(machine, kernel, initramfs, results):
    """A guest with a shell on this terminal; `poweroff -f` or Ctrl-A X ends it."""
    results.mkdir(parents=True, exist_ok=True)
    (results / 'job').unlink(missing_ok=True)
    image = disk(results, machine.disk)
    try:
        return subprocess.call(command(machine, kernel, initramfs, results, image, True))
    finally:
        image.unlink(missing_ok=True)


def here(path):
    """An absolute path, of one that a user gave."""
    return pathlib.Path(path).expanduser().resolve()
