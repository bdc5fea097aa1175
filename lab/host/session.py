# SPDX-License-Identifier: MIT
"""scripts/lab shell and scripts/lab run: a guest for whoever wants to look."""
import os
import shlex
import sys

from host import driver, guest, kernel, mock
from host.errors import LabError
from host.paths import LAB


def add_machine(parser):
    """The options that say what the guest is made of."""
    parser.add_argument('--kernel', metavar='KERNEL',
                        help=f"Debian's of this series ({', '.join(kernel.DEBIAN)}), or a bzImage "
                        "of one's own, in its build folder (6.1; with --driver xe 6.12)")
    parser.add_argument('--memory', default='1536M', metavar='SIZE')
    parser.add_argument('--cpus', type=int, default=2, metavar='N')
    parser.add_argument('--accel', choices=('kvm', 'tcg'), help='(default: kvm if it works)')
    parser.add_argument('--append', default='', metavar='PARAMETERS',
                        help='of the kernel, such as preempt=full')
    parser.add_argument('--zram', default='256M', metavar='SIZE', help='of the swap device')
    parser.add_argument('--folder', action='append', default=[], metavar='PATH',
                        help='that the guest shall see though it is in /tmp, /run or /mnt')


def add_mock(parser):
    """The options that say what the mock does."""
    add_driver(parser)
    parser.add_argument('--no-mock', action='store_true', help='without the mock GPU')
    parser.add_argument('--mock', action='append', default=[], metavar='NAME=VALUE',
                        help='a parameter of the mock, such as batch_us=5000')


def add_driver(parser):
    """The option that says which code drives the mock GPU."""
    parser.add_argument('--driver', choices=('mock', *driver.DRIVERS), default='mock',
                        help="lab/mock-i915, or i915's or xe's own with lab/i915 or lab/xe (mock)")


def kernel_of(args):
    """The kernel that is asked for: one that the driver is there for, if none is."""
    return args.kernel or ('6.12' if args.driver == 'xe' else '6.1')


def machine_of(args):
    """The Machine that these options ask for."""
    return guest.Machine(kernel.named(kernel_of(args)), args.memory, args.cpus, args.accel,
                         args.append, list(args.folder))


def build(machine, name):
    """Path of the module for the machine's kernel, which gets the modules that it needs."""
    if name == 'mock':
        return mock.build(machine.kernel)
    module = driver.build(name, machine.kernel)
    machine.modules += driver.needs(module)
    if name == 'i915':
        machine.parameters += driver.quiet(machine.kernel)
    return module


def prepare_line(machine, zram, module, parameters=(), name='mock'):
    """The line of a job that makes the guest ready; @module may be None."""
    if name != 'mock':
        parameters = [driver.MOCK, *parameters]
    if module:
        machine.folders.append(module.parent)
    return (f'LAB_ZRAM={shlex.quote(zram)} LAB_MOCK={shlex.quote(str(module or ""))} '
            f'{LAB}/guest/prepare {shlex.join(parameters)} || exit\n')


def _job(args, machine, command):
    module = None if args.no_mock else build(machine, args.driver)
    return prepare_line(machine, args.zram, module, args.mock, args.driver) + \
        f'cd {shlex.quote(args.directory)}\n{command}'


def add_shell_options(parser):
    """Those of shell."""
    add_machine(parser)
    add_mock(parser)
    parser.add_argument('--directory', default=os.getcwd(), help='to start in')


def add_run_options(parser):
    """Those of run."""
    add_shell_options(parser)
    parser.add_argument('--timeout', type=float, default=300, metavar='SECONDS')
    parser.add_argument('command', nargs='*', metavar='COMMAND')


def shell(args):
    """An interactive guest."""
    machine = machine_of(args)
    return guest.interact(machine, _job(args, machine, 'exec setsid -w -c /bin/sh -i </dev/console '
                                        '>/dev/console 2>&1\n'))


def run(args):
    """One command in a guest; its output and its exit code."""
    machine = machine_of(args)
    if not args.command:
        raise LabError('run needs a command: scripts/lab run -- COMMAND')
    job = 'exec >/run/lab/output 2>&1 </dev/null\n' + \
        _job(args, machine, shlex.join(args.command) + '\n')
    with guest.run(machine, job, args.timeout) as outcome:
        sys.stdout.write(outcome.read('output'))
        for line in outcome.complaints:
            print(f'kernel: {line}', file=sys.stderr)
        if outcome.end != 'done':
            print(outcome.messages[-4000:], file=sys.stderr)
            raise LabError(f'the guest gave no result '
                           f'({outcome.end} after {outcome.seconds:.0f} s)')
        return outcome.rc
