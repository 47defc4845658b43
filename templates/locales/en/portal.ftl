# The portal: its navigation, and the pages of users. See src/language.rs.

## Navigation
portal-nav-label = Sections
portal-nav-users = Users
portal-nav-readiness = Readiness
portal-nav-requests = Requests
portal-nav-company = Company
portal-nav-audit = Audit
portal-nav-account = Your account
portal-nav-open = { $n } open
