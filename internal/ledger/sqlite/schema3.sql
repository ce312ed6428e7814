-- What version 3 changes: the actions that each partner brought are counted, and who asked to hear of a partner is kept for it.

CREATE TABLE brought (               -- counts of the actions by partner, changed with them; what is in no row came directly
  campaign    TEXT NOT NULL,
  partner     TEXT NOT NULL,         -- partner's id
  verified    INTEGER NOT NULL,      -- 1: the request's origin, or a sealed link, is the partner's; 0: a plain link says so
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign, partner, verified)
) WITHOUT ROWID;
INSERT INTO brought
  SELECT campaign, partner, verified <> 0, count(*) FROM actions WHERE partner <> '' GROUP BY campaign, partner, verified <> 0;

CREATE TABLE subscribers (           -- a signer who asked to be kept informed; goes when it is handed over
  campaign    TEXT NOT NULL,
  partner     TEXT NOT NULL,         -- by whom
  id          TEXT NOT NULL,         -- random: neither the order nor a signer is told
  box         BLOB NOT NULL,         -- encrypted to the partner's key before it gets here
  expires     INTEGER NOT NULL,      -- beginning of a day; from then on it is not found
  PRIMARY KEY (campaign, partner, id)
) WITHOUT ROWID;
CREATE INDEX subscribers_expires ON subscribers (expires); -- for the purge
