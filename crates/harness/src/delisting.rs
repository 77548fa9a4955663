//! The ends of markets and banks, as governance would bring them about.

use anchor_lang::prelude::Pubkey;
use ballast::ExpiryArgs;
use ballast_client::instructions;
use solana_signer::Signer;

use crate::{
    exchange::{Collateral, Exchange, ExpiryKey},
    transaction::{Outcome, Refusal},
};

impl Exchange {
    /// Begins to close the market of an expiry, with which its perpetual will settle.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_market(&mut self, expiry: &ExpiryKey) -> Result<Outcome, Refusal> {
        let governance = self.governance.clone();
        let args = ExpiryArgs { slot: expiry.slot, number: expiry.number };
        let instruction = instructions::close_market(self.address, governance.pubkey(), expiry.market, args);
        self.chain.send(&[instruction], &[&governance])
    }

    /// Removes a closed market.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn remove_market(&mut self, name: &str) -> Result<Outcome, Refusal> {
        let governance = self.governance.clone();
        let (number, quote) = (self.underlying(name).number, self.quote_token());
        let instruction = instructions::remove_market(self.address, governance.pubkey(), &quote, number);
        let outcome = self.chain.send(&[instruction], &[&governance])?;
        self.underlyings.retain(|underlying| underlying.number != number);
        Ok(outcome)
    }

    /// Begins to close a bank.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_bank(&mut self, name: &str) -> Result<Outcome, Refusal> {
        let governance = self.governance.clone();
        let token = self.collateral(name).mint.token;
        let instruction = instructions::close_bank(self.address, governance.pubkey(), &token);
        self.chain.send(&[instruction], &[&governance])
    }

    /// Removes a closed bank; what nobody deposited goes to `surplus`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn remove_bank(&mut self, name: &str, surplus: Pubkey) -> Result<Outcome, Refusal> {
        let governance = self.governance.clone();
        let Collateral { number, mint, .. } = self.collateral(name).clone();
        let instruction = instructions::remove_bank(self.address, governance.pubkey(), &mint.token, surplus);
        let outcome = self.chain.send(&[instruction], &[&governance])?;
        self.collaterals.retain(|collateral| collateral.number != number);
        Ok(outcome)
    }
}
