"""`vedette logs scan` as a person at a shell uses it: what it finds, its forms, its exit codes, its memory."""
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

VEDETTE = Path(sys.argv.pop(1)).resolve()
RULES = {
    "tool.yml": r"""
title: A tool
id: 11111111-2222-4333-8444-555555555555
status: test
level: high
tags: [attack.execution, attack.t1059.001]
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: '\tool.exe'
  condition: selection
""",
    "login.yml": r"""
title: Somebody from far away
id: 00000000-2222-4333-8444-555555555555
status: test
level: medium
logsource: {product: windows, service: security}
detection:
  selection:
    EventID: 4624
    IpAddress|cidr: 203.0.113.0/24
  condition: selection
""",
}
SYSMON = "Microsoft-Windows-Sysmon/Operational"
EVENTS = [
    {"Channel": SYSMON, "EventID": 1, "Image": r"C:\x\TOOL.exe", "UtcTime": "2026-01-02 03:04:05.678", "User": "anna"},
    {"Channel": SYSMON, "EventID": 1, "Image": r"C:\x\other.exe"},
    {"Channel": "Security", "EventID": 4624, "IpAddress": "203.0.113.9", "TimeCreated": "2026-01-01T00:00:00Z"},
    {"Channel": SYSMON, "EventID": 1, "Image": r"C:\y\tool.exe", "UtcTime": "2026-01-03 00:00:00.000"},
]


def scan(*words, feed=b""):
    done = subprocess.run([VEDETTE, "logs", "scan", *map(str, words)], input=feed, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class LogsScan(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.work = Path(self.folder.name)
        os.environ["XDG_CACHE_HOME"] = str(self.work / "cache")
        self.rules = self.work / "rules"
        self.rules.mkdir()
        for name, text in RULES.items():
            (self.rules / name).write_text(text)
        self.events = self.work / "events.json"
        self.events.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))

    def test_counts_by_rule_sorted_by_id(self):
        expected = "00000000-2222-4333-8444-555555555555\t1\n11111111-2222-4333-8444-555555555555\t2\n"
        for threads in (1, 4):
            code, out, _ = scan("--rules", self.rules, "--threads", threads, "--count-by-rule", self.events)
            self.assertEqual((code, out), (1, expected))

    def test_every_layout_and_compression_says_the_same(self):
        lines = self.events.read_bytes()
        for name, content in {"list.json": json.dumps(EVENTS, indent=2).encode(),
                              "wrapped.json": json.dumps({"Records": EVENTS}).encode(),
                              "lines.gz": gzip.compress(lines)}.items():
            (self.work / name).write_bytes(content)
            code, out, err = scan("--rules", self.rules, "--count-by-rule", self.work / name)
            self.assertEqual((code, out.count("\n")), (1, 2), name + err)
        code, out, _ = scan("--rules", self.rules, "--count-by-rule", "-", feed=lines)
        self.assertEqual((code, out.count("\n")), (1, 2))

    def test_json_has_rule_event_and_what_matched(self):
        code, out, _ = scan("--rules", self.rules, "--json", self.events)
        self.assertEqual(code, 1)
        matches = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([match["position"] for match in matches], [1, 3, 4])
        first = matches[0]
        self.assertEqual(first["rule"]["title"], "A tool")
        self.assertEqual(first["event"], EVENTS[0])
        self.assertIn({"field": "Image", "value": r"C:\x\TOOL.exe"}, first["matched"])
        self.assertEqual(first["time"], "2026-01-02T03:04:05.678Z")

    def test_text_for_people(self):
        code, out, err = scan("--rules", self.rules, self.events)
        self.assertEqual(code, 1)
        self.assertIn("high  A tool  anna", out)
        self.assertIn("T1059.001", out)
        self.assertIn("4 events", err)

    def test_timelines(self):
        for ending in ("html", "csv"):
            path = self.work / f"timeline.{ending}"
            code, out, err = scan("--rules", self.rules, "--timeline", path, "--language", "vi", self.events)
            self.assertEqual((code, out), (1, ""), err)
            text = path.read_text()
            self.assertLess(text.index("2026-01-01"), text.index("2026-01-02"), "sorted by time")
        self.assertIn("Dòng thời gian", (self.work / "timeline.html").read_text())
        self.assertEqual(scan("--rules", self.rules, "--timeline", "x.txt", self.events)[0], 2)

    def test_rules_that_were_read_before_say_the_same(self):
        cold = scan("--rules", self.rules, "--json", self.events)
        self.assertEqual(len(list((self.work / "cache/vedette").iterdir())), 1)
        self.assertEqual(scan("--rules", self.rules, "--json", self.events)[:2], cold[:2])
        (self.rules / "tool.yml").write_text(RULES["tool.yml"].replace("tool.exe", "other.exe"))
        _, out, _ = scan("--rules", self.rules, "--json", self.events)
        self.assertEqual([json.loads(line)["position"] for line in out.splitlines()], [2, 3])

    def test_correlations_are_looked_for(self):
        (self.rules / "many.yml").write_text("""
title: The tool twice
id: 22222222-2222-4333-8444-555555555555
level: critical
correlation: {type: event_count, rules: [11111111-2222-4333-8444-555555555555], group-by: [Channel], timespan: 1d, condition: {gte: 2}, generate: true}
""")
        expected = ["00000000-2222-4333-8444-555555555555\t1", "11111111-2222-4333-8444-555555555555\t2",
                    "22222222-2222-4333-8444-555555555555\t1"]
        code, out, err = scan("--rules", self.rules, "--count-by-rule", self.events)
        self.assertEqual((code, out.split("\n")), (1, expected + [""]), err)
        _, out, _ = scan("--rules", self.rules, "--json", self.events)
        found = [json.loads(line) for line in out.splitlines() if "correlation" in line]
        self.assertEqual([(one["time"], one["group"], one["value"]) for one in found], [("2026-01-03T00:00:00.000Z", {"Channel": SYSMON}, 2)])
        self.assertIn("critical  The tool twice", scan("--rules", self.rules, self.events)[1])

    def test_exit_codes(self):
        quiet = self.work / "quiet.json"
        quiet.write_text('{"Channel":"x"}\n')
        self.assertEqual(scan("--rules", self.rules, quiet)[0], 0)
        code, out, err = scan("--rules", self.rules, "--count-by-rule", self.work / "nowhere", self.events)
        self.assertEqual((code, out.count("\n")), (2, 2), "the other file is scanned all the same")
        self.assertIn("nowhere", err)
        self.assertEqual(scan("--rules", self.work / "none", self.events)[0], 2)
        self.assertEqual(scan("--rules", self.rules, "--format", "nonsense", self.events)[0], 2)
        self.assertEqual(scan("--rules", self.rules)[0], 2)

    def test_what_is_not_understood_is_told(self):
        self.events.write_text('{"Channel":"x"}\nbroken \x1b[2J\n')
        code, _, err = scan("--rules", self.rules, "--format", "json", self.events)
        self.assertEqual(code, 0)
        self.assertIn("1 not understood", err)
        self.assertIn("2: broken", err)
        self.assertNotIn("\x1b", err)

    def test_memory_does_not_grow_with_the_input(self):
        line = (json.dumps(dict(EVENTS[1], Message="x" * 2000)) + "\n").encode()
        program = subprocess.Popen([VEDETTE, "logs", "scan", "--rules", self.rules, "--count-by-rule", "--threads", "2", "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        chunk = line * 500
        for _ in range(400):  # 400 MB
            program.stdin.write(chunk)
        program.stdin.close()
        self.assertEqual(program.stdout.read(), b"")
        program.stdout.close()
        self.assertEqual(program.wait(timeout=300), 0)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 250 * 1024, "KiB")


unittest.main(argv=sys.argv[:1])
