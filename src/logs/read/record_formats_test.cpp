// Formats with their own structure: audit, journal export, W3C, CEF and LEEF, EVE. Lines of our own writing
// in the shape of the real ones.
#include <gtest/gtest.h>

#include "logs/read/audit.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"

namespace vedette::logs {
namespace {

class RecordFormats : public ::testing::Test {
 protected:
  struct Event {
    std::vector<std::pair<std::string, std::string>> fields;
    std::string raw, time;
    // All values of a name, with '|' between them.
    std::string operator[](std::string_view name) const {
      std::string out;
      for (const auto& [key, value] : fields) {
        if (key == name) out += (out.empty() ? "" : "|") + value;
      }
      return out;
    }
  };
  std::vector<Event> read(std::string_view text, std::string_view format = "auto") {
    auto reader = open_reader(Input::of(std::string(text)), format, context_).value();
    std::vector<Event> events;
    for (;;) {
      const auto event = reader->next().value();
      if (!event) break;
      Event copy{{}, std::string(event->raw), event->time ? to_rfc3339(*event->time) : ""};
      for (const Field& field : event->fields) copy.fields.emplace_back(field.name, field.value);
      events.push_back(std::move(copy));
    }
    counters_ = reader->counters();
    return events;
  }
  static const PatternSet& patterns() {
    static const PatternSet set = PatternSet::built_in().value();
    return set;
  }
  ManualClock clock_{parse_rfc3339("2026-03-01T10:00:00Z").value()};
  const ReaderContext context_{clock_, Zone::named("+07:00").value(), patterns()};
  ReadCounters counters_;
};

TEST_F(RecordFormats, AuditRecordsOfOneSerialAreOneEvent) {
  const auto events = read(
      "type=SYSCALL msg=audit(1767323045.678:101): arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=56 "
      "ppid=7 pid=8 "
      "auid=1000 uid=0 comm=\"curl\" exe=\"/usr/bin/curl\" key=\"net\"\x1D"
      "ARCH=x86_64 SYSCALL=execve UID=\"root\"\n"
      "type=EXECVE msg=audit(1767323045.678:101): argc=3 a0=\"curl\" a1=\"-o\" a2=2F746D702F612062\n"
      "type=SYSCALL msg=audit(1767323045.700:102): syscall=2 success=no comm=\"cat\"\n"
      "type=CWD msg=audit(1767323045.678:101): cwd=\"/root\"\n"
      "type=PATH msg=audit(1767323045.678:101): item=0 name=2F746D702FC3A12E7478 nametype=NORMAL\n"
      "type=PROCTITLE msg=audit(1767323045.678:101): proctitle=6375726C002D6F002F746D702F612062\n"
      "type=EOE msg=audit(1767323045.678:101): \n"
      "node=gate type=USER_LOGIN msg=audit(1767323046.000:103): pid=9 uid=0 auid=4294967295 msg='op=login "
      "acct=\"minh\" "
      "exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 terminal=ssh res=failed'\n"
      "no audit line\n");
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0]["type"], "SYSCALL|EXECVE|CWD|PATH|PROCTITLE");
  EXPECT_EQ(events[0]["a0"], "55|curl");
  EXPECT_EQ(events[0]["a2"], "/tmp/a b");
  EXPECT_EQ(events[0]["process.args"], "curl|-o|/tmp/a b");
  EXPECT_EQ(events[0]["process.command_line"], "curl -o /tmp/a b");
  EXPECT_EQ(events[0]["process.executable"], "/usr/bin/curl");
  EXPECT_EQ(events[0]["process.working_directory"], "/root");
  EXPECT_EQ(events[0]["SYSCALL"], "execve");
  EXPECT_EQ(events[0]["name"], "/tmp/á.tx");
  EXPECT_EQ(events[0]["event.outcome"], "success");
  EXPECT_EQ(events[0].time, "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(events[0]["auditd.sequence"], "101");
  EXPECT_EQ(events[1]["message"], "no audit line");
  EXPECT_EQ(events[2]["event.outcome"], "failure");
  EXPECT_EQ(events[3]["host.hostname"], "gate");
  EXPECT_EQ(events[3]["acct"], "minh");
  EXPECT_EQ(events[3]["source.ip"], "192.0.2.7");
  EXPECT_EQ(events[3]["event.outcome"], "failure");
  EXPECT_EQ(counters_.unparsed, 1u);
}

TEST_F(RecordFormats, AuditGroupsThatNeverEndAreBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "type=SYSCALL msg=audit(1767323045.678:" + std::to_string(i) + "): syscall=2\n";
  }
  for (int i = 0; i < 1000; ++i)
    text += "type=PATH msg=audit(1767323045.678:5000): item=" + std::to_string(i) + "\n";
  const auto events = read(text);
  EXPECT_EQ(events.size(), 1001u);
  EXPECT_EQ(counters_.cut, 1u);
  EXPECT_EQ(events[0]["auditd.sequence"], "0");
}

TEST_F(RecordFormats, JournalExport) {
  std::string text =
      "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1767323045678901\n__MONOTONIC_TIMESTAMP=5\n_HOSTNAME=gate\n_"
      "PID=12\n"
      "SYSLOG_IDENTIFIER=sshd\n_COMM=sshd\nPRIORITY=6\nMESSAGE=Failed password for root from 192.0.2.7 port "
      "22 ssh2\n"
      "MY_FIELD=x\n\n__CURSOR=s=1;i=3\n_HOSTNAME=gate\nMESSAGE\n";
  const std::string message("two\nlines\0=", 11);
  text += std::string("\x0B\0\0\0\0\0\0\0", 8) + message + "\nPRIORITY=3\n\n";
  const auto events = read(text);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["source.ip"], "192.0.2.7");
  EXPECT_EQ(events[0]["event.outcome"], "failure");
  EXPECT_EQ(events[0]["process.pid"], "12");
  EXPECT_EQ(events[0]["journald.my_field"], "x");
  EXPECT_EQ(events[0].time, "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(events[0].raw, "gate sshd[12]: Failed password for root from 192.0.2.7 port 22 ssh2");
  EXPECT_EQ(events[1]["message"], message);
  EXPECT_EQ(events[1]["log.syslog.severity.code"], "3");
  EXPECT_EQ(counters_.unparsed, 0u);
}

TEST_F(RecordFormats, JournalExportThatLiesAboutItsLength) {
  std::string text =
      "__CURSOR=x\nMESSAGE\n" + std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8) + "short\n\nPRIORITY=3\n";
  const auto events = read(text);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(counters_.unparsed, 1u);
  EXPECT_EQ(counters_.cut, 1u);
}

TEST_F(RecordFormats, IisTellsItsColumns) {
  const auto events = read(
      "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-01-02 "
      "03:04:05\r\n"
      "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
      "sc-status x-own\r\n"
      "2026-01-02 03:04:05 198.51.100.1 GET /a.aspx id=1 443 CORP\\minh 192.0.2.7 Mozilla/5.0+(X) 401 y\r\n"
      "2026-01-02 03:04:05 198.51.100.1 GET\r\n"
      "#Fields: time c-ip sc-status\r\n03:04:06 192.0.2.8 200\r\n");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["url.original"], "/a.aspx?id=1");
  EXPECT_EQ(events[0]["user_agent.original"], "Mozilla/5.0 (X)");
  EXPECT_EQ(events[0]["user.name"], "CORP\\minh");
  EXPECT_EQ(events[0]["event.category"], "web|authentication");
  EXPECT_EQ(events[0]["iis.x-own"], "y");
  EXPECT_EQ(events[0].time, "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(events[2]["source.ip"], "192.0.2.8");
  EXPECT_EQ(events[2].time, "2026-01-02T03:04:06.000Z");
  EXPECT_EQ(counters_.unparsed, 1u);
}

TEST_F(RecordFormats, CefWithAndWithoutSyslog) {
  const auto events = read(
      "CEF:0|Maker|Product\\|X|1.0|100|worm \\\\ stopped|10|src=192.0.2.1 dst=2001:db8::1 spt=1232 "
      "act=blocked a "
      "request=http://x/?a\\=b msg=two words\\nand a line cs1Label=Policy cs1=strict rule rt=1767323045678\n"
      "<34>Jan  2 03:04:05 gate CEF:1|M|P|1|2|name|Low|suser=minh\n"
      "CEF:0|too|short\n",
      "cef");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["observer.product"], "Product|X");
  EXPECT_EQ(events[0]["cef.name"], "worm \\ stopped");
  EXPECT_EQ(events[0]["source.ip"], "192.0.2.1");
  EXPECT_EQ(events[0]["destination.ip"], "2001:db8::1");
  EXPECT_EQ(events[0]["event.action"], "blocked a");
  EXPECT_EQ(events[0]["url.original"], "http://x/?a=b");
  EXPECT_EQ(events[0]["message"], "two words\nand a line");
  EXPECT_EQ(events[0]["cef.extensions.Policy"], "strict rule");
  EXPECT_EQ(events[0].time, "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(events[1]["user.name"], "minh");
  EXPECT_EQ(events[1]["host.hostname"], "gate");
  EXPECT_EQ(events[1].time, "2026-01-01T20:04:05.000Z");
  EXPECT_EQ(counters_.unparsed, 1u);
}

TEST_F(RecordFormats, LeefOfBothVersions) {
  const auto events = read(
      "LEEF:1.0|Maker|Product|4.1|login failed|src=192.0.2.1\tusrName=minh\tdevTime=Jan 02 2026 03:04:05\tx "
      "y=z\n"
      "<13>1 2026-01-02T03:04:05Z gate - - - - LEEF:2.0|M|P|1|E|x5E|src=192.0.2.2^dstPort=22\n"
      "LEEF:2.0|M|P|1|E|^|src=192.0.2.3^sev=5\n",
      "cef");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["source.ip"], "192.0.2.1");
  EXPECT_EQ(events[0]["user.name"], "minh");
  EXPECT_EQ(events[0]["leef.x_y"], "z");
  EXPECT_EQ(events[0].time, "2026-01-01T20:04:05.000Z");
  EXPECT_EQ(events[1]["destination.port"], "22");
  EXPECT_EQ(events[2]["event.severity"], "5");
}

TEST_F(RecordFormats, EveKeepsItsNamesAndGivesThoseOfEcs) {
  const auto events = read(
      R"({"timestamp":"2026-01-02T03:04:05.678901+0700","flow_id":1,"event_type":"alert","src_ip":"192.0.2.1","src_port":4556,"dest_ip":"198.51.100.1","dest_port":80,"proto":"TCP","alert":{"action":"blocked","signature_id":2,"signature":"ET X \"q\"","severity":1},"http":{"hostname":"x.example","url":"/a"}})"
      "\n");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["src_ip"], "192.0.2.1");
  EXPECT_EQ(events[0]["source.ip"], "192.0.2.1");
  EXPECT_EQ(events[0]["rule.name"], R"(ET X \"q\")");
  EXPECT_EQ(events[0]["event.category"], "intrusion_detection");
  EXPECT_EQ(events[0]["event.type"], "denied");
  EXPECT_EQ(events[0]["url.domain"], "x.example");
  EXPECT_EQ(events[0].time, "2026-01-01T20:04:05.678Z");
}

TEST_F(RecordFormats, DetectionByTheFirstBytes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{\"a\":1}\n", "json"},
      {"[\n  {\"a\":1}]", "json"},
      {"[2026-01-02 03:04:05] x", "text"},
      {"[Fri Jan 02 03:04:05 2026] [error] x", "text"},
      {"type=SYSCALL msg=audit(1.2:3): a=b\n", "audit"},
      {"node=x type=SYSCALL msg=audit(1.2:3): a=b\n", "audit"},
      {"__CURSOR=s=1\n", "journal"},
      {"#Software: IIS\n", "w3c"},
      {"{\"timestamp\":\"2026\",\"event_type\":\"dns\"}", "eve"},
      {std::string_view("ElfFile\0xx", 10), "evtx"},
      {"<34>Jan  2 03:04:05 gate x", "text"},
      {"", "text"},
  };
  for (const auto& [head, name] : cases) EXPECT_EQ(detect_format(head).name, name) << head;
}

}  // namespace
}  // namespace vedette::logs
