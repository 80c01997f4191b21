#include "server/tour/tour.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "model/content.h"
#include "model/refusal.h"

namespace vedette::server {
namespace {

constexpr std::string_view kTag = "tour";
constexpr std::string_view kName = "Cổng thông tin tỉnh Vân Sơn (trang mẫu)";
constexpr std::string_view kUrlHead = "http://127.0.0.1:";
constexpr auto kGrace = std::chrono::milliseconds(500);

std::uint16_t port_of(std::string_view url) {
  std::uint16_t port = 0;
  if (url.starts_with(kUrlHead)) {
    auto rest = url.substr(kUrlHead.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), port);
  }
  return port;
}

void replace(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

Tour::Tour(sites::SiteWatch& sites, desk::Desk& desk, CurrentConfig config, const Clock& clock,
           Metrics& metrics)
    : sites_(sites), desk_(desk), config_(std::move(config)), clock_(clock), metrics_(metrics) {}
Tour::~Tour() { stop(); }

net::Response Tour::page() const {
  std::string html(content::content_file(defaced_ ? "tour/defaced.html" : "tour/index.html"));
  // What changes on every real page: a visitor counter, the time and a token. The watch has to learn them.
  auto visit = ++visits_;
  replace(html, "{visits}", std::to_string(184'203 + visit));
  replace(html, "{time}", to_rfc3339(clock_.wall()).substr(0, 16));
  replace(html, "{token}", fmt::format("{:016x}", visit * 0x9E3779B97F4A7C15ull));
  return net::Response::html(200, std::move(html));
}

Result<void> Tour::serve(std::uint16_t port) {
  net::HttpServerOptions options;
  options.port = port;
  options.worker_threads = 1;
  options.worker_queue = 64;
  options.connections_max = 64;
  options.streams_max = 1;
  std::vector<net::Route> routes;
  routes.push_back({net::Method::kGet, "/", [this](const net::Request&) { return page(); }});
  routes.push_back({net::Method::kGet, "/tour.css", [](const net::Request&) {
                      auto response =
                          net::Response::text(200, std::string(content::content_file("tour/tour.css")));
                      response.headers.set("Content-Type", "text/css; charset=utf-8");
                      return response;
                    }});
  TRY_ASSIGN(auto server, net::make_http_server(options, std::move(routes), {}, clock_, metrics_));
  TRY(server->start());
  server_ = std::move(server);
  return {};
}

Result<std::optional<sites::Site>> Tour::find_site() {
  sites::SiteWatch::Query query;
  query.tag = std::string(kTag);
  TRY_ASSIGN(auto listing, sites_.list(query));
  for (auto& site : listing.items) {
    if (site.config.tour) return std::optional(std::move(site));
  }
  return std::optional<sites::Site>();
}

Result<void> Tour::start() {
  auto config = config_();
  if (!config->tour_enabled) return refuse(ErrorCode::kForbidden, "tour.off");
  std::lock_guard lock(mutex_);
  if (server_) return {};
  defaced_ = false;
  TRY(serve(0));
  sites::SiteConfig site;
  site.name = std::string(kName);
  site.url = fmt::format("{}{}/", kUrlHead, server_->port());
  site.interval = std::chrono::seconds(config->tour_interval_seconds);
  site.tags = {std::string(kTag)};
  site.tour = true;
  auto added = sites_.add(site);
  if (!added) {
    server_->stop(kGrace);
    server_.reset();
    return std::unexpected(added.error());
  }
  site_id_ = added->id;
  return {};
}

Result<void> Tour::deface(bool defaced) {
  std::lock_guard lock(mutex_);
  if (!server_) return refuse(ErrorCode::kConflict, "tour.not_running");
  defaced_ = defaced;
  return sites_.check_now(site_id_);
}

Result<void> Tour::remove() {
  std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto site, find_site());
  if (site) TRY(sites_.remove(site->id));
  if (server_) server_->stop(kGrace);
  server_.reset();
  site_id_.clear();
  defaced_ = false;
  return {};
}

Result<void> Tour::resume() {
  std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto site, find_site());
  if (!site || server_) return {};
  auto port = port_of(site->config.url);
  if (config_()->tour_enabled && port != 0) {
    if (auto served = serve(port)) {
      site_id_ = site->id;
      return {};
    } else {
      log::warn("tour", "the sample site's port is taken; the tour is removed",
                {{"error.message", served.error().full()}});
    }
  }
  return sites_.remove(site->id);
}

void Tour::stop() {
  std::lock_guard lock(mutex_);
  if (server_) server_->stop(kGrace);
  server_.reset();
}

Result<Tour::Status> Tour::status() {
  Status out;
  {
    std::lock_guard lock(mutex_);
    out.running = server_ != nullptr;
    out.site_id = site_id_;
    if (server_) out.site_url = fmt::format("{}{}/", kUrlHead, server_->port());
  }
  out.defaced = defaced_;
  if (!out.running) return out;
  desk::AlertQuery query;
  query.asset_id = out.site_id;
  TRY_ASSIGN(auto alerts, desk_.alerts(query));
  for (const auto& alert : alerts.items) {
    // Whoever takes the tour wants the defacement, not that the page was away for a moment.
    if (alert.state != desk::AlertState::kClosed && alert.severity >= Severity::kHigh) {
      out.alert_id = alert.id;
      break;
    }
  }
  return out;
}

}  // namespace vedette::server
