#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes vectors.txt, which unit/decide holds decide() to.

Run in this folder; it needs Debian's python3-scipy, which nothing else does: what it writes is
committed. Seeded: it writes the same file again.

decide() once more, from what lib/decide/decide.h says, by other means: choices are counted with
numpy; an interval is found by trying the test between any two
neighbouring differences; quantiles of t and beta are SciPy's. Infinite values are 10^6 times
farther out than the others are apart, and ends of intervals out there infinite again.
"""
import bisect
import functools
import itertools
import math
import random
import statistics
from fractions import Fraction

import numpy
from scipy import optimize, stats

rng = random.Random(20261126)
RUN, BOOT, ONE_BOOT = range(3)
AUTO, ROUNDS, NONE = range(3)


# Tests

def midranks(values):
    """Doubled."""
    ordered = sorted(values)
    return [bisect.bisect_left(ordered, v) + bisect.bisect_right(ordered, v) + 1 for v in values]


def shares_of_sums(score, k):
    """How often each sum, from 0 on, is that of k scores: counts are whole up to 2^53."""
    ways = numpy.zeros((k + 1, sum(score) + 1))
    ways[0, 0] = 1
    for s in score:
        for chosen in range(k, 0, -1):
            ways[chosen, s:] += ways[chosen - 1, :ways.shape[1] - s]
    return ways[k] / ways[k].sum()


def rank_p(a, block_a, b, block_b):
    """Two-sided p of all choices within blocks, of midranks among all."""
    score = midranks(a + b)
    shares, mean, seen = numpy.ones(1), Fraction(0), sum(score[:len(a)])
    for block in sorted(set(block_a + block_b)):
        of_a = [s for s, k in zip(score, block_a) if k == block]
        both = of_a + [s for s, k in zip(score[len(a):], block_b) if k == block]
        shares = numpy.convolve(shares, shares_of_sums(both, len(of_a)))
        mean += Fraction(len(of_a) * sum(both), len(both))
    far = abs(numpy.arange(len(shares)) - float(mean)) >= abs(seen - mean) - 1e-6
    return min(1.0, float(shares[far].sum()))


def floor_of(block_a, block_b):
    ways = math.prod(math.comb(block_a.count(k) + block_b.count(k), block_a.count(k))
                     for k in set(block_a + block_b))
    return min(1.0, 2 / ways)


def neighbours(values):
    """Without such as are equal but for rounding."""
    out = []
    for v in sorted(values):
        if not out or v - out[-1] > 1e-12:
            out.append(v)
    return out


@functools.cache
def rank_within(n, m, tail):
    """The largest k with P(U < k) <= tail, without ties."""
    shares = shares_of_sums(list(range(n + m)), n)[n * (n - 1) // 2:]
    return int(numpy.sum(numpy.cumsum(shares) <= tail * (1 + 1e-10)))


class Shift:
    """Hodges and Lehmann's, with the interval that inverts the rank test."""

    def __init__(self, a, b, blocks):
        self.a, self.b, self.blocks = a, b, blocks
        self.differences = sorted(y - x for x in a for y in b)
        n = len(self.differences)
        self.estimate = (self.differences[(n - 1) // 2] + self.differences[n // 2]) / 2
        if blocks:
            self.try_all()

    def try_all(self):
        """p of each shift between two neighbouring differences."""
        self.ends = neighbours(self.differences)
        between = [self.ends[0] - 1] + [(x + y) / 2 for x, y in zip(self.ends, self.ends[1:])]
        between.append(self.ends[-1] + 1)
        self.p = [rank_p(self.a, self.blocks[0], [y - s for y in self.b], self.blocks[1])
                  for s in between]

    def interval(self, level):
        if not self.blocks:
            rank = rank_within(len(self.a), len(self.b), (1 - level) / 2)
            if rank == 0:
                return -math.inf, math.inf
            return self.differences[rank - 1], self.differences[-rank]
        kept = [i for i, p in enumerate(self.p) if p > (1 - level) * (1 + 1e-10)]
        if not kept:
            return self.estimate, self.estimate
        assert kept == list(range(kept[0], kept[-1] + 1))
        return (-math.inf if kept[0] == 0 else self.ends[kept[0] - 1],
                math.inf if kept[-1] == len(self.ends) else self.ends[kept[-1]])


def qn(values):
    """Rousseeuw and Croux's, with the factors of R's robustbase."""
    n = len(values)
    h = n // 2 + 1
    k = math.comb(h, 2)
    value = sorted(abs(x - y) for x, y in itertools.combinations(values, 2))[k - 1]
    if n <= 12:
        factor = [.399356, .99365, .51321, .84401, .61220, .85877, .66993, .87344, .72014,
                  .88906, .75743][n - 2]
    elif n % 2:
        factor = 1 / (1 + (1.60188 + (-2.1284 - 5.172 / n) / n) / n)
    else:
        factor = 1 / (1 + (3.67561 + (1.9654 + (6.987 - 77 / n) / n) / n) / n)
    return 2.21914 * value * factor


def spreads_matter(spread, n):
    return n[0] != n[1] or max(spread) > 2 * min(spread)


def finite(a, b):
    known = [v for v in a + b if math.isfinite(v)] or [0]
    far = 1e6 * (1 + max(known) - min(known))
    return [[v if math.isfinite(v) else max(known) + far if v > 0 else min(known) - far
             for v in side] for side in (a, b)], far / 1e3


class Welch:
    def __init__(self, a, b, spread):
        a, b = ([min(max(v, statistics.median(side) - 5 * s), statistics.median(side) + 5 * s)
                 for v in side] for side, s in zip((a, b), spread))
        va, vb = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
        self.shift = statistics.fmean(b) - statistics.fmean(a)
        self.error = math.sqrt(va + vb)
        self.freedom = (va + vb)**2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
        if max(len(a), len(b)) > 1.5 * min(len(a), len(b)):
            self.freedom = min(len(a), len(b)) - 1
        if max(spread) > 2 * min(spread):
            self.freedom = min(self.freedom, 6)
        self.p = 2 * stats.t.sf(abs(self.shift) / self.error, self.freedom)

    def interval(self, level):
        t = optimize.brentq(lambda t: stats.t.sf(t, self.freedom) - (1 - level) / 2, 0, 1e6,
                            xtol=1e-13, rtol=1e-14)
        return self.shift - t * self.error, self.shift + t * self.error


# Rounds

def find_rounds(row):
    """The round of each unit, by side; None: there are none."""
    turns = sorted((start, side, i) for side in (0, 1)
                   for i, start in enumerate(row["start"][side]))
    n = [len(v) for v in row["value"]]

    def split(rounds, off):
        of = [[0] * n[0], [0] * n[1]]
        for at, (_, side, i) in enumerate(turns):
            of[side][i] = at * rounds // len(turns)
        for k, side in itertools.product(range(rounds), (0, 1)):
            found = of[side].count(k)
            if found == 0 or abs(found - n[side] / rounds) > off:
                return None
        early = [statistics.fmean(at for at, turn in enumerate(turns) if turn[1] == side)
                 for side in (0, 1)]
        if off and abs(early[0] - early[1]) > (len(turns) / rounds + 1) / 2:
            return None
        return of

    common = math.gcd(*n)
    tries = [(r, 0) for r in range(common, 1, -1) if common % r == 0]
    tries += [(r, 1) for r in range(min(n), 2, -1)]
    return next(filter(None, (split(*x) for x in tries)), None)


def join(blocks):
    fewer, rounds = min(map(len, blocks)), max(blocks[0]) + 1
    joined = max(1, fewer // 3)
    if joined >= rounds:
        return blocks
    return [[k * joined // rounds for k in side] for side in blocks]


# Rows

def transform(row, value):
    if row["difference"]:
        return value
    return math.log(value) if math.isfinite(value) else value


def roots(row, values):
    """Counts and shares spread more where they are larger."""
    if not row["difference"]:
        return values
    return [math.copysign(math.sqrt(abs(v)), v) for v in values]


def from_root(row, shift):
    """What a shift of roots makes of the median of the base."""
    if not row["difference"]:
        return shift
    base = statistics.median(row["sides"][0])
    moved = roots(row, [base])[0] + shift
    return math.copysign(moved**2, moved) - base


def back(row, shift):
    if abs(shift) > row["most"]:
        shift = math.copysign(math.inf, shift)
    return shift if row["difference"] else math.expm1(shift) if shift < 700 else math.inf


def margin_of(row, relative):
    middle = statistics.median(row["value"][0])
    of_base = relative * abs(middle) if math.isfinite(middle) else 0
    return max(of_base, row["absolute"])


def interval(row, level):
    low, high = row["shift"].interval(level)
    if row["welch"]:
        wide = [from_root(row, end) for end in row["welch"].interval(level)]
        low, high = min(low, wide[0]), max(high, wide[1])
        base, new = row["sides"]
        if row["difference"] and min(base + new) >= 0:
            low, high = max(low, -max(base)), min(high, max(new))
    return back(row, low), back(row, high)


def count_bad(row, sides, within, alpha):
    blocks = within or [[0] * len(side) for side in sides]
    away = [[], []]
    for side, block in zip((0, 1), blocks):
        for v, k in zip(sides[side], block):
            middle = statistics.median(
                x for s, b in zip(sides, blocks) for x, y in zip(s, b) if y == k)
            away[side].append(abs(v - middle))
    margin = margin_of(row, row["margin"]) if row["difference"] else math.log1p(row["margin"])
    limit = max(margin, 3.5 / .6745 * statistics.median(away[0] + away[1]))
    bad = [sum(x > limit or math.isinf(v) for x, v in zip(away[side], row["value"][side]))
           for side in (0, 1)]
    return bad, max(1 if x == len(side) else stats.beta.isf(alpha, x + 1, len(side) - x)
                    for x, side in zip(bad, sides))


def test_row(row, alpha, o):
    """All that does not depend on the other rows."""
    sides, row["most"] = finite(*([transform(row, v) for v in side] for side in row["value"]))
    row["sides"] = sides
    rounds = find_rounds(row)
    row["in_rounds"] = rounds is not None
    within = None
    if rounds and o["blocks"] != NONE:
        within = join(rounds) if o["blocks"] == AUTO else rounds
        if len(set(within[0])) < 2 or \
                o["blocks"] == AUTO and 4 * floor_of(*within) > alpha:
            within = None
    row["rounds"] = len(set(within[0])) if within else 0
    one = [[0] * len(side) for side in sides]
    row["shift"] = Shift(*sides, within)
    row["floor"] = floor_of(*(within or one))
    row["rank_p"] = rank_p(sides[0], (within or one)[0], sides[1], (within or one)[1])
    rooted = [roots(row, side) for side in sides]
    row["spread"] = [qn(side) for side in rooted]
    row["welch"] = None
    nothing = row["difference"] and any(not any(side) for side in row["value"])
    if not nothing and spreads_matter(row["spread"], list(map(len, sides))):
        row["welch"] = Welch(*rooted, row["spread"])
    row["p"] = row["rank_p"]
    if row["welch"]:
        against = row["welch"].shift * row["shift"].estimate < 0
        row["p"] = max(row["p"], 1 if against else row["welch"].p)
    row["estimate"] = back(row, row["shift"].estimate)
    row["bad"], row["bad_share"] = count_bad(row, sides, within, o["alpha"])


# The family

def holm(ps):
    adjusted, least = [0] * len(ps), 0
    for step, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        least = max(least, min(1, (len(ps) - step) * ps[i]))
        adjusted[i] = least
    return adjusted


def level_of(ps, i, alpha):
    """Holm by hand: one hypothesis after the other, until one is not proven."""
    order = sorted(range(len(ps)), key=lambda k: (ps[k], k))
    for step, k in enumerate(order):
        level = alpha / (len(ps) - step)
        if ps[k] > level or k == i:
            return 1 - level
    raise AssertionError


def read_values(row, ranks, alpha, share):
    low, high = row["equal"]
    less, more = row["margin"] / (1 + row["margin"]), row["margin"]
    if row["difference"]:
        less, more = margin_of(row, less), margin_of(row, more)
    moved = row["estimate"] != 0
    if low >= -less and high <= more:
        return ("same", "") if row["bad_share"] <= share else ("unclear", "tail")
    if row["p_adjusted"] <= alpha and moved:
        return ("worse" if (row["estimate"] > 0) != row["work"] else "better"), ""
    if row["hopeless"]:
        return "unclear", "few"
    return "unclear", "spread" if ranks <= alpha and moved else "open"


def judge(row, ranks, o):
    if row["unit"] == ONE_BOOT and not o["allow_one_boot"]:
        return "unclear", "one-boot"
    if row["unit"] == BOOT and min(map(len, row["value"])) < 5:
        return "unclear", "few-boots"
    verdict = read_values(row, ranks, o["alpha"], .25 if row["unit"] == BOOT else .2)
    free = row["in_rounds"] or o["allow_order"] or row["unit"] == ONE_BOOT
    return verdict if verdict[0] == "unclear" or free else ("unclear", "order")


def decide(rows, o):
    alpha = o["alpha"]
    for row in rows:
        test_row(row, alpha / len(rows), o)
    ps = [row["p"] for row in rows]
    adjusted = holm(ps)
    for i, row in enumerate(rows):
        row["p_adjusted"] = adjusted[i]
        row["change"] = interval(row, .95)
        row["equal"] = interval(row, 1 - 2 * alpha)
        row["level"] = level_of(ps, i, alpha)
        row["family"] = interval(row, row["level"])
        row["hopeless"] = holm(ps[:i] + [row["floor"]] + ps[i + 1:])[i] > alpha
        ranks = holm(ps[:i] + [row["rank_p"]] + ps[i + 1:])[i]
        row["verdict"], row["reason"] = judge(row, ranks, o)


def overall(rows):
    found = {row["verdict"] for row in rows}
    if "worse" in found:
        return "mixed" if "better" in found else "worse"
    if "better" in found:
        return "better" if any(r["verdict"] == "better" and not r["work"] for r in rows) \
            else "mixed"
    return "same" if found == {"same"} else "unclear"


# Cases

def make_row(base, new, order="turns", **more):
    n = len(base), len(new)
    if order == "turns":
        start = [[2 * i for i in range(n[0])], [2 * i + 1 for i in range(n[1])]]
        if n[0] != n[1]:
            start[1] = [2 * i * n[0] // n[1] + .5 for i in range(n[1])]
    elif order == "lot":
        first = [rng.randrange(2) for _ in range(max(n))]
        start = [[2 * i + (first[i] != side) for i in range(n[side])] for side in (0, 1)]
    else:
        start = [list(range(n[0])), list(range(n[0], n[0] + n[1]))]
    row = {"value": [base, new], "start": start, "unit": RUN, "work": False,
           "difference": False, "margin": .05, "absolute": 0.0}
    row.update(more)
    return row


def noisy(n, spread, shift=0.0):
    return [1000 * math.exp(rng.gauss(shift, spread)) for _ in range(n)]


def nine(n, shifts, **more):
    return [make_row(noisy(n, .1), noisy(n, .1, shift), "lot", work=i > 5,
                     **more) for i, shift in enumerate(shifts)]


def tied(n, levels):
    return [float(rng.randrange(levels)) for _ in range(n)]


def drifting(n, change):
    return [[1000 * math.exp(.1 * i + rng.gauss(shift, .03)) for i in range(n)]
            for shift in (0, change)]


def with_stalls(n, stalls, spread=.005, stall=700.0):
    values = noisy(n, spread)
    for i in range(stalls):
        values[2 * i] *= stall
    return values


def cases():
    inf = math.inf
    half = [0, .4, 0, .5, -.6, .1, 0, .3, -.5]
    yield {}, nine(6, half)
    yield {}, nine(6, [.4] * 6 + [-.4] * 3)
    yield {}, nine(6, [0] * 9)
    yield {}, nine(10, half)
    yield {"blocks": NONE}, nine(10, half)
    yield {"blocks": ROUNDS}, nine(10, half)
    yield {"alpha": .01}, nine(12, half)
    yield {}, nine(8, half, unit=BOOT)
    yield {}, nine(5, half, unit=BOOT)
    yield {}, nine(4, half, unit=BOOT)
    yield {}, nine(10, half, unit=ONE_BOOT)
    yield {"allow_one_boot": 1}, nine(10, half, unit=ONE_BOOT)
    for order in 0, 1:
        yield {"allow_order": order}, [make_row(noisy(8, .05), noisy(8, .05, s), "after")
                                       for s in (0, .1, .4)]
        yield {"allow_order": order}, [make_row(noisy(20, .01), noisy(20, .01), "after")]
    yield {}, [make_row(*drifting(n, s)) for n, s in ((8, .1), (10, .1), (12, 0), (9, .2))]
    yield {"blocks": ROUNDS}, [make_row(*drifting(n, s)) for n, s in ((8, .1), (10, 0))]
    # units that are missing from rounds
    for n, m in (6, 5), (12, 11), (13, 12), (10, 9):
        yield {}, [make_row(noisy(n, .05), noisy(m, .05, s)) for s in (0, .1, .3)]
    yield {}, [make_row(noisy(12, .05), noisy(6, .05, s)) for s in (0, .3)]
    # the same, and what may not be called so
    for n in 13, 14, 20:
        yield {}, [make_row(noisy(n, .005), noisy(n, .005)) for _ in range(3)]
    for n in 10, 11:
        yield {}, [make_row(noisy(n, .005), noisy(n, .005), unit=BOOT) for _ in range(3)]
    yield {}, [make_row(noisy(20, .005), with_stalls(20, k)) for k in (0, 1, 4, 9)]
    yield {}, [make_row(with_stalls(24, 1), with_stalls(24, 1)),
               make_row(with_stalls(24, 0), with_stalls(24, 1, stall=inf)),
               make_row(with_stalls(24, 2, stall=.5), with_stalls(24, 0))]
    yield {}, [make_row(noisy(20, .005), noisy(20, .005, s)) for s in (.02, .049, .06)]
    # spreads
    yield {"allow_order": 1}, [make_row(noisy(20, .05), noisy(5, .5, s), "after")
                               for s in (0, .3, 1, 2)]
    yield {"allow_order": 1}, [make_row(noisy(5, .05), noisy(20, .5, s), "after")
                               for s in (0, .3, 1)]
    yield {}, [make_row(noisy(10, .03), noisy(10, s, s)) for s in (.03, .06, .12, .24, .5)]
    yield {}, [make_row(noisy(6, s, -s), noisy(6, .03)) for s in (.03, .3, 1)]
    yield {}, [make_row(noisy(n, .03), noisy(n, .3, s)) for n in (6, 8, 14) for s in (.4, 1, 2)]
    yield {}, [make_row(noisy(n, .1), noisy(n, s, s), difference=True, absolute=1.0)
               for n in (6, 10) for s in (.1, .5, 1)]
    yield {}, [make_row([0.0] + noisy(n - 1, .05), noisy(n, s, -s), difference=True, absolute=1.0)
               for n in (6, 10) for s in (.1, .5, 1)]
    yield {}, [make_row([0.0, 2.5, 0, 0, 0], [36.5, 53.1, 70.7, 77.4, 42.1], difference=True,
                        absolute=1.0),
               make_row([5.7, 6.4, 6.0, 6.0, 6.4], [16.6, 20.7, 27.4, 27.5, 16.0],
                        difference=True, absolute=1.0)]
    yield {}, [make_row([0.0] * 6, noisy(6, 1), difference=True, absolute=1.0),
               make_row([3.0] * 6, noisy(6, 1), difference=True, absolute=1.0),
               make_row(noisy(7, .2), [0.0] * 6, difference=True, absolute=1.0)]
    # what may be 0
    yield {}, [make_row([0.0] * 8, tied(8, k), difference=True, absolute=absolute)
               for k in (1, 2, 30) for absolute in (0, .5)]
    yield {}, [make_row(tied(9, 3), [v + up for v in tied(9, 3)], difference=True)
               for up in (0, 1, 3)]
    yield {}, [make_row(tied(15, 2), tied(15, 2), difference=True, absolute=1.0),
               make_row([100.0] * 15, [98 + v for v in tied(15, 2)], difference=True, work=True),
               make_row([100.0] * 15, tied(15, 9), difference=True, work=True)]
    yield {}, [make_row([1000 + 10 * v for v in tied(n, 3)], [1000 + 10 * v for v in tied(n, 3)])
               for n in (6, 10, 20)]
    # runs without a number
    yield {}, [make_row(noisy(7, .1), noisy(7 - k, .1, .3) + [inf] * k) for k in (1, 2, 6, 7)]
    yield {}, [make_row(noisy(9 - k, .1, .3) + [inf] * k, noisy(9, .1)) for k in (1, 3, 9)]
    yield {}, [make_row([inf] * 6, [inf] * 6),
               make_row([1.0, 2, 4, 9, 16, 25], [-inf] * 6, difference=True, work=True)]


def text(x):
    return repr(float(x)) if isinstance(x, float) else str(int(x))


def main():
    written = 0
    with open("vectors.txt", "w", encoding="ascii") as file:
        def put(name, *fields):
            print(name, *(f if isinstance(f, str) else text(f) for f in fields), file=file)

        for given, rows in cases():
            o = {"alpha": .05, "blocks": AUTO, "allow_one_boot": 0, "allow_order": 0}
            o.update(given)
            decide(rows, o)
            put("comparison", o["alpha"], o["blocks"], o["allow_one_boot"], o["allow_order"],
                len(rows))
            for r in rows:
                put("row", r["unit"], r["work"], r["difference"], r["margin"],
                    float(r["absolute"]))
                for side in (0, 1):
                    put("side", len(r["value"][side]), *map(float, r["value"][side]),
                        *map(float, r["start"][side]))
            for r in rows:
                put("answer", r["verdict"], r["reason"] or "-", float(r["p"]),
                    float(r["p_adjusted"]), float(r["floor"]), float(r["estimate"]),
                    *r["change"], float(r["level"]), *r["family"], *r["equal"],
                    *map(float, r["spread"]), bool(r["welch"]), r["rounds"], r["in_rounds"],
                    r["hopeless"], *r["bad"], float(r["bad_share"]))
                written += 1
            put("overall", overall(rows))
    print(f"{written} rows")


main()
