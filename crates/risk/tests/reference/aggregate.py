"""Across markets: joint scenarios of a group, value at risk, and the account's requirements."""

from mpmath import mp, mpf

from units import positive, q, ratio


def joint(group, markets):
    """M, and the joint loss of every cell: windows of κ nodes, gains counted at θ.

    `markets` are lists of rows of core cells.
    """
    window, allowance = group["window"], ratio(group["gain_allowance"])
    count = len(markets[0][0])
    cells = []
    for row in range(3):
        line = []
        for node in range(count):
            if markets[0][row][node] is None:
                line.append(None)
                continue
            near = range(max(0, node - window), min(count, node + window + 1))
            losses = [max(market[row][t] for t in near if market[row][t] is not None) for market in markets]
            line.append(mp.fsum(loss if loss >= 0 else allowance * loss for loss in losses))
        cells.append(line)
    return max([mpf(0), *(loss for line in cells for loss in line if loss is not None)]), cells


class GroupLoss:
    """Loss of the markets of one group together."""

    def __init__(self, group, losses):
        self.joint, self.cells = joint(group, [market.core for market in losses])
        tails = [
            mp.fsum(positive(market.tails[row][tail]) for market in losses)
            for row in range(3)
            for tail in range(len(losses[0].tails[row]))
            if losses[0].tails[row][tail] is not None
        ]
        self.tail = max([mpf(0), *tails])
        self.skew = max(mp.fsum(market.skew[kind] or mpf(0) for market in losses) for kind in (0, 1))
        self.basis = mp.fsum(market.basis for market in losses)
        self.total = max(self.joint, self.tail, self.skew, self.basis)


def value_at_risk(inputs):
    """z√h·√(D'ΣD) + ½Σ max(0, −G)(zσ√h)² + zΣ|V|ν√h, µUSD."""
    multiple = mpf(inputs["z"]) / 2**28
    horizon = mpf(inputs["horizon_seconds"]) / (365 * 86_400)
    markets = inputs["markets"]
    volatilities = [ratio(market["volatility"]) for market in markets]
    deltas = [market["delta"] * volatility for market, volatility in zip(markets, volatilities)]
    square = mp.fsum(
        deltas[u] * deltas[v] * (1 if u == v else ratio(inputs["correlations"][u][v]))
        for u in range(len(markets))
        for v in range(len(markets))
    )
    linear = multiple * mp.sqrt(horizon) * mp.sqrt(positive(square))
    curved = mp.fsum(
        positive(mpf(-market["gamma"])) * (multiple * volatility) ** 2 * horizon / 2
        for market, volatility in zip(markets, volatilities)
    )
    vega = mp.fsum(
        multiple * abs(market["vega"]) * ratio(market["volatility_of_volatility"]) * mp.sqrt(horizon)
        for market in markets
    )
    return linear + curved + vega


def initial_factor(factors):
    """The initial factor, raised when the quote token is below its peg."""
    below = positive(ratio(factors["peg_threshold"]) - ratio(factors["quote_price"]))
    return ratio(factors["initial"]) + below * q(factors["peg_factor"], 28)


def portfolio_losses(account, losses):
    """Group losses by group index."""
    groups = {}
    for market, loss in zip(account["markets"], losses):
        groups.setdefault(market["group"], []).append((market, loss))
    return {
        index: (GroupLoss(account["groups"][index], [loss for _, loss in members]), [market for market, _ in members],
                [loss.scan for _, loss in members])
        for index, members in sorted(groups.items())
    }


def requirement(account, mode, scan_losses, groups, charges):
    """(loss for initial margin, requirement for initial margin, requirement for maintenance) of one mode.

    `scan_losses` are the losses of the markets one by one in this mode, `groups` those of `portfolio_losses`.
    """
    factors = account["factors"]
    maintenance = ratio(factors["maintenance"])
    ramps = [ratio(market["maintenance_share"]) for market in account["markets"]]
    apart = mp.fsum(maintenance * ramp * loss for ramp, loss in zip(ramps, scan_losses))
    if mode == "portfolio":
        loss = mp.fsum(group.total for group, _, _ in groups.values())
        held = mpf(0)
        for group, members, alone in groups.values():
            shares = [ratio(market["maintenance_share"]) for market in members]
            whole = maintenance * max(shares) * group.total
            held += min(whole, mp.fsum(maintenance * share * scan for share, scan in zip(shares, alone)))
    else:
        loss, held = mp.fsum(scan_losses), apart
    on_maintenance = mp.fsum(charge.maintenance for charge in charges)
    on_initial = on_maintenance + mp.fsum(charge.initial for charge in charges)
    return loss, initial_factor(factors) * loss + on_initial, held + on_maintenance
