# SPDX-License-Identifier: MIT
"""
Kernels in a virtual machine, whose GPU is a mock of i915: real memory management meets a
simulated GPU. Under emulation, times are good for ratios alone.
"""
import argparse
import os
import sys

from host import guest, session, smoke
from host.errors import LabError


def _parser():
    parser = argparse.ArgumentParser(prog='scripts/lab', description=__doc__.strip())
    commands = parser.add_subparsers(dest='name', required=True, metavar='COMMAND')
    command = commands.add_parser('smoke', help=smoke.smoke.__doc__,
                                  description=smoke.__doc__.strip())
    smoke.add_options(command)
    command.set_defaults(function=smoke.smoke)
    for name, function in (('shell', session.shell), ('run', session.run)):
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        session.add_machine(command)
        session.add_mock(command)
        command.add_argument('--directory', default=os.getcwd(), help='to start in')
        command.set_defaults(function=function)
    command.add_argument('--timeout', type=float, default=300, metavar='SECONDS')
    command.add_argument('command', nargs='*', metavar='COMMAND')
    return parser


def main(argv):
    """Exit code: as pinlat's, 3 if there was no guest, and that of the command for run."""
    args = _parser().parse_args(argv)
    try:
        guest.require()
        return args.function(args)
    except LabError as error:
        print(f'lab: {error}', file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
