//! Actions: what a sequence is made of. An action is data: it can be drawn, written down, sent again and left out.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_harness::{Exchange, Outcome};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{
    actions::{
        account::AccountAction, bankruptcy::BankruptcyAction, closing::ClosingAction, collateral::CollateralAction,
        expiry::ExpiryAction, lending::LendingAction, liquidation::Liquidate, listing::ListingAction,
        oracle::OracleAction, ordering::OrderAction, publication::PublicationAction, settlement::SettlePnl,
        staking::StakingAction, sweeping::CollectFees, trading::Trade,
    },
    cast::Cast,
    ledger::Ledger,
    state::State,
    twist::Twist,
};

/// One step of a sequence: an action, and what an attacker or a mistake changes in its transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twist: Option<Twist>,
}

/// Everything that can happen, one family a file in `actions/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Deposits and withdrawals.
    Collateral(CollateralAction),
    /// Opening, closing and changing accounts.
    Account(AccountAction),
    /// Trades.
    Trade(Trade),
    /// Signed orders.
    Order(OrderAction),
    /// Settling profit and loss.
    SettlePnl(SettlePnl),
    /// Settling and removing expiries.
    Expiry(ExpiryAction),
    /// Liquidations.
    Liquidate(Liquidate),
    /// The lending pool.
    Lending(LendingAction),
    /// Stakes in the insurance fund.
    Staking(StakingAction),
    /// Fees into the insurance fund.
    CollectFees(CollectFees),
    /// Bankrupt accounts.
    Bankruptcy(BankruptcyAction),
    /// Time, oracles and refreshes.
    Oracle(OracleAction),
    /// Surfaces and bases.
    Publication(PublicationAction),
    /// Listing of expiries and series.
    Listing(ListingAction),
    /// The end of markets and banks.
    Closing(ClosingAction),
}

/// A family of actions that is drawn.
pub struct Family {
    /// How often it is drawn, relative to the others.
    pub weight: u64,
    /// Draws one or more actions that belong together, in the light of what there is.
    pub propose: fn(&mut Dice, &Cast, &State, &Ledger) -> Vec<Action>,
}

/// The families. A new one is a line here, a variant of [`Action`] with its line in [`Action::act`], and a file.
pub const FAMILIES: [Family; 15] = [
    Family { weight: 8, propose: super::actions::collateral::propose },
    Family { weight: 8, propose: super::actions::account::propose },
    Family { weight: 34, propose: super::actions::trading::propose },
    Family { weight: 8, propose: super::actions::ordering::propose },
    Family { weight: 10, propose: super::actions::settlement::propose },
    Family { weight: 5, propose: super::actions::expiry::propose },
    Family { weight: 22, propose: super::actions::liquidation::propose },
    Family { weight: 8, propose: super::actions::lending::propose },
    Family { weight: 5, propose: super::actions::staking::propose },
    Family { weight: 6, propose: super::actions::bankruptcy::propose },
    Family { weight: 2, propose: super::actions::sweeping::propose },
    Family { weight: 7, propose: super::actions::oracle::propose },
    Family { weight: 1, propose: super::actions::publication::propose },
    Family { weight: 2, propose: super::actions::listing::propose },
    Family { weight: 2, propose: super::actions::closing::propose },
];

/// What every action knows about itself.
pub trait Act {
    /// What it is counted as.
    fn name(&self) -> &'static str;

    /// The instructions that it sends, in one transaction; none if it happens outside the program.
    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction>;

    /// What happens outside the program: time passes, an oracle speaks.
    fn happen(&self, _cast: &Cast, _exchange: &mut Exchange) {}

    /// Enters an accepted action into the ledger, from its arguments and events alone.
    fn book(&self, _ledger: &mut Ledger, _done: &Done) {}

    /// Asserts what must hold of an accepted action beside the books. The ledger is as it was before the action.
    fn verify(&self, _ledger: &Ledger, _done: &Done) {}

    /// The accounts whose margin it changes.
    fn accounts(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// An action that was accepted.
pub struct Done<'a> {
    /// The cast.
    pub cast: &'a Cast,
    /// What there was before.
    pub before: &'a State,
    /// What there was after.
    pub after: &'a State,
    /// Logs and events.
    pub outcome: &'a Outcome,
}

impl Action {
    /// What the action knows about itself.
    pub fn act(&self) -> &dyn Act {
        match self {
            Self::Collateral(action) => action,
            Self::Account(action) => action,
            Self::Trade(action) => action,
            Self::Order(action) => action,
            Self::SettlePnl(action) => action,
            Self::Expiry(action) => action,
            Self::Liquidate(action) => action,
            Self::Lending(action) => action,
            Self::Staking(action) => action,
            Self::Bankruptcy(action) => action,
            Self::CollectFees(action) => action,
            Self::Oracle(action) => action,
            Self::Publication(action) => action,
            Self::Listing(action) => action,
            Self::Closing(action) => action,
        }
    }
}
