-- A file as the program of schema version 3 left it (sqlite3 .dump): nine signers, one of them in another campaign, whose letters stand in seven states.
BEGIN TRANSACTION;
CREATE TABLE identity (              -- one row; see identity.go
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  ledger      TEXT NOT NULL,         -- random id, also in the mark file; '' before adoption
  fingerprint TEXT NOT NULL,         -- of the secret under which the records are written
  sends       INTEGER NOT NULL       -- how many sends were begun: deliveries claimed
);
INSERT INTO identity VALUES(1,'','',1);
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
INSERT INTO actions VALUES('other-day','00000009','2007-12-02','none','en','1','',0,'token-9');
INSERT INTO actions VALUES('protest-day','00000001','2007-12-02','none','en','1','union',1,'token-1');
INSERT INTO actions VALUES('protest-day','00000002','2007-12-02','none','en','1','',0,'token-2');
INSERT INTO actions VALUES('protest-day','00000003','2007-12-02','none','en','1','',0,'token-3');
INSERT INTO actions VALUES('protest-day','00000004','2007-12-02','none','en','1','',0,'token-4');
INSERT INTO actions VALUES('protest-day','00000005','2007-12-02','none','en','1','',0,'token-5');
INSERT INTO actions VALUES('protest-day','00000006','2007-12-02','none','en','1','',0,'token-6');
INSERT INTO actions VALUES('protest-day','00000007','2007-12-02','none','en','1','',0,'token-7');
INSERT INTO actions VALUES('protest-day','00000008','2007-12-02','none','en','1','',0,'token-8');
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
INSERT INTO deliveries VALUES('other-day','00000009','cn-paris',1,'email','queued','digest','',1196596860000,'2007-12-02','','');
INSERT INTO deliveries VALUES('protest-day','00000001','cn-paris',1,'email','queued','digest','',1196596860000,'2007-12-02','','');
INSERT INTO deliveries VALUES('protest-day','00000002','cn-paris',1,'email','claimed','digest','claim',1196596860000,'2007-12-02','','');
INSERT INTO deliveries VALUES('protest-day','00000003','cn-paris',1,'email','bounced','digest','',0,'2007-12-02','why','settle-3');
INSERT INTO deliveries VALUES('protest-day','00000004','cn-paris',1,'email','bounced','digest','',0,'2007-12-02','why','settle-4');
INSERT INTO deliveries VALUES('protest-day','00000005','cn-paris',1,'email','sent','digest','',0,'2007-12-02','why','settle-5');
INSERT INTO deliveries VALUES('protest-day','00000006','cn-paris',1,'email','delivered','digest','',0,'2007-12-02','why','settle-6');
INSERT INTO deliveries VALUES('protest-day','00000007','cn-paris',1,'email','held','digest','',0,'2007-12-02','why','settle-7');
INSERT INTO deliveries VALUES('protest-day','00000008','cn-paris',1,'print','offered','digest','',0,'2007-12-02','','');
CREATE TABLE sealed (                -- what composing a delivery's letter again needs; goes when it is settled
  campaign    TEXT NOT NULL,
  signer      TEXT NOT NULL,
  target      TEXT NOT NULL,
  box         BLOB NOT NULL,         -- encrypted before it gets here
  expires     INTEGER NOT NULL,      -- from then on it is not found
  PRIMARY KEY (campaign, signer, target)
) WITHOUT ROWID;
INSERT INTO sealed VALUES('other-day','00000009','cn-paris',X'626f782039',1196769600);
INSERT INTO sealed VALUES('protest-day','00000001','cn-paris',X'626f782031',1196769600);
INSERT INTO sealed VALUES('protest-day','00000002','cn-paris',X'626f782032',1196769600);
INSERT INTO sealed VALUES('protest-day','00000003','cn-paris',X'626f782033',1196769600);
INSERT INTO sealed VALUES('protest-day','00000004','cn-paris',X'626f782034',1196769600);
INSERT INTO sealed VALUES('protest-day','00000005','cn-paris',X'626f782035',1196769600);
INSERT INTO sealed VALUES('protest-day','00000007','cn-paris',X'626f782037',1196769600);
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
CREATE TABLE mails (                 -- the ration of confirmation mails
  campaign    TEXT NOT NULL,
  ration      TEXT NOT NULL,         -- HMAC of the mailbox, which several addresses may lead to
  at          INTEGER NOT NULL,      -- when the last one was granted
  PRIMARY KEY (campaign, ration)
) WITHOUT ROWID;
CREATE TABLE tallies (               -- the counts, changed with what they count
  campaign    TEXT NOT NULL,
  target      TEXT NOT NULL,         -- '' in the row that counts the actions, with '' as channel and state
  channel     TEXT NOT NULL,
  state       TEXT NOT NULL,
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign, target, channel, state)
) WITHOUT ROWID;
INSERT INTO tallies VALUES('other-day','','','',1);
INSERT INTO tallies VALUES('other-day','cn-paris','email','queued',1);
INSERT INTO tallies VALUES('protest-day','','','',8);
INSERT INTO tallies VALUES('protest-day','cn-paris','email','bounced',2);
INSERT INTO tallies VALUES('protest-day','cn-paris','email','delivered',1);
INSERT INTO tallies VALUES('protest-day','cn-paris','email','held',1);
INSERT INTO tallies VALUES('protest-day','cn-paris','email','queued',2);
INSERT INTO tallies VALUES('protest-day','cn-paris','email','sent',1);
INSERT INTO tallies VALUES('protest-day','cn-paris','print','offered',1);
CREATE TABLE letters (               -- versions of letters' texts, without personal data
  digest      TEXT NOT NULL PRIMARY KEY,
  text        BLOB NOT NULL          -- campaign's serialisation
) WITHOUT ROWID;
INSERT INTO letters VALUES('digest',X'4465617220416d6261737361646f72');
CREATE TABLE documents (             -- what the house remembers besides the records: pace, leases, controls, health
  name        TEXT NOT NULL PRIMARY KEY, -- kind#of
  body        BLOB NOT NULL          -- JSON, without personal data
) WITHOUT ROWID;
INSERT INTO documents VALUES('CONTROL#protest-day',X'7b22706175736564223a747275657d');
CREATE TABLE brought (               -- counts of the actions by partner, changed with them; what is in no row came directly
  campaign    TEXT NOT NULL,
  partner     TEXT NOT NULL,         -- partner's id
  verified    INTEGER NOT NULL,      -- 1: the request's origin, or a sealed link, is the partner's; 0: a plain link says so
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign, partner, verified)
) WITHOUT ROWID;
INSERT INTO brought VALUES('protest-day','union',1,1);
CREATE TABLE subscribers (           -- a signer who asked to be kept informed; goes when it is handed over
  campaign    TEXT NOT NULL,
  partner     TEXT NOT NULL,         -- by whom
  id          TEXT NOT NULL,         -- random: neither the order nor a signer is told
  box         BLOB NOT NULL,         -- encrypted to the partner's key before it gets here
  expires     INTEGER NOT NULL,      -- beginning of a day; from then on it is not found
  PRIMARY KEY (campaign, partner, id)
) WITHOUT ROWID;
INSERT INTO subscribers VALUES('protest-day','union','ID-1',X'626f78206f6620612073756273637269626572',1196640000);
CREATE INDEX sealed_expires ON sealed (expires);
CREATE INDEX pendings_expires ON pendings (expires);
CREATE INDEX mails_at ON mails (at);
CREATE INDEX outbox ON deliveries (campaign, target, channel, state, next)
  WHERE state IN ('queued', 'claimed');
CREATE INDEX subscribers_expires ON subscribers (expires);
PRAGMA user_version = 3;
COMMIT;
