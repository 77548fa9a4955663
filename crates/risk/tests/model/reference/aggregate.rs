//! Groups of markets, requirements and excess.

use super::{Losses, MarketReference, q28, ratio};
use crate::book::{Account, Deposit, Group};

/// What the model makes of an account.
pub struct AccountTotals {
    pub equity: f64,
    pub initial_haircut: f64,
    pub maintenance_haircut: f64,
    pub uncounted_gain: f64,
    pub unwithdrawable: f64,
    /// Isolated, cross, portfolio.
    pub modes: [ModeTotals; 3],
}

/// One mode.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModeTotals {
    pub loss: f64,
    pub initial_requirement: f64,
    pub maintenance_requirement: f64,
    pub initial_excess: f64,
    pub maintenance_excess: f64,
    pub withdrawal_excess: f64,
}

/// M of a group.
pub fn joint_loss(group: Group, members: &[&Vec<Vec<Option<f64>>>]) -> f64 {
    let window = usize::from(group.window);
    let mut worst: f64 = 0.0;
    for row in 0..3 {
        for node in 0..members[0][row].len() {
            if members[0][row][node].is_none() {
                continue;
            }
            let total: f64 = members
                .iter()
                .map(|cells| {
                    let line = &cells[row];
                    let last = (node + window).min(line.len() - 1);
                    let near = line[node.saturating_sub(window)..=last].iter().flatten();
                    let loss = near.fold(f64::NEG_INFINITY, |worst, &loss| worst.max(loss));
                    if loss < 0.0 { loss * ratio(group.gain_allowance) } else { loss }
                })
                .sum();
            worst = worst.max(total);
        }
    }
    worst
}

fn group_loss(group: Group, members: &[&Losses]) -> f64 {
    let cores: Vec<_> = members.iter().map(|losses| &losses.core).collect();
    let mut worst = joint_loss(group, &cores);
    for row in 0..3 {
        for tail in 0..members[0].tails[row].len() {
            let loss = |losses: &&Losses| losses.tails[row][tail].unwrap_or(0.0).max(0.0);
            worst = worst.max(members.iter().map(loss).sum());
        }
    }
    for kind in 0..2 {
        worst = worst.max(members.iter().map(|losses| losses.skew[kind].unwrap_or(0.0)).sum());
    }
    worst.max(members.iter().map(|losses| losses.basis).sum())
}

/// Value and haircuts of a deposit: value, initial haircut, maintenance haircut.
pub fn deposit(deposit: &Deposit) -> (f64, f64, f64) {
    let unit = 10f64.powi(6 - i32::from(deposit.price_decimals) - i32::from(deposit.token_decimals));
    let amount = deposit.amount as f64;
    let hedge = deposit.hedge.min(deposit.amount) as f64;
    let price = deposit.price as f64 * unit;
    let lower = deposit.price.min(deposit.stable_price) as f64 * unit;
    let liquidity = ratio(deposit.liquidity_haircut);
    let exposed = amount - hedge;
    let initial = if deposit.stale {
        amount * price
    } else {
        exposed * (price - lower) + ratio(deposit.initial_haircut) * exposed * lower + liquidity * hedge * price
    };
    let maintenance =
        ratio(deposit.maintenance_haircut) * exposed + ratio(deposit.maintenance_share) * liquidity * hedge;
    (amount * price, initial, maintenance * price)
}

/// The account in all modes, from its markets.
pub fn account(account: &Account, markets: &[MarketReference]) -> AccountTotals {
    let factors = &account.factors;
    let below_peg = (ratio(factors.peg_threshold) - ratio(factors.quote_price)).max(0.0);
    let initial_factor = ratio(factors.initial) + below_peg * q28(factors.peg_factor);
    let maintenance_factor = ratio(factors.maintenance);

    let mut totals = AccountTotals {
        equity: account.cash as f64,
        initial_haircut: 0.0,
        maintenance_haircut: 0.0,
        uncounted_gain: 0.0,
        unwithdrawable: 0.0,
        modes: [ModeTotals::default(); 3],
    };
    for held in &account.collateral {
        let (value, initial, maintenance) = deposit(held);
        totals.equity += value;
        totals.initial_haircut += initial;
        totals.maintenance_haircut += maintenance;
    }
    for (market, reference) in account.markets.iter().zip(markets) {
        let marks = &reference.marks;
        totals.equity += marks.option_value + marks.linear_profit;
        let gain = marks.linear_profit.max(0.0);
        let counted = (gain * ratio(market.gain_weight)).min(market.gain_cap as f64);
        totals.uncounted_gain += gain - counted;
        let covered = market.option_premium.max(0) as f64 + market.vested_option_gain as f64;
        totals.unwithdrawable += counted + (marks.option_value - covered).max(0.0);
    }
    for mode in 0..3 {
        let mut held = 0.0;
        let mut loss = 0.0;
        if mode == 2 {
            for (index, &group) in account.groups.iter().enumerate() {
                let members: Vec<_> = account
                    .markets
                    .iter()
                    .zip(markets)
                    .filter(|(market, _)| usize::from(market.group) == index)
                    .map(|(market, reference)| (ratio(market.maintenance_share), &reference.losses))
                    .collect();
                if members.is_empty() {
                    continue;
                }
                let losses: Vec<_> = members.iter().map(|(_, losses)| *losses).collect();
                let together = group_loss(group, &losses);
                let share = members.iter().fold(0.0, |largest: f64, (share, _)| largest.max(*share));
                let apart: f64 = members.iter().map(|(share, losses)| share * losses.scan).sum();
                loss += together;
                held += maintenance_factor * apart.min(share * together);
            }
        } else {
            for (market, reference) in account.markets.iter().zip(markets) {
                let losses = &reference.losses;
                let one = if mode == 0 { losses.alone.iter().sum() } else { losses.scan };
                loss += one;
                held += maintenance_factor * ratio(market.maintenance_share) * one;
            }
        }
        let charges = |reference: &MarketReference| if mode == 0 { reference.charges_alone } else { reference.charges };
        let on_maintenance: f64 = markets.iter().map(|reference| charges(reference).maintenance()).sum();
        let on_initial: f64 = markets.iter().map(|reference| charges(reference).initial()).sum();
        let initial_requirement = initial_factor * loss + on_maintenance + on_initial;
        let maintenance_requirement = held + on_maintenance;
        let initial_excess = totals.equity - totals.uncounted_gain - totals.initial_haircut - initial_requirement;
        totals.modes[mode] = ModeTotals {
            loss,
            initial_requirement,
            maintenance_requirement,
            initial_excess,
            maintenance_excess: totals.equity - totals.maintenance_haircut - maintenance_requirement,
            withdrawal_excess: initial_excess - totals.unwithdrawable,
        };
    }
    totals
}

/// Value at risk: markets are (delta, gamma, vega, σ, ν), µUSD and per year.
pub fn value_at_risk(
    deviations: f64,
    years: f64,
    markets: &[[f64; 5]],
    correlation: impl Fn(usize, usize) -> f64,
) -> f64 {
    let mut square = 0.0;
    let mut rest = 0.0;
    for (one, &[delta, gamma, vega, volatility, of_volatility]) in markets.iter().enumerate() {
        for (other, market) in markets.iter().enumerate() {
            square += delta * volatility * market[0] * market[3] * correlation(one, other);
        }
        let range = deviations * volatility * years.sqrt();
        rest += 0.5 * (-gamma).max(0.0) * range * range;
        rest += deviations * vega.abs() * of_volatility * years.sqrt();
    }
    deviations * years.sqrt() * square.max(0.0).sqrt() + rest
}
