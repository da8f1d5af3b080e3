-- The first schema. Numbered files are only ever added; this one is never edited.

-- Told apart from other SQLite files: 'RDRV'.
PRAGMA application_id = 1380209238;

CREATE TABLE database (
    id TEXT NOT NULL                    -- random; the first half of every event_id made here
) STRICT;
INSERT INTO database (id) VALUES (lower(hex(randomblob(8))));

-- What the learner did. Append-only: no row is ever changed or removed.
CREATE TABLE record (
    seq        INTEGER PRIMARY KEY,     -- order of writing in this database
    event_id   TEXT NOT NULL UNIQUE,    -- the same in every export and import
    scenario   TEXT NOT NULL,
    kind       TEXT NOT NULL,           -- position, prediction, session-started, countdown, answer, session-ended
    at         TEXT NOT NULL,           -- wall time, RFC 3339 with its offset
    session    TEXT,
    item       TEXT,                    -- a question, a prediction, or the lesson of a position
    version    INTEGER,                 -- of the item when it was answered
    seed       INTEGER,
    shown      TEXT,                    -- option numbers in the order shown: 2,0,1,3
    choice     TEXT,                    -- option numbers chosen; empty: time ran out
    correct    INTEGER,                 -- as marked then; never judged again
    certainty  INTEGER,                 -- 1 to 3, or NULL: not told
    elapsed_ms INTEGER,
    detail     TEXT NOT NULL DEFAULT '{}' -- JSON: what only this kind has
) STRICT;

-- Everything below is a projection: it can be emptied and rebuilt from the records.

CREATE TABLE reading (
    scenario TEXT NOT NULL,
    lesson   TEXT NOT NULL,
    heading  TEXT NOT NULL,
    ordinal  INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    hash     INTEGER NOT NULL,
    word     INTEGER NOT NULL,
    reached  INTEGER NOT NULL,          -- thousandths of the lesson's words
    latest   INTEGER NOT NULL,          -- seq of the latest movement
    PRIMARY KEY (scenario, lesson)
) STRICT, WITHOUT ROWID;

CREATE TABLE prediction (
    scenario TEXT NOT NULL,
    item     TEXT NOT NULL,
    lesson   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    choice   INTEGER NOT NULL,
    correct  INTEGER NOT NULL,
    PRIMARY KEY (scenario, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    scenario TEXT NOT NULL,
    item     TEXT NOT NULL,
    lesson   TEXT NOT NULL,
    answered INTEGER NOT NULL,
    correct  INTEGER NOT NULL,          -- the last answer
    latest   INTEGER NOT NULL,
    PRIMARY KEY (scenario, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    scenario TEXT NOT NULL,
    session  TEXT NOT NULL,
    mode     TEXT NOT NULL,
    seed     INTEGER NOT NULL,
    items    TEXT NOT NULL,             -- JSON: question ids in the order asked
    planned  INTEGER NOT NULL,
    limit_ms INTEGER NOT NULL,
    left_ms  INTEGER NOT NULL,          -- of the question that is next
    answered INTEGER NOT NULL,
    correct  INTEGER NOT NULL,
    spent_ms INTEGER NOT NULL,
    started  TEXT NOT NULL,
    ended    TEXT,
    begun    INTEGER NOT NULL,          -- seq of its start
    PRIMARY KEY (scenario, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_begun ON session (scenario, begun);

CREATE TABLE day (
    scenario TEXT NOT NULL,
    day      TEXT NOT NULL,             -- local date of the answer, 2026-11-23
    answered INTEGER NOT NULL,
    correct  INTEGER NOT NULL,
    PRIMARY KEY (scenario, day)
) STRICT, WITHOUT ROWID;

-- The answers of one session, to resume it.
CREATE INDEX record_session ON record (session, kind) WHERE session IS NOT NULL;
