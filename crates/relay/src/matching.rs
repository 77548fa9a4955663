//! Sends matches.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast_client::{CheckAccounts, MarginAccountKey, Priced, accounts, cost, instructions, oracle};
use ballast_network::{Draft, SendError, View};
use ballast_state::{
    MarginAccount, TradeLeg,
    order::match_legs,
    revaluation::{Moment, Purpose, Sources},
};

use crate::{
    Relay,
    interface::{Fill, FilledLeg, PackageLeg, Problem},
    preview::{self, Foreseen},
    signed::{self, CheckedOrder},
};

/// The instruction that verifies signatures is the transaction's first.
const VERIFICATION: u8 = 0;

/// Why a match came to nothing.
pub(crate) struct NoMatch {
    pub problem: Problem,
    /// Whether the taking order may still be matched with another one.
    pub may_go_on: bool,
}

impl Relay {
    /// Matches two orders for so many packages each.
    pub(crate) async fn fill(
        &self,
        taking: &CheckedOrder,
        resting: &CheckedOrder,
        units: u32,
    ) -> Result<Fill, NoMatch> {
        let view = self.view();
        let legs = match_legs((&taking.order, units), (&resting.order, units))
            .map_err(|refusal| NoMatch { problem: Problem::new("noMatch", refusal.to_string()), may_go_on: true })?;
        let final_problem = |problem| NoMatch { problem, may_go_on: false };
        let taker = signed::account(&view, &taking.order.account).map_err(final_problem)?;
        let maker = signed::account(&view, &resting.order.account).map_err(final_problem)?;
        let list = CheckAccounts::of(&[taker, maker]).touching(taking.order.markets());
        let check = list.metas(&view.snapshot).map_err(|error| Problem::new("unknownBank", error.to_string()));
        let check = check.map_err(final_problem)?;
        let stale = self.stale(&view, &list);
        // What an old price would say is no matter: the match brings a new one.
        if stale.is_empty() {
            self.foresee(&view, &check, &legs, [(taking, taker), (resting, maker)]).await?;
        }
        let (instructions, compute_units) = self.build(&stale, check, (taking, taker), (resting, maker), units);
        let draft = Draft {
            label: "match",
            compute_units,
            instructions,
            signers: &[&self.wallet],
            lookup_tables: &self.target.lookup_tables,
        };
        let landed = self.submitter.send(draft).await.map_err(|error| {
            // The program does not say whose fault it is. Old prices are good enough to tell.
            let moment = view.moment(Purpose::View);
            let found = preview::refusal(&view.snapshot, moment, &legs, [taker, maker]);
            no_match(&error, found.is_some_and(|foreseen| foreseen.is_takers))
        })?;
        let fill = Fill {
            signature: landed.signature.to_string(),
            slot: landed.slot,
            taker: taking.order.account.to_string(),
            maker: resting.order.account.to_string(),
            units,
            legs: legs
                .iter()
                .zip(&taking.order.legs)
                .map(|(leg, wanted)| FilledLeg {
                    leg: PackageLeg { market: leg.market, contract: leg.contract.into(), ratio: wanted.ratio },
                    price: leg.price,
                })
                .collect(),
        };
        self.note(fill.clone(), [taking.order.account, resting.order.account]);
        Ok(fill)
    }

    /// Refuses a match that one of the accounts, the taker's first, could not carry.
    async fn foresee(
        &self,
        view: &View,
        check: &[AccountMeta],
        legs: &[TradeLeg],
        sides: [(&CheckedOrder, &MarginAccount); 2],
    ) -> Result<(), NoMatch> {
        let moment = view.moment(Purpose::Owner);
        if preview::refusal(&view.snapshot, moment, legs, sides.map(|(_, account)| account)).is_none() {
            return Ok(());
        }
        // What is known may be behind a deposit that was just made: only what fails at a fresh look as well is refused.
        let addresses = sides.map(|(order, _)| order.order.account).into_iter().chain(check.iter().map(|it| it.pubkey));
        match self.look_again(view, addresses.collect(), legs, moment).await {
            Some(Foreseen { problem, is_takers }) => {
                metrics::counter!("ballast_relay_foreseen_refusals_total").increment(1);
                Err(NoMatch { problem, may_go_on: !is_takers })
            }
            None => Ok(()),
        }
    }

    /// [`preview::refusal`] with accounts as they are on chain: the taker's, the maker's, then what checks of them read.
    async fn look_again(
        &self,
        view: &View,
        addresses: Vec<Pubkey>,
        legs: &[TradeLeg],
        moment: Moment,
    ) -> Option<Foreseen> {
        let read = self.rpc.accounts(&addresses).await.ok()?;
        let mut snapshot = view.snapshot.clone();
        for (address, data) in addresses.iter().zip(&read).skip(2) {
            snapshot.read(*address, data.as_ref()?).ok()?;
        }
        let account = |place: usize| accounts::read_margin_account(read.get(place)?.as_ref()?).ok();
        let (taker, maker) = (account(0)?, account(1)?);
        preview::refusal(&snapshot, moment, legs, [&taker, &maker])
    }

    fn build(
        &self,
        stale: &[Priced],
        check: Vec<AccountMeta>,
        (taking, taker): (&CheckedOrder, &MarginAccount),
        (resting, maker): (&CheckedOrder, &MarginAccount),
        units: u32,
    ) -> (Vec<Instruction>, u32) {
        let [verify, matched] = instructions::match_signed_orders(
            VERIFICATION,
            (&MarginAccountKey::of(taker), &taking.signed, units),
            (&MarginAccountKey::of(maker), &resting.signed, units),
            check,
        );
        let mut compute_units = cost::match_orders([taker, maker], taking.order.legs.len());
        let mut built = vec![verify];
        if !stale.is_empty() {
            compute_units = compute_units.saturating_add(cost::refresh(stale.len())).min(cost::MOST);
            built.push(instructions::refresh(self.target.exchange, stale, true));
        }
        built.push(matched);
        (built, compute_units)
    }

    /// What a check reads of markets and banks whose price is old.
    fn stale(&self, view: &View, list: &CheckAccounts) -> Vec<Priced> {
        let oldest = view.now.saturating_sub(self.settings.oldest_price_seconds);
        let snapshot = &view.snapshot;
        let (markets, banks) = list.sources(snapshot);
        let markets = markets.into_iter().filter_map(|number| snapshot.market(number));
        let markets = markets
            .filter(|market| market.publish_time < oldest)
            .map(|market| oracle::priced_market(snapshot.market_address(market.number), market));
        let banks =
            banks.into_iter().filter_map(|number| Some((snapshot.bank_address(number)?, snapshot.bank(number)?)));
        let banks = banks
            .filter(|(_, bank)| bank.publish_time < oldest)
            .map(|(address, bank)| oracle::priced_bank(address, bank));
        markets.chain(banks).collect()
    }
}

/// Why nothing was matched, and whether the taker's account is known to be at fault.
fn no_match(error: &SendError, is_takers: bool) -> NoMatch {
    match error {
        SendError::Refused(refusal) => NoMatch {
            problem: Problem::new(&refusal.name, refusal.details.join("; ")),
            // Asking once more costs nothing: refusals are found by simulation.
            may_go_on: !is_takers,
        },
        SendError::Expired(_) => {
            NoMatch { problem: Problem::new(Problem::NOT_CONFIRMED, error.to_string()), may_go_on: false }
        }
        _ => NoMatch { problem: Problem::new(Problem::UNREACHABLE, error.to_string()), may_go_on: false },
    }
}
