#include "server/logs/bulk_routes.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "base/text/base64.h"
#include "logs/read/input.h"
#include "server/api/operation.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kBodyMax = 32u << 20, kUnpackedMax = 64u << 20, kActionBytesMax = 4096;
// Shippers ask for the version and refuse one they are too new for.
constexpr std::string_view kSpokenVersion = "8.17.0";

net::Response spoken(net::Response out) {
  out.headers.set("X-Elastic-Product", "Elasticsearch");
  return out;
}
net::Response spoken(int status, const json::value& body) { return spoken(json_response(status, body)); }

net::Response refusal(int status, std::string_view type, std::string_view reason) {
  auto out = spoken(
      status, json::object{{"error", json::object{{"type", type}, {"reason", reason}}}, {"status", status}});
  if (status == 401) out.headers.set("WWW-Authenticate", "Basic realm=\"vedette\"");
  if (status == 429) out.headers.set("Retry-After", "1");
  return out;
}

// The token in whichever of the three forms a shipper can be given it.
std::string token_of(std::string_view header) {
  auto after = [&](std::string_view scheme) -> std::optional<std::string_view> {
    if (!header.starts_with(scheme)) return std::nullopt;
    return header.substr(scheme.size());
  };
  if (auto bearer = after("Bearer ")) return std::string(*bearer);
  auto packed = after("ApiKey ");
  if (packed && packed->starts_with("vdt_")) return std::string(*packed);
  if (!packed) packed = after("Basic ");
  if (!packed) return {};
  auto pair = base64_decode(*packed);
  auto colon = pair.find(':');
  return colon == pair.npos ? std::string() : pair.substr(colon + 1);
}

// The body as it was meant; `into` holds it where it came packed.
Result<std::string_view> unpacked(const net::Request& request, std::string& into) {
  auto encoding = request.headers.find("Content-Encoding").value_or("");
  if (encoding.empty() || encoding == "identity") return request.body;
  if (encoding != "gzip" && encoding != "zstd")
    return fail(ErrorCode::kUnsupported, "Content-Encoding may be gzip or zstd");
  logs::InputLimits limits;
  limits.expanded_bytes_max = kUnpackedMax;
  auto input = logs::Input::of(request.body, limits);
  char part[64 * 1024];
  for (;;) {
    TRY_ASSIGN(auto count, input.read(part));
    if (count == 0) return into;
    into.append(part, count);
  }
}

std::string_view name_of(BulkAction action) { return action == BulkAction::kCreate ? "create" : "index"; }

// The answer behind how long it took. One item for each event, of two kinds: written once, repeated.
std::string bulk_items(std::string_view index, std::span<const BulkAction> actions) {
  std::string items[2];
  for (auto action : {BulkAction::kIndex, BulkAction::kCreate})
    items[static_cast<std::size_t>(action)] = json::serialize(json::object{
        {name_of(action), json::object{{"_index", index}, {"status", 201}, {"result", "created"}}}});
  std::string out = R"(,"errors":false,"items":[)";
  out.reserve(out.size() + actions.size() * (items[1].size() + 1) + 2);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (i > 0) out += ',';
    out += items[static_cast<std::size_t>(actions[i])];
  }
  return out += "]}";
}

net::Response bulk_answer(const Result<logs::LogWatch::Taken>& taken, const std::string& items,
                          SteadyTime::duration took) {
  if (!taken) {
    const bool full = taken.error().code() == ErrorCode::kLimit;
    return refusal(full ? 429 : 503,
                   full ? "es_rejected_execution_exception" : "unavailable_shards_exception",
                   taken.error().message());
  }
  const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  return spoken(net::Response::json(200, fmt::format(R"({{"took":{}{})", took_ms, items)));
}

net::Response lines_answer(const Result<logs::LogWatch::Taken>& taken) {
  if (taken)
    return json_response(200, json::object{{"events", taken->events}, {"repeated", taken->repeated}});
  auto out = problem_response(taken.error());
  if (taken.error().code() == ErrorCode::kLimit) out.headers.set("Retry-After", "1");
  return out;
}

class Bulk {
 public:
  Bulk(LogService* logs, const Dispatch& dispatch, const Clock& clock)
      : logs_(logs), dispatch_(dispatch), clock_(clock) {}

  net::Response about(const net::Request& request) const {
    if (auto refused = refuse(request)) return *std::move(refused);
    return spoken(
        200, json::object{{"name", "vedette"},
                          {"cluster_name", "vedette"},
                          {"version", json::object{{"number", kSpokenVersion}, {"build_flavor", "default"}}},
                          {"tagline", "You Know, for Search"}});
  }
  net::Response license(const net::Request& request) const {
    if (auto refused = refuse(request)) return *std::move(refused);
    json::object basic{{"uid", "vedette"}, {"type", "basic"}, {"mode", "basic"}, {"status", "active"}};
    return spoken(200, json::object{{"license", std::move(basic)}});
  }

  // Both give the answer when the events are durable; what they return is to be given at once.
  std::optional<net::Response> take(const net::Request& request, net::LaterAnswer& later) const {
    if (auto refused = refuse(request)) return refused;
    std::string own;
    auto body = unpacked(request, own);
    if (!body) {
      bool large = body.error().code() == ErrorCode::kLimit;
      return refusal(large ? 413 : 400, "parse_exception", body.error().message());
    }
    auto bulk = read_bulk(*body);
    if (!bulk)
      return refusal(bulk.error().code() == ErrorCode::kLimit ? 413 : 400, "illegal_argument_exception",
                     bulk.error().message());
    auto index = request.parameters.find("index");
    const std::string name = index != request.parameters.end() ? index->second : bulk->index;
    auto who = dispatch_.identify(with_token(request));
    logs::LogBatch batch;
    batch.sender = {"bulk/" + who->name + "/" + name, name.empty() ? who->name : name, name,
                    logs_->keep_months()};
    batch.form = logs::LogForm::kJson;
    batch.received = clock_.wall();
    batch.events = std::move(bulk->events);
    set_stream(request, *who, batch);
    // Here and not where the answer is given: that thread answers all senders.
    auto items = bulk_items(name, bulk->actions);
    logs_->watch().submit(std::move(batch), [later = std::move(later), items = std::move(items),
                                             &clock = clock_, began = clock_.steady()](auto taken) mutable {
      later.give(bulk_answer(taken, items, clock.steady() - began));
    });
    return std::nullopt;
  }

  std::optional<net::Response> take_lines(const net::Request& request, net::LaterAnswer& later) const {
    if (auto refused = refuse(request)) return refused;
    std::string own;
    auto body = unpacked(request, own);
    if (!body) return problem_response(body.error());
    auto who = dispatch_.identify(with_token(request));
    const auto& source = request.parameters.at("source");
    logs::LogBatch batch;
    batch.sender = {"http/" + who->name + "/" + source, source, source, logs_->keep_months()};
    batch.form = body->starts_with('{') ? logs::LogForm::kJson : logs::LogForm::kText;
    batch.received = clock_.wall();
    for (std::string_view rest = *body; !rest.empty();) {
      const auto end = rest.find('\n');
      auto line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) batch.events.emplace_back(line);
      if (batch.events.size() > kBulkEventsMax)
        return problem_response(
            {ErrorCode::kLimit, fmt::format("more than {} events in one request", kBulkEventsMax)});
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    if (batch.events.empty())
      return problem_response({ErrorCode::kInvalid, "there is no event in the request"});
    set_stream(request, *who, batch);
    logs_->watch().submit(std::move(batch), [later = std::move(later)](auto taken) mutable {
      later.give(lines_answer(taken));
    });
    return std::nullopt;
  }

 private:
  // Who names its request may send it again: what was stored is passed over.
  static void set_stream(const net::Request& request, const Principal& who, logs::LogBatch& batch) {
    auto key = request.headers.find("Idempotency-Key").value_or("");
    if (!key.empty()) batch.stream = sha256_hex(who.name + '\n' + std::string(key));
  }
  static net::Request with_token(const net::Request& request) {
    net::Request out;
    out.remote_address = request.remote_address;
    out.secure = request.secure;
    out.headers.set("Authorization",
                    "Bearer " + token_of(request.headers.find("Authorization").value_or("")));
    return out;
  }
  std::optional<net::Response> refuse(const net::Request& request) const {
    if (!logs_)
      return refusal(404, "resource_not_found_exception",
                     "this server takes no logs: set logs.enabled and start it again");
    auto who = dispatch_.identify(with_token(request));
    if (!who || !who->signed_in())
      return refusal(401, "security_exception",
                     "send an API token of scope logs:write as password or ApiKey");
    if (!who->may({"ingest", Role::kAdmin, false})) {
      auto response = refusal(403, "security_exception", "this token has not the scope logs:write");
      response.headers.set("WWW-Authenticate", insufficient_scope("logs:write"));
      return response;
    }
    return std::nullopt;
  }
  LogService* logs_;
  const Dispatch& dispatch_;
  const Clock& clock_;
};

}  // namespace

Result<BulkBody> read_bulk(std::string_view body) {
  BulkBody out;
  std::size_t line = 0;
  auto next = [&](std::string_view& into) {
    if (body.empty()) return false;
    const auto end = body.find('\n');
    into = body.substr(0, end);
    body.remove_prefix(end == body.npos ? body.size() : end + 1);
    ++line;
    if (into.ends_with('\r')) into.remove_suffix(1);
    return true;
  };
  json::parse_options limits;
  limits.max_depth = 8;
  // Shippers say the same of each event.
  std::string_view last_text;
  auto last = BulkAction::kIndex;
  for (std::string_view text; next(text);) {
    if (text.empty()) continue;
    if (text != last_text) {
      json::error_code error;
      auto value = text.size() > kActionBytesMax ? json::value() : json::parse(text, error, {}, limits);
      const auto* action = error ? nullptr : value.if_object();
      if (!action || action->size() != 1 || !action->begin()->value().is_object())
        return fail(ErrorCode::kInvalid,
                    fmt::format("line {}: this is no action like {{\"create\":{{}}}}", line));
      const std::string name(action->begin()->key());
      if (name != "index" && name != "create")
        return fail(ErrorCode::kInvalid,
                    fmt::format("line {}: events can be created here, not {}", line, name));
      if (const auto* index = action->begin()->value().get_object().if_contains("_index");
          index && index->is_string() && out.index.empty())
        out.index = std::string(index->get_string()).substr(0, 200);
      last_text = text;
      last = name == "create" ? BulkAction::kCreate : BulkAction::kIndex;
    }
    std::string_view event;
    if (!next(event) || event.empty())
      return fail(ErrorCode::kInvalid, fmt::format("line {}: the event behind the action is missing", line));
    if (out.events.size() >= kBulkEventsMax)
      return fail(ErrorCode::kLimit, fmt::format("more than {} events in one request", kBulkEventsMax));
    out.events.emplace_back(event);
    out.actions.push_back(last);
  }
  if (out.events.empty()) return fail(ErrorCode::kInvalid, "there is no event in the request");
  return out;
}

std::vector<net::Route> bulk_routes(LogService* logs, const Dispatch& dispatch, const Clock& clock) {
  auto bulk = std::make_shared<Bulk>(logs, dispatch, clock);
  auto about = [bulk](const net::Request& request) { return bulk->about(request); };
  auto license = [bulk](const net::Request& request) { return bulk->license(request); };
  const auto later = [bulk](auto begin) -> net::LaterHandler {
    return [bulk, begin](const net::Request& request, net::LaterAnswer answer) {
      if (auto now = ((*bulk).*begin)(request, answer)) answer.give(*std::move(now));
    };
  };
  const auto take = [&](std::string pattern, auto begin) {
    return net::Route{.method = net::Method::kPost,
                      .pattern = std::move(pattern),
                      .body_bytes_max = kBodyMax,
                      .later_handler = later(begin)};
  };
  auto health = [](const net::Request&) { return net::Response::text(200, "vedette green\n"); };
  using enum net::Method;
  return {{kGet, "/elastic", about},
          {kGet, "/elastic/_license", license},
          {kGet, "/elastic/_xpack", license},
          {kGet, "/_cat/health", health},
          take("/_bulk", &Bulk::take),
          take("/elastic/_bulk", &Bulk::take),
          take("/elastic/{index}/_bulk", &Bulk::take),
          take("/ingest/{source}", &Bulk::take_lines)};
}

}  // namespace vedette::server
