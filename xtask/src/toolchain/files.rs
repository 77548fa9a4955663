//! The small files and settings that join the upstream pieces into one toolchain.

use super::SBPF_VERSION;

/// The linker's name: the target file names it, and the build finds it through the PATH.
pub const LINKER: &str = "sbpf-link";

/// The folder, beside the linker's wrapper, that holds LLVM's library and nothing else.
pub const LLVM_ONLY: &str = "llvm";

/// The variable that tells the linker wrapper which library is the program.
pub const IMAGE_VARIABLE: &str = "SBPF_IMAGE";

/// The target's name. It needs the dashes: a build script in the dependencies splits it into a triple.
pub const TARGET: &str = "sbpfv3-solana-solana";

/// The target file. `zkvm` is the standard library's port without an operating system; the Solana one is added by
/// flag, see [`rust_flags`]. A linker without a path keeps the file, and with it every symbol's name, the same on
/// every machine.
pub fn target_file() -> String {
    format!(
        r#"{{
  "arch": "bpf",
  "os": "zkvm",
  "vendor": "solana",
  "llvm-target": "bpfel",
  "data-layout": "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128",
  "target-pointer-width": 64,
  "linker": "{LINKER}",
  "linker-flavor": "bpf",
  "linker-is-gnu": false,
  "obj-is-bitcode": true,
  "no-builtins": true,
  "panic-strategy": "abort",
  "singlethread": true,
  "atomic-cas": true,
  "min-atomic-width": 8,
  "max-atomic-width": 64,
  "crt-objects-fallback": "false",
  "dynamic-linking": true,
  "position-independent-executables": true,
  "merge-functions": "disabled",
  "metadata": {{ "description": "sBPF by upstream LLVM", "host_tools": false, "std": true, "tier": 3 }}
}}
"#
    )
}

/// The compiler's flags, separated the way `CARGO_ENCODED_RUSTFLAGS` wants them.
pub fn rust_flags() -> String {
    let architecture = format!("-Clink-arg=--arch={SBPF_VERSION}");
    [
        "-Zunstable-options",
        // The standard library's panic machinery needs atomics that BPF does not have.
        "-Cpanic=immediate-abort",
        // Turns on Solana's system calls, heap and entrypoint in its crates.
        "-Aexplicit_builtin_cfgs_in_flags",
        "--cfg=target_os=\"solana\"",
        &architecture,
        "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
    ]
    .join("\x1f")
}

/// Starts rustc with the libraries that this machine does not have. The variable is set here and not for the whole
/// build, so that it reaches as few other programs as possible.
pub const RUSTC: &str = r#"#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
LD_LIBRARY_PATH=$here/rust/usr/lib/x86_64-linux-gnu:$here/rust-libraries exec "$here/rust/usr/bin/rustc" "$@"
"#;

/// Starts the linker with the C library that LLVM 23 was built for, through that library's own loader.
pub fn linker() -> String {
    format!(
        r#"#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
output= previous=
for argument in "$@"; do
    if [ "$previous" = -o ]; then output=$argument; fi
    previous=$argument
done
# A dependency that is a cdylib as well needs no image of its own.
if [ "${{output##*/}}" != "${IMAGE_VARIABLE}" ]; then
    : >"$output"
    exit 0
fi
libraries=$here/llvm/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$here/bin/{LLVM_ONLY} exec "$libraries/ld-linux-x86-64.so.2" \
    --library-path "$libraries" "$here/linker/bin/sbpf-linker" "$@"
"#
    )
}
