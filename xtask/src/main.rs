//! The project's one front door: builds, tests, measures and checks everything. `cargo xtask help` lists it.

mod app;
mod apt;
mod artifact;
mod check;
mod chromium;
mod commands;
mod comparison;
mod doctor;
mod idl;
mod image;
mod mutation;
mod process;
mod progress;
mod services;
mod sources;
mod toolchain;
mod wasm;
mod workspace;

use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

/// Builds, tests, measures and checks Ballast.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the program image (target/deploy/ballast.so), its IDL (target/idl/ballast.json) and the browser engine
    /// (target/wasm)
    ///
    /// Uses `cargo build-sbf` where it is installed. Elsewhere it assembles a toolchain from Debian packages and the
    /// crate registry, once, in target/sbf-toolchain. What is current is not built again.
    Build(BuildArgs),
    /// Builds the image, the IDL and the browser engine, then runs every test of the workspace and those in Node
    Test(TestArgs),
    /// Starts a local network with a seeded exchange, keeper, relay and market maker, and prints its addresses; Ctrl-C
    /// ends it
    ///
    /// Builds everything first. What follows is handed to the network: `cargo xtask localnet --help`.
    /// `--without-services` starts the network alone.
    #[command(disable_help_flag = true)]
    Localnet(Passthrough),
    /// Serves the dashboard beside the local network, which it starts unless it runs; Ctrl-C ends both
    ///
    /// Builds the image, the browser engine and the dashboard first. What follows is handed on: `cargo xtask dashboard --help`.
    #[command(disable_help_flag = true)]
    Dashboard(Passthrough),
    /// Generates the TypeScript client from the program's interface, after a change of the program
    ///
    /// Writes app/client/src/generated, and what the packages in app take over from the code in Rust. The tests fail
    /// while either is out of date.
    Client,
    /// Breaks the program on purpose, one way after the other, and checks that the tests notice; names choose some
    ///
    /// Each broken variant is built in a copy of the sources (target/mutants) and takes a minute or two.
    Mutate {
        /// Which broken variants; all if none is named
        names: Vec<String>,
    },
    /// Starts a local network with keeper, relay and dashboard, and tells the story of an exchange on it; Ctrl-C ends it
    ///
    /// Builds everything first. What follows is handed on: `cargo xtask demo --help`.
    #[command(disable_help_flag = true)]
    Demo(Passthrough),
    /// Builds the image, then measures compute units; `--check` fails if docs/compute-units.md is out of date
    Bench(Passthrough),
    /// Builds the image, then lets markets break on a thousand accounts and reports what liquidation did (minutes)
    Stress(Passthrough),
    /// Compares option pricing with other fixed-point implementations in the virtual machine, and writes
    /// docs/pricing-comparison.md
    Compare,
    /// Decides properties of the engine's arithmetic by trying every input of their domain (some minutes)
    Prove(Passthrough),
    /// Checks formatting, lints and documentation, without changing anything
    Check,
    /// Shows what this machine has, what it lacks, and how to get it
    Doctor {
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct BuildArgs {
    /// Build even if nothing has changed
    #[arg(long)]
    force: bool,
    /// Which tools make the image
    #[arg(long, value_enum, default_value_t = toolchain::Choice::Auto)]
    toolchain: toolchain::Choice,
}

#[derive(Args)]
struct TestArgs {
    /// Everything: the fuzzer with 200,000 instructions, a million random books, and the mutation check as well (hours)
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    rest: Passthrough,
}

#[derive(Args)]
struct Passthrough {
    /// Handed on unchanged
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Passthrough {
    /// The arguments with a leading `--`, which the parser takes for its own: `cargo test` means something by it.
    fn with_separator(mut self) -> Vec<String> {
        if std::env::args().nth(2).as_deref() == Some("--") {
            self.args.insert(0, "--".to_owned());
        }
        self.args
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            progress::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Build(args) => commands::build(&workspace, args.toolchain, args.force)?,
        Command::Test(TestArgs { full: true, rest }) => commands::test_fully(&workspace, &rest.args)?,
        Command::Test(TestArgs { full: false, rest }) => commands::test(&workspace, &rest.with_separator())?,
        Command::Localnet(pass) => commands::localnet(&workspace, &pass.args)?,
        Command::Dashboard(pass) => commands::dashboard(&workspace, &pass.args)?,
        Command::Client => commands::client(&workspace)?,
        Command::Mutate { names } => mutation::run_all(&workspace, &names)?,
        Command::Demo(pass) => commands::demo(&workspace, &pass.args)?,
        Command::Bench(pass) => commands::harness(&workspace, "bench", &pass.args)?,
        Command::Stress(pass) => commands::harness(&workspace, "stress", &pass.args)?,
        Command::Prove(pass) => commands::prove(&workspace, &pass.args)?,
        Command::Compare => comparison::compare(&workspace)?,
        Command::Check => check::run_all(&workspace)?,
        Command::Doctor { json } => return doctor::run(&workspace, json),
    }
    Ok(ExitCode::SUCCESS)
}
