//! The exchange under stress, and what everyone who watches it knows: its accounts as a client reads them.
//!
//! Margins are computed natively from these copies, with the program's own code; only what changes something is sent.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::TradeLeg;
use ballast_client::{CheckAccounts, Snapshot, accounts, instructions};
use ballast_harness::{Exchange, Outcome, Refusal, Trader, Wallet};
use ballast_risk::{Margin, Mode, revaluation::Workspace};
use ballast_state::{
    MarginAccount, Position, PositionKind,
    revaluation::{self, Moment, Purpose, Sources, collateral_input},
};

use crate::contracts::Chain;

/// Contracts whose profit is unsettled, and that move as their underlying does.
pub const LINEAR: [u8; 2] = [PositionKind::Perpetual as u8, PositionKind::Future as u8];

/// Tokens that are collateral beside cash.
const TOKENS: [&str; 4] = ["PYUSD", "BTC", "ETH", "SOL"];

/// A margin account and its copy.
#[derive(Clone)]
pub struct Holder {
    /// Wallet and address.
    pub trader: Trader,
    /// The account as it was last read.
    pub account: Box<MarginAccount>,
}

/// The exchange and the copies of its accounts.
#[derive(Clone)]
pub struct World {
    /// The exchange.
    pub exchange: Exchange,
    /// What is traded.
    pub chains: Vec<Chain>,
    /// Exchange, markets and banks as they were last read.
    pub snapshot: Snapshot,
    /// All margin accounts, in the order in which they were opened.
    pub holders: Vec<Holder>,
    /// Addresses of markets and banks.
    priced: Vec<Pubkey>,
    memory: Vec<u64>,
}

impl World {
    /// An exchange with its chains listed and nobody on it.
    pub fn new() -> Self {
        let mut exchange = Exchange::standard();
        let chains = Chain::list_all(&mut exchange);
        let snapshot = exchange.snapshot();
        let priced = exchange.priced().iter().map(|pair| pair.target).collect();
        let memory = vec![0; Workspace::SIZE / size_of::<u64>()];
        Self { exchange, chains, snapshot, holders: Vec::new(), priced, memory }
    }

    /// Opens an account with these deposits, in native units by bank name. Returns its index.
    pub fn open(&mut self, mode: Mode, deposits: &[(&str, u64)]) -> usize {
        let trader = self.exchange.trader(mode, deposits);
        let account = Box::new(self.exchange.account(&trader));
        self.holders.push(Holder { trader, account });
        self.holders.len() - 1
    }

    /// Reads markets and banks again.
    pub fn reload_prices(&mut self) {
        for address in &self.priced {
            let data = self.exchange.chain.data(address);
            self.snapshot.read(*address, &data).expect("markets and banks can be read");
        }
    }

    /// Reads a margin account again.
    pub fn reload(&mut self, index: usize) {
        let holder = &mut self.holders[index];
        let data = self.exchange.chain.data(&holder.trader.address());
        *holder.account = accounts::read_margin_account(&data).expect("margin accounts can be read");
    }

    /// Now, for checks of any purpose.
    pub fn moment(&self, purpose: Purpose) -> Moment {
        Moment { now: self.exchange.chain.now(), slot: self.exchange.chain.slot(), purpose }
    }

    /// The margin of an account, or of what it may become, at the prices last read.
    pub fn margin_of(&mut self, account: &MarginAccount) -> Margin {
        let moment = self.moment(Purpose::View);
        value(account, &self.snapshot, moment, &mut self.memory)
    }

    /// The margin of the holder with this index.
    pub fn margin(&mut self, index: usize) -> Margin {
        let moment = self.moment(Purpose::View);
        value(&self.holders[index].account, &self.snapshot, moment, &mut self.memory)
    }

    /// Sends a transaction.
    pub fn send(&mut self, instruction: Instruction, signers: &[&Wallet]) -> Result<Outcome, Refusal> {
        self.exchange.chain.send(&[instruction], signers)
    }

    /// Trades between two holders; quantities are what the first one buys.
    pub fn trade(&mut self, first: usize, second: usize, legs: Vec<TradeLeg>) -> Result<Outcome, Refusal> {
        let [one, other] = [first, second].map(|index| self.holders[index].clone());
        let markets: Vec<u16> = legs.iter().map(|leg| leg.market).collect();
        let check = CheckAccounts::of(&[&one.account, &other.account]).touching(markets);
        let check = check.metas(&self.snapshot).expect("every bank is known");
        let instruction = instructions::trade(&one.trader.key, &other.trader.key, legs, check);
        let outcome = self.send(instruction, &[&one.trader.wallet, &other.trader.wallet]);
        self.reload(first);
        self.reload(second);
        outcome
    }

    /// Lets a holder sell the collateral that it has not declared a hedge, elsewhere and at the oracle's price: tokens leave
    /// the exchange, and as much cash comes in.
    pub fn sell_collateral(&mut self, index: usize) {
        let Holder { trader, account } = self.holders[index].clone();
        for balance in account.balances.iter().filter(|balance| balance.bank != 0 && balance.amount > balance.hedge) {
            let is_sold = |name: &&str| self.exchange.collateral(name).number == balance.bank;
            let Some(name) = TOKENS.into_iter().find(is_sold) else { continue };
            let amount = balance.amount - balance.hedge;
            let bank = self.snapshot.bank(balance.bank).expect("the bank is known");
            let input = collateral_input(bank, amount, 0, false, self.exchange.chain.now());
            let value = input.ok().and_then(|input| input.value().ok()).map_or(0, |it| it.value.0.unsigned_abs());
            self.exchange.fund(&trader, "USDC", value);
            let (token, wallet) = self.exchange.wallet_account(&trader, name);
            if self.exchange.chain.account(&wallet).is_none() {
                self.exchange.fund(&trader, name, 0);
            }
            let (quote, cash) = self.exchange.wallet_account(&trader, "USDC");
            let check = CheckAccounts::of(&[&account]).metas(&self.snapshot).expect("every bank is known");
            let swap = [
                instructions::deposit(&trader.key, &quote, cash, value),
                instructions::withdraw(&trader.key, &token, wallet, amount, check),
            ];
            // Refused while an oracle is silent, or while the account has nothing to spare.
            let _ = self.exchange.chain.send(&swap, &[&trader.wallet]);
        }
        self.reload(index);
    }

    /// Σ |lots| at the prices of the start, µUSD: a measure of what is held that the crash itself does not shrink.
    pub fn notional(&self, account: &MarginAccount) -> i128 {
        let market = |position: &Position| account.markets[usize::from(position.market_slot)].market;
        let positions = account.positions().iter();
        positions.map(|position| self.notional_of(market(position), position.quantity)).sum()
    }

    /// The same of lots in one market.
    pub fn notional_of(&self, market: u16, lots: i64) -> i128 {
        let chain = self.chains.iter().find(|chain| chain.market == market);
        chain.map_or(0, |chain| chain.notional(lots.abs()))
    }

    /// Σ |lots| of perpetuals and futures in a market that the first `count` holders have.
    pub fn linear_lots(&self, market: u16, count: usize) -> i64 {
        let holders = self.holders.iter().take(count);
        let lots = holders.flat_map(|Holder { account, .. }| {
            let slot = account.market_slot(market);
            let positions = account.positions().iter();
            positions
                .filter(move |held| Some(usize::from(held.market_slot)) == slot && LINEAR.contains(&held.kind))
                .map(|held| held.quantity.abs())
        });
        lots.sum()
    }
}

fn value(account: &MarginAccount, snapshot: &Snapshot, moment: Moment, memory: &mut [u64]) -> Margin {
    let workspace = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(memory));
    revaluation::margin(account, &snapshot.exchange, snapshot, moment, account.mode(), workspace)
        .expect("the engine values every account")
}
