# Changes of global administrators that wait, and the page that asks for the password before a small button. See src/language.rs.

prove-again-title = Your password, once more
prove-again-lead = Nothing has happened yet.
prove-again-back = Back
prove-again-not = Do nothing
prove-again-end-sessions = End sessions
prove-again-ask = Ask to confirm
prove-again-retry = Send again
prove-again-cancel = Stop the message
prove-again-trial = Send a test message
prove-again-refuse = Refuse
prove-again-reopen = Reopen

approvals-title = Approvals
approvals-hint = Changes of global administrators that wait, by your company’s rule for them. Ask the person before you approve anything, in person or on a number that you already know. If nobody knows of a change, refuse it and block whoever asked.
approvals-rule-at_once = Such changes act at once in your company, so nothing waits. { $link }
approvals-rule-after_hold = Such changes wait { $hours } hours in your company. { $link }
approvals-rule-approval = Such changes wait for another global administrator in your company. Where there is nobody else who could approve, they wait { $hours } hours. { $link }
approvals-rule-link = Change the rule
approvals-none-title = Nothing waits
approvals-none = When somebody changes a global administrator and the change waits, it stands here, and everyone concerned is told.
approvals-of-rule = The company’s rule
approvals-asked = Asked
approvals-asked-by = { $time }, by { $who }
approvals-then = What happens
approvals-then-hold = Carried out at { $time }, unless somebody refuses it before.
approvals-then-approval = Carried out when another global administrator approves it. Dropped at { $time }.
approvals-what-display_name = Name
approvals-what-role = Role
approvals-what-alternate_email = Alternate e-mail
approvals-what-mobile_phone = Mobile phone
approvals-what-password = Password
approvals-what-sign_in = Sign-in
approvals-what-rule = Changes of global administrators
approvals-what-hold_hours = Hours of the hold
approvals-what-mailboxes = User IDs receive mail
approvals-from-to = from { $old } to { $new }
approvals-none-value = none
approvals-link = a one-time link to the person’s own contact
approvals-approve = Approve and carry out
approvals-refuse = Refuse
approvals-withdraw = Withdraw
approvals-for = the change of { $subject }
approvals-not-you-own = You asked for it, so you can withdraw it, but not approve it.
approvals-not-you-target = It is about you, so you can refuse it, but not approve it.
approvals-decided-title = Ended lately
approvals-who = Whom
approvals-what = What
approvals-ended = Ended
approvals-state-done = Carried out
approvals-state-refused = Refused
approvals-state-cancelled = Withdrawn
approvals-state-void = Dropped
approvals-state-waiting = Its time has come
approvals-state-expired = Not approved in time
approvals-why-requester = Whoever asked may not do it any more.
approvals-why-password = Whoever asked got a new password afterwards: somebody else may have asked in their place. They can ask again.
approvals-why-shut_out = Sign-in of the person was blocked while it waited, so they could not have refused it.
approvals-why-nobody = Other global administrators were blocked, so nobody was there all the time who could have refused it.
approvals-why-changed = Something else changed in between.
approvals-why-gone = The person is deleted.
approvals-why-blocked = Sign-in of the person is blocked.
approvals-why-last = No other global administrator could sign in.
approvals-why-no_contact = There is no contact that may get a link.
approvals-why-other = It can’t be done any more.
approvals-by = { $time }, by { $who }
approvals-notice-done = The change of { $subject } was carried out.
approvals-notice-refused = The change of { $subject } was refused. Nothing has changed.
approvals-notice-cancelled = The change of { $subject } is withdrawn. Nothing has changed.
approvals-notice-void = The change of { $subject } could not be carried out any more. Nothing has changed by it.
approvals-already = This change has ended already: { $state }.
approvals-own = Nobody approves what they asked for, or what is done to themselves. Another global administrator can.
approvals-too-often = It could not be carried out: the person got too many messages. Try again from { $time }.

unblock-waits-hold = { $hours ->
    [one] This is a global administrator: the block is lifted after 1 hour, unless somebody refuses it before.
   *[other] This is a global administrator: the block is lifted after { $hours } hours, unless somebody refuses it before.
} If it must be sooner, the people who run this service can lift it at once.
unblock-waits-approval = This is a global administrator: the block is lifted when another global administrator approves it. If nobody can, the people who run this service can lift it at once.
unblock-waits-already = That this block is lifted waits already: see it under “Approvals”.

user-waits-title = A change waits
user-waits = { $who } asked for a change of this person. Until then nothing is different. { $link }
user-waits-link = See it and decide
user-waits-see = See it
user-notice-created-waits = { $user } was made, with the role of a user. The role of a global administrator waits, by your company’s rule, and everyone concerned is told. { $link }
user-notice-waits = Nothing has changed yet: this waits, by your company’s rule for global administrators, and everyone concerned is told. { $link }
user-problem-waits-already = A change of this person waits already. Refuse it first, under “Approvals”.
user-problem-too-often-waits = You asked for many changes that wait. Ask again from { $time }.
user-problem-stays = By your company’s rule for global administrators this person can’t be deleted. Take the role away first: that waits as well.
review-waits-hold = { $hours ->
    [one] Nothing of it happens at once: it waits 1 hour, in which anyone concerned can refuse it.
   *[other] Nothing of it happens at once: it waits { $hours } hours, in which anyone concerned can refuse it.
}
review-waits-approval = Nothing of it happens at once: it waits until another global administrator approves it.
review-role-waits = The person is made as a user at first. The role of a global administrator waits, by your company’s rule.
reset-password-waits-hold = { $hours ->
    [one] This is a global administrator: the link is sent after 1 hour, unless somebody refuses it before.
   *[other] This is a global administrator: the link is sent after { $hours } hours, unless somebody refuses it before.
} Nobody could be shown a temporary password then, so there is none.
reset-password-waits-approval = This is a global administrator: the link is sent when another global administrator approves it. Nobody could be shown a temporary password then, so there is none.
reset-password-becomes-global = This person waits to become a global administrator, so nobody makes a temporary password that opens the account: a link goes to their own contact.
reset-password-problem-waits-already = A link to this person waits already: see it under “Approvals”.
requests-waits = The link to { $user } waits, by your company’s rule for global administrators. The request stays open until then.
requests-waits-already = A link to this person waits already: see it under “Approvals”.
batch-not-waits = Waits
batch-not-waits-next = This is a global administrator: the link waits, by your company’s rule. See it under “Approvals”.
