//! `post_surface`, `post_perpetual_basis`
//!
//! Floating point stands for the arithmetic of an off-chain fit.
#![allow(clippy::float_arithmetic)]

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{
    BallastError, PostSurfaceArgs,
    events::{PerpetualBasisPosted, SurfacePosted},
};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, ExpiryKey, Outcome, Refusal, Wallet, defaults,
    surfaces::{Smile, Surface},
};
use ballast_state::{Contract, ExpiryStatus, Market, OptionKind, seeds};
use ballast_tests::{assert_refused, standard, substitute, tamper, unsigned};
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

/// A post signed by these wallets.
fn post_signed_by(
    exchange: &mut Exchange,
    expiry: &ExpiryKey,
    Surface { theta, rho, psi, basis, rate }: Surface,
    wallets: &[&Wallet],
) -> Result<Outcome, Refusal> {
    let instruction = signed_by(exchange, expiry, Surface { theta, rho, psi, basis, rate }, wallets);
    exchange.chain.send(&[instruction], wallets)
}

fn signed_by(
    exchange: &Exchange,
    expiry: &ExpiryKey,
    Surface { theta, rho, psi, basis, rate }: Surface,
    wallets: &[&Wallet],
) -> Instruction {
    let args = PostSurfaceArgs { expiry_slot: expiry.slot, expiry_number: expiry.number, theta, rho, psi, basis, rate };
    let addresses: Vec<_> = wallets.iter().map(|wallet| wallet.pubkey()).collect();
    instructions::post_surface(exchange.address, &addresses, expiry.market, args)
}

#[test]
fn post_surface_takes_any_two_of_three_publishers_or_all() {
    let (mut exchange, expiry, surface) = with_expiry();
    let [first, second, third] = exchange.publishers.clone();
    for signers in [vec![&first, &second], vec![&third, &first], vec![&second, &third], vec![&third, &second, &first]] {
        post_signed_by(&mut exchange, &expiry, surface, &signers).expect("two publishers are enough");
    }
}

#[test]
fn attacker_post_surface_as_a_single_publisher() {
    let (mut exchange, expiry, surface) = with_expiry();
    let [first, ..] = exchange.publishers.clone();
    // Alone, not at all, and counted twice or three times.
    for signers in [vec![], vec![&first], vec![&first, &first], vec![&first, &first, &first]] {
        assert_refused(&mut exchange, BallastError::TooFewPublishers, |exchange| {
            post_signed_by(exchange, &expiry, surface, &signers)
        });
    }
}

#[test]
fn attacker_post_surface_with_a_stranger_beside_a_publisher() {
    let (mut exchange, expiry, surface) = with_expiry();
    let [first, second, _] = exchange.publishers.clone();
    let (stranger, governance) = (exchange.chain.wallet(), exchange.governance.clone());
    for signers in [vec![&first, &stranger], vec![&stranger, &governance], vec![&first, &second, &governance]] {
        assert_refused(&mut exchange, BallastError::NotPublisher, |exchange| {
            post_signed_by(exchange, &expiry, surface, &signers)
        });
    }
}

#[test]
fn attacker_post_surface_naming_a_publisher_who_did_not_sign() {
    let (mut exchange, expiry, surface) = with_expiry();
    let [first, second, _] = exchange.publishers.clone();
    let instruction = signed_by(&exchange, &expiry, surface, &[&first, &second]);
    let instruction = unsigned(instruction, second.pubkey());
    assert_refused(&mut exchange, BallastError::PublisherSignature, |exchange| {
        exchange.chain.send(&[instruction], &[&first])
    });
}

#[test]
fn attacker_post_surface_in_a_market_of_another_exchange() {
    let (mut exchange, expiry, surface) = with_expiry();
    let [first, second, _] = exchange.publishers.clone();
    let other = exchange.open_another(1).expect("another exchange is created");
    let instruction = signed_by(&exchange, &expiry, surface, &[&first, &second]);
    let instruction = substitute(instruction, exchange.address, other);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&first, &second])
    });
}

#[test]
fn post_surface_refuses_what_moves_too_far_from_the_post_before() {
    let (mut exchange, expiry, good) = with_expiry();
    exchange.post_surface(&expiry, good).expect("the first post is free");
    let share = |value: u32, percent: u64| (u64::from(value) * percent / 100) as u32;
    let tenth = defaults::percent(1) as i32;
    // Volatility goes with the root of θ: 1.1² is 1.21. ψ/√θ may change by a quarter.
    for surface in [
        Surface { theta: share(good.theta, 122), psi: share(good.psi, 110), ..good },
        Surface { theta: share(good.theta, 80), psi: share(good.psi, 90), ..good },
        Surface { psi: share(good.psi, 126), ..good },
        Surface { psi: share(good.psi, 74), ..good },
        Surface { rho: good.rho - 21 * tenth, ..good },
        Surface { rho: good.rho + 21 * tenth, ..good },
        Surface { basis: good.basis + 2 * tenth + tenth / 10, ..good },
        Surface { basis: good.basis - 2 * tenth - tenth / 10, ..good },
        Surface { rate: good.rate + 5 * tenth + tenth / 10, ..good },
        Surface { rate: good.rate - 5 * tenth - tenth / 10, ..good },
    ] {
        assert_refused(&mut exchange, BallastError::SurfaceStep, |exchange| exchange.post_surface(&expiry, surface));
    }
    for surface in [
        Surface { theta: share(good.theta, 120), psi: share(good.psi, 110), ..good },
        Surface { rho: good.rho - 19 * tenth, ..good },
        Surface { basis: good.basis + 2 * tenth - 10, rate: good.rate + 5 * tenth - 10, ..good },
    ] {
        let mut copy = exchange.clone();
        copy.post_surface(&expiry, surface).expect("the step is allowed");
    }
}

#[test]
fn post_surface_keeps_volatility_within_a_factor_of_the_days_first_post() {
    let (mut exchange, expiry, good) = with_expiry();
    exchange.post_surface(&expiry, good).expect("the first post is free");
    let smile = exchange.smile("BTC");
    exchange
        .post_smile(&expiry, Smile { volatility: smile.volatility * 1.99, ..smile })
        .expect("within a factor of two");
    let beyond = Smile { volatility: smile.volatility * 2.02, ..smile }.surface(30 * DAY);
    assert_refused(&mut exchange, BallastError::SurfaceStep, |exchange| exchange.post_surface(&expiry, beyond));
    // The next day counts from where it begins.
    exchange.chain.advance(DAY as u64);
    let surface = Smile { volatility: smile.volatility * 2.02, ..smile }.surface(29 * DAY);
    exchange.post_surface(&expiry, surface).expect("a new day");
}

#[test]
fn post_surface_refuses_calendar_arbitrage_against_both_neighbours() {
    let mut exchange = standard();
    let now = exchange.chain.now();
    let smile = exchange.smile("BTC");
    let [near, middle, far] = [20, 30, 40].map(|days| exchange.list_expiry("BTC", now + days * DAY).expect("listed"));
    exchange.post_surface(&near, smile.surface(20 * DAY)).expect("posted");
    exchange.post_surface(&far, smile.surface(40 * DAY)).expect("posted");
    for wrong in [
        // Less variance at the money than the nearer expiry, more than the farther one.
        smile.surface(19 * DAY),
        smile.surface(41 * DAY),
        // Wings that cross.
        Smile { skew: 0.5, ..smile }.surface(30 * DAY),
        Smile { curvature: 1.4, ..smile }.surface(30 * DAY),
    ] {
        assert_refused(&mut exchange, BallastError::CalendarArbitrage, |exchange| {
            exchange.post_surface(&middle, wrong)
        });
    }
    exchange.post_surface(&middle, smile.surface(30 * DAY)).expect("free of arbitrage");
    // Once the neighbours' surfaces are stale, a post is held against its own past alone.
    exchange.chain.advance(u64::from(exchange.state().parameters.surface_age) + 1);
    exchange.post_surface(&middle, smile.surface(27 * DAY)).expect("its neighbours are stale");
}

#[test]
fn post_surface_widens_the_scan_range_at_once() {
    let (mut exchange, expiry, _) = with_expiry();
    let before = exchange.market(1);
    let smile = Smile::new(1.2);
    let event: SurfacePosted = exchange.post_surface(&expiry, smile.surface(30 * DAY)).expect("posted").event();
    let after = exchange.market(1);
    assert_eq!((event.scan_range_before, event.scan_range), (before.scan_range, after.scan_range));
    // Half of the implied variance over a day, 3.7 deviations: 3.7·1.2·√(0.5/365) = 16.43 %.
    let expected = (0.164_331_f64 * f64::from(1_u32 << 30)) as u32;
    assert!(after.scan_range.abs_diff(expected) < 20_000, "{}", after.scan_range);
    assert_eq!(after.maintenance_range, before.maintenance_range, "maintenance margin follows on its ramp");
    assert_eq!(after.scenarios.price_factors[2], (1 << 28) - ((after.scan_range + 2) >> 2));
}

#[test]
fn post_perpetual_basis_moves_the_mark() {
    let mut exchange = standard();
    let index = exchange.market(1).price;
    let event: PerpetualBasisPosted =
        exchange.post_perpetual_basis("BTC", defaults::basis_points(50) as i32).expect("within the limit").event();
    assert_eq!((event.basis_before, event.basis), (0, defaults::basis_points(50) as i32));
    assert_eq!(exchange.mark("BTC", Contract::PERPETUAL), index + index / 200);
    exchange.post_perpetual_basis("BTC", -(defaults::basis_points(50) as i32)).expect("within the limit");
    assert_eq!(exchange.mark("BTC", Contract::PERPETUAL), index - index / 200);
}

#[test]
fn post_perpetual_basis_refuses_what_is_beyond_its_limit_or_step() {
    let mut exchange = standard();
    let limit = exchange.market(1).parameters.perpetual_basis_limit as i32;
    for basis in [limit + 1, -limit - 1, i32::MIN, i32::MAX] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.post_perpetual_basis("BTC", basis)
        });
    }
    let address = seeds::market(&exchange.address, 1).0;
    tamper(&mut exchange, address, |market: &mut Market| {
        market.parameters.surface_basis_step = defaults::basis_points(10);
    });
    assert_refused(&mut exchange, BallastError::SurfaceStep, |exchange| exchange.post_perpetual_basis("BTC", limit));
    exchange.post_perpetual_basis("BTC", defaults::basis_points(10) as i32).expect("one step");
}

#[test]
fn attacker_post_perpetual_basis_as_a_single_publisher_or_a_stranger() {
    let mut exchange = standard();
    let ([first, ..], stranger) = (exchange.publishers.clone(), exchange.chain.wallet());
    let address = exchange.address;
    let instruction = |wallets: &[&Wallet]| {
        let addresses: Vec<_> = wallets.iter().map(|wallet| wallet.pubkey()).collect();
        instructions::post_perpetual_basis(address, &addresses, 1, 1)
    };
    for (signers, error) in
        [(vec![&first, &first], BallastError::TooFewPublishers), (vec![&first, &stranger], BallastError::NotPublisher)]
    {
        let instruction = instruction(&signers);
        assert_refused(&mut exchange, error, |exchange| exchange.chain.send(&[instruction], &signers));
    }
}
