//! Being told: failed runs, missed deadlines and KPIs without fresh values go to those who asked.
//!
//! [`Alerts`] looks into the books, makes messages and sends them through [`Channels`]; it may do so
//! in any number of processes. Each event is found once and each message sent at least once, with the
//! same id whenever it is sent again. What is down is tried again; many events make few messages.

mod channels;
mod desk;
mod html;
mod letter;
mod mail;
mod secret;
mod settings;
mod slack;
mod text;
mod watch;
mod webhook;
mod words;

pub use channels::{Channels, SendFailure};
pub use desk::{Alerts, Ticked};
pub use mg_store::alert::AlertKind;
pub use secret::Secret;
pub use settings::{
    AlertSettings, AlertSettingsError, Credentials, MailSettings, MailTls, RouteSettings, WebhookForm,
    WebhookSettings,
};
pub use watch::AlertWatch;
