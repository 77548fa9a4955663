//! Prices that a test publishes itself, where the network publishes none.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result};
use ballast_client::oracle;
use serde_json::json;

use crate::LocalNetwork;

/// Where a fully verified price account of Pyth's has its price, its exponent, its time and its average.
const PRICE: usize = 73;
const EXPONENT: usize = 89;
const PUBLISH_TIME: usize = 93;
const AVERAGE: usize = 109;

impl LocalNetwork {
    /// Publishes the price of every market and bank again as of a moment, Unix seconds; those of the markets named, and of the banks
    /// that share their price accounts, at other prices, whole USD.
    ///
    /// # Errors
    /// If there is no such market, or the network refuses.
    pub async fn publish(&self, changed: &[(&str, i64)], published_at: i64) -> Result<()> {
        let mut prices: BTreeMap<Pubkey, i64> = BTreeMap::new();
        for (name, price) in changed {
            prices.insert(oracle::price_account(&self.known_market(name)?.oracle), *price);
        }
        let view = self.feed.view();
        let of_markets = view.snapshot.markets().map(|(_, market)| oracle::price_account(&market.oracle));
        let of_banks = view.snapshot.banks().map(|(_, bank)| oracle::price_account(&bank.oracle));
        for address in of_markets.chain(of_banks).collect::<BTreeSet<_>>() {
            let data = self.rpc.account(&address).await?.with_context(|| format!("{address} has no price"))?;
            let data = publication(data, prices.get(&address).copied(), published_at)?;
            let data: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
            self.cheat("surfnet_setAccount", json!([address.to_string(), { "data": data }])).await?;
        }
        Ok(())
    }
}

/// A price account's bytes, as of a moment, and at another price if there is one.
fn publication(mut data: Vec<u8>, dollars: Option<i64>, published_at: i64) -> Result<Vec<u8>> {
    let exponent = data.get(EXPONENT..EXPONENT + 4).context("a price account is too short")?.try_into()?;
    let exponent = i32::from_le_bytes(exponent);
    anyhow::ensure!(exponent <= 0, "the exponent is {exponent}, expected parts of a dollar");
    let mut write = |at: usize, value: i64| -> Result<()> {
        data.get_mut(at..at + 8).context("a price account is too short")?.copy_from_slice(&value.to_le_bytes());
        Ok(())
    };
    if let Some(dollars) = dollars {
        let price = dollars * 10_i64.pow(exponent.unsigned_abs());
        write(PRICE, price)?;
        write(AVERAGE, price)?;
    }
    write(PUBLISH_TIME, published_at)?;
    Ok(data)
}
