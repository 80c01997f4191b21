#include "server/hosts/agent_routes.h"

#include <boost/json.hpp>
#include <fstream>

#include "base/log.h"
#include "server/api/operation.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kRecordsBodyMax = 4u << 20;
constexpr int kHeartbeatSeconds = 15;

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

net::Handler answering(Answer answer) {
  return [answer = std::move(answer)](const net::Request& request) {
    auto body = body_of(request);
    if (!body) return problem_response(body.error());
    auto answered = answer(request, *body);
    return answered ? json_response(200, *answered) : problem_response(answered.error());
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
                      {"not_after", to_rfc3339(enrolled.certificate.not_after)}};
}

Result<json::object> heartbeat(Hosts& hosts, const Clock& clock, const net::Request& request,
                               const json::object& body) {
  TRY_ASSIGN(auto host, hosts.identify(request.client_certificate));
  TRY_ASSIGN(auto facts, facts_of(body));
  TRY_ASSIGN(auto now, text(body, "now"));
  TRY_ASSIGN(auto time, parse_rfc3339(now));
  TRY(hosts.heard(host, facts, request.remote_address, time));
  return json::object{{"now", to_rfc3339(clock.wall())}, {"interval_s", kHeartbeatSeconds}};
}

Result<json::object> records(Hosts& hosts, const net::Request& request, const json::object& body) {
  TRY_ASSIGN(auto host, hosts.identify(request.client_certificate));
  TRY_ASSIGN(auto epoch, text(body, "epoch"));
  const auto* list = body.if_contains("records");
  if (!list || !list->is_array()) return fail(ErrorCode::kInvalid, "records is missing or no list");
  std::vector<AgentRecord> taken;
  for (const auto& one : list->get_array()) {
    const auto* record = one.if_object();
    const auto* sequence = record ? record->if_contains("sequence") : nullptr;
    if (!sequence || !sequence->is_int64() || sequence->get_int64() < 1)
      return fail(ErrorCode::kInvalid, "records: a sequence is missing or no number from 1");
    TRY_ASSIGN(auto content, text(*record, "body"));
    taken.push_back({static_cast<std::uint64_t>(sequence->get_int64()), std::move(content)});
  }
  TRY_ASSIGN(auto acknowledged, hosts.take(host, epoch, taken));
  return json::object{{"acknowledged", acknowledged}};
}

}  // namespace

std::vector<net::Route> agent_routes(Hosts& hosts, const Clock& clock) {
  auto route = [](std::string_view name, Answer answer, std::size_t bytes_max) {
    return net::Route{net::Method::kPost, "/agent/v1/" + std::string(name), answering(std::move(answer)),
                      bytes_max};
  };
  using Body = json::object;
  return {
      route(
          "enrol", [&](const net::Request& request, const Body& body) { return enrol(hosts, request, body); },
          64 * 1024),
      route(
          "heartbeat",
          [&](const net::Request& request, const Body& body) {
            return heartbeat(hosts, clock, request, body);
          },
          64 * 1024),
      route(
          "records",
          [&](const net::Request& request, const Body& body) { return records(hosts, request, body); },
          kRecordsBodyMax)};
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
