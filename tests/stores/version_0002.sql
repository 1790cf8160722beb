BEGIN TRANSACTION;
CREATE TABLE scheduler_attempt (
	run_id VARCHAR(200) NOT NULL, 
	token INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	node VARCHAR(200), 
	claimed_at BIGINT, 
	started_at BIGINT, 
	ended_at BIGINT NOT NULL, 
	ending VARCHAR(10) NOT NULL, 
	error TEXT, 
	PRIMARY KEY (run_id, token)
);
CREATE TABLE scheduler_declaration (
	node VARCHAR(200) NOT NULL, 
	schedule VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	PRIMARY KEY (node, schedule)
);
INSERT INTO "scheduler_declaration" VALUES('a','beat','1128bbf24eac31d7d377121a816e435b630e3418af543d1b9b726bdf1a44bc49');
INSERT INTO "scheduler_declaration" VALUES('a','other','962da35e2c0435402f1be9a472835cfdc384010e2a8baa37beb2698098956031');
CREATE TABLE scheduler_definition (
	schedule VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	definition TEXT NOT NULL, 
	seen BIGINT NOT NULL, 
	PRIMARY KEY (schedule, digest)
);
INSERT INTO "scheduler_definition" VALUES('beat','1128bbf24eac31d7d377121a816e435b630e3418af543d1b9b726bdf1a44bc49','{"arguments":"","catch_up":100,"enabled":true,"end":null,"grace":null,"misfire":"latest","name":"beat","overlap":"skip","start":null,"task":"job","timezone":"UTC","trigger":{"anchor":null,"every":10000000,"kind":"interval"}}',1);
INSERT INTO "scheduler_definition" VALUES('other','962da35e2c0435402f1be9a472835cfdc384010e2a8baa37beb2698098956031','{"arguments":"","catch_up":100,"enabled":true,"end":null,"grace":null,"misfire":"latest","name":"other","overlap":"skip","start":null,"task":"job","timezone":"UTC","trigger":{"anchor":null,"every":7000000,"kind":"interval"}}',1);
CREATE TABLE scheduler_node (
	id VARCHAR(200) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	pid BIGINT NOT NULL, 
	version VARCHAR(50) NOT NULL, 
	beats BIGINT NOT NULL, 
	alive BOOLEAN NOT NULL, 
	joined_at BIGINT NOT NULL, 
	beaten_at BIGINT NOT NULL, 
	clock_offset BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "scheduler_node" VALUES('a','here',1,'1',0,1,1893456000000000,1893456000000000,0);
CREATE TABLE scheduler_number (
	name VARCHAR(20) NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "scheduler_number" VALUES('schema',2);
INSERT INTO "scheduler_number" VALUES('revision',3);
INSERT INTO "scheduler_number" VALUES('seen',1);
CREATE TABLE scheduler_run (
	id VARCHAR(200) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	schedule VARCHAR(200), 
	task VARCHAR(200) NOT NULL, 
	fire_time BIGINT NOT NULL, 
	due BIGINT NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	reason VARCHAR(20), 
	attempt INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	token INTEGER NOT NULL, 
	node VARCHAR(200), 
	claimed_at BIGINT, 
	started_at BIGINT, 
	finished_at BIGINT, 
	stop_requested BOOLEAN NOT NULL, 
	on_crash VARCHAR(5) NOT NULL, 
	max_crashes INTEGER NOT NULL, 
	serial BOOLEAN NOT NULL, 
	arguments TEXT NOT NULL, 
	result TEXT, 
	error TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT scheduler_run_owed_once UNIQUE (schedule, fire_time)
)
 WITHOUT ROWID

;
INSERT INTO "scheduler_run" VALUES('asked','asked',NULL,'job',1893456035000000,1893456035000000,'pending',NULL,0,0,0,NULL,NULL,NULL,NULL,0,'retry',1,0,'',NULL,NULL);
INSERT INTO "scheduler_run" VALUES('run-0','scheduled','other','job',1893456035000000,1893456035000000,'succeeded',NULL,1,0,1,'a',1893456035000000,1893456035000000,1893456035000000,0,'retry',3,1,'',NULL,NULL);
INSERT INTO "scheduler_run" VALUES('run-1','scheduled','beat','job',1893456030000000,1893456030000000,'running',NULL,1,0,1,'a',1893456035000000,NULL,NULL,0,'retry',3,1,'',NULL,NULL);
CREATE TABLE scheduler_schedule (
	name VARCHAR(200) NOT NULL, 
	task VARCHAR(200) NOT NULL, 
	definition TEXT NOT NULL, 
	origin VARCHAR(8) NOT NULL, 
	anchor BIGINT NOT NULL, 
	next_fire BIGINT, 
	wake BIGINT, 
	last_fire BIGINT, 
	paused_at BIGINT, 
	parked BOOLEAN NOT NULL, 
	civil BOOLEAN NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO "scheduler_schedule" VALUES('beat','job','{"arguments":"","catch_up":100,"enabled":true,"end":null,"grace":null,"misfire":"latest","name":"beat","overlap":"skip","start":null,"task":"job","timezone":"UTC","trigger":{"anchor":null,"every":10000000,"kind":"interval"}}','code',1893456000000000,1893456040000000,1893456040000000,1893456030000000,NULL,0,0);
INSERT INTO "scheduler_schedule" VALUES('other','job','{"arguments":"","catch_up":100,"enabled":true,"end":null,"grace":null,"misfire":"latest","name":"other","overlap":"skip","start":null,"task":"job","timezone":"UTC","trigger":{"anchor":null,"every":7000000,"kind":"interval"}}','code',1893456000000000,1893456042000000,NULL,1893456035000000,1893456035000000,0,0);
CREATE TABLE scheduler_skip (
	id INTEGER NOT NULL, 
	schedule VARCHAR(200) NOT NULL, 
	reason VARCHAR(20) NOT NULL, 
	first BIGINT NOT NULL, 
	last BIGINT NOT NULL, 
	count BIGINT NOT NULL, 
	exact BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "scheduler_skip" VALUES(1,'other','misfire',1893456007000000,1893456028000000,4,1);
INSERT INTO "scheduler_skip" VALUES(2,'beat','misfire',1893456010000000,1893456020000000,2,1);
CREATE INDEX scheduler_schedule_wake ON scheduler_schedule (wake);
CREATE INDEX scheduler_run_running ON scheduler_run (node) WHERE state = 'running';
CREATE INDEX scheduler_run_active ON scheduler_run (schedule) WHERE state IN ('pending', 'running');
CREATE INDEX scheduler_run_pending ON scheduler_run (due, id) WHERE state = 'pending';
CREATE INDEX scheduler_run_finished ON scheduler_run (finished_at);
CREATE INDEX scheduler_skip_last ON scheduler_skip (schedule, last);
CREATE INDEX scheduler_declaration_schedule ON scheduler_declaration (schedule, digest);
COMMIT;
