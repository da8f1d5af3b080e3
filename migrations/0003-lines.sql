-- A place names lines that have no word of their own: lines below the word's, or above it, negative.
ALTER TABLE reading ADD COLUMN line INTEGER NOT NULL DEFAULT 0;
