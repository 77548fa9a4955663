//! Mints and token accounts, made by the real token programs.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, program_pack::Pack},
};
use anchor_spl::{
    associated_token::{
        get_associated_token_address_with_program_id, spl_associated_token_account::instruction as associated,
    },
    token_2022::spl_token_2022::{
        extension::{
            ExtensionType, default_account_state, interest_bearing_mint, metadata_pointer, pausable, scaled_ui_amount,
            transfer_fee, transfer_hook,
        },
        instruction,
        state::{Account as TokenAccountState, AccountState, Mint as MintState},
    },
};
use ballast_client::CollateralToken;
use solana_signer::Signer;

use crate::chain::{Chain, Wallet};

/// SPL Token.
pub const SPL_TOKEN: Pubkey = anchor_spl::token::ID;
/// Token-2022.
pub const TOKEN_2022: Pubkey = anchor_spl::token_2022::ID;

/// An extension of a Token-2022 mint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MintExtension {
    /// Takes a share of every transfer, in hundredths of a per cent.
    TransferFee(u16),
    /// Calls a program on every transfer.
    TransferHook(Option<Pubkey>),
    /// Lets someone move everybody's tokens.
    PermanentDelegate,
    /// Lets the mint be closed when nothing is left.
    CloseAuthority,
    /// Forbids transfers.
    NonTransferable,
    /// Shows an amount that grows.
    InterestBearing,
    /// Shows a multiple of the amount.
    ScaledUiAmount,
    /// Lets someone stop all transfers.
    Pausable,
    /// New accounts start frozen.
    DefaultFrozen,
    /// Says where the metadata is.
    MetadataPointer,
}

impl MintExtension {
    fn kind(self) -> ExtensionType {
        match self {
            Self::TransferFee(_) => ExtensionType::TransferFeeConfig,
            Self::TransferHook(_) => ExtensionType::TransferHook,
            Self::PermanentDelegate => ExtensionType::PermanentDelegate,
            Self::CloseAuthority => ExtensionType::MintCloseAuthority,
            Self::NonTransferable => ExtensionType::NonTransferable,
            Self::InterestBearing => ExtensionType::InterestBearingConfig,
            Self::ScaledUiAmount => ExtensionType::ScaledUiAmount,
            Self::Pausable => ExtensionType::Pausable,
            Self::DefaultFrozen => ExtensionType::DefaultAccountState,
            Self::MetadataPointer => ExtensionType::MetadataPointer,
        }
    }

    fn initialize(self, mint: &Pubkey, authority: &Pubkey) -> Instruction {
        let program = &TOKEN_2022;
        match self {
            Self::TransferFee(points) => transfer_fee::instruction::initialize_transfer_fee_config(
                program,
                mint,
                Some(authority),
                Some(authority),
                points,
                u64::MAX,
            ),
            Self::TransferHook(hook) => transfer_hook::instruction::initialize(program, mint, Some(*authority), hook),
            Self::PermanentDelegate => instruction::initialize_permanent_delegate(program, mint, authority),
            Self::CloseAuthority => instruction::initialize_mint_close_authority(program, mint, Some(authority)),
            Self::NonTransferable => instruction::initialize_non_transferable_mint(program, mint),
            Self::InterestBearing => {
                interest_bearing_mint::instruction::initialize(program, mint, Some(*authority), 500)
            }
            Self::ScaledUiAmount => scaled_ui_amount::instruction::initialize(program, mint, Some(*authority), 1.5),
            Self::Pausable => pausable::instruction::initialize(program, mint, authority),
            Self::DefaultFrozen => default_account_state::instruction::initialize_default_account_state(
                program,
                mint,
                &AccountState::Frozen,
            ),
            Self::MetadataPointer => {
                metadata_pointer::instruction::initialize(program, mint, Some(*authority), Some(*mint))
            }
        }
        .expect("the extension's instruction can be built")
    }
}

/// A mint, and the wallet that may mint, freeze and change it.
#[derive(Clone, Debug)]
pub struct Mint {
    /// Mint and token program.
    pub token: CollateralToken,
    /// Decimals.
    pub decimals: u8,
    /// Every authority of the mint.
    pub authority: Wallet,
}

impl Mint {
    /// The wallet's associated token account.
    pub fn account_of(&self, wallet: &Pubkey) -> Pubkey {
        get_associated_token_address_with_program_id(wallet, &self.token.mint, &self.token.program)
    }
}

/// Where a token account holds its amount: after the mint's and the owner's address.
const TOKEN_AMOUNT: usize = 64;

impl Chain {
    /// Makes a mint. Extensions need [`TOKEN_2022`].
    ///
    /// # Panics
    /// If the token program refuses.
    pub fn mint(&mut self, decimals: u8, program: Pubkey, extensions: &[MintExtension]) -> Mint {
        let authority = self.wallet();
        let mint = self.wallet();
        let key = mint.pubkey();
        let kinds: Vec<ExtensionType> = extensions.iter().map(|extension| extension.kind()).collect();
        let bytes = if kinds.is_empty() {
            MintState::LEN
        } else {
            ExtensionType::try_calculate_account_len::<MintState>(&kinds).expect("extensions that fit together")
        };
        // Wallets start with lamports, so the account exists: allocating and assigning it makes it a mint.
        let mut instructions = vec![system::allocate(&key, bytes as u64), system::assign(&key, &program)];
        instructions.extend(extensions.iter().map(|extension| extension.initialize(&key, &authority.pubkey())));
        instructions.push(
            instruction::initialize_mint2(&program, &key, &authority.pubkey(), Some(&authority.pubkey()), decimals)
                .expect("the mint's instruction can be built"),
        );
        self.send(&instructions, &[&mint]).expect("the token program makes the mint");
        Mint { token: CollateralToken { mint: key, program }, decimals, authority }
    }

    /// Mints tokens to a wallet's associated token account, which is made if need be. Returns that account.
    ///
    /// # Panics
    /// If the token program refuses.
    pub fn fund(&mut self, mint: &Mint, wallet: &Pubkey, amount: u64) -> Pubkey {
        let account = mint.account_of(wallet);
        let CollateralToken { mint: key, program } = mint.token;
        let payer = self.payer().pubkey();
        let instructions = [
            associated::create_associated_token_account_idempotent(&payer, wallet, &key, &program),
            instruction::mint_to(&program, &key, &account, &mint.authority.pubkey(), &[], amount)
                .expect("the minting instruction can be built"),
        ];
        let authority = mint.authority.clone();
        self.send(&instructions, &[&authority]).expect("the token program mints");
        account
    }

    /// Mints tokens to any token account: a gift that nobody asked for.
    ///
    /// # Panics
    /// If the token program refuses.
    pub fn give(&mut self, mint: &Mint, account: &Pubkey, amount: u64) {
        let CollateralToken { mint: key, program } = mint.token;
        let authority = mint.authority.clone();
        let instruction = instruction::mint_to(&program, &key, account, &authority.pubkey(), &[], amount)
            .expect("the minting instruction can be built");
        self.send(&[instruction], &[&authority]).expect("the token program mints");
    }

    /// Tokens in a token account; zero if it does not exist.
    pub fn tokens(&self, account: &Pubkey) -> u64 {
        self.account(account)
            .and_then(|account| TokenAccountState::unpack_from_slice(account.data.get(..TokenAccountState::LEN)?).ok())
            .map_or(0, |state| state.amount)
    }

    /// Changes the tokens in a token account behind its program's back.
    ///
    /// # Panics
    /// If the account does not exist, or would hold less than nothing.
    pub fn change_tokens(&mut self, account: &Pubkey, change: i64) {
        let held = self.tokens(account).checked_add_signed(change).expect("the tokens are there");
        let mut state = self.account(account).expect("the token account exists");
        state.data[TOKEN_AMOUNT..TOKEN_AMOUNT + 8].copy_from_slice(&held.to_le_bytes());
        self.set_account(*account, state.owner, state.data);
    }

    /// Tokens in a wallet's associated token account.
    pub fn tokens_of(&self, mint: &Mint, wallet: &Pubkey) -> u64 {
        self.tokens(&mint.account_of(wallet))
    }

    /// Freezes or thaws a token account, as the mint's authority.
    ///
    /// # Panics
    /// If the token program refuses.
    pub fn set_frozen(&mut self, mint: &Mint, account: &Pubkey, frozen: bool) {
        let CollateralToken { mint: key, program } = mint.token;
        let build = if frozen { instruction::freeze_account } else { instruction::thaw_account };
        let instruction =
            build(&program, account, &key, &mint.authority.pubkey(), &[]).expect("the instruction can be built");
        let authority = mint.authority.clone();
        self.send(&[instruction], &[&authority]).expect("the token program freezes or thaws");
    }
}

/// The two instructions of the system program that are needed here.
mod system {
    use anchor_lang::{
        prelude::{AccountMeta, Pubkey},
        solana_program::instruction::Instruction,
        system_program,
    };

    fn call(account: &Pubkey, kind: u32, argument: &[u8]) -> Instruction {
        let data = [&kind.to_le_bytes(), argument].concat();
        Instruction { program_id: system_program::ID, accounts: vec![AccountMeta::new(*account, true)], data }
    }

    pub fn allocate(account: &Pubkey, bytes: u64) -> Instruction {
        call(account, 8, &bytes.to_le_bytes())
    }

    pub fn assign(account: &Pubkey, owner: &Pubkey) -> Instruction {
        call(account, 1, owner.as_ref())
    }
}
