//! Asking nodes: with a time limit, again where that helps, and another node where one does not answer.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anchor_lang::prelude::{Clock, Pubkey};
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind},
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
    request,
};
use tokio::time::sleep;
use tracing::debug;

use crate::Endpoints;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a question is asked of each node before it is given up.
const ATTEMPTS_PER_NODE: usize = 3;
/// The first pause between attempts; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Most accounts that nodes return at once.
const MOST_ACCOUNTS: usize = 100;
/// Codes of JSON-RPC that say that the node is behind or out of order, not that the question is wrong.
const MOODS: [i64; 4] = [-32_005, -32_004, -32_014, -32_603];

/// No node answered, or what one answered is a refusal of the question.
#[derive(Debug)]
pub struct RpcError {
    /// What was asked.
    pub question: &'static str,
    /// The last answer.
    pub cause: Box<ClientError>,
    /// Whether another attempt, later, may succeed.
    pub is_transient: bool,
}

impl fmt::Display for RpcError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.question, self.cause)
    }
}

impl std::error::Error for RpcError {}

/// Nodes of a network. Cheap to clone.
#[derive(Clone)]
pub struct Rpc {
    nodes: Arc<[RpcClient]>,
    /// The node that is asked first.
    preferred: Arc<AtomicUsize>,
}

impl Rpc {
    /// The nodes of a network.
    pub fn new(endpoints: &Endpoints) -> Self {
        let node = |url: &String| {
            let commitment = CommitmentConfig::processed();
            RpcClient::new_with_timeout_and_commitment(url.clone(), PATIENCE, commitment)
        };
        Self { nodes: endpoints.rpc_urls.iter().map(node).collect(), preferred: Arc::default() }
    }

    /// Asks a node, and asks again, the next one in turn, while that may help.
    ///
    /// # Errors
    /// [`RpcError`] with the last answer.
    pub async fn ask<T, F>(&self, question: &'static str, ask: impl Fn(Node) -> F) -> Result<T, RpcError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let mut pause = FIRST_PAUSE;
        let attempts = ATTEMPTS_PER_NODE * self.nodes.len();
        for attempt in 1.. {
            let index = self.preferred.load(Ordering::Relaxed) % self.nodes.len();
            let error = match ask(Node { nodes: self.nodes.clone(), index }).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let is_transient = is_transient(&error);
            if !is_transient || attempt >= attempts {
                return Err(RpcError { question, cause: Box::new(error), is_transient });
            }
            debug!(question, attempt, %error, "asking again");
            metrics::counter!("ballast_rpc_retries_total").increment(1);
            self.preferred.store(index + 1, Ordering::Relaxed);
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        unreachable!("the loop ends by returning")
    }

    /// Bytes of accounts, nothing for those that do not exist.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Vec<u8>>>, RpcError> {
        let read = self.owned_accounts(addresses).await?;
        Ok(read.into_iter().map(|account| account.map(|(_, data)| data)).collect())
    }

    /// Owners and bytes of accounts, nothing for those that do not exist.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn owned_accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<(Pubkey, Vec<u8>)>>, RpcError> {
        let mut all = Vec::with_capacity(addresses.len());
        for some in addresses.chunks(MOST_ACCOUNTS) {
            let read = self.ask("getMultipleAccounts", |node| async move {
                node.client().get_multiple_accounts_with_commitment(some, CommitmentConfig::processed()).await
            });
            all.extend(
                read.await?.value.into_iter().map(|account| account.map(|account| (account.owner, account.data))),
            );
        }
        Ok(all)
    }

    /// Bytes of an account, if it exists.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn account(&self, address: &Pubkey) -> Result<Option<Vec<u8>>, RpcError> {
        Ok(self.accounts(&[*address]).await?.pop().flatten())
    }

    /// The accounts of the program that hold these bytes at this offset.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn program_accounts(&self, offset: usize, bytes: &[u8]) -> Result<Vec<(Pubkey, Vec<u8>)>, RpcError> {
        let config = || RpcProgramAccountsConfig {
            filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_raw_bytes(offset, bytes.to_vec()))]),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                commitment: Some(CommitmentConfig::processed()),
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let read = self.ask("getProgramAccounts", |node| {
            let config = config();
            async move { node.client().get_program_ui_accounts_with_config(&ballast::ID, config).await }
        });
        let decode = |(address, account): (Pubkey, solana_account_decoder_client_types::UiAccount)| {
            account.data.decode().map(|data| (address, data))
        };
        Ok(read.await?.into_iter().filter_map(decode).collect())
    }

    /// The network's slot and time (Unix seconds), from its clock account.
    ///
    /// # Errors
    /// [`RpcError`]; transient if the node has no clock.
    pub async fn moment(&self) -> Result<(u64, i64), RpcError> {
        let clock = self.ask("the clock account", |node| async move {
            let data = node.client().get_account(&clock_address()).await?.data;
            // Slot first, time of the epoch's start, epoch, epoch of the leaders' schedule, time.
            let field =
                |at: usize| data.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(i64::from_le_bytes);
            match (field(0), field(32)) {
                (Some(slot), Some(now)) => Ok((slot.cast_unsigned(), now)),
                _ => Err(ErrorKind::Custom(format!("the clock account has {} bytes", data.len())).into()),
            }
        });
        clock.await
    }
}

fn clock_address() -> Pubkey {
    <Clock as anchor_lang::solana_program::sysvar::SysvarId>::id()
}

/// The node that is asked.
pub struct Node {
    nodes: Arc<[RpcClient]>,
    index: usize,
}

impl Node {
    /// Its client.
    pub fn client(&self) -> &RpcClient {
        &self.nodes[self.index]
    }
}

fn is_transient(error: &ClientError) -> bool {
    match error.kind() {
        ErrorKind::Io(_) | ErrorKind::Reqwest(_) | ErrorKind::Middleware(_) | ErrorKind::SerdeJson(_) => true,
        ErrorKind::RpcError(request::RpcError::RpcResponseError { code, data, .. }) => {
            let refuses = matches!(data, request::RpcResponseErrorData::SendTransactionPreflightFailure(_));
            !refuses && MOODS.contains(code)
        }
        ErrorKind::RpcError(request::RpcError::RpcRequestError(_)) => true,
        _ => false,
    }
}
