#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The picture in README: how many huge-page faults take longer than a given time.

usage: docs/tail.py results/linux-6.18-walkers/loop.jsonl.gz > docs/tail.svg

All valid runs of thp-locked and thp-pinned together; each fault counts once. A test repeats it.
"""
import gzip
import json
import math
import sys

WIDTH, HEIGHT = 720, 330
LEFT, RIGHT, TOP, BOTTOM = 92, 600, 52, 282
SLOW, FAST = 1e9, 1e5             # ns, the ends of the x axis
MOST, LEAST = 1.0, 1e-5           # share of faults, the ends of the y axis
LINES = (('thp-locked', 'mlocked', '#2a78d6'), ('thp-pinned', 'pinned for DMA', '#c8442c'))
TIMES = ((1e5, '0.1 ms'), (1e6, '1 ms'), (1e7, '10 ms'), (1e8, '100 ms'), (1e9, '1 s'))
SHARES = ((1, 'all'), (1e-1, '1 in 10'), (1e-2, '1 in 100'), (1e-3, '1 in 1000'),
          (1e-4, '1 in 10,000'), (1e-5, '1 in 100,000'))


def x_of(ns):
    return LEFT + (RIGHT - LEFT) * math.log(ns / FAST) / math.log(SLOW / FAST)


def y_of(share):
    return TOP + (BOTTOM - TOP) * math.log(share / MOST) / math.log(LEAST / MOST)


def faults(path, subtest):
    """[(lower end of a bucket in ns, faults in it)] of all valid runs, in ascending order."""
    sums = {}
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for record in map(json.loads, lines):
            if record['subtest'] == subtest and record['validity']['valid']:
                for ns, count in record['latency']['woken']['buckets']:
                    sums[ns] = sums.get(ns, 0) + count
    return sorted(sums.items())


def curve(buckets):
    """The points of a line of steps: the share of faults that took longer."""
    total = left = sum(count for _, count in buckets)
    points = []
    for ns, count in buckets:
        ns = max(ns, FAST)
        points.append((x_of(ns), y_of(left / total)))
        left -= count
        points.append((x_of(ns), y_of(max(left / total, LEAST))))
    return points


def thinned(points):
    """Without what nobody would see: points within a pixel of the one before."""
    kept = points[:1]
    for x, y in points[1:-2]:
        if abs(x - kept[-1][0]) >= 1 or abs(y - kept[-1][1]) >= 1:
            kept.append((x, y))
    return kept + points[-2:]


def text(x, y, words, more=''):
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{words}</text>'


def axes():
    for ns, words in TIMES:
        x = x_of(ns)
        yield f'<path d="M{x:.1f} {TOP}V{BOTTOM}" class="grid"/>'
        yield text(x, BOTTOM + 18, words, 'text-anchor="middle" class="axis"')
    for share, words in SHARES:
        y = y_of(share)
        yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" class="grid"/>'
        yield text(LEFT - 8, y + 4, words, 'text-anchor="end" class="axis"')


def line(path, subtest, words, colour):
    points = thinned(curve(faults(path, subtest)))
    steps = 'L'.join(f'{x:.0f} {y:.0f}' for x, y in points)
    x, y = points[-2]
    yield f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield text(x + 8, y + 4, words, f'fill="{colour}" font-weight="bold"')


def main(path):
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
          f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui,sans-serif" font-size="13" '
          'role="img">')
    print('<title>Huge-page faults that take longer than a given time: mlocked memory against '
          'memory pinned for DMA</title>')
    print('<style>.grid{stroke:#8884;stroke-width:1}.axis{fill:#777}.title{fill:#777}</style>')
    print('<rect width="100%" height="100%" fill="#fff"/>')
    print(text(LEFT, 24, 'Huge-page faults that take longer than …, worst case (--walker loop)',
               'class="title"'))
    for part in axes():
        print(part)
    for subtest, words, colour in LINES:
        for part in line(path, subtest, words, colour):
            print(part)
    print(text((LEFT + RIGHT) / 2, HEIGHT - 8, 'time of one fault', 'text-anchor="middle" '
               'class="axis"'))
    print('</svg>')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
