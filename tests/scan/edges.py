"""What is not about pages: TLS of the front (which is not ours, so that the scan is known to be over good TLS), and slow clients."""

import re
import subprocess
import xml.etree.ElementTree

import rig as rigs
from report import Finding, Result

# Straight at the node too: an operator's proxy may pass slow clients on.
TARGETS = {"front": f"{rigs.SITE}/sign-in", "node": f"http://{rigs.HOST}:8080/sign-in"}
WAYS = {"slow headers": ["-H", "-i", "5"], "slow body": ["-B", "-i", "5", "-s", "8192", "-t", "POST"], "slow read": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"]}


def sslscan(rig, _tools):
    """Protocols and ciphers."""
    result = Result("sslscan")
    done = subprocess.run(["sslscan", "--xml=-", "--no-colour", rigs.HOST], capture_output=True, text=True, timeout=120)
    try:
        told = xml.etree.ElementTree.fromstring(done.stdout[done.stdout.index("<?xml"):])
        test = told.find("ssltest")
    except (ValueError, xml.etree.ElementTree.ParseError) as wrong:
        result.broken.append(f"{wrong}: {done.stdout[:200]} {done.stderr[:200]}")
        return result
    result.version = told.get("version", "").split("-")[0]
    on = [f"{p.get('type').upper()} {p.get('version')}" for p in test.findall("protocol") if p.get("enabled") == "1"]
    ciphers = test.findall("cipher")
    result.notes.append(f"the front speaks {', '.join(on)} with {len(ciphers)} ciphers")
    result.findings += [Finding("medium", f"old protocol {name}") for name in on if name not in ("TLS 1.2", "TLS 1.3")]
    result.findings += [Finding("medium", f"weak cipher {c.get('cipher')}") for c in ciphers if c.get("strength") not in ("strong", "acceptable")]
    result.findings += [Finding("high", "heartbleed") for h in test.findall("heartbleed") if h.get("vulnerable") == "1"]
    if not ciphers:
        result.broken.append("it saw no cipher")
    return result


def slowhttptest(rig, _tools):
    """Three ways to be slow, 400 connections for 25 seconds each. A finding: the site stops answering others."""
    result = Result("slowhttptest")
    for whom, url in TARGETS.items():
        for way, flags in WAYS.items():
            command = ["slowhttptest", "-c", "400", "-r", "200", "-l", "25", "-p", "5", "-u", url, *flags]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout)
            version = re.search(r"slowhttptest version ([\d.]+)", text)
            result.version = version[1] if version else result.version
            seen = re.findall(r"service available:\s+(YES|NO)", text)
            if not seen:
                result.broken.append(f"{whom}, {way}: {text[-200:]} {done.stderr[-200:]}")
            elif away := seen.count("NO"):
                # Once may be a machine that was busy with something else for five seconds.
                level = "medium" if away > 1 else "info"
                result.findings.append(Finding(level, f"not available {away} of {len(seen)} times: {way}", whom))
            rest = re.findall(r"(closed|connected|pending|error):\s+(\d+)", text)[-4:]
            result.notes.append(f"{whom}, {way}: available {seen.count('YES')} of {len(seen)} times; {', '.join(f'{n} {what}' for what, n in rest)}")
    result.notes.append(f"memory of the node: {rig.memory_mb()} MB")
    return result
