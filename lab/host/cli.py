# SPDX-License-Identifier: MIT
"""
Kernels in a virtual machine, with i915's or xe's own code on a mock of the hardware below it. Under
emulation, times are good for ratios alone.
"""
import argparse
import os
import sys

from host import ab, build, counts, guest, igt, session, smoke
from host.errors import LabError

# A command's function, whose first line says what it does, and what adds its options.
COMMANDS = {
    'smoke': (smoke.smoke, smoke.add_options),
    'build': (build.build, build.add_options),
    'ab': (ab.ab, ab.add_options),
    'counts': (counts.counts, counts.add_options),
    'igt': (igt.igt, igt.add_options),
    'shell': (session.shell, session.add_shell_options),
    'run': (session.run, session.add_run_options),
}


def _parser():
    parser = argparse.ArgumentParser(prog='scripts/lab', description=__doc__.strip())
    commands = parser.add_subparsers(dest='name', required=True, metavar='COMMAND')
    for name, (function, add_options) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        add_options(command)
        command.set_defaults(function=function)
    return parser


def main(argv):
    """Exit code: as pinlat's, 3 if there was no guest, and that of the command for run."""
    args = _parser().parse_args(argv)
    # Where Debian has mke2fs and depmod, which are not for root alone.
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    try:
        guest.require()
        return args.function(args)
    except LabError as error:
        print(f'lab: {error}', file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
