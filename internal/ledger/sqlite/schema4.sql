-- What version 4 changes: letters come in variants, which are counted, and what did not arrive by its channel is found by an index.
-- Letters of before are of no variant, and none of them has stranded: nothing was written down of it.

ALTER TABLE deliveries ADD COLUMN variant INTEGER NOT NULL DEFAULT 0; -- of the letter, from 1; 0 for none
ALTER TABLE deliveries ADD COLUMN stranded INTEGER NOT NULL DEFAULT 0; -- 1: surely did not arrive, and another channel may be tried
CREATE INDEX stranded ON deliveries (campaign, target, channel, signer) WHERE stranded = 1;

CREATE TABLE varied (                -- counts of the letters accepted by variant, whatever became of them
  campaign    TEXT NOT NULL,
  variant     INTEGER NOT NULL,      -- from 1
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign, variant)
) WITHOUT ROWID;
