//! What the tests beside the parts share: a design of a few lines, and hands that move its world. Nothing comes in by
//! itself: a test brings each order and lets time pass.

use super::*;
use crate::design::Design;
use order::Door;

/// A store that hands every order to a required queue, whose settings a test may go on with.
pub const LINE: &str = r#"
[load]
rate = 1.0
customers = 3
orders = [{ weight = 1, detail = '{"id": "{order}", "by": "{customer}"}' }]
[services.till]
latency = "100ms"
side_effect = "charge"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "queues.work"
[queues.work]
required = true
visibility_timeout = "30s"
"#;

/// A function on that queue, whose settings a test may go on with.
pub const HAND: &str = "[functions.hand]\nqueue = 'work'\ncalls = 'till'\n";

/// The same with a bus between them, and a rule that a test may go on with.
pub fn bus_line() -> String {
    let store = "publishes_to = \"buses.main\"\nsource = 'desk'\ndetail_type = 'order'";
    let line = LINE.replace("publishes_to = \"queues.work\"", store);
    format!(
        "{line}[buses.main]\n[rules.all]\nbus = 'main'\ntargets = ['queues.work']\n\
         event_pattern = '{{\"source\": [\"desk\"]}}'\n"
    )
}

/// The same with a topic between them, and a subscription that a test may go on with.
pub fn topic_line() -> String {
    let line = LINE.replace("queues.work\"", "topics.news\"");
    format!(
        "{line}[topics.news]\n[subscriptions.copy]\ntopic = 'news'\nprotocol = 'sqs'\n\
         queue = 'work'\n"
    )
}

pub fn world_with(text: &str, documents: &[(String, String)]) -> World {
    let design: Design = toml::from_str(text).unwrap();
    let arrivals = Arrivals { interval: Span::from_secs(1), count: 0 };
    World::new(&design, documents, 7, arrivals).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

pub fn world_of(text: &str) -> World {
    world_with(text, &[])
}

/// Takes the settings of a changed design.
pub fn retune(world: &mut World, text: &str) -> Result<(), String> {
    let fresh = world_of(text);
    world.can_become(&fresh)?;
    world.retune(fresh);
    Ok(())
}

/// Adds the next order, accepted and with nothing of it on its way.
pub fn accept(world: &mut World) -> u32 {
    let number = world.orders.len() as u32;
    world.new_order(number);
    world.change(number, |order| order.door = Door::Accepted);
    number
}

pub fn pass(world: &mut World, millis: u64) {
    let until = world.now + Span::from_millis(millis);
    while let Some((at, entry)) = world.agenda.take(until) {
        world.happen(at, entry);
    }
    world.now = until;
}

pub fn number(world: &World, path: &str) -> PartId {
    world.topology.find(path).unwrap()
}

pub fn fault(world: &World, kind: crate::fault::FaultKind, path: &str, seconds: u64) -> Fault {
    Fault::new(kind, path.parse().unwrap(), world.now, Span::from_secs(seconds))
}

/// Breaks a part from now on.
pub fn break_part(world: &mut World, kind: crate::fault::FaultKind, path: &str, seconds: u64) {
    let fault = fault(world, kind, path, seconds);
    world.schedule(fault).unwrap();
}

pub fn measure(world: &World, path: &str) -> u64 {
    let gauges = world.gauges();
    let gauge = gauges.iter().find(|gauge| gauge.path == path);
    world.measure(gauge.unwrap_or_else(|| panic!("there is no {path}"))) as u64
}

/// Everything that happened, by the names in a trace.
pub fn names(world: &World) -> Vec<&'static str> {
    world.trace.since(0).iter().map(|occurrence| occurrence.kind().name()).collect()
}

/// When something of this name happened, in milliseconds, and to which order.
pub fn moments(world: &World, name: &str) -> Vec<(u64, Option<u32>)> {
    let all = world.trace.since(0).into_iter();
    let named = all.filter(|occurrence| occurrence.kind().name() == name);
    named.map(|occurrence| (occurrence.at.0 / 1_000, occurrence.order)).collect()
}

#[test]
fn what_was_sent_is_seen_until_it_arrives() {
    let mut world = world_of(LINE);
    accept(&mut world);
    let arrives = world.hop(0, 0, 1, Span::from_secs(1));
    assert_eq!(world.travels_of(0).len(), 1);
    world.now = arrives;
    assert_eq!(world.travels_of(0).len(), 0);
    world.sweep();
    assert!(world.travels.is_empty());
    world.watched = false;
    world.hop(0, 0, 1, Span::from_secs(1));
    assert!(world.travels.is_empty(), "nobody looks");
}

#[test]
fn an_entry_moves_the_clock_to_its_own_time() {
    let mut world = world_of(LINE);
    world.happen(Time::ZERO + Span::from_secs(9), Scheduled::Minute);
    assert_eq!(world.now, Time::ZERO + Span::from_secs(9));
}

/// A run holds very many of them.
#[test]
fn an_entry_of_the_agenda_stays_small() {
    assert!(size_of::<Scheduled>() <= 32, "{} bytes", size_of::<Scheduled>());
}
