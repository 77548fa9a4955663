//! The binary tables of `crates/risk/tables`, decoded when the crate is compiled.
//!
//! `cargo run -p table-generator` computes them; a test pins the SHA-256 of each.

/// Reads little-endian 64-bit integers into rows. The length is checked at compile time.
pub(crate) const fn decode_rows<const ROWS: usize, const COLUMNS: usize>(bytes: &[u8]) -> [[i64; COLUMNS]; ROWS] {
    assert!(bytes.len() == ROWS * COLUMNS * 8);
    let mut rows = [[0; COLUMNS]; ROWS];
    let mut rest = bytes;
    let mut index = 0;
    while let Some((entry, after)) = rest.split_first_chunk::<8>() {
        rows[index / COLUMNS][index % COLUMNS] = i64::from_le_bytes(*entry);
        rest = after;
        index += 1;
    }
    rows
}

/// The row at a 64-bit index, `None` beyond the end. The comparison is made before the index is narrowed to the
/// machine's word, so that 32-bit WebAssembly gives the same answer as the chain.
#[inline(always)]
pub(crate) fn row<T>(table: &[T], index: u64) -> Option<&T> {
    if index < table.len() as u64 { table.get(index as usize) } else { None }
}
