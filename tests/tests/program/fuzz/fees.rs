//! Fees of trades, computed anew (docs/margin-model.md, section 14). Net deltas and margins are the engine's.

use anchor_lang::prelude::Pubkey;
use ballast_risk::Margin;
use ballast_state::{FeeWindow, MarketParameters, revaluation::Purpose};

use super::{
    action::Done,
    actions::trading::Leg,
    ledger::{Ledger, share_ceil, share_floor, value},
};

/// Ten million dollars, to which the slope of the surcharge refers, µUSD.
const SLOPE_UNIT: i128 = 10_000_000_000_000;
/// What a surcharge may be off by: two charges, each rounded up twice.
const SURCHARGE_ROUNDING: i128 = 4;

/// An account's fees in its running window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    started_at: i64,
    paid: i128,
    rebated: i128,
}

impl Window {
    /// What an account holds.
    pub fn on_chain(window: &FeeWindow) -> Self {
        Self { started_at: window.started_at, paid: window.paid.into(), rebated: window.rebated.into() }
    }

    /// With a fee of this moment, which begins a window if the last one is over.
    fn with(self, fee: i128, done: &Done) -> Self {
        let length = i64::from(done.before.snapshot.exchange.parameters.fee_window_seconds);
        let is_over = done.before.now - self.started_at >= length;
        let window = if is_over { Self { started_at: done.before.now, ..Self::default() } } else { self };
        Self { paid: window.paid + fee, ..window }
    }
}

/// What a trade charged one account.
#[derive(Clone, Copy)]
pub struct Charge {
    /// The account.
    pub address: Pubkey,
    /// 1 for the taker, who buys what is positive, and -1 for the maker.
    pub sign: i128,
    /// The fee, rebate not taken off, µUSD.
    pub fee: i128,
    /// The rebate.
    pub rebate: i128,
    /// What the program checks the account for.
    pub purpose: Purpose,
}

impl Charge {
    /// Enters the charge into the books; what was charged waits in the market of the trade's first leg.
    pub fn book(&self, ledger: &mut Ledger, done: &Done, market: u16) {
        *ledger.fees.entry(market).or_default() += self.fee - self.rebate;
        let account = ledger.account(&self.address);
        account.cash -= self.fee - self.rebate;
        if self.fee > 0 {
            let window = account.fee_window.with(self.fee, done);
            account.fee_window = Window { rebated: window.rebated + self.rebate, ..window };
        }
    }

    /// Asserts that fee and rebate are what the legs and the account's margin make them.
    ///
    /// # Panics
    /// If not.
    pub fn verify(&self, ledger: &Ledger, done: &Done, legs: &[Leg], claims_rebates: bool) {
        let account = done.after.account(&self.address).expect("the account is open");
        let charged = self.fee - self.rebate;
        let (due, rounding) = self.due(done, legs);
        let after = done.after.margin(account, self.purpose).expect("fees: the engine refuses");
        let before = done.before.account(&self.address).expect("the account is open");
        let before = || done.before.margin(before, self.purpose).expect("fees: the engine refuses");
        let (excess, cash) = (i128::from(after.initial_excess.0) + charged, i128::from(account.cash) + charged);
        if self.fee < due - rounding {
            let raised = |of: fn(&Margin) -> i64| i128::from(of(&after)) + charged - i128::from(of(&before()));
            let raised = raised(|margin| margin.initial_excess.0).min(raised(|margin| margin.maintenance_excess.0));
            assert!(excess < due || cash < due, "fees: {} of {due} although it could be paid", self.fee);
            let most = raised.min(cash).max(0);
            assert!((most - 1..=most + 1).contains(&self.fee), "fees: {} of {due}, {most} can be paid", self.fee);
        } else {
            assert!(self.fee <= due + rounding, "fees: {} of {due}", self.fee);
        }
        let mut rebate = 0;
        if claims_rebates && self.fee > 0 {
            let parameters = &done.before.snapshot.exchange.parameters;
            let freed = before().maintenance_requirement.0 - after.maintenance_requirement.0;
            let window = ledger.accounts[&self.address].fee_window.with(self.fee, done);
            let returnable = share_floor(parameters.rebate_share, window.paid) - window.rebated;
            rebate = share_floor(parameters.rebate_rate, freed.max(0).into()).min(returnable.max(0)).min(self.fee);
        }
        assert_eq!(self.rebate, rebate, "fees: rebate");
    }

    /// The fee that is due, and what its rounding may be off by.
    fn due(&self, done: &Done, legs: &[Leg]) -> (i128, i128) {
        let premium_cap = done.before.snapshot.exchange.parameters.premium_fee_cap;
        let mut due = 0;
        let mut markets: Vec<(u16, i128)> = Vec::new();
        for leg in legs {
            let market = done.before.market(leg.market);
            let rate = if self.sign > 0 { market.parameters.taker_fee } else { market.parameters.maker_fee };
            let quantity = i128::from(leg.quantity);
            let fee = share_ceil(rate, -value(done.cast, leg.market, -quantity.abs(), market.price));
            let premium = value(done.cast, leg.market, quantity, leg.price).abs();
            due += if leg.key().is_option() { fee.min(share_ceil(premium_cap, premium)) } else { fee };
            let mark = done.before.mark(leg.market, &leg.contract()).expect("fees: a contract without a mark");
            let lots = quantity * i128::from(mark.delta.signum());
            let delta = value(done.cast, leg.market, lots, mark.delta.unsigned_abs());
            match markets.iter_mut().find(|(market, _)| *market == leg.market) {
                Some((_, sum)) => *sum += delta,
                None => markets.push((leg.market, delta)),
            }
        }
        let mut rounding = 0;
        let account = done.after.account(&self.address).expect("the account is open");
        for (number, delta) in markets {
            let after = done.after.net_delta(account, number, self.purpose).expect("fees: the engine refuses");
            let Some(after) = after.map(i128::from) else { continue };
            let parameters = &done.before.market(number).parameters;
            let rise = surcharge(parameters, after) - surcharge(parameters, after - self.sign * delta);
            if rise > 0 {
                (due, rounding) = (due + rise, rounding + SURCHARGE_ROUNDING);
            }
        }
        (due, rounding)
    }
}

/// The charge on a net delta: what is beyond the free amount, at a rate that grows with it.
fn surcharge(parameters: &MarketParameters, delta: i128) -> i128 {
    let beyond = (delta.abs() - i128::from(parameters.delta_free)).max(0);
    let slope = i128::from(parameters.concentration_fee_slope) * beyond / SLOPE_UNIT + 1;
    let rate = slope.min(parameters.concentration_fee_cap.into());
    if beyond == 0 { 0 } else { share_ceil(rate as u32, beyond) }
}
