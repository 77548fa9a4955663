//! Signatures that the Ed25519 program has verified, found in the instructions of the transaction.
//!
//! The Ed25519 program verifies whatever its offsets point at, in any instruction of the transaction. What is read here is
//! what they point at, and only where key, signature and message stand in the Ed25519 instruction itself: there is no second
//! place from which a message could be taken that nobody signed.

use anchor_lang::prelude::*;

/// The Ed25519 program.
pub const ED25519: Pubkey = pubkey!("Ed25519SigVerify111111111111111111111111111");
/// The sysvar that holds the transaction's instructions.
pub const INSTRUCTIONS: Pubkey = pubkey!("Sysvar1nstructions1111111111111111111111111");

/// Bytes before the first offsets: how many signatures there are, and padding.
const OFFSETS_START: usize = 2;
/// Bytes of the offsets of one signature: signature, key and message, each with the index of its instruction.
const OFFSETS: usize = 14;
/// What the offsets say for the Ed25519 instruction itself.
const THIS_INSTRUCTION: u16 = u16::MAX;

/// A message and who signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// Who.
    pub signer: Pubkey,
    /// What.
    pub message: &'a [u8],
}

/// The signature with an index in an Ed25519 instruction, from the data of the instructions sysvar; nothing if there is none,
/// or if key or message stand in another instruction.
///
/// An Ed25519 instruction that does not verify fails the transaction, wherever in it it stands.
pub fn find(sysvar: &[u8], instruction: u8, index: u8) -> Option<Signed<'_>> {
    let data = ed25519_data(sysvar, instruction)?;
    if index >= *data.first()? {
        return None;
    }
    let offsets = data.get(OFFSETS_START + usize::from(index) * OFFSETS..)?.get(..OFFSETS)?;
    let field = |place: usize| u16::from_le_bytes([offsets[2 * place], offsets[2 * place + 1]]);
    let [_, signature_instruction, key, key_instruction, message, length, message_instruction] =
        [0, 1, 2, 3, 4, 5, 6].map(field);
    if [signature_instruction, key_instruction, message_instruction].iter().any(|&it| it != THIS_INSTRUCTION) {
        return None;
    }
    let part = |start: u16, length: usize| data.get(usize::from(start)..)?.get(..length);
    let signer = Pubkey::try_from(part(key, 32)?).ok()?;
    Some(Signed { signer, message: part(message, usize::from(length))? })
}

/// The data of an instruction of the transaction, if it is one of the Ed25519 program.
fn ed25519_data(sysvar: &[u8], instruction: u8) -> Option<&[u8]> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes(sysvar.get(at..)?.get(..2)?.try_into().ok()?)));
    // The count of instructions, where each begins; of each its accounts, its program, its data.
    if usize::from(instruction) >= number(0)? {
        return None;
    }
    let start = number(2 + 2 * usize::from(instruction))?;
    let program = start + 2 + 33 * number(start)?;
    if sysvar.get(program..)?.get(..32)? != ED25519.as_ref() {
        return None;
    }
    sysvar.get(program + 34..)?.get(..number(program + 32)?)
}

#[cfg(test)]
mod tests {
    use anchor_lang::solana_program::{
        instruction::{BorrowedAccountMeta, BorrowedInstruction},
        sysvar::instructions::construct_instructions_data,
    };

    use super::*;

    /// An Ed25519 instruction with one signature, whose offsets carry these instruction indices.
    fn data(indices: [u16; 3]) -> Vec<u8> {
        let [signature, key, message] = indices;
        let mut data = vec![1, 0];
        for field in [48, signature, 16, key, 112, 5, message] {
            data.extend(field.to_le_bytes());
        }
        data.extend([7; 32]);
        data.extend([9; 64]);
        data.extend(b"hello");
        data
    }

    fn sysvar(instructions: &[(Pubkey, &[u8])]) -> Vec<u8> {
        let account = Pubkey::new_from_array([3; 32]);
        let instructions: Vec<_> = instructions
            .iter()
            .map(|(program_id, data)| BorrowedInstruction {
                program_id,
                accounts: vec![BorrowedAccountMeta { pubkey: &account, is_signer: true, is_writable: false }],
                data,
            })
            .collect();
        construct_instructions_data(&instructions)
    }

    #[test]
    fn a_signature_is_found_where_it_stands() {
        let data = data([u16::MAX; 3]);
        let sysvar = sysvar(&[(crate::ID, b"something else"), (ED25519, &data)]);
        let found = Signed { signer: Pubkey::new_from_array([7; 32]), message: b"hello" };
        assert_eq!(find(&sysvar, 1, 0), Some(found));
        for (instruction, index) in [(0, 0), (1, 1), (2, 0), (255, 0), (1, 255)] {
            assert_eq!(find(&sysvar, instruction, index), None, "{instruction} {index}");
        }
    }

    #[test]
    fn a_signature_of_bytes_elsewhere_is_not_found() {
        for place in 0..3 {
            for index in [0, 1, 2] {
                let mut indices = [u16::MAX; 3];
                indices[place] = index;
                let data = data(indices);
                assert_eq!(find(&sysvar(&[(ED25519, &data), (ED25519, &data)]), 0, 0), None);
            }
        }
    }

    #[test]
    fn truncated_data_is_never_read() {
        let whole = data([u16::MAX; 3]);
        for length in 0..whole.len() {
            assert_eq!(find(&sysvar(&[(ED25519, &whole[..length])]), 0, 0), None);
        }
        let sysvar = sysvar(&[(ED25519, &whole)]);
        for length in 0..sysvar.len() - 2 {
            assert_eq!(find(&sysvar[..length], 0, 0), None);
        }
    }
}
