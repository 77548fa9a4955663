//! From accounts to a margin: walks a margin account's positions and feeds the engine.
//!
//! The program, keepers, tests and clients call the same functions on the same bytes, so that they cannot disagree.

mod inputs;
mod refusal;

use std::{iter::Peekable, slice::Iter};

use ballast_risk::{
    Margin, MarginReport, MicroUsd, Mode, RiskError,
    collateral::CollateralValue,
    cost::CheckShape,
    margin::{GainLimits, MarginCalculation, MarginFactors},
    quantity::Ratio,
    revaluation::{ExpiryValuation, MarketPass, MarketRisk, Netting, Workspace},
};

pub use inputs::{collateral_input, expiry_input, market_input, running_average, value_scale};
pub use refusal::CheckRefusal;

use crate::{
    AccountMarket, Bank, Exchange, Expiry, MarginAccount, Market, Position, PositionKind, contract::ListedContract,
    margin_account::MAX_MARKETS,
};

/// Finds the markets and banks that an account refers to.
pub trait Sources {
    /// The market with this number.
    fn market(&self, number: u16) -> Option<&Market>;
    /// The bank with this number.
    fn bank(&self, number: u16) -> Option<&Bank>;
}

/// When and for what a check is made: what age of prices it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub now: i64,
    /// Slot.
    pub slot: u64,
    /// What the check is for.
    pub purpose: Purpose,
}

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A trade, withdrawal or other change that the owner asks for: fresh prices and surfaces.
    Owner,
    /// A liquidation or settlement: older prices and surfaces will do.
    Liquidation,
    /// A report: whatever there is.
    View,
}

/// The margin of an account in one mode.
///
/// # Errors
/// A market or bank that `sources` lacks, a price or surface too old for the purpose, or an amount out of range.
pub fn margin(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    mode: Mode,
    workspace: &mut Workspace,
) -> core::result::Result<Margin, CheckRefusal> {
    Walk { account, exchange, sources, moment, netting: mode.netting() }.run(workspace, |_, _| ())
}

/// What the positions in one market of an account are worth and risk, revalued together; nothing if there are none.
///
/// # Errors
/// As [`margin`].
pub fn market_risk(
    account: &MarginAccount,
    exchange: &Exchange,
    market: &Market,
    moment: Moment,
    workspace: &mut Workspace,
) -> core::result::Result<(MarketRisk, GainLimits), CheckRefusal> {
    let slot = account.market_slot(market.number).ok_or(CheckRefusal::Corrupt)?;
    let of_market = |position: &&Position| usize::from(position.market_slot) == slot;
    let first = account.positions().iter().take_while(|position| !of_market(position)).count();
    let count = account.positions()[first..].iter().take_while(of_market).count();
    let sources = OneMarket(market);
    let walk = Walk { account, exchange, sources: &sources, moment, netting: Netting::Together };
    walk.market_risk(&account.markets[slot], &account.positions()[first..first + count], MicroUsd::ZERO, workspace)
}

/// The source of a walk over a single market.
struct OneMarket<'a>(&'a Market);

impl Sources for OneMarket<'_> {
    fn market(&self, number: u16) -> Option<&Market> {
        (self.0.number == number).then_some(self.0)
    }

    fn bank(&self, _: u16) -> Option<&Bank> {
        None
    }
}

/// The margin of an account in all modes.
///
/// # Errors
/// As [`margin`]; prices may be of any age.
pub fn report(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    workspace: &mut Workspace,
) -> core::result::Result<MarginReport, CheckRefusal> {
    let mut report: MarginReport = bytemuck::Zeroable::zeroed();
    let mut walk = Walk { account, exchange, sources, moment, netting: Netting::Alone };
    let isolated = walk.run(workspace, |_, _| ())?;
    walk.netting = Netting::Together;
    let netted = walk.run(workspace, |market, risk| report.push_market(market, risk))?;
    let of = |mode: Mode| if mode == Mode::Isolated { &isolated } else { &netted };
    for mode in Mode::ALL {
        report.set_mode(mode, of(mode));
    }
    let mode = account.mode();
    report.set_account(mode, of(mode), shape(account).compute_units(mode.netting()));
    Ok(report)
}

/// Refuses a market whose price is too old for a purpose.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`].
pub fn require_fresh(exchange: &Exchange, market: &Market, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if inputs::is_stale(exchange, market.refreshed_slot, market.publish_time, moment) {
        return Err(CheckRefusal::StaleMarket { market: market.number });
    }
    Ok(())
}

/// Refuses a contract whose mark is too old for a purpose: the market's price, and for an option the surface.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::StaleSurface`].
pub fn require_fresh_mark(
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> core::result::Result<(), CheckRefusal> {
    require_fresh(exchange, market, moment)?;
    match contract.expiry(market) {
        Some(expiry) if contract.kind.is_option() && inputs::is_surface_stale(exchange, expiry, moment) => {
            Err(CheckRefusal::StaleSurface { market: market.number, expiry: expiry.number })
        }
        _ => Ok(()),
    }
}

/// What the compute cost of checking an account depends on.
pub fn shape(account: &MarginAccount) -> CheckShape {
    let mut shape = CheckShape {
        markets: account.markets.iter().filter(|market| market.position_count > 0).count() as u32,
        collaterals: account.balances.iter().filter(|balance| balance.bank != 0).count() as u32,
        ..CheckShape::default()
    };
    let positions = account.positions();
    // No market slot has this number, so the first dated position opens a group.
    let mut group = (u8::MAX, 0);
    for position in positions {
        shape.options = shape.options.wrapping_add(u32::from(position.kind >= PositionKind::Call as u8));
        let is_dated = position.kind != PositionKind::Perpetual as u8;
        if is_dated && (position.market_slot, position.expiry_slot) != group {
            shape.expiries = shape.expiries.wrapping_add(1);
            group = (position.market_slot, position.expiry_slot);
        }
    }
    shape.linears = (positions.len() as u32).saturating_sub(shape.options);
    shape
}

/// One walk over an account.
struct Walk<'a, S> {
    account: &'a MarginAccount,
    exchange: &'a Exchange,
    sources: &'a S,
    moment: Moment,
    netting: Netting,
}

impl<S: Sources> Walk<'_, S> {
    fn run(
        &self,
        workspace: &mut Workspace,
        mut visit: impl FnMut(u16, &MarketRisk),
    ) -> core::result::Result<Margin, CheckRefusal> {
        let parameters = &self.exchange.parameters;
        let factors = MarginFactors {
            maintenance: Ratio::from_bits(parameters.maintenance_factor),
            initial: Ratio::from_bits(parameters.initial_factor),
        };
        let mut calculation = MarginCalculation::new(factors, MicroUsd(self.account.cash));
        let hedges = self.add_collateral(&mut calculation)?;
        let mut positions = self.account.positions();
        while let Some(first) = positions.first() {
            let slot = first.market_slot;
            let held = self.account.markets.get(usize::from(slot)).ok_or(CheckRefusal::Corrupt)?;
            // Sorted by market: as many as the market's slot counts.
            let count = usize::from(held.position_count.max(1));
            let (of_market, rest) = positions.split_at_checked(count).ok_or(CheckRefusal::Corrupt)?;
            positions = rest;
            let hedge = hedges.get(usize::from(slot)).copied().unwrap_or_default();
            let (risk, limits) = self.market_risk(held, of_market, hedge, workspace)?;
            visit(held.market, &risk);
            calculation.add_market(&risk, &limits);
        }
        Ok(calculation.finish())
    }

    /// Adds all collateral. Returns what is declared as a hedge, by the account's market slots; a hedge of a market
    /// without positions counts as ordinary collateral.
    fn add_collateral(
        &self,
        calculation: &mut MarginCalculation,
    ) -> core::result::Result<[MicroUsd; MAX_MARKETS], CheckRefusal> {
        let mut hedges = [MicroUsd::ZERO; MAX_MARKETS];
        for balance in self.account.balances.iter().filter(|balance| balance.bank != 0) {
            let bank = self.sources.bank(balance.bank).ok_or(CheckRefusal::MissingBank { bank: balance.bank })?;
            if bank.price == 0 {
                continue;
            }
            let hedged = self
                .account
                .market_slot(bank.hedge_market)
                .filter(|&slot| balance.hedge > 0 && self.account.markets[slot].position_count > 0);
            let stale = inputs::is_stale(self.exchange, bank.refreshed_slot, bank.publish_time, self.moment);
            let declared = if hedged.is_some() { balance.hedge } else { 0 };
            let value: CollateralValue = collateral_input(bank, balance.amount, declared, stale)?.value()?;
            if let Some(slot) = hedged {
                hedges[slot] += value.hedge_value;
            }
            calculation.add_collateral(&value);
        }
        Ok(hedges)
    }

    #[inline(never)]
    fn market_risk(
        &self,
        held: &AccountMarket,
        positions: &[Position],
        hedge: MicroUsd,
        workspace: &mut Workspace,
    ) -> core::result::Result<(MarketRisk, GainLimits), CheckRefusal> {
        let number = held.market;
        let market = self.sources.market(number).ok_or(CheckRefusal::MissingMarket { market: number })?;
        require_fresh(self.exchange, market, self.moment)?;
        let input = market_input(market, hedge)?;
        let mut pass = MarketPass::begin(&input, self.netting, workspace);
        let mut premium = 0;
        let mut rest = positions.iter().peekable();
        while let Some(&first) = rest.peek() {
            if first.kind() == PositionKind::Perpetual {
                pass.perpetual(first.quantity, first.ledger)?;
                rest.next();
                continue;
            }
            let expiry = market.expiries.get(usize::from(first.expiry_slot)).ok_or(CheckRefusal::Corrupt)?;
            let valuation = pass.begin_expiry(&expiry_input(market, expiry, self.moment.now))?;
            let mut of_expiry = Dated { market, expiry, slot: first.expiry_slot, premium: 0, has_options: false };
            of_expiry.add(&mut pass, &valuation, &mut rest)?;
            if of_expiry.has_options && inputs::is_surface_stale(self.exchange, expiry, self.moment) {
                return Err(CheckRefusal::StaleSurface { market: number, expiry: expiry.number });
            }
            premium += of_expiry.premium;
            pass.end_expiry(&valuation);
        }
        let limits = GainLimits {
            weight: Ratio::from_bits(market.parameters.unsettled_gain_weight),
            cap: MicroUsd(market.parameters.unsettled_gain_cap),
            option_premium: MicroUsd(premium),
            vested_option_gain: MicroUsd(held.option_gain_vested),
        };
        Ok((pass.finish()?, limits))
    }
}

/// The positions of one expiry.
struct Dated<'a> {
    market: &'a Market,
    expiry: &'a Expiry,
    slot: u8,
    /// Premium paid less premium received for the options, µUSD: ledgers of at most 64 options within the notional
    /// limit.
    premium: i64,
    has_options: bool,
}

impl Dated<'_> {
    /// Adds positions as long as they are of the expiry; calls and puts of one strike stand side by side and are priced
    /// together.
    fn add(
        &mut self,
        pass: &mut MarketPass,
        valuation: &ExpiryValuation,
        positions: &mut Peekable<Iter<Position>>,
    ) -> core::result::Result<(), CheckRefusal> {
        while let Some(position) = positions.next_if(|position| position.expiry_slot == self.slot) {
            match position.kind() {
                PositionKind::Claim => pass.claim(position.ledger),
                PositionKind::Future if position.number == self.expiry.number => {
                    pass.future(valuation, position.quantity, position.ledger)?;
                }
                kind @ (PositionKind::Call | PositionKind::Put) => {
                    self.has_options = true;
                    let market = self.market;
                    let series = market.series(position.series_slot, position.number).ok_or(CheckRefusal::Corrupt)?;
                    self.premium = self.premium.wrapping_sub(position.ledger);
                    let (calls, puts) = if kind == PositionKind::Put {
                        (0, position.quantity)
                    } else if let Some(put) = positions.next_if(|next| self.is_put_of(next, series.strike)) {
                        self.premium = self.premium.wrapping_sub(put.ledger);
                        (position.quantity, put.quantity)
                    } else {
                        (position.quantity, 0)
                    };
                    pass.option(valuation, series.strike, series.log_strike, calls, puts)?;
                }
                _ => return Err(CheckRefusal::Corrupt),
            }
        }
        Ok(())
    }

    /// Whether a position is the expiry's put with this strike.
    fn is_put_of(&self, position: &Position, strike: u64) -> bool {
        position.kind == PositionKind::Put as u8
            && position.expiry_slot == self.slot
            && self.market.series(position.series_slot, position.number).is_some_and(|series| series.strike == strike)
    }
}

impl From<RiskError> for CheckRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}
