-- Version 1 of the schema, which new files begin with, too: changes go into the next version's file, never here.
-- The ledger's facts in plain tables. Times are milliseconds, expiries seconds since 1970 in UTC, days 'YYYY-MM-DD'; 0 for no time.
-- Tables of signers are WITHOUT ROWID: in the order of their keys, which are hashes, so that the file does not tell who came after whom.

CREATE TABLE identity (              -- one row; see identity.go
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  ledger      TEXT NOT NULL,         -- random id, also in the mark file; '' before adoption
  fingerprint TEXT NOT NULL,         -- of the secret under which the records are written
  sends       INTEGER NOT NULL       -- how many sends were begun: deliveries claimed
);
INSERT INTO identity VALUES (1, '', '', 0);

CREATE TABLE actions (               -- one signer taking part in one campaign, once
  campaign    TEXT NOT NULL,         -- scope of the campaign
  signer      TEXT NOT NULL,         -- HMAC of the normalised address
  day         TEXT NOT NULL,         -- when, and no more exactly
  proof       TEXT NOT NULL,         -- none, mail, link
  language    TEXT NOT NULL,         -- of the letter
  consent     TEXT NOT NULL,         -- version of the consent text
  partner     TEXT NOT NULL,         -- whose page it came from; '' for none
  verified    INTEGER NOT NULL,      -- 1: the request's origin says so too
  token       TEXT NOT NULL,         -- of the submission, to know a repeated call
  PRIMARY KEY (campaign, signer)
) WITHOUT ROWID;

CREATE TABLE deliveries (            -- one letter's way to one target
  campaign    TEXT NOT NULL,         -- as in actions
  signer      TEXT NOT NULL,         -- as in actions; a pending's id for mail to an unproven signer
  target      TEXT NOT NULL,         -- target's id, or SIGNER
  attempt     INTEGER NOT NULL,      -- from 1
  channel     TEXT NOT NULL,         -- email, fax, relay, print, self
  state       TEXT NOT NULL,         -- where it stands
  letter      TEXT NOT NULL,         -- digest in letters; '' for mail to a signer
  claim       TEXT NOT NULL,         -- claimer's token while claimed; '' otherwise
  next        INTEGER NOT NULL,      -- when to look at it again, or when the claim lapses
  changed     TEXT NOT NULL,         -- day of the last step
  reason      TEXT NOT NULL,         -- short code of the last step
  settled     TEXT NOT NULL,         -- token of the last settlement, to know a repeated call
  PRIMARY KEY (campaign, signer, target)
) WITHOUT ROWID;

CREATE TABLE sealed (                -- what composing a delivery's letter again needs; goes when it is settled
  campaign    TEXT NOT NULL,
  signer      TEXT NOT NULL,
  target      TEXT NOT NULL,
  box         BLOB NOT NULL,         -- encrypted before it gets here
  expires     INTEGER NOT NULL,      -- from then on it is not found
  PRIMARY KEY (campaign, signer, target)
) WITHOUT ROWID;
CREATE INDEX sealed_expires ON sealed (expires); -- for the purge

CREATE TABLE pendings (              -- a submission that waits for its proof
  campaign    TEXT NOT NULL,
  signer      TEXT NOT NULL,         -- as typed, not proven
  id          TEXT NOT NULL,         -- its time and something random: sorts by time
  box         BLOB NOT NULL,         -- encrypted before it gets here
  at          INTEGER NOT NULL,      -- when it was submitted
  expires     INTEGER NOT NULL,      -- from then on it is not found
  mailed      INTEGER NOT NULL,      -- 1: this one was granted the confirmation mail
  PRIMARY KEY (campaign, signer, id)
) WITHOUT ROWID;
CREATE INDEX pendings_expires ON pendings (expires); -- for the purge

CREATE TABLE mails (                 -- the ration of confirmation mails
  campaign    TEXT NOT NULL,
  ration      TEXT NOT NULL,         -- HMAC of the mailbox, which several addresses may lead to
  at          INTEGER NOT NULL,      -- when the last one was granted
  PRIMARY KEY (campaign, ration)
) WITHOUT ROWID;
CREATE INDEX mails_at ON mails (at); -- for the purge

CREATE TABLE tallies (               -- the counts, changed with what they count
  campaign    TEXT NOT NULL,
  target      TEXT NOT NULL,         -- '' in the row that counts the actions, with '' as channel and state
  channel     TEXT NOT NULL,
  state       TEXT NOT NULL,
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign, target, channel, state)
) WITHOUT ROWID;

CREATE TABLE letters (               -- versions of letters' texts, without personal data
  digest      TEXT NOT NULL PRIMARY KEY,
  text        BLOB NOT NULL          -- campaign's serialisation
) WITHOUT ROWID;
