//! The independent ledger: what every account must hold, followed from the arguments and events of instructions.
//!
//! It is written from docs/architecture.md and docs/margin-model.md, in 128-bit integers that cannot overflow here, and
//! shares no code with the program's bookkeeping. After every step it is compared with the accounts on chain.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_state::{MarginAccount, PositionKind};

use super::{cast::Cast, fees::Window, funding::Funding, pool::Pool, state::State};

/// What is held of a contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Lots; positive is long.
    pub quantity: i128,
    /// What sales brought less what purchases cost, less what was settled, µUSD.
    pub ledger: i128,
    /// Funding index up to which a perpetual's ledger has its funding; zero of anything else.
    pub funded_to: i128,
}

/// A deposit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deposit {
    /// Native units.
    pub amount: i128,
    /// Native units declared a hedge.
    pub hedge: i128,
}

/// A contract: market, kind, and number of its series or expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractKey {
    /// Number of the market.
    pub market: u16,
    /// Kind.
    pub kind: PositionKind,
    /// Number of the series (options) or of the expiry (futures, claims); zero for the perpetual.
    pub number: u32,
}

/// A liquidation under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liquidation {
    /// Slot of its first step; zero if none is.
    pub started: u64,
    /// Slot in which its latest cool-down was opened.
    pub opened: u64,
    /// Share of the account that steps have taken since, scale 2^-30.
    pub taken: i128,
    /// Cash received for slices, µUSD.
    pub proceeds: i128,
}

/// One margin account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Number of the margin mode.
    pub mode: u8,
    /// Quote tokens, µUSD.
    pub cash: i128,
    /// Debt to the lending pool, µUSD.
    pub debt: i128,
    /// Index of the pool when it was last charged interest.
    pub debt_index: i128,
    /// Shares of the lending pool.
    pub lending_shares: i128,
    /// Deposits by bank number.
    pub deposits: BTreeMap<u16, Deposit>,
    /// Holdings.
    pub holdings: BTreeMap<ContractKey, Holding>,
    /// Its liquidation.
    pub liquidation: Liquidation,
    /// Its fees in the running window.
    pub fee_window: Window,
    /// Whether it is on record as an open bankruptcy.
    pub is_bankrupt: bool,
}

/// A stake in the insurance fund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Shares.
    pub shares: i128,
    /// Those for which notice was given.
    pub requested: i128,
    /// When, Unix seconds.
    pub requested_at: i64,
    /// The fund's epoch in which they were bought.
    pub epoch: u32,
}

impl Stake {
    /// Forgets shares that losses made void.
    pub fn bring_to(&mut self, epoch: u32) {
        if self.epoch != epoch {
            *self = Self { epoch, requested_at: self.requested_at, ..Self::default() };
        }
    }

    fn on_chain(stake: &ballast_state::Stake) -> Self {
        Self {
            shares: stake.shares.into(),
            requested: stake.requested_shares.into(),
            requested_at: stake.requested_at,
            epoch: stake.epoch,
        }
    }
}

/// Terms of a series.
#[derive(Clone, Copy, Debug)]
pub struct SeriesTerms {
    /// Number of its expiry.
    pub expiry: u32,
    /// Strike, ticks.
    pub strike: u64,
}

/// An expiry.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryTerms {
    /// When it expires, Unix seconds.
    pub expires_at: i64,
    /// Prices of the market that had been accepted before it was listed.
    pub prices_before: usize,
    /// Settlement price, once fixed.
    pub settlement: Option<u64>,
}

/// The books.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Open margin accounts.
    pub accounts: BTreeMap<Pubkey, Account>,
    /// Losses paid in and not taken out, by market and expiry; expiry zero is the perpetual.
    pub pools: BTreeMap<(u16, u32), i128>,
    /// Markets that are closing: number of the expiry that the perpetual settles with.
    pub closing: BTreeMap<u16, u32>,
    /// What nobody bore of cuts of gains and nobody has made good, by market, µUSD.
    pub uncollected: BTreeMap<u16, i128>,
    /// Fees that wait in each market, µUSD.
    pub fees: BTreeMap<u16, i128>,
    /// The insurance fund, µUSD.
    pub insurance: i128,
    /// The lending pool.
    pub lending: Pool,
    /// Shares in the insurance fund, the protocol's own included.
    pub fund_shares: i128,
    /// How often losses have made all shares void.
    pub fund_epoch: u32,
    /// Stakes in the insurance fund by owner.
    pub stakes: BTreeMap<Pubkey, Stake>,
    /// Native units in the owners' wallets, by wallet and bank.
    pub wallets: BTreeMap<(Pubkey, u16), i128>,
    /// Listed series by market and number.
    pub series: BTreeMap<(u16, u32), SeriesTerms>,
    /// Listed expiries by market and number.
    pub expiries: BTreeMap<(u16, u32), ExpiryTerms>,
    /// Funding of each market's perpetual.
    pub funding: BTreeMap<u16, Funding>,
    /// Prices accepted, by market: when they were published, and ticks.
    pub prices: BTreeMap<u16, Vec<(i64, u64)>>,
}

/// `amount` × `bits` × 2^-30, rounded down.
pub fn share_floor(bits: u32, amount: i128) -> i128 {
    (amount * i128::from(bits)).div_euclid(1 << 30)
}

/// `amount` × `bits` × 2^-30, rounded up.
pub fn share_ceil(bits: u32, amount: i128) -> i128 {
    -(-amount * i128::from(bits)).div_euclid(1 << 30)
}

/// Value of lots at a price, µUSD, rounded down.
pub fn value(cast: &Cast, market: u16, quantity: i128, price: u64) -> i128 {
    (quantity * i128::from(price) * 1_000_000).div_euclid(10_i128.pow(cast.market(market).decimals))
}

impl ContractKey {
    /// What a leg of an instruction refers to.
    pub fn of_leg(market: u16, kind: u8, number: u32) -> Self {
        Self { market, kind: position_kind(kind), number }
    }

    /// Whether it is a call or a put.
    pub fn is_option(&self) -> bool {
        matches!(self.kind, PositionKind::Call | PositionKind::Put)
    }
}

/// Funding that a holding of a perpetual has yet to pay or receive when the index stands at `index`, µUSD.
fn pending_funding(holding: &Holding, index: i128) -> i128 {
    (-holding.quantity * (index - holding.funded_to)).div_euclid(1 << 24)
}

fn position_kind(kind: u8) -> PositionKind {
    use PositionKind::{Call, Claim, Future, None, Perpetual, Put};
    [None, Perpetual, Claim, Future, Call, Put].into_iter().find(|known| *known as u8 == kind).unwrap_or(None)
}

impl Account {
    /// Adds lots and ledger. Nothing stays of an option without lots, and of anything else without lots and ledger.
    pub fn adjust(&mut self, contract: ContractKey, quantity: i128, ledger: i128) {
        let holding = self.holdings.entry(contract).or_default();
        holding.quantity += quantity;
        holding.ledger += ledger;
        if holding.quantity == 0 && (contract.is_option() || holding.ledger == 0) {
            self.holdings.remove(&contract);
        }
    }

    /// Adds to a deposit, or takes off it; a hedge is never more than what is left.
    pub fn move_deposit(&mut self, bank: u16, amount: i128) {
        let deposit = self.deposits.entry(bank).or_default();
        deposit.amount += amount;
        deposit.hedge = deposit.hedge.min(deposit.amount);
        if deposit.amount == 0 {
            self.deposits.remove(&bank);
        }
    }

    /// What an account holds on chain, with what is pending of cuts taken off its holdings.
    pub fn on_chain(account: &MarginAccount, state: &State) -> Self {
        let deposits = account.balances.iter().filter(|balance| balance.bank != 0).map(|balance| {
            (balance.bank, Deposit { amount: i128::from(balance.amount), hedge: i128::from(balance.hedge) })
        });
        let holdings = account.positions().iter().map(|position| {
            let held = &account.markets[usize::from(position.market_slot)];
            let market = state.market(held.market);
            let (cut, funded_to) = match position.kind() {
                PositionKind::Perpetual => (held.pending_cut(market), position.entry_index),
                PositionKind::Claim => {
                    (position.pending_claim_cut(&market.expiries[usize::from(position.expiry_slot)]), 0)
                }
                _ => (0, 0),
            };
            let market = held.market;
            let key = ContractKey { market, kind: position.kind(), number: position.number };
            let [quantity, ledger, funded_to] = [position.quantity, position.ledger - cut, funded_to].map(i128::from);
            (key, Holding { quantity, ledger, funded_to })
        });
        Self {
            mode: account.mode,
            cash: i128::from(account.cash),
            debt: i128::from(account.debt),
            debt_index: i128::from(account.debt_index),
            lending_shares: i128::from(account.lending_shares),
            deposits: deposits.collect(),
            holdings: holdings.collect(),
            liquidation: Liquidation {
                started: account.liquidation_started_slot,
                opened: account.liquidation_step_slot,
                taken: i128::from(account.liquidation_taken),
                proceeds: i128::from(account.liquidation_proceeds),
            },
            fee_window: Window::on_chain(&account.fee_window),
            is_bankrupt: account.is_bankrupt != 0,
        }
    }
}

impl Ledger {
    /// The books before anything happened: owners have tokens in their wallets and nothing else.
    pub fn open(cast: &Cast, tokens: impl Fn(&Pubkey, u16) -> u64) -> Self {
        let mut ledger = Self::default();
        for key in &cast.accounts {
            for bank in 1..=cast.banks.len() as u16 {
                ledger.wallets.insert((key.owner, bank), i128::from(tokens(&key.owner, bank)));
            }
        }
        ledger
    }

    /// An open account.
    ///
    /// # Panics
    /// If it is not open.
    pub fn account(&mut self, address: &Pubkey) -> &mut Account {
        self.accounts.get_mut(address).unwrap_or_else(|| panic!("ledger: account {address} is not open"))
    }

    /// The pool of an expiry; expiry zero is the perpetual's.
    pub fn pool(&mut self, market: u16, expiry: u32) -> &mut i128 {
        self.pools.entry((market, expiry)).or_default()
    }

    /// Adds lots and ledger to a holding. A perpetual first pays or receives the funding since its ledger was last changed.
    pub fn adjust(&mut self, address: &Pubkey, contract: ContractKey, quantity: i128, ledger: i128) {
        self.bring_funding(address, contract);
        self.account(address).adjust(contract, quantity, ledger);
    }

    /// Brings the funding of a holding, if it is one of a perpetual, into its ledger: longs pay while the index rises,
    /// rounded down for either side.
    pub fn bring_funding(&mut self, address: &Pubkey, contract: ContractKey) {
        if contract.kind == PositionKind::Perpetual {
            let index = self.funding[&contract.market].index();
            let holding = self.account(address).holdings.entry(contract).or_default();
            holding.ledger += pending_funding(holding, index);
            holding.funded_to = index;
        }
    }

    /// A holding with the funding that it has yet to pay or receive.
    pub fn with_funding(&self, contract: ContractKey, holding: Holding) -> Holding {
        let pending = match contract.kind {
            PositionKind::Perpetual => pending_funding(&holding, self.funding[&contract.market].index()),
            _ => 0,
        };
        Holding { ledger: holding.ledger + pending, ..holding }
    }

    /// Passes lots from `seller` to `buyer` for a value: in cash for an option, through the ledgers for anything else.
    pub fn fill(&mut self, buyer: &Pubkey, seller: &Pubkey, contract: ContractKey, quantity: i128, value: i128) {
        for (side, sign) in [(buyer, 1), (seller, -1)] {
            self.adjust(side, contract, sign * quantity, -sign * value);
            if contract.is_option() {
                self.account(side).cash -= sign * value;
            }
        }
    }

    /// Compares the books with the accounts on chain.
    ///
    /// # Panics
    /// If they differ.
    pub fn compare(&self, state: &State, tokens: impl Fn(&Pubkey, u16) -> u64) {
        let open: Vec<&Pubkey> = state.accounts().map(|(address, _)| address).collect();
        assert_eq!(open, self.accounts.keys().collect::<Vec<_>>(), "ledger: open accounts");
        for (address, account) in state.accounts() {
            assert_eq!(Account::on_chain(account, state), self.accounts[address], "ledger: account {address}");
        }
        for (_, market) in state.snapshot.markets() {
            assert_eq!(Funding::on_chain(market), self.funding[&market.number], "ledger: funding");
            let uncollected = self.uncollected.get(&market.number).copied().unwrap_or(0);
            let fees = self.fees.get(&market.number).copied().unwrap_or(0);
            assert_eq!(i128::from(market.fees), fees, "ledger: fees that wait in market {}", market.number);
            assert_eq!(i128::from(market.uncollected_cut), uncollected, "ledger: cuts that nobody bore");
            let expiries = market.expiries.iter().filter(|expiry| expiry.number != 0);
            let pools = expiries.map(|expiry| (expiry.number, expiry.pool)).chain([(0, market.perpetual_pool)]);
            for (expiry, pool) in pools {
                let expected = self.pools.get(&(market.number, expiry)).copied().unwrap_or(0);
                assert_eq!(i128::from(pool), expected, "ledger: pool of market {}, expiry {expiry}", market.number);
            }
        }
        let quote = state.snapshot.banks().find(|(_, bank)| bank.number == 1).expect("there is a quote bank").1;
        assert_eq!(Pool::on_chain(&quote.lending), self.lending, "ledger: lending pool");
        assert_eq!(i128::from(quote.insurance), self.insurance, "ledger: insurance fund");
        let fund = (i128::from(quote.insurance_shares), quote.insurance_epoch);
        assert_eq!(fund, (self.fund_shares, self.fund_epoch), "ledger: shares of the insurance fund");
        let stakes: BTreeMap<Pubkey, Stake> =
            state.stakes().map(|stake| (stake.owner, Stake::on_chain(stake))).collect();
        assert_eq!(stakes, self.stakes, "ledger: stakes");
        for ((wallet, bank), expected) in &self.wallets {
            assert_eq!(i128::from(tokens(wallet, *bank)), *expected, "ledger: tokens of bank {bank} in {wallet}");
        }
    }
}
