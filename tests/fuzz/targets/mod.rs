//! One file a target: bytes that anybody could send, a parser of ours, and what must hold whatever the bytes are (V-71, ASVS 15.2.2).
//!
//! The fuzzer calls these functions with what it invents (`bash tests/fuzz/run`), and `tests/it/fuzz.rs` with each file of `corpus/`. To
//! add one: a file here, a line in [`ALL`], a folder with its name in `corpus/` with some files of what is right and what is nearly so.
//! What the fuzzer finds becomes a file of that folder and a test beside the parser.

mod addresses;
mod answers;
mod audit;
mod bounces;
mod captcha;
mod cmdlets;
mod config;
mod cookies;
mod csv;
mod dkim;
mod forms;
mod hosts;
mod logged;
mod names;
mod passwords;
mod phones;
mod queries;
mod receipts;
mod secrets;
mod senders;
mod settings;
mod texts;

/// A target.
pub struct Target {
    /// Its name: that of its corpus too.
    pub name: &'static str,
    /// Panics when something does not hold.
    pub run: fn(&[u8]),
}

/// Every target. What each parser is reached by stands in the head of its file.
pub const ALL: &[Target] = &[
    Target { name: "link_token", run: secrets::link_token },
    Target { name: "security_code", run: secrets::security_code },
    Target { name: "session_id", run: secrets::session_id },
    Target { name: "key_file", run: secrets::key_file },
    Target { name: "password_hash", run: secrets::password_hash },
    Target { name: "password", run: passwords::password },
    Target { name: "common_list", run: passwords::common_list },
    Target { name: "user_id", run: addresses::user_id },
    Target { name: "alternate_email", run: addresses::alternate_email },
    Target { name: "return_path", run: addresses::return_path },
    Target { name: "mobile_phone", run: phones::mobile_phone },
    Target { name: "form", run: forms::form },
    Target { name: "cookies", run: cookies::cookies },
    Target { name: "client_ip", run: hosts::client_ip },
    Target { name: "host_name", run: hosts::host_name },
    Target { name: "network", run: hosts::network },
    Target { name: "public_url", run: hosts::public_url },
    Target { name: "accept_language", run: hosts::accept_language },
    Target { name: "logged", run: logged::logged },
    Target { name: "captcha", run: captcha::captcha },
    Target { name: "proof_of_work", run: captcha::proof_of_work },
    Target { name: "hosted", run: captcha::hosted },
    Target { name: "queries", run: queries::queries },
    Target { name: "company_fields", run: queries::company_fields },
    Target { name: "config", run: config::config },
    Target { name: "settings", run: settings::settings },
    Target { name: "own_texts", run: texts::own_texts },
    Target { name: "origin_bound", run: texts::origin_bound },
    Target { name: "csv", run: csv::csv },
    Target { name: "import", run: csv::import },
    Target { name: "cmdlets", run: cmdlets::cmdlets },
    Target { name: "arguments", run: cmdlets::arguments },
    Target { name: "audit", run: audit::audit },
    Target { name: "names", run: names::names },
    Target { name: "bounce", run: bounces::bounce },
    Target { name: "enhanced_status", run: bounces::enhanced_status },
    Target { name: "dkim", run: dkim::dkim },
    Target { name: "dns_records", run: dkim::dns_records },
    Target { name: "der", run: dkim::der },
    Target { name: "sms_receipts", run: receipts::receipts },
    Target { name: "sms_answers", run: answers::answers },
];

/// The input as text; bytes that are none are not for a parser of text.
fn text(data: &[u8]) -> &str {
    std::str::from_utf8(data).unwrap_or_default()
}

/// The input cut at the record separator (0x1E), which no format of ours uses; parts that are not there are empty.
fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0x1e);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The same as texts.
fn texts<const N: usize>(data: &[u8]) -> [&str; N] {
    parts::<N>(data).map(text)
}

/// Whether a text may stand in a log, a mail's header or a terminal as it is.
fn is_one_line(text: &str) -> bool {
    !text.contains(sspr::visible::is_unsafe)
}
