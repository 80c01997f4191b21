// Agents over real mutual TLS, into a real database and desk.
#include "server/hosts/hosts.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/id.h"
#include "net/http_client.h"
#include "server/accounts/accounts.h"
#include "server/hosts/agent_routes.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
namespace json = boost::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

struct HostsTest : testing::Test {
  HostsTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations(), host_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = store::open_sqlite({folder / "v.db"}, migrations, clock, metrics).value();
    desk = desk::make_desk({}, *database, clock, metrics);
    authority.emplace(net::CertificateAuthority::open(folder / "agents", clock).value());
    hosts = make();
  }
  std::unique_ptr<Hosts> make() {
    return std::make_unique<Hosts>(Hosts::Options{}, *database, *desk, *authority, SiteOfHost{}, clock);
  }
  std::string request(const std::string& name) {
    return net::make_signing_request(folder / (name + ".key")).value();
  }
  Host enrol(const std::string& name = "web-1") {
    auto made = hosts->make_enrolment("", 1h, "lan").value();
    auto done = hosts->enrol(made.token, request(name), {name, "Debian 12", "6.1", "x86_64", "1"}, "10.0.0.7")
                    .value();
    return hosts->get(done.host_id).value();
  }
  static Finding finding(const Host& host, const Clock& clock) {
    Finding out;
    out.uid = new_id(clock);
    out.watch = Watch::kFiles;
    out.kind = "web_shell";
    out.severity = Severity::kCritical;
    out.confidence = 90;
    out.asset = {"host", host.id, host.facts.name};
    out.title = out.reason = out.next_step = {"files.webroot.web_shell.title", {{"path", "a.php"}}};
    out.dedup_key = "files/" + host.id + "/webroot/srv";
    out.observed_at = clock.wall();
    return out;
  }
  static AgentRecord record(std::uint64_t sequence, const Finding& finding) {
    return {sequence, json::serialize(json::object{{"kind", "finding"}, {"finding", to_json(finding)}})};
  }
  std::vector<desk::Alert> alerts() { return desk->alerts({}).value().items; }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    for (const auto& alert : alerts()) out.push_back(alert.kind);
    std::ranges::sort(out);
    return out;
  }

  store::TemporaryFolder folder;
  ManualClock clock{SystemClock().wall()};  // TLS compares certificates with the real time
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::Desk> desk;
  std::optional<net::CertificateAuthority> authority;
  std::unique_ptr<Hosts> hosts;
};

TEST_F(HostsTest, TokenIsGoodOnceAndForItsTime) {
  auto made = hosts->make_enrolment("web servers", 1h, "lan").value();
  HostFacts facts{"web-1", "Debian 12", "6.1", "x86_64", "1"};
  EXPECT_EQ(hosts->enrol("vde_other", request("a"), facts, "").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(hosts->enrol(made.token, "no request", facts, "").error().code(), ErrorCode::kInvalid);
  ASSERT_TRUE(
      hosts->enrol(made.token, request("b"), facts, "10.0.0.7"));  // the token was not used up by those
  EXPECT_EQ(hosts->enrol(made.token, request("c"), facts, "").error().code(), ErrorCode::kUnauthorized);
  made = hosts->make_enrolment("", 1h, "lan").value();
  clock.advance(1h + 1s);
  EXPECT_EQ(hosts->enrol(made.token, request("d"), facts, "").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(hosts->make_enrolment("", 8 * 24h, "lan").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(hosts->list("", 10)->size(), 1u);
}

TEST_F(HostsTest, NamesWithControlCharactersAreRefused) {
  auto made = hosts->make_enrolment("", 1h, "lan").value();
  auto done = hosts->enrol(made.token, request("a"), {"web\x1b[2J", "", "", "", ""}, "");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("name"));
}

TEST_F(HostsTest, RecordsAreTakenOnce) {
  auto host = enrol();
  auto first = record(1, finding(host, clock)), second = record(2, finding(host, clock));
  EXPECT_EQ(hosts->take(host, "e1", {first, second}).value(), 2u);
  EXPECT_EQ(hosts->take(host, "e1", {first, second}).value(), 2u);
  auto alerts = desk->alerts({})->items;
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].count, 2);
  EXPECT_EQ(alerts[0].asset.name, "web-1");
  EXPECT_EQ(make()->get(host.id)->sequence, 2u);
}

TEST_F(HostsTest, MissingNumbersAreAFinding) {
  auto host = enrol();
  ASSERT_TRUE(hosts->take(host, "e1", {record(1, finding(host, clock))}));
  EXPECT_EQ(hosts->take(host, "e1", {record(5, finding(host, clock))}).value(), 5u);
  EXPECT_THAT(kinds(), testing::ElementsAre("agent_gap", "web_shell"));
  EXPECT_EQ(hosts->get(host.id)->gaps, 3u);
  for (const auto& alert : alerts())
    if (alert.kind == "agent_gap") {
      EXPECT_THAT(render(alert.title, Language::kEnglish), HasSubstr("3 reports of web-1"));
      EXPECT_THAT(render(alert.reason, Language::kVietnamese), HasSubstr("từ số 2 đến số 4"));
    }
}

TEST_F(HostsTest, AnotherEpochIsAFindingAndBeginsAtOne) {
  auto host = enrol();
  ASSERT_TRUE(hosts->take(host, "e1", {record(1, finding(host, clock)), record(2, finding(host, clock))}));
  EXPECT_EQ(hosts->take(host, "e2", {record(1, finding(host, clock))}).value(), 1u);
  EXPECT_THAT(kinds(), testing::ElementsAre("agent_spool_lost", "web_shell"));
}

TEST_F(HostsTest, WhatSpeaksOfOthersIsRefusedAndSaid) {
  auto host = enrol(), other = enrol("web-2");
  auto of_other = finding(other, clock), of_sites = finding(host, clock), of_desk = finding(host, clock);
  of_sites.watch = Watch::kSites;
  of_desk.title.key = "desk.channel_dead.title";
  EXPECT_EQ(hosts
                ->take(host, "e1",
                       {record(1, of_other),
                        record(2, of_sites),
                        record(3, of_desk),
                        {4, "{"},
                        {5, std::string(100'000, '[')}})
                .value(),
            5u);
  auto alerts = desk->alerts({})->items;
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, "agent_record_refused");
  EXPECT_EQ(alerts[0].count, 5);
  EXPECT_EQ(alerts[0].asset.id, host.id);
}

TEST_F(HostsTest, NumbersThatDoNotRiseAreRefused) {
  auto host = enrol();
  auto one = record(2, finding(host, clock));
  EXPECT_EQ(hosts->take(host, "e1", {one, one}).error().code(), ErrorCode::kInvalid);
  one.sequence = ~0ull;
  EXPECT_EQ(hosts->take(host, "e1", {one}).error().code(), ErrorCode::kInvalid);
  EXPECT_TRUE(desk->alerts({})->items.empty());
}

TEST_F(HostsTest, SilenceIsAnAlertUntilItEnds) {
  auto host = enrol();
  clock.advance(121s);
  ASSERT_TRUE(hosts->tick());
  ASSERT_TRUE(hosts->tick());
  auto alerts = desk->alerts({})->items;
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, "agent_silent");
  EXPECT_EQ(alerts[0].count, 1);
  host = hosts->get(host.id).value();
  EXPECT_TRUE(host.silent);
  ASSERT_TRUE(hosts->heard(host, host.facts, "10.0.0.8", clock.wall() + 90s));
  EXPECT_TRUE(desk->alerts({})->items[0].condition_resolved);
  host = hosts->get(host.id).value();
  EXPECT_FALSE(host.silent);
  EXPECT_EQ(host.clock_skew_ms, 90'000);
}

// A server that was away does not call every host silent.
TEST_F(HostsTest, AServerThatWasAwayWaitsFirst) {
  enrol();
  clock.advance(1h);
  hosts = make();
  ASSERT_TRUE(hosts->tick());
  EXPECT_TRUE(desk->alerts({})->items.empty());
  clock.advance(121s);
  ASSERT_TRUE(hosts->tick());
  EXPECT_EQ(desk->alerts({})->items.size(), 1u);
}

TEST_F(HostsTest, EveryTextIsThereInBothLanguages) {
  for (const auto* kind : {"agent_silent", "agent_gap", "agent_record_refused", "agent_spool_lost"})
    for (const auto* part : {"title", "reason", "next"})
      for (auto language : {Language::kEnglish, Language::kVietnamese}) {
        auto key = std::string("hosts.") + kind + "." + part;
        EXPECT_EQ(render({key, {}}, language).find(key), std::string::npos) << key;
      }
}

struct AgentListener : HostsTest {
  AgentListener() {
    tls = agent_listener_tls(folder / "agents", *authority, clock).value();
    net::HttpServerOptions options;
    options.port = 0;
    options.tls = tls;
    server = net::make_http_server(options, agent_routes(*hosts, clock), {}, clock, metrics).value();
    EXPECT_TRUE(server->start());
  }
  ~AgentListener() override { server->stop(1s); }
  net::HttpClientResponse post(const std::string& name, const json::object& body,
                               const std::string& who = "") {
    net::HttpClientRequest call;
    call.method = "POST";
    call.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/agent/v1/" + name;
    call.pinned_key = net::certificate_pin(tls.certificate_path).value();
    call.body = json::serialize(body);
    if (!who.empty()) {
      call.client_certificate = (folder / (who + ".pem")).string();
      call.client_key = (folder / (who + ".key")).string();
    }
    auto answer = net::http_call(call);
    EXPECT_TRUE(answer) << answer.error().full();
    return answer.value_or(net::HttpClientResponse());
  }
  net::TlsFiles tls;
  std::unique_ptr<net::HttpServer> server;
  const json::object facts{
      {"name", "web-1"}, {"os", "Debian 12"}, {"kernel", "6.1"}, {"arch", "x86_64"}, {"version", "1"}};
};

TEST_F(AgentListener, EnrolsAndIsKnownByItsCertificate) {
  auto made = hosts->make_enrolment("", 1h, "lan").value();
  auto answer = post("enrol", {{"token", made.token}, {"request", request("a")}, {"facts", facts}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto enrolled = json::parse(answer.body).as_object();
  std::ofstream(folder / "a.pem") << enrolled.at("certificate").as_string().c_str();
  auto id = std::string(enrolled.at("host_id").as_string());
  EXPECT_EQ(hosts->get(id)->address, "127.0.0.1");

  auto now = to_rfc3339(clock.wall() - 5s);
  EXPECT_EQ(post("heartbeat", {{"facts", facts}, {"now", now}}, "a").status, 200);
  EXPECT_EQ(hosts->get(id)->clock_skew_ms, -5'000);
  EXPECT_EQ(post("heartbeat", {{"facts", facts}, {"now", now}}).status, 401);
  EXPECT_EQ(post("heartbeat", {{"facts", facts}}, "a").status, 422);

  auto told = record(1, finding(hosts->get(id).value(), clock));
  json::object batch{{"epoch", "e1"},
                     {"records", json::array{json::object{{"sequence", 1}, {"body", told.body}}}}};
  EXPECT_EQ(post("records", batch).status, 401);
  answer = post("records", batch, "a");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body).at("acknowledged").to_number<int>(), 1);
  EXPECT_EQ(kinds(), std::vector<std::string>{"web_shell"});

  ASSERT_TRUE(hosts->revoke(id, "lan"));
  EXPECT_EQ(post("records", batch, "a").status, 401);
  EXPECT_EQ(post("heartbeat", {{"facts", facts}, {"now", now}}, "a").status, 401);
}

TEST_F(AgentListener, KeepsItsKey) {
  auto again = agent_listener_tls(folder / "agents", *authority, clock).value();
  EXPECT_EQ(net::certificate_pin(again.certificate_path).value(),
            net::certificate_pin(tls.certificate_path).value());
}

}  // namespace
}  // namespace vedette::server
