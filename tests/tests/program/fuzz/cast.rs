//! Who and what takes part: the names by which actions refer to accounts, markets and banks.

use anchor_lang::prelude::Pubkey;
use ballast_client::{CollateralToken, MarginAccountKey};
use ballast_harness::{
    Exchange, Mint, Wallet,
    oracle::{Feed, Quote, USD},
};
use ballast_state::Market;
use ballast_tests::{USUAL_DEPOSITS, tamper};
use solana_signer::Signer;

/// Wallets that own margin accounts.
pub const USERS: usize = 10;
/// Margin accounts: one a wallet, and a second one of the first wallets.
pub const ACCOUNTS: usize = 13;

/// The cast of a sequence. It is the same in every sequence, so that actions can be replayed in any of them.
#[derive(Clone)]
pub struct Cast {
    /// Address of the exchange.
    pub exchange: Pubkey,
    /// Margin accounts, opened or not.
    pub accounts: Vec<MarginAccountKey>,
    /// Banks, by number from 1; the first is the quote token's.
    pub banks: Vec<BankEntry>,
    /// Markets, by number from 1.
    pub markets: Vec<MarketEntry>,
    /// Who owns accounts, governs and publishes; the last one is a stranger to the exchange.
    pub wallets: Vec<Wallet>,
    /// Who pays for transactions and for the rent of accounts.
    pub payer: Pubkey,
    /// Address of governance.
    pub governance: Pubkey,
    /// Address of the listing role.
    pub listing: Pubkey,
    /// Addresses of the publishers.
    pub publishers: [Pubkey; 3],
    /// Another exchange's accounts, to be passed where ours belong.
    pub foreign: Foreign,
}

/// A bank.
#[derive(Clone)]
pub struct BankEntry {
    /// Its mint.
    pub mint: Mint,
    /// Its price feed.
    pub feed: Feed,
    /// Price at the start, 10^-8 USD.
    pub price: i64,
    /// A usual deposit, native units.
    pub usual: u64,
}

/// A market.
#[derive(Clone)]
pub struct MarketEntry {
    /// Its price feed, which the bank of its underlying shares.
    pub feed: Feed,
    /// The feed of its second source, if it has one.
    pub second_feed: Option<Feed>,
    /// Decimals of prices and quantities together.
    pub decimals: u32,
    /// A large position, lots.
    pub usual: u64,
    /// Address.
    pub address: Pubkey,
}

/// Accounts of another exchange.
#[derive(Clone, Copy)]
pub struct Foreign {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its bank.
    pub bank: Pubkey,
    /// Its market, which has the number of ours.
    pub market: Pubkey,
    /// The first wallet's account there.
    pub account: Pubkey,
}

/// Names, large positions in lots.
const MARKETS: [(&str, u64); 3] = [("BTC", 100_000), ("ETH", 200_000), ("SOL", 40_000)];
/// The market that is held against a second source.
const WITH_SECOND_SOURCE: &str = "SOL";

impl Cast {
    /// Gathers the cast on an exchange: wallets with tokens, and another exchange beside it.
    pub fn gather(exchange: &mut Exchange) -> Self {
        let users: Vec<Wallet> = (0..USERS).map(|_| exchange.chain.wallet()).collect();
        let stranger = exchange.chain.wallet();
        let key = |owner, sub_account| MarginAccountKey { exchange: exchange.address, owner, sub_account };
        let accounts = (0..ACCOUNTS).map(|index| key(users[index % USERS].pubkey(), (index / USERS) as u16)).collect();

        let banks = USUAL_DEPOSITS.map(|(name, usual)| {
            let collateral = exchange.collateral(name).clone();
            for user in &users {
                exchange.chain.fund(&collateral.mint, &user.pubkey(), usual * 100);
            }
            BankEntry { mint: collateral.mint, feed: collateral.feed, price: collateral.price, usual }
        });
        let markets = MARKETS.map(|(name, usual)| {
            let underlying = exchange.underlying(name);
            let decimals = u32::from(underlying.price_decimals + underlying.quantity_decimals);
            let address = ballast_state::seeds::market(&exchange.address, underlying.number).0;
            let second_feed = (name == WITH_SECOND_SOURCE).then(|| Feed::pull([200; 32]));
            MarketEntry { feed: underlying.feed.clone(), second_feed, decimals, usual, address }
        });
        for market in &markets {
            let Some(second) = &market.second_feed else { continue };
            exchange.chain.publish(second, &Quote::new(200 * USD, exchange.chain.now()));
            tamper(exchange, market.address, |market: &mut Market| market.second_oracle = second.source);
        }
        let foreign = Foreign::open(exchange, &users[0]);
        let listing = exchange.listing.clone();
        let publishers = exchange.publishers.clone();
        let mut wallets = users;
        wallets.extend([exchange.governance.clone(), listing.clone()]);
        wallets.extend(publishers.iter().cloned());
        wallets.push(stranger);
        Self {
            exchange: exchange.address,
            accounts,
            banks: banks.into(),
            markets: markets.into(),
            payer: exchange.chain.payer().pubkey(),
            governance: exchange.governance.pubkey(),
            listing: listing.pubkey(),
            publishers: publishers.each_ref().map(|publisher| publisher.pubkey()),
            wallets,
            foreign,
        }
    }

    /// The margin account with this index; indices beyond the last begin anew.
    pub fn key(&self, account: u8) -> &MarginAccountKey {
        &self.accounts[usize::from(account) % self.accounts.len()]
    }

    /// Address of that account.
    pub fn address(&self, account: u8) -> Pubkey {
        self.key(account).address()
    }

    /// The bank with this number; numbers that were never given mean the first.
    pub fn bank(&self, number: u16) -> &BankEntry {
        self.banks.get(usize::from(number.wrapping_sub(1))).unwrap_or(&self.banks[0])
    }

    /// The market with this number; numbers that were never given mean the first.
    pub fn market(&self, number: u16) -> &MarketEntry {
        self.markets.get(usize::from(number.wrapping_sub(1))).unwrap_or(&self.markets[0])
    }

    /// The feed with this number: those of the banks, then the second sources; numbers beyond the last begin anew.
    pub fn feed(&self, number: u8) -> &Feed {
        let banks = self.banks.iter().map(|bank| &bank.feed);
        let seconds = self.markets.iter().filter_map(|market| market.second_feed.as_ref());
        banks.chain(seconds).cycle().nth(usize::from(number)).expect("there are feeds")
    }

    /// The quote token.
    pub fn quote(&self) -> CollateralToken {
        self.banks[0].mint.token
    }

    /// Address of the stranger.
    pub fn stranger(&self) -> Pubkey {
        self.wallets.last().expect("the cast has wallets").pubkey()
    }
}

impl Foreign {
    fn open(exchange: &mut Exchange, wallet: &Wallet) -> Self {
        let address = exchange.open_another(1).expect("another exchange is opened");
        let market = exchange.list_market_in(address, "BTC").expect("it lists a market");
        let key = MarginAccountKey { exchange: address, owner: wallet.pubkey(), sub_account: 0 };
        let payer = exchange.chain.payer().pubkey();
        let opening = ballast_client::instructions::open_account(&key, payer, ballast_risk::Mode::Portfolio);
        exchange.chain.send(&[opening], &[wallet]).expect("the account is opened");
        Self { exchange: address, bank: exchange.quote_token().bank(&address).0, market, account: key.address() }
    }
}
