//! Quotes that stand, and when one is to be taken back: once an index has moved too far from where it was.

/// One, in basis points.
const WHOLE: u128 = 10_000;

/// Indices that a quote was made at, ticks, by number of the market.
pub type Indices = Vec<(u16, u64)>;

/// The quotes that stand on one connection to the relay.
#[derive(Default)]
pub struct Standing {
    quotes: Vec<Quote>,
}

struct Quote {
    request: String,
    expires_at: i64,
    indices: Indices,
}

impl Standing {
    /// Remembers the quote that answers a request until it expires, Unix seconds.
    pub fn add(&mut self, request: String, expires_at: i64, indices: Indices) {
        self.quotes.push(Quote { request, expires_at, indices });
    }

    /// Forgets the quotes one of whose indices has moved by more than so many basis points, or is not known, and those that have
    /// expired. Returns the requests of the first, for whoever takes the quotes back.
    pub fn moved(&mut self, now: i64, most_basis_points: u64, index: impl Fn(u16) -> Option<u64>) -> Vec<String> {
        self.quotes.retain(|quote| quote.expires_at > now);
        let has_moved = |&(market, then): &(u16, u64)| {
            let far =
                |now: u64| u128::from(now.abs_diff(then)) * WHOLE > u128::from(then) * u128::from(most_basis_points);
            index(market).is_none_or(far)
        };
        let gone = self.quotes.extract_if(.., |quote| quote.indices.iter().any(has_moved));
        gone.map(|quote| quote.request).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_goes_when_one_of_its_indices_has_moved_too_far_or_is_not_known() {
        let mut standing = Standing::default();
        standing.add("over".to_owned(), 10, vec![(1, 1)]);
        standing.add("one".to_owned(), 20, vec![(1, 100_000)]);
        standing.add("two".to_owned(), 20, vec![(1, 100_000), (2, 4_000)]);
        let at = |first: u64, second: Option<u64>| move |market: u16| if market == 1 { Some(first) } else { second };
        assert!(standing.moved(10, 50, at(100_500, Some(3_980))).is_empty(), "just at the limit, either way");
        assert_eq!(standing.moved(11, 50, at(100_000, Some(3_979))), ["two"]);
        assert!(standing.moved(12, 50, at(99_500, None)).is_empty(), "none is left that needs the other index");
        assert_eq!(standing.moved(12, 50, at(99_499, None)), ["one"]);
        standing.add("blind".to_owned(), 20, vec![(2, 4_000)]);
        assert_eq!(standing.moved(13, 50, at(100_000, None)), ["blind"]);
        assert!(standing.moved(13, 50, |_| None).is_empty());
    }
}
