# SPDX-License-Identifier: MIT
"""
scripts/lab igt: the benchmarks of Debian's package intel-gpu-tools, which know nothing of a mock
GPU, on i915's own code.
"""
import pathlib

from host import driver, guest, packages, session
from host.errors import LabError
from host.paths import LAB

PROGRAMS = 'usr/libexec/igt-gpu-tools/benchmarks'
OUT_OF_TIME = 124
SKIPPED = 77


def add_options(parser):
    """Those of its own."""
    session.add_machine(parser)
    session.add_mock(parser)
    parser.add_argument('--limit', type=int, default=60, metavar='SECONDS',
                        help='for one program (60)')
    parser.add_argument('--timeout', type=float, default=1800, metavar='SECONDS')
    parser.add_argument('--verbose', action='store_true', help='all that they print')


def _word(rc):
    """What an exit code says."""
    if rc == 0:
        return 'works'
    if rc == SKIPPED:
        return 'skips'
    if rc == OUT_OF_TIME:
        return 'out of time'
    return f'signal {rc - 128}' if rc > 128 else f'exit code {rc}'


def _say(outcome, name, verbose):
    """Prints what came of one of them. Whether it works."""
    rc = int(outcome.read(f'{name}.rc') or -1)
    lines = [line for line in outcome.read(f'{name}.output').splitlines() if line.strip()]
    print(f'{outcome.read(f"{name}.command").strip()}: {_word(rc)}')
    for line in lines if verbose else lines[-1:] if rc == 0 else lines[-6:]:
        print(f'\t{line}')
    return rc == 0


def igt(args):
    """IGT's own benchmarks on i915's own code: which work."""
    machine = session.machine_of(args)
    root = pathlib.Path('/')
    if not (root / PROGRAMS).exists():
        root = packages.unpack('igt', ['intel-gpu-tools'])
        machine.folders.append(root)
    module = session.build(machine, args.driver)
    job = session.prepare_line(module, args.mock, args.zram, args.mglru) + \
        f'PATH={root}/usr/bin:$PATH LD_LIBRARY_PATH={root}/usr/lib/x86_64-linux-gnu ' \
        f'{LAB}/guest/igt {root / PROGRAMS} {args.limit}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        if outcome.end != 'done':
            raise LabError(f'the guest gave no result ({outcome.end}):\n{outcome.messages[-3000:]}')
        names = sorted(path.stem for path in outcome.folder.glob('*.rc'))
        works = sum(_say(outcome, name, args.verbose) for name in names)
        complaints = driver.complaints(outcome, driver.known(args.driver, machine.kernel))
        for line in complaints:
            print(f'kernel: {line}')
        print(f'{works} of {len(names)} work')
        return 1 if complaints else 0
