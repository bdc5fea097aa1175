# SPDX-License-Identifier: MIT
"""
scripts/lab smoke: the suite on i915's own code, on a mock GPU, in Debian's own kernel: no kernel is
built. With --driver xe: host/xe.py.
"""
import pathlib
import re
import time

from host import driver, guest, kernel, oom, session, xe
from host.errors import LabError
from host.paths import LAB, PROJECT
from host.step import (CALLERS, SKIPPED, Checks, Step, build_suite, complete, keep,
                       say_end)

# Pages that others have locked just then: reclaim keeps them, too.
FEW = 64


def _let_go(checks, step):
    """i915's shrinker takes what the device holds and does not use: the record says so."""
    said = [text for r in step.records for text in
            [*r['validity'].get('reasons', []), *r['validity'].get('notes', [])]
            if 'had let go' in text or 'memory under DMA went down' in text]
    checks.that(said, f'what i915 gives up of a quiet device is said: {said[:1]}', step.tail())


def _explained(checks, step):
    """The records say where the time went, and what i915 did meanwhile."""
    busy = step.valid('thp-busy')
    sources = [r.get('attribution', {}).get('sources', {}) for r in busy]
    checks.that(sources and all('direct_reclaim' in s for s in sources),
                "delays are accounted for in Debian's kernel", str(sources))
    scans = sum(r.get('counters', {}).get('mock', {}).get(f'shrinker_calls_{who}', 0)
                for r in busy for who in ('kswapd', 'direct'))
    checks.that(scans > 0, f"the records hold i915's shrinker scans in the window: {scans}")


def _pinned_pages(checks, step):
    """The BPF program counts the pages that are pinned."""
    found = [r.get('explain', {}) for r in step.valid()]
    why = [e.get('pinned', {}).get('why_not', '') for e in found]
    if any('built without' in text or 'wants Linux' in text for text in why):
        print(f'not looked at: {why[0]}')
        return
    if not found or any('anon' not in e.get('pinned', {}) for e in found):
        checks.that(False, 'pinned pages are counted', f'{why}\n{step.tail()}')
        return
    kept = sum(e['reclaim']['anon']['kept'] for e in found)
    pinned = sum(e['pinned']['anon']['pinned'] for e in found)
    # On a slow host reclaim may not come round to many of them in the window, or to any.
    checks.that(0.95 * kept - FEW < pinned,
                f'reclaim kept {kept} anonymous pages; a BPF program counted {pinned} pinned ones')


def _driver(checks, step, series):
    """What i915's own code did to the rest of the kernel."""
    for what in ('notifier_calls', 'notifier_waits', 'shrinker_calls', 'shrinker_waits',
                 'unbind_calls', 'put_pages_calls'):
        print(f'{what}: ' + ', '.join(f'{who} {step.statistics.get(f"{what}_{who}", 0)}'
                                      for who in CALLERS))
    taken = step.calls('put_pages_calls', ('kswapd', 'direct'))
    checks.that(taken > 0, f"reclaim has given objects' pages up: {taken} objects")
    if [int(n) for n in series.split('.')] >= [6, 9]:
        waits = step.calls('notifier_waits')
        checks.that(waits == 0, f'since Linux 6.9 the notifier does not wait: {waits} waits')


def _refusals(checks, outcome):
    hang = Step(outcome, 'hang')
    # A slow host: it was known while requests were submitted, or before that.
    said = [reason for reason in hang.reasons() if 'reset' in reason or 'it hung' in reason]
    checks.that(hang.rc != 0 and said, f'a hang makes a record invalid: {said}', hang.tail())
    error = Step(outcome, 'error')
    checks.that(error.rc != 0 and error.reasons(),
                f'execbufs that fail make a record invalid: {error.reasons()}', error.tail())
    for name, why in (('no-userptr', 'has no userptr'), ('no-device', 'no DRM device')):
        step = Step(outcome, name)
        checks.that(step.rc == SKIPPED and why in step.output, f'skipped: {why}',
                    f'exit code {step.rc}\n{step.tail()}')


def _wedged(checks, outcome):
    """A GPU that is lost before the test: nothing else is measured in its place."""
    named = Step(outcome, 'named')
    engines = {r['load'].get('engine') for r in named.records}
    checks.that(named.rc == 0 and named.valid() and engines == {'i915'},
                'with its device named, the test measures that', f'{engines}\n{named.tail()}')
    wedge = Step(outcome, 'wedge')
    checks.that(wedge.rc == 0, 'the GPU is wedged', wedge.tail())
    for name, how in (('wedged', 'named'), ('wedged-auto', 'not named')):
        step = Step(outcome, name)
        checks.that(step.rc == SKIPPED and 'is wedged' in step.output and not step.records,
                    f'skipped, device {how}: the GPU is wedged',
                    f'exit code {step.rc}\n{step.tail()}')


def _kernel(checks, outcome, known):
    for name in ('kill', 'reload'):
        step = Step(outcome, name)
        checks.that(step.rc == 0 or re.search(known, step.output),
                    f'stress {step.output.strip() or name}', f'exit code {step.rc}')
    last = Step(outcome, 'no-device').vmstat
    acquired, released = (last.get(f'nr_foll_pin_{w}', -1) for w in ('acquired', 'released'))
    checks.that(acquired == released > 0, f'pages pinned and unpinned: {acquired}, {released}')
    complaints = driver.complaints(outcome, known)
    if len(complaints) < len(outcome.complaints):
        print(f'known complaints of the kernel: {len(outcome.complaints) - len(complaints)}')
    checks.that(not complaints, 'the kernel has nothing to complain of', '\n'.join(complaints))


def _mock(checks, outcome):
    """Every record says so, also of runs without a device."""
    records = [r for name in ('root', 'render', 'quiet', 'explain', 'hang', 'error')
               for r in Step(outcome, name).records]
    silent = [r['subtest'] for r in records
              if not r.get('environment', {}).get('device', {}).get('mock')]
    checks.that(records and not silent, f'{len(records)} records say that the GPU is a mock',
                f'do not: {silent}')


def judge(outcome, series, subtests, known):
    """The Checks of what a guest has left, whose kernel's complaints match @known."""
    checks = Checks()
    say_end(checks, outcome)
    if outcome.end != 'done':
        return checks
    root = Step(outcome, 'root')
    complete(checks, root, 'root', subtests, 'i915')
    complete(checks, Step(outcome, 'render'), 'a member of the group render', subtests, 'i915')
    _mock(checks, outcome)
    _let_go(checks, Step(outcome, 'quiet'))
    _driver(checks, root, series)
    _explained(checks, root)
    _pinned_pages(checks, Step(outcome, 'explain'))
    _refusals(checks, outcome)
    _wedged(checks, outcome)
    oom.judge(checks, outcome)
    _kernel(checks, outcome, known)
    return checks


def add_options(parser):
    """Those of its own."""
    parser.add_argument('--build', type=pathlib.Path, default=PROJECT / 'build', metavar='DIR',
                        help="the suite's build folder (default: build)")
    parser.add_argument('--kernel', choices=sorted(kernel.DEBIAN),
                        help="Debian's of this series (6.1; with --driver xe 6.12)")
    session.add_driver(parser)
    parser.add_argument('--accel', choices=('kvm', 'tcg'), help='(default: kvm if it works)')
    parser.add_argument('--timeout', type=float, default=1800, metavar='SECONDS')
    parser.add_argument('--keep', type=pathlib.Path, metavar='DIR',
                        help='copy what the guest has left to this folder')


def _suite(args):
    """The suite in one boot: what was checked, and how the guest ended."""
    build = args.build.resolve()
    series = session.kernel_of(args)
    subtests = build_suite(build, 'unit/lab/lab-stress')
    machine = guest.Machine(kernel.stock(series), memory='768M', accel=args.accel,
                            folders=[build])
    module = session.build(machine, 'i915')
    job = session.prepare_line(module) + f'{LAB}/guest/smoke {build} {module}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        keep(outcome, args.keep)
        known = driver.known('i915', machine.kernel)
        return judge(outcome, series, subtests, known), outcome.end


def smoke(args):
    """The suite on i915's own code in Debian's own kernel: minutes, no kernel is built."""
    start = time.monotonic()
    if args.driver == 'xe':
        checks = Checks()
        end = xe.smoke(args, checks)
    else:
        checks, end = _suite(args)
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f'lab smoke: {"FAILED" if checks.failed else "passed"} in {minutes} min {seconds} s')
    if end != 'done':
        raise LabError(f'the guest gave no result ({end})')
    return 1 if checks.failed else 0
