"""A mail server for one test (or, with `https`, a web server): Debian's aiosmtpd, told by one JSON argument how to behave.

It prints one JSON object a line on standard output and ends when its standard input closes, so that no test leaves it
behind. What it receives it reads with Python's own e-mail library: an opinion that shares no code with the sender.
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import socket
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

# aiosmtpd warns about its own deprecated names.
logging.getLogger("mail.log").setLevel(logging.ERROR)

how = json.loads(sys.argv[1])


def say(**event):
    print(json.dumps(event), flush=True)


def tls_context():
    if not how.get("cert"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(how["cert"], how["key"])
    return context


def read_mail(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    defects = [type(d).__name__ for part in message.walk() for d in part.defects]
    defects += [type(d).__name__ for value in message.values() for d in getattr(value, "defects", ())]
    return {
        "content_type": message.get_content_type(),
        "headers": [[name, str(value)] for name, value in message.items()],
        "date": message["Date"].datetime.isoformat() if message["Date"] else None,
        "parts": [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset(),
                "encoding": part["Content-Transfer-Encoding"],
                # The ends of lines are looked at in `raw`.
                "text": part.get_content().replace("\r\n", "\n"),
            }
            for part in parts
        ],
        "defects": defects,
        "raw": base64.b64encode(raw).decode(),
    }


class Handler:
    """Answers as `how["replies"]` says, by command; each list is used up, its last entry stays."""

    def __init__(self):
        self.replies = {command: list(lines) for command, lines in how.get("replies", {}).items()}

    def reply(self, command):
        lines = self.replies.get(command)
        if not lines:
            return None
        return lines.pop(0) if len(lines) > 1 else lines[0]

    async def act(self, command, server):
        reply = self.reply(command)
        if reply is None or reply == "ok":
            return None
        if reply == "close":
            server.transport.abort()
            await asyncio.sleep(3600)
        if reply == "hang":
            await asyncio.sleep(3600)
        if reply.startswith("late "):
            await asyncio.sleep(float(reply.split()[1]))
            return None
        return reply

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        say(event="ehlo", name=hostname)
        fault = await self.act("EHLO", server)
        if fault:
            return [fault]
        return [line for line in responses if not (how.get("no_8bitmime") and "8BITMIME" in line)]

    async def handle_MAIL(self, server, session, envelope, address, options):
        if how.get("tells_senders"):
            say(event="sender")
        fault = await self.act("MAIL", server)
        if fault:
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        fault = await self.act("RCPT", server)
        if fault:
            return fault
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        say(
            event="mail",
            mail_from=envelope.mail_from,
            rcpt_tos=envelope.rcpt_tos,
            options=envelope.mail_options,
            tls=session.ssl is not None or how.get("implicit", False),
            authenticated=bool(session.authenticated),
            **read_mail(envelope.original_content),
        )
        return await self.act("DATA", server) or "250 2.0.0 Ok: queued as 4F3A for johnsmith@fabrikam.com"


class Server(SMTP):
    def connection_made(self, transport):
        if self._tls_protocol is None:
            say(event="connection")
        super().connection_made(transport)


def authenticate(server, session, envelope, mechanism, data):
    login, password = data.login.decode(), data.password.decode()
    # Not handled: the reply is left to aiosmtpd.
    return AuthResult(success=[login, password] == how["auth"], handled=False)


async def real_server():
    loop = asyncio.get_running_loop()
    handler = Handler()
    context = tls_context()

    def make():
        return Server(
            handler,
            loop=loop,
            hostname="relay.contoso.com",
            timeout=how.get("idle", 300),
            tls_context=None if how.get("implicit") else context,
            require_starttls=bool(context) and not how.get("implicit"),
            auth_required=bool(how.get("auth")),
            auth_require_tls=bool(context) and not how.get("implicit"),
            authenticator=authenticate if how.get("auth") else None,
            enable_SMTPUTF8=bool(how.get("smtputf8")),
        )

    server = await loop.create_server(
        make, "127.0.0.1", 0, ssl=context if how.get("implicit") else None
    )
    say(event="ready", port=server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def smuggling_server():
    """Sends a reply of its own making in clear, behind the one to STARTTLS: all later replies are one too late."""
    listener = socket.create_server(("127.0.0.1", 0))
    say(event="ready", port=listener.getsockname()[1])
    context = tls_context()
    while True:
        connection, _ = listener.accept()
        try:
            say(event="connection")
            connection.sendall(b"220 relay.contoso.com\r\n")
            connection.recv(1000)
            connection.sendall(b"250-relay.contoso.com\r\n250 STARTTLS\r\n")
            connection.recv(1000)
            connection.sendall(b"220 Ready\r\n250-relay.contoso.com\r\n250 8BITMIME\r\n")
            secure = context.wrap_socket(connection, server_side=True)
            for reply in how["smuggle"]:
                if not secure.recv(1000):
                    break
                secure.sendall(reply.encode() + b"\r\n")
            else:
                while secure.recv(1000):
                    pass
        except OSError:
            pass


def web_server():
    """Accepts every POST over TLS as Twilio would: the sender of SMS trusts the same kinds of certificates."""
    import http.server

    class Accept(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(json.dumps({"sid": how["https"]}).encode())

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Accept)
    server.socket = tls_context().wrap_socket(server.socket, server_side=True)
    say(event="ready", port=server.server_address[1])
    server.serve_forever()


def main():
    def end_with_the_test():
        sys.stdin.buffer.read()
        import os

        os._exit(0)

    threading.Thread(target=end_with_the_test, daemon=True).start()
    if how.get("smuggle"):
        smuggling_server()
    elif how.get("https"):
        web_server()
    else:
        asyncio.run(real_server())


main()
