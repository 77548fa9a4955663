//! Parameters of a market.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use crate::decimal::{Decimal, shortened};

/// Defines a group of parameters, each of which may be left out, and how one set stands in for what another leaves out.
macro_rules! parameter_group {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
            $(; $($(#[$nested_meta:meta])* $nested:ident: $nested_type:ty,)*)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: Option<$type>,)*
            $($($(#[$nested_meta])* pub $nested: $nested_type,)*)?
        }

        impl $name {
            /// These parameters, and those of `other` where these are left out.
            #[must_use]
            pub fn or(&self, other: &Self) -> Self {
                Self {
                    $($field: self.$field.clone().or_else(|| other.$field.clone()),)*
                    $($($nested: self.$nested.or(&other.$nested),)*)?
                }
            }
        }
    };
}

parameter_group! {
    /// Parameters of a market. Whatever is left out is taken from the book's `parameters`, then from the preset.
    Parameters {
        /// Whose defaults apply where nothing is stated: "major" for one of the two largest coins, "volatile" for one
        /// like SOL, "small" for others.
        preset: Preset,
        /// R: largest price move of the core grid, up and down, as a fraction of the price. Unless stated it follows
        /// from `scan_range_dynamics` if those state a volatility, and is the preset's floor otherwise.
        scan_range: Decimal,
        /// R_m: the scan range that maintenance margin has got used to, at most `scan_range`; the same unless stated.
        maintenance_scan_range: Decimal,
        /// Price moves of the core grid, at equal steps from −R to R: odd, 3 to 11.
        core_nodes: Decimal,
        /// Extreme price moves beyond the core grid, at most eight; an empty list for none.
        tails: Vec<Tail>,
        /// The volatility per year of the index, for the value at risk.
        realised_volatility: Decimal,
        /// ν: the volatility per year of volatility, for the value at risk.
        volatility_of_volatility: Decimal,
        /// Seconds before expiry over which the settlement price is averaged; 0 for none. 1800 unless stated.
        averaging_seconds: Decimal,
        ;
        /// Which moves of the core grid exist in which volatility row. All unless stated.
        cells: Cells,
        /// How the scan range follows from volatility.
        scan_range_dynamics: ScanRangeParameters,
        /// How far the volatility rows move.
        volatility: VolatilityParameters,
        /// The skew scenarios.
        skew: SkewParameters,
        /// The basis shocks.
        basis: BasisParameters,
        /// What option values count for in scenarios, by their sign.
        discount: DiscountParameters,
        /// Charge on each naked short option, of the index.
        naked_short: RateParameters,
        /// Charge on the notional of perpetuals and futures.
        linear: RateParameters,
        /// Charge on uncertain prices.
        confidence: ConfidenceParameters,
        /// Charge on the net delta.
        delta_concentration: ConcentrationParameters,
        /// Charge on the net vega.
        vega_concentration: ConcentrationParameters,
        /// How far unsettled gains count.
        unsettled_gains: GainParameters,
    }
}

/// Kinds of market that have defaults of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// One of the two largest coins.
    #[default]
    Major,
    /// A coin as volatile as SOL.
    Volatile,
    /// A small coin.
    Small,
}

/// An extreme price move.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// The move, as a fraction of the price: -0.66 or 5. From −0.99 to 6.
    #[serde(rename = "move")]
    pub price_move: Decimal,
    /// Share of the loss that counts: 0 to 1.
    pub weight: Decimal,
    /// Volatility rows in which the move exists; volatility up unless stated.
    #[serde(default)]
    pub rows: Option<Vec<Row>>,
}

/// A volatility row of the scenario grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Row {
    /// Volatility up.
    Up,
    /// Volatility as it is.
    Flat,
    /// Volatility down.
    Down,
}

parameter_group! {
    /// Which moves of the core grid exist in which volatility row.
    Cells {
        /// With volatility up.
        up: RowCells,
        /// With volatility as it is.
        flat: RowCells,
        /// With volatility down.
        down: RowCells,
    }
}

/// The moves of the core grid that exist in one volatility row: "all", "none", a list of moves, or all moves from one
/// to another, as in {"from": -0.135, "to": 0.135}. Moves are fractions of the price.
#[derive(Clone, Debug, PartialEq)]
pub enum RowCells {
    /// Every move.
    All,
    /// No move.
    None,
    /// These moves.
    Moves(Vec<Decimal>),
    /// All moves between these two, inclusive.
    Between(Decimal, Decimal),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    from: Decimal,
    to: Decimal,
}

impl<'de> Deserialize<'de> for RowCells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'[') => serde_json::from_str(text).map(Self::Moves).map_err(D::Error::custom),
            Some(b'{') => {
                serde_json::from_str(text).map(|Between { from, to }| Self::Between(from, to)).map_err(D::Error::custom)
            }
            _ if text == "\"all\"" => Ok(Self::All),
            _ if text == "\"none\"" => Ok(Self::None),
            _ => Err(D::Error::custom(format_args!(
                "expected \"all\", \"none\", a list of moves or {{\"from\": …, \"to\": …}}, got {}",
                shortened(text)
            ))),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RowCells {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RowCells".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let number = generator.subschema_for::<Decimal>();
        schemars::json_schema!({
            "description": "The moves of the core grid that exist in one volatility row, as fractions of the price.",
            "anyOf": [
                { "enum": ["all", "none"] },
                { "type": "array", "items": number },
                {
                    "type": "object",
                    "properties": { "from": number, "to": number },
                    "required": ["from", "to"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

parameter_group! {
    /// How the scan range follows from volatility: clamp(z·√(h·v), floor, cap), v the largest of both realised
    /// variances and the share of the implied one.
    ScanRangeParameters {
        /// z: standard deviations that the range covers.
        deviations: Decimal,
        /// h: over how long, seconds.
        horizon_seconds: Decimal,
        /// Realised volatility per year, fast average.
        fast_volatility: Decimal,
        /// Realised volatility per year, slow average.
        slow_volatility: Decimal,
        /// Implied volatility at the money per year; the highest of the market's expiries unless stated.
        implied_volatility: Decimal,
        /// Share of the implied variance that counts.
        implied_share: Decimal,
        /// Narrowest range.
        floor: Decimal,
        /// Widest range.
        cap: Decimal,
        /// The range before this step, from which it may fall only so fast.
        previous: Decimal,
        /// The range before this step that maintenance margin had got used to; `previous` unless stated.
        previous_maintenance: Decimal,
        /// Seconds since then.
        elapsed_seconds: Decimal,
        /// How far the range may fall in a day, of itself.
        fall_per_day: Decimal,
        /// Seconds in which a rise reaches maintenance margin in full.
        ramp_seconds: Decimal,
    }
}

parameter_group! {
    /// The volatility rows. τ = 30 days / max(time to expiry, floor), p the exponent.
    /// Up: max(σ·(1 + up·τ^p) + up_shift, up_floor). Down: σ·max(0, 1 − down·τ^p) − down_shift, at least 0.
    VolatilityParameters {
        /// Relative rise of the up row at 30 days.
        up: Decimal,
        /// Relative fall of the down row at 30 days.
        down: Decimal,
        /// Rise of the up row in volatility per year, whatever the term. 0 unless stated.
        up_shift: Decimal,
        /// Fall of the down row in volatility per year, whatever the term. 0 unless stated.
        down_shift: Decimal,
        /// Lowest volatility per year of the up row.
        up_floor: Decimal,
        /// Exponent of the term factor up to 30 days.
        exponent_near: Decimal,
        /// Exponent of the term factor beyond 30 days.
        exponent_far: Decimal,
        /// Shortest time that the term factor takes, seconds.
        floor_seconds: Decimal,
    }
}

parameter_group! {
    /// The skew scenarios: volatility times max(0, 1 + clamp(k·cap/k*, −cap, cap)) with k = ln(K/F), or |k|;
    /// cap = base·√T + scale, k* = max(width_floor, √T·width·(volatility + √T·volatility_per_root)).
    SkewParameters {
        /// Whether the smile tilts (k).
        linear: bool,
        /// Whether the smile bends (|k|).
        absolute: bool,
        /// Whether the discount factors apply to the shocked value. Netting may then cost more than it saves.
        discounted: bool,
        /// Part of the cap that grows with √T.
        base: Decimal,
        /// Part of the cap that does not.
        scale: Decimal,
        /// Least k*.
        width_floor: Decimal,
        /// Standard deviations at which the cap is reached …
        width: Decimal,
        /// … of this volatility per year …
        volatility: Decimal,
        /// … which rises by this per √T.
        volatility_per_root: Decimal,
    }
}

parameter_group! {
    /// The basis shocks of every expiry: the loss to the worse of both, times (add + per_year·T).
    BasisParameters {
        /// Fall of the forward.
        down: Decimal,
        /// Rise of the forward.
        up: Decimal,
        /// Share of the loss that counts, whatever the term.
        add: Decimal,
        /// Share per year to expiry.
        per_year: Decimal,
    }
}

parameter_group! {
    /// What the option value of an expiry counts for in scenarios. Worth something:
    /// base_long·exp(−T·(r·rate_long + add_long)). Costing something:
    /// min(1/D, base_short·exp(T·(r·rate_short + add_short))).
    DiscountParameters {
        /// Factor of a positive value.
        base_long: Decimal,
        /// Factor of a negative value.
        base_short: Decimal,
        /// Multiple of the interest rate for a positive value.
        rate_long: Decimal,
        /// Multiple of the interest rate for a negative value.
        rate_short: Decimal,
        /// Rate per year beside that for a positive value.
        add_long: Decimal,
        /// Rate per year beside that for a negative value.
        add_short: Decimal,
    }
}

parameter_group! {
    /// A charge rate.
    RateParameters {
        /// For maintenance margin.
        maintenance: Decimal,
        /// Added to that for initial margin.
        initial: Decimal,
    }
}

parameter_group! {
    /// Initial margin's charge on uncertain prices: (1 − quality)·rate·notional while the quality is below the
    /// threshold.
    ConfidenceParameters {
        /// Quality below which the charge begins.
        threshold: Decimal,
        /// Of the notional, at a quality of zero.
        rate: Decimal,
        /// Confidence of a price, of that price, at which its quality is zero.
        rejection: Decimal,
    }
}

parameter_group! {
    /// Initial margin's charge on a large exposure: min(cap, slope·X/10 million)·X, X the exposure beyond what is free.
    ConcentrationParameters {
        /// What is free, USD. Of vega: USD per 1.00 of volatility.
        free: Decimal,
        /// Rise of the rate per 10 million USD.
        slope: Decimal,
        /// Highest rate.
        cap: Decimal,
    }
}

parameter_group! {
    /// How far unsettled gains of perpetuals and futures count in initial margin.
    GainParameters {
        /// Share that counts.
        weight: Decimal,
        /// Most that counts in the market, USD.
        cap: Decimal,
    }
}
