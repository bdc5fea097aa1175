#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the vectors that unit/stats holds lib/stats to.

Run in this folder (some minutes); it needs Debian's python3-scipy, r-base-core, r-cran-coin and
r-cran-robustbase, which nothing else does: what it writes is committed. Seeded: it writes the same
files again.

Each number comes from R or SciPy where one of them computes what lib/stats documents,
and from a second witness in this file, that counts by brute force in whole numbers and
fractions; the two must agree to 1e-10. Where conventions differ:

Mann-Whitney: R's wilcox.test and SciPy's mannwhitneyu double the smaller tail, and do not
    count ties; coin's p is ours, P(|W - E W| >= |w - E W|), ties and blocks included.
intervals of a shift: where not even the outermost order statistics reach the level, R
    gives them all the same, and we give infinity; where a tail is met exactly (0.05 at 3
    v 3) R takes one order statistic more. There, and with ties, the brute force decides.
Qn: robustbase's ends its search where 8 digits are right; all pairs are sorted instead.
Kendall: R and SciPy approximate where there are ties; all orders are tried instead.
    R's normal approximation is taken with its continuity correction, which SciPy lacks.
"""
import functools
import itertools
import math
import random
import subprocess
from fractions import Fraction

import numpy
from scipy import optimize, stats

rng = random.Random(20260101)


def ask_r(calls):
    """What R gives for each call, as lists of numbers."""
    done = subprocess.run(["Rscript", "make-vectors.R"], input="\n".join(calls) + "\n",
                          check=True, stdout=subprocess.PIPE, encoding="ascii")
    return [[float(x) for x in line.split()] for line in done.stdout.splitlines()]


def c(values):
    """A vector in R."""
    return "c(" + ",".join(repr(x) for x in values) + ")"


def same(one, other):
    assert one == other or abs(one - other) <= 1e-10 * abs(one), (one, other)


def write(name, columns, rows):
    def text(field):
        if isinstance(field, (list, tuple)):
            return " ".join(map(text, field))
        return repr(field)

    with open(name + ".csv", "w", encoding="ascii") as file:
        print("# " + ";".join(columns), file=file)
        for row in rows:
            print(";".join(map(text, row)), file=file)
    print(f"{name}: {len(rows)} rows")


# Choices: Mann-Whitney and blocks

def midranks(values):
    """Doubled."""
    ordered = sorted(values)
    return [2 * ordered.index(v) + ordered.count(v) + 1 for v in values]


def sums_of_choices(score, k):
    """How many choices of k scores have each sum."""
    ways = [{0: 1}] + [{} for _ in range(k)]
    for s in score:
        for chosen in range(k, 0, -1):
            for total, count in ways[chosen - 1].items():
                ways[chosen][total + s] = ways[chosen].get(total + s, 0) + count
    return ways[k]


def sums_one_by_one(score, k):
    sums = {}
    for choice in itertools.combinations(score, k):
        sums[sum(choice)] = sums.get(sum(choice), 0) + 1
    return sums


def brute_choice(strata):
    """Two-sided p and floor; a stratum is the scores of a and those of b."""
    sums, mean, seen = {0: 1}, Fraction(0), 0
    for of_a, of_b in strata:
        score, k = of_a + of_b, len(of_a)
        counts = sums_of_choices(score, k)
        if math.comb(len(score), k) <= 10000:
            assert counts == sums_one_by_one(score, k)
        more = {}
        for (s, n), (t, m) in itertools.product(sums.items(), counts.items()):
            more[s + t] = more.get(s + t, 0) + n * m
        sums, seen = more, seen + sum(of_a)
        mean += Fraction(k * sum(score), len(score))

    def p(distance):
        return float(Fraction(sum(n for s, n in sums.items() if abs(s - mean) >= distance),
                              sum(sums.values())))
    return p(abs(seen - mean)), p(max(abs(s - mean) for s in sums))


def samples(n, m, different, up=0):
    """Values out of so many different ones; all different where there are enough."""
    if different >= n + m:
        pool = rng.sample(range(different), n + m)
    else:
        pool = [rng.randrange(different) for _ in range(n + m)]
    return pool[:n], [v + up for v in pool[n:]]


def sides(a, b):
    return c([1] * len(a) + [0] * len(b))


def mann_whitney():
    pairs = []
    for n, m in itertools.product(range(1, 13), repeat=2):
        a, b = samples(n, m, n + m)
        pairs += [(a, b), (sorted(a + b)[:n], sorted(a + b)[n:]),
                  samples(n, m, n + m - 1, rng.randrange(3)), samples(n, m, 3, rng.randrange(2))]
    pairs += [samples(n, m, k) for n, m in [(20, 20), (15, 40), (3, 90), (50, 50)]
              for k in (n + m, 20)]
    exact = len(pairs)
    pairs += [samples(n, m, k, up) for n, m in [(60, 60), (200, 30), (51, 50)]
              for k, up in [(n + m, 0), (n + m, 20), (15, 2)]]
    told = ask_r([("choice_exact" if i < exact else "mann_whitney_normal") +
                  f"({c([r / 2 for r in midranks(a + b)])}, {sides(a, b)})"
                  for i, (a, b) in enumerate(pairs)])
    rows = []
    for i, ((a, b), (p, floor)) in enumerate(zip(pairs, told)):
        if i < exact:
            score = midranks(a + b)
            witness = brute_choice([(score[:len(a)], score[len(a):])])
            same(p, witness[0])
            same(floor, witness[1])
        rows.append((a, b, p, floor, int(i < exact)))
    write("mann-whitney", ["a", "b", "p", "floor", "exact"], rows)


def ranks_among_all(strata):
    """In strata as they came."""
    score = iter(midranks([v for both in strata for side in both for v in side]))
    return [tuple([next(score) for _ in side] for side in both) for both in strata]


def blocked():
    layouts = [[(1, 1)] * k for k in (2, 3, 5, 8, 10, 15)]
    layouts += [[(2, 2)] * k for k in (1, 2, 3, 5)] + [[(3, 1)] * 4, [(1, 2)] * 6, [(4, 4)] * 3]
    layouts += [[(n, m), (m, n + 1), (2, 1)] for n in range(1, 4) for m in range(1, 4)]
    layouts += [[(2, 0), (1, 3), (2, 2)], [(0, 1), (3, 2)], [(1, 0), (0, 1)], [(5, 4)]]
    exact = 3 * len(layouts)
    layouts += [[(1, 1)] * 400, [(7, 5)] * 30]
    runs = [[samples(n, m, different) for n, m in layout]
            for layout in layouts for different in (1000, 12, 4)]
    for strata in runs:
        for i, (a, b) in enumerate(strata):
            up = 10 * (i % 3)  # blocks differ
            strata[i] = [v + up for v in a], [v + up for v in b]

    calls, rows = [], []
    for i, strata in enumerate(runs):
        ranks = ranks_among_all(strata)
        block = [j for side in (0, 1) for j, s in enumerate(ranks) for _ in s[side]]
        score = [r / 2 for side in (0, 1) for s in ranks for r in s[side]]
        a = [v for s in strata for v in s[0]]
        b = [v for s in strata for v in s[1]]
        calls.append(("choice_exact" if i < exact else "blocked_normal") +
                     f"({c(score)}, {sides(a, b)}, {c(block)})")
        rows.append((a, block[:len(a)], b, block[len(a):], ranks))
    told, written = ask_r(calls), []
    for i, ((a, block_a, b, block_b, ranks), (p, floor)) in enumerate(zip(rows, told)):
        if i < exact:
            witness = brute_choice(ranks)
            same(p, witness[0])
            same(floor, witness[1])
        written.append((a, block_a, b, block_b, p, floor, int(i < exact)))
    write("blocked", ["a", "block of a", "b", "block of b", "p", "floor", "exact"], written)


# Intervals of a shift

def rank_within(counts, tail):
    """The largest k with P(statistic < k) <= tail, and whether a tail is met exactly."""
    below, total = 0, sum(counts.values())
    for k in itertools.count():
        below += counts.get(k, 0)
        if Fraction(below, total) > tail:
            return k, Fraction(below - counts.get(k - 1, 0), total) == tail
        if Fraction(below, total) == tail:
            return k + 1, True


def brute_interval(values, counts, level):
    values, k = sorted(values), len(values)
    rank, met = rank_within(counts, (1 - Fraction(str(level))) / 2)
    estimate = (values[(k - 1) // 2] + values[k // 2]) / 2
    if rank == 0:
        return (estimate, -math.inf, math.inf), False
    return (estimate, values[rank - 1], values[k - rank]), not met


def logs(n):
    """Of latencies: all different, no decimal fraction exact."""
    return [round(math.log(rng.lognormvariate(11, 0.3)), 5) for _ in range(n)]


def intervals(name, columns, cases, r_call, brute, tied):
    told, rows = ask_r(map(r_call, cases)), []
    for case, from_r in zip(cases, told):
        witness, comparable = brute(*case)
        if comparable and not tied(case):
            for one, other in zip(from_r, witness):
                same(one, other)
        rows.append((*case, *witness))
    write(name, columns + ["level", "estimate", "low", "high"], rows)


def shift():
    cases = [(logs(n), logs(m), level) for n, m in itertools.product(range(1, 13), repeat=2)
             for level in (0.95, 0.9)]
    cases += [(logs(n), logs(m), level) for n, m in [(20, 20), (3, 40), (49, 49)]
              for level in (0.95, 0.99)]
    cases += [([float(v) for v in a], [float(v) for v in b], 0.95)
              for a, b in (samples(n, n + 1, 5, 1) for n in range(3, 13))]
    counts = {}

    def brute(a, b, level):
        n, m = len(a), len(b)
        if (n, m) not in counts:
            counts[n, m] = {s - n * (n - 1) // 2: count for s, count in
                            sums_of_choices(range(n + m), n).items()}
        return brute_interval([y - x for x in a for y in b], counts[n, m], level)

    intervals("shift", ["a", "b"], cases,
              lambda x: f"shift({c(x[0])}, {c(x[1])}, {x[2]})", brute,
              lambda x: len(set(x[0] + x[1])) < len(x[0] + x[1]))


def shift_one():
    cases = [(logs(n), level) for n in [*range(1, 21), 49] for level in (0.95, 0.9, 0.875)]
    cases += [([float(rng.randrange(5)) for _ in range(n)], 0.95) for n in range(6, 16)]

    def brute(a, level):
        n, counts = len(a), {0: 1}
        for i in range(1, n + 1):
            counts = {s: counts.get(s, 0) + counts.get(s - i, 0)
                      for s in range(i * (i + 1) // 2 + 1)}
        return brute_interval([(a[i] + a[j]) / 2 for i in range(n) for j in range(i, n)],
                              counts, level)

    intervals("shift-one", ["a"], cases, lambda x: f"shift_one({c(x[0])}, {x[1]})", brute,
              lambda x: len(set(x[0])) < len(x[0]) or 0 in x[0])


# Drift

def concordance(a):
    return sum((y > x) - (y < x) for x, y in itertools.combinations(a, 2))


def brute_kendall(a):
    seen = [abs(concordance(order)) for order in itertools.permutations(a)]
    return tuple(sum(s >= t for s in seen) / len(seen) for t in (abs(concordance(a)), max(seen)))


def kendall():
    series = [rng.sample(range(n), n) for n in [*range(3, 13), 20, 35, 49] for _ in range(3)]
    series += [list(range(9)), list(range(9, 0, -1)), rng.sample(range(100), 100)]
    distinct = len(series)
    series += [[rng.randrange(k) for _ in range(n)] for n in range(3, 8) for k in (2, 3, 5)]
    series += [[7] * 5, [1, 1, 2, 2, 3, 3]]
    exact = len(series)
    series += [rng.sample(range(101), 101), [i // 9 + rng.randrange(9) for i in range(150)]]
    told = ask_r([f"kendall_{'exact' if len(a) < 50 else 'normal'}({c(a)})"
                  if i < distinct or i >= exact else "c(0, 0)" for i, a in enumerate(series)])
    rows = []
    for i, (a, (tau, p)) in enumerate(zip(series, told)):
        if distinct <= i < exact:
            pairs = len(a) * (len(a) - 1) / 2
            different = sum(x != y for x, y in itertools.combinations(a, 2))
            tau = concordance(a) / math.sqrt(pairs * different) if different else 0.0
        elif i < exact:
            scipy = stats.kendalltau(range(len(a)), a, method="exact")
            if len(a) < 50:
                same(p, scipy.pvalue)
            tau, p = scipy
        if i < distinct:
            floor = float(Fraction(2, math.factorial(len(a))))
        elif i < exact:
            p, floor = brute_kendall(a)
        else:
            floor = ask_r([f"kendall_normal({c(sorted(a))})"])[0][1]
        if len(a) < 8:
            for one, other in zip((p, floor), brute_kendall(a)):
                same(one, other)
        rows.append((a, tau, p, floor, int(i < exact)))
    write("kendall", ["a", "tau", "p", "floor", "exact"], rows)


# Families, power, variance

def holm():
    for _ in range(261):  # drawn by vectors that are gone: so these stay as they are
        rng.lognormvariate(4, 1)
    families = [[0.03], [0.01, 0.04, 0.03, 0.005], [1.0, 1.0, 0.5], [0.0, 0.2, 0.2, 1.0],
                [0.0079, 0.0079, 0.0079, 0.0317, 0.42, 1.0]]
    families += [[round(rng.random()**3, 6) for _ in range(n)] for n in (2, 3, 6, 12, 60)]
    rows = list(zip(families, ask_r(f"p.adjust({c(p)}, 'holm')" for p in families)))
    write("holm", ["p", "adjusted"], rows)


@functools.cache
def attained_level(n, m, alpha):
    """Of the exact test; alpha itself where it is not counted."""
    if n * m > 2500:
        return alpha
    counts, below, level = sums_of_choices(range(n + m), n), 0, Fraction(0)
    for s in sorted(counts):
        below += counts[s]
        if 2 * Fraction(below, math.comb(n + m, n)) > Fraction(str(alpha)):
            return float(level)
        level = 2 * Fraction(below, math.comb(n + m, n))
    return float(level)


def detectable(sd, n, m, level, goal):
    def student(tail):  # SciPy's own inverse is off by 1e-9
        return optimize.brentq(lambda t: stats.t.sf(t, n + m - 2) - tail, -1000, 1000,
                               xtol=1e-13, rtol=1e-14)
    return (student(level / 2) + student(1 - goal)) * sd * \
        math.sqrt((1 / n + 1 / m) * math.pi / 3) if level else math.inf


def power():
    rows = []
    for (n, m), alpha, goal in itertools.product(
            [(3, 3), (4, 4), (5, 5), (5, 20), (8, 8), (10, 10), (18, 19), (50, 50), (51, 50),
             (1000, 1000), (1, 5), (1, 60)], (0.05, 0.1, 0.05 / 6), (0.8, 0.95)):
        level = attained_level(n, m, alpha)
        least = math.inf
        if level:
            least, = ask_r([f"detectable(0.1, {n}, {m}, {level!r}, {goal})"])[0]
            same(least, detectable(0.1, n, m, level, goal))
        rows.append((0.1, n, m, alpha, goal, least))
    write("power", ["sd", "n", "m", "alpha", "power", "shift"], rows)

    rows = []
    for sd, wanted, alpha in itertools.product((0.02, 0.1, 0.4), (0.05, 0.1, 0.3),
                                               (0.05, 0.05 / 6)):
        runs = next((n for n in range(2, 1001) if detectable(
            sd, n, n, attained_level(n, n, alpha), 0.8) <= wanted), 0)
        rows.append((sd, wanted, alpha, 0.8, runs))
    write("runs-needed", ["sd", "shift", "alpha", "power", "runs"], rows)


def variance():
    """Sums of squares set equal to their expectations, which are traces: E y'Ay = tr(A V)."""
    rows = []
    for sizes in ([5, 5, 5, 5], [1, 2, 3], [10, 1, 1, 4], [2, 2], [6], [1, 1, 1], [1], [3, 1]):
        for own in (0, 1):
            boot = [10 * i for i, size in enumerate(sizes) for _ in range(size)]
            spread = 3 if len(rows) % 3 else 0
            effect = {b: rng.gauss(0, spread) for b in boot}
            value = [round(100 + effect[b] + rng.gauss(0, 2), 3) for b in boot]
            within = [round(own * rng.uniform(0.1, 3), 3) for _ in boot]
            n, ones = len(boot), numpy.ones((len(boot), len(boot)))
            same_boot = numpy.array([[float(x == y) for y in boot] for x in boot])
            to_boots = same_boot / same_boot.sum(axis=0)
            forms = [to_boots - ones / n, numpy.eye(n) - to_boots]
            y, own_variance = numpy.array(value) - 100, numpy.diag(within)
            answer = [math.nan, math.nan]
            if len(sizes) < n:
                left = numpy.array([[numpy.trace(f @ same_boot), numpy.trace(f)] for f in forms])
                right = [y @ f @ y - numpy.trace(f @ own_variance) for f in forms]
                if len(sizes) == 1:
                    answer[1] = max(0.0, float(right[1] / left[1][1]))
                else:
                    answer = [max(0.0, float(x)) for x in numpy.linalg.solve(left, right)]
                    squares = ask_r([f"mean_squares({c(value)}, {c(boot)})"])[0]
                    same(squares[0], y @ forms[0] @ y / (len(sizes) - 1))
                    same(squares[1], y @ forms[1] @ y / (n - len(sizes)))
            order = rng.sample(range(n), n)
            rows.append(([value[i] for i in order], [boot[i] for i in order],
                         [within[i] for i in order] if own else [], *answer,
                         sum(within) / n if own else math.nan))
    write("variance", ["values", "boots", "within (none: not known)", "of boots", "of runs",
                       "within"], rows)


def rank_sum():
    """SciPy's normal approximation, with its continuity correction."""
    rows = []
    for n, m in [(5, 5), (5, 9), (10, 10), (30, 30), (60, 60), (1, 7), (200, 150)]:
        for different, up in [(n + m, 0), (n + m, n), (4, 0), (4, 1), (2, 1)]:
            a, b = samples(n, m, different, up)
            p = stats.mannwhitneyu(a, b, alternative="two-sided", method="asymptotic").pvalue
            if len(set(a + b)) > 1:
                rows.append((a, b, float(p)))
    write("rank-sum", ["a", "b", "p"], rows)


# Spreads that differ

def spread():
    rng.seed(1)
    values = [logs(n) for n in [*range(2, 21), 49, 100]]
    values += [[float(rng.randrange(k)) for _ in range(n)] for n in (6, 9, 20) for k in (2, 3, 9)]
    values += [logs(8) + [18.0, 18.0], logs(20) + [18.0] * 8]
    rows = []
    for a, told in zip(values, ask_r(f"spread({c(a)})" for a in values)):
        n, h = len(a), len(a) // 2 + 1
        apart = sorted(abs(x - y) for x, y in itertools.combinations(a, 2))[h * (h - 1) // 2 - 1]
        off = (1.60188 + (-2.1284 - 5.172 / n) / n) / n if n % 2 else \
            (3.67561 + (1.9654 + (6.987 - 77 / n) / n) / n) / n
        few = [.399356, .99365, .51321, .84401, .61220, .85877, .66993, .87344, .72014, .88906,
               .75743]
        exact = 2.21914 * apart * (few[n - 2] if n <= 12 else 1 / (1 + off))
        assert abs(exact - told[0]) <= 1e-7 * exact
        rows.append((a, exact))
    write("spread", ["values", "Qn"], rows)


def welch():
    rng.seed(2)
    cases = [(logs(n), [v + up for v in logs(m)], level) for n, m in
             ((2, 2), (3, 9), (5, 5), (6, 6), (20, 5), (5, 20), (30, 40))
             for up, level in ((0, .95), (.3, 1 - .05 / 9), (-2, .9))]
    told = ask_r(f"welch({c(a)}, {c(b)}, {level!r})" for a, b, level in cases)
    for (a, b, _), x in zip(cases, told):
        same(x[0], stats.ttest_ind(a, b, equal_var=False).pvalue)
    write("welch", ["a", "b", "level", "p", "low", "high"],
          [(*case, *x) for case, x in zip(cases, told)])


for make in (mann_whitney, blocked, shift, shift_one, kendall, holm,
             power, variance, rank_sum, spread, welch):
    make()
