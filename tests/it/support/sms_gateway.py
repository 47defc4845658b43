"""A gateway that speaks the protocol of src/senders/sms/webhook.rs, written from its description alone: the sample to start from.

Called with one JSON argument: {"secret": "…", "answers": [[status, {headers}, body], …]}. Each request of the right shape gets the next
answer, and {"reference": "gateway-N"} when none is left; the answer "hang" says nothing. It prints one JSON line for each event: "port"
first, then "message" or "fault". A line {"message": "…", "status": "…"} on its input is signed as a receipt and printed as "receipt".
It ends with its input.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

how = json.loads(sys.argv[1])
secret = how["secret"].encode()
answers = list(how.get("answers", []))
sent = set()
lock = threading.Lock()


def say(**event):
    with lock:
        print(json.dumps(event), flush=True)


def signature(timestamp, body):
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def fault_of(path, headers, body):
    """What is wrong with a request, or None. The signature comes first: before it nothing is believed."""
    timestamp = headers.get("X-Sspr-Timestamp", "")
    if not hmac.compare_digest(signature(timestamp, body), headers.get("X-Sspr-Signature", "")):
        return "signature"
    if abs(time.time() - int(timestamp)) > 300:
        return "timestamp"
    if path != "/in" or headers.get("Content-Type") != "application/json":
        return "path or type"
    message = json.loads(body)
    if set(message) - {"receipt_url"} != {"id", "to", "text", "valid_until"}:
        return "fields"
    if headers.get("Idempotency-Key") != message["id"]:
        return "idempotency key"
    end = datetime.strptime(message["valid_until"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    if end <= datetime.now(timezone.utc):
        return "too late"
    return None


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = fault_of(self.path, self.headers, body)
        if fault:
            say(event="fault", what=fault)
            self.answer(400, {}, {"code": fault})
            return
        message = json.loads(body)
        with lock:
            again = message["id"] in sent
            sent.add(message["id"])
            answer = answers.pop(0) if answers else [202, {}, {"reference": f"gateway-{len(sent)}"}]
        say(event="message", again=again, **message)
        if answer == "hang":
            time.sleep(60)
        else:
            self.answer(*answer)

    def answer(self, status, headers, body):
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def receipts():
    """A real gateway posts these two headers and this body to the message's receipt_url."""
    for line in sys.stdin:
        body, timestamp = line.strip().encode(), str(int(time.time()))
        say(event="receipt", timestamp=timestamp, signature=signature(timestamp, body), body=body.decode())
    os._exit(0)


server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
threading.Thread(target=receipts, daemon=True).start()
say(event="port", port=server.server_port)
server.serve_forever()
