#include "server/hosts/agent_logs.h"

#include <fmt/chrono.h>
#include <gmock/gmock.h>

#include "base/text/base64.h"
#include "base/text/utf8.h"
#include "server/hosts/hosts_fixture.h"

namespace vedette::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// As an agent writes them (agent/logs/log_record.h); this room does not see that one.
std::string log_record(const std::string& source, const std::string& format, const std::string& zone,
                       const std::string& text) {
  json::object out{{"kind", "log"}, {"source", source}, {"format", format}, {"zone", zone}};
  if (is_valid_utf8(text))
    out["text"] = text;
  else
    out["base64"] = base64_encode(text);
  return json::serialize(out);
}

struct AgentLogsTest : HostsTest {
  AgentLogsTest() {
    events = store::open_event_store(
                 {.folder = folder / "events", .group_wait = std::chrono::milliseconds(1), .disk_reserve = 0},
                 clock, metrics)
                 .value();
    logs::sigma::RuleSet rules;
    logs::sigma::read_rules(
        "title: Failed\nid: f\nlogsource: {product: linux}\ndetection: {k: ['Failed "
        "password'], condition: k}\nlevel: high\n",
        "rules.yml", {}, rules);
    watch = logs::LogWatch::start({}, logs::make_snapshot(std::move(rules)), *events, *desk, clock, metrics)
                .value();
    agent_logs.emplace(*database, *desk, *watch, 3, clock);
    host = enrol();
  }
  Result<std::uint64_t> take(std::vector<AgentRecord> records, const std::string& epoch = "e1") {
    std::promise<Result<std::uint64_t>> reached;
    agent_logs->take(host, epoch, records, [&](auto result) { reached.set_value(std::move(result)); });
    return reached.get_future().get();
  }
  static AgentRecord log(std::uint64_t number, const std::string& text, const std::string& format = "text",
                         const std::string& zone = "UTC") {
    return {number, log_record("/var/log/auth.log", format, zone, text)};
  }
  std::vector<store::StoredEvent> stored() { return events->search({.limit = 100}).value().events; }

  std::unique_ptr<store::EventStore> events;
  std::unique_ptr<logs::LogWatch> watch;
  std::optional<AgentLogs> agent_logs;
  Host host;
};

TEST_F(AgentLogsTest, LinesAreStoredLookedAtAndOfTheHostWhoseCertificateItIs) {
  const std::string line =
      "2026-11-28T03:04:05Z another-host sshd[42]: Failed password for root from 192.0.2.7 port 4711 ssh2";
  EXPECT_EQ(take({log(1, line + "\n" + std::string("\xFF\n"))}).value(), 1u);
  auto all = stored();
  ASSERT_EQ(all.size(), 2u);
  for (const auto& event : all) EXPECT_EQ(event.host, "web-1");
  EXPECT_THAT(all[1].fields + all[0].fields, HasSubstr(R"("host.name":"web-1")"));
  for (const auto& event : all) EXPECT_EQ(event.source, "agent/" + host.id + "//var/log/auth.log");
  ASSERT_THAT(kinds(), ElementsAre("rule_match"));
  EXPECT_EQ(alerts()[0].asset.name, "web-1");
}

TEST_F(AgentLogsTest, WhatComesAgainIsPassedOver) {
  ASSERT_TRUE(take({log(1, "one\n"), log(2, "two\n")}));
  EXPECT_EQ(take({log(1, "one\n"), log(2, "two\n"), log(3, "three\n")}).value(), 3u);
  // The server died between the event store and its own: it does not know what it has.
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE hosts SET log_sequence = 1"));
    return {};
  }));
  EXPECT_EQ(take({log(2, "two\n"), log(3, "three\n"), log(4, "four\n")}).value(), 4u);
  EXPECT_EQ(stored().size(), 4u);
  EXPECT_THAT(kinds(), ElementsAre());
}

TEST_F(AgentLogsTest, NoCallersThreadWaitsForTheEventStore) {
  std::promise<std::thread::id> answered_by;
  agent_logs->take(host, "e1", {log(1, "one\n"), log(2, "two\n")}, [&](Result<std::uint64_t> reached) {
    EXPECT_EQ(reached.value_or(0), 2u);
    answered_by.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(answered_by.get_future().get(), std::this_thread::get_id());
}

TEST_F(AgentLogsTest, WhatItHasIsAnsweredBeforeItEnds) {
  std::atomic<int> answered = 0;
  for (int i = 0; i < 20; ++i)
    agent_logs->take(host, fmt::format("e{}", i), {log(1, "one\n")}, [&](const auto&) { ++answered; });
  agent_logs.reset();
  EXPECT_EQ(answered, 20);
}

TEST_F(AgentLogsTest, EveryLossIsAFinding) {
  ASSERT_TRUE(take({log(1, "one\n")}));
  ASSERT_TRUE(take(
      {{2, R"({"kind":"log_gap","source":"/var/log/auth.log","count":1})"}, log(4, "four\n"), {5, "{}"}}));
  EXPECT_THAT(kinds(), ElementsAre("log_gap", "log_record_refused", "log_records_lost"));
  ASSERT_TRUE(take({log(1, "one\n")}, "e2"));
  EXPECT_THAT(kinds(), ElementsAre("log_gap", "log_record_refused", "log_records_lost", "log_spool_lost"));
  for (const auto& alert : alerts())
    for (auto language : {Language::kEnglish, Language::kVietnamese}) {
      const auto text = render(alert.title, language);
      EXPECT_THAT(text, HasSubstr("web-1"));
      EXPECT_EQ(text.find("hosts."), std::string::npos) << text;
    }
}

TEST_F(AgentLogsTest, TheZoneOfTheHostCountsForTimesThatTellNone) {
  const auto yesterday = clock.wall() - std::chrono::hours(24);
  ASSERT_TRUE(take(
      {log(1, fmt::format("{:%b %e} 10:00:00 web-1 cron[1]: x\n", yesterday), "text", "Asia/Ho_Chi_Minh")}));
  EXPECT_THAT(to_rfc3339(stored().at(0).time), HasSubstr(fmt::format("{:%Y-%m-%d}T03:00:00", yesterday)));
}

TEST_F(AgentLogsTest, FormatsOfManyLinesAreReadWhole) {
  ASSERT_TRUE(take({{1, log_record("/var/log/audit/audit.log", "audit", "",
                                   "type=SYSCALL msg=audit(1764300000.000:8): arch=c000003e "
                                   "success=yes exe=\"/usr/bin/x\"\ntype=CWD "
                                   "msg=audit(1764300000.000:8): cwd=\"/tmp\"\n")},
                    {2, log_record("journal", "journal", "",
                                   "__REALTIME_TIMESTAMP=1764300000000000\n_COMM=sshd\nMESSAGE=Failed "
                                   "password for root from 192.0.2.7 port 1 ssh2\n\n")},
                    {3, log_record("/var/log/eve.json", "eve", "",
                                   R"({"timestamp":"2026-11-28T03:04:05.000000+0000","event_type":"alert",)"
                                   R"("src_ip":"192.0.2.9","dest_ip":"192.0.2.10"})"
                                   "\n")}}));
  auto all = stored();
  ASSERT_EQ(all.size(), 3u);
  std::string fields;
  for (const auto& event : all) fields += event.fields;
  EXPECT_THAT(fields, HasSubstr(R"("process.working_directory":"/tmp")"));
  EXPECT_THAT(fields, HasSubstr(R"("source.ip":"192.0.2.7")"));
  EXPECT_THAT(fields, HasSubstr(R"("destination.ip":"192.0.2.10")"));
  EXPECT_THAT(kinds(), ElementsAre("rule_match"));
}

}  // namespace
}  // namespace vedette::server
