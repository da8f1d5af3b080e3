//! Where the program goes: from one screen to the next, and what must be recalled before.

use super::App;
use crate::study::next::{self, Next};
use crate::study::progress::Progress;
use crate::study::reading::Visit;
use crate::study::record::Activity;
use crate::tui::ctx::{Go, Open, Subject};
use crate::tui::keymap::{Context, Intent};
use crate::tui::msg::{Effect, Query, Recollection, Request};
use crate::tui::screen::Screen;
use crate::tui::screens::{
    contents::Contents,
    courses::Courses,
    glossary::Glossary,
    home::Home,
    labs::Labs,
    live::Live,
    quiz::Quiz,
    reader::{Opening, Reader},
};

impl App {
    /// Home's keys lead to other screens and to nothing else.
    pub(super) fn home_intent(&self, context: Context, intent: Intent) -> Option<Go> {
        if context != Context::Home {
            return None;
        }
        Some(match intent {
            Intent::GoOn => match self.next()? {
                Next::ResumeQuiz | Next::Traps => Go::Quiz(Request::Traps),
                Next::Read { lesson } => Go::Lesson { lesson, anchor: None, visit: Visit::Reading },
                Next::Check { lesson } => Go::Quiz(Request::Check { lesson }),
                Next::Bet { lab, .. } => Go::Live(Subject::Lab(lab)),
            },
            Intent::Contents => Go::Contents,
            Intent::Overview => Go::chosen(&self.scenario.overview),
            Intent::Traps => Go::Quiz(Request::Traps),
            Intent::Live => Go::Live(Subject::First),
            Intent::Labs => Go::Labs,
            Intent::Glossary => Go::Glossary,
            Intent::Courses if self.library.index().scenarios.len() > 1 => Go::Courses,
            _ => return None,
        })
    }

    /// What Enter does on the home screen.
    fn next(&self) -> Option<Next> {
        match self.screen() {
            Screen::Home(home) => Some(home.next(self.ctx())),
            _ => None,
        }
    }

    /// Shows the picker. The course that was open stays in the context, but nothing is recorded.
    pub(super) fn pick(&mut self, courses: Courses) -> Vec<Effect> {
        self.screens.reset(Screen::Courses(Box::new(courses)));
        vec![self.recall_progress()]
    }

    /// Opens something in the course.
    pub(super) fn open(&mut self, open: &Open) -> Vec<Effect> {
        let mut effects = vec![self.recall_progress()];
        match open {
            Open::Home => {}
            Open::Read(Some(name)) => match next::lesson_named(&self.scenario, name) {
                Some(entry) => {
                    let (lesson, visit) = (entry.id.clone(), Visit::Chosen);
                    effects.push(Effect::Recall(Query::Lesson { lesson, anchor: None, visit }));
                }
                None => self.notice = Some(format!("This course has no lesson {name}.")),
            },
            Open::Read(None) => effects.extend(self.go(Go::Contents)),
            Open::Traps => effects.extend(self.go(Go::Quiz(Request::Traps))),
            Open::Live(subject) => effects.extend(self.go(Go::Live(subject.clone()))),
            Open::Labs => effects.extend(self.go(Go::Labs)),
        }
        effects
    }

    /// Opens a course at its home, and something in it.
    pub(super) fn open_course(&mut self, id: &str, open: &Open) -> Vec<Effect> {
        let mut scenarios = self.library.index().scenarios.iter();
        let Some(scenario) = scenarios.find(|scenario| scenario.id == id).cloned() else {
            return Vec::new();
        };
        self.scenario = scenario;
        self.progress = Progress::default();
        self.screens.reset(Screen::Home(Home::default()));
        self.open(open)
    }

    pub(super) fn go(&mut self, go: Go) -> Vec<Effect> {
        match go {
            Go::Back => {
                self.screens.back();
                let mut effects = self.on_screen(Screen::relaid);
                effects.push(self.recall_progress());
                effects
            }
            Go::Contents => {
                let reading = self.screen().lesson_id();
                let contents = Contents::new(&self.scenario, &self.progress, reading);
                self.screens.push(Screen::Contents(contents));
                vec![Effect::Recall(Query::Progress)]
            }
            Go::Lesson { lesson, anchor, visit } => {
                // A run waits while something is read.
                let mut effects = self.on_screen(Screen::left);
                effects.push(Effect::Recall(Query::Lesson { lesson, anchor, visit }));
                effects
            }
            Go::After { lesson } => self.after(&lesson),
            Go::Quiz(request) => vec![Effect::Recall(Query::Items { request })],
            Go::Labs => {
                // A lab makes room for the list it was chosen from, a run one plays with stays.
                if matches!(self.screen(), Screen::Live(pipeline) if pipeline.is_lab()) {
                    self.screens.pop();
                }
                if !self.screens.back_to_labs() {
                    self.screens.push(Screen::Labs(Labs::new(self.ctx(), &self.progress)));
                }
                vec![Effect::Recall(Query::Progress)]
            }
            Go::Glossary if self.screens.back_to_glossary() => Vec::new(),
            Go::Glossary => {
                let opened = Glossary::new(self.ctx(), &self.screen().read_aloud(self.ctx()));
                match opened {
                    Ok(glossary) => self.screens.push(Screen::Glossary(Box::new(glossary))),
                    Err(sentence) => self.notice = Some(sentence),
                }
                Vec::new()
            }
            Go::Courses => {
                let courses = self.library.index().scenarios.clone();
                self.pick(Courses::at(courses, &self.scenario.id))
            }
            Go::Course { course, open } => self.open_course(&course, &open),
            Go::Live(subject) if self.screens.back_to_run(&subject) => {
                self.on_screen(Screen::relaid)
            }
            Go::Live(subject) => match Live::open(self.ctx(), &subject) {
                Ok(pipeline) => {
                    self.screens.push(Screen::Live(Box::new(pipeline)));
                    Vec::new()
                }
                Err(sentence) => {
                    self.notice = Some(sentence);
                    Vec::new()
                }
            },
        }
    }

    /// After a lesson: its questions if none was asked yet, else the next lesson, else home.
    fn after(&mut self, lesson: &str) -> Vec<Effect> {
        let asked = self.progress.questions.get(lesson).map_or(0, |q| q.answered);
        let here = self.scenario.lessons.iter().position(|entry| entry.id == lesson);
        let has_questions = here.is_some() && self.scenario.question_count > 0;
        if has_questions && asked == 0 && self.progress.open.is_none() {
            return self.go(Go::Quiz(Request::Check { lesson: lesson.to_owned() }));
        }
        let next = match here {
            Some(index) => self.scenario.lessons.get(index + 1),
            None => self.scenario.lessons.first(),
        };
        match next.map(|entry| entry.id.clone()) {
            Some(lesson) => self.go(Go::Lesson { lesson, anchor: None, visit: Visit::Reading }),
            None => self.go(Go::Back),
        }
    }

    pub(super) fn recalled(&mut self, found: Recollection) -> Vec<Effect> {
        match found {
            Recollection::Progress(progress) => {
                self.rollover = progress.plan.rollover;
                self.progress = *progress;
                let progress = self.progress.clone();
                self.on_screen(|screen, ctx| screen.progress(ctx, &progress))
            }
            Recollection::Courses { progress, latest } => {
                if let Screen::Courses(courses) = self.screens.top_mut() {
                    courses.progress(progress, latest.as_deref());
                }
                Vec::new()
            }
            Recollection::Lesson { lesson, anchor, visit, place, reached, predictions } => {
                let visit = self.visit(&lesson, visit);
                self.screens.turn(visit);
                if visit != Visit::LookUp && self.screens.reads(&lesson) {
                    return self.on_screen(Screen::relaid);
                }
                let opening = Opening { anchor, visit, place, reached, predictions };
                match Reader::open(self.ctx(), &lesson, opening) {
                    Ok((reader, effects)) => {
                        self.screens.push(Screen::Reader(Box::new(reader)));
                        self.heed(&effects);
                        effects
                    }
                    Err(sentence) => {
                        self.notice = Some(sentence);
                        Vec::new()
                    }
                }
            }
            Recollection::Items { request, progress, items } => {
                self.progress = *progress;
                if let Some(offer) = self.offer(&request) {
                    self.notice = Some(offer);
                    return Vec::new();
                }
                match Quiz::open(self.ctx(), &request, &self.progress, &items) {
                    Ok((quiz, effects)) => {
                        self.screens.clear();
                        self.screens.push(Screen::Quiz(Box::new(quiz)));
                        effects
                    }
                    Err(sentence) => {
                        self.notice = Some(sentence);
                        Vec::new()
                    }
                }
            }
        }
    }

    /// Which lesson is read, as soon as its place moves.
    pub(super) fn heed(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Append(record) = effect
                && let Activity::Position { lesson, .. } = &record.activity
            {
                self.progress.latest_lesson = Some(lesson.to_string());
            }
        }
    }

    /// A lesson that is chosen is read, unless it is opened from a question or from a run; and it is
    /// at once if it is the one in progress.
    fn visit(&self, lesson: &str, wanted: Visit) -> Visit {
        match wanted {
            Visit::Chosen if !self.screens.is_for_reading() => Visit::LookUp,
            Visit::Chosen if self.progress.latest_lesson.as_deref() == Some(lesson) => {
                Visit::Reading
            }
            Visit::Reading | Visit::Chosen | Visit::LookUp => wanted,
        }
    }

    /// Who wants a set, and has one in another window, may have meant that one: a new one is offered
    /// first, once.
    fn offer(&mut self, request: &Request) -> Option<String> {
        let elsewhere =
            self.progress.elsewhere.as_ref().filter(|_| self.progress.open.is_none())?;
        if self.offered.as_deref() == Some(elsewhere.id.as_str()) {
            return None;
        }
        self.offered = Some(elsewhere.id.to_string());
        let key = match request {
            Request::Traps => "t",
            Request::Check { .. } => "enter",
        };
        Some(format!(
            "{}. It goes on there; here {key} begins a new one, and reading needs none.",
            elsewhere.told()
        ))
    }
}
