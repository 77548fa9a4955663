//! What stakers in the insurance fund do.

use ballast_client::{accounts, instructions};
use ballast_risk::Mode;
use ballast_state::{Stake, seeds};
use solana_signer::Signer;

use crate::{
    exchange::Exchange,
    figures::Money,
    trading::Trader,
    transaction::{Outcome, Refusal},
};

impl Exchange {
    /// A trader with this much cash and an empty stake.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn staker(&mut self, cash: u64) -> Trader {
        let staker = self.trader(Mode::Portfolio, &[("USDC", cash)]);
        self.open_stake(&staker).expect("the stake is opened");
        staker
    }

    /// Opens the trader's stake.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open_stake(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let instruction = instructions::open_stake(self.address, trader.owner(), self.chain.payer().pubkey());
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Closes the trader's stake; the wallet receives the rent.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_stake(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let quote = self.quote_token();
        let instruction = instructions::close_stake(self.address, trader.owner(), &quote, trader.owner());
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Stakes cash.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn stake(&mut self, trader: &Trader, amount: u64) -> Result<Outcome, Refusal> {
        let (quote, check) = (self.quote_token(), self.check_of(trader));
        let instruction = instructions::stake(&trader.key, &quote, amount, check);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Gives notice for shares.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn request_unstake(&mut self, trader: &Trader, shares: u64) -> Result<Outcome, Refusal> {
        let quote = self.quote_token();
        let instruction = instructions::request_unstake(self.address, trader.owner(), &quote, shares);
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Pays out the shares for which notice was given.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn unstake(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let quote = self.quote_token();
        self.chain.send(&[instructions::unstake(&trader.key, &quote)], &[&trader.wallet])
    }

    /// What the insurance fund holds.
    pub fn insurance(&self) -> Money {
        Money(i64::try_from(self.bank("USDC").insurance).unwrap_or(i64::MAX))
    }

    /// The trader's stake.
    ///
    /// # Panics
    /// If there is none.
    pub fn stake_of(&self, trader: &Trader) -> Stake {
        let address = seeds::stake(&self.address, &trader.owner()).0;
        accounts::read_stake(&self.chain.data(&address)).expect("the stake can be read")
    }
}
