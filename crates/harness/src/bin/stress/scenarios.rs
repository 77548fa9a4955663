//! What happens to the market, and who is there to liquidate.

/// Slots of a minute.
pub const MINUTE: u64 = 150;
/// Slots after the last fall until a run ends at the latest.
const AFTERMATH: u64 = 15 * MINUTE;

/// A crash and those who have to deal with it.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What happens, in words.
    pub what: &'static str,
    /// How far BTC has fallen after so many slots, hundredths of a per cent; straight in between.
    path: &'static [(u64, i64)],
    /// Slots in which the oracles of the underlyings publish nothing.
    stall: Option<(u64, u64)>,
    /// Slots in which they publish with a wide confidence.
    wide: Option<(u64, u64)>,
    /// What the liquidators' sales do to prices; nothing: they leave them alone.
    pub impact: Option<Impact>,
    /// The liquidators.
    pub staff: Staff,
}

/// How prices give way to what liquidators sell, in shares of the price at the start. An assumption, not a measurement.
#[derive(Clone, Copy)]
pub struct Impact {
    /// How far a price falls when as much is sold net as all traders held of the underlying in perpetuals and futures.
    pub depth: f64,
    /// What of that is left from one publication to the next.
    pub memory: f64,
}

/// The liquidators of a scenario.
#[derive(Clone, Copy)]
pub struct Staff {
    /// How many there are.
    pub count: usize,
    /// Their capital together, dollars for each trader.
    pub capital: i64,
    /// Slots from what a liquidator sees to where its transactions land.
    pub reaction: u64,
    /// Slots in which none of them does anything.
    pub absent: Option<(u64, u64)>,
}

/// Enough liquidators, all awake.
const PRESENT: Staff = Staff { count: 8, capital: 4_000, reaction: 4, absent: None };
/// Two with little capital who take ten seconds for everything.
const FEW: Staff = Staff { count: 2, capital: 500, reaction: 25, absent: None };

/// Selling a hundredth of what traders held moves the price by half a hundredth; half of that is gone after two minutes.
const HALF_A_HUNDREDTH: Option<Impact> = Some(Impact { depth: 0.5, memory: 0.977 });

const SMOOTH_20: &[(u64, i64)] = &[(0, 0), (3 * MINUTE, 2_000)];
const SMOOTH_40: &[(u64, i64)] = &[(0, 0), (5 * MINUTE, 4_000)];
const SMOOTH_60: &[(u64, i64)] = &[(0, 0), (8 * MINUTE, 6_000)];
const GAPS_40: &[(u64, i64)] =
    &[(0, 0), (MINUTE, 1_000), (MINUTE + 10, 2_200), (2 * MINUTE, 2_200), (2 * MINUTE + 10, 4_000)];
const REBOUND_15: &[(u64, i64)] = &[(0, 0), (3 * MINUTE, 1_500), (10 * MINUTE, 300)];
const REBOUND_30: &[(u64, i64)] = &[(0, 0), (5 * MINUTE, 3_000), (20 * MINUTE, 500)];
const WHIPSAW_30: &[(u64, i64)] =
    &[(0, 0), (3 * MINUTE, 2_500), (6 * MINUTE, 500), (10 * MINUTE, 3_000), (15 * MINUTE, 1_000)];
/// Prices stand for ten minutes, in which they recover from most of what sales did to them.
const FEEDBACK_20: &[(u64, i64)] = &[(0, 0), (3 * MINUTE, 2_000), (13 * MINUTE, 2_000)];
const FEEDBACK_40: &[(u64, i64)] = &[(0, 0), (5 * MINUTE, 4_000), (15 * MINUTE, 4_000)];

/// All scenarios.
pub const ALL: [Scenario; 12] = [
    Scenario {
        name: "fall-20",
        what: "BTC falls by 20 % in three minutes",
        path: SMOOTH_20,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "fall-40",
        what: "BTC falls by 40 % in five minutes",
        path: SMOOTH_40,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "fall-60",
        what: "BTC falls by 60 % in eight minutes",
        path: SMOOTH_60,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "gaps-40",
        what: "BTC falls by 40 % in two minutes, most of it in two gaps",
        path: GAPS_40,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "stall-40",
        what: "as fall-40, but the oracles widen their confidence after a minute, stall from the second minute to the \
               fourth and come back wide",
        path: SMOOTH_40,
        stall: Some((2 * MINUTE, 4 * MINUTE)),
        wide: Some((MINUTE, 6 * MINUTE)),
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "absent-40",
        what: "as fall-40, but no liquidator does anything from the first minute to the fourth",
        path: SMOOTH_40,
        stall: None,
        wide: None,
        impact: None,
        staff: Staff { absent: Some((MINUTE, 4 * MINUTE)), ..PRESENT },
    },
    Scenario {
        name: "few-60",
        what: "as fall-60, with two slow liquidators who have an eighth of the capital",
        path: SMOOTH_60,
        stall: None,
        wide: None,
        impact: None,
        staff: FEW,
    },
    Scenario {
        name: "rebound-15",
        what: "BTC falls by 15 % in three minutes and recovers to 3 % below the start in the next seven",
        path: REBOUND_15,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "rebound-30",
        what: "BTC falls by 30 % in five minutes and recovers to 5 % below the start in the next fifteen",
        path: REBOUND_30,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "whipsaw-30",
        what: "BTC falls by 25 % in three minutes, is 5 % below the start after six, 30 % after ten and 10 % after fifteen",
        path: WHIPSAW_30,
        stall: None,
        wide: None,
        impact: None,
        staff: PRESENT,
    },
    Scenario {
        name: "feedback-20",
        what: "as fall-20, and what liquidators sell pushes prices, which recover in the ten minutes after",
        path: FEEDBACK_20,
        stall: None,
        wide: None,
        impact: HALF_A_HUNDREDTH,
        staff: PRESENT,
    },
    Scenario {
        name: "feedback-40",
        what: "as fall-40, and what liquidators sell pushes prices, which recover in the ten minutes after",
        path: FEEDBACK_40,
        stall: None,
        wide: None,
        impact: HALF_A_HUNDREDTH,
        staff: PRESENT,
    },
];

impl Scenario {
    /// How far BTC has fallen, hundredths of a per cent.
    pub fn fall(&self, slot: u64) -> i64 {
        let mut before = self.path[0];
        for &after in self.path {
            if slot < after.0 {
                let (from, to) = (before.1, after.1);
                return from + (to - from) * (slot - before.0) as i64 / (after.0 - before.0) as i64;
            }
            before = after;
        }
        before.1
    }

    /// How far BTC has fallen at most until then, hundredths of a per cent.
    pub fn deepest_fall(&self, slot: u64) -> i64 {
        let turns = self.path.iter().filter(|(turn, _)| *turn <= slot).map(|(_, fall)| *fall);
        turns.chain([self.fall(slot)]).max().unwrap_or(0)
    }

    /// The slot from which prices stand, and the oracles publish as usual.
    pub fn ends_at(&self) -> u64 {
        let last = self.path.last().map_or(0, |(slot, _)| *slot);
        let wide = self.wide.map_or(0, |(_, until)| until);
        let absent = self.staff.absent.map_or(0, |(_, until)| until);
        last.max(wide).max(absent)
    }

    /// The slot in which a run ends at the latest.
    pub fn horizon(&self) -> u64 {
        self.ends_at() + AFTERMATH
    }

    /// Whether the oracles publish.
    pub fn publishes(&self, slot: u64) -> bool {
        !is_within(self.stall, slot)
    }

    /// Whether they publish with a wide confidence.
    pub fn is_wide(&self, slot: u64) -> bool {
        is_within(self.wide, slot)
    }

    /// Whether the liquidators do anything.
    pub fn is_staffed(&self, slot: u64) -> bool {
        !is_within(self.staff.absent, slot)
    }
}

fn is_within(span: Option<(u64, u64)>, slot: u64) -> bool {
    span.is_some_and(|(from, until)| (from..until).contains(&slot))
}
