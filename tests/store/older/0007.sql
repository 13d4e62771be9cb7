BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE conversation (
	id INTEGER NOT NULL, 
	platform VARCHAR(32) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	title VARCHAR(255) NOT NULL, 
	head VARCHAR(10), 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_conversation PRIMARY KEY (id), 
	CONSTRAINT uq_conversation_platform UNIQUE (platform, "key")
);
INSERT INTO "conversation" VALUES(1,'test','room','a red house','diq23yqa6v',1.7959071210633153915e+09);
CREATE TABLE discord_gap (
	since BIGINT NOT NULL, 
	closed FLOAT, 
	CONSTRAINT pk_discord_gap PRIMARY KEY (since)
);
CREATE TABLE discord_message (
	message BIGINT NOT NULL, 
	channel BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	request BIGINT, 
	"key" VARCHAR(255) NOT NULL, 
	handled FLOAT, 
	CONSTRAINT pk_discord_message PRIMARY KEY (message)
);
CREATE TABLE job (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	turn VARCHAR(10) NOT NULL, 
	author VARCHAR(300) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	status_message VARCHAR(255), 
	error TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	finished FLOAT, 
	posted FLOAT, 
	CONSTRAINT fk_job_turn_turn FOREIGN KEY(turn) REFERENCES turn (id)
);
INSERT INTO "job" VALUES(1,'ttdq3ghrq3','test:1','render','finished','m1','',1,1.79590712107113838194e+09,1.79590712111833333969e+09,1.79590712123460221295e+09,1.79590712126733493807e+09);
INSERT INTO "job" VALUES(2,'aoodojiylw','test:1','render','finished','m2','',1,1.79590712128521752359e+09,1795907121.31975,1.79590712140671420098e+09,1.79590712143652248382e+09);
INSERT INTO "job" VALUES(3,'2zr4gdbcbv','test:1','render','finished','m3','',1,1.79590712145779967312e+09,1.79590712148275661467e+09,1.79590712151721763607e+09,1.79590712153890728949e+09);
INSERT INTO "job" VALUES(4,'57ykuk7fi3','test:1','render','finished','m4','',1,1.7959071215543503761e+09,1.79590712157623887059e+09,1.7959071216058790683e+09,1.79590712162673044201e+09);
INSERT INTO "job" VALUES(5,'2nrkk6zo7w','test:1','render','finished','m5','',1,1.79590712165143322944e+09,1.79590712167290782923e+09,1.79590712170448350902e+09,1.79590712172454762454e+09);
INSERT INTO "job" VALUES(6,'diq23yqa6v','test:2','render','finished','m6','',1,1.79590712174203014379e+09,1.79590712176342916488e+09,1795907121.82537,1.7959071218479347229e+09);
CREATE TABLE picture (
	turn VARCHAR(10) NOT NULL, 
	number INTEGER NOT NULL, 
	seed BIGINT NOT NULL, 
	path VARCHAR(255) NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	CONSTRAINT pk_picture PRIMARY KEY (turn, number), 
	CONSTRAINT fk_picture_turn_turn FOREIGN KEY(turn) REFERENCES turn (id)
);
INSERT INTO "picture" VALUES('ttdq3ghrq3',0,7,'pictures/ttdq3ghrq3-1.png',256,128);
INSERT INTO "picture" VALUES('aoodojiylw',0,7,'pictures/aoodojiylw-1.png',256,128);
INSERT INTO "picture" VALUES('2zr4gdbcbv',0,8,'pictures/2zr4gdbcbv-1.png',256,128);
INSERT INTO "picture" VALUES('2zr4gdbcbv',1,9,'pictures/2zr4gdbcbv-2.png',256,128);
INSERT INTO "picture" VALUES('2zr4gdbcbv',2,10,'pictures/2zr4gdbcbv-3.png',256,128);
INSERT INTO "picture" VALUES('2zr4gdbcbv',3,11,'pictures/2zr4gdbcbv-4.png',256,128);
INSERT INTO "picture" VALUES('57ykuk7fi3',0,8,'pictures/57ykuk7fi3-1.png',256,128);
INSERT INTO "picture" VALUES('2nrkk6zo7w',0,8,'pictures/2nrkk6zo7w-1.png',384,192);
INSERT INTO "picture" VALUES('diq23yqa6v',0,100,'pictures/diq23yqa6v-1.png',192,192);
INSERT INTO "picture" VALUES('diq23yqa6v',1,101,'pictures/diq23yqa6v-2.png',192,192);
INSERT INTO "picture" VALUES('diq23yqa6v',2,102,'pictures/diq23yqa6v-3.png',192,192);
CREATE TABLE post (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	platform VARCHAR(32) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	nonce VARCHAR(64) NOT NULL, 
	author_id VARCHAR(255), 
	author_name VARCHAR(255), 
	text TEXT NOT NULL, 
	buttons TEXT NOT NULL, 
	progress FLOAT, 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL
, words TEXT DEFAULT '' NOT NULL, footer TEXT DEFAULT '' NOT NULL, parent TEXT DEFAULT '' NOT NULL);
CREATE TABLE post_attachment (
	post INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	content BLOB NOT NULL, 
	description TEXT NOT NULL, 
	CONSTRAINT pk_post_attachment PRIMARY KEY (post, number), 
	CONSTRAINT fk_post_attachment_post_post FOREIGN KEY(post) REFERENCES post (id)
);
CREATE TABLE preference (
	scope VARCHAR(16) NOT NULL, 
	platform VARCHAR(32) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	size VARCHAR(32) NOT NULL, 
	negative TEXT NOT NULL, 
	style VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (scope, platform, "key")
);
INSERT INTO "preference" VALUES('person','test','1','wide','fog','none');
INSERT INTO "preference" VALUES('place','test','room','','','oil');
CREATE TABLE telegram_message (
	chat BIGINT NOT NULL, 
	message BIGINT NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	note VARCHAR(255) NOT NULL, 
	state TEXT NOT NULL, 
	seen FLOAT NOT NULL, 
	CONSTRAINT pk_telegram_message PRIMARY KEY (chat, message)
);
CREATE TABLE telegram_move (
	old BIGINT NOT NULL, 
	new BIGINT NOT NULL, 
	CONSTRAINT pk_telegram_move PRIMARY KEY (old)
);
CREATE TABLE turn (
	id VARCHAR(10) NOT NULL, 
	conversation INTEGER NOT NULL, 
	parent VARCHAR(10), 
	author_id VARCHAR(255) NOT NULL, 
	author_name VARCHAR(255) NOT NULL, 
	created FLOAT NOT NULL, 
	words TEXT NOT NULL, 
	canvas TEXT, 
	corrections TEXT NOT NULL, 
	cut BOOLEAN NOT NULL, 
	seed BIGINT NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	steps INTEGER NOT NULL, 
	guidance FLOAT NOT NULL, 
	images INTEGER NOT NULL, 
	profile VARCHAR(64) NOT NULL, message VARCHAR(255), negative TEXT, style VARCHAR(32), removed VARCHAR(255), initial FLOAT, larger FLOAT, remembered INTEGER, 
	CONSTRAINT pk_turn PRIMARY KEY (id), 
	CONSTRAINT fk_turn_conversation_conversation FOREIGN KEY(conversation) REFERENCES conversation (id), 
	CONSTRAINT fk_turn_parent_turn FOREIGN KEY(parent) REFERENCES turn (id)
);
INSERT INTO "turn" VALUES('ttdq3ghrq3',1,NULL,'1','Ann',1.79590712106571936609e+09,'a red house','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A a red house, as an ink drawing with bold black lines.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,7,256,128,9,6.5,1,'tiny','msg-1','people','ink',NULL,0.97,NULL,NULL);
INSERT INTO "turn" VALUES('aoodojiylw',1,'ttdq3ghrq3','1','Ann',1.79590712128254032138e+09,'add a tree','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A add a tree.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,7,256,128,9,6.5,1,'tiny',NULL,'people',NULL,NULL,0.97,NULL,NULL);
INSERT INTO "turn" VALUES('2zr4gdbcbv',1,'ttdq3ghrq3','1','Ann',1.79590712145509147639e+09,'add a tree','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A add a tree.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,8,256,128,9,6.5,4,'tiny',NULL,'people',NULL,NULL,0.97,NULL,NULL);
INSERT INTO "turn" VALUES('57ykuk7fi3',1,'ttdq3ghrq3','1','Ann',1.7959071215527017116e+09,'add a tree','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A add a tree.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,8,256,128,9,6.5,1,'tiny',NULL,'cars',NULL,NULL,0.0,NULL,NULL);
INSERT INTO "turn" VALUES('2nrkk6zo7w',1,'57ykuk7fi3','1','Ann',1.79590712164971494672e+09,'add a tree','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A add a tree.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,8,256,128,9,6.5,1,'tiny',NULL,'cars',NULL,NULL,0.0,1.5,NULL);
INSERT INTO "turn" VALUES('diq23yqa6v',1,NULL,'2','Bob',1.7959071217404556274e+09,'eine Katze 🐈 am Kai','{"version": 1, "scene": {"description": "A meadow.", "detailed_descriptions": [], "tags": "", "color": "lightskyblue"}, "regions": [{"location": "in the center", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 2.0, "description": "A eine Katze 🐈 am Kai.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "red"}, {"location": "on the top", "offset": "no offset", "area": "a small square area", "distance_to_viewer": 9.0, "description": "A yellow sun.", "detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": "", "color": "yellow"}]}','[]',0,100,192,192,16,3.0,3,'tiny',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_post_place ON post (platform, "key");
CREATE UNIQUE INDEX uq_post_nonce ON post (platform, "key", nonce) WHERE nonce != '';
CREATE INDEX ix_turn_conversation ON turn (conversation);
CREATE INDEX ix_turn_parent ON turn (parent);
CREATE INDEX ix_job_author_started ON job (author, started);
CREATE INDEX ix_job_state ON job (state);
CREATE INDEX ix_job_turn ON job (turn);
CREATE INDEX ix_turn_message ON turn (conversation, message);
CREATE INDEX ix_telegram_message_note ON telegram_message (chat, note);
CREATE INDEX ix_discord_message_request ON discord_message (request);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('job',6);
COMMIT;
