# SPDX-License-Identifier: MIT
"""Kernels that a guest can run: Debian's own, and any other that somebody has built."""
import dataclasses
import hashlib
import os
import pathlib
import re

from host import packages
from host.errors import LabError, call


@dataclasses.dataclass(frozen=True)
class Kernel:
    """Of one without modules, all that a guest needs must be built in."""
    name: str
    image: pathlib.Path
    modules: pathlib.Path | None  # lib/modules/RELEASE
    build: pathlib.Path | None  # the KDIR that modules for it are built with


# Debian's releases by their kernels' series. What runs while a module is built has to run here:
# that of Debian 13 wants a newer libc, and the same made for Debian 12 does.
DEBIAN = {
    '5.10': ('bullseye', r'linux-image-5\.10\.0-\d+-amd64', 'linux-kbuild-5.10', 'bullseye'),
    '6.1': (None, r'linux-image-6\.1\.0-\d+-amd64', 'linux-kbuild-6.1', None),
    '6.12': ('trixie', r'linux-image-6\.12\.\d+\+deb13-amd64', r'linux-kbuild-6\.12\.\d+\+deb12',
             'bookworm-backports'),
}


def stock(series='6.1'):
    """Debian's kernel of a series, with its headers."""
    if series not in DEBIAN:
        raise LabError(f'the lab knows no kernel {series} of Debian, but {", ".join(DEBIAN)}')
    suite, pattern, kbuild, kbuild_suite = DEBIAN[series]
    image = packages.depends('linux-image-amd64', pattern, suite)
    release = image.removeprefix('linux-image-')
    common = release.removesuffix('amd64') + 'common'
    folder = packages.unpack('debian-kernel' if series == '6.1' else f'debian-kernel-{series}',
                             [image, f'linux-headers-{release}', f'linux-headers-{common}'], suite)
    lib = 'lib' if (folder / 'lib/modules').exists() else 'usr/lib'
    modules = folder / lib / 'modules' / release
    if not (modules / 'modules.dep').exists():
        # It looks in lib/ alone.
        if lib != 'lib':
            (folder / 'lib').symlink_to('usr/lib')
        call('depmod', '-b', folder, release)
    tools = packages.unpack(f'debian-kbuild-{series}', [
        packages.named(kbuild, kbuild_suite)], kbuild_suite)
    return Kernel(f'debian-{release}', folder / f'boot/vmlinuz-{release}', modules,
                  _headers(folder / 'usr/src', release, common, tools))


def _headers(src, release, common, tools):
    """The headers say in some places that they are installed in /usr/src and beside /usr/lib."""
    folder = src / f'linux-headers-{release}'
    (folder / 'Makefile').write_text(f'include {src}/linux-headers-{common}/Makefile\n')
    kbuild = next((tools / 'usr/lib').glob('linux-kbuild-*'))
    for where in (folder, src / f'linux-headers-{common}'):
        for name in ('scripts', 'tools'):
            link = where / name
            if link.is_symlink():
                link.unlink()
                link.symlink_to(kbuild / name)
    return folder


def named(text):
    """Debian's kernel of a series, or somebody's bzImage."""
    return stock(text) if text in DEBIAN else own(text)


def own(image):
    """A bzImage with all built in, or in a kernel's build folder, with the modules it needs."""
    image = pathlib.Path(image).resolve()
    if not image.is_file():
        raise LabError(f'there is no kernel {image}')
    build = next((p.resolve() for p in (image.parent / 'build', *image.parents)
                  if (p / 'Module.symvers').exists()), None)
    where = build or image
    # Two folders of one name are two kernels.
    name = re.sub(r'[^\w.+-]', '_', where.name) + '-' + \
        hashlib.sha256(os.fsencode(where)).hexdigest()[:8]
    return Kernel(name, image, None, build)
