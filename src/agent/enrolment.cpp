#include "agent/enrolment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "agent/protocol.h"
#include "net/certificate_authority.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kStateBytesMax = 64 * 1024;

// Durable and whole, or not there.
Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
  auto next = path.string() + ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(next.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be written; check the disk and the folder's owner", path.string()));
  return {};
}

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
  Identity out{server, pin, {}, facts.name, state / "agent.pem", state / "agent.key"};
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
  TRY(write_file(out.certificate, std::string(certificate->get_string())));
  // Last: without it the folder is not enrolled.
  TRY(write_file(state / "agent.json",
                 json::serialize(json::object{
                     {"server", server}, {"pin", pin}, {"host_id", out.host_id}, {"name", out.name}}) +
                     "\n"));
  return out;
}

Result<Identity> read_identity(const std::filesystem::path& state) {
  std::ifstream in(state / "agent.json");
  if (!in)
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} is not enrolled; run `vedette agent token` on the server and the command it prints "
                    "here",
                    state.string()));
  std::string text(kStateBytesMax, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  json::error_code error;
  auto value = json::parse(text, error);
  Identity out{{}, {}, {}, {}, state / "agent.pem", state / "agent.key"};
  for (auto [name, field] : {std::pair("server", &out.server), std::pair("pin", &out.pin),
                             std::pair("host_id", &out.host_id), std::pair("name", &out.name)}) {
    const auto* one = !error && value.is_object() ? value.get_object().if_contains(name) : nullptr;
    if (!one || !one->is_string())
      return fail(ErrorCode::kCorrupt, fmt::format("{}: {} is missing; enrol this host again",
                                                   (state / "agent.json").string(), name));
    *field = one->get_string();
  }
  return out;
}

}  // namespace vedette::agent
