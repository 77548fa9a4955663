//! `post_surface`

use ballast::{BallastError, PostSurfaceArgs, events::SurfacePosted};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, surfaces::Surface};
use ballast_state::{ExpiryStatus, OptionKind};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

const DAY: i64 = 86_400;

fn with_expiry() -> (Exchange, ExpiryKey, Surface) {
    let mut exchange = standard();
    let expiry = exchange.list_expiry("BTC", exchange.chain.now() + 30 * DAY).expect("the expiry is listed");
    let surface = exchange.smile("BTC").surface(30 * DAY);
    (exchange, expiry, surface)
}

#[test]
fn post_surface_marks_options_and_futures() {
    let (mut exchange, expiry, surface) = with_expiry();
    let strike = exchange.underlying("BTC").ticks(100_000);
    let call = exchange.list_series(&expiry, strike, OptionKind::Call).expect("the call is listed");
    let event: SurfacePosted = exchange.post_surface(&expiry, surface).expect("the surface is posted").event();
    assert_eq!((event.theta, event.rho, event.psi), (surface.theta, surface.rho, surface.psi));
    assert_eq!((event.basis, event.rate), (surface.basis, surface.rate));
    let market = exchange.market(1);
    let posted = market.expiry(expiry.slot, expiry.number).expect("the expiry is listed");
    assert_eq!(posted.posted_at, exchange.chain.now());
    assert_eq!(posted.surface_sqrt_time, ballast_risk::num::sqrt_years_q28(30 * DAY as u32));
    assert_eq!((posted.basis, posted.rate, posted.status()), (surface.basis, surface.rate, ExpiryStatus::Listed));
    // 4 % a year over 30 days on 100,000: the forward stands near 100,329; at 50 % a year the call near 5,876.
    let forward = exchange.mark("BTC", expiry.future());
    assert!((10_032_000..10_034_000).contains(&forward), "{forward}");
    let mark = exchange.mark("BTC", call);
    assert!((580_000..595_000).contains(&mark), "{mark}");
}

#[test]
fn post_surface_refuses_smiles_that_admit_arbitrage() {
    let (mut exchange, expiry, good) = with_expiry();
    for surface in [
        Surface { theta: 0, ..good },
        Surface { theta: 15, ..good },
        Surface { theta: u32::MAX, ..good },
        Surface { rho: 1 << 30, ..good },
        Surface { rho: i32::MIN, ..good },
        Surface { psi: 0, ..good },
        Surface { psi: good.theta / 5, ..good },
        Surface { psi: u32::MAX, ..good },
        // ψ²(1 + |ρ|) just above 4θ.
        Surface { psi: good.psi * 3, ..good },
    ] {
        assert_refused(&mut exchange, BallastError::SurfaceRefused, |exchange| exchange.post_surface(&expiry, surface));
    }
}

#[test]
fn post_surface_refuses_a_basis_or_rate_out_of_bounds() {
    let (mut exchange, expiry, good) = with_expiry();
    let limit = exchange.market(1).parameters.basis_limit as i32;
    for surface in [
        Surface { basis: limit + 1, ..good },
        Surface { basis: -limit - 1, ..good },
        Surface { basis: i32::MIN, ..good },
        Surface { rate: (1 << 30) + 1, ..good },
        Surface { rate: i32::MIN, ..good },
    ] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.post_surface(&expiry, surface)
        });
    }
    exchange
        .post_surface(&expiry, Surface { basis: -limit, rate: -(1 << 30), ..good })
        .expect("the bounds are allowed");
}

#[test]
fn post_surface_refuses_an_expiry_that_is_not_listed_or_over() {
    let (mut exchange, expiry, surface) = with_expiry();
    for wrong in [ExpiryKey { slot: 1, ..expiry }, ExpiryKey { number: 2, ..expiry }, ExpiryKey { slot: 99, ..expiry }]
    {
        assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.post_surface(&wrong, surface));
    }
    exchange.chain.advance(30 * DAY as u64);
    assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.post_surface(&expiry, surface));
}

#[test]
fn attacker_post_surface_without_being_the_publisher() {
    let (mut exchange, expiry, Surface { theta, rho, psi, basis, rate }) = with_expiry();
    let governance = exchange.governance.clone();
    let args = PostSurfaceArgs { expiry_slot: expiry.slot, expiry_number: expiry.number, theta, rho, psi, basis, rate };
    let instruction = instructions::post_surface(exchange.address, governance.pubkey(), 1, args);
    assert_refused(&mut exchange, BallastError::NotPublisher, |exchange| {
        exchange.chain.send(&[instruction], &[&governance])
    });
}
