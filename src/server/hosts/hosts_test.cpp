// Agents over real mutual TLS, into a real database and desk.
#include "server/hosts/hosts.h"

#include <gmock/gmock.h>

#include <fstream>

#include "net/http_client.h"
#include "server/hosts/agent_routes.h"
#include "server/hosts/hosts_fixture.h"

namespace vedette::server {
namespace {
using testing::HasSubstr;

TEST_F(HostsTest, TokenIsGoodOnceAndForItsTime) {
  auto made = hosts->make_enrolment("default", "web servers", 1h, "lan").value();
  HostFacts facts{"web-1", "Debian 12", "6.1", "x86_64", "1"};
  EXPECT_EQ(hosts->enrol("vde_other", request("a"), facts, "").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(hosts->enrol(made.token, "no request", facts, "").error().code(), ErrorCode::kInvalid);
  ASSERT_TRUE(
      hosts->enrol(made.token, request("b"), facts, "10.0.0.7"));  // the token was not used up by those
  EXPECT_EQ(hosts->enrol(made.token, request("c"), facts, "").error().code(), ErrorCode::kUnauthorized);
  made = hosts->make_enrolment("default", "", 1h, "lan").value();
  clock.advance(1h + 1s);
  EXPECT_EQ(hosts->enrol(made.token, request("d"), facts, "").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(hosts->make_enrolment("default", "", 8 * 24h, "lan").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(hosts->list({})->items.size(), 1u);
}

TEST_F(HostsTest, NamesWithControlCharactersAreRefused) {
  auto made = hosts->make_enrolment("default", "", 1h, "lan").value();
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
  ASSERT_TRUE(hosts->heard(host, host.facts, "10.0.0.8", clock.wall() + 90s, std::nullopt));
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
  for (const auto* kind : {"agent_silent", "agent_gap", "agent_record_refused", "agent_spool_lost",
                           "agent_quota", "file_incident_over"})
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
    server = net::make_http_server(options, agent_routes(*hosts, nullptr, clock), {}, clock, metrics).value();
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
  auto made = hosts->make_enrolment("default", "", 1h, "lan").value();
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

// The old certificate is good until the new one was seen, and then no more.
TEST_F(AgentListener, RenewsItsCertificate) {
  auto made = hosts->make_enrolment("default", "", 1h, "lan").value();
  auto answer = post("enrol", {{"token", made.token}, {"request", request("a")}, {"facts", facts}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto enrolled = json::parse(answer.body).as_object();
  std::ofstream(folder / "a.pem") << enrolled.at("certificate").as_string().c_str();
  EXPECT_EQ(enrolled.at("command_key").as_string(), key->public_key());
  EXPECT_EQ(post("renew", {{"request", "none"}}, "a").status, 422);
  EXPECT_EQ(post("renew", {{"request", request("n")}}).status, 401);
  answer = post("renew", {{"request", request("b")}}, "a");
  ASSERT_EQ(answer.status, 200) << answer.body;
  std::ofstream(folder / "b.pem") << json::parse(answer.body).at("certificate").as_string().c_str();
  const json::object beat{{"facts", facts}, {"now", to_rfc3339(clock.wall())}};
  EXPECT_EQ(post("heartbeat", beat, "a").status, 200);
  EXPECT_EQ(post("heartbeat", beat, "b").status, 200);
  EXPECT_EQ(post("heartbeat", beat, "a").status, 401);
  EXPECT_EQ(post("heartbeat", beat, "b").status, 200);
  EXPECT_EQ(hosts->list({})->items.size(), 1u);
}

TEST_F(AgentListener, HostBeyondItsQuotaIsAskedToSendLater) {
  Hosts::Options options;
  options.quota.records = 2;
  hosts = make(options);
  server->stop(1s);
  net::HttpServerOptions http;
  http.port = 0;
  http.tls = tls;
  server = net::make_http_server(http, agent_routes(*hosts, nullptr, clock), {}, clock, metrics).value();
  ASSERT_TRUE(server->start());
  auto made = hosts->make_enrolment("default", "", 1h, "lan").value();
  auto answer = post("enrol", {{"token", made.token}, {"request", request("a")}, {"facts", facts}});
  auto enrolled = json::parse(answer.body).as_object();
  std::ofstream(folder / "a.pem") << enrolled.at("certificate").as_string().c_str();
  auto host = hosts->get(std::string(enrolled.at("host_id").as_string())).value();
  std::int64_t number = 0;
  auto send = [&] {
    json::array two;
    for (int i = 0; i < 2; ++i)
      two.push_back(json::object{{"sequence", ++number}, {"body", record(1, finding(host, clock)).body}});
    return post("records", {{"epoch", "e"}, {"records", std::move(two)}}, "a");
  };
  EXPECT_EQ(send().status, 200);
  auto refused = send();
  EXPECT_EQ(refused.status, 429);
  const json::object beat{{"facts", facts}, {"now", to_rfc3339(clock.wall())}};
  EXPECT_EQ(post("heartbeat", beat, "a").status, 200);  // it is still heard of
  auto later = std::ranges::find(refused.headers, "retry-after", [](const auto& header) {
    std::string lower;
    for (char c : header.first) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
  });
  ASSERT_NE(later, refused.headers.end());
  EXPECT_GE(std::stoi(later->second), 1);
  EXPECT_LE(std::stoi(later->second), 60);
  clock.advance(60s);
  number -= 2;
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(hosts->get(host.id)->sequence, 4u);
}

TEST_F(AgentListener, KeepsItsKey) {
  auto again = agent_listener_tls(folder / "agents", *authority, clock).value();
  EXPECT_EQ(net::certificate_pin(again.certificate_path).value(),
            net::certificate_pin(tls.certificate_path).value());
}

}  // namespace
}  // namespace vedette::server
