//! Addresses, lamports and tokens that arrive unasked.

use anchor_lang::system_program;
use ballast_client::{MarginAccountKey, instructions};
use ballast_harness::{Exchange, tokens::SPL_TOKEN};
use ballast_risk::Mode;
use ballast_state::{Contract, LAYOUT_VERSION};
use ballast_tests::standard;
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR, Stakes};

#[test]
fn attack_occupy_the_address_of_an_account_to_come() {
    let mut exchange = standard();
    let wallet = exchange.chain.wallet();
    let owner = wallet.pubkey();
    let key = MarginAccountKey { exchange: exchange.address, owner, sub_account: 0 };
    // Too few lamports for an account of this size: creating it naively would fail.
    exchange.chain.set_account(key.address(), system_program::ID, Vec::new());
    let trader = exchange.open_account(&wallet, 0, Mode::Portfolio).expect("the lamports are the owner's now");
    assert_eq!(exchange.account(&trader).version, LAYOUT_VERSION);
    // And an account of the full size is never made longer: a second opening finds it taken.
    let again = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
    exchange.chain.send(&[again], &[&wallet]).expect_err("it is there already");
    assert_eq!(exchange.account(&trader).mode(), Mode::Portfolio);
}

#[test]
fn attack_inflate_a_share_with_tokens_sent_to_a_vault() {
    // Nobody holds shares of a vault: what is sent past the program belongs to nobody.
    let mut exchange = standard();
    let [attacker, honest] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]));
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN / 10);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest]);
    let mut donated = exchange.clone();
    donate(&mut donated, 1_000 * DOLLAR);
    for trader in [&attacker, &honest] {
        assert_eq!(donated.preview(trader), exchange.preview(trader));
    }
    donated.fund(&honest, "USDC", 7);
    donated.deposit(&honest, "USDC", 7).expect("the deposit is accepted");
    assert_eq!(donated.account(&honest).cash, exchange.account(&honest).cash + 7, "the donor's tokens are not counted");
    stakes.assert_no_profit(&exchange);
}

/// Mints tokens straight into the vault of the quote token.
fn donate(exchange: &mut Exchange, amount: u64) {
    let vault = exchange.bank("USDC").vault;
    let mut data = exchange.chain.data(&vault);
    let held = exchange.chain.tokens(&vault);
    data[64..72].copy_from_slice(&(held + amount).to_le_bytes());
    exchange.chain.set_account(vault, SPL_TOKEN, data);
}
