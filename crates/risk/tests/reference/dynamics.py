"""What every accepted oracle publication moves: variances, regime, scan range, stable price."""

from mpmath import mp, mpf

from units import DAY, HOUR, YEAR, clamp, q, ratio

FAST, SLOW = DAY, 30 * DAY


class Dynamics:
    """The state of one market over a sequence of publications."""

    def __init__(self, shape):
        self.shape = shape
        self.fast = self.slow = ratio(shape["seed_volatility"]) ** 2
        self.counted = self.last = None
        self.range = self.maintenance_range = ratio(shape["seed_scan_range"])
        self.stable = None

    def publish(self, price, time, implied_variance):
        """Takes a publication: price in ticks, time in seconds, the market's largest implied variance."""
        elapsed = 0 if self.last is None else time - self.last
        self.update_variance(price, time)
        self.update_stable(price, elapsed)
        self.update_range(implied_variance, min(elapsed, DAY))
        self.last = time

    def update_variance(self, price, time):
        if self.counted is None:
            self.counted = (price, time)
            return
        seconds = time - self.counted[1]
        if seconds < self.shape["least_interval"]:
            return
        rate = mp.log(mpf(price) / self.counted[0]) ** 2 * YEAR / seconds
        keep_fast, keep_slow = mp.exp(-mpf(seconds) / FAST), mp.exp(-mpf(seconds) / SLOW)
        self.fast = keep_fast * self.fast + (1 - keep_fast) * rate
        self.slow = keep_slow * self.slow + (1 - keep_slow) * rate
        self.counted = (price, time)

    def update_stable(self, price, elapsed):
        if self.stable is None:
            self.stable = mpf(price)
            return
        most = self.stable * ratio(self.shape["stable_growth_per_hour"]) * min(elapsed, HOUR) / HOUR
        self.stable += clamp(price - self.stable, -most, most)

    def target(self, implied_variance):
        """The scan range that the variances ask for."""
        shape = self.shape
        implied = ratio(shape["implied_share"]) * implied_variance
        variance = max(self.fast, self.slow, implied)
        horizon = mpf(shape["horizon_seconds"]) / YEAR
        asked = q(shape["z"], 28) * mp.sqrt(horizon * variance)
        return clamp(asked, ratio(shape["range_floor"]), ratio(shape["range_cap"]))

    def update_range(self, implied_variance, elapsed):
        target = self.target(implied_variance)
        lowest = self.range * (1 - ratio(self.shape["fall_per_day"]) * elapsed / DAY)
        self.range = max(target, lowest)
        if self.range < self.maintenance_range:
            self.maintenance_range = self.range
        else:
            rise = self.range * elapsed / self.shape["ramp_seconds"]
            self.maintenance_range = min(self.range, self.maintenance_range + rise)

    def regime(self):
        """√(v_fast / v_slow) between ½ and 3."""
        return clamp(mp.sqrt(self.fast / self.slow), mpf(1) / 2, mpf(3))
