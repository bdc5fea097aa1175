# SPDX-License-Identifier: MIT
"""
scripts/lab smoke: the suite on the mock GPU in Debian's own kernel, which nobody has to build.
That kernel leaves alone what is pinned with FOLL_PIN. So with pages that the mock has pinned
no MMU notifier may be called by reclaim, and with pages that it has merely got, as i915 did
before 5.8, many must be: the thread's experiment in its smallest form.

With --driver i915 it is i915's own code that drives the mock GPU, and the kernel is Debian's
of any series that there is a patch for. With --driver xe it is a client of xe: host/xe.py.
"""
import json
import pathlib
import re
import time

from host import guest, kernel, session, xe
from host.errors import LabError, call
from host.paths import LAB, PROJECT

SUBTESTS = [f'{probe}-{load}' for probe in ('timer', 'thp')
            for load in ('idle', 'base', 'locked', 'pinned', 'busy')]
SKIPPED = 77
# What kernels complain of because i915 of that series is wrong, on real GPUs as well: its notifier
# fails when an execbuf holds an object's pages; an object may be too large for its pages' list.
KNOWN = {'5.10': r'mm/mmu_notifier\.c:\d+ ', '6.12': r'__kvmalloc_node'}
# Of notifiers, by reclaim, if it meets pages that it can unmap. Thousands are usual.
MANY = 100
# Pages that others have locked just then: reclaim keeps them, too.
FEW = 64


class Checks:
    """Prints what holds and what does not, and counts."""

    def __init__(self):
        self.failed = 0

    def that(self, holds, text, detail=''):
        """One of them; @detail is told if it fails."""
        print(f'{"ok" if holds else "FAILED"}: {text}')
        if not holds:
            self.failed += 1
            if detail:
                print(detail.rstrip())


class Step:
    """What one step has left behind."""

    def __init__(self, outcome, name):
        self.output = outcome.read(f'{name}.output')
        rc = outcome.read(f'{name}.rc')
        self.rc = int(rc) if rc else None
        self.records = [json.loads(line) for line in outcome.read(f'{name}.records').splitlines()]
        self.statistics = _numbers(outcome.read(f'{name}.statistics'))
        self.vmstat = _numbers(outcome.read(f'{name}.vmstat'))

    def by_reclaim(self, what):
        """A statistic of the notifier, of those calls that reclaim makes."""
        return sum(self.statistics.get(f'notifier_{what}_{who}', 0) for who in ('kswapd', 'direct'))

    def reasons(self):
        """Why records are invalid."""
        return [reason for r in self.records for reason in r['validity'].get('reasons', [])]

    def tail(self):
        """The last lines of the output, without records and tests that pass."""
        lines = [line for line in self.output.splitlines()
                 if not line.startswith(('pinlat-record', '[ RUN ', '[       OK '))]
        return '\n'.join(lines[-40:])


def _numbers(text):
    return {name: int(value) for name, value in
            (line.split() for line in text.splitlines() if len(line.split()) == 2)}


def _complete(checks, step, who):
    """All subtests have run with this engine and are valid."""
    ran = {r['subtest'] for r in step.records
           if r['validity']['valid'] and r['load'].get('engine') in ('', 'i915')}
    missing = [s for s in SUBTESTS if s not in ran]
    checks.that(step.rc == 0 and not missing, f'as {who}, all ten subtests are valid',
                f'exit code {step.rc}, not valid: {missing}\n{step.tail()}')


def _notifiers(checks, pin, get):
    print(f'notifier calls by reclaim: pin {pin.by_reclaim("calls")}, '
          f'get {get.by_reclaim("calls")}; '
          f'waits: {pin.by_reclaim("waits")}, {get.by_reclaim("waits")}')
    checks.that(get.rc == 0 and all(r['validity']['valid'] for r in get.records),
                'with pages that are only got, busy is valid', get.tail())
    checks.that(pin.by_reclaim('calls') == 0, 'reclaim leaves pinned pages alone')
    checks.that(get.by_reclaim('calls') >= MANY, 'reclaim unmaps pages that are only got')
    checks.that(get.by_reclaim('waits') > 0, 'and waits for the GPU')
    scanned = pin.vmstat.get('pgscan_anon', 0)
    checks.that(scanned > 0, f'pinned pages were there to be looked at: {scanned} scans')


def _explained(checks, pin, get):
    """The records say where the time went, and what the notifier did meanwhile."""
    sources = [r.get('attribution', {}).get('sources', {}) for r in pin.records
               if r['subtest'] == 'thp-busy']
    checks.that(sources and all('direct_reclaim' in s for s in sources),
                "delays are accounted for in Debian's kernel", str(sources))
    calls = sum(r.get('counters', {}).get('mock', {}).get(f'notifier_calls_{who}', 0)
                for r in get.records for who in ('kswapd', 'direct'))
    checks.that(calls > 0, f'the records hold the notifier calls by reclaim in the window: {calls}')


def _pages_of(records):
    """Anonymous pages that --explain saw reclaim keep, examine, find pinned; None: not counted."""
    found = [r.get('explain', {}) for r in records]
    if not found or any('anon' not in e.get('pinned', {}) for e in found):
        return None
    return (sum(e['reclaim']['anon']['kept'] for e in found),
            sum(e['pinned']['anon']['examined'] for e in found),
            sum(e['pinned']['anon']['pinned'] for e in found))


def _pinned_pages(checks, explain, got):
    """The BPF program tells pages that are pinned from those that are merely got."""
    why = [r.get('explain', {}).get('pinned', {}).get('why_not', '') for r in explain.records]
    if why and 'built without' in why[0]:
        print(f'not looked at: {why[0]}')
        return
    pages, others = _pages_of(explain.records), _pages_of(got.records)
    if not pages or not others:
        checks.that(False, 'pinned pages are counted', f'{why}\n{explain.tail()}\n{got.tail()}')
        return
    kept, examined, pinned = pages
    # On a slow host reclaim may not come round to many of them in the window, or to any.
    checks.that(0.95 * kept - FEW < pinned <= examined,
                f'of pages that are pinned, reclaim kept {kept}; a BPF program counted {pinned}')
    kept, examined, pinned = others
    checks.that(pinned <= 0.01 * examined,
                f'of pages that are only got, it examined {examined}; pinned: {pinned}')


def _shrunk(checks, pin):
    """What i915's own code does, and the mock's does not."""
    for what in ('notifier_calls', 'notifier_waits', 'shrinker_calls', 'shrinker_waits',
                 'unbind_calls', 'put_pages_calls'):
        print(f'{what}: ' + ', '.join(f'{who} {pin.statistics.get(f"{what}_{who}", 0)}'
                                      for who in ('kswapd', 'direct', 'owner', 'other')))
    taken = sum(pin.statistics.get(f'put_pages_calls_{who}', 0) for who in ('kswapd', 'direct'))
    checks.that(taken > 0, f"reclaim has given objects' pages up: {taken} objects")


def _refusals(checks, outcome):
    hang = Step(outcome, 'hang')
    said = [reason for reason in hang.reasons() if 'reset' in reason]
    checks.that(hang.rc != 0 and said, f'a hang makes a record invalid: {said}', hang.tail())
    error = Step(outcome, 'error')
    if error.rc is not None:
        checks.that(error.rc != 0 and error.reasons(),
                    f'execbufs that fail make a record invalid: {error.reasons()}', error.tail())
    for name, why in (('no-userptr', 'has no userptr'), ('no-device', 'no DRM device')):
        step = Step(outcome, name)
        checks.that(step.rc == SKIPPED and why in step.output, f'skipped: {why}',
                    f'exit code {step.rc}\n{step.tail()}')


def _kernel(checks, outcome, known):
    for name in ('kill', 'fuzz', 'reload'):
        step = Step(outcome, name)
        checks.that(step.rc == 0 or known and re.search(known, step.output),
                    f'stress {step.output.strip() or name}', f'exit code {step.rc}')
    last = Step(outcome, 'no-device').vmstat
    acquired, released = (last.get(f'nr_foll_pin_{w}', -1) for w in ('acquired', 'released'))
    # Linux does not count them before 5.7.
    checks.that(acquired == released > 0, f'pages pinned and unpinned: {acquired}, {released}')
    new = [line for line in outcome.complaints if not (known and re.search(known, line))]
    if len(new) < len(outcome.complaints):
        print(f'known complaints of the kernel: {len(outcome.complaints) - len(new)}')
    checks.that(not new, 'the kernel has nothing to complain of', '\n'.join(new))


def _judge(outcome, driver='mock', known=None):
    checks = Checks()
    checks.that(outcome.end == 'done' and outcome.rc == 0,
                f'the guest was done after {outcome.seconds:.0f} s',
                f'{outcome.end}, exit code {outcome.rc}\n{outcome.messages[-3000:]}')
    if outcome.end != 'done':
        return checks
    uapi = Step(outcome, 'uapi')
    if driver == 'mock':
        checks.that(uapi.rc == 0, 'the mock answers as i915 does', uapi.tail())
    else:
        failed = re.findall(r'^\[  FAILED  \] ([a-z_]+)$', uapi.output, re.MULTILINE)
        checks.that('[==========]' in uapi.output,
                    f'i915 answers otherwise than expected: {sorted(set(failed))}', uapi.tail())
    pin = Step(outcome, 'pin')
    _complete(checks, pin, 'root')
    _complete(checks, Step(outcome, 'render'), 'a member of the group render')
    if driver == 'mock':
        get = Step(outcome, 'get')
        _notifiers(checks, pin, get)
        _explained(checks, pin, get)
        _pinned_pages(checks, Step(outcome, 'explain'), Step(outcome, 'got'))
    else:
        _shrunk(checks, pin)
    _refusals(checks, outcome)
    _kernel(checks, outcome, known)
    return checks


def _build(folder):
    """Builds the suite, so that the guest finds it."""
    if not (folder / 'build.ninja').exists():
        call('meson', 'setup', folder, PROJECT, '-Dtests=enabled')
    call('ninja', '-C', folder, 'tests/gem_syslatency_pinned', 'unit/lab/lab-stress',
         'unit/lab/lab-uapi')


def add_options(parser):
    """Those of its own."""
    parser.add_argument('--build', type=pathlib.Path, default=PROJECT / 'build', metavar='DIR',
                        help="the suite's build folder (default: build)")
    parser.add_argument('--kernel', choices=sorted(kernel.DEBIAN),
                        help="Debian's of this series (6.1; with --driver xe 6.12)")
    session.add_driver(parser)
    parser.add_argument('--accel', choices=('kvm', 'tcg'), help='(default: kvm if it works)')
    parser.add_argument('--timeout', type=float, default=900, metavar='SECONDS')
    parser.add_argument('--keep', type=pathlib.Path, metavar='DIR',
                        help='copy what the guest has left to this folder')


def _suite(args):
    """The suite in one boot: what was checked, and how the guest ended."""
    build = args.build.resolve()
    series = session.kernel_of(args)
    _build(build)
    memory, zram = ('640M', '72M') if args.driver == 'mock' else ('768M', '256M')
    machine = guest.Machine(kernel.stock(series), memory=memory, accel=args.accel,
                            folders=[build])
    module = session.build(machine, args.driver)
    job = session.prepare_line(machine, zram, module, name=args.driver) + \
        f'{LAB}/guest/smoke {build} {module} {args.driver}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        if args.keep:
            call('cp', '-r', outcome.folder, args.keep)
        return _judge(outcome, args.driver,
                      KNOWN.get(series) if args.driver == 'i915' else None), outcome.end


def smoke(args):
    """The suite on the mock GPU in Debian's own kernel: minutes, no kernel is built."""
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
