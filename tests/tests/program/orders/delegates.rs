//! Delegates: who may trade for an account, where, and until when; and nothing else.

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, SetDelegateArgs, TradeArgs, events::DelegateChanged};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, Wallet, oracle::USD, ordering::sign};
use ballast_risk::Mode;
use ballast_state::{Contract, Order};
use ballast_tests::{assert_refused, substitute, unsigned};
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR, orders, perpetual, with_orderers};

/// A taker with a delegate for an hour, limited to these markets.
fn with_delegate(markets: &[u16]) -> (Exchange, Trader, Trader, Wallet) {
    let (mut exchange, taker, maker) = with_orderers();
    let delegate = exchange.chain.wallet();
    exchange.set_delegate(&taker, delegate.pubkey(), 3_600, markets).expect("the owner appoints");
    (exchange, taker, maker, delegate)
}

#[test]
fn delegate_signs_orders() {
    let (mut exchange, taker, maker, delegate) = with_delegate(&[]);
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let (taking, resting) = (sign(&delegate, &taking), maker.sign(&resting));
    exchange.match_signed((&taker, &taking, 10), (&maker, &resting, 10)).expect("the delegate may trade");
    assert_eq!(exchange.account(&taker).positions[0].quantity, BITCOIN / 10);
}

#[test]
fn delegate_trades_for_the_owner() {
    let (mut exchange, taker, maker, delegate) = with_delegate(&[1]);
    let trade = |exchange: &mut Exchange, market: &str| {
        let leg = exchange.leg_at_mark(market, Contract::PERPETUAL, 1_000);
        let check = exchange.trade_check(&taker, &maker, &[leg]);
        let args = TradeArgs { legs: vec![leg], claims_rebates: false, maximum_fees: instructions::ANY_FEES };
        let authorities = [delegate.pubkey(), maker.owner()];
        let instruction = instructions::trade_by(authorities, &taker.key, &maker.key, args, check);
        exchange.chain.send(&[instruction], &[&delegate, &maker.wallet])
    };
    trade(&mut exchange, "BTC").expect("the delegate may trade there");
    assert_refused(&mut exchange, BallastError::DelegateRights, |exchange| trade(exchange, "ETH"));
    exchange.pass_time(3_600);
    exchange.post_surfaces_again();
    assert_refused(&mut exchange, BallastError::DelegateRights, |exchange| trade(exchange, "BTC"));
}

#[test]
fn delegate_may_do_nothing_else() {
    let (mut exchange, taker, _, delegate) = with_delegate(&[]);
    let (token, _) = exchange.wallet_account(&taker, "USDC");
    exchange.chain.fund(&exchange.quote.clone(), &delegate.pubkey(), 1);
    let destination = exchange.quote.account_of(&delegate.pubkey());
    let check = exchange.check_of(&taker);
    let args = SetDelegateArgs { delegate: delegate.pubkey(), expires_at: i64::MAX, markets: [0; 4] };
    for instruction in [
        instructions::withdraw(&taker.key, &token, destination, 1, check.clone()),
        instructions::set_mode(&taker.key, Mode::Cross, check.clone()),
        instructions::declare_hedge(&taker.key, 2, 0, check.clone()),
        instructions::lend(&taker.key, &token, 1, check.clone()),
        instructions::borrow(&taker.key, &token, 1, check.clone()),
        instructions::set_delegate(&taker.key, args, check.clone()),
        instructions::close_account(&taker.key, delegate.pubkey()),
        instructions::close_order_records(&taker.key, delegate.pubkey()),
    ] {
        let stolen = substitute(instruction, taker.owner(), delegate.pubkey());
        assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[stolen], &[&delegate]));
    }
    assert_eq!(exchange.account(&taker).cash, 1_000_000 * DOLLAR);
}

#[test]
fn delegates_right_ends_with_its_time() {
    let (mut exchange, taker, maker, delegate) = with_delegate(&[]);
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let late = exchange.chain.now() + 7_200;
    let taking = sign(&delegate, &Order { expires_at: late, ..taking });
    let resting = maker.sign(&Order { expires_at: late, ..resting });
    exchange.pass_time(3_599);
    exchange.match_signed((&taker, &taking, 1), (&maker, &resting, 1)).expect("it has a second");
    exchange.pass_time(1);
    assert_refused(&mut exchange, BallastError::DelegateRights, |exchange| {
        exchange.match_signed((&taker, &taking, 1), (&maker, &resting, 1))
    });
}

#[test]
fn delegates_right_is_limited_to_its_markets() {
    let (mut exchange, taker, maker, delegate) = with_delegate(&[2, 3]);
    for (market, is_covered) in [("BTC", false), ("ETH", true), ("SOL", true)] {
        let leg = exchange.leg_at_mark(market, Contract::PERPETUAL, 10);
        let taking = exchange.order(&taker, 1, &[leg]);
        let resting = maker.sign(&exchange.resting_against(&maker, 1, &taking));
        let taking = sign(&delegate, &taking);
        if is_covered {
            exchange.match_signed((&taker, &taking, 1), (&maker, &resting, 1)).expect("the market is covered");
            for trader in [&taker, &maker] {
                exchange.cancel_orders(&trader.wallet, trader, ballast::Cancellation::All).expect("it is cancelled");
            }
        } else {
            assert_refused(&mut exchange, BallastError::DelegateRights, |exchange| {
                exchange.match_signed((&taker, &taking, 1), (&maker, &resting, 1))
            });
        }
    }
    // One leg outside is enough.
    let legs = ["BTC", "ETH"].map(|market| exchange.leg_at_mark(market, Contract::PERPETUAL, 10));
    let taking = exchange.order(&taker, 1, &legs);
    let resting = maker.sign(&exchange.resting_against(&maker, 1, &taking));
    let signed = sign(&delegate, &taking);
    assert_refused(&mut exchange, BallastError::DelegateRights, |exchange| {
        exchange.match_signed((&taker, &signed, 1), (&maker, &resting, 1))
    });
    let signed = taker.sign(&taking);
    exchange.match_signed((&taker, &signed, 1), (&maker, &resting, 1)).expect("the owner may trade everywhere");
}

#[test]
fn revoking_a_delegate_ends_what_it_signed_even_below_initial_margin() {
    let (mut exchange, taker, maker, delegate) = with_delegate(&[]);
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let (taking, resting) = (sign(&delegate, &taking), maker.sign(&resting));
    exchange.buy(&taker, &maker, "BTC", Contract::PERPETUAL, 42 * BITCOIN);
    exchange.set_price("BTC", 95_000 * USD);
    exchange.refresh_all();
    let poor = exchange.assess(&taker).modes[Mode::Portfolio as usize];
    assert!(poor.initial_excess < 0, "{poor:?}");
    let other = exchange.chain.wallet();
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        exchange.set_delegate(&taker, other.pubkey(), 60, &[])
    });
    let changes = exchange.account(&taker).authorised_changes;
    let changed: DelegateChanged = exchange.revoke_delegate(&taker).expect("the owner revokes").event();
    assert_eq!((changed.delegate_before, changed.delegate), (delegate.pubkey(), Default::default()));
    assert_eq!(exchange.account(&taker).authorised_changes, changes + 1);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.match_signed((&taker, &taking, 1), (&maker, &resting, 1))
    });
}

#[test]
fn terms_of_a_delegate_must_make_sense() {
    let (mut exchange, taker, _) = with_orderers();
    let (now, delegate) = (exchange.chain.now(), exchange.chain.wallet().pubkey());
    let sound = SetDelegateArgs { delegate, expires_at: now + 1, markets: [3, 1, 0, 0] };
    let check = exchange.check_of(&taker);
    for args in [
        SetDelegateArgs { delegate: taker.owner(), ..sound },
        SetDelegateArgs { expires_at: now, ..sound },
        SetDelegateArgs { markets: [0, 1, 0, 0], ..sound },
        SetDelegateArgs { markets: [1, 0, 0, 1], ..sound },
        SetDelegateArgs { delegate: Default::default(), ..sound },
    ] {
        let instruction = instructions::set_delegate(&taker.key, args, check.clone());
        assert_refused(&mut exchange, BallastError::DelegateTerms, |exchange| {
            exchange.chain.send(&[instruction], &[&taker.wallet])
        });
    }
    let appointing = instructions::set_delegate(&taker.key, sound, check);
    let not_signed = unsigned(appointing.clone(), taker.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
    exchange.chain.send(&[appointing], &[&taker.wallet]).expect("the terms are sound");
    let held = exchange.account(&taker).delegate;
    assert_eq!((held.key, held.expires_at, held.markets), (delegate, now + 1, [3, 1, 0, 0]));
}

#[test]
fn attacker_signs_as_the_delegate_of_an_account_without_one() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    // The zero key is the system program's address: nobody signs with it, and no Ed25519 signature of it verifies.
    let forged = ballast_client::SignedOrder { signer: Default::default(), ..taker.sign(&taking) };
    let resting = maker.sign(&resting);
    exchange.match_signed((&taker, &forged, 1), (&maker, &resting, 1)).expect_err("nobody signed");
    let leg = perpetual(&exchange);
    let check = exchange.trade_check(&taker, &maker, &[leg]);
    let args = TradeArgs { legs: vec![leg], claims_rebates: false, maximum_fees: instructions::ANY_FEES };
    let stranger = exchange.chain.wallet();
    let authorities = [stranger.pubkey(), maker.owner()];
    let trade = instructions::trade_by(authorities, &taker.key, &maker.key, args, check);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[trade], &[&stranger, &maker.wallet])
    });
}
