// Hosts as people see and keep them: names, groups, enrolments, quotas, a database of before.
#include <gmock/gmock.h>

#include "server/hosts/hosts_fixture.h"

namespace vedette::server {
namespace {
using testing::ElementsAre;

struct HostListTest : HostsTest {
  std::vector<std::string> names(const Hosts::Query& query) {
    std::vector<std::string> out;
    auto page = hosts->list(query);
    EXPECT_TRUE(page) << page.error().full();
    if (page)
      for (const auto& host : page->items) out.push_back(host.name());
    return out;
  }
};

TEST_F(HostListTest, ByNamePageAfterPage) {
  for (const auto* name : {"c", "a", "d", "b"}) enrol(name);
  std::vector<std::string> all;
  Hosts::Query query;
  query.limit = 3;
  for (int pages = 0; pages < 5; ++pages) {
    auto page = hosts->list(query).value();
    for (const auto& host : page.items) all.push_back(host.name());
    query.cursor = page.next_cursor;
    if (query.cursor.empty()) break;
  }
  EXPECT_THAT(all, ElementsAre("a", "b", "c", "d"));
  query.cursor = "nobody";
  EXPECT_EQ(hosts->list(query).error().code(), ErrorCode::kNotFound);
}

TEST_F(HostListTest, IsSearchedAndSifted) {
  auto a = enrol("tep_01"), b = enrol("TEPX01");
  EXPECT_THAT(names({.text = "tep_"}), ElementsAre("tep_01"));  // no wildcard of SQL
  EXPECT_THAT(names({.text = "tepx"}), ElementsAre("TEPX01"));
  EXPECT_EQ(names({.text = "10.0.0"}).size(), 2u);
  ASSERT_TRUE(hosts->change(a.id, "Máy tệp", "files", "lan"));
  EXPECT_THAT(names({.group = "files"}), ElementsAre("Máy tệp"));
  EXPECT_THAT(names({.text = "tep_"}), ElementsAre("Máy tệp"));  // what it calls itself still counts
  ASSERT_TRUE(hosts->revoke(b.id, "lan"));
  EXPECT_THAT(names({.state = "revoked"}), ElementsAre("TEPX01"));
  EXPECT_THAT(names({.state = "ok"}), ElementsAre("Máy tệp"));
  EXPECT_EQ(hosts->revoke(b.id, "lan").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(hosts->change(a.id, "x\ny", std::nullopt, "lan").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(hosts->change(a.id, std::nullopt, "A b", "lan").error().code(), ErrorCode::kInvalid);
}

// The name a person gave outlives what the host says of itself.
TEST_F(HostListTest, GivenNameStays) {
  auto host = enrol("h1");
  ASSERT_TRUE(hosts->change(host.id, "Máy chủ", std::nullopt, "lan"));
  ASSERT_TRUE(hosts->heard(host, {"h2", "", "", "", ""}, "", std::nullopt, std::nullopt));
  EXPECT_EQ(hosts->get(host.id)->name(), "Máy chủ");
  ASSERT_TRUE(hosts->change(host.id, "h2", std::nullopt, "lan"));
  EXPECT_EQ(hosts->get(host.id)->given_name, "");
}

TEST_F(HostListTest, EnrolmentsAreListedUsedAndCancelled) {
  auto used = hosts->make_enrolment("files", "one", 1h, "lan").value();
  auto open = hosts->make_enrolment("default", "two", 1h, "lan").value();
  auto done = hosts->enrol(used.token, request("a"), {"a", "", "", "", ""}, "").value();
  EXPECT_EQ(hosts->get(done.host_id)->group, "files");
  auto page = hosts->enrolments("", 1).value();
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].id, open.id);
  EXPECT_TRUE(page.items[0].token.empty());
  page = hosts->enrolments(page.next_cursor, 1).value();
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].host_id, done.host_id);
  EXPECT_EQ(hosts->cancel_enrolment(used.id, "lan").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(hosts->cancel_enrolment(open.id, "lan"));
  EXPECT_EQ(hosts->enrol(open.token, request("b"), {"b", "", "", "", ""}, "").error().code(),
            ErrorCode::kUnauthorized);
}

TEST_F(HostListTest, StateIsKeptAndWhatDoesNotFitIsRefused) {
  auto host = enrol();
  auto good = json::parse(R"({"command_key_known":true,"policy_version":1,"mode":"hold","new_member":7,
    "sights":[{"what":"gate","ok":false,"text":{"key":"agent.sight.no_gate","arguments":{}}},
              {"what":"clock","ok":true,"text":null}],
    "trees":[{"path":"/srv","file_system":"xfs","opens_per_second":1.5,"answer_p50_us":9,"answer_p99_us":80,
              "vault_bytes":1,"vault_limit_bytes":2}],
    "web_roots":["/var/www"],"spool":{"records":1,"bytes":2,"gaps":3},"certificate":{"sha256":"x"}})");
  auto state = host_state_from_json(good);
  ASSERT_TRUE(state) << state.error().full();
  ASSERT_TRUE(hosts->heard(host, host.facts, "", std::nullopt, *state));
  auto kept = hosts->get(host.id)->state;
  ASSERT_TRUE(kept);
  EXPECT_EQ(to_json(*kept), to_json(*state));
  EXPECT_EQ(kept->trees.at(0).file_system, "xfs");
  for (auto [field, wrong] : {std::pair<const char*, json::value>("mode", "kill"),
                              {"policy_version", -1},
                              {"sights", 7},
                              {"sights", json::array(17, json::value(json::object()))},
                              {"trees", json::array{json::object()}},
                              {"web_roots", json::array{7}},
                              {"spool", nullptr},
                              {"command_key_known", "yes"}}) {
    auto bad = good.as_object();
    bad[field] = wrong;
    EXPECT_FALSE(host_state_from_json(bad)) << field;
  }
  EXPECT_FALSE(host_state_from_json(7));
}

TEST_F(HostListTest, QuotaIsToldAfterMinutesOfItAndAgainAfterCalm) {
  Hosts::Options options;
  options.quota.calls = 1;
  hosts = make(options);
  auto host = enrol();
  auto minute = [&](bool busy) {
    EXPECT_EQ(hosts->admit(host, HostQuota::Call::kRecords, 1)->wait, 0s);
    auto second = busy ? hosts->admit(host, HostQuota::Call::kRecords, 1)->wait : 1s;
    EXPECT_GT(second, 0s);
    clock.advance(60s);
  };
  for (int i = 0; i < 4; ++i) minute(true);
  EXPECT_TRUE(alerts().empty());
  for (int i = 0; i < 4; ++i) minute(true);
  ASSERT_EQ(alerts().size(), 1u);
  EXPECT_EQ(alerts()[0].kind, "agent_quota");
  EXPECT_EQ(alerts()[0].count, 1);
  minute(false);
  for (int i = 0; i < 6; ++i) minute(true);
  EXPECT_EQ(alerts()[0].count, 2);
  EXPECT_EQ(hosts->admit(enrol("other"), HostQuota::Call::kRecords, 1)->wait, 0s);  // nobody pays for another
}

TEST_F(HostListTest, NewsIsToldWhenSomethingIsToBeSeen) {
  auto host = enrol();
  std::vector<std::string> told;
  hosts->news().on_change([&](HostNews::What, const std::string& id) { told.push_back(id); });
  HostState state;
  auto heard = [&] {
    told.clear();
    EXPECT_TRUE(hosts->heard(hosts->get(host.id).value(), host.facts, "", std::nullopt, state));
    return told.size();
  };
  EXPECT_EQ(heard(), 1u);
  EXPECT_EQ(heard(), 0u);
  state.mode = "hold";
  EXPECT_EQ(heard(), 1u);
  clock.advance(61s);
  EXPECT_EQ(heard(), 1u);
}

// What the first version of these tables holds is there after the second.
TEST_F(HostListTest, DatabaseOfBeforeIsTakenOver) {
  std::vector<store::Migration> before;
  for (auto family : {account_migrations(), desk::desk_migrations()})
    before.insert(before.end(), family.begin(), family.end());
  before.push_back(host_migrations()[0]);
  auto file = folder / "old.db";
  {
    auto old = store::open_sqlite({file}, before, clock, metrics).value();
    ASSERT_TRUE(old->write([&](store::Session& session) -> Result<void> {
      TRY(
          session.execute("INSERT INTO hosts (id, name, os, kernel, arch, version, address, "
                          "certificate_sha256, certificate_not_after, enrolled_at, last_seen_at, silent, "
                          "epoch, sequence, gaps) VALUES ('h', 'web-1', '', '', '', '', '', 'c', 1, 1, 1, 0, "
                          "'e', 9, 0)"));
      TRY(
          session.execute("INSERT INTO enrolments (id, token_hash, note, created_by, created_at, expires_at) "
                          "VALUES ('t', 'x', '', 'lan', 1, 1)"));
      return {};
    }));
  }
  for (auto one : host_migrations().subspan(1)) before.push_back(one);
  database = store::open_sqlite({file}, before, clock, metrics).value();
  desk = desk::make_desk({}, *database, clock, metrics);
  hosts = make();
  auto host = hosts->identify("c");
  ASSERT_TRUE(host) << host.error().full();
  EXPECT_EQ(host->group, "default");
  EXPECT_EQ(host->sequence, 9u);
  EXPECT_FALSE(host->state);
  EXPECT_EQ(hosts->enrolments("", 10)->items.at(0).group, "default");
  EXPECT_EQ(hosts->groups()->size(), 1u);
}

}  // namespace
}  // namespace vedette::server
