BEGIN TRANSACTION;
CREATE TABLE account (
	"key" VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(32) NOT NULL, 
	password_hash VARCHAR(256) NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	created_ns BIGINT NOT NULL, 
	PRIMARY KEY ("key"), 
	CONSTRAINT role CHECK (role IN ('viewer', 'operator'))
);
INSERT INTO "account" VALUES('wang','wang','operator','$argon2id$v=19$m=8,t=1,p=1$sb1G638LNjmPnBj9ihgGLg$LAwBBCfm4/PXoB9lROwfx2IZpHERkuoL9qFZBg/LZAM',0,1000);
CREATE TABLE alarm (
	id VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	rule VARCHAR(256) NOT NULL, 
	point VARCHAR(256) NOT NULL, 
	level VARCHAR(64) NOT NULL, 
	priority INTEGER NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	since_ns BIGINT NOT NULL, 
	value FLOAT, 
	"limit" FLOAT, 
	acknowledged_by VARCHAR(256), 
	acknowledged_at_ns BIGINT, 
	note TEXT, 
	cleared_at_ns BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT alarmstate CHECK (state IN ('active_unacknowledged', 'active_acknowledged', 'cleared_unacknowledged', 'normal'))
);
INSERT INTO "alarm" VALUES('low_pressure/n7.pressure',2,'low_pressure','n7.pressure','low',2,'active_acknowledged',1000,0.15,0.18,'wang',2000,'泵已启动',NULL);
CREATE TABLE alarm_transition (
	sequence INTEGER NOT NULL, 
	alarm_id VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	time_ns BIGINT NOT NULL, 
	rule VARCHAR(256) NOT NULL, 
	point VARCHAR(256) NOT NULL, 
	level VARCHAR(64) NOT NULL, 
	priority INTEGER NOT NULL, 
	event VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	value FLOAT, 
	"limit" FLOAT, 
	user VARCHAR(256), 
	note TEXT, 
	PRIMARY KEY (sequence), 
	UNIQUE (alarm_id, version), 
	CONSTRAINT alarmevent CHECK (event IN ('raised', 'level_changed', 'lost', 'regained', 'acknowledged', 'cleared', 'retired')), 
	CONSTRAINT alarmstate CHECK (state IN ('active_unacknowledged', 'active_acknowledged', 'cleared_unacknowledged', 'normal'))
);
INSERT INTO "alarm_transition" VALUES(1,'low_pressure/n7.pressure',1,1000,'low_pressure','n7.pressure','low',2,'raised','active_unacknowledged',0.15,0.18,NULL,NULL);
INSERT INTO "alarm_transition" VALUES(2,'low_pressure/n7.pressure',2,2000,'low_pressure','n7.pressure','low',2,'acknowledged','active_acknowledged',NULL,NULL,'wang','泵已启动');
CREATE TABLE audit (
	sequence BIGINT NOT NULL, 
	time_ns BIGINT NOT NULL, 
	who VARCHAR(256) NOT NULL, 
	what VARCHAR(128) NOT NULL, 
	subject VARCHAR(256) NOT NULL, 
	detail TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (sequence)
);
INSERT INTO "audit" VALUES(1,2000,'wang','alarm.acknowledge','low_pressure/n7.pressure','{"note":"\u6cf5\u5df2\u542f\u52a8"}','0000000000000000000000000000000000000000000000000000000000000000','7ecf40704965acbc5b8e448a1a1a901f81059a082f3d61336763bdbdf091312b');
CREATE TABLE audit_head (
	only INTEGER NOT NULL, 
	sequence BIGINT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (only)
);
INSERT INTO "audit_head" VALUES(1,1,'7ecf40704965acbc5b8e448a1a1a901f81059a082f3d61336763bdbdf091312b');
CREATE TABLE failed_logins (
	who VARCHAR(160) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_ns BIGINT NOT NULL, 
	until_ns BIGINT NOT NULL, 
	PRIMARY KEY (who)
);
CREATE TABLE kept_state (
	name VARCHAR(64) NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "kept_state" VALUES('rule bank',X'0102');
CREATE TABLE outbox (
	channel VARCHAR(128) NOT NULL, 
	id VARCHAR(256) NOT NULL, 
	body BLOB NOT NULL, 
	created_ns BIGINT NOT NULL, 
	next_attempt_ns BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (channel, id), 
	CONSTRAINT messagestate CHECK (state IN ('waiting', 'delivered', 'never'))
);
INSERT INTO "outbox" VALUES('desk','m1',X'7B7D',1000,0,0,'waiting','');
CREATE TABLE program_token (
	token_hash VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(32) NOT NULL, 
	created_ns BIGINT NOT NULL, 
	expires_ns BIGINT, 
	PRIMARY KEY (token_hash), 
	UNIQUE (name), 
	CONSTRAINT role CHECK (role IN ('viewer', 'operator'))
);
CREATE TABLE schema_version (
	version INTEGER NOT NULL
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE session (
	token_hash VARCHAR(64) NOT NULL, 
	account VARCHAR(64) NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	created_ns BIGINT NOT NULL, 
	seen_ns BIGINT NOT NULL, 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(account) REFERENCES account ("key")
);
CREATE TABLE setup_link (
	token_hash VARCHAR(64) NOT NULL, 
	expires_ns BIGINT NOT NULL, 
	PRIMARY KEY (token_hash)
);
CREATE INDEX alarm_by_state ON alarm (state, since_ns, id);
CREATE INDEX alarm_newest ON alarm (since_ns, id);
CREATE INDEX outbox_due ON outbox (channel, state, created_ns, id);
CREATE INDEX ix_session_account ON session (account);
CREATE TRIGGER alarm_transition_no_update BEFORE UPDATE ON alarm_transition BEGIN SELECT RAISE(ABORT, 'alarm_transition is append-only'); END;
CREATE TRIGGER alarm_transition_no_delete BEFORE DELETE ON alarm_transition BEGIN SELECT RAISE(ABORT, 'alarm_transition is append-only'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
COMMIT;
