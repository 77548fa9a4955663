//! Resting orders, by what they trade.

use std::collections::HashMap;

use anchor_lang::prelude::Pubkey;
use ballast_state::{Order, OrderLeg};

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
    /// What a package costs whoever takes it, µUSD.
    cost: i64,
    arrived: u64,
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
        self.orders.insert(order.id, Resting { order, left, cost, arrived: self.arrivals });
        Ok(())
    }

    /// The orders that trade the reverse of a taking one with somebody else and for whoever it is of, cheapest first, then oldest.
    pub(crate) fn against(&self, taking: &Order) -> Vec<Resting> {
        let ids = self.by_package.get(&package(taking, -1));
        let found = ids.into_iter().flatten().filter_map(|id| self.orders.get(id));
        let is_open = |it: &&Resting| {
            let resting = &it.order.order;
            resting.account != taking.account
                && resting.counterparty.is_none_or(|only| only == taking.account)
                && taking.counterparty.is_none_or(|only| only == resting.account)
        };
        let mut found: Vec<Resting> = found.filter(is_open).cloned().collect();
        found.sort_by_key(|it| (it.cost, it.arrived));
        found
    }

    /// Orders of an account, oldest first.
    pub(crate) fn of_account(&self, account: &Pubkey) -> Vec<Resting> {
        let mut found: Vec<Resting> =
            self.orders.values().filter(|it| it.order.order.account == *account).cloned().collect();
        found.sort_by_key(|it| it.arrived);
        found
    }

    /// All orders.
    pub(crate) fn all(&self) -> Vec<CheckedOrder> {
        self.orders.values().map(|it| it.order.clone()).collect()
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
            book.against(&taking.order).iter().map(|it| it.order.order.account.to_bytes()[0]).collect()
        };
        assert_eq!(accounts(&book), [2, 3, 4, 1]);
        let second = book.against(&taking.order)[0].order.id;
        book.set_left(&second, 0);
        assert_eq!(accounts(&book), [3, 4, 1]);
        assert_eq!(book.len(), 3);
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
        let twice = book.all().pop().unwrap();
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
