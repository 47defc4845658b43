//! What a browser has to load: each page with the style sheet and the script, compressed as a proxy in front does it.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::{
    client::{Connection, get},
    table::{Goal, Row, Table},
    world::{At, World},
};

/// Prints the part.
pub async fn measure(world: &World, table: &mut Table) {
    let mut connection = Connection::open(world.ours.address).await;
    let mail = world.attempts(At::CheckEmail, 1).await.remove(0);
    let code = world.attempts(At::SecurityCode, 1).await.remove(0);
    let password = world.attempts(At::NewPassword, 1).await.remove(0);
    let link = format!("/reset/email-link/{}", mail.link);
    let pages = [
        ("/sign-in", ""),
        ("/reset", ""),
        ("/reset/verify-user", ""),
        ("/reset/check-email", mail.cookies.as_str()),
        (link.as_str(), mail.cookies.as_str()),
        (link.as_str(), ""),
        ("/reset/security-code", code.cookies.as_str()),
        ("/reset/new-password", password.cookies.as_str()),
        ("/contact-administrator", ""),
        ("/not/there", ""),
    ];
    let first = connection.ask(&get("/sign-in", "")).await;
    let mut shared = 0.0;
    for file in
        first.body().split('"').filter(|text| text.starts_with("/static/") && !text.contains("favicon"))
    {
        let Some(size) = compressed(connection.ask(&get(file, "")).await.body()) else {
            Table::note("no gzip on this machine: the weight of pages was not looked at");
            return;
        };
        shared += size;
    }
    let mut heaviest = (0.0, "");
    for (page, cookies) in pages {
        let size = compressed(connection.ask(&get(page, cookies)).await.body()).unwrap() + shared;
        if size > heaviest.0 {
            heaviest = (size, page);
        }
    }
    let path = if heaviest.1.starts_with("/reset/email-link") { "/reset/email-link/…" } else { heaviest.1 };
    table.row(&Row {
        what: &format!("the heaviest of {} pages, style and script included: {path}", pages.len()),
        bare: None,
        ours: heaviest.0,
        unit: "KB",
        goal: Goal::Most(30.0),
    });
    Table::note(&format!("style and script {shared:.1} KB"));
}

/// Kilobytes after gzip.
fn compressed(text: &str) -> Option<f64> {
    let mut gzip =
        Command::new("gzip").args(["-9", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    gzip.stdin.take()?.write_all(text.as_bytes()).ok()?;
    Some(gzip.wait_with_output().ok()?.stdout.len() as f64 / 1000.0)
}
