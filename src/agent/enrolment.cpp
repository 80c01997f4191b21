#include "agent/enrolment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <boost/json.hpp>
#include <fstream>

#include "agent/protocol.h"
#include "agent/state_file.h"
#include "net/certificate_authority.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

std::string os_name() {
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    auto value = line.substr(12);
    std::erase(value, '"');
    return value.substr(0, 200);
  }
  return "Linux";
}

}  // namespace

HostFacts host_facts(std::string version) {
  utsname names{};
  ::uname(&names);
  return {names.nodename, os_name(), names.release, names.machine, std::move(version)};
}

Result<Identity> enroll(const std::filesystem::path& state, const std::string& server, const std::string& pin,
                        const std::string& token, const HostFacts& facts) {
  if (!server.starts_with("https://"))
    return fail(ErrorCode::kInvalid, fmt::format("{}: agents speak https alone", server));
  if (!pin.starts_with("sha256//"))
    return fail(ErrorCode::kInvalid,
                "the pin begins with sha256//; take the whole command the server printed");
  std::error_code error;
  std::filesystem::create_directories(state, error);
  std::filesystem::permissions(state, std::filesystem::perms::owner_all, error);
  if (error) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", state.string(), error.message()));
  if (std::filesystem::exists(state / "agent.json", error))
    return fail(ErrorCode::kConflict,
                fmt::format("{} is enrolled already; to enrol anew, revoke this host on the "
                            "server and remove {}/agent.*",
                            state.string(), state.string()));
  Identity out{server, pin, {}, facts.name, {}, state / "agent.pem", state / "agent.key"};
  std::filesystem::remove(out.key, error);  // of an enrolment that failed: no server knows it
  TRY_ASSIGN(auto request, net::make_signing_request(out.key));
  auto answer = call_server(out, "enrol",
                            {{"token", token}, {"request", request}, {"facts", facts_json(facts)}}, false);
  if (!answer) {
    std::filesystem::remove(out.key, error);
    return std::unexpected(Error(answer.error()).with("enrolling at " + server));
  }
  const auto* id = answer->if_contains("host_id");
  const auto* certificate = answer->if_contains("certificate");
  if (!id || !id->is_string() || !certificate || !certificate->is_string())
    return fail(ErrorCode::kCorrupt, server + " answered with no certificate");
  out.host_id = id->get_string();
  if (const auto* key = answer->if_contains("command_key"); key && key->is_string())
    out.command_key = key->get_string();
  TRY(write_state_file(out.certificate, std::string(certificate->get_string())));
  // Last: without it the folder is not enrolled.
  TRY(write_identity(state, out));
  return out;
}

Result<void> write_identity(const std::filesystem::path& state, const Identity& identity) {
  return write_state_file(state / "agent.json", json::serialize(json::object{
                                                    {"server", identity.server},
                                                    {"pin", identity.pin},
                                                    {"host_id", identity.host_id},
                                                    {"name", identity.name},
                                                    {"command_key", identity.command_key},
                                                    {"certificate", identity.certificate.filename().string()},
                                                    {"key", identity.key.filename().string()}}) +
                                                    "\n");
}

Result<Identity> read_identity(const std::filesystem::path& state) {
  auto text = read_state_file(state / "agent.json");
  if (!text && text.error().code() == ErrorCode::kNotFound)
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} is not enrolled; run `vedette agent token` on the server and the command it prints "
                    "here",
                    state.string()));
  if (!text) return std::unexpected(std::move(text).error());
  json::error_code error;
  auto value = json::parse(*text, error);
  auto member = [&](std::string_view name) -> std::string {
    const auto* one = !error && value.is_object() ? value.get_object().if_contains(name) : nullptr;
    return one && one->is_string() ? std::string(one->get_string()) : std::string();
  };
  Identity out{{}, {}, {}, {}, {}, state / "agent.pem", state / "agent.key"};
  for (auto [name, field] : {std::pair("server", &out.server), std::pair("pin", &out.pin),
                             std::pair("host_id", &out.host_id), std::pair("name", &out.name)}) {
    *field = member(name);
    if (field->empty())
      return fail(ErrorCode::kCorrupt, fmt::format("{}: {} is missing; enrol this host again",
                                                   (state / "agent.json").string(), name));
  }
  out.command_key = member("command_key");  // none: enrolled by an older server
  for (auto [name, path] : {std::pair("certificate", &out.certificate), std::pair("key", &out.key)})
    if (auto file = std::filesystem::path(member(name)).filename(); !file.empty()) *path = state / file;
  return out;
}

}  // namespace vedette::agent
