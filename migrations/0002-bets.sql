-- Bets on runs, and incidents that were repaired: projections of records of the kinds bet and repair.

CREATE TABLE bet (
    scenario TEXT NOT NULL,
    item     TEXT NOT NULL,             -- lab#number
    version  INTEGER NOT NULL,
    choice   INTEGER NOT NULL,          -- from 0
    correct  INTEGER NOT NULL,          -- the last time
    made     INTEGER NOT NULL,          -- how often
    won      INTEGER NOT NULL,
    PRIMARY KEY (scenario, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE repair (
    scenario TEXT NOT NULL,
    incident TEXT NOT NULL,
    version  INTEGER NOT NULL,
    changes  INTEGER NOT NULL,          -- the fewest settings it took
    PRIMARY KEY (scenario, incident)
) STRICT, WITHOUT ROWID;
