#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the verdicts rest on, taken away: a test must fail each time.

usage: unit/house/mutate.py [NAME...]

Each mutation is built in a copy of the sources, and the fast tests are run on it until one fails.
Prints which. Exit code 1: some mutation was not noticed.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name: (file, what stands there, what stands there instead)
MUTATIONS = {
    'an interval without an end counts as bounded': (
        'lib/stats/estimate.h',
        'return isfinite(high) && low > -1;',
        'return isfinite(high + low) || true;'),
    'no Holm': (
        'lib/stats/estimate.c',
        '(double)(n - i) * p[order[i]]',
        'p[order[i]]'),
    'text from elsewhere is printed as it is': (
        'lib/system/text.c',
        'if (length == 0 || text_is_control(code))',
        'if (length == 0)'),
    'less than the margin is not the same': (
        'lib/decide/row.c',
        '&& row->equal_high <= more;',
        '&& row->equal_high <= 0 * more;'),
    'better and worse change places': (
        'lib/decide/decide.c',
        'return (row->change.estimate > 0) != row->work ? VERDICT_WORSE',
        'return (row->change.estimate < 0) != row->work ? VERDICT_WORSE'),
    'a quantile is given from too few samples': (
        'lib/stats/distribution.c',
        'return d->count >= quantile_samples_needed(p);',
        'return d->count > 0 * quantile_samples_needed(p);'),
    'two pinlats at once': (
        'lib/claim/lock.c',
        'if (flock(fd, LOCK_EX | LOCK_NB) < 0)',
        'if (flock(fd, LOCK_SH | LOCK_NB) < 0)'),
    'runs without reclaim are valid': (
        'lib/run/validity.c',
        'limit_hits > r->at_start.events.limit_hits',
        'limit_hits >= r->at_start.events.limit_hits'),
    'runs with nothing under DMA are valid': (
        'lib/run/validity.c',
        'if (l->held_bytes == 0)',
        'if (l->held_bytes == 1)'),
    'runs whose arena has no swappiness are valid': (
        'lib/run/validity.c',
        'else if (r->swappiness == 0)',
        'else if (r->swappiness == -1)'),
    'runs whose device has no work are valid': (
        'lib/run/validity.c',
        'if (r->at_end.submitted == 0)',
        'if (r->at_end.submitted == 1)'),
    'runs beside hogs are valid': (
        'lib/run/validity.c',
        'if (others > OTHERS_MOST)',
        'if (others > 9 * OTHERS_MOST)'),
    'runs that were stopped are valid': (
        'lib/run/validity.c',
        'if (o->still_ns)',
        'if (o->still_ns == 1)'),
    'runs in which the machine slept are valid': (
        'lib/run/validity.c',
        'if (slept > SUSPENDED_NS)',
        'if (slept > 999 * SUSPENDED_NS)'),
    'runs whose probes were moved are valid': (
        'lib/run/validity.c',
        'if (o->moved_cpu)',
        'if (o->moved_cpu < 0)'),
    'huge pages that are switched off are possible': (
        'lib/system/facts.c',
        '} else if (strcmp(size, "never") == 0) {',
        '} else if (strcmp(size, "ever") == 0) {'),
}
# These wait for other processes, and judge nothing.
LEFT_OUT = ('runner-run', 'runner-until', 'runner-calibrate', 'install', 'igt-contract',
            'simulated comparisons', 'simulated histories')


def built(folder):
    return subprocess.run(['ninja', '-C', folder / 'build', '--quiet'], check=False,
                          stdout=subprocess.DEVNULL).returncode == 0


def failing(folder):
    """The names of the fast tests that fail."""
    build = folder / 'build'
    tests = json.loads((build / 'meson-info/intro-tests.json').read_text(encoding='utf-8'))
    names = [t['name'] for t in tests if any(s.endswith('fast') for s in t['suite'])
             and t['name'] not in LEFT_OUT]
    subprocess.run(['meson', 'test', '-C', build, '--no-rebuild', '--quiet', '--timeout-multiplier',
                    '4', '--maxfail', '1', *names], check=False, stdout=subprocess.DEVNULL)
    with open(build / 'meson-logs/testlog.json', encoding='utf-8') as log:
        # One that ran out of time, or was stopped, has seen nothing.
        return [t['name'] for t in map(json.loads, log)
                if t['result'] not in ('OK', 'SKIP', 'TIMEOUT', 'INTERRUPT')]


def noticed(folder, name):
    path, text, instead = MUTATIONS[name]
    source = folder / path
    kept = source.read_text(encoding='utf-8')
    if kept.count(text) != 1:
        print(f'FAILED: {name}: {path} has "{text}" {kept.count(text)} times')
        return False
    source.write_text(kept.replace(text, instead), encoding='utf-8')
    failed = failing(folder) if built(folder) else ['(the build)']
    source.write_text(kept, encoding='utf-8')
    print(f'{"ok" if failed else "FAILED"}: {name}: {", ".join(failed) or "no test fails"}',
          flush=True)
    return bool(failed)


def main():
    names = sys.argv[1:] or list(MUTATIONS)
    listed = subprocess.run(['git', 'ls-files', '-coz', '--exclude-standard'], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split('\0')
    with tempfile.TemporaryDirectory(prefix='pinlat-mutate-') as top:
        folder = pathlib.Path(top)
        folder.chmod(0o755)  # some tests are another user
        for path in filter(None, listed):
            if (ROOT / path).exists():
                os.makedirs((folder / path).parent, exist_ok=True)
                shutil.copy2(ROOT / path, folder / path)
        # Tests ask git which files there are.
        subprocess.run(['git', 'init', '-q'], cwd=folder, check=True)
        subprocess.run(['git', 'add', '-A'], cwd=folder, check=True)
        subprocess.run(['meson', 'setup', folder / 'build', folder, '-Dtests=enabled'], check=True,
                       stdout=subprocess.DEVNULL)
        if not built(folder):
            sys.exit('does not build')
        broken = failing(folder)
        if broken:
            sys.exit(f'without any mutation tests fail, too: {", ".join(broken)}')
        results = [noticed(folder, name) for name in names]
    return 0 if all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
