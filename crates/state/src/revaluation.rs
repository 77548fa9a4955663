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
    margin::{GainLimits, MAX_GROUPS, MarginCalculation, MarginFactors},
    quantity::{Multiple, Ratio},
    report::ScenarioMatrix,
    revaluation::{ExpiryValuation, Group, MarketInput, MarketPass, MarketRisk, Netting, Workspace},
    value_at_risk::ValueAtRisk,
};

pub use inputs::{collateral_input, expiry_input, market_input, perpetual_input, quote_price, value_scale, widening};
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
    /// What is left of an account whose legs a liquidation closes: as a liquidation, but a market whose oracle is
    /// silent counts at its last price. Marks, and the liquidator's own check, need prices as for a liquidation.
    Closing,
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
    margin_by_market(account, exchange, sources, moment, mode, workspace, |_, _| ())
}

/// [`margin`], which shows what each market with positions adds on the way.
///
/// # Errors
/// As [`margin`].
pub fn margin_by_market(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    mode: Mode,
    workspace: &mut Workspace,
    mut visit: impl FnMut(&Market, &MarketRisk),
) -> core::result::Result<Margin, CheckRefusal> {
    let walk = Walk { account, exchange, sources, moment, netting: mode.netting(), joins: mode == Mode::Portfolio };
    let calculation = walk.run(workspace, |market, risk, _| visit(market, risk))?;
    Ok(calculation.finish(workspace))
}

/// The margin of an account in its own mode, and what its positions in each of its markets are worth, by the account's
/// market slots: option value and unsettled profit.
///
/// # Errors
/// As [`margin`].
pub fn margin_and_worth(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    workspace: &mut Workspace,
) -> core::result::Result<(Margin, [MicroUsd; MAX_MARKETS]), CheckRefusal> {
    let mut worth = [MicroUsd::ZERO; MAX_MARKETS];
    let margin = margin_by_market(account, exchange, sources, moment, account.mode(), workspace, |market, risk| {
        if let Some(slot) = account.market_slot(market.number) {
            worth[slot] = risk.option_value + risk.linear_profit;
        }
    })?;
    Ok((margin, worth))
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
    let walk = Walk { account, exchange, sources: &sources, moment, netting: Netting::Together, joins: false };
    let positions = &account.positions()[first..first + count];
    workspace.begin_account();
    walk.market_risk(&account.markets[slot], positions, MicroUsd::ZERO, workspace, &mut |_, _, _| ())
}

/// What the positions in one market of an account, and what is declared a hedge there, gain or lose in every scenario.
///
/// # Errors
/// As [`margin`]; [`CheckRefusal::MissingMarket`] also if the account holds nothing in the market.
pub fn scenario_matrix(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    market: u16,
    moment: Moment,
    workspace: &mut Workspace,
) -> core::result::Result<ScenarioMatrix, CheckRefusal> {
    let slot = account.market_slot(market).ok_or(CheckRefusal::MissingMarket { market })?;
    let of_market = |position: &&Position| usize::from(position.market_slot) == slot;
    let first = account.positions().iter().take_while(|position| !of_market(position)).count();
    let count = account.positions()[first..].iter().take_while(of_market).count();
    let positions = &account.positions()[first..first + count];
    let walk = Walk { account, exchange, sources, moment, netting: Netting::Together, joins: false };
    let mut collateral = MarginCalculation::begin(exchange.parameters.factors(Ratio::ONE), MicroUsd::ZERO, workspace);
    let hedges = walk.add_collateral(&mut collateral)?;
    let mut matrix = None;
    walk.market_risk(&account.markets[slot], positions, hedges[slot], workspace, &mut |input, risk, workspace| {
        matrix = Some(ScenarioMatrix::new(market, input, risk, workspace));
    })?;
    matrix.ok_or(CheckRefusal::Corrupt)
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
    let mut walk = Walk { account, exchange, sources, moment, netting: Netting::Alone, joins: false };
    let isolated = walk.run(workspace, |_, _, _| ())?.finish(workspace);
    (walk.netting, walk.joins) = (Netting::Together, true);
    let mut apart = MarginCalculation::begin(walk.factors()?, walk.net_cash()?, workspace);
    walk.add_collateral(&mut apart)?;
    let mut value_at_risk = [ValueAtRisk::default(); MAX_GROUPS];
    let mut refusal = Ok(());
    let joint = walk.run(workspace, |market, risk, limits| {
        report.push_market(market.number, risk);
        apart.add_market(&MarketRisk { joined: false, ..*risk }, limits);
        refusal = refusal.and(add_value_at_risk(&mut value_at_risk, market, risk));
    })?;
    refusal?;
    let portfolio = joint.finish(workspace);
    report.set_groups(workspace.group_losses());
    let parameters = &exchange.parameters;
    let deviations = Multiple::from_bits(parameters.value_at_risk_deviations);
    for (value_at_risk, group) in value_at_risk.iter().zip(&exchange.groups) {
        let at_risk = value_at_risk.finish(&group.matrix(), deviations, parameters.value_at_risk_horizon_seconds);
        report.value_at_risk = report.value_at_risk.saturating_add(at_risk.0);
    }
    let margins = [isolated, apart.finish_apart(), portfolio];
    for (mode, margin) in Mode::ALL.into_iter().zip(&margins) {
        report.set_mode(mode, margin);
    }
    let mode = account.mode();
    report.set_account(mode, &margins[mode as usize], shape(account).compute_units(mode.netting()));
    Ok(report)
}

/// Adds a market to the value at risk of its group.
fn add_value_at_risk(
    groups: &mut [ValueAtRisk; MAX_GROUPS],
    market: &Market,
    risk: &MarketRisk,
) -> core::result::Result<(), CheckRefusal> {
    let of_volatility = Ratio::from_bits(market.parameters.volatility_of_volatility);
    let group = groups.get_mut(usize::from(market.group)).ok_or(CheckRefusal::Corrupt)?;
    Ok(group.add(usize::from(market.group_place), &risk.greeks, market.prices.volatility(), of_volatility)?)
}

/// The volatility regime that an account is liquidated in: the largest of the markets that it holds positions in; one
/// without positions.
///
/// # Errors
/// [`CheckRefusal::MissingMarket`].
pub fn regime(account: &MarginAccount, sources: &impl Sources) -> core::result::Result<Ratio, CheckRefusal> {
    let mut largest = None;
    for held in account.markets.iter().filter(|held| held.position_count > 0) {
        let market = sources.market(held.market).ok_or(CheckRefusal::MissingMarket { market: held.market })?;
        largest = largest.max(Some(market.prices.realised().regime()));
    }
    Ok(largest.unwrap_or(Ratio::ONE))
}

/// Cash of an account less its debt to the lending pool, interest included as far as the quote token's bank has accrued
/// it.
///
/// # Errors
/// [`CheckRefusal::MissingBank`] if the account has a debt and `sources` lacks that bank.
pub fn net_cash(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
) -> core::result::Result<MicroUsd, CheckRefusal> {
    if account.debt == 0 {
        return Ok(MicroUsd(account.cash));
    }
    let number = exchange.quote_bank_number;
    let bank = sources.bank(number).ok_or(CheckRefusal::MissingBank { bank: number })?;
    account.net_cash(bank.lending.index).ok_or(CheckRefusal::Risk(RiskError::NotionalOutOfRange))
}

/// Refuses a market whose price is too old for a purpose.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`].
pub fn require_fresh(exchange: &Exchange, market: &Market, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if moment.purpose == Purpose::Closing && inputs::is_silent(exchange, market.publish_time, moment.now) {
        return Ok(());
    }
    require_fresh_price(exchange, market, moment)
}

fn require_fresh_price(exchange: &Exchange, market: &Market, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if inputs::is_stale(exchange, market.refreshed_slot, market.publish_time, moment) {
        return Err(CheckRefusal::StaleMarket { market: market.number });
    }
    Ok(())
}

/// Refuses a bank whose price is too old for a purpose, or that never had one.
///
/// # Errors
/// [`CheckRefusal::StaleBank`].
pub fn require_fresh_bank(exchange: &Exchange, bank: &Bank, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if bank.price == 0 || inputs::is_stale(exchange, bank.refreshed_slot, bank.publish_time, moment) {
        return Err(CheckRefusal::StaleBank { bank: bank.number });
    }
    Ok(())
}

/// Refuses a contract whose mark is too old for a purpose: the market's price, and for an option the surface. What is
/// traded needs a price of its own: a silent oracle is never forgiven here.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::StaleSurface`].
pub fn require_fresh_mark(
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> core::result::Result<(), CheckRefusal> {
    require_fresh_price(exchange, market, moment)?;
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
    /// Whether markets are joined to their groups.
    joins: bool,
}

impl Purpose {
    /// The purpose of checking an account that takes on more: a silent oracle is forgiven only to who gives up.
    pub fn of_who_takes_on(self) -> Self {
        match self {
            Self::Closing => Self::Liquidation,
            other => other,
        }
    }
}

impl<S: Sources> Walk<'_, S> {
    /// Factors of the scan loss. The quote token's price matters only to who has positions.
    fn factors(&self) -> core::result::Result<MarginFactors, CheckRefusal> {
        let parameters = &self.exchange.parameters;
        if self.account.position_count == 0 {
            return Ok(parameters.factors(Ratio::ONE));
        }
        let number = self.exchange.quote_bank_number;
        let bank = self.sources.bank(number).ok_or(CheckRefusal::MissingBank { bank: number })?;
        let stale = inputs::is_stale(self.exchange, bank.refreshed_slot, bank.publish_time, self.moment);
        if self.moment.purpose == Purpose::Owner && stale {
            return Err(CheckRefusal::StaleQuote { bank: number });
        }
        Ok(parameters.factors(inputs::quote_price(bank)))
    }

    fn net_cash(&self) -> core::result::Result<MicroUsd, CheckRefusal> {
        net_cash(self.account, self.exchange, self.sources)
    }

    /// The group that a market is joined to: none where the account has no other market to be offset against.
    fn group(&self, market: &Market) -> core::result::Result<Option<Group>, CheckRefusal> {
        // Sorted by market: one market if the first and the last position are in the same.
        let positions = self.account.positions();
        let alone = positions.first().map(|one| one.market_slot) == positions.last().map(|one| one.market_slot);
        if !self.joins || alone {
            return Ok(None);
        }
        let group = self.exchange.groups.get(usize::from(market.group)).ok_or(CheckRefusal::Corrupt)?;
        Ok(Some(Group {
            index: market.group,
            window: group.parameters.window,
            gain_allowance: Ratio::from_bits(group.parameters.gain_allowance),
        }))
    }

    fn run(
        &self,
        workspace: &mut Workspace,
        mut visit: impl FnMut(&Market, &MarketRisk, &GainLimits),
    ) -> core::result::Result<MarginCalculation, CheckRefusal> {
        let mut calculation = MarginCalculation::begin(self.factors()?, self.net_cash()?, workspace);
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
            let (risk, limits) = self.market_risk(held, of_market, hedge, workspace, &mut |_, _, _| ())?;
            if let Some(market) = self.sources.market(held.market) {
                visit(market, &risk, &limits);
            }
            calculation.add_market(&risk, &limits);
        }
        Ok(calculation)
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
            let value: CollateralValue =
                collateral_input(bank, balance.amount, declared, stale, self.moment.now)?.value()?;
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
        observe: &mut dyn FnMut(&MarketInput, &MarketRisk, &Workspace),
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
                self.add_perpetual(&mut pass, market, held, first)?;
                rest.next();
                continue;
            }
            let expiry = market.expiries.get(usize::from(first.expiry_slot)).ok_or(CheckRefusal::Corrupt)?;
            let mut of_expiry_input = expiry_input(market, expiry, self.moment.now);
            of_expiry_input.widening = inputs::widening(self.exchange, expiry, self.moment.now);
            let valuation = pass.begin_expiry(&of_expiry_input)?;
            let mut of_expiry = Dated { market, expiry, slot: first.expiry_slot, premium: 0, has_options: false };
            of_expiry.add(&mut pass, &valuation, &mut rest)?;
            if of_expiry.has_options && inputs::is_surface_stale(self.exchange, expiry, self.moment) {
                return Err(CheckRefusal::StaleSurface { market: number, expiry: expiry.number });
            }
            premium += of_expiry.premium;
            pass.end_expiry(&valuation)?;
        }
        let limits = GainLimits {
            weight: Ratio::from_bits(market.parameters.unsettled_gain_weight),
            cap: MicroUsd(market.parameters.unsettled_gain_cap),
            option_premium: MicroUsd(premium),
            vested_option_gain: MicroUsd(held.option_gain.vested),
        };
        let risk = pass.finish(self.group(market)?.as_ref())?;
        observe(&input, &risk, workspace);
        Ok((risk, limits))
    }

    /// Adds the perpetual with its pending funding; as a future once it settles with the market.
    fn add_perpetual(
        &self,
        pass: &mut MarketPass,
        market: &Market,
        held: &AccountMarket,
        position: &Position,
    ) -> core::result::Result<(), CheckRefusal> {
        let ledger = market.perpetual_ledger(held, position);
        match market.perpetual_settling(self.moment.now) {
            None => Ok(pass.perpetual(position.quantity, ledger)?),
            Some(expiry) => add_settling_perpetual(pass, market, expiry, self.moment.now, position.quantity, ledger),
        }
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
                PositionKind::Claim => pass.claim(position.ledger - position.pending_claim_cut(self.expiry)),
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
                    pass.option(valuation, &valuation.strike(series.strike, series.log_strike), calls, puts)?;
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

/// Adds the perpetual of a closing market from its averaging window on.
#[cold]
#[inline(never)]
fn add_settling_perpetual(
    pass: &mut MarketPass,
    market: &Market,
    expiry: &Expiry,
    now: i64,
    quantity: i64,
    ledger: i64,
) -> core::result::Result<(), CheckRefusal> {
    let valuation = pass.begin_expiry(&perpetual_input(market, expiry, now))?;
    pass.future(&valuation, quantity, ledger)?;
    Ok(pass.end_expiry(&valuation)?)
}

impl From<RiskError> for CheckRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}
