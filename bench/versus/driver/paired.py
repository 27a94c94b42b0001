"""Medians, and the interval of a paired ratio.

Samples come in sessions (the programs are started anew for each) of rounds. Rounds of one session
are alike for reasons that have nothing to do with the programs: where memory landed, how a clock
ran. So the bootstrap draws sessions first, and rounds within them.

The interval printed is the one in which 95 % of repeated runs would have their median: of two
medians of independent draws, how far they lie apart. It is 1.4 times as wide as a confidence
interval of the median, which a second run would leave one time in six. It is widened twice: few
rounds understate their spread, as in Student's distribution, and so do few sessions. And it is never
narrower than half a per cent each way, because processes differ in ways that the rounds of one run do
not see. How often a second run lies within it, by kind of noise: docs/benchmarks.md.
"""

import math
import statistics

DRAWS = 2000
NARROWEST = 0.005
TOO_WIDE = 2.0            # upper limit / lower limit: says nothing about how much
TOO_WIDE_AROUND_ONE = 1.3  # not even which of the two is better


def median(sessions):
    return statistics.median(value for session in sessions for value in session)


def ratios(ours, theirs, higher_is_better):
    """Of each round that both have: above 1 where ours is better."""
    result = []
    for mine, other in zip(ours, theirs):
        session = [(a / b if higher_is_better else b / a) for a, b in zip(mine, other)
                   if a is not None and b is not None and a > 0 and b > 0]
        if session:
            result.append(session)
    return result


def interval(sessions, rng):
    """(low, high) for the median of positive samples; None for fewer than three."""
    if sum(len(session) for session in sessions) < 3:
        return None
    draws = [math.log(draw(sessions, rng)) for _ in range(DRAWS)]
    apart = sorted(a - b for a, b in zip(draws[::2], draws[1::2]))
    width = (apart[int(0.975 * len(apart))] - apart[int(0.025 * len(apart))]) / 2
    width *= student(sum(map(len, sessions)) - 1)
    if (k := len(sessions)) > 1:  # resampling k things understates their spread by √((k-1)/k)
        width *= math.sqrt(k / (k - 1))
    width = max(width, NARROWEST)
    middle = median(sessions)
    return middle / math.exp(width), middle * math.exp(width)


def student(freedom):
    """How much wider than the normal distribution's the 95 % of Student's are: an expansion, right
    to 3 % from two degrees of freedom on."""
    z = 1.96
    first = (z ** 3 + z) / (4 * freedom)
    second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
    third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
    return (z + first + second + third) / z


def draw(sessions, rng):
    return statistics.median(
        value for session in rng.choices(sessions, k=len(sessions))
        for value in rng.choices(session, k=len(session)))


def meaningless(low, high):
    """Is this interval of a ratio too wide to print a ratio?"""
    return high / low > (TOO_WIDE_AROUND_ONE if low < 1 < high else TOO_WIDE)
