//! The walk over pulldown-cmark's events that blocks and what is in them share, and what is refused
//! wherever it stands.

use super::Passage;
use crate::loader::{Loader, SourceSpan};
use crate::seen;
use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, Options, Parser, Tag};
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

/// What `[ref:ID]` and links to references begin with.
pub const REFERENCE: &str = "ref:";

type Events<'t> = Peekable<IntoIter<(Event<'t>, Range<usize>)>>;

/// A walk over the events of one text.
pub struct ProseParser<'t, 'd, 's> {
    pub passage: Passage<'t>,
    pub events: Events<'t>,
    pub loader: &'d mut Loader<'s>,
}

impl<'t, 'd, 's> ProseParser<'t, 'd, 's> {
    /// Parses a passage and reports characters that nobody would see.
    pub fn new(passage: Passage<'t>, loader: &'d mut Loader<'s>) -> Self {
        let options =
            Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_FOOTNOTES;
        let known = |link: BrokenLink<'t>| {
            let named = link.reference.starts_with(REFERENCE);
            named.then(|| (link.reference.clone(), CowStr::Borrowed("")))
        };
        let parser = Parser::new_with_broken_link_callback(passage.text, options, Some(known));
        let events: Vec<_> = parser.into_offset_iter().collect();
        see(&passage, &events, loader);
        Self { passage, events: events.into_iter().peekable(), loader }
    }

    /// The block without the line ends behind it.
    pub fn block_place(&self, span: Range<usize>) -> SourceSpan {
        let text = self.passage.text.get(span.clone()).unwrap_or_default();
        self.passage.place(span.start..span.start + text.trim_end().len())
    }

    /// Reports a block inside a construct that holds only text, such as a table cell, and skips it.
    pub fn refuse_inside(&mut self, inside: &str, event: &Event<'_>, span: Range<usize>) {
        if matches!(event, Event::Start(Tag::HtmlBlock) | Event::Html(_)) {
            self.refuse(event, span);
            return;
        }
        let place = self.block_place(span);
        self.loader
            .error(place, format!("{inside} holds text only, and this is a block of its own"))
            .help("put it before or after, at the beginning of a line");
        self.skip(event);
    }

    /// What the course does not have, said once; with all that it holds.
    pub fn refuse(&mut self, event: &Event<'_>, span: Range<usize>) {
        let (message, help) = match event {
            Event::Start(Tag::Image { .. }) => {
                ("a terminal shows no images", "draw it in a diagram block, or describe it")
            }
            Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) => {
                ("HTML is not allowed", "write it in Markdown, or put it in `code`")
            }
            Event::HardBreak => (
                "a line break cannot be forced",
                "begin a new paragraph or make a list; take out a \\ or two spaces at the line's end",
            ),
            Event::FootnoteReference(_) | Event::Start(Tag::FootnoteDefinition(_)) => {
                ("footnotes are not allowed", "say it in the text, or cite a page with [ref:ID]")
            }
            _ => ("this kind of Markdown is not allowed", "see the formats of the content"),
        };
        let place = self.block_place(span);
        self.loader.error(place, message).help(help);
        self.skip(event);
    }

    /// Passes over what a refused beginning holds.
    pub fn skip(&mut self, event: &Event<'_>) {
        if !matches!(event, Event::Start(_)) {
            return;
        }
        let mut depth = 1;
        while depth > 0 {
            match self.events.next() {
                Some((Event::Start(_), _)) => depth += 1,
                Some((Event::End(_), _)) => depth -= 1,
                Some(_) => {}
                None => break,
            }
        }
    }
}

/// Whether an event begins a block.
pub fn is_block(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => {
            !matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. })
        }
        Event::Rule | Event::Html(_) => true,
        _ => false,
    }
}

/// Holds what entities became against the rule that every character is seen.
fn see(passage: &Passage<'_>, events: &[(Event<'_>, Range<usize>)], loader: &mut Loader<'_>) {
    for (event, span) in events {
        let texts: [&str; 2] = match event {
            Event::Text(text) | Event::Code(text) => [text, ""],
            Event::Start(
                Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. },
            ) => [dest_url, title],
            Event::Start(Tag::Heading { id: Some(id), .. }) => [id, ""],
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => [info, ""],
            _ => continue,
        };
        let written = passage.text.get(span.clone()).unwrap_or_default();
        for text in texts {
            let place = passage.place(span.clone());
            seen::decoded(text, written, place, loader);
        }
    }
}
