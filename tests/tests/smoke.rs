//! The network's own runtime (solana-program-test) agrees with LiteSVM: the same transactions on the same accounts, with
//! the same image, leave the same bytes and use the same compute units.
//!
//! Everything else is tested in LiteSVM alone, which is much faster.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use ballast_client::{CheckAccounts, accounts, instructions};
use ballast_harness::{
    Exchange, Wallet, oracle,
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::standard;
use solana_program_test::{ProgramTest, ProgramTestContext, tokio};

/// The loader of programs that can be upgraded.
const LOADER: Pubkey = anchor_lang::pubkey!("BPFLoaderUpgradeab1e11111111111111111111111");

/// Both chains.
struct Both {
    exchange: Exchange,
    context: ProgramTestContext,
}

impl Both {
    /// Copies everything into the network's runtime: the image, wallets, tokens, price accounts and the exchange.
    async fn start(exchange: Exchange) -> Self {
        let mut network = ProgramTest::default();
        for owner in [ballast::ID, SPL_TOKEN, TOKEN_2022, oracle::RECEIVER, system_program::ID] {
            for (address, account) in exchange.chain.accounts_of(&owner) {
                network.add_account(address, account);
            }
        }
        let data = Pubkey::find_program_address(&[ballast::ID.as_ref()], &LOADER).0;
        for address in [ballast::ID, data] {
            let mut account = exchange.chain.account(&address).expect("the program is loaded");
            if address == data {
                // The slot of the deployment: LiteSVM starts where mainnet is, this network at zero.
                account.data[4..12].fill(0);
            }
            network.add_account(address, account);
        }
        let context = network.start_with_context().await;
        let (now, slot) = (exchange.chain.now(), exchange.chain.slot());
        let mut clock: solana_clock::Clock = context.banks_client.get_sysvar().await.expect("the network has a clock");
        (clock.unix_timestamp, clock.slot) = (now, slot);
        context.set_sysvar(&clock);
        Self { exchange, context }
    }

    /// Sends a transaction to both and compares what comes of it. Returns the compute units in LiteSVM and in the
    /// network's runtime.
    async fn send(&mut self, instruction: Instruction, signers: &[&Wallet]) -> (u64, u64) {
        let blockhash = self.context.get_new_latest_blockhash().await.expect("the network has a blockhash");
        let instructions = std::slice::from_ref(&instruction);
        let chain = &mut self.exchange.chain;
        let outcome = chain.send(instructions, signers).expect("LiteSVM accepts the transaction");
        let (transaction, _) = chain.signed(&with_limit(instructions), signers, blockhash);
        let client = &mut self.context.banks_client;
        let result = client.process_transaction_with_metadata(transaction).await.expect("the network answers");
        let metadata = result.metadata.expect("the network reports");
        result.result.unwrap_or_else(|error| panic!("the network refuses: {error}: {:#?}", metadata.log_messages));
        let returned = metadata.return_data.map(|data| data.data).unwrap_or_default();
        assert_eq!(returned, outcome.return_data);
        for (address, account) in self.exchange.chain.accounts_of(&ballast::ID) {
            let other = client.get_account(address).await.expect("the network answers").expect("the account exists");
            assert!(other.data == account.data, "account {address} differs");
        }
        (outcome.compute_units, metadata.compute_units_consumed)
    }
}

/// The compute budget instruction that the harness puts before everything.
fn with_limit(instructions: &[Instruction]) -> Vec<Instruction> {
    let limit = ballast_harness::chain::COMPUTE_LIMIT.to_le_bytes();
    let program_id = anchor_lang::pubkey!("ComputeBudget111111111111111111111111111111");
    let mut all = vec![Instruction { program_id, accounts: Vec::new(), data: [&[2][..], &limit].concat() }];
    all.extend_from_slice(instructions);
    all
}

#[tokio::test]
async fn the_networks_runtime_agrees_with_litesvm() {
    let mut exchange = standard();
    let dollars = 100_000_000_000;
    let first = exchange.trader(Mode::Portfolio, &[("USDC", dollars), ("BTC", 100_000_000)]);
    let second = exchange.trader(Mode::Portfolio, &[("USDC", dollars)]);
    exchange.fund(&first, "PYUSD", 1_000);
    exchange.fund(&first, "USDC", 1_000);
    let expiry = exchange.list_chain("BTC", 30, &[90_000, 110_000]);
    let call = exchange.option(&expiry, 110_000, OptionKind::Call);
    let put = exchange.option(&expiry, 90_000, OptionKind::Put);
    let legs = [
        exchange.leg_at_mark("BTC", Contract::PERPETUAL, 50_000),
        exchange.leg_at_mark("BTC", expiry.future(), -50_000),
        exchange.leg_at_mark("BTC", call, -100_000),
        exchange.leg_at_mark("BTC", put, 100_000),
    ];
    let mut both = Both::start(exchange).await;

    // The two ship different builds of the token programs, and with them what a transfer costs.
    for bank in ["USDC", "PYUSD"] {
        let (token, source) = both.exchange.wallet_account(&first, bank);
        both.send(instructions::deposit(&first.key, &token, source, 1_000), &[&first.wallet]).await;
    }
    let mut units = Vec::new();
    let refresh = instructions::refresh(both.exchange.address, &both.exchange.priced(), false);
    units.push(both.send(refresh, &[]).await);
    let check = both.exchange.trade_check(&first, &second, &legs);
    let trade = instructions::trade(&first.key, &second.key, legs.to_vec(), check);
    units.push(both.send(trade, &[&first.wallet, &second.wallet]).await);
    let assess = instructions::assess(both.exchange.address, first.address(), both.exchange.check_of(&first));
    units.push(both.send(assess, &[]).await);
    let set_mode = instructions::set_mode(&first.key, Mode::Cross, both.exchange.check_of(&first));
    units.push(both.send(set_mode, &[&first.wallet]).await);
    for (litesvm, network) in units {
        assert_eq!(litesvm, network, "compute units");
    }
    let (token, destination) = both.exchange.wallet_account(&first, "USDC");
    let account = accounts::read_margin_account(&both.exchange.chain.data(&first.address())).expect("it can be read");
    let check = both.exchange.check(CheckAccounts::of(&[&account]));
    both.send(instructions::withdraw(&first.key, &token, destination, 500, check), &[&first.wallet]).await;
    both.exchange.assert_books_balance();
}
