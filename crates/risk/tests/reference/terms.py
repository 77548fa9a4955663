"""Books in one market, each for one term of the model, with everything that the model makes of them."""

from random import Random

from mpmath import mpf

from charges import Charges, Marks
from inputs import (COINS, TAILS, basis_shock, call, charge_rates, concentration, discounting, expiry, future,
                    market, perpetual, put, random_expiry, random_legs, scenario_nodes, skewing, volatility_shock)
from scenarios import Revaluation, alone, together
from units import decimals


def charge_outputs(charges):
    """Every charge by name."""
    return {name: decimals(value) for name, value in vars(charges).items()}


def mark_outputs(marks):
    """Every mark and Greek by name."""
    return {name: decimals(value) for name, value in vars(marks).items()}


def outputs(book):
    """What the model makes of a book."""
    losses, marks = together(book), Marks(book)
    return {
        "marks": mark_outputs(marks),
        "core": decimals(losses.core),
        "tails": decimals(losses.tails),
        "skew": decimals(losses.skew),
        "basis": decimals(losses.basis),
        "scan_loss": decimals(losses.scan),
        "binding": losses.binding,
        "alone": decimals(alone(book)),
        "charges": charge_outputs(Charges(book, marks, True)),
        "charges_alone": charge_outputs(Charges(book, marks, False)),
    }


def random_book(random, count=8, expiries=2, options_only=False, spread=0.5, seconds=None, expiry_changes=None,
                **changes):
    """A random book in a random coin, with the changes to the market that a term asks for."""
    base = market(**random.choice(COINS), **changes)
    base["expiries"] = [random_expiry(random, seconds, **(expiry_changes or {})) for _ in range(expiries)]
    base["legs"] = random_legs(random, base, count, options_only, spread)
    return base


def linear(random):
    """Perpetual with a published basis, futures, hedge."""
    for index in range(4):
        book = random_book(random, 4, perpetual_basis=random.randrange(-(2**24), 2**24))
        book["hedge_value"] = random.choice([0, 250_000_000_000 + index])
        book["legs"] = [perpetual(random.randrange(-9_999, 9_999), -77)] + [
            future(expiry_index, random.randrange(-9_999, 9_999), 5) for expiry_index in (0, 1)]
        yield book


def shocks(random):
    """Volatility rows: term factors, floors, shifts, staleness."""
    laws = [
        {}, {"up": "0.6", "down": "1", "exponent_near": "0.5"}, {"up_shift": "0.1", "down_shift": "0.05"},
        {"up": "0", "down": "0", "up_floor": "0", "up_shift": "0.35", "down_shift": "0.35"},
        {"up_floor": "2.5"}, {"exponent_far": "0.6", "floor_seconds": 2_000_000},
    ]
    for index, law in enumerate(laws):
        widening = ["1", "1.5", "2"][index % 3]
        yield random_book(random, 6, volatility=volatility_shock(**law), expiry_changes={"widening": widening})


def averaging(random):
    """The last half hour, and an expiry that is over."""
    for share in (0.1, 0.5, 0.95):
        book = random_book(random, 8, 1, spread=0.06, seconds=int(1_800 * (1 - share)))
        book["expiries"][0].update(
            average=round(book["price"] * random.uniform(0.97, 1.03)), fixed_share=round(share * 2**28))
        book["expiries"].append(random_expiry(random))
        book["legs"] += [call(1, book["price"], 3)]
        yield book
    over = random_book(random, 8, 1, spread=0.06)
    over["expiries"][0].update(seconds=0, average=round(over["price"] * 1.01), fixed_share=2**28)
    yield over


def discounts(random):
    """Discount factors of long and of short option value, by the sign of an expiry's value."""
    shapes = [
        {}, {"long_base": "0.95", "short_base": "1.05"}, {"long_rate": "0.5", "long_add": "0.12", "short_rate": "0.25"},
        {"short_rate": "2", "short_add": "0.03", "short_base": "1.01"}, {"long_base": "0.97", "long_add": "0.05"},
    ]
    for shape in shapes:
        for sign in (1, -1, 0):
            book = random_book(random, 6, 3, discount=discounting(**shape), expiry_changes={"rate": 0.08})
            for leg in book["legs"]:
                leg["lots"] = abs(leg["lots"]) * sign if sign else leg["lots"]
            yield book


def masks(random):
    """Three to eleven nodes, masked cells, flat tails."""
    for count in (3, 5, 7, 9, 11):
        yield random_book(random, 6, **scenario_nodes(count, "0.27", TAILS[:count - 3]))
    # The ends of the range only with volatility up.
    core, inner, tails = 0x1FF, 0x0FE, 0x1FE00
    yield random_book(random, 8, **scenario_nodes(9, "0.18", TAILS, [core | tails, inner, inner]))
    # Three times the range without a change of volatility, at 35 %: the extreme scenarios of SPAN.
    extremes = [(0.52, "0.35"), (1.48, "0.35")]
    yield random_book(random, 8, **scenario_nodes(7, "0.16", extremes, [0x7F, 0x180, 0x7F]))
    # Nothing but the middle.
    yield random_book(random, 8, **scenario_nodes(9, "0.16", [], [0x10, 0x10, 0x10]))


def skews(random):
    """Linear and absolute skew, plain and discounted."""
    for index, (first, second) in enumerate([(True, False), (False, True), (True, True)]):
        for discounted in (False, True):
            shape = skewing(first, second, discounted, base=["0.06", "0.3", "1"][index], volatility_scale="0.2")
            still = volatility_shock(up="0", down="0", up_floor="0")
            yield random_book(random, 8, 3, options_only=True, skew=shape, discount=discounting(long_base="0.98"),
                              **scenario_nodes(9, "0.01", []), volatility=still)
    yield random_book(random, 10, 3, skew=skewing(scale_cap="1.5", width=0.01, volatility_static="0.1"))


def bases(random):
    """Basis of futures and options, symmetric and not."""
    narrow = scenario_nodes(9, "0.01", [])
    for shape in (basis_shock(), basis_shock("1", "3.5"), basis_shock("0.2", "0", "0.09", "0.01"),
                  basis_shock("0", "1", "0", "0.3")):
        yield random_book(random, 8, 3, basis=shape, **narrow)
        yield random_book(random, 8, 3, basis=shape)


def near_expiries(random):
    """Losses between nodes of an expiry whose options are nearly at their intrinsic value."""
    for seconds in (600, 5_400, 21_600, 43_200):
        for coins in range(3):
            book = random_book(random, 10, 1, spread=0.17, seconds=seconds, expiry_changes={"volatility": 0.45})
            if coins:
                book["expiries"].append(random_expiry(random))
                book["legs"] += random_legs(random, book, 4)
                book["legs"] = list({(leg["kind"], leg.get("expiry"), leg.get("strike")): leg
                                     for leg in book["legs"]}.values())
            if seconds < 1_800:
                book["expiries"][0].update(average=round(book["price"] * 1.004), fixed_share=round(2**28 * 2 / 3))
            yield book
    # Some of the cells at which such losses would count do not exist.
    yield random_book(random, 10, 1, spread=0.17, seconds=20_000, expiry_changes={"volatility": 0.4},
                      **scenario_nodes(9, "0.16", TAILS, [0x1FFFF, 0x0FE, 0x0FE]))


def marked(random):
    """Volatilities given option by option, in place of the surface."""
    for _ in range(4):
        book = random_book(random, 8, 2, skew=skewing(), basis=basis_shock())
        volatilities = {}
        for leg in book["legs"]:
            if leg["kind"] in ("call", "put"):
                drawn = random.randrange(2**26, 2**29)
                leg["volatility"] = volatilities.setdefault((leg["expiry"], leg["strike"]), drawn)
        yield book


def charges(random):
    """Naked shorts, linear notional, confidence, concentration."""
    for quality in (1.0, 0.549, 0.2, 0.0):
        yield random_book(random, 10, 3, quality=round(quality * 2**30), expiry_changes={"quality": quality / 2})
    small = concentration(10_000, "3", "0.2")
    for shape in (concentration(0, "3.9", "1"), small, concentration(100_000, "1", "0.01")):
        rates = charge_rates(concentration_delta=shape, concentration_vega=shape, naked_short_maintenance="0.05",
                             naked_short_initial="0.04", linear_maintenance="0.1", linear_initial="0.2")
        yield random_book(random, 10, 3, charges=rates)


def whole(random):
    """Everything at once."""
    for index in range(24):
        shape = discounting(long_base=random.choice(["1", "0.97"]), long_add=random.choice(["0", "0.05"]),
                            short_add=random.choice(["0", "0.02"]))
        book = random_book(
            random, random.randrange(2, 14), random.randrange(1, 4), discount=shape, basis=basis_shock(),
            skew=skewing(discounted=index % 3 == 0), perpetual_basis=random.randrange(-(2**24), 2**24),
            hedge_value=random.choice([0, random.randrange(10**12)]),
            expiry_changes={"widening": random.choice(["1", "1.25", "2"]), "quality": random.random()},
            quality=random.randrange(2**30), **scenario_nodes(random.choice([9, 11]), random.choice(["0.16", "0.3"])))
        if index % 4 == 0:
            book["expiries"][0] = random_expiry(random, 14_400, volatility=0.4)
        if index % 4 == 1:
            book["expiries"][0] = random_expiry(random, 900)
            book["expiries"][0].update(average=round(book["price"] * 0.995), fixed_share=2**27)
        yield book


def parity():
    """A conversion: long future, short call, long put at one strike. Without rates nothing but charges is left."""
    book = market(expiries=[expiry(2_592_000, 0.6, 0.01, 0.0, -0.2)])
    book["legs"] = [future(0, 1_000), call(0, 9_000_000, -1_000), put(0, 9_000_000, 1_000)]
    return book


def far_strikes():
    """Strikes beyond the fast path: eight to fifteen hundred times the forward, and a thousandth of it."""
    book = market(expiries=[expiry(30_000_000, 1.2, 0.0, 0.03)])
    book["legs"] = [call(0, 90_000_000, -400), call(0, 170_000_000, -300), call(0, 15_000_000_000, -200),
                    put(0, 10_000, -700), put(0, 170_000_000, 5)]
    return book


def short_fly():
    """A short butterfly 0.5 % wide, about halfway between two nodes, six hours before expiry."""
    book = market(expiries=[expiry(21_600, 0.5, 0.0005)])
    book["legs"] = [call(0, 10_150_000, -1_000), call(0, 10_200_000, 2_000), call(0, 10_250_000, -1_000)]
    return book


def densest_loss(book, points=3_201):
    """Largest loss at any of many moves across the scan range, volatility flat or down, on no node in particular."""
    span = (book["price_factors"][0], book["price_factors"][book["core_nodes"] - 1])
    factors = [round(span[0] + mpf(span[1] - span[0]) * index / (points - 1)) for index in range(points)]
    every = (1 << points) - 1
    dense = dict(book, price_factors=factors, core_nodes=points, tail_weights=[], mask=[0, every, every])
    profits = Revaluation(dense, book["legs"]).profits
    return max(-profit for row in (1, 2) for profit in profits[row])


TERMS = [linear, shocks, averaging, discounts, masks, skews, bases, near_expiries, marked, charges, whole]


def cases(seed):
    """All books by term, with outputs."""
    for term in TERMS:
        random = Random(f"{term.__name__} {seed}")
        for number, book in enumerate(term(random)):
            yield {"name": f"{term.__name__} {number}", "market": book, "expected": outputs(book)}
    for build in (parity, far_strikes):
        book = build()
        yield {"name": build.__name__, "market": book, "expected": outputs(book)}
    fly = short_fly()
    yield {"name": "short_fly", "market": fly, "expected": outputs(fly) | {"densest_loss": decimals(densest_loss(fly))}}
