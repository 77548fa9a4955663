//! Configuration: a TOML file, what the environment says instead, what the command line says instead of both.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{NetworkArgs, telemetry::LogFormat};

/// What the command lines of all services have in common.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub struct ServiceArgs {
    /// File of settings, in TOML
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Key that it works with
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
    /// Where it answers, /metrics and /health among the rest
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    /// How log lines look [default: text]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogFormat>,
}

/// Reads configuration. Environment variables are `prefix` and the setting's name in capitals, `__` between the name of a table
/// and a setting in it. `command_line` serialises what was said there and leaves out the rest.
///
/// # Errors
/// If the file cannot be read, a setting is unknown to `T`, or a value is none of its kind; the message names the setting and
/// where it came from.
pub fn read<T: DeserializeOwned>(file: Option<&Path>, prefix: &str, command_line: &impl Serialize) -> Result<T> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    let figment = figment.merge(Env::prefixed(prefix).split("__")).merge(Serialized::defaults(command_line));
    figment.extract().context("the configuration makes no sense")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        port: u16,
        limits: Limits,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        notional: u64,
    }

    #[derive(Default, Serialize)]
    struct CommandLine {
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let folder = std::env::temp_dir().join(format!("ballast-settings-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("settings.toml");
        fs::write(&file, "port = 1\n[limits]\nnotional = 5\n").unwrap();
        let none = CommandLine::default();
        let settings: Settings = read(Some(&file), "BALLAST_TEST_SETTINGS_", &none).unwrap();
        assert_eq!((settings.port, settings.limits.notional), (1, 5));
        let settings: Settings = read(Some(&file), "BALLAST_TEST_SETTINGS_", &CommandLine { port: Some(2) }).unwrap();
        assert_eq!(settings.port, 2);

        fs::write(&file, "port = 1\ncolour = 3\n[limits]\nnotional = 5\n").unwrap();
        let error = format!("{:#}", read::<Settings>(Some(&file), "BALLAST_TEST_SETTINGS_", &none).unwrap_err());
        assert!(error.contains("colour"), "{error}");
        let missing = folder.join("missing.toml");
        assert!(read::<Settings>(Some(&missing), "BALLAST_TEST_SETTINGS_", &none).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
