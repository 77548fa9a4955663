//! Requests that are wrong in some way get an error that says so.

use anchor_lang::Discriminator;
use ballast_risk_wasm::{AccountRole, AssessmentError, assess, assess_market, marks};
use ballast_state::{Bank, Exchange, MarginAccount, Market, revaluation::CheckRefusal};
use bytemuck::{Pod, Zeroable};

/// An account's data: discriminator and structure.
fn data<T: Discriminator + Pod>(account: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat()
}

/// A request at time and slot zero.
fn request(accounts: &[Vec<u8>]) -> Vec<u8> {
    let mut request = vec![0; 16];
    for account in accounts {
        request.extend((account.len() as u32).to_le_bytes());
        request.extend(account);
    }
    request
}

fn exchange() -> Vec<u8> {
    data(&Exchange::zeroed())
}

/// A margin account that holds something in bank 7.
fn account() -> Vec<u8> {
    let mut account = MarginAccount::zeroed();
    account.balances[0].bank = 7;
    account.balances[0].amount = 1;
    data(&account)
}

fn bank(number: u16) -> Vec<u8> {
    let mut bank = Bank::zeroed();
    bank.number = number;
    data(&bank)
}

#[test]
fn a_request_with_everything_is_answered() {
    let report = assess(&request(&[exchange(), account(), data(&Market::zeroed()), bank(7)])).unwrap();
    assert_eq!((report.equity, report.market_count), (0, 0));
}

#[test]
fn a_market_that_the_account_is_not_in_has_no_scenarios() {
    let mut market = Market::zeroed();
    market.number = 3;
    let request = request(&[exchange(), account(), data(&market), bank(7)]);
    let expected = AssessmentError::Refused(CheckRefusal::MissingMarket { market: 3 });
    assert_eq!(assess_market(&request, 3).unwrap_err(), expected);
}

#[test]
fn a_request_cut_anywhere_is_refused() {
    let whole = request(&[exchange(), account(), bank(7)]);
    let end_of_an_account = [whole.len() - bank(7).len() - 4];
    for length in 0..whole.len() {
        let refusal = assess(&whole[..length]).unwrap_err();
        if end_of_an_account.contains(&length) {
            assert_eq!(refusal, AssessmentError::Refused(CheckRefusal::MissingBank { bank: 7 }));
        } else {
            assert!(
                matches!(refusal, AssessmentError::Truncated { expected, found } if found < expected),
                "{length} bytes: {refusal}"
            );
        }
    }
}

#[test]
fn a_length_beyond_the_request_is_refused() {
    let mut request = vec![0; 16];
    request.extend(u32::MAX.to_le_bytes());
    let expected = AssessmentError::Truncated { expected: u32::MAX as usize, found: 0 };
    assert_eq!(assess(&request), Err(expected));
}

#[test]
fn accounts_in_the_wrong_place_are_refused() {
    let wrong = |accounts: &[Vec<u8>]| assess(&request(accounts)).unwrap_err();
    assert_eq!(wrong(&[account(), exchange()]), AssessmentError::WrongType(AccountRole::Exchange));
    assert_eq!(wrong(&[exchange(), bank(7)]), AssessmentError::WrongType(AccountRole::MarginAccount));
    let second_account = wrong(&[exchange(), account(), bank(7), account()]);
    assert_eq!(second_account, AssessmentError::WrongType(AccountRole::Source(1)));
}

#[test]
fn an_account_of_another_size_is_refused() {
    let mut longer = bank(7);
    longer.push(0);
    let expected = AssessmentError::WrongSize {
        account: AccountRole::Source(0),
        expected: 8 + size_of::<Bank>(),
        found: 9 + size_of::<Bank>(),
    };
    assert_eq!(assess(&request(&[exchange(), account(), longer])), Err(expected));
}

#[test]
fn a_bank_of_another_exchange_does_not_count() {
    let mut foreign = Bank::zeroed();
    foreign.number = 7;
    foreign.exchange.as_mut()[0] = 1;
    let expected = AssessmentError::Refused(CheckRefusal::MissingBank { bank: 7 });
    assert_eq!(assess(&request(&[exchange(), account(), data(&foreign)])), Err(expected));
}

#[test]
fn of_two_accounts_with_one_number_the_later_counts() {
    let priced = |price: u64| {
        let mut bank = Bank::zeroed();
        (bank.number, bank.price) = (7, price);
        data(&bank)
    };
    let collateral = |banks: [Vec<u8>; 2]| {
        let [first, second] = banks;
        assess(&request(&[exchange(), account(), first, second])).unwrap().collateral
    };
    assert_eq!(collateral([priced(1), priced(5_000_000)]), collateral([priced(5_000_000), priced(5_000_000)]));
    assert_ne!(collateral([priced(1), priced(5_000_000)]), collateral([priced(5_000_000), priced(1)]));
}

#[test]
fn a_request_for_marks_is_the_time_and_a_market() {
    let asked = |account: Vec<u8>| {
        let length = (account.len() as u32).to_le_bytes();
        marks(&[&[0; 8][..], &length, &account].concat())
    };
    let mut market = Market::zeroed();
    assert_eq!(asked(data(&market)).map(|marks| marks.len()), Ok(0), "a market without a price has no marks");
    market.price = 100;
    market.expiries[3].number = 9;
    let found: Vec<_> = asked(data(&market)).unwrap().iter().map(|mark| (mark.kind, mark.price)).collect();
    assert_eq!(found, [(1, 100)], "an expiry that is not listed is left out");
    assert_eq!(asked(bank(7)), Err(AssessmentError::WrongType(AccountRole::Market)));
    assert_eq!(marks(&[0; 9]), Err(AssessmentError::Truncated { expected: 4, found: 1 }));
}
