//! Ten thousand random pairs of orders against a model of matching that shares nothing with the program: it knows what each
//! side signed, what was filled and what was cancelled, in lists and 128-bit integers, and predicts every fill and refusal.

use std::collections::BTreeSet;

use ballast::{BallastError, Cancellation, TradeLeg, events::OrderFilled};
use ballast_client::SignedOrder;
use ballast_harness::{Exchange, Trader, Wallet, ordering::sign};
use ballast_risk::Mode;
use ballast_state::{Contract, Order, OrderRole, PositionKind};
use ballast_tests::{dice::Dice, standard};

/// Pairs that are tried.
const PAIRS: u64 = 10_000;
/// Orders that share a slot have nonces this far apart.
const SLOTS: u64 = 128;
/// The markets, by name and number.
const MARKETS: [(&str, u16); 2] = [("BTC", 1), ("ETH", 2)];

/// An order as the model knows it, and its signature.
#[derive(Clone)]
struct Ticket {
    owner: usize,
    order: Order,
    signed: SignedOrder,
    is_forged: bool,
}

/// What became of the orders of one nonce.
struct Seen {
    nonce: u64,
    message: Vec<u8>,
    expires_at: i64,
    filled: u32,
    is_cancelled: bool,
}

/// One account in the model.
#[derive(Default)]
struct Account {
    seen: Vec<Seen>,
    minimum_nonce: u64,
    lots: [i128; 2],
    ledger: [i128; 2],
}

struct Model {
    traders: Vec<Trader>,
    accounts: Vec<Account>,
    domains: Vec<[u8; 16]>,
    /// What a lot times a tick is worth in each market: µUSD per this many.
    divisors: [i128; 2],
}

impl Model {
    /// Every reason why this many packages of an order cannot be filled.
    fn refusals(&self, ticket: &Ticket, units: u32, now: i64, reasons: &mut BTreeSet<u32>) {
        let Ticket { owner, order, is_forged, signed } = ticket;
        let account = &self.accounts[*owner];
        let mut refuse = |error: BallastError| reasons.insert(error.into());
        if *is_forged {
            refuse(BallastError::NotOwner);
        }
        if order.domain != self.domains[*owner] {
            refuse(BallastError::OrderForAnother);
        }
        if now >= order.expires_at {
            refuse(BallastError::OrderExpired);
        }
        if order.nonce < account.minimum_nonce {
            refuse(BallastError::OrderCancelled);
        }
        let mut left = order.size;
        let live = |seen: &&Seen| seen.expires_at > now && seen.nonce >= account.minimum_nonce;
        for seen in account.seen.iter().filter(live).filter(|seen| seen.nonce % SLOTS == order.nonce % SLOTS) {
            if seen.nonce == order.nonce && seen.is_cancelled {
                refuse(BallastError::OrderCancelled);
            } else if seen.nonce != order.nonce || seen.message != signed.message {
                refuse(BallastError::OrderSlotTaken);
            } else {
                left = order.size - seen.filled;
            }
        }
        if units == 0 || units > left {
            refuse(BallastError::OrderExceeded);
        } else if units < order.minimum_fill.min(left) {
            refuse(BallastError::OrderBelowMinimum);
        }
    }

    /// What the packages cost the taker in each leg, µUSD.
    fn costs(&self, taking: &Order, resting: &Order, units: u32) -> Vec<i128> {
        taking
            .legs
            .iter()
            .zip(&resting.legs)
            .map(|(leg, priced)| {
                let lots = i128::from(leg.ratio) * i128::from(units);
                (lots * i128::from(priced.price)).div_euclid(self.divisors[usize::from(leg.market) - 1])
            })
            .collect()
    }

    /// Every reason why a match must be refused; none if it must go through.
    fn judge(&self, [taken, made]: [&Ticket; 2], units: [u32; 2], now: i64) -> BTreeSet<u32> {
        let mut reasons = BTreeSet::new();
        let mut refuse = |error: BallastError, holds: bool| {
            if holds {
                reasons.insert(error.into());
            }
        };
        let (taking, resting) = (&taken.order, &made.order);
        let [taker, maker] = [&self.traders[taken.owner], &self.traders[made.owner]];
        refuse(BallastError::SameAccount, taken.owner == made.owner);
        refuse(BallastError::SelfTrade, taker.owner() == maker.owner());
        for (order, other) in [(taking, maker), (resting, taker)] {
            refuse(BallastError::OrderCounterparty, order.counterparty.is_some_and(|it| it != other.address()));
        }
        let lots = |order: &Order, units: u32| -> Vec<(u16, i128)> {
            order.legs.iter().map(|leg| (leg.market, i128::from(leg.ratio) * i128::from(units))).collect()
        };
        let (bought, sold) = (lots(taking, units[0]), lots(resting, units[1]));
        let reversed: Vec<(u16, i128)> = sold.iter().map(|(market, lots)| (*market, -lots)).collect();
        let is_pair = taking.role == OrderRole::Taking && resting.role == OrderRole::Resting && bought == reversed;
        refuse(BallastError::OrdersDiffer, !is_pair);
        if is_pair {
            let is_beyond = taking.legs.iter().zip(&resting.legs).any(|(leg, priced)| match taking.net_limit {
                Some(_) => false,
                None if leg.ratio > 0 => priced.price > leg.price,
                None => priced.price < leg.price,
            });
            let cost: i128 = self.costs(taking, resting, units[0]).iter().sum();
            let is_dear = taking.net_limit.is_some_and(|limit| cost > i128::from(limit) * i128::from(units[0]));
            refuse(BallastError::OrderLimit, is_beyond || is_dear);
        }
        for (ticket, changes) in [(taken, &bought), (made, &sold)] {
            let account = &self.accounts[ticket.owner];
            let reduces = |(market, change): &(u16, i128)| {
                let held = account.lots[usize::from(*market) - 1];
                held.signum() == -change.signum() && change.abs() <= held.abs()
            };
            refuse(BallastError::OrderNotReducing, ticket.order.is_reduce_only && !changes.iter().all(reduces));
        }
        self.refusals(taken, units[0], now, &mut reasons);
        self.refusals(made, units[1], now, &mut reasons);
        reasons
    }

    /// Enters an accepted match.
    fn fill(&mut self, [taken, made]: [&Ticket; 2], units: [u32; 2], now: i64) {
        let costs = self.costs(&taken.order, &made.order, units[0]);
        for (ticket, units, sign) in [(taken, units[0], 1), (made, units[1], -1)] {
            let account = &mut self.accounts[ticket.owner];
            for (leg, cost) in ticket.order.legs.iter().zip(&costs) {
                let market = usize::from(leg.market) - 1;
                account.lots[market] += i128::from(leg.ratio) * i128::from(units);
                account.ledger[market] -= sign * cost;
            }
            let minimum = account.minimum_nonce;
            account.seen.retain(|seen| seen.expires_at > now && seen.nonce >= minimum);
            match account.seen.iter_mut().find(|seen| seen.nonce == ticket.order.nonce) {
                Some(seen) => seen.filled += units,
                None => account.seen.push(Seen {
                    nonce: ticket.order.nonce,
                    message: ticket.signed.message.clone(),
                    expires_at: ticket.order.expires_at,
                    filled: units,
                    is_cancelled: false,
                }),
            }
        }
    }

    /// Holds the accounts against the model.
    fn compare(&self, exchange: &Exchange, owners: [usize; 2]) {
        for owner in owners {
            let account = exchange.account(&self.traders[owner]);
            for (_, market) in MARKETS {
                let slot = account.market_slot(market);
                let index = slot.and_then(|slot| account.find_position(slot, PositionKind::Perpetual, 0));
                let held = index.map_or((0, 0), |index| {
                    let position = &account.positions[index];
                    (i128::from(position.quantity), i128::from(position.ledger))
                });
                let place = usize::from(market) - 1;
                let expected = (self.accounts[owner].lots[place], self.accounts[owner].ledger[place]);
                assert_eq!(held, expected, "account {owner} in market {market}");
            }
        }
    }
}

/// Draws an order, and one that more or less mirrors it.
fn draw(dice: &mut Dice, exchange: &Exchange, model: &Model, stranger: &Wallet, next: u64) -> [Ticket; 2] {
    // Mostly nonces count up, as they should.
    let nonce = |dice: &mut Dice| if dice.once_in(8) { next.saturating_sub(dice.roll(400)) } else { next };
    let count = model.traders.len() as u64;
    let mut owners = [dice.roll(count) as usize, dice.roll(count) as usize];
    if owners[0] == owners[1] && !dice.once_in(8) {
        owners[1] = (owners[0] + 1) % model.traders.len();
    }
    let choices: [&[usize]; 3] = [&[0], &[1], &[0, 1]];
    let names = *dice.pick(&choices);
    let legs: Vec<TradeLeg> = names
        .iter()
        .map(|&name| {
            let lots = dice.between(1, 20) * if dice.once_in(2) { 1 } else { -1 };
            exchange.leg_at_mark(MARKETS[name].0, Contract::PERPETUAL, lots)
        })
        .collect();
    let mut order = exchange.order(&model.traders[owners[0]], nonce(dice), &legs);
    order.size = 1 + dice.roll(50) as u32;
    order.minimum_fill = if dice.once_in(5) { 1 + dice.roll(u64::from(order.size)) as u32 } else { 1 };
    order.expires_at = exchange.chain.now() + if dice.once_in(20) { dice.between(-3, 0) } else { dice.between(1, 300) };
    let mut mirrored = exchange.resting_against(&model.traders[owners[1]], nonce(dice), &order);
    mirrored.minimum_fill = 1;
    mirrored.expires_at = exchange.chain.now() + dice.between(0, 300);
    mirrored.size = 1 + dice.roll(50) as u32;
    for (limit, offered) in order.legs.iter_mut().zip(&mut mirrored.legs) {
        // Mostly a better price than the limit; sometimes not.
        let better = dice.between(-1, 30) * i64::from(-limit.ratio.signum());
        limit.price = limit.price.wrapping_add_signed(dice.between(-20, 20));
        offered.price = limit.price.wrapping_add_signed(better);
    }
    if dice.once_in(3) {
        let cost: i128 = model.costs(&order, &mirrored, 1).iter().sum();
        order.net_limit = Some(cost as i64 + dice.between(-5, 20));
        order.legs.iter_mut().for_each(|leg| leg.price = 0);
    }
    match dice.roll(40) {
        0 => mirrored.legs[0].ratio *= -1,
        1 => mirrored.legs[0].ratio *= 2,
        2 => mirrored.legs.truncate(1),
        3 if order.net_limit.is_none() => order.role = OrderRole::Resting,
        4 => mirrored.role = OrderRole::Taking,
        5 => order.domain[3] ^= 1,
        6 => order.counterparty = Some(model.traders[owners[1]].address()),
        7 => mirrored.counterparty = Some(model.traders[dice.roll(count) as usize].address()),
        8..=11 => order.is_reduce_only = true,
        12..=15 => mirrored.is_reduce_only = true,
        _ => {}
    }
    let mut ticket = |owner: usize, order: Order| {
        let is_forged = dice.once_in(40);
        let wallet = if is_forged { stranger } else { &model.traders[owner].wallet };
        Ticket { owner, signed: sign(wallet, &order), order, is_forged }
    };
    [ticket(owners[0], order), ticket(owners[1], mirrored)]
}

#[test]
fn ten_thousand_random_pairs_of_orders_match_as_an_independent_model_says() {
    let mut exchange = standard();
    let rich = [("USDC", 1 << 44)];
    let mut traders: Vec<Trader> = (0..4).map(|_| exchange.orderer(Mode::Portfolio, &rich)).collect();
    // A second account of the first owner.
    let second = exchange.open_account(&traders[0].wallet.clone(), 1, Mode::Portfolio).expect("it is opened");
    exchange.open_order_records(&second).expect("they are opened");
    exchange.fund(&second, "USDC", 1 << 44);
    exchange.deposit(&second, "USDC", 1 << 44).expect("the deposit is accepted");
    traders.push(second);
    let stranger = exchange.chain.wallet();
    let divisors = MARKETS.map(|(name, _)| {
        let underlying = exchange.underlying(name);
        10_i128.pow(u32::from(underlying.price_decimals + underlying.quantity_decimals) - 6)
    });
    let domains = traders.iter().map(|trader| exchange.order_records(trader).domain).collect();
    let accounts = traders.iter().map(|_| Account::default()).collect();
    let mut model = Model { traders, accounts, domains, divisors };

    let mut dice = Dice::new(1);
    let mut pool: Vec<[Ticket; 2]> = Vec::new();
    let (mut accepted, mut codes) = (0, BTreeSet::new());
    for pair in 0..PAIRS {
        if pair % 40 == 39 {
            exchange.pass_time(dice.roll(30));
        }
        if dice.once_in(60) {
            cancel(&mut dice, &mut exchange, &mut model, pair / 4);
        }
        let is_old = !pool.is_empty() && dice.once_in(2);
        let [taken, made] = if is_old {
            let [taken, made] = dice.pick(&pool).clone();
            // Now and then the other order is another one.
            if dice.once_in(6) { [taken, dice.pick(&pool)[1].clone()] } else { [taken, made] }
        } else {
            draw(&mut dice, &exchange, &model, &stranger, pair / 4)
        };
        let most = taken.order.size.min(made.order.size);
        let units = match dice.roll(20) {
            0 => [most + 1; 2],
            1 => [dice.roll(3) as u32, dice.roll(3) as u32],
            2 => [2 * most.min(20), most.min(20)],
            _ => [1 + dice.roll(u64::from(most.div_ceil(3))) as u32; 2],
        };
        let now = exchange.chain.now();
        let reasons = model.judge([&taken, &made], units, now);
        let traders = [&model.traders[taken.owner], &model.traders[made.owner]];
        let attempt =
            exchange.match_signed((traders[0], &taken.signed, units[0]), (traders[1], &made.signed, units[1]));
        match attempt {
            Ok(outcome) => {
                assert!(reasons.is_empty(), "pair {pair} went through, the model refuses it with {reasons:?}");
                model.fill([&taken, &made], units, now);
                let events: Vec<OrderFilled> = outcome.events();
                for (event, ticket) in events.iter().zip([&taken, &made]) {
                    let seen = &model.accounts[ticket.owner].seen;
                    let seen = seen.iter().find(|seen| seen.nonce == ticket.order.nonce).expect("it was just filled");
                    assert_eq!((event.filled, event.size), (seen.filled, ticket.order.size), "pair {pair}");
                }
                model.compare(&exchange, [taken.owner, made.owner]);
                accepted += 1;
            }
            Err(refusal) => {
                let code = refusal.code.unwrap_or_else(|| panic!("pair {pair}: {refusal}"));
                assert!(reasons.contains(&code), "pair {pair}: the model expects {reasons:?}\n{refusal}");
                codes.insert(code);
            }
        }
        if !is_old {
            pool.push([taken, made]);
            if pool.len() > 60 {
                pool.remove(dice.roll(30) as usize);
            }
        }
    }
    println!("{accepted} of {PAIRS} pairs accepted, refused with {codes:?}");
    exchange.assert_books_balance();
    assert!(accepted > PAIRS / 5, "{accepted} accepted");
    assert!(codes.len() >= 12, "{codes:?}");
}

/// Cancels something in the program and in the model.
fn cancel(dice: &mut Dice, exchange: &mut Exchange, model: &mut Model, next: u64) {
    let owner = dice.roll(model.traders.len() as u64) as usize;
    let (trader, now) = (model.traders[owner].clone(), exchange.chain.now());
    let nonce = next.saturating_sub(dice.roll(40));
    let which = match dice.roll(10) {
        0 => Cancellation::All,
        1 => Cancellation::Below { nonce },
        _ => Cancellation::One { nonce, expires_at: now + 30 },
    };
    let is_accepted = exchange.cancel_orders(&trader.wallet, &trader, which).is_ok();
    let account = &mut model.accounts[owner];
    let minimum = account.minimum_nonce;
    account.seen.retain(|seen| seen.expires_at > now && seen.nonce >= minimum);
    match which {
        Cancellation::All => {
            account.seen.clear();
            let domain = exchange.order_records(&trader).domain;
            assert_ne!(domain, model.domains[owner]);
            model.domains[owner] = domain;
        }
        Cancellation::Below { nonce } => account.minimum_nonce = minimum.max(nonce),
        Cancellation::One { nonce, expires_at } => {
            let is_taken = account.seen.iter().any(|seen| seen.nonce % SLOTS == nonce % SLOTS && seen.nonce != nonce);
            // A nonce below the minimum is cancelled already; to remember it would change nothing.
            assert_eq!(is_accepted, !is_taken);
            if is_taken {
                return;
            }
            match account.seen.iter_mut().find(|seen| seen.nonce == nonce) {
                Some(seen) => {
                    seen.is_cancelled = true;
                    seen.expires_at = seen.expires_at.max(expires_at);
                }
                None => {
                    let seen = Seen { nonce, message: Vec::new(), expires_at, filled: 0, is_cancelled: true };
                    account.seen.push(seen);
                }
            }
        }
    }
    assert!(is_accepted);
}
