//! Twilio's own document, served by Prism. What each answer means is in `senders_twilio.rs`.

use sspr::senders::sms::{Settings, twilio::TwilioSettings};

use super::{a_client, failure, patient, prism::Prism, sms, tools::published};
use crate::{senders_twilio, support::http_server::ACCOUNT};

#[tokio::test]
async fn twilios_own_document_takes_our_request() {
    let Some(document) = published("twilio/twilio_api_v2010.json") else { return };
    let prism = Prism::serve(&document).await;
    let settings = senders_twilio::settings(&prism.url);
    patient(&Settings::Twilio(settings.clone())).send(&sms()).await.unwrap();

    // It looks at what it gets: the same without sign-in, as JSON, and for an account whose name is none, is refused.
    let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", prism.url);
    let client = a_client();
    let form = [("To", "+14255550100"), ("From", "+14255550199"), ("Body", "x")];
    let unsigned = client.post(&url).form(&form).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    let json = client.post(&url).basic_auth(ACCOUNT, Some("x")).json(&form).send().await.unwrap();
    assert_eq!(json.status(), 415);
    let nobody = client.post(&url).basic_auth(ACCOUNT, Some("x")).form(&form[1..]).send().await.unwrap();
    assert_eq!(nobody.status(), 422);
    let strange = TwilioSettings { base_url: format!("{}/elsewhere", prism.url), ..settings };
    assert_eq!(failure(&patient(&Settings::Twilio(strange))).await, "try again: twilio 404");
}
