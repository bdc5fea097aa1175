# SPDX-License-Identifier: MIT
"""
The guest's initramfs: busybox, the programs that it runs with their libraries, and
kernel modules. Nothing is read from the host while the guest measures, since a page of a
program that reclaim took would have to come back through the emulator.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess

from packages import output

GUEST = pathlib.Path(__file__).resolve().parent.parent / 'guest'


def libraries(program):
    """Paths of the shared libraries and of the loader that a program needs."""
    done = subprocess.run(['ldd', program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False)
    return [pathlib.Path(path) for path in re.findall(r'(/\S+) \(0x', done.stdout)]


class Image:
    """A folder that becomes an initramfs."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in ('bin', 'dev', 'proc', 'sys', 'tmp', 'run', 'etc', 'modules', 'results',
                     'scratch', 'var'):
            (folder / name).mkdir(parents=True)
        (folder / 'var/tmp').symlink_to('/scratch')
        (folder / 'etc/passwd').write_text('root:x:0:0::/:/bin/sh\n'
                                           'nobody:x:65534:65534::/:/bin/sh\n')
        (folder / 'etc/group').write_text('root:x:0:\nrender:x:104:\nnogroup:x:65534:\n')
        self.put(GUEST / 'init', 'init')

    def put(self, source, target):
        path = self.folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, path)

    def busybox(self, program):
        self.put(program, 'bin/busybox')
        for applet in output(program, '--list').split():
            if applet != 'busybox':
                (self.folder / 'bin' / applet).symlink_to('busybox')

    def program(self, source):
        """A program under /bin, with its libraries where it looks for them."""
        self.put(source, f'bin/{source.name}')
        for library in libraries(source):
            if not (self.folder / str(library).lstrip('/')).exists():
                self.put(library, str(library).lstrip('/'))

    def module(self, path):
        """A kernel module, to be loaded at boot after those that were given before."""
        order = self.folder / 'modules/order'
        with order.open('a', encoding='ascii') as file:
            file.write(path.name + '\n')
        self.put(path, f'modules/{path.name}')

    def write(self, path):
        """Packs it all as `path`."""
        names = '\0'.join(str(p.relative_to(self.folder)) for p in sorted(self.folder.rglob('*')))
        packed = subprocess.run(['cpio', '--quiet', '-0', '-o', '-H', 'newc', '-R', '0:0'],
                                input=names.encode(), stdout=subprocess.PIPE, cwd=self.folder,
                                check=True).stdout
        temporary = path.with_suffix('.tmp')
        with gzip.open(temporary, 'wb', compresslevel=1) as file:
            file.write(packed)
        os.replace(temporary, path)
