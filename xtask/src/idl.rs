//! The program's interface description.
//!
//! On a stable compiler Anchor's macros write the IDL as tests that print its pieces, and whoever wants it runs those
//! tests and puts the pieces together. Anchor's own crate for that is not used: under rustup it passes cargo a
//! toolchain name that does not exist, and it compiles every dependency a second time.

use crate::artifact::{Artifact, Fingerprint};
use crate::process::capture;
use crate::progress;
use crate::sources;
use crate::workspace::{PROGRAM, Workspace};
use anchor_lang_idl_spec::{Idl, IdlConst, IdlErrorCode, IdlEvent, IdlTypeDef};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The name that Anchor gives the tests, and filters them by.
const PRINTING_TESTS: &str = "__anchor_private_print_idl";

/// Builds the IDL unless it is current.
pub fn build(workspace: &Workspace, force: bool) -> Result<()> {
    let mut fingerprint = Fingerprint::new("idl");
    fingerprint.add("rustc", capture(Command::new("rustc").arg("--version"))?.as_bytes());
    sources::add_to(&mut fingerprint, workspace, PROGRAM)?;
    let inputs = fingerprint.finish();

    let artifact = Artifact::new(workspace.idl());
    if !force && artifact.is_current(&inputs) {
        progress::note("IDL is current: target/idl/ballast.json");
        return Ok(());
    }
    progress::note("compiling the IDL");
    let started = Instant::now();
    let idl = assemble(&print_pieces(workspace)?)?;
    let text = serde_json::to_string_pretty(&idl)? + "\n";
    artifact.replace(text.as_bytes(), &inputs)?;
    progress::note(&format!("target/idl/ballast.json built in {}", progress::elapsed(started.elapsed())));
    Ok(())
}

fn print_pieces(workspace: &Workspace) -> Result<String> {
    let mut test = workspace.cargo();
    test.args(["test", "--locked", "--package", PROGRAM, "--lib", "--features", "idl-build"])
        .args([PRINTING_TESTS, "--", "--show-output", "--quiet"])
        .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
        .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
        .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
        .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", workspace.path("programs").join(PROGRAM))
        .stderr(Stdio::inherit());
    let output = test.output().context("cannot start cargo")?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("compiling the IDL failed; see the messages above, and what it printed:\n{printed}");
    }
    Ok(printed)
}

/// Puts the printed pieces together.
fn assemble(printed: &str) -> Result<Idl> {
    let pieces = pieces(printed);
    let of_kind =
        |kind: &'static str| pieces.iter().filter(move |piece| piece.kind == kind).map(|piece| piece.text.as_str());

    let program = of_kind("program").next().context(
        "the program printed no IDL: it needs an Anchor `#[program]` module, and a feature `idl-build` that turns on \
         the same feature of anchor-lang",
    )?;
    let mut idl: Idl = serde_json::from_str(program).context("the program's piece of the IDL cannot be read")?;
    idl.address = of_kind("address").collect::<String>().trim_matches('"').to_owned();
    if idl.address.is_empty() {
        bail!("the program printed no address: it needs a test `{PRINTING_TESTS}_address`, which `declare_id!` makes");
    }

    let mut types = BTreeMap::new();
    for event in of_kind("event") {
        let mut event: Value = serde_json::from_str(event)?;
        idl.events.push(serde_json::from_value::<IdlEvent>(event["event"].take())?);
        add_types(&mut types, serde_json::from_value(event["types"].take())?);
    }
    add_types(&mut types, std::mem::take(&mut idl.types));
    idl.types = types.into_values().collect();
    for constant in of_kind("const") {
        idl.constants.push(serde_json::from_str::<IdlConst>(constant)?);
    }
    for errors in of_kind("errors") {
        idl.errors.extend(serde_json::from_str::<Vec<IdlErrorCode>>(errors)?);
    }

    let mut idl = shorten_names(&idl)?;
    idl.accounts.sort_by(|a, b| a.name.cmp(&b.name));
    idl.constants.sort_by(|a, b| a.name.cmp(&b.name));
    idl.events.sort_by(|a, b| a.name.cmp(&b.name));
    idl.instructions.sort_by(|a, b| a.name.cmp(&b.name));
    idl.types.sort_by(|a, b| a.name.cmp(&b.name));
    verify(&idl)?;
    Ok(idl)
}

fn add_types(types: &mut BTreeMap<String, IdlTypeDef>, more: Vec<IdlTypeDef>) {
    types.extend(more.into_iter().map(|definition| (definition.name.clone(), definition)));
}

/// One piece of the IDL, as a test printed it.
struct Piece {
    kind: String,
    text: String,
}

/// The pieces between the lines that mark them, in the order of printing.
fn pieces(printed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut current: Option<Piece> = None;
    for line in printed.lines() {
        let mark = |verb: &str| {
            line.strip_prefix("--- IDL ")?.strip_suffix(" ---")?.strip_prefix(verb).map(|kind| kind.trim().to_owned())
        };
        if let Some(kind) = mark("begin") {
            current = Some(Piece { kind, text: String::new() });
        } else if mark("end").is_some() {
            pieces.extend(current.take());
        } else if let Some(piece) = &mut current {
            piece.text += line;
            piece.text += "\n";
            // The address is a single line, and has no mark at its end.
            if piece.kind == "address" {
                piece.text = line.trim().to_owned();
                pieces.extend(current.take());
            }
        }
    }
    pieces
}

/// Replaces a type's path by its name, where no other type has that name.
fn shorten_names(idl: &Idl) -> Result<Idl> {
    let mut value = serde_json::to_value(idl)?;
    let mut paths = BTreeSet::new();
    visit_strings(&mut value, &mut |text| {
        if is_path(text) {
            paths.insert(text.clone());
        }
    });
    let name_of = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
    visit_strings(&mut value, &mut |text| {
        if paths.contains(text) {
            let name = name_of(text);
            if paths.iter().filter(|path| name_of(path) == name).count() == 1 {
                *text = name;
            }
        }
    });
    Ok(serde_json::from_value(value)?)
}

/// Whether a string is nothing but `module::Type`, as opposed to documentation that mentions one.
fn is_path(text: &str) -> bool {
    let identifier = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    text.contains("::") && text.split("::").all(identifier)
}

fn visit_strings(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| visit_strings(item, visit)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit_strings(field, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Refuses discriminators that a client or the program could mistake for one another.
fn verify(idl: &Idl) -> Result<()> {
    let accounts: Vec<_> = idl.accounts.iter().map(|item| (&item.name, &item.discriminator)).collect();
    let events: Vec<_> = idl.events.iter().map(|item| (&item.name, &item.discriminator)).collect();
    let instructions: Vec<_> = idl.instructions.iter().map(|item| (&item.name, &item.discriminator)).collect();
    for (kind, items) in [("account", accounts), ("event", events), ("instruction", instructions)] {
        for (position, (name, discriminator)) in items.iter().enumerate() {
            if discriminator.iter().all(|byte| *byte == 0) {
                bail!("the {kind} `{name}` has an empty or all-zero discriminator");
            }
            for (other, (other_name, other_discriminator)) in items.iter().enumerate() {
                if other != position && discriminator.starts_with(other_discriminator) {
                    bail!("the discriminators of the {kind}s `{name}` and `{other_name}` are ambiguous");
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"
---- __anchor_private_print_idl_address stdout ----
--- IDL begin address ---
11111111111111111111111111111112
---- other stdout ----
--- IDL begin errors ---
[{ "code": 6000, "name": "No", "msg": "no" }]
--- IDL end errors ---
--- IDL begin event ---
{
  "event": { "name": "a::Happened", "discriminator": [1] },
  "types": [{ "name": "a::Happened", "type": { "kind": "struct" } }]
}
--- IDL end event ---
--- IDL begin program ---
{
  "address": "", "metadata": { "name": "x", "version": "0.1.0", "spec": "0.1.0" },
  "instructions": [], "events": [],
  "types": [{ "name": "a::T", "type": { "kind": "struct" } }, { "name": "b::T", "type": { "kind": "struct" } }]
}
--- IDL end program ---
"#;

    #[test]
    fn pieces_become_one_description() {
        let idl = assemble(PRINTED).unwrap();
        assert_eq!(idl.address, "11111111111111111111111111111112");
        assert_eq!(idl.errors.len(), 1);
        assert_eq!(idl.events[0].name, "Happened");
    }

    #[test]
    fn a_name_that_two_types_share_keeps_its_path() {
        let idl = assemble(PRINTED).unwrap();
        let names: Vec<&str> = idl.types.iter().map(|definition| definition.name.as_str()).collect();
        assert_eq!(names, ["Happened", "a::T", "b::T"]);
    }

    #[test]
    fn a_program_without_an_idl_is_an_error() {
        assert!(assemble("running 0 tests\n").is_err());
    }

    #[test]
    fn a_program_without_an_address_is_an_error() {
        let nameless = PRINTED.replace("--- IDL begin address ---", "");
        assert!(assemble(&nameless).is_err());
    }

    #[test]
    fn equal_discriminators_are_refused() {
        let twice = PRINTED.replace("\"events\": []", r#""events": [{ "name": "B", "discriminator": [1, 2] }]"#);
        assert!(assemble(&twice).is_err());
    }
}
