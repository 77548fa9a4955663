//! Quotes of volatilities, as a file or an HTTP address states them.
#![allow(clippy::float_arithmetic)]

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use ballast_risk::{SignedRatio, surface::EssviSlice};
use ballast_state::{Expiry, Market, market::SurfacePost};
use serde::Deserialize;

use super::fit;

/// Seconds of the year that all volatilities refer to.
const YEAR: f64 = 31_536_000.0;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where quotes are read.
pub enum Source {
    /// A file.
    File(PathBuf),
    /// An HTTP address.
    Http(String),
}

impl Source {
    /// A file, unless it begins as an HTTP address does.
    pub fn new(named: &str) -> Self {
        let is_address = named.starts_with("http://") || named.starts_with("https://");
        if is_address { Self::Http(named.to_owned()) } else { Self::File(named.into()) }
    }

    /// Reads them as they are now.
    ///
    /// # Errors
    /// If they cannot be read, or are no quotes.
    pub async fn read(&self) -> Result<Quotes> {
        let (text, name) = match self {
            Self::File(path) => {
                let name = path.display().to_string();
                (std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?, name)
            }
            Self::Http(url) => {
                let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
                let response = client.get(url).send().await?.error_for_status()?;
                (response.text().await?, url.clone())
            }
        };
        serde_json::from_str(&text).with_context(|| format!("{name} holds no quotes"))
    }
}

/// What is quoted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotes {
    /// By name of the market.
    pub markets: BTreeMap<String, MarketQuotes>,
}

/// What is quoted for a market.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarketQuotes {
    /// The smile of every expiry without quotes of its own.
    pub smile: Option<Smile>,
    /// ln(forward / index) per year.
    #[serde(default)]
    pub carry: f64,
    /// Interest rate per year, continuously compounded.
    #[serde(default)]
    pub rate: f64,
    /// The perpetual's mark less the index, as a share of the index; stays as it is if left out.
    pub perpetual_basis: Option<f64>,
    /// Quotes of single expiries.
    #[serde(default)]
    pub expiries: Vec<ExpiryQuotes>,
}

/// A smile in three numbers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smile {
    /// Volatility per year at the money: 0.6 is 60 %.
    pub volatility: f64,
    /// Tilt, between −1 and 1; negative when low strikes cost more.
    pub skew: f64,
    /// Curvature: ψ = curvature × √θ.
    pub curvature: f64,
}

/// Quotes of one expiry.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpiryQuotes {
    /// When it expires, Unix seconds.
    pub expires_at: i64,
    /// Its forward, USD; follows from index and carry if left out.
    pub forward: Option<f64>,
    /// Strikes in USD, and the volatilities per year quoted there.
    pub volatilities: Vec<(f64, f64)>,
}

impl MarketQuotes {
    /// The surface of an expiry that is so many seconds away; nothing if nothing is quoted for it.
    ///
    /// # Errors
    /// If the quotes make no sense.
    pub fn surface(&self, market: &Market, expiry: &Expiry, seconds: i64) -> Result<Option<SurfacePost>> {
        let years = seconds as f64 / YEAR;
        let index = market.price as f64 / 10_f64.powi(i32::from(market.price_decimals));
        let quoted = self.expiries.iter().find(|it| it.expires_at == expiry.expires_at);
        let forward = quoted.and_then(|it| it.forward).filter(|_| index > 0.0);
        let basis = forward.map_or(self.carry * years, |forward| (forward / index).ln());
        let smile = match quoted {
            Some(quoted) => {
                let forward = index * basis.exp();
                let points: Vec<(f64, f64)> = quoted
                    .volatilities
                    .iter()
                    .map(|&(strike, volatility)| ((strike / forward).ln(), volatility * volatility * years))
                    .collect();
                fit::essvi(&points).with_context(|| format!("the expiry at {}", expiry.expires_at))?
            }
            None => {
                let Some(smile) = self.smile else { return Ok(None) };
                let theta = smile.volatility * smile.volatility * years;
                fit::Slice { theta, rho: smile.skew, psi: smile.curvature * theta.sqrt() }
            }
        };
        let scaled = |value: f64, bits: i32| (value * f64::from(bits).exp2()).round();
        Ok(Some(SurfacePost {
            smile: EssviSlice {
                theta_q40: (scaled(smile.theta, 28) as u64) << 12,
                rho_q29: scaled(smile.rho, 29) as i64,
                psi_q40: (scaled(smile.psi, 28) as u64) << 12,
            },
            basis: SignedRatio::from_bits(scaled(basis, 30) as i32),
            rate: SignedRatio::from_bits(scaled(self.rate, 30) as i32),
        }))
    }

    /// The perpetual's basis to post, scale 2^-30, no further than a step away; nothing if it is where it should be.
    pub fn perpetual_basis(&self, market: &Market) -> Option<i32> {
        let wanted = (self.perpetual_basis? * 30_f64.exp2()).round() as i64;
        let before = i64::from(market.perpetual_basis);
        let step = i64::from(market.parameters.surface_basis_step);
        let limit = i64::from(market.parameters.perpetual_basis_limit);
        let next = wanted.clamp(before - step, before + step).clamp(-limit, limit);
        (next != before).then_some(next as i32)
    }
}
