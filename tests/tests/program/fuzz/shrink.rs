//! Makes a failing sequence short: leaves out whatever it fails without (delta debugging).

use std::time::{Duration, Instant};

use super::{action::Step, world::World};

/// The first line of a failure's message, without what every comparison begins with.
pub fn summary(message: &str) -> &str {
    let message = message.strip_prefix("assertion `left == right` failed: ").unwrap_or(message);
    message.lines().next().unwrap_or_default()
}

/// What a failure is about: its summary up to the first colon or number. A shorter sequence must fail of the same.
pub fn topic(message: &str) -> &str {
    let message = summary(message);
    let end = message.find(|character: char| character == ':' || character.is_ascii_digit());
    message[..end.unwrap_or(message.len())].trim_end()
}

/// Shortens a sequence that fails with a message about `about` at its last step, for at most `limit`.
///
/// Runs of steps are left out, long ones first. The world as it is before a run is kept, so that only what follows the run
/// has to be tried again.
pub fn shrink(mut steps: Vec<Step>, about: &str, limit: Duration) -> Vec<Step> {
    let started = Instant::now();
    let mut length = steps.len().div_ceil(2).max(1);
    loop {
        let before = steps.len();
        let mut world = World::begin();
        let mut at = 0;
        while at < steps.len() {
            if started.elapsed() > limit {
                return steps;
            }
            let end = (at + length).min(steps.len());
            if let Some(failed) = first_failure(world.clone(), &steps[end..], about) {
                steps.truncate(end + failed + 1);
                steps.drain(at..end);
                continue;
            }
            for step in &steps[at..end] {
                // The run is needed; it may hold the failure itself, with which it ends.
                if world.attempt(step).is_err() {
                    break;
                }
            }
            at = end;
        }
        if length == 1 && steps.len() == before {
            return steps;
        }
        length = (length / 2).max(1);
    }
}

/// Whether the whole sequence fails of the same, and only at its end.
pub fn fails(steps: &[Step], about: &str) -> bool {
    first_failure(World::begin(), steps, about) == Some(steps.len() - 1)
}

/// At which step the sequence fails of the same.
fn first_failure(mut world: World, steps: &[Step], about: &str) -> Option<usize> {
    steps.iter().position(|step| world.attempt(step).is_err_and(|message| topic(&message) == about))
}

#[cfg(test)]
mod tests {
    use super::topic;

    #[test]
    fn a_topic_is_what_a_message_begins_with() {
        assert_eq!(topic("ledger: account 7 differs"), "ledger");
        assert_eq!(topic("assertion `left == right` failed: vault of bank 1 against"), "vault of bank");
        assert_eq!(topic("no more"), "no more");
    }
}
