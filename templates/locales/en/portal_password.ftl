# The portal: another's password, one person or many at once. See src/language.rs.

## One person
reset-password-title = Reset the password of { $name }
reset-password-lead = { $user } gets a new password in one of two ways.
reset-password-lead-one = { $user } gets a new password in this way.
reset-password-way = How?
reset-password-way-missing = Choose how the password is reset.
reset-password-link = Send a one-time link
reset-password-link-email = It goes to the person’s own address, { $contact }. It is good for { $hours } hours and works once. The present password stays until the link is used.
reset-password-link-sms = It goes to the person’s own mobile phone, { $contact }, as there is no alternate e-mail address. It is good for { $hours } hours and works once. The present password stays until the link is used.
reset-password-no-link = A one-time link can’t be sent: this person has no alternate e-mail address and no mobile phone.
reset-password-no-link-mend = { $link }, then a link can be sent.
reset-password-no-link-mend-link = Add an address or a phone
reset-password-no-link-ask = A global administrator can add an address or a phone.
reset-password-temporary = Make a temporary password
reset-password-temporary-hint = You see it once and tell it to the person yourself. It is good for { $hours } hours and must be changed at sign-in. The present password, all sessions and any reset under way end at once.
reset-password-temporary-forbidden = Temporary passwords are not allowed in your company: no administrator ever sees a password.
reset-password-button = Reset password
reset-password-back = Back to { $name }
reset-password-nothing = There is no way to reset this password now.

reset-password-oneself-title = Your own password
reset-password-oneself = Nobody resets their own password here. If you know it, change it. If you forgot it, reset it by self-service, as anyone would.
reset-password-oneself-change = Change your password
reset-password-oneself-reset = Forgot your password?
reset-password-blocked = Sign-in of { $user } is blocked, so neither a link nor a password would open anything.
reset-password-blocked-mend = { $link }, then reset the password.
reset-password-blocked-mend-link = Lift the block
reset-password-blocked-ask = A global administrator can lift the block.

reset-password-problem-once = A password was set after you opened this page, by this form or by somebody else, so nothing was done. A temporary password is shown once, on the page that follows the form. If nobody has it, choose again: a new one takes its place.
reset-password-problem-waits = No link was sent: your company waits until the person has confirmed the address or phone. Ask them to confirm it, or make a temporary password.
reset-password-problem-already = This form was sent already. See what became of the link under “Password resets”, or choose again to send another.
reset-password-problem-too-often = This phone got too many messages lately. Send the link from { $time }, or choose another way.

## The temporary password
temporary-title = Temporary password of { $name }
temporary-lead = This is the only time that it is shown. To load the page again does not bring it back.
temporary-password = Temporary password
temporary-until = Good until
temporary-for = User ID
temporary-copy = Copy the password
temporary-next = What to do now
temporary-next-tell = Tell it to the person by voice, once you know who it is. Not by e-mail or chat.
temporary-next-change = At sign-in it must be changed before anything else can be done.
temporary-next-ended = The password before it, all sessions and any reset under way have ended.
temporary-next-told = The person is told at every alternate e-mail address that you made it.
temporary-again-hint = If it gets lost before it is used, make another.
temporary-done = Done: back to { $name }

## Many at once
reset-passwords-title = Reset passwords
reset-passwords-lead = { $n ->
    [one] One person gets a one-time link.
   *[other] { $n } people each get a one-time link.
} A link is good for { $hours } hours and works once. Present passwords stay until the links are used.
reset-passwords-list = People who get a link
reset-passwords-who = Name
reset-passwords-to = The link goes to
reset-passwords-excluded = Not among them
reset-passwords-excluded-lead = { $n ->
    [one] One person you chose gets no link:
   *[other] { $n } people you chose get no link:
}
reset-passwords-why = Why
reset-passwords-not-oneself = This is you. Nobody resets their own password here.
reset-passwords-not-role = Your role does not reset the password of this one.
reset-passwords-not-blocked = Sign-in is blocked.
reset-passwords-not-contact = No alternate e-mail address and no mobile phone.
reset-passwords-other-way = Other ways
reset-passwords-button = { $n ->
    [one] Send one link
   *[other] Send { $n } links
}
reset-passwords-choose = Choose others
reset-passwords-nobody-title = Nobody gets a link
reset-passwords-nobody = Choose people in the list of users first.
reset-passwords-nobody-helped = None of the people you chose can get a link.
reset-passwords-to-list = To the list of users
reset-passwords-latest = Your latest
reset-passwords-one = { $time }, { $n ->
    [one] one person
   *[other] { $n } people
}
reset-passwords-too-many = You chose { $n } people. Choose { $most } at most: what becomes of each has to be looked at by someone.

## What became of them
batch-title = Password resets
batch-lead = Sent { $time } by { $who }. The links are good until { $until }.
batch-count-sent = { $n } sent
batch-count-queued = { $n } on the way
batch-count-failed = { $n } not delivered
batch-count-not = { $n } without a link
batch-list = What became of each
batch-state = Link
batch-next = What to do
batch-queued = On the way
batch-queued-next = Wait: this page looks again by itself, or load it again.
batch-sent-email = Sent by e-mail
batch-sent-sms = Sent by text message
batch-sent-next = The person opens the link and sets a password.
batch-failed = Not delivered
batch-failed-next = The mail system or the provider refused it. Check the address or the number, then reset the password again.
batch-late = Not sent in time
batch-late-next = The service could not reach the mail system or the provider. Reset the password again.
batch-withdrawn = Withdrawn
batch-withdrawn-next = A newer link or a new password took its place. Nothing to do.
batch-stopped = Stopped
batch-stopped-next = An operator or administrator stopped the message. Reset the password again if that was a mistake.
batch-message = The message
batch-not-blocked = Not sent: blocked
batch-not-blocked-next = Sign-in is blocked. A global administrator can lift the block.
batch-not-country = Not sent: country
batch-not-country-next = Your company sends no text messages to the country of this mobile phone. A global administrator can add an alternate e-mail address.
batch-not-contact = Not sent: no contact
batch-not-contact-next = There is no alternate e-mail address and no mobile phone that may get a link: none is set, or your company waits until the person confirms it. A global administrator can add one.
batch-not-role = Not sent: role
batch-not-role-next = Your role does not reset the password of this person.
batch-not-oneself = Not sent: you
batch-not-oneself-next = Nobody resets their own password here.
batch-not-often = Not sent: too often
batch-not-often-next = This phone got too many messages lately. Try again tomorrow.
batch-begun = Not finished
batch-begun-next = It was interrupted. Reset the password again.
batch-gone = (deleted meanwhile)
batch-look-again = Look again
batch-csv = Download as CSV
