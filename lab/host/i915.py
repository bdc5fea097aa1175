# SPDX-License-Identifier: MIT
"""
i915's own code, with engines that are timers, built as a module for a kernel. The source is that
of Debian's package for the kernel's series, with one patch, lab/i915/SERIES.patch.
"""
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from host import packages
from host.errors import LabError, call
from host.kernel import DEBIAN
from host.paths import LAB, cache

PATCHES = LAB / 'i915'
MOCK = 'mock=1'  # the parameter without which it looks for a real GPU
DRIVER = 'drivers/gpu/drm/i915'
# Of the source package: the driver, and what it includes from elsewhere than include/.
SOURCES = [DRIVER, 'drivers/platform/x86/intel_ips.h']


def _series(kernel):
    """'6.1' of a kernel whose build folder says 6.1.0-56-amd64."""
    for name in ('include/config/kernel.release', '.kernelvariables'):
        path = kernel.build / name
        if path.exists():
            found = re.search(r'\b(\d+\.\d+)\.\d', path.read_text(encoding='utf-8'))
            if found:
                return found[1]
    raise LabError(f'{kernel.build} does not say of which release its kernel is')


def series():
    """Those that there is a patch for."""
    return sorted((path.stem for path in PATCHES.glob('*.patch')),
                  key=lambda name: [int(n) for n in name.split('.')])


def _update(folder, new):
    """Makes @folder the same as @new; files that do not differ stay as old as they are."""
    source = set()
    for path in new.rglob('*'):
        copy = folder / path.relative_to(new)
        source.add(copy)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif not copy.exists() or copy.read_bytes() != path.read_bytes():
            shutil.copyfile(path, copy)
    for copy in list(folder.rglob('*.[ch]')):
        if copy not in source and not copy.name.endswith('.mod.c'):
            copy.unlink()


def _unpack(version, patch, folder):
    """The patched source in @folder, which changes where the package or the patch has changed."""
    name = f'linux-source-{version}'
    package = packages.unpack(name, [name], DEBIAN[version][0] if version in DEBIAN else None)
    wanted = (package / 'packages').read_text(encoding='utf-8') + \
        hashlib.sha256(patch.read_bytes()).hexdigest()
    stamp = folder / 'made-of'
    if stamp.exists() and stamp.read_text(encoding='utf-8') == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='source-', dir=folder.parent) as new:
        call('tar', 'xf', package / f'usr/src/{name}.tar.xz', '-C', new, '--strip-components=1',
             *(f'{name}/{source}' for source in SOURCES))
        call('patch', '-s', '-p1', '-i', patch, cwd=new)
        _update(folder, pathlib.Path(new))
    stamp.write_text(wanted, encoding='utf-8')


def build(kernel):
    """Path of i915.ko for a kernel."""
    if not kernel.build:
        raise LabError(f'the kernel {kernel.name} is not in its build folder, so no module '
                       'can be built for it')
    version = _series(kernel)
    patch = PATCHES / f'{version}.patch'
    if not patch.exists():
        raise LabError(f'there is no patch of i915 for Linux {version}, but for '
                       f'{", ".join(series())}')
    tree = cache() / 'i915' / kernel.name
    _unpack(version, patch, tree)
    folder = tree / DRIVER
    # The folders that the driver's own Makefiles name are those of a whole kernel (gvt/ is part of
    # 5.10's module). Debian's kernel may be of a newer compiler, whose options this one lacks.
    call('make', '-s', f'-j{len(os.sched_getaffinity(0))}', '-C', kernel.build, f'M={folder}',
         'CC=gcc', 'CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=', 'CONFIG_DRM_I915_GVT_KVMGT=',
         'CONFIG_DEBUG_INFO_BTF_MODULES=', f'CFLAGS_gvt/trace_points.o=-I{folder}/gvt',
         f'KCFLAGS=-g0 -I{folder} -I{tree}/drivers/gpu',
         'modules')
    return folder / 'i915.ko'


def quiet(kernel):
    """
    Parameters of a kernel. That of 5.10 warns of its own notifier a hundred times a second while
    memory is short, and would wait for the serial console to have it printed.
    """
    return ' loglevel=4' if _series(kernel) == '5.10' else ''


def needs(module):
    """Names of the modules that it depends on."""
    return [name for name in call('modinfo', '-F', 'depends', module).strip().split(',') if name]
