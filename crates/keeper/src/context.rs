//! What all roles share.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use ballast_client::{CollateralToken, MarginAccountKey, Snapshot};
use ballast_network::{
    Draft, Feed, Landed, Rpc, SendError, Submitter, SubmitterOptions, Target, keys, telemetry::Health,
};
use ballast_state::revaluation::Sources;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::{Settings, prices::Prices};

/// Everything that a role works with.
pub struct Context {
    /// What was asked for.
    pub settings: Settings,
    /// The network and the exchange.
    pub target: Target,
    /// Nodes.
    pub rpc: Rpc,
    /// The exchange as it changes.
    pub feed: Feed,
    /// What the price accounts say, beside what the exchange holds.
    pub prices: watch::Sender<Arc<Prices>>,
    /// Lands transactions.
    pub submitter: Submitter,
    /// Pays, and owns the liquidator's account.
    pub wallet: Keypair,
    /// Sign surfaces.
    pub publishers: Vec<Keypair>,
    /// What `/health` shows.
    pub health: Health,
}

impl Context {
    /// Reads keys, connects, reads the exchange.
    ///
    /// # Errors
    /// If a key cannot be read, the network cannot be reached, or there is no exchange.
    pub async fn new(settings: Settings, health: Health) -> Result<Arc<Self>> {
        let target = settings.network.resolve()?;
        let wallet = keys::read(settings.key.as_deref().context("no key is named: give --key FILE")?)?;
        let publishers = settings.publisher_keys.iter().map(|file| keys::read(file)).collect::<Result<_>>()?;
        let rpc = Rpc::new(&target.endpoints);
        let feed = Feed::start(rpc.clone(), &target.endpoints, target.exchange, settings.feed.options()).await?;
        let options = SubmitterOptions {
            priority_fee: settings.priority_fee,
            dry_run: settings.dry_run,
            ..SubmitterOptions::default()
        };
        let view = feed.view();
        info!(
            "exchange {}: {} markets, {} banks, {} accounts",
            target.exchange,
            view.snapshot.markets().count(),
            view.snapshot.banks().count(),
            view.accounts.len()
        );
        Ok(Arc::new(Self {
            submitter: Submitter::new(rpc.clone(), options),
            prices: watch::Sender::new(Arc::new(Prices::held(&view.snapshot))),
            settings,
            target,
            rpc,
            feed,
            wallet,
            publishers,
            health,
        }))
    }

    /// The liquidator's margin account.
    pub fn own_account(&self) -> MarginAccountKey {
        MarginAccountKey {
            exchange: self.target.exchange,
            owner: self.wallet.pubkey(),
            sub_account: self.settings.sub_account,
        }
    }

    /// The token that cash is.
    ///
    /// # Errors
    /// If the snapshot lacks its bank.
    pub fn quote_token(&self, snapshot: &Snapshot) -> Result<CollateralToken> {
        let bank = snapshot.bank(snapshot.exchange.quote_bank_number).context("the quote token's bank is not known")?;
        Ok(CollateralToken { mint: bank.mint, program: bank.token_program })
    }

    /// Sends instructions that the wallet alone signs. That somebody else was first is no failure: then nothing is returned.
    ///
    /// # Errors
    /// [`SendError`] for any other reason.
    pub async fn send(
        &self,
        label: &'static str,
        instructions: Vec<anchor_lang::solana_program::instruction::Instruction>,
        compute_units: u32,
        is_lost_race: impl Fn(&SendError) -> bool,
    ) -> Result<Option<Landed>, SendError> {
        self.send_with(label, instructions, compute_units, &[], is_lost_race).await
    }

    /// [`Context::send`] with others who sign.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_with(
        &self,
        label: &'static str,
        instructions: Vec<anchor_lang::solana_program::instruction::Instruction>,
        compute_units: u32,
        others: &[&Keypair],
        is_lost_race: impl Fn(&SendError) -> bool,
    ) -> Result<Option<Landed>, SendError> {
        let mut signers = vec![&self.wallet];
        signers.extend(others);
        let lookup_tables = &self.target.lookup_tables;
        let draft = Draft { label, instructions, compute_units, signers: &signers, lookup_tables };
        match self.submitter.send(draft).await {
            Ok(landed) => Ok(Some(landed)),
            Err(error) if is_lost_race(&error) => {
                metrics::counter!("ballast_outcompeted_total", "what" => label).increment(1);
                Ok(None)
            }
            Err(error) => {
                warn!(label, "{error}");
                Err(error)
            }
        }
    }
}
