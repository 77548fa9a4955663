//! The replay: every book at every date.

use ballast_risk::{Margin, MicroUsd, Mode};

use super::{
    error::Error,
    history::History,
    progress::Progress,
    settings::{Settings, describe_duration},
    template::Template,
    valuation::{Moment, Valuer},
};

/// A book opened at one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Row of the history in which it was opened.
    pub opened: usize,
    /// Row in which its loss was taken: the first one at or after the end of the horizon.
    pub until: usize,
    /// What it lost in between; a gain is negative.
    pub loss: MicroUsd,
    /// Σ |quantity| × index when it was opened.
    pub gross_notional: MicroUsd,
    /// Initial requirement when it was opened, by mode.
    pub initial: [MicroUsd; 3],
    /// Maintenance requirement when it was opened, by mode.
    pub maintenance: [MicroUsd; 3],
}

/// A book over the whole history.
#[derive(Clone, Debug)]
pub struct BookResult {
    /// The book.
    pub book: Template,
    /// Its observations in order of time.
    pub observations: Vec<Observation>,
}

/// Replays all books of the settings.
///
/// # Errors
/// [`Error::NoDates`] if no date lies between start and end with a whole horizon after it, [`Error::Engine`].
pub fn run(history: &History, settings: &Settings) -> Result<Vec<BookResult>, Error> {
    let dates = dates(history, settings)?;
    let progress = Progress::new(dates.len() * settings.books.len());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(settings.books.len());
    let mut results: Vec<Option<Result<BookResult, Error>>> = settings.books.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let (dates, progress) = (&dates, &progress);
        // Dealt out like cards, so that books of one kind, which take equally long, go to different workers.
        let mut shares: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        for (index, place) in settings.books.iter().zip(&mut results).enumerate() {
            shares[index % workers].push(place);
        }
        for share in shares {
            scope.spawn(move || {
                for (book, place) in share {
                    *place = Some(replay(book, history, dates, progress));
                }
            });
        }
    });
    progress.finish();
    results.into_iter().flatten().collect()
}

/// Rows in which books are opened, with the rows in which their losses are taken.
fn dates(history: &History, settings: &Settings) -> Result<Vec<(usize, usize)>, Error> {
    let rows = history.rows.iter().enumerate();
    let dates: Vec<(usize, usize)> = rows
        .filter(|(_, row)| (settings.start..=settings.end).contains(&row.time))
        .filter_map(|(index, row)| Some((index, history.row_from(row.time + settings.horizon)?)))
        .collect();
    if dates.is_empty() {
        let (first, last) = (&history.rows[0].label, &history.rows[history.rows.len() - 1].label);
        let horizon = describe_duration(settings.horizon);
        let problem = format!(
            "no date within --start and --end has {horizon} of prices after it: the prices go from {first} to {last}"
        );
        return Err(Error::NoDates { problem });
    }
    Ok(dates)
}

fn replay(
    book: &Template,
    history: &History,
    dates: &[(usize, usize)],
    progress: &Progress,
) -> Result<BookResult, Error> {
    let failed = |opened: usize| {
        move |source| Error::Engine {
            book: book.title(&history.assets),
            date: history.rows[opened].label.clone(),
            source: Box::new(source),
        }
    };
    let mut valuer = Valuer::new(book, history);
    let mut observations = Vec::with_capacity(dates.len());
    for &(opened, until) in dates {
        let elapsed = history.rows[until].time - history.rows[opened].time;
        let later = Moment { opened, row: until, elapsed: elapsed.clamp(0, i64::from(u32::MAX)) as u32 };
        let margins = valuer.margins(Moment { opened, row: opened, elapsed: 0 }).map_err(failed(opened))?;
        let equity = |margins: &[Margin; 3]| margins[Mode::Cross as usize].equity;
        observations.push(Observation {
            opened,
            until,
            loss: equity(&margins) - equity(&valuer.margins(later).map_err(failed(opened))?),
            gross_notional: margins[Mode::Cross as usize].components.gross_notional,
            initial: margins.map(|margin| margin.initial_requirement),
            maintenance: margins.map(|margin| margin.maintenance_requirement),
        });
        progress.advance();
    }
    Ok(BookResult { book: book.clone(), observations })
}
