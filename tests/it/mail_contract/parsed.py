"""Reads mails (JSON on standard input) with Python's own libraries and prints what is wrong with them, as JSON."""

import base64
import email
import email.policy
import json
import re
import sys
from html.parser import HTMLParser

HOST = "reset.contoso.com"
LOADS = {"src", "srcset", "background", "poster", "data", "action"}
ONCE = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"]
ONCE += ["X-Auto-Response-Suppress", "Content-Language", "Content-Type", "Return-Path"]


class Reader(HTMLParser):
    """The words that are seen, the links, and whatever a browser would load."""

    def __init__(self):
        super().__init__()
        self.words, self.links, self.loads, self.title = [], [], [], None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        # The title is the subject in other words: the text part has none.
        self.title = tag if tag in {"title", "h1"} else self.title
        if tag == "a":
            self.links.append(attrs.get("href"))
        elif "href" in attrs:
            self.loads.append(tag)
        self.loads += [f"{tag} {name}" for name in attrs if name in LOADS]
        if "url(" in attrs.get("style", "") or tag in {"style", "script", "iframe", "object", "form"}:
            self.loads.append(tag)

    def handle_endtag(self, tag):
        if tag == self.title:
            self.title = None

    def handle_data(self, data):
        if not self.title:
            self.words += data.split()


def faults(raw):
    lines = raw.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        yield "a line end of its own kind"
    if max(len(line) for line in lines) > 998:
        yield "a line of more than 998 bytes"
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        yield from (f"defect {type(defect).__name__}" for defect in part.defects)
    for name in ONCE:
        if len(message.get_all(name, [])) != 1:
            yield f"{name} is there {len(message.get_all(name, []))} times"
    if message["Auto-Submitted"] != "auto-generated" or message["X-Auto-Response-Suppress"] != "All":
        yield "Auto-Submitted: a machine may answer"
    if not re.fullmatch(rf"<[0-9a-f-]{{36}}@{re.escape(HOST)}>", message["Message-ID"] or ""):
        yield "Message-ID is not of our host"
    if message["Date"] is None or message["Date"].datetime.utcoffset().total_seconds() != 0:
        yield "Date is not in UTC"
    if re.search(r"[^\x20-\x7e]", str(message["Subject"])) or "UTC" not in str(message["Subject"]):
        yield "Subject is not plain, or could be one of two"
    parts = [part.get_content_type() for part in message.walk()]
    if parts != ["multipart/alternative", "text/plain", "text/html"]:
        yield f"parts {parts}"
        return
    text, html = (part.get_content() for part in message.iter_parts())
    links = re.findall(r"https?://\S+", text)
    reader = Reader()
    reader.feed(html)
    if reader.loads:
        yield f"loads {reader.loads}"
    alone = [line for line in text.splitlines() if line in links]
    if len(links) != 1 or reader.links != links or alone != links or not links[0].startswith(f"https://{HOST}/"):
        yield f"link: {len(links)} and {len(reader.links)}, or not the same, or not ours, or not on its own line"
    # "label: value" in text is two cells in HTML; who sends stands below there and above here.
    of_text = [word.rstrip(":") for word in text.split() if word not in links]
    of_html = [word.rstrip(":") for word in reader.words]
    if sorted(of_text) != sorted(of_html):
        yield f"words differ: {sorted(set(of_text) ^ set(of_html))}"


print(json.dumps([
    f"{mail['kind']}: {fault}"
    for mail in json.load(sys.stdin)
    for fault in faults(base64.b64decode(mail["raw"]))
]))
