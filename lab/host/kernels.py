# SPDX-License-Identifier: MIT
"""
The lab's kernels, built from Debian's package linux-source-6.1: one tree, one
configuration, and for each variant one patch of lab/kernels/. They share an object
tree, so that the second variant costs the one file that differs.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess

KERNELS = pathlib.Path(__file__).resolve().parent.parent / 'kernels'
VARIANTS = ('skip-shrink', 'reclaim', 'skip-unmap')  # the first is the source as it is


def run(*command, **options):
    """Runs a command quietly; what it said is shown if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', **options)
    if done.returncode:
        raise SystemExit(f'{done.stdout}lab: failed: {" ".join(map(str, command))}')


def patch_of(variant):
    """The variant's patch, or None: it is the source as it is."""
    path = KERNELS / f'{variant}.patch'
    if path.exists():
        return path
    if variant == VARIANTS[0]:
        return None
    raise SystemExit(f'lab: there is no variant {variant!r} (there are: {", ".join(VARIANTS)})')


class Tree:
    """A source tree and its object tree, in the cache."""

    def __init__(self, cache, tarball, debug=False):
        self.source = cache / 'linux-source-6.1'
        self.objects = cache / ('objects-debug' if debug else 'objects')
        self.patched = cache / 'patched'  # holds the name of the variant that is applied
        self.tarball = tarball
        self.fragments = [KERNELS / 'config'] + ([KERNELS / 'config-debug'] if debug else [])

    def make(self, *targets):
        # The date and the builder stand in the image: the same source gives the same one.
        environment = dict(os.environ, KBUILD_BUILD_TIMESTAMP='2026-01-01',
                           KBUILD_BUILD_USER='pinlat', KBUILD_BUILD_HOST='lab')
        run('make', '-s', f'-j{os.cpu_count()}', f'O={self.objects}', *targets,
            cwd=self.source, env=environment)

    def unpack(self):
        if not self.source.exists():
            run('tar', 'xf', self.tarball, '-C', self.source.parent)

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
        run('scripts/kconfig/merge_config.sh', '-m', '-O', self.objects,
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
            raise SystemExit(f'lab: the kernel has no {", ".join(lost)}')

    def patch(self, variant):
        """Takes back the patch of another variant, and applies this one's."""
        before = self.patched.read_text() if self.patched.exists() else VARIANTS[0]
        if before == variant:
            return
        if patch_of(before):
            run('patch', '-s', '-R', '-p1', '-i', patch_of(before), cwd=self.source)
        self.patched.unlink(missing_ok=True)
        if patch_of(variant):
            run('patch', '-s', '-p1', '-i', patch_of(variant), cwd=self.source)
        self.patched.write_text(variant)

    def build(self, variant):
        """Builds a variant; returns the folder that holds its bzImage and its .config."""
        self.unpack()
        self.configure()
        self.patch(variant)
        self.make('bzImage')
        # Modules are built against it: only an image's own build makes the list of symbols.
        shutil.copy(self.objects / 'vmlinux.symvers', self.objects / 'Module.symvers')
        self.make('modules_prepare')
        result = self.objects.parent / 'kernels' / (self.objects.name + '-' + variant)
        result.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.objects / 'arch/x86/boot/bzImage', result / 'bzImage')
        shutil.copy(self.objects / '.config', result / 'config')
        return result
