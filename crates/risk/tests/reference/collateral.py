"""Collateral: value, haircuts, and how a bank's haircuts move."""

from mpmath import mp, mpf

from units import clamp, positive, ratio


def holding(inputs):
    """Value and haircuts of one deposit, µUSD."""
    unit = mpf(10) ** (6 - inputs["price_decimals"] - inputs["token_decimals"])
    value = inputs["amount"] * mpf(inputs["price"]) * unit
    lower = min(inputs["price"], inputs["stable_price"])
    hedge = min(inputs["hedge"], inputs["amount"])
    exposed = inputs["amount"] - hedge
    liquidity = ratio(inputs["liquidity_haircut"])
    share = ratio(inputs["maintenance_share"])
    hedge_value = hedge * mpf(inputs["price"]) * unit
    if inputs["stale"]:
        initial = value
    else:
        # The hedge is scanned with the market that it hedges, so it counts at the oracle's price, as that does.
        below = exposed * mpf(inputs["price"] - lower) * unit
        initial = below + ratio(inputs["initial_haircut"]) * exposed * lower * unit + liquidity * hedge_value
    price = inputs["price"] * unit
    maintenance = (ratio(inputs["maintenance_haircut"]) * exposed + share * liquidity * hedge) * price
    return {
        "value": value,
        "hedge_value": hedge_value,
        "initial_haircut": initial,
        "maintenance_haircut": maintenance,
    }


def haircut_fractions(shape, state):
    """(initial fraction, target of the maintenance fraction)."""
    volatility = mp.sqrt(max(ratio(state["variance_fast"]), ratio(state["variance_slow"])))
    base, most = ratio(shape["base"]), ratio(shape["most"])
    varying = ratio(shape["volatility_slope"]) * positive(volatility - ratio(shape["volatility_free"]))
    varying += ratio(shape["confidence_slope"]) * mpf(state["confidence"]) / state["price"]
    size = ratio(shape["size_slope"]) * positive(mpf(state["deposits"]) / effective_cap(shape, state) - mpf(1) / 2)
    initial = clamp(base + varying + size, base, most)
    return initial, ratio(shape["maintenance_share"]) * clamp(base + varying, base, most)


def effective_cap(shape, state):
    """The deposit cap, which grows linearly after listing."""
    if state["since_listing"] >= shape["cap_ramp_seconds"]:
        return mpf(shape["deposit_cap"])
    grown = mpf(shape["deposit_cap"] - shape["initial_cap"]) * state["since_listing"] / shape["cap_ramp_seconds"]
    return shape["initial_cap"] + grown


def ramped(shape, current, target, seconds):
    """The maintenance fraction after `seconds`: it falls at once and rises at a bounded rate."""
    if target <= current:
        return target
    most = ratio(shape["maintenance_share"]) * ratio(shape["most"])
    return min(target, current + most * mpf(min(seconds, 86_400)) / shape["ramp_seconds"])
