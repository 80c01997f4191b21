#include "server/hosts/agent_routes.h"

#include <boost/json.hpp>
#include <fstream>

#include "base/log.h"
#include "server/api/operation.h"
#include "server/logs/log_service.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kRecordsBodyMax = 4u << 20;
constexpr std::size_t kHeartbeatBodyMax = 512 * 1024;
constexpr int kHeartbeatSeconds = 15, kHeartbeatSecondsSoon = 2;

Result<json::object> body_of(const net::Request& request) {
  json::parse_options limits;
  limits.max_depth = 8;
  json::error_code error;
  auto value = json::parse(request.body, error, {}, limits);
  if (error || !value.is_object()) return fail(ErrorCode::kInvalid, "the body is no JSON object");
  return std::move(value.get_object());
}

Result<std::string> text(const json::object& object, std::string_view field) {
  const auto* value = object.if_contains(field);
  if (!value || !value->is_string())
    return fail(ErrorCode::kInvalid, std::string(field) + " is missing or no text");
  return std::string(value->get_string());
}

Result<HostFacts> facts_of(const json::object& body) {
  const auto* value = body.if_contains("facts");
  if (!value || !value->is_object()) return fail(ErrorCode::kInvalid, "facts is missing or no object");
  const auto& facts = value->get_object();
  HostFacts out;
  for (auto [name, field] :
       {std::pair("name", &out.name), std::pair("os", &out.os), std::pair("kernel", &out.kernel),
        std::pair("arch", &out.arch), std::pair("version", &out.version)}) {
    TRY_ASSIGN(*field, text(facts, name));
  }
  return out;
}

using Answer = std::function<Result<json::object>(const net::Request&, const json::object&)>;
using HostAnswer = std::function<Result<json::object>(const Host&, const net::Request&, const json::object&)>;

net::Response answered(Result<json::object> result) {
  return result ? json_response(200, *result) : problem_response(result.error());
}

// Open to one without a certificate.
net::Handler answering(Answer answer) {
  return [answer = std::move(answer)](const net::Request& request) {
    auto body = body_of(request);
    return body ? answered(answer(request, *body)) : problem_response(body.error());
  };
}

struct Admitted {
  Host host;
  json::object body;
};

// A known host that is below its quota; asked before its body is read.
std::expected<Admitted, net::Response> admitted(Hosts& hosts, HostQuota::Call what,
                                                const net::Request& request) {
  auto host = hosts.identify(request.client_certificate);
  if (!host) return std::unexpected(problem_response(host.error()));
  auto verdict = hosts.admit(*host, what, request.body.size());
  if (!verdict) return std::unexpected(problem_response(verdict.error()));
  if (verdict->wait > std::chrono::seconds(0)) {
    auto later = net::Response::problem(429, "Too much at once",
                                        "this host has reached its quota of this minute; send later");
    later.headers.set("Retry-After", std::to_string(verdict->wait.count()));
    return std::unexpected(std::move(later));
  }
  auto body = body_of(request);
  if (!body) return std::unexpected(problem_response(body.error()));
  return Admitted{*std::move(host), *std::move(body)};
}

net::Handler answering_host(Hosts& hosts, HostAnswer answer,
                            HostQuota::Call what = HostQuota::Call::kSignOfLife) {
  return [&hosts, what, answer = std::move(answer)](const net::Request& request) {
    auto known = admitted(hosts, what, request);
    return known ? answered(answer(known->host, request, known->body)) : std::move(known).error();
  };
}

Result<json::object> enrol(Hosts& hosts, const net::Request& request, const json::object& body) {
  TRY_ASSIGN(auto token, text(body, "token"));
  TRY_ASSIGN(auto signing_request, text(body, "request"));
  TRY_ASSIGN(auto facts, facts_of(body));
  auto name = facts.name;
  TRY_ASSIGN(auto enrolled, hosts.enrol(token, signing_request, std::move(facts), request.remote_address));
  log::info("hosts", "a host was enrolled", {{"host.id", enrolled.host_id}, {"host.name", name}});
  return json::object{{"host_id", enrolled.host_id},
                      {"certificate", enrolled.certificate.pem},
                      {"not_after", to_rfc3339(enrolled.certificate.not_after)},
                      {"command_key", hosts.command_key()}};
}

Result<json::object> renew(Hosts& hosts, const Host& host, const json::object& body) {
  TRY_ASSIGN(auto signing_request, text(body, "request"));
  TRY_ASSIGN(auto certificate, hosts.renew(host, signing_request));
  log::info("hosts", "a host's certificate was renewed", {{"host.id", host.id}, {"host.name", host.name()}});
  return json::object{{"certificate", certificate.pem}, {"not_after", to_rfc3339(certificate.not_after)}};
}

Result<json::object> heartbeat(Hosts& hosts, const Clock& clock, const Host& host,
                               const net::Request& request, const json::object& body) {
  TRY_ASSIGN(auto facts, facts_of(body));
  TRY_ASSIGN(auto now, text(body, "now"));
  TRY_ASSIGN(auto time, parse_rfc3339(now));
  std::optional<HostState> state;
  if (const auto* told = body.if_contains("state")) {
    auto read = host_state_from_json(*told);
    if (!read) return fail(ErrorCode::kInvalid, "state " + read.error().message());
    state = *std::move(read);
  }
  TRY_ASSIGN(auto beat, hosts.heard(host, facts, request.remote_address, time, state));
  auto signed_json = [](const SignedText& text) {
    return json::object{{"payload", text.payload}, {"signature", text.signature}};
  };
  json::array orders;
  for (const auto& order : beat.orders) orders.push_back(signed_json(order));
  json::object out{{"now", to_rfc3339(clock.wall())},
                   {"interval_s", beat.soon ? kHeartbeatSecondsSoon : kHeartbeatSeconds},
                   {"orders", std::move(orders)}};
  if (beat.policy) out["policy"] = signed_json(*beat.policy);
  return out;
}

struct Records {
  std::string epoch;
  std::vector<AgentRecord> records;
};

Result<Records> records_of(const json::object& body) {
  Records out;
  TRY_ASSIGN(out.epoch, text(body, "epoch"));
  const auto* list = body.if_contains("records");
  if (!list || !list->is_array()) return fail(ErrorCode::kInvalid, "records is missing or no list");
  for (const auto& one : list->get_array()) {
    const auto* record = one.if_object();
    const auto* sequence = record ? record->if_contains("sequence") : nullptr;
    if (!sequence || !sequence->is_int64() || sequence->get_int64() < 1)
      return fail(ErrorCode::kInvalid, "records: a sequence is missing or no number from 1");
    TRY_ASSIGN(auto content, text(*record, "body"));
    out.records.push_back({static_cast<std::uint64_t>(sequence->get_int64()), std::move(content)});
  }
  return out;
}

Result<json::object> acknowledged(Result<std::uint64_t> reached) {
  TRY_ASSIGN(auto number, std::move(reached));
  return json::object{{"acknowledged", number}};
}

Result<json::object> take_records(Hosts& hosts, const Host& host, const json::object& body) {
  TRY_ASSIGN(auto batch, records_of(body));
  return acknowledged(hosts.take(host, batch.epoch, batch.records));
}

// Answers when the records are durable.
void take_logs(Hosts& hosts, AgentLogs* logs, const net::Request& request, net::LaterAnswer later) {
  auto known = admitted(hosts, HostQuota::Call::kLogs, request);
  if (!known) return later.give(std::move(known).error());
  if (!logs) return later.give(problem_response(takes_no_logs()));
  auto batch = records_of(known->body);
  if (!batch) return later.give(problem_response(batch.error()));
  logs->take(known->host, batch->epoch, batch->records,
             [later = std::move(later)](Result<std::uint64_t> reached) mutable {
               later.give(answered(acknowledged(std::move(reached))));
             });
}

}  // namespace

std::vector<net::Route> agent_routes(Hosts& hosts, AgentLogs* logs, const Clock& clock) {
  auto route = [](std::string_view name, net::Handler handler, std::size_t bytes_max) {
    return net::Route{net::Method::kPost, "/agent/v1/" + std::string(name), std::move(handler), bytes_max};
  };
  using net::Request;
  using Body = json::object;
  auto logs_route = route("logs", {}, kRecordsBodyMax);
  logs_route.later_handler = [&hosts, logs](const Request& request, net::LaterAnswer later) {
    take_logs(hosts, logs, request, std::move(later));
  };
  return {route("enrol", answering([&](const Request& request, const Body& body) {
                  return enrol(hosts, request, body);
                }),
                64 * 1024),
          route("renew",
                answering_host(hosts, [&](const Host& host, const Request&,
                                          const Body& body) { return renew(hosts, host, body); }),
                64 * 1024),
          route("heartbeat",
                answering_host(hosts,
                               [&](const Host& host, const Request& request, const Body& body) {
                                 return heartbeat(hosts, clock, host, request, body);
                               }),
                kHeartbeatBodyMax),
          route("records",
                answering_host(
                    hosts,
                    [&](const Host& host, const Request&, const Body& body) {
                      return take_records(hosts, host, body);
                    },
                    HostQuota::Call::kRecords),
                kRecordsBodyMax),
          std::move(logs_route)};
}

Result<net::TlsFiles> agent_listener_tls(const std::filesystem::path& folder,
                                         const net::CertificateAuthority& authority, const Clock& clock) {
  net::TlsFiles out{(folder / "listener.pem").string(), (folder / "listener.key").string(),
                    authority.certificate_path().string()};
  std::error_code error;
  if (std::filesystem::exists(out.certificate_path, error)) return out;
  // A key without its certificate was never shown to anybody.
  std::filesystem::remove(out.key_path, error);
  TRY_ASSIGN(auto request, net::make_signing_request(out.key_path));
  TRY_ASSIGN(auto signed_one,
             authority.sign(request, "Vedette agents' listener", net::CertificateUse::kServer,
                            clock.wall() - std::chrono::hours(24),
                            clock.wall() + std::chrono::hours(24 * 365 * 19)));
  auto next = out.certificate_path + ".new";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << signed_one.pem;
  file.close();
  if (!file || ::rename(next.c_str(), out.certificate_path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                out.certificate_path + " cannot be written; check the disk and the folder's owner");
  return out;
}

}  // namespace vedette::server
