# The portal: the report of who could reset today, and the company's settings. See src/language.rs.
# Reasons why someone can't reset are for administrators only: no page of the wizard may use them.

## Readiness
readiness-title = Could they reset today?
readiness-lead = { $able } of { $all } administrators could reset their own password at this moment. The wizard asks the same questions when someone starts.
readiness-too-few = { $n ->
    [0] No global administrator could reset the own password today. Whoever of them forgets it needs another one who can still sign in, or an operator at the shell.
   *[one] Only one global administrator could reset the own password today. Have two at least, so that one is there when the other is away.
} Mend another below, or make a new one.
readiness-too-few-ask = { $n ->
    [0] No global administrator could reset the own password today. Whoever of them forgets it needs another one who can still sign in, or an operator at the shell.
   *[one] Only one global administrator could reset the own password today. Have two at least, so that one is there when the other is away.
} Tell your global administrators.
readiness-tally = Show only
readiness-all = All ({ $n })
readiness-yes = Yes ({ $n })
readiness-doubtful = Doubtful ({ $n })
readiness-no = No ({ $n })
readiness-because = Because
readiness-reason = { $reason } ({ $n })
readiness-role = Role
readiness-find = Show
readiness-list = Administrators
readiness-column-who = Name
readiness-column-role = Role
readiness-column-contact = Link and code go to
readiness-column-could = Could reset today
readiness-mend = Mend
readiness-count = { $n ->
    [one] 1 administrator
   *[other] { $n } administrators
}
readiness-nobody = Nobody fits
readiness-nobody-next = Take the filter away to see all.
readiness-nobody-clear = Show all
readiness-csv = Download as CSV
readiness-paging = Pages
readiness-previous = Previous page
readiness-next = Next page

## Company
company-title = Company
company-general = General
company-self-service = Self-service
company-contacts = Contact data
company-passwords = Passwords
company-domains = Domains
company-second-pair = Global administrators
company-domains-hint = User IDs end in one of these. Only an operator gives or takes a domain, at the shell: { $command }
company-yes = Yes
company-no = No
company-none = none
company-never = never
company-standard = the service’s own { $floor }

company-field-name = Name
company-field-default_region = Region of numbers
company-field-default_region-hint = Two letters, such as US. Numbers typed without a country code are read as numbers of this country.
company-field-sign_in_url = Address of your sign-in page
company-field-sign_in_url-hint = Begins with https://. People are led there after a reset. Empty: the sign-in page of this service.
company-field-self_serve_password_reset_enabled = Administrators reset their own password
company-field-self_serve_password_reset_enabled-on = On
company-field-self_serve_password_reset_enabled-on-hint = Every administrator who has an alternate e-mail address and a mobile phone can.
company-field-self_serve_password_reset_enabled-off = Off
company-field-self_serve_password_reset_enabled-off-hint = Nobody can. Resets under way end. What it means in numbers is shown before it is saved.
company-field-user_id_is_mailbox = User IDs receive mail
company-field-user_id_is_mailbox-hint = Notices after a reset go there, too.
company-field-alternate_email_in_own_domain_allowed = Alternate e-mail addresses in your own domains
company-field-alternate_email_in_own_domain_allowed-hint = Such a mailbox is often locked out together with its owner.
company-field-unconfirmed_contact = Contact data that its person has not confirmed
company-field-unconfirmed_contact-hint = New addresses and numbers are unconfirmed until the person answers a message there.
company-field-contact_hold_hours = Hours of the wait
company-field-contact_hold_hours-hint = 1 to 720. Used only with “after a wait”.
company-field-temporary_passwords_allowed = Temporary passwords
company-field-temporary_passwords_allowed-hint = Not allowed: administrators send one-time links only, and none ever sees a password.
company-field-global_administrator_changes = A change of a global administrator
company-field-global_administrator_changes-hint = Contact data, the role, and a password reset by another, done in this portal. Everyone concerned is told and can refuse it. A weaker setting waits itself, by the present one.
company-field-global_administrator_hold_hours = Hours of the hold
company-field-global_administrator_hold_hours-hint = 1 to 168. Used with “after a hold”, and with an approval where nobody else could approve.
company-field-password_expires_after_days = Passwords expire after days
company-field-password_expires_after_days-hint = 14 to 730. Empty: never, which is the default and what NIST advises.
company-field-password_warning_days = Days of warning
company-field-password_warning_days-hint = 1 to 30. People are told on their pages and by mail.
company-field-password_min_length = Fewest characters of a password
company-field-password_min_length-hint = { $floor } to 64. Empty: the service’s own { $floor }.
company-field-password_refused_words = Refused words
company-field-password_refused_words-hint = One a line, 50 at most, each of 3 to 64 characters. No password may be built from them.

company-allowed = Allowed
company-not-allowed = Not allowed
company-unconfirmed-at_once = serves a reset at once
company-unconfirmed-after_hold = serves a reset after a wait
company-unconfirmed-never = never serves a reset

company-global-changes-at_once = acts at once
company-global-changes-after_hold = acts after a hold in which anyone can refuse it
company-global-changes-approval = waits for another global administrator’s approval

company-review-button = Review changes
company-saved = Saved. It holds on every node from now on.
company-undo = Undo
company-undo-reason = Taken back with Undo
company-waits = Not in force yet: a weaker protection of global administrators waits, and everyone is told. What else you changed is saved. { $link }
company-waits-link = See what waits
company-unchanged = Nothing was changed: everything is as it was.

## What is wrong
company-problem-name = Enter a name of 1 to { $most } characters on one line.
company-problem-default_region = Enter the two letters of a country, such as US.
company-problem-sign_in_url = Enter an address that begins with https:// and holds no user name or password.
company-problem-unconfirmed_contact = Choose one of the three.
company-problem-contact_hold_hours = Enter a number of hours from 1 to 720.
company-problem-global_administrator_changes = Choose one of the three.
company-problem-global_administrator_hold_hours = Enter a number of hours from 1 to 168.
company-problem-waits-already = Such a change waits already: see it under “Approvals”.
company-problem-password_expires_after_days = Enter a number of days from 14 to 730, or nothing for never.
company-problem-password_warning_days = Enter a number of days from 1 to 30, and fewer than passwords last.
company-problem-password_min_length = Enter a number from { $floor } to 64, or nothing for the service’s own.
company-problem-password_refused_words = Enter 50 words at most, one a line, each of 3 to 64 characters.
company-problem-choice = Choose one of the two.
company-problem-reason-missing = Enter the reason. It is recorded with the change.
company-problem-reason = Enter a reason of 500 characters at most.

## Review
company-review-title = Review the changes of the company
company-review-lead = Nothing is saved yet. This will change on every node at once:
company-review-global-at_once = Whoever gets hold of one global administrator’s session can take over the others at once.
company-review-global-after_hold = Changes of contact data, role and password of a global administrator wait for the hold. Everyone concerned is told, and can refuse them until then.
company-review-global-approval = Changes of contact data, role and password of a global administrator wait until another global administrator approves them. Where there is nobody else who could, they wait for the hold.
company-review-waits-hold = The weaker protection of global administrators is in force at { $time }, unless somebody refuses it before. All global administrators are told.
company-review-waits-approval = The weaker protection of global administrators is in force when another global administrator approves it. All are told. It is dropped at { $time }.
company-reason = Reason
company-reason-hint = Needed. It is recorded in the audit log with your name.
company-review-off = { $n ->
    [0] No administrator could reset the own password today, so nobody loses it.
    [one] 1 administrator will no longer be able to reset the password.
   *[other] { $n } administrators will no longer be able to reset their password.
}
company-review-off-global = { $n ->
    [one] 1 of them is a global administrator.
   *[other] { $n } of them are global administrators.
}
company-review-off-under-way = { $n ->
    [0] No reset is under way.
    [one] 1 reset under way will end.
   *[other] { $n } resets under way will end.
}
company-review-off-next = Whoever forgets a password then needs an administrator who may reset it, or an operator.
company-review-on = { $n ->
    [0] No administrator could reset the own password then: see who could under “Readiness”.
    [one] 1 administrator will be able to reset the password.
   *[other] { $n } administrators will be able to reset their password.
}
company-review-expiry = { $n ->
    [0] No password is older than that.
    [one] 1 password is older than that and will have to be changed at the next sign-in.
   *[other] { $n } passwords are older than that and will have to be changed at the next sign-in.
}
company-review-longer = Present passwords stay good until they are changed.
company-review-unconfirmed = Resets under way through contact data that serves no more will end.
company-review-temporary = Temporary passwords that were made already stay good until their end.
company-review-save = Save changes
company-review-save-off = Switch self-service off
company-review-save-all-off = Save all changes and switch self-service off

## Somebody was faster
company-conflict-title = The company was changed meanwhile
company-conflict-lead = Somebody saved changes after you opened the page. Nothing of yours is saved.
company-conflict-untouched = not changed by you

## Try delivery: a test message to oneself
company-trial = Try delivery
company-trial-lead = Sends a test message to your own alternate e-mail address or mobile phone, the way real messages go. The next page says what became of it.
company-trial-send-email = Send a test e-mail to me
company-trial-send-sms = Send a test text message to me
company-trial-title-email = Test e-mail
company-trial-title-sms = Test text message
company-trial-waiting = Waiting to be sent.
company-trial-again = Not accepted yet. It is tried again for ten minutes.
company-trial-answer = The last answer was “{ $answer }”, from { $by }.
company-trial-no-answer = Nobody answered.
company-trial-accepted-email = Accepted by the mail relay { $by } at { $time }.
company-trial-accepted-sms = Accepted by the provider { $by } at { $time }.
company-trial-accepted-demo = Accepted at { $time }. This is a demo: the message is on its outbox page.
company-trial-look-email = Look into the mailbox of your alternate e-mail address, and into its folder for junk mail. It can take a minute.
company-trial-look-sms = Look at your mobile phone. It can take a minute.
company-trial-delivered = Delivered at { $time }.
company-trial-failed = It could not be delivered: that was reported at { $time }.
company-trial-refused = Refused: “{ $answer }”, from { $by }.
company-trial-too-late = Nobody accepted it within ten minutes. It is not sent any more.
company-trial-stopped = It was stopped before it left.
company-trial-operator = Tell the people who run this service what stands here.
company-trial-no-contact-email = Not sent: you have no alternate e-mail address.
company-trial-no-contact-sms = Not sent: you have no mobile phone to which text messages are sent.
company-trial-mend = Change your contact data
company-trial-too-often = Not sent: these were many tests in a short time. The next one can be sent after { $time }.
company-trial-reload = Look again
company-trial-back = Back to the company
