# SPDX-License-Identifier: MIT
"""scripts/lab shell and scripts/lab run: a guest for whoever wants to look."""
import os
import shlex
import sys

from host import driver, guest, kernel
from host.errors import LabError
from host.paths import LAB


def add_guest(parser, memory='1536M'):
    """The options that say what the guest is made of, without its kernel."""
    parser.add_argument('--memory', default=memory, metavar='SIZE', help=f'({memory})')
    parser.add_argument('--cpus', type=int, default=2, metavar='N', help='(2)')
    parser.add_argument('--accel', choices=('kvm', 'tcg'), help='(default: kvm if it works)')
    parser.add_argument('--append', default='', metavar='PARAMETERS',
                        help='of the kernel, such as preempt=full')
    parser.add_argument('--zram', default='256M', metavar='SIZE', help='of the swap device (256M)')
    parser.add_argument('--mglru', choices=('off', 'on'), default='off',
                        help='the multi-generational LRU, in kernels that have it (off)')


def add_machine(parser):
    """The options that say what the guest is made of."""
    parser.add_argument('--kernel', metavar='KERNEL',
                        help=f"Debian's of this series ({', '.join(kernel.DEBIAN)}), or a bzImage "
                        "of one's own, in its build folder (6.1; with --driver xe 6.12)")
    add_guest(parser)
    parser.add_argument('--folder', action='append', default=[], metavar='PATH',
                        help='that the guest shall see though it is in /tmp, /run or /mnt')


def add_mock(parser):
    """The options that say what the mock GPU does."""
    add_driver(parser)
    parser.add_argument('--no-mock', action='store_true', help='without the mock GPU')
    parser.add_argument('--mock', action='append', default=[], metavar='NAME=VALUE',
                        help='a parameter of the mock GPU, such as batch_us=5000')


def add_driver(parser):
    """The option that says which driver the mock GPU has."""
    parser.add_argument('--driver', choices=tuple(driver.DRIVERS), default='i915',
                        help="the kernel's own code of this driver, with lab/DRIVER (i915)")


def kernel_of(args):
    """The kernel that is asked for: one that the driver is there for, if none is."""
    return args.kernel or ('6.12' if args.driver == 'xe' else '6.1')


def machine_of(args):
    """The Machine that these options ask for."""
    return guest.Machine(kernel.named(kernel_of(args)), args.memory, args.cpus, args.accel,
                         args.append, list(args.folder))


def add_needs(machine, module, name):
    """What a guest needs to run the module of the driver @name."""
    machine.modules += driver.needs(module)
    machine.folders.append(module.parent)
    if name == 'i915':
        machine.parameters += driver.quiet(machine.kernel)


def build(machine, name):
    """Path of the driver's module for the machine's kernel, which gets what it needs."""
    module = driver.build(name, machine.kernel)
    add_needs(machine, module, name)
    return module


def prepare_line(module, parameters=(), zram='256M', mglru='off'):
    """The line of a job that makes the guest ready; @module may be None."""
    return (f'LAB_ZRAM={shlex.quote(zram)} LAB_MGLRU={"y" if mglru == "on" else "n"} '
            f'LAB_MOCK={shlex.quote(str(module or ""))} '
            f'{LAB}/guest/prepare {driver.MOCK} {shlex.join(parameters)} || exit\n')


def _job(args, machine, command):
    module = None if args.no_mock else build(machine, args.driver)
    return prepare_line(module, args.mock, args.zram, args.mglru) + \
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
