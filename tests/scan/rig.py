"""The instance that is scanned: the real program, as an operator runs it, behind HAProxy with TLS.

What must stay true: nothing of a demo (`sspr serve`, roles by `sspr migrate`, a key in a file, characters as the puzzle); the site
has its public name and port 443; budgets are raised as far as the configuration allows, and the front gives each request another
client address, so that a scanner meets the pages and not the first 429. Everything listens on loopback, in the namespaces of
`.ci/scan`, and ends with them.
"""

import base64
import glob
import os
import pathlib
import re
import secrets
import ssl
import subprocess
import tempfile
import time
import urllib.request

import control
import outside

HOST = "reset.contoso.com"
SITE = f"https://{HOST}"
NODE = "127.0.0.1:8080"
PASSWORD = "a password for the scan of today"
# User ID, name, role, alternate address, phone. Ann looks and Gus walks; Vic is who forms are filled with, and ends up limited or blocked.
PEOPLE = [
    ("ann@contoso.com", "Ann", "global_administrator", "ann@fabrikam.com", "425-555-0110"),
    ("gus@contoso.com", "Gus", "global_administrator", "gus@fabrikam.com", "425-555-0111"),
    ("pat@contoso.com", "Pat", "password_administrator", "pat@fabrikam.com", "425-555-0112"),
    ("vic@contoso.com", "Vic", "global_administrator", "vic@fabrikam.com", "425-555-0114"),
    ("uma@contoso.com", "Uma", "user", "uma@fabrikam.com", "425-555-0113"),
    ("rita@wingtiptoys.com", "Rita", "global_administrator", "rita@fabrikam.com", "425-555-0120"),
]

BUDGETS = """
starts_per_account_and_network_per_day = 1000
starts_per_account_per_day = 1000
starts_per_network_per_hour = 100000
wrong_codes_per_account_per_day = 100
sms_per_number_per_10_minutes = 20
sms_per_number_per_day = 100
sms_per_account_per_day = 1000
sms_per_country_per_hour = 100000
sms_per_hour = 100000
without_puzzle_per_network_per_hour = 1000
without_puzzle_per_company_per_hour = 10000
contact_requests_per_company_per_day = 10000
sign_in_failures_per_account_and_network_per_15_minutes = 100
sign_in_failures_per_network_per_hour = 100000
"""


class Rig:
    """Started by its constructor. What happened is in `front_log` (each request's status, method and path) and `node_log`."""

    def __init__(self, program):
        self.program = program
        # Below /tmp: Postgres and HAProxy run under accounts of their own.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sspr-scan-"))
        self.folder.chmod(0o755)
        self.front_log = self.folder / "front.log"
        self.node_log = self.folder / "node.log"
        self.outside = outside.Outside()
        self._certificates()
        self._postgres()
        self._configure()
        self._people()
        self._serve()
        self._front()
        control.serve()

    def _certificates(self):
        """An authority of our own and the site's certificate."""
        extensions = self.folder / "site.cnf"
        extensions.write_text(f"subjectAltName=DNS:{HOST}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:false\n")
        self.ca, ca_key = self.folder / "ca.pem", self.folder / "ca.key"
        key, request, site = (self.folder / name for name in ("site.key", "site.csr", "site.crt"))
        make = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        authority = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        sign = ["openssl", "x509", "-req", "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2"]
        for command in (
            [*make, "-x509", "-days", "2", "-subj", "/CN=Scan", *authority, "-keyout", ca_key, "-out", self.ca],
            [*make, "-subj", f"/CN={HOST}", "-keyout", key, "-out", request],
            [*sign, "-in", request, "-extfile", extensions, "-out", site],
        ):
            subprocess.run(command, check=True, capture_output=True)
        (self.folder / "site.pem").write_text(site.read_text() + self.ca.read_text() + key.read_text())
        self.tls = ssl.create_default_context(cafile=str(self.ca))

    def _postgres(self):
        """A cluster on loopback, as Debian's account for it."""
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        data = self.folder / "pg"
        data.mkdir()
        as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        subprocess.run(["chown", "postgres", data], check=True)
        run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run([*as_postgres, f"{binaries}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **run)
        log = (self.folder / "postgres.log").open("w")
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}", "-c", "fsync=off"]
        subprocess.Popen([*as_postgres, f"{binaries}/postgres", "-D", data, *settings], stdout=log, stderr=log, cwd="/")
        wait("Postgres", lambda: subprocess.run([f"{binaries}/pg_isready", "-q", "-h", "127.0.0.1"]).returncode == 0)
        self.sql("create role sspr_owner login")
        self.sql("create role sspr login")
        self.sql("create database sspr owner sspr_owner")

    def sql(self, statement):
        """As the superuser: what an operator sets up, or a clock that is turned. Gives the lines of the answer."""
        database = "postgres" if statement.startswith("create ") else "sspr"
        told = subprocess.run(
            ["psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtc", statement],
            check=True, capture_output=True, text=True,
        )
        return told.stdout.splitlines()

    def _configure(self):
        key = self.folder / "key"
        key.touch(0o600)
        key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        config = self.folder / "sspr.toml"
        config.touch(0o600)
        self.hook_secret = secrets.token_hex(32)
        config.write_text(f"""
[server]
listen = "{NODE}"
public_url = "{SITE}"
trusted_proxies = ["127.0.0.1/32"]
[database]
url = "postgres://sspr@127.0.0.1/sspr?sslmode=disable"
[keys]
current_file = "key"
[log]
format = "json"
[metrics]
listen = "127.0.0.1:9464"
[mail]
host = "127.0.0.1"
port = {self.outside.mail_port}
tls = "none"
from = "Contoso password reset <no-reply@contoso.com>"
[sms]
kind = "webhook"
base_url = "{self.outside.url}sms"
signature_secret = "{self.hook_secret}"
[budgets]
{BUDGETS}""")
        self.environment = {"PATH": os.environ["PATH"], "SSPR_CONFIG": str(config), "RUST_BACKTRACE": "0"}

    def shell(self, *words, **more):
        """A verb of the program, as an operator types it."""
        environment = self.environment | {"SSPR_DATABASE__OWNER_URL": "postgres://sspr_owner@127.0.0.1/sspr?sslmode=disable"}
        done = subprocess.run([self.program, *words], env=environment, capture_output=True, text=True, **more)
        if done.returncode != 0:
            raise SystemExit(f"sspr {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def _people(self):
        self.shell("migrate")
        self.shell("company", "create", "--name", "Contoso", "--domain", "contoso.com")
        self.shell("company", "create", "--name", "Wingtip Toys", "--domain", "wingtiptoys.com")
        for user_id, name, role, address, phone in PEOPLE:
            self.shell("user", "create", user_id, "--display-name", name, "--role", role, "--alternate-email-address", address,
                       "--mobile-phone", phone, "--password-stdin", input=PASSWORD + "\n")

    def _serve(self):
        log = self.node_log.open("w")
        self.node = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=log, stderr=log)
        wait("sspr", lambda: fetch(f"http://{NODE}/readyz"))

    def _front(self):
        config = self.folder / "haproxy.cfg"
        config.write_text(f"""
global
  log stdout format raw local0
  user haproxy
  group haproxy
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
  ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20
defaults
  mode http
  log global
  log-format "%ST %HM %HP %Tr"
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
frontend plain
  bind 127.0.0.1:80
  http-request redirect scheme https code 301
frontend site
  bind 127.0.0.1:443 ssl crt {self.folder}/site.pem alpn h2,http/1.1
  # As a proxy does, behind whatever the client wrote there; another address each time, as if the scanner had a botnet.
  http-request add-header X-Forwarded-For 198.51.%[rand(256)].%[rand(256)]
  default_backend node
backend node
  server node {NODE}
""")
        log = self.front_log.open("w")
        self.front = subprocess.Popen(["haproxy", "-db", "-f", config], stdout=log, stderr=log)
        wait("the front", lambda: fetch(f"{SITE}/sign-in", self.tls))

    # What it did.

    def answers(self, since=0):
        """The statuses of all answers since that place in the log, and the place where it ends now."""
        text = self.front_log.read_text(errors="replace")
        found = re.findall(r"^(-1|\d{3}) ([A-Z<>]+\w*) (\S*) (-?\d+)$", text[since:], re.MULTILINE)
        return found, len(text)

    def panics(self):
        """Lines of the program's log that tell of one."""
        return [line for line in self.node_log.read_text(errors="replace").splitlines() if "panicked" in line]

    def metrics(self):
        """What the node counts."""
        return fetch("http://127.0.0.1:9464/metrics").decode()

    def memory_mb(self):
        """The node's resident memory."""
        status = pathlib.Path(f"/proc/{self.node.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024


def fetch(url, tls=None):
    with urllib.request.urlopen(url, timeout=5, context=tls) as answer:
        return answer.read() or b"-"


def wait(what, good):
    """Until it is so; a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if good():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{what} did not come up")
