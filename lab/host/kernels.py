# SPDX-License-Identifier: MIT
"""
The lab's kernels, built from Debian's package linux-source-SERIES: one source tree, one object
tree, and for each variant one patch, of lab/kernels/SERIES/ or of somebody's own. The second
variant costs what its patch touches.
"""
import os
import pathlib
import shutil

from host import packages
from host.errors import LabError, call
from host.kernel import DEBIAN, Kernel
from host.paths import LAB, cache

KERNELS = LAB / 'kernels'
SERIES = {'i915': '5.10', 'xe': '6.12'}  # by driver, of the source that variants are of
# Those that are built if none is named. 5.10: of the thread.
VARIANTS = {'5.10': ('reclaim', 'skip-unmap', 'skip-shrink', 'unevictable'),
            '6.12': ('stock', 'nonblock')}
PREEMPT = {'none': 'PREEMPT_NONE', 'voluntary': 'PREEMPT_VOLUNTARY', 'full': 'PREEMPT'}


def unpatched(series):
    """What the source as it is is called; that of 5.10 has mainline's answer to the thread."""
    return 'skip-shrink' if series == '5.10' else 'stock'


def patch_of(series, variant):
    """The patch that lab/kernels has of it, or None: it is the source as it is."""
    folder = KERNELS / series
    path = folder / f'{variant}.patch'
    if path.exists() and variant != 'base':
        return path
    if variant == unpatched(series):
        return None
    names = [unpatched(series), *sorted(p.stem for p in folder.glob('*.patch') if p.stem != 'base')]
    raise LabError(f'there is no variant {variant} of Linux {series}, but {", ".join(names)}; '
                   'NAME=FILE.patch is one of your own')


def add_options(parser):
    """Those that say how kernels are built."""
    parser.add_argument('--kernel', choices=sorted(DEBIAN), metavar='SERIES',
                        help="of Debian's kernel source that the variants are of "
                        f'({", ".join(sorted(DEBIAN))}; default: '
                        f'{", ".join(f"{name} {of}" for name, of in SERIES.items())})')
    parser.add_argument('--preempt', choices=PREEMPT, default='voluntary',
                        help='preemption model of the kernels (voluntary)')


def series_of(args):
    """The series that is asked for, or the driver's."""
    return args.kernel or SERIES[args.driver]


def variants_of(args):
    """The variants that are built if none is named."""
    series = series_of(args)
    return list(VARIANTS.get(series, [unpatched(series)]))


def has_preempt_parameter(series):
    """Whether preempt= on the command line says which model a kernel has: since 5.12."""
    return [int(n) for n in series.split('.')] >= [5, 12]


class Tree:
    """A source tree and its object tree, in the cache."""

    def __init__(self, series, preempt='voluntary', debug=False):
        if has_preempt_parameter(series):
            preempt = 'voluntary'
        self.series = series
        self.preempt = preempt
        self.debug = debug
        self.source = cache() / f'linux-source-{series}'
        words = ['objects', series] + [preempt] * (preempt != 'voluntary') + ['debug'] * debug
        self.objects = cache() / '-'.join(words)
        self.patched = cache() / f'applied-{series}.patch'  # what the source has; none: as it is
        self.version = unpatched(series)

    def make(self, *targets):
        # Date, builder and the number of builds stand in the image: the same source gives
        # the same one. The variant stands for the number, "#skip-unmap SMP ...": nothing
        # else in a record tells the variants apart.
        environment = dict(os.environ, KBUILD_BUILD_TIMESTAMP='2026-01-01',
                           KBUILD_BUILD_USER='pinlat', KBUILD_BUILD_HOST='lab',
                           KBUILD_BUILD_VERSION=self.version)
        # The drivers are configured as built in, so that all they need is; but they are modules:
        # driver.py.
        call('make', '-s', f'-j{len(os.sched_getaffinity(0))}', f'O={self.objects}',
             'CONFIG_DRM_I915=m', 'CONFIG_DRM_XE=m', *targets, cwd=self.source, env=environment)

    def unpack(self):
        name = self.source.name
        package = packages.unpack(name + '-package', [name], DEBIAN[self.series][0])
        base = KERNELS / self.series / 'base.patch'
        wanted = (package / 'packages').read_text() + (base.read_text() if base.exists() else '')
        stamp = self.source / 'pinlat-made-of'
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(self.source, ignore_errors=True)
        self.patched.unlink(missing_ok=True)
        self.source.mkdir()
        call('tar', 'xf', package / f'usr/src/{name}.tar.xz', '-C', self.source,
             '--strip-components=1')
        if base.exists():
            call('patch', '-s', '-p1', '-i', base, cwd=self.source)
        stamp.write_text(wanted)

    def fragment(self):
        """What the configuration has beyond tinyconfig."""
        names = ['config', f'{self.series}/config']
        if has_preempt_parameter(self.series):
            names.append('config-6')
        if self.debug:
            names.append('config-debug')
        return ''.join((KERNELS / name).read_text() for name in names
                       if (KERNELS / name).exists()) + \
            f'CONFIG_{PREEMPT[self.preempt]}=y\n'

    def configure(self):
        stamp = self.objects / 'pinlat-config'
        fragment = self.fragment()
        if stamp.exists() and stamp.read_text() == fragment:
            return
        self.objects.mkdir(parents=True, exist_ok=True)
        (self.objects / 'fragment').write_text(fragment)
        self.make('tinyconfig')
        call('scripts/kconfig/merge_config.sh', '-m', '-O', self.objects,
             self.objects / '.config', self.objects / 'fragment', cwd=self.source)
        self.make('olddefconfig')
        # An option that its dependencies have dropped is an error, not a surprise.
        have = set((self.objects / '.config').read_text().splitlines())
        lost = [line for line in fragment.splitlines()
                if line.startswith('CONFIG_') and line not in have]
        if lost:
            raise LabError(f'Linux {self.series} has no {", ".join(lost)}')
        stamp.write_text(fragment)

    def patch(self, path):
        """Takes back the patch that is applied, and applies that in @path (None: none)."""
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

    def build(self, variant, path=None):
        """Builds a variant, of lab/kernels or with the patch in @path; returns its Kernel."""
        path = pathlib.Path(path).resolve() if path else patch_of(self.series, variant)
        if path and not path.is_file():
            raise LabError(f'there is no patch {path}')
        self.unpack()
        self.configure()
        self.patch(path)
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
        return Kernel(folder.name, folder / 'bzImage', None, self.objects)
