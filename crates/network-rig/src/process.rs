//! Processes that end with the test.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use crate::until;

/// A program that runs in the background.
pub struct Process {
    child: Child,
    name: String,
    log: std::path::PathBuf,
}

impl Process {
    /// Starts a program; what it says goes to `log`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(program: &Path, args: &[String], log: &Path) -> Result<Self> {
        Self::start_with(program, args, &[], log)
    }

    /// [`Process::start`] with variables in its environment.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_with(program: &Path, args: &[String], environment: &[(&str, &str)], log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        let child = Command::new(program)
            .args(args)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child, name: program.display().to_string(), log: log.to_owned() })
    }

    /// Waits until `GET url` answers with success.
    ///
    /// # Errors
    /// If the process ends, or does not answer so; what it said is part of the message.
    pub async fn answers(&mut self, url: &str) -> Result<()> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        for _ in 0..1_200 {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", self.name, self.said());
            }
            if client.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("{} does not answer well at {url}:\n{}", self.name, self.said())
    }

    /// Everything that it has said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to end, and waits for that. Returns whether it ended with success.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn end(mut self) -> Result<bool> {
        if let Some(id) = self.child.id() {
            let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
            anyhow::ensure!(asked.success(), "{} cannot be asked to end", self.name);
        }
        let status = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        Ok(status.with_context(|| format!("{} did not end", self.name))??.success())
    }

    /// Ends it where it stands.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("{} cannot be ended", self.name))
    }

    /// Waits until it has said something.
    ///
    /// # Errors
    /// If it does not.
    pub async fn says(&self, text: &str) -> Result<()> {
        until(&format!("{} to say {text:?}", self.name), || async { Ok(self.said().contains(text)) })
            .await
            .with_context(|| self.said())
    }
}
