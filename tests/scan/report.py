"""What scanners found, judged: severity by severity, without what is known to be nothing."""

import dataclasses
import fnmatch
import pathlib
import re
import tomllib

LEVELS = ("info", "low", "medium", "high", "critical")
JUDGED = pathlib.Path(__file__).with_name("judged.toml")


@dataclasses.dataclass
class Finding:
    """One thing that a tool said. `what` begins with the tool's own name for it."""

    level: str
    what: str
    where: str = ""

    def __str__(self):
        return f"{self.level}: {self.what}" + (f" [{self.where}]" if self.where else "")


@dataclasses.dataclass
class Result:
    """One run of one tool. `broken`: why it could not do its work, which is never a pass."""

    tool: str
    version: str = ""
    findings: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    broken: list = dataclasses.field(default_factory=list)
    answers: dict = dataclasses.field(default_factory=dict)
    seconds: int = 0


def judged(tool, finding):
    """Why this finding is nothing, if somebody looked at it."""
    for known in tomllib.loads(JUDGED.read_text())["judged"]:
        fits = (fnmatch.fnmatchcase(tool, known["tool"]), fnmatch.fnmatchcase(finding.what, known["what"]),
                fnmatch.fnmatchcase(finding.where, known.get("where", "*")))
        if all(fits):
            return known["reason"]
    return None


def tell(results, panics, calls):
    """Prints it all; gives the exit code."""
    bad = 0
    print("\ntool                      requests     2xx     3xx     4xx  (429)   5xx    s  findings")
    for result in results:
        count = result.answers.get
        open_findings = {level: 0 for level in LEVELS}
        known = 0
        for finding in result.findings:
            if finding.level != "info" and judged(result.tool, finding):
                known += 1
            else:
                open_findings[finding.level] += 1
        above = sum(number for level, number in open_findings.items() if level != "info")
        words = ", ".join(f"{number} {level}" for level, number in open_findings.items() if number) or "none"
        if known:
            words += f", {known} judged"
        print(f"{result.tool + ' ' + result.version:25.25} {sum(result.answers.values()) - count('429', 0):8}  {count('2', 0):6}{count('3', 0):8}"
              f"{count('4', 0):8}  {count('429', 0):5}  {count('5', 0):4} {result.seconds:4}  {words}")
        bad += above + len(result.broken) + count("5", 0)
    for result in results:
        for line in result.notes:
            print(f"  {result.tool}: {line}")
        for line in result.broken:
            print(f"! {result.tool} could not do its work: {line}")
        reasons, open_ones, infos = {}, {}, {}
        for finding in result.findings:
            # Of what is informational the kind is enough; the rest is told as it was said.
            if finding.level == "info":
                count_in(infos, finding.what.split(":")[0])
            elif reason := judged(result.tool, finding):
                count_in(reasons.setdefault(reason, {}), shape(finding))
            else:
                count_in(open_ones, shape(finding))
        for line, times in open_ones.items():
            print(f"! {result.tool}: {line}, {times} times")
        for reason, lines in reasons.items():
            print(f"  {result.tool}, judged: {reason}")
            for line, times in lines.items():
                print(f"      {line}, {times} times")
        if infos:
            print(f"  {result.tool}, informational: {', '.join(f'{times} {kind}' for kind, times in infos.items())}")
    for line in calls:
        print(f"! the service was talked into a call outside: {line}")
    for line in panics:
        print(f"! panic: {line}")
    print(f"\npanics: {len(panics)}; calls outside: {len(calls)}")
    return 1 if bad + len(panics) + len(calls) else 0


def shape(finding):
    """As it was said, with pages that differ by an id, or by the secret of a link, counted as one."""
    said = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", str(finding))
    return re.sub(r"/[A-Za-z0-9_-]{60,}", "/TOKEN", said)


def count_in(lines, line):
    lines[line] = lines.get(line, 0) + 1
