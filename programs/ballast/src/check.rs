//! Margin checks: finds the markets and banks of an account list, and asks the engine.

use std::cell::{Ref, RefMut};

use anchor_lang::{Discriminator, prelude::*};
use ballast_risk::{
    Margin, MarginReport, MicroUsd,
    cost::CheckShape,
    margin::GainLimits,
    report::ScenarioMatrix,
    revaluation::{MarketRisk, Workspace},
};
use ballast_state::{
    Bank, Exchange, MarginAccount, Market,
    contract::{ListedContract, Mark},
    revaluation::{self, CheckRefusal, LiquidationMargin, Moment, Purpose, Sources},
};
use bytemuck::AnyBitPattern;

use crate::{
    errors::{BallastError, check_error},
    fill::contract_error,
};

/// Most markets and banks of one instruction: two accounts, each in 8 markets with 16 kinds of collateral.
pub const MAX_CHECK_ACCOUNTS: usize = 48;

/// The markets and banks of an account list, each of this program and exchange and given once.
pub struct CheckAccounts<'info> {
    markets: Vec<(u16, &'info AccountInfo<'info>)>,
    banks: Vec<(u16, &'info AccountInfo<'info>)>,
}

impl<'info> CheckAccounts<'info> {
    /// Sorts an account list.
    ///
    /// # Errors
    /// [`BallastError::TooManyAccounts`], [`BallastError::ForeignAccount`] for anything but a market or bank of this
    /// program, [`BallastError::WrongExchange`], [`BallastError::DuplicateAccount`].
    pub fn load(exchange: &Pubkey, infos: &'info [AccountInfo<'info>]) -> Result<Self> {
        let mut accounts = Self { markets: Vec::with_capacity(8), banks: Vec::with_capacity(16) };
        for info in infos {
            require!(accounts.markets.len() + accounts.banks.len() < MAX_CHECK_ACCOUNTS, BallastError::TooManyAccounts);
            if info.owner != &crate::ID {
                return Err(error!(BallastError::ForeignAccount).with_account_name(info.key));
            }
            let data = info.try_borrow_data()?;
            if let Some(market) = view::<Market>(&data) {
                require_keys_eq!(market.exchange, *exchange, BallastError::WrongExchange);
                insert(&mut accounts.markets, market.number, info)?;
            } else if let Some(bank) = view::<Bank>(&data) {
                require_keys_eq!(bank.exchange, *exchange, BallastError::WrongExchange);
                insert(&mut accounts.banks, bank.number, info)?;
            } else {
                return Err(error!(BallastError::ForeignAccount).with_account_name(info.key));
            }
        }
        Ok(accounts)
    }

    /// A market to change.
    ///
    /// # Errors
    /// [`BallastError::MissingMarket`], [`BallastError::MarketNotWritable`].
    pub fn market_mut(&self, number: u16) -> Result<RefMut<'info, Market>> {
        let (_, info) = self
            .markets
            .iter()
            .find(|(other, _)| *other == number)
            .ok_or_else(|| error!(BallastError::MissingMarket))?;
        require!(info.is_writable, BallastError::MarketNotWritable);
        let data = info.try_borrow_mut_data()?;
        Ok(RefMut::map(data, |data| bytemuck::from_bytes_mut(&mut data[8..8 + size_of::<Market>()])))
    }

    /// All of them, to read.
    ///
    /// # Errors
    /// If one of them is borrowed for a change.
    pub fn borrow(&self) -> Result<BorrowedSources<'info>> {
        let mut sources = BorrowedSources {
            markets: Vec::with_capacity(self.markets.len()),
            banks: Vec::with_capacity(self.banks.len()),
        };
        for (number, info) in &self.markets {
            sources.markets.push((*number, read(info)?));
        }
        for (number, info) in &self.banks {
            sources.banks.push((*number, read(info)?));
        }
        Ok(sources)
    }
}

/// Markets and banks, borrowed for reading.
pub struct BorrowedSources<'a> {
    markets: Vec<(u16, Ref<'a, Market>)>,
    banks: Vec<(u16, Ref<'a, Bank>)>,
}

impl Sources for BorrowedSources<'_> {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.iter().find(|(other, _)| *other == number).map(|(_, market)| &**market)
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.iter().find(|(other, _)| *other == number).map(|(_, bank)| &**bank)
    }
}

/// Adds an account under its number, once.
fn insert<'info>(
    accounts: &mut Vec<(u16, &'info AccountInfo<'info>)>,
    number: u16,
    info: &'info AccountInfo<'info>,
) -> Result<()> {
    if accounts.iter().any(|(other, _)| *other == number) {
        return Err(error!(BallastError::DuplicateAccount).with_account_name(info.key));
    }
    accounts.push((number, info));
    Ok(())
}

/// The account behind its discriminator, if it is of type `T`.
fn view<T: AnyBitPattern + Discriminator>(data: &[u8]) -> Option<&T> {
    if data.get(..8)? != T::DISCRIMINATOR {
        return None;
    }
    bytemuck::try_from_bytes(data.get(8..8 + size_of::<T>())?).ok()
}

/// Borrows an account whose type [`CheckAccounts::load`] has verified.
fn read<'info, T: AnyBitPattern>(info: &'info AccountInfo<'info>) -> Result<Ref<'info, T>> {
    let data = info.try_borrow_data()?;
    Ok(Ref::map(data, |data| bytemuck::from_bytes(&data[8..8 + size_of::<T>()])))
}

/// Asks the engine, with one scratch memory for all questions of an instruction.
pub struct Checker<'a> {
    exchange: &'a Exchange,
    moment: Moment,
    /// The engine's workspace: on the heap, since a stack frame holds 4 KiB.
    memory: Vec<u64>,
}

impl<'a> Checker<'a> {
    /// Prepares checks for a purpose, as of now.
    ///
    /// # Errors
    /// If the clock cannot be read.
    pub fn new(exchange: &'a Exchange, purpose: Purpose) -> Result<Self> {
        let clock = Clock::get()?;
        let moment = Moment { now: clock.unix_timestamp, slot: clock.slot, purpose };
        Ok(Self { exchange, moment, memory: vec![0; Workspace::SIZE / size_of::<u64>()] })
    }

    /// When the check is made.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Makes the checks that follow for another purpose.
    pub fn serve(&mut self, purpose: Purpose) {
        self.moment.purpose = purpose;
    }

    /// The mark at which a liquidation closes a contract.
    ///
    /// # Errors
    /// [`BallastError::StaleMarket`], [`BallastError::StaleSurface`], [`BallastError::ContractExpired`].
    pub fn closing_mark(&self, market: &Market, contract: &ListedContract) -> Result<Mark> {
        revaluation::require_closing_mark(self.exchange, market, contract, self.moment).map_err(check_error)?;
        contract.mark(market, self.moment.now).map_err(contract_error)
    }

    /// The mark of a contract that owners trade; beside it, if they may only reduce, how to refuse a trade that does not.
    ///
    /// # Errors
    /// [`BallastError::StaleMarket`], [`BallastError::StaleSurface`], [`BallastError::ContractExpired`].
    pub fn mark_of_trade(&self, market: &Market, contract: &ListedContract) -> Result<(Mark, Option<CheckRefusal>)> {
        let restriction = revaluation::restriction_of_trade(self.exchange, market, contract, self.moment);
        let restriction = restriction.map_err(check_error)?;
        Ok((contract.mark(market, self.moment.now).map_err(contract_error)?, restriction))
    }

    /// Whether an account holds something at a price with which its owner may only reduce.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn reduces_only(&self, account: &MarginAccount, sources: &impl Sources) -> Result<bool> {
        revaluation::reduces_only(account, self.exchange, sources, self.moment).map_err(check_error)
    }

    /// Refuses a bank at whose price a liquidator may not buy.
    ///
    /// # Errors
    /// [`BallastError::StaleCollateral`], [`BallastError::PriceDoubtful`].
    pub fn require_sale_price(&self, bank: &Bank) -> Result<()> {
        revaluation::require_sale_price(self.exchange, bank, self.moment).map_err(check_error)
    }

    /// The margin by which an account is liquidated.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn liquidation_margin(&mut self, account: &MarginAccount, sources: &impl Sources) -> Result<LiquidationMargin> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        revaluation::liquidation_margin(account, self.exchange, sources, self.moment, workspace).map_err(check_error)
    }

    /// What may leave an account whose margin at the index is known: at that, or at the index that withdrawals count with,
    /// whichever is less.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn withdrawal_excess(
        &mut self,
        account: &MarginAccount,
        sources: &impl Sources,
        margin: &Margin,
    ) -> Result<MicroUsd> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        revaluation::withdrawal_excess(account, self.exchange, sources, self.moment, margin, workspace)
            .map_err(check_error)
    }

    /// The account's margin in its own mode.
    ///
    /// # Errors
    /// Why the check cannot be made.
    pub fn margin(&mut self, account: &MarginAccount, sources: &impl Sources) -> Result<Margin> {
        self.margin_for(self.moment.purpose, account, sources)
    }

    fn margin_for(&mut self, purpose: Purpose, account: &MarginAccount, sources: &impl Sources) -> Result<Margin> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        let (exchange, moment) = (self.exchange, Moment { purpose, ..self.moment });
        revaluation::margin(account, exchange, sources, moment, account.mode(), workspace).map_err(check_error)
    }

    /// The account's margin in its own mode, showing what each of its markets adds on the way.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn margin_by_market(
        &mut self,
        account: &MarginAccount,
        sources: &impl Sources,
        visit: impl FnMut(&Market, &MarketRisk),
    ) -> Result<Margin> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        let (exchange, moment) = (self.exchange, self.moment);
        revaluation::margin_by_market(account, exchange, sources, moment, account.mode(), workspace, visit)
            .map_err(check_error)
    }

    /// Refuses an account that a change made so large that its check could cost more than the cap, unless it cost more
    /// `before`.
    ///
    /// # Errors
    /// [`BallastError::CheckTooLarge`].
    pub fn require_within_cap(&self, account: &MarginAccount, before: impl FnOnce() -> CheckShape) -> Result<()> {
        let netting = account.mode().netting();
        let units = revaluation::shape(account).compute_units(netting);
        let cap = self.exchange.parameters.check_compute_cap;
        if units > cap && units > before().compute_units(netting) {
            msg!("checking the account could need {} compute units, the cap is {}", units, cap);
            return err!(BallastError::CheckTooLarge);
        }
        Ok(())
    }

    /// The account's margin in its own mode, after [`Checker::require_within_cap`]. Who takes more on needs prices of
    /// everything.
    ///
    /// # Errors
    /// Of both.
    pub fn margin_within_cap(
        &mut self,
        account: &MarginAccount,
        before: impl FnOnce() -> CheckShape,
        sources: &impl Sources,
    ) -> Result<Margin> {
        self.require_within_cap(account, before)?;
        self.margin_for(self.moment.purpose.of_who_takes_on(), account, sources)
    }

    /// The account's margin in all modes.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn report(&mut self, account: &MarginAccount, sources: &impl Sources) -> Result<MarginReport> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        revaluation::report(account, self.exchange, sources, self.moment, workspace).map_err(check_error)
    }

    /// What an account's positions in one market gain or lose in every scenario.
    ///
    /// # Errors
    /// As [`Checker::margin`], and [`BallastError::MissingMarket`] without positions there.
    pub fn scenario_matrix(
        &mut self,
        account: &MarginAccount,
        sources: &impl Sources,
        market: u16,
    ) -> Result<ScenarioMatrix> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        revaluation::scenario_matrix(account, self.exchange, sources, market, self.moment, workspace)
            .map_err(check_error)
    }

    /// What an account's positions in one market are worth.
    ///
    /// # Errors
    /// As [`Checker::margin`].
    pub fn market_risk(&mut self, account: &MarginAccount, market: &Market) -> Result<(MarketRisk, GainLimits)> {
        let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.memory));
        revaluation::market_risk(account, self.exchange, market, self.moment, workspace).map_err(check_error)
    }
}

/// A copy of an account on the heap, where a stack frame would be too small for it.
pub struct HeapCopy(Vec<u64>);

impl HeapCopy {
    /// Copies an account.
    pub fn of(account: &MarginAccount) -> Self {
        let mut words = vec![0; size_of::<MarginAccount>() / size_of::<u64>()];
        words.copy_from_slice(bytemuck::cast_slice(bytemuck::bytes_of(account)));
        Self(words)
    }

    /// The copy.
    pub fn get(&self) -> &MarginAccount {
        bytemuck::from_bytes(bytemuck::cast_slice(&self.0))
    }
}

/// Passes a change if the account meets initial margin after it, or if neither excess fell and it is not bankrupt: who
/// has nothing left to lose would realise losses in favour of an accomplice that nobody pays.
///
/// `before` is computed only when it is needed.
///
/// # Errors
/// [`BallastError::BelowInitialMargin`].
pub fn require_initial_margin(after: &Margin, before: impl FnOnce() -> Result<Margin>) -> Result<()> {
    if after.initial_excess.0 >= 0 {
        return Ok(());
    }
    require_no_more_risk(after, &before()?, BallastError::BelowInitialMargin)
}

/// Passes a change that lets neither excess fall and leaves the account solvent.
///
/// # Errors
/// `refusal`.
pub fn require_no_more_risk(after: &Margin, before: &Margin, refusal: BallastError) -> Result<()> {
    let is_no_worse =
        after.initial_excess >= before.initial_excess && after.maintenance_excess >= before.maintenance_excess;
    if is_no_worse && after.equity.0 >= 0 {
        return Ok(());
    }
    msg!(
        "equity {} µUSD; initial excess {} after, {} before; maintenance excess {} after, {} before",
        after.equity.0,
        after.initial_excess.0,
        before.initial_excess.0,
        after.maintenance_excess.0,
        before.maintenance_excess.0
    );
    Err(refusal.into())
}

/// Checks that the withdrawal excess of an account with positions or a debt is at least this. Nothing is required of
/// any other account, and no price is needed for it.
///
/// # Errors
/// [`BallastError::BelowWithdrawalExcess`], or why the check cannot be made.
pub fn require_withdrawal_excess<'info>(
    exchange: &Exchange,
    account: &MarginAccount,
    others: &'info [AccountInfo<'info>],
    least: MicroUsd,
) -> Result<()> {
    if !account.has_obligations() {
        return Ok(());
    }
    let sources = CheckAccounts::load(&account.exchange, others)?.borrow()?;
    let mut checker = Checker::new(exchange, Purpose::Withdrawal)?;
    let margin = checker.margin(account, &sources)?;
    let excess = checker.withdrawal_excess(account, &sources, &margin)?;
    if excess < least {
        msg!("withdrawal excess would be {} µUSD, expected {}", excess.0, least.0);
        return err!(BallastError::BelowWithdrawalExcess);
    }
    Ok(())
}
