"""Markets, expiries and books as exact integers, from numbers that people state; and random ones by seed."""

import math

from units import ratio_bits

TAILS = [(0.34, "0.21"), (0.67, "0.42"), (1.5, "0.2772"), (2.0, "0.1386"), (3.0, "0.0693"), (4.0, "0.0462"),
         (5.0, "0.03465"), (6.0, "0.02772")]


def signed_bits(value):
    """The bits of a SignedRatio, to nearest."""
    return round(value * 2**30)


def core_factors(count, scan_range):
    """1 + move of every core node, to the nearest 2^-28, from the bits of the scan range."""
    half = count // 2
    # The scan range has scale 2^-30: four times the divisor, and half of it to round.
    return [(2**31 * half + 2 * scan_range * (node - half) + 4 * half) // (8 * half) for node in range(count)]


def scenario_nodes(count=9, scan_range="0.16", tails=TAILS, mask=None):
    """Nodes, weights and mask of a market's scenario set. The default mask: all core cells, tails up."""
    bits = ratio_bits(scan_range)
    core, every = (1 << count) - 1, (1 << count + len(tails)) - 1
    return {
        "core_nodes": count,
        "scan_range": bits,
        "price_factors": core_factors(count, bits) + [round(factor * 2**28) for factor, _ in tails],
        "tail_weights": [ratio_bits(weight) for _, weight in tails],
        "mask": mask or [every, core, core],
    }


def volatility_shock(**changes):
    """The volatility rows' law; defaults of a major coin."""
    shock = {name: ratio_bits(value) for name, value in {
        "up": "0.5", "down": "0.3", "up_floor": "0.4", "exponent_near": "0.3", "exponent_far": "0.13",
        "up_shift": "0", "down_shift": "0"}.items()}
    shock["floor_seconds"] = 86_400
    shock.update({name: value if name == "floor_seconds" else ratio_bits(value) for name, value in changes.items()})
    return shock


def discounting(**changes):
    """Discount factors of long and short option value; by default the rate itself."""
    shape = {"long_base": "1", "long_rate": "1", "long_add": "0", "short_base": "1", "short_rate": "1",
             "short_add": "0"}
    shape.update(changes)
    return {name: ratio_bits(value) for name, value in shape.items()}


def skewing(linear=True, absolute=True, discounted=False, **changes):
    """Skew scenarios; the defaults of the model."""
    shape = {"base": "0.06", "scale_cap": "0.1", "least_log_strike": "0.01", "volatility_static": "0.5",
             "volatility_scale": "0"}
    width = changes.pop("width", 4)
    shape.update(changes)
    bits = {name: ratio_bits(value) for name, value in shape.items()}
    return {"linear": linear, "absolute": absolute, "discounted": discounted, "width": round(width * 2**28), **bits}


NO_SKEW = skewing(False, False)


def basis_shock(add="0.5", multiple="2", up="0.045", down="0.045"):
    """Basis scenario; the defaults of the model."""
    # Whole units of 2^-28, the resolution of price factors.
    coarse = lambda value: ratio_bits(value) // 4 * 4
    return {"up": coarse(up), "down": coarse(down), "add": ratio_bits(add), "multiple": ratio_bits(multiple)}


NO_BASIS = basis_shock("0", "0")


def concentration(free_usd=1_000_000, slope="0.1", cap="0.1"):
    """Charge on a large net delta or vega: slope per 10 million USD."""
    return {"free": free_usd * 1_000_000, "slope": ratio_bits(slope), "cap": ratio_bits(cap)}


def charge_rates(**changes):
    """Charge rates; defaults of a major coin."""
    rates = {"naked_short_maintenance": "0.003", "naked_short_initial": "0.002", "linear_maintenance": "0.03",
             "linear_initial": "0.01", "confidence_threshold": "0.55", "confidence_rate": "0.05"}
    rates.update({name: value for name, value in changes.items() if not name.startswith("concentration")})
    bits = {name: ratio_bits(value) for name, value in rates.items()}
    for name in ("concentration_delta", "concentration_vega"):
        bits[name] = changes.get(name, concentration())
    return bits


def market(**changes):
    """A market without positions: one bitcoin at 100,000 USD in cents, lots of a thousandth."""
    base = {
        "price": 10_000_000, "price_decimals": 2, "quantity_decimals": 3, "group": 0, "perpetual_basis": 0,
        "maintenance_share": 1 << 30, "quality": 1 << 30, "hedge_value": 0,
        **scenario_nodes(), "volatility": volatility_shock(), "discount": discounting(), "skew": NO_SKEW,
        "basis": NO_BASIS, "charges": charge_rates(), "gain_weight": ratio_bits("0.8"),
        "gain_cap": 250_000_000_000, "option_premium": 0, "vested_option_gain": 0, "expiries": [], "legs": [],
    }
    base.update(changes)
    return base


def expiry(seconds, volatility, basis=0.0, rate=0.0, rho=0.0, steepness=0.5, surface_seconds=None, widening="1",
           average=0, fixed_share=0.0, quality=1.0):
    """An expiry whose surface was posted with an at-the-money volatility; `steepness` is a share of the steepest."""
    posted = surface_seconds or max(seconds, 1)
    theta = max(volatility**2 * posted / 31_536_000, 2**-23)
    widest = min(math.sqrt(4 * theta / (1 + abs(rho))), 4 / (1 + abs(rho)))
    psi = max(steepness * widest, 0.26 * theta)
    return {
        "seconds": seconds, "basis": signed_bits(basis), "rate": signed_bits(rate), "theta": round(theta * 2**40),
        "rho": round(rho * 2**29), "psi": round(psi * 2**40), "surface_seconds": posted, "average": average,
        "fixed_share": round(fixed_share * 2**28), "widening": ratio_bits(widening), "quality": int(quality * 2**30),
    }


def perpetual(lots, ledger=0):
    """A perpetual."""
    return {"kind": "perpetual", "lots": lots, "ledger": ledger}


def future(index, lots, ledger=0):
    """A future."""
    return {"kind": "future", "expiry": index, "lots": lots, "ledger": ledger}


def call(index, strike, lots, volatility=0):
    """A call; a volatility (scale 2^-28) takes the place of the surface's unless it is zero."""
    return {"kind": "call", "expiry": index, "strike": strike, "lots": lots, "volatility": volatility}


def put(index, strike, lots, volatility=0):
    """A put; a volatility (scale 2^-28) takes the place of the surface's unless it is zero."""
    return {"kind": "put", "expiry": index, "strike": strike, "lots": lots, "volatility": volatility}


COINS = [
    {"price": 10_000_000, "price_decimals": 2, "quantity_decimals": 3},
    {"price": 350_127, "price_decimals": 2, "quantity_decimals": 2},
    {"price": 154_321, "price_decimals": 3, "quantity_decimals": 1},
    {"price": 123_457, "price_decimals": 7, "quantity_decimals": 0},
]


def random_expiry(random, seconds=None, **changes):
    """An expiry with a random surface, forward and rate."""
    seconds = seconds or int(math.exp(random.uniform(math.log(7_200), math.log(40_000_000))))
    values = {
        "volatility": random.uniform(0.25, 1.4), "basis": random.uniform(-0.05, 0.05),
        "rate": random.uniform(-0.02, 0.15), "rho": random.uniform(-0.7, 0.7), "steepness": random.uniform(0.2, 0.9),
        "surface_seconds": seconds + random.randrange(0, 900),
    }
    values.update(changes)
    return expiry(seconds, **values)


def random_legs(random, base, count, options_only=False, spread=0.5):
    """A book of at most `count` legs, no contract twice."""
    legs = {}
    for _ in range(count):
        # About a million USD a leg, whatever the coin.
        value = base["price"] * 10.0 ** (-base["price_decimals"] - base["quantity_decimals"])
        lots = random.choice([-1, 1]) * random.randrange(1, max(2, int(1_000_000 / value)))
        index = random.randrange(len(base["expiries"])) if base["expiries"] else None
        kind = random.randrange(2 if options_only else 0, 10)
        if kind == 0 or index is None:
            legs["perpetual"] = perpetual(lots, random.randrange(-10**9, 10**9))
        elif kind == 1:
            legs["future", index] = future(index, lots, random.randrange(-10**9, 10**9))
        else:
            strike = round(base["price"] * math.exp(random.uniform(-spread, spread)) / 500) * 500 + 7
            # Every other strike holds both a call and a put.
            for make in (call, put):
                if random.random() < 0.6:
                    legs[make, index, strike] = make(index, strike, lots * random.choice([-1, 1, 2]))
    order = {"perpetual": 0, "future": 1, "put": 2, "call": 2}
    key = lambda leg: (leg.get("expiry", -1), order[leg["kind"]], leg.get("strike", 0), leg["kind"])
    return sorted(legs.values(), key=key)
