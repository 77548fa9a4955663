//! What governance instructions share: no transaction signed long ago, and accounts whose parameters change.

use anchor_lang::{Discriminator, prelude::*, system_program};
use ballast_state::{
    Bank, Exchange, Market,
    governance::{ChangeRefusal, Governed, HandOverRefusal},
};
use bytemuck::Pod;

use crate::errors::BallastError;

/// Address of the account in which the runtime shows a transaction's instructions.
pub const INSTRUCTIONS: Pubkey = pubkey!("Sysvar1nstructions1111111111111111111111111");

/// The system program's number for `AdvanceNonceAccount`.
const ADVANCE_NONCE: [u8; 4] = 4_u32.to_le_bytes();

/// Refuses a transaction that stands on a durable nonce: one could have been signed months ago, for somebody to send
/// when it suits them.
///
/// The runtime takes a transaction for such a one if its first instruction advances a nonce account.
///
/// # Errors
/// [`BallastError::DurableNonce`].
pub fn require_fresh(instructions: &AccountInfo) -> Result<()> {
    let data = instructions.try_borrow_data()?;
    match first_instruction(&data) {
        Some((program, data)) if program != system_program::ID.as_ref() || !data.starts_with(&ADVANCE_NONCE) => Ok(()),
        _ => err!(BallastError::DurableNonce),
    }
}

/// Program and data of a transaction's first instruction, from the instructions account: a count, an offset for each
/// instruction, and there the number of its accounts, 33 bytes for each, the program, and the data with its length.
fn first_instruction(account: &[u8]) -> Option<(&[u8], &[u8])> {
    let number =
        |at: usize| Some(usize::from(u16::from_le_bytes(account.get(at..at.checked_add(2)?)?.try_into().ok()?)));
    if number(0)? == 0 {
        return None;
    }
    let start = number(2)?;
    let program = start.checked_add(2)?.checked_add(number(start)?.checked_mul(33)?)?;
    let length = program.checked_add(32)?;
    let data = length.checked_add(2)?;
    Some((account.get(program..length)?, account.get(data..data.checked_add(number(length)?)?)?))
}

/// Looks at the account of an exchange whose parameters a change is about: the exchange itself, a market or a bank.
///
/// # Errors
/// [`BallastError::ForeignAccount`], [`BallastError::WrongExchange`], and those of `look`.
pub fn look_at<R>(exchange: &Pubkey, target: &AccountInfo, look: impl FnOnce(&dyn Governed) -> Result<R>) -> Result<R> {
    require_keys_eq!(*target.owner, crate::ID, BallastError::ForeignAccount);
    let data = target.try_borrow_data()?;
    let (discriminator, body) = data.split_at_checked(8).ok_or(BallastError::ForeignAccount)?;
    if discriminator == Exchange::DISCRIMINATOR {
        require_keys_eq!(*target.key, *exchange, BallastError::WrongExchange);
        look(typed::<Exchange>(body)?)
    } else if discriminator == Market::DISCRIMINATOR {
        let market = typed::<Market>(body)?;
        require_keys_eq!(market.exchange, *exchange, BallastError::WrongExchange);
        look(market)
    } else if discriminator == Bank::DISCRIMINATOR {
        let bank = typed::<Bank>(body)?;
        require_keys_eq!(bank.exchange, *exchange, BallastError::WrongExchange);
        look(bank)
    } else {
        err!(BallastError::ForeignAccount)
    }
}

/// [`look_at`], to change something.
///
/// # Errors
/// The same.
pub fn change_at<R>(
    exchange: &Pubkey,
    target: &AccountInfo,
    change: impl FnOnce(&mut dyn Governed) -> Result<R>,
) -> Result<R> {
    // Says whose account it is, and of which type.
    look_at(exchange, target, |_| Ok(()))?;
    let mut data = target.try_borrow_mut_data()?;
    let (discriminator, body) = data.split_at_mut_checked(8).ok_or(BallastError::ForeignAccount)?;
    if discriminator == Exchange::DISCRIMINATOR {
        change(typed_mut::<Exchange>(body)?)
    } else if discriminator == Market::DISCRIMINATOR {
        change(typed_mut::<Market>(body)?)
    } else {
        change(typed_mut::<Bank>(body)?)
    }
}

fn typed<T: Pod>(body: &[u8]) -> Result<&T> {
    bytemuck::try_from_bytes(body).map_err(|_| error!(BallastError::ForeignAccount))
}

fn typed_mut<T: Pod>(body: &mut [u8]) -> Result<&mut T> {
    bytemuck::try_from_bytes_mut(body).map_err(|_| error!(BallastError::ForeignAccount))
}

/// Logs why a change is refused and turns it into a program error.
pub fn change_error(refusal: ChangeRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        ChangeRefusal::Unknown => BallastError::UnknownParameter.into(),
        ChangeRefusal::Nothing => BallastError::ChangesNothing.into(),
        ChangeRefusal::Step { .. } => BallastError::ParameterStep.into(),
        ChangeRefusal::NotLower => BallastError::NotAReduction.into(),
        ChangeRefusal::Publishers => BallastError::PublisherList.into(),
        ChangeRefusal::Risk(error) => BallastError::from(error).into(),
    }
}

/// Logs why a hand-over is refused and turns it into a program error.
pub fn hand_over_error(refusal: HandOverRefusal, now: i64) -> Error {
    match refusal {
        HandOverRefusal::NotProposed => BallastError::RoleNotProposed.into(),
        HandOverRefusal::Locked { earliest } => time_lock_error(earliest, now),
    }
}

/// Logs when a proposal may be carried out, and turns it into a program error.
pub fn time_lock_error(earliest: i64, now: i64) -> Error {
    msg!("it may be carried out from {} on, for a week; it is {}", earliest, now);
    BallastError::TimeLock.into()
}

#[cfg(test)]
mod tests {
    use anchor_lang::solana_program::{
        instruction::{AccountMeta, Instruction},
        system_instruction,
        sysvar::instructions::{BorrowedAccountMeta, BorrowedInstruction, construct_instructions_data},
    };

    use super::*;

    /// The instructions account of a transaction, as the runtime writes it.
    fn account(instructions: &[Instruction]) -> Vec<u8> {
        let borrowed: Vec<BorrowedInstruction> = instructions
            .iter()
            .map(|it| BorrowedInstruction {
                program_id: &it.program_id,
                accounts: it
                    .accounts
                    .iter()
                    .map(|meta| BorrowedAccountMeta {
                        pubkey: &meta.pubkey,
                        is_signer: meta.is_signer,
                        is_writable: meta.is_writable,
                    })
                    .collect(),
                data: &it.data,
            })
            .collect();
        construct_instructions_data(&borrowed)
    }

    #[test]
    fn the_first_instruction_is_found_behind_any_number_of_accounts() {
        let key = |byte| Pubkey::new_from_array([byte; 32]);
        for count in [0, 1, 7, 64] {
            let accounts = (0..count).map(|byte| AccountMeta::new(key(byte), byte % 2 == 0)).collect();
            let first = Instruction { program_id: key(200), accounts, data: vec![1, 2, 3] };
            let second = Instruction { program_id: key(201), accounts: Vec::new(), data: Vec::new() };
            let bytes = account(&[first, second]);
            assert_eq!(first_instruction(&bytes), Some((&[200_u8; 32][..], &[1_u8, 2, 3][..])));
            for length in 0..bytes.len() {
                // Cut anywhere: nothing, or what is there; never a panic.
                let _ = first_instruction(&bytes[..length]);
            }
        }
        assert_eq!(first_instruction(&account(&[])), None);
    }

    #[test]
    fn an_advance_of_a_nonce_is_known_by_its_number() {
        let advance = system_instruction::advance_nonce_account(&Pubkey::new_unique(), &Pubkey::new_unique());
        assert!(advance.data.starts_with(&ADVANCE_NONCE));
        assert_eq!(advance.program_id, system_program::ID);
    }
}
