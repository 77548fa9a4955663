//! Transactions on durable nonces, which could have been signed long ago.

use ballast::{BallastError, CreateExpiryArgs, ExpiryArgs};
use ballast_client::instructions;
use ballast_harness::{defaults, governing::change_of, oracle::Feed, tokens::SPL_TOKEN};
use ballast_risk::parameters::market;
use ballast_state::{OptionKind, governance::Role};
use ballast_tests::{assert_refused, standard, substitute};
use solana_signer::Signer;

/// All but the two removals, which `close_market` and `close_bank` try where nothing else stands in their way.
#[test]
fn governance_instructions_refuse_a_durable_nonce() {
    let mut exchange = standard();
    let address = exchange.address;
    let [governance, risk, listing, guardian] = Role::ALL.map(|role| exchange.role(role));
    let expiry = exchange.list_chain("BTC", 30, &[]);
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let market_listing = exchange.listing("X", &Feed::pull([5; 32]), (2, 5), defaults::major_market());
    let (target, number) = (exchange.market_address("BTC"), exchange.state().market_count + 1);
    let bank = ballast::CreateBankArgs {
        oracle: Feed::pull([5; 32]).source,
        parameters: defaults::stable_bank(),
        price_decimals: 6,
        hedge_market: 0,
    };
    let series = ballast::CreateSeriesArgs {
        expiry_slot: expiry.slot,
        expiry_number: expiry.number,
        strike: 10_000_000,
        kind: OptionKind::Call as u8,
    };
    let change = change_of(&market::LINEAR_MAINTENANCE, i64::from(defaults::percent(3)) + 1);
    let closing = ExpiryArgs { slot: expiry.slot, number: expiry.number };
    let (list, govern) = (listing.pubkey(), governance.pubkey());
    let group = ballast::CreateGroupArgs { slot: 1, parameters: defaults::group() };
    let new_expiry = CreateExpiryArgs { expires_at: expiry.expires_at + 86_400 };
    let all = [
        (instructions::create_bank(address, list, &mint.token, bank), &listing),
        (instructions::create_group(address, list, group), &listing),
        (instructions::create_market(address, list, number, market_listing), &listing),
        (instructions::create_expiry(address, list, 1, new_expiry), &listing),
        (instructions::create_series(address, list, 1, series), &listing),
        (instructions::close_market(address, govern, 1, closing), &governance),
        (instructions::close_bank(address, govern, &exchange.collateral("SOL").mint.token), &governance),
        (instructions::propose_role(address, govern, Role::Risk, list), &governance),
        (instructions::propose_change(address, risk.pubkey(), target, change), &risk),
    ];
    for (instruction, wallet) in all {
        assert_refused(&mut exchange, BallastError::DurableNonce, |exchange| {
            exchange.chain.send_on_nonce(std::slice::from_ref(&instruction), &[wallet])
        });
        exchange.clone().chain.send(&[instruction], &[wallet]).expect("with a recent blockhash it goes through");
    }
    exchange.propose_role(Role::Risk, list).expect("governance may");
    exchange.chain.advance(2 * super::DAY);
    let accept = instructions::accept_role(address, list, Role::Risk);
    assert_refused(&mut exchange, BallastError::DurableNonce, |exchange| {
        exchange.chain.send_on_nonce(std::slice::from_ref(&accept), &[&listing])
    });
    // What only reduces may lie ready, signed, for the moment that it is needed.
    let pause = instructions::pause(address, guardian.pubkey(), address, true, true);
    exchange.chain.send_on_nonce(&[pause], &[&guardian]).expect("the guardian may");
    // Another account in the place of the instructions is refused, whatever it says.
    let elsewhere = substitute(accept, ballast::governance::INSTRUCTIONS, guardian.pubkey());
    assert_refused(&mut exchange, anchor_lang::error::ErrorCode::ConstraintAddress, |exchange| {
        exchange.chain.send_on_nonce(&[elsewhere], &[&listing])
    });
}
