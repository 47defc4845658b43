"""What lies outside the service: a mail server, an SMS gateway, and the place that wapiti wants the service to call.

Mails and texts are kept by their addressee, so that a robot can go on. Whatever asks for another path of the web server was talked
into it: that is a finding.
"""

import email
import email.policy
import http.server
import json
import threading
import time

from aiosmtpd.controller import Controller


class Outside:
    """All three, on loopback, until the process ends."""

    def __init__(self):
        self.mails, self.texts, self.calls = [], [], []
        self._arrived = threading.Condition()
        # 0 is not for this class: it would connect to it.
        self.mail_port = 2525
        Controller(self, hostname="127.0.0.1", port=self.mail_port).start()
        self._web = http.server.ThreadingHTTPServer(("127.0.0.1", 8090), type("Web", (Web,), {"outside": self}))
        threading.Thread(target=self._web.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:8090/"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.keep(self.mails, (envelope.rcpt_tos[0], message.get_body(("plain",)).get_content()))
        return "250 OK"

    def keep(self, where, what):
        with self._arrived:
            where.append(what)
            self._arrived.notify_all()

    def newest(self, where, to, holds, after=0):
        """The text of the newest message to someone that holds something, waited for: 30 seconds at most."""
        until = time.monotonic() + 30
        with self._arrived:
            while True:
                found = [text for whom, text in where[after:] if whom == to and holds in text]
                if found:
                    return found[-1]
                if time.monotonic() > until:
                    raise SystemExit(f"nothing with {holds!r} came to {to}")
                self._arrived.wait(1)


class Web(http.server.BaseHTTPRequestHandler):
    """The gateway at /sms, and wapiti's two questions for what was called."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/sms":
            text = json.loads(body)
            self.outside.keep(self.outside.texts, (text["to"], text["text"]))
            self.answer({"reference": text["id"]})
        else:
            self.called()

    def do_GET(self):
        # Wapiti asks at its end; all that was called is in `calls`, which the report reads.
        if self.path.startswith(("/get_ssrf.php", "/get_xxe.php")):
            self.answer({})
        else:
            self.called()

    def called(self):
        self.outside.keep(self.outside.calls, f"{self.command} {self.path} by {self.headers.get('User-Agent')}")
        self.answer({})

    def answer(self, what):
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
