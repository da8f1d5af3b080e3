-- A question is known when it was right more than once running: how often, up to the last answer.
ALTER TABLE item ADD COLUMN running INTEGER NOT NULL DEFAULT 0;
UPDATE item SET running = (
    SELECT count(*) FROM record AS given
    WHERE given.kind = 'answer' AND given.scenario = item.scenario AND given.item = item.item
      AND given.seq > ifnull((
        SELECT max(wrong.seq) FROM record AS wrong
        WHERE wrong.kind = 'answer' AND wrong.scenario = item.scenario AND wrong.item = item.item
          AND wrong.correct = 0), 0));
