//! A snapshot of an exchange: what a client has read of its accounts, and margins computed from it.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_risk::{
    Margin, MarginReport, MicroUsd, Mode,
    liquidation::StepTerms,
    report::{MarketReport, ScenarioMatrix},
    revaluation::Workspace,
};
use ballast_state::{
    Bank, Exchange, MarginAccount, Market,
    guide::{self, GuideLeg},
    revaluation::{self, CheckRefusal, LiquidationMargin, Moment, Purpose, Sources},
    seeds,
};
use bytemuck::Zeroable;

use crate::accounts::{self, ReadError};

/// What a client knows of an exchange, its markets and its banks.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Address of the exchange.
    pub address: Pubkey,
    /// The exchange.
    pub exchange: Box<Exchange>,
    markets: BTreeMap<u16, Box<Market>>,
    banks: BTreeMap<u16, (Pubkey, Box<Bank>)>,
}

impl Snapshot {
    /// Starts with the exchange alone.
    pub fn new(address: Pubkey, exchange: Exchange) -> Self {
        Self { address, exchange: Box::new(exchange), markets: BTreeMap::new(), banks: BTreeMap::new() }
    }

    /// Takes in an account, if it is a market, a bank or the exchange itself; replaces what was known of it. Accounts
    /// of other exchanges, and of other types, are left out. Returns whether the account was taken in.
    ///
    /// # Errors
    /// [`ReadError::WrongSize`].
    pub fn read(&mut self, address: Pubkey, data: &[u8]) -> Result<bool, ReadError> {
        if accounts::is::<Market>(data) {
            let market = accounts::read_market(data)?;
            return Ok(market.exchange == self.address && self.insert_market(market));
        }
        if accounts::is::<Bank>(data) {
            let bank = accounts::read_bank(data)?;
            return Ok(bank.exchange == self.address && self.insert_bank(address, bank));
        }
        if address == self.address {
            *self.exchange = accounts::read_exchange(data)?;
            return Ok(true);
        }
        Ok(false)
    }

    fn insert_market(&mut self, market: Market) -> bool {
        self.markets.insert(market.number, Box::new(market));
        true
    }

    fn insert_bank(&mut self, address: Pubkey, bank: Bank) -> bool {
        self.banks.insert(bank.number, (address, Box::new(bank)));
        true
    }

    /// Forgets the market or bank at an address. Returns whether it was known.
    pub fn forget(&mut self, address: &Pubkey) -> bool {
        let before = self.markets.len() + self.banks.len();
        self.keep_only(|known| known != address);
        self.markets.len() + self.banks.len() < before
    }

    /// Forgets the markets and banks at whose addresses `is_there` says no.
    pub fn keep_only(&mut self, is_there: impl Fn(&Pubkey) -> bool) {
        let exchange = self.address;
        self.markets.retain(|number, _| is_there(&seeds::market(&exchange, *number).0));
        self.banks.retain(|_, (address, _)| is_there(address));
    }

    /// The markets, by number.
    pub fn markets(&self) -> impl Iterator<Item = (Pubkey, &Market)> {
        self.markets.values().map(|market| (self.market_address(market.number), &**market))
    }

    /// The banks, by number.
    pub fn banks(&self) -> impl Iterator<Item = (Pubkey, &Bank)> {
        self.banks.values().map(|(address, bank)| (*address, &**bank))
    }

    /// A market, to be changed: for a snapshot of what an instruction would make of it.
    pub fn market_mut(&mut self, number: u16) -> Option<&mut Market> {
        self.markets.get_mut(&number).map(Box::as_mut)
    }

    /// A bank, to be changed: see [`Snapshot::market_mut`].
    pub fn bank_mut(&mut self, number: u16) -> Option<&mut Bank> {
        self.banks.get_mut(&number).map(|(_, bank)| bank.as_mut())
    }

    /// Address of the market with this number, known or not.
    pub fn market_address(&self, number: u16) -> Pubkey {
        seeds::market(&self.address, number).0
    }

    /// Address of the bank with this number. Unlike a market's it derives from the mint, so the bank must be known.
    pub fn bank_address(&self, number: u16) -> Option<Pubkey> {
        self.banks.get(&number).map(|(address, _)| *address)
    }

    /// The margin of an account in one mode, as the program would compute it.
    ///
    /// # Errors
    /// As the program: something the account refers to is missing, too old for the purpose, or out of range.
    pub fn margin(&self, account: &MarginAccount, moment: Moment, mode: Mode) -> Result<Margin, CheckRefusal> {
        revaluation::margin(account, &self.exchange, self, moment, mode, &mut Workspace::zeroed())
    }

    /// The terms of the next step of the account's liquidation, as the program would have them; nothing if it may not
    /// be liquidated.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn liquidation_terms(
        &self,
        account: &MarginAccount,
        moment: Moment,
    ) -> Result<Option<StepTerms>, CheckRefusal> {
        let judged = self.liquidation_margin(account, moment)?;
        if judged.is_protected() {
            return Ok(None);
        }
        let regime = revaluation::regime(account, self)?;
        let rules = self.exchange.parameters.liquidation_rules();
        Ok(rules.next_step(&judged.margin, regime, account.liquidation(), moment.slot).map(|(_, terms)| terms))
    }

    /// The margin by which the account is liquidated: at the index, and at the prices that favour it where some are in
    /// dispute.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn liquidation_margin(
        &self,
        account: &MarginAccount,
        moment: Moment,
    ) -> Result<LiquidationMargin, CheckRefusal> {
        revaluation::liquidation_margin(account, &self.exchange, self, moment, &mut Workspace::zeroed())
    }

    /// What may leave the account: its withdrawal excess at the index, or at the index that withdrawals count with,
    /// whichever is less.
    ///
    /// # Errors
    /// As [`Snapshot::margin`] for [`Purpose::Withdrawal`].
    pub fn withdrawal_excess(&self, account: &MarginAccount, moment: Moment) -> Result<MicroUsd, CheckRefusal> {
        let moment = Moment { purpose: Purpose::Withdrawal, ..moment };
        let margin = self.margin(account, moment, account.mode())?;
        revaluation::withdrawal_excess(account, &self.exchange, self, moment, &margin, &mut Workspace::zeroed())
    }

    /// The account's legs by the maintenance requirement that they free per dollar of cost, best first.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn rank_legs(&self, account: &MarginAccount, moment: Moment) -> Result<Vec<GuideLeg>, CheckRefusal> {
        guide::rank_legs(account, &self.exchange, self, moment, &mut Workspace::zeroed())
    }

    /// The report that `assess` would return.
    ///
    /// # Errors
    /// As [`Snapshot::margin`]; prices may be of any age.
    pub fn report(&self, account: &MarginAccount, moment: Moment) -> Result<MarginReport, CheckRefusal> {
        revaluation::report(account, &self.exchange, self, moment, &mut Workspace::zeroed())
    }

    /// Greeks and losses of an account in each of its markets.
    ///
    /// # Errors
    /// As [`Snapshot::report`].
    pub fn market_reports(&self, account: &MarginAccount, moment: Moment) -> Result<Vec<MarketReport>, CheckRefusal> {
        let report = self.report(account, moment)?;
        Ok(report.markets.into_iter().take(usize::from(report.market_count)).collect())
    }

    /// The scenario matrix that `assess_market` would return.
    ///
    /// # Errors
    /// As [`Snapshot::margin`]; the account must hold something in the market, and prices may be of any age.
    pub fn scenario_matrix(
        &self,
        account: &MarginAccount,
        market: u16,
        moment: Moment,
    ) -> Result<ScenarioMatrix, CheckRefusal> {
        revaluation::scenario_matrix(account, &self.exchange, self, market, moment, &mut Workspace::zeroed())
    }
}

impl Sources for Snapshot {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.get(&number).map(Box::as_ref)
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.get(&number).map(|(_, bank)| bank.as_ref())
    }
}
