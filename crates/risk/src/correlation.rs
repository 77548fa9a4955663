//! Correlations between the markets of a group, for the reported value at risk.

use bytemuck::{Pod, Zeroable};

use crate::{error::RiskError, quantity::SignedRatio};

/// Most markets of a group.
pub const MAX_MARKETS: usize = 8;
/// Pairs of them.
const PAIRS: usize = MAX_MARKETS * (MAX_MARKETS - 1) / 2;

/// 1 in the scale of correlations.
const ONE_Q30: i64 = 1 << 30;

/// How far above zero the least eigenvalue has to lie, scale 2^-30: 2^-20. It is more than rounding can add, 28 units.
const LEAST_EIGENVALUE_Q30: i64 = 1 << 10;

/// Correlations of up to eight markets: a symmetric matrix with ones on its diagonal.
///
/// Only the part above the diagonal is stored, column by column, so that a group of m markets uses the first m(m − 1)/2
/// numbers, and one more market appends to them. All zeros means that the markets move independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct CorrelationMatrix {
    /// Bits of a [`SignedRatio`] each, scale 2^-30: (0,1), (0,2), (1,2), (0,3), …
    pairs: [i32; PAIRS],
}

impl Default for CorrelationMatrix {
    fn default() -> Self {
        Self::zeroed()
    }
}

impl CorrelationMatrix {
    /// The correlation of two markets: one of a market with itself, zero for a market that the matrix has no place for.
    pub fn get(&self, one: usize, other: usize) -> SignedRatio {
        if one == other {
            return SignedRatio::from_bits(ONE_Q30 as i32);
        }
        let stored = place(one, other).and_then(|index| self.pairs.get(index));
        SignedRatio::from_bits(stored.copied().unwrap_or(0))
    }

    /// Sets the correlation of two markets, both ways. It counts only once [`validate`](Self::validate) has accepted the
    /// whole.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the markets are the same or one of them is not below [`MAX_MARKETS`].
    pub fn set(&mut self, one: usize, other: usize, correlation: SignedRatio) -> Result<(), RiskError> {
        match place(one, other).and_then(|index| self.pairs.get_mut(index)) {
            Some(stored) => {
                *stored = correlation.to_bits();
                Ok(())
            }
            None => Err(RiskError::ParameterOutOfRange {
                name: "correlation.market",
                value: i64::try_from(one.max(other)).unwrap_or(i64::MAX),
                lowest: 0,
                highest: MAX_MARKETS as i64 - 1,
            }),
        }
    }

    /// Σ ρ·mantissa over the markets before `market`, Q30. At most seven mantissas below 2^28: below 2^61.
    pub(crate) fn weighted_before(&self, market: usize, mantissas: &[i64; MAX_MARKETS]) -> i64 {
        let column = place(0, market).and_then(|start| self.pairs.get(start..)).unwrap_or(&[]);
        let products = column.iter().zip(mantissas).take(market);
        products.fold(0, |sum, (&bits, &mantissa)| sum.wrapping_add(i64::from(bits).wrapping_mul(mantissa)))
    }

    /// Whether every correlation is within ±1, and all of them together are possible: the matrix is positive definite.
    ///
    /// Accepts every matrix whose least eigenvalue is above 2^-20 + 28·2^-30 (9.8·10⁻⁷), and refuses every one
    /// whose least eigenvalue is not above 2^-20 − 28·2^-30: rounding never lets an indefinite matrix pass. A
    /// singular one, such as two markets that move as one, is refused although it would be possible; a correlation of
    /// 0.999999 stands in for 1.
    ///
    /// Method: A − τ·I is eliminated symmetrically (the D of L·D·Lᵀ), τ = 2^-20, and every pivot has to be
    /// positive. An entry is rounded by less than a unit u = 2^-30 in each step, min(row, column) times in all, so that
    /// the pivots are those of a matrix A − τ·I + E in exact arithmetic, with row sums of |E| below 28·u. It is
    /// positive definite exactly if they are positive, and A's least eigenvalue is within 28·u of its own plus τ.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] for a correlation beyond ±1, [`RiskError::CorrelationsNotPositiveDefinite`].
    pub fn validate(&self) -> Result<(), RiskError> {
        for &bits in &self.pairs {
            let bits = i64::from(bits);
            if bits.abs() > ONE_Q30 {
                return Err(RiskError::ParameterOutOfRange {
                    name: "correlation",
                    value: bits,
                    lowest: -ONE_Q30,
                    highest: ONE_Q30,
                });
            }
        }
        let mut rest = [[0_i64; MAX_MARKETS]; MAX_MARKETS];
        for (row, entries) in rest.iter_mut().enumerate() {
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry = i64::from(self.get(row, column).to_bits());
            }
            entries[row] -= LEAST_EIGENVALUE_Q30;
        }
        for step in 0..MAX_MARKETS {
            eliminate(&mut rest, step)?;
        }
        Ok(())
    }
}

/// Takes the row and column `step` out of the part of the matrix that lies beyond them.
///
/// No entry is ever above one in magnitude, so that products of two fit: the diagonal begins below one and only falls,
/// and what lies beside it may not be larger in a positive definite matrix.
fn eliminate(rest: &mut [[i64; MAX_MARKETS]; MAX_MARKETS], step: usize) -> Result<(), RiskError> {
    let pivot_row = rest[step];
    let pivot = pivot_row[step];
    if pivot <= 0 {
        return Err(RiskError::CorrelationsNotPositiveDefinite);
    }
    for (row, entries) in rest.iter_mut().enumerate().skip(step + 1) {
        for (column, entry) in entries.iter_mut().enumerate().skip(step + 1) {
            let product = pivot_row[row] * pivot_row[column];
            // Divided without a sign: sBPF has no signed division.
            let quotient = (product.unsigned_abs() / pivot.unsigned_abs()).min(4 * ONE_Q30 as u64) as i64;
            *entry -= if product < 0 { -quotient } else { quotient };
            if entry.abs() > ONE_Q30 || (row == column && *entry <= 0) {
                return Err(RiskError::CorrelationsNotPositiveDefinite);
            }
        }
    }
    Ok(())
}

/// Where a pair is stored: the larger market selects the column.
fn place(one: usize, other: usize) -> Option<usize> {
    let (row, column) = (one.min(other), one.max(other));
    (row != column && column < MAX_MARKETS).then(|| column * (column - 1) / 2 + row)
}
