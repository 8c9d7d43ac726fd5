BEGIN TRANSACTION;
CREATE TABLE approval (
	id INTEGER NOT NULL, 
	poll INTEGER NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	person INTEGER NOT NULL, 
	digest VARCHAR(43) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	CONSTRAINT pk_approval PRIMARY KEY (id), 
	CONSTRAINT uq_approval_poll UNIQUE (poll, step, person), 
	CONSTRAINT fk_approval_poll_poll FOREIGN KEY(poll) REFERENCES poll (id), 
	CONSTRAINT fk_approval_person_person FOREIGN KEY(person) REFERENCES person (id)
);
CREATE TABLE ballot (
	poll BLOB NOT NULL, 
	key_hash BLOB NOT NULL, 
	"key" BLOB NOT NULL, 
	marks BLOB NOT NULL, 
	sig BLOB NOT NULL, 
	batch INTEGER, 
	CONSTRAINT pk_ballot PRIMARY KEY (poll, key_hash)
)
 WITHOUT ROWID

;
INSERT INTO "ballot" VALUES(X'0000000000000000000000000000000000000000000000000000000000000000',X'0101010101010101010101010101010101010101010101010101010101010101',X'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',X'5B305D',X'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',NULL);
CREATE TABLE check_in (
	meeting VARCHAR(64) NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	card_id BLOB NOT NULL, 
	sig BLOB NOT NULL, 
	CONSTRAINT pk_check_in PRIMARY KEY (meeting, number), 
	CONSTRAINT fk_check_in_meeting_meeting FOREIGN KEY(meeting) REFERENCES meeting (id)
)
 WITHOUT ROWID

;
CREATE TABLE congress (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	session VARCHAR(128) NOT NULL, 
	log_key BLOB NOT NULL, 
	CONSTRAINT pk_congress PRIMARY KEY (id)
);
INSERT INTO "congress" VALUES('qingshi-18','青石县人民代表大会','第十八届',X'03A107BFF3CE10BE1D70DD18E74BC09967E4D6309BA50D5F1DDC8664125531B8');
CREATE TABLE cosignature (
	size INTEGER NOT NULL, 
	witness VARCHAR(64) NOT NULL, 
	line VARCHAR(256) NOT NULL, 
	CONSTRAINT pk_cosignature PRIMARY KEY (size, witness), 
	CONSTRAINT fk_cosignature_size_log_checkpoint FOREIGN KEY(size) REFERENCES log_checkpoint (size), 
	CONSTRAINT fk_cosignature_witness_witness FOREIGN KEY(witness) REFERENCES witness (id)
)
 WITHOUT ROWID

;
CREATE TABLE deputy (
	number VARCHAR(64) NOT NULL, 
	place INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	delegation VARCHAR(128) NOT NULL, 
	seat VARCHAR(64) NOT NULL, 
	card_id BLOB, 
	card_key BLOB, 
	CONSTRAINT pk_deputy PRIMARY KEY (number), 
	CONSTRAINT uq_deputy_card_id UNIQUE (card_id)
);
INSERT INTO "deputy" VALUES('001',0,'王建国','城关镇代表团','3排12座',NULL,NULL);
CREATE TABLE fleet_count (
	meeting VARCHAR(64) NOT NULL, 
	version VARCHAR(16) NOT NULL, 
	failed VARCHAR(256) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_fleet_count PRIMARY KEY (meeting, version, failed), 
	CONSTRAINT fk_fleet_count_meeting_meeting FOREIGN KEY(meeting) REFERENCES meeting (id)
)
 WITHOUT ROWID

;
CREATE TABLE hall_screen (
	id INTEGER NOT NULL, 
	poll INTEGER NOT NULL, 
	what VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_hall_screen PRIMARY KEY (id), 
	CONSTRAINT fk_hall_screen_poll_poll FOREIGN KEY(poll) REFERENCES poll (id)
);
CREATE TABLE hand_over (
	id INTEGER NOT NULL, 
	poll INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	unit VARCHAR(128) NOT NULL, 
	medium VARCHAR(128) NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_hand_over PRIMARY KEY (id), 
	CONSTRAINT fk_hand_over_poll_poll FOREIGN KEY(poll) REFERENCES poll (id)
);
CREATE TABLE issuance (
	poll INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	seq INTEGER NOT NULL, 
	line BLOB NOT NULL, 
	CONSTRAINT pk_issuance PRIMARY KEY (poll, epoch, number), 
	CONSTRAINT fk_issuance_poll_poll FOREIGN KEY(poll) REFERENCES poll (id), 
	CONSTRAINT fk_issuance_seq_log_entry FOREIGN KEY(seq) REFERENCES log_entry (seq)
)
 WITHOUT ROWID

;
CREATE TABLE log_checkpoint (
	size INTEGER NOT NULL, 
	note VARCHAR NOT NULL, 
	frontier BLOB NOT NULL, 
	CONSTRAINT pk_log_checkpoint PRIMARY KEY (size)
);
CREATE TABLE log_entry (
	seq INTEGER NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	event VARCHAR(32) NOT NULL, 
	poll VARCHAR(43), 
	entry BLOB NOT NULL, 
	CONSTRAINT pk_log_entry PRIMARY KEY (seq)
);
INSERT INTO "log_entry" VALUES(0,'2026-11-28T16:34:21Z','congress_opened',NULL,X'7B226174223A22323032362D31312D32385431363A33343A32315A222C22636F6E6772657373223A2271696E677368692D3138222C226576656E74223A22636F6E67726573735F6F70656E6564222C226C6F675F6B6579223A2241364548765F504F454C3464634E3059353076416D57666B316A436270513166486479475A424A564D6267222C22736571223A307D');
CREATE TABLE meeting (
	place INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	title VARCHAR(128) NOT NULL, 
	date VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_meeting PRIMARY KEY (place), 
	CONSTRAINT uq_meeting_id UNIQUE (id)
);
INSERT INTO "meeting" VALUES(1,'meeting-1','第三次会议','2026-11-22');
CREATE TABLE paper_entry (
	id INTEGER NOT NULL, 
	vote INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	person INTEGER NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	cells JSON NOT NULL, 
	CONSTRAINT pk_paper_entry PRIMARY KEY (id), 
	CONSTRAINT uq_paper_entry_vote UNIQUE (vote, attempt, role), 
	CONSTRAINT fk_paper_entry_vote_paper_vote FOREIGN KEY(vote) REFERENCES paper_vote (id), 
	CONSTRAINT fk_paper_entry_person_person FOREIGN KEY(person) REFERENCES person (id)
);
CREATE TABLE paper_vote (
	id INTEGER NOT NULL, 
	poll INTEGER NOT NULL, 
	checked_in INTEGER NOT NULL, 
	opened_at VARCHAR(20) NOT NULL, 
	opened_by JSON NOT NULL, 
	ended VARCHAR(16) NOT NULL, 
	ended_at VARCHAR(20) NOT NULL, 
	ended_by JSON NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	CONSTRAINT pk_paper_vote PRIMARY KEY (id), 
	CONSTRAINT fk_paper_vote_poll_poll FOREIGN KEY(poll) REFERENCES poll (id)
);
CREATE TABLE person (
	id INTEGER NOT NULL, 
	login VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	password VARCHAR(256) NOT NULL, 
	failures INTEGER NOT NULL, 
	locked_until INTEGER NOT NULL, 
	since INTEGER NOT NULL, 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT uq_person_login UNIQUE (login)
);
INSERT INTO "person" VALUES(1,'admin','管理员','admin','$argon2id$v=19$m=65536,t=3,p=4$PEDUGh+guiOuj3ptdgdO0A$2hqM7Q4X9yvrT6DbzKBuyMu2ygk82HPOAF8A9VNUxxk',0,0,0);
CREATE TABLE poll (
	id INTEGER NOT NULL, 
	meeting VARCHAR(64) NOT NULL, 
	title VARCHAR(128) NOT NULL, 
	round INTEGER NOT NULL, 
	follows BLOB, 
	form VARCHAR(8) NOT NULL, 
	seats INTEGER, 
	reserve INTEGER NOT NULL, 
	rule JSON NOT NULL, 
	phase VARCHAR(16) NOT NULL, 
	hash BLOB, 
	definition BLOB, 
	roster BLOB, 
	defined_seq INTEGER, 
	epoch INTEGER NOT NULL, 
	window_opened INTEGER, 
	checked_in INTEGER, 
	result BLOB, 
	CONSTRAINT pk_poll PRIMARY KEY (id), 
	CONSTRAINT fk_poll_meeting_meeting FOREIGN KEY(meeting) REFERENCES meeting (id), 
	CONSTRAINT uq_poll_hash UNIQUE (hash)
);
CREATE TABLE project (
	poll INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	title VARCHAR(256) NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_project PRIMARY KEY (poll, place), 
	CONSTRAINT fk_project_poll_poll FOREIGN KEY(poll) REFERENCES poll (id)
);
CREATE TABLE replaced_card (
	poll INTEGER NOT NULL, 
	card_id BLOB NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_replaced_card PRIMARY KEY (poll, card_id), 
	CONSTRAINT fk_replaced_card_poll_poll FOREIGN KEY(poll) REFERENCES poll (id)
)
 WITHOUT ROWID

;
CREATE TABLE roll_line (
	poll BLOB NOT NULL, 
	key_hash BLOB NOT NULL, 
	line BLOB NOT NULL, 
	CONSTRAINT pk_roll_line PRIMARY KEY (poll, key_hash)
)
 WITHOUT ROWID

;
CREATE TABLE witness (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	"key" BLOB NOT NULL, 
	active BOOLEAN NOT NULL, 
	CONSTRAINT pk_witness PRIMARY KEY (id), 
	CONSTRAINT uq_witness_key UNIQUE ("key")
);
CREATE INDEX ix_log_entry_poll_event ON log_entry (poll, event, seq);
CREATE INDEX ix_roll_line_count ON roll_line (poll, key_hash);
CREATE INDEX ix_ballot_count ON ballot (poll, key_hash);
CREATE INDEX ix_ballot_pending ON ballot (poll, key_hash) WHERE batch IS NULL;
CREATE INDEX ix_check_in_card ON check_in (meeting, card_id);
CREATE INDEX ix_issuance_epoch ON issuance (poll, epoch);
COMMIT;
