//! Requests for quotes: makers are asked, and what they answer in time is sorted for the taker.

use std::{collections::HashSet, sync::Arc, time::Duration};

use anchor_lang::prelude::Pubkey;
use ballast_network::View;
use ballast_state::{
    Contract, Order, OrderLeg, OrderRole,
    revaluation::{Sources, value_scale},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use crate::{
    Relay,
    exchange::Counted,
    interface::{PackageLeg, Problem, Quote, QuoteAnswer, QuoteRequest, RelayMessage},
    signed::{self, CheckedOrder},
};

/// Most legs of a package.
const MOST_LEGS: usize = 8;
/// Most packages of a request, and most lots of a leg of all of them.
const MOST_LOTS: u64 = 1 << 30;
/// Least time that a quote has to stand once it is made, seconds.
const LEAST_STANDING: i64 = 2;
/// Quotes that are held at once.
const MOST_QUOTES: usize = 20_000;
/// Requests that wait at once.
const MOST_WAITING: usize = 1_000;

/// A request that waits for answers.
pub(crate) struct Waiting {
    taker: Pubkey,
    legs: Vec<PackageLeg>,
    size: u32,
    answers: mpsc::Sender<Option<CheckedOrder>>,
    /// Connections that have answered.
    answered: HashSet<u64>,
}

impl Relay {
    /// Asks makers for quotes.
    pub(crate) async fn request(self: &Arc<Self>, request: &QuoteRequest) -> Result<QuoteAnswer, Problem> {
        let view = self.view();
        let taker = signed::address(&request.account)?;
        signed::account(&view, &taker)?;
        self.count(&taker, Counted::Request)?;
        require_package(&view, request)?;
        let id = self.name('r');
        let (sender, mut answers) = mpsc::channel(self.settings.most_makers.max(1));
        let waiting = Waiting {
            taker,
            legs: request.legs.clone(),
            size: request.size,
            answers: sender,
            answered: HashSet::new(),
        };
        self.hold(id.clone(), waiting)?;
        let window = Duration::from_millis(self.settings.quote_window_milliseconds);
        let asked = self.makers.ask(
            &taker,
            &RelayMessage::Request {
                id: id.clone(),
                taker: request.account.clone(),
                legs: request.legs.clone(),
                size: request.size,
                deadline_millis: self.settings.quote_window_milliseconds,
            },
        );
        metrics::counter!("ballast_relay_requests_total").increment(1);
        let deadline = Instant::now() + window;
        let mut orders = Vec::new();
        for _ in 0..asked {
            match timeout_at(deadline, answers.recv()).await {
                Ok(Some(answer)) => orders.extend(answer),
                Ok(None) | Err(_) => break,
            }
        }
        self.waiting().remove(&id);
        let mut quotes: Vec<Quote> = orders.into_iter().filter_map(|order| self.offer(&view, request, order)).collect();
        quotes.sort_by_key(|quote| quote.net);
        metrics::counter!("ballast_relay_quotes_total").increment(quotes.len() as u64);
        Ok(QuoteAnswer { id, quotes })
    }

    fn hold(&self, id: String, waiting: Waiting) -> Result<(), Problem> {
        let mut held = self.waiting();
        if held.len() >= MOST_WAITING {
            return Err(Problem::new("tooMany", format!("{MOST_WAITING} requests are waiting")));
        }
        held.insert(id, waiting);
        Ok(())
    }

    /// Takes the answer of a maker's connection to a request: one of each.
    pub(crate) fn take_quote(&self, maker: u64, id: &str, order: Option<CheckedOrder>) -> Result<(), Problem> {
        let mut held = self.waiting();
        let waiting = held.get_mut(id).ok_or_else(|| Problem::new("tooLate", format!("request {id} waits no more")))?;
        if let Some(order) = &order {
            require_answers(waiting, order, self.view().now)?;
        }
        if !waiting.answered.insert(maker) {
            return Err(Problem::new("answered", format!("request {id} was answered already")));
        }
        // Nobody waits for an answer that comes too late.
        let _ = waiting.answers.try_send(order);
        Ok(())
    }

    /// Holds a quote for the taker to take.
    fn offer(&self, view: &View, request: &QuoteRequest, order: CheckedOrder) -> Option<Quote> {
        let price_of = |leg: &PackageLeg| find_leg(&order.order, leg).map(|it| it.price);
        let prices: Vec<u64> = request.legs.iter().map(price_of).collect::<Option<_>>()?;
        let legs = request.legs.iter().zip(&prices).map(|(leg, &price)| (leg.market, i64::from(leg.ratio), price));
        let net = net_cost(view, legs)?;
        let quote = Quote {
            id: self.name('q'),
            maker: order.order.account.to_string(),
            message: order.message(),
            signer: order.signed.signer.to_string(),
            signature: BASE64_STANDARD.encode(order.signed.signature),
            expires_at: order.order.expires_at,
            size: order.order.size,
            prices,
            net,
        };
        let mut held = self.quotes();
        if held.len() >= MOST_QUOTES {
            return None;
        }
        held.insert(quote.id.clone(), order);
        Some(quote)
    }
}

/// What legs cost whoever buys their lots, µUSD, rounded against him.
pub(crate) fn net_cost(view: &View, legs: impl IntoIterator<Item = (u16, i64, u64)>) -> Option<i64> {
    let mut costs = legs.into_iter().map(|(market, lots, price)| {
        let market = view.snapshot.market(market)?;
        // What is bought costs the value rounded up.
        let value = value_scale(market).and_then(|scale| scale.value_floor(-lots, price)).ok()?;
        value.0.checked_neg()
    });
    costs.try_fold(0_i64, |sum, cost| sum.checked_add(cost?))
}

fn require_package(view: &View, request: &QuoteRequest) -> Result<(), Problem> {
    let refuse = |message: String| Err(Problem::new("noPackage", message));
    if request.legs.is_empty() || request.legs.len() > MOST_LEGS {
        return refuse(format!("{} legs, expected 1 to {MOST_LEGS}", request.legs.len()));
    }
    for (index, leg) in request.legs.iter().enumerate() {
        let lots = u64::from(leg.ratio.unsigned_abs()) * u64::from(request.size);
        if lots == 0 || lots > MOST_LOTS {
            return refuse(format!("leg {index} has {lots} lots in all, expected 1 to {MOST_LOTS}"));
        }
        if request.legs[..index].iter().any(|other| (other.market, other.contract) == (leg.market, leg.contract)) {
            return refuse(format!("leg {index} names the contract of another leg"));
        }
        let Some(market) = view.snapshot.market(leg.market) else {
            return refuse(format!("leg {index}: market {} is not listed", leg.market));
        };
        if let Err(refusal) = Contract::from(leg.contract).find(market) {
            return refuse(format!("leg {index}: {refusal}"));
        }
    }
    Ok(())
}

/// Whether an order answers a request.
fn require_answers(waiting: &Waiting, order: &CheckedOrder, now: i64) -> Result<(), Problem> {
    let refuse = |message: String| Err(Problem::new("noAnswer", message));
    let order = &order.order;
    if order.role != OrderRole::Resting {
        return refuse("a quote is a resting order".to_owned());
    }
    if order.counterparty != Some(waiting.taker) {
        return refuse(format!("a quote names its counterparty, {}", waiting.taker));
    }
    if order.expires_at < now.saturating_add(LEAST_STANDING) {
        return refuse(format!(
            "the quote expires at {}, expected {LEAST_STANDING} s after {now} or later",
            order.expires_at
        ));
    }
    if order.size < waiting.size || order.minimum_fill > waiting.size {
        return refuse(format!(
            "the quote is for {} packages, at least {}; {} were asked for",
            order.size, order.minimum_fill, waiting.size
        ));
    }
    let is_reverse =
        |leg: &PackageLeg| find_leg(order, leg).is_some_and(|it| Some(it.ratio) == leg.ratio.checked_neg());
    if order.legs.len() != waiting.legs.len() || !waiting.legs.iter().all(is_reverse) {
        return refuse("the quote's legs are not the reverse of the request's".to_owned());
    }
    Ok(())
}

/// The leg of an order that is in the contract of a package's.
fn find_leg<'a>(order: &'a Order, leg: &PackageLeg) -> Option<&'a OrderLeg> {
    order.legs.iter().find(|it| (it.market, it.contract) == (leg.market, leg.contract.into()))
}
