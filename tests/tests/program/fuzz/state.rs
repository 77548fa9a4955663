//! Every account of the program and of the token programs at one moment, and what the engine says of it.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_client::{CheckAccounts, Snapshot, accounts};
use ballast_harness::Exchange;
use ballast_risk::{
    Margin, MarginReport, MicroUsd,
    liquidation::StepTerms,
    margin::GainLimits,
    revaluation::{MarketRisk, Workspace},
};
use ballast_state::{
    Contract, MarginAccount, Market, Stake,
    contract::Mark,
    revaluation::{self, CheckRefusal, Moment, Purpose},
};
use bytemuck::Zeroable;

use super::cast::Cast;

/// What there was at one moment.
#[derive(Clone)]
pub struct State {
    /// Every account: address, lamports, data.
    pub all: Vec<(Pubkey, u64, Vec<u8>)>,
    /// The exchange, its markets and its banks.
    pub snapshot: Snapshot,
    /// Unix time.
    pub now: i64,
    /// Slot.
    pub slot: u64,
    margin_accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    stakes: Vec<Stake>,
}

impl State {
    /// Reads everything.
    pub fn read(exchange: &Exchange) -> Self {
        let all = ballast_tests::state(exchange);
        let mut snapshot = Snapshot::new(exchange.address, exchange.state());
        let (mut margin_accounts, mut stakes) = (BTreeMap::new(), Vec::new());
        for (address, _, data) in &all {
            if accounts::is::<MarginAccount>(data) {
                let account = accounts::read_margin_account(data).expect("the margin account can be read");
                if account.exchange == exchange.address {
                    margin_accounts.insert(*address, Box::new(account));
                }
            } else if accounts::is::<Stake>(data) {
                let stake = accounts::read_stake(data).expect("the stake can be read");
                stakes.extend((stake.exchange == exchange.address).then_some(stake));
            } else {
                snapshot.read(*address, data).expect("every account of the program can be read");
            }
        }
        Self { all, snapshot, now: exchange.chain.now(), slot: exchange.chain.slot(), margin_accounts, stakes }
    }

    /// A margin account of the exchange.
    pub fn account(&self, address: &Pubkey) -> Option<&MarginAccount> {
        self.margin_accounts.get(address).map(AsRef::as_ref)
    }

    /// All margin accounts of the exchange.
    pub fn accounts(&self) -> impl Iterator<Item = (&Pubkey, &MarginAccount)> {
        self.margin_accounts.iter().map(|(address, account)| (address, account.as_ref()))
    }

    /// All stakes in the insurance fund.
    pub fn stakes(&self) -> impl Iterator<Item = &Stake> {
        self.stakes.iter()
    }

    /// A market.
    ///
    /// # Panics
    /// If there is none with this number.
    pub fn market(&self, number: u16) -> &Market {
        let found = self.snapshot.markets().find(|(_, market)| market.number == number);
        found.unwrap_or_else(|| panic!("market {number} exists")).1
    }

    /// Numbers of the markets that there are.
    pub fn market_numbers(&self) -> Vec<u16> {
        let mut numbers: Vec<u16> = self.snapshot.markets().map(|(_, market)| market.number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Data of an account of the program or of a token program.
    pub fn data(&self, address: &Pubkey) -> Option<&[u8]> {
        self.all.iter().find(|(other, ..)| other == address).map(|(_, _, data)| &**data)
    }

    /// The markets and banks that checks of these accounts read; those in `touched` writable.
    pub fn check(
        &self,
        cast: &Cast,
        checked: &[u8],
        touched: impl IntoIterator<Item = u16>,
    ) -> Vec<anchor_lang::prelude::AccountMeta> {
        let known: Vec<&MarginAccount> =
            checked.iter().filter_map(|&account| self.account(&cast.address(account))).collect();
        let list = CheckAccounts::of(&known).touching(touched);
        list.metas(&self.snapshot).expect("every bank is known")
    }

    /// The same for an account that is about to owe the lending pool.
    pub fn check_of_borrower(&self, cast: &Cast, account: u8) -> Vec<anchor_lang::prelude::AccountMeta> {
        let known: Vec<&MarginAccount> = self.account(&cast.address(account)).into_iter().collect();
        CheckAccounts::of(&known).borrowing().metas(&self.snapshot).expect("every bank is known")
    }

    /// The margin of an account in its own mode.
    ///
    /// # Errors
    /// Why the engine refuses.
    pub fn margin(&self, account: &MarginAccount, purpose: Purpose) -> Result<Margin, CheckRefusal> {
        self.snapshot.margin(account, self.moment(purpose), account.mode())
    }

    /// What may leave an account.
    ///
    /// # Errors
    /// Why the engine refuses.
    pub fn withdrawal_excess(&self, account: &MarginAccount) -> Result<MicroUsd, CheckRefusal> {
        self.snapshot.withdrawal_excess(account, self.moment(Purpose::Withdrawal))
    }

    /// The report on an account.
    ///
    /// # Errors
    /// Why the engine refuses.
    pub fn report(&self, account: &MarginAccount) -> Result<MarginReport, CheckRefusal> {
        self.snapshot.report(account, self.moment(Purpose::View))
    }

    /// What an account's positions in one market are worth.
    ///
    /// # Errors
    /// Why the engine refuses.
    pub fn market_risk(&self, account: &MarginAccount, market: u16) -> Result<(MarketRisk, GainLimits), CheckRefusal> {
        let exchange = &self.snapshot.exchange;
        let moment = self.moment(Purpose::Liquidation);
        revaluation::market_risk(account, exchange, self.market(market), moment, &mut Workspace::zeroed())
    }

    /// Net delta of an account in one market, declared hedges included, µUSD; none if it has no positions there.
    ///
    /// # Errors
    /// Why the engine refuses.
    pub fn net_delta(
        &self,
        account: &MarginAccount,
        market: u16,
        purpose: Purpose,
    ) -> Result<Option<i64>, CheckRefusal> {
        let (exchange, moment) = (&self.snapshot.exchange, self.moment(purpose));
        let mut delta = None;
        let note = |of: &Market, risk: &MarketRisk| {
            if of.number == market {
                delta = Some(risk.greeks.delta.0);
            }
        };
        let mut workspace = Workspace::zeroed();
        revaluation::margin_by_market(account, exchange, &self.snapshot, moment, account.mode(), &mut workspace, note)?;
        Ok(delta)
    }

    /// The mark of a contract, if it has one.
    pub fn mark(&self, market: u16, contract: &Contract) -> Option<Mark> {
        let market = self.market(market);
        contract.find(market).ok()?.mark(market, self.now).ok()
    }

    /// The terms of an account's next liquidation step, as a client computes them.
    pub fn liquidation_terms(&self, account: &MarginAccount) -> Option<StepTerms> {
        self.snapshot.liquidation_terms(account, self.moment(Purpose::Liquidation)).ok().flatten()
    }

    /// This moment, for a purpose.
    pub fn moment(&self, purpose: Purpose) -> Moment {
        Moment { now: self.now, slot: self.slot, purpose }
    }
}
