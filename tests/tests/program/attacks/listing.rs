//! Governance as the attacker: what a listing cannot do, even for who holds the key (Drift).

use ballast::BallastError;
use ballast_harness::{
    Exchange, MintExtension, Trader, defaults,
    oracle::{Feed, USD},
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use ballast_risk::Mode;
use ballast_state::{BankParameters, Contract, MarketParameters, OptionKind, OracleSource, PositionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, Stakes, withdraw_what_goes};

/// Lists a token that only the attacker has, at a price that only the attacker pays.
fn list_worthless(exchange: &mut Exchange, parameters: BankParameters) {
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    exchange.list_bank("WORTHLESS", &mint, Feed::pull([99; 32]), parameters, 0).expect("the bank is listed");
    exchange.set_price("WORTHLESS", USD);
    exchange.refresh(&["WORTHLESS"]);
}

/// Two accounts of the attacker, the second margined by a worthless token, and an honest pair with money in the pool.
fn with_worthless_collateral() -> (Exchange, [Trader; 4]) {
    let mut exchange = standard();
    let [winner, loser] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    exchange.buy(&winner, &loser, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 105_000 * USD);
    exchange.pass_time(1);
    exchange.settle_pnl(&loser, "BTC", PositionKind::Perpetual, 0).expect("the loss is paid in");
    list_worthless(&mut exchange, defaults::stable_bank());
    let rich = exchange.trader(Mode::Portfolio, &[("USDC", 300_000 * DOLLAR)]);
    let fake = exchange.trader(Mode::Portfolio, &[("WORTHLESS", 10_000_000 * DOLLAR)]);
    (exchange, [rich, fake, winner, loser])
}

#[test]
fn attack_list_a_worthless_token_and_withdraw_against_it() {
    let (mut exchange, [rich, fake, winner, loser]) = with_worthless_collateral();
    let stakes = Stakes::before(&exchange, &[&rich], &[&winner, &loser]);
    // Cash is never lent: ten million of collateral without cash buys no token out of any vault …
    for (bank, amount) in [("USDC", 1), ("BTC", 1), ("PYUSD", 1)] {
        exchange.fund(&fake, bank, 1);
        assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
            exchange.withdraw(&fake, bank, amount)
        });
    }
    // … pays no premium, and can hand over nothing but its own.
    let expiry = exchange.list_chain("BTC", 30, &[105_000]);
    let call = exchange.option(&expiry, 105_000, OptionKind::Call);
    let leg = exchange.leg_at_mark("BTC", call, BITCOIN);
    assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| exchange.trade(&fake, &rich, &[leg]));
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_list_a_worthless_token_and_lose_against_oneself() {
    let (mut exchange, [rich, fake, winner, loser]) = with_worthless_collateral();
    let mut leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 10 * BITCOIN);
    // As far above the mark as the band goes: a gain of 20,000 dollars on paper.
    leg.price += 200_000;
    exchange.trade(&fake, &rich, &[leg]).expect("the collateral carries it, on paper");
    exchange.settle_pnl(&rich, "BTC", PositionKind::Perpetual, 0).expect("it settles");
    withdraw_what_goes(&mut exchange, &rich);
    exchange.settle_pnl(&fake, "BTC", PositionKind::Perpetual, 0).expect("it settles");
    // Within hours nothing of it is payable, and what is there to be paid belongs to others.
    assert_eq!(exchange.market(1).perpetual_pool, 5_000 * DOLLAR);
    let gained = exchange.account(&rich).cash + exchange.wallet_tokens(&rich, "USDC") as i64;
    assert!(gained <= 300_000 * DOLLAR as i64, "{gained}");
    for trader in [&winner, &loser] {
        assert!(exchange.assess(trader).equity >= 494_999 * DOLLAR as i64);
    }
    exchange.assert_books_balance();
}

#[test]
fn attack_deposit_more_of_a_thin_token_than_its_cap_has_grown_to() {
    let mut exchange = standard();
    let cap = 1_000 * DOLLAR;
    list_worthless(&mut exchange, BankParameters { initial_cap: cap, ..defaults::stable_bank() });
    let attackers = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[]));
    let stakes = Stakes::before(&exchange, &[&attackers[0], &attackers[1]], &[]);
    for attacker in &attackers {
        exchange.fund(attacker, "WORTHLESS", 100 * cap);
    }
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| {
        exchange.deposit(&attackers[0], "WORTHLESS", cap + 1)
    });
    // Nor does a second account help: the cap is of all accounts together.
    exchange.deposit(&attackers[0], "WORTHLESS", cap).expect("the cap may be reached");
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| exchange.deposit(&attackers[1], "WORTHLESS", 1));
    stakes.assert_no_profit_beyond(&exchange, i128::from(cap));
}

#[test]
fn attack_list_with_parameters_beyond_their_bounds() {
    // Every way to set a parameter goes through the same validation.
    let mut exchange = standard();
    let stable = defaults::stable_bank();
    let generous = [
        BankParameters { haircut_base: u32::MAX, ..stable },
        BankParameters { deposit_cap: u64::MAX, ..stable },
        BankParameters { haircut_highest: 0, ..stable },
        BankParameters { stable_price_growth: u32::MAX, ..stable },
        BankParameters { confidence_limit: u32::MAX, ..stable },
        BankParameters { initial_cap: u64::MAX, ..stable },
    ];
    for parameters in generous {
        let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.list_bank("GENEROUS", &mint, Feed::pull([99; 32]), parameters, 0)
        });
    }
    let market = defaults::major_market();
    let lenient = [
        MarketParameters { scan_range_floor: 0, ..market },
        MarketParameters { scan_range_cap: u32::MAX, ..market },
        MarketParameters { open_interest_limit: u64::MAX, ..market },
        MarketParameters { unsettled_gain_weight: u32::MAX, ..market },
        MarketParameters { band_price: u32::MAX, ..market },
    ];
    for parameters in lenient {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.list_market("LENIENT", Feed::pull([98; 32]), (2, 2), parameters)
        });
    }
}

#[test]
fn attack_list_a_price_of_ones_own() {
    // An oracle program of the attacker's would say whatever the attacker likes.
    let mut exchange = standard();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let mut feed = Feed::pull([99; 32]);
    feed.source = OracleSource { program: ballast::ID, ..feed.source };
    assert_refused(&mut exchange, BallastError::OracleSourceRefused, |exchange| {
        exchange.list_bank("OWN", &mint, feed, defaults::stable_bank(), 0)
    });
}

#[test]
fn attack_list_a_token_that_can_be_taken_back() {
    let mut exchange = standard();
    for extension in [
        MintExtension::PermanentDelegate,
        MintExtension::TransferFee(100),
        MintExtension::TransferHook(None),
        MintExtension::Pausable,
        MintExtension::CloseAuthority,
        MintExtension::DefaultFrozen,
    ] {
        let mint = exchange.chain.mint(6, TOKEN_2022, &[extension]);
        assert_refused(&mut exchange, BallastError::MintExtension, |exchange| {
            exchange.list_bank("LOAN", &mint, Feed::pull([99; 32]), defaults::stable_bank(), 0)
        });
    }
}
