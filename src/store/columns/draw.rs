//! The stored form of a draw.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Detail;
use crate::store::form::Bits;
use crate::study::attempt::item::OptionId;
use crate::study::attempt::slot::DrawnItem;
use crate::study::attempt::timer::Timer;
use crate::study::id::Version;
use crate::study::record::Drawn;

/// Adds what a draw has beyond the ids of its items.
pub(super) fn with_draw(mut detail: Json, drawn: &Drawn) -> Json {
    detail["timer"] = json!(drawn.timer.id());
    detail["set_limit_ms"] = json!(drawn.limit.map(stored));
    detail["drawn"] = drawn.items.iter().map(drawn_item).collect();
    detail
}

/// What a draw has beyond the ids of its items; `None` if it is from before that was stored.
pub(super) fn draw(detail: &Detail) -> Option<Drawn> {
    let items = detail.0.get("drawn")?.as_array()?;
    Some(Drawn {
        timer: Timer::from_id(&detail.word("timer")).unwrap_or_default(),
        limit: limit_of(&detail.0["set_limit_ms"]),
        items: items.iter().map(drawn_item_of).collect::<Option<_>>()?,
    })
}

/// Encodes a question as it was drawn.
pub(super) fn drawn_item(drawn: &DrawnItem) -> Json {
    json!({
        "item": drawn.item.as_str(),
        "version": Bits(drawn.version.0).stored(),
        "choose": drawn.choose,
        "shown": drawn.shown.iter().map(|option| option.0).collect::<Vec<_>>(),
        "key": drawn.key.iter().map(|option| option.0).collect::<Vec<_>>(),
        "limit_ms": drawn.limit.map(stored),
        "first": drawn.is_first,
    })
}

/// Decodes a question as it was drawn.
pub(super) fn drawn_item_of(json: &Json) -> Option<DrawnItem> {
    let numbers = |key: &str| -> Option<Vec<OptionId>> {
        let numbers = json.get(key)?.as_array()?.iter();
        let number = |number: &Json| u8::try_from(number.as_u64()?).ok();
        numbers.map(|json| number(json).map(OptionId)).collect()
    };
    Some(DrawnItem {
        item: json.get("item")?.as_str()?.into(),
        version: Version(Bits::of(json.get("version")?.as_i64()?).0),
        choose: u8::try_from(json.get("choose")?.as_u64()?).ok()?,
        shown: numbers("shown")?,
        key: numbers("key")?.into_iter().collect(),
        limit: limit_of(&json["limit_ms"]),
        is_first: json.get("first").and_then(Json::as_bool).unwrap_or(false),
    })
}

/// Whole milliseconds that a signed number can hold.
pub(super) fn stored(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn limit_of(json: &Json) -> Option<Duration> {
    json.as_u64().map(Duration::from_millis)
}
