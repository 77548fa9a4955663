//! The byte layout of every account, pinned: clients in other languages and accounts already on chain rely on it.
//!
//! A change here is a change of layout: it needs a new `LAYOUT_VERSION` and a migration. Offsets count from the end of
//! the eight-byte discriminator.

use ballast_state::{
    AccountMarket, Balance, Bank, BankParameters, Exchange, ExchangeParameters, Expiry, MarginAccount, Market,
    MarketParameters, OracleSource, Position, Scenarios, Series,
};

/// Asserts size, alignment and the offset of every field. The pattern without `..` makes sure that none is left out.
macro_rules! assert_layout {
    ($structure:ident: $size:literal bytes, aligned to $alignment:literal { $($field:ident: $offset:literal),+ $(,)? }) => {{
        let _all_fields_are_listed = |structure: $structure| {
            let $structure { $($field: _),+ } = structure;
        };
        assert_eq!(size_of::<$structure>(), $size, "size of {}", stringify!($structure));
        assert_eq!(align_of::<$structure>(), $alignment, "alignment of {}", stringify!($structure));
        $(assert_eq!(
            core::mem::offset_of!($structure, $field),
            $offset,
            "offset of {} in {}",
            stringify!($field),
            stringify!($structure)
        );)+
    }};
}

#[test]
fn layout_of_exchange() {
    assert_layout!(Exchange: 2288 bytes, aligned to 8 {
        creator: 0,
        governance: 32,
        publisher: 64,
        quote_mint: 96,
        quote_bank: 128,
        parameters: 160,
        market_count: 232,
        bank_count: 234,
        index: 236,
        version: 238,
        bump: 239,
        reserved: 240,
    });
    assert_layout!(ExchangeParameters: 72 bytes, aligned to 8 {
        dust_limit: 0,
        mark_age_slots: 8,
        trade_oracle_age: 12,
        liquidation_oracle_age: 16,
        surface_age: 20,
        check_compute_cap: 24,
        vesting_seconds: 28,
        maintenance_factor: 32,
        initial_factor: 36,
        liquidation_buffer: 40,
        liquidation_tolerance: 44,
        liquidation_fee: 48,
        insurance_share: 52,
        slice_price_start: 56,
        slice_price_end: 60,
        slice_price_slots: 64,
        padding: 68,
    });
}

#[test]
fn layout_of_bank() {
    assert_layout!(Bank: 792 bytes, aligned to 8 {
        exchange: 0,
        mint: 32,
        vault: 64,
        token_program: 96,
        oracle: 128,
        parameters: 200,
        deposits: 224,
        insurance: 232,
        price: 240,
        confidence: 248,
        publish_time: 256,
        refreshed_slot: 264,
        number: 272,
        hedge_market: 274,
        token_decimals: 276,
        price_decimals: 277,
        version: 278,
        bump: 279,
        reserved: 280,
    });
    assert_layout!(OracleSource: 72 bytes, aligned to 1 {
        kind: 0,
        padding: 1,
        program: 8,
        feed: 40,
    });
    assert_layout!(BankParameters: 24 bytes, aligned to 8 {
        deposit_cap: 0,
        initial_haircut: 8,
        maintenance_haircut: 12,
        confidence_limit: 16,
        padding: 20,
    });
}

#[test]
fn layout_of_market() {
    assert_layout!(Market: 7440 bytes, aligned to 8 {
        exchange: 0,
        oracle: 32,
        name: 104,
        price: 120,
        confidence: 128,
        publish_time: 136,
        refreshed_slot: 144,
        perpetual_open_interest: 152,
        perpetual_pool: 160,
        last_expiry_number: 168,
        last_series_number: 172,
        number: 176,
        price_decimals: 178,
        quantity_decimals: 179,
        version: 180,
        bump: 181,
        padding: 182,
        parameters: 184,
        scenarios: 336,
        expiries: 496,
        series: 2320,
        reserved: 6416,
    });
    assert_layout!(MarketParameters: 152 bytes, aligned to 8 {
        unsettled_gain_cap: 0,
        open_interest_limit: 8,
        scan_range: 16,
        volatility_up: 20,
        volatility_down: 24,
        volatility_up_floor: 28,
        term_exponent_near: 32,
        term_exponent_far: 36,
        term_floor_seconds: 40,
        naked_short_maintenance: 44,
        naked_short_initial: 48,
        linear_maintenance: 52,
        linear_initial: 56,
        unsettled_gain_weight: 60,
        confidence_limit: 64,
        band_price: 68,
        band_volatility: 72,
        basis_limit: 76,
        tail_price_factors: 80,
        tail_weights: 112,
        core_nodes: 144,
        tail_nodes: 145,
        padding: 146,
    });
    assert_layout!(Scenarios: 160 bytes, aligned to 4 {
        price_factors: 0,
        log_factors: 80,
    });
    assert_layout!(Expiry: 152 bytes, aligned to 8 {
        expires_at: 0,
        posted_at: 8,
        open_interest: 16,
        pool: 24,
        averaged_price_seconds: 32,
        settlement_price: 40,
        svi_a: 48,
        svi_b: 56,
        svi_rho: 64,
        svi_m: 72,
        svi_sigma: 80,
        surface_sqrt_time: 88,
        svi_variance_shift: 96,
        number: 104,
        position_count: 108,
        series_count: 112,
        averaged_seconds: 116,
        basis: 120,
        rate: 124,
        status: 128,
        padding: 129,
        reserved: 136,
    });
    assert_layout!(Series: 32 bytes, aligned to 8 {
        strike: 0,
        log_strike: 8,
        open_interest: 16,
        number: 24,
        kind: 28,
        expiry_slot: 29,
        padding: 30,
    });
}

#[test]
fn layout_of_margin_account() {
    assert_layout!(MarginAccount: 3424 bytes, aligned to 8 {
        exchange: 0,
        owner: 32,
        cash: 64,
        liquidation_proceeds: 72,
        liquidation_started_slot: 80,
        liquidation_step_slot: 88,
        sub_account: 96,
        mode: 98,
        version: 99,
        bump: 100,
        position_count: 101,
        padding: 102,
        balances: 104,
        markets: 488,
        positions: 872,
        reserved: 2920,
    });
    assert_layout!(Balance: 24 bytes, aligned to 8 {
        amount: 0,
        hedge: 8,
        bank: 16,
        padding: 18,
    });
    assert_layout!(AccountMarket: 48 bytes, aligned to 8 {
        linear_gain_seen: 0,
        linear_gain_vested: 8,
        option_gain_seen: 16,
        option_gain_vested: 24,
        vested_at: 32,
        market: 40,
        position_count: 42,
        padding: 43,
    });
    assert_layout!(Position: 32 bytes, aligned to 8 {
        quantity: 0,
        ledger: 8,
        number: 16,
        kind: 20,
        market_slot: 21,
        expiry_slot: 22,
        series_slot: 23,
        reserved: 24,
    });
}

#[test]
fn accounts_fit_where_a_program_may_create_them() {
    // Eight bytes of discriminator; a program creates accounts of up to 10 KiB at an address of its own.
    for size in [size_of::<Exchange>(), size_of::<Bank>(), size_of::<Market>(), size_of::<MarginAccount>()] {
        assert!(8 + size <= 10_240);
    }
}
