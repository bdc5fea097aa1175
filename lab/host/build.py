# SPDX-License-Identifier: MIT
"""scripts/lab build: the kernels of the lab, so that ab need not wait for them."""
import time

from host import driver, kernels, session


def add_options(parser):
    """Those of its own."""
    parser.add_argument('variants', nargs='*', metavar='VARIANT',
                        help='which, or NAME=FILE.patch of your own (default: all of the series)')
    session.add_driver(parser)
    kernels.add_options(parser)
    parser.add_argument('--debug', action='store_true',
                        help='with KASAN, lockdep and kmemleak: finds mistakes, measures nothing')


def build(args):
    """Kernels from Debian's source and patches, and the driver for them."""
    series = kernels.series_of(args)
    tree = kernels.Tree(series, args.preempt, args.debug)
    wanted = [word.partition('=')[::2] for word in args.variants or kernels.variants_of(args)]
    for name, path in wanted:
        if not path:
            kernels.patch_of(series, name)  # a wrong name is said before the first is built
    for name, path in wanted:
        start = time.monotonic()
        kernel = tree.build(name, path)
        middle = time.monotonic()
        driver.build(args.driver, kernel)
        print(f'{kernel.image}: {middle - start:.0f} s, and {args.driver} '
              f'{time.monotonic() - middle:.0f} s', flush=True)
    return 0
