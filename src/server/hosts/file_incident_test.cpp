// What agents tell of attacks on files, what is asked of them, and what becomes of it.
#include "server/hosts/file_incident.h"

#include <gmock/gmock.h>

#include "server/hosts/hosts_fixture.h"

namespace vedette::server {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

json::object message(const std::string& key) { return {{"key", key}, {"arguments", json::object()}}; }

struct FileIncidentTest : HostsTest {
  Host host = enrol();
  std::string id = new_id(clock);
  std::uint64_t number = 0;

  json::object file(const std::string& path, const std::string& state = "changed") {
    return {{"path", path},
            {"at", to_rfc3339(clock.wall())},
            {"from_type", "application/pdf"},
            {"to_type", "?"},
            {"score", 2.5},
            {"deed", "rewritten"},
            {"state", state},
            {"sha256_before", std::string(64, 'a')}};
  }
  json::object incident(const std::string& state, json::array files = {}) {
    return {
        {"id", id},
        {"state", state},
        {"frozen", state == "frozen"},
        {"at", to_rfc3339(clock.wall())},
        {"last_at", to_rfc3339(clock.wall())},
        {"score", 41},
        {"reasons", json::array{message("files.judge.note")}},
        {"actor", json::object{{"executable", "/tmp/x"},
                               {"cgroup", "/user.slice"},
                               {"uid", 1000},
                               {"user", "lan"},
                               {"lineage", json::array{json::object{{"pid", 7},
                                                                    {"executable", "/tmp/x"},
                                                                    {"command_line", "x -a"},
                                                                    {"started_at", to_rfc3339(clock.wall())},
                                                                    {"user", "lan"}}}}}},
        {"files", std::move(files)},
        {"more_files", 3}};
  }
  void tell(json::object body) {
    ++number;
    ASSERT_EQ(hosts->take(host, "e", {record(number, std::move(body))}).value(), number);
  }
  void tell_incident(const std::string& state, json::array files = {}) {
    tell({{"kind", "file_incident"}, {"incident", incident(state, std::move(files))}});
  }
  void tell_result(const std::string& order, bool ok) {
    tell({{"kind", "order_result"}, {"id", order}, {"ok", ok}, {"text", nullptr}});
  }
  Hosts::Beat beat(std::int64_t policy_version = 1) {
    HostState state;
    state.command_key_known = true;
    state.policy_version = policy_version;
    state.mode = "hold";
    auto out = hosts->heard(hosts->get(host.id).value(), host.facts, "10.0.0.7", clock.wall(), state);
    EXPECT_TRUE(out) << out.error().full();
    return out.value_or(Hosts::Beat());
  }
  json::object payload_of(const SignedText& order) {
    EXPECT_TRUE(signature_fits(hosts->command_key(), order.payload, order.signature));
    return json::parse(order.payload).as_object();
  }
  HostOrder give(const std::string& kind) {
    auto out =
        hosts->orders().give(id, kind, kind == "allow" ? std::optional(3'600s) : std::nullopt, "why", "lan");
    EXPECT_TRUE(out) << out.error().full();
    return out.value_or(HostOrder());
  }
  std::string state_of(const HostOrder& order) {
    auto page = hosts->orders().of_host(host.id, "", 100).value();
    for (const auto& one : page.items)
      if (one.id == order.id) return one.state;
    return "none";
  }
  std::vector<std::string> event_keys() {
    std::vector<std::string> out;
    auto found = hosts->incident(id).value();
    for (const auto& event : found.events) out.push_back(event.text.key);
    return out;
  }
};

TEST_F(FileIncidentTest, NewestSnapshotCounts) {
  tell_incident("observed", {file("/a"), file("/b")});
  auto first = hosts->incident(id).value();
  EXPECT_EQ(first.row.state, "open");
  EXPECT_EQ(first.row.files_count, 5);
  EXPECT_EQ(first.row.host_name, "web-1");
  clock.advance(5s);
  tell_incident("frozen", {file("/a"), file("/b"), file("/c")});
  auto now = hosts->incident(id).value();
  EXPECT_EQ(now.row.state, "frozen");
  EXPECT_TRUE(now.row.frozen);
  EXPECT_EQ(now.row.files_count, 6);
  EXPECT_EQ(now.row.first_at, first.row.first_at);
  EXPECT_THAT(now.files_json, HasSubstr("\"/c\""));
  EXPECT_THAT(event_keys(), ElementsAre("hosts.incident.begun", "hosts.incident.now_frozen"));
  EXPECT_EQ(hosts->get(host.id)->open_incidents, 1);
  EXPECT_EQ(hosts->incidents(host.id, "", 10)->items.size(), 1u);
  EXPECT_TRUE(alerts().empty());  // the alert is the agent's own finding
}

// One alert: the agent's finding; it knows its incident, and is over when the incident is.
TEST_F(FileIncidentTest, AlertAndIncidentKnowEachOther) {
  auto attack = finding(host, clock);
  attack.kind = "encryption_attack";
  attack.dedup_key = incident_dedup_key(host.id, id);
  ++number;
  ASSERT_TRUE(hosts->take(host, "e", {record(number, attack)}));
  tell_incident("frozen", {file("/a")});
  ASSERT_EQ(alerts().size(), 1u);
  EXPECT_EQ(incident_of_dedup_key(alerts()[0].dedup_key), id);
  EXPECT_EQ(hosts->incident(id)->row.alert_id, alerts()[0].id);
  EXPECT_FALSE(alerts()[0].condition_resolved);
  tell_incident("rolled_back", {file("/a", "restored")});
  tell_incident("rolled_back", {file("/a", "restored")});
  ASSERT_EQ(alerts().size(), 1u);
  EXPECT_TRUE(alerts()[0].condition_resolved);
  EXPECT_EQ(hosts->get(host.id)->open_incidents, 0);
}

TEST_F(FileIncidentTest, OnlyTheKeyOfAnIncidentNamesOne) {
  EXPECT_EQ(incident_of_dedup_key("files/" + host.id + "/incident/x"), "");
  EXPECT_EQ(incident_of_dedup_key("files/" + host.id + "/webroot/" + id), "");
  EXPECT_EQ(incident_of_dedup_key("sites/" + host.id + "/incident/" + id), "");
  EXPECT_EQ(incident_of_dedup_key(""), "");
}

TEST_F(FileIncidentTest, ForeignInputIsRefusedAndSaid) {
  tell_incident("held", {file("/a")});
  auto other = enrol("web-2");
  auto body = incident("over");
  ASSERT_TRUE(hosts->take(other, "e", {record(1, {{"kind", "file_incident"}, {"incident", body}})}));
  EXPECT_EQ(hosts->incident(id)->row.state, "open");
  std::vector<json::object> wrong;
  auto bad = [&](auto change) {
    auto one = incident("held", {file("/a")});
    change(one);
    wrong.push_back({{"kind", "file_incident"}, {"incident", std::move(one)}});
  };
  bad([](json::object& o) { o["id"] = "7"; });
  bad([](json::object& o) { o["state"] = "won"; });
  bad([](json::object& o) { o["score"] = -1; });
  bad([](json::object& o) { o["files"] = json::array(1'001, json::value(json::object())); });
  bad([](json::object& o) { o["files"].as_array()[0].as_object()["deed"] = "eaten"; });
  bad([](json::object& o) { o["files"].as_array()[0].as_object()["path"] = std::string(4'097, 'a'); });
  bad([](json::object& o) { o["files"].as_array()[0].as_object()["sha256_before"] = "../x"; });
  bad([](json::object& o) { o["reasons"] = json::array{message("desk.channel_dead.title")}; });
  bad([](json::object& o) { o["actor"].as_object()["lineage"] = 7; });
  bad([](json::object& o) { o.erase("actor"); });
  wrong.push_back({{"kind", "run"}, {"command", "id"}});
  wrong.push_back({{"kind", "order_result"}, {"id", 7}});
  wrong.push_back({{"kind", "file_incident_report"}, {"incident_id", id}, {"parts", 1'000'000}});
  for (auto& one : wrong) tell(std::move(one));
  std::int64_t refused = 0;
  for (const auto& alert : alerts())
    if (alert.kind == "agent_record_refused") refused += alert.count;
  EXPECT_EQ(refused, static_cast<std::int64_t>(wrong.size()) + 1);
}

TEST_F(FileIncidentTest, OrderIsSignedSentUntilItsResultIsHere) {
  tell_incident("held", {file("/a")});
  auto order = give("freeze");
  EXPECT_EQ(state_of(order), "queued");
  auto first = beat();
  EXPECT_TRUE(first.soon);
  ASSERT_EQ(first.orders.size(), 1u);
  auto payload = payload_of(first.orders[0]);
  EXPECT_EQ(payload.at("kind").as_string(), "freeze");
  EXPECT_EQ(payload.at("id").as_string(), order.id);
  EXPECT_EQ(payload.at("host_id").as_string(), host.id);
  EXPECT_EQ(payload.at("incident_id").as_string(), id);
  EXPECT_EQ(payload.at("expires_at").as_string(), to_rfc3339(clock.wall() + 3'600s));
  EXPECT_EQ(state_of(order), "sent");
  hosts = make();  // the server was killed and started again
  auto again = beat();
  ASSERT_EQ(again.orders.size(), 1u);
  EXPECT_EQ(again.orders[0].payload, first.orders[0].payload);
  tell_result(order.id, true);
  EXPECT_EQ(state_of(order), "done");
  EXPECT_TRUE(beat().orders.empty());
  tell_result(order.id, false);  // told twice: the first counts
  EXPECT_EQ(state_of(order), "done");
  EXPECT_THAT(event_keys(),
              ElementsAre("hosts.incident.begun", "hosts.order.given_freeze", "hosts.order.done_freeze"));
  std::vector<std::string> actions;
  auto audit = desk->audit_log("", 100).value();
  for (const auto& entry : audit.items) actions.push_back(entry.action);
  EXPECT_THAT(actions, testing::IsSupersetOf({"order.done", "file_incident.freeze"}));
  EXPECT_TRUE(desk->verify_audit());
}

TEST_F(FileIncidentTest, OrderExpiresAndALateResultStillCounts) {
  tell_incident("held");
  auto order = give("freeze");
  clock.advance(3'599s);
  ASSERT_TRUE(hosts->tick());
  EXPECT_EQ(state_of(order), "queued");
  clock.advance(1s);
  EXPECT_TRUE(beat().orders.empty());  // whose time is over is not sent
  ASSERT_TRUE(hosts->tick());
  EXPECT_EQ(state_of(order), "expired");
  EXPECT_TRUE(beat().orders.empty());
  tell_result(order.id, false);
  EXPECT_EQ(state_of(order), "failed");
}

TEST_F(FileIncidentTest, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(hosts->orders().give(id, "freeze", {}, "", "lan").error().code(), ErrorCode::kNotFound);
  tell_incident("held");
  auto code = [&](const std::string& kind) {
    auto given = hosts->orders().give(id, kind, {}, "", "lan");
    return given ? std::optional<ErrorCode>() : std::optional(given.error().code());
  };
  EXPECT_EQ(code("thaw"), ErrorCode::kConflict);
  auto order = give("freeze");
  EXPECT_EQ(code("freeze"), ErrorCode::kConflict);  // it is under way
  tell_result(order.id, true);
  tell_incident("frozen");
  EXPECT_EQ(code("freeze"), ErrorCode::kConflict);
  order = give("rollback");
  tell_result(order.id, true);
  tell({{"kind", "file_incident_report"},
        {"incident_id", id},
        {"restored", 1},
        {"failed", 1},
        {"part", 0},
        {"parts", 1},
        {"files", json::array()}});
  tell_incident("rolled_back");
  order = give("rollback");  // a file failed: it may be tried again
  tell_result(order.id, true);
  tell({{"kind", "file_incident_report"},
        {"incident_id", id},
        {"restored", 2},
        {"failed", 0},
        {"part", 0},
        {"parts", 1},
        {"files", json::array()}});
  EXPECT_EQ(code("rollback"), ErrorCode::kConflict);
  order = give("allow");
  ASSERT_TRUE(hosts->revoke(host.id, "lan"));
  EXPECT_EQ(state_of(order), "expired");
  EXPECT_EQ(code("thaw"), ErrorCode::kConflict);
}

TEST_F(FileIncidentTest, AllowanceSaysUntilWhen) {
  tell_incident("held");
  give("allow");
  auto payload = payload_of(beat().orders.at(0));
  EXPECT_EQ(payload.at("until").as_string(), to_rfc3339(clock.wall() + 3'600s));
}

TEST_F(FileIncidentTest, ReportComesInPartsAndANewOneReplacesIt) {
  tell_incident("frozen");
  auto part = [&](int number, int parts, const std::string& path) {
    tell({{"kind", "file_incident_report"},
          {"incident_id", id},
          {"restored", 2},
          {"failed", 0},
          {"part", number},
          {"parts", parts},
          {"files", json::array{json::object{
                        {"path", path}, {"sha256", std::string(64, 'b')}, {"ok", true}, {"text", ""}}}}});
  };
  part(1, 2, "/a");
  part(2, 2, "/b");
  ASSERT_EQ(hosts->incident(id)->report.size(), 2u);
  part(1, 2, "/c");
  auto report = hosts->incident(id)->report;
  ASSERT_EQ(report.size(), 1u);
  EXPECT_THAT(report[0].files_json, HasSubstr("\"/c\""));
}

TEST_F(FileIncidentTest, PolicyIsSignedAndSentUntilTheAgentHasIt) {
  auto first = payload_of(beat(0).policy.value());
  EXPECT_EQ(first.at("version").to_number<int>(), 1);
  EXPECT_EQ(first.at("mode").as_string(), "observe");
  EXPECT_TRUE(first.at("web_root_discovery").as_bool());
  EXPECT_FALSE(beat(1).policy);
  Policy policy;
  policy.group = "files";
  policy.mode = "hold";
  policy.trees = {"/srv/share"};
  ASSERT_TRUE(hosts->save_group(policy, "lan"));
  EXPECT_FALSE(beat(1).policy);  // of another group
  ASSERT_TRUE(hosts->change(host.id, std::nullopt, "files", "lan"));
  auto moved = payload_of(beat(1).policy.value());
  EXPECT_EQ(moved.at("version").to_number<int>(), 2);
  EXPECT_EQ(moved.at("mode").as_string(), "hold");
  EXPECT_EQ(moved.at("trees").as_array().size(), 1u);
  policy.mode = "rollback";
  ASSERT_TRUE(hosts->save_group(policy, "lan"));
  EXPECT_EQ(payload_of(beat(2).policy.value()).at("version").to_number<int>(), 3);
  auto groups = hosts->groups().value();
  for (const auto& group : groups)
    EXPECT_EQ(group.hosts, group.policy.group == "files" ? 1 : 0) << group.policy.group;
  for (const std::string path : {"/", "srv", "/srv/../etc", "//srv", "/srv//x", ""}) {
    policy.trees = {path};
    EXPECT_EQ(hosts->save_group(policy, "lan").error().code(), ErrorCode::kInvalid) << path;
  }
}

TEST_F(FileIncidentTest, NoticeOfTheGuardIsAFinding) {
  tell({{"kind", "guard_notice"},
        {"notice",
         json::object{
             {"kind", "vault_full"}, {"text", message("files.guard.vault_full")}, {"path", "/srv"}}}});
  ASSERT_EQ(alerts().size(), 1u);
  EXPECT_EQ(alerts()[0].kind, "guard_vault_full");
  EXPECT_EQ(alerts()[0].severity, Severity::kHigh);
  EXPECT_EQ(alerts()[0].reason.key, "files.guard.vault_full");
}

TEST_F(FileIncidentTest, OldestThatAreOverGoFirst) {
  auto first = id;
  tell_incident("held");
  for (std::size_t i = 0; i < kIncidentsKept + 20; ++i) {
    clock.advance(1ms);
    id = new_id(clock);
    tell_incident("over");
  }
  EXPECT_EQ(hosts->incidents(host.id, "", 1'000)->items.size(), kIncidentsKept);
  EXPECT_TRUE(hosts->incident(first));
  EXPECT_TRUE(hosts->incident(id));
}

}  // namespace
}  // namespace vedette::server
