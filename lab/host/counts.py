# SPDX-License-Identifier: MIT
"""
scripts/lab counts: what the driver did while scripts/lab ab measured, as the records have it: by
subtest and kernel, of one window, the median over the boots [min..max]; and how long a page took
to reclaim that was asked for, and a wait for the GPU, as multiples of what the GPU takes for a
request. What the other latencies were is for `pinlat show` and `pinlat compare`.
"""
import collections
import json
import pathlib
import statistics

from host.errors import LabError

MIB = 1 << 20
# Of the mock GPU's counters, as they grew in the window: the name (that of a caller follows), what
# it is called here, how much is one.
COUNTERS = (
    ('notifier_calls', 'MMU notifier calls', 1),
    ('notifier_waits', 'notifier calls that waited', 1),
    ('notifier_ns', 'time in the notifier, ms', 1e6),
    ('passed_calls', 'pages passed by: the notifier may not wait', 1),
    ('pin_calls', 'objects whose pages were looked up', 1),
    ('pin_ns', 'time in that, ms', 1e6),
    ('unbind_calls', 'objects unbound', 1),
    ('put_pages_calls', 'objects whose pages were given up', 1),
    ('shrinker_calls', 'shrinker scans', 1),
    ('shrinker_waits', 'shrinker scans that waited', 1),
    ('shrinker_ns', 'time in the shrinker, ms', 1e6),
)
CALLERS = (('kswapd', 'kswapd'), ('direct', 'in allocations'), ('owner', 'owner'),
           ('other', 'others'))


def add_options(parser):
    """Those of its own."""
    parser.add_argument('folder', type=pathlib.Path, metavar='DIR', help='the -o of ab')


def _swap_used(record):
    """MiB at the end of a run, None: not said."""
    free = record.get('counters', {}).get('meminfo', {}).get('after', {}).get('SwapFree')
    total = record.get('environment', {}).get('memory', {}).get('swap_total')
    return None if free is None or total is None else (total - free) / MIB


def _waits(counted, request_ns):
    """How long a wait in the notifier was, by caller, in requests of the GPU."""
    return {f'a wait, in requests of the GPU: {called}':
            counted[f'notifier_wait_ns_{caller}'] / waits / request_ns
            for caller, called in CALLERS
            if request_ns and (waits := counted.get(f'notifier_waits_{caller}', 0))}


def _pageout(record, request_ns):
    """How long it took to reclaim what pageout has asked for."""
    found = {}
    for row in record.get('pageout', []):
        quantiles = row['time']['quantiles']
        for what, ns in (('median', quantiles['p50']), ('p90', quantiles['p90']),
                         ('longest', row['time']['max'])):
            if ns and row['time']['count']:
                name = f'{row["unit"]} taken by {row["way"]}, {what}'
                found[f'{name}, ms'] = ns / 1e6
                if request_ns:
                    found[f'{name}, in requests of the GPU'] = ns / request_ns
    return found


def of_record(record):
    """{what: number} of one window."""
    counted = record.get('counters', {}).get('mock', {})
    load = record.get('load', {})
    # What it is to take, or (xe, which does not say that) what it takes on a mock without others.
    request_ns = load.get('request_target_ns') or load.get('request_ns')
    found = _pageout(record, request_ns) | _waits(counted, request_ns)
    for name, words, one in COUNTERS:
        for caller, called in CALLERS:
            if f'{name}_{caller}' in counted:
                found[f'{words}: {called}'] = counted[f'{name}_{caller}'] / one
    if record.get('load', {}).get('requests'):
        found['GPU requests'] = record['load']['requests']
    for name, words in (('pgscan_anon', 'anonymous pages scanned'),
                        ('pswpout', 'pages swapped out'), ('pswpin', 'pages swapped in'),
                        ('thp_fault_fallback', 'huge pages that were not to be had')):
        if name in record.get('counters', {}).get('vmstat', {}):
            found[words] = record['counters']['vmstat'][name]
    used = _swap_used(record)
    if used is not None:
        found['swap used at the end, MiB'] = used
    return found


def of_boot(path):
    """{subtest: {what: number}} of one boot, whose records are at @path."""
    runs = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        record = json.loads(line)
        if record['validity']['valid']:
            for what, number in of_record(record).items():
                runs.setdefault(record['subtest'], {}).setdefault(what, []).append(number)
    return {subtest: {what: statistics.median(numbers) for what, numbers in found.items()}
            for subtest, found in runs.items()}


def spread(values):
    """Their median, and the range of them."""
    def short(value):
        return f'{value:.0f}' if value >= 10 or value == 0 else f'{value:.1f}'
    if len(values) == 1:
        return short(values[0])
    return f'{short(statistics.median(values))} [{short(min(values))}..{short(max(values))}]'


def _print(subtest, kernels):
    """The table of one subtest; what no kernel has done is left out."""
    rows = {}
    for name, boots in kernels.items():
        for boot in boots:
            for what, number in boot.get(subtest, {}).items():
                rows.setdefault(what, {}).setdefault(name, []).append(number)
    print(f'\n{subtest}\n')
    print('| | ' + ' | '.join(kernels) + ' |\n|---|' + '--:|' * len(kernels))
    for what, numbers in rows.items():
        if any(any(of) for of in numbers.values()):
            cells = [spread(numbers[name]) if name in numbers else '–' for name in kernels]
            print(f'| {what} | ' + ' | '.join(cells) + ' |')


def counts(args):
    """What the driver did in the windows that ab measured, by subtest and kernel, as tables."""
    # Not what is in failed/.
    paths = sorted(args.folder.glob('*/boot-*.jsonl'))
    if not paths:
        raise LabError(f'{args.folder} has no KERNEL/boot-*.jsonl: give the -o of scripts/lab ab')
    kernels = {}
    for path in paths:
        kernels.setdefault(path.parent.name, []).append(of_boot(path))
    print('boots: ' + ', '.join(f'{name} {len(boots)}' for name, boots in kernels.items()))
    # Each attempt has a folder there. A kernel that hangs where another one is slow looks better.
    lost = collections.Counter(path.name.rsplit('-', 2)[0]
                               for path in args.folder.glob('failed/*'))
    if lost:
        print('without a result: ' + ', '.join(f'{name} {n}' for name, n in lost.items()))
    for subtest in dict.fromkeys(subtest for boots in kernels.values() for boot in boots
                                 for subtest in sorted(boot)):
        _print(subtest, kernels)
    return 0
