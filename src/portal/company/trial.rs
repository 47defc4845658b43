//! "Try delivery": an administrator sends a test message to themselves, and sees what became of it.
//!
//! Must stay true: it goes to the administrator's own contact data and nowhere else, so no field names a recipient; its page is for
//! whoever asked for it (anybody else: 404), and shows neither address nor number.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    admin::{Refusal, trial},
    app::App,
    domain::message::Channel,
    portal::{
        door::Global,
        prove_again::{Button, hindrance},
    },
    store::trials::Trial,
    web::{
        error::PageError,
        form::{Form, Posted},
        markup::Markup,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::{FormOf, show},
    },
};

/// Which of the two buttons was pressed.
#[derive(Deserialize)]
pub struct Pressed {
    #[serde(default)]
    channel: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for Pressed {
    const OF: FormOf = FormOf::Account;
}

/// The page of one test message.
#[derive(Template)]
#[template(path = "portal/company/trial.html")]
pub struct TrialPage {
    /// The shell.
    pub page: Page,
    /// By what it travels.
    pub channel: Channel,
    /// How it stands.
    pub state: TrialState,
    /// Its row; nil for one that was not sent, and then nothing leads to it.
    pub message: Uuid,
    /// The administrator's own row: where contact data is mended.
    pub own: Uuid,
}

/// How a test message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialState {
    /// Nobody was asked yet.
    Waiting,
    /// Nobody accepted it yet.
    TriedAgain {
        /// The relay or provider that answered last, and what.
        last: Answer,
    },
    /// A relay or provider has it.
    Accepted {
        /// Which, if it was not the demo's page.
        by: Option<String>,
        /// When.
        at: Moment,
        /// A receipt or bounce came later: whether it arrived, and when.
        later: Option<(bool, Moment)>,
    },
    /// Refused for good.
    Refused {
        /// By whom, and with what answer.
        last: Answer,
    },
    /// Nobody accepted it in ten minutes.
    TooLate {
        /// Who answered last.
        last: Answer,
    },
    /// Somebody stopped it.
    Stopped,
    /// Not sent: there is no address or number, or none that messages are sent to.
    NoContact,
    /// Not sent: asked too often.
    TooOften(Moment),
}

/// What somebody answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The section of the configuration.
    pub by: String,
    /// Constant words and numbers.
    pub what: String,
}

impl TrialState {
    fn of(trial: Trial) -> Self {
        let last = Answer {
            by: trial.provider.clone().unwrap_or_default(),
            what: trial.answer.clone().unwrap_or_default(),
        };
        match trial.state.as_str() {
            "queued" if last.what.is_empty() => Self::Waiting,
            "queued" => Self::TriedAgain { last },
            "sent" => Self::Accepted {
                by: trial.provider.filter(|by| by != "demo"),
                at: Moment::to_the_second(trial.finished_at.unwrap_or(trial.created_at)),
                later: trial
                    .delivery
                    .zip(trial.delivery_at)
                    .map(|(delivery, at)| (delivery == "delivered", Moment::to_the_second(at))),
            },
            "gave_up" => Self::Refused { last },
            "too_late" => Self::TooLate { last },
            _ => Self::Stopped,
        }
    }

    /// Another look may show something new.
    const fn may_change(&self) -> bool {
        matches!(self, Self::Waiting | Self::TriedAgain { .. } | Self::Accepted { later: None, .. })
    }

    const fn has_no_contact(&self) -> bool {
        matches!(self, Self::NoContact)
    }

    const fn is_bad(&self) -> bool {
        match self {
            Self::Waiting => false,
            Self::Accepted { later, .. } => matches!(later, Some((false, _))),
            _ => true,
        }
    }
}

impl TrialPage {
    fn of_channel(&self, key: &str) -> String {
        format!("{key}-{}", if self.channel == Channel::Email { "email" } else { "sms" })
    }

    fn answered(&self, key: &str, last: &Answer) -> Markup {
        if last.what.is_empty() {
            return Markup::text(&self.page.t("company-trial-no-answer"));
        }
        self.page.m(key).name("by", &last.by).name("answer", &last.what).s()
    }

    /// What is known, a sentence each.
    fn sentences(&self) -> Vec<Markup> {
        let page = &self.page;
        let plain = |key: &str| Markup::text(&page.t(key));
        match &self.state {
            TrialState::Waiting => vec![plain("company-trial-waiting")],
            TrialState::TriedAgain { last } => {
                vec![plain("company-trial-again"), self.answered("company-trial-answer", last)]
            }
            TrialState::Accepted { by, at, later } => {
                let accepted = match by {
                    Some(by) => {
                        let key = self.of_channel("company-trial-accepted");
                        page.m(&key).name("by", by).time("time", at).s()
                    }
                    None => page.m("company-trial-accepted-demo").time("time", at).s(),
                };
                let next = match later {
                    None => plain(&self.of_channel("company-trial-look")),
                    Some((true, at)) => page.m("company-trial-delivered").time("time", at).s(),
                    Some((false, at)) => page.m("company-trial-failed").time("time", at).s(),
                };
                vec![accepted, next]
            }
            TrialState::Refused { last } => {
                vec![self.answered("company-trial-refused", last), plain("company-trial-operator")]
            }
            TrialState::TooLate { last } => {
                vec![
                    plain("company-trial-too-late"),
                    self.answered("company-trial-answer", last),
                    plain("company-trial-operator"),
                ]
            }
            TrialState::Stopped => vec![plain("company-trial-stopped")],
            TrialState::NoContact => vec![plain(&self.of_channel("company-trial-no-contact"))],
            TrialState::TooOften(until) => vec![page.m("company-trial-too-often").time("time", until).s()],
        }
    }
}

impl Screen for TrialPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.of_channel("company-trial-title"))
    }
}

/// Queues it, and leads to its page.
pub async fn post(
    State(app): State<App>,
    global: Global,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, PageError> {
    let channel = match pressed.channel.as_str() {
        "email" => Channel::Email,
        "sms" => Channel::Sms,
        _ => return Err(PageError::BadRequest),
    };
    let button = Button {
        action: "/portal/company/test".to_owned(),
        fields: vec![("channel", pressed.channel.clone())],
        word: "prove-again-trial",
        back: "/portal/company".to_owned(),
        section: Section::Company,
    };
    let (door, typed) = (&global.door, pressed.your_password.as_ref());
    if let Some(asks) = hindrance(&app, &door.visit, &door.someone, typed, button).await? {
        return Ok(asks);
    }
    let state = match trial::to_oneself(&app.pool, &global.by, channel, &app.budgets).await {
        Ok(message) => {
            app.outbox.wake();
            return Ok(Redirect::to(&format!("/portal/company/test/{message}")).into_response());
        }
        Err(not_done) => match global.door.refused(&app, not_done).await? {
            Refusal::NoContact => TrialState::NoContact,
            Refusal::TooOften(until) => TrialState::TooOften(Moment::with_day(until)),
            other => return Err(PageError::Internal(format!("refused: {other:?}").into())),
        },
    };
    let page = global.door.page(&app, Section::Company).await?;
    let own = global.by.id();
    show(StatusCode::UNPROCESSABLE_ENTITY, &TrialPage { page, channel, state, message: Uuid::nil(), own })
}

/// What became of it.
pub async fn get(
    State(app): State<App>,
    Path(message): Path<String>,
    global: Global,
) -> Result<Response, PageError> {
    let message: Uuid = message.parse().map_err(|_| PageError::NotFound)?;
    let found = trial::of_oneself(&app.pool, &global.by, message).await?.ok_or(PageError::NotFound)?;
    let channel = if found.channel == "email" { Channel::Email } else { Channel::Sms };
    let page = global.door.page(&app, Section::Company).await?;
    let own = global.by.id();
    show(StatusCode::OK, &TrialPage { page, channel, state: TrialState::of(found), message, own })
}
