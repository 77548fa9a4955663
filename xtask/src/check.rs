//! What a change must satisfy besides its tests.

use crate::app;
use crate::process::run;
use crate::progress::Steps;
use crate::workspace::Workspace;
use anyhow::Result;

/// Checks formatting, lints and documentation, in Rust and in TypeScript. That the margin engine compiles without the standard library's
/// operating system is checked by building the image.
pub fn run_all(workspace: &Workspace) -> Result<()> {
    let checks: [(&str, &[&str], &str); 3] = [
        ("formatting", &["fmt", "--all", "--check"], "run `cargo fmt --all`"),
        (
            "lints",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
            "fix the warnings above; `cargo clippy --fix` can fix some",
        ),
        (
            "documentation",
            &["doc", "--workspace", "--no-deps", "--locked"],
            "fix the broken or missing documentation above",
        ),
    ];
    let mut steps = Steps::new(checks.len() + 1);
    for (what, args, remedy) in checks {
        steps.run(&format!("{what}: cargo {}", args.join(" ")), || {
            let mut command = workspace.cargo();
            command.args(args).env("RUSTDOCFLAGS", "-D warnings");
            run(&mut command, remedy)
        })?;
    }
    steps.run("types, lints and formatting of app: npm run check", || app::check(workspace))
}
