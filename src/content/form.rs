//! Reads TOML field by field, so that one pass reports every mistake of a file at its place.
//!
//! serde would stop at the first. A form asks a table for the fields it must hold, remembers what
//! was asked for, and rejects the rest. The meaning of the values is not known here.

use super::loader::{Loader, Located, SourceSpan, nearest, suggestion};
use super::seen;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed TOML text, which may be part of a file: a front matter or a fenced block.
#[derive(Debug)]
pub struct Document<'t> {
    tree: Spanned<DeTable<'t>>,
    file: usize,
    base: usize,
    length: usize,
}

impl<'t> Document<'t> {
    /// Parses the text that starts at byte `base` of `file`. Reports a syntax error and returns
    /// `None`.
    pub fn parse(text: &'t str, file: usize, base: usize, loader: &mut Loader<'_>) -> Option<Self> {
        let (tree, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let place = SourceSpan::new(file, base + span.start..base + span.end);
            loader.error(place, error.message().replace('\n', ", "));
        }
        for span in newlines_in_tables(tree.get_ref(), text) {
            let place = SourceSpan::new(file, base + span.start..base + span.end);
            loader
                .error(place, "an inline table stands on one line")
                .help("TOML 1.0 has no line break between { and }: write a [table] instead");
        }
        let place = SourceSpan::new(file, base..base + text.len());
        seen::toml(tree.get_ref(), text, place, loader);
        errors.is_empty().then_some(Self { tree, file, base, length: text.len() })
    }

    /// The whole document as a form; `what` names it in messages, such as `lesson`.
    #[must_use]
    pub fn form(&self, what: &'static str) -> Form<'_, 't> {
        Form {
            table: self.tree.get_ref(),
            place: SourceSpan::new(self.file, self.base..(self.base + self.length.min(1))),
            base: self.base,
            what,
            asked: Vec::new(),
        }
    }
}

/// Finds inline tables with a line break in them, which toml 1.x accepts and TOML 1.0 forbids.
fn newlines_in_tables(table: &DeTable<'_>, text: &str) -> Vec<Range<usize>> {
    fn walk(value: &Spanned<DeValue<'_>>, text: &str, found: &mut Vec<Range<usize>>) {
        match value.get_ref() {
            DeValue::Array(values) => values.iter().for_each(|value| walk(value, text, found)),
            DeValue::Table(table) => {
                let written = text.get(value.span()).unwrap_or_default();
                if written.starts_with('{') && written.contains('\n') {
                    found.push(value.span());
                }
                table.iter().for_each(|(_, value)| walk(value, text, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    table.iter().for_each(|(_, value)| walk(value, text, &mut found));
    found
}

/// A table being read.
#[derive(Debug)]
pub struct Form<'d, 't> {
    table: &'d DeTable<'t>,
    /// Start of the table.
    pub place: SourceSpan,
    base: usize,
    what: &'static str,
    asked: Vec<&'static str>,
}

impl<'d, 't> Form<'d, 't> {
    fn at(&self, span: Range<usize>) -> SourceSpan {
        SourceSpan::new(self.place.file, self.base + span.start..self.base + span.end)
    }

    fn find(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.asked.push(key);
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn require(
        &mut self,
        key: &'static str,
        loader: &mut Loader<'_>,
    ) -> Option<&'d Spanned<DeValue<'t>>> {
        let found = self.find(key);
        if found.is_none() {
            loader
                .error(self.place, format!("this {} has no `{key}`", self.what))
                .help(format!("add a line `{key} = …`"));
        }
        found
    }

    fn wrong(
        &self,
        key: &str,
        wanted: &str,
        value: &Spanned<DeValue<'_>>,
        loader: &mut Loader<'_>,
    ) {
        let is = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        loader.error(self.at(value.span()), format!("`{key}` must be {wanted}, and this is {is}"));
    }

    fn as_text(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        loader: &mut Loader<'_>,
    ) -> Option<Located<String>> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong(key, "text in quotes", value, loader);
            return None;
        };
        let place = self.at(value.span());
        if text.trim().is_empty() {
            loader.error(place, format!("`{key}` is empty"));
        }
        Some(Located { value: text.to_string(), place })
    }

    /// Reads required text; reports an error and returns an empty text if it is missing.
    pub fn text(&mut self, key: &'static str, loader: &mut Loader<'_>) -> Located<String> {
        self.require(key, loader)
            .and_then(|value| self.as_text(key, value, loader))
            .unwrap_or(Located { value: String::new(), place: self.place })
    }

    /// Reads an optional text. `None` if the field is missing, or is not a text, which is reported.
    pub fn text_if_any(
        &mut self,
        key: &'static str,
        loader: &mut Loader<'_>,
    ) -> Option<Located<String>> {
        let value = self.find(key)?;
        self.as_text(key, value, loader)
    }

    /// Reads a required list of texts.
    pub fn texts(&mut self, key: &'static str, loader: &mut Loader<'_>) -> Vec<Located<String>> {
        let Some(value) = self.require(key, loader) else {
            return Vec::new();
        };
        let DeValue::Array(values) = value.get_ref() else {
            self.wrong(key, "a list of texts", value, loader);
            return Vec::new();
        };
        values.iter().filter_map(|value| self.as_text(key, value, loader)).collect()
    }

    /// Reads a required integer; returns the start of the range if it is missing.
    pub fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u8>,
        loader: &mut Loader<'_>,
    ) -> Located<u8> {
        let missing = Located { value: *range.start(), place: self.place };
        let Some(value) = self.require(key, loader) else {
            return missing;
        };
        let DeValue::Integer(digits) = value.get_ref() else {
            self.wrong(key, "a whole number", value, loader);
            return missing;
        };
        let place = self.at(value.span());
        let number = u8::from_str_radix(digits.as_str(), digits.radix()).ok();
        if let Some(value) = number.filter(|number| range.contains(number)) {
            return Located { value, place };
        }
        loader
            .error(place, format!("`{key}` must be between {} and {}", range.start(), range.end()));
        Located { value: *range.start(), place }
    }

    /// Reads a boolean; false if it is missing.
    pub fn flag(&mut self, key: &'static str, loader: &mut Loader<'_>) -> bool {
        match self.find(key).map(|value| (value, value.get_ref())) {
            None => false,
            Some((_, DeValue::Boolean(set))) => *set,
            Some((value, _)) => {
                self.wrong(key, "true or false", value, loader);
                false
            }
        }
    }

    /// Reads a required table.
    pub fn table(
        &mut self,
        key: &'static str,
        what: &'static str,
        loader: &mut Loader<'_>,
    ) -> Option<Form<'d, 't>> {
        let value = self.require(key, loader)?;
        self.as_form(key, what, value, loader)
    }

    /// Reads the tables `[[key]]`, of which there may be none.
    pub fn tables(
        &mut self,
        key: &'static str,
        what: &'static str,
        loader: &mut Loader<'_>,
    ) -> Vec<Form<'d, 't>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let DeValue::Array(values) = value.get_ref() else {
            self.wrong(key, "a list of tables, written [[…]]", value, loader);
            return Vec::new();
        };
        values.iter().filter_map(|value| self.as_form(key, what, value, loader)).collect()
    }

    /// Reads the table `[key]`, if there is one.
    pub fn table_if_any(
        &mut self,
        key: &'static str,
        what: &'static str,
        loader: &mut Loader<'_>,
    ) -> Option<Form<'d, 't>> {
        let value = self.find(key)?;
        self.as_form(key, what, value, loader)
    }

    /// Place of a field's value, or else of the table.
    #[must_use]
    pub fn place_of(&self, key: &str) -> SourceSpan {
        let found = self.table.iter().find(|(name, _)| name.get_ref() == key);
        found.map_or(self.place, |(_, value)| self.at(value.span()))
    }

    /// Whether the field is present, whatever its type. Does not count as reading it.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// Deserializes all fields not asked for yet into one type that knows its own fields.
    pub fn rest<T: serde::de::DeserializeOwned>(self, loader: &mut Loader<'_>) -> Option<T> {
        let mut rest = DeTable::new();
        for (key, value) in self.table {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                rest.insert(key.clone(), value.clone());
            }
        }
        match T::deserialize(toml::Deserializer::from(Spanned::new(0..0, rest))) {
            Ok(read) => Some(read),
            Err(error) => {
                let place = error.span().filter(|span| !span.is_empty());
                let place = place.map_or(self.place, |span| self.at(span));
                loader.error(place, error.message().trim());
                None
            }
        }
    }

    fn as_form(
        &self,
        key: &str,
        what: &'static str,
        value: &'d Spanned<DeValue<'t>>,
        loader: &mut Loader<'_>,
    ) -> Option<Form<'d, 't>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(key, "a table", value, loader);
            return None;
        };
        Some(Form { table, place: self.at(value.span()), base: self.base, what, asked: Vec::new() })
    }

    /// Rejects the fields that were not asked for.
    pub fn end(self, loader: &mut Loader<'_>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let guess = nearest(name, self.asked.iter().copied());
            let known = format!("its fields are {}", self.asked.join(", "));
            loader
                .error(self.at(key.span()), format!("{} has no field `{name}`", article(self.what)))
                .help(suggestion(guess, &known));
        }
    }
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Folder;

    fn problems(text: &str, read: impl FnOnce(Form<'_, '_>, &mut Loader<'_>)) -> Vec<String> {
        let folder = Folder::new("s", [("a.toml", text)]);
        let mut loader = Loader::new(&folder);
        if let Some(document) = Document::parse(text, 0, 0, &mut loader) {
            read(document.form("thing"), &mut loader);
        }
        loader
            .found
            .iter()
            .map(|p| {
                let help = p.help.as_deref().unwrap_or("");
                format!("{}:{} {} ({help})", p.line, p.column, p.message)
            })
            .collect()
    }

    #[test]
    fn all_mistakes_of_a_table_are_told() {
        let text =
            "id = 3\nnames = [\"a\", 1]\nminuts = 4\nflag = \"x\"\nfar = 300\nblank = \" \"\n";
        let told = problems(text, |mut form, loader| {
            form.text("id", loader);
            assert_eq!(form.texts("names", loader).len(), 1);
            form.number("minutes", 1..=9, loader);
            form.number("far", 1..=9, loader);
            form.flag("flag", loader);
            form.text("blank", loader);
            form.end(loader);
        });
        assert_eq!(
            told,
            [
                "1:6 `id` must be text in quotes, and this is a whole number ()",
                "2:15 `names` must be text in quotes, and this is a whole number ()",
                "1:1 this thing has no `minutes` (add a line `minutes = …`)",
                "5:7 `far` must be between 1 and 9 ()",
                "4:8 `flag` must be true or false, and this is text ()",
                "6:9 `blank` is empty ()",
                "3:1 a thing has no field `minuts` (did you mean `minutes`?)",
            ]
        );
    }

    #[test]
    fn several_syntax_errors_are_told() {
        let told = problems("a = \nb = 1\nc = = 2\n", |_, _| unreachable!());
        for line in ["1:", "3:"] {
            assert!(told.iter().any(|told| told.starts_with(line)), "{told:?}");
        }
    }

    #[test]
    fn a_table_is_found_at_its_own_line() {
        let text = "[[part]]\nid = \"a\"\n\n[[part]]\nno = 1\n";
        let told = problems(text, |mut form, loader| {
            for mut part in form.tables("part", "part", loader) {
                part.text("id", loader);
                part.end(loader);
            }
            form.end(loader);
        });
        assert_eq!(
            told,
            [
                "4:1 this part has no `id` (add a line `id = …`)",
                "5:1 a part has no field `no` (its fields are id)"
            ]
        );
    }

    #[test]
    fn an_inline_table_over_several_lines_is_refused() {
        let told = problems("a = [\n  { b = 1,\n    c = 2 },\n]\n", |_, _| {});
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("2:3 an inline table stands on one line"));
    }
}
