//! Orders that come in: taken quotes, orders that meet the book, orders that rest.

use std::{collections::HashSet, time::Duration};

use ballast_state::OrderRole;
use tokio::time::{Instant, timeout_at};

use crate::{
    Relay,
    book::Search,
    interface::{Fill, OrderOutcome, OrderStatus, OrderSubmission, Problem, RelayMessage, RestingOrder, SignedMessage},
    limits::Counted,
    requests::net_cost,
    signed::{self, CheckedOrder},
};

/// Matches that are tried for one taking order at most.
const MOST_MATCHES: usize = 16;
/// How long a taking order waits for what is being matched with others.
const PATIENCE: Duration = Duration::from_secs(15);

/// Packages of a resting order that nobody else is matched with; they come back when this is dropped.
struct Reservation<'a> {
    relay: &'a Relay,
    order: CheckedOrder,
    units: u32,
    is_filled: bool,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let left = self.relay.book().release(&self.order.id, self.units, self.is_filled);
        if self.is_filled {
            self.relay.tell_of(&self.order, left);
        }
        self.relay.releases.send_modify(|count| *count += 1);
    }
}

impl Relay {
    /// Takes an order in.
    pub(crate) async fn submit(&self, submission: &OrderSubmission) -> Result<OrderOutcome, Problem> {
        let view = self.view();
        let order = CheckedOrder::read(&view, &submission.message, &submission.signer, &submission.signature)?;
        self.limits.count(Counted::Orders(order.order.account))?;
        let alternative = submission.otherwise.as_ref().map(|otherwise| self.alternative(&order, otherwise));
        let alternative = alternative.transpose()?;
        signed::require_expiry(&order.order, view.now, self.settings.longest_order_seconds)?;
        let left = signed::left(&self.rpc, &order, view.now).await?;
        metrics::counter!("ballast_relay_orders_total").increment(1);
        match (&submission.quote, order.order.role) {
            (Some(_), OrderRole::Resting) => Err(Problem::new("restingTakes", "a quote is taken by a taking order")),
            (Some(_), OrderRole::Taking) if alternative.is_some() => {
                Err(Problem::new("noAlternative", "an order that takes a quote has no alternative"))
            }
            (Some(quote), OrderRole::Taking) => self.take(&order, quote, left).await,
            (None, OrderRole::Taking) => self.meet_or_rest(&order, left, alternative).await,
            (None, OrderRole::Resting) => self.rest(order, left),
        }
    }

    /// What rests if a taking order meets nothing: with the same nonce, so that one of the two is filled at most.
    fn alternative(&self, taking: &CheckedOrder, otherwise: &SignedMessage) -> Result<CheckedOrder, Problem> {
        let view = self.view();
        let resting = CheckedOrder::read(&view, &otherwise.message, &otherwise.signer, &otherwise.signature)?;
        let name = |order: &CheckedOrder| (order.order.account, order.order.nonce);
        let roles = (taking.order.role, resting.order.role);
        if roles != (OrderRole::Taking, OrderRole::Resting) || name(taking) != name(&resting) {
            let message = "the alternative of a taking order is a resting order of the same account and nonce";
            return Err(Problem::new("noAlternative", message));
        }
        signed::require_expiry(&resting.order, view.now, self.settings.longest_order_seconds)?;
        Ok(resting)
    }

    /// Takes a quote.
    async fn take(&self, order: &CheckedOrder, quote: &str, left: u32) -> Result<OrderOutcome, Problem> {
        let resting = self.begin_taking(quote, &order.order.account)?;
        let filled = match signed::left(&self.rpc, &resting, self.view().now).await {
            Ok(available) => Ok(self.fill(order, &resting, left.min(available)).await),
            Err(problem) => Err(problem),
        };
        let is_gone = match &filled {
            Ok(filled) => filled.is_ok(),
            Err(problem) => problem.is_of_the_order(),
        };
        self.end_taking(quote, is_gone);
        Ok(match filled? {
            Ok(fill) => outcome(order, left, vec![fill], None),
            Err(no_match) => outcome(order, left, Vec::new(), Some(no_match.problem)),
        })
    }

    /// Matches with the book, or else puts the alternative into it, if there is one.
    async fn meet_or_rest(
        &self,
        order: &CheckedOrder,
        left: u32,
        alternative: Option<CheckedOrder>,
    ) -> Result<OrderOutcome, Problem> {
        let (met, is_exhausted) = self.meet(order, left).await;
        match alternative {
            Some(resting) if met.fills.is_empty() && is_exhausted => {
                let left = signed::left(&self.rpc, &resting, self.view().now).await?;
                self.rest(resting, left)
            }
            _ => Ok(met),
        }
    }

    /// Matches with the book, the cheapest orders first. Returns what came of it, and whether the book had no more: otherwise the order
    /// itself was at fault, or it is not known whether it is filled.
    async fn meet(&self, order: &CheckedOrder, mut left: u32) -> (OrderOutcome, bool) {
        let wanted = left;
        let mut is_exhausted = true;
        let mut fills = Vec::new();
        let mut problem = None;
        let mut refused = HashSet::new();
        let deadline = Instant::now() + PATIENCE;
        while left > 0 && fills.len() + refused.len() < MOST_MATCHES {
            let mut releases = self.releases.subscribe();
            let found = self.book().reserve(&order.order, left, &refused);
            let (resting, units) = match found {
                Search::Found(resting, units) => (*resting, units),
                Search::Busy => {
                    if matches!(timeout_at(deadline, releases.changed()).await, Ok(Ok(()))) {
                        continue;
                    }
                    problem = Some(Problem::new("busy", "what would meet it is being matched with other orders"));
                    is_exhausted = false;
                    break;
                }
                Search::Nothing(nothing) => {
                    problem.get_or_insert(nothing);
                    break;
                }
            };
            let mut reservation = Reservation { relay: self, order: resting, units, is_filled: false };
            match self.fill(order, &reservation.order, units).await {
                Ok(fill) => {
                    reservation.is_filled = true;
                    fills.push(fill);
                    left -= units;
                    problem = None;
                }
                Err(no_match) => {
                    let live = signed::left(&self.rpc, &reservation.order, self.view().now).await;
                    if live.is_err_and(|problem| problem.is_of_the_order()) {
                        self.book().set_left(&reservation.order.id, 0);
                        self.tell_of(&reservation.order, 0);
                    }
                    refused.insert(reservation.order.id);
                    problem = Some(no_match.problem);
                    if !no_match.may_go_on {
                        is_exhausted = false;
                        break;
                    }
                }
            }
        }
        (outcome(order, wanted, fills, problem), is_exhausted)
    }

    /// Puts an order into the book.
    fn rest(&self, order: CheckedOrder, left: u32) -> Result<OrderOutcome, Problem> {
        let legs = order.order.legs.iter().map(|leg| (leg.market, -i64::from(leg.ratio), leg.price));
        let cost = net_cost(&self.view(), legs)
            .ok_or_else(|| Problem::new("noPackage", "the order's legs cannot be valued"))?;
        self.book().insert(order.clone(), left, cost)?;
        self.tell_of(&order, left);
        Ok(OrderOutcome { id: hexadecimal(&order.id), status: OrderStatus::Resting, fills: Vec::new(), refusal: None })
    }

    /// Tells the account that something of its order is left, or nothing.
    pub(crate) fn tell_of(&self, order: &CheckedOrder, left: u32) {
        let resting = RestingOrder { id: hexadecimal(&order.id), message: order.message(), left };
        self.tell(order.order.account, RelayMessage::Order { order: resting });
    }

    /// An account's orders in the book.
    pub(crate) fn resting(&self, account: &str) -> Result<Vec<RestingOrder>, Problem> {
        let account = signed::address(account)?;
        let orders = self.book().of_account(&account);
        let resting = orders.into_iter().map(|it| RestingOrder {
            id: hexadecimal(&it.order.id),
            message: it.order.message(),
            left: it.left,
        });
        Ok(resting.collect())
    }
}

fn outcome(order: &CheckedOrder, wanted: u32, fills: Vec<Fill>, refusal: Option<Problem>) -> OrderOutcome {
    let filled: u32 = fills.iter().map(|fill| fill.units).sum();
    let status = if filled == wanted {
        OrderStatus::Filled
    } else if filled > 0 {
        OrderStatus::PartlyFilled
    } else {
        OrderStatus::Refused
    };
    let refusal = if status == OrderStatus::Filled { None } else { refusal };
    OrderOutcome { id: hexadecimal(&order.id), status, fills, refusal }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
