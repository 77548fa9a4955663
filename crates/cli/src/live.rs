//! `ballast margin --account`: a live account, read over JSON-RPC and computed as the program would.

mod convert;
mod guide;
mod rpc;

use std::{collections::BTreeMap, fmt, str::FromStr};

use anchor_lang::{Discriminator, prelude::Pubkey};
use ballast_book::Report;
use ballast_state::{
    Bank, Exchange, MarginAccount, Market,
    reader::{self, ReadError},
    revaluation::{Moment, Purpose, Sources},
    seeds,
};
use bytemuck::Pod;

pub use guide::GuideEntry;
use rpc::{Account, Rpc};

/// The account that holds the time and the slot.
const CLOCK: &str = "SysvarC1ock11111111111111111111111111111111";

/// Why a live account has no report.
#[derive(Debug)]
pub enum Error {
    /// The address is not one.
    Address {
        /// What was given.
        given: String,
    },
    /// The node cannot be asked, or answers with an error.
    Node(String),
    /// An account is missing, or is not what it should be.
    Account {
        /// Its address.
        address: Pubkey,
        /// What is wrong with it.
        problem: String,
    },
    /// The engine refuses.
    Refused(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { given } => {
                write!(formatter, "--account: {given} is not an address, expected base58 of 32 bytes")
            }
            Self::Node(problem) => write!(formatter, "--url: {problem}"),
            Self::Account { address, problem } => write!(formatter, "account {address} {problem}"),
            Self::Refused(problem) => write!(formatter, "the account cannot be computed: {problem}"),
        }
    }
}

/// Everything that the margin of an account follows from, as of one slot.
pub struct Snapshot {
    /// The account.
    pub account: Box<MarginAccount>,
    /// Its exchange.
    pub exchange: Box<Exchange>,
    /// When it was read.
    pub moment: Moment,
    markets: BTreeMap<u16, Box<Market>>,
    banks: BTreeMap<u16, Box<Bank>>,
}

impl Sources for Snapshot {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.get(&number).map(Box::as_ref)
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.get(&number).map(Box::as_ref)
    }
}

/// Reads an account and what it refers to, and computes its report and the guide to its legs.
///
/// # Errors
/// [`Error`].
pub fn report(address: &str, url: &str) -> Result<(Report, Vec<GuideEntry>), Error> {
    let address = Pubkey::from_str(address).map_err(|_| Error::Address { given: address.to_owned() })?;
    let snapshot = Snapshot::read(address, &Rpc::new(url))?;
    let book = convert::book(&snapshot)?;
    let report = ballast_book::evaluate_engine_book(&book).map_err(|error| Error::Refused(error.to_string()))?;
    Ok((report, guide::of(&snapshot)?))
}

impl Snapshot {
    fn read(address: Pubkey, rpc: &Rpc) -> Result<Self, Error> {
        let first = single(rpc, address)?;
        let program = first.owner;
        let account: Box<MarginAccount> = parse(address, &first.data)?;
        let banks = rpc.program_accounts(&program, 8 + size_of::<Bank>(), 8, &account.exchange)?;

        // Read anew with everything else, so that all of it is of one slot.
        let clock = Pubkey::from_str(CLOCK).unwrap_or_default();
        let numbers = account.markets.iter().map(|held| held.market).filter(|&number| number != 0);
        let markets: Vec<_> = numbers.map(|number| seeds::market(&account.exchange, number).0).collect();
        let mut wanted = vec![address, account.exchange, clock];
        wanted.extend(&markets);
        wanted.extend(banks.iter().map(|(address, _)| *address));
        let found = rpc.accounts(&wanted)?;
        let data = |index: usize| match &found[index] {
            Some(account) => Ok(account.data.as_slice()),
            None => Err(Error::Account { address: wanted[index], problem: "does not exist".to_owned() }),
        };
        let market_at = 3;
        let bank_at = market_at + markets.len();
        let mut snapshot = Self {
            account: parse(address, data(0)?)?,
            exchange: parse(account.exchange, data(1)?)?,
            moment: moment(clock, data(2)?)?,
            markets: BTreeMap::new(),
            banks: BTreeMap::new(),
        };
        for (index, address) in wanted.iter().enumerate().skip(market_at) {
            if index < bank_at {
                let market: Box<Market> = parse(*address, data(index)?)?;
                snapshot.markets.insert(market.number, market);
            } else if data(index)?.starts_with(Bank::DISCRIMINATOR) {
                let bank: Box<Bank> = parse(*address, data(index)?)?;
                snapshot.banks.insert(bank.number, bank);
            }
        }
        Ok(snapshot)
    }
}

fn single(rpc: &Rpc, address: Pubkey) -> Result<Account, Error> {
    let found = rpc.accounts(&[address])?.into_iter().flatten().next();
    found.ok_or(Error::Account { address, problem: "does not exist".to_owned() })
}

/// Time and slot from the bytes of the clock.
fn moment(address: Pubkey, data: &[u8]) -> Result<Moment, Error> {
    let number = |at: usize| data.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    match (number(0), number(32)) {
        (Some(slot), Some(now)) => {
            Ok(Moment { now: i64::from_le_bytes(now), slot: u64::from_le_bytes(slot), purpose: Purpose::View })
        }
        _ => Err(Error::Account { address, problem: "is not the clock".to_owned() }),
    }
}

/// Reads an account. Bytes that come over a network are aligned to nothing in particular, so this copies.
fn parse<T: Discriminator + Pod>(address: Pubkey, data: &[u8]) -> Result<Box<T>, Error> {
    let refuse = |problem: String| Error::Account { address, problem };
    let kind = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
    reader::read(data).map_err(|error| {
        refuse(match error {
            ReadError::WrongType => format!("is not a {kind} of Ballast"),
            ReadError::EarlierVersion => "has the layout of an earlier version: send `migrate` for it".to_owned(),
            ReadError::WrongSize { expected, found } => {
                format!("has {found} bytes where the layout of a {kind} has {expected}")
            }
        })
    })
}
