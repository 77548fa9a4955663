//! Section 3: a trade that the program refuses, and one of the same size that it accepts.

use anyhow::{Context, bail, ensure};
use ballast::{TradeLeg, events::Traded};
use ballast_harness::{Exchange, Refusal, Trader};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use serde::Serialize;

use crate::{
    figures::Money,
    screen::{BAD, FAINT, GOOD, Screen},
    stage::{Stage, USDC},
};

/// What a line of the program's own starts with in a transaction's log.
const PROGRAM_LOG: &str = "Program log: ";

/// A refusal in the program's words.
#[derive(Serialize)]
pub struct RefusedTrade {
    code: u32,
    message: String,
    logged: Vec<String>,
    accounts_compared: usize,
    accepted_with_wings: AcceptedTrade,
}

#[derive(Serialize)]
struct AcceptedTrade {
    initial_excess: Money,
}

/// Has a trade refused.
///
/// # Errors
/// If the program accepts it, changes anything, or refuses what it should accept.
pub fn show(screen: &Screen, stage: &mut Stage) -> anyhow::Result<RefusedTrade> {
    screen.heading(3, "A trade that is refused");
    screen.say(
        "An account with 4,000 USDC wants to sell 10 ETH straddles at 4,000 without anything behind them, at the mark.",
    );
    let trader = stage.exchange.trader(Mode::Portfolio, &[("USDC", 4_000 * USDC)]);
    let naked = straddles(stage, &[]);
    let before = contents(&stage.exchange);
    let maker = stage.maker.clone();
    let Err(refusal) = stage.exchange.trade(&trader, &maker, &naked) else {
        bail!("the program accepted ten naked straddles on 4,000 USDC");
    };
    let after = contents(&stage.exchange);
    ensure!(before == after, "a refused trade changed an account");
    let code = refusal.code.with_context(|| format!("the refusal has no code of the program: {refusal}"))?;
    let (message, logged) = reason(&refusal);

    screen.blank();
    screen.quote(&format!("Refused with error {code}: {message}."), BAD);
    for line in &logged {
        screen.quote(&format!("The program logged: {line}"), FAINT);
    }
    screen.quote("(A µUSD is a millionth of a dollar.)", FAINT);
    screen.blank();
    let compared = before.len();
    screen.say(&format!("Nothing changed: all {compared} accounts of the program hold the same bytes as before."));

    let (wings, accepted) = with_wings(stage, &trader)?;
    screen.say(&format!(
        "The same ten straddles together with bought options at {wings} as one trade of four legs: the loss is \
         limited, and the same account may trade."
    ));
    screen.blank();
    let excess = accepted.initial_excess;
    screen.quote(&format!("Accepted. Initial excess afterwards: {excess} USD."), GOOD);
    Ok(RefusedTrade { code, message, logged, accounts_compared: compared, accepted_with_wings: accepted })
}

fn with_wings(stage: &mut Stage, trader: &Trader) -> anyhow::Result<(&'static str, AcceptedTrade)> {
    let legs = straddles(stage, &[(3_600, OptionKind::Put), (4_400, OptionKind::Call)]);
    let traded: Traded = stage.trade(trader, &legs, "straddles with wings")?.event();
    Ok(("3,600 and 4,400", AcceptedTrade { initial_excess: Money(traded.first_initial_excess) }))
}

/// Ten short ETH straddles at 4,000, and as many of each option in `bought`.
fn straddles(stage: &Stage, bought: &[(u64, OptionKind)]) -> Vec<TradeLeg> {
    let exchange = &stage.exchange;
    let lots = exchange.underlying("ETH").lots(10);
    let leg = |strike, kind, lots| {
        let contract: Contract = exchange.option(&stage.eth, strike, kind);
        exchange.leg_at_mark("ETH", contract, lots)
    };
    let mut legs = vec![leg(4_000, OptionKind::Call, -lots), leg(4_000, OptionKind::Put, -lots)];
    legs.extend(bought.iter().map(|&(strike, kind)| leg(strike, kind, lots)));
    legs
}

/// Address and bytes of every account of the program.
fn contents(exchange: &Exchange) -> Vec<(String, Vec<u8>)> {
    let accounts = exchange.chain.program_accounts();
    accounts.into_iter().map(|(address, account)| (address.to_string(), account.data)).collect()
}

/// The error's message, and what else the program logged about it.
fn reason(refusal: &Refusal) -> (String, Vec<String>) {
    let mut message = String::new();
    let mut logged = Vec::new();
    for line in refusal.logs.iter().filter_map(|line| line.strip_prefix(PROGRAM_LOG)) {
        if let Some((_, text)) = line.split_once("Error Message: ") {
            message = text.trim_end_matches('.').to_owned();
        } else if !line.starts_with("Instruction: ") {
            logged.push(line.to_owned());
        }
    }
    (message, logged)
}
