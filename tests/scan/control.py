"""A page with holes, so that a scanner which finds nothing is known to be able to find something: what is typed goes into a statement
and into the answer as it stands, and no header protects it.
"""

import http.server
import subprocess
import threading
import urllib.parse

URL = "http://127.0.0.1:8091/?name=ann@contoso.com"


class Page(http.server.BaseHTTPRequestHandler):
    """`?name=` looks for a user."""

    def do_GET(self):
        fields = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query, keep_blank_values=True, errors="replace")
        name = fields.get("name", [""])[0].replace("\0", "")
        # As the role of the service: what the hole opens is what a hole there would.
        command = ["psql", "-h", "127.0.0.1", "-U", "sspr", "-d", "sspr", "-qAtc"]
        found = subprocess.run([*command, f"select display_name from users where user_id = '{name}'"], capture_output=True, text=True)
        failed = f"PostgreSQL query failed: {found.stderr}" if found.returncode else ""
        page = f'<html><body><form><input name="name" value="x"></form><p>{name}</p><p>{found.stdout}{failed}</p></body></html>'
        body = page.encode(errors="replace")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve():
    """Once; it ends with the process."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8091), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
