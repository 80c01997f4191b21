#include "net/smtp.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "net/smtp_transfer.h"

namespace vedette::net {
namespace {

using namespace std::chrono_literals;

// Whoever keeps a connection keeps its login: another password is another connection.
std::string key_of(const SmtpServer& server) {
  std::string all;
  for (const auto& part :
       {server.host, std::to_string(server.port), std::to_string(static_cast<int>(server.tls)), server.user,
        server.password.reveal(), server.ca_file})
    all += fmt::format("{}:{},", part.size(), part);
  return sha256_hex(all);
}

}  // namespace

struct SmtpClient::Kept {
  std::string key;
  CurlEasy handle;
  std::chrono::steady_clock::time_point since{};

  Kept(std::string key, CurlEasy handle) : key(std::move(key)), handle(std::move(handle)) {}
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() { say_goodbye(std::move(handle)); }
};

SmtpClient::SmtpClient(SmtpKeeping keeping) : keeping_(keeping) {}
SmtpClient::~SmtpClient() = default;

std::unique_ptr<SmtpClient::Kept> SmtpClient::take(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = std::ranges::find(kept_.rbegin(), kept_.rend(), key, [](const auto& one) { return one->key; });
  if (found == kept_.rend()) return nullptr;
  auto connection = std::move(*found);
  kept_.erase(std::next(found).base());
  return connection;
}

void SmtpClient::keep(std::unique_ptr<Kept> connection) {
  std::unique_ptr<Kept> over;  // ends outside the lock
  std::lock_guard lock(mutex_);
  auto same = [&](const auto& one) { return one->key == connection->key; };
  auto oldest = kept_.end();
  if (static_cast<std::size_t>(std::ranges::count_if(kept_, same)) >= keeping_.per_server)
    oldest = std::ranges::find_if(kept_, same);
  else if (kept_.size() >= keeping_.most)
    oldest = kept_.begin();
  if (oldest != kept_.end()) {
    over = std::move(*oldest);
    kept_.erase(oldest);
  }
  connection->since = std::chrono::steady_clock::now();
  kept_.push_back(std::move(connection));
}

void SmtpClient::close_idle() {
  std::vector<std::unique_ptr<Kept>> over;  // ends outside the lock
  std::lock_guard lock(mutex_);
  auto before = std::chrono::steady_clock::now() - keeping_.idle;
  auto fresh = std::ranges::find_if(kept_, [&](const auto& one) { return one->since > before; });
  std::move(kept_.begin(), fresh, std::back_inserter(over));
  kept_.erase(kept_.begin(), fresh);
}

Result<SmtpAcceptance> SmtpClient::send(const SmtpServer& server, const Mail& mail) {
  TRY_ASSIGN(auto wire, written(mail));
  if (server.host.empty() || server.host.find_first_of("/@ \r\n") != std::string::npos)
    return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is not the name of a mail server", server.host));
  close_idle();
  auto end = std::chrono::steady_clock::now() + server.timeout;
  auto key = key_of(server);
  auto connection = take(key);
  for (bool second = false;; second = true) {
    if (!connection) connection = std::make_unique<Kept>(key, new_curl_easy(""));
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auto tried =
        attempt(connection->handle.get(), server, wire, std::max<std::chrono::milliseconds>(left, 1ms));
    if (tried.result) {
      keep(std::move(connection));
      return tried.result;
    }
    if (second || !tried.stale) return tried.result;
    connection.reset();
  }
}

}  // namespace vedette::net
