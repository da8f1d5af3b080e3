//! The screen: a value that messages change (`app`), drawn as it is, run against a real terminal
//! (`terminal`) or against scripted keys (`runtime`).
//!
//! `update` is pure and answers with effects; `effects` is the only file here that names the
//! store. Draw never writes. Keys are one table (`keymap`), colours one file (`theme`).

pub mod app;
pub mod count;
pub mod ctx;
pub mod effects;
pub mod entry;
pub mod fold;
pub mod frame;
pub mod input;
pub mod keymap;
pub mod list;
pub mod motion;
pub mod msg;
pub mod page;
pub mod piece;
pub mod prose;
pub mod runtime;
pub mod screen;
pub mod screens;
pub mod script;
pub mod scroll;
pub mod sheet;
pub mod stack;
#[cfg(unix)]
pub mod terminal;
pub mod theme;
pub mod wrap;
