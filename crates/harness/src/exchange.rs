//! The exchange: what the roles list and what the publisher and the oracles say.

use anchor_lang::prelude::Pubkey;
use ballast::{
    CreateBankArgs, CreateExchangeArgs, CreateExpiryArgs, CreateGroupArgs, CreateMarketArgs, CreateSeriesArgs,
    PostSurfaceArgs,
};
use ballast_client::{CollateralToken, Priced, Snapshot, accounts, instructions};
use ballast_state::{
    Bank, BankParameters, Contract, Exchange as ExchangeState, GroupParameters, Market, MarketParameters, OptionKind,
    exchange::MAX_GROUP_MARKETS, seeds,
};
use bytemuck::Zeroable;
use solana_signer::Signer;

use crate::{
    chain::{Chain, Wallet},
    defaults,
    oracle::{Feed, Quote},
    surfaces::Surface,
    tokens::{Mint, SPL_TOKEN},
    transaction::{Outcome, Refusal},
};

/// A collateral token of the exchange.
#[derive(Clone, Debug)]
pub struct Collateral {
    /// What tests call it: "USDC".
    pub name: String,
    /// The bank's number.
    pub number: u16,
    /// Its mint.
    pub mint: Mint,
    /// Its price feed.
    pub feed: Feed,
    /// Last price published, units of 10^-8 USD; zero before the first.
    pub price: i64,
}

/// An underlying of the exchange.
#[derive(Clone, Debug)]
pub struct Underlying {
    /// What tests call it: "BTC".
    pub name: String,
    /// The market's number.
    pub number: u16,
    /// Decimals of prices.
    pub price_decimals: u8,
    /// Decimals of quantities.
    pub quantity_decimals: u8,
    /// Its price feed.
    pub feed: Feed,
    /// The feed of its second source, if it has one.
    pub second_feed: Option<Feed>,
    /// Last price published, units of 10^-8 USD; zero before the first.
    pub price: i64,
}

impl Underlying {
    /// Ticks of a price in whole dollars.
    pub fn ticks(&self, dollars: u64) -> u64 {
        dollars * 10_u64.pow(u32::from(self.price_decimals))
    }

    /// Lots of a whole number of units.
    pub fn lots(&self, units: i64) -> i64 {
        units * 10_i64.pow(u32::from(self.quantity_decimals))
    }
}

/// An expiry of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryKey {
    /// The market's number.
    pub market: u16,
    /// Slot in the market.
    pub slot: u8,
    /// Number in the market.
    pub number: u32,
    /// When it expires, Unix seconds.
    pub expires_at: i64,
}

impl ExpiryKey {
    /// The expiry's future.
    pub fn future(&self) -> Contract {
        Contract::future(self.slot, self.number)
    }
}

/// An exchange on its own chain.
#[derive(Clone)]
pub struct Exchange {
    /// The chain.
    pub chain: Chain,
    /// Address of the exchange.
    pub address: Pubkey,
    /// Its governance and creator.
    pub governance: Wallet,
    /// Who proposes changes of parameters.
    pub risk: Wallet,
    /// Who lists.
    pub listing: Wallet,
    /// Who pauses, lowers limits and cancels.
    pub guardian: Wallet,
    /// Publishers of every market: one more than have to sign.
    pub publishers: [Wallet; 3],
    /// Mint of the quote token.
    pub quote: Mint,
    pub(crate) collaterals: Vec<Collateral>,
    pub(crate) underlyings: Vec<Underlying>,
}

impl Exchange {
    /// A chain on which the exchange is not created yet.
    pub fn unopened() -> Self {
        let mut chain = Chain::new();
        let governance = chain.wallet();
        let publishers = [chain.wallet(), chain.wallet(), chain.wallet()];
        let [risk, listing, guardian] = ["risk", "listing", "guardian"].map(|role| chain.role_wallet(role));
        let quote = chain.mint(6, SPL_TOKEN, &[]);
        let address = seeds::exchange(&governance.pubkey(), 0).0;
        Self {
            chain,
            address,
            governance,
            risk,
            listing,
            guardian,
            publishers,
            quote,
            collaterals: Vec::new(),
            underlyings: Vec::new(),
        }
    }

    /// What creates the exchange.
    pub fn creation(&self) -> CreateExchangeArgs {
        CreateExchangeArgs {
            index: 0,
            parameters: defaults::exchange(),
            governing: defaults::governance(),
            risk: self.risk.pubkey(),
            listing: self.listing.pubkey(),
            guardian: self.guardian.pubkey(),
        }
    }

    /// The quote token.
    pub fn quote_token(&self) -> CollateralToken {
        self.quote.token
    }

    /// Lists a collateral token under a name of its own. `hedge_market` is the market of the token itself, or zero.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_bank(
        &mut self,
        name: &str,
        mint: &Mint,
        feed: Feed,
        parameters: BankParameters,
        hedge_market: u16,
    ) -> Result<Outcome, Refusal> {
        let args =
            CreateBankArgs { oracle: feed.source, parameters, price_decimals: BANK_PRICE_DECIMALS, hedge_market };
        let listing = self.listing.clone();
        let instruction = instructions::create_bank(self.address, listing.pubkey(), &mint.token, args);
        let outcome = self.chain.send(&[instruction], &[&listing])?;
        let number = self.state().bank_count;
        let mint = mint.clone();
        self.collaterals.push(Collateral { name: name.to_owned(), number, mint, feed, price: 0 });
        Ok(outcome)
    }

    /// Opens a group of markets.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn create_group(&mut self, slot: u8, parameters: GroupParameters) -> Result<Outcome, Refusal> {
        let listing = self.listing.clone();
        let args = CreateGroupArgs { slot, parameters };
        self.chain.send(&[instructions::create_group(self.address, listing.pubkey(), args)], &[&listing])
    }

    /// What lists a market with these parameters, in the first group that has a place left.
    pub fn listing(
        &self,
        name: &str,
        feed: &Feed,
        decimals: (u8, u8),
        parameters: MarketParameters,
    ) -> CreateMarketArgs {
        let mut padded = [0; 16];
        padded[..name.len()].copy_from_slice(name.as_bytes());
        let groups = self.state().groups;
        let has_place = |count: u8| usize::from(count) < MAX_GROUP_MARKETS;
        let group = groups.iter().position(|group| has_place(group.market_count)).unwrap_or(groups.len());
        let earlier = groups.get(group).map_or(0, |group| usize::from(group.market_count));
        CreateMarketArgs {
            name: padded,
            oracle: feed.source,
            second_oracle: Box::new(Zeroable::zeroed()),
            price_decimals: decimals.0,
            quantity_decimals: decimals.1,
            group: group as u8,
            correlations: vec![defaults::correlation(); earlier],
            publishers: self.publishers.iter().map(Signer::pubkey).collect(),
            parameters,
        }
    }

    /// Lists an underlying under a name of its own, in the first group that has a place left, which is opened if need be.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_market(
        &mut self,
        name: &str,
        feed: Feed,
        decimals: (u8, u8),
        parameters: MarketParameters,
    ) -> Result<Outcome, Refusal> {
        self.list_market_with(name, (feed, None), decimals, parameters)
    }

    /// Lists an underlying with a second price source, if there is one.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_market_with(
        &mut self,
        name: &str,
        (feed, second_feed): (Feed, Option<Feed>),
        (price_decimals, quantity_decimals): (u8, u8),
        parameters: MarketParameters,
    ) -> Result<Outcome, Refusal> {
        let mut args = self.listing(name, &feed, (price_decimals, quantity_decimals), parameters);
        if let Some(second) = &second_feed {
            *args.second_oracle = second.source;
        }
        if args.correlations.is_empty()
            && !self.state().groups.get(usize::from(args.group)).is_none_or(|it| it.is_open())
        {
            self.create_group(args.group, defaults::group())?;
        }
        let number = self.state().market_count + 1;
        let listing = self.listing.clone();
        let instruction = instructions::create_market(self.address, listing.pubkey(), number, args);
        let outcome = self.chain.send(&[instruction], &[&listing])?;
        let name = name.to_owned();
        let underlying = Underlying { name, number, price_decimals, quantity_decimals, feed, second_feed, price: 0 };
        self.underlyings.push(underlying);
        Ok(outcome)
    }

    /// Lists an expiry of a market.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_expiry(&mut self, market: &str, expires_at: i64) -> Result<ExpiryKey, Refusal> {
        let market = self.underlying(market).number;
        let listing = self.listing.clone();
        let args = CreateExpiryArgs { expires_at };
        let instruction = instructions::create_expiry(self.address, listing.pubkey(), market, args);
        let event: ballast::events::ExpiryCreated = self.chain.send(&[instruction], &[&listing])?.event();
        Ok(ExpiryKey { market, slot: event.slot, number: event.expiry, expires_at })
    }

    /// Lists an option series; the strike is in ticks.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_series(&mut self, expiry: &ExpiryKey, strike: u64, kind: OptionKind) -> Result<Contract, Refusal> {
        let listing = self.listing.clone();
        let args =
            CreateSeriesArgs { expiry_slot: expiry.slot, expiry_number: expiry.number, strike, kind: kind as u8 };
        let instruction = instructions::create_series(self.address, listing.pubkey(), expiry.market, args);
        let event: ballast::events::SeriesCreated = self.chain.send(&[instruction], &[&listing])?.event();
        let market = self.market(expiry.market);
        Ok(Contract::option(event.slot, &market.series[usize::from(event.slot)]))
    }

    /// Posts an expiry's surface, signed by as many publishers as have to.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn post_surface(&mut self, expiry: &ExpiryKey, surface: Surface) -> Result<Outcome, Refusal> {
        let Surface { theta, rho, psi, basis, rate } = surface;
        let args =
            PostSurfaceArgs { expiry_slot: expiry.slot, expiry_number: expiry.number, theta, rho, psi, basis, rate };
        let (wallets, addresses) = self.signing_publishers();
        let instruction = instructions::post_surface(self.address, &addresses, expiry.market, args);
        self.chain.send(&[instruction], &wallets.each_ref())
    }

    /// Posts the basis of a market's perpetual: mark less index as a share of the index, scale 2^-30.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn post_perpetual_basis(&mut self, market: &str, basis: i32) -> Result<Outcome, Refusal> {
        let (wallets, addresses) = self.signing_publishers();
        let number = self.underlying(market).number;
        let instruction = instructions::post_perpetual_basis(self.address, &addresses, number, basis);
        self.chain.send(&[instruction], &wallets.each_ref())
    }

    /// The publishers who sign what the harness posts: as many as the default threshold.
    fn signing_publishers(&self) -> ([Wallet; 2], [Pubkey; 2]) {
        let [first, second, _] = self.publishers.clone();
        let addresses = [first.pubkey(), second.pubkey()];
        ([first, second], addresses)
    }

    /// Lets the feeds of a market or bank publish a price, in units of 10^-8 USD. Markets and banks of one name share
    /// their feed.
    ///
    /// # Panics
    /// If nothing is listed under the name.
    pub fn set_price(&mut self, name: &str, price: i64) {
        let quote = Quote::new(price, self.chain.now());
        let mut feeds = Vec::new();
        for collateral in self.collaterals.iter_mut().filter(|collateral| collateral.name == name) {
            collateral.price = price;
            feeds.push(collateral.feed.clone());
        }
        for underlying in self.underlyings.iter_mut().filter(|underlying| underlying.name == name) {
            underlying.price = price;
            feeds.push(underlying.feed.clone());
            feeds.extend(underlying.second_feed.clone());
        }
        assert!(!feeds.is_empty(), "no market or bank is called {name}");
        for feed in feeds {
            self.chain.publish(&feed, &quote);
        }
    }

    /// Publishes every price again as of now, as oracles do when a price stands.
    pub fn publish_again(&mut self) {
        let now = self.chain.now();
        let collaterals = self.collaterals.iter().map(|collateral| (&collateral.feed, collateral.price));
        let underlyings = self.underlyings.iter().flat_map(|underlying| {
            let feeds = [Some(&underlying.feed), underlying.second_feed.as_ref()].into_iter().flatten();
            feeds.map(|feed| (feed, underlying.price))
        });
        for (feed, price) in collaterals.chain(underlyings).filter(|(_, price)| *price > 0) {
            self.chain.publish(feed, &Quote::new(price, now));
        }
    }

    /// Every market and bank that has a price, with its oracle account.
    pub fn priced(&self) -> Vec<Priced> {
        let collaterals = self
            .collaterals
            .iter()
            .filter(|collateral| collateral.price > 0)
            .map(|collateral| Priced::new(collateral.mint.token.bank(&self.address).0, collateral.feed.account));
        let underlyings = self.underlyings.iter().filter(|underlying| underlying.price > 0).map(|underlying| Priced {
            target: seeds::market(&self.address, underlying.number).0,
            oracle: underlying.feed.account,
            second_oracle: underlying.second_feed.as_ref().map(|feed| feed.account),
        });
        collaterals.chain(underlyings).collect()
    }

    /// Refreshes every market and bank that has a price.
    ///
    /// # Panics
    /// If the program refuses a price.
    pub fn refresh_all(&mut self) -> Outcome {
        let instruction = instructions::refresh(self.address, &self.priced(), false);
        self.chain.send(&[instruction], &[]).expect("the program accepts every price")
    }

    /// Refreshes the markets and banks with these names.
    ///
    /// # Panics
    /// If the program refuses a price.
    pub fn refresh(&mut self, names: &[&str]) -> Outcome {
        let is_named = |name: &String| names.contains(&name.as_str());
        let banks = self.collaterals.iter().filter(|collateral| is_named(&collateral.name));
        let markets = self.underlyings.iter().filter(|underlying| is_named(&underlying.name));
        let accounts: Vec<_> = banks.map(|it| it.feed.account).chain(markets.map(|it| it.feed.account)).collect();
        let mut priced = self.priced();
        priced.retain(|pair| accounts.contains(&pair.oracle));
        let instruction = instructions::refresh(self.address, &priced, false);
        self.chain.send(&[instruction], &[]).expect("the program accepts every price")
    }

    /// Lets time pass, publishes every price again and refreshes everything.
    pub fn pass_time(&mut self, seconds: u64) {
        self.chain.advance(seconds);
        self.publish_again();
        self.refresh_all();
    }

    /// Lets time pass until a moment, with every price published and refreshed again each minute, as the averages of
    /// expiries ask for.
    pub fn pass_minutes_until(&mut self, time: i64) {
        while self.chain.now() < time {
            let seconds = (time - self.chain.now()).min(60);
            self.pass_time(seconds as u64);
        }
    }

    /// The collateral called so.
    ///
    /// # Panics
    /// If there is none.
    pub fn collateral(&self, name: &str) -> &Collateral {
        let found = self.collaterals.iter().find(|collateral| collateral.name == name);
        found.unwrap_or_else(|| panic!("no bank is called {name}"))
    }

    /// The underlying called so.
    ///
    /// # Panics
    /// If there is none.
    pub fn underlying(&self, name: &str) -> &Underlying {
        let found = self.underlyings.iter().find(|underlying| underlying.name == name);
        found.unwrap_or_else(|| panic!("no market is called {name}"))
    }

    /// The exchange account.
    pub fn state(&self) -> ExchangeState {
        accounts::read_exchange(&self.chain.data(&self.address)).expect("the exchange can be read")
    }

    /// The market with this number.
    pub fn market(&self, number: u16) -> Market {
        let address = seeds::market(&self.address, number).0;
        accounts::read_market(&self.chain.data(&address)).expect("the market can be read")
    }

    /// The bank called so.
    pub fn bank(&self, name: &str) -> Bank {
        let address = self.collateral(name).mint.token.bank(&self.address).0;
        accounts::read_bank(&self.chain.data(&address)).expect("the bank can be read")
    }

    /// The exchange, its markets and its banks, as a client reads them.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new(self.address, self.state());
        for (address, account) in self.chain.program_accounts() {
            snapshot.read(address, &account.data).expect("every account of the program can be read");
        }
        snapshot
    }
}

/// Decimals of bank prices that the harness lists with.
pub const BANK_PRICE_DECIMALS: u8 = 6;

/// Other exchanges on the same chain, to try what must not work across them.
impl Exchange {
    /// Opens another exchange of the same governance under `index`, with a bank for the same quote token.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open_another(&mut self, index: u16) -> Result<Pubkey, Refusal> {
        let governance = self.governance.clone();
        let listing = self.listing.clone();
        let creator = governance.pubkey();
        let other = seeds::exchange(&creator, index).0;
        let creation = CreateExchangeArgs { index, ..self.creation() };
        let bank = CreateBankArgs {
            oracle: self.collaterals[0].feed.source,
            parameters: defaults::stable_bank(),
            price_decimals: BANK_PRICE_DECIMALS,
            hedge_market: 0,
        };
        let instructions = [
            instructions::create_exchange(creator, self.quote.token.mint, creation),
            instructions::create_bank(other, listing.pubkey(), &self.quote.token, bank),
        ];
        self.chain.send(&instructions, &[&governance, &listing])?;
        Ok(other)
    }

    /// Lists the first market of another exchange, with the feed that `name` has in this one.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn list_market_in(&mut self, other: Pubkey, name: &str) -> Result<Pubkey, Refusal> {
        let listing = self.listing.clone();
        let Underlying { price_decimals, quantity_decimals, feed, .. } = self.underlying(name).clone();
        let args = self.listing("X", &feed, (price_decimals, quantity_decimals), defaults::major_market());
        let args = CreateMarketArgs { group: 0, correlations: Vec::new(), ..args };
        let group = CreateGroupArgs { slot: 0, parameters: defaults::group() };
        let instructions = [
            instructions::create_group(other, listing.pubkey(), group),
            instructions::create_market(other, listing.pubkey(), 1, args),
        ];
        self.chain.send(&instructions, &[&listing])?;
        Ok(seeds::market(&other, 1).0)
    }
}
