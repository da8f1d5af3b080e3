//! TOML with places: every syntax error of a file, and every `[[element]]` on its own.

use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::content::problem::Problem;
use crate::content::source::Source;

/// A part of a file that is TOML: the whole file, a front matter, the body of a fenced block.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    pub source: &'a Source,
    pub text: &'a str,
    /// Where `text` begins in the file.
    pub offset: usize,
}

impl<'a> Body<'a> {
    pub fn whole(source: &'a Source) -> Self {
        Self { source, text: &source.text, offset: 0 }
    }

    /// The body at a span of the file.
    pub fn part(source: &'a Source, span: Range<usize>) -> Self {
        let text = source.text.get(span.clone()).unwrap_or_default();
        Self { source, text, offset: span.start }
    }

    /// A span of the body as a span of the file.
    pub fn span(&self, span: Range<usize>) -> Range<usize> {
        span.start + self.offset..span.end + self.offset
    }

    fn problem(&self, error: &toml::de::Error) -> Problem {
        let span = self.span(error.span().unwrap_or(0..0));
        let message = format!("This is not what the format says: {}.", error.message().trim());
        let help = "The format of every file stands in CONTRIBUTING.md.";
        Problem::at(self.source, span, message, help)
    }

    /// Reads it as one value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Problem>> {
        let table = self.table()?;
        let span = table.span();
        let value = Spanned::new(span, DeValue::Table(table.into_inner()));
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| vec![self.problem(&error)])
    }

    /// Reads it as a list of `[[name]]`, each element on its own: what can be read, and what is
    /// wrong with the others. Any other key is a mistake.
    pub fn each<T: DeserializeOwned>(&self, name: &str) -> (Vec<Spanned<T>>, Vec<Problem>) {
        let table = match self.table() {
            Ok(table) => table.into_inner(),
            Err(problems) => return (Vec::new(), problems),
        };
        let (mut elements, mut problems) = (Vec::new(), Vec::new());
        for (key, value) in table {
            match value.into_inner() {
                DeValue::Array(array) if key.get_ref() == name => {
                    for element in array {
                        let span = element.span();
                        match T::deserialize(ValueDeserializer::from(element)) {
                            Ok(value) => elements.push(Spanned::new(span, value)),
                            Err(error) => problems.push(self.problem(&error)),
                        }
                    }
                }
                _ => problems.push(Problem::at(
                    self.source,
                    self.span(key.span()),
                    format!("The key {} has no place here.", key.get_ref()),
                    &format!("This file is a list of [[{name}]]."),
                )),
            }
        }
        (elements, problems)
    }

    fn table(&self) -> Result<Spanned<DeTable<'a>>, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        if errors.is_empty() {
            Ok(table)
        } else {
            Err(errors.iter().map(|error| self.problem(error)).collect())
        }
    }
}
