-- "Contact your administrator": who is asked is decided a moment after the visitor has the answer.

create table contact_intake (
  id uuid primary key,
  typed text not null,
  normalised text collate "C" not null,
  domain text collate "C" not null,
  browser text not null,
  network text collate "C" not null,
  asked_at timestamptz not null default now()
);
comment on table contact_intake is 'What was asked and is not decided yet. One row for everyone who is named, so that neither rows nor time tell who exists (V-16): to find and write to ten administrators takes many times as long as to find nobody.';
comment on column contact_intake.id is 'Made by the service; grows with time. The request of a known user has it too.';
comment on column contact_intake.typed is 'The user ID as it was typed.';
comment on column contact_intake.normalised is 'As it is compared.';
comment on column contact_intake.domain is 'Its domain.';
comment on column contact_intake.browser is 'Browser and system in words.';
comment on column contact_intake.network is 'The client''s address.';
comment on column contact_intake.asked_at is 'When. A row lives for about a second.';
