//! What a process tells of itself: logs, metrics, health.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use clap::ValueEnum;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Boundaries of histograms of times, seconds.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON document a line.
    Json,
}

/// Begins to log to the standard error; `RUST_LOG` says how much, and this process's news if it says nothing.
pub fn log_as(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second subscriber in one process, as tests have it, changes nothing.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Whether the parts of a process do what they should: each says so time and again, or what is wrong.
#[derive(Clone, Default)]
pub struct Health {
    parts: Arc<Mutex<BTreeMap<&'static str, Part>>>,
}

struct Part {
    state: Result<(), String>,
    reported_at: Instant,
    /// After which silence counts as ill.
    patience: Duration,
}

impl Health {
    /// A part that is ill until it reports.
    pub fn expect(&self, part: &'static str, patience: Duration) {
        let state = Err("has not begun".to_owned());
        self.set(part, Part { state, reported_at: Instant::now(), patience });
    }

    /// A part reports.
    pub fn report(&self, part: &'static str, state: Result<(), String>) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parts.get_mut(part) {
            (known.state, known.reported_at) = (state, Instant::now());
        }
    }

    fn set(&self, name: &'static str, part: Part) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(name, part);
    }

    /// Whether all is well, and each part in words.
    pub fn summary(&self) -> (bool, BTreeMap<&'static str, String>) {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_well = true;
        let words = parts.iter().map(|(name, part)| {
            let silence = part.reported_at.elapsed();
            let words = match &part.state {
                Ok(()) if silence <= part.patience => "ok".to_owned(),
                Ok(()) => format!("silent for {} s", silence.as_secs()),
                Err(problem) => problem.clone(),
            };
            is_well &= words == "ok";
            (*name, words)
        });
        let words = words.collect();
        (is_well, words)
    }
}

/// Metrics and health of a process, over HTTP.
#[derive(Clone)]
pub struct Telemetry {
    metrics: PrometheusHandle,
    /// What `/health` shows.
    pub health: Health,
}

impl Telemetry {
    /// Begins to count. Once a process.
    ///
    /// # Errors
    /// If something else counts already.
    pub fn install() -> Result<Self> {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let metrics = builder?.install_recorder().context("metrics are counted already")?;
        Ok(Self { metrics, health: Health::default() })
    }

    /// `GET /metrics` in Prometheus's format, and `GET /health`: 200 if all is well, 503 otherwise, with every part in words.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(|State(it): State<Self>| async move { it.metrics.render() }))
            .route("/health", get(health))
            .with_state(self.clone())
    }

    /// Serves a router with this one's paths.
    ///
    /// # Errors
    /// If the address is in use. Returns where it listens.
    pub async fn serve(&self, address: SocketAddr, other: Router) -> Result<SocketAddr> {
        let listener = TcpListener::bind(address).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {address}: choose another one with --listen"))?;
        let address = listener.local_addr()?;
        let router = other.merge(self.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }
}

async fn health(State(telemetry): State<Telemetry>) -> impl IntoResponse {
    let (is_well, parts) = telemetry.health.summary();
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body: Value = json!({ "ok": is_well, "parts": parts });
    (status, Json(body))
}

/// What a process ends with: what went wrong is said on the standard error, whatever is logged.
pub fn exit_code(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for Ctrl-C or a request to end.
///
/// # Errors
/// If signals cannot be waited for.
pub async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.context("cannot wait for Ctrl-C"),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_needs_every_part_to_report() {
        let health = Health::default();
        health.expect("prices", Duration::from_secs(60));
        health.expect("accounts", Duration::ZERO);
        assert_eq!(health.summary().1["prices"], "has not begun");
        health.report("prices", Ok(()));
        assert_eq!(health.summary().1["prices"], "ok");
        health.report("accounts", Ok(()));
        std::thread::sleep(Duration::from_millis(2));
        let (is_well, parts) = health.summary();
        assert!(!is_well);
        assert!(parts["accounts"].starts_with("silent"), "{}", parts["accounts"]);
        health.report("accounts", Err("no node answers".to_owned()));
        assert_eq!(health.summary().1["accounts"], "no node answers");
    }
}
