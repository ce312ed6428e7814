-- What version 2 changes: the outbox is found by an index, the house has documents, and what is being sent counts as queued.
-- Sealed fields now stay until a letter was delivered; what expires before that goes by sealed_expires.

CREATE INDEX outbox ON deliveries (campaign, target, channel, state, next)
  WHERE state IN ('queued', 'claimed'); -- what is to be looked at, and when: the rest, however much, is not in it

CREATE TABLE documents (             -- what the house remembers besides the records: pace, leases, controls, health
  name        TEXT NOT NULL PRIMARY KEY, -- kind#of
  body        BLOB NOT NULL          -- JSON, without personal data
) WITHOUT ROWID;

INSERT INTO tallies
  SELECT campaign, target, channel, 'queued', n FROM tallies WHERE state = 'claimed'
  ON CONFLICT DO UPDATE SET n = n + excluded.n;
DELETE FROM tallies WHERE state = 'claimed';
