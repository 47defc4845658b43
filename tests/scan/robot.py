"""A browser without a screen: takes a scanner to where it shall begin."""

import html.parser
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

import rig as rigs


class Forms(html.parser.HTMLParser):
    """The forms of a page: where they lead, and what a browser would send."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self._select = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "form":
            self.found.append((has.get("method", "get").lower(), has.get("action", ""), {}))
        fields = self.found[-1][2] if self.found else {}
        name = has.get("name")
        if tag == "input" and name and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            fields[name] = has.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in has or self._select not in fields):
            fields[self._select] = has.get("value", "")
        elif tag == "textarea" and name:
            fields[name] = ""


class Robot:
    """One browser, with its cookies."""

    def __init__(self, rig):
        self.rig = rig
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=rig.tls), urllib.request.HTTPCookieProcessor(self.jar)
        )

    def open(self, path, fields=None):
        """The address where it ended, its status and its text."""
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            answer = self._opener.open(urllib.parse.urljoin(rigs.SITE, path), data, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return urllib.parse.urlsplit(answer.url).path, answer.status, answer.read().decode(errors="replace")

    def form(self, path, action=None):
        """The fields of the form of a page that leads to `action` (the page itself, if not said)."""
        _, _, page = self.open(path)
        for method, leads_to, fields in Forms(page).found:
            if method == "post" and leads_to == (action or path):
                return fields
        raise SystemExit(f"{path} has no form to {action or path}")

    def send(self, path, changes, action=None):
        """Fills in the form of a page."""
        return self.open(action or path, self.form(path, action) | changes)

    def cookies(self):
        """As a Cookie header has them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    # Ways to go.

    def sign_in(self, user_id):
        at, _, _ = self.send("/sign-in", {"user_id": user_id, "password": rigs.PASSWORD})
        if at not in ("/portal/users", "/account"):
            raise SystemExit(f"{user_id} could not sign in: {at}")
        return self

    def start(self, user_id):
        """Steps 1 and 2, without the characters: that mail waits a minute, which the clock is turned by."""
        self.send("/reset", {"option": "forgot_password"})
        at, _, _ = self.send("/reset/verify-user", {"user_id": user_id, "without_puzzle": "1"})
        if at != "/reset/check-email":
            raise SystemExit(f"no attempt began for {user_id}: {at}")
        return self

    def link(self, mailbox):
        """Step 3's link, as a path."""
        before = len(self.rig.outside.mails)
        self.rig.sql("update outbox set run_at = now() where state = 'queued'")
        mail = self.rig.outside.newest(self.rig.outside.mails, mailbox, "/reset/email-link/", before)
        return re.search(r"/reset/email-link/\S+", mail)[0]

    def up_to_code(self, user_id, mailbox, number):
        """Waits for the text too, so that a later walk of the same person does not take it for its own. Gives the code."""
        before = len(self.rig.outside.texts)
        at, _, _ = self.start(user_id).send(self.link(mailbox), {}, "/reset/email-link")
        if at != "/reset/security-code":
            raise SystemExit(f"the link did not lead on: {at}")
        return re.search(r"\d{6,}", self.rig.outside.newest(self.rig.outside.texts, number, "", before))[0]

    def up_to_password(self, user_id, mailbox, number):
        code = self.up_to_code(user_id, mailbox, number)
        at, _, _ = self.send("/reset/security-code", {"code": code})
        if at != "/reset/new-password":
            raise SystemExit(f"the code did not lead on: {at}")
        return self
