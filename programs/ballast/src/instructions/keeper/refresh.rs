//! Reads oracles into markets and banks.
//!
//! For each market or bank, followed by its oracle account, and by its second one if it has two:
//! 1. Checks that the target is writable and belongs to this exchange.
//! 2. Reads the second source. A refusal of it is reported by an event, no more.
//! 3. Reads the quote. It takes what some action accepts: prices of the age that liquidations take, and wide and divergent
//!    ones as well. What each action makes of them follows from their grade (docs/oracles.md).
//! 4. Accrues the perpetual's funding at the price held so far, adds that price to the settlement averages, and stores the
//!    new one with the slot.
//! 5. Lets what follows from prices follow: realised variance, scan range and scenarios of a market; realised variance
//!    and maintenance haircut of a bank; stable prices; the index that withdrawals count with; the interest of the lending
//!    pool in the quote token's bank.
//! 6. Opens a new market or bank once its oracle has lived for as long as the exchange asks.
//!
//! A quote that is refused fails the instruction with its error or, if the caller asks for that, is reported by an
//! event and leaves the price as it was, so that one bad feed does not keep the others from being read.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `RefreshPairs`, `RefreshTarget`, `WrongExchange`, and every `Oracle…` error.

use anchor_lang::{Discriminator, prelude::*};
use ballast_state::{
    Bank, Exchange, ExchangeParameters, Market,
    oracle_grade::{Grade, Publication},
};

use crate::{
    errors::{BallastError, risk_error},
    events::{FundingAccrued, ListingOpened, PriceRefreshed, PriceRefused},
    oracle::{self, Acceptance},
};

/// How to refresh.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct RefreshArgs {
    /// Whether to pass over quotes that are refused.
    pub skip_refused: bool,
}

/// Accounts of [`refresh`](crate::ballast::refresh). Remaining accounts: markets and banks, writable, each followed by its
/// oracle account, and by that of the second source if it has one.
#[derive(Accounts)]
pub struct Refresh<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
}

/// What all targets of one call share.
struct Round {
    exchange: Pubkey,
    parameters: ExchangeParameters,
    quote_bank: u16,
    oracle_life: u32,
    now: i64,
    slot: u64,
}

/// Oracle accounts that are not read yet.
type Oracles<'a, 'info> = std::slice::Iter<'a, AccountInfo<'info>>;

/// Handles [`refresh`](crate::ballast::refresh).
pub(crate) fn handler<'info>(ctx: Context<'info, Refresh<'info>>, args: RefreshArgs) -> Result<()> {
    let clock = Clock::get()?;
    let round = {
        let exchange = ctx.accounts.exchange.load()?;
        Round {
            exchange: ctx.accounts.exchange.key(),
            parameters: exchange.parameters,
            quote_bank: exchange.quote_bank_number,
            oracle_life: exchange.governing.oracle_life_seconds,
            now: clock.unix_timestamp,
            slot: clock.slot,
        }
    };
    require!(!ctx.remaining_accounts.is_empty(), BallastError::RefreshPairs);
    let mut accounts = ctx.remaining_accounts.iter();
    while let Some(target) = accounts.next() {
        let oracle = next_oracle(&mut accounts)?;
        match round.refresh(target, oracle, &mut accounts)? {
            Ok(refreshed) => emit!(refreshed),
            Err(refusal) if args.skip_refused => report(target.key(), oracle.key(), refusal),
            Err(refusal) => return Err(refusal.with_account_name(target.key)),
        }
    }
    Ok(())
}

impl Round {
    /// Refreshes one target. The outer error is the caller's mistake, the inner one the refusal of the quote.
    fn refresh<'info>(
        &self,
        target: &'info AccountInfo<'info>,
        oracle: &AccountInfo<'info>,
        others: &mut Oracles<'_, 'info>,
    ) -> Result<Result<PriceRefreshed>> {
        let is_ours = target.is_writable && *target.owner == crate::ID;
        let is = |discriminator: &[u8]| Ok::<_, Error>(target.try_borrow_data()?.starts_with(discriminator));
        if is_ours && is(Market::DISCRIMINATOR)? {
            self.refresh_market(&AccountLoader::try_from(target)?, oracle, others)
        } else if is_ours && is(Bank::DISCRIMINATOR)? {
            self.refresh_bank(&AccountLoader::try_from(target)?, oracle)
        } else {
            msg!("{} cannot be refreshed", target.key);
            err!(BallastError::RefreshTarget)
        }
    }

    fn refresh_market<'info>(
        &self,
        target: &AccountLoader<Market>,
        oracle: &AccountInfo<'info>,
        others: &mut Oracles<'_, 'info>,
    ) -> Result<Result<PriceRefreshed>> {
        let mut market = target.load_mut()?;
        require_keys_eq!(market.exchange, self.exchange, BallastError::WrongExchange);
        if market.has_second_oracle() {
            self.read_second(target.key(), &mut market, next_oracle(others)?);
        }
        let acceptance =
            self.acceptance(market.price_decimals, market.parameters.confidence_refusal, market.publish_time);
        Ok(match oracle::read(oracle, &market.oracle, &acceptance) {
            Ok(publication) => {
                let price_before = market.price;
                if let Some(accrual) = market.accrue_funding(&self.parameters.funding_rules(), self.now) {
                    emit!(FundingAccrued::new(target.key(), &accrual));
                }
                let grade = market.accept_price(&publication, self.slot, &self.parameters).map_err(risk_error)?;
                if market.note_publication(self.oracle_life, self.now) {
                    emit!(ListingOpened { target: target.key(), first_published_at: market.first_published_at });
                }
                Ok(refreshed(target.key(), price_before, &publication, grade))
            }
            Err(refusal) => Err(refusal),
        })
    }

    /// Reads a market's second source. What is refused leaves what it stated last, which loses its worth with time: neither a
    /// second source that is down, nor one that the caller withholds, keeps the first from being read.
    fn read_second(&self, target: Pubkey, market: &mut Market, oracle: &AccountInfo) {
        let held = market.second_publish_time;
        let acceptance = self.acceptance(market.price_decimals, market.parameters.confidence_refusal, held);
        match oracle::read(oracle, &market.second_oracle, &acceptance) {
            Ok(publication) => market.accept_second(&publication),
            Err(refusal) => report(target, oracle.key(), refusal),
        }
    }

    fn refresh_bank(&self, target: &AccountLoader<Bank>, oracle: &AccountInfo) -> Result<Result<PriceRefreshed>> {
        let mut bank = target.load_mut()?;
        require_keys_eq!(bank.exchange, self.exchange, BallastError::WrongExchange);
        let acceptance = self.acceptance(bank.price_decimals, bank.parameters.confidence_refusal, bank.publish_time);
        Ok(oracle::read(oracle, &bank.oracle, &acceptance).map(|publication| {
            let price_before = bank.price;
            let grade = bank.accept_price(&publication, self.slot, &self.parameters);
            if bank.note_publication(self.oracle_life, self.now) {
                emit!(ListingOpened { target: target.key(), first_published_at: bank.first_published_at });
            }
            if bank.number == self.quote_bank {
                bank.accrue_interest(&self.parameters.lending_rules(), self.now);
            }
            refreshed(target.key(), price_before, &publication, grade)
        }))
    }

    fn acceptance(&self, price_decimals: u8, confidence_refusal: u32, held_publish_time: i64) -> Acceptance {
        let oldest = self.parameters.liquidation_oracle_age;
        Acceptance { price_decimals, confidence_refusal, oldest, held_publish_time, now: self.now }
    }
}

fn next_oracle<'a, 'info>(accounts: &mut Oracles<'a, 'info>) -> Result<&'a AccountInfo<'info>> {
    accounts.next().ok_or_else(|| BallastError::RefreshPairs.into())
}

fn report(target: Pubkey, oracle: Pubkey, refusal: Error) {
    refusal.log();
    emit!(PriceRefused { target, oracle, error: code(refusal) });
}

fn refreshed(target: Pubkey, price_before: u64, publication: &Publication, grade: Grade) -> PriceRefreshed {
    let Publication { price, confidence, publish_time, .. } = *publication;
    PriceRefreshed { target, price_before, price: price.ticks(), confidence, publish_time, grade: grade as u8 }
}

/// The number by which a client knows an error.
fn code(error: Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        // Codes of the runtime itself stand in the upper half of 64 bits; none comes from reading an oracle.
        Error::ProgramError(error) => u32::try_from(u64::from(error.program_error)).unwrap_or(u32::MAX),
    }
}
