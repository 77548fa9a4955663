//! How long the keeper takes from a price to a liquidation that has landed: on as many local networks as there are crashes, one after
//! the other. `cargo bench --profile dev --package ballast-keeper --bench reaction -- 50`
#![allow(clippy::float_arithmetic)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ballast_client::oracle;
use ballast_network_rig::{Leg, LocalNetwork, Process};
use ballast_state::OptionKind;

/// From one look at the chain to the next.
const LOOKING: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() -> Result<()> {
    let crashes: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(50);
    let mut took = Vec::with_capacity(crashes);
    for number in 1..=crashes {
        let milliseconds = crash().await.with_context(|| format!("crash {number}"))?.as_secs_f64() * 1_000.0;
        eprintln!("crash {number} of {crashes}: {milliseconds:.0} ms");
        took.push(milliseconds);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize];
    println!(
        "{crashes} crashes, from the price in its account to the liquidation on chain: median {:.0} ms, 95 % within {:.0} ms, \
         slowest {:.0} ms, fastest {:.0} ms",
        at(0.5),
        at(0.95),
        at(1.0),
        at(0.0)
    );
    Ok(())
}

/// One crash: a leveraged account, a fall of SOL by a fifth.
async fn crash() -> Result<Duration> {
    let network = LocalNetwork::start("prices").await?;
    let lots = 10_i64.pow(u32::from(network.known_market("SOL")?.quantity_decimals));
    let legs = [Leg::Perpetual(780 * lots), Leg::Option(OptionKind::Put, 1, 90, -240 * lots)];
    network.trade("carol", "maker", "SOL", &legs).await?;
    let listen = format!("127.0.0.1:{}", network.service_port(0));
    let args =
        ["run", "--network", &network.description_file(), "--listen", &listen, "--key", &network.key_file("keeper")];
    let args: Vec<String> = args.iter().map(ToString::to_string).collect();
    let program = Path::new(env!("CARGO_BIN_EXE_ballast-keeper"));
    let mut keeper = Process::start(program, &args, &network.folder().join("keeper.log"))?;
    keeper.answers(&format!("http://{listen}/health")).await?;

    let feed = oracle::price_account(&network.known_market("SOL")?.oracle);
    let price = |data: Option<Vec<u8>>| data.and_then(|data| data.get(73..81).map(<[u8]>::to_vec));
    let before = price(network.rpc.account(&feed).await?);
    network.hold(&[("SOL", 160.0)]).await?;
    while price(network.rpc.account(&feed).await?) == before {
        tokio::time::sleep(LOOKING).await;
    }
    let published = Instant::now();
    while network.account("carol").await?.liquidation_started_slot == 0 {
        anyhow::ensure!(published.elapsed() < Duration::from_secs(60), "nobody liquidates:\n{}", keeper.said());
        tokio::time::sleep(LOOKING).await;
    }
    let took = published.elapsed();
    keeper.end().await?;
    Ok(took)
}
