//! Local networks for tests: the one of `app/localnet`, started as anybody starts it, each with ports and a folder of its own. And what
//! stands in front of it: a proxy that drops, delays and refuses connections on demand, and a gate that holds single questions back.
//!
//! `app` has to be built (`cargo xtask test` does it), and so has the program's image.

mod gate;
mod network;
mod oracle;
mod process;
mod proxy;

pub use gate::Gate;
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
