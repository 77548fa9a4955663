//! What traders and keepers do on the exchange.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{ExpiryArgs, LiquidationPlan, SettlePnlArgs, TradeArgs, TradeLeg};
use ballast_client::{CheckAccounts, CollateralToken, MarginAccountKey, accounts, instructions};
use ballast_risk::{MarginReport, Mode, liquidation::StepTerms, report::ScenarioMatrix};
use ballast_state::{
    Contract, MarginAccount, OptionKind, PositionKind,
    guide::GuideLeg,
    revaluation::{Moment, Purpose},
};
use solana_signer::Signer;

use crate::{
    chain::Wallet,
    exchange::{Exchange, ExpiryKey},
    transaction::{Outcome, Refusal},
};

/// A wallet and one of its margin accounts.
#[derive(Clone, Debug)]
pub struct Trader {
    /// The wallet.
    pub wallet: Wallet,
    /// The margin account.
    pub key: MarginAccountKey,
}

impl Trader {
    /// Address of the wallet.
    pub fn owner(&self) -> Pubkey {
        self.key.owner
    }

    /// Address of the margin account.
    pub fn address(&self) -> Pubkey {
        self.key.address()
    }
}

impl Exchange {
    /// A new wallet with a margin account into which it has deposited these amounts, in native units by bank name.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn trader(&mut self, mode: Mode, deposits: &[(&str, u64)]) -> Trader {
        let wallet = self.chain.wallet();
        let trader = self.open_account(&wallet, 0, mode).expect("the account is opened");
        for (bank, amount) in deposits {
            self.fund(&trader, bank, *amount);
            self.deposit(&trader, bank, *amount).expect("the deposit is accepted");
        }
        trader
    }

    /// Opens a margin account.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open_account(&mut self, wallet: &Wallet, sub_account: u16, mode: Mode) -> Result<Trader, Refusal> {
        let key = MarginAccountKey { exchange: self.address, owner: wallet.pubkey(), sub_account };
        let instruction = instructions::open_account(&key, self.chain.payer().pubkey(), mode);
        self.chain.send(&[instruction], &[wallet])?;
        Ok(Trader { wallet: wallet.clone(), key })
    }

    /// Closes a margin account; the wallet receives the rent.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_account(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let instruction = instructions::close_account(&trader.key, trader.owner());
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Mints tokens of a bank to the trader's wallet.
    pub fn fund(&mut self, trader: &Trader, bank: &str, amount: u64) {
        let mint = self.collateral(bank).mint.clone();
        self.chain.fund(&mint, &trader.owner(), amount);
    }

    /// The token of a bank, and the trader's token account for it.
    pub fn wallet_account(&self, trader: &Trader, bank: &str) -> (CollateralToken, Pubkey) {
        let mint = &self.collateral(bank).mint;
        (mint.token, mint.account_of(&trader.owner()))
    }

    /// Deposits native units from the trader's wallet.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn deposit(&mut self, trader: &Trader, bank: &str, amount: u64) -> Result<Outcome, Refusal> {
        let (token, source) = self.wallet_account(trader, bank);
        let instruction = instructions::deposit(&trader.key, &token, source, amount);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Withdraws native units to the trader's wallet.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn withdraw(&mut self, trader: &Trader, bank: &str, amount: u64) -> Result<Outcome, Refusal> {
        let (token, destination) = self.wallet_account(trader, bank);
        let check = self.check_of(trader);
        let instruction = instructions::withdraw(&trader.key, &token, destination, amount, check);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Declares part of a deposit a hedge.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn declare_hedge(&mut self, trader: &Trader, bank: &str, amount: u64) -> Result<Outcome, Refusal> {
        let check = self.check_of(trader);
        let instruction = instructions::declare_hedge(&trader.key, self.collateral(bank).number, amount, check);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Changes the margin mode.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn set_mode(&mut self, trader: &Trader, mode: Mode) -> Result<Outcome, Refusal> {
        let instruction = instructions::set_mode(&trader.key, mode, self.check_of(trader));
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Lends cash to the lending pool.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn lend(&mut self, trader: &Trader, amount: u64) -> Result<Outcome, Refusal> {
        let instruction = instructions::lend(&trader.key, &self.quote_token(), amount, self.check_of(trader));
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Turns shares of the lending pool back into cash.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn unlend(&mut self, trader: &Trader, shares: u64) -> Result<Outcome, Refusal> {
        let instruction = instructions::unlend(&trader.key, &self.quote_token(), shares);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Borrows cash from the lending pool.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn borrow(&mut self, trader: &Trader, amount: u64) -> Result<Outcome, Refusal> {
        let check = self.check(CheckAccounts::of(&[&self.account(trader)]).borrowing());
        let instruction = instructions::borrow(&trader.key, &self.quote_token(), amount, check);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Pays a debt to the lending pool back.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn repay(&mut self, trader: &Trader, amount: u64) -> Result<Outcome, Refusal> {
        let instruction = instructions::repay(&trader.key, &self.quote_token(), amount);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// The option with this strike, in whole dollars.
    ///
    /// # Panics
    /// If it is not listed.
    pub fn option(&self, expiry: &ExpiryKey, strike: u64, kind: OptionKind) -> Contract {
        let market = self.market(expiry.market);
        let ticks = strike * 10_u64.pow(u32::from(market.price_decimals));
        let found = (0_u8..).zip(&market.series).find(|(_, series)| {
            series.number != 0 && series.expiry_slot == expiry.slot && series.strike == ticks && series.kind() == kind
        });
        let (slot, series) = found.unwrap_or_else(|| panic!("no {kind:?} at {strike} is listed"));
        Contract::option(slot, series)
    }

    /// What a contract is marked at now, ticks.
    ///
    /// # Panics
    /// If it has no mark.
    pub fn mark(&self, market: &str, contract: Contract) -> u64 {
        let market = self.market(self.underlying(market).number);
        let listed = contract.find(&market).expect("the contract is listed");
        listed.mark(&market, self.chain.now()).expect("the contract has a mark").price
    }

    /// A leg in which the first account buys `lots` at `price` ticks.
    pub fn leg(&self, market: &str, contract: Contract, lots: i64, price: u64) -> TradeLeg {
        TradeLeg { market: self.underlying(market).number, contract, quantity: lots, price }
    }

    /// A leg at the mark.
    pub fn leg_at_mark(&self, market: &str, contract: Contract, lots: i64) -> TradeLeg {
        self.leg(market, contract, lots, self.mark(market, contract))
    }

    /// Trades.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn trade(&mut self, first: &Trader, second: &Trader, legs: &[TradeLeg]) -> Result<Outcome, Refusal> {
        let check = self.trade_check(first, second, legs);
        let instruction = instructions::trade(&first.key, &second.key, legs.to_vec(), check);
        self.chain.send(&[instruction], &[&first.wallet, &second.wallet])
    }

    /// [`Exchange::trade`] that claims rebates for both accounts.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn trade_for_rebates(
        &mut self,
        first: &Trader,
        second: &Trader,
        legs: &[TradeLeg],
    ) -> Result<Outcome, Refusal> {
        let check = self.trade_check(first, second, legs);
        let args = TradeArgs { legs: legs.to_vec(), claims_rebates: true, maximum_fees: instructions::ANY_FEES };
        let instruction = instructions::trade_with(&first.key, &second.key, args, check);
        self.chain.send(&[instruction], &[&first.wallet, &second.wallet])
    }

    /// Sweeps a market's fees into the insurance fund.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn collect_fees(&mut self, market: &str) -> Result<Outcome, Refusal> {
        let quote = self.quote_token();
        let instruction = instructions::collect_fees(self.address, &quote, self.underlying(market).number);
        self.chain.send(&[instruction], &[])
    }

    /// The account list of a trade.
    pub fn trade_check(&self, first: &Trader, second: &Trader, legs: &[TradeLeg]) -> Vec<AccountMeta> {
        self.touching_check(first, second, legs.iter().map(|leg| leg.market))
    }

    /// The account list of a check of two accounts that changes these markets.
    pub(crate) fn touching_check(
        &self,
        first: &Trader,
        second: &Trader,
        touched: impl IntoIterator<Item = u16>,
    ) -> Vec<AccountMeta> {
        let accounts = [self.account(first), self.account(second)];
        self.check(CheckAccounts::of(&[&accounts[0], &accounts[1]]).touching(touched))
    }

    /// Buys `lots` of a contract at its mark from `seller`.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn buy(&mut self, buyer: &Trader, seller: &Trader, market: &str, contract: Contract, lots: i64) -> Outcome {
        let leg = self.leg_at_mark(market, contract, lots);
        self.trade(buyer, seller, &[leg]).expect("the trade is accepted")
    }

    /// Settles profit or loss of the perpetual, of a future or of a claim.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn settle_pnl(
        &mut self,
        trader: &Trader,
        market: &str,
        kind: PositionKind,
        number: u32,
    ) -> Result<Outcome, Refusal> {
        let args = SettlePnlArgs { kind: kind as u8, number };
        let instruction = instructions::settle_pnl(&trader.key, self.underlying(market).number, args);
        self.chain.send(&[instruction], &[])
    }

    /// Fixes an expiry's settlement price.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn fix_settlement(&mut self, expiry: &ExpiryKey) -> Result<Outcome, Refusal> {
        let instruction = instructions::fix_settlement(self.address, expiry.market, expiry_args(expiry));
        self.chain.send(&[instruction], &[])
    }

    /// Settles an account's positions of an expiry.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn settle_expired(&mut self, trader: &Trader, expiry: &ExpiryKey) -> Result<Outcome, Refusal> {
        let instruction = instructions::settle_expired(&trader.key, expiry.market, expiry_args(expiry));
        self.chain.send(&[instruction], &[])
    }

    /// Removes a settled expiry that nobody holds.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn remove_expiry(&mut self, expiry: &ExpiryKey) -> Result<Outcome, Refusal> {
        let quote = self.quote_token();
        let instruction = instructions::remove_expiry(self.address, &quote, expiry.market, expiry_args(expiry));
        self.chain.send(&[instruction], &[])
    }

    /// Liquidates.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn liquidate(
        &mut self,
        victim: &Trader,
        liquidator: &Trader,
        plan: LiquidationPlan,
    ) -> Result<Outcome, Refusal> {
        let instruction = self.liquidation(victim, liquidator, plan);
        self.chain.send(&[instruction], &[&liquidator.wallet])
    }

    /// Refreshes every market and bank that a liquidation reads, and liquidates, in one transaction: what a liquidator
    /// sends who relies on nobody. Feeds that are refused are passed over.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn refresh_and_liquidate(
        &mut self,
        victim: &Trader,
        liquidator: &Trader,
        plan: LiquidationPlan,
    ) -> Result<Outcome, Refusal> {
        let liquidation = self.liquidation(victim, liquidator, plan);
        let mut priced = self.priced();
        priced.retain(|pair| liquidation.accounts.iter().any(|meta| meta.pubkey == pair.target));
        let refresh = instructions::refresh(self.address, &priced, true);
        self.chain.send(&[refresh, liquidation], &[&liquidator.wallet])
    }

    /// The instruction of [`Exchange::liquidate`].
    pub fn liquidation(&self, victim: &Trader, liquidator: &Trader, plan: LiquidationPlan) -> Instruction {
        let check = self.liquidation_check(victim, liquidator);
        instructions::liquidate(&victim.key, &liquidator.key, &self.quote_token(), plan, check)
    }

    /// On which terms the next step of a liquidation would go, as the program would have it; nothing if the account may
    /// not be liquidated.
    ///
    /// # Panics
    /// If the engine refuses.
    pub fn liquidation_terms(&self, victim: &Trader) -> Option<StepTerms> {
        let moment = self.liquidation_moment();
        self.snapshot().liquidation_terms(&self.account(victim), moment).expect("the engine assesses the account")
    }

    /// The account's legs by the maintenance requirement that they free per dollar of cost, best first.
    ///
    /// # Panics
    /// If the engine refuses.
    pub fn rank_legs(&self, trader: &Trader) -> Vec<GuideLeg> {
        let moment = self.liquidation_moment();
        self.snapshot().rank_legs(&self.account(trader), moment).expect("the engine assesses the account")
    }

    /// Now, for a liquidation.
    pub fn liquidation_moment(&self) -> Moment {
        Moment { now: self.chain.now(), slot: self.chain.slot(), purpose: Purpose::Liquidation }
    }

    /// The account list of a liquidation, or of a bankruptcy's resolution.
    pub fn liquidation_check(&self, victim: &Trader, liquidator: &Trader) -> Vec<AccountMeta> {
        let accounts = [self.account(victim), self.account(liquidator)];
        let touched = accounts[0].markets.iter().map(|held| held.market).filter(|&market| market != 0);
        self.check(CheckAccounts::of(&[&accounts[0], &accounts[1]]).touching(touched))
    }

    /// Takes over a fraction (scale 2^-28) of a bankrupt account.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn resolve_bankruptcy(
        &mut self,
        victim: &Trader,
        liquidator: &Trader,
        fraction: u32,
    ) -> Result<Outcome, Refusal> {
        let (quote, check) = (self.quote_token(), self.liquidation_check(victim, liquidator));
        let instruction = instructions::resolve_bankruptcy(&victim.key, &liquidator.key, &quote, fraction, check);
        self.chain.send(&[instruction], &[&liquidator.wallet])
    }

    /// Records an account as an open bankruptcy, or takes it off the record.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn record_bankruptcy(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let (quote, check) = (self.quote_token(), self.check_of(trader));
        self.chain.send(&[instructions::record_bankruptcy(&trader.key, &quote, check)], &[])
    }

    /// The margin report that the program returns.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn assess(&mut self, trader: &Trader) -> MarginReport {
        self.assess_outcome(trader).0
    }

    /// The margin report that the program returns, and what it took to compute.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn assess_outcome(&mut self, trader: &Trader) -> (MarginReport, Outcome) {
        let check = self.check_of(trader);
        let instruction = instructions::assess(self.address, trader.address(), check);
        let outcome = self.chain.simulate(&[instruction], &[]).expect("the program assesses the account");
        let report = accounts::read_report(&outcome.return_data).expect("the program returned a report");
        (report, outcome)
    }

    /// The margin report that a client computes from the same accounts.
    ///
    /// # Panics
    /// If the engine refuses.
    pub fn preview(&self, trader: &Trader) -> MarginReport {
        let moment = Moment { now: self.chain.now(), slot: self.chain.slot(), purpose: Purpose::View };
        self.snapshot().report(&self.account(trader), moment).expect("the engine assesses the account")
    }

    /// What may leave the account, µUSD: its withdrawal excess at the index, or at the index that withdrawals count with.
    ///
    /// # Panics
    /// If the engine refuses.
    pub fn withdrawable(&self, trader: &Trader) -> i64 {
        let moment = Moment { now: self.chain.now(), slot: self.chain.slot(), purpose: Purpose::Withdrawal };
        let excess = self.snapshot().withdrawal_excess(&self.account(trader), moment);
        excess.expect("the engine assesses the account").0
    }

    /// The scenario matrix of a market that the program returns.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn assess_market(&mut self, trader: &Trader, market: &str) -> Result<ScenarioMatrix, Refusal> {
        self.assess_market_outcome(trader, market).map(|(matrix, _)| matrix)
    }

    /// The same, and what it took to compute.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn assess_market_outcome(
        &mut self,
        trader: &Trader,
        market: &str,
    ) -> Result<(ScenarioMatrix, Outcome), Refusal> {
        let (number, check) = (self.underlying(market).number, self.check_of(trader));
        let instruction = instructions::assess_market(self.address, trader.address(), number, check);
        let outcome = self.chain.simulate(&[instruction], &[])?;
        let matrix = accounts::read_matrix(&outcome.return_data).expect("the program returned a matrix");
        Ok((matrix, outcome))
    }

    /// The scenario matrix that a client computes from the same accounts.
    ///
    /// # Panics
    /// If the engine refuses.
    pub fn preview_market(&self, trader: &Trader, market: &str) -> ScenarioMatrix {
        let moment = Moment { now: self.chain.now(), slot: self.chain.slot(), purpose: Purpose::View };
        let number = self.underlying(market).number;
        let account = self.account(trader);
        self.snapshot().scenario_matrix(&account, number, moment).expect("the engine assesses the market")
    }

    /// The margin account.
    pub fn account(&self, trader: &Trader) -> MarginAccount {
        let data = self.chain.data(&trader.address());
        accounts::read_margin_account(&data).expect("the margin account can be read")
    }

    /// Tokens in the trader's wallet.
    pub fn wallet_tokens(&self, trader: &Trader, bank: &str) -> u64 {
        let (_, account) = self.wallet_account(trader, bank);
        self.chain.tokens(&account)
    }

    /// The account list for a check of one account.
    pub fn check_of(&self, trader: &Trader) -> Vec<AccountMeta> {
        self.check(CheckAccounts::of(&[&self.account(trader)]))
    }

    /// The account metas of a check's account list.
    pub fn check(&self, list: CheckAccounts) -> Vec<AccountMeta> {
        list.metas(&self.snapshot()).expect("every bank is known")
    }
}

fn expiry_args(expiry: &ExpiryKey) -> ExpiryArgs {
    ExpiryArgs { slot: expiry.slot, number: expiry.number }
}
