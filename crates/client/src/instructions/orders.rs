//! Orders, delegates and the guard of a transaction.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use ballast::{Cancellation, MatchOrdersArgs, OrderProof, PlaceOrderArgs, SLOT_HASHES, SetDelegateArgs, signature};
use ballast_state::seeds;

use super::{MarginAccountKey, instruction, trader::change_account};

/// A message and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// The message: see [`Order::encode`](ballast_state::Order::encode).
    pub message: Vec<u8>,
    /// Who signed it.
    pub signer: Pubkey,
    /// The Ed25519 signature.
    pub signature: [u8; 64],
}

/// Where `match_orders` finds an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderSource {
    /// In an Ed25519 instruction of the transaction: see [`verify_signatures`].
    Signature {
        /// Index of that instruction in the transaction.
        instruction: u8,
        /// Index of the signature in it.
        index: u8,
    },
    /// In the account of a placed order.
    Placed {
        /// Its nonce.
        nonce: u64,
    },
    /// In the arguments; the transaction is signed for it.
    Transaction {
        /// Who signs: owner or delegate.
        signer: Pubkey,
        /// The message.
        message: Vec<u8>,
    },
}

/// One order of a match.
#[derive(Clone, Debug)]
pub struct MatchedOrder {
    /// The margin account.
    pub account: MarginAccountKey,
    /// Packages to fill.
    pub units: u32,
    /// Where the order is.
    pub source: OrderSource,
}

impl MatchedOrder {
    fn proof(&self) -> (OrderProof, AccountMeta) {
        match &self.source {
            OrderSource::Signature { instruction, index } => (
                OrderProof::Signature { instruction: *instruction, index: *index },
                AccountMeta::new_readonly(signature::INSTRUCTIONS, false),
            ),
            OrderSource::Placed { nonce } => {
                let address = seeds::order(&self.account.address(), *nonce).0;
                (OrderProof::Placed, AccountMeta::new_readonly(address, false))
            }
            OrderSource::Transaction { signer, message } => {
                (OrderProof::Transaction { message: message.clone() }, AccountMeta::new_readonly(*signer, true))
            }
        }
    }
}

/// Appoints a delegate who may only trade; `delegate` with all zeros revokes it, for which `check` may be empty.
pub fn set_delegate(account: &MarginAccountKey, delegate: SetDelegateArgs, check: Vec<AccountMeta>) -> Instruction {
    instruction(&change_account(account), check, &ballast::instruction::SetDelegate { args: delegate })
}

/// Fails the transaction unless the account's counter of authorised changes is this.
pub fn expect_changes(account: Pubkey, authorised_changes: u64) -> Instruction {
    let accounts = ballast::accounts::ExpectChanges { account };
    instruction(&accounts, Vec::new(), &ballast::instruction::ExpectChanges { authorised_changes })
}

/// Opens what an account remembers of its orders; `payer` pays the rent.
pub fn open_order_records(account: &MarginAccountKey, payer: Pubkey) -> Instruction {
    let accounts = ballast::accounts::OpenOrderRecords {
        account: account.address(),
        records: seeds::order_records(&account.address()).0,
        owner: account.owner,
        payer,
        slot_hashes: SLOT_HASHES,
        system_program: system_program::ID,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::OpenOrderRecords {})
}

/// Closes it; its rent goes to `receiver`.
pub fn close_order_records(account: &MarginAccountKey, receiver: Pubkey) -> Instruction {
    let records = seeds::order_records(&account.address()).0;
    let accounts = ballast::accounts::CloseOrderRecords { records, owner: account.owner, receiver };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseOrderRecords {})
}

/// Places an order as an account; `authority` is the owner or the delegate, `payer` pays the rent and gets it back.
pub fn place_order(
    account: &MarginAccountKey,
    authority: Pubkey,
    payer: Pubkey,
    nonce: u64,
    message: Vec<u8>,
) -> Instruction {
    let account = account.address();
    let accounts = ballast::accounts::PlaceOrder {
        account,
        records: seeds::order_records(&account).0,
        order: seeds::order(&account, nonce).0,
        authority,
        payer,
        system_program: system_program::ID,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::PlaceOrder { args: PlaceOrderArgs { nonce, message } })
}

/// Removes a placed order; its rent goes back to `payer`, who paid it.
pub fn cancel_order(account: &MarginAccountKey, nonce: u64, authority: Pubkey, payer: Pubkey) -> Instruction {
    let order = seeds::order(&account.address(), nonce).0;
    let accounts = ballast::accounts::CancelOrder { order, authority, payer };
    instruction(&accounts, Vec::new(), &ballast::instruction::CancelOrder {})
}

/// Cancels signed and placed orders.
pub fn cancel_orders(account: &MarginAccountKey, authority: Pubkey, which: Cancellation) -> Instruction {
    let account = account.address();
    let records = seeds::order_records(&account).0;
    let accounts = ballast::accounts::CancelOrders { account, records, authority, slot_hashes: SLOT_HASHES };
    instruction(&accounts, Vec::new(), &ballast::instruction::CancelOrders { which })
}

/// Lets the Ed25519 program verify signed orders, in the layout that `match_orders` reads: keys, signatures and messages all
/// in this instruction.
///
/// # Panics
/// If the orders are more than 64 KiB, which no transaction holds.
pub fn verify_signatures(orders: &[&SignedOrder]) -> Instruction {
    const OFFSETS: usize = 14;
    let mut data = vec![orders.len() as u8, 0];
    let mut at = data.len() + OFFSETS * orders.len();
    for order in orders {
        let place = |offset: usize| u16::try_from(offset).expect("a transaction is shorter than 64 KiB");
        let (key, signature, message) = (place(at), place(at + 32), place(at + 96));
        let here = u16::MAX;
        for field in [signature, here, key, here, message, place(order.message.len()), here] {
            data.extend(field.to_le_bytes());
        }
        at += 96 + order.message.len();
    }
    for order in orders {
        data.extend(order.signer.to_bytes());
        data.extend(order.signature);
        data.extend(&order.message);
    }
    Instruction { program_id: signature::ED25519, accounts: Vec::new(), data }
}

/// Matches a taking order with a resting one. The check covers both accounts and touches the legs' markets.
pub fn match_orders(taker: &MatchedOrder, maker: &MatchedOrder, check: Vec<AccountMeta>) -> Instruction {
    let (taker_proof, taker_meta) = taker.proof();
    let (maker_proof, maker_meta) = maker.proof();
    let [taker_address, maker_address] = [taker.account.address(), maker.account.address()];
    let accounts = ballast::accounts::MatchOrders {
        exchange: taker.account.exchange,
        taker: taker_address,
        maker: maker_address,
        taker_records: seeds::order_records(&taker_address).0,
        maker_records: seeds::order_records(&maker_address).0,
        taker_proof: taker_meta.pubkey,
        maker_proof: maker_meta.pubkey,
    };
    let args =
        MatchOrdersArgs { taker_units: taker.units, maker_units: maker.units, taker: taker_proof, maker: maker_proof };
    let mut matched = instruction(&accounts, check, &ballast::instruction::MatchOrders { args });
    for meta in [taker_meta, maker_meta].into_iter().filter(|meta| meta.is_signer) {
        for named in matched.accounts.iter_mut().filter(|named| named.pubkey == meta.pubkey) {
            named.is_signer = true;
        }
    }
    matched
}

/// The two instructions that match two signed orders; the first of them is number `instruction` of the transaction.
pub fn match_signed_orders(
    instruction: u8,
    (taker, taker_order, taker_units): (&MarginAccountKey, &SignedOrder, u32),
    (maker, maker_order, maker_units): (&MarginAccountKey, &SignedOrder, u32),
    check: Vec<AccountMeta>,
) -> [Instruction; 2] {
    let order = |account: &MarginAccountKey, units, index| MatchedOrder {
        account: *account,
        units,
        source: OrderSource::Signature { instruction, index },
    };
    let verified = verify_signatures(&[taker_order, maker_order]);
    [verified, match_orders(&order(taker, taker_units, 0), &order(maker, maker_units, 1), check)]
}
