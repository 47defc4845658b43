-- A second pair of eyes: what one global administrator does to another waits for a time, or for the approval of a third.

alter table companies
  add column global_administrator_changes text not null default 'at_once'
    check (global_administrator_changes in ('at_once', 'after_hold', 'approval')),
  add column global_administrator_hold_hours integer not null default 24 check (global_administrator_hold_hours between 1 and 168);
comment on column companies.global_administrator_changes is 'What an administrator changes of a global administrator (contact data, role, password) in the portal: at_once, after_hold, or with another''s approval.';
comment on column companies.global_administrator_hold_hours is 'How long such a change waits under after_hold, and under approval where nobody else could approve.';

create table pending_changes (
  id uuid primary key,
  company_id uuid not null references companies on delete cascade,
  kind text not null check (kind in ('user', 'reset', 'setting')),
  target_id uuid references users on delete set null,
  subject text not null,
  target_version bigint,
  target_password_at timestamptz,
  wanted jsonb,
  shown jsonb not null,
  requested_by uuid references users on delete set null,
  requester text not null,
  requested_at timestamptz not null default now(),
  acts_at timestamptz,
  expires_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'refused', 'cancelled', 'void', 'expired')),
  why text,
  decided_by text,
  decided_at timestamptz,
  check ((state = 'waiting') = (wanted is not null)),
  check ((state = 'waiting') = (decided_at is null))
);
comment on table pending_changes is 'Changes that wait for their time or for a second global administrator. Never a password, a link or a token.';
comment on column pending_changes.id is 'Names it in forms and in the shell.';
comment on column pending_changes.company_id is 'Whose.';
comment on column pending_changes.kind is 'user: contact data or role. reset: a one-time link. setting: the company''s rule becomes weaker.';
comment on column pending_changes.target_id is 'Who would be changed, while that person exists. Null for a setting.';
comment on column pending_changes.subject is 'The user ID as it was, or the company''s name.';
comment on column pending_changes.target_version is 'users.version that was looked at: another by then, and the change is void.';
comment on column pending_changes.target_password_at is 'users.password_changed_at that was looked at by a reset: another by then, and the reset is void.';
comment on column pending_changes.wanted is 'What is to be done, with whole addresses and numbers. Gone as soon as it waits no more.';
comment on column pending_changes.shown is 'What was to be changed, from what to what, addresses and numbers masked: stays.';
comment on column pending_changes.requested_by is 'Who asked, while that person exists. Their rights are looked at again when it is carried out.';
comment on column pending_changes.requester is 'Who asked, as audit events name them.';
comment on column pending_changes.requested_at is 'When.';
comment on column pending_changes.acts_at is 'When it is carried out unless somebody refuses. Null: only with an approval.';
comment on column pending_changes.expires_at is 'When it is forgotten.';
comment on column pending_changes.state is 'waiting, then one of the ends. void: it could not be carried out any more, see why.';
comment on column pending_changes.why is 'Of a void one: what kept it from being carried out.';
comment on column pending_changes.decided_by is 'Who approved, refused or withdrew it; null: its time came.';
comment on column pending_changes.decided_at is 'When it ended.';
-- One of a kind for each person. Not of those whose person is gone: two of them are no conflict, and nobody's deletion fails for it.
create unique index pending_changes_one on pending_changes (target_id, kind) where state = 'waiting';
create unique index pending_changes_setting on pending_changes (company_id) where state = 'waiting' and kind = 'setting';
create index pending_changes_due on pending_changes ((least(acts_at, expires_at))) where state = 'waiting';
create index pending_changes_waiting on pending_changes (company_id, requested_at desc, id) where state = 'waiting';
create index pending_changes_decided on pending_changes (company_id, decided_at desc, id) where state <> 'waiting';
create index pending_changes_target on pending_changes (target_id) where target_id is not null;
create index pending_changes_requester on pending_changes (requested_by) where requested_by is not null;
