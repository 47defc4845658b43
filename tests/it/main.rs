//! The product from outside: one test program, so that all share one link, one database server and one browser driver.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test, in helper functions too"
)]

mod account;
mod architecture;
mod attacks;
mod audit;
mod bad_input;
mod browser_access;
mod browser_desk;
mod browser_events;
mod browser_portal;
mod browser_rig;
mod browser_wizard;
mod canaries;
mod captcha;
mod cluster;
mod crash;
mod dump;
mod every_state;
mod failover;
mod front_door;
mod headers;
mod hostile;
mod hostile_portal;
mod incidents;
mod isolation;
mod limits;
mod mail_bounces;
mod mail_contract;
mod mail_relays;
mod messages;
mod metrics;
mod migrations;
mod not_me;
mod notices;
mod outages;
mod outbox;
mod own_texts;
mod pages;
mod portal_company;
mod portal_messages;
mod portal_readiness;
mod portal_requests;
mod portal_resets;
mod portal_test_message;
mod portal_users;
mod proof_again;
mod providers;
mod queries;
mod random_walks;
mod readiness;
mod receipts;
mod role_table;
mod same_road;
mod screenshots;
mod second_pair;
mod security_table;
mod senders_log;
mod senders_smtp;
mod senders_twilio;
mod senders_vonage;
mod senders_webhook;
mod shell;
mod support;
mod text_budgets;
mod wizard_detours;
mod wizard_limits;
mod wizard_races;
mod wizard_story;
