"""Whole accounts: several markets in groups, collateral, cash, and the three modes."""

from random import Random

from mpmath import mp, mpf

from aggregate import portfolio_losses, requirement
from charges import Charges, Marks
from collateral import holding
from inputs import (COINS, NO_BASIS, NO_SKEW, TAILS, basis_shock, charge_rates, concentration, discounting, market,
                    random_expiry, random_legs, scenario_nodes, skewing)
from scenarios import alone, together
from units import decimal, decimals, positive, ratio, ratio_bits

MODES = ("isolated", "cross", "portfolio")


def random_collateral(random):
    """A deposit with haircuts of its own."""
    price = random.randrange(10_000, 20_000_000)
    amount = random.randrange(1, 10**9)
    return {
        "amount": amount, "hedge": random.choice([0, 0, amount // 2, amount]), "price": price,
        "stable_price": round(price * random.uniform(0.9, 1.1)), "price_decimals": 2,
        "token_decimals": random.choice([6, 8, 9]),
        "initial_haircut": ratio_bits(random.choice(["0.15", "0.35", "0.02"])),
        "maintenance_haircut": ratio_bits(random.choice(["0.12", "0.01", "0"])),
        "liquidity_haircut": ratio_bits(random.choice(["0", "0.01", "0.05"])),
        "maintenance_share": ratio_bits("0.8"), "stale": random.random() < 0.15,
    }


def random_account(random, number):
    """An account in one to four markets, which share groups by twos."""
    window, allowance = random.choice([(0, "1"), (1, "0.8"), (2, "0.6"), (3, "0.3"), (10, "0")])
    groups = [{"window": window, "gain_allowance": ratio_bits(allowance)},
              {"window": 1, "gain_allowance": ratio_bits("0.5")}]
    sets = []
    for _ in groups:
        count, tails = random.choice([9, 11]), TAILS[:random.randrange(9)]
        core, every = (1 << count) - 1, (1 << count + len(tails)) - 1
        inner = core & ~1 & ~(1 << count - 1)
        sets.append((count, tails, random.choice([None, [every, inner, inner], [core, every, core]])))
    markets = []
    for index in range(random.randrange(1, 5)):
        group = random.choice([0, 0, 0, 1])
        count, tails, mask = sets[group]
        shape = skewing(base="0.3") if number % 2 else NO_SKEW
        small = concentration(100_000, "1", "0.05")
        book = market(
            **COINS[index % 3], group=group, maintenance_share=random.choice([1 << 30, random.randrange(2**29, 2**30)]),
            perpetual_basis=random.randrange(-(2**23), 2**23), skew=shape,
            basis=basis_shock() if number % 3 else NO_BASIS,
            discount=discounting(long_base=random.choice(["1", "0.98"])), quality=random.randrange(2**30),
            hedge_value=random.choice([0, 0, random.randrange(10**11)]),
            charges=charge_rates(concentration_delta=small, concentration_vega=small),
            option_premium=random.randrange(-10**10, 10**10), vested_option_gain=random.randrange(10**10),
            **scenario_nodes(count, random.choice(["0.16", "0.27"]), tails, mask))
        seconds = [random.choice([None, None, 14_400]), None]
        book["expiries"] = [random_expiry(random, time, volatility=random.uniform(0.4, 0.9)) for time in seconds]
        book["legs"] = random_legs(random, book, random.randrange(1, 7), spread=0.25)
        markets.append(book)
    return {
        "cash": random.randrange(10**12),
        "factors": {
            "initial": ratio_bits(random.choice(["1", "1.25"])), "maintenance": ratio_bits("0.8"),
            "quote_price": ratio_bits(random.choice(["1", "0.995", "0.97", "1.01"])),
            "peg_threshold": ratio_bits("0.99"), "peg_factor": 4 << 28,
        },
        "groups": groups,
        "markets": markets,
        "collateral": [random_collateral(random) for _ in range(random.randrange(3))],
    }


def outputs(account):
    """Equity, requirements and excess in all modes."""
    markets = account["markets"]
    marks = [Marks(book) for book in markets]
    losses = [together(book) for book in markets]
    apart = [mp.fsum(alone(book)) for book in markets]
    groups = portfolio_losses(account, losses)
    holdings = [holding(deposit) for deposit in account["collateral"]]
    total = lambda name: mp.fsum(deposit[name] for deposit in holdings)
    options = mp.fsum(mark.option_value for mark in marks)
    linear = mp.fsum(mark.linear_profit for mark in marks)
    equity = account["cash"] + total("value") + options + linear
    uncounted = unwithdrawable = mpf(0)
    for book, mark in zip(markets, marks):
        gain = positive(mark.linear_profit)
        counted = min(ratio(book["gain_weight"]) * gain, mpf(book["gain_cap"]))
        uncounted += gain - counted
        covered = max(0, book["option_premium"]) + book["vested_option_gain"]
        unwithdrawable += counted + positive(mark.option_value - covered)
    result = {
        "equity": decimal(equity), "options": decimal(options), "linear_profit": decimal(linear),
        "collateral": decimal(total("value")), "initial_haircut": decimal(total("initial_haircut")),
        "maintenance_haircut": decimal(total("maintenance_haircut")), "uncounted_gain": decimal(uncounted),
        "unwithdrawable": decimal(unwithdrawable), "scan_losses": decimals([loss.scan for loss in losses]),
        "alone": decimals(apart),
        "groups": {
            str(index): {name: decimal(getattr(group, name)) for name in ("joint", "tail", "skew", "basis", "total")}
            for index, (group, _, _) in groups.items()
        },
    }
    for mode in MODES:
        charges = [Charges(book, mark, mode != "isolated") for book, mark in zip(markets, marks)]
        scans = apart if mode == "isolated" else [loss.scan for loss in losses]
        loss, initial, maintenance = requirement(account, mode, scans, groups, charges)
        excess = equity - uncounted - total("initial_haircut") - initial
        result[mode] = {
            "loss": decimal(loss), "initial_requirement": decimal(initial),
            "maintenance_requirement": decimal(maintenance), "initial_excess": decimal(excess),
            "maintenance_excess": decimal(equity - total("maintenance_haircut") - maintenance),
            "withdrawal_excess": decimal(excess - unwithdrawable),
        }
    return result


def cases(seed, count=48):
    """Random accounts with everything that the model makes of them."""
    for number in range(count):
        account = random_account(Random(f"account {number} {seed}"), number)
        yield {"name": f"account {number}", "account": account, "expected": outputs(account)}
