"""Starts the instance, runs the scanners one after the other, tells what they found. Called by .ci/scan, which has the arguments."""

import collections
import os
import pathlib
import shutil
import subprocess
import sys
import time

import edges
import headers
import report
import rig as rigs
import sqlmap
import wapiti

# In this order: slow clients last, what signs in before what may change who can.
SCANNERS = {
    "headers": [headers.observatory, headers.shcheck],
    "tls": [edges.sslscan],
    "sqlmap": [sqlmap.run],
    "wapiti": [wapiti.anonymous],
    "wapiti-signed-in": [wapiti.signed_in],
    "slow": [edges.slowhttptest],
}


def main():
    program, tools, *chosen = sys.argv[1:]
    rig = rigs.Rig(program)
    code = 1
    try:
        code = shell(rig) if chosen == ["shell"] else scan(rig, pathlib.Path(tools), chosen or list(SCANNERS))
    finally:
        rig.front.kill()
        rig.node.kill()
        if code == 0 or chosen == ["shell"]:
            shutil.rmtree(rig.folder, ignore_errors=True)
        else:
            print(f"what the tools wrote stays in {rig.folder}")
    return code


def scan(rig, tools, chosen):
    results = []
    for run in [run for name in chosen for run in SCANNERS[name]]:
        from_second = time.monotonic()
        _, before = rig.answers()
        try:
            result = run(rig, tools)
        # What one scanner stumbles over costs the others nothing.
        except (Exception, SystemExit) as wrong:
            result = report.Result(f"{run.__module__} {run.__name__}", broken=[f"{type(wrong).__name__}: {wrong}"])
        answers, _ = rig.answers(before)
        result.answers = collections.Counter(status[0] for status, *_ in answers)
        result.answers["429"] = sum(status == "429" for status, *_ in answers)
        result.seconds = round(time.monotonic() - from_second)
        for status, method, path, _ in [one for one in answers if one[0][0] == "5"][:20]:
            result.broken.append(f"answer {status}: {method} {path}")
        print(f"{result.tool}: {result.seconds} s, {len(answers)} requests", flush=True)
        results.append(result)
    return report.tell(results, rig.panics(), rig.outside.calls)


def shell(rig):
    """For whoever attacks by hand."""
    print(f"the site: {rigs.SITE}, its authority: {rig.ca}, files: {rig.folder}; everybody's password: {rigs.PASSWORD!r}")
    subprocess.run([os.environ.get("SHELL", "/bin/bash")], check=False)
    return 0


sys.exit(main())
