//! Stakes in the insurance fund.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::instructions;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{oracle::OracleAction, pick_account, withdrawal_after};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Ledger, Stake},
    state::State,
};

/// Least value of the protocol's own shares, µUSD.
const PROTOCOL_MINIMUM: i128 = 1_000_000;

/// What an owner does with his stake, with the cash of one of his accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum StakingAction {
    /// Opens it.
    Open { account: u8 },
    /// Closes it.
    Close { account: u8 },
    /// Stakes cash.
    Stake { account: u8, amount: u64 },
    /// Gives notice.
    Request { account: u8, shares: u64 },
    /// Leaves.
    Unstake { account: u8 },
}

use StakingAction::{Close, Open, Request, Stake as StakeCash, Unstake};

/// Draws a change; owners without a stake mostly open one.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let account = pick_account(dice, cast, state);
    let Some(stake) = ledger.stakes.get(&cast.key(account).owner) else {
        return vec![Action::Staking(if dice.once_in(10) { Unstake { account } } else { Open { account } })];
    };
    let shares = u64::try_from(stake.shares).unwrap_or(0);
    let excess = state.account(&cast.address(account)).and_then(|it| state.withdrawal_excess(it).ok());
    let excess = excess.map_or(0, |excess| u64::try_from(excess.0).unwrap_or(0));
    let action = match dice.roll(9) {
        0 => Close { account },
        1 => Open { account },
        2 => Request { account, shares: dice.amount(shares.max(1_000)) },
        3 => Unstake { account },
        4..=6 if shares > 0 => {
            let request = Request { account, shares: shares.saturating_sub(dice.roll(2)) };
            return leave(dice, state, request);
        }
        _ => StakeCash { account, amount: dice.amount((excess / 4).max(1_000)) },
    };
    vec![Action::Staking(action)]
}

/// Notice, and often the wait for the end of the cool-down, rarely for the end of the notice, and the way out.
fn leave(dice: &mut Dice, state: &State, request: StakingAction) -> Vec<Action> {
    let account = request.account();
    let mut actions = vec![Action::Staking(request)];
    if dice.once_in(2) {
        let cooldown = state.snapshot.exchange.parameters.stake_cooldown_seconds;
        let seconds = if dice.once_in(8) { 2 * cooldown + 1 } else { cooldown + dice.roll(1_000) as u32 };
        actions.push(Action::Oracle(OracleAction::Pass { seconds, slots: seconds }));
        actions.push(Action::Staking(Unstake { account }));
    }
    actions
}

impl StakingAction {
    fn account(&self) -> u8 {
        let (Open { account }
        | Close { account }
        | StakeCash { account, .. }
        | Request { account, .. }
        | Unstake { account }) = self;
        *account
    }
}

impl Act for StakingAction {
    fn name(&self) -> &'static str {
        match self {
            Open { .. } => "open_stake",
            Close { .. } => "close_stake",
            StakeCash { .. } => "stake",
            Request { .. } => "request_unstake",
            Unstake { .. } => "unstake",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let (key, quote, exchange) = (cast.key(self.account()), cast.quote(), cast.exchange);
        vec![match *self {
            Open { .. } => instructions::open_stake(exchange, key.owner, cast.payer),
            Close { .. } => instructions::close_stake(exchange, key.owner, &quote, key.owner),
            StakeCash { account, amount } => {
                instructions::stake(key, &quote, amount, state.check(cast, &[account], []))
            }
            Request { shares, .. } => instructions::request_unstake(exchange, key.owner, &quote, shares),
            Unstake { .. } => instructions::unstake(key, &quote),
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let key = done.cast.key(self.account());
        let (owner, address, epoch) = (key.owner, key.address(), ledger.fund_epoch);
        match *self {
            Open { .. } => {
                let known = ledger.stakes.insert(owner, Stake::default());
                assert!(known.is_none(), "stake: opened twice");
            }
            Close { .. } => {
                let mut closed = ledger.stakes.remove(&owner).expect("ledger: the stake is open");
                closed.bring_to(epoch);
                assert_eq!(closed.shares, 0, "stake: closed with shares");
            }
            StakeCash { amount, .. } => {
                let amount = i128::from(amount);
                let books = ledger.account(&address);
                books.cash -= amount;
                assert!(books.cash >= 0, "stake: more was staked than held");
                let mut priced = amount;
                if ledger.fund_shares == 0 {
                    let made_up = (PROTOCOL_MINIMUM - ledger.insurance).max(0);
                    priced -= made_up;
                    ledger.insurance += made_up;
                    ledger.fund_shares = ledger.insurance;
                }
                let bought = priced * ledger.fund_shares / ledger.insurance;
                assert!(bought > 0, "stake: {bought} shares were bought");
                ledger.insurance += priced;
                ledger.fund_shares += bought;
                let stake = ledger.stakes.get_mut(&owner).expect("ledger: the stake is open");
                stake.bring_to(epoch);
                stake.shares += bought;
            }
            Request { shares, .. } => {
                let stake = ledger.stakes.get_mut(&owner).expect("ledger: the stake is open");
                stake.bring_to(epoch);
                assert!((1..=stake.shares).contains(&i128::from(shares)), "stake: notice for shares not held");
                (stake.requested, stake.requested_at) = (shares.into(), done.before.now);
            }
            Unstake { .. } => {
                let open = ledger.accounts.values().filter(|account| account.is_bankrupt).count();
                assert_eq!(open, 0, "stake: somebody left while a bankruptcy was open");
                let stake = ledger.stakes.get_mut(&owner).expect("ledger: the stake is open");
                stake.bring_to(epoch);
                let cooldown = i64::from(done.before.snapshot.exchange.parameters.stake_cooldown_seconds);
                let waited = done.before.now - stake.requested_at;
                assert!((cooldown..=2 * cooldown).contains(&waited), "stake: left {waited} seconds after the notice");
                let leaving = std::mem::take(&mut stake.requested);
                assert!(leaving > 0, "stake: left without notice");
                stake.shares -= leaving;
                let paid = leaving * ledger.insurance / ledger.fund_shares;
                ledger.insurance -= paid;
                ledger.fund_shares -= leaving;
                ledger.account(&address).cash += paid;
            }
        }
    }

    fn verify(&self, _: &Ledger, done: &Done) {
        let StakeCash { account, .. } = *self else { return };
        let address = done.cast.address(account);
        let after = done.after.account(&address).expect("the account is open");
        if after.position_count > 0 || after.debt > 0 {
            let excess = withdrawal_after(done, &address);
            assert!(excess >= 0, "stake: withdrawal excess {excess} µUSD afterwards");
        }
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.account()]
    }
}
