#include "logs/read/text_parser.h"

#include <gtest/gtest.h>

#include <map>

namespace vedette::logs {
namespace {

class TextLines : public ::testing::Test {
 protected:
  // "name=value" for the asked names, in their order, and the time.
  std::string read(std::string_view line, std::initializer_list<std::string_view> names) {
    LineEvent event;
    const LineKind kind = parser_.parse(line, event);
    if (kind == LineKind::kUnparsed) return "unparsed";
    if (kind == LineKind::kNoEvent) return "no event";
    std::string out;
    for (const std::string_view name : names) {
      for (const Field& field : event.fields.fields()) {
        if (field.name == name) out += std::string(name) + "=" + std::string(field.value) + "; ";
      }
    }
    return out + (event.time ? to_rfc3339(*event.time) : "no time");
  }

  static const PatternSet& patterns() {
    static const PatternSet set = PatternSet::built_in().value();
    return set;
  }
  ManualClock clock_{parse_rfc3339("2026-03-01T10:00:00Z").value()};
  TextParser parser_{ReaderContext{clock_, Zone::named("+07:00").value(), patterns()}};
};

TEST_F(TextLines, Syslog) {
  EXPECT_EQ(read("<34>Jan  2 03:04:05 gate sshd[12]: Failed password for root from 192.0.2.7 port 22 ssh2",
                 {"host.hostname", "process.name", "process.pid", "log.syslog.facility.code", "event.outcome",
                  "source.ip", "message"}),
            "host.hostname=gate; process.name=sshd; process.pid=12; log.syslog.facility.code=4; "
            "event.outcome=failure; source.ip=192.0.2.7; message=Failed password for root from 192.0.2.7 "
            "port 22 ssh2; "
            "2026-01-01T20:04:05.000Z");
  EXPECT_EQ(
      read("<165>1 2026-01-02T03:04:05.678Z gate app 12 ID47 [x@1 a=\"b \\\"c\\]\" d=\"\"][y@2 e=\"f\"] "
           "\xEF\xBB\xBFtext",
           {"log.syslog.structured_data.x@1.a", "log.syslog.structured_data.y@2.e", "log.syslog.msgid",
            "message"}),
      "log.syslog.structured_data.x@1.a=b \"c]; log.syslog.structured_data.y@2.e=f; log.syslog.msgid=ID47; "
      "message=text; 2026-01-02T03:04:05.678Z");
  EXPECT_EQ(read("<13>1 - - - - - -", {"message"}), "no time");
  EXPECT_EQ(
      read("2026-01-02T03:04:05+07:00 gate postfix/smtpd[3]: connect from x[192.0.2.1]", {"process.name"}),
      "process.name=postfix/smtpd; 2026-01-01T20:04:05.000Z");
  EXPECT_EQ(read("Jan  2 03:04:05 gate kernel: [ 12.5] oom", {"host.hostname", "process.name", "message"}),
            "host.hostname=gate; process.name=kernel; message=[ 12.5] oom; 2026-01-01T20:04:05.000Z");
  EXPECT_EQ(read("Jan  2 03:04:05 gate last message repeated 3 times", {"process.name", "message"}),
            "message=last message repeated 3 times; 2026-01-01T20:04:05.000Z");
}

TEST_F(TextLines, AccessLogs) {
  EXPECT_EQ(
      read(R"(192.0.2.1 - - [02/Jan/2026:03:04:05 +0700] "GET /a.php?x=1 HTTP/1.1" 404 12 "-" "curl/8.1")",
           {"source.ip", "user.name", "http.request.method", "url.path", "url.query", "http.version",
            "http.response.status_code", "http.request.referrer", "user_agent.original", "event.category"}),
      "source.ip=192.0.2.1; http.request.method=GET; url.path=/a.php; url.query=x=1; http.version=1.1; "
      "http.response.status_code=404; user_agent.original=curl/8.1; event.category=web; "
      "2026-01-01T20:04:05.000Z");
  EXPECT_EQ(
      read(
          R"(www.example.org:443 2001:db8::1 - minh lan [02/Jan/2026:03:04:05 +0700] "POST / HTTP/2" 401 0 "-" "a \"b\" \x41")",
          {"url.domain", "source.ip", "user.name", "user_agent.original", "event.category", "event.outcome"}),
      "url.domain=www.example.org; source.ip=2001:db8::1; user.name=minh lan; user_agent.original=a \"b\" A; "
      "event.category=web; event.category=authentication; event.outcome=failure; 2026-01-01T20:04:05.000Z");
  EXPECT_EQ(read(R"(192.0.2.1 - - [02/Jan/2026:03:04:05 +0700] "\x16\x03\x01" 400 0)",
                 {"http.request.method", "http.response.status_code", "event.type"}),
            "http.response.status_code=400; event.type=denied; 2026-01-01T20:04:05.000Z");
}

TEST_F(TextLines, ErrorLogs) {
  EXPECT_EQ(read("[Fri Jan 02 03:04:05.678901 2026] [authz_core:error] [pid 7:tid 8] [client 192.0.2.1:5678] "
                 "AH01630: client denied by server configuration: /srv/x",
                 {"log.level", "process.pid", "source.ip", "source.port", "event.type", "message"}),
            "log.level=error; process.pid=7; source.ip=192.0.2.1; source.port=5678; event.type=denied; "
            "message=AH01630: client denied by server configuration: /srv/x; 2026-01-01T20:04:05.678Z");
  EXPECT_EQ(read("[Fri Jan 02 03:04:05.678901 2026] [core:error] [pid 7] [client 2001:db8::1:5678] x",
                 {"source.ip", "source.port"}),
            "source.ip=2001:db8::1; source.port=5678; 2026-01-01T20:04:05.678Z");
  EXPECT_EQ(
      read("[Fri Jan 02 03:04:05 2026] [error] [client 2001:db8::1:5678] x", {"source.ip", "source.port"}),
      "source.ip=2001:db8::1:5678; 2026-01-01T20:04:05.000Z");
  EXPECT_EQ(read("2026/01/02 03:04:05 [error] 7#8: *9 open() \"/srv/x\" failed (2: No such file or "
                 "directory), client: "
                 "192.0.2.1, server: x, request: \"GET /x HTTP/1.1\", host: \"x\"",
                 {"log.level", "source.ip", "event.outcome"}),
            "log.level=error; source.ip=192.0.2.1; 2026-01-01T20:04:05.000Z");
}

TEST_F(TextLines, WhatIsNoLogLineIsUnparsed) {
  EXPECT_EQ(read("hello world", {}), "unparsed");
  EXPECT_EQ(read("<999>x", {}), "unparsed");
  EXPECT_EQ(read("", {}), "no event");
}

// A line is data of an attacker as much as of the program that wrote it.
TEST_F(TextLines, NoPatternLooksIntoOtherProgramsMessages) {
  EXPECT_EQ(read("Jan  2 03:04:05 gate app[1]: Failed password for root from 192.0.2.7 port 22 ssh2",
                 {"event.outcome"}),
            "2026-01-01T20:04:05.000Z");
}

TEST(TextReader, CountsAndKeepsSamplesOfWhatItCannotRead) {
  const PatternSet patterns = PatternSet::built_in().value();
  ManualClock clock;
  const ReaderContext context{clock, Zone(), patterns};
  std::string text = "Jan  2 03:04:05 gate cron[1]: x\n";
  for (int i = 0; i < 30; ++i) text += "no log line " + std::to_string(i) + "\n";
  auto reader = open_reader(Input::of(text), "auto", context).value();
  std::size_t count = 0;
  while (auto event = reader->next().value()) {
    EXPECT_FALSE(event->raw.empty());
    ++count;
  }
  EXPECT_EQ(count, 31u);
  EXPECT_EQ(reader->counters().read, 31u);
  EXPECT_EQ(reader->counters().unparsed, 30u);
  ASSERT_EQ(reader->counters().samples.size(), ReadCounters::kSamplesMax);
  EXPECT_EQ(reader->counters().samples[0].position, 2u);
  EXPECT_EQ(reader->counters().samples[0].text, "no log line 0");
  EXPECT_FALSE(open_reader(Input::of(""), "nonsense", context).has_value());
}

}  // namespace
}  // namespace vedette::logs
