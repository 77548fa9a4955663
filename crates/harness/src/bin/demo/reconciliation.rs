//! Section 5: the books balance to the unit.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use ballast::events::PnlSettled;
use ballast_harness::Trader;
use ballast_state::PositionKind;
use serde::Serialize;

use crate::{
    figures::{self, Money},
    screen::{Cell, GOOD, STRONG, Screen, Table},
    stage::Stage,
};

/// What the books say.
#[derive(Serialize)]
pub struct Reconciliation {
    accounts: usize,
    vault: Money,
    cash: Money,
    pools: Money,
    insurance: Money,
    contracts: Vec<MarketQuantities>,
}

#[derive(Serialize)]
struct MarketQuantities {
    market: String,
    contracts: usize,
    positions: usize,
    long_lots: i64,
    short_lots: i64,
    quantity_decimals: u8,
}

/// Settles a loss, then counts.
///
/// # Errors
/// If the program refuses the settlement, or the books do not balance.
pub fn show(screen: &Screen, stage: &mut Stage, account: &Trader) -> anyhow::Result<Reconciliation> {
    screen.heading(5, "The books");
    let settled: PnlSettled = stage
        .exchange
        .settle_pnl(account, "BTC", PositionKind::Perpetual, 0)
        .context("the program should settle the loss")?
        .event();
    screen.say(&format!(
        "Anyone may settle profit and loss: the account of the crash pays its {} USD of loss on the perpetual into the \
         market's pool, from which gains are paid.",
        Money(-settled.settled)
    ));
    screen.blank();

    // Panics unless every vault, contract and counter adds up; the rest only shows the same sums.
    stage.exchange.assert_books_balance();
    let reconciliation = count(stage)?;
    let Reconciliation { accounts, vault, cash, pools, insurance, contracts } = &reconciliation;
    let mut table = Table::default();
    table.row([Cell::new(format!("cash of {accounts} accounts")), Cell::new(cash.exact())]);
    table.row([Cell::new("pools of losses paid in"), Cell::new(pools.exact())]);
    table.row([Cell::new("insurance fund"), Cell::new(insurance.exact())]);
    table.row([Cell::styled("tokens in the USDC vault", STRONG), Cell::styled(vault.exact(), STRONG)]);
    table.print(screen);
    let difference = vault.0 - cash.0 - pools.0 - insurance.0;
    ensure!(difference == 0, "the vault and the books differ by {difference} µUSD");
    screen.blank();
    screen.line(&format!("  {GOOD}Difference: {difference} µUSD.{GOOD:#}"));
    screen.blank();

    let mut table = Table::default();
    table.titles(&["market", "contracts held", "positions", "long", "short", "sum"]);
    for market in contracts {
        let quantity = |lots| figures::quantity(lots, market.quantity_decimals);
        table.row([
            Cell::new(&market.market),
            Cell::new(market.contracts.to_string()),
            Cell::new(market.positions.to_string()),
            Cell::new(quantity(market.long_lots)),
            Cell::new(quantity(market.short_lots)),
            Cell::styled(quantity(market.long_lots + market.short_lots), GOOD),
        ]);
    }
    table.print(screen);
    screen.blank();
    screen.say("In every single contract, long and short quantities sum to zero.");
    Ok(reconciliation)
}

fn count(stage: &Stage) -> anyhow::Result<Reconciliation> {
    let exchange = &stage.exchange;
    let books = exchange.books();
    let bank = exchange.bank("USDC");
    let cash = books.accounts.iter().map(|(_, account)| account.cash).sum();
    let pools: u64 = books
        .markets
        .iter()
        .map(|market| market.perpetual_pool + market.expiries.iter().map(|expiry| expiry.pool).sum::<u64>())
        .sum();
    let money = |amount: u64| i64::try_from(amount).map(Money).context("the amount fits");
    let contracts = ["BTC", "ETH", "SOL"].map(|name| {
        let underlying = exchange.underlying(name);
        // By contract: long and short lots.
        let mut sides: BTreeMap<(u8, u32), (i64, i64)> = BTreeMap::new();
        let mut positions = 0;
        for (_, account) in &books.accounts {
            let Some(slot) = account.market_slot(underlying.number) else { continue };
            for position in account.positions().iter().filter(|position| usize::from(position.market_slot) == slot) {
                let side = sides.entry((position.kind, position.number)).or_default();
                side.0 += position.quantity.max(0);
                side.1 += position.quantity.min(0);
                positions += 1;
            }
        }
        let (long, short) = sides.values().fold((0, 0), |sum, side| (sum.0 + side.0, sum.1 + side.1));
        MarketQuantities {
            market: name.to_owned(),
            contracts: sides.len(),
            positions,
            long_lots: long,
            short_lots: short,
            quantity_decimals: underlying.quantity_decimals,
        }
    });
    Ok(Reconciliation {
        accounts: books.accounts.len(),
        vault: money(exchange.chain.tokens(&bank.vault))?,
        cash: Money(cash),
        pools: money(pools)?,
        insurance: money(bank.insurance)?,
        contracts: contracts.into(),
    })
}
