# The portal: who stands at a limit, and lifting it. See src/language.rs.

limits-title = People at a limit
limits-lead = A limit ends by itself at its time, or when an administrator lifts it. It shows nobody else whether a user ID exists.
limits-list = People at a limit
limits-who = Who
limits-which = Limit
limits-network = From
limits-until = Next try
limits-answer = Lift
limits-from-anywhere = Anywhere
limits-from-elsewhere = New places
limits-when-lifted = When it is lifted
limits-lift = Lift
limits-lift-for = { $user }
limits-none = Nobody is at a limit
limits-none-next = Whoever tries too often shows here, with the time of the next try.
limits-more = There are more. The shell shows all of one person: sspr limit list --user
limits-link = Who is at a limit

## Which
limit-starts = Resets started for this user ID
limit-starts_from_network = Resets started for this user ID from one network
limit-wrong_codes = Wrong security codes in 24 hours
limit-wrong_codes_in_a_row = 100 wrong security codes without a right one
limit-failed_sign_ins = Failed sign-ins from one network
limit-wrong_passwords_in_a_row = Too many wrong passwords without a right one
limit-sms_to_number = Security codes to this mobile phone
limit-texts_to_person = Text messages to this person
limit-mails_to_address = Reset e-mails to this address
limit-mails_from_network = Reset e-mails to this address, asked for from one network

## Of one person
user-limits = Limits
user-limits-none = At no limit
user-limits-lift = Lift limits
user-limits-lifted = The limits are lifted.
user-limits-nothing = There was no limit to lift.
limit-until = { $limit }: next try { $time }
limit-until-from = { $limit } ({ $network }): next try { $time }
limit-lifted = { $limit }: until it is lifted
limit-lifted-from = { $limit } ({ $network }): until it is lifted

lift-title = Lift limits: { $name }
lift-lead = This forgets what was counted for { $user } and lets them try again at once. Someone who guesses can try again, too: lift it when you know who caused it.
lift-passwords = Until then sign-in is taken only from networks where this person signed in before, or after a reset.
lift-codes = Until then no security code is taken for a reset, not even the right one.
lift-none = { $user } is at no limit.
lift-button = Lift limits
lift-keep = Back to the user
lift-too-often = The limits of this person were lifted too often today. Administrators can lift them again from { $time }.
