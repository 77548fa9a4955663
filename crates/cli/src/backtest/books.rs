//! The books that are replayed unless the user brings his own.
//!
//! Each leg is worth the same number of dollars when the book is opened. Strikes are relative to the index and expiries
//! to the date, so that a book is the same bet at every date and its requirement moves only because the model's view of
//! the market does.

use ballast_book::{
    Book, Decimal,
    book::{Expiry, Kind, Market, Parameters, Position, Preset},
};

/// One position of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leg {
    /// Which of the book's assets.
    asset: usize,
    /// 1 long, −1 short.
    side: i64,
    kind: Kind,
    /// Days to expiry of an option.
    days: u32,
    /// Strike of an option in per cent of the index.
    strike: u32,
}

/// A book of which there is one for each asset, or pair of assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardBook {
    /// Name in options and reports.
    pub name: &'static str,
    /// What it holds, in words.
    pub holding: &'static str,
    /// How many assets it is of: 1 or 2.
    assets: usize,
    legs: &'static [Leg],
}

const fn perpetual(side: i64) -> Leg {
    Leg { asset: 0, side, kind: Kind::Perpetual, days: 0, strike: 0 }
}

const fn call(side: i64, days: u32, strike: u32) -> Leg {
    Leg { asset: 0, side, kind: Kind::Call, days, strike }
}

const fn put(side: i64, days: u32, strike: u32) -> Leg {
    Leg { asset: 0, side, kind: Kind::Put, days, strike }
}

/// All of them, in the order of the report.
pub const STANDARD: [StandardBook; 7] = [
    StandardBook { name: "directional", holding: "long perpetual", assets: 1, legs: &[perpetual(1)] },
    StandardBook { name: "short", holding: "short perpetual", assets: 1, legs: &[perpetual(-1)] },
    StandardBook {
        name: "covered-call",
        holding: "long perpetual, short call at 110 % in 30 days",
        assets: 1,
        legs: &[perpetual(1), call(-1, 30, 110)],
    },
    StandardBook {
        name: "straddle",
        holding: "short call and put at 100 % in 30 days",
        assets: 1,
        legs: &[call(-1, 30, 100), put(-1, 30, 100)],
    },
    StandardBook {
        name: "condor",
        holding: "long put at 80 %, short put at 90 %, short call at 110 %, long call at 120 % in 30 days",
        assets: 1,
        legs: &[put(1, 30, 80), put(-1, 30, 90), call(-1, 30, 110), call(1, 30, 120)],
    },
    StandardBook {
        name: "calendar",
        holding: "short call in 30 days, long call in 60 days, both at 100 %",
        assets: 1,
        legs: &[call(-1, 30, 100), call(1, 60, 100)],
    },
    StandardBook {
        name: "pair",
        holding: "long perpetual of one asset, short perpetual of another",
        assets: 2,
        legs: &[perpetual(1), Leg { asset: 1, ..perpetual(-1) }],
    },
];

/// Name and class of an asset.
pub type Asset<'a> = (&'a str, Preset);

impl StandardBook {
    /// The book on every asset by itself, or on every pair that the first asset forms with another.
    pub fn on_assets(&self, assets: &[Asset<'_>], notional: u32) -> Vec<Book> {
        match (self.assets, assets) {
            (2, [first, others @ ..]) => others.iter().map(|other| self.book(&[*first, *other], notional)).collect(),
            (2, []) => Vec::new(),
            _ => assets.iter().map(|asset| self.book(&[*asset], notional)).collect(),
        }
    }

    fn book(&self, assets: &[Asset<'_>], notional: u32) -> Book {
        let market = |(place, &(name, preset)): (usize, &Asset<'_>)| {
            let legs = self.legs.iter().filter(|leg| leg.asset == place);
            let mut expiries: Vec<Expiry> = Vec::new();
            for leg in legs.clone().filter(|leg| leg.kind != Kind::Perpetual) {
                let expiry = Expiry {
                    name: expiry_name(leg.days),
                    days: Some(Decimal::from(i64::from(leg.days))),
                    ..Expiry::default()
                };
                if !expiries.contains(&expiry) {
                    expiries.push(expiry);
                }
            }
            Market {
                name: name.to_owned(),
                price: Some(Decimal::from(i64::from(notional))),
                parameters: Parameters { preset: Some(preset), ..Parameters::default() },
                expiries,
                positions: legs.map(|leg| leg.position(notional)).collect(),
                ..Market::default()
            }
        };
        Book { markets: assets.iter().enumerate().map(market).collect(), ..Book::default() }
    }
}

impl Leg {
    fn position(&self, notional: u32) -> Position {
        let is_option = self.kind != Kind::Perpetual;
        let strike = || Decimal::new(i128::from(notional) * i128::from(self.strike), 2);
        Position {
            kind: self.kind,
            quantity: Some(Decimal::from(self.side)),
            expiry: is_option.then(|| expiry_name(self.days)),
            strike: is_option.then(strike),
            ..Position::default()
        }
    }
}

fn expiry_name(days: u32) -> String {
    format!("{days} days")
}
