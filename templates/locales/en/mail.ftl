# Mails and text messages: see src/outbox/render/.
# A mail never asks for a password, never hurries, and has one link. No address of a page stands in these texts.

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
mail-fact-company = Company
mail-fact-asked-at = Asked at
mail-fact-asked-from = Asked from
mail-fact-reset-at = Reset at
mail-fact-reset-from = Reset from
mail-fact-link-until = Link ends
mail-fact-receipt = Receipt number

## What every mail says

mail-hello = Hello,
mail-who = { $name } ({ $user_id })
mail-unknown-browser = a browser that we do not know
mail-not-me = This was not me
mail-open-portal = Open this user in the portal
mail-never-ask = We never ask for your password or security code by e-mail, by text message or on the phone.
mail-help = Help: { $help }
mail-why-alternate = You get this e-mail because this is the alternate e-mail address of { $user_id } at { $host }.
mail-why-mailbox = You get this e-mail because this is the mailbox of { $user_id } at { $host }.
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
mail-was-reset-next-title = What happens then?
mail-was-reset-next = The user ID stays blocked until an administrator who knows you lifts the block. Nobody can sign in with it meanwhile, also not with the new password.

## To the other global administrators, afterwards

mail-administrator-subject = Password of { $user_id } was reset (at { $clock } UTC)
mail-administrator-title = An administrator’s password was reset
mail-administrator-open = The password of { $who } was reset, with a link sent to the alternate e-mail address and a security code sent to the mobile phone.
mail-administrator-action-hint = If you know about it, there is nothing to do. Otherwise ask this person.
mail-administrator-not-them-title = Was it not this person?
mail-administrator-not-them = Have the user ID blocked: in the portal, or by the people who run this service. That also ends its sessions.

## To those who may reset a user who asked for it

mail-contact-subject = Password reset asked for: { $user_id } (at { $clock } UTC)
mail-contact-title = A password reset was asked for
mail-contact-open = Someone who can’t sign in asks for a password reset for { $who }.
mail-contact-action-hint = It can be anyone who knows the user ID. Talk to the user before you reset anything: meet, or call a number that you already know.
mail-contact-not-them-title = Was it not this person?
mail-contact-not-them = Then do nothing. The password stays as it is.

## Text messages. GSM-7 letters only: no curly quotes, no dash but -, no bracket but ( ), no euro sign.
## Shorter texts serve hosts with long names.

sms-code = { $code } is your security code for { $host }. Good until { $clock } UTC. Tell it to nobody.
sms-code-shorter = { $code } is your security code for { $host }. Good until { $clock } UTC.
sms-code-short = { $code } is your security code. Good until { $clock } UTC.
sms-code-bare = { $code } is your security code.
sms-password-was-reset = Your password for { $host } was reset at { $clock } UTC. Not you? Tell your administrator.
sms-password-was-reset-short = Your password was reset at { $clock } UTC. Not you? Tell your administrator.
