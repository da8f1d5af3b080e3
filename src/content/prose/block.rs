//! Blocks: walks pulldown-cmark's events and keeps what the course allows.

use super::parser::{ProseParser, is_block};
use super::{Draft, Passage, figure};
use crate::course::{Alignment, BlockKind, ListItem, Marker, Span};
use crate::loader::{Located, SourceSpan};
use pulldown_cmark::{Alignment as Align, CodeBlockKind, CowStr, Event, HeadingLevel, Tag, TagEnd};
use std::ops::Range;

impl<'t> ProseParser<'t, '_, '_> {
    /// All blocks of the text.
    pub fn blocks(mut self) -> Vec<Draft> {
        let mut found = Vec::new();
        while let Some((event, span)) = self.events.next() {
            let place = self.block_place(span.clone());
            let draft = match event {
                Event::Start(Tag::Heading { level, id, .. }) => {
                    found.push(self.heading(level, id, place, span));
                    continue;
                }
                Event::Start(Tag::CodeBlock(kind)) => self.code(kind, place),
                Event::Start(Tag::Paragraph) => Some(BlockKind::Paragraph(self.inline())),
                Event::Start(Tag::List(first)) => {
                    let mut items = Vec::new();
                    self.list(first, 0, &mut items);
                    Some(BlockKind::List(items))
                }
                Event::Start(Tag::BlockQuote(_)) => Some(self.quote()),
                Event::Start(Tag::Table(columns)) => Some(self.table(&columns)),
                Event::Rule => Some(BlockKind::Rule),
                Event::End(_) => None,
                other => {
                    self.refuse(&other, span);
                    None
                }
            };
            if let Some(kind) = draft {
                found.push(Draft { id: prediction_id(&kind, place), kind, place, anchor: None });
            }
        }
        found
    }

    fn heading(
        &mut self,
        level: HeadingLevel,
        id: Option<CowStr<'t>>,
        place: SourceSpan,
        span: Range<usize>,
    ) -> Draft {
        let text = self.inline();
        let level = level as u8;
        if level == 1 {
            self.loader
                .error(place, "a lesson has no heading of the first level")
                .help("its title stands in the front matter; begin sections with ##");
        } else if level > 3 {
            self.loader.error(place, "headings are ## for a section and ### within it, no deeper");
        }
        let anchor = id.map(|id| {
            let written = self.passage.text.get(span.clone()).unwrap_or_default();
            let at = written.rfind("{#").map(|at| span.start + at + 2);
            Located {
                place: at.map_or(place, |at| self.passage.place(at..at + id.len())),
                value: id.into_string(),
            }
        });
        if anchor.is_none() {
            self.loader
                .error(place, "this heading has no anchor")
                .help("end it with {#a-short-name}: positions and questions point at it, for ever");
        }
        Draft { kind: BlockKind::Heading { level, text }, place, anchor, id: None }
    }

    fn code(&mut self, kind: CodeBlockKind<'t>, place: SourceSpan) -> Option<BlockKind> {
        let mut body: Option<Range<usize>> = None;
        let mut text = String::new();
        for (event, span) in self.events.by_ref() {
            match event {
                Event::Text(part) => {
                    text.push_str(&part);
                    body = Some(body.map_or(span.start, |body| body.start)..span.end);
                }
                _ => break,
            }
        }
        let CodeBlockKind::Fenced(info) = kind else {
            self.loader
                .error(place, "four spaces before a line make it code")
                .help("take the spaces out, or put the code between lines of ```");
            return None;
        };
        let language = info.split_whitespace().next().unwrap_or_default();
        if !figure::NAMES.contains(&language) {
            return Some(BlockKind::Code {
                language: language.to_owned(),
                lines: text.lines().map(str::to_owned).collect(),
            });
        }
        let span = body.unwrap_or(0..0);
        let body = Passage {
            text: self.passage.text.get(span.clone()).unwrap_or_default(),
            ..Passage::body("", place.file, self.passage.place(span).start, self.passage.lesson)
        };
        figure::read(language, body, place, self.loader)
    }

    fn quote(&mut self) -> BlockKind {
        let mut paragraphs = Vec::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::Paragraph) => paragraphs.push(self.inline()),
                Event::End(TagEnd::BlockQuote(_)) => break,
                Event::End(_) => {}
                other => self.refuse_inside("a quotation", &other, span),
            }
        }
        BlockKind::Quote(paragraphs)
    }

    fn list(&mut self, first: Option<u64>, depth: u8, items: &mut Vec<ListItem>) {
        let mut number = first.map(|first| first as u32);
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let marker = number.map_or(Marker::Bullet, Marker::Number);
                    number = number.map(|number| number.saturating_add(1));
                    let at = items.len();
                    items.push(ListItem { depth, marker, text: Vec::new() });
                    self.item(at, depth, items);
                }
                _ => break,
            }
        }
    }

    fn item(&mut self, at: usize, depth: u8, items: &mut Vec<ListItem>) {
        while let Some((event, span)) = self.events.peek().cloned() {
            match event {
                Event::End(TagEnd::Item) => {
                    self.events.next();
                    break;
                }
                // Do not descend: the author decides how deep it goes.
                Event::Start(Tag::List(_)) if depth > 0 => {
                    self.events.next();
                    let place = self.block_place(span);
                    self.loader
                        .error(place, "lists nest one level deep, and this is deeper")
                        .help("make it a list of its own, or say it in a sentence");
                    self.skip(&event);
                }
                Event::Start(Tag::List(first)) => {
                    self.events.next();
                    self.list(first, depth.saturating_add(1), items);
                }
                Event::Start(Tag::Paragraph) | Event::End(_) => {
                    self.events.next();
                }
                other if is_block(&other) => {
                    self.events.next();
                    self.refuse_inside("a list", &other, span);
                }
                _ => {
                    let text = self.inline();
                    let place = self.block_place(span);
                    match items.get_mut(at) {
                        Some(item) if item.text.is_empty() => item.text = text,
                        _ => {
                            self.loader
                                .error(place, "an item of a list is one paragraph")
                                .help("join the paragraphs, or end the list before this one");
                        }
                    }
                }
            }
        }
    }

    fn table(&mut self, columns: &[Align]) -> BlockKind {
        let mut header = Vec::new();
        let mut rows: Vec<Vec<Vec<Span>>> = Vec::new();
        let mut in_header = false;
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => in_header = true,
                Event::End(TagEnd::TableHead) => in_header = false,
                Event::Start(Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => {
                    let cell = self.inline();
                    let row = if in_header { Some(&mut header) } else { rows.last_mut() };
                    if let Some(row) = row {
                        row.push(cell);
                    }
                }
                Event::End(TagEnd::Table) => break,
                Event::End(_) => {}
                other => self.refuse_inside("a table", &other, span),
            }
        }
        let columns = columns.iter().map(|column| match column {
            Align::Center => Alignment::Centre,
            Align::Right => Alignment::Right,
            Align::Left | Align::None => Alignment::Left,
        });
        BlockKind::Table { columns: columns.collect(), header, rows }
    }
}

fn prediction_id(kind: &BlockKind, place: SourceSpan) -> Option<Located<String>> {
    match kind {
        BlockKind::Predict(predict) => Some(Located { value: predict.id.clone(), place }),
        _ => None,
    }
}
