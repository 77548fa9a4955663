//! The mutation check: deliberately broken variants of the program, each of which the tests must catch.
//!
//! A variant is one snippet of a source file put in the place of another, in a copy of the sources below `target/mutants`.
//! Its image is built there with the product's toolchain, and the tests run against it by way of the environment variable
//! that names the image. The tests themselves are those of the checkout.
//!
//! The copy has a build folder of its own: cargo takes the standard library's sources for changed when it sees them from
//! another workspace, and in a shared folder each build would compile anew what the other needs.

mod table;

use crate::artifact::write_whole;
use crate::image;
use crate::process::run;
use crate::progress::{self, Steps};
use crate::toolchain::{Choice, Toolchain};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use table::{MUTANTS, Mutant};

/// What of the checkout goes into the copy.
const SOURCES: &[&str] = &["Cargo.toml", "Cargo.lock", ".cargo", "programs", "crates", "tests", "xtask"];

/// Instructions of the fuzzer for each mutant; it stops at the first that goes wrong.
const INSTRUCTIONS: &str = "20000";

/// How a mutant fared.
struct Finding {
    mutant: &'static Mutant,
    /// Which tests caught it, and what they said; none if it survived.
    caught: Option<(&'static str, String)>,
}

/// Tries the mutants with these names, or all of them.
pub fn run_all(workspace: &Workspace, names: &[String]) -> Result<()> {
    let mutants = chosen(names)?;
    for mutant in &mutants {
        mutant.apply(&fs::read_to_string(workspace.path(mutant.file)).context("a source file cannot be read")?)?;
    }
    let toolchain = {
        let _lock = workspace.lock_builds()?;
        image::build(workspace, Choice::Auto, false)?;
        Toolchain::prepare(workspace, Choice::Auto)?
    };
    let copy = Workspace::at(workspace.target("mutants/sources"));
    copy_sources(workspace, &copy)?;
    progress::note("compiling the tests");
    let mut compile = workspace.cargo();
    run(compile.args(TESTS).arg("--no-run"), "see the compiler's messages above")?;

    let mut steps = Steps::new(mutants.len());
    let mut findings = Vec::new();
    for mutant in mutants {
        let finding = steps.run(&format!("{}: {}", mutant.name, mutant.what), || {
            let _lock = workspace.lock_builds()?;
            try_one(workspace, &copy, &toolchain, mutant)
        })?;
        eprintln!("      {}", finding.caught.as_ref().map_or("SURVIVED", |(_, message)| message.as_str()));
        findings.push(finding);
    }
    print_table(&findings);
    let survivors = findings.iter().filter(|finding| finding.caught.is_none()).count();
    if survivors > 0 {
        bail!("{survivors} of {} broken variants were not caught", findings.len());
    }
    Ok(())
}

/// The test binary that mutants are tried with: of the whole workspace, since one package alone would have its dependencies
/// compiled with other features, all of them anew.
const TESTS: &[&str] = &["test", "--quiet", "--locked", "--workspace", "--test", "program"];

fn chosen(names: &[String]) -> Result<Vec<&'static Mutant>> {
    if names.is_empty() {
        return Ok(MUTANTS.iter().collect());
    }
    let find = |name: &String| {
        let known = || MUTANTS.iter().map(|mutant| mutant.name).collect::<Vec<_>>().join(", ");
        let found = MUTANTS.iter().find(|mutant| mutant.name == name);
        found.with_context(|| format!("there is no mutant `{name}`; there are {}", known()))
    };
    names.iter().map(find).collect()
}

/// Copies the sources anew, so that nothing is left of an earlier run but what it compiled.
fn copy_sources(workspace: &Workspace, copy: &Workspace) -> Result<()> {
    for source in SOURCES {
        let target = copy.path(source);
        if target.is_dir() {
            fs::remove_dir_all(&target).context("the earlier copy of the sources cannot be removed")?;
        }
        copy_tree(&workspace.path(source), &target)?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        let folder = to.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Builds a mutant's image and runs the fuzzer against it; if that finds nothing, every test of the program.
fn try_one(workspace: &Workspace, copy: &Workspace, toolchain: &Toolchain, mutant: &'static Mutant) -> Result<Finding> {
    let file = copy.path(mutant.file);
    let original = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    write_whole(&file, mutant.apply(&original)?.as_bytes())?;
    let compiled = toolchain.compile(copy, &ProgramPackage::PRODUCT);
    write_whole(&file, original.as_bytes())?;
    let folder = workspace.target("mutants").join(mutant.name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let image = folder.join("ballast.so");
    fs::copy(compiled?, &image).context("the mutant's image cannot be copied")?;

    for (tests, filter) in [("fuzzer", &["fuzz::random"][..]), ("tests", &["--skip", "fuzz::"])] {
        let mut test = workspace.cargo();
        test.args(TESTS).arg("--").args(filter);
        test.env("BALLAST_IMAGE", &image)
            .env("BALLAST_FUZZ_INSTRUCTIONS", INSTRUCTIONS)
            .env("BALLAST_FUZZ_SHRINKING", "0")
            .env("BALLAST_FUZZ_REGRESSIONS", &folder);
        if let Some(message) = failure(&mut test, &folder.join(format!("{tests}.log")))? {
            return Ok(Finding { mutant, caught: Some((tests, message)) });
        }
    }
    Ok(Finding { mutant, caught: None })
}

/// Runs tests. If some of them fail, the first thing that one says.
fn failure(test: &mut Command, log: &Path) -> Result<Option<String>> {
    let output = test.stdin(Stdio::null()).output().context("the tests cannot be started")?;
    let said = [output.stdout, output.stderr].concat();
    fs::write(log, &said).with_context(|| format!("cannot write {}", log.display()))?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&said);
    if !said.contains("test result: FAILED") {
        bail!("the tests did not run; {} has what they said", log.display());
    }
    let telling = |line: &&str| line.starts_with("sequence ") || line.ends_with(" ... FAILED");
    let line = said.lines().find(telling).or_else(|| said.lines().find(|line| line.contains("panicked")));
    Ok(Some(line.unwrap_or("a test failed").to_owned()))
}

fn print_table(findings: &[Finding]) {
    println!("{:<28} {:<9} what was broken, and what was said of it", "mutant", "caught by");
    for Finding { mutant, caught } in findings {
        let (tests, message) = caught.as_ref().map_or(("NOBODY", ""), |(tests, message)| (*tests, message.as_str()));
        println!("{:<28} {tests:<9} {}", mutant.name, mutant.what);
        println!("{:<38} {message}", "");
    }
}
