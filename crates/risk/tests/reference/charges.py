"""Marks, Greeks and charges of one market, µUSD."""

from mpmath import mp, mpf

import black76
from scenarios import Expiry, is_option, value_unit
from units import positive, ratio


class Marks:
    """Values at the mark and net Greeks, and their gross counterparts.

    Delta per rise of the index by 100 %, to first order; gamma the change of delta per rise by 100 %; vega per 1.00 of
    volatility; theta per day; rho per 1.00 of all rates.
    """

    def __init__(self, market):
        unit = value_unit(market)
        index = mpf(market["price"])
        expiries = [Expiry(market, inputs) for inputs in market["expiries"]]
        self.option_value = mpf(0)
        self.linear_profit = mpf(0)
        self.gross_notional = mpf(0)
        hedge = mpf(market["hedge_value"])
        self.delta, self.gross_delta = hedge, abs(hedge)
        self.gamma = self.vega = self.gross_vega = self.theta = self.rho = mpf(0)
        for leg in market["legs"]:
            lots = mpf(leg["lots"]) * unit
            ledger = leg.get("ledger", 0)
            if leg["kind"] == "perpetual":
                mark = index * (1 + ratio(market["perpetual_basis"]))
                self.linear_profit += lots * mark + ledger
                self.gross_notional += abs(lots) * index
                delta = lots * index
            elif leg["kind"] == "future":
                expiry = expiries[leg["expiry"]]
                self.linear_profit += lots * expiry.forward + ledger
                self.gross_notional += abs(lots) * expiry.forward
                delta = lots * expiry.moving
            else:
                self.gross_notional += abs(lots) * index
                delta = self.add_option(expiries[leg["expiry"]], leg, lots)
            self.delta += delta
            self.gross_delta += abs(delta)

    def add_option(self, expiry, leg, lots):
        is_call = leg["kind"] == "call"
        if not expiry.alive:
            self.option_value += lots * black76.intrinsic(expiry.forward, leg["strike"], is_call)
            return mpf(0)
        deviation = expiry.deviation(leg)
        strike = mpf(leg["strike"])
        self.option_value += lots * expiry.option(leg, expiry.forward, deviation)
        first, density, second = black76.greeks(expiry.forward, strike, deviation, is_call)
        vega = lots * expiry.discount * expiry.forward * density * mp.sqrt(expiry.time)
        self.vega += vega
        self.gross_vega += abs(vega)
        self.gamma += lots * expiry.discount * expiry.moving * density / deviation
        decay = expiry.discount * expiry.forward * density * deviation / (2 * expiry.time)
        self.theta -= lots * decay / 365
        self.rho += lots * expiry.discount * strike * second * expiry.time
        return lots * expiry.discount * expiry.moving * first


def naked_lots(market, netted):
    """Short options that nothing of their strike and expiry covers."""
    if not netted:
        return sum(max(0, -leg["lots"]) for leg in market["legs"] if is_option(leg))
    strikes = {}
    for leg in market["legs"]:
        if is_option(leg):
            pair = strikes.setdefault((leg["expiry"], leg["strike"]), {"call": 0, "put": 0})
            pair[leg["kind"]] += leg["lots"]
    naked = 0
    for pair in strikes.values():
        calls, puts = pair["call"], pair["put"]
        opposite = (calls < 0 < puts) or (puts < 0 < calls)
        naked += max(0, -(calls + puts)) if opposite else max(0, -calls) + max(0, -puts)
    return naked


def concentration(shape, amount):
    """Charge on |amount| (µUSD) beyond the free part."""
    beyond = positive(abs(amount) - shape["free"])
    slope = ratio(shape["slope"]) * beyond / mpf(10) ** 13
    return min(ratio(shape["cap"]), slope) * beyond


def confidence(market):
    """Charge for feeds of poor quality, on gross notional."""
    rates = market["charges"]
    unit = value_unit(market)
    index = mpf(market["price"])
    total = mpf(0)
    for leg in market["legs"]:
        if leg["kind"] == "perpetual":
            price, quality = index, market["quality"]
        else:
            inputs = market["expiries"][leg["expiry"]]
            quality = inputs["quality"]
            price = Expiry(market, inputs).forward if leg["kind"] == "future" else index
        if quality < rates["confidence_threshold"]:
            total += (1 - ratio(quality)) * ratio(rates["confidence_rate"]) * abs(leg["lots"]) * unit * price
    return total


class Charges:
    """Charges of a market, positions netted (cross and portfolio) or each alone (isolated)."""

    def __init__(self, market, marks, netted):
        rates = market["charges"]
        unit = value_unit(market)
        index = mpf(market["price"])
        naked = naked_lots(market, netted) * unit * index
        linear = mpf(0)
        for leg in market["legs"]:
            if leg["kind"] == "perpetual":
                linear += abs(leg["lots"]) * unit * index
            elif leg["kind"] == "future":
                linear += abs(leg["lots"]) * unit * Expiry(market, market["expiries"][leg["expiry"]]).forward
        self.naked_maintenance = ratio(rates["naked_short_maintenance"]) * naked
        self.naked_initial = ratio(rates["naked_short_initial"]) * naked
        self.linear_maintenance = ratio(rates["linear_maintenance"]) * linear
        self.linear_initial = ratio(rates["linear_initial"]) * linear
        self.confidence = confidence(market)
        delta, vega = (marks.delta, marks.vega) if netted else (marks.gross_delta, marks.gross_vega)
        self.concentration_delta = concentration(rates["concentration_delta"], delta)
        self.concentration_vega = concentration(rates["concentration_vega"], vega)
        self.maintenance = self.naked_maintenance + self.linear_maintenance
        concentrations = self.concentration_delta + self.concentration_vega
        self.initial = self.naked_initial + self.linear_initial + self.confidence + concentrations
