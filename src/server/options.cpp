#include "server/options.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vedette::server {

using std::chrono::seconds;

desk::DeskOptions desk_options(const Config& config, const std::string& url) {
  desk::DeskOptions out;
  out.public_url = url;
  out.senders = static_cast<std::size_t>(config.senders);
  out.lease = seconds(config.lease_seconds);
  out.mail_language = config.mail_language;
  out.allow_loopback_webhooks = config.allow_loopback_webhooks;
  return out;
}

sites::SiteWatchOptions site_options(const Config& config, const std::filesystem::path& snapshots) {
  sites::SiteWatchOptions out;
  out.snapshot_folder = snapshots;
  out.default_interval = seconds(config.interval_seconds);
  out.learn_fetches = static_cast<int>(config.learn_fetches);
  out.fetch_parallel = static_cast<std::size_t>(config.fetch_parallel);
  out.fetch_per_host = static_cast<std::size_t>(config.fetch_per_host);
  out.judge_threads = static_cast<std::size_t>(config.judge_threads);
  out.page_bytes_max = static_cast<std::size_t>(config.page_bytes_max);
  out.fetch_timeout = seconds(config.fetch_timeout_seconds);
  auto slow = [](std::int64_t value) { return seconds(value == 0 ? 0 : std::max<std::int64_t>(value, 60)); };
  out.dns_interval = slow(config.dns_interval_seconds);
  out.resource_interval = slow(config.resource_interval_seconds);
  out.cloak_interval = slow(config.cloak_interval_seconds);
  out.render_interval = seconds(config.render_interval_seconds);
  out.allow_loopback = config.allow_loopback;
  out.inner_hosts = config.inner_hosts;
  out.dns_resolvers = config.dns_resolvers;
  out.proxy = config.proxy.reveal();
  out.user_agent = config.user_agent;
  out.ca_file = config.ca_file;
  out.chromium = config.chromium;
  out.ocr = config.ocr;
  out.snapshot_retention = std::chrono::hours(24 * config.snapshot_retention_days);
  out.snapshot_bytes_max = static_cast<std::uint64_t>(config.snapshot_bytes_max);
  return out;
}

Result<std::shared_ptr<const desk::PlaybookSet>> playbook_set(const Config& config) {
  if (config.playbooks.empty())
    return std::make_shared<const desk::PlaybookSet>(desk::PlaybookSet::built_in());
  auto set = desk::PlaybookSet::with_folder(config.playbooks);
  if (!set) return fail(std::move(set).error(), "reading desk.playbooks");
  return std::make_shared<const desk::PlaybookSet>(*std::move(set));
}

Result<std::vector<desk::IntakeMailbox>> intake_mailboxes(const Config& config) {
  if (config.mailboxes.empty()) return std::vector<desk::IntakeMailbox>();
  auto all = desk::load_intake_mailboxes(config.mailboxes);
  if (!all) return fail(std::move(all).error(), "reading desk.mailboxes");
  return all;
}

Result<std::shared_ptr<const desk::RegimeSet>> regime_set(const Config& config) {
  if (config.regimes.empty()) return std::make_shared<const desk::RegimeSet>(desk::RegimeSet::built_in());
  auto set = desk::RegimeSet::with_folder(config.regimes);
  if (!set) return fail(std::move(set).error(), "reading desk.regimes");
  return std::make_shared<const desk::RegimeSet>(*std::move(set));
}

Result<std::shared_ptr<const desk::FormSet>> form_set(const Config& config, const desk::RegimeSet& regimes) {
  if (config.regimes.empty()) return std::make_shared<const desk::FormSet>(desk::FormSet::built_in());
  auto set = desk::FormSet::with_folder(config.regimes, regimes);
  if (!set) return fail(std::move(set).error(), "reading the forms of desk.regimes");
  return std::make_shared<const desk::FormSet>(*std::move(set));
}

net::HttpServerOptions http_options(const Config& config, std::uint16_t port) {
  net::HttpServerOptions out;
  out.address = listen_parts(config).address;
  out.port = port;
  if (!config.tls_certificate.empty()) out.tls = net::TlsFiles{config.tls_certificate, config.tls_key};
  out.trusted_proxies = config.trusted_proxies;
  out.io_threads = static_cast<std::size_t>(config.io_threads);
  out.worker_threads = static_cast<std::size_t>(config.worker_threads);
  out.connections_max = static_cast<std::size_t>(config.connections_max);
  out.streams_max = static_cast<std::size_t>(config.streams_max);
  out.request_timeout = seconds(config.request_timeout_seconds);
  return out;
}

std::string host_and_port(const std::string& address, std::uint16_t port) {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

std::string public_url(const Config& config, std::uint16_t port) {
  if (!config.public_url.empty())
    return config.public_url.back() == '/' ? config.public_url.substr(0, config.public_url.size() - 1)
                                           : config.public_url;
  return fmt::format("{}://{}", config.tls_certificate.empty() ? "http" : "https",
                     host_and_port(listen_parts(config).address, port));
}

Result<std::uint16_t> settled_port(const Config& config) {
  auto listen = listen_parts(config);
  if (listen.port != 0) return listen.port;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bool found = fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
               getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) close(fd);
  if (!found) return fail(ErrorCode::kUnavailable, "no free port was found; name one in server.listen");
  return ntohs(address.sin_port);
}

Result<void> add_first_channel(desk::Desk& desk, Accounts& accounts, Language language) {
  TRY_ASSIGN(bool fresh, accounts.setup_needed());
  TRY_ASSIGN(auto channels, desk.channels());
  if (!fresh || !channels.empty()) return {};
  desk::Channel mailbox;
  mailbox.name = render({"desk.mailbox.name", {}}, language);
  mailbox.kind = desk::ChannelKind::kMailbox;
  mailbox.settings_json = R"({"to":"oncall@vedette.local"})";
  TRY_ASSIGN(auto saved, desk.save_channel(mailbox, "server"));
  desk::Ladder ladder;
  ladder.steps = {{0, {saved.id}}};
  TRY(desk.save_ladder(ladder, "server"));
  return {};
}

}  // namespace vedette::server
