//! Price files made by hand.

/// Midnight of 2023-01-01, UTC, in Unix seconds.
pub const FIRST: i64 = 1_672_531_200;
pub const DAY: i64 = 86_400;

/// Daily prices of one asset, from 2023-01-01 on.
pub fn daily(asset: &str, prices: &[f64]) -> String {
    table(&[(asset, prices)], DAY)
}

/// Prices of several assets at equal steps, dates as Unix seconds.
pub fn table(columns: &[(&str, &[f64])], step: i64) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = format!("timestamp,{}\n", names.join(","));
    let rows = columns.iter().map(|(_, prices)| prices.len()).min().unwrap_or(0);
    for row in 0..rows {
        text += &(FIRST + row as i64 * step).to_string();
        for (_, prices) in columns {
            text += &format!(",{}", prices[row]);
        }
        text.push('\n');
    }
    text
}

/// The same price, and from a row on another one.
pub fn step(before: f64, rows_before: usize, after: f64, rows_after: usize) -> Vec<f64> {
    [vec![before; rows_before], vec![after; rows_after]].concat()
}
