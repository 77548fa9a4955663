//! Requests for quotes: makers are asked, and what they answer in time is sorted for the taker.

use std::{collections::HashSet, net::IpAddr, time::Duration};

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
    interface::{PackageLeg, Problem, Quote, QuoteAnswer, QuoteRequest, RelayMessage},
    limits::Counted,
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
    answers: mpsc::Sender<Option<Answer>>,
    /// Connections that have answered.
    answered: HashSet<u64>,
    /// Those of them that have taken their quote back.
    withdrawn: HashSet<u64>,
}

/// A quote as it comes in, and the number of the connection that it comes over.
type Answer = (u64, CheckedOrder);

/// A quote that can be taken.
pub(crate) struct HeldQuote {
    pub order: CheckedOrder,
    /// The maker's connection.
    pub maker: u64,
    /// The request that it answers.
    pub request: String,
    /// Whether it is being taken: once at a time.
    is_being_taken: bool,
}

impl Relay {
    /// Asks makers for quotes.
    pub(crate) async fn request(&self, from: IpAddr, request: &QuoteRequest) -> Result<QuoteAnswer, Problem> {
        let view = self.view();
        let taker = signed::address(&request.account)?;
        signed::account(&view, &taker)?;
        self.limits.count(Counted::Requests(from, taker))?;
        require_package(&view, request)?;
        let id = self.name('r');
        let (sender, mut answers) = mpsc::channel(self.settings.most_makers.max(1));
        let waiting = Waiting {
            taker,
            legs: request.legs.clone(),
            size: request.size,
            answers: sender,
            answered: HashSet::new(),
            withdrawn: HashSet::new(),
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
        let mut quoted: Vec<Answer> = Vec::new();
        for _ in 0..asked {
            match timeout_at(deadline, answers.recv()).await {
                Ok(Some(answer)) => quoted.extend(answer),
                Ok(None) | Err(_) => break,
            }
        }
        let withdrawn = self.waiting().remove(&id).map(|waiting| waiting.withdrawn).unwrap_or_default();
        let standing = quoted.into_iter().filter(|(maker, _)| !withdrawn.contains(maker));
        let mut quotes: Vec<Quote> = standing.filter_map(|answer| self.offer(&view, &id, request, answer)).collect();
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
            let now = self.view().now;
            require_answers(waiting, order, now)?;
            signed::require_expiry(&order.order, now, self.settings.longest_quote_seconds)?;
        }
        if !waiting.answered.insert(maker) {
            return Err(Problem::new("answered", format!("request {id} was answered already")));
        }
        // Nobody waits for an answer that comes too late.
        let _ = waiting.answers.try_send(order.map(|order| (maker, order)));
        Ok(())
    }

    /// Takes back what a maker's connection has quoted for a request, if it still stands.
    pub(crate) fn withdraw(&self, maker: u64, request: &str) {
        if let Some(waiting) = self.waiting().get_mut(request) {
            waiting.withdrawn.insert(maker);
        }
        self.quotes().retain(|_, quote| quote.maker != maker || quote.request != request);
    }

    /// The order of a quote that an account begins to take.
    pub(crate) fn begin_taking(&self, quote: &str, taker: &Pubkey) -> Result<CheckedOrder, Problem> {
        let mut quotes = self.quotes();
        let held = quotes.get_mut(quote).filter(|held| !held.is_being_taken);
        let gone = || Problem::new("quoteGone", format!("there is no quote {quote}, or not any more: ask again"));
        let held = held.ok_or_else(gone)?;
        if held.order.order.counterparty != Some(*taker) {
            return Err(Problem::new("otherTaker", "the quote is for another account"));
        }
        held.is_being_taken = true;
        Ok(held.order.clone())
    }

    /// Ends that: the quote is gone, or can be taken again unless its maker has taken it back meanwhile.
    pub(crate) fn end_taking(&self, quote: &str, is_gone: bool) {
        let mut quotes = self.quotes();
        if is_gone {
            quotes.remove(quote);
        } else if let Some(held) = quotes.get_mut(quote) {
            held.is_being_taken = false;
        }
    }

    /// Holds a quote for the taker to take.
    fn offer(&self, view: &View, id: &str, request: &QuoteRequest, (maker, order): Answer) -> Option<Quote> {
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
        if held.len() >= MOST_QUOTES || !self.makers.is_connected(maker) {
            return None;
        }
        held.insert(quote.id.clone(), HeldQuote { order, maker, request: id.to_owned(), is_being_taken: false });
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
