# SPDX-License-Identifier: MIT
"""
A driver's own code, with a mock of the hardware below it, built as a module for a kernel. The
source is that of Debian's package for the kernel's series, with lab/DRIVER/SERIES.patch and the C
files that lie beside it.
"""
import dataclasses
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

MOCK = 'mock=1'  # the parameter without which it looks for a real GPU


@dataclasses.dataclass(frozen=True)
class Driver:
    """What differs between them. In options, {tree} is the source and {folder} the driver in it."""
    name: str
    sources: tuple = ()  # what it includes from elsewhere than include/
    flags: str = ''  # of the compiler
    options: tuple = ()  # of make
    known: dict = dataclasses.field(default_factory=dict)  # by series: see known()

    @property
    def path(self):
        """Of its folder, in the source."""
        return f'drivers/gpu/drm/{self.name}'

    @property
    def home(self):
        """Where its patches are."""
        return LAB / self.name

    def series(self):
        """Those that there is a patch for."""
        return sorted((path.stem for path in self.home.glob('*.patch')),
                      key=lambda name: [int(n) for n in name.split('.')])


# The folders that a driver's own Makefiles name are those of a whole kernel (gvt/ is part of 5.10's
# module).
DRIVERS = {each.name: each for each in (
    Driver('i915', ('drivers/platform/x86/intel_ips.h',), '-I{folder}',
           ('CONFIG_DRM_I915=m', 'CONFIG_DRM_I915_GVT_KVMGT=',
            'CFLAGS_gvt/trace_points.o=-I{folder}/gvt'),
           # Its notifier fails while an execbuf holds an object's pages; an object may be too
           # large for the list of its pages.
           {'5.10': r'mm/mmu_notifier\.c:\d+ ', '6.12': r'__kvmalloc_node'}),
    Driver('xe', ('drivers/gpu/drm/i915/i915_reg_defs.h',),
           '-include {folder}/xe_mock_config.h', ('CONFIG_DRM_XE=m', 'CONFIG_DRM_XE_DISPLAY=')),
)}


def series_of(kernel):
    """'6.1' of a kernel whose build folder says 6.1.0-56-amd64."""
    for name in ('include/config/kernel.release', '.kernelvariables'):
        path = kernel.build / name
        if path.exists():
            found = re.search(r'\b(\d+\.\d+)\.\d', path.read_text(encoding='utf-8'))
            if found:
                return found[1]
    raise LabError(f'{kernel.build} does not say of which release its kernel is')


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
        # What the build has made is newer than what it is made of, or is made again.
        if copy not in source and not copy.name.endswith('.mod.c') and \
                copy.parent.name != 'generated':
            copy.unlink()


def _unpack(driver, version, patch, folder):
    """The patched source in @folder, which changes where the package or the driver has changed."""
    name = f'linux-source-{version}'
    suite = DEBIAN[version][0] if version in DEBIAN else None
    package = packages.unpack(f'{name}-package', [name], suite)
    own = sorted(driver.home.glob('*.[ch]'))
    wanted = (package / 'packages').read_text(encoding='utf-8') + ' '.join(driver.sources) + \
        hashlib.sha256(b''.join(path.read_bytes() for path in [patch, *own])).hexdigest()
    stamp = folder / 'made-of'
    if stamp.exists() and stamp.read_text(encoding='utf-8') == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='source-', dir=folder.parent) as new:
        call('tar', 'xf', package / f'usr/src/{name}.tar.xz', '-C', new, '--strip-components=1',
             *(f'{name}/{source}' for source in (driver.path, *driver.sources)))
        call('patch', '-s', '-p1', '-i', patch, cwd=new)
        for path in own:
            shutil.copyfile(path, pathlib.Path(new) / driver.path / path.name)
        _update(folder, pathlib.Path(new))
    stamp.write_text(wanted, encoding='utf-8')


def _tree(name, kernel):
    """Where its module is built: kernels that share a build folder share that, too."""
    build = kernel.build.resolve()
    return cache() / name / \
        f'{build.name}-{hashlib.sha256(os.fsencode(build)).hexdigest()[:8]}'


def build(name, kernel):
    """Path of the driver's module for a kernel."""
    driver = DRIVERS[name]
    if not kernel.build:
        raise LabError(f'the kernel {kernel.name} is not in its build folder, so no module '
                       'can be built for it')
    version = series_of(kernel)
    patch = driver.home / f'{version}.patch'
    if not patch.exists():
        raise LabError(f'there is no patch of {name} for Linux {version}, but for '
                       f'{", ".join(driver.series())}: --kernel names one')
    tree = _tree(name, kernel)
    _unpack(driver, version, patch, tree)
    folder = tree / driver.path
    flags, *options = (text.format(tree=tree, folder=folder)
                       for text in (driver.flags, *driver.options))
    # Debian's kernel may be of a newer compiler, whose options this one lacks.
    call('make', '-s', f'-j{len(os.sched_getaffinity(0))}', '-C', kernel.build, f'M={folder}',
         'CC=gcc', 'CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=', 'CONFIG_DEBUG_INFO_BTF_MODULES=',
         *options, f'KCFLAGS=-g0 {flags} -I{tree}/drivers/gpu', 'modules')
    # The next variant of this kernel is built in the same place.
    module = cache() / 'modules' / kernel.name / f'{name}.ko'
    module.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / module.name, module)
    return module


def quiet(kernel):
    """
    Parameters of a kernel. That of 5.10 warns of its own notifier a hundred times a second while
    memory is short, and would wait for the serial console to have it printed.
    """
    return ' loglevel=4' if series_of(kernel) == '5.10' else ''


def known(name, kernel):
    """
    A pattern of what a kernel complains of because its driver @name is wrong, on real GPUs as
    well.
    """
    return DRIVERS[name].known.get(series_of(kernel), '(?!)')


def complaints(outcome, pattern):
    """What the guest's kernel has complained of, without what is known()."""
    return [line for line in outcome.complaints if not re.search(pattern, line)]


def needs(module):
    """Names of the modules that it depends on."""
    return [name for name in call('modinfo', '-F', 'depends', module).strip().split(',') if name]
