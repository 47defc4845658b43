# Sign-in and the pages of signed-in people. See src/language.rs.

sign-in-title = Sign in
sign-in-button = Sign in
sign-in-forgot = Forgot your password?
sign-in-user-id-empty = Enter your user ID.
sign-in-password-empty = Enter your password.
sign-in-wrong = The user ID or the password is not right, or the account is blocked. Try again, or choose “Forgot your password?”.
sign-in-signed-out = You are signed out.
sign-in-password-set = Your password is set. Sign in with it.
sign-in-password-reset = Your password has been reset. Sign in with the new one.
sign-in-first = Sign in to open that page.

account-title = Your account
account-name = Name
account-role = Role
account-company = Company
account-change-password = Change password
account-sign-out = Sign out
account-password-changed = Your password is changed. You are signed out everywhere else.
account-data-title = Your data

account-contacts-title = How you are reached
account-contacts-hint = The link and the security code of a password reset go here. Addresses and numbers are partly hidden.
account-contacts-none = No alternate e-mail address and no mobile phone are set.
account-contacts-change = Is something wrong or missing? A global administrator of your company can change it.
account-contact-email = Alternate e-mail address
account-contact-mobile = Mobile phone
account-contact-confirmed = Confirmed
account-contact-for = to { $contact }
account-contact-second = Notices only
account-contact-second-hint = It is told of resets and changes. The link of a reset goes to the first address.
account-contact-unconfirmed = Unconfirmed
account-contact-unconfirmed-hint = Confirm it, so that you know it works before you need it.
account-contact-waits = It serves a password reset from { $until } on, or as soon as you confirm it.
account-contact-useless = It does not serve a password reset until you confirm it.
account-contact-bounced = The last message to it did not arrive.
account-contact-send = Send the confirmation again
account-confirmation-sent = A new link is on its way. Open it to confirm.
account-refused-country = Nothing was sent: no text messages go to the country of this mobile phone. Ask your administrator.
account-nothing-to-confirm = There is nothing to confirm: it is confirmed already, or was changed meanwhile.
account-confirmation-too-often = You asked for many confirmations. You can ask for the next one from { $from } on.

account-sessions-title = Where you are signed in
account-sessions-ended = Signed out there.
account-sessions-only = You are signed in here only.
account-sessions-end-others = Sign out everywhere else
account-session-browser = Browser
account-session-from = from { $network }
account-session-since = Signed in
account-session-seen = Last used
account-session-action = Action
account-session-here = This browser
account-session-unknown = Unknown browser
account-session-end = Sign out
account-session-which = { $browser }, signed in { $since }

account-events-title = What happened lately
account-events-none = Nothing yet.
account-events-not-you = Was something here not you? Change your password, sign out everywhere else, and tell an administrator.
account-event-what = What
account-event-when = When
account-event-from = From, or by
account-event-by = by { $who }
account-event-by-operator = by an operator of this service
account-event-signed_in = You signed in
account-event-sign_in_failed = { $times ->
    [one] A sign-in failed
   *[other] { $times } sign-ins failed
}
account-event-password_set = You changed your password
account-event-password_set-by-link = A password was set with a one-time link
account-event-password_reset = The password was reset by e-mail and security code
account-event-reset_started = { $times ->
    [one] A password reset was asked for
   *[other] { $times } password resets were asked for
}
account-event-email_proven = The link in the reset e-mail was used
account-event-code_wrong = { $times ->
    [one] A wrong security code was typed
   *[other] { $times } wrong security codes were typed
}
account-event-attempt_ended = A password reset was ended with “This was not me”
account-event-contact_requested = An administrator was asked for help in your name
account-event-request_answered = The request for help was answered
account-event-account_blocked = The account was blocked
account-event-account_unblocked = The block of the account was lifted
account-event-link_made = A one-time link to set a password was made
account-event-link_sent = A one-time link to set a password was sent to you
account-event-temporary_password_made = A temporary password was made
account-event-break_glass = An operator let you in again
account-event-user_created = The account was made
account-event-user_changed = Your data was changed
account-event-sessions_ended = Sessions were ended
account-event-confirmation_asked = { $times ->
    [one] A link to confirm contact data was sent
   *[other] { $times } links to confirm contact data were sent
}
account-event-contact_confirmed = Contact data was confirmed

role-global_administrator = Global administrator
role-user_management_administrator = User management administrator
role-password_administrator = Password administrator
role-billing_administrator = Billing administrator
role-service_administrator = Service administrator
role-user = User

account-password-title = Change your password
account-password-expired = Your password is too old for the rules of your company. Change it to go on.
account-password-temporary = Your password was made by an administrator. Make your own to go on.
account-password-current = Current password
account-password-current-empty = Enter your current password.
account-password-current-wrong = This is not your current password. Enter it again.
account-password-button = Change password
account-password-back = Back to your account

set-password-title = Set your password
set-password-lead = This will be the password for { $user }.
set-password-button = Set password
set-password-dead-title = This one-time link no longer works
set-password-dead-what = A one-time link works once and for a limited time. This one was used, is out of date, or is not complete.
set-password-dead-next = If you have just set your password, sign in with it. If not, ask your administrator for a new link.

confirm-email-title = Confirm your alternate e-mail address
confirm-email-lead = { $contact } was entered as the alternate e-mail address of { $user }.
confirm-email-effect = When you forget your password, the link that resets it is sent to this address.
confirm-email-button = Confirm this address
confirm-email-not-you = Is it not your user ID? Close this page: nothing is confirmed.
confirm-mobile-title = Confirm your mobile phone
confirm-mobile-lead = { $contact } was entered as the mobile phone of { $user }.
confirm-mobile-effect = When you forget your password, the security code for the reset is sent to this phone.
confirm-mobile-button = Confirm this number
confirm-mobile-not-you = Is it not your user ID? Close this page: nothing is confirmed.
confirm-done-account = Go to your account
confirm-done-email-title = Your e-mail address is confirmed
confirm-done-email-what = The link for a password reset can be sent to this address.
confirm-done-email-next = There is nothing left to do. You can close this page.
confirm-done-mobile-title = Your mobile phone is confirmed
confirm-done-mobile-what = The security code for a password reset can be sent to this phone.
confirm-done-mobile-next = There is nothing left to do. You can close this page.
confirm-done-already-title = It is confirmed already
confirm-done-already-what = This address or number was confirmed before.
confirm-done-already-next = There is nothing left to do. You can close this page.
confirm-done-dead-title = This link confirms nothing any more
confirm-done-dead-what = A link is good for a week, until a newer one is sent, and only while the address or number is yours. It may also not be complete.
confirm-done-dead-next = Sign in to see your contact data, and to have a new link sent.

password-expires-soon = Your password expires in { $days ->
    [one] one day
   *[other] { $days } days
  } ({ $time }). { $change }
password-expires-change = Change it now
