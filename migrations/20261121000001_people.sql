-- Companies, their domains, their people, and where a person can be reached.

create table companies (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  default_region text not null default 'US' check (default_region ~ '^[A-Z]{2}$'),
  self_serve_password_reset_enabled boolean not null default true,
  alternate_email_in_own_domain_allowed boolean not null default false,
  user_id_is_mailbox boolean not null default true,
  sign_in_url text check (sign_in_url ~ '^https?://'),
  created_at timestamptz not null default now()
);
comment on table companies is 'Who is served. Nothing of one company can be seen or changed from another.';
comment on column companies.id is 'Made by the service; grows with time.';
comment on column companies.name is 'As people know it; also a context word that no password may be built from.';
comment on column companies.default_region is 'ISO 3166 code: how a mobile number without a country code is read.';
comment on column companies.self_serve_password_reset_enabled is 'SelfServePasswordResetEnabled: on by default, per company only. Each step reads it, so a change acts at once.';
comment on column companies.alternate_email_in_own_domain_allowed is 'Off: an address in the company''s own domain is locked out together with the account, so it is refused.';
comment on column companies.user_id_is_mailbox is 'Whether a user ID receives mail: then notices go there too.';
comment on column companies.sign_in_url is 'Where people sign in after a reset, if not here.';
comment on column companies.created_at is 'For operators; nothing depends on it.';

create table company_domains (
  domain text collate "C" primary key check (domain = lower(domain)),
  company_id uuid not null references companies on delete cascade
);
comment on table company_domains is 'Which company owns a domain. Given by an operator only: it decides whose user someone is.';
comment on column company_domains.domain is 'Lower case. One domain belongs to one company.';
comment on column company_domains.company_id is 'The owner.';
create index company_domains_company on company_domains (company_id);

create table users (
  id uuid primary key,
  company_id uuid not null references companies,
  user_id text not null,
  user_id_normalised text collate "C" not null unique,
  display_name text not null check (length(display_name) <= 200),
  role text not null check (role in ('global_administrator', 'user_management_administrator', 'password_administrator',
                                     'billing_administrator', 'service_administrator', 'user')),
  password_hash text,
  password_changed_at timestamptz,
  blocked_at timestamptz,
  blocked_because text check (blocked_because in ('administrator', 'not_me')),
  created_at timestamptz not null default now(),
  check ((blocked_at is null) = (blocked_because is null))
);
comment on table users is 'Everyone who can sign in.';
comment on column users.id is 'Made by the service; stays when the user ID changes.';
comment on column users.company_id is 'The company that owns the domain of the user ID.';
comment on column users.user_id is 'User principal name as it was typed at creation, for display.';
comment on column users.user_id_normalised is 'ASCII lower case, byte-wise collation: the only form that is compared (V-21, V-22).';
comment on column users.display_name is 'Shown to administrators and to the person; never trusted as markup.';
comment on column users.role is 'What the person may do; all but user are administrators and may reset their own password.';
comment on column users.password_hash is 'Argon2id in PHC form with its parameters, so that they can rise. Null: no password yet.';
comment on column users.password_changed_at is 'When the password was last set, by whatever way.';
comment on column users.blocked_at is 'Since when neither sign-in nor reset works. Null: not blocked.';
comment on column users.blocked_because is 'administrator: someone blocked it. not_me: the person said that a reset was not theirs.';
comment on column users.created_at is 'For operators; nothing depends on it.';
create index users_company_role on users (company_id, role);

create table alternate_emails (
  user_id uuid not null references users on delete cascade,
  position smallint not null check (position >= 0),
  address text not null check (length(address) <= 254),
  updated_at timestamptz not null default now(),
  primary key (user_id, position)
);
comment on table alternate_emails is 'Addresses outside the account; the one at position 0 gets the link of a reset.';
comment on column alternate_emails.user_id is 'Whose.';
comment on column alternate_emails.position is 'Order as given; 0 is used.';
comment on column alternate_emails.address is 'Domain in lower case, local part as given (O-13).';
comment on column alternate_emails.updated_at is 'When it was set.';

create table mobile_phones (
  user_id uuid primary key references users on delete cascade,
  number text not null check (number ~ '^\+[1-9][0-9]{6,14}$'),
  updated_at timestamptz not null default now()
);
comment on table mobile_phones is 'The phone that gets the security code.';
comment on column mobile_phones.user_id is 'Whose. One phone a person.';
comment on column mobile_phones.number is 'E.164, parsed with the company''s default region when it was set.';
comment on column mobile_phones.updated_at is 'When it was set.';

create table installation (
  only_row boolean primary key default true check (only_row),
  demo boolean not null default false,
  created_at timestamptz not null default now()
);
comment on table installation is 'One row about this database itself.';
comment on column installation.only_row is 'Keeps it one row.';
comment on column installation.demo is 'The mark of sspr demo: serve refuses such a database, and demo refuses any other that is not empty.';
comment on column installation.created_at is 'When the database was first migrated.';
insert into installation default values;
