"""One market under its scenarios: what a book gains or loses in every cell, and by skew and basis.

Everything is in µUSD; losses are positive. A "book" is a market's dictionary as the vectors hold it.
"""

from mpmath import mp, mpf

import black76
from surface import total_variance
from units import MONTH, clamp, positive, q, ratio, years

UP, FLAT, DOWN = 0, 1, 2


class Expiry:
    """Forward, discounting and volatility of one expiry."""

    def __init__(self, market, inputs):
        index = mpf(market["price"])
        self.inputs = inputs
        self.alive = inputs["seconds"] > 0
        self.time = years(inputs["seconds"])
        self.rate = positive(ratio(inputs["rate"]))
        self.discount = mp.exp(-self.rate * self.time)
        fixed_share = q(inputs["fixed_share"], 28)
        self.moving = index * mp.exp(ratio(inputs["basis"])) * (1 - fixed_share)
        self.fixed = inputs["average"] * fixed_share
        self.forward = self.moving + self.fixed
        self.theta, self.rho, self.psi = q(inputs["theta"], 40), q(inputs["rho"], 29), q(inputs["psi"], 40)
        shape = market["discount"]
        growth = self.rate * ratio(shape["long_rate"]) + ratio(shape["long_add"])
        self.long = ratio(shape["long_base"]) * mp.exp(-self.time * growth)
        growth = self.rate * ratio(shape["short_rate"]) + ratio(shape["short_add"])
        self.short = min(1 / self.discount, ratio(shape["short_base"]) * mp.exp(self.time * growth))

    def surface_deviation(self, strike):
        """σ√T of a strike: volatilities, not variances, stay as time passes after the post."""
        variance = total_variance(self.theta, self.rho, self.psi, mp.log(strike / self.forward))
        return mp.sqrt(variance * self.inputs["seconds"] / self.inputs["surface_seconds"])

    def deviation(self, leg):
        """σ√T of an option at the mark."""
        if leg.get("volatility"):
            return black76.bounded(q(leg["volatility"], 28) * mp.sqrt(self.time))
        return black76.bounded(self.surface_deviation(mpf(leg["strike"])))

    def row_deviation(self, shock, deviation, row):
        """σ√T of an option in a volatility row."""
        if row == FLAT:
            return deviation
        term = mpf(MONTH) / max(self.inputs["seconds"], shock["floor_seconds"])
        exponent = shock["exponent_near"] if term > 1 else shock["exponent_far"]
        widened = term ** ratio(exponent) * ratio(self.inputs["widening"])
        root = mp.sqrt(self.time)
        if row == UP:
            multiplier = min(1 + ratio(shock["up"]) * widened, mpf(15))
            return max(deviation * multiplier + ratio(shock["up_shift"]) * root, ratio(shock["up_floor"]) * root)
        multiplier = positive(1 - ratio(shock["down"]) * widened)
        return positive(deviation * multiplier - ratio(shock["down_shift"]) * root)

    def shifted(self, factor):
        """The forward once the index has moved by a factor."""
        return self.moving * factor + self.fixed

    def option(self, leg, forward, deviation):
        """Discounted value of one lot."""
        if not self.alive:
            return black76.intrinsic(forward, leg["strike"], leg["kind"] == "call")
        return self.discount * black76.value(forward, mpf(leg["strike"]), deviation, leg["kind"] == "call")

    def options(self, legs, factor, deviation_of):
        """Discounted value of all options, ticks × lots."""
        forward = self.shifted(factor)
        return mp.fsum(leg["lots"] * self.option(leg, forward, deviation_of(leg)) for leg in legs)

    def intrinsic(self, legs, forward):
        """Discounted intrinsic value of all options, ticks × lots."""
        payoff = lambda leg: black76.intrinsic(forward, leg["strike"], leg["kind"] == "call")
        return self.discount * mp.fsum(leg["lots"] * payoff(leg) for leg in legs)

    def scaled(self, value):
        """An option value by its long or short discount factor; from expiry on it is money."""
        if not self.alive:
            return value
        return value * (self.long if value >= 0 else self.short)


def is_option(leg):
    """Calls and puts."""
    return leg["kind"] in ("call", "put")


def value_unit(market):
    """µUSD of one tick × lot."""
    return mpf(10) ** (6 - market["price_decimals"] - market["quantity_decimals"])


def factors(market):
    """Price factors of all nodes, core first."""
    return [q(bits, 28) for bits in market["price_factors"]]


def exists(market, row, node):
    """Whether a cell is part of the scenario set."""
    return market["mask"][row] >> node & 1 == 1


def core_count(market):
    """Number of core nodes."""
    return market["core_nodes"]


class Revaluation:
    """P&L of a book in every (row, node), whether or not the cell exists."""

    def __init__(self, market, legs, with_hedge=True, is_alone=False):
        self.market, self.legs, self.is_alone = market, legs, is_alone
        self.unit = value_unit(market)
        self.expiries = [Expiry(market, inputs) for inputs in market["expiries"]]
        self.nodes = factors(market)
        self.hedge = mpf(market["hedge_value"]) if with_hedge else mpf(0)
        self.linear = self.linear_exposure()
        self.base, self.option_profits = [], []
        for index, expiry in enumerate(self.expiries):
            options = self.options_of(index)
            base = expiry.options(options, mpf(1), expiry.deviation)
            self.base.append(base)
            self.option_profits.append(self.profits_of(expiry, options, base))
        self.profits = [
            [
                self.linear * (factor - 1) + mp.fsum(profits[row][node] for profits in self.option_profits)
                for node, factor in enumerate(self.nodes)
            ]
            for row in (UP, FLAT, DOWN)
        ]

    def options_of(self, index):
        return [leg for leg in self.legs if is_option(leg) and leg["expiry"] == index]

    def futures_of(self, index):
        return [leg for leg in self.legs if leg["kind"] == "future" and leg["expiry"] == index]

    def linear_exposure(self):
        exposure = self.hedge
        for leg in self.legs:
            if leg["kind"] == "perpetual":
                exposure += leg["lots"] * mpf(self.market["price"]) * self.unit
            elif leg["kind"] == "future":
                exposure += leg["lots"] * self.expiries[leg["expiry"]].moving * self.unit
        return exposure

    def profits_of(self, expiry, options, base):
        if not options:
            return [[mpf(0)] * len(self.nodes)] * 3
        shock = self.market["volatility"]
        rows = []
        for row in (UP, FLAT, DOWN):
            shocked = {id(leg): expiry.row_deviation(shock, expiry.deviation(leg), row) for leg in options} if (
                expiry.alive
            ) else {}
            deviation_of = lambda leg: shocked.get(id(leg))
            rows.append([
                (expiry.scaled(expiry.options(options, factor, deviation_of)) - base) * self.unit
                for factor in self.nodes
            ])
        return rows

    def cells(self):
        """Losses per row and node, tails weighted; None where the cell does not exist."""
        count = core_count(self.market)
        losses = []
        for row in (UP, FLAT, DOWN):
            line = []
            for node in range(len(self.nodes)):
                weight = mpf(1) if node < count else ratio(self.market["tail_weights"][node - count])
                line.append(-weight * self.profits[row][node] if exists(self.market, row, node) else None)
            losses.append(line)
        self.add_near_expiry(losses)
        return losses

    def add_near_expiry(self, losses):
        """Losses that hide between the nodes of an expiry whose options have become nearly piecewise linear."""
        count = core_count(self.market)
        nodes = self.nodes[:count]
        half_step = ratio(self.market["scan_range"]) / (count - 1)
        for index, expiry in enumerate(self.expiries):
            options = self.options_of(index)
            if not options or not expiry.alive or not expiry.surface_deviation(expiry.forward) < half_step:
                continue
            moves = [nodes[0], nodes[-1]]
            if not self.is_alone:
                inside = [(leg["strike"] - expiry.fixed) / expiry.moving for leg in options]
                moves += [move for move in inside if nodes[0] <= move <= nodes[-1]]
            for move in moves:
                payoff = expiry.intrinsic(options, expiry.shifted(move))
                own = (expiry.scaled(payoff) - self.base[index]) * self.unit
                nearest = min(range(count), key=lambda node: (abs(nodes[node] - move), node))
                for row in (UP, FLAT, DOWN):
                    # A position alone takes its worst end whether or not the cell exists, or it could need less than
                    # the same position in a book whose strikes lie inside the range.
                    lacking = any(losses[row][node] is None for node in neighbours(nodes, move))
                    if lacking and not self.is_alone:
                        continue
                    others = [self.profits[row][node] - self.option_profits[index][row][node] for node in range(count)]
                    profit = own + interpolated(nodes, others, move)
                    before = losses[row][nearest]
                    losses[row][nearest] = -profit if before is None else max(before, -profit)

    def skew(self, absolute):
        """Loss of one skew scenario."""
        shape = self.market["skew"]
        if not shape["absolute" if absolute else "linear"]:
            return None
        total = mpf(0)
        for index, expiry in enumerate(self.expiries):
            options = self.options_of(index)
            if not options or not expiry.alive:
                continue
            skewed = lambda leg: expiry.deviation(leg) * skew_multiplier(shape, expiry, leg, absolute)
            value = expiry.options(options, mpf(1), skewed)
            if shape["discounted"]:
                value = expiry.scaled(value)
            total += abs(value - self.base[index]) * self.unit
        return total

    def basis(self):
        """Loss of the basis scenario: the sum over expiries."""
        shape = self.market["basis"]
        total = mpf(0)
        for index, expiry in enumerate(self.expiries):
            futures = mp.fsum(leg["lots"] for leg in self.futures_of(index)) * expiry.moving
            options = self.options_of(index)
            worst = mpf(0)
            for factor in (1 + ratio(shape["up"]), 1 - ratio(shape["down"])):
                value = expiry.options(options, factor, expiry.deviation) if options else mpf(0)
                worst = min(worst, value - self.base[index] + futures * (factor - 1))
            total += -worst * (ratio(shape["add"]) + ratio(shape["multiple"]) * expiry.time) * self.unit
        return total


def neighbours(nodes, move):
    """The nodes that a move is interpolated from: one, if it is at a node."""
    for left in range(len(nodes) - 1):
        if move < nodes[left + 1]:
            return [left] if move == nodes[left] else [left, left + 1]
    return [len(nodes) - 1]


def interpolated(nodes, values, move):
    """Linear interpolation between neighbouring nodes."""
    for left in range(len(nodes) - 1):
        if move <= nodes[left + 1]:
            share = (move - nodes[left]) / (nodes[left + 1] - nodes[left])
            return values[left] + share * (values[left + 1] - values[left])
    return values[-1]


def skew_multiplier(shape, expiry, leg, absolute):
    """Factor of an option's volatility in a skew scenario."""
    log_strike = mp.log(leg["strike"] / expiry.forward)
    if absolute:
        log_strike = abs(log_strike)
    root = mp.sqrt(expiry.time)
    cap = ratio(shape["base"]) * root + ratio(shape["scale_cap"])
    volatility = ratio(shape["volatility_static"]) + root * ratio(shape["volatility_scale"])
    spread = root * q(shape["width"], 28) * volatility
    reach = max(ratio(shape["least_log_strike"]), spread)
    return positive(1 + clamp(log_strike * cap / reach, -cap, cap))


class Losses:
    """What a book can lose: cells, skew, basis, and the largest of them."""

    def __init__(self, revaluation):
        market = revaluation.market
        count = core_count(market)
        cells = revaluation.cells()
        self.core = [row[:count] for row in cells]
        self.tails = [row[count:] for row in cells]
        self.skew = [revaluation.skew(False), revaluation.skew(True)]
        self.basis = revaluation.basis()
        every = [loss for row in cells for loss in row if loss is not None]
        self.scan = max([mpf(0), self.basis, *every, *(loss for loss in self.skew if loss is not None)])
        self.binding = self.binding_scenario(cells, count)

    def binding_scenario(self, cells, count):
        """(row, node) of the largest loss; row 3 is skew, row 4 basis."""
        worst, binding = mpf(0), (FLAT, count // 2)
        candidates = [(loss, (row, node)) for row, line in enumerate(cells) for node, loss in enumerate(line)]
        candidates += [(loss, (3, kind)) for kind, loss in enumerate(self.skew)] + [(self.basis, (4, 0))]
        for loss, place in candidates:
            if loss is not None and loss > worst:
                worst, binding = loss, place
        return list(binding)


def together(market):
    """Losses of the whole book of a market."""
    return Losses(Revaluation(market, market["legs"]))


def alone(market):
    """Loss of every position by itself, the declared hedge first."""
    losses = []
    if market["hedge_value"] != 0:
        losses.append(Losses(Revaluation(market, [], True, True)).scan)
    for leg in market["legs"]:
        losses.append(Losses(Revaluation(market, [leg], False, True)).scan)
    return losses
