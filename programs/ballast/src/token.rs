//! Which mints may be collateral.

use anchor_lang::prelude::*;
use anchor_spl::{
    token,
    token_2022::{
        self,
        spl_token_2022::{
            extension::{
                BaseStateWithExtensions, ExtensionType, StateWithExtensions, transfer_fee::TransferFeeConfig,
                transfer_hook::TransferHook,
            },
            state::Mint,
        },
    },
};

use crate::errors::BallastError;

/// Refuses a mint with an extension that is not known to be harmless to a vault.
///
/// Checked at listing and again at every deposit: extensions are fixed when a mint is created, but their settings
/// are not. Allowed are extensions that only describe the token or change how amounts are displayed, a transfer fee
/// of zero that nobody can raise, and a transfer hook without a program that nobody can set. Everything else is
/// refused, extensions yet to be invented among it.
///
/// A freeze authority is allowed, though it can stop withdrawals: the large stablecoins have one. Liquidation moves
/// claims between accounts and no tokens, so a frozen vault does not stop it.
///
/// # Errors
/// [`BallastError::MintExtension`], with the extension in the log.
pub fn require_supported_mint(mint: &AccountInfo) -> Result<()> {
    if *mint.owner == token::ID {
        return Ok(());
    }
    require_keys_eq!(*mint.owner, token_2022::ID, ErrorCode::AccountOwnedByWrongProgram);
    let data = mint.try_borrow_data()?;
    let mint = StateWithExtensions::<Mint>::unpack(&data)?;
    let Ok(extensions) = mint.get_extension_types() else {
        msg!("an extension is unknown");
        return err!(BallastError::MintExtension);
    };
    for extension in extensions {
        if !is_harmless(&mint, extension)? {
            msg!("extension {:?} is not allowed", extension);
            return err!(BallastError::MintExtension);
        }
    }
    Ok(())
}

fn is_harmless(mint: &StateWithExtensions<Mint>, extension: ExtensionType) -> Result<bool> {
    Ok(match extension {
        ExtensionType::MetadataPointer
        | ExtensionType::TokenMetadata
        | ExtensionType::GroupPointer
        | ExtensionType::TokenGroup
        | ExtensionType::GroupMemberPointer
        | ExtensionType::TokenGroupMember
        | ExtensionType::InterestBearingConfig
        | ExtensionType::ScaledUiAmount => true,
        ExtensionType::TransferFeeConfig => {
            let config = mint.get_extension::<TransferFeeConfig>()?;
            let fees = [&config.older_transfer_fee, &config.newer_transfer_fee];
            fees.iter().all(|fee| u16::from(fee.transfer_fee_basis_points) == 0)
                && Option::<Pubkey>::from(config.transfer_fee_config_authority).is_none()
        }
        ExtensionType::TransferHook => {
            let hook = mint.get_extension::<TransferHook>()?;
            Option::<Pubkey>::from(hook.program_id).is_none() && Option::<Pubkey>::from(hook.authority).is_none()
        }
        _ => false,
    })
}
