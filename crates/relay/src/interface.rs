//! What is said over HTTP and WebSocket, in JSON: names in camelCase, 64-bit numbers as decimal strings, addresses in base58, messages
//! and signatures in base64. docs/relay.md shows each with an example.

use ballast_state::Contract;
use serde::{Deserialize, Serialize};

/// A contract of a market: see [`Contract`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContractName {
    /// Kind: 1 perpetual, 3 future, 4 call, 5 put.
    pub kind: u8,
    /// Slot of the expiry or the series; zero for the perpetual.
    pub slot: u8,
    /// Number of the expiry or the series; zero for the perpetual.
    pub number: u32,
}

impl From<Contract> for ContractName {
    fn from(Contract { kind, slot, number }: Contract) -> Self {
        Self { kind, slot, number }
    }
}

impl From<ContractName> for Contract {
    fn from(ContractName { kind, slot, number }: ContractName) -> Self {
        Self { kind, slot, number }
    }
}

/// A leg of a package.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PackageLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: ContractName,
    /// Lots that one package buys, or sells if it is negative.
    pub ratio: i32,
}

/// What a taker asks quotes for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteRequest {
    /// The taker's margin account.
    pub account: String,
    /// What one package buys and sells for the taker.
    pub legs: Vec<PackageLeg>,
    /// Packages.
    pub size: u32,
}

/// What makers answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteAnswer {
    /// The request.
    pub id: String,
    /// The quotes, best for the taker first.
    pub quotes: Vec<Quote>,
}

/// A maker's quote: a resting order that only the taker can take.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// By which it is taken.
    pub id: String,
    /// The maker's margin account.
    pub maker: String,
    /// The order.
    pub message: String,
    /// Who signed it.
    pub signer: String,
    /// The signature.
    pub signature: String,
    /// Unix seconds.
    #[serde(with = "decimal")]
    pub expires_at: i64,
    /// Packages at most.
    pub size: u32,
    /// Prices in ticks, in the order of the request's legs.
    #[serde(with = "decimals")]
    pub prices: Vec<u64>,
    /// What a package costs the taker, µUSD, rounded up; negative if it brings something. Of futures and perpetuals it is the
    /// notional.
    #[serde(with = "decimal")]
    pub net: i64,
}

/// A signed order, and what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderSubmission {
    /// The order.
    pub message: String,
    /// Who signed it.
    pub signer: String,
    /// The signature.
    pub signature: String,
    /// The quote that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What goes into the book if the order, a taking one, meets nothing there: a resting order of the same account and nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<SignedMessage>,
}

/// A signed order, and nothing else.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedMessage {
    /// The order.
    pub message: String,
    /// Who signed it.
    pub signer: String,
    /// The signature.
    pub signature: String,
}

/// What became of an order.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderOutcome {
    /// The order's id: SHA-256 of its message, in hexadecimal.
    pub id: String,
    /// Where it is now.
    pub status: OrderStatus,
    /// What was filled.
    pub fills: Vec<Fill>,
    /// Why no more was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Problem>,
}

/// Where an order is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderStatus {
    /// In the book.
    Resting,
    /// Filled to the end.
    Filled,
    /// Filled in part; of a taking order, the rest is gone.
    PartlyFilled,
    /// Not filled.
    Refused,
}

/// A match that was confirmed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fill {
    /// The transaction.
    pub signature: String,
    /// The slot that it is in.
    #[serde(with = "decimal")]
    pub slot: u64,
    /// The taker's margin account.
    pub taker: String,
    /// The maker's.
    pub maker: String,
    /// Packages.
    pub units: u32,
    /// What the taker bought, or sold if the ratio is negative, with each package.
    pub legs: Vec<FilledLeg>,
}

/// A leg that was filled.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilledLeg {
    /// The leg.
    #[serde(flatten)]
    pub leg: PackageLeg,
    /// Price, ticks.
    #[serde(with = "decimal")]
    pub price: u64,
}

/// Why something was refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A name that stays the same: the relay's own (`unknownAccount`), or the program's (`BelowInitialMargin`).
    pub code: String,
    /// What was expected and what came.
    pub message: String,
}

impl Problem {
    /// No node answers.
    pub(crate) const UNREACHABLE: &str = "unreachable";
    /// A transaction was sent, and whether it landed is not known.
    pub(crate) const NOT_CONFIRMED: &str = "notConfirmed";

    /// Whether it is the order's: not that of a node, which says nothing about it.
    pub(crate) fn is_of_the_order(&self) -> bool {
        self.code != Self::UNREACHABLE
    }

    /// A problem of the relay's own.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// An order in the book.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestingOrder {
    /// The order's id.
    pub id: String,
    /// The order.
    pub message: String,
    /// Packages that are left of it, as far as the relay knows.
    pub left: u32,
}

/// What the relay tells of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// The exchange.
    pub exchange: String,
    /// Who pays for matches.
    pub payer: String,
    /// Makers that are connected.
    pub makers: usize,
    /// Quotes that can be taken.
    pub quotes: usize,
    /// How long a request waits for quotes, milliseconds.
    pub quote_window_millis: u64,
}

/// What a maker says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum MakerMessage {
    /// Who it is, first of all.
    Hello {
        /// Its margin account.
        account: String,
        /// Who signs for it: its owner or delegate.
        signer: String,
        /// The signature of [`handshake::message`](crate::handshake::message).
        signature: String,
    },
    /// A quote.
    #[serde(rename_all = "camelCase")]
    Quote {
        /// The request.
        request: String,
        /// A resting order with the reverse of the request's legs, whose counterparty is the taker.
        message: String,
        /// Who signed it.
        signer: String,
        /// The signature.
        signature: String,
    },
    /// No quote.
    Decline {
        /// The request.
        request: String,
        /// Why, for logs.
        reason: String,
    },
    /// A quote is taken back: the relay offers and matches it no more.
    Withdraw {
        /// The request that it answered.
        request: String,
    },
}

/// What a maker is told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum RelayMessage {
    /// What a maker has to sign, first of all.
    Challenge {
        /// [`handshake::VERSION`](crate::handshake::VERSION).
        version: u8,
        /// The exchange.
        exchange: String,
        /// 32 bytes that were drawn for this connection.
        nonce: String,
    },
    /// The maker is known, and will be asked.
    Welcome,
    /// A quote is wanted.
    #[serde(rename_all = "camelCase")]
    Request {
        /// By which it is answered.
        id: String,
        /// The taker's margin account: the counterparty to name.
        taker: String,
        /// What one package buys and sells for the taker.
        legs: Vec<PackageLeg>,
        /// Packages.
        size: u32,
        /// How long the relay waits, milliseconds.
        deadline_millis: u64,
    },
    /// Something that the maker said was refused.
    Refused {
        /// Why.
        problem: Problem,
    },
    /// One of the account's orders was filled.
    Fill {
        /// The fill.
        fill: Fill,
    },
    /// One of the account's orders went into the book, or left it.
    Order {
        /// The order.
        order: RestingOrder,
    },
}

mod decimal {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text} is no decimal number of the kind that is expected")))
    }
}

mod decimals {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(values: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        values.iter().map(u64::to_string).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let parse = |text: String| text.parse().map_err(|_| D::Error::custom(format!("{text} is no decimal number")));
        texts.into_iter().map(parse).collect()
    }
}
