//! Orders that come in: taken quotes, orders that meet the book, orders that rest.

use std::sync::Arc;

use ballast_state::OrderRole;

use crate::{
    Relay,
    exchange::Counted,
    interface::{Fill, OrderOutcome, OrderStatus, OrderSubmission, Problem, RelayMessage, RestingOrder},
    requests::net_cost,
    signed::{self, CheckedOrder},
};

/// Resting orders that one taking order is matched with at most.
const MOST_MATCHES: usize = 16;

impl Relay {
    /// Takes an order in.
    pub(crate) async fn submit(self: &Arc<Self>, submission: &OrderSubmission) -> Result<OrderOutcome, Problem> {
        let view = self.view();
        let order = CheckedOrder::read(&view, &submission.message, &submission.signer, &submission.signature)?;
        self.count(&order.order.account, Counted::Order)?;
        let left = signed::left(&self.rpc, &order, view.now).await?;
        metrics::counter!("ballast_relay_orders_total").increment(1);
        match (&submission.quote, order.order.role) {
            (Some(quote), OrderRole::Taking) => self.take(&order, quote, left).await,
            (Some(_), OrderRole::Resting) => Err(Problem::new("restingTakes", "a quote is taken by a taking order")),
            (None, OrderRole::Taking) => self.meet(&order, left).await,
            (None, OrderRole::Resting) => self.rest(order, left),
        }
    }

    /// Takes a quote.
    async fn take(self: &Arc<Self>, order: &CheckedOrder, quote: &str, left: u32) -> Result<OrderOutcome, Problem> {
        let resting = self.quotes().get(quote).cloned();
        let gone = || Problem::new("quoteGone", format!("there is no quote {quote}, or not any more: ask again"));
        let resting = resting.ok_or_else(gone)?;
        if resting.order.counterparty != Some(order.order.account) {
            return Err(Problem::new("otherTaker", "the quote is for another account"));
        }
        let available = signed::left(&self.rpc, &resting, self.view().now).await;
        if available.as_ref().is_err_and(Problem::is_of_the_order) {
            self.quotes().remove(quote);
        }
        let available = available?;
        let units = left.min(available);
        match self.fill(order, &resting, units).await {
            Ok(fill) => {
                self.quotes().remove(quote);
                Ok(outcome(order, left, vec![fill], None))
            }
            Err(no_match) => Ok(outcome(order, left, Vec::new(), Some(no_match.problem))),
        }
    }

    /// Matches with the book, the cheapest orders first.
    async fn meet(self: &Arc<Self>, order: &CheckedOrder, mut left: u32) -> Result<OrderOutcome, Problem> {
        let wanted = left;
        let candidates = self.book().against(&order.order);
        let mut fills = Vec::new();
        let mut problem = Some(Problem::new("nothingMeets", "no resting order trades the reverse within its limits"));
        for resting in candidates.into_iter().take(MOST_MATCHES) {
            let units = left.min(resting.left);
            let is_too_small = |minimum: u32, of: u32| units < minimum.min(of);
            if is_too_small(order.order.minimum_fill, left)
                || is_too_small(resting.order.order.minimum_fill, resting.left)
            {
                continue;
            }
            match self.fill(order, &resting.order, units).await {
                Ok(fill) => {
                    fills.push(fill);
                    left -= units;
                    self.shrink(&resting.order, resting.left - units);
                    problem = None;
                }
                Err(no_match) => {
                    let left = signed::left(&self.rpc, &resting.order, self.view().now).await;
                    if left.is_err_and(|problem| problem.is_of_the_order()) {
                        self.book().set_left(&resting.order.id, 0);
                    }
                    problem = Some(no_match.problem);
                    if !no_match.may_go_on {
                        break;
                    }
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(outcome(order, wanted, fills, problem))
    }

    /// Puts an order into the book.
    fn rest(self: &Arc<Self>, order: CheckedOrder, left: u32) -> Result<OrderOutcome, Problem> {
        let legs = order.order.legs.iter().map(|leg| (leg.market, -i64::from(leg.ratio), leg.price));
        let cost = net_cost(&self.view(), legs)
            .ok_or_else(|| Problem::new("noPackage", "the order's legs cannot be valued"))?;
        self.book().insert(order.clone(), left, cost)?;
        self.tell_of(&order, left);
        Ok(OrderOutcome { id: hexadecimal(&order.id), status: OrderStatus::Resting, fills: Vec::new(), refusal: None })
    }

    fn shrink(&self, order: &CheckedOrder, left: u32) {
        self.book().set_left(&order.id, left);
        self.tell_of(order, left);
    }

    fn tell_of(&self, order: &CheckedOrder, left: u32) {
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
