"""Vectors that are not books: joint losses of given matrices, value at risk, haircuts, dynamics, surfaces."""

import math
from random import Random

from mpmath import mpf

import aggregate
import collateral
import surface
from accounts import random_collateral
from dynamics import Dynamics
from units import decimal, decimals, q, ratio_bits


def joint_cases(seed):
    """Matrices of losses in whole µUSD, some cells missing, through window and gain allowance."""
    random = Random(f"joint {seed}")
    for number in range(40):
        count, markets = random.choice([9, 11]), random.randrange(1, 9)
        hidden = {(random.randrange(3), random.randrange(count)) for _ in range(random.choice([0, 0, 4, 12]))}
        matrices = [
            [[None if (row, node) in hidden else random.randrange(-10**10, 10**10) for node in range(count)]
             for row in range(3)]
            for _ in range(markets)
        ]
        group = {"window": random.choice([0, 1, 2, 3, count - 1]), "gain_allowance": random.randrange(2**30 + 1)}
        exact = [[[cell if cell is None else mpf(cell) for cell in row] for row in matrix] for matrix in matrices]
        loss, cells = aggregate.joint(group, exact)
        yield {"name": f"joint {number}", **group, "markets": matrices,
               "expected": {"loss": decimal(loss), "cells": decimals(cells)}}


def value_at_risk_cases(seed):
    """Random Greeks with correlations that are a Gram matrix, hence positive semi-definite."""
    random = Random(f"value at risk {seed}")
    for number in range(24):
        count = random.randrange(1, 9)
        vectors = []
        for _ in range(count):
            vector = [random.gauss(0.7, 0.6) for _ in range(3)]
            length = math.sqrt(sum(part * part for part in vector))
            vectors.append([part / length for part in vector])
        # A hair below the Gram matrix, so that rounding leaves it positive semi-definite.
        correlations = [
            [2**30 if u == v else round(sum(a * b for a, b in zip(vectors[u], vectors[v])) * 0.999 * 2**30)
             for v in range(count)] for u in range(count)
        ]
        inputs = {
            "z": random.choice([993_211_187, 2**28 * 2, 2**29 + 12_345]),
            "horizon_seconds": random.choice([86_400, 864_000]),
            "correlations": correlations,
            "markets": [
                {"delta": random.randrange(-10**13, 10**13), "gamma": 100 * random.randrange(-10**11, 10**11),
                 "vega": 100 * random.randrange(-10**10, 10**10), "volatility": random.randrange(2**27, 2**31),
                 "volatility_of_volatility": random.randrange(2**27, 2**31)}
                for _ in range(count)
            ],
        }
        yield {"name": f"value at risk {number}", **inputs, "expected": decimal(aggregate.value_at_risk(inputs))}


def holding_cases(seed):
    """Deposits."""
    random = Random(f"holding {seed}")
    for number in range(40):
        deposit = random_collateral(random)
        yield {"name": f"holding {number}", **deposit, "expected": {
            name: decimal(value) for name, value in collateral.holding(deposit).items()}}


def haircut_cases(seed):
    """Haircut fractions of a bank, and a sequence through the ramp of the maintenance fraction."""
    random = Random(f"haircut {seed}")
    for number in range(16):
        base = random.choice(["0.02", "0.15", "0.35"])
        shape = {
            "base": ratio_bits(base), "most": ratio_bits("0.6"), "volatility_slope": ratio_bits("0.1"),
            "volatility_free": ratio_bits(random.choice(["0.3", "0.6", "1"])), "confidence_slope": ratio_bits("2"),
            "size_slope": ratio_bits("0.2"), "maintenance_share": ratio_bits("0.8"), "ramp_seconds": 172_800,
            "deposit_cap": 10**12, "initial_cap": 10**11, "cap_ramp_seconds": random.choice([0, 2_592_000]),
        }
        current = ratio_bits(random.choice(["0", "0.1", "0.4"]))
        fraction, steps = mpf(current) / 2**30, []
        for _ in range(24):
            state = {
                "variance_fast": random.randrange(2**26, 2**31), "variance_slow": random.randrange(2**26, 2**31),
                "price": 10_000_000, "confidence": random.randrange(0, 200_000),
                "deposits": random.randrange(0, 11 * 10**11), "since_listing": random.randrange(0, 5_000_000),
                "elapsed": random.choice([1, 60, 3_600, 86_400, 400_000]),
            }
            initial, target = collateral.haircut_fractions(shape, state)
            fraction = collateral.ramped(shape, fraction, target, state["elapsed"])
            steps.append({**state, "expected": decimals([initial, target, fraction])})
        yield {"name": f"haircut {number}", "shape": shape, "current": current, "steps": steps}


def dynamics_cases(seed):
    """Publications of a market, minutes to days apart, calm and wild, and what they move."""
    random = Random(f"dynamics {seed}")
    for number in range(12):
        volatility = random.choice([0.3, 0.8, 2.0])
        shape = {
            "seed_volatility": ratio_bits(random.choice(["0.5", "1"])), "seed_scan_range": ratio_bits("0.2"),
            "least_interval": random.choice([1, 60, 600]), "z": 993_211_187, "horizon_seconds": 86_400,
            "implied_share": ratio_bits("0.5"), "range_floor": ratio_bits(random.choice(["0.05", "0.16"])),
            "range_cap": ratio_bits("0.6"), "fall_per_day": ratio_bits("0.05"), "ramp_seconds": 86_400,
            "stable_growth_per_hour": ratio_bits("0.1"),
        }
        state = Dynamics(shape)
        price, time, steps = 10_000_000, 1_800_000_000, []
        for index in range(60):
            seconds = random.choice([0, 1, 30, 400, 3_600, 43_200]) if index % 20 else random.choice([86_400, 400_000])
            time += seconds
            wild = volatility * (6 if 20 < index < 30 else 1)
            price = max(1, round(price * math.exp(random.gauss(0, wild * math.sqrt(max(seconds, 1) / 31_536_000)))))
            implied = random.randrange(2**26, 2**31)
            state.publish(price, time, mpf(implied) / 2**30)
            outputs = [state.fast, state.slow, state.regime(), state.range, state.maintenance_range, state.stable]
            steps.append({"price": price, "time": time, "implied_variance": implied, "expected": decimals(outputs)})
        yield {"name": f"dynamics {number}", "shape": shape, "steps": steps}


def surface_cases(seed):
    """Slices by themselves and in pairs, with whether arbitrage was found on a dense grid."""
    random = Random(f"surface {seed}")
    for number in range(80):
        near, far = [random_slice(random) for _ in range(2)]
        if number % 2:
            # A pair that is likely to be in order: the far slice a little above the near one.
            rho, phi = near["rho"], near["psi"] / near["theta"]
            theta = round(near["theta"] * random.uniform(0.99, 1.8))
            far = {"theta": theta, "rho": rho + random.randrange(-2**24, 2**24),
                   "psi": round(theta * phi * random.uniform(0.7, 1.02))}
        exact = [(q(one["theta"], 40), q(one["rho"], 29), q(one["psi"], 40)) for one in (near, far)]
        yield {"name": f"surface {number}", "near": near, "far": far, "expected": {
            "near_free_of_butterflies": surface.is_free_of_butterflies(*exact[0]),
            "far_free_of_butterflies": surface.is_free_of_butterflies(*exact[1]),
            "free_of_calendars": surface.is_free_of_calendars(*exact)}}


def random_slice(random):
    """A slice that may or may not be free of arbitrage."""
    theta = math.exp(random.uniform(math.log(1e-4), math.log(2)))
    rho = random.uniform(-0.95, 0.95)
    widest = min(math.sqrt(4 * theta / (1 + abs(rho))), 4 / (1 + abs(rho)))
    psi = max(widest * random.uniform(0.1, 1.6), 0.26 * theta)
    return {"theta": round(theta * 2**40), "rho": round(rho * 2**29), "psi": round(psi * 2**40)}
