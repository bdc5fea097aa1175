# SPDX-License-Identifier: MIT
"""What the smoke tests share: the suite that a guest runs, and what each of its steps has left."""
import json
import re

from host.errors import call
from host.paths import PROJECT

TEST = 'tests/gem_syslatency_pinned'
SKIPPED = 77
CALLERS = ('kswapd', 'direct', 'owner', 'other')


class Checks:
    """Prints what holds and what does not, and counts."""

    def __init__(self):
        self.failed = 0

    def that(self, holds, text, detail=''):
        """One of them; @detail is printed if it fails."""
        print(f'{"ok" if holds else "FAILED"}: {text}')
        if not holds:
            self.failed += 1
            if detail:
                print(detail.rstrip())


class Step:
    """What one step of lab/guest/steps has left."""

    def __init__(self, outcome, name):
        self.output = outcome.read(f'{name}.output')
        rc = outcome.read(f'{name}.rc')
        self.rc = int(rc) if rc else None
        self.records = [json.loads(line) for line in outcome.read(f'{name}.records').splitlines()]
        self.statistics = _numbers(outcome.read(f'{name}.statistics'))
        self.vmstat = _numbers(outcome.read(f'{name}.vmstat'))

    def valid(self, *subtests):
        """The records that are valid, of these subtests or all."""
        return [r for r in self.records if r['validity']['valid'] and
                (not subtests or r['subtest'] in subtests)]

    def reasons(self):
        """Why records are invalid."""
        return [reason for r in self.records for reason in r['validity'].get('reasons', [])]

    def calls(self, what, callers=CALLERS):
        """The mock's statistic @what of these callers together."""
        return sum(self.statistics.get(f'{what}_{who}', 0) for who in callers)

    def tail(self):
        """The last lines of the output, without records and tests that pass."""
        lines = [line for line in self.output.splitlines()
                 if not line.startswith(('pinlat-record', '[ RUN ', '[       OK '))]
        return '\n'.join(lines[-40:])


def _numbers(text):
    return {name: int(value) for name, value in
            (line.split() for line in text.splitlines() if len(line.split()) == 2)}


def complete(checks, step, who, subtests, engine):
    """All @subtests are valid, and those with a device are of this engine."""
    valid = {r['subtest'] for r in step.valid() if r['load'].get('engine') in ('', engine)}
    missing = [s for s in subtests if s not in valid]
    checks.that(step.rc == 0 and not missing, f'as {who}, all {len(subtests)} subtests are valid',
                f'exit code {step.rc}, not valid: {missing}\n{step.reasons()}\n{step.tail()}')
    again = [r['subtest'] for r in step.records if not r['validity']['valid']]
    if again:
        print(f'as {who}, measured again: {", ".join(again)} ({"; ".join(step.reasons())})')


def seconds(messages):
    """{step: how many seconds it took}, from the kernel's messages with their times."""
    found, taken = {}, {}
    for time, name in re.findall(r'\[ *(\d+\.\d+)\] lab: step (\S+)', messages):
        # They are on the console, and in dmesg.
        found.setdefault(float(time), name)
    times = sorted(found)
    for time, after in zip(times, times[1:]):
        taken[found[time]] = taken.get(found[time], 0) + after - time
    return taken


def build_suite(folder, *more):
    """Builds it, so that a guest finds it, and @more. Its subtests that only measure."""
    if not (folder / 'build.ninja').exists():
        call('meson', 'setup', folder, PROJECT, '-Dtests=enabled')
    call('ninja', '-C', folder, TEST, *more)
    return [name for name in call(folder / TEST, '--list-subtests').split()
            if '-versus-' not in name]


def keep(outcome, folder):
    """Copies what the guest has left, if there is a folder for it."""
    if folder:
        call('cp', '-r', outcome.folder, folder)
        (folder / 'messages').write_text(outcome.messages, encoding='utf-8')


def say_end(checks, outcome):
    """That the guest was done, and what took it how long."""
    checks.that(outcome.end == 'done' and outcome.rc == 0,
                f'the guest was done after {outcome.seconds:.0f} s',
                f'{outcome.end}, exit code {outcome.rc}\n{outcome.messages[-3000:]}')
    taken = seconds(outcome.messages)
    if taken:
        print('seconds by step: ' + ', '.join(f'{name} {s:.0f}' for name, s in taken.items()))
