//! Fixed-point functions: logarithm, exponential, square roots, the normal distribution, and exact quotients of
//! 128-bit products.
//!
//! Everything is 64-bit integer arithmetic, and the same input gives the same bits on every machine. `Qn` means that an
//! integer stands for itself divided by 2ⁿ. No function panics, whatever its input.
//!
//! Tables instead of longer polynomials, because a load costs one compute unit on sBPF; no 128-bit type and no checked
//! multiplication, because each becomes a library call there.
//!
//! | function | result | greatest error seen | documented bound | compute units |
//! |---|---|---|---|---|
//! | [`ln_q40`] | Q40 | 9.3·10⁻¹² (values below 2⁴⁹) | 2·10⁻¹² + 3.8·10⁻¹³·log₂ | 83 |
//! | [`exp_neg_q31`] | Q31 | 2.9·10⁻¹⁰ | 6·10⁻¹⁰ | 32 |
//! | [`exp_q30`] | Q30 | relative 4.7·10⁻¹⁰ for \|x\| ≤ 1 | relative 2·10⁻⁹ | 39 |
//! | [`sqrt_floor`], [`sqrt_fast`] | integer | exact, one unit | the same | 66, 60 |
//! | [`sqrt_years_q28`] | Q28 | half a unit + 5·10⁻¹⁰ of it | half a unit + 7·10⁻¹⁰ of it | 67 |
//! | [`normal_cdf_q31`] | Q31 | 4.1·10⁻¹⁰ | 5·10⁻¹⁰ | 24 |
//! | [`normal_pdf_q31`] | Q31 | 1.13·10⁻⁸ | 1.2·10⁻⁸ | 23 |
//! | [`mul_div_floor`] and its kin | integer | exact | exact | 35 to 150 |

mod exponential;
mod logarithm;
mod normal;
mod square_root;
pub(crate) mod tables;
mod wide;

pub use exponential::{exp_neg_q31, exp_q30};
pub use logarithm::{LN_2_Q40, ln_q40, most_significant_bit};
pub use normal::{normal_cdf_q31, normal_pdf_q31};
pub use square_root::{sqrt_fast, sqrt_floor, sqrt_years_q28};
pub use wide::{
    mul_div, mul_div_ceil, mul_div_ceil_signed, mul_div_floor, mul_div_floor_signed, mul_shift_30_floor, widening_mul,
};
