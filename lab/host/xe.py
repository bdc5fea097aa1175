# SPDX-License-Identifier: MIT
"""
scripts/lab smoke --driver xe: on xe's own code and the mock of the hardware below it, a client of
the driver (unit/lab/xe.c), and the suite with the engine xe.
"""
import json
import re

from host import guest, kernel, session
from host.errors import call
from host.paths import LAB, PROJECT, cache

SOURCES = ('xe.c', 'xe-reclaim.c', 'xe-client.c')
SUBTESTS = [f'{probe}-{load}' for probe in ('timer', 'thp')
            for load in ('idle', 'base', 'locked', 'pinned', 'busy')] + \
    [f'pageout-{load}' for load in ('base', 'pinned', 'busy')]
SKIPPED = 77


def _client():
    """Builds it; Debian 12 has no xe_drm.h, but the engine does."""
    target = cache() / 'xe' / 'client'
    target.parent.mkdir(exist_ok=True)
    call('cc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', target,
         *(PROJECT / 'unit/lab' / name for name in SOURCES),
         '-isystem', PROJECT / 'lib/xe/uapi',
         *call('pkg-config', '--cflags', '--libs', 'cmocka', 'libdrm').split())
    return target


def _suite(build):
    """Builds it."""
    if not (build / 'build.ninja').exists():
        call('meson', 'setup', build, PROJECT, '-Dtests=enabled')
    call('ninja', '-C', build, 'tests/gem_syslatency_pinned')


class Step:
    """What a step of guest/smoke-xe has left behind."""

    def __init__(self, outcome, name):
        self.output = outcome.read(f'{name}.output')
        self.rc = outcome.read(f'{name}.rc').strip()
        self.records = [json.loads(line) for line in outcome.read(f'{name}.records').splitlines()]
        self.statistics = {key: int(value) for key, value in
                           re.findall(r'^(\w+) (\d+)$', outcome.read(f'{name}.statistics'),
                                      re.MULTILINE)}

    def reasons(self):
        """Why records are invalid."""
        return [reason for r in self.records for reason in r['validity'].get('reasons', [])]

    def tail(self):
        """The last lines of the output, without records and tests that pass."""
        lines = [line for line in self.output.splitlines()
                 if not line.startswith(('pinlat-record', '[ RUN ', '[       OK '))]
        return '\n'.join(lines[-40:])


def _complete(checks, step, who, subtests):
    """These subtests are valid, and those with a device are of the engine xe."""
    valid = {r['subtest'] for r in step.records
             if r['validity']['valid'] and r['load'].get('engine') in ('', 'xe')}
    missing = [s for s in subtests if s not in valid]
    checks.that(step.rc == '0' and not missing,
                f'{who}: {len(subtests)} subtests of the suite are valid',
                f'exit code {step.rc}, not valid: {missing}\n{step.reasons()}\n{step.tail()}')


def _bound(checks, root):
    """Records say that nothing is pinned, that reclaim took it, and that it came back."""
    busy = [r for r in root.records if r['subtest'] in ('timer-busy', 'thp-busy')]
    notes = [note for r in busy for note in r['validity'].get('notes', [])]
    checks.that(any('does not pin' in note for note in notes), 'records say that xe does not pin',
                str(notes))
    checks.that(all(r['load']['hold'] == 'bound' and r['load']['held_bytes'] > 0 for r in busy),
                'bound memory is counted as held', str([r['load'] for r in busy]))
    checks.that(all(r['environment']['device'].get('mock') for r in busy),
                'records say that the device is a mock')
    for r in busy:
        load = r['load']
        print(f'{r["subtest"]}: {load["held_bytes"] >> 20} MiB mapped when the window opened, '
              f'{load["held_least_bytes"] >> 20} at the least; {load["refaults"]} page faults '
              f'brought memory back; the longest exec {load["exec_longest_ns"] / 1e6:.1f} ms')
    for who in ('kswapd', 'direct', 'owner', 'other'):
        print(f'notifier, by {who}: {root.statistics.get(f"notifier_calls_{who}", 0)} calls, '
              f'{root.statistics.get(f"notifier_waits_{who}", 0)} waited')
    calls = sum(root.statistics.get(f'notifier_calls_{who}', 0) for who in ('kswapd', 'direct'))
    checks.that(calls > 0, f'reclaim has unmapped what is bound: {calls} calls of the notifier')


def _explained(checks, step):
    """The tracer and the mock count the same calls of the notifier."""
    found = [r.get('explain', {}).get('notifier') for r in step.records]
    checks.that(found and found[0], '--explain has calls of the notifier', step.tail())
    if not found or not found[0]:
        return
    traced = {who: of for who, of in found[0].items() if who != 'lost'}
    counted = step.records[0]['counters'].get('mock', {})
    calls = sum(of['calls'] for of in traced.values())
    of_mock = sum(counted.get(f'notifier_calls_{who}', 0)
                  for who in ('kswapd', 'direct', 'owner', 'other'))
    for who, of in traced.items():
        print(f'traced, by {who}: {of["calls"]} calls, {of["ns"] / 1e6:.1f} ms, '
              f'longest {of["longest_ns"] / 1e6:.1f} ms')
    checks.that(abs(calls - of_mock) <= 20 + of_mock // 20,
                f'calls of the notifier: {calls} traced, {of_mock} counted by the mock')


def _refusals(checks, outcome):
    hang = Step(outcome, 'hang')
    said = [reason for reason in hang.reasons() if 'banned' in reason or 'reset' in reason]
    checks.that(hang.rc != '0' and said, f'a hang makes a record invalid: {said}', hang.tail())
    error = Step(outcome, 'error')
    checks.that(error.rc != '0' and error.reasons(),
                f'execs that fail make a record invalid: {error.reasons()}', error.tail())
    none = Step(outcome, 'automatic')
    checks.that(none.records and none.records[0]['load'].get('engine') == 'uring' or
                int(none.rc or 0) == SKIPPED,
                'without the driver, auto takes another engine or skips', none.tail())


def _judge(outcome, checks):
    output = outcome.read('client')
    for line in re.findall(r'^(?!\[).*\S.*$', output, re.MULTILINE):
        print(line)
    failed = re.findall(r'^\[  FAILED  \] (\w+)$', output, re.MULTILINE)
    passed = re.findall(r'^\[       OK \] (\w+)$', output, re.MULTILINE)
    checks.that('[  PASSED  ]' in output and not failed,
                f'{len(passed)} tests of xe pass', f'{sorted(set(failed))}\n{output}')
    root = Step(outcome, 'root')
    _complete(checks, root, 'as root', SUBTESTS)
    _complete(checks, Step(outcome, 'render'), 'as a member of the group render', SUBTESTS)
    _complete(checks, Step(outcome, 'lr'), 'in mode lr', ['timer-busy', 'pageout-busy'])
    _bound(checks, root)
    _explained(checks, Step(outcome, 'explain'))
    _refusals(checks, outcome)


def smoke(args, checks):
    """Checks the driver and the suite in one boot of Debian's kernel. How the guest ended."""
    series = session.kernel_of(args)
    build = args.build.resolve()
    _suite(build)
    client = _client()
    machine = guest.Machine(kernel.stock(series), memory='768M', accel=args.accel,
                            folders=[cache() / 'xe', build])
    module = session.build(machine, 'xe')
    job = session.prepare_line(module) + \
        f'{LAB}/guest/smoke-xe {client} {build} {module}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        if args.keep:
            call('cp', '-r', outcome.folder, args.keep)
        checks.that(outcome.end == 'done' and outcome.rc == 0,
                    f'the guest was done after {outcome.seconds:.0f} s',
                    f'{outcome.end}, exit code {outcome.rc}\n{outcome.messages[-3000:]}')
        _judge(outcome, checks)
        checks.that(not outcome.complaints, 'the kernel has nothing to complain of',
                    '\n'.join(outcome.complaints))
    return outcome.end
