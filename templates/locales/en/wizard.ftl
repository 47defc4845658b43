# The pages of the reset, in their order. See src/language.rs.

## Step 1
choose-option-title = Reset your password
choose-option-lead = You will need your alternate e-mail address and your mobile phone. It takes about five minutes.
choose-option-legend = Which of these is true for you?
choose-option-forgot = I am an administrator and forgot my password
choose-option-forgot-hint = We send a link to your alternate e-mail address, then a code to your mobile phone.
choose-option-not-administrator = I am not an administrator
choose-option-not-administrator-hint = An administrator of your company can reset your password. We ask one for you.
choose-option-lost-contact = I can’t use my alternate e-mail address or mobile phone any more
choose-option-lost-contact-hint = Another administrator can help you. We ask one for you.
choose-option-nothing = Choose one of the three.

## Step 2, and the part that "Contact your administrator" shares with it
verify-user-title = User verification
verify-user-lead = Tell us who you are. Your browser can fill in the user ID.
who-user-id-empty = Enter your user ID.
who-user-id-too-long = Enter a shorter user ID. This one is longer than any user ID can be.
who-user-id-unlikely = Enter your user ID in full, such as johnsmith@contoso.com.
who-characters-legend = Characters for verification
who-picture-alt = Picture of characters to type into the field below. It shows that a person asks. You can hear the characters instead, or continue without them.
who-sound = Or listen to the characters:
who-sound-label = Characters for verification, spoken
who-characters-label = Characters
who-characters-hint = Type the six characters that you see or hear. Capital or small letters: both are right.
who-characters-empty = Enter the characters from the picture, or continue without them.
who-characters-wrong = The characters did not match the picture. Here is a new picture.
who-proof-working = Your browser is making a short calculation, so that you have no characters to type. Go on with your user ID.
who-proof-waiting = One moment: your browser is about to be done. The form is then sent by itself.
who-proof-done = Done: your browser has shown that no program asks.
who-proof-failed = Your browser could not do the calculation. Enter the characters instead.
who-proof-wrong = The calculation of your browser is too old or was used already. Enter the characters instead.
who-check-from = The check below comes from { $name }, another company, which learns that you are here.
who-check-waiting = Complete the check above. The form is then sent by itself.
who-check-instead = Enter characters instead
who-check-refused = The check did not confirm that a person asks. Enter the characters instead.
who-check-away = The check does not answer at the moment. Enter the characters instead.
who-characters-needed = Several requests came from your network within the last hour, so the characters are needed as well.
who-more-needed = Many requests came from your network within the last hour. Enter the new characters, and leave JavaScript on, so that your browser can make a longer calculation. Without JavaScript, continue without the characters.
who-without-title = Can’t see or hear the characters?
who-without-hint = Continue without them. The message then comes about a minute later, and each network can do this only a few times an hour.
who-without-button = Continue without the characters
who-without-puzzle-used-up = Nobody can continue without the characters before { $time }. Try again then, or enter the characters.

## Step 3
check-email-title = Check your e-mail
check-email-lead = If the password of { $user } can be reset here, an e-mail is on its way to the alternate address on file.
check-email-late = You continued without the characters, so the e-mail leaves at about { $time }.
check-email-from = From
check-email-subject = Subject
check-email-open = Find the e-mail and choose “Reset your password now”.
check-email-same-browser = Let the link open in this browser. On another device or in another browser it does nothing.
check-email-phone-ready = Keep this window open, and have your mobile phone at hand for the next step.
check-email-not-received = Not received it?
check-email-wait = An e-mail can take a few minutes. Look in your junk folder too.
check-email-resend = Send the e-mail again
check-email-sent-again = We sent a new e-mail if there was one to send. Use the link in the newest one: the earlier links no longer work.
check-email-too-early = Wait until { $time } before you ask for the e-mail again. The last one may still be on its way.
check-email-none-left = The e-mail can’t be sent again for this reset. Use the newest one you have, or contact your administrator.
check-email-reasons-title = If nothing comes
check-email-reasons-lead = To keep accounts safe, this page is the same for everyone. One of these may be the reason:
check-email-reason-junk = The e-mail is in a junk folder. Search for the subject above.
check-email-reason-address = It went to the alternate e-mail address, not to the mailbox of the user ID.
check-email-reason-typing = The user ID is not right.
check-email-reason-role = The user ID is not that of an administrator.
check-email-reason-contact = The account has no alternate e-mail address or no mobile phone on file.
check-email-reason-blocked = The account is blocked.
check-email-reason-switch = The company has turned self-service password reset off.
check-email-reason-often = A reset was asked for too many times today. Try again tomorrow.
check-email-reasons-after = Two ways on:
check-email-other-user = Start again with another user ID
resend-from = You can ask again from { $time }.
resend-left = { $n ->
    [one] You can do this once more.
   *[other] You can do this { $n } more times.
}

## The page behind the link of the e-mail
email-link-send-title = Confirm your e-mail address
email-link-send-lead = One more click shows that the e-mail reached you. We then send a security code to your mobile phone.
email-link-send-button = Continue: send the code
email-link-send-phone-must-wait = Your phone has received as many codes as it may for now. Nothing was used up. It can get the next one from { $time }: press the button again then, or start again if the link has expired.
email-link-send-busy = Sending the code …
email-link-other-title = Open this link where you started
email-link-other-lead = The link is good, but this is not the browser that asked for it. Nothing was sent and nothing was used up.
email-link-other-started = The reset was started at { $time }.
email-link-other-started-in = The reset was started in { $browser } at { $time }.
email-link-other-how = How to go on
email-link-other-copy = Copy the address of this page, or the link in the e-mail.
email-link-other-go = Go back to the browser window where you started. It shows “Check your e-mail”.
email-link-other-paste = Paste the link into the address bar there and press Enter.
email-link-other-closed = Have you closed that window? Then { $again }.
email-link-other-not-you = You did not ask for this?
email-link-other-not-you-text = Then someone else typed your user ID. They can’t get in without your e-mail and your phone. End their reset here:

email-link-expired-title = This link has expired
email-link-expired-what = The link was good until { $time }. It is out of date now, and it did nothing.
email-link-expired-next = Start again and we send you a new one.
email-link-used-title = This link was used already
email-link-used-what = Each link works once, and this one was used.
email-link-used-what-at = Each link works once, and this one was used at { $time }.
email-link-used-next = If you have just used it, go on in the window where you started. If you have not, start again, or contact your administrator.
email-link-replaced-title = There is a newer e-mail
email-link-replaced-what = A newer link took the place of this one.
email-link-replaced-what-at = A newer link took the place of this one at { $time }.
email-link-replaced-next = Open the newest e-mail and use the link there. If you can’t find it, start again.
email-link-broken-title = This link is not complete
email-link-broken-what = This is not a link that we know. Your mail program may have broken it in two.
email-link-broken-next = Copy the whole link from the e-mail and paste it into the address bar. If that does not help, start again.

## Step 4
security-code-title = Mobile phone verification
security-code-lead = We sent a text message with a security code to your mobile phone { $number }.
security-code-label = Security code
security-code-hint = The 8 digits from the text message. You may paste the whole message.
security-code-empty = Enter the security code from the text message.
security-code-unreadable = Enter the 8 digits of the security code. This did not use up a try.
security-code-wrong = { $n ->
    [one] Invalid Security Code. Check the newest text message. You have 1 try left.
   *[other] Invalid Security Code. Check the newest text message. You have { $n } tries left.
}
security-code-not-received = Not received it?
security-code-not-delivered = The text message could not be delivered.
security-code-not-delivered-next = Check that your phone is switched on and has a signal, then send a new code below.
security-code-not-delivered-none-left = No more codes can be sent for this reset. Start again when your phone receives text messages, or { $contact }.
security-code-wait = A text message can take a minute or two. Check that your phone has a signal.
security-code-resend = Send a new code
security-code-sent-again = We sent a new code. The earlier one no longer works.
security-code-too-early = Wait until { $time } before you ask for a new code. The last one may still be on its way.
security-code-none-left = No more codes can be sent for this reset. Use the newest one you have, or contact your administrator.
security-code-number-limit = This phone has received as many codes as it may for now. Use the newest code you have, or try again later.
security-code-number-limit-until = This phone has received as many codes as it may for now. Use the newest code you have, or ask for one from { $time }.
security-code-no-phone = Not your number, or no phone at hand? Then { $contact }.

## Step 5
new-password-title = Create a new password
new-password-lead = This will be the password for { $user }.

## The end
done-title = Your password has been reset
done-lead = The new password for { $user } works from { $time } on. The old one no longer does.
done-sign-in = Sign in with the new password
done-what-title = What else we did
done-sessions = { $n ->
    [0] No session was signed in.
    [one] We signed out 1 session on other devices or browsers.
   *[other] We signed out { $n } sessions on other devices or browsers.
}
done-attempts = { $n ->
    [0] No other reset was under way.
    [one] We ended 1 other reset that was under way.
   *[other] We ended { $n } other resets that were under way.
}
done-lockout = Wrong passwords that were typed before do not count any more.
done-notices-title = Who gets a message about it
done-notice-user-mailbox = You, at the mailbox of your user ID
done-notice-alternate-email = You, at your alternate e-mail address
done-notice-mobile-phone = You, on your mobile phone
done-notice-global-administrators = { $n ->
    [one] 1 other global administrator of your company
   *[other] { $n } other global administrators of your company
}
done-receipt = Receipt number
done-receipt-hint = Keep it if you have a question later. The people who run this service can find this reset by it.

ended-user-id-kept = Your user ID { $user } will be filled in for you.
ended-expired-title = The time for this reset is over
ended-expired-what = Each step is open for 10 minutes. This one was not finished in time, so we closed it. Your password has not changed.
ended-expired-what-at = Each step is open for 10 minutes. This one closed at { $time }. Your password has not changed.
ended-expired-next = Start again. Have your e-mail and your phone at hand.
ended-replaced-title = You started again in this browser
ended-replaced-what = A newer start in this browser took the place of this one. Its links and codes no longer work.
ended-replaced-next = Go on in the newest window, or start again here.
ended-used-title = This reset is finished
ended-used-what = The new password is set. A reset works once.
ended-used-next = Sign in with the new password. If you did not set it, contact your administrator at once.
ended-too-many-tries-title = Too many wrong security codes
ended-too-many-tries-what = Wrong codes were entered too many times, so we ended this reset. Your password has not changed.
ended-too-many-tries-next = Start again to get a new link and a new code. If this happens again, contact your administrator.
ended-too-many-tries-in-a-row-title = No more security codes
ended-too-many-tries-in-a-row-what = Too many wrong codes were entered for this user ID since the last right one, so we ended this reset. It takes no code any more, not even the right one, until an administrator lifts this. Your password has not changed.
ended-too-many-tries-in-a-row-next = Contact your administrator, who can lift this and reset your password at once.
ended-too-many-tries-today-title = No more security codes for now
ended-too-many-tries-today-what = Too many wrong codes were entered for this user ID within 24 hours, so we ended this reset. It takes no code, not even the right one, before { $time }. Your password has not changed.
ended-too-many-tries-today-next = Start again after that, or contact your administrator, who can reset your password at once.
ended-switched-off-title = This reset can’t go on
ended-switched-off-what = Self-service password reset has been turned off, or your account can’t use it any more. Your password has not changed.
ended-switched-off-next = An administrator of your company can reset your password.
ended-not-me-title = This reset was stopped
ended-not-me-what = Someone chose “This was not me” in the e-mail about this reset. Your password has not changed.
ended-not-me-next = If that was a mistake, or if you don’t know who it was, contact your administrator.

## Contact your administrator
contact-title = Contact your administrator
contact-lead = We ask an administrator of your company to reset your password.
contact-what = You don’t need to know who that is. We send an e-mail to the people who may reset your password.
contact-sole-title = Are you the only global administrator?
contact-sole = Then nobody else in your company can reset your password. Ask the people who run this service: they can send you a one-time link.
contact-sent-title = Your request is on its way
contact-sent-what = If the user ID is right and an administrator can be reached, they now get an e-mail from us.
contact-sent-next-title = What happens next
contact-sent-next-wait = An administrator gets in touch with you or sends you a one-time link.
contact-sent-next-identity = They may ask you to show who you are. Never tell anyone a password or a code.
contact-sent-next-once = One request a day is enough. We do not send a second one before that.
contact-sent-next-nothing = If you hear nothing, ask a colleague who your administrator is.

## This was not me
not-me-title = This was not me
not-me-button = This was not me
not-me-ends-attempt = Someone asked to reset your password. If it was not you, end their reset here.
not-me-ends-attempt-next = Your password stays as it is, and you can sign in as always.
not-me-blocks-account = Your password was reset. If it was not you, block your account here.
not-me-blocks-changed = Your password was changed. If it was not you, block your account here.
not-me-blocks-contact = Your contact data was changed. If that was not agreed with you, block your account here.
not-me-blocks-temporary = A temporary password was made for you. If you did not ask for it, block your account here.
not-me-blocks-handed = A link that sets your password was made. If you did not ask for it, block your account here.
not-me-blocks-signed-in = Someone signed in as you from a new place. If it was not you, block your account here.
not-me-blocks-partial = Someone opened the link to reset your password and then typed five wrong security codes. If it was not you, block your account here.
not-me-blocks-role = Your role was changed. If that was not agreed with you, block your account here.
not-me-blocks-lifted = The block of your account was lifted. If that was not agreed with you, block it again here.
not-me-blocks-account-next = Nobody can then sign in or reset the password, not even you, until a global administrator of your company or the people who run this service lift the block. Everyone who is signed in with your account is signed out.
not-me-was-me = Is everything as it should be? Then close this page. Nothing happens.
not-me-ended-title = The reset is stopped
not-me-ended-what = Nobody can go on with it. Your password is the same as before.
not-me-ended-next = If it happens again, tell your administrator that someone is trying to use your account.
not-me-blocked-title = Your account is blocked
not-me-blocked-what = Nobody can sign in with it or reset its password. Its sessions are signed out.
not-me-blocked-next = Ask a global administrator of your company, or the people who run this service, to lift the block and give you a new password.
not-me-already-title = There is nothing left to stop
not-me-already-what = This was done before, or the reset is already over without a new password.
not-me-already-next = If you are worried about your account, contact your administrator.
not-me-dead-title = This link no longer works
not-me-dead-what = The link in the message is good for 7 days. This one is older, or it is not complete.
not-me-dead-next = Contact your administrator and tell them what happened.
