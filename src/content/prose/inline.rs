//! Inline text: words, emphasis and links, and the rejection of everything else.

use super::parser::{ProseParser, REFERENCE, is_block};
use super::span::{self, Style};
use crate::course::{Emphasis, Span};
use crate::loader::{SourceSpan, Target, Use};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

impl ProseParser<'_, '_, '_> {
    /// Runs of text up to the next beginning or end of a block, which is left where it is.
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
}

fn ends_inline(event: &Event<'_>) -> bool {
    match event {
        Event::End(end) => {
            !matches!(end, TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Image)
        }
        other => is_block(other),
    }
}
