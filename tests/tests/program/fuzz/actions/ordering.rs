//! Trades by signed orders: the same books as a trade that both owners sign, but for who sends it.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::events::OrderFilled;
use ballast_client::{MatchedOrder, OrderSource, accounts, instructions};
use ballast_harness::ordering::sign;
use ballast_state::{Order, OrderLeg, OrderRole, seeds};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{
    pick_account,
    trading::{self, Trade},
};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::Ledger,
    state::State,
};

/// Where the Ed25519 instruction stands, behind the compute budget's and the match, which twists change.
const SIGNATURES: u8 = 2;

/// What becomes of orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OrderAction {
    /// Opens an account's order records.
    Open { account: u8 },
    /// Matches two orders for a trade, the first account's taking, for one package of so many.
    Match { trade: Trade, size: u32, nonces: [u64; 2], reduce_only: bool },
}

use OrderAction::{Match, Open};

/// Draws a match: of a trade that could be one; where records are missing, they are opened.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let drawn = trading::propose(dice, cast, state, ledger);
    let Some(Action::Trade(mut trade)) = drawn.first().cloned() else { return drawn };
    trade.legs.sort_by_key(|leg| (leg.market, leg.kind, leg.slot, leg.number));
    trade.legs.dedup_by_key(|leg| (leg.market, leg.kind, leg.slot, leg.number));
    let size = 1 + dice.roll(3) as u32;
    let nonces = [dice.roll(1 << 20), dice.roll(1 << 20)];
    let mut actions: Vec<Action> = [trade.first, trade.second]
        .into_iter()
        .filter(|account| state.data(&seeds::order_records(&cast.address(*account)).0).is_none())
        .map(|account| Action::Order(Open { account }))
        .collect();
    if dice.once_in(50) {
        actions.push(Action::Order(Open { account: pick_account(dice, cast, state) }));
    }
    let matching = Match { trade, size, nonces, reduce_only: dice.once_in(12) };
    // What no message can say is left to the trades.
    if matching.orders(cast, state).is_some() {
        actions.push(Action::Order(matching));
    }
    if actions.is_empty() { drawn } else { actions }
}

impl OrderAction {
    /// The two messages, if there are such orders.
    fn orders(&self, cast: &Cast, state: &State) -> Option<[(Order, Vec<u8>); 2]> {
        let Match { trade, size, nonces, reduce_only } = self else { return None };
        let mut legs = Vec::new();
        for leg in &trade.legs {
            let ratio = i32::try_from(leg.quantity).ok()?;
            legs.push(OrderLeg { market: leg.market, contract: leg.contract(), ratio, price: leg.price });
        }
        let order = |account: u8, nonce, role, sign: i32| {
            let address = cast.address(account);
            let records = state.data(&seeds::order_records(&address).0);
            let records = records.map(|data| accounts::read_order_records(data).expect("records can be read"));
            let legs = legs.iter().map(|leg| OrderLeg { ratio: leg.ratio.wrapping_mul(sign), ..*leg }).collect();
            let order = Order {
                domain: records.map_or([0; 16], |records| records.domain),
                exchange: cast.exchange,
                account: address,
                nonce,
                expires_at: state.now + 60,
                maximum_fee: u64::MAX,
                size: *size,
                minimum_fill: 1,
                role,
                is_reduce_only: *reduce_only,
                claims_rebates: trade.claims_rebates,
                counterparty: None,
                net_limit: None,
                legs,
            };
            let message = order.encode().ok()?;
            Some((order, message))
        };
        let taking = order(trade.first, nonces[0], OrderRole::Taking, 1)?;
        Some([taking, order(trade.second, nonces[1], OrderRole::Resting, -1)?])
    }
}

impl Act for OrderAction {
    fn name(&self) -> &'static str {
        match self {
            Open { .. } => "open_order_records",
            Match { .. } => "match_orders",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let Match { trade, .. } = self else {
            let Open { account } = *self else { return Vec::new() };
            return vec![instructions::open_order_records(cast.key(account), cast.payer)];
        };
        // A replayed sequence may name what was listed then and is not now: there is always a message.
        let Some(orders) = self.orders(cast, state) else { return Vec::new() };
        let accounts = [trade.first, trade.second];
        let signed: Vec<_> = accounts
            .iter()
            .zip(&orders)
            .map(|(&account, (order, _))| {
                let owner = cast.key(account).owner;
                let wallet = cast.wallets.iter().find(|wallet| solana_signer::Signer::pubkey(wallet) == owner);
                sign(wallet.expect("every owner has a wallet"), order)
            })
            .collect();
        let side = |place: u8| MatchedOrder {
            account: *cast.key(accounts[usize::from(place)]),
            units: 1,
            source: OrderSource::Signature { instruction: SIGNATURES, index: place },
        };
        let check = state.check(cast, &accounts, trade.legs.iter().map(|leg| leg.market));
        let matching = instructions::match_orders(&side(0), &side(1), check);
        vec![matching, instructions::verify_signatures(&[&signed[0], &signed[1]])]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        if let Match { trade, .. } = self {
            trade.book(ledger, done);
        }
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        let Match { trade, size, reduce_only, .. } = self else { return };
        trade.verify(ledger, done);
        let filled: Vec<OrderFilled> = done.outcome.events();
        assert_eq!(filled.len(), 2, "orders: an event for each");
        for order in filled {
            assert!(
                order.filled == order.filled_before + 1 && order.filled <= *size,
                "orders: filled beyond their size"
            );
        }
        let [first, second] = [trade.first, trade.second].map(|account| done.cast.key(account).owner);
        assert!(first != second, "orders: of one owner");
        if *reduce_only {
            for account in [trade.first, trade.second] {
                let lots = |state: &State, leg: &trading::Leg| {
                    let account = state.account(&done.cast.address(account)).expect("the account is open");
                    account.quantity_of(leg.market, leg.contract_kind(), leg.number)
                };
                for leg in &trade.legs {
                    let (before, after) = (lots(done.before, leg), lots(done.after, leg));
                    assert!(after.abs() < before.abs() && after.signum() != -before.signum(), "orders: not reduced");
                }
            }
        }
    }

    fn accounts(&self) -> Vec<u8> {
        match self {
            Match { trade, .. } => trade.accounts(),
            Open { .. } => Vec::new(),
        }
    }
}
