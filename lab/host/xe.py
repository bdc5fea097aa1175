# SPDX-License-Identifier: MIT
"""
scripts/lab smoke --driver xe: on xe's own code and the mock of the hardware below it, a client of
the driver (unit/lab/xe.c), and the suite with the engine xe.
"""
import re

from host import guest, kernel, session
from host.errors import call
from host.paths import LAB, PROJECT, cache
from host.step import CALLERS, SKIPPED, Step, build_suite, complete, keep, say_end

SOURCES = ('xe.c', 'xe-reclaim.c', 'xe-client.c')


def _client():
    """Builds it; Debian 12 has no xe_drm.h, but the engine does."""
    target = cache() / 'xe' / 'client'
    target.parent.mkdir(exist_ok=True)
    call('cc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', target,
         *(PROJECT / 'unit/lab' / name for name in SOURCES),
         '-isystem', PROJECT / 'lib/xe/uapi',
         *call('pkg-config', '--cflags', '--libs', 'cmocka', 'libdrm').split())
    return target


def _bound(checks, root):
    """Records say that nothing is pinned, that reclaim took it, and that it came back."""
    busy = root.valid('timer-busy', 'thp-busy')
    notes = [note for r in busy for note in r['validity'].get('notes', [])]
    checks.that(any('does not pin' in note for note in notes), 'records say that xe does not pin',
                str(notes))
    checks.that(all(r['load']['hold'] == 'bound' and r['load']['held_bytes'] > 0 for r in busy),
                'bound memory is counted as held', str([r['load'] for r in busy]))
    checks.that(all(r['environment'].get('device', {}).get('mock') for r in root.records),
                'all records say that the device is a mock')
    for r in busy:
        load = r['load']
        print(f'{r["subtest"]}: {load["held_bytes"] >> 20} MiB mapped when the window opened, '
              f'{load["held_least_bytes"] >> 20} at the least; {load["refaults"]} page faults '
              f'brought memory back; the longest exec {load["exec_longest_ns"] / 1e6:.1f} ms')
    for who in CALLERS:
        print(f'notifier, by {who}: {root.statistics.get(f"notifier_calls_{who}", 0)} calls, '
              f'{root.statistics.get(f"notifier_waits_{who}", 0)} waited')
    calls = root.calls('notifier_calls', ('kswapd', 'direct'))
    checks.that(calls > 0, f'reclaim has unmapped what is bound: {calls} calls of the notifier')


def _explained(checks, step):
    """The tracer and the mock count the same calls of the notifier."""
    records = step.valid()
    found = [r.get('explain', {}).get('notifier') for r in records]
    checks.that(found and found[0], '--explain has calls of the notifier', step.tail())
    if not found or not found[0]:
        return
    traced = {who: of for who, of in found[0].items() if who != 'lost'}
    counted = records[0]['counters'].get('mock', {})
    calls = sum(of['calls'] for of in traced.values())
    of_mock = sum(counted.get(f'notifier_calls_{who}', 0) for who in CALLERS)
    for who, of in traced.items():
        print(f'traced, by {who}: {of["calls"]} calls, {of["ns"] / 1e6:.1f} ms, '
              f'longest {of["longest_ns"] / 1e6:.1f} ms')
    # The two windows begin and end a moment apart, in which reclaim may take a run of pages.
    checks.that(abs(calls - of_mock) <= 50 + of_mock // 5,
                f'calls of the notifier: {calls} traced, {of_mock} counted by the mock')


def _refusals(checks, outcome):
    hang = Step(outcome, 'hang')
    said = [reason for reason in hang.reasons() if 'banned' in reason or 'reset' in reason]
    checks.that(hang.rc != 0 and said, f'a hang makes a record invalid: {said}', hang.tail())
    error = Step(outcome, 'error')
    checks.that(error.rc != 0 and error.reasons(),
                f'execs that fail make a record invalid: {error.reasons()}', error.tail())
    none = Step(outcome, 'automatic')
    checks.that(none.records and none.records[0]['load'].get('engine') == 'uring' or
                none.rc == SKIPPED,
                'without the driver, auto takes another engine or skips', none.tail())


def _client_tests(checks, step):
    """Those of unit/lab/xe.c, and what they have measured."""
    for line in re.findall(r'^(?!\[).*\S.*$', step.output, re.MULTILINE):
        print(line)
    failed = re.findall(r'^\[  FAILED  \] (\w+)$', step.output, re.MULTILINE)
    passed = re.findall(r'^\[       OK \] (\w+)$', step.output, re.MULTILINE)
    checks.that(step.rc == 0 and '[  PASSED  ]' in step.output and not failed,
                f'{len(passed)} tests of xe pass', f'{sorted(set(failed))}\n{step.output}')


def judge(outcome, checks, subtests):
    """Checks what a guest has left."""
    say_end(checks, outcome)
    _client_tests(checks, Step(outcome, 'client'))
    root = Step(outcome, 'root')
    complete(checks, root, 'root', subtests, 'xe')
    complete(checks, Step(outcome, 'render'), 'a member of the group render', subtests, 'xe')
    complete(checks, Step(outcome, 'lr'), 'root in mode lr', ['timer-busy', 'pageout-busy'], 'xe')
    _bound(checks, root)
    _explained(checks, Step(outcome, 'explain'))
    _refusals(checks, outcome)
    gone = Step(outcome, 'gone')
    checks.that(gone.rc == 0, 'the module goes and comes back', gone.tail())
    checks.that(not outcome.complaints, 'the kernel has nothing to complain of',
                '\n'.join(outcome.complaints))


def smoke(args, checks):
    """Checks the driver and the suite in one boot of Debian's kernel. How the guest ended."""
    build = args.build.resolve()
    subtests = build_suite(build)
    client = _client()
    machine = guest.Machine(kernel.stock(session.kernel_of(args)), memory='768M',
                            accel=args.accel, folders=[cache() / 'xe', build])
    module = session.build(machine, 'xe')
    job = session.prepare_line(module) + \
        f'{LAB}/guest/smoke-xe {client} {build} {module}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        keep(outcome, args.keep)
        judge(outcome, checks, subtests)
    return outcome.end
