//! Roles, changes of parameters and pauses, as their holders would send them.

use anchor_lang::prelude::Pubkey;
use ballast::ChangeArgs;
use ballast_client::{accounts, instructions};
use ballast_risk::parameters::Parameter;
use ballast_state::{
    PendingChange,
    governance::{PUBLISHER, Role},
    seeds,
};
use solana_signer::Signer;

use crate::{
    chain::Wallet,
    exchange::Exchange,
    transaction::{Outcome, Refusal},
};

/// A change of a parameter that is no publisher's.
pub fn change_of(parameter: &Parameter, value: i64) -> ChangeArgs {
    ChangeArgs { parameter: parameter.id(), slot: 0, value, key: Pubkey::default() }
}

/// A change of the publisher in a slot; nobody removes it.
pub fn publisher(slot: u8, key: Option<Pubkey>) -> ChangeArgs {
    ChangeArgs { parameter: PUBLISHER, slot, value: 0, key: key.unwrap_or_default() }
}

impl Exchange {
    /// The wallet of a role.
    pub fn role(&self, role: Role) -> Wallet {
        match role {
            Role::Governance => &self.governance,
            Role::Risk => &self.risk,
            Role::Listing => &self.listing,
            Role::Guardian => &self.guardian,
        }
        .clone()
    }

    /// Address of a market or bank by its name.
    pub fn market_address(&self, name: &str) -> Pubkey {
        seeds::market(&self.address, self.underlying(name).number).0
    }

    /// Address of a bank by its name.
    pub fn bank_address(&self, name: &str) -> Pubkey {
        self.collateral(name).mint.token.bank(&self.address).0
    }

    /// Proposes a change of a parameter, by a wallet of one's choice.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn propose_by(&mut self, proposer: &Wallet, target: Pubkey, args: ChangeArgs) -> Result<Outcome, Refusal> {
        let instruction = instructions::propose_change(self.address, proposer.pubkey(), target, args);
        self.chain.send(&[instruction], &[proposer])
    }

    /// Proposes a change of a parameter, by the risk role.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn propose(&mut self, target: Pubkey, parameter: &Parameter, value: i64) -> Result<Outcome, Refusal> {
        let risk = self.risk.clone();
        self.propose_by(&risk, target, change_of(parameter, value))
    }

    /// Carries a proposed change out.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn apply(&mut self, target: Pubkey, parameter: u32, slot: u8) -> Result<Outcome, Refusal> {
        self.chain.send(&[instructions::apply_change(self.address, target, parameter, slot)], &[])
    }

    /// Withdraws a proposed change, by a wallet of one's choice.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn cancel_by(&mut self, by: &Wallet, target: Pubkey, parameter: u32, slot: u8) -> Result<Outcome, Refusal> {
        let change = seeds::change(&target, parameter, slot).0;
        let proposer = self.pending(target, parameter, slot).proposer;
        self.chain.send(&[instructions::cancel_change(self.address, change, proposer, by.pubkey())], &[by])
    }

    /// Closes the account of a change that has served.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_change(&mut self, target: Pubkey, parameter: u32, slot: u8) -> Result<Outcome, Refusal> {
        let change = seeds::change(&target, parameter, slot).0;
        let proposer = self.pending(target, parameter, slot).proposer;
        self.chain.send(&[instructions::close_change(self.address, change, proposer)], &[])
    }

    /// The pending change of a parameter.
    ///
    /// # Panics
    /// If there is none.
    pub fn pending(&self, target: Pubkey, parameter: u32, slot: u8) -> PendingChange {
        let data = self.chain.data(&seeds::change(&target, parameter, slot).0);
        accounts::read_change(&data).expect("the change can be read")
    }

    /// Proposes a new holder of a role.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn propose_role(&mut self, role: Role, key: Pubkey) -> Result<Outcome, Refusal> {
        let governance = self.governance.clone();
        let instruction = instructions::propose_role(self.address, governance.pubkey(), role, key);
        self.chain.send(&[instruction], &[&governance])
    }

    /// Takes a role over.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn accept_role(&mut self, role: Role, holder: &Wallet) -> Result<Outcome, Refusal> {
        let instruction = instructions::accept_role(self.address, holder.pubkey(), role);
        self.chain.send(&[instruction], &[holder])
    }

    /// Withdraws a proposed hand-over, by a wallet of one's choice.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn cancel_role(&mut self, role: Role, by: &Wallet) -> Result<Outcome, Refusal> {
        let instruction = instructions::cancel_role(self.address, by.pubkey(), role);
        self.chain.send(&[instruction], &[by])
    }

    /// Pauses trades or withdrawals of the exchange, a market or a bank.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn pause(&mut self, target: Pubkey, trades: bool, withdrawals: bool) -> Result<Outcome, Refusal> {
        let guardian = self.guardian.clone();
        let instruction = instructions::pause(self.address, guardian.pubkey(), target, trades, withdrawals);
        self.chain.send(&[instruction], &[&guardian])
    }

    /// Lowers a limit of a market or bank.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn lower_limit(&mut self, target: Pubkey, parameter: &Parameter, value: i64) -> Result<Outcome, Refusal> {
        let guardian = self.guardian.clone();
        let instruction = instructions::lower_limit(self.address, guardian.pubkey(), target, parameter.id(), value);
        self.chain.send(&[instruction], &[&guardian])
    }
}
