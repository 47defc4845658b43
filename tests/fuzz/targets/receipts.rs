//! Delivery receipts of SMS providers: anybody can call the address, so nothing counts before its signature (V-61).

use axum::http::{HeaderMap, HeaderValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;
use sspr::senders::sms::{
    SmsSender,
    receipt::{Call, NotBelieved, Which},
};

use super::{parts, senders, text};

const NOW: i64 = 1_795_262_400;

/// Without a signature nothing is believed; with the right one it is read, whatever it holds; with anything of it altered it is not.
pub fn receipts(data: &[u8]) {
    let [query, body, signed] = parts(data);
    let (query, json) = (text(query), body.starts_with(b"{"));
    for sender in senders::all() {
        let url = format!("https://reset.contoso.com/hooks/sms/{}?{query}", sender.provider());
        let mut headers = HeaderMap::new();
        let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        headers.insert("content-type", HeaderValue::from_static(kind));
        for name in ["x-twilio-signature", "x-sspr-signature", "authorization"] {
            if let Ok(value) = HeaderValue::from_bytes(signed) {
                headers.insert(name, value);
            }
        }
        headers.insert("x-sspr-timestamp", HeaderValue::from(NOW));
        let call = Call { url: &url, query, headers: &headers, body, now: NOW };
        let believed = sender.receipt(&call);
        assert!(
            matches!(believed, Err(NotBelieved::Signature | NotBelieved::NoReceipts)),
            "{}: believed without a signature",
            sender.provider()
        );
        with_its_signature(sender, &call);
    }
}

/// Signs the call as the provider would.
fn with_its_signature(sender: &SmsSender, call: &Call<'_>) {
    let mut headers = call.headers.clone();
    match sender.provider() {
        "twilio" => {
            let mut fields: Vec<(String, String)> =
                url::form_urlencoded::parse(call.body).into_owned().collect();
            fields.sort_unstable();
            fields.dedup();
            let mut mac = Hmac::<Sha1>::new_from_slice(senders::SECRET.as_bytes()).expect("any length");
            mac.update(call.url.as_bytes());
            for (name, value) in &fields {
                mac.update(name.as_bytes());
                mac.update(value.as_bytes());
            }
            set(&mut headers, "x-twilio-signature", &STANDARD.encode(mac.finalize().into_bytes()));
        }
        "webhook" => {
            let mut mac = Hmac::<Sha256>::new_from_slice(senders::SECRET.as_bytes()).expect("any length");
            mac.update(format!("{NOW}.").as_bytes());
            mac.update(call.body);
            let hex = mac
                .finalize()
                .into_bytes()
                .iter()
                .fold(String::new(), |hex, byte| hex + format!("{byte:02x}").as_str());
            set(&mut headers, "x-sspr-signature", &format!("v1={hex}"));
        }
        "govuk_notify" => set(&mut headers, "authorization", &format!("Bearer {}", senders::SECRET)),
        // Vonage and Kannel sign inside what they send: `providers/` in tests/it has those.
        _ => return,
    }
    let signed = Call { headers: &headers, ..*call };
    match sender.receipt(&signed) {
        Ok(receipt) => {
            if let Which::Theirs(name) | Which::Both(_, name) = &receipt.message {
                assert!(
                    (1..=64).contains(&name.len())
                        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                    "{name}"
                );
            }
        }
        Err(why) => assert_eq!(why, NotBelieved::Shape, "{}", sender.provider()),
    }
    // Twilio's and the gateway's signatures cover the body; Notify's token covers nothing, as its documents have it.
    if sender.provider() != "govuk_notify" {
        let longer = [call.body, b"&x=1".as_slice()].concat();
        let altered = Call { body: &longer, ..signed };
        assert_eq!(
            sender.receipt(&altered),
            Err(NotBelieved::Signature),
            "{}: an altered body",
            sender.provider()
        );
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).expect("a header"));
}
