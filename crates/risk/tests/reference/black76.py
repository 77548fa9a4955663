"""Black-76 values and Greeks, undiscounted, in the precision of mpmath.

Source: F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976).
"""

from mpmath import mp, mpf

# The model bounds w = σ√T (docs/margin-model.md, section 1).
LEAST_DEVIATION = mpf(2) ** -10
GREATEST_DEVIATION = mpf(6)


def bounded(deviation):
    """w within the model's bounds."""
    return min(max(deviation, LEAST_DEVIATION), GREATEST_DEVIATION)


def distances(forward, strike, deviation):
    """d1 and d2."""
    d1 = mp.log(forward / strike) / deviation + deviation / 2
    return d1, d1 - deviation


def call(forward, strike, deviation):
    """F·N(d1) − K·N(d2) for a given w = σ√T > 0."""
    if forward == 0:
        return mpf(0)
    d1, d2 = distances(forward, strike, deviation)
    return forward * mp.ncdf(d1) - strike * mp.ncdf(d2)


def intrinsic(forward, strike, is_call):
    """What the option pays if it expires at this forward."""
    difference = forward - strike if is_call else strike - forward
    return difference if difference > 0 else mpf(0)


def value(forward, strike, deviation, is_call):
    """Value of a call or put for w within the model's bounds; puts by parity."""
    undiscounted = call(forward, strike, bounded(deviation))
    return undiscounted if is_call else undiscounted - forward + strike


def greeks(forward, strike, deviation, is_call):
    """(N(d1) or N(d1) − 1, φ(d1), N(d2) or N(d2) − 1)."""
    d1, d2 = distances(forward, strike, bounded(deviation))
    side = 0 if is_call else 1
    return mp.ncdf(d1) - side, mp.npdf(d1), mp.ncdf(d2) - side
