//! How profit and loss become cash: vesting, the pools of losses paid in, and expiry.

use ballast_risk::{MicroUsd, Price, RiskError, num, revaluation::MarketRisk};

use crate::{
    AccountMarket, Expiry, MarginAccount, Market, OptionKind, Position, PositionKind, VestingGain, book::BookRefusal,
    contract::ListedContract, revaluation::value_scale,
};

/// What a settlement moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Profit before, µUSD; negative for a loss.
    pub profit: i64,
    /// What moved between cash and pool, µUSD: positive was paid to the account.
    pub moved: i64,
}

impl AccountMarket {
    /// Lets gains vest: see [`VestingGain::vest`]. `premium` is what the options held cost.
    pub fn vest(&mut self, risk: &MarketRisk, premium: MicroUsd, now: i64, warm_up: u32) {
        let elapsed = if self.vested_at == 0 { 0 } else { now.saturating_sub(self.vested_at).max(0) };
        self.linear_gain.vest(risk.linear_profit.gain().0, now, elapsed, warm_up);
        self.option_gain.vest((risk.option_value - premium.gain()).gain().0, now, elapsed, warm_up);
        self.vested_at = now;
    }
}

impl VestingGain {
    /// Brings the gain up to `now`, `elapsed` seconds after the last time.
    ///
    /// What was there the last time and still is vests in a straight line: in full `warm_up` seconds after it was first
    /// seen, however often this is called. A gain that comes and goes with a mark never vests. What comes on top begins
    /// anew; the open part and the new one go on together, with the average of the times that they had left.
    pub fn vest(&mut self, gain: i64, now: i64, elapsed: i64, warm_up: u32) {
        let lasting = self.seen.min(gain);
        let vested = self.vested.min(lasting);
        let open = lasting.saturating_sub(vested).max(0);
        let left_before = self.vests_at.saturating_sub(now).saturating_add(elapsed);
        let vested = vested + portion(open, elapsed, left_before);

        let open = lasting.saturating_sub(vested).max(0);
        let fresh = gain.saturating_sub(lasting).max(0);
        let left = self.vests_at.saturating_sub(now).max(0);
        let left = weighted(left, open, i64::from(warm_up), fresh);
        *self = Self { seen: gain, vested, vests_at: now.saturating_add(left) };
    }

    /// Takes a gain that was paid out off what has vested.
    pub fn spend(&mut self, paid: i64) {
        self.vested = self.vested.saturating_sub(paid).max(0);
        self.seen = self.seen.saturating_sub(paid).max(0);
    }
}

impl Position {
    /// What of a perpetual's or future's gain may be paid out, µUSD, rounded down: the gain at a mark that followed the
    /// stable price instead of the index, where that is worse for the holder. A spike that lasts minutes pays nobody,
    /// and one that was there a day ago, and is there again, no more. What is out of range pays nothing.
    pub fn steady_gain(&self, market: &Market, mark: u64) -> i64 {
        let Ok(price) = Price::new(market.price) else { return 0 };
        let stable = market.prices.stable();
        let steady = if self.quantity > 0 {
            num::mul_div_floor(mark, stable.lower_of(price).ticks(), price.ticks())
        } else {
            num::mul_div_ceil(mark, stable.higher_of(price).ticks(), price.ticks())
        };
        let value = value_scale(market).ok().zip(steady);
        let value = value.and_then(|(scale, steady)| scale.value_floor(self.quantity, steady).ok());
        value.map_or(0, |value| value.0.saturating_add(self.ledger).max(0))
    }
}

/// `amount` × min(1, elapsed / span), rounded down.
fn portion(amount: i64, elapsed: i64, span: i64) -> i64 {
    if elapsed >= span {
        return amount;
    }
    let part = num::mul_div_floor(amount.unsigned_abs(), elapsed.unsigned_abs(), span.unsigned_abs());
    part.and_then(|part| i64::try_from(part).ok()).unwrap_or(0)
}

/// The average of two times, weighted by amounts that are not negative; rounded up.
fn weighted(time: i64, amount: i64, other_time: i64, other_amount: i64) -> i64 {
    let total = amount.saturating_add(other_amount).unsigned_abs();
    let part = |time: i64, amount: i64| {
        num::mul_div_ceil(time.unsigned_abs(), amount.unsigned_abs(), total).and_then(|part| i64::try_from(part).ok())
    };
    match (part(time, amount), part(other_time, other_amount)) {
        (Some(part), Some(other)) => part.saturating_add(other),
        _ => other_time,
    }
}

impl MarginAccount {
    /// Settles the perpetual, the future or the claim at `index` against its pool.
    ///
    /// What was pending of cuts is off the ledger already. A loss is paid as far as the cash goes; `gain_limit` bounds what
    /// a gain takes, and so does the pool, which holds only losses already paid in.
    pub fn settle_position(&mut self, market: &mut Market, index: usize, profit: i64, gain_limit: i64) -> Settled {
        let position = &mut self.positions[index];
        let pool = match position.kind() {
            PositionKind::Perpetual => &mut market.perpetual_pool,
            _ => &mut market.expiries[usize::from(position.expiry_slot)].pool,
        };
        let moved = if profit < 0 {
            -profit.saturating_neg().min(self.cash.max(0))
        } else {
            profit.min(gain_limit.max(0)).min(i64::try_from(*pool).unwrap_or(i64::MAX))
        };
        *pool = pool.wrapping_sub(moved as u64);
        self.cash += moved;
        if position.kind() == PositionKind::Claim {
            // A part of what the claim was owed, or owed: its sum stays in range.
            let _ = position.change_claim(&mut market.expiries[usize::from(position.expiry_slot)], -moved);
        } else {
            position.ledger -= moved;
        }
        let position = *position;
        if position.quantity == 0 && position.ledger == 0 {
            self.remove_position(market, index);
        } else if position.kind() == PositionKind::Perpetual {
            self.markets[usize::from(position.market_slot)]
                .remember_gain(market, MicroUsd(profit.saturating_sub(moved)));
        }
        Settled { profit, moved }
    }

    /// Turns all positions of a settled expiry into one claim, and settles that claim as far as it goes. The perpetual of a
    /// closing market is one of them.
    ///
    /// Every position's value is rounded down, so what rounding leaves stays in the pool.
    ///
    /// # Errors
    /// [`RiskError`] if a value leaves its range.
    pub fn settle_expiry(
        &mut self,
        market: &mut Market,
        expiry_slot: u8,
    ) -> Result<Option<Settled>, SettlementRefusal> {
        let Some(slot) = self.market_slot(market.number) else { return Ok(None) };
        let scale = value_scale(market)?;
        let expiry = market.expiries[usize::from(expiry_slot)];
        let takes_perpetual = market.perpetual_settles_with(expiry_slot);
        let mut value = MicroUsd::ZERO;
        let mut found = false;
        let mut index = 0;
        while let Some(&position) = self.positions().get(index) {
            let is_of_expiry = match position.kind() {
                PositionKind::Perpetual => takes_perpetual,
                _ => position.expiry_slot == expiry_slot,
            };
            if usize::from(position.market_slot) != slot || !is_of_expiry {
                index += 1;
                continue;
            }
            found = true;
            self.settle_funding(market, index)?;
            if position.kind() == PositionKind::Perpetual {
                let profit = scale.value_floor(position.quantity, expiry.settlement_price)?
                    + MicroUsd(self.positions[index].ledger);
                self.bear_gain_cut(market, slot, Some(index), profit);
            }
            let position = self.positions[index];
            value += match position.kind() {
                PositionKind::Claim => MicroUsd(position.ledger - position.pending_claim_cut(&expiry)),
                PositionKind::Perpetual | PositionKind::Future => {
                    scale.value_floor(position.quantity, expiry.settlement_price)? + MicroUsd(position.ledger)
                }
                _ => scale.value_floor(position.quantity, intrinsic_value(market, &position, &expiry))?,
            };
            market.release_open_interest(&position)?;
            self.remove_position(market, index);
        }
        if !found {
            return Ok(None);
        }
        if value == MicroUsd::ZERO {
            return Ok(Some(Settled::default()));
        }
        let claim =
            ListedContract { kind: PositionKind::Claim, number: expiry.number, expiry_slot, series_slot: 0, strike: 0 };
        self.adjust(market, &claim, 0, value.0)?;
        let slot = self.market_slot(market.number).ok_or(BookRefusal::Overflow)?;
        let index = self.find_position(slot, PositionKind::Claim, expiry.number).ok_or(BookRefusal::Overflow)?;
        // The settlement price is final: nothing is left to vest.
        Ok(Some(self.settle_position(market, index, value.0, i64::MAX)))
    }
}

/// What one option is worth at the settlement price, ticks.
fn intrinsic_value(market: &Market, position: &Position, expiry: &Expiry) -> u64 {
    let Some(series) = market.series(position.series_slot, position.number) else { return 0 };
    match series.kind() {
        OptionKind::Call => expiry.settlement_price.saturating_sub(series.strike),
        OptionKind::Put => series.strike.saturating_sub(expiry.settlement_price),
    }
}

/// Why a settlement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementRefusal {
    /// An amount is out of range.
    Risk(RiskError),
    /// The book does not take it.
    Book(BookRefusal),
}

impl From<RiskError> for SettlementRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

impl From<BookRefusal> for SettlementRefusal {
    fn from(refusal: BookRefusal) -> Self {
        Self::Book(refusal)
    }
}
