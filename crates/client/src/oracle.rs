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

/// Whose price is read.
#[derive(Clone, Copy)]
pub enum Listing<'a> {
    /// A market's first source.
    Market(&'a Market),
    /// A bank's.
    Bank(&'a Bank),
}

/// What the program would read in a price account of the first source; nothing if it would refuse it.
pub fn publication(
    exchange: &Exchange,
    listing: Listing<'_>,
    account: (&Pubkey, &Pubkey, &mut [u8]),
    now: i64,
) -> Option<Publication> {
    let (source, price_decimals, confidence_refusal, held_publish_time) = match listing {
        Listing::Market(it) => (&it.oracle, it.price_decimals, it.parameters.confidence_refusal, it.publish_time),
        Listing::Bank(it) => (&it.oracle, it.price_decimals, it.parameters.confidence_refusal, it.publish_time),
    };
    let oldest = exchange.parameters.liquidation_oracle_age;
    let acceptance = Acceptance { price_decimals, confidence_refusal, oldest, held_publish_time, now };
    let (address, owner, data) = account;
    let mut lamports = 1;
    let info = AccountInfo::new(address, false, false, &mut lamports, data, owner, false);
    oracle::read(&info, source, &acceptance).ok()
}
