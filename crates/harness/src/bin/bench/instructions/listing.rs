//! Governance, publishers, and refreshes.

use ballast::{CreateExpiryArgs, CreateSeriesArgs, PostSurfaceArgs};
use ballast_client::{Priced, instructions};
use ballast_harness::{
    Exchange, defaults,
    oracle::Feed,
    shapes::{Life, Shape},
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use ballast_risk::{Mode, parameters::market};
use ballast_state::{OptionKind, governance::Role};
use solana_signer::Signer;

use super::row;
use crate::measurements::InstructionCost;

pub fn measure() -> Vec<InstructionCost> {
    let mut costs = creations();
    costs.extend(roles_and_changes());
    costs.extend(dates_and_surfaces());
    costs.extend(delistings());
    costs.extend(refreshes());
    costs
}

fn creations() -> Vec<InstructionCost> {
    let mut exchange = Exchange::unopened();
    let governance = exchange.governance.clone();
    let instruction =
        instructions::create_exchange(governance.pubkey(), exchange.quote.token.mint, exchange.creation());
    let created = exchange.chain.send(&[instruction], &[&governance]).expect("the exchange is created");
    let mut costs = vec![row("create_exchange", "", &created)];
    for (call, program, seed) in [("SPL Token", SPL_TOKEN, 1), ("Token-2022", TOKEN_2022, 2)] {
        let mint = exchange.chain.mint(8, program, &[]);
        let listed = exchange.list_bank(call, &mint, Feed::pull([seed; 32]), defaults::major_bank(), 0);
        costs.push(row("create_bank", call, &listed.expect("the bank is listed")));
    }
    let opened = exchange.create_group(0, defaults::group()).expect("the group is opened");
    costs.push(row("create_group", "", &opened));
    let listed = exchange.list_market("X", Feed::pull([3; 32]), (2, 5), defaults::major_market());
    costs.push(row("create_market", "9 core nodes, 8 tails", &listed.expect("the market is listed")));
    costs
}

/// What roles propose and what becomes of it.
fn roles_and_changes() -> [InstructionCost; 9] {
    let mut exchange = Exchange::standard();
    let (address, market) = (exchange.address, exchange.market_address("BTC"));
    let successor = exchange.chain.wallet();
    let cancelled = exchange.propose_role(Role::Listing, successor.pubkey()).and_then(|_| {
        let guardian = exchange.guardian.clone();
        exchange.cancel_role(Role::Listing, &guardian)
    });
    let proposed = exchange.propose_role(Role::Risk, successor.pubkey()).expect("governance may");
    let (parameter, other) = (&market::LINEAR_MAINTENANCE, &market::LINEAR_INITIAL);
    let value = i64::from(defaults::major_market().linear_maintenance) + 1;
    let change = exchange.propose(market, parameter, value).expect("the risk role may");
    exchange.propose(market, other, i64::from(defaults::major_market().linear_initial) + 1).expect("the risk role may");
    let guardian = exchange.guardian.clone();
    let withdrawn = exchange.cancel_by(&guardian, market, other.id(), 0).expect("the guardian may");
    exchange.chain.advance(2 * 86_400);
    let accepted = exchange.accept_role(Role::Risk, &successor).expect("the time lock is over");
    let applied = exchange.apply(market, parameter.id(), 0).expect("the time lock is over");
    let paused = exchange.pause(address, true, true).expect("the guardian may");
    let lowered = exchange.lower_limit(market, &market::OPEN_INTEREST_LIMIT, 1_000).expect("it is lower");
    exchange.chain.advance(86_400);
    let closed = exchange.close_change(market, parameter.id(), 0).expect("it has served");
    [
        row("propose_role", "", &proposed),
        row("accept_role", "", &accepted),
        row("cancel_role", "", &cancelled.expect("the guardian may")),
        row("propose_change", "of a market", &change),
        row("apply_change", "of a market", &applied),
        row("cancel_change", "", &withdrawn),
        row("close_change", "", &closed),
        row("pause", "the exchange", &paused),
        row("lower_limit", "of a market", &lowered),
    ]
}

/// A market and a bank that nobody holds, to their end.
fn delistings() -> [InstructionCost; 4] {
    let mut exchange = Exchange::standard();
    let expiry = exchange.list_expiry("BTC", exchange.chain.now() + 2 * 86_400).expect("the expiry is listed");
    let closing = exchange.close_market(&expiry).expect("the market begins to close");
    let extended_until = expiry.expires_at + i64::from(defaults::exchange().settlement_extension_seconds);
    exchange.pass_time((extended_until - exchange.chain.now()) as u64);
    exchange.fix_settlement(&expiry).expect("the extension is over");
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    let removed = exchange.remove_market("BTC").expect("nothing is left");
    let bank_closing = exchange.close_bank("PYUSD").expect("the bank begins to close");
    let mint = exchange.collateral("PYUSD").mint.clone();
    let surplus = exchange.chain.fund(&mint, &exchange.governance.pubkey(), 1);
    let bank_removed = exchange.remove_bank("PYUSD", surplus).expect("nobody has a deposit");
    [
        row("close_market", "", &closing),
        row("remove_market", "", &removed),
        row("close_bank", "", &bank_closing),
        row("remove_bank", "Token-2022", &bank_removed),
    ]
}

fn dates_and_surfaces() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let (address, listing) = (exchange.address, exchange.listing.clone());
    let expires_at = exchange.chain.now() + 30 * 86_400;
    let expiry = instructions::create_expiry(address, listing.pubkey(), 1, CreateExpiryArgs { expires_at });
    let strike = exchange.underlying("BTC").ticks(100_000);
    let args = CreateSeriesArgs { expiry_slot: 0, expiry_number: 1, strike, kind: OptionKind::Call as u8 };
    let series = instructions::create_series(address, listing.pubkey(), 1, args);
    let surface = exchange.smile("BTC").surface(30 * 86_400);
    let args = PostSurfaceArgs {
        expiry_slot: 0,
        expiry_number: 1,
        theta: surface.theta,
        rho: surface.rho,
        psi: surface.psi,
        basis: surface.basis,
        rate: surface.rate,
    };
    let publishers = exchange.publishers.clone();
    let addresses = publishers.each_ref().map(|publisher| publisher.pubkey());
    let post = instructions::post_surface(address, &addresses[..2], 1, args);
    let basis = instructions::post_perpetual_basis(address, &addresses[..2], 1, 1 << 20);
    [
        ("create_expiry", "", expiry),
        ("create_series", "", series),
        ("post_surface", "2 of 3 publishers", post),
        ("post_perpetual_basis", "2 of 3 publishers", basis),
    ]
    .map(|(name, call, instruction)| {
        let signers = [&listing, &publishers[0], &publishers[1]];
        row(name, call, &exchange.chain.send(&[instruction], &signers).expect("listing and publishers may"))
    })
    .into()
}

fn refreshes() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let refresh = |exchange: &mut Exchange, call, pairs: &[Priced]| {
        let instruction = instructions::refresh(exchange.address, pairs, false);
        row("refresh", call, &exchange.chain.simulate(&[instruction], &[]).expect("the program accepts every price"))
    };
    exchange.chain.advance(10);
    exchange.publish_again();
    // Five banks, then three markets.
    let priced = exchange.priced();
    let mut costs = vec![
        refresh(&mut exchange, "1 market", &priced[5..6]),
        refresh(&mut exchange, "1 bank", &priced[..1]),
        refresh(&mut exchange, "2 markets, 2 banks", &priced[3..7]),
    ];
    let twelve = Shape { life: Life::Minutes, ..Shape::options(12, 12, 1) };
    let (mut exchange, _) = twelve.build(Mode::Portfolio, defaults::group());
    exchange.chain.advance(10);
    exchange.publish_again();
    let market = exchange.priced()[5];
    costs.push(refresh(&mut exchange, "1 market, 12 expiries averaging", &[market]));
    costs
}
