//! Markdown into blocks and spans. What a terminal cannot show (images, HTML, footnotes) is a
//! mistake, told with its place.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::content::course::{Alignment, BlockKind, Emphasis, ListItem, Marker, Span};

/// A block, where it stands in the text, and the anchor of a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: FoundKind,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundKind {
    Block(BlockKind),
    Heading { level: u8, text: Vec<Span>, id: Option<String> },
    /// A fenced block with a word after the fence, and the span of its body.
    Fence { word: String, body: Range<usize> },
}

/// A construct that has no place, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub what: &'static str,
    pub span: Range<usize>,
}

/// Reads a text of several blocks.
#[must_use]
pub fn blocks(text: &str) -> (Vec<Found>, Vec<Refused>) {
    let mut builder = Builder::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    for (event, span) in Parser::new_ext(text, options).into_offset_iter() {
        builder.event(event, span);
    }
    (builder.found, builder.refused)
}

/// Reads a text of paragraphs, as stems and explanations are.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<Vec<Span>> {
    let (found, _) = blocks(text);
    found
        .into_iter()
        .flat_map(|found| match found.kind {
            FoundKind::Block(BlockKind::Paragraph(spans)) => vec![spans],
            FoundKind::Block(BlockKind::List(items)) => {
                items.into_iter().map(|item| item.text).collect()
            }
            FoundKind::Heading { text, .. } => vec![text],
            _ => vec![],
        })
        .collect()
}

/// Reads a text of one paragraph.
#[must_use]
pub fn inline(text: &str) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for paragraph in paragraphs(text) {
        if !joined.is_empty() {
            joined.push(Span { text: " ".into(), style: Emphasis::Plain, link: None });
        }
        joined.extend(paragraph);
    }
    joined
}

#[derive(Default)]
struct Builder {
    found: Vec<Found>,
    refused: Vec<Refused>,
    spans: Vec<Span>,
    /// How strong, light and linked the text is just now.
    strong: usize,
    light: usize,
    link: Option<String>,
    /// The next number of each list that is open; `None` for bullets.
    lists: Vec<Option<u64>>,
    items: Vec<ListItem>,
    quote: Option<Vec<Vec<Span>>>,
    table: Option<(Vec<Alignment>, Vec<Vec<Vec<Span>>>)>,
    heading: Option<String>,
    fence: Option<(String, Option<Range<usize>>, String)>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(text) => match &mut self.fence {
                Some((_, body, code)) => {
                    *body = Some(body.as_ref().map_or(span.start, |body| body.start)..span.end);
                    code.push_str(&text);
                }
                None => self.push(&text),
            },
            Event::Code(text) => {
                let link = self.link.clone();
                self.spans.push(Span { text: text.into_string(), style: Emphasis::Code, link });
            }
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            Event::Rule => self.block(BlockKind::Rule, span),
            Event::Html(_) | Event::InlineHtml(_) => self.refuse("HTML", span),
            Event::FootnoteReference(_) => self.refuse("a footnote", span),
            Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.refuse("a task list or a formula", span);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::Paragraph => {}
            Tag::Heading { id, .. } => self.heading = Some(id.map(String::from).unwrap_or_default()),
            Tag::BlockQuote(_) => self.quote = Some(Vec::new()),
            Tag::CodeBlock(kind) => {
                let word = match kind {
                    pulldown_cmark::CodeBlockKind::Fenced(word) => word.trim().to_owned(),
                    pulldown_cmark::CodeBlockKind::Indented => String::new(),
                };
                self.fence = Some((word, None, String::new()));
            }
            Tag::List(first) => {
                self.flush_item();
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush_item();
                let depth = self.lists.len().saturating_sub(1) as u8;
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        Marker::Number(*number as u32 - 1)
                    }
                    _ => Marker::Bullet,
                };
                self.items.push(ListItem { depth, marker, text: Vec::new() });
            }
            Tag::Table(alignments) => {
                let columns = alignments.iter().map(|alignment| match alignment {
                    pulldown_cmark::Alignment::Right => Alignment::Right,
                    pulldown_cmark::Alignment::Center => Alignment::Centre,
                    _ => Alignment::Left,
                });
                self.table = Some((columns.collect(), Vec::new()));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some((_, rows)) = &mut self.table {
                    rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.light += 1,
            Tag::Strong => self.strong += 1,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::Image { .. } => self.refuse("an image", span),
            Tag::HtmlBlock => self.refuse("HTML", span),
            Tag::FootnoteDefinition(_) => self.refuse("a footnote", span),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, span: Range<usize>) {
        match tag {
            TagEnd::Paragraph => {
                if !self.lists.is_empty() {
                    // A paragraph inside an item: the item's text goes on.
                    self.push(" ");
                } else if let Some(quote) = &mut self.quote {
                    quote.push(tidy(std::mem::take(&mut self.spans)));
                } else {
                    let text = tidy(std::mem::take(&mut self.spans));
                    self.block(BlockKind::Paragraph(text), span);
                }
            }
            TagEnd::Heading(level) => {
                let text = tidy(std::mem::take(&mut self.spans));
                let id = self.heading.take().filter(|id| !id.is_empty());
                let kind = FoundKind::Heading { level: number(level), text, id };
                self.found.push(Found { kind, span });
            }
            TagEnd::BlockQuote(_) => {
                if let Some(quote) = self.quote.take() {
                    self.block(BlockKind::Quote(quote), span);
                }
            }
            TagEnd::CodeBlock => self.end_fence(span),
            TagEnd::Item => self.flush_item(),
            TagEnd::List(_) => {
                self.flush_item();
                self.lists.pop();
                if self.lists.is_empty() {
                    let items = std::mem::take(&mut self.items);
                    self.block(BlockKind::List(items), span);
                }
            }
            TagEnd::TableCell => {
                let cell = tidy(std::mem::take(&mut self.spans));
                if let Some(row) = self.table.as_mut().and_then(|(_, rows)| rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some((columns, mut rows)) = self.table.take() {
                    let header = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
                    self.block(BlockKind::Table { columns, header, rows }, span);
                }
            }
            TagEnd::Emphasis => self.light = self.light.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link => self.link = None,
            _ => {}
        }
    }

    /// Text seen since the item began belongs to it.
    fn flush_item(&mut self) {
        let text = std::mem::take(&mut self.spans);
        if let Some(item) = self.items.last_mut()
            && !text.is_empty()
        {
            item.text.extend(text);
            item.text = tidy(std::mem::take(&mut item.text));
        }
    }

    fn end_fence(&mut self, span: Range<usize>) {
        let Some((word, body, code)) = self.fence.take() else { return };
        let body = body.unwrap_or(span.start..span.start);
        if matches!(word.as_str(), "predict" | "contrast" | "diagram") {
            self.found.push(Found { kind: FoundKind::Fence { word, body }, span });
        } else {
            let lines = code.trim_end().lines().map(str::to_owned).collect();
            self.block(BlockKind::Code { language: word, lines }, span);
        }
    }

    fn push(&mut self, text: &str) {
        let style = match (self.strong, self.light) {
            (0, 0) => Emphasis::Plain,
            (0, _) => Emphasis::Light,
            _ => Emphasis::Strong,
        };
        let link = self.link.clone();
        match self.spans.last_mut() {
            Some(last) if last.style == style && last.link == link => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), style, link }),
        }
    }

    fn block(&mut self, kind: BlockKind, span: Range<usize>) {
        self.found.push(Found { kind: FoundKind::Block(kind), span });
    }

    fn refuse(&mut self, what: &'static str, span: Range<usize>) {
        self.refused.push(Refused { what, span });
    }
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

/// Without white space at the ends.
fn tidy(mut spans: Vec<Span>) -> Vec<Span> {
    if let Some(first) = spans.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = spans.last_mut() {
        last.text = last.text.trim_end().to_owned();
    }
    spans.retain(|span| !span.text.is_empty());
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<FoundKind> {
        blocks(text).0.into_iter().map(|found| found.kind).collect()
    }

    #[test]
    fn soft_breaks_are_spaces_and_styles_are_kept() {
        let spans = inline("one\n**two** `three` *four* [five](https://x)");
        let text: Vec<(&str, Emphasis)> =
            spans.iter().map(|span| (span.text.as_str(), span.style)).collect();
        let expected = [
            ("one ", Emphasis::Plain),
            ("two", Emphasis::Strong),
            (" ", Emphasis::Plain),
            ("three", Emphasis::Code),
            (" ", Emphasis::Plain),
            ("four", Emphasis::Light),
            (" ", Emphasis::Plain),
            ("five", Emphasis::Plain),
        ];
        assert_eq!(text, expected);
        assert_eq!(spans[7].link.as_deref(), Some("https://x"));
    }

    #[test]
    fn headings_have_anchors() {
        let heading = &kinds("## The shop {#the-shop}")[0];
        assert!(
            matches!(heading, FoundKind::Heading { level: 2, id: Some(id), .. } if id == "the-shop"),
            "{heading:?}"
        );
    }

    #[test]
    fn nested_lists_are_items_with_depths() {
        let FoundKind::Block(BlockKind::List(items)) = kinds("1. one\n   - in\n   - side\n2. two").remove(0)
        else {
            panic!("a list");
        };
        let shape: Vec<(u8, Marker, &str)> =
            items.iter().map(|item| (item.depth, item.marker, item.text[0].text.as_str())).collect();
        let expected = [
            (0, Marker::Number(1), "one"),
            (1, Marker::Bullet, "in"),
            (1, Marker::Bullet, "side"),
            (0, Marker::Number(2), "two"),
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn tables_have_a_header_and_aligned_columns() {
        let FoundKind::Block(BlockKind::Table { columns, header, rows }) =
            kinds("| a | b |\n|---|--:|\n| 1 | 2 |\n").remove(0)
        else {
            panic!("a table");
        };
        assert_eq!(columns, [Alignment::Left, Alignment::Right]);
        assert_eq!((header.len(), rows.len(), rows[0][1][0].text.as_str()), (2, 1, "2"));
    }

    #[test]
    fn fences_of_ours_keep_the_span_of_their_body() {
        let text = "before\n\n```predict\nask = 1\nmore\n```\n";
        let found = kinds(text);
        let FoundKind::Fence { word, body } = &found[1] else { panic!("{found:?}") };
        assert_eq!((word.as_str(), &text[body.clone()]), ("predict", "ask = 1\nmore\n"));
    }

    #[test]
    fn what_a_terminal_cannot_show_is_refused_with_its_place() {
        let (_, refused) = blocks("a ![x](y) b\n\n<b>c</b>\n");
        assert_eq!(refused[0].what, "an image");
        assert!(refused.iter().any(|refused| refused.what == "HTML"), "{refused:?}");
    }
}
