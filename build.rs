//! Checks and encodes the course at build time, with the code that does it at run time, so that
//! start-up parses nothing and a mistake in the content fails the build like a mistake in the code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The content layer, compiled into the build as well. What it needs of other layers goes here too.
#[path = "src"]
#[allow(dead_code, unused_imports, unexpected_cfgs)]
mod layers {
    // The embedded course is what this program makes: it is left out here.
    pub mod content {
        pub mod check;
        pub mod course;
        pub mod hash;
        pub mod library;
        pub mod pack;
        pub mod parse;
        pub mod problem;
        pub mod rule;
        pub mod scenario;
        pub mod source;
    }
}

use layers::content;

fn main() -> ExitCode {
    let folder = std::env::var_os("REDRIVE_CONTENT").map_or_else(|| "content".into(), PathBuf::from);
    println!("cargo::rerun-if-env-changed=REDRIVE_CONTENT");
    println!("cargo::rerun-if-changed=build.rs");
    watch(&folder);
    let report = content::check::folder(&folder);
    if !report.is_good() {
        for problem in report.problems.iter().filter(|problem| problem.is_error()) {
            eprintln!("{problem}");
        }
        return ExitCode::FAILURE;
    }
    let written = content::pack::encode(&report.scenarios).and_then(|pack| {
        let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
        std::fs::write(out.join("course.index"), pack.index)
            .and_then(|()| std::fs::write(out.join("course.blobs"), pack.blobs))
            .map_err(|cause| cause.to_string())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("The encoded course cannot be written: {cause}.");
            ExitCode::FAILURE
        }
    }
}

/// Rebuilds when a file changes, appears or goes.
fn watch(folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            watch(&entry.path());
        }
    }
}
