//! From the bytes of accounts to a margin report: what `assess` and `assess_market` do on chain.

use core::fmt;

use anchor_lang::Discriminator;
use ballast_risk::{MarginReport, report::ScenarioMatrix, revaluation::Workspace};
use ballast_state::{
    Bank, Exchange, MarginAccount, Market,
    reader::{self, ReadError},
    revaluation::{self, CheckRefusal, Moment, Purpose, Sources},
};
use bytemuck::Pod;

/// What an account of a request should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRole {
    /// The exchange, which comes first.
    Exchange,
    /// The margin account, which comes second.
    MarginAccount,
    /// A market or bank, by its place among those that follow, from 0.
    Source(usize),
    /// The market whose marks are asked for.
    Market,
}

/// Why there is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentError {
    /// The request ends within a number or an account.
    Truncated {
        /// Bytes that were to follow.
        expected: usize,
        /// Bytes that were left.
        found: usize,
    },
    /// The account is of another type, or of another program.
    WrongType(AccountRole),
    /// The account is of an earlier version: somebody has to send `migrate` for it.
    EarlierVersion(AccountRole),
    /// The account has another size than this version's layout.
    WrongSize {
        /// What the account should be.
        account: AccountRole,
        /// Bytes of the layout, discriminator included.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The engine refused.
    Refused(CheckRefusal),
}

impl fmt::Display for AccountRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange => write!(formatter, "exchange"),
            Self::MarginAccount => write!(formatter, "margin account"),
            Self::Source(place) => write!(formatter, "market or bank at place {place}"),
            Self::Market => write!(formatter, "market"),
        }
    }
}

impl fmt::Display for AssessmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { expected, found } => {
                write!(formatter, "the request ends early: {expected} bytes were to follow, {found} did")
            }
            Self::WrongType(account) => write!(formatter, "the {account} is an account of another type"),
            Self::EarlierVersion(account) => {
                write!(formatter, "the {account} has the layout of an earlier version: send `migrate` for it")
            }
            Self::WrongSize { account, expected, found } => {
                write!(formatter, "the {account} has {found} bytes where its layout has {expected}")
            }
            Self::Refused(refusal) => write!(formatter, "{refusal}"),
        }
    }
}

impl core::error::Error for AssessmentError {}

/// The margin report of an account, byte for byte as the program's `assess` returns it. Prices may be of any age.
///
/// The request is, little-endian and without padding: the time as Unix seconds (`i64`), the slot (`u64`), and then
/// accounts, each as its length (`u32`) and its bytes with the discriminator: the exchange, the margin account, and in
/// any order the markets and banks. Markets and banks of other exchanges, and those that the account does not refer
/// to, change nothing; of two with the same number the later one counts.
///
/// # Errors
/// [`AssessmentError`].
pub fn assess(request: &[u8]) -> Result<MarginReport, AssessmentError> {
    let Request { moment, exchange, account, sources } = Request::read(request)?;
    let mut workspace: Box<Workspace> = bytemuck::zeroed_box();
    revaluation::report(&account, &exchange, &sources, moment, &mut workspace).map_err(AssessmentError::Refused)
}

/// What one market of an account gains or loses in every scenario. The request is the same as for [`assess`].
///
/// # Errors
/// [`AssessmentError`]; the refusal of a missing market also if the account holds nothing in it.
pub fn assess_market(request: &[u8], market: u16) -> Result<ScenarioMatrix, AssessmentError> {
    let Request { moment, exchange, account, sources } = Request::read(request)?;
    let mut workspace: Box<Workspace> = bytemuck::zeroed_box();
    revaluation::scenario_matrix(&account, &exchange, &sources, market, moment, &mut workspace)
        .map_err(AssessmentError::Refused)
}

/// A request that was read.
struct Request {
    moment: Moment,
    exchange: Box<Exchange>,
    account: Box<MarginAccount>,
    sources: Listed,
}

impl Request {
    fn read(bytes: &[u8]) -> Result<Self, AssessmentError> {
        let mut rest = Rest(bytes);
        let moment = Moment {
            now: i64::from_le_bytes(rest.number()?),
            slot: u64::from_le_bytes(rest.number()?),
            purpose: Purpose::View,
        };
        let exchange = read(rest.account()?, AccountRole::Exchange)?;
        let account: Box<MarginAccount> = read(rest.account()?, AccountRole::MarginAccount)?;
        let mut sources = Listed::default();
        let mut place = 0;
        while !rest.0.is_empty() {
            sources.add(rest.account()?, AccountRole::Source(place), &account)?;
            place += 1;
        }
        Ok(Self { moment, exchange, account, sources })
    }
}

/// What is left to be read of a request.
pub(crate) struct Rest<'a>(pub(crate) &'a [u8]);

impl<'a> Rest<'a> {
    pub(crate) fn number<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], AssessmentError> {
        let found = self.0.len();
        let (number, rest) = self.0.split_first_chunk().ok_or(AssessmentError::Truncated { expected: BYTES, found })?;
        self.0 = rest;
        Ok(*number)
    }

    pub(crate) fn account(&mut self) -> Result<&'a [u8], AssessmentError> {
        let expected = u32::from_le_bytes(self.number()?) as usize;
        let found = self.0.len();
        let (account, rest) =
            self.0.split_at_checked(expected).ok_or(AssessmentError::Truncated { expected, found })?;
        self.0 = rest;
        Ok(account)
    }
}

/// The markets and banks of a request.
#[derive(Default)]
struct Listed {
    markets: Vec<Market>,
    banks: Vec<Bank>,
}

impl Listed {
    fn add(&mut self, data: &[u8], role: AccountRole, account: &MarginAccount) -> Result<(), AssessmentError> {
        if data.starts_with(Bank::DISCRIMINATOR) {
            let bank: Box<Bank> = read(data, role)?;
            if bank.exchange == account.exchange {
                self.banks.push(*bank);
            }
        } else {
            let market: Box<Market> = read(data, role)?;
            if market.exchange == account.exchange {
                self.markets.push(*market);
            }
        }
        Ok(())
    }
}

impl Sources for Listed {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.iter().rev().find(|market| market.number == number)
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.iter().rev().find(|bank| bank.number == number)
    }
}

/// Reads an account. Bytes of a request are aligned to nothing in particular, so this copies.
pub(crate) fn read<T: Discriminator + Pod>(data: &[u8], role: AccountRole) -> Result<Box<T>, AssessmentError> {
    reader::read(data).map_err(|error| match error {
        ReadError::WrongType => AssessmentError::WrongType(role),
        ReadError::EarlierVersion => AssessmentError::EarlierVersion(role),
        ReadError::WrongSize { expected, found } => AssessmentError::WrongSize { account: role, expected, found },
    })
}
