"""From the exact integers of the vectors to real numbers, and from results to decimal strings."""

from mpmath import mp, mpf

mp.dps = 50

YEAR = 365 * 86_400
MONTH = 30 * 86_400
DAY = 86_400
HOUR = 3_600


def q(bits, scale):
    """A fixed-point number: `bits` units of 2^-scale."""
    return mpf(bits) / mpf(2) ** scale


def ratio(bits):
    """A Ratio or SignedRatio: units of 2^-30."""
    return q(bits, 30)


def ratio_bits(value):
    """The bits of the largest Ratio that is not above a decimal `value`."""
    return int(mp.floor(mpf(value) * 2**30))


def years(seconds):
    """Time in years of 365 days."""
    return mpf(seconds) / YEAR


def positive(value):
    """x⁺."""
    return value if value > 0 else mpf(0)


def clamp(value, lowest, highest):
    """`value` brought between two limits."""
    return min(max(value, lowest), highest)


def decimal(value):
    """25 significant digits, without an exponent unless the number is tiny."""
    return mp.nstr(mpf(value), 25, strip_zeros=True, min_fixed=-12, max_fixed=40).removesuffix(".0")


def decimals(values):
    """A (nested) list as decimal strings; None stays None."""
    if values is None:
        return None
    if isinstance(values, (list, tuple)):
        return [decimals(value) for value in values]
    return decimal(values)
