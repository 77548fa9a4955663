//! Signed orders, as they come in: read, and believed only as far as they can be checked.

use anchor_lang::prelude::Pubkey;
use ballast_client::{SignedOrder, accounts};
use ballast_network::{Rpc, View};
use ballast_state::{MarginAccount, Order, OrderRecords, order, seeds};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use solana_signature::Signature;

use crate::interface::Problem;

/// Longest message, bytes: eight legs with everything that an order may have.
const LONGEST: usize = 400;

/// An order whose signature holds, by somebody who may trade for the account.
#[derive(Clone, Debug)]
pub(crate) struct CheckedOrder {
    pub order: Order,
    pub id: [u8; 32],
    pub signed: SignedOrder,
}

impl CheckedOrder {
    /// Reads an order and checks all of it that does not change with time.
    pub(crate) fn read(view: &View, message: &str, signer: &str, signature: &str) -> Result<Self, Problem> {
        let message = bytes(message, "message")?;
        if message.len() > LONGEST {
            return Err(Problem::new(
                "malformed",
                format!("the message has {} bytes, expected at most {LONGEST}", message.len()),
            ));
        }
        let (signer, signature) = (address(signer)?, signature_of(signature)?);
        let order = Order::decode(&message).map_err(|refusal| Problem::new("noOrder", refusal.to_string()))?;
        if order.exchange != view.snapshot.address {
            return Err(Problem::new("otherExchange", format!("the order is for exchange {}", order.exchange)));
        }
        let account = account(view, &order.account)?;
        authorise(account, &order, &signer, view.now)?;
        require_signature(&signature, &signer, &message)?;
        Ok(Self { id: order::id(&message), order, signed: SignedOrder { message, signer, signature } })
    }

    /// The message, as it came.
    pub(crate) fn message(&self) -> String {
        BASE64_STANDARD.encode(&self.signed.message)
    }
}

/// An address that somebody wrote.
pub(crate) fn address(text: &str) -> Result<Pubkey, Problem> {
    ballast_network::endpoints::address(text).map_err(|error| Problem::new("malformed", error.to_string()))
}

/// A signature that somebody wrote.
pub(crate) fn signature_of(text: &str) -> Result<[u8; 64], Problem> {
    bytes(text, "signature")?.try_into().map_err(|bytes: Vec<u8>| {
        Problem::new("malformed", format!("the signature has {} bytes, expected 64", bytes.len()))
    })
}

fn bytes(text: &str, what: &str) -> Result<Vec<u8>, Problem> {
    BASE64_STANDARD.decode(text).map_err(|_| Problem::new("malformed", format!("the {what} is not in base64")))
}

/// Refuses a signature that is not of this message, or not this signer's.
pub(crate) fn require_signature(signature: &[u8; 64], signer: &Pubkey, message: &[u8]) -> Result<(), Problem> {
    if Signature::from(*signature).verify(&signer.to_bytes(), message) {
        return Ok(());
    }
    Err(Problem::new("wrongSignature", format!("the signature is not {signer}'s, or of another message")))
}

/// A margin account of the exchange.
pub(crate) fn account<'a>(view: &'a View, address: &Pubkey) -> Result<&'a MarginAccount, Problem> {
    let account = view.accounts.get(address);
    account
        .map(AsRef::as_ref)
        .ok_or_else(|| Problem::new("unknownAccount", format!("{address} is no margin account of the exchange")))
}

fn authorise(account: &MarginAccount, order: &Order, signer: &Pubkey, now: i64) -> Result<(), Problem> {
    let refused =
        |refusal: ballast_state::delegate::AuthorityRefusal| Problem::new("notAuthorised", refusal.to_string());
    account.require_trader(signer, order.markets(), now).map_err(refused)
}

/// Refuses an order that stands for longer than so many seconds from now.
pub(crate) fn require_expiry(order: &Order, now: i64, longest: i64) -> Result<(), Problem> {
    let latest = now.saturating_add(longest);
    if order.expires_at > latest {
        return Err(Problem::new(
            "standsTooLong",
            format!("it expires at {}, expected {longest} s after {now} at the latest, {latest}", order.expires_at),
        ));
    }
    Ok(())
}

/// What the chain remembers of an account's orders.
pub(crate) async fn records(rpc: &Rpc, account: &Pubkey) -> Result<OrderRecords, Problem> {
    let address = seeds::order_records(account).0;
    let data = rpc.account(&address).await.map_err(|error| Problem::new(Problem::UNREACHABLE, error.to_string()))?;
    let data =
        data.ok_or_else(|| Problem::new("noRecords", format!("{account} has no order records: open them first")))?;
    accounts::read_order_records(&data).map_err(|error| Problem::new("noRecords", error.to_string()))
}

/// Packages that are left of an order, or why none are.
pub(crate) async fn left(rpc: &Rpc, order: &CheckedOrder, now: i64) -> Result<u32, Problem> {
    let records = records(rpc, &order.order.account).await?;
    let left =
        records.left(&order.order, &order.id, now).map_err(|refusal| Problem::new("notLive", refusal.to_string()))?;
    if left == 0 {
        return Err(Problem::new("notLive", "the order is filled"));
    }
    Ok(left)
}
