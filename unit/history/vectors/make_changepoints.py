#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes changepoint-scan.csv and changepoint.csv, to which unit/history holds changepoint.h.

Run in this folder (a minute; Python alone). A second implementation of the method from its
papers, slow and in whole numbers: p are fractions, cuts are compared pair by pair and by sums of
ranks, and the segmentation draws random orders of its own. Debian has neither of R's packages for
this (ecp, changepoint); of p itself R and SciPy are the witnesses, in unit/stats. Of a series
of 8 all orders are tried.
"""
import functools
import itertools
import math
import random
import statistics
from fractions import Fraction

SEGMENT = 2
ORDERS = 799
CLEARLY = Fraction(2, 3)
rng = random.Random(20261124)


@functools.cache
def ways(n, m):
    """How many choices of n out of n + m have each U."""
    if n == 0 or m == 0:
        return {0: 1}
    out = {}
    for u, count in ways(n - 1, m).items():  # the highest is among the n: above all m
        out[u + m] = out.get(u + m, 0) + count
    for u, count in ways(n, m - 1).items():
        out[u] = out.get(u, 0) + count
    return out


@functools.cache
def cut_p(n, m, distance):
    """P(|2U - nm| >= distance)."""
    return Fraction(sum(count for u, count in ways(n, m).items()
                        if abs(2 * u - n * m) >= distance), math.comb(n + m, n))


@functools.cache
def least(alpha):
    n = 2 * SEGMENT
    while Fraction(2, math.comb(n, n // 2)) > CLEARLY * alpha:
        n += 1
    return n


@functools.cache
def seeded(n, alpha):
    """Kovács et al., definition 1, a = 1/sqrt(2)."""
    parts, k = [(0, n)], 2
    while True:
        length = n * 2**(-(k - 1) / 2)
        if math.ceil(length) < least(alpha):
            return parts
        count = 2 * math.ceil(2**((k - 1) / 2) - 1e-9) - 1
        step = (n - length) / (count - 1)
        parts += [(math.floor(i * step + 1e-9), math.ceil(i * step + length - 1e-9))
                  for i in range(count)]
        k += 1


def pair_by_pair(values, first, at, end):
    return sum((y > x) - (y < x) for x in values[first:at] for y in values[at:end])


def by_ranks(values, first, end):
    """2U - nm of all cuts of a part, from the sum of the doubled midranks behind each."""
    ordered = sorted(values[first:end])
    midrank = {v: 2 * ordered.index(v) + ordered.count(v) + 1 for v in set(ordered)}
    behind, distances = 0, {}
    for at in range(end - 1, first, -1):
        behind += midrank[values[at]]
        n, m = at - first, end - at
        distances[at] = behind - m * (m + 1) - n * m
    return distances


def best_cut(values, parts, witness=False):
    best = (Fraction(1), 0, 0, len(values))
    for first, end in parts:
        distances = by_ranks(values, first, end)
        for at in range(first + SEGMENT, end - SEGMENT + 1):
            assert not witness or distances[at] == pair_by_pair(values, first, at, end)
            p = cut_p(at - first, end - at, abs(distances[at]))
            if p < best[0]:
                best = (p, first, at, end)
    return best


@functools.cache
def share_of_orders(values, alpha):
    """p of the best cut among random orders, or among all."""
    parts, n = seeded(len(values), alpha), len(values)
    cut = best_cut(values, parts)
    if n <= 8:
        # cuts do not tell orders within a side apart, but parts do
        orders = list(itertools.permutations(values))
        return Fraction(sum(best_cut(o, parts)[0] <= cut[0] for o in orders), len(orders)), cut
    as_good = 0
    for made in range(1, ORDERS + 1):
        as_good += best_cut(rng.sample(values, n), parts)[0] <= cut[0]
        if as_good > 20 and as_good > 3 * alpha * ORDERS:
            break
    return Fraction(as_good + 1, made + 1), cut


class Unclear(Exception):
    """Other random orders might decide otherwise."""


def segment(values, first, end, alpha, whole):
    share = alpha * Fraction(end - first, whole)
    if end - first < least(share):
        return []
    p, cut = share_of_orders(tuple(values[first:end]), share)
    margin = 2 if end - first > 8 else Fraction(11, 10)
    if share / margin < p < share * margin:
        raise Unclear
    if p > share:
        return []
    at = first + cut[2]
    return (segment(values, first, at, alpha, whole) + [at] +
            segment(values, at, end, alpha, whole))


def place(values, changes):
    """Each where both sides are nearest to their medians, between its neighbours."""
    values = [Fraction(str(v)) for v in values]
    bounds = [0] + changes + [len(values)]
    for i in range(1, len(bounds) - 1):
        first, end = bounds[i - 1], bounds[i + 1]
        # of equally good places the last, as the other one goes from behind
        bounds[i] = min(range(end - SEGMENT, first + SEGMENT - 1, -1), key=lambda at: sum(
            abs(x - statistics.median(side)) for side in (values[first:at], values[at:end])
            for x in side))
    return bounds[1:-1]


def series(n, steps, spread, rounded):
    level = [sum(by for at, by in steps if i >= at) for i in range(n)]
    return [round(x + rng.gauss(0, spread), rounded) for x in level]


def write(name, columns, rows):
    with open(name + ".csv", "w", encoding="ascii") as file:
        print("# " + ";".join(columns), file=file)
        for row in rows:
            print(";".join(" ".join(map(repr, field)) if isinstance(field, list)
                           else repr(field) for field in row), file=file)
    print(f"{name}: {len(rows)} rows")


def scans():
    rows = []
    for n, alpha in [(8, .05), (9, .05), (12, .05), (17, .05), (20, .05 / 6), (31, .05),
                     (40, .05 / 6), (50, .05), (64, .05), (100, .05), (100, .05 / 6)]:
        for steps, spread, rounded in [([], 1, 3), ([(n // 2, 3)], 1, 3), ([(n - 3, 3)], 1, 1),
                                       ([(n // 3, 3), (2 * n // 3, -3)], 1, 0)]:
            values = series(n, steps, spread, rounded)
            p, first, at, end = best_cut(values, seeded(n, Fraction(alpha)), True)
            rows.append((values, alpha, first, at, end, float(p)))
    write("changepoint-scan", ["values", "alpha", "first", "at", "end", "p"], rows)


def segmentations():
    cases = [(8, [], 1, 2), (8, [(4, 9)], 1, 2), (8, [(3, 4)], 1, 0), (8, [(4, 1)], 1, 1),
             (15, [], 1, 2), (15, [(7, 4)], 1, 2), (20, [(17, 6)], 1, 1),
             (20, [(10, 2), (11, -2)], .2, 2), (24, [(8, 5), (16, -5)], 1, 1),
             (24, [(8, 5), (16, 5)], 1, 0), (30, [(10, 5), (20, -8)], 1, 1),
             (36, [(12, -6), (24, -6)], 1, 1), (40, [(20, 3)], 1, 1)]
    rows = []
    for n, steps, spread, rounded in cases:
        while True:
            values = series(n, steps, spread, rounded)
            try:
                found = place(values, segment(values, 0, n, Fraction(.05), n))
            except Unclear:
                continue
            break
        whole = float(share_of_orders(tuple(values), Fraction(.05))[0]) if n <= 8 else math.nan
        rows.append((values, .05, found, whole))
    write("changepoint", ["values", "alpha", "changes", "p of the whole, over all orders"], rows)


scans()
segmentations()
