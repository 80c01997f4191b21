// A real database, desk and authority with hosts that report to them; time stands still until it is moved.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "server/accounts/accounts.h"
#include "server/hosts/hosts.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace json = boost::json;
using namespace std::chrono_literals;

struct HostsTest : testing::Test {
  HostsTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations(), host_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = store::open_sqlite({folder / "v.db"}, migrations, clock, metrics).value();
    desk = desk::make_desk({}, *database, clock, metrics);
    authority.emplace(net::CertificateAuthority::open(folder / "agents", clock).value());
    key.emplace(SigningKey::open(folder / "agents" / "command.key").value());
    hosts = make();
  }
  std::unique_ptr<Hosts> make(Hosts::Options options = {}) {
    return std::make_unique<Hosts>(options, *database, *desk, *authority, *key, SiteOfHost{}, clock);
  }
  std::string request(const std::string& name) {
    return net::make_signing_request(folder / (name + ".key")).value();
  }
  Host enrol(const std::string& name = "web-1") {
    auto made = hosts->make_enrolment("default", "", 1h, "lan").value();
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
  AgentRecord record(std::uint64_t sequence, json::object body) { return {sequence, json::serialize(body)}; }
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
  std::optional<SigningKey> key;
  std::unique_ptr<Hosts> hosts;
};

}  // namespace vedette::server
