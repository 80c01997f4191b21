#include "server/service_routes.h"

#include "base/hash.h"
#include "server/api/health.h"

namespace vedette::server {
namespace {

// Anybody may ask /healthz, and the answer costs a commit: it is kept for a moment.
class HealthAnswer {
 public:
  explicit HealthAnswer(Api& api) : api_(api) {}

  net::Response get() {
    std::lock_guard lock(mutex_);
    auto now = api_.clock.steady();
    if (!known_ || now - at_ >= kKept) {
      auto reasons = ailments(api_);
      answer_ = net::Response::text(reasons.empty() ? 200 : 503, reasons.empty() ? "ok\n" : "");
      for (const auto& reason : reasons) answer_.body += reason + "\n";
      answer_.headers.set("Cache-Control", "no-store");
      known_ = true;
      at_ = now;
    }
    return answer_;
  }

 private:
  static constexpr auto kKept = std::chrono::seconds(5);
  Api& api_;
  std::mutex mutex_;
  bool known_ = false;
  SteadyTime at_{};
  net::Response answer_;
};

bool loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

bool may_read_metrics(const Api& api, const Dispatch& dispatch, const net::Request& request) {
  auto config = api.config.current();
  if (config->metrics_loopback_open && loopback(request.remote_address)) return true;
  auto header = request.headers.find("Authorization").value_or("");
  if (!config->metrics_token.empty() &&
      equal_constant_time(header, "Bearer " + config->metrics_token.reveal()))
    return true;
  auto who = dispatch.identify(request);
  return who && who->may(Role::kViewer, scope::kRead);
}

}  // namespace

std::vector<net::Route> service_routes(Api& api, const Dispatch& dispatch, Metrics& metrics) {
  std::vector<net::Route> out;
  auto health = std::make_shared<HealthAnswer>(api);
  auto add = [&](std::string pattern, net::Handler handler) {
    out.push_back({net::Method::kGet, std::move(pattern), std::move(handler)});
  };
  add("/healthz", [health](const net::Request&) { return health->get(); });
  add("/metrics", [&api, &dispatch, &metrics](const net::Request& request) {
    if (!may_read_metrics(api, dispatch, request)) {
      auto response = net::Response::problem(
          401, "Not signed in",
          "send metrics.token or an API token with scope read as Authorization: Bearer");
      response.headers.set("WWW-Authenticate", "Bearer realm=\"vedette\"");
      return response;
    }
    auto response = net::Response::text(200, metrics.expose());
    response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.headers.set("Cache-Control", "no-store");
    return response;
  });
  return out;
}

}  // namespace vedette::server
