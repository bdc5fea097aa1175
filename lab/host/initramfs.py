# SPDX-License-Identifier: MIT
"""The initramfs: busybox, the modules that the guest needs to find the rest, and its init."""
import gzip
import lzma
import pathlib
import stat

from host import packages
from host.errors import LabError
from host.paths import LAB

# What of the stock kernel is a module. The last two are asked for by name alone.
MODULES = ['virtio_pci', 'virtio_blk', '9pnet_virtio', '9p', 'ext4', 'zram', 'drm',
           'crc32c_generic', 'lzo-rle']


def newc(name, mode, data=b'', device=(0, 0)):
    """One file in the format that the kernel's Documentation/driver-api/early-userspace has."""
    name = name.encode() + b'\0'
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0]
    head = b'070701' + b''.join(b'%08x' % f for f in fields) + name
    return head + b'\0' * (-len(head) % 4) + data + b'\0' * (-len(data) % 4)


def closure(modules, wanted):
    """Paths of @wanted and of all that they depend on, in the order to insert them."""
    needs = {}
    for line in (modules / 'modules.dep').read_text().splitlines():
        path, _, others = line.partition(':')
        needs[path] = others.split()
    by_name = {pathlib.Path(p).name.split('.')[0].replace('-', '_'): p for p in needs}
    order = []
    for name in wanted:
        path = by_name.get(name.replace('-', '_'))
        if not path:
            continue  # built in
        # modules.dep lists those first that have to be inserted last.
        for each in [*reversed(needs[path]), path]:
            if each not in order:
                order.append(each)
    return [modules / p for p in order]


def read(module):
    """A module, which Debian 13 has compressed."""
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == '.xz' else data


def make(path, kernel, more=()):
    """Writes it to @path, with @more modules if the kernel has some."""
    busybox = packages.unpack('busybox', ['busybox-static']) / 'bin/busybox'
    if not busybox.exists():
        raise LabError('the package busybox-static has no bin/busybox')
    files = [newc(d, stat.S_IFDIR | 0o755)
             for d in ('bin', 'dev', 'proc', 'sys', 'host', 'modules')]
    # Before /dev is mounted, init has nowhere to write to.
    files.append(newc('dev/console', stat.S_IFCHR | 0o600, device=(5, 1)))
    files.append(newc('bin/busybox', stat.S_IFREG | 0o755, busybox.read_bytes()))
    files.append(newc('init', stat.S_IFREG | 0o755, (LAB / 'guest/init').read_bytes()))
    modules = closure(kernel.modules, [*MODULES, *more]) if kernel.modules else []
    for n, module in enumerate(modules):
        files.append(newc(f'modules/{n:02}-{module.name}', stat.S_IFREG | 0o644, read(module)))
    files.append(newc('TRAILER!!!', 0))
    path.write_bytes(gzip.compress(b''.join(files), 1))
