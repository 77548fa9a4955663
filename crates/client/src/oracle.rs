//! Where prices stand, and what the program would make of them.

use anchor_lang::prelude::{AccountInfo, Pubkey, pubkey};
use ballast::oracle::{self, Acceptance};
use ballast_state::{Bank, Exchange, Market, OracleSource, oracle_grade::Publication};

use crate::instructions::Priced;

/// Pyth's program for feeds that somebody pushes, whose addresses price accounts are found at.
pub const PUSH_FEEDS: Pubkey = pubkey!("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");
/// The shard of the feeds that Pyth sponsors.
const SHARD: [u8; 2] = [0, 0];

/// The account in which a source's price stands.
pub fn price_account(source: &OracleSource) -> Pubkey {
    if source.kind == OracleSource::PUSH {
        return Pubkey::from(source.feed);
    }
    Pubkey::find_program_address(&[&SHARD, &source.feed], &PUSH_FEEDS).0
}

/// A market, with its price accounts.
pub fn priced_market(address: Pubkey, market: &Market) -> Priced {
    let second_oracle = market.has_second_oracle().then(|| price_account(&market.second_oracle));
    Priced { target: address, oracle: price_account(&market.oracle), second_oracle }
}

/// A bank, with its price account.
pub fn priced_bank(address: Pubkey, bank: &Bank) -> Priced {
    Priced::new(address, price_account(&bank.oracle))
}

/// A price account: its address, its owner and its bytes.
pub type PriceAccount<'a> = (&'a Pubkey, &'a Pubkey, &'a [u8]);

/// What a refresh makes of a market or bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The price is refused; what the second source says is left out then.
    Refused,
    /// It is held already, and counts as refreshed from now on.
    Confirmed,
    /// It is news, or that of the second source is.
    News,
}

/// Makes of a market what a refresh would at a moment (Unix seconds, slot), with the price accounts of its first and its second
/// source.
pub fn refresh_market(
    exchange: &Exchange,
    market: &mut Market,
    first: PriceAccount<'_>,
    second: Option<PriceAccount<'_>>,
    (now, slot): (i64, u64),
) -> Refreshed {
    let parameters = &exchange.parameters;
    let read = |source: &OracleSource, account: PriceAccount<'_>, held_publish_time: i64| {
        let acceptance = Acceptance {
            price_decimals: market.price_decimals,
            confidence_refusal: market.parameters.confidence_refusal,
            oldest: parameters.liquidation_oracle_age,
            held_publish_time,
            now,
        };
        publication(source, account, &acceptance)
    };
    let second = second.and_then(|account| read(&market.second_oracle, account, market.second_publish_time));
    let Some(first) = read(&market.oracle, first, market.publish_time) else { return Refreshed::Refused };
    let is_news = first.publish_time > market.publish_time
        || second.is_some_and(|it| it.publish_time > market.second_publish_time);
    let mut refreshed = Box::new(*market);
    if let Some(second) = &second {
        refreshed.accept_second(second);
    }
    refreshed.accrue_funding(&parameters.funding_rules(), now);
    if refreshed.accept_price(&first, slot, parameters).is_err() {
        return Refreshed::Refused;
    }
    *market = *refreshed;
    if is_news { Refreshed::News } else { Refreshed::Confirmed }
}

/// Makes of a bank what a refresh would at a moment (Unix seconds, slot), with its price account.
pub fn refresh_bank(
    exchange: &Exchange,
    bank: &mut Bank,
    account: PriceAccount<'_>,
    (now, slot): (i64, u64),
) -> Refreshed {
    let parameters = &exchange.parameters;
    let acceptance = Acceptance {
        price_decimals: bank.price_decimals,
        confidence_refusal: bank.parameters.confidence_refusal,
        oldest: parameters.liquidation_oracle_age,
        held_publish_time: bank.publish_time,
        now,
    };
    let Some(read) = publication(&bank.oracle, account, &acceptance) else { return Refreshed::Refused };
    let is_news = read.publish_time > bank.publish_time;
    bank.accept_price(&read, slot, parameters);
    if bank.number == exchange.quote_bank_number {
        bank.accrue_interest(&parameters.lending_rules(), now);
    }
    if is_news { Refreshed::News } else { Refreshed::Confirmed }
}

/// What the program would read in a price account; nothing if it would refuse it.
fn publication(source: &OracleSource, account: PriceAccount<'_>, acceptance: &Acceptance) -> Option<Publication> {
    let (address, owner, data) = account;
    let (mut lamports, mut data) = (1, data.to_vec());
    let info = AccountInfo::new(address, false, false, &mut lamports, &mut data, owner, false);
    oracle::read(&info, source, acceptance).ok()
}
