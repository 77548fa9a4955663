//! Posts volatility surfaces: what the quotes say, fitted, moved no further than the program's steps allow, and in an order in which
//! no two neighbours ever admit calendar arbitrage.

pub mod fit;
pub mod quotes;

use std::sync::Arc;

use anyhow::{Result, bail};
use ballast::PostSurfaceArgs;
use ballast_client::{cost, instructions};
use ballast_risk::{SignedRatio, surface::EssviSlice};
use ballast_state::{
    Expiry, Market,
    market::{ExpiryStatus, SurfacePost},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tracing::{info, warn};

use crate::Context;
use quotes::{Quotes, Source};

/// Halvings of the way to a surface that is too far for one step.
const HALVINGS: u32 = 12;
/// The whole way, as a number of parts.
const WHOLE: i64 = 1 << HALVINGS;
/// Posts in one transaction.
const BATCH: usize = 6;

/// The role.
pub struct Publish {
    source: Source,
}

impl Publish {
    /// Knows where the quotes are.
    ///
    /// # Errors
    /// If neither the settings nor the network's description say it.
    pub fn new(context: &Context) -> Result<Self> {
        let named = context.settings.publish.quotes.as_ref().or(context.target.quotes_url.as_ref());
        let Some(named) = named else {
            bail!("no quotes are named: give publish.quotes in the settings, a file or an HTTP address");
        };
        Ok(Self { source: Source::new(named) })
    }

    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let quotes = self.source.read().await?;
        let view = context.feed.view();
        for (_, market) in view.snapshot.markets() {
            let name = String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned();
            if let Err(error) = self.publish(context, &quotes, &name, market, view.now).await {
                warn!(market = name, "not published: {error:#}");
                metrics::counter!("ballast_posts_failed_total").increment(1);
            }
        }
        Ok(())
    }

    async fn publish(
        &self,
        context: &Arc<Context>,
        quotes: &Quotes,
        name: &str,
        market: &Market,
        now: i64,
    ) -> Result<()> {
        let Some(quoted) = quotes.markets.get(name) else { return Ok(()) };
        let Some(signers) = signers(&context.publishers, market) else { return Ok(()) };
        let exchange = context.target.exchange;
        let addresses: Vec<_> = signers.iter().map(|key| key.pubkey()).collect();
        let parameters = &context.feed.view().snapshot.exchange.parameters;
        let surface_age = parameters.surface_age;
        let mut wanted = Vec::new();
        for (slot, expiry) in market.expiries.iter().enumerate() {
            let remaining = expiry.expires_at.saturating_sub(now);
            if expiry.status() != ExpiryStatus::Listed || remaining <= 0 {
                continue;
            }
            let Some(post) = quoted.surface(market, expiry, remaining)? else { continue };
            let settings = &context.settings.publish;
            let repeat = settings.repeat_seconds.min(i64::from(surface_age) / 2);
            let is_due = now.saturating_sub(expiry.posted_at) >= repeat;
            if is_due || moved(expiry, &post) > settings.threshold_basis_points {
                wanted.push((slot as u8, *expiry, post));
            }
        }
        let mut built: Vec<_> = in_steps(market, wanted, now, surface_age)
            .into_iter()
            .map(|(slot, number, post)| {
                let args = PostSurfaceArgs {
                    expiry_slot: slot,
                    expiry_number: number,
                    theta: (post.smile.theta_q40 >> 12) as u32,
                    rho: (post.smile.rho_q29 << 1) as i32,
                    psi: (post.smile.psi_q40 >> 12) as u32,
                    basis: post.basis.to_bits(),
                    rate: post.rate.to_bits(),
                };
                instructions::post_surface(exchange, &addresses, market.number, args)
            })
            .collect();
        if let Some(basis) = quoted.perpetual_basis(market) {
            built.push(instructions::post_perpetual_basis(exchange, &addresses, market.number, basis));
        }
        for some in built.chunks(BATCH) {
            let units = cost::POST * some.len() as u32;
            context.send_with("publish", some.to_vec(), units, &signers, |_| false).await?;
        }
        if !built.is_empty() {
            info!(market = name, posts = built.len(), "published");
        }
        Ok(())
    }
}

/// As many of the market's publishers as have to sign; nothing if too few of them are ours.
fn signers<'a>(publishers: &'a [Keypair], market: &Market) -> Option<Vec<&'a Keypair>> {
    let threshold = usize::from(market.parameters.publisher_threshold).max(1);
    let ours = publishers.iter().filter(|key| market.publishers.contains(&key.pubkey()));
    let signers: Vec<_> = ours.take(threshold).collect();
    (signers.len() == threshold).then_some(signers)
}

/// How far the volatility at the money would move, basis points of itself; everything if nothing was posted before.
fn moved(expiry: &Expiry, post: &SurfacePost) -> u32 {
    if expiry.posted_at == 0 || expiry.theta == 0 {
        return u32::MAX;
    }
    // Volatility moves half as far as variance.
    let difference = u128::from(post.smile.theta_q40.abs_diff(expiry.theta));
    u32::try_from(difference * 5_000 / u128::from(expiry.theta)).unwrap_or(u32::MAX)
}

/// What to post, in an order and at sizes that the program accepts one after the other. What it would not accept at any size is left
/// out.
fn in_steps(
    market: &Market,
    mut wanted: Vec<(u8, Expiry, SurfacePost)>,
    now: i64,
    surface_age: u32,
) -> Vec<(u8, u32, SurfacePost)> {
    let mut market = Box::new(*market);
    let mut accepted = Vec::with_capacity(wanted.len());
    let mut part = WHOLE;
    while !wanted.is_empty() && part > 0 {
        let before = wanted.len();
        wanted.retain(|(slot, expiry, post)| {
            let step = on_the_way(expiry, post, part);
            let is_accepted = market.post_surface(*slot, expiry.number, &step, now, surface_age).is_ok();
            if is_accepted {
                accepted.push((*slot, expiry.number, step));
            }
            !is_accepted
        });
        // Whoever had to wait for a neighbour is tried again at the same size.
        if wanted.len() == before {
            part /= 2;
        }
    }
    for (_, expiry, post) in wanted {
        warn!(expiry = expiry.number, ?post, "no step towards this surface is accepted");
    }
    accepted
}

/// A surface `part` of the way from what was posted to what is wanted, in the units of posts.
fn on_the_way(expiry: &Expiry, post: &SurfacePost, part: i64) -> SurfacePost {
    let mix = |from: i64, to: i64| {
        from.saturating_add(((i128::from(to) - i128::from(from)) * i128::from(part) / i128::from(WHOLE)) as i64)
    };
    if expiry.posted_at == 0 || part == WHOLE {
        return *post;
    }
    let coarse = |value: i64| value.max(0).cast_unsigned() >> 12 << 12;
    SurfacePost {
        smile: EssviSlice {
            theta_q40: coarse(mix(expiry.theta.cast_signed(), post.smile.theta_q40.cast_signed())),
            rho_q29: mix(expiry.svi_rho, post.smile.rho_q29),
            psi_q40: coarse(mix(expiry.psi.cast_signed(), post.smile.psi_q40.cast_signed())),
        },
        basis: SignedRatio::from_bits(mix(i64::from(expiry.basis), i64::from(post.basis.to_bits())) as i32),
        rate: SignedRatio::from_bits(mix(i64::from(expiry.rate), i64::from(post.rate.to_bits())) as i32),
    }
}
