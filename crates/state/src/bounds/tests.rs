use ballast_risk::parameters::{BankClass, MarketClass, Parameter, Scope, Tightening};

use super::*;
use crate::{GovernanceParameters, GroupParameters, MarketGroup};

/// A field's name, its line in the table, and a function that sets it.
type Setter<T> = (&'static str, Parameter, fn(&mut T, i64));

/// Asserts that every field is paired with the line of its own name, and refused just outside its bounds.
fn assert_bounds<T: Copy>(defaults: T, setters: Vec<Setter<T>>, validate: fn(&T) -> Result<(), RiskError>) {
    assert_eq!(validate(&defaults), Ok(()));
    for (field, parameter, set) in setters {
        assert_eq!(field, parameter.name);
        for outside in [parameter.lowest - 1, parameter.highest + 1] {
            let mut broken = defaults;
            set(&mut broken, outside);
            assert!(validate(&broken).is_err(), "{field} of {outside}");
        }
    }
}

#[test]
fn every_parameter_is_held_against_its_own_line_of_the_table() {
    assert_bounds(ExchangeParameters::defaults(), ExchangeParameters::setters(), ExchangeParameters::validate);
    assert_bounds(GovernanceParameters::defaults(), GovernanceParameters::setters(), GovernanceParameters::validate);
    for class in [MarketClass::Major, MarketClass::Volatile, MarketClass::Small] {
        assert_bounds(MarketParameters::defaults(class), MarketParameters::setters(), MarketParameters::validate);
    }
    for class in [BankClass::Stablecoin, BankClass::Major, BankClass::Medium] {
        assert_bounds(BankParameters::defaults(class), BankParameters::setters(), BankParameters::validate);
    }
}

#[test]
fn orderings_between_parameters_are_enforced() {
    let exchange: [fn(&mut ExchangeParameters); 9] = [
        |it| it.liquidation_oracle_age = it.trade_oracle_age - 1,
        |it| it.initial_factor = it.maintenance_factor - 1,
        |it| it.variance_slow_seconds = it.variance_fast_seconds - 1,
        |it| (it.variance_interval_seconds, it.variance_fast_seconds) = (3_601, 3_600),
        |it| it.slice_price_end = it.slice_price_start + 1,
        |it| it.close_factor_floor = it.close_factor + 1,
        |it| it.funding_catch_up_seconds = it.liquidation_oracle_age - 1,
        |it| it.lending_rate_base = it.lending_rate_kink + 1,
        |it| it.lending_rate_kink = it.lending_rate_highest + 1,
    ];
    for break_one in exchange {
        let mut parameters = ExchangeParameters::defaults();
        break_one(&mut parameters);
        assert!(parameters.validate().is_err(), "{parameters:?}");
    }
    let mut market = MarketParameters::defaults(MarketClass::Major);
    market.scan_range_cap = market.scan_range_floor - 1;
    assert!(market.validate().is_err());
    market = MarketParameters::defaults(MarketClass::Major);
    market.confidence_refusal = market.confidence_limit - 1;
    assert!(market.validate().is_err());
    let mut bank = BankParameters::defaults(BankClass::Major);
    bank.confidence_refusal = bank.confidence_limit - 1;
    assert!(bank.validate().is_err());
    bank = BankParameters::defaults(BankClass::Major);
    bank.initial_cap = bank.deposit_cap + 1;
    assert!(bank.validate().is_err());
    bank = BankParameters::defaults(BankClass::Major);
    bank.haircut_highest = bank.haircut_base - 1;
    assert!(bank.validate().is_err());
    let mut governance = GovernanceParameters::defaults();
    governance.loosening_delay_seconds = governance.hand_over_delay_seconds + 1;
    assert!(governance.validate().is_err());
    governance = GovernanceParameters::defaults();
    governance.pause_seconds = governance.pause_gap_seconds / 3 + 1;
    assert!(governance.validate().is_err());
}

#[test]
fn every_parameter_is_found_and_set_by_its_number() {
    let mut market = MarketParameters::defaults(MarketClass::Major);
    let mut bank = BankParameters::defaults(BankClass::Stablecoin);
    let mut exchange = ExchangeParameters::defaults();
    let mut governance = GovernanceParameters::defaults();
    let mut group = GroupParameters::defaults();
    let mut seen = std::collections::HashSet::new();
    for parameter in ballast_risk::parameters::table() {
        let id = parameter.id();
        assert!(seen.insert(id), "{} shares its number", parameter.name);
        let held = [
            market.parameter(id),
            bank.parameter(id),
            exchange.parameter(id),
            governance.parameter(id),
            group.parameter(id),
        ];
        let found: Vec<_> = held.iter().flatten().collect();
        // The group of a market is its place, and grids are fixed.
        if parameter.scope == Scope::Group && parameter.tightens == Tightening::Fixed || parameter.name == "group" {
            assert_eq!(found, Vec::<&(&Parameter, i64)>::new(), "{}", parameter.name);
            continue;
        }
        assert_eq!(found.len(), 1, "{}", parameter.name);
        let (line, value) = *found[0];
        assert_eq!((line, value), (parameter, parameter.default_at(0)), "{}", parameter.name);
        let mut set = |value| match parameter.scope {
            Scope::Market => market.set_parameter(id, value),
            Scope::Bank => bank.set_parameter(id, value),
            Scope::Exchange => exchange.set_parameter(id, value),
            Scope::Governance => governance.set_parameter(id, value),
            Scope::Group => group.set_parameter(id, value),
        };
        assert!(set(parameter.highest + 1).is_err() && set(parameter.lowest - 1).is_err(), "{}", parameter.name);
        assert_eq!(set(parameter.lowest), Ok(()), "{}", parameter.name);
    }
    assert!(exchange.set_parameter(1, 1).is_err(), "there is no such parameter");
    for parameter in ballast_risk::parameters::table().filter(|it| it.scope == Scope::Market && it.name != "group") {
        assert_eq!(market.parameter(parameter.id()), Some((parameter, parameter.lowest)), "{}", parameter.name);
    }
}

#[test]
fn a_group_has_a_grid_whose_cells_exist() {
    assert_eq!(GroupParameters::defaults().validate(), Ok(()));
    let cases: [fn(&mut GroupParameters); 11] = [
        |it| it.core_nodes = 8,
        |it| it.core_nodes = 10,
        |it| it.core_nodes = 13,
        |it| it.tail_nodes = 9,
        |it| it.tail_nodes = 7,
        |it| it.tail_price_factors[0] = 0,
        |it| it.tail_weights[7] = (1 << 30) + 1,
        |it| it.cells[0] |= 1 << 17,
        |it| it.cells[1] &= !(1 << 4),
        |it| it.window = 11,
        |it| it.padding[0] = 1,
    ];
    for break_one in cases {
        let mut parameters = GroupParameters::defaults();
        break_one(&mut parameters);
        assert!(parameters.validate().is_err(), "{parameters:?}");
    }
}

#[test]
fn a_market_joins_a_group_with_one_correlation_for_each_before_it() {
    let ratio = |percent: i32| ballast_risk::SignedRatio::from_millionths(percent * 10_000);
    let mut group = MarketGroup::zeroed();
    assert_eq!(group.add_market(7, &[]), Ok(0));
    assert_eq!(group.add_market(8, &[ratio(90)]), Ok(1));
    assert!(group.add_market(9, &[ratio(90)]).is_err(), "one is missing");
    let before = group;
    assert_eq!(group.add_market(9, &[ratio(90), ratio(-90)]), Err(RiskError::CorrelationsNotPositiveDefinite));
    assert_eq!(group, before);
    for place in 2..8 {
        assert_eq!(group.add_market(9 + place, &vec![ratio(0); usize::from(place)]), Ok(place as u8));
    }
    assert!(group.add_market(99, &[ratio(0); 8]).is_err(), "the group is full");
}

#[test]
fn a_market_that_leaves_its_group_gives_the_last_place_back() {
    let ratio = |percent: i32| ballast_risk::SignedRatio::from_millionths(percent * 10_000);
    let mut group = MarketGroup::zeroed();
    group.add_market(7, &[]).unwrap();
    let one = group;
    group.add_market(8, &[ratio(90)]).unwrap();
    let two = group;
    group.add_market(9, &[ratio(90), ratio(80)]).unwrap();
    let three = group;
    group.remove_market(2);
    assert_eq!(group, two, "nothing of the last one is left");
    // An inner place stays empty, and goes with the one behind it.
    group = three;
    group.remove_market(1);
    assert_eq!((group.market_count, group.markets[..3].to_vec()), (3, vec![7, 0, 9]));
    assert_eq!(group.matrix().get(0, 2), ratio(90));
    group.remove_market(2);
    assert_eq!(group, one);
    group.remove_market(0);
    assert_eq!(group, MarketGroup::zeroed());
}
