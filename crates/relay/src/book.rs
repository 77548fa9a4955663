//! Resting orders, by what they trade.

use std::collections::{HashMap, HashSet};

use anchor_lang::prelude::Pubkey;
use ballast_state::{Order, OrderLeg, order::match_legs};

use crate::{interface::Problem, signed::CheckedOrder};

/// Most orders of one account.
const MOST_OF_ACCOUNT: usize = 64;
/// Most orders in all.
const MOST: usize = 20_000;

/// What a package trades: contracts and ratios, without prices.
type Package = Vec<((u16, u8, u8, u32), i32)>;

/// The book.
#[derive(Default)]
pub(crate) struct Book {
    orders: HashMap<[u8; 32], Resting>,
    by_package: HashMap<Package, Vec<[u8; 32]>>,
    /// Counts arrivals: earlier orders come first at the same price.
    arrivals: u64,
}

#[derive(Clone)]
pub(crate) struct Resting {
    pub order: CheckedOrder,
    /// Packages left, as far as is known.
    pub left: u32,
    /// Packages of them that are being matched.
    reserved: u32,
    /// Counts what becomes of it: what was read before the last of that says nothing.
    version: u64,
    /// What a package costs whoever takes it, µUSD.
    cost: i64,
    arrived: u64,
}

/// What the book has for a taking order.
pub(crate) enum Search {
    /// Packages of this order, which are reserved.
    Found(Box<CheckedOrder>, u32),
    /// Nothing at present: what would meet it is being matched with another one.
    Busy,
    /// Nothing; why.
    Nothing(Problem),
}

impl Book {
    /// Takes an order in; `cost` is what a package costs whoever takes it.
    pub(crate) fn insert(&mut self, order: CheckedOrder, left: u32, cost: i64) -> Result<(), Problem> {
        if self.orders.contains_key(&order.id) {
            return Err(Problem::new("known", "the order rests already"));
        }
        let of_account = self.orders.values().filter(|it| it.order.order.account == order.order.account).count();
        if of_account >= MOST_OF_ACCOUNT || self.orders.len() >= MOST {
            return Err(Problem::new(
                "bookFull",
                format!("at most {MOST_OF_ACCOUNT} orders of an account rest, {MOST} in all"),
            ));
        }
        self.arrivals += 1;
        self.by_package.entry(package(&order.order, 1)).or_default().push(order.id);
        let resting = Resting { order, left, reserved: 0, version: 0, cost, arrived: self.arrivals };
        self.orders.insert(resting.order.id, resting);
        Ok(())
    }

    /// Reserves what comes first for a taking order of which so many packages are left: the cheapest, then the oldest, of the orders that
    /// trade the reverse within its limits, with somebody else and for whoever it is of. Not those that `refused` it.
    pub(crate) fn reserve(&mut self, taking: &Order, wanted: u32, refused: &HashSet<[u8; 32]>) -> Search {
        let mut is_busy = false;
        let mut too_small = 0_u32;
        for id in self.against(taking) {
            let Some(resting) = self.orders.get_mut(&id).filter(|_| !refused.contains(&id)) else { continue };
            let order = &resting.order.order;
            let units = wanted.min(resting.left.saturating_sub(resting.reserved));
            let is_within = match_legs((taking, 1), (order, 1)).is_ok();
            let least = taking.minimum_fill.min(wanted).max(order.minimum_fill.min(resting.left));
            if is_within && units > 0 && units >= least {
                resting.reserved += units;
                resting.version += 1;
                return Search::Found(Box::new(resting.order.clone()), units);
            }
            // What is reserved may come back.
            is_busy |= is_within && resting.reserved > 0 && wanted.min(resting.left) >= least;
            too_small = too_small.saturating_add(if is_within { units } else { 0 });
        }
        if is_busy {
            return Search::Busy;
        }
        let message = if too_small > 0 {
            format!(
                "{too_small} packages rest within its limits, but no order allows a fill that both minimum fills allow: {} of the \
                 taking order's",
                taking.minimum_fill
            )
        } else {
            "no resting order trades the reverse within its limits".to_owned()
        };
        Search::Nothing(Problem::new("nothingMeets", message))
    }

    /// Gives back what was reserved, filled or not. Returns what is left of the order.
    pub(crate) fn release(&mut self, id: &[u8; 32], units: u32, is_filled: bool) -> u32 {
        let Some(resting) = self.orders.get_mut(id) else { return 0 };
        resting.reserved = resting.reserved.saturating_sub(units);
        let left = resting.left.saturating_sub(if is_filled { units } else { 0 });
        self.set_left(id, left);
        left
    }

    /// The orders that trade the reverse of a taking one, and that may be matched with it, cheapest first, then oldest.
    fn against(&self, taking: &Order) -> Vec<[u8; 32]> {
        let ids = self.by_package.get(&package(taking, -1));
        let found = ids.into_iter().flatten().filter_map(|id| self.orders.get(id));
        let is_open = |it: &&Resting| {
            let resting = &it.order.order;
            resting.account != taking.account
                && resting.counterparty.is_none_or(|only| only == taking.account)
                && taking.counterparty.is_none_or(|only| only == resting.account)
        };
        let mut found: Vec<&Resting> = found.filter(is_open).collect();
        found.sort_by_key(|it| (it.cost, it.arrived));
        found.into_iter().map(|it| it.order.id).collect()
    }

    /// Orders of an account, oldest first.
    pub(crate) fn of_account(&self, account: &Pubkey) -> Vec<Resting> {
        let mut found: Vec<Resting> =
            self.orders.values().filter(|it| it.order.order.account == *account).cloned().collect();
        found.sort_by_key(|it| it.arrived);
        found
    }

    /// All orders, each with its version.
    pub(crate) fn all(&self) -> Vec<(CheckedOrder, u64)> {
        self.orders.values().map(|it| (it.order.clone(), it.version)).collect()
    }

    /// Notes what the chain says is left of an order, if nothing has become of it since `version` was read. Returns whether that is
    /// news.
    pub(crate) fn correct(&mut self, id: &[u8; 32], version: u64, left: u32) -> bool {
        let known = self.orders.get(id).filter(|it| it.version == version && it.reserved == 0);
        let is_news = known.is_some_and(|it| it.left != left);
        if is_news {
            self.set_left(id, left);
        }
        is_news
    }

    /// How many orders rest.
    pub(crate) fn len(&self) -> usize {
        self.orders.len()
    }

    /// Notes what is left of an order; one of which nothing is leaves the book.
    pub(crate) fn set_left(&mut self, id: &[u8; 32], left: u32) {
        if left > 0 {
            if let Some(resting) = self.orders.get_mut(id) {
                resting.left = left;
                resting.version += 1;
            }
            return;
        }
        if let Some(gone) = self.orders.remove(id) {
            let package = package(&gone.order.order, 1);
            if let Some(ids) = self.by_package.get_mut(&package) {
                ids.retain(|other| other != id);
                if ids.is_empty() {
                    self.by_package.remove(&package);
                }
            }
        }
    }
}

fn package(order: &Order, sign: i32) -> Package {
    order.legs.iter().map(|leg: &OrderLeg| (leg.key(), sign * leg.ratio)).collect()
}

#[cfg(test)]
mod tests {
    use ballast_client::SignedOrder;
    use ballast_state::{Contract, OrderRole};

    use super::*;

    fn order(account: u8, nonce: u64, role: OrderRole, ratio: i32, price: u64) -> CheckedOrder {
        let order = Order {
            domain: [0; 16],
            exchange: Pubkey::default(),
            account: Pubkey::from([account; 32]),
            nonce,
            expires_at: 10,
            maximum_fee: u64::MAX,
            size: 5,
            minimum_fill: 1,
            role,
            is_reduce_only: false,
            claims_rebates: false,
            counterparty: None,
            net_limit: None,
            legs: vec![OrderLeg { market: 1, contract: Contract::PERPETUAL, ratio, price }],
        };
        let message = order.encode().unwrap();
        let id = ballast_state::order::id(&message);
        let signed = SignedOrder { message, signer: order.account, signature: [0; 64] };
        CheckedOrder { order, id, signed }
    }

    #[test]
    fn the_cheapest_comes_first_then_the_oldest() {
        let mut book = Book::default();
        for (account, cost) in [(1, 30), (2, 10), (3, 10), (4, 20)] {
            book.insert(order(account, 1, OrderRole::Resting, -100, 7), 5, cost).unwrap();
        }
        let taking = order(9, 1, OrderRole::Taking, 100, 9);
        let accounts = |book: &Book| -> Vec<u8> {
            book.against(&taking.order).iter().map(|id| book.orders[id].order.order.account.to_bytes()[0]).collect()
        };
        assert_eq!(accounts(&book), [2, 3, 4, 1]);
        let second = book.against(&taking.order)[0];
        book.set_left(&second, 0);
        assert_eq!(accounts(&book), [3, 4, 1]);
        assert_eq!(book.len(), 3);
    }

    /// Packages that the book reserves, or what it says instead.
    fn found(book: &mut Book, taking: &CheckedOrder, wanted: u32) -> Result<u32, &'static str> {
        match book.reserve(&taking.order, wanted, &HashSet::new()) {
            Search::Found(_, units) => Ok(units),
            Search::Busy => Err("busy"),
            Search::Nothing(problem) => {
                assert_eq!(problem.code, "nothingMeets");
                Err("nothing")
            }
        }
    }

    #[test]
    fn what_is_being_matched_is_nobody_elses_until_it_comes_back() {
        let mut book = Book::default();
        let resting = order(1, 1, OrderRole::Resting, -100, 7);
        book.insert(resting.clone(), 5, 1).unwrap();
        let taking = order(9, 1, OrderRole::Taking, 100, 9);
        assert_eq!(found(&mut book, &taking, 4), Ok(4));
        assert_eq!(found(&mut book, &taking, 4), Ok(1), "the rest");
        assert_eq!(found(&mut book, &taking, 4), Err("busy"));
        assert_eq!(book.release(&resting.id, 4, false), 5);
        assert_eq!(book.release(&resting.id, 1, true), 4);
        assert_eq!(found(&mut book, &taking, 9), Ok(4));
        assert_eq!(book.release(&resting.id, 4, true), 0);
        assert_eq!(found(&mut book, &taking, 1), Err("nothing"));
        assert_eq!(book.len(), 0);
    }

    #[test]
    fn what_was_read_before_a_match_does_not_undo_it() {
        let mut book = Book::default();
        let resting = order(1, 1, OrderRole::Resting, -100, 7);
        book.insert(resting.clone(), 5, 1).unwrap();
        let taking = order(9, 1, OrderRole::Taking, 100, 9);
        let before = book.all()[0].1;
        assert_eq!(found(&mut book, &taking, 2), Ok(2));
        assert!(
            !book.correct(&resting.id, book.all()[0].1, 1),
            "while it is being matched the chain is half way there"
        );
        book.release(&resting.id, 2, true);
        assert!(!book.correct(&resting.id, before, 5));
        let now = book.all()[0].1;
        assert!(!book.correct(&resting.id, now, 3), "no news");
        assert!(book.correct(&resting.id, now, 1));
        assert_eq!(found(&mut book, &taking, 5), Ok(1));
    }

    #[test]
    fn limits_and_minimum_fills_of_both_sides_hold_for_each_fill() {
        let mut book = Book::default();
        let dear = order(1, 1, OrderRole::Resting, -100, 10);
        book.insert(dear, 5, 1).unwrap();
        let mut taking = order(9, 1, OrderRole::Taking, 100, 9);
        assert_eq!(found(&mut book, &taking, 5), Err("nothing"), "beyond the limit");
        let mut at_least_three = order(2, 1, OrderRole::Resting, -100, 7);
        at_least_three.order.minimum_fill = 3;
        book.insert(at_least_three.clone(), 5, 1).unwrap();
        assert_eq!(found(&mut book, &taking, 2), Err("nothing"), "the resting order wants three");
        book.set_left(&at_least_three.id, 2);
        taking.order.minimum_fill = 3;
        assert_eq!(found(&mut book, &taking, 5), Err("nothing"), "the taking order wants three");
        assert_eq!(found(&mut book, &taking, 2), Ok(2), "all that is left of either is enough");
    }

    #[test]
    fn only_the_reverse_of_somebody_else_is_met() {
        let mut book = Book::default();
        let own = order(9, 1, OrderRole::Resting, -100, 7);
        let same_side = order(1, 1, OrderRole::Resting, 100, 7);
        let other_ratio = order(2, 1, OrderRole::Resting, -50, 7);
        let mut for_another = order(3, 1, OrderRole::Resting, -100, 7);
        for_another.order.counterparty = Some(Pubkey::from([8; 32]));
        for resting in [own, same_side, other_ratio, for_another] {
            book.insert(resting, 5, 1).unwrap();
        }
        let taking = order(9, 1, OrderRole::Taking, 100, 9);
        assert!(book.against(&taking.order).is_empty());
        let (twice, _) = book.all().pop().unwrap();
        assert_eq!(book.insert(twice, 5, 1).unwrap_err().code, "known");
    }

    #[test]
    fn an_account_cannot_fill_the_book() {
        let mut book = Book::default();
        for nonce in 0..MOST_OF_ACCOUNT as u64 {
            book.insert(order(1, nonce, OrderRole::Resting, -100, 7), 5, 1).unwrap();
        }
        let more = order(1, 10_000, OrderRole::Resting, -100, 7);
        assert_eq!(book.insert(more, 5, 1).unwrap_err().code, "bookFull");
        book.insert(order(2, 1, OrderRole::Resting, -100, 7), 5, 1).unwrap();
    }
}
