#include "net/server_core.h"

#include "base/log.h"
#include "net/own_answers.h"

namespace vedette::net {
namespace {
const std::vector<double> kSecondsBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,  0.5,    1,     2.5,  5,     10};
constexpr std::size_t kSmallAnswer = 16 * 1024;  // never refused: connections_max of them are bounded too
constexpr const char* kRefusedHelp = "Connections and requests turned away, by reason.";

// False: the handler threw, which is logged.
bool guarded(const Route& route, const Request& request, const auto& handler) {
  std::string reason;
  try {
    handler();
    return true;
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {
    reason = "unknown exception";
  }
  log::error("net.http", "A request handler failed",
             {{"http.request.method", to_string(request.method)},
              {"http.route", route.pattern},
              {"error.message", reason}});
  return false;
}
}  // namespace

ServerMetrics::ServerMetrics(Metrics& metrics, const Router& router)
    : metrics_(metrics),
      connections_(metrics.gauge("vedette_http_connections", "Open client connections of the HTTP server.")),
      accepted_(metrics.counter("vedette_http_connections_total", "Client connections accepted.")) {
  for (std::size_t i = 0; i < router.size(); ++i) rows_.push_back({router.route(i).pattern, nullptr, {}});
  rows_.push_back({"(none)", nullptr, {}});
  for (auto& row : rows_) {
    row.seconds =
        &metrics.histogram("vedette_http_request_seconds", "Time from the whole request to its answer.",
                           kSecondsBuckets, {{"route", row.pattern}});
  }
}

void ServerMetrics::answered(std::size_t route, std::string_view method, int status,
                             std::chrono::duration<double> took) {
  std::lock_guard lock(mutex_);
  auto& row = route < rows_.size() ? rows_[route] : rows_.back();
  auto& counter = row.by_status[{std::string(method), status}];
  if (counter == nullptr) {
    counter = &metrics_.counter(
        "vedette_http_requests_total", "Requests answered, by route, method and status.",
        {{"route", row.pattern}, {"method", std::string(method)}, {"status", std::to_string(status)}});
  }
  counter->add();
  row.seconds->observe(took.count());
}

Counter& ServerMetrics::refused(const std::string& reason) {
  return metrics_.counter("vedette_http_refused_total", kRefusedHelp, {{"reason", reason}});
}

AnswerRoom::AnswerRoom(ServerCore& core, std::size_t bytes)
    : core_(core),
      bytes_(bytes),
      granted_(core.answer_bytes.fetch_add(bytes) + bytes <= core.options.answer_bytes_max ||
               bytes <= kSmallAnswer) {}
AnswerRoom::~AnswerRoom() { core_.answer_bytes.fetch_sub(bytes_); }

ServerCore::ServerCore(HttpServerOptions options_in, Router router_in, Wrap wrap_in,
                       TrustedProxies proxies_in, const Clock& clock_in, Metrics& metrics_in)
    : options(std::move(options_in)),
      router(std::move(router_in)),
      wrap(std::move(wrap_in)),
      proxies(std::move(proxies_in)),
      clock(clock_in),
      metrics(metrics_in, router),
      hub(options.streams_max, options.stream_queue, metrics_in),
      open_answers(std::make_shared<OpenAnswers>(options.later_answers_max)),
      workers(options.worker_threads, options.worker_queue) {}

Response ServerCore::handle(const Route& route, const Request& request) const {
  Response response;
  if (!guarded(route, request, [&] { response = route.handler(request); })) return own_answer("failed");
  return response;
}

void ServerCore::handle_later(const Route& route, Request& request, LaterAnswer::Open::Deliver deliver) {
  const auto open = open_answers->open(deliver);
  if (!open) {
    metrics.refused("later_answers").add();
    auto response = own_answer("busy");
    response.headers.set("Retry-After", "1");
    return deliver(std::move(response));
  }
  // What was promised and not kept answers itself (LaterAnswer).
  guarded(route, request, [&] { route.later_handler(request, LaterAnswer(open)); });
  request.body = {};
  open->handler_returned();
}

void ServerCore::opened() {
  open.fetch_add(1);
  metrics.connections(1);
  metrics.accepted();
}

void ServerCore::closed() {
  metrics.connections(-1);
  std::lock_guard lock(open_mutex);
  if (open.fetch_sub(1) == 1) none_open.notify_all();
}

void ServerCore::wait_closed(std::chrono::milliseconds grace) {
  std::unique_lock lock(open_mutex);
  none_open.wait_for(lock, grace, [this] { return open.load() == 0; });
}

void ServerCore::finish(const Request& request, Response& response) const {
  if (!wrap) return;
  try {
    wrap(request, response);
  } catch (const std::exception& e) {
    log::error("net.http", "The response wrapper failed",
               {{"url.path", request.path}, {"error.message", e.what()}});
    response = own_answer("failed");
  }
}

}  // namespace vedette::net
