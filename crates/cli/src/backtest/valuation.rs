//! What a book requires at one date, and what it is worth there and later: the engine's answer.

use ballast_book::{
    Book, BookError, Decimal,
    book::{Essvi, Surface},
};
use ballast_risk::{Margin, Ratio};

use super::{
    dynamics::MarketState,
    history::History,
    template::{Template, TemplateMarket},
};

/// Decimals of total variances: finer than the engine's 2^-40.
const VARIANCE_DECIMALS: u32 = 14;

/// A book ready to be valued at any date.
pub struct Valuer<'a> {
    book: Book,
    markets: Vec<(&'a TemplateMarket, Vec<MarketState>)>,
}

/// A date at which a book is valued.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Row of the history in which the book was opened.
    pub opened: usize,
    /// Row in which it is valued, the same one or a later one.
    pub row: usize,
    /// Seconds from one to the other.
    pub elapsed: u32,
}

impl<'a> Valuer<'a> {
    /// Prepares a book: lets the model see the history of its markets.
    pub fn new(template: &'a Template, history: &History) -> Self {
        let states = |market: &TemplateMarket| {
            let prices = history.rows.iter().map(|row| (row.time, row.prices[market.asset]));
            MarketState::history(&market.rules, prices)
        };
        let markets = template.markets.iter().map(|market| (market, states(market))).collect();
        Self { book: template.book.clone(), markets }
    }

    /// Margins of the book in all modes at a date.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn margins(&mut self, moment: Moment) -> Result<[Margin; 3], BookError> {
        for (market, (template, states)) in self.book.markets.iter_mut().zip(&self.markets) {
            let (opened, state) = (&states[moment.opened], &states[moment.row]);
            market.price = Some(Decimal::from_f64(template.price * (state.price / opened.price), template.decimals));
            market.parameters.scan_range = Some(exactly(state.scan_range.range));
            market.parameters.maintenance_scan_range = Some(exactly(state.scan_range.maintenance));
            for (expiry, &at_opening) in market.expiries.iter_mut().zip(&template.seconds) {
                let seconds = at_opening.saturating_sub(moment.elapsed);
                expiry.seconds = Some(Decimal::from(i64::from(seconds)));
                expiry.surface = Some(surface(state, seconds));
            }
        }
        ballast_book::requirements(&self.book)
    }
}

/// A decimal number that becomes this ratio again when it is rounded down.
fn exactly(ratio: Ratio) -> Decimal {
    const DECIMALS: u32 = 12;
    let scaled = u128::from(ratio.to_bits()) * 10_u128.pow(DECIMALS);
    Decimal::new(scaled.div_ceil(1 << 30) as i128, DECIMALS)
}

/// The smile of an expiry: θ by the rule of [`MarketState::theta`], ρ = −0.2, ψ = 0.8·√θ.
fn surface(state: &MarketState, seconds: u32) -> Surface {
    let essvi = Essvi {
        theta: Some(Decimal::from_f64(state.theta(seconds), VARIANCE_DECIMALS)),
        rho: Some(Decimal::new(-2, 1)),
        curvature: Some(Decimal::new(8, 1)),
        ..Essvi::default()
    };
    Surface { essvi: Some(essvi), ..Surface::default() }
}
