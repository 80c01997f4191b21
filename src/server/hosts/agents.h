// Agents: the server's side of its agents as one part: the authority, the key that signs what is asked of
// hosts, the hosts, the listener. Keeps <data>/agents/ (authority, command key and listener, keys 0600).
// open() starts nothing; all calls are thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "net/http_server.h"
#include "server/config/config.h"
#include "server/hosts/agent_logs.h"
#include "server/hosts/hosts.h"
#include "server/logs/log_service.h"

namespace vedette::server {

class Agents {
 public:
  static Result<std::unique_ptr<Agents>> open(const Config& config, const std::filesystem::path& folder,
                                              store::Database& database, desk::Desk& desk,
                                              SiteOfHost site_of_host, LogService* logs, const Clock& clock,
                                              Metrics& metrics);
  ~Agents();

  Result<void> start();
  void stop();
  void tick();  // about once a second

  Hosts& hosts() { return hosts_; }
  std::string url() const;                         // as agents reach it
  const std::string& pin() const { return pin_; }  // of the listener's key (net/http_client.h)

 private:
  Agents(const Config& config, net::CertificateAuthority authority, SigningKey key, store::Database& database,
         desk::Desk& desk, SiteOfHost site_of_host, const Clock& clock);
  const net::CertificateAuthority authority_;
  const SigningKey key_;  // <folder>/command.key
  const std::string listen_, url_;
  const Clock& clock_;
  Hosts hosts_;
  std::optional<AgentLogs> logs_;
  std::string pin_;
  std::unique_ptr<net::HttpServer> http_;
  SteadyTime next_look_{};
};

}  // namespace vedette::server
