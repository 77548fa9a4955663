//! The relay, for programs that trade through it.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result, bail, ensure};
use ballast_client::{MarginAccountKey, accounts, cost, instructions};
use ballast_network::{Draft, Rpc, Submitter};
use ballast_state::{Order, OrderLeg, OrderRole, seeds};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Serialize, de::DeserializeOwned};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{
    handshake,
    interface::{
        MakerMessage, OrderOutcome, OrderSubmission, PackageLeg, QuoteAnswer, QuoteRequest, RelayMessage, SignedMessage,
    },
};

/// How long an answer may take: a match has to be confirmed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A relay over HTTP.
#[derive(Clone)]
pub struct RelayClient {
    url: String,
    client: reqwest::Client,
}

impl RelayClient {
    /// The relay at an address such as `http://127.0.0.1:8902`.
    ///
    /// # Errors
    /// If the system has no certificates to speak TLS with.
    pub fn new(url: &str) -> Result<Self> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client })
    }

    /// Asks makers for quotes.
    ///
    /// # Errors
    /// If the relay does not answer, or refuses; the message says why.
    pub async fn quotes(&self, account: &Pubkey, legs: Vec<PackageLeg>, size: u32) -> Result<QuoteAnswer> {
        self.post("/v1/requests", &QuoteRequest { account: account.to_string(), legs, size }).await
    }

    /// Signs an order and sends it, to take a quote if one is named.
    ///
    /// # Errors
    /// If the order is none, the relay does not answer, or refuses; the message says why.
    pub async fn submit(&self, key: &Keypair, order: &Order, quote: Option<String>) -> Result<OrderOutcome> {
        self.post("/v1/orders", &sign(key, order, quote)?).await
    }

    /// Signs a taking order, and a resting one that goes into the book if the first meets nothing there, and sends both. They have
    /// the same account and nonce, so that at most one of them is filled.
    ///
    /// # Errors
    /// As [`RelayClient::submit`].
    pub async fn submit_or_rest(&self, key: &Keypair, taking: &Order, resting: &Order) -> Result<OrderOutcome> {
        let OrderSubmission { message, signer, signature, .. } = sign(key, resting, None)?;
        let otherwise = Some(SignedMessage { message, signer, signature });
        self.post("/v1/orders", &OrderSubmission { otherwise, ..sign(key, taking, None)? }).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let response = self.client.post(format!("{}{path}", self.url)).json(body).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("the relay refuses ({status}): {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("the relay answers what is not understood: {text}"))
    }
}

/// The domain that an account's orders are signed for. Its order records are opened if they are missing, which `key`, the owner's,
/// pays for; nothing if they are missing and nothing is to be sent.
///
/// # Errors
/// If they cannot be opened or read.
pub async fn order_domain(
    rpc: &Rpc,
    submitter: &Submitter,
    key: &Keypair,
    account: &MarginAccountKey,
) -> Result<Option<[u8; 16]>> {
    let address = seeds::order_records(&account.address()).0;
    let mut data = rpc.account(&address).await?;
    if data.is_none() && !submitter.is_dry_run() {
        let draft = Draft {
            label: "open_order_records",
            instructions: vec![instructions::open_order_records(account, key.pubkey())],
            compute_units: cost::OPEN_ORDER_RECORDS,
            signers: &[key],
            lookup_tables: &[],
        };
        submitter.send(draft).await?;
        data = rpc.account(&address).await?;
    }
    let records = data.map(|data| accounts::read_order_records(&data)).transpose()?;
    Ok(records.map(|records| records.domain))
}

/// A taking order for one package of these legs at their prices, whatever the fee, until a time (Unix seconds). The domain is that of
/// the account's order records: see [`order_domain`].
pub fn taking_order(
    account: &MarginAccountKey,
    domain: [u8; 16],
    nonce: u64,
    expires_at: i64,
    mut legs: Vec<OrderLeg>,
) -> Order {
    legs.sort_by_key(OrderLeg::key);
    Order {
        domain,
        exchange: account.exchange,
        account: account.address(),
        nonce,
        expires_at,
        maximum_fee: u64::MAX,
        size: 1,
        minimum_fill: 1,
        role: OrderRole::Taking,
        is_reduce_only: false,
        claims_rebates: false,
        counterparty: None,
        net_limit: None,
        legs,
    }
}

/// Signs an order, as the relay takes it.
///
/// # Errors
/// If it is no order.
pub fn sign(key: &Keypair, order: &Order, quote: Option<String>) -> Result<OrderSubmission> {
    let message = order.encode().map_err(|refusal| anyhow::anyhow!("this is no order: {refusal}"))?;
    let signature = key.sign_message(&message);
    Ok(OrderSubmission {
        message: BASE64_STANDARD.encode(&message),
        signer: key.pubkey().to_string(),
        signature: BASE64_STANDARD.encode(signature.as_ref()),
        quote,
        otherwise: None,
    })
}

/// Answers the relay's challenge: the first thing that a maker says.
///
/// # Errors
/// If it is no challenge of this version, or of a relay for another exchange.
pub fn hello(key: &Keypair, account: &MarginAccountKey, challenge: &RelayMessage) -> Result<MakerMessage> {
    let RelayMessage::Challenge { version, exchange, nonce } = challenge else {
        bail!("the relay begins with {challenge:?}, expected a challenge");
    };
    ensure!(*version == handshake::VERSION, "the challenge has version {version}, expected {}", handshake::VERSION);
    let own = account.exchange.to_string();
    ensure!(*exchange == own, "the relay is for exchange {exchange}, expected {own}");
    let drawn = BASE64_STANDARD.decode(nonce).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let drawn = drawn.with_context(|| format!("the challenge is {nonce}, expected 32 bytes in base64"))?;
    let address = account.address();
    let signature = key.sign_message(&handshake::message(&account.exchange, &address, &drawn));
    Ok(MakerMessage::Hello {
        account: address.to_string(),
        signer: key.pubkey().to_string(),
        signature: BASE64_STANDARD.encode(signature.as_ref()),
    })
}
