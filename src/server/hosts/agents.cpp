#include "server/hosts/agents.h"

#include <fmt/format.h>

#include "base/log.h"
#include "net/http_client.h"
#include "server/hosts/agent_routes.h"
#include "server/options.h"

namespace vedette::server {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(5);
// Who takes logs mostly waits for the event store, which commits a few times a second for all of them.
constexpr std::size_t kWorkers = 2, kWorkersWithLogs = 32;
constexpr auto kStopGrace = std::chrono::milliseconds(5'000);

Hosts::Options hosts_options(const Config& config) {
  Hosts::Options out;
  out.silent_after = std::chrono::seconds(config.agents_silent_seconds);
  out.order_life = std::chrono::minutes(config.agents_order_minutes);
  out.quota.records = config.agents_records_per_minute;
  out.quota.bytes = config.agents_bytes_per_minute;
  out.log_quota.bytes = config.agents_log_bytes_per_minute;
  return out;
}

}  // namespace

Agents::Agents(const Config& config, net::CertificateAuthority authority, SigningKey key,
               store::Database& database, desk::Desk& desk, SiteOfHost site_of_host, const Clock& clock)
    : authority_(std::move(authority)),
      key_(std::move(key)),
      listen_(config.agents_listen),
      url_(config.agents_url),
      clock_(clock),
      hosts_(hosts_options(config), database, desk, authority_, key_, std::move(site_of_host), clock) {}

Agents::~Agents() { stop(); }

Result<std::unique_ptr<Agents>> Agents::open(const Config& config, const std::filesystem::path& folder,
                                             store::Database& database, desk::Desk& desk,
                                             SiteOfHost site_of_host, LogService* logs, const Clock& clock,
                                             Metrics& metrics) {
  TRY_ASSIGN(auto authority, net::CertificateAuthority::open(folder, clock));
  TRY_ASSIGN(auto key, SigningKey::open(folder / "command.key"));
  std::unique_ptr<Agents> out(new Agents(config, std::move(authority), std::move(key), database, desk,
                                         std::move(site_of_host), clock));
  if (logs) out->logs_.emplace(database, desk, logs->watch(), logs->keep_months(), clock);
  TRY_ASSIGN(auto tls, agent_listener_tls(folder, out->authority_, clock));
  TRY_ASSIGN(out->pin_, net::certificate_pin(tls.certificate_path));
  auto listen = listen_parts(out->listen_);
  net::HttpServerOptions options;
  options.address = listen.address;
  options.port = listen.port;
  options.tls = std::move(tls);
  options.worker_threads = logs ? kWorkersWithLogs : kWorkers;
  TRY_ASSIGN(out->http_, net::make_http_server(
                             options, agent_routes(out->hosts_, out->logs_ ? &*out->logs_ : nullptr, clock),
                             {}, clock, metrics));
  return out;
}

Result<void> Agents::start() { return http_->start(); }
void Agents::stop() {
  if (http_) http_->stop(kStopGrace);
}

void Agents::tick() {
  auto now = clock_.steady();
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  if (auto looked = hosts_.tick(); !looked)
    log::warn("hosts", "could not look for silent hosts", {{"error.message", looked.error().full()}});
}

std::string Agents::url() const {
  if (!url_.empty()) return url_.back() == '/' ? url_.substr(0, url_.size() - 1) : url_;
  auto listen = listen_parts(listen_);
  return fmt::format("https://{}", host_and_port(listen.address, http_->port()));
}

}  // namespace vedette::server
