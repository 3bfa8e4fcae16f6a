//! What the tests of the binary share: running it, models to run it on, and comparing numbers.
#![allow(dead_code, missing_docs)] // Each test file uses its part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

pub const BACKENDS: [&str; 2] = ["reference", "cpu"];

pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chord"))
}

/// Runs `chord ARGS` to its end.
pub fn chord<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    command().args(args).stdin(Stdio::null()).output().unwrap()
}

/// Runs `chord ARGS` with `input` on its standard input.
pub fn chord_with_input<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, input: &[u8]) -> Output {
    let mut child =
        command().args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The one JSON object a successful run printed.
pub fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    let value: Value = serde_json::from_str(stdout(output)).unwrap();
    assert!(value.is_object());
    value
}

/// Runs `chord COMMAND MODEL ARGS --json`.
pub fn json(command: &str, model: &Path, args: &[&str]) -> Value {
    let all = [OsStr::new(command), model.as_os_str()].into_iter().chain(args.iter().map(OsStr::new));
    json_of(&chord(all.chain([OsStr::new("--json")])))
}

/// Asserts that a run failed with `code` and one line on standard error, and gives that line.
pub fn failure(output: &Output, code: i32) -> &str {
    let line = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{line}");
    assert!(output.stdout.is_empty(), "printed {:?}", stdout(output));
    if code == 1 {
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    line
}

/// A path nothing else in this run uses.
pub fn temporary(extension: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("{}-{}.{extension}", env!("CARGO_CRATE_NAME"), COUNT.fetch_add(1, Ordering::Relaxed));
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A model of the project's own generator.
pub fn made(shape: &str, weight_type: &str) -> PathBuf {
    let path = temporary("gguf");
    let output = chord(["make-model", "--shape", shape, "--type", weight_type, path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    path
}

/// The shared fixtures, where this checkout has them beside it.
pub fn fixtures() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if path.is_dir() {
        Some(path)
    } else {
        println!("skipped: {} is not there", path.display());
        None
    }
}

pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

pub fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(floats).collect()
}

/// `1,2,3`.
pub fn list(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

pub fn argmax(row: &[f64]) -> u32 {
    (0..).zip(row).fold((0, f64::NEG_INFINITY), |best, (id, &v)| if v > best.1 { (id, v) } else { best }).0
}

/// `Σ(a − b)² / Σb²` over all rows together.
pub fn nmse<'a>(pairs: impl IntoIterator<Item = (&'a [f64], &'a [f64])>) -> f64 {
    let (mut error, mut power) = (0.0, 0.0);
    for (ours, theirs) in pairs {
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(theirs) {
            error += (a - b) * (a - b);
            power += b * b;
        }
    }
    error / power
}
