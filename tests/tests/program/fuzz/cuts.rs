//! Cuts of gains, computed anew: what an account bears of a cut when it is looked at, and in what proportion gains are cut
//! (docs/margin-model.md, section 8).

use anchor_lang::prelude::Pubkey;
use ballast::events::ExpirySettled;
use ballast_state::{MarginAccount, Market, Position, PositionKind};

use super::{
    action::Done,
    cast::Cast,
    ledger::{ContractKey, Ledger, value},
};

/// An account's gain on a perpetual, µUSD.
struct Gain {
    /// Profit at the mark with pending funding, what is pending of cuts not taken off.
    profit: i128,
    /// What is pending of cuts.
    pending: i128,
    /// The gain that it remembers, less that.
    remembered: i128,
}

impl Gain {
    fn of(cast: &Cast, account: &MarginAccount, market: &Market) -> Option<Self> {
        Self::at(cast, account, market, market.perpetual_mark())
    }

    /// The same with a profit at this price.
    fn at(cast: &Cast, account: &MarginAccount, market: &Market, price: u64) -> Option<Self> {
        let slot = account.market_slot(market.number)?;
        let held = &account.markets[slot];
        let pending = i128::from(held.pending_cut(market));
        let profit = account
            .find_position(slot, PositionKind::Perpetual, 0)
            .map_or(0, |index| profit(cast, market, &account.positions()[index], price));
        Some(Self { profit, pending, remembered: i128::from(held.perpetual_gain) - pending })
    }

    /// What the account bears of the pending cut: no more than it has gained.
    fn borne(&self) -> i128 {
        self.pending.min(self.profit.max(0))
    }
}

fn profit(cast: &Cast, market: &Market, position: &Position, price: u64) -> i128 {
    let [quantity, ledger, entry, index] =
        [position.quantity, position.ledger, position.entry_index, market.funding_index].map(i128::from);
    let funding = (-quantity * (index - entry)).div_euclid(1 << 24);
    value(cast, market.number, quantity, price) + ledger + funding
}

/// What an account bears of the cut that is pending in a market, µUSD.
pub fn borne(cast: &Cast, account: &MarginAccount, market: &Market) -> i128 {
    Gain::of(cast, account, market).map_or(0, |gain| gain.borne())
}

/// What accounts did not bear of cuts stays with them, since their gains were gone when they were looked at, and is counted
/// in the market.
pub fn leave_unborne(ledger: &mut Ledger, done: &Done) {
    for (address, account) in done.before.accounts() {
        for held in account.markets.iter().filter(|held| held.market != 0) {
            let market = done.before.market(held.market);
            // Where the perpetual of a closing market settles, it is worth the settlement price.
            let settles = done.outcome.events::<ExpirySettled>().iter().any(|event| event.market == held.market);
            let settling = market.perpetual_expiry().filter(|expiry| settles && expiry.settlement_price > 0);
            let price = settling.map_or_else(|| market.perpetual_mark(), |expiry| expiry.settlement_price);
            let gain = Gain::at(done.cast, account, market, price).filter(|gain| gain.pending > 0);
            let Some(gain) = gain else { continue };
            if !was_looked_at(account, done.after.account(address), held.market) {
                continue;
            }
            let unborne = gain.pending - gain.borne();
            *ledger.uncollected.entry(held.market).or_default() += unborne;
            let perpetual = ContractKey { market: held.market, kind: PositionKind::Perpetual, number: 0 };
            if let Some(holding) = ledger.account(address).holdings.get_mut(&perpetual) {
                holding.ledger += unborne;
            }
        }
    }
}

/// Whether an account's cut was applied: it no longer remembers the same gain at the same index.
fn was_looked_at(before: &MarginAccount, after: Option<&MarginAccount>, market: u16) -> bool {
    let remembered = |account: &MarginAccount| {
        let held = &account.markets[account.market_slot(market)?];
        Some((held.perpetual_gain, held.perpetual_gain_index))
    };
    after.and_then(remembered) != remembered(before)
}

/// Asserts that a bankruptcy's cut of `amount` fell on all gains that were remembered on a market's perpetual, in proportion.
/// The victim counts with what it remembers after its part was taken over, the liquidator with what he had gained before.
///
/// # Panics
/// If anybody else lost more or less than his part, but for rounding.
pub fn assert_proportional(done: &Done, market: u16, amount: i128, victim: &Pubkey, liquidator: &Pubkey) {
    let (before, after) = (done.before.market(market), done.after.market(market));
    let (mut sum, mut others) = (0, Vec::new());
    for (address, account) in done.before.accounts() {
        let account = if address == victim { done.after.account(address).expect("it is open") } else { account };
        let Some(gain) = Gain::of(done.cast, account, before) else { continue };
        if address == liquidator {
            sum += (gain.profit - gain.borne()).max(0);
            continue;
        }
        sum += gain.remembered;
        if address != victim {
            let pending = account.market_slot(market).map_or(0, |slot| account.markets[slot].pending_cut(after));
            others.push((address, gain.remembered, i128::from(pending) - gain.pending));
        }
    }
    for (address, remembered, lost) in &others {
        let part = remembered * amount / sum.max(1);
        // Units count gains rounded down: by one µUSD for each holder, and one part in 2^46 of all of them.
        let rounding = 4 + (sum >> 44) + part * (others.len() as i128 + 2) / sum.max(1);
        assert!(
            (part - rounding..=part + rounding).contains(lost),
            "bankruptcy: {address} lost {lost} of a cut of {amount}, {part} by proportion"
        );
    }
}
