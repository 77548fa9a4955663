"""eSSVI slices: evaluation and no-arbitrage by the definition, not by the sufficient conditions.

With φ = ψ/θ: w²(k) = θ/2 · (1 + ρφk + √((φk + ρ)² + 1 − ρ²)).
Source: Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (2014); Hendriks and Martini (2019) for eSSVI.
"""

from mpmath import mp, mpf


def total_variance(theta, rho, psi, log_moneyness):
    """w² at k = ln(K/F)."""
    phi = psi / theta
    scaled = phi * log_moneyness
    return theta / 2 * (1 + rho * scaled + mp.sqrt((scaled + rho) ** 2 + 1 - rho**2))


def derivatives(theta, rho, psi, log_moneyness):
    """w² with its first and second derivative in k."""
    phi = psi / theta
    root = mp.sqrt((phi * log_moneyness + rho) ** 2 + 1 - rho**2)
    variance = theta / 2 * (1 + rho * phi * log_moneyness + root)
    first = theta * phi / 2 * (rho + (phi * log_moneyness + rho) / root)
    second = theta * phi**2 / 2 * (1 - rho**2) / root**3
    return variance, first, second


def density_factor(theta, rho, psi, log_moneyness):
    """Durrleman's g(k): the risk-neutral density is a positive multiple of it."""
    variance, first, second = derivatives(theta, rho, psi, log_moneyness)
    skewed = (1 - log_moneyness * first / (2 * variance)) ** 2
    return skewed - first**2 / 4 * (1 / variance + mpf(1) / 4) + second / 2


def log_moneyness_grid(theta, psi, points=161):
    """Values of k from wing to wing, dense around the money."""
    width = 12 * theta / psi + 12 * mp.sqrt(theta)
    return [width * (mpf(2 * i) / (points - 1) - 1) ** 3 for i in range(points)]


def is_free_of_butterflies(theta, rho, psi):
    """Whether the density is nowhere negative on the grid."""
    return all(density_factor(theta, rho, psi, k) >= 0 for k in log_moneyness_grid(theta, psi))


def is_free_of_calendars(near, far):
    """Whether total variance falls nowhere on the grid from the near slice to the far one."""
    grid = log_moneyness_grid(near[0], near[2]) + log_moneyness_grid(far[0], far[2])
    return all(total_variance(*far, k) >= total_variance(*near, k) for k in grid)
