//! A program that prices one option by one of several implementations, so that a virtual machine can count what each
//! costs. `cargo xtask compare` builds it, runs it over the vectors of `crates/risk/tests/vectors` and writes
//! docs/pricing-comparison.md. It is no part of the product.
//!
//! An instruction is a [`Method`] and five numbers, the answer eight numbers, in whatever format the implementation has.
//! [`Method::Nothing`] takes and gives as many numbers and computes nothing: what it costs is what all others cost beside
//! their own work.

mod ballast_pricing;
mod direct;
mod solmath_pricing;

use anchor_lang::solana_program::{
    account_info::AccountInfo, entrypoint, entrypoint::ProgramResult, program::set_return_data,
    program_error::ProgramError, pubkey::Pubkey,
};
#[cfg(target_arch = "bpf")]
use sbpf_builtins as _;

/// Numbers of a request: what they are depends on the method.
pub type Terms = [i128; 5];

/// Numbers of an answer: call, put, delta, gamma, vega, theta and rho of the call, and a binary exponent where the
/// method has one.
pub type Priced = [i128; 8];

/// Bytes of a request: the method, then the numbers, little-endian.
pub const REQUEST_BYTES: usize = 1 + size_of::<Terms>();

/// Bytes of a number.
const NUMBER_BYTES: usize = size_of::<i128>();

/// An implementation, for the value alone or with the Greeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    /// Takes numbers and gives numbers, no more.
    Nothing = 0,
    /// This project's kernel, from a forward's mantissa, ln(F/K), a strike's mantissa and σ√T.
    KernelValue = 1,
    /// The same with Greeks.
    KernelGreeks = 2,
    /// This project's functions from spot price, strike, rate, volatility and time on.
    BallastValue = 3,
    /// The same with Greeks.
    BallastGreeks = 4,
    /// `solmath::black_scholes_price`.
    SolmathValue = 5,
    /// `solmath::bs_full`.
    SolmathGreeks = 6,
    /// `solmath::black_scholes_price_hp`.
    SolmathPreciseValue = 7,
    /// `solmath::bs_full_hp`.
    SolmathPreciseGreeks = 8,
    /// The formula written down with `fixed::types::I80F48`.
    DirectValue = 9,
    /// The same with Greeks.
    DirectGreeks = 10,
}

impl Method {
    /// All methods, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Nothing,
        Self::KernelValue,
        Self::KernelGreeks,
        Self::BallastValue,
        Self::BallastGreeks,
        Self::SolmathValue,
        Self::SolmathGreeks,
        Self::SolmathPreciseValue,
        Self::SolmathPreciseGreeks,
        Self::DirectValue,
        Self::DirectGreeks,
    ];

    /// Prices an option; `None` if the implementation refuses it.
    #[inline(never)]
    pub fn price(self, terms: &Terms) -> Option<Priced> {
        match self {
            Self::Nothing => {
                let [one, two, three, four, five] = *terms;
                Some([one, two, three, four, five, 0, 0, 0])
            }
            Self::KernelValue => Some(ballast_pricing::kernel_value(terms)),
            Self::KernelGreeks => Some(ballast_pricing::kernel_greeks(terms)),
            Self::BallastValue => Some(ballast_pricing::value(terms)),
            Self::BallastGreeks => Some(ballast_pricing::greeks(terms)),
            Self::SolmathValue => solmath_pricing::value(terms, solmath::black_scholes_price),
            Self::SolmathGreeks => solmath_pricing::greeks(terms, solmath::bs_full),
            Self::SolmathPreciseValue => solmath_pricing::value(terms, solmath::black_scholes_price_hp),
            Self::SolmathPreciseGreeks => solmath_pricing::greeks(terms, solmath::bs_full_hp),
            Self::DirectValue => direct::value(terms),
            Self::DirectGreeks => direct::greeks(terms),
        }
    }
}

/// A request's bytes.
pub fn encode(method: Method, terms: &Terms) -> Vec<u8> {
    let numbers = terms.iter().flat_map(|number| number.to_le_bytes());
    std::iter::once(method as u8).chain(numbers).collect()
}

/// An answer from its bytes; `None` if they are not one. Zeros at the end may be missing, as the virtual machine cuts
/// them off.
pub fn decode(bytes: &[u8]) -> Option<Priced> {
    let mut padded = [0; size_of::<Priced>()];
    padded.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let mut priced = Priced::default();
    for (number, chunk) in priced.iter_mut().zip(padded.chunks_exact(NUMBER_BYTES)) {
        *number = i128::from_le_bytes(chunk.try_into().ok()?);
    }
    Some(priced)
}

entrypoint!(process);

/// The program: prices what the instruction says and returns the numbers.
///
/// # Errors
/// Invalid instruction data; invalid argument if the implementation refuses the option.
pub fn process(_program: &Pubkey, _accounts: &[AccountInfo], data: &[u8]) -> ProgramResult {
    let (&method, numbers) = data.split_first().ok_or(ProgramError::InvalidInstructionData)?;
    let method = *Method::ALL.get(usize::from(method)).ok_or(ProgramError::InvalidInstructionData)?;
    let mut terms = Terms::default();
    for (term, chunk) in terms.iter_mut().zip(numbers.chunks_exact(NUMBER_BYTES)) {
        *term = i128::from_le_bytes(chunk.try_into().map_err(|_| ProgramError::InvalidInstructionData)?);
    }
    let priced = method.price(&terms).ok_or(ProgramError::InvalidArgument)?;
    let mut answer = [0; size_of::<Priced>()];
    for (chunk, number) in answer.chunks_exact_mut(NUMBER_BYTES).zip(&priced) {
        chunk.copy_from_slice(&number.to_le_bytes());
    }
    set_return_data(&answer);
    Ok(())
}
