# Only in a demo. See src/language.rs.

demo-banner-word = Demo
demo-banner = Nothing here is real. Messages land in the { $outbox }.
demo-banner-outbox = demo outbox
outbox-title = Demo outbox
outbox-lead = Every e-mail and text message of this demo lands here, the newest first. Would you like to { $reset }?
outbox-start = reset a password
outbox-reload = Without script this page does not refresh by itself.
outbox-reload-link = Reload
outbox-mailbox = E-mail
outbox-phone = Text messages
outbox-from = From
outbox-to = To
outbox-at = Sent
outbox-time = { $time }
outbox-sms-to = To { $number }
outbox-no-mail = No e-mail yet.
outbox-no-sms = No text message yet.
