# SPDX-License-Identifier: MIT
"""
A guest: a virtual machine that sees this machine's files, read-only, runs one job, and ends.

The job and what comes of it are files in an exchange folder. That QEMU ended says nothing:
only the file rc, which the guest renames into place when the job is over, is an outcome,
and a kernel that has complained of itself before is none.
"""
import contextlib
import dataclasses
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

from host import accelerator, console, initramfs
from host.errors import LabError, call
from host.paths import PROJECT

DISK_SIZE = '16G'
# A guest that could not calibrate its clock is off by a factor. What one reads and the other
# stamps is some ms apart, or more on a busy host.
CLOCK_SECONDS = 10
CLOCK_TOLERANCE = 0.1


@dataclasses.dataclass
class Machine:
    """What a guest is made of."""
    kernel: object
    memory: str = '1536M'
    cpus: int = 2
    accel: str | None = None  # None: whichever works
    parameters: str = ''  # of the kernel, more of them
    folders: list = dataclasses.field(default_factory=list)  # that must be seen, in /tmp too
    modules: list = dataclasses.field(default_factory=list)  # of the kernel, to insert at once


@dataclasses.dataclass
class Outcome:
    """How a guest ended: 'done', or why its results are none."""
    end: str  # done, panic, oops, hang, timeout, died, clock ...
    rc: int | None  # of the job, if it was done
    seconds: float
    messages: str  # of the kernel
    folder: pathlib.Path  # the exchange folder, gone after the with block

    @property
    def complaints(self):
        """What the kernel has complained of."""
        return console.complaints(self.messages)

    def read(self, name):
        """A file that the job has left in /run/lab."""
        path = self.folder / name
        return path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''


def _command(machine, folder, exchange, serial):
    accel = machine.accel or accelerator.choose(machine.kernel)
    command = ['qemu-system-x86_64', '-no-user-config', '-nodefaults', '-display', 'none',
               '-no-reboot', '-m', machine.memory, '-smp', machine.cpus,
               '-accel', 'kvm' if accel == 'kvm' else 'tcg,thread=multi',
               '-cpu', 'host' if accel == 'kvm' else 'max,-erms,-fsrm',
               '-kernel', machine.kernel.image, '-initrd', folder / 'initramfs',
               '-append', 'console=ttyS0 panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=30 '
               'loglevel=5 printk.devkmsg=on '
               'cgroup_no_v1=all mitigations=off tsc=reliable ' + machine.parameters,
               '-serial', serial,
               # The stand-in for the GPU, where integrated ones are.
               '-device', 'ich9-intel-hda,addr=2',
               '-drive', f'file={folder}/disk,if=virtio,format=raw,cache=unsafe']
    for tag, path, readonly in (('host', '/', ',readonly=on'), ('exchange', exchange, '')):
        command += ['-virtfs', f'local,mount_tag={tag},path={path},security_model=none,'
                    f'multidevs=remap{readonly}']
    return [str(c) for c in command]


def _prepare(machine, folder, job):
    """Makes in @folder what a guest needs. Returns the exchange folder."""
    exchange = folder / 'exchange'
    exchange.mkdir()
    (exchange / 'job').write_text(job, encoding='utf-8')
    (exchange / 'folders').write_text(
        ''.join(f'{pathlib.Path(f).resolve()}\n' for f in [PROJECT, *machine.folders]),
        encoding='utf-8')
    initramfs.make(folder / 'initramfs', machine.kernel, machine.modules)
    with open(folder / 'disk', 'wb') as disk:
        disk.truncate(0)
    # With a journal: without one, ext4 looks at each inode that was given back in the last minutes
    # when it makes a file, and the trees that runs make took a minute each, not 8 s.
    call('mke2fs', '-q', '-F', '-t', 'ext4', '-E', 'lazy_itable_init=1,lazy_journal_init=1',
         folder / 'disk', DISK_SIZE)
    return exchange


def _wait(process, exchange, deadline):
    """Until it has ended or time is up. Whether it has ended by itself."""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return True
        # All that it leaves is there by then, and it has nothing else to lose.
        if (exchange / 'rc').exists():
            return True
        time.sleep(0.1)
    return False


def clock_rate(exchange):
    """How fast the guest's clock was, 1: as fast as the host's. None: too short to tell."""
    start, end = exchange / 'uptime-start', exchange / 'uptime-end'
    if not start.exists() or not end.exists():
        return None
    host = end.stat().st_mtime - start.stat().st_mtime
    if host < CLOCK_SECONDS:
        return None
    here = [float(path.read_text(encoding='ascii').split()[0]) for path in (start, end)]
    return (here[1] - here[0]) / host


def _judge(ended, exchange, messages):
    end = console.end_of(messages)
    if end:
        return end, None
    rate = clock_rate(exchange)
    if rate and abs(rate - 1) > CLOCK_TOLERANCE:
        return f'clock {rate:.2f} times as fast as the host\'s', None
    if (exchange / 'rc').exists():
        return 'done', int((exchange / 'rc').read_text(encoding='ascii'))
    return ('died' if ended else 'timeout'), None


def _boot(machine, job, timeout, folder):
    """One boot, whose files are in @folder: its Outcome."""
    exchange = _prepare(machine, folder, job)
    start = time.monotonic()
    command = _command(machine, folder, exchange, f'file:{folder}/console')
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            ended = _wait(process, exchange, start + timeout)
        finally:
            process.kill()
        said = process.stderr.read()
    seconds = time.monotonic() - start
    text = (folder / 'console').read_text(encoding='utf-8', errors='replace') \
        if (folder / 'console').exists() else ''
    if ended and not text and not (exchange / 'rc').exists():
        raise LabError(f'QEMU does not start: {said.strip()}')
    # Such as which signal has ended it, and from whom.
    text += said
    dmesg = exchange / 'dmesg'
    if dmesg.exists():
        text += dmesg.read_text(encoding='utf-8', errors='replace')
    end, rc = _judge(ended, exchange, text)
    return Outcome(end, rc, seconds, text, exchange)


@contextlib.contextmanager
def run(machine, job, timeout):
    """
    Runs @job, a shell script, which finds files to leave something in /run/lab. Gives the
    Outcome, whose files are there only inside of the with block. A guest that QEMU has broken is
    booted once more.
    """
    for last in False, True:
        with tempfile.TemporaryDirectory(prefix='pinlat-lab-') as name:
            outcome = _boot(machine, job, timeout, pathlib.Path(name))
            if outcome.end == console.INT3 and not last:
                print('QEMU ran code that the guest had rewritten (lab/README.md, "A guest"): '
                      'once more', flush=True)
                continue
            yield outcome
            return


def interact(machine, job):
    """Runs @job with the guest's console on the terminal. Ctrl-A X ends it by force."""
    with tempfile.TemporaryDirectory(prefix='pinlat-lab-') as name:
        folder = pathlib.Path(name)
        exchange = _prepare(machine, folder, job)
        command = _command(machine, folder, exchange, 'mon:stdio')
        print('+ ' + shlex.join(command))
        return subprocess.run(command, check=False).returncode


def require():
    """Says what is missing to run one."""
    for program in ('qemu-system-x86_64', 'mke2fs', 'apt-get', 'dpkg-deb', 'depmod', 'make'):
        if not shutil.which(program):
            raise LabError(f'{program} is not here: scripts/setup installs it')
