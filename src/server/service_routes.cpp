#include "server/service_routes.h"

#include "base/hash.h"
#include "server/api/api.h"

namespace vedette::server {
namespace {

net::Response healthz(Api& api) {
  auto reasons = api.ailments->get(api);
  auto answer = net::Response::text(reasons.empty() ? 200 : 503, reasons.empty() ? "ok\n" : "");
  for (const auto& reason : reasons) answer.body += reason + "\n";
  answer.headers.set("Cache-Control", "no-store");
  return answer;
}

bool loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

// The status of a refusal; nothing: it may.
std::optional<int> metrics_refused(const Api& api, const Dispatch& dispatch, const net::Request& request) {
  auto config = api.config.current();
  if (config->metrics_loopback_open && loopback(request.remote_address)) return std::nullopt;
  auto header = request.headers.find("Authorization").value_or("");
  if (!config->metrics_token.empty() &&
      equal_constant_time(header, "Bearer " + config->metrics_token.reveal()))
    return std::nullopt;
  auto who = dispatch.identify(request);
  if (!who || !who->signed_in()) return 401;
  return who->may({"health", Role::kViewer}) ? std::nullopt : std::optional(403);
}

}  // namespace

std::vector<net::Route> service_routes(Api& api, const Dispatch& dispatch, Metrics& metrics) {
  std::vector<net::Route> out;
  auto add = [&](std::string pattern, net::Handler handler) {
    out.push_back({net::Method::kGet, std::move(pattern), std::move(handler)});
  };
  add("/healthz", [&api](const net::Request&) { return healthz(api); });
  add("/metrics", [&api, &dispatch, &metrics](const net::Request& request) {
    if (auto status = metrics_refused(api, dispatch, request)) {
      auto response = net::Response::problem(
          *status, *status == 401 ? "Not signed in" : "Not allowed",
          "send metrics.token or an API token with scope health:read or read as Authorization: Bearer");
      response.headers.set("WWW-Authenticate", *status == 401 ? std::string("Bearer realm=\"vedette\"")
                                                              : insufficient_scope("health:read"));
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
