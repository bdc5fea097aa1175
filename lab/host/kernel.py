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


def stock():
    """Debian's kernel of the 6.1 series, with its headers."""
    image = packages.depends('linux-image-amd64', r'linux-image-6\.1\.0-\d+-amd64')
    release = image.removeprefix('linux-image-')
    common = release.removesuffix('amd64') + 'common'
    folder = packages.unpack('debian-kernel', [
        image, f'linux-headers-{release}', f'linux-headers-{common}', 'linux-kbuild-6.1'])
    modules = folder / 'lib/modules' / release
    if not (modules / 'modules.dep').exists():
        call('depmod', '-b', folder, release)
    return Kernel(f'debian-{release}', folder / f'boot/vmlinuz-{release}', modules,
                  _headers(folder / 'usr/src', release, common))


def _headers(src, release, common):
    """The headers say in one place that they are installed in /usr/src."""
    makefile = src / f'linux-headers-{release}/Makefile'
    makefile.write_text(f'include {src}/linux-headers-{common}/Makefile\n')
    return makefile.parent


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
