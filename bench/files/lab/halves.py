"""Which half a pattern or a format belongs to, and intervals. Tuned on one half, reported on the other."""
import hashlib
import math


def half(name):
    return "tuning" if int(hashlib.sha256(name.encode()).hexdigest()[0], 16) % 2 == 0 else "checking"


def _incomplete_beta(a, b, x):
    """Regularised incomplete beta function by its continued fraction (Lentz; Numerical Recipes 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    tiny, c, d = 1e-300, 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    out = d
    for m in range(1, 300):
        for up in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                   -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 + up * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + up / c
            c = c if abs(c) > tiny else tiny
            out *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * out / a


def clopper_pearson(events, of, confidence=0.95):
    """Exact interval of a share (Clopper and Pearson, 1934)."""
    if of == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2

    def solve(a, b, wanted):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if _incomplete_beta(a, b, middle) < wanted else (low, middle)
        return low

    return (0.0 if events == 0 else solve(events, of - events + 1, tail),
            1.0 if events == of else solve(events + 1, of - events, 1 - tail))


def share(events, of):
    """"98.2% (95.1-99.6; 110/112)", cut and never rounded up; the bounds outwards."""
    if of == 0:
        return "–"
    low, high = clopper_pearson(events, of)
    cut = lambda x: math.floor(x * 1000 + 1e-9) / 10
    return f"{cut(events / of):.1f}% ({cut(low):.1f}–{min(100, math.ceil(high * 1000 - 1e-9) / 10):.1f}; {events}/{of})"


def quantile(values, q):
    """The smallest value that at least the share q does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(q * len(ordered)) - 1))]
