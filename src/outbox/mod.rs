//! Everything that leaves for a person: rendered and sent by workers, never inside a request.
//!
//! A message is queued by the statement of what it tells (`store`), with facts only. A [`worker`] claims it, derives its link or
//! code, renders, hands it to one relay or provider after the other ([`delivery`]), and finishes the row. What must stay true: nothing is sent after its deadline; a dead token's message
//! is withdrawn; a decoy's message takes the same way up to the sender; no secret is written anywhere.

mod allowance;
pub mod bounces;
pub mod delivery;
pub mod letters;
pub mod render;
pub mod requests;
pub mod texts;
pub mod trial;
pub mod worker;

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use self::{render::Brand, texts::Texts};
use crate::{
    domain::{limits::Budgets, return_path::ReturnPaths, secret::Keys},
    metrics::Metrics,
    senders::{mail::MailSender, route::Route, sms::SmsSender},
    store::Pool,
};

/// What the workers need. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    /// The database.
    pub pool: Pool,
    /// What links and codes are derived from.
    pub keys: Arc<Keys>,
    /// Every sentence, with the operator's own.
    pub texts: Texts,
    /// Who sends.
    pub brand: Brand,
    /// Where links lead: the configured public address, never anything of a request (V-12).
    pub origin: Arc<str>,
    /// Where bounces of our mails go, if the operator has an address for them.
    pub return_paths: Option<Arc<ReturnPaths>>,
    /// By what messages leave.
    pub senders: Senders,
    /// How many text messages may leave.
    pub budgets: Budgets,
    /// Messages that this node sends at the same time.
    pub workers: usize,
    /// Between two looks without a notification.
    pub poll: Duration,
    /// How long a worker has a message for itself.
    pub lease: Duration,
    /// Who waits for work.
    pub wake: Arc<Wake>,
    /// What this node counts.
    pub metrics: Arc<Metrics>,
}

/// Who waits for work: the workers of this node, and those of the others.
#[derive(Default)]
pub struct Wake {
    here: Notify,
    elsewhere: Notify,
    requests: Notify,
}

impl Outbox {
    /// To be called after the commit of whatever queued a message: a worker of this node takes it at once, and the other nodes are
    /// told a moment later, should this one be busy.
    ///
    /// Not NOTIFY in the statement: Postgres lets only one transaction with a notification commit at a time, with the disk's
    /// wait inside that lock, and starts fell to a tenth. A call that is lost with its node costs one poll.
    pub fn wake(&self) {
        self.wake.here.notify_one();
        self.wake.elsewhere.notify_one();
    }

    /// To be called after a request of "Contact your administrator" was taken in: who is asked is decided within seconds. One that is
    /// lost with its node costs a poll of another.
    pub fn wake_requests(&self) {
        self.wake.requests.notify_one();
    }
}

/// Tells the workers of every node that something was queued, from a process that has none: the shell.
pub async fn wake_all(pool: &Pool) -> crate::store::Result<()> {
    crate::store::outbox::notify(pool, worker::CHANNEL).await
}

/// By what messages leave. `None` is the demo: its outbox page shows them.
#[derive(Clone, Debug)]
pub struct Senders {
    /// E-mail.
    pub mail: Option<Route<MailSender>>,
    /// SMS.
    pub sms: Option<Route<SmsSender>>,
}

impl Senders {
    /// The sections of all providers of SMS, in their order.
    pub fn sms_sections(&self) -> Vec<&'static str> {
        self.sms.iter().flat_map(Route::legs).map(|leg| leg.name).collect()
    }
}
