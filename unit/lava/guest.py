# SPDX-License-Identifier: MIT
"""What the job docs/ci/lava-round.yaml downloads: kernels, a root file system, pinlat, a disk."""
import gzip
import os
import pathlib
import re
import stat
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / 'lab'))

from host import initramfs, packages  # noqa: E402 (after their path)
from host.errors import call  # noqa: E402

FOLDERS = ('bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'root', 'etc', 'modules', 'mnt', 'lib64',
           'lib', 'lib/x86_64-linux-gnu', 'usr', 'usr/bin', 'usr/lib', 'usr/lib/x86_64-linux-gnu',
           'usr/local', 'usr/local/bin', 'var', 'var/tmp')
# One that talks while records are printed has this file in its overlay.
STORM = 'storm'
# Short measurements: records whose numbers say little, whatever emulates.
SHORT = {'RUNS': '1', 'DURATION': '3s', 'ARENA': 'cgroup:256M',
         'OPTIONS': '--probes timer,thp --loads busy --object-size 16M --fill 60%'}


def libraries(*programs):
    """The shared libraries that they link."""
    return sorted({path for program in programs
                   for path in re.findall(r'(/\S+) \(0x', call('ldd', program))})


def root_file_system(path, programs):
    """busybox and the libraries that @programs need; its init starts a shell."""
    busybox = packages.unpack('busybox', ['busybox-static']) / 'bin/busybox'
    files = [(d, stat.S_IFDIR | 0o755, b'') for d in FOLDERS]
    files += [('bin/busybox', stat.S_IFREG | 0o755, busybox.read_bytes()),
              ('init', stat.S_IFREG | 0o755,
               (SOURCE / 'unit/lava/guest-init').read_bytes()),
              ('etc/os-release', stat.S_IFREG | 0o644, b'PRETTY_NAME="a guest for LAVA"\n'),
              ('etc/machine-id', stat.S_IFREG | 0o644, b'0123456789abcdef0123456789abcdef\n'),
              ('etc/profile', stat.S_IFREG | 0o644, b"PS1='pinlat-guest# '\n")]
    files += [(name.lstrip('/'), stat.S_IFREG | 0o755, pathlib.Path(name).read_bytes())
              for name in libraries(*programs)]
    console = initramfs.newc('dev/console', stat.S_IFCHR | 0o600, device=(5, 1))
    path.write_bytes(gzip.compress(
        b''.join(initramfs.newc(*file) for file in files[:len(FOLDERS)]) + console +
        b''.join(initramfs.newc(*file) for file in files[len(FOLDERS):]) +
        initramfs.newc('TRAILER!!!', 0), 6))


def _mine(member):
    member.uid = member.gid = 0
    member.uname = member.gname = 'root'
    return member


def pinlat(path, build):
    """What `meson install` puts below /, without documents."""
    with tempfile.TemporaryDirectory(prefix='pinlat-install-') as folder:
        call('meson', 'install', '-C', build, '--no-rebuild', '--strip', '--quiet',
             '--destdir', folder)
        names = sorted(p for p in pathlib.Path(folder).rglob('*')
                       if p.is_file() and '/share/' not in str(p))
        with tarfile.open(path, 'w:gz') as archive:
            for name in names:
                archive.add(name, os.path.relpath(name, folder), filter=_mine)


def kernel(folder, chosen, storm=False):
    """Its image, and the modules that the guest needs as an overlay."""
    folder.mkdir()
    (folder / 'bzImage').write_bytes(chosen.image.read_bytes())
    with tempfile.TemporaryDirectory(prefix='pinlat-modules-') as name:
        scratch = pathlib.Path(name)
        (scratch / 'modules').mkdir()
        for n, module in enumerate(initramfs.closure(chosen.modules, initramfs.MODULES)):
            name = re.sub(r'\.xz$', '', module.name)
            (scratch / f'modules/{n:02}-{name}').write_bytes(initramfs.read(module))
        if storm:
            (scratch / STORM).touch()
        with tarfile.open(folder / 'modules.tar.gz', 'w:gz', compresslevel=1) as archive:
            for each in sorted(scratch.iterdir()):
                archive.add(each, each.name, filter=_mine)


def disk(path):
    """An ext4 of 2 GB in a small file."""
    with tempfile.TemporaryDirectory(prefix='pinlat-disk-') as name:
        raw = pathlib.Path(name) / 'raw'
        raw.touch()
        call('mke2fs', '-q', '-F', '-t', 'ext4', '-O', '^has_journal', raw, '2G')
        call('qemu-img', 'convert', '-O', 'qcow2', raw, path)


def make(folder, build, kernels):
    """All of it. @kernels: {name: (Kernel, storm)}."""
    folder.mkdir(parents=True)
    programs = [build / 'runner/pinlat', build / 'tests/gem_syslatency_pinned']
    root_file_system(folder / 'rootfs.cpio.gz', programs)
    pinlat(folder / 'pinlat.tar.gz', build)
    disk(folder / 'scratch.qcow2')
    for name, (chosen, storm) in kernels.items():
        kernel(folder / name, chosen, storm)


def short_job(path):
    """docs/ci/lava-round.yaml with short measurements."""
    job = (SOURCE / 'docs/ci/lava-round.yaml').read_text(encoding='utf-8')
    for name, value in SHORT.items():
        job, found = re.subn(rf'(?m)^( +{name}=).*', rf'\g<1>"{value}"', job)
        assert found == 1, name
    path.write_text(job, encoding='utf-8')
    return path
