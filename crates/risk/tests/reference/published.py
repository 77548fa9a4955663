"""Numbers that others have published, with their sources, checked against this reference as they are written."""

from mpmath import mp, mpf

import black76

BLACK_76 = {
    "source": "lyra-finance/lyra-utils, commit 759e962, test/math/Black76.t.sol",
    "note": "Undiscounted forward, discount factor as stated; time in seconds, year of 365 days.",
    # seconds, volatility, forward, strike, discount, call, put, forward delta of the call
    "rows": [
        [604_800, "1", "1500", "1500", "1", "82.805080668634559515", "82.805080668634559515", "0.5276016935562116"],
        [2_592_000, "0.25", "1000", "1200", "0.9991784198737006", "0.137082128426579297", "199.972766103166719631",
         "0.006071372605597036"],
        [172_800, "0.75", "1000", "700", "0.9998904169635637", "299.967125089526177817", "0.00000000045708468", None],
        [31_536_000, "5", "1000", "700", "0.9801986733067553", "970.034553583819047162", "675.974951591792546424",
         "0.9949346359666408"],
    ],
}

SVI = {
    "source": "lyra-finance/lyra-utils, commit 759e962, test/math/SVI.t.sol",
    "note": "Raw SVI: total variance a + b(ρ(k − m) + √((k − m)² + σ²)), volatility its root over √τ.",
    "tau": "0.038356164383561646", "a": "0.027616438356164386", "b": "0.041424657534246574",
    "rho": "0.003452054794520548", "m": "0.001726027397260274", "sigma": "0.000345205479452055", "forward": "1805",
    "strikes": ["1500", "1800", "2100", "2400"],
    "volatilities": ["0.9597244734120128", "0.8513856076969522", "0.939244986304054", "1.0133571334275668"],
}

SPAN = {
    "source": "L. McMillan's example of SPAN margins for an S&P 500 future and a December 410 call",
    "note": "Gains in dollars, in the standard order of the 16 scenarios: price unchanged, +1/3, −1/3, +2/3, −2/3, +1,"
            " −1 of the scan range, each with volatility up, then down; then the extreme moves up and down, weighted.",
    "long_future": [0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000,
                    -7000],
    "long_call": [460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430, 8060, 7640, -3380, -3990, 3130,
                  -1500],
    "covered_write": [-460, 610, 690, 1600, -2060, -990, 1460, 2130, -4130, -3240, 1940, 2360, -6620, -6010, 3870,
                      -5500],
    "requirements": {"long_call": 3990, "long_future": 10000, "covered_write": 6620},
}


def check():
    """Asserts that the reference agrees with what was published, to the digits that were."""
    for seconds, volatility, forward, strike, discount, call, put, delta in BLACK_76["rows"]:
        deviation = mpf(volatility) * mp.sqrt(mpf(seconds) / 31_536_000)
        forward, strike, discount = mpf(forward), mpf(strike), mpf(discount)
        undiscounted = black76.call(forward, strike, deviation)
        assert abs(discount * undiscounted - mpf(call)) < mpf(10) ** -12, (call, undiscounted)
        assert abs(discount * (undiscounted - forward + strike) - mpf(put)) < mpf(10) ** -12, put
        if delta:
            assert abs(mp.ncdf(black76.distances(forward, strike, deviation)[0]) - mpf(delta)) < mpf(10) ** -12, delta
    parameters = {name: mpf(SVI[name]) for name in ("tau", "a", "b", "rho", "m", "sigma", "forward")}
    for strike, volatility in zip(SVI["strikes"], SVI["volatilities"]):
        distance = mp.log(mpf(strike) / parameters["forward"]) - parameters["m"]
        root = mp.sqrt(distance**2 + parameters["sigma"] ** 2)
        variance = parameters["a"] + parameters["b"] * (parameters["rho"] * distance + root)
        computed = mp.sqrt(variance / parameters["tau"])
        assert abs(computed - mpf(volatility)) < mpf(10) ** -12, (strike, computed)
    pairs = zip(SPAN["long_future"], SPAN["long_call"], SPAN["covered_write"])
    assert all(future - call == write for future, call, write in pairs)
    for name, required in SPAN["requirements"].items():
        assert max(-gain for gain in SPAN[name]) == required


def document():
    """All of it, checked."""
    check()
    return {"black_76": BLACK_76, "svi": SVI, "span": SPAN}
