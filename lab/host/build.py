# SPDX-License-Identifier: MIT
"""scripts/lab build: the kernels of the lab, so that ab need not wait for them."""
import time

from host import kernels, mock


def add_options(parser):
    """Those of its own."""
    parser.add_argument('variants', nargs='*', metavar='VARIANT', default=list(kernels.VARIANTS),
                        help=f'which (default: {" ".join(kernels.VARIANTS)})')
    parser.add_argument('--debug', action='store_true',
                        help='with KASAN, lockdep and kmemleak: finds mistakes, measures nothing')


def build(args):
    """Kernels from Debian's source and lab/kernels; what is built already costs seconds."""
    tree = kernels.Tree(args.debug)
    for variant in args.variants:
        kernels.patch_of(variant)  # a wrong name is told before the first is built
    for variant in args.variants:
        start = time.monotonic()
        kernel = tree.build(variant)
        mock.build(kernel)
        print(f'{kernel.image}: {time.monotonic() - start:.0f} s', flush=True)
    return 0
