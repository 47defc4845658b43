# The portal: e-mails and text messages, what became of each. Kinds carry the names that the database has. See src/language.rs.

messages-title = Messages
messages-list = Messages, newest first
messages-state = State
messages-state-any = Any
messages-filter-failed = Failed: did not leave or arrive
messages-channel = By
messages-channel-any = E-mail and SMS
messages-email = E-mail
messages-sms = SMS
messages-kind = Message
messages-kind-any = Any message
messages-from = From
messages-day-wrong = Enter a day, such as 2026-11-21.
messages-days-hint = Days are counted in UTC. Recipients are masked; texts, links and codes are never kept.
messages-find = Search
messages-clear = Clear
messages-of-one = Only messages to { $user }.
messages-of-nobody = Only messages to one user, who is not among the company’s users.
messages-of-everyone = Show messages to everyone
messages-none = No message was sent yet
messages-none-next = Every e-mail and SMS to the company’s people will be listed here.
messages-nothing = Nothing fits
messages-nothing-next = Take a filter away.
messages-nothing-clear = Show everything
messages-column-what = Message
messages-column-when = When
messages-column-to = To
messages-column-state = State
messages-column-tries = Tries
messages-of = to { $to }, { $time }
messages-next-try = next try { $time }
messages-paging = Pages
messages-newer = Newer
messages-older = Older

## One message
messages-back = All messages
messages-facts = Facts
messages-to = To
messages-queued-at = Queued
messages-tries = Tries
messages-may-have-left = It may have left in a try whose answer was lost.
messages-next-try-at = Next try
messages-deadline = Not sent after
messages-provider = Relay or provider
messages-answer = Last answer
messages-reference = Provider’s reference
messages-ended-at = Ended
messages-delivery-at = Receipt or bounce
messages-id = Message ID
messages-standing = What became of it
messages-look-again = Look again
messages-retry = Send again
messages-retry-hint = The same message goes to the same recipient.
messages-cancel = Stop this message
messages-cancel-hint = It won’t be sent. The link or code in it stays good for whoever has it from elsewhere.
messages-retried = The message is in the queue again.
messages-cancelled = The message was stopped.

## States
messages-state-queued = Waiting
messages-state-being-sent = Being sent
messages-state-tried-again = Will be tried again
messages-state-sent = Sent
messages-state-delivered = Delivered
messages-state-not-delivered = Not delivered
messages-state-gave-up = Given up
messages-state-too-late = Too late
messages-state-withdrawn = Withdrawn
messages-state-cancelled = Stopped
messages-state-undeliverable = Not sent

messages-means-queued = It waits in the queue and is sent when its next try is due.
messages-means-being-sent = It is being handed over in this moment.
messages-means-sent = The mail system or provider took it. Nothing was heard of it since.
messages-means-delivered = The provider reports that it arrived.
messages-means-not-delivered = The mail system or provider took it, and reported later that it did not arrive. Check the address or number.
messages-means-gave-up = The mail system or provider refused it for good, or all tries failed.
messages-means-too-late = Its time was over before it could be sent.
messages-means-withdrawn = Something newer took its place, or its link or code was used before it could be sent.
messages-means-cancelled = An operator or administrator stopped it.
messages-means-undeliverable = It was not sent.

## Why not
messages-no-retry-waits = It waits in the queue already and is sent when its next try is due.
messages-no-retry-being-sent = It is being sent in this moment.
messages-no-retry-sent = It was sent and can’t be sent again from here. If it did not arrive, reset the password from the user’s page, or let the person start again.
messages-no-retry-link-dead = It can’t be sent again: its link or code no longer works. Send a new link from the user’s page, or let the person start again.
messages-no-retry-too-late = It can’t be sent again: its time is over. Send a new link from the user’s page, or let the person start again.
messages-no-retry-twice = It can’t be sent again: this text message may have left twice already. Let the person ask for a new code, or call them.
messages-no-retry-nobodys = It can’t be sent again.
messages-no-cancel-being-sent = It is being sent in this moment and may have left already, so it can’t be stopped. Look again in a minute.
messages-no-cancel-ended = It doesn’t wait any more, so there is nothing to stop.
messages-no-cancel-notice = This message tells a person what happened to their account, so it can’t be stopped here.

## Kinds
messages-kind-reset_link = Link to reset the password
messages-kind-security_code = Security code
messages-kind-password_was_reset = Notice: password was reset
messages-kind-password_was_reset_sms = Notice: password was reset (SMS)
messages-kind-administrator_was_reset = Notice to administrators: password was reset
messages-kind-contact_administrator = Request to administrators for help
messages-kind-contact_changed = Notice: contact data changed
messages-kind-contact_changed_sms = Notice: contact data changed (SMS)
messages-kind-confirm_email = Link to confirm an e-mail address
messages-kind-confirm_mobile = Link to confirm a mobile phone
messages-kind-set_password_link = One-time link to set a password
messages-kind-set_password_link_sms = One-time link to set a password (SMS)
messages-kind-link_handed_over = Notice: one-time link handed over
messages-kind-password_reset_by_administrator = Notice: temporary password made
messages-kind-request_refused = Notice: request refused
messages-kind-password_expires = Notice: password expires soon
messages-kind-password_changed = Notice: password was changed
messages-kind-test_mail = Test e-mail
messages-kind-test_sms = Test text message
messages-kind-signed_in_from_new_place = Notice: sign-in from a new place
