//! Reports as mail systems write them, and what else comes to an address that stands in every mail.

use super::*;

/// As Postfix writes it.
const POSTFIX: &str = "\
Return-Path: <>\r
Delivered-To: bounces+aaaa.bbbb@contoso.com\r
Received: by mail.contoso.com (Postfix) id 4F3A; Sat, 21 Nov 2026 14:05:12 +0000 (UTC)\r
From: MAILER-DAEMON@mail.contoso.com (Mail Delivery System)\r
Subject: Undelivered Mail Returned to Sender\r
To: bounces+aaaa.bbbb@contoso.com\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary=\"4F3A.1795269912/mail.contoso.com\"\r
\r
This is a MIME-encapsulated message.\r
\r
--4F3A.1795269912/mail.contoso.com\r
Content-Description: Notification\r
Content-Type: text/plain; charset=us-ascii\r
\r
I'm sorry to have to inform you that your message could not be delivered.\r
\r
--4F3A.1795269912/mail.contoso.com\r
Content-Description: Delivery report\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.contoso.com\r
Arrival-Date: Sat, 21 Nov 2026 14:05:10 +0000 (UTC)\r
\r
Final-Recipient: rfc822; johnsmith@fabrikam.com\r
Original-Recipient: rfc822;johnsmith@fabrikam.com\r
Action: failed\r
Status: 5.1.1\r
Remote-MTA: dns; mx.fabrikam.com\r
Diagnostic-Code: smtp; 550 5.1.1 <johnsmith@fabrikam.com>: Recipient address\r
    rejected: User unknown\r
\r
--4F3A.1795269912/mail.contoso.com\r
Content-Description: Undelivered Message Headers\r
Content-Type: text/rfc822-headers\r
\r
From: Contoso password reset <no-reply@contoso.com>\r
Message-ID: <01987a5c-0000-7000-8000-000000000001@reset.contoso.com>\r
Subject: Reset your password\r
\r
--4F3A.1795269912/mail.contoso.com--\r
";

fn told(action: Action, status: &str) -> Told {
    Told { action, status: EnhancedStatus::at_start(status) }
}

fn status(groups: &str) -> Bounce {
    read(POSTFIX.replace("Action: failed\r\nStatus: 5.1.1\r\n", groups).as_bytes())
}

#[test]
fn a_report_says_what_became_of_which_mail() {
    let bounce = read(POSTFIX.as_bytes());
    assert_eq!(bounce.addressed_to, ["bounces+aaaa.bbbb@contoso.com"; 2]);
    assert_eq!(bounce.reports.len(), 1);
    assert_eq!(bounce.reports[0].recipients, [told(Action::Failed, "5.1.1")]);
    let id = "<01987a5c-0000-7000-8000-000000000001@reset.contoso.com>";
    assert_eq!(bounce.reports[0].message_id.as_deref(), Some(id));
    // Line ends of a pipe; the whole mail returned; the letters of another mail system.
    let other = POSTFIX
        .replace("\r\n", "\n")
        .replace("text/rfc822-headers", "message/rfc822")
        .replace("report-type=delivery-status", "Report-Type=\"Delivery-Status\"")
        .replace("Action: failed", "ACTION:Failed");
    assert_eq!(read(other.as_bytes()).reports, bounce.reports);
    assert!(!format!("{:?}", bounce.reports).contains("fabrikam"), "no address is kept");
}

/// Written by Exim 4.96, after a server on loopback refused the recipient, and handed to a pipe by its router and transport of
/// `sspr bounce --help`.
#[test]
fn a_real_bounce_of_exim_is_read() {
    let bounce = read(include_bytes!("../../../../tests/it/mail_bounces/exim.eml"));
    assert_eq!(bounce.reports[0].recipients, [told(Action::Failed, "5.1.1")]);
    let id =
        include_str!("../../../../tests/it/mail_bounces/exim.eml").replace("MESSAGE-ID", "<1@contoso.com>");
    assert_eq!(read(id.as_bytes()).reports[0].message_id.as_deref(), Some("<1@contoso.com>"));
    let to = id.replace("RETURN-PATH", "b+1@contoso.com");
    assert_eq!(read(to.as_bytes()).addressed_to, ["b+1@contoso.com"; 2]);
}

#[test]
fn the_number_of_the_other_side_is_closer_than_none_and_no_other() {
    for (told, diagnostic, expected) in [
        ("5.0.0", "smtp; 550 5.1.1 <x@y>: User unknown", "5.1.1"),
        ("5.0.0", "smtp; 450 4.2.0 Later", "5.0.0"),
        ("5.0.0", "smtp; 550 No", "5.0.0"),
        ("5.0.0", "x", "5.0.0"),
        ("5.0.0", "smtp; é", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 Unknown", "5.2.2"),
    ] {
        let groups = format!("Action: failed\r\nStatus: {told}\r\nDiagnostic-Code: {diagnostic}\r\nX-1: ");
        let expected = self::told(Action::Failed, expected);
        assert_eq!(status(&groups).reports[0].recipients, [expected], "{diagnostic}");
    }
}

#[test]
fn every_action_and_several_recipients_are_read() {
    for (text, action) in [
        ("failed", Action::Failed),
        ("delayed", Action::Delayed),
        ("delivered", Action::Delivered),
        ("relayed", Action::Relayed),
        ("expanded", Action::Expanded),
    ] {
        let bounce = status(&format!("Action: {text}\r\nStatus: 4.4.1 (no answer)\r\n"));
        assert_eq!(bounce.reports[0].recipients, [told(action, "4.4.1")]);
    }
    let two = status(
        "Action: failed\r\nStatus: 5.2.2\r\n\r\nFinal-Recipient: rfc822; x@y\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
    );
    assert_eq!(two.reports[0].recipients, [told(Action::Failed, "5.2.2"), told(Action::Delivered, "2.0.0")]);
    assert_eq!(status("Action: failed\r\n").reports[0].recipients, [told(Action::Failed, "")]);
    assert_eq!(status("Action: exploded\r\nStatus: 5.0.0\r\n").reports[0].recipients, []);
}

#[test]
fn several_reports_may_be_in_one_mail() {
    let (_, body) = POSTFIX.split_once("Content-Type: multipart").unwrap();
    let digest = format!(
        "To: bounces@contoso.com\r\nContent-Type: multipart/mixed; boundary=\"out er\"\r\n\r\n--out er\r\nContent-Type: multipart{body}\r\n\
         --out er\r\nContent-Type: multipart{}\r\n--out er--\r\n",
        body.replace("5.1.1", "5.2.1").replace("4F3A.", "5F3A.")
    );
    let reports = read(digest.as_bytes()).reports;
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert_eq!(reports[1].recipients, [told(Action::Failed, "5.2.1")]);
}

#[test]
fn an_automatic_answer_a_read_receipt_and_a_quoted_report_are_no_reports() {
    let away = "From: johnsmith@fabrikam.com\r\nTo: bounces+aaaa.bbbb@contoso.com\r\nAuto-Submitted: auto-replied\r\n\
                Subject: Out of office\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let read_receipt = POSTFIX.replace("report-type=delivery-status", "report-type=disposition-notification");
    let no_type = POSTFIX.replace("report-type=delivery-status;", "");
    let alternative = POSTFIX.replace("multipart/report", "multipart/alternative");
    let quoted = format!("To: bounces@contoso.com\r\nContent-Type: message/rfc822\r\n\r\n{POSTFIX}");
    for mail in [away, &read_receipt, &no_type, &alternative, &quoted, "", "\r\n", "x"] {
        assert_eq!(read(mail.as_bytes()).reports, [], "{mail}");
    }
    let quoted_inside = POSTFIX.replace("Content-Type: message/delivery-status", "Content-Type: text/plain");
    assert_eq!(read(quoted_inside.as_bytes()).reports[0].recipients, []);
}

/// Each would end the process of a reader that believes what it reads.
#[test]
fn a_hostile_mail_ends_nothing() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(LONGEST / 30);
    let digests = "Content-Type: multipart/digest; boundary=b\n\n--b\n\n".repeat(LONGEST / 45);
    let parts = format!("{}{}", POSTFIX, "--4F3A.1795269912/mail.contoso.com\r\n\r\n".repeat(6000));
    let folded = format!("To: {}\r\n\r\n", "x@y,\r\n ".repeat(30_000));
    let groups = status(&"Action: failed\r\nStatus: 5.1.1\r\n\r\n".repeat(6000));
    assert_eq!(groups.reports[0].recipients.len(), MOST);
    assert_eq!(read(folded.as_bytes()).addressed_to.len(), MOST_ADDRESSES);
    for mail in [nested, digests, parts, "a:".repeat(LONGEST), "=?utf-8?q?".repeat(LONGEST / 10)] {
        read(mail.as_bytes());
    }
}

#[test]
fn a_spoilt_report_is_read_as_far_as_it_goes() {
    let bytes = POSTFIX.as_bytes();
    for length in 0..bytes.len() {
        read_here(&bytes[..length]);
    }
    for seed in 0..2_000usize {
        let mut spoilt = bytes.to_vec();
        for step in 1..=seed % 7 + 1 {
            let place = (seed * 7919 + step * step * 104_729) % spoilt.len();
            match seed % 3 {
                0 => spoilt[place] = (seed * 31 + step * 17) as u8,
                1 => drop(spoilt.drain(place..(place + step * 9).min(spoilt.len()))),
                _ => spoilt.extend_from_within(place..(place + step * 40).min(spoilt.len())),
            }
        }
        read_here(&spoilt);
    }
}
