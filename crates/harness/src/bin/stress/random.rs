//! Numbers that follow from a seed.

/// The generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
pub struct Random(u64);

impl Random {
    /// The generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Whether something that happens this often in a hundred happens.
    pub fn happens(&mut self, per_cent: u64) -> bool {
        self.below(100) < per_cent
    }

    /// A number from −`limit` to `limit`, which is not negative.
    pub fn around_zero(&mut self, limit: i64) -> i64 {
        self.below(2 * limit.unsigned_abs() + 1) as i64 - limit
    }

    /// A number from `lowest` up that is as often in one doubling as in the next, of so many doublings.
    pub fn spread(&mut self, lowest: i64, doublings: u64) -> i64 {
        let start = lowest << self.below(doublings);
        start + self.below(start.unsigned_abs()) as i64
    }

    /// One of several things, each as often as its weight.
    pub fn weighted<T: Copy, const COUNT: usize>(&mut self, things: &[(T, u64); COUNT]) -> T {
        let total: u64 = things.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for &(thing, weight) in things {
            if left < weight {
                return thing;
            }
            left -= weight;
        }
        things[0].0
    }
}
