//! Reads oracles into markets and banks.
//!
//! For each pair of a market or bank and its oracle account:
//! 1. Checks that the target is writable and belongs to this exchange.
//! 2. Reads the quote, with the age limit of liquidations: each check has its own, narrower one.
//! 3. Accrues the perpetual's funding at the price held so far, adds that price to the settlement averages, and stores the
//!    new one with the slot.
//! 4. Lets what follows from prices follow: realised variance, scan range and scenarios of a market; realised variance
//!    and maintenance haircut of a bank; stable prices; the interest of the lending pool in the quote token's bank.
//! 5. Opens a new market or bank once its oracle has lived for as long as the exchange asks.
//!
//! A quote that is refused fails the instruction with its error or, if the caller asks for that, is reported by an
//! event and leaves its target as it was, so that one bad feed does not keep the others from being read.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `RefreshPairs`, `RefreshTarget`, `WrongExchange`, and every `Oracle…` error.

use anchor_lang::{Discriminator, prelude::*};
use ballast_risk::{lending::LendingRules, realised::VarianceParameters};
use ballast_state::{
    Bank, Exchange, Market,
    market::{FundingRules, Publication},
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

/// Accounts of [`refresh`](crate::ballast::refresh). Remaining accounts: pairs of a market or bank, writable, and its
/// oracle account.
#[derive(Accounts)]
pub struct Refresh<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
}

/// What all pairs of one call share.
struct Round {
    exchange: Pubkey,
    oldest: u32,
    variance: VarianceParameters,
    funding: FundingRules,
    quote_bank: u16,
    lending: LendingRules,
    oracle_life: u32,
    now: i64,
    slot: u64,
}

/// Handles [`refresh`](crate::ballast::refresh).
pub(crate) fn handler<'info>(ctx: Context<'info, Refresh<'info>>, args: RefreshArgs) -> Result<()> {
    let clock = Clock::get()?;
    let (parameters, quote_bank, oracle_life) = {
        let exchange = ctx.accounts.exchange.load()?;
        (exchange.parameters, exchange.quote_bank_number, exchange.governing.oracle_life_seconds)
    };
    let round = Round {
        exchange: ctx.accounts.exchange.key(),
        oldest: parameters.liquidation_oracle_age,
        variance: parameters.variance(),
        funding: parameters.funding_rules(),
        quote_bank,
        lending: parameters.lending_rules(),
        oracle_life,
        now: clock.unix_timestamp,
        slot: clock.slot,
    };
    let pairs = ctx.remaining_accounts.chunks_exact(2);
    if ctx.remaining_accounts.is_empty() || !pairs.remainder().is_empty() {
        return Err(error!(BallastError::RefreshPairs).with_values(("pairs", ctx.remaining_accounts.len())));
    }
    for pair in pairs {
        let [target, oracle] = pair else { return err!(BallastError::RefreshPairs) };
        match round.refresh(target, oracle)? {
            Ok(refreshed) => emit!(refreshed),
            Err(refusal) if args.skip_refused => {
                refusal.log();
                emit!(PriceRefused { target: target.key(), error: code(refusal) });
            }
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
    ) -> Result<Result<PriceRefreshed>> {
        let is_ours = target.is_writable && *target.owner == crate::ID;
        let is = |discriminator: &[u8]| Ok::<_, Error>(target.try_borrow_data()?.starts_with(discriminator));
        if is_ours && is(Market::DISCRIMINATOR)? {
            self.refresh_market(&AccountLoader::try_from(target)?, oracle)
        } else if is_ours && is(Bank::DISCRIMINATOR)? {
            self.refresh_bank(&AccountLoader::try_from(target)?, oracle)
        } else {
            msg!("{} cannot be refreshed", target.key);
            err!(BallastError::RefreshTarget)
        }
    }

    fn refresh_market(&self, target: &AccountLoader<Market>, oracle: &AccountInfo) -> Result<Result<PriceRefreshed>> {
        let mut market = target.load_mut()?;
        require_keys_eq!(market.exchange, self.exchange, BallastError::WrongExchange);
        let acceptance =
            self.acceptance(market.price_decimals, market.parameters.confidence_limit, market.publish_time);
        Ok(match oracle::read(oracle, &market.oracle, &acceptance) {
            Ok(publication) => {
                let price_before = market.price;
                if let Some(accrual) = market.accrue_funding(&self.funding, self.now) {
                    emit!(FundingAccrued::new(target.key(), &accrual));
                }
                market.accept_price(&publication, self.slot, &self.variance).map_err(risk_error)?;
                if market.note_publication(self.oracle_life, self.now) {
                    emit!(ListingOpened { target: target.key(), first_published_at: market.first_published_at });
                }
                Ok(refreshed(target.key(), price_before, &publication))
            }
            Err(refusal) => Err(refusal),
        })
    }

    fn refresh_bank(&self, target: &AccountLoader<Bank>, oracle: &AccountInfo) -> Result<Result<PriceRefreshed>> {
        let mut bank = target.load_mut()?;
        require_keys_eq!(bank.exchange, self.exchange, BallastError::WrongExchange);
        let acceptance = self.acceptance(bank.price_decimals, bank.parameters.confidence_limit, bank.publish_time);
        Ok(oracle::read(oracle, &bank.oracle, &acceptance).map(|publication| {
            let price_before = bank.price;
            bank.accept_price(&publication, self.slot, &self.variance);
            if bank.note_publication(self.oracle_life, self.now) {
                emit!(ListingOpened { target: target.key(), first_published_at: bank.first_published_at });
            }
            if bank.number == self.quote_bank {
                bank.accrue_interest(&self.lending, self.now);
            }
            refreshed(target.key(), price_before, &publication)
        }))
    }

    fn acceptance(&self, price_decimals: u8, confidence_limit: u32, held_publish_time: i64) -> Acceptance {
        Acceptance { price_decimals, confidence_limit, oldest: self.oldest, held_publish_time, now: self.now }
    }
}

fn refreshed(target: Pubkey, price_before: u64, publication: &Publication) -> PriceRefreshed {
    let Publication { price, confidence, publish_time } = *publication;
    PriceRefreshed { target, price_before, price: price.ticks(), confidence, publish_time }
}

/// The number by which a client knows an error.
fn code(error: Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        // Codes of the runtime itself stand in the upper half of 64 bits; none comes from reading an oracle.
        Error::ProgramError(error) => u32::try_from(u64::from(error.program_error)).unwrap_or(u32::MAX),
    }
}
