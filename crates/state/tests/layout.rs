//! The byte layout of every account, pinned: clients in other languages and accounts already on chain rely on it.
//!
//! A change here is a change of layout: it needs a new `LAYOUT_VERSION` and a migration. Offsets count from the end of
//! the eight-byte discriminator.

use ballast_state::{
    AccountMarket, Balance, Bank, BankParameters, Delegate, Exchange, ExchangeParameters, Expiry, FeeWindow,
    GovernanceParameters, GroupParameters, LendingPool, MarginAccount, Market, MarketGroup, MarketParameters,
    OracleSource, OrderRecord, OrderRecords, PendingChange, PendingRole, PlacedOrder, Position, PriceHistory,
    Scenarios, Series, Stake, VestingGain,
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
    assert_layout!(Exchange: 3248 bytes, aligned to 8 {
        creator: 0,
        governance: 32,
        quote_mint: 64,
        quote_bank: 96,
        parameters: 128,
        groups: 344,
        quote_bank_number: 1240,
        padding: 1242,
        market_count: 1248,
        bank_count: 1250,
        index: 1252,
        version: 1254,
        bump: 1255,
        risk: 1256,
        listing: 1288,
        guardian: 1320,
        pending_roles: 1352,
        governing: 1512,
        trades_paused_until: 1552,
        withdrawals_paused_until: 1560,
        pause_ends_at: 1568,
        next_pause_at: 1576,
        reserved: 1584,
    });
    assert_layout!(PendingRole: 40 bytes, aligned to 8 { key: 0, earliest: 32 });
    assert_layout!(GovernanceParameters: 40 bytes, aligned to 8 {
        outflow_floor: 0,
        loosening_delay_seconds: 8,
        tightening_delay_seconds: 12,
        hand_over_delay_seconds: 16,
        change_interval_seconds: 20,
        pause_seconds: 24,
        pause_gap_seconds: 28,
        outflow_window_seconds: 32,
        oracle_life_seconds: 36,
    });
    assert_layout!(PendingChange: 240 bytes, aligned to 8 {
        exchange: 0,
        target: 32,
        proposer: 64,
        key: 96,
        key_before: 128,
        value: 160,
        value_before: 168,
        proposed_at: 176,
        earliest: 184,
        applied_at: 192,
        parameter: 200,
        slot: 204,
        direction: 205,
        version: 206,
        bump: 207,
        reserved: 208,
    });
    assert_layout!(ExchangeParameters: 216 bytes, aligned to 8 {
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
        peg_threshold: 68,
        peg_factor: 72,
        surface_widening_rate: 76,
        surface_widening_cap: 80,
        variance_fast_seconds: 84,
        variance_slow_seconds: 88,
        variance_interval_seconds: 92,
        value_at_risk_deviations: 96,
        value_at_risk_horizon_seconds: 100,
        close_factor: 104,
        close_factor_floor: 108,
        liquidation_cooldown_slots: 112,
        accelerated_slots: 116,
        insurance_draw_share: 120,
        insurance_window_seconds: 124,
        gain_cut_share: 128,
        stake_cooldown_seconds: 132,
        funding_period_seconds: 136,
        funding_limit: 140,
        funding_catch_up_seconds: 144,
        settlement_gap_seconds: 148,
        settlement_coverage: 152,
        settlement_extension_seconds: 156,
        premium_fee_cap: 160,
        rebate_rate: 164,
        rebate_share: 168,
        fee_window_seconds: 172,
        lending_rate_base: 176,
        lending_kink: 180,
        lending_rate_kink: 184,
        lending_rate_highest: 188,
        lending_insurance_share: 192,
        lending_catch_up_seconds: 196,
        dispute_seconds: 200,
        withdrawal_index_step: 204,
        bankruptcy_dispute_seconds: 208,
        padding: 212,
    });
    assert_layout!(MarketGroup: 224 bytes, aligned to 4 {
        parameters: 0,
        correlations: 88,
        markets: 200,
        market_count: 216,
        padding: 217,
    });
    assert_layout!(GroupParameters: 88 bytes, aligned to 4 {
        tail_price_factors: 0,
        tail_weights: 32,
        cells: 64,
        gain_allowance: 76,
        core_nodes: 80,
        tail_nodes: 81,
        window: 82,
        padding: 83,
    });
}

#[test]
fn layout_of_bank() {
    assert_layout!(Bank: 904 bytes, aligned to 8 {
        exchange: 0,
        mint: 32,
        vault: 64,
        token_program: 96,
        oracle: 128,
        parameters: 200,
        deposits: 280,
        insurance: 288,
        price: 296,
        confidence: 304,
        publish_time: 312,
        refreshed_slot: 320,
        listed_at: 328,
        prices: 336,
        volatility: 376,
        maintenance_haircut: 380,
        number: 384,
        hedge_market: 386,
        token_decimals: 388,
        price_decimals: 389,
        version: 390,
        bump: 391,
        closing_since: 392,
        lending: 400,
        insurance_shares: 456,
        insurance_epoch: 464,
        open_bankruptcies: 468,
        outflow: 472,
        outflow_at: 480,
        paused_until: 488,
        first_published_at: 496,
        activated_at: 504,
        oracle_average: 512,
        doubtful_since: 520,
        reserved: 528,
    });
    assert_layout!(LendingPool: 56 bytes, aligned to 8 {
        assets: 0,
        shares: 8,
        borrowed: 16,
        uncollected: 24,
        insurance_due: 32,
        index: 40,
        accrued_at: 48,
    });
    assert_layout!(OracleSource: 72 bytes, aligned to 1 {
        kind: 0,
        padding: 1,
        program: 8,
        feed: 40,
    });
    assert_layout!(BankParameters: 80 bytes, aligned to 8 {
        deposit_cap: 0,
        initial_cap: 8,
        cap_ramp_seconds: 16,
        haircut_base: 20,
        haircut_highest: 24,
        haircut_volatility_slope: 28,
        calm_volatility: 32,
        haircut_confidence_slope: 36,
        haircut_size_slope: 40,
        haircut_maintenance_share: 44,
        haircut_ramp_seconds: 48,
        liquidity_haircut: 52,
        stable_price_growth: 56,
        seed_volatility: 60,
        confidence_limit: 64,
        outflow_share: 68,
        confidence_refusal: 72,
        divergence_limit: 76,
    });
}

#[test]
fn layout_of_price_history() {
    assert_layout!(PriceHistory: 40 bytes, aligned to 8 {
        variance_fast: 0,
        variance_slow: 8,
        variance_reference_log: 16,
        variance_reference_time: 24,
        stable_price: 32,
    });
}

#[test]
fn layout_of_market() {
    assert_layout!(Market: 8072 bytes, aligned to 8 {
        exchange: 0,
        oracle: 32,
        name: 104,
        price: 120,
        confidence: 128,
        publish_time: 136,
        refreshed_slot: 144,
        perpetual_open_interest: 152,
        perpetual_pool: 160,
        prices: 168,
        scan_range: 208,
        maintenance_range: 212,
        quality: 216,
        perpetual_basis: 220,
        last_expiry_number: 224,
        last_series_number: 228,
        number: 232,
        price_decimals: 234,
        quantity_decimals: 235,
        version: 236,
        bump: 237,
        group: 238,
        group_place: 239,
        publishers: 240,
        publisher_count: 496,
        padding: 497,
        parameters: 504,
        scenarios: 784,
        expiries: 1008,
        series: 3312,
        funding_index: 7408,
        funded_at: 7416,
        funding_fraction: 7424,
        perpetual_position_count: 7428,
        closing_expiry_number: 7432,
        closing_expiry_slot: 7436,
        closing_padding: 7437,
        fees: 7440,
        insurance_drawn: 7448,
        insurance_window_started_at: 7456,
        perpetual_gain_units: 7464,
        perpetual_gain_index: 7472,
        uncollected_cut: 7480,
        paused_until: 7488,
        first_published_at: 7496,
        activated_at: 7504,
        second_oracle: 7512,
        second_price: 7584,
        second_confidence: 7592,
        second_publish_time: 7600,
        oracle_average: 7608,
        withdrawal_index: 7616,
        doubtful_since: 7624,
        reserved: 7632,
    });
    assert_layout!(MarketParameters: 280 bytes, aligned to 8 {
        unsettled_gain_cap: 0,
        delta_free: 8,
        vega_free: 16,
        open_interest_limit: 24,
        scan_deviations: 32,
        scan_horizon_seconds: 36,
        implied_variance_share: 40,
        scan_range_floor: 44,
        scan_range_cap: 48,
        scan_range_fall: 52,
        scan_range_ramp_seconds: 56,
        seed_volatility: 60,
        volatility_up: 64,
        volatility_down: 68,
        volatility_up_floor: 72,
        term_exponent_near: 76,
        term_exponent_far: 80,
        term_floor_seconds: 84,
        skew_base: 88,
        skew_scale: 92,
        skew_width_floor: 96,
        skew_width: 100,
        skew_volatility: 104,
        skew_volatility_per_root: 108,
        basis_down: 112,
        basis_up: 116,
        basis_add: 120,
        basis_per_year: 124,
        discount_base_long: 128,
        discount_base_short: 132,
        discount_rate_long: 136,
        discount_rate_short: 140,
        discount_add_long: 144,
        discount_add_short: 148,
        naked_short_maintenance: 152,
        naked_short_initial: 156,
        linear_maintenance: 160,
        linear_initial: 164,
        confidence_threshold: 168,
        confidence_rate: 172,
        confidence_limit: 176,
        confidence_refusal: 180,
        source_distance_limit: 184,
        delta_slope: 188,
        delta_cap: 192,
        vega_slope: 196,
        vega_cap: 200,
        volatility_of_volatility: 204,
        unsettled_gain_weight: 208,
        stable_price_growth: 212,
        band_price: 216,
        band_volatility: 220,
        basis_limit: 224,
        perpetual_basis_limit: 228,
        surface_volatility_step: 232,
        surface_tilt_step: 236,
        surface_wing_step: 240,
        surface_basis_step: 244,
        surface_rate_step: 248,
        surface_volatility_day: 252,
        surface_basis_day: 256,
        taker_fee: 260,
        maker_fee: 264,
        concentration_fee_slope: 268,
        concentration_fee_cap: 272,
        skew_scenarios: 276,
        skew_discounted: 277,
        publisher_threshold: 278,
        padding: 279,
    });
    assert_layout!(Scenarios: 224 bytes, aligned to 4 {
        price_factors: 0,
        log_factors: 88,
        tail_weights: 176,
        cells: 208,
        core_nodes: 220,
        tail_nodes: 221,
        padding: 222,
    });
    assert_layout!(Expiry: 192 bytes, aligned to 8 {
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
        theta: 104,
        psi: 112,
        day_started_at: 120,
        day_volatility: 128,
        day_basis: 132,
        number: 136,
        position_count: 140,
        series_count: 144,
        averaged_seconds: 148,
        basis: 152,
        rate: 156,
        status: 160,
        padding: 161,
        claim_count: 164,
        settlement_extension: 168,
        settlement_gap: 172,
        settlement_required: 174,
        credit_units: 176,
        credit_index: 184,
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
    assert_layout!(MarginAccount: 3552 bytes, aligned to 8 {
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
        is_bankrupt: 102,
        padding: 103,
        balances: 104,
        markets: 488,
        positions: 1128,
        liquidation_taken: 3176,
        fee_window: 3184,
        debt: 3208,
        debt_index: 3216,
        lending_shares: 3224,
        delegate: 3232,
        authorised_changes: 3280,
        reserved: 3288,
    });
    assert_layout!(Delegate: 48 bytes, aligned to 8 {
        key: 0,
        expires_at: 32,
        markets: 40,
    });
    assert_layout!(FeeWindow: 24 bytes, aligned to 8 {
        started_at: 0,
        paid: 8,
        rebated: 16,
    });
    assert_layout!(Balance: 24 bytes, aligned to 8 {
        amount: 0,
        hedge: 8,
        bank: 16,
        padding: 18,
    });
    assert_layout!(AccountMarket: 80 bytes, aligned to 8 {
        linear_gain: 0,
        option_gain: 24,
        vested_at: 48,
        perpetual_gain: 56,
        perpetual_gain_index: 64,
        market: 72,
        position_count: 74,
        padding: 75,
    });
    assert_layout!(VestingGain: 24 bytes, aligned to 8 {
        seen: 0,
        vested: 8,
        vests_at: 16,
    });
    assert_layout!(Position: 32 bytes, aligned to 8 {
        quantity: 0,
        ledger: 8,
        number: 16,
        kind: 20,
        market_slot: 21,
        expiry_slot: 22,
        series_slot: 23,
        entry_index: 24,
    });
}

#[test]
fn layout_of_stake() {
    assert_layout!(Stake: 160 bytes, aligned to 8 {
        exchange: 0,
        owner: 32,
        shares: 64,
        requested_shares: 72,
        requested_at: 80,
        epoch: 88,
        version: 92,
        bump: 93,
        padding: 94,
        reserved: 96,
    });
}

#[test]
fn layout_of_orders() {
    assert_layout!(OrderRecords: 5288 bytes, aligned to 8 {
        account: 0,
        owner: 32,
        domain: 64,
        minimum_nonce: 80,
        opened_slot: 88,
        epoch: 96,
        version: 100,
        bump: 101,
        padding: 102,
        records: 104,
        reserved: 5224,
    });
    assert_layout!(OrderRecord: 40 bytes, aligned to 8 {
        nonce: 0,
        expires_at: 8,
        fees: 16,
        id: 24,
        filled: 32,
        is_cancelled: 36,
        padding: 37,
    });
    assert_layout!(PlacedOrder: 440 bytes, aligned to 8 {
        account: 0,
        signer: 32,
        payer: 64,
        nonce: 96,
        message: 104,
        length: 432,
        version: 434,
        bump: 435,
        padding: 436,
    });
}

#[test]
fn accounts_fit_where_a_program_may_create_them() {
    // Eight bytes of discriminator; a program creates accounts of up to 10 KiB at an address of its own.
    for size in [size_of::<Exchange>(), size_of::<Bank>(), size_of::<Market>(), size_of::<MarginAccount>()] {
        assert!(8 + size <= 10_240);
    }
}
