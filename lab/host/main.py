# SPDX-License-Identifier: MIT
"""The kernel lab: guests in QEMU with a mock i915, and kernels that differ in one hunk."""
import argparse
import os
import pathlib
import sys

import ab
import guest
import kernels
import packages
import suite


def cache_folder():
    base = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
    folder = pathlib.Path(base) / 'pinlat-lab'
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tree(cache, debug=False):
    """The kernel tree, with its source package fetched if it was not."""
    source = packages.unpacked(cache, 'linux-source-6.1')
    return kernels.Tree(cache, source / 'usr/src/linux-source-6.1.tar.xz', debug)


def stock(cache):
    """(kernel, initramfs) of Debian's own kernel."""
    debian = packages.Stock(cache)
    mock = suite.built_mock(cache, debian.headers)
    return debian.bzimage, suite.image(cache, 'stock', mock, debian)


def named(cache, name, debug=False):
    """(kernel, initramfs) of 'stock', of a variant, or of NAME=BZIMAGE of the user's own."""
    if name == 'stock':
        return stock(cache)
    lab = tree(cache, debug)
    built = lab.build(kernels.VARIANTS[0] if '=' in name else name)
    kernel = guest.here(name.partition('=')[2]) if '=' in name else built / 'bzImage'
    mock = suite.built_mock(cache, lab.objects)
    return kernel, suite.image(cache, lab.objects.name, mock)


def do_build(options):
    lab = tree(options.cache, options.debug)
    for name in options.variant or kernels.VARIANTS:
        print(lab.build(name) / 'bzImage')
    return 0


def do_shell(options):
    machine = guest.Machine(memory=options.memory, cpus=options.cpus,
                            append=f'preempt={options.preempt}')
    kernel, initramfs = named(options.cache, options.kernel, options.debug)
    return guest.shell(machine, kernel, initramfs, options.cache / 'shell')


def do_ab(options):
    chosen = {name.partition('=')[0]: named(options.cache, name) for name in options.kernels}
    return 3 if ab.run(options, chosen) else 0


def add_machine(parser):
    parser.add_argument('--memory', default='1536M', help='of the guest (1536M)')
    parser.add_argument('--cpus', type=int, default=2, help='of the guest (2)')
    parser.add_argument('--preempt', choices=('none', 'voluntary', 'full'), default='voluntary')


def words(text):
    return text.split(',')


def add_ab(commands):
    p = commands.add_parser('ab', help='measure kernels against each other, boots interleaved')
    p.add_argument('--kernels', type=words, default=list(kernels.VARIANTS),
                   metavar='LIST', help='variants, stock, or NAME=BZIMAGE of your own '
                   f'({",".join(kernels.VARIANTS)})')
    p.add_argument('-o', '--output', type=guest.here, required=True, metavar='DIR')
    p.add_argument('--boots', type=int, default=8, help='of each kernel (8)')
    p.add_argument('--runs', type=int, default=1, help='of each subtest in a boot (1)')
    p.add_argument('--notifiers', type=words, default=['wait', 'wait-release'], metavar='LIST',
                   help="the mock's behaviours (wait,wait-release)")
    p.add_argument('--pages', choices=('pin', 'get'), default='pin',
                   help='how the mock takes pages: with FOLL_PIN or without (pin)')
    p.add_argument('--probes', default='timer,thp')
    p.add_argument('--loads', default='locked,pinned,busy')
    p.add_argument('--duration', default='8s')
    p.add_argument('--fill', default='60%')
    p.add_argument('--object-size', default='32M')
    p.add_argument('--zram', default='512M', help='swap of the guest (512M)')
    p.add_argument('--batch-us', type=int, default=5000)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--timeout', type=int, default=900, help='seconds for a boot (900)')
    add_machine(p)
    p.set_defaults(do=do_ab)


def options():
    parser = argparse.ArgumentParser(prog='scripts/lab', description=__doc__)
    parser.add_argument('--cache', type=guest.here, default=None, metavar='DIR',
                        help='packages, sources, kernels (~/.cache/pinlat-lab)')
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    p = commands.add_parser('build', help='build the variants of the kernel')
    p.add_argument('variant', nargs='*', help=', '.join(kernels.VARIANTS))
    p.add_argument('--debug', action='store_true', help='with KASAN, lockdep and kmemleak')
    p.set_defaults(do=do_build)
    p = commands.add_parser('shell', help='a guest with a shell on this terminal')
    p.add_argument('--kernel', default='stock', help='stock, a variant, or NAME=BZIMAGE')
    p.add_argument('--debug', action='store_true')
    add_machine(p)
    p.set_defaults(do=do_shell)
    add_ab(commands)
    chosen = parser.parse_args()
    chosen.cache = chosen.cache or cache_folder()
    return chosen


if __name__ == '__main__':
    chosen_options = options()
    try:
        sys.exit(chosen_options.do(chosen_options))
    except KeyboardInterrupt:
        sys.exit('\nlab: interrupted; what was measured is kept, the same command goes on')
