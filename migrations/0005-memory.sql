-- The study day, stamped when the record was written; records from before this format have none.
ALTER TABLE record ADD COLUMN day TEXT;

-- Microseconds since 1970, made greater than those of all earlier records of the database, whatever the clock says.
-- With event_id it orders the records of several databases in one way.
ALTER TABLE record ADD COLUMN moment INTEGER NOT NULL DEFAULT 0;
UPDATE record SET moment = ordered.moment FROM (
    SELECT seq, seq + max(CAST(ifnull(unixepoch(at, 'subsec'), 0) * 1000000 AS INTEGER) - seq)
        OVER (ORDER BY seq) AS moment
    FROM record
) AS ordered WHERE ordered.seq = record.seq;
CREATE INDEX record_moment ON record (moment, event_id);

-- Whether the whole draw is stored, so that the set is open until it is submitted or given up. A set from before
-- that is open while it has questions without an answer.
ALTER TABLE session ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;

-- What is scheduled: concepts and misconceptions.
CREATE TABLE subject (
    scenario   TEXT NOT NULL,
    subject    TEXT NOT NULL,           -- concept:ID or misconception:ID
    algorithm  TEXT NOT NULL,           -- which computed the memory
    stability  REAL NOT NULL,           -- days
    difficulty REAL NOT NULL,
    reviewed   TEXT NOT NULL,           -- study day of the evidence that moved the memory last
    interval   INTEGER NOT NULL,        -- days from then
    reviews    INTEGER NOT NULL,
    lapses     INTEGER NOT NULL,
    missed     INTEGER NOT NULL,        -- whether it comes back the next day
    delivery   TEXT NOT NULL,           -- scheduled, dead-lettered, redriven
    right_days INTEGER NOT NULL,        -- since it was redriven
    PRIMARY KEY (scenario, subject)
) STRICT, WITHOUT ROWID;

-- What the evidence says for and against each misconception.
CREATE TABLE belief (
    scenario      TEXT NOT NULL,
    misconception TEXT NOT NULL,
    held          REAL NOT NULL,        -- weights
    refused       REAL NOT NULL,
    chosen        INTEGER NOT NULL,     -- how often
    avoided       INTEGER NOT NULL,
    latest        INTEGER NOT NULL,     -- seq of the latest evidence
    PRIMARY KEY (scenario, misconception)
) STRICT, WITHOUT ROWID;

-- Questions that the learner put aside.
CREATE TABLE aside (
    scenario  TEXT NOT NULL,
    item      TEXT NOT NULL,
    suspended INTEGER NOT NULL,
    buried    TEXT,                     -- the study day for which it is put aside
    PRIMARY KEY (scenario, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    scenario TEXT NOT NULL PRIMARY KEY,
    exam     TEXT,                      -- a date
    minutes  INTEGER,                   -- a day
    rollover INTEGER NOT NULL           -- hour
) STRICT, WITHOUT ROWID;

-- How to take back the latest changes to the projections: statements that restore the rows of before.
CREATE TABLE restore (
    step INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,              -- the record that changed the row
    sql  TEXT NOT NULL
) STRICT;
CREATE INDEX restore_seq ON restore (seq);
-- The first record that can be taken back so.
ALTER TABLE database ADD COLUMN restores_from INTEGER NOT NULL DEFAULT 0;
