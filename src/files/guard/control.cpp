#include "files/guard/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kRequestMax = 64 * 1024;
constexpr std::size_t kAnswerMax = 256 * 1024 * 1024;
constexpr int kPatienceMs = 10'000;

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    return fail(ErrorCode::kInvalid,
                "the path of the vault is too long for a socket in it: " + path.string());
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

// One line; false when it did not come.
bool read_line(int fd, std::string& line, std::size_t limit, int patience_ms) {
  char block[16384];
  while (line.size() < limit) {
    pollfd polled{fd, POLLIN, 0};
    if (::poll(&polled, 1, patience_ms) <= 0) return false;
    auto got = ::recv(fd, block, sizeof block, 0);
    if (got <= 0) return false;
    line.append(block, static_cast<std::size_t>(got));
    if (line.ends_with('\n')) return true;
  }
  return false;
}

bool send_line(int fd, const json::object& object) {
  auto line = json::serialize(object) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    auto sent = ::send(fd, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

Result<json::object> parse(const std::string& line) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  auto value = json::parse(line, error, {}, options);
  if (error || !value.is_object()) return fail(ErrorCode::kInvalid, "it is no JSON object");
  return value.get_object();
}

}  // namespace

ControlServer::ControlServer(std::filesystem::path path, UniqueFd listening, Answer answer, Listen listen)
    : path_(std::move(path)),
      listening_(std::move(listening)),
      answer_(std::move(answer)),
      listen_(std::move(listen)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ControlServer::~ControlServer() {
  thread_ = {};
  ::unlink(path_.c_str());
}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::filesystem::path& vault, Answer answer,
                                                            Listen listen) {
  auto path = vault / "control";
  TRY_ASSIGN(auto address, address_of(path));
  ::unlink(path.c_str());  // of a guard that was killed: the vault's lock says that we are the only one
  UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listening || ::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening.get(), 8) != 0)
    return fail(ErrorCode::kUnavailable, path.string() + ": " + std::strerror(errno));
  return std::unique_ptr<ControlServer>(
      new ControlServer(path, std::move(listening), std::move(answer), std::move(listen)));
}

void ControlServer::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd polled{listening_.get(), POLLIN, 0};
    if (::poll(&polled, 1, 100) <= 0) continue;
    UniqueFd caller(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!caller) continue;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(caller.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (peer.uid != 0 && peer.uid != ::geteuid()))
      continue;
    std::string line;
    if (!read_line(caller.get(), line, kRequestMax, kPatienceMs)) continue;
    auto request = parse(line);
    const auto* act = request ? request->if_contains("do") : nullptr;
    if (listen_ && act != nullptr && act->is_string() && act->get_string() == "events") {
      listen_(std::move(caller), *request);
      continue;
    }
    send_line(caller.get(), request ? answer_(*request) : json::object{{"error", request.error().full()}});
  }
}

namespace {

Result<UniqueFd> call(const std::filesystem::path& vault, const json::object& request) {
  TRY_ASSIGN(auto address, address_of(vault / "control"));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(ErrorCode::kNotFound, "no guard runs on the vault " + vault.string());
  if (!send_line(socket.get(), request)) return fail(ErrorCode::kUnavailable, "the guard hung up");
  return socket;
}

}  // namespace

Result<UniqueFd> hear_guard(const std::filesystem::path& vault, const std::string& run, std::uint64_t after) {
  return call(vault, {{"do", "events"}, {"run", run}, {"after", after}});
}

Result<json::object> ask_guard(const std::filesystem::path& vault, const json::object& request,
                               std::optional<std::chrono::milliseconds> patience) {
  TRY_ASSIGN(auto socket, call(vault, request));
  std::string line;
  if (!read_line(socket.get(), line, kAnswerMax, patience ? static_cast<int>(patience->count()) : -1))
    return fail(patience ? ErrorCode::kTimeout : ErrorCode::kUnavailable,
                patience ? "the guard did not answer in time" : "the guard hung up");
  TRY_ASSIGN(auto answer, parse(line));
  if (const auto* error = answer.if_contains("error"); error != nullptr && error->is_string())
    return fail(ErrorCode::kUnavailable, std::string(error->get_string()));
  return answer;
}

}  // namespace vedette::files
