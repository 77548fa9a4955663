//! Local networks for tests: the one of `app/localnet`, started as anybody starts it, each with ports and a folder of its own. And a
//! proxy in front of it that drops, delays and refuses on demand.
//!
//! `app` has to be built (`cargo xtask test` does it), and so has the program's image.

mod network;
mod process;
mod proxy;

pub use network::{Leg, LocalNetwork};
pub use process::Process;
pub use proxy::{Fault, Proxy};

/// Waits until a condition holds.
///
/// # Errors
/// If it does not within two minutes: on the slowest machine that tests run on, everything that is waited for takes seconds.
pub async fn until<F: Future<Output = anyhow::Result<bool>>>(
    what: &str,
    condition: impl Fn() -> F,
) -> anyhow::Result<()> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        if condition().await? {
            return Ok(());
        }
        anyhow::ensure!(std::time::Instant::now() < deadline, "waited two minutes for {what}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
