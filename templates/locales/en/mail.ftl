# Mails and text messages: see src/outbox/render/.
# A mail never asks for a password, never hurries, and has one link. No address of a page stands in these texts.

# The language of these texts, for screen readers. An operator's own texts in another language say so here.
mail-language = en

## Times. All are UTC, and say so.

mail-time = { $clock } UTC
mail-moment = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $clock } UTC

## The facts below the link

mail-fact = { $label }: { $value }
mail-fact-user-id = User ID
mail-fact-name = Name
mail-fact-display-name = Display name
mail-fact-company = Company
mail-fact-asked-at = Asked at
mail-fact-asked-from = Asked from
mail-fact-reset-at = Reset at
mail-fact-reset-from = Reset from
mail-fact-link-until = Link ends
mail-fact-not-me-until = “This was not me” until
mail-fact-receipt = Receipt number
mail-fact-changed-at = Changed at
mail-fact-made-at = Made at
mail-fact-signed-in-at = Signed in at
mail-fact-signed-in-from = Signed in from
mail-fact-network = Network address
mail-fact-changed-by = Changed by
mail-fact-changed-from = Changed from
mail-fact-entered-by = Entered by
mail-fact-sent-by = Sent by
mail-fact-sent-at = Sent at
mail-fact-reset-by = Reset by
mail-fact-refused-at = Refused at
mail-fact-refused-by = Refused by
mail-fact-temporary-until = Good until
mail-fact-expires-at = Expires at
mail-fact-alternate-email = Alternate e-mail
mail-fact-mobile-phone = Mobile phone
mail-fact-role = Role
mail-fact-stopped-at = Stopped at
mail-fact-lifted-at = Lifted at
mail-fact-lifted-by = Lifted by
mail-fact-done-at = It happened at
mail-fact-reported-at = Reported at
mail-fact-password = Password
mail-fact-sign-in = Sign-in
mail-sign-in-blocked = blocked
mail-sign-in-open = not blocked
mail-yes = yes
mail-no = no
mail-fact-rule = Changes of global administrators
mail-fact-hold-hours = Hold in hours
mail-fact-mailboxes = User IDs receive mail
mail-fact-asked-by = Asked by
mail-fact-acts-at = Carried out at
mail-fact-dropped-at = Dropped at
mail-fact-decided-by = Decided by
mail-fact-decided-at = Ended at
mail-change-wanted = from “{ $old }” to “{ $new }”
mail-change = was { $old }, is now { $new }
mail-none = none

## What every mail says

mail-hello = Hello,
mail-who = { $name } ({ $user_id })
mail-unknown-browser = a browser that we do not know
mail-not-me = This was not me
mail-blocked-next-title = What happens then?
mail-blocked-next = Everyone who is signed in with the user ID is signed out. It stays blocked until an administrator who knows you lifts the block; until then nobody signs in with it, whatever the password.
mail-by-someone-not-me = If you did not ask for it, open this link in any browser before { $until }. A button there blocks sign-in and password reset for this user ID.
mail-open-portal = Open this user in the portal
mail-open-account = See your contact data
mail-sign-in = Sign in
mail-contact-action = Contact your administrator
mail-by-operator = an operator of this service
mail-never-ask = We never ask for your password or security code by e-mail, by text message or on the phone.
mail-help = Help: { $help }
mail-why-alternate = You get this e-mail because this is the alternate e-mail address of { $user_id } at { $host }.
mail-why-former = You get this e-mail because this was the alternate e-mail address of { $user_id } at { $host } until this change.
mail-why-unconfirmed = You get this e-mail because this address was entered for { $user_id } at { $host }.
mail-why-mailbox = You get this e-mail because this is the mailbox of { $user_id } at { $host }.
mail-why-global = You get this e-mail because you are a global administrator at { $host }.
mail-why-global-administrator = You get this e-mail because you are a global administrator at { $host }.
mail-why-administrator = You get this e-mail because you may reset the password of { $user_id } at { $host }.

## The link that starts the reset

mail-reset-subject = Reset your password (asked for at { $clock } UTC)
mail-reset-title = Reset your password
mail-reset-open = Someone asked to reset the password of { $user_id }. If it was you, open this link before { $until }, in the browser where you asked: { $browser }.
mail-reset-action = Reset your password now
mail-reset-next = The page then sends a security code to your mobile phone.
mail-reset-other-browser-title = Did it open in another browser or app?
mail-reset-other-browser = Nothing is used up. Copy the link from this e-mail and paste it into the browser where you asked.
mail-reset-not-you-title = Was it not you who asked?
mail-reset-not-you = Your password has not changed. Open the link in any browser and choose “{ mail-not-me }”: that ends the request. If you do nothing, it ends by itself.

## To the person, afterwards

mail-was-reset-subject = Your password was reset (at { $clock } UTC)
mail-was-reset-title = Your password was reset
mail-was-reset-open = The password of { $user_id } was reset on { $at }, from { $browser }. If this was you, there is nothing left to do.
mail-was-reset-not-you = If it was not you, open this link in any browser before { $until }. A button there blocks sign-in and password reset for this user ID.

## To the other global administrators, afterwards

mail-administrator-subject = Password of { $user_id } was reset (at { $clock } UTC)
mail-administrator-title = An administrator’s password was reset
mail-administrator-open = The password of { $who } was reset, with a link sent to the alternate e-mail address and a security code sent to the mobile phone.
mail-administrator-action-hint = If you know about it, there is nothing to do. Otherwise ask this person.
mail-administrator-not-them-title = Was it not this person?
mail-administrator-not-them = Have the user ID blocked: in the portal, or by the people who run this service. That also ends its sessions.

mail-administrator-open-link-used = The password of { $who } was set with a one-time link.
mail-administrator-open-temporary = A temporary password was made for { $who }, by { $by }. The password that was there no longer works.
mail-administrator-link-subject = One-time link made for { $user_id } (at { $clock } UTC)
mail-administrator-link-title = A link sets an administrator’s password
mail-administrator-open-link-sent = A one-time link that sets the password of { $who } was sent to their own alternate contact, by { $by }. Until it is used, the password stays as it is.
mail-administrator-open-link-handed = A one-time link that sets the password of { $who } was made by { $by }, to be handed over. Until it is used, the password stays as it is.

## To the other global administrators, when contact data or role of one of them changed

mail-administrator-changed-subject = Settings of { $user_id } changed (at { $clock } UTC)
mail-administrator-changed-title = A global administrator’s settings changed
mail-administrator-changed-open = Role or contact data of { $who } were changed, by { $by }. Addresses and numbers are partly hidden below.
mail-administrator-changed-not-them-title = Was it not agreed?
mail-administrator-changed-not-them = A reset of this person’s password goes to these contacts. Have the user ID blocked, in the portal or by the people who run this service, and then find out what happened.
mail-administrator-sign-in-subject = Sign-in of { $user_id } changed (at { $clock } UTC)
mail-administrator-sign-in-title = A global administrator was blocked or let in
mail-administrator-sign-in-open = Sign-in of { $who } was changed by { $by }, as you see below. While it is blocked, this person can refuse no change.
mail-administrator-sign-in-hint = If you know about it, there is nothing to do.
mail-administrator-sign-in-not-them = Find out why, in person or on a number that you already know. Look under “Approvals” in the portal for what waits, and refuse what nobody knows of. If you can’t sign in, tell the people who run this service.

## To the other global administrators, after a reset of several people

mail-batch-subject = One-time links sent to several administrators (at { $clock } UTC)
mail-batch-title = Several administrators’ passwords can be set anew
mail-batch-open = One-time links that set a password were sent on { $at }, by { $by }, to the administrators below, each to their own alternate contact. Until a link is used, the password stays as it is.
mail-batch-more = There are { $n } more: see the audit events of the portal.
mail-batch-not-agreed-title = Was it not agreed?
mail-batch-not-agreed = Ask whoever did it. If they did not, have their user ID blocked: in the portal, or by the people who run this service.
mail-open-users = Open the users in the portal

## To global administrators, when somebody pressed “This was not me”

mail-incident-subject = This was not me: { $user_id } (at { $clock } UTC)
mail-incident-title = Someone reports: this was not me
mail-incident-password_reset = The password of { $who } was reset, and someone who reads this person’s notices says that it was not they.
mail-incident-password_changed = The password of { $who } was changed, and someone who reads this person’s notices says that it was not they.
mail-incident-contact_changed = The contact data of { $who } was changed, and someone who reads this person’s notices says that it was not agreed.
mail-incident-temporary_password = A temporary password was made for { $who }, and someone who reads this person’s notices says that it was not agreed.
mail-incident-link_handed_over = A link that sets the password of { $who } was made, and someone who reads this person’s notices says that it was not agreed.
mail-incident-signed_in = Someone signed in as { $who } from a new place. Someone who reads this person’s notices says that it was not they.
mail-incident-partial_reset = Someone opened the e-mail link of { $who } and then typed five wrong security codes. Someone who reads this person’s notices says that it was not they.
mail-incident-role_changed = The role of { $who } was changed, and someone who reads this person’s notices says that it was not agreed.
mail-incident-block_lifted = The block of { $who } was lifted, and someone who reads this person’s notices says that it was not agreed.
mail-incident-reset_asked = Someone asked to reset the password of { $who }, who says that it was not they.
mail-incident-blocked = Sign-in and password reset are blocked for this user ID, and everyone who was signed in with it is signed out. It stays so until a global administrator lifts the block.
mail-incident-not-blocked = The reset is ended, and the password is the same as before. Nobody is blocked.
mail-incident-action = Open this report in the portal
mail-incident-talk-title = What is the first thing to do?
mail-incident-talk = Talk to this person: meet, or call a number that you already know. The page tells what happened and what to do next.

## To those who may reset a user who asked for it

mail-contact-subject = Password reset asked for: { $user_id } (at { $clock } UTC)
mail-contact-title = A password reset was asked for
mail-contact-open = Someone who can’t sign in asks for a password reset for { $who }.
mail-contact-action-hint = It can be anyone who knows the user ID. Talk to the user before you reset anything: meet, or call a number that you already know.
mail-contact-not-them-title = Was it not this person?
mail-contact-not-them = Then do nothing. The password stays as it is.

## To the person whose contact data someone changed

mail-contact-changed-subject = Your contact data changed (at { $clock } UTC)
mail-contact-changed-title = Your contact data changed
mail-contact-changed-open = The contact data of { $user_id } was changed on { $at }, by { $by }. Addresses and numbers are partly hidden below.
mail-contact-changed-effect = The link and the security code of a password reset go to these contacts. If the change was agreed with you, there is nothing left to do.
mail-contact-changed-not-me = If it was not agreed with you, open this link in any browser before { $until }. A button there blocks sign-in and password reset for this user ID.
mail-contact-changed-wrong-title = Was it not agreed with you?
mail-contact-changed-wrong = Tell another administrator, or the people who run this service, as soon as you can: in person, or on a number that you already know. Whoever holds the new address and phone can reset your password.

## To an address that nobody has confirmed yet

mail-confirm-subject = Confirm this e-mail address (good until { $until })
mail-confirm-title = Confirm this e-mail address
mail-confirm-open = This address was entered as the alternate e-mail address of { $user_id }, by { $by }.
mail-confirm-open-again = A new link was asked for, to confirm this address as the alternate e-mail address of { $user_id }.
mail-confirm-effect = If that is your user ID, confirm it: when you forget your password, the link that resets it is sent to this address.
mail-confirm-until = The link works in any browser, before { $until }.
mail-confirm-action = Confirm this address
mail-confirm-not-you-title = Is it not your user ID?
mail-confirm-not-you = Then do nothing. The address stays unconfirmed, and the company sees that it is.

## The one-time link of an administrator or operator

mail-set-password-subject = Set a new password (link good until { $until })
mail-set-password-title = Set a new password
mail-set-password-open = A link to set a new password for { $user_id } was sent to you, by { $by }.
mail-set-password-until = It works once, in any browser, before { $until }. Until you use it, your password stays as it is.
mail-set-password-action = Set your password
mail-set-password-not-you-title = Did you not ask for it?
mail-set-password-not-you = Then do not open it, and tell whoever sent it. Give the link to nobody.

# The same to whoever has no password yet: they asked for nothing, and nothing of theirs stays as it is.
mail-first-password-subject = Make your password (link good until { $until })
mail-first-password-title = Make your password
mail-first-password-open = The user ID { $user_id } has no password yet. A link to make one was sent to you, by { $by }.
mail-first-password-until = It works once, in any browser, before { $until }. Afterwards you sign in with the user ID and the password that you made. Give the link to nobody.
mail-first-password-not-you-title = Is it not your user ID?
mail-first-password-not-you = Then this e-mail went to the wrong address. Do not open the link, and tell whoever sent it, if you know them.

## An operator made a one-time link and hands it over

mail-handed-subject = A one-time link was made to reset your password (at { $clock } UTC)
mail-handed-title = A link was made that sets your password
mail-handed-open = The people who run this service made a one-time link for { $user_id }. They hand it over, not by e-mail.
mail-handed-until = Whoever opens it before { $until } sets the password. Until then the password that you have stays.

## A temporary password was made

mail-temporary-subject = Your password was reset by an administrator (at { $clock } UTC)
mail-temporary-title = You have a temporary password
mail-temporary-open = A temporary password was made for { $user_id }, by { $by }. You get it from them, not by e-mail.
mail-temporary-until = Sign in with it before { $until }. You then make a password of your own. The password that you had no longer works, and you are signed out everywhere.
mail-temporary-not-you-title = Did you not ask for it?
mail-temporary-not-you = Tell another administrator, or the people who run this service, as soon as you can.

## A request that was refused

mail-refused-subject = Your request for a password reset was refused (at { $clock } UTC)
mail-refused-title = Your request was refused
mail-refused-open = Someone asked an administrator to reset the password of { $user_id }. The administrator refused. The password has not changed.
mail-refused-next = If you asked and still can’t sign in, talk to an administrator in person or on the phone. You can also send a new request.
mail-refused-not-you-title = Was it not you who asked?
mail-refused-not-you = Then there is nothing to do. Anyone who knows your user ID can ask; nobody gets in by asking.

## A password that will soon be too old

mail-expires-subject = Your password expires in { $days ->
    [one] 1 day
   *[other] { $days } days
} ({ $at })
mail-expires-title = Your password expires in { $days ->
    [one] 1 day
   *[other] { $days } days
}
mail-expires-open = The password of { $user_id } expires on { $at }. Your company asks for a new one from time to time.
mail-expires-next = Change it before then, at a time that suits you. Afterwards you can still sign in with it, but the first page asks for a new one.
mail-expires-action = Change your password
mail-expires-forgot-title = Do you not know it any more?
mail-expires-forgot = Choose “Forgot your password?” on the sign-in page.

## To the person who changed the password

mail-changed-subject = Your password was changed (at { $clock } UTC)
mail-changed-title = Your password was changed
mail-changed-open = The password of { $user_id } was changed on { $at }, from { $browser }. If this was you, there is nothing left to do.
mail-changed-not-me = If it was not you, open this link in any browser before { $until }. A button there blocks sign-in and password reset for this user ID.
mail-changed-not-you = If it was not you, take your account back now: reset your password. That ends every session that is signed in.
mail-changed-action = Reset your password
mail-changed-next-title = What else can you do?
mail-changed-next = Tell an administrator. They can block sign-in until it is clear what happened.

mail-new-place-subject = Sign-in from a new place (at { $clock } UTC)
mail-new-place-title = You signed in from a new place
mail-new-place-open = Someone signed in as { $user_id } on { $at }, from { $browser }, at a network address from which you had not signed in before. If this was you, there is nothing left to do.
mail-new-place-known = The network address changes when you travel, use another connection, or your provider gives you a new one.
mail-new-place-not-you = If it was not you, your password is known to someone else. Take your account back now: reset your password. That ends every session that is signed in.

## A link was opened, and then five security codes were wrong

mail-partial-subject = Someone tried to reset your password (at { $clock } UTC)
mail-partial-title = A reset of your password was stopped
mail-partial-open = Someone opened the link to reset the password of { $user_id } and then typed five wrong security codes. The reset was stopped on { $at }.
mail-partial-effect = Your password has not changed. If it was you, there is nothing left to do: start again when you like.
mail-partial-not-me = If it was not you, open this link in any browser before { $until }. A button there blocks sign-in and password reset for this user ID.
mail-partial-mailbox-title = Was it not you?
mail-partial-mailbox = Then somebody else reads your alternate e-mail. Change the password of that mailbox, too.

## A role was changed

mail-role-subject = Your role changed (at { $clock } UTC)
mail-role-title = Your role changed
mail-role-open = The role of { $user_id } was changed on { $at }, by { $by }.
mail-role-effect = Everyone who was signed in with this user ID is signed out. If the change was agreed with you, there is nothing left to do.
mail-role-global_administrator = global administrator
mail-role-user_management_administrator = user management administrator
mail-role-password_administrator = password administrator
mail-role-billing_administrator = billing administrator
mail-role-service_administrator = service administrator
mail-role-user = user

## A block was lifted

mail-lifted-subject = Your account is no longer blocked (at { $clock } UTC)
mail-lifted-title = Your account is no longer blocked
mail-lifted-open = The block of { $user_id } was lifted on { $at }, by { $by }.
mail-lifted-effect = Sign-in and password reset work again. If this was agreed with you, there is nothing left to do.

## A test: shows that mail arrives

mail-test-subject = Test message (sent at { $clock } UTC)
mail-test-title = This is a test
mail-test-open = The password reset service at { $host } sent this test message on { $at }. E-mail from it reaches this address.
mail-test-next = There is nothing to do. Is it in the folder for junk mail? Then tell whoever runs the service, so that real messages are found.
mail-test-not-you-title = Did you not expect it?
mail-test-not-you = Someone who runs or administers the service typed this address. No password and no contact data has changed.
mail-why-test = You get this e-mail because someone tried whether e-mail from { $host } reaches this address.

## A change of a global administrator that waits, and its end

mail-waits-subject = A change of { $user_id } waits (at { $clock } UTC)
mail-waits-subject-rule = A weaker protection of administrators waits (at { $clock } UTC)
mail-waits-title = A change waits
mail-waits-open = { $by } wants to change { $whose } and asked for it on { $at }. Addresses and numbers are partly hidden below.
mail-waits-whose-rule = your company’s rule that protects its global administrators
mail-waits-whose-places = where your company’s people and administrators are told of such things
mail-waits-hold = Nothing has changed yet. It is carried out on { $until }, unless somebody refuses it before.
mail-waits-approval = Nothing has changed yet. It is carried out when another global administrator approves it, and dropped on { $until } otherwise.
mail-waits-agreed = If it was agreed with you, there is nothing to do. Otherwise sign in to the portal and refuse it under “Approvals”.
# To whoever would only become a global administrator: the portal does not open that page to them.
mail-waits-agreed-tell = If it was agreed with you, there is nothing to do. If you did not agree to this, tell a global administrator of your company: any of them can refuse it.
mail-waits-wrong-tell = Somebody may hold the account of whoever asked. Tell another global administrator, or the people who run this service, in person or on a number that you already know: they can refuse it, and block that account.
mail-waits-link = a one-time link to the alternate contact
mail-waits-action = See what waits
mail-waits-wrong-title = Was it not agreed with anybody?
mail-waits-wrong = Refuse it, and block whoever asked: somebody may hold their account. If you can’t sign in, tell another administrator or the people who run this service, in person or on a number that you already know.
mail-ended-subject = A change of { $user_id } ended (at { $clock } UTC)
mail-ended-subject-rule = The protection of administrators: a change ended (at { $clock } UTC)
mail-ended-title = What became of a change
mail-ended-open = { $by } had asked for a change of { $whose }.
mail-ended-done = It was carried out.
mail-ended-refused = It was refused: nothing has changed.
mail-ended-cancelled = It was withdrawn: nothing has changed.
mail-ended-void = It was dropped, since something else changed in between or nobody could have refused it: nothing has changed by it. The reason stands under “Approvals”.
mail-ended-expired = Nobody approved it in time: nothing has changed.
mail-ended-wrong = Look at what happened lately in the portal’s audit log, and tell the people who run this service.

second-pair-at_once = at once
second-pair-after_hold = after a wait
second-pair-approval = with another’s approval

## Text messages. GSM-7 letters only: no curly quotes, no dash but -, no bracket but ( ), no euro sign.
## Shorter texts serve hosts with long names.

sms-code = { $code } is your security code for { $host }. Good until { $clock } UTC. Tell it to nobody.
sms-code-shorter = { $code } is your security code for { $host }. Good until { $clock } UTC.
sms-code-short = { $code } is your security code. Good until { $clock } UTC.
sms-code-bare = { $code } is your security code.
sms-password-was-reset = Your password for { $host } was reset at { $clock } UTC. Not you? Tell your administrator.
sms-password-was-reset-short = Your password was reset at { $clock } UTC. Not you? Tell your administrator.
sms-contact-changed = Your contact data for { $host } changed at { $clock } UTC. Not agreed with you? Tell your administrator.
sms-contact-changed-short = Your contact data changed at { $clock } UTC. Not agreed with you? Tell your administrator.
sms-change-waits = Somebody asked at { $clock } UTC to change your contact data, role, password or block for { $host }. Not agreed with you? Refuse it in the portal.
sms-change-waits-short = A change of your administrator account waits. Not agreed with you? Refuse it in the portal.
sms-change-waits-tell = Somebody asked at { $clock } UTC to change your role at { $host }. Did you not agree? Tell a global administrator, who can refuse it.
sms-change-waits-tell-short = A change of your role waits. Did you not agree? Tell a global administrator, who can refuse it.
sms-test = Test from { $host }, sent at { $clock } UTC: text messages arrive. There is nothing to do.
sms-test-short = Test of the password reset service, sent at { $clock } UTC: text messages arrive. There is nothing to do.

# Notices of what was done to an account.
sms-notice-changed = Your password for { $host } was changed at { $clock } UTC. Not you? Tell your administrator.
sms-notice-temporary = A temporary password for { $host } was made for you at { $clock } UTC. Not agreed? Tell another administrator.
sms-notice-handed = A link that sets your password for { $host } was made at { $clock } UTC. Not agreed? Tell your administrator.
sms-notice-partial = A reset of your password for { $host } was stopped at { $clock } UTC: wrong codes. Not you? See your e-mail.
sms-notice-role = Your role at { $host } changed at { $clock } UTC. Not agreed? Tell another administrator.
sms-notice-lifted = Your account at { $host } is no longer blocked, since { $clock } UTC. Not agreed? Tell your administrator.
sms-notice-short = Something was done to your account at { $clock } UTC. Not you? Tell your administrator.

# A link of ours takes about 110 of the 160 letters.
sms-confirm = { $company }: confirm this mobile number: { $link }
sms-confirm-short = Confirm this mobile number: { $link }
sms-confirm-bare = Confirm: { $link }
sms-set-password = Link from your administrator to set a password: { $link }
sms-set-password-short = Set your password: { $link }
