"""Headers, by two tools of others: MDN's HTTP Observatory grades the site, shcheck looks at a page of each kind."""

import json
import os
import re
import subprocess

import control
import robot
import rig as rigs
from report import Finding, Result

PAGES = ["/sign-in", "/reset", "/reset/verify-user", "/contact-administrator", "/no-such-page", "/not-me/no-such-link", "/robots.txt",
         "/reset/ended"]


def observatory(rig, tools):
    """The whole site, as its public service would grade it. Below A+, or a test that failed, is a finding."""
    package = tools / "npm/node_modules/@mdn/mdn-http-observatory"
    result = Result("observatory", json.loads((package / "package.json").read_text())["version"])
    # It would bring the list of preloaded sites from the internet as it is installed. On none of it, as ours is.
    (package / "conf/hsts-preload.json").write_text("{}")
    # Not by its wrapper, which has authorities of its own.
    environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(rig.ca)}
    done = subprocess.run(["node", package / "src/scan.js", rigs.HOST], env=environment, capture_output=True, text=True, timeout=120)
    try:
        told = json.loads(done.stdout)
        scan = told["scan"]
    except (ValueError, KeyError):
        result.broken.append(f"{done.stdout[:300]} {done.stderr[:300]}")
        return result
    result.notes.append(f"grade {scan['grade']}, score {scan['score']}, {scan['testsPassed']} of {scan['testsQuantity']} tests passed")
    if scan["grade"] != "A+":
        result.findings.append(Finding("medium", f"grade {scan['grade']}"))
    for name, test in told["tests"].items():
        if not test["pass"]:
            result.findings.append(Finding("medium" if test["scoreModifier"] < 0 else "low", f"{name}: {test['result']}"))
        elif test["scoreModifier"] <= 0:
            result.findings.append(Finding("info", f"{name}: {test['result']}"))
    return result


def shcheck(rig, tools):
    """Page by page, error pages and the portal too."""
    result = Result("shcheck", re.search(r"shcheck==([\d.]+)", (tools / "python/requirements.txt").read_text())[1])
    cookies = robot.Robot(rig).sign_in("ann@contoso.com").cookies()
    urls = [control.URL, *(rigs.SITE + path for path in (*PAGES, "/portal/users", "/portal/audit.csv"))]
    for url in urls:
        command = [tools / "python/bin/shcheck.py", "-d", "-j", "-i", "-g", "-a", "Cookie: " + cookies, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        try:
            (told,) = json.loads(done.stdout).values()
        except ValueError:
            result.broken.append(f"{url}: {done.stdout[:200]} {done.stderr[-200:]}")
            continue
        missing, where = told.get("missing", []), url.removeprefix(rigs.SITE)
        if url == control.URL:
            if "Content-Security-Policy" not in missing:
                result.broken.append("it missed nothing on the control page")
            continue
        result.findings += [Finding("low", f"missing {header}", where) for header in missing]
        result.findings += [Finding("info", f"{name}: {value}", where) for name, value in told.get("information_disclosure", {}).items()]
        if not told.get("present"):
            result.broken.append(f"{where}: it saw no header: {told}")
    return result
