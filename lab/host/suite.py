# SPDX-License-Identifier: MIT
"""What every guest holds: the suite, the mock i915, busybox, the modules of its kernel."""
import os
import pathlib
import shutil

import packages
from image import Image
from packages import output

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOCK = ROOT / 'lab/mock-i915'
BUILTIN = ('virtio_pci', 'virtio_blk', 'ext4', '9p', '9pnet_virtio', 'zram', 'drm')


def built_suite():
    """The folder of a release build of the suite, as scripts/bench makes it."""
    folder = ROOT / 'build-bench'
    if not (folder / 'build.ninja').exists():
        output('meson', 'setup', folder, ROOT, '--buildtype=release', '-Dtests=disabled')
    output('ninja', '-C', folder)
    return folder


def built_mock(cache, headers):
    """i915.ko for the kernel of these headers (or of this object tree)."""
    folder = cache / 'mock' / headers.name
    folder.mkdir(parents=True, exist_ok=True)
    for path in list(MOCK.glob('*.[ch]')) + [MOCK / 'Makefile']:
        old = folder / path.name
        if not old.exists() or old.read_bytes() != path.read_bytes():
            shutil.copy(path, old)
    output('make', '-C', headers, f'-j{os.cpu_count()}', f'M={folder}', 'modules')
    return folder / 'i915.ko'


def image(cache, name, mock, stock=None, programs=()):
    """Writes an initramfs for a kernel: Debian's own (`stock`), or one that needs no modules."""
    tree = Image(cache / f'image-{name}')
    tree.busybox(packages.unpacked(cache, 'busybox-static') / 'bin/busybox')
    suite = built_suite()
    for program in (suite / 'runner/pinlat', suite / 'tests/gem_syslatency_pinned', *programs):
        tree.program(program)
    for path in stock.modules(*BUILTIN) if stock else []:
        tree.module(path)
    tree.put(mock, 'modules/i915.ko')
    path = cache / f'initramfs-{name}'
    tree.write(path)
    return path
