"""sqlmap over every field, cookie and header that reaches a handler.

Level 5 and risk 3 at each would take hours. So they are for what is looked up in the database as it was typed (user IDs, the portal's
searches, tokens and ids in addresses, the session's cookie); sign-in, where each try costs a hash, gets level 3, risk 3, the rest
level 2, risk 2. Told that the database is Postgres, it leaves out what only others understand. It compares the words of pages alone,
since each has a puzzle and a token of its own. A token of a form is good for its browser and session: cookies are given and kept, none are
taken. Passwords are tried under another user ID each time, for ten wrong ones of the same would be the last that is looked at.
"""

import os
import re
import subprocess
import urllib.parse

import control
import robot
import rig as rigs
from report import Finding, Result

DEEP = ["--level", "5", "--risk", "3"]
MIDDLE = ["--level", "3", "--risk", "3"]
QUICK = ["--level", "2", "--risk", "2"]
# Seconds for one target: what is slow because it hashes has had some thousand tries by then.
PATIENCE = 300


def targets(rig):
    """What is attacked: a name, the address, the form if there is one, whose browser, which fields, how deep, further flags."""
    stranger = robot.Robot(rig)
    token = {"form_token": stranger.form("/sign-in")["form_token"]}
    who = {"user_id": "vic@contoso.com", "captcha": "ABCDEF", "captcha_id": "x", "without_puzzle": "1"}
    verify = stranger.form("/reset/verify-user") | who
    contact = stranger.form("/contact-administrator") | who
    yield "reset", "/reset", stranger.form("/reset") | {"option": "forgot_password"}, stranger, "option,form_token", QUICK
    yield "verify-user", "/reset/verify-user", verify, stranger, "user_id", DEEP
    yield "verify-user, the rest", "/reset/verify-user", verify, stranger, "captcha,captcha_id,without_puzzle,form_token", QUICK
    puzzle = contact | {"without_puzzle": "", "captcha_id": stranger.form("/contact-administrator")["captcha_id"]}
    yield "contact", "/contact-administrator", contact, stranger, "user_id", DEEP
    yield "contact, with characters", "/contact-administrator", puzzle, stranger, "captcha,captcha_id", QUICK
    sign_in = token | {"user_id": "vic@contoso.com", "password": "wrong"}
    yield "sign-in", "/sign-in", sign_in, stranger, "user_id", MIDDLE
    yield "sign-in, password", "/sign-in", sign_in, stranger, "password", [*QUICK, "--randomize=user_id"]
    for path in ("/reset/email-link/", "/not-me/", "/set-password/", "/confirm-contact/"):
        yield f"GET {path}", f"{path}AaH-pNyoci2yBL7Nd1oKQS4ki*", None, stranger, None, DEEP
    not_me = stranger.start("gus@contoso.com").link("gus@fabrikam.com").replace("/reset/email-link/", "/not-me/")
    yield "POST /not-me/", f"{not_me[:-4]}*", stranger.form(not_me), stranger, None, QUICK
    yield "captcha", "/captcha/x*.png", None, stranger, None, QUICK
    yield "GET /static/", "/static/style*.css", None, stranger, None, QUICK
    headers = "user-agent,referer,host,__Host-sspr-visitor,__Host-sspr-reset"
    yield "headers and cookies of a reset", "/reset/check-email", None, stranger, headers, DEEP
    for header in ("X-Forwarded-For", "Accept-Language", "Origin"):
        yield header, "/reset/verify-user", verify, stranger, None, [*QUICK, "--headers", f"{header}: 192.0.2.1*"]

    walker = robot.Robot(rig)
    walker.up_to_code("gus@contoso.com", "gus@fabrikam.com", "+14255550111")
    code = walker.form("/reset/security-code") | {"code": "12345678"}
    yield "security code", "/reset/security-code", code, walker, "code,form_token,__Host-sspr-reset", QUICK
    walker = robot.Robot(rig).up_to_password("gus@contoso.com", "gus@fabrikam.com", "+14255550111")
    # Never the same twice: what is taken as a password would end the attempt.
    password = walker.form("/reset/new-password") | {"new_password": "short", "confirm_password": "another"}
    yield "new password", "/reset/new-password", password, walker, "new_password,confirm_password", QUICK

    ann = robot.Robot(rig).sign_in("ann@contoso.com")
    uma = rig.sql("select id from users where user_id = 'uma@contoso.com'")[0]
    searches = {
        "/portal/users": {"search": "uma", "role": "user", "ready": "no", "blocked": "no", "after": uma, "before": uma},
        "/portal/readiness": {"ready": "no", "role": "user"},
        "/portal/messages": {"state": "sent", "channel": "email", "kind": "x", "from": "7d", "user": uma, "older": "1", "newer": "1"},
        "/portal/audit": {"search": "uma", "event": "x", "outcome": "x", "from": "7d", "until": "1d", "user": uma, "older": "1"},
    }
    for path, fields in searches.items():
        first, *rest = fields
        yield path, f"{path}?{urllib.parse.urlencode(fields)}", None, ann, first, DEEP
        yield f"{path}, the rest", f"{path}?{urllib.parse.urlencode(fields)}", None, ann, ",".join(rest), QUICK
    yield "audit.csv", "/portal/audit.csv?search=uma&user=x", None, ann, "search,user", QUICK
    yield "a user's id", f"/portal/users/{uma}*", None, ann, None, DEEP
    yield "a message's id", f"/portal/messages/{uma}*", None, ann, None, QUICK
    yield "an attempt's id", f"/portal/audit/attempts/{uma}*", None, ann, None, QUICK
    edit = ann.form(f"/portal/users/{uma}")
    edit_fields = [name for name in edit if name not in ("form_token", "reviewed")]
    yield "a user's form", f"/portal/users/{uma}", edit, ann, ",".join(edit_fields), QUICK
    new = ann.form("/portal/users/new") | {"user_id": "new@contoso.com", "display_name": "New"}
    yield "a new user", "/portal/users/new", new, ann, ",".join(name for name in new if name != "form_token"), QUICK
    company = ann.form("/portal/company")
    yield "the company", "/portal/company", company, ann, ",".join(name for name in company if name != "form_token"), QUICK
    yield "the session", "/portal/users", None, ann, "__Host-sspr-account", DEEP
    yield "a receipt", "/hooks/sms/webhook?message=x", {"status": "delivered"}, stranger, "message,status", QUICK


def run(rig, _tools):
    """One after the other; each ends by itself, and by force after five minutes. First the page that has a hole."""
    result = Result("sqlmap")
    if "identified the following injection point" not in attack(rig, "control", control.URL, QUICK, ["-p", "name"])[0]:
        result.broken.append("it did not find the hole of the control page")
    chosen = re.compile(os.environ.get("SSPR_SCAN_TARGETS", ""))
    for name, path, form, browser, fields, depth, *more in targets(rig):
        if not chosen.search(name):
            continue
        _, before = rig.answers()
        flags = ["--cookie", browser.cookies(), *more]
        if form is not None:
            flags += ["--data", urllib.parse.urlencode(form)]
        if fields:
            flags += ["-p", fields]
        told, whole = attack(rig, name, rigs.SITE + path, depth, flags)
        judge(result, name, told, whole, rig.answers(before)[0])
    return result


def attack(rig, name, url, depth, flags):
    """What sqlmap printed, and whether it came to its end."""
    command = ["sqlmap", "-u", url, "--batch", "--flush-session", "--disable-coloring", "--dbms", "PostgreSQL", "--text-only",
               "--ignore-redirects", "--drop-set-cookie", "--threads", "2", "--timeout", "15", "--output-dir", rig.folder / "sqlmap",
               "--ignore-code", "400,401,403,404,409,413,415,421,422,429", *depth, *flags]
    log = rig.folder / f"sqlmap-{re.sub('[^a-z]+', '-', name.lower())}.log"
    with log.open("w") as out:
        try:
            subprocess.run(command, stdout=out, stderr=out, timeout=PATIENCE, check=False, cwd=rig.folder)
            whole = True
        except subprocess.TimeoutExpired:
            whole = False
    return log.read_text(errors="replace"), whole


def judge(result, name, told, whole, answers):
    """Reads what it said. It must have tried, and must have said in the end that there is nothing."""
    if not result.version and (version := re.search(r"\{([\d.]+)#", told)):
        result.version = version[1]
    for found in re.findall(r"^Parameter: (.+)\n\s+Type: (.+)", told, re.MULTILINE):
        result.findings.append(Finding("critical", f"{name}: {found[0]} is injectable ({found[1]})"))
    for hint in re.findall(r"heuristic \(.+?\) test shows that (.+)", told):
        if "might not be injectable" not in hint:
            result.findings.append(Finding("info", f"{name}: {hint.strip()}"))
    refused = sum(status in ("403", "421") for status, *_ in answers)
    late = "" if whole else f"; ended by force after {PATIENCE} s, before it was through"
    result.notes.append(f"{name}: {len(answers)} requests, {refused} of them refused for their token or host{late}")
    if whole and "all tested parameters do not appear to be injectable" not in told and not result.findings:
        last = [line for line in told.splitlines() if "[CRITICAL]" in line or "[ERROR]" in line][-1:]
        result.broken.append(f"{name}: {' '.join(last) or told[-300:]}")
    if len(answers) < 20:
        result.broken.append(f"{name}: only {len(answers)} requests")
