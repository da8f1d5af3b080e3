//! Checks the shipped course with the program's own code and encodes it; mistakes fail the build.
//!
//! `REDRIVE_CONTENT` names another folder of scenarios, to build a binary with another course.

use redrive_content as content;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let dir =
        env::var_os("REDRIVE_CONTENT").map_or_else(|| PathBuf::from("content"), PathBuf::from);
    if let Err(message) = build(&dir) {
        eprintln!("{message}");
        return ExitCode::FAILURE;
    }
    println!("cargo:rerun-if-env-changed=REDRIVE_CONTENT");
    // Cargo looks at everything in a folder, files that come and go included.
    println!("cargo:rerun-if-changed={}", dir.display());
    println!("cargo:rerun-if-changed=build.rs");
    ExitCode::SUCCESS
}

fn build(dir: &Path) -> Result<(), String> {
    if !dir.is_dir() {
        return Err(format!(
            "There is no folder {}: the course is built into the program, so it must be there. \
             Check it out, or name another course with REDRIVE_CONTENT.",
            dir.display()
        ));
    }
    let packed = content::pack_folder(dir).map_err(|problems| summary(&problems))?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo.")?;
    let out = PathBuf::from(out);
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        fs::write(&path, bytes)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    };
    write("course.index", &packed.index)?;
    write("course.blobs", &packed.blobs)
}

fn summary(problems: &[content::Problem]) -> String {
    let errors: Vec<_> = problems.iter().filter(|problem| problem.is_error()).cloned().collect();
    let count = errors.len();
    let mistakes = if count == 1 { "mistake" } else { "mistakes" };
    format!("{}The course has {count} {mistakes}.", content::problem::render(&errors))
}
