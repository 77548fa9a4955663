//! Pyth price accounts, byte for byte as the receiver program and the older push program write them.

use anchor_lang::{AnchorSerialize, Discriminator, prelude::Pubkey, pubkey};
use ballast_client::oracle::price_account;
use ballast_state::OracleSource;
use pyth_sdk_solana::state::{
    AccountType, MAGIC, PriceInfo, PriceStatus, PriceType, Rational, SolanaPriceAccount, VERSION_2,
};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};

use crate::chain::Chain;

/// Pyth's receiver program.
pub const RECEIVER: Pubkey = pyth_solana_receiver_sdk::ID;
/// The receiver program that takes updates from Pyth's newer routers.
pub const NEWER_RECEIVER: Pubkey = pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp");
/// The older push oracle on mainnet.
pub const LEGACY: Pubkey = pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH");

/// One dollar in the unit of [`Quote::price`] at the usual exponent.
pub const USD: i64 = 100_000_000;
/// The usual exponent of a USD price.
pub const EXPONENT: i32 = -8;

/// What an oracle publishes: price × 10^exponent USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price.
    pub price: i64,
    /// Confidence interval, in the unit of the price.
    pub confidence: u64,
    /// Decimal exponent.
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
    /// Pull feeds: whether all signatures were verified.
    pub is_fully_verified: bool,
    /// Legacy feeds: whether the price is trading.
    pub is_trading: bool,
    /// The oracle's own average, in the unit of the price.
    pub average: i64,
}

impl Quote {
    /// A good quote: `price` in units of 10^-8 USD, confidence of 5 hundredths of a per cent.
    pub fn new(price: i64, publish_time: i64) -> Self {
        Self {
            price,
            confidence: price.unsigned_abs() / 2_000,
            exponent: EXPONENT,
            publish_time,
            is_fully_verified: true,
            is_trading: true,
            average: price,
        }
    }
}

/// A feed, and the account in which its price stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// How a listing refers to it.
    pub source: OracleSource,
    /// The price account.
    pub account: Pubkey,
}

impl Feed {
    /// A pull feed in the account of Pyth's own push program (shard 0).
    pub fn pull(id: [u8; 32]) -> Self {
        let source = OracleSource { kind: OracleSource::PULL, padding: [0; 7], program: RECEIVER, feed: id };
        Self { account: price_account(&source), source }
    }

    /// The same feed, from the receiver program of Pyth's newer routers.
    #[must_use]
    pub fn from_newer_receiver(mut self) -> Self {
        self.source.program = NEWER_RECEIVER;
        self
    }

    /// A feed of the older push oracle.
    pub fn legacy(account: Pubkey) -> Self {
        let feed = account.to_bytes();
        Self { source: OracleSource { kind: OracleSource::PUSH, padding: [0; 7], program: LEGACY, feed }, account }
    }

    /// The account's data with this quote in it.
    pub fn data(&self, quote: &Quote, slot: u64) -> Vec<u8> {
        if self.source.kind == OracleSource::PULL {
            pull_data(self.source.feed, quote, slot)
        } else {
            legacy_data(quote, slot)
        }
    }
}

/// Pyth's identifier of a pull feed, from its hexadecimal form.
///
/// # Panics
/// If `hex` is not 64 hexadecimal digits.
pub fn feed_id(hex: &str) -> [u8; 32] {
    assert_eq!(hex.len(), 64, "a feed id has 64 digits");
    core::array::from_fn(|index| {
        u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).expect("a feed id is hexadecimal")
    })
}

impl Chain {
    /// Publishes a quote.
    pub fn publish(&mut self, feed: &Feed, quote: &Quote) {
        let data = feed.data(quote, self.slot());
        self.set_account(feed.account, feed.source.program, data);
    }
}

/// A `PriceUpdateV2` account.
pub fn pull_data(feed_id: [u8; 32], quote: &Quote, slot: u64) -> Vec<u8> {
    let verification_level = if quote.is_fully_verified {
        VerificationLevel::Full
    } else {
        VerificationLevel::Partial { num_signatures: 5 }
    };
    let update = PriceUpdateV2 {
        write_authority: Pubkey::new_from_array([9; 32]),
        verification_level,
        price_message: PriceFeedMessage {
            feed_id,
            price: quote.price,
            conf: quote.confidence,
            exponent: quote.exponent,
            publish_time: quote.publish_time,
            prev_publish_time: quote.publish_time.saturating_sub(1),
            ema_price: quote.average,
            ema_conf: quote.confidence,
        },
        posted_slot: slot,
    };
    let mut data = PriceUpdateV2::DISCRIMINATOR.to_vec();
    update.serialize(&mut data).expect("a price update serialises");
    // The receiver allocates room for the larger verification level, whichever it stores.
    data.resize(PriceUpdateV2::LEN, 0);
    data
}

/// A price account of the older push oracle.
pub fn legacy_data(quote: &Quote, slot: u64) -> Vec<u8> {
    let status = if quote.is_trading { PriceStatus::Trading } else { PriceStatus::Halted };
    let average = |value: i64| Rational { val: value, numer: value, denom: 1 };
    let account = SolanaPriceAccount {
        magic: MAGIC,
        ver: VERSION_2,
        atype: AccountType::Price as u32,
        size: size_of::<SolanaPriceAccount>() as u32,
        ptype: PriceType::Price,
        expo: quote.exponent,
        num: 1,
        num_qt: 1,
        last_slot: slot,
        valid_slot: slot,
        ema_price: average(quote.average),
        ema_conf: average(quote.confidence as i64),
        timestamp: quote.publish_time,
        min_pub: 1,
        prev_slot: slot - 1,
        prev_price: quote.price,
        prev_conf: quote.confidence,
        prev_timestamp: quote.publish_time.saturating_sub(1),
        agg: PriceInfo { price: quote.price, conf: quote.confidence, status, pub_slot: slot, ..PriceInfo::default() },
        ..SolanaPriceAccount::default()
    };
    bytemuck::bytes_of(&account).to_vec()
}
