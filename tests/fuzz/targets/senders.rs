//! One sender of each SMS provider, with made-up settings, for the targets that ask them.

use std::{sync::OnceLock, time::Duration};

use sspr::senders::{
    http_client,
    sms::{
        Settings, Sms, SmsSender,
        govuk_notify::GovukNotifySettings,
        kannel::KannelSettings,
        sns::SnsSettings,
        twilio::{TwilioSender, TwilioSettings},
        vonage::VonageSettings,
        webhook::WebhookSettings,
    },
};
use uuid::Uuid;

/// What every one of them signs with, or is signed with.
pub const SECRET: &str = "made-up-secret-of-thirty-two-letters";

/// All of them.
pub fn all() -> &'static [SmsSender] {
    static ALL: OnceLock<Vec<SmsSender>> = OnceLock::new();
    ALL.get_or_init(|| {
        let client = http_client::new(None).expect("the roots of the binary");
        let id = "0f9bd1e5-1111-4222-8333-444455556666";
        let settings = [
            Settings::Twilio(TwilioSettings {
                base_url: "https://api.twilio.com".to_owned(),
                account_sid: format!("AC{}", "0".repeat(32)),
                api_key_sid: None,
                auth_token: SECRET.into(),
                receipt_token: None,
                sender: TwilioSender::From("+14255550142".to_owned()),
            }),
            Settings::Vonage(VonageSettings {
                base_url: "https://rest.nexmo.com".to_owned(),
                api_key: "abcd1234".to_owned(),
                api_secret: None,
                signature_secret: Some(SECRET.into()),
                from: "+14255550142".to_owned(),
            }),
            Settings::Webhook(WebhookSettings {
                base_url: "https://sms.contoso.com/send".to_owned(),
                signature_secret: SECRET.into(),
            }),
            Settings::Sns(SnsSettings {
                base_url: "https://sns.eu-west-1.amazonaws.com".to_owned(),
                region: "eu-west-1".to_owned(),
                access_key_id: "AKIA0000000000000000".to_owned(),
                secret_access_key: SECRET.into(),
                session_token: None,
                from: None,
            }),
            Settings::GovukNotify(GovukNotifySettings {
                base_url: "https://api.notifications.service.gov.uk".to_owned(),
                api_key: format!("made-up-{id}-{id}").into(),
                template_id: id.to_owned(),
                sms_sender_id: None,
                callback_token: Some(SECRET.into()),
            }),
            Settings::Kannel(KannelSettings {
                base_url: "http://127.0.0.1:13013".to_owned(),
                username: "sspr".to_owned(),
                password: SECRET.into(),
                from: None,
                receipt_secret: Some(SECRET.into()),
            }),
        ];
        settings
            .iter()
            .map(|one| one.sender(client.clone(), Vec::new()).expect("settings that fit"))
            .collect()
    })
}

/// A message that was handed over.
pub fn sms() -> Sms {
    Sms {
        to: "+14255550100".to_owned(),
        text: "01234567 is your security code".to_owned(),
        valid_for: Duration::from_mins(10),
        id: Uuid::from_u128(5),
        receipts: Some("https://reset.contoso.com/hooks/sms".into()),
    }
}
