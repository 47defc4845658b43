# The shell of every page, the fields that several pages share, and the error pages. See src/language.rs.

## Shell
service-name = Self-service password reset
page-title = { $title } – Self-service password reset
page-title-problem = Error: { $title } – Self-service password reset
skip-link = Skip to main content
signed-in-as = Signed in as { $user }
help-title = Need help?
help-contact = Contact your administrator
help-company = Help from your company
problems-title = There is a problem
problem-word = Error:

## Steps of the wizard
steps-label = Progress
step-of = Step { $step } of { $steps }
step-choose = Choose
step-verify = Verify
step-email = E-mail
step-phone = Phone
step-password = Password
step-done = (done)

## Buttons and links
button-next = Next
button-finish = Finish
back-to-sign-in = Back to sign-in
start-again = Start again
start-again-link = start again
contact-link = contact your administrator
copy-link = Copy the link
copied = Copied

## Fields
user-id-label = User ID
user-id-hint = The name you sign in with, such as johnsmith@contoso.com
password-label = Password
show-password = Show password

## A new password
new-password-label = New password
confirm-password-label = Confirm new password
new-password-rules-title = Your new password
new-password-rule-length = has { $min } to { $max } characters; letters, digits, spaces and signs of any language count
new-password-rule-common = is not a password that many people use, and not a simple pattern
new-password-rule-context = does not have your name, your user ID or your company’s name in it
new-password-rule-tip = Four or more words that do not belong together make a good password. You may paste one from a password manager.
new-password-empty = Enter a new password.
new-password-too-short = Use { $min } characters or more. This password has { $length }.
new-password-too-long = Use { $max } characters or fewer.
new-password-common = Choose a password that fewer people use. This one is on lists that attackers try first.
new-password-context-word = Leave out “{ $word }”. People who know you or your company would try it.
new-password-guessable = Choose something harder to guess. Repeats, rows of keys, dates and single words are easy to guess.
new-password-listed = Choose another password. Your company does not allow this one.
new-password-same = Choose a password that differs from the one you have now.
new-password-mismatch = Enter the same password in both fields.

## Time
moment = { $time }
link-good-until = The link is good until { $time }.
code-good-until = The code is good until { $time }.
page-good-until = This page is good until { $time }.
countdown-label = Time left
countdown-two-minutes = 2 minutes left
countdown-one-minute = 1 minute left
countdown-twenty-seconds = 20 seconds left
countdown-over = The time is over.
countdown-go-on = See what you can do now

## Error pages
error-again = Try again
error-start = Go to the start page
error-reference = Reference
error-reference-hint = Give this reference to your administrator if you need help.

error-wrong-host-title = This site has another name
error-wrong-host-what = You asked for this site under a name that it does not answer to.
error-wrong-host-next = Use the address that you were given. If that is the one you used, tell the people who run this service: the proxy in front of it has to pass the name on.

error-not-found-title = Page not found
error-not-found-what = There is no page at this address.
error-not-found-next = If you typed the address, check it. If you pasted it, make sure that you copied all of it.

error-forbidden-title = Your role does not open this page
error-forbidden-what = You are signed in, but what you asked for is for other administrators. Nothing has changed, and your administrators can see that you asked.
error-forbidden-next = Go back to what your role opens, or ask a global administrator of your company.

error-forbidden-form-title = This form is out of date
error-forbidden-form-what = We did not take the form, so nothing has changed. It was open for too long, or it was not opened from this site in this browser.
error-forbidden-form-next = Open the page again and fill in the form once more. If that does not help, allow cookies for this site.

error-too-many-title = Too many tries
error-too-many-what = There were too many tries, so no more are taken for now. Nothing has changed. Other people in your network may have made some of them.
error-too-many-next = Try again from { $time }.

error-too-large-title = That was too much
error-too-large-what = The form was larger than we accept, so nothing has changed.
error-too-large-next = Go back and enter shorter text.

error-bad-request-title = We could not read the form
error-bad-request-what = What arrived was not complete or not readable, so nothing has changed.
error-bad-request-next = Open the page again and fill in the form once more.

error-wrong-method-title = This page does not work that way
error-wrong-method-what = The page exists, but it does not take this kind of request. Nothing has changed.
error-wrong-method-next = Go to the start page and take the way from there.

error-wrong-media-title = This page takes forms only
error-wrong-media-what = What arrived was not a form from one of our pages. Nothing has changed.
error-wrong-media-next = Open the page again in a browser and fill in the form.

error-busy-title = The service is busy
error-busy-what = Many people are signing in at this moment. Nothing has changed.
error-busy-next = Wait a few seconds, then try again. What you typed as a password has to be typed again.

error-unavailable-title = The service is not available
error-unavailable-what = We can’t reach our database at this moment. Nothing you sent was lost half-way: it was saved whole, or not at all.
error-unavailable-next = Try again in a minute.

error-too-slow-title = That took too long
error-too-slow-what = The service did not answer in time. It may or may not have done what you asked.
error-too-slow-next = Try again. The page that comes shows where you are.

error-slow-body-title = What you sent did not arrive in time
error-slow-body-what = The form came too slowly, so nothing has changed.
error-slow-body-next = Open the page again and send the form once more.

error-long-address-title = This address is too long
error-long-address-what = No page of ours has an address that long. Nothing has changed.
error-long-address-next = Go to the start page and take the way from there.

error-internal-title = The service has a fault
error-internal-what = This is our mistake, not yours. The people who run this service have a record of it.
error-internal-next = Try again. If it happens once more, contact your administrator.
