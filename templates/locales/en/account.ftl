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

password-expires-soon = Your password expires in { $days ->
    [one] one day
   *[other] { $days } days
  } ({ $time }). { $change }
password-expires-change = Change it now
