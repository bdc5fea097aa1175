# SPDX-License-Identifier: MIT
"""
scripts/lab counts: what the mock has counted while scripts/lab ab measured, and what the records
tell of swap and of the GPU's progress: by kernel, the median over its boots [min..max]. What
the latencies were is for `pinlat show` and `pinlat compare`.
"""
import json
import pathlib
import statistics

from host.errors import LabError

MIB = 1 << 20
# Of the mock, over all runs of a boot: its name, what it is called here, how much is one.
COUNTERS = (
    ('notifier_calls_kswapd', 'notifier calls by kswapd', 1),
    ('notifier_calls_direct', 'notifier calls inside allocations', 1),
    ('notifier_waits_kswapd', 'waits for the GPU, kswapd', 1),
    ('notifier_waits_direct', 'waits for the GPU inside allocations', 1),
    ('notifier_longest_ns_direct', 'longest wait inside an allocation, ms', 1e6),
    ('repins', 'objects pinned again', 1),
)


def add_options(parser):
    """Those of its own."""
    parser.add_argument('folder', type=pathlib.Path, metavar='DIR', help='the -o of ab')


def _numbers(path):
    return {name: int(value) for name, value in
            (line.split() for line in path.read_text().splitlines())}


def _swap_used(record):
    """MiB at the end of a run, None: not told."""
    free = record.get('counters', {}).get('meminfo', {}).get('after', {}).get('SwapFree')
    total = record.get('environment', {}).get('memory', {}).get('swap_total')
    return None if free is None or total is None else (total - free) / MIB


def of_boot(path):
    """{what: number} of one boot, whose records are at @path."""
    counted = _numbers(path.with_suffix('.statistics'))
    found = {word: counted[name] / one for name, word, one in COUNTERS}
    runs = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        record = json.loads(line)
        if not record['validity']['valid']:
            continue
        subtest = record['subtest']
        if record.get('load', {}).get('requests'):
            runs.setdefault(f'{subtest}: GPU requests', []).append(record['load']['requests'])
        used = _swap_used(record)
        if used is not None and not subtest.endswith('-locked'):
            runs.setdefault(f'{subtest}: swap used at the end, MiB', []).append(used)
    return found | {what: statistics.median(values) for what, values in runs.items()}


def spread(values):
    """Their median, and the range of them."""
    def short(value):
        return f'{value:.0f}' if value >= 10 or value == 0 else f'{value:.1f}'
    return f'{short(statistics.median(values))} [{short(min(values))}..{short(max(values))}]'


def _print(folder):
    kernels = {kernel.name: [of_boot(path) for path in sorted(kernel.glob('*.jsonl'))]
               for kernel in sorted(folder.iterdir()) if kernel.is_dir()}
    print(f'\n{folder.name}: boots ' +
          ', '.join(f'{name} {len(boots)}' for name, boots in kernels.items()) + '\n')
    print('| | ' + ' | '.join(kernels) + ' |\n|---|' + '--:|' * len(kernels))
    rows = dict.fromkeys(what for boots in kernels.values() for boot in boots for what in boot)
    for what in rows:
        cells = []
        for boots in kernels.values():
            values = [boot[what] for boot in boots if what in boot]
            cells.append(spread(values) if values else '–')
        print(f'| {what} | ' + ' | '.join(cells) + ' |')


def counts(args):
    """What the mock counted while ab measured, by kernel, as a table."""
    # boot-N: what ab has kept, not what stands in failed/.
    folders = sorted({path.parent.parent for path in args.folder.glob('*/*/boot-*.statistics')})
    if not folders:
        raise LabError(f'{args.folder} has no NOTIFIER/KERNEL/*.statistics: give the -o of '
                       'scripts/lab ab')
    for folder in folders:
        _print(folder)
    return 0
