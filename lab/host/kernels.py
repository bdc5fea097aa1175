# SPDX-License-Identifier: MIT
"""
The lab's kernels, built from Debian's package linux-source-6.1: one tree, one
configuration, and for each variant one patch of lab/kernels/. They share an object
tree, so that the second variant costs the one file that differs.
"""
import hashlib
import os
import shutil

from host import packages
from host.errors import LabError, call
from host.kernel import Kernel
from host.paths import LAB, cache

KERNELS = LAB / 'kernels'
VARIANTS = ('skip-shrink', 'reclaim', 'skip-unmap')  # the first is the source as it is


def patch_of(variant):
    """The variant's patch, or None: it is the source as it is."""
    path = KERNELS / f'{variant}.patch'
    if path.exists():
        return path
    if variant == VARIANTS[0]:
        return None
    known = [VARIANTS[0], *sorted(path.stem for path in KERNELS.glob('*.patch'))]
    raise LabError(f'there is no variant {variant} of the kernel, but {", ".join(known)}')


class Tree:
    """A source tree and its object tree, in the cache."""

    def __init__(self, debug=False):
        self.source = cache() / 'linux-source-6.1'
        self.objects = cache() / ('objects-debug' if debug else 'objects')
        self.patched = cache() / 'applied.patch'  # what the source has; none: it is as it is
        self.version = VARIANTS[0]
        self.fragments = [KERNELS / 'config'] + ([KERNELS / 'config-debug'] if debug else [])

    def make(self, *targets):
        # Date, builder and the number of builds stand in the image: the same source gives
        # the same one. The variant stands for the number, "#skip-unmap SMP ...": nothing
        # else in a record tells the variants apart.
        environment = dict(os.environ, KBUILD_BUILD_TIMESTAMP='2026-01-01',
                           KBUILD_BUILD_USER='pinlat', KBUILD_BUILD_HOST='lab',
                           KBUILD_BUILD_VERSION=self.version)
        call('make', '-s', f'-j{len(os.sched_getaffinity(0))}', f'O={self.objects}', *targets,
             cwd=self.source, env=environment)

    def unpack(self):
        if self.source.exists():
            return
        tarball = packages.unpack('linux-source', ['linux-source-6.1']) / \
            'usr/src/linux-source-6.1.tar.xz'
        # Half of it, from a run that was stopped, is not to be taken for the whole.
        half = self.source.parent / 'unpacking'
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        call('tar', 'xf', tarball, '-C', half)
        self.patched.unlink(missing_ok=True)
        (half / self.source.name).rename(self.source)
        half.rmdir()

    def stamp(self):
        """What the configuration was made of."""
        text = b''.join(path.read_bytes() for path in self.fragments)
        return hashlib.sha256(text).hexdigest()

    def configure(self):
        stamp = self.objects / 'pinlat-config'
        if stamp.exists() and stamp.read_text() == self.stamp():
            return
        self.objects.mkdir(parents=True, exist_ok=True)
        self.make('tinyconfig')
        call('scripts/kconfig/merge_config.sh', '-m', '-O', self.objects,
             self.objects / '.config', *self.fragments, cwd=self.source)
        self.make('olddefconfig')
        self.check_configuration()
        stamp.write_text(self.stamp())

    def check_configuration(self):
        """An option that its dependencies have dropped is an error, not a surprise."""
        have = set((self.objects / '.config').read_text().splitlines())
        lost = [line for path in self.fragments for line in path.read_text().splitlines()
                if line.startswith('CONFIG_') and line not in have]
        if lost:
            raise LabError(f'the kernel has no {", ".join(lost)}')

    def patch(self, variant):
        """Takes back the patch that is applied, and applies this variant's."""
        path = patch_of(variant)
        wanted = path.read_bytes() if path else None
        if self.patched.exists():
            if self.patched.read_bytes() == wanted:
                return
            call('patch', '-s', '-R', '-p1', '-i', self.patched, cwd=self.source)
            self.patched.unlink()
        if path:
            # Whole or not at all: half of it would be in every variant from then on.
            call('patch', '-s', '--dry-run', '-p1', '-i', path, cwd=self.source)
            call('patch', '-s', '-p1', '-i', path, cwd=self.source)
            self.patched.write_bytes(wanted)

    def build(self, variant):
        """Builds a variant; returns its Kernel."""
        self.unpack()
        self.configure()
        self.patch(variant)
        self.version = variant
        self.make('bzImage')
        # Modules are built against it: only an image's own build makes the list of symbols.
        shutil.copy(self.objects / 'vmlinux.symvers', self.objects / 'Module.symvers')
        self.make('modules_prepare')
        folder = cache() / 'kernels' / f'{self.objects.name}-{variant}'
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.objects / 'arch/x86/boot/bzImage', folder / 'bzImage')
        shutil.copy(self.objects / '.config', folder / 'config')
        link = folder / 'build'  # where kernel.own() finds what modules are built with
        if not link.is_symlink():
            link.symlink_to(self.objects)
        return Kernel(variant, folder / 'bzImage', None, self.objects)
