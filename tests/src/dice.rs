//! A reproducible source of choices.

/// The same choices for the same seed, on every machine (xorshift64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a seed other than zero.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number from zero to `sides` − 1.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    /// One of several things.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len() as u64) as usize]
    }

    /// True once in `times` rolls.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    /// A number from `lowest` to `highest`.
    pub fn between(&mut self, lowest: i64, highest: i64) -> i64 {
        lowest + self.roll(highest.abs_diff(lowest) + 1) as i64
    }

    /// An amount: mostly up to `usual`, of any order of magnitude, and once in a while one that no amount should be.
    pub fn amount(&mut self, usual: u64) -> u64 {
        match self.roll(24) {
            0 => 0,
            1 => 1,
            2 => u64::MAX - self.roll(2),
            3 => usual.saturating_mul(1_000),
            _ => {
                let magnitude = usual >> self.roll(8);
                1 + self.roll(magnitude.max(1))
            }
        }
    }
}
