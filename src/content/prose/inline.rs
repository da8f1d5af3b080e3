//! Inline text: words, emphasis and links, and the rejection of everything else.

use super::block::BlockParser;
use super::span::{self, Style};
use crate::course::{Emphasis, Span};
use crate::loader::{SourceSpan, Target, Use};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use std::ops::Range;

/// Prefix of `[ref:ID]` and of links to references.
pub const REFERENCE: &str = "ref:";

impl BlockParser<'_, '_, '_> {
    /// Parses runs of text up to the next start or end of a block, which it does not consume.
    pub fn inline(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut style = Style::default();
        while let Some((event, span)) = self.events.next_if(|(event, _)| !ends_inline(event)) {
            match event {
                Event::Text(text) => {
                    span::push(&mut spans, &text, style.emphasis(), style.link.as_deref());
                }
                Event::Code(text) => {
                    span::push(&mut spans, &text, Emphasis::Code, style.link.as_deref());
                }
                Event::SoftBreak => {
                    span::push(&mut spans, " ", style.emphasis(), style.link.as_deref());
                }
                Event::Start(Tag::Strong) => style.open(true),
                Event::End(TagEnd::Strong) => style.close(true),
                Event::Start(Tag::Emphasis) => style.open(false),
                Event::End(TagEnd::Emphasis) => style.close(false),
                Event::End(TagEnd::Link) => style.link = None,
                Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                    let place = self.passage.place(span);
                    if link_type == LinkType::ShortcutUnknown {
                        self.reference(&dest_url, place, &mut spans);
                    } else {
                        style.link = self.link(&dest_url, place);
                    }
                }
                other => self.refuse(&other, span),
            }
        }
        span::trim_end(&mut spans);
        spans
    }

    /// Turns `[ref:ID]` into the mark, in place of the words between the brackets.
    fn reference(&mut self, target: &str, place: SourceSpan, spans: &mut Vec<Span>) {
        for (event, _) in self.events.by_ref() {
            if event == Event::End(TagEnd::Link) {
                break;
            }
        }
        let id = target.strip_prefix(REFERENCE).unwrap_or(target).trim();
        if let Some(address) = self.loader.address(id, place) {
            span::push_reference(spans, address);
        }
    }

    /// Resolves a link to a page, a reference's page, or `lesson#anchor`.
    fn link(&mut self, target: &str, place: SourceSpan) -> Option<String> {
        if let Some(id) = target.strip_prefix(REFERENCE) {
            return self.loader.address(id.trim(), place);
        }
        if target.starts_with("https://") {
            return Some(target.to_owned());
        }
        if target.contains([':', '/', '.']) || target.is_empty() {
            self.loader
                .error(place, format!("a link cannot lead to `{target}`"))
                .help("link to lesson#anchor, to #anchor in this lesson, to ref:ID, or to an https address");
            return None;
        }
        let whole = match (target.strip_prefix('#'), self.passage.lesson) {
            (Some(anchor), Some(lesson)) => format!("{lesson}#{anchor}"),
            (Some(_), None) => {
                self.loader
                    .error(place, format!("`{target}` is a heading of no lesson"))
                    .help("this text stands in no lesson: write lesson#anchor");
                return None;
            }
            (None, _) => target.to_owned(),
        };
        self.loader.uses.push(Use { target: Target::Lesson(whole.clone()), place });
        Some(whole)
    }

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

    /// Rejects something the course does not allow, with everything inside it, in one message.
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

    /// Skips the content of a rejected start event.
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

/// Whether an event starts a block.
pub fn is_block(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => {
            !matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. })
        }
        Event::Rule | Event::Html(_) => true,
        _ => false,
    }
}

fn ends_inline(event: &Event<'_>) -> bool {
    match event {
        Event::End(end) => {
            !matches!(end, TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Image)
        }
        other => is_block(other),
    }
}
