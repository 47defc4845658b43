# The portal: its navigation, and the pages of users. See src/language.rs.

## Navigation
portal-nav-label = Sections
portal-nav-users = Users
portal-nav-readiness = Readiness
portal-nav-requests = Requests
portal-nav-messages = Messages
portal-nav-approvals = Approvals
portal-nav-company = Company
portal-nav-audit = Audit
portal-nav-account = Your account
portal-nav-incidents = Reports
portal-nav-open = { $n } open

## Asked again for what needs a fresh proof
your-password = Your own password
your-password-hint = Asked again because you last entered it more than 10 minutes ago.
your-password-empty = Enter your own password.
your-password-wrong = This is not your password. Enter it again.

## Could reset today
could-yes = Yes
could-doubtful = Doubtful
could-no = No
could-not-asked = No administrator

## Users
users-title = Users
users-new = New user
users-deleted = The user is deleted.
users-search = Search
users-search-hint = Name, user ID, address, or digits of a number
users-search-hint-names = Name or user ID
users-role = Role
users-role-any = Any role
users-role-administrators = All administrators
users-ready = Could reset today
users-ready-any = Any
users-ready-yes = Could
users-ready-no = Could not
users-ready-doubtful = Doubtful
users-ready-because = Because
users-blocked = Sign-in
users-blocked-any = Any
users-blocked-yes = Blocked
users-blocked-no = Not blocked
users-find = Search
users-clear = Clear
users-shortcut-on = Press / to search.
users-shortcut-off = The key / does nothing here.
users-shortcut-turn-off = Turn off
users-shortcut-turn-on = Turn on
users-count = { $n ->
    [one] 1 user
   *[other] { $n } users
}
users-list = Users
users-column-choose = Choose
users-column-name = Name
users-column-user-id = User ID
users-column-role = Role
users-column-ready = Could reset today
users-column-blocked = Sign-in
users-blocked-word = Blocked
users-you = (you)
users-choose = Choose { $user }
users-choose-all = Choose all on this page
users-chosen = { $n } chosen
users-chosen-elsewhere = { $n ->
    [one] 1 of them is not on this page.
   *[other] { $n } of them are not on this page.
}
users-chosen-too-many = You can reset the passwords of { $most } people at once. Choose fewer.
users-chosen-reset = Reset their passwords
users-chosen-none = Choose none
users-previous = Previous page
users-next = Next page
users-paging = Pages
users-nobody = Nobody fits
users-nobody-next = Search for less, or take a filter away.
users-nobody-clear = Show all users

## A user
user-title = { $name }
user-back = All users
user-is-you = This is you.
user-saved = Saved.
user-saved-undo = Undo
user-unchanged = Nothing was changed: everything is as it was.
user-created = { $user } is made. Until a password is set, nobody can sign in with it.
user-created-next = Let them set a password
user-blocked-now = Sign-in is blocked. All sessions have ended.
user-blocked-already = Sign-in was blocked already.
user-unblocked = The block is lifted. The person has to sign in again.
user-unblocked-already = Sign-in was not blocked.
user-sessions-ended = { $n ->
    [0] There was no session to end.
    [one] 1 session has ended.
   *[other] { $n } sessions have ended.
}
user-confirm-nothing = There is nothing to confirm any more.
user-confirm-country = Nothing was sent: your company sends no text messages to the country of this mobile phone.
user-confirm-too-often = The person was asked often enough today. Ask again from { $time }.
user-confirm-asked = The person is asked to confirm it, by a message to this address or number.
user-reset = Reset password
user-settings = Settings
user-additional = Additional properties
user-display-name = Display name
user-role = Role
user-alternate-email = Alternate e-mail address
user-alternate-email-hint = One a line, 10 at most. The link of a reset goes to the first.
user-mobile = Mobile phone
user-mobile-hint = With + and the country code, or as it is dialled in { $region }. Whoever takes over a number, by a swapped SIM, gets its text messages.
user-mobile-stored = Kept as { $e164 }; in its country { $national }.
user-review = Review changes
user-sign-in = Sign-in
user-sign-in-allowed = Not blocked
user-sign-in-blocked = Blocked since { $time }
user-sign-in-blocked-by-administrator = An administrator or operator blocked it.
user-sign-in-blocked-not-me = The person said “This was not me” to a message about this account.
user-block = Block sign-in
user-unblock = Lift the block
user-password = Password
user-password-none = None was ever set
user-password-set = Set { $time }
user-password-temporary = Made by an administrator { $time }; has to be changed at sign-in
user-contacts = How this person is reached
user-contacts-none = No alternate e-mail address and no mobile phone.
user-contact-email = Address
user-contact-sms = Mobile phone
user-contact-first = used for resets
user-contact-confirmed-word = Confirmed
user-contact-confirmed = since { $time }
user-contact-unconfirmed-word = Unconfirmed
user-contact-unconfirmed = since { $time }
user-contact-waits-word = Not in use yet
user-contact-serves-from = Serves a reset from { $time }, or when it is confirmed.
user-contact-serves-never = Serves a reset only when it is confirmed.
user-contact-failed-word = Not reached
user-contact-failed = The last message, { $time }, did not arrive.
user-contact-ask = Ask to confirm
user-contact-ask-hint = Sends a message with a link, 5 a day at most.
user-ready = Could reset today?
user-ready-yes = Yes. The link goes to the first address, the code to the mobile phone.
user-ready-doubtful = Perhaps. These make it doubtful:
user-ready-no = No. These are the reasons:
user-ready-not-asked = Self-service is for administrators. An administrator resets the password of a user.
user-ready-mend = Mend it
user-sessions = Sessions
user-sessions-none = Not signed in anywhere.
user-session-browser = Browser
user-session-unknown = Unknown
user-session-network = Network
user-session-since = Signed in
user-session-seen = Last seen
user-sessions-end = End all sessions
user-sessions-own = End them on the page of your account
user-events = Recent events
user-events-none = Nothing was recorded about this user.
user-events-when = When
user-events-what = What
user-events-who = By
user-events-all = All events of this user
user-messages = Messages to this user
user-danger = Delete
user-danger-hint = Deleting can’t be undone. Audit events stay.
user-delete = Delete user

## What is wrong
user-problem-user-id-empty = Enter the user ID.
user-problem-user-id-form = This is not a user ID. Write it like johnsmith@contoso.com.
user-problem-user-id-taken = Somebody has this user ID already.
user-problem-user-id-domain = The domain of this user ID is not your company’s. Use one of { $domains }.
user-problem-display-name = Enter a name of 1 to { $most } characters on one line.
user-problem-email-form = “{ $address }” is not an e-mail address. Write it like johnsmith@fabrikam.com.
user-problem-email-user-id = “{ $address }” is the user ID itself. Who forgot its password can’t read that mailbox.
user-problem-email-own-domain = “{ $address }” is in a domain of your company. It is locked out together with its owner. Use an address elsewhere.
user-problem-email-too-many = Enter { $most } addresses at most.
user-problem-mobile-empty = Enter a mobile phone number.
user-problem-mobile-not-a-number = This is not a telephone number. Write it like +1 425-555-0100.
user-problem-mobile-country-code = No country has this country code. Check the digits after the +.
user-problem-mobile-too-short = This number is too short. Write it with its area code.
user-problem-mobile-too-long = This number is too long for its country.
user-problem-mobile-length = Numbers of this country have another length.
user-problem-mobile-extension = A number with an extension can’t receive a text message. Enter a mobile phone number.
user-problem-mobile-landline = This is a landline. Enter the number of a mobile phone: the code comes as a text message.
user-problem-mobile-kind = A number of this kind does not receive text messages. Enter the number of a mobile phone.
user-problem-last-global = This is the last global administrator who can sign in. Make another one first: nobody could manage the company any more.
user-problem-self-block = You can’t block yourself.
user-problem-self-delete = You can’t delete yourself.
user-problem-confirm = Type the user ID exactly: { $user }

## Review
review-title = Review the changes of { $name }
review-title-new = Review the new user
review-lead = Nothing is saved yet. This will change:
review-lead-new = Nobody is made yet. This is the user that will be made:
review-property = Property
review-before = Now
review-after = After saving
review-none = none
review-effects = What else happens
review-told = The person is told at the old: { $to }.
review-asked = The person is asked to confirm at the new: { $to }.
review-ends-attempts = A reset of this person that is under way ends, and one-time links that they got before no longer work.
review-serves-at-once = New contact data serves a reset at once, also before it is confirmed.
review-serves-after = { $hours ->
    [one] New contact data serves a reset after 1 hour, or when the person confirms it.
   *[other] New contact data serves a reset after { $hours } hours, or when the person confirms it.
}
review-serves-when-confirmed = New contact data serves a reset only when the person has confirmed it.
review-opens-portal = The person will be able to open this portal. They are signed out now, and a temporary password ends.
review-opens-portal-new = The person will be able to open this portal.
review-closes-portal = The person will not be able to open this portal any more. They are signed out now.
review-link-sent = A link to set a password goes to { $to }.
review-no-link = There is no address or phone to which a link to set a password could go. Reset the password afterwards.
review-not-self-service = As a user, the person can’t reset the password by self-service.
review-save = Save changes
review-create = Make user
review-back = Change the entries

## Somebody was faster
conflict-title = { $name } was changed meanwhile
conflict-lead = { $who } saved changes { $time }, after you opened the page. Nothing of yours is saved.
conflict-lead-unknown = Somebody saved changes after you opened the page. Nothing of yours is saved.
conflict-property = Property
conflict-theirs = As it is now
conflict-yours = Yours
conflict-same = You changed nothing else, and all you wanted is saved already.
conflict-keep = Keep it as it is now
conflict-take = Review mine again

## New user
new-user-title = New user
new-user-review = Review
new-user-user-id-hint = The name the person will sign in with. It ends in { $domains }.

## Block and delete
block-title = Block the sign-in of { $name }?
block-lead = { $user } will not be able to sign in or reset the password. Every session and every reset under way ends now.
block-undo = A global administrator can lift the block at any time.
block-button = Block sign-in
block-keep = Don’t block
unblock-title = Lift the block of { $name }?
unblock-lead = { $user } will be able to sign in and reset the password again.
unblock-not-me = The person said “This was not me” to a message about this account. Talk to the person first, and check the alternate e-mail address and the mobile phone.
unblock-button = Lift the block
unblock-keep = Keep the block
delete-title = Delete { $name }?
delete-lead = { $user } will be gone: name, role, contact data, password, sessions. The user ID may be given again. This can’t be undone.
delete-events = Audit events about this user stay.
delete-confirm = Type the user ID { $user }
delete-button = Delete user
delete-keep = Keep the user

## Why someone could not reset today
reason-not_administrator = Not an administrator
reason-blocked = Sign-in is blocked
reason-switched_off = Self-service is switched off for the company
reason-no_alternate_email = No alternate e-mail address
reason-no_mobile_phone = No mobile phone
reason-unconfirmed_email = The address is not confirmed
reason-unconfirmed_mobile = The mobile phone is not confirmed
reason-refused_country = No codes are sent to the country or network of this number
reason-at_limit = At a limit
reason-at_limit-until = At a limit until { $time }
reason-email_is_user_id = The address is the user ID
reason-email_in_own_domain = The address is in the company’s own domain
reason-email_shared = Another administrator has the address too
reason-mobile_shared = Another administrator has the number too
reason-mail_bounced = The last mail did not arrive
reason-sms_failed = The last text message did not arrive
