//! What shows that somebody wants an order.

use anchor_lang::prelude::*;
use ballast_state::{Order, PlacedOrder, order};

use crate::{
    errors::{BallastError, order_error},
    signature::{self, INSTRUCTIONS},
};

/// What shows that an order was signed.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub enum OrderProof {
    /// An instruction of the Ed25519 program in the same transaction, which holds key, signature and message. The proof's
    /// account is the instructions sysvar.
    Signature {
        /// Index of the instruction.
        instruction: u8,
        /// Index of the signature in it.
        index: u8,
    },
    /// A placed order, which is the proof's account.
    Placed,
    /// The signature of this transaction. The proof's account is the signer.
    Transaction {
        /// The message.
        message: Vec<u8>,
    },
}

/// An order, and who signed it.
pub(super) struct Proven {
    /// The order.
    pub order: Order,
    /// SHA-256 of its message.
    pub id: [u8; 32],
    /// Who signed it.
    pub signer: Pubkey,
    /// Whether he signed this transaction for it.
    pub is_of_transaction: bool,
}

impl Proven {
    /// Reads an order from where the proof says that it is.
    ///
    /// # Errors
    /// [`BallastError::OrderSignature`], [`BallastError::OrderMalformed`], Anchor's for an account that is no placed order.
    pub fn read<'info>(proof: &OrderProof, account: &UncheckedAccount<'info>) -> Result<Self> {
        match proof {
            OrderProof::Signature { instruction, index } => {
                require_keys_eq!(account.key(), INSTRUCTIONS, BallastError::OrderSignature);
                let sysvar = account.try_borrow_data()?;
                let signed = signature::find(&sysvar, *instruction, *index)
                    .ok_or_else(|| error!(BallastError::OrderSignature))?;
                Self::new(signed.message, signed.signer, false)
            }
            OrderProof::Placed => {
                require_keys_eq!(*account.owner, crate::ID, BallastError::OrderSignature);
                let data = account.try_borrow_data()?;
                let placed: &PlacedOrder = data
                    .strip_prefix(PlacedOrder::DISCRIMINATOR)
                    .and_then(|body| bytemuck::try_from_bytes(body).ok())
                    .ok_or_else(|| error!(BallastError::OrderSignature))?;
                Self::new(placed.message(), placed.signer, false)
            }
            OrderProof::Transaction { message } => {
                require!(account.is_signer, BallastError::OrderSignature);
                Self::new(message, account.key(), true)
            }
        }
    }

    fn new(message: &[u8], signer: Pubkey, is_of_transaction: bool) -> Result<Self> {
        let order = Order::decode(message).map_err(order_error)?;
        Ok(Self { order, id: order::id(message), signer, is_of_transaction })
    }
}
