"""Wapiti: crawls the site and attacks what it finds, as a stranger and as a global administrator.

Left out are the modules that ask the internet what a version means or bring their lists from there (cms, htp, wapp, wp_enum,
network_device, nikto), and those that need DNS (log4shell, takeover). What it wants the service to call is our own server.
"""

import json
import os
import re
import subprocess

import control
import robot
import rig as rigs
from report import Finding, Result

LEVELS = {0: "info", 1: "low", 2: "medium", 3: "high", 4: "critical"}
MODULES = [
    "backup", "brute_login_form", "buster", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers",
    "https_redirect", "ldap", "methods", "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "ssl", "ssrf", "timesql",
    "upload", "xss", "xxe",
]
# What one module may take. Whatever is cut short is told.
SECONDS = os.environ.get("SSPR_SCAN_MODULE_SECONDS", "300")
# Pages that no link leads to.
PUBLIC = ["/sign-in", "/reset", "/reset/verify-user", "/contact-administrator", "/.well-known/change-password", "/robots.txt"]
PORTAL = ["/portal/users", "/portal/users/new", "/portal/readiness", "/portal/requests", "/portal/messages", "/portal/company",
          "/portal/audit", "/account", "/account/password"]


def anonymous(rig, tools):
    """With a reset under way, one-time links and those in notices, as a stranger who found them would have."""
    browser = robot.Robot(rig)
    browser.up_to_code("gus@contoso.com", "gus@fabrikam.com", "+14255550111")
    link = robot.Robot(rig).start("gus@contoso.com").link("gus@fabrikam.com")
    starts = [*PUBLIC, "/reset/security-code", link, link.replace("/reset/email-link/", "/not-me/")]
    return run(rig, tools, "wapiti", browser.cookies(), starts, ["/sign-out"])


def signed_in(rig, tools):
    """As Ann, who may do everything in her company. Not pressed: what ends her own session."""
    browser = robot.Robot(rig).sign_in("ann@contoso.com")
    ids = rig.sql("select id from users where user_id <> 'ann@contoso.com' and user_id like '%@contoso.com'")
    people = [f"/portal/users/{person}{deed}" for person in ids for deed in ("", "/block", "/delete", "/reset-password")]
    result = run(rig, tools, "wapiti signed in", browser.cookies(), [*PORTAL, *people],
                 ["/sign-out", "/account/sessions/end", "/account/password"])
    at, _, _ = browser.open("/portal/users")
    if at != "/portal/users":
        result.broken.append(f"the session ended on the way: {at}")
    return result


def finds_holes(rig, tools):
    """Whether it finds those of the control page."""
    out = rig.folder / "wapiti-control.json"
    subprocess.run([tools / "python/bin/wapiti", "-u", control.URL, "--scope", "page", "-m", "sql,xss,http_headers", "-f", "json", "-o", out,
                    "--store-session", rig.folder / "wapiti", "--store-config", rig.folder / "wapiti-config", "--flush-session",
                    "--endpoint", rig.outside.url, "--no-bugreport"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    found = json.loads(out.read_text())["vulnerabilities"] if out.exists() else {}
    return found.get("SQL Injection") and found.get("Reflected Cross Site Scripting")


def run(rig, tools, name, cookies, starts, excluded):
    out = rig.folder / f"{name.replace(' ', '-')}.json"
    command = [
        tools / "python/bin/wapiti", "-u", f"{rigs.SITE}/", "--scope", "domain", "-C", cookies, "-m", ",".join(MODULES), "-f", "json",
        "-o", out, "--store-session", rig.folder / "wapiti", "--store-config", rig.folder / "wapiti-config", "--flush-session",
        "--endpoint", rig.outside.url, "--no-bugreport", "--verify-ssl", "0", "-v", "1", "--tasks", "4", "-t", "15",
        "--max-scan-time", "240", "--max-attack-time", SECONDS,
    ]
    for path in starts:
        command += ["-s", f"{rigs.SITE}{path}"]
    for path in excluded:
        command += ["-x", f"{rigs.SITE}{path}"]
    log = (rig.folder / f"{name.replace(' ', '-')}.log").open("w")
    subprocess.run(command, stdout=log, stderr=log, cwd=rig.folder, timeout=5400, check=False)
    result = Result(name)
    if not finds_holes(rig, tools):
        result.broken.append("it did not find the holes of the control page")
    if not out.exists():
        result.broken.append(f"no report; see {log.name}")
        return result
    told = json.loads(out.read_text())
    result.version = told["infos"]["version"].removeprefix("Wapiti ")
    for kind in ("vulnerabilities", "anomalies"):
        for category, found in told[kind].items():
            for one in found:
                what = f"{category}: {' '.join(one['info'].split())}"
                where = f"{one['method']} {one['path']} {one['parameter'] or ''}".strip()
                result.findings.append(Finding(LEVELS[one["level"]], what, where))
    for category, found in told["additionals"].items():
        result.findings += [Finding("info", f"{category}: {' '.join(one['info'].split())}") for one in found]
    pages = told["infos"].get("crawled_pages_nbr") or len(told["infos"].get("crawled_pages") or [])
    result.notes.append(f"{pages} pages and forms, modules {', '.join(MODULES)}")
    cut = re.findall(r"Max attack time was reached for module (\w+)", open(log.name).read())
    if cut:
        result.notes.append(f"cut short after {SECONDS} s: {', '.join(cut)}")
    if not pages or pages < 10:
        result.broken.append(f"it found only {pages} pages")
    return result
