-- A small instance as revision 0006 kept it: as before, with an order, a comment, a conversation, a robot, a mailbox.
INSERT INTO workspace (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Acme');
INSERT INTO contact (id, workspace_id, email, email_key, name, zone) OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 'Ann@acme.test', 'ann@acme.test', 'Ann', 'Europe/Berlin'),
    (2, 1, 'bo@acme.test', 'bo@acme.test', 'Bo', 'Asia/Kathmandu');
INSERT INTO account (workspace_id, contact_id, role, password_hash) VALUES (1, 1, 'owner', 'x');
INSERT INTO team (id, workspace_id, name, zone, entry_no) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'Crew', 'UTC', 1);
INSERT INTO membership (id, workspace_id, team_id, contact_id, role, next_prompt_at, next_prompt_day)
    OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 1, 1, 'manager', now() + interval '1 hour', current_date), (2, 1, 1, 2, 'member', NULL, NULL);
INSERT INTO schedule (id, workspace_id, team_id, questions) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, '{What?}');
INSERT INTO round (id, workspace_id, schedule_id, team_id, local_date, questions, opened_at)
    OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, current_date, '{What?}', now());
INSERT INTO participation (id, workspace_id, round_id, schedule_id, team_id, membership_id, local_date, state, due_at,
    closes_at, prompt_run_id, prompt_seq) OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 1, 1, 1, 1, current_date, 'answered', now(), now() + interval '9 hours', 1, 1),
    (2, 1, 1, 1, 1, 2, current_date, 'asked', now(), now() + interval '9 hours', 1, 2);
INSERT INTO inbound (id, workspace_id, source, external_id, envelope_from, envelope_to, received_at, raw, state)
    OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 'smtp', 'a', 'ann@acme.test', '{r+x@reply.test}', now(), 'Subject: hi', 'routed'),
    (2, NULL, 'smtp', 'b', 'eve@evil.test', '{r+y@reply.test}', now(), 'Subject: hm', 'held');
INSERT INTO answer (id, workspace_id, participation_id, membership_id, inbound_id, source, text, at)
    OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1, 1, 'mail', 'Shipped it', now());
INSERT INTO entry (workspace_id, team_id, no, round_id, participation_id, membership_id, answer_id, text, at)
    VALUES (1, 1, 1, 1, 1, 1, 1, 'Shipped it', now());
INSERT INTO run (id, workspace_id, kind, urgency, doubt_policy, size, made_at)
    OVERRIDING SYSTEM VALUE VALUES (1, 1, 'prompt', 1, 'resend', 4, now());
INSERT INTO batch (id, workspace_id, run_id, transport, urgency, next_at, owner, epoch, lease_until, horizon)
    OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'smtp', 1, now(), 'old:1', 3, now() + interval '20 s', 2);
INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, state, useful_until)
    VALUES
    (1, 1, 1, 1, 1, 1, 'smtp', 'ann@acme.test', 'sent', now()), (1, 2, 1, 2, 2, 1, 'smtp', 'bo@acme.test', 'queued', now()),
    (1, 3, 1, 3, 2, 1, 'smtp', 'c@acme.test', 'in_doubt', now()), (1, 4, 1, 4, 2, 1, 'smtp', 'd@acme.test', 'queued', now());
INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)
    VALUES (1, 3, 1, now(), 0, 'doubt', 'in_doubt');
INSERT INTO heartbeat (role, process) VALUES ('queue:send', 'old:1'), ('scheduler', 'old:2');
INSERT INTO relay (workspace_id, name, preset, uses, rank, host, port) VALUES
    (1, 'Ours', 'smarthost', 'transactional', 0, 'mail.acme.test', 587), (1, '', 'ses', 'bulk', 0, 'ses.test', 587);
INSERT INTO history (workspace_id, noun, object_id, at, trigger, to_state, actor)
    VALUES (1, 'run', 1, now(), 'pause', 'paused', 'account:1');
INSERT INTO contact (id, workspace_id, email, email_key, name, standing) OVERRIDING SYSTEM VALUE VALUES
    (3, 1, 'gil@guest.test', 'gil@guest.test', 'Gil', 'held');
INSERT INTO plain_address (workspace_id, team_id, local) VALUES (1, 1, 'crew-1'), (1, NULL, 'acme-w1');
INSERT INTO inbound (id, workspace_id, source, external_id, envelope_from, envelope_to, received_at, raw, state, version,
    contact_id) OVERRIDING SYSTEM VALUE VALUES
    (3, 1, 'imap', 'c', 'ann@acme.test', '{crew-1@reply.test}', now(), 'Subject: pause', 'routed', 6, NULL),
    (4, 1, 'smtp', 'd', 'gil@guest.test', '{acme-w1@reply.test}', now(), 'Subject: hello', 'routed', 6, 3);
INSERT INTO mail_command (workspace_id, inbound_id, membership_id, command, at) VALUES (1, 3, 1, 'pause', now());
INSERT INTO robot (workspace_id, email_key, made_by, made_at) VALUES (1, 'bot@acme.test', 'account:1', now());
INSERT INTO imap_box (name, uidvalidity, last_uid) VALUES ('crew', 7, 41);
INSERT INTO rereading (workspace_id, version, from_id, until_id, made_at) VALUES (1, 6, 1, 4, now());
INSERT INTO comment (workspace_id, team_id, entry_id, local_date, membership_id, text, at)
    SELECT 1, 1, id, current_date, 2, 'Well done', now() FROM entry;
INSERT INTO conversation (id, workspace_id, channel_key, platform, type, name, last_no) OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 'mail.direct.1-3', 'mail', 'direct', 'Gil', 1);
INSERT INTO member (conversation_id, account_or_contact, workspace_id) VALUES (1, 'contact:3', 1), (1, 'account:1', 1);
INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, inbound_id, kind, body, platform,
    external_id) VALUES (1, 1, 1, 3, 'contact', 4, 'mail', 'Hello there', 'mail', 'in-4');
