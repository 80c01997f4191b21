// A change and its audit row are one transaction: with an audit log that takes no rows nothing can be
// changed.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "server/config/config_reader.h"
#include "server/instance.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
namespace json = boost::json;

struct AuditTest : testing::Test {
  AuditTest() {
    auto config = default_config();
    config.data_dir = (folder.path() / "data").string();
    config.chromium = "none";
    live = std::make_unique<LiveConfig>(config, "", nullptr);
    instance = *Instance::open(*live, clock, metrics);
    side = *store::open_sqlite({.path = folder.path() / "data/vedette.db", .readers = 1}, {}, clock,
                               side_metrics);
  }
  net::Response send(const std::string& method, const std::string& path, const json::object& body = {}) {
    net::Request request;
    for (auto known : {net::Method::kPost, net::Method::kPut, net::Method::kPatch, net::Method::kDelete})
      if (to_string(known) == method) request.method = known;
    request.path = std::string(kApiPrefix) + path;
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(body);
    return instance->api().handle_as(std::move(request), local_command());
  }
  std::string id_of(const net::Response& response) {
    EXPECT_LT(response.status, 300) << response.body;
    return std::string(json::parse(response.body).at("id").as_string());
  }
  void run(const std::string& sql) {
    auto done = side->write([&](store::Session& session) -> Result<void> {
      TRY(session.execute(sql));
      return {};
    });
    ASSERT_TRUE(done) << done.error().full();
  }
  // Everything that people set, as text.
  std::string everything() {
    std::string out;
    auto read = side->read([&](store::Session& session) -> Result<void> {
      for (const char* sql :
           {"SELECT id || username || role || disabled || password_hash FROM users ORDER BY id",
            "SELECT id || name || scopes FROM api_tokens ORDER BY id",
            "SELECT id || name || enabled || removed || settings || state FROM channels ORDER BY id",
            "SELECT id || version || body FROM escalation_policies ORDER BY id, version",
            "SELECT id || config FROM sites_site ORDER BY id",
            "SELECT id || place FROM sites_ignore ORDER BY id",
            "SELECT id || state || severity || count || COALESCE(merged_into, '') || COALESCE(snoozed_until, "
            "'') "
            "FROM alerts ORDER BY id",
            "SELECT token_hash FROM setup_links", "SELECT COUNT(*) || '' FROM timeline",
            "SELECT COUNT(*) || '' FROM audit_log"}) {
        TRY_ASSIGN(auto rows, session.query(sql));
        for (const auto& row : rows) out += row.text(0) + "\n";
        out += "--\n";
      }
      return {};
    });
    EXPECT_TRUE(read) << read.error().full();
    return out;
  }
  Finding finding(const std::string& key) {
    Finding out;
    out.uid = new_id(clock);
    out.kind = "page_replaced";
    out.severity = Severity::kHigh;
    out.asset = {"site", key, key};
    out.title = out.reason = out.next_step = {"x", {}};
    out.dedup_key = key;
    out.observed_at = clock.wall();
    return out;
  }

  store::TemporaryFolder folder;
  SystemClock clock;
  Metrics metrics, side_metrics;
  std::unique_ptr<LiveConfig> live;
  std::unique_ptr<Instance> instance;
  std::unique_ptr<store::Database> side;
};

TEST_F(AuditTest, WhatCannotBeLoggedIsNotDone) {
  auto link = instance->setup_link();
  ASSERT_TRUE(link);
  id_of(send("POST", "/users", {{"username", "lan"}, {"password", "a long pass phrase"}, {"role", "admin"}}));
  auto user = id_of(
      send("POST", "/users", {{"username", "binh"}, {"password", "a long pass phrase"}, {"role", "viewer"}}));
  auto token = id_of(send("POST", "/tokens", {{"name", "t"}, {"scopes", json::array{"read"}}}));
  json::object mailbox{
      {"name", "box"}, {"kind", "mailbox"}, {"settings", json::object{{"to", "a@b.example"}}}};
  auto channel = id_of(send("POST", "/channels", mailbox));
  json::object ladder{
      {"steps", json::array{json::object{{"after_minutes", 0}, {"channel_ids", json::array{channel}}}}},
      {"repeat_last_minutes", 0},
      {"least", "high"}};
  ASSERT_EQ(send("PUT", "/ladder", ladder).status, 200);
  auto site = "/sites/" + id_of(send("POST", "/sites", {{"url", "https://a.example/"}, {"enabled", false}}));
  auto rule = id_of(send("POST", site + "/ignores", {{"where", "x"}, {"reason", "ours"}}));

  const std::string before = everything();
  run("CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no more rows'); END");
  ladder["least"] = "low";
  struct Change {
    const char* method;
    std::string path;
    json::object body;
  };
  const Change changes[] = {
      {"POST", "/users", {{"username", "chi"}, {"password", "a long pass phrase"}, {"role", "viewer"}}},
      {"PATCH", "/users/" + user, {{"role", "lead"}}},
      {"PATCH", "/users/" + user, {{"password", "another pass phrase"}}},
      {"DELETE", "/users/" + user, {}},
      {"POST", "/tokens", {{"name", "u"}, {"scopes", json::array{"read"}}}},
      {"DELETE", "/tokens/" + token, {}},
      {"POST", "/channels", mailbox},
      {"PATCH", "/channels/" + channel, {{"name", "another"}}},
      {"DELETE", "/channels/" + channel, {}},
      {"PUT", "/ladder", ladder},
      {"POST", "/sites", {{"url", "https://b.example/"}, {"enabled", false}}},
      {"POST", "/sites/import", {{"format", "lines"}, {"content", "https://c.example/\n"}}},
      {"PATCH", site, {{"name", "renamed"}}},
      {"POST", site + "/ignores", {{"where", "y"}, {"reason", "ours"}}},
      {"DELETE", site + "/ignores/" + rule, {}},
      {"POST", site + "/windows", {{"minutes", 5}, {"reason", "release"}}},
      {"DELETE", site, {}},
  };
  for (const auto& change : changes) {
    auto answer = send(change.method, change.path, change.body);
    EXPECT_GE(answer.status, 300) << change.method << " " << change.path << " " << answer.body;
    EXPECT_EQ(everything(), before) << change.method << " " << change.path;
  }
  run("DROP TRIGGER refuse");
  for (const auto& change : changes) {
    if (std::string_view(change.method) != "PATCH") continue;
    EXPECT_LT(send(change.method, change.path, change.body).status, 300) << change.path;
  }
  EXPECT_NE(everything(), before);
}

TEST_F(AuditTest, WhatAPersonDoesWithAnAlertIsLoggedOrNotDone) {
  desk::DeskOptions options{.public_url = "https://vedette.example.org"};
  options.key_file = folder.path() / "data/vedette.db.key";
  auto desk = desk::make_desk(options, *side, clock, side_metrics);
  ASSERT_TRUE(desk->report({finding("one"), finding("two")}));
  std::vector<std::string> ids;
  auto listed = desk->alerts({});
  ASSERT_TRUE(listed) << listed.error().full();
  for (const auto& alert : listed->items) ids.push_back(alert.id);
  ASSERT_EQ(ids.size(), 2u);
  const std::string before = everything(), alert = "/alerts/" + ids[0];
  run("CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no more rows'); END");
  const std::pair<const char*, json::object> actions[] = {
      {"/acknowledge", {}},
      {"/snooze", {{"until", to_rfc3339(clock.wall() + std::chrono::hours(1))}}},
      {"/close", {{"resolution", "benign"}}},
      {"/merge", {{"into", ids[1]}}}};
  for (const auto& [action, body] : actions) {
    auto answer = send("POST", alert + action, body);
    EXPECT_GE(answer.status, 300) << action << " " << answer.body;
    EXPECT_EQ(everything(), before) << action;
  }
  run("DROP TRIGGER refuse");
  EXPECT_EQ(send("POST", alert + "/acknowledge").status, 200);
}

}  // namespace
}  // namespace vedette::server
