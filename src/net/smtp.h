// SMTP submission (RFC 5321, 6409, STARTTLS 3207, implicit TLS 8314) through libcurl.
//
// A connection that took a mail is kept for the next one to the same server with the same login: a handshake
// and a login for every mail is what a busy machine is slow at. A mail is handed to one connection; it goes
// to a second, fresh one only when the first was a kept one and failed before the mail's text was sent, so
// that a server never gets one mail twice by this.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::net {

enum class SmtpTls { kNone, kStartTls, kImplicit };

struct SmtpServer {
  std::string host;
  int port = 587;
  SmtpTls tls = SmtpTls::kStartTls;
  std::string user;
  Secret password;
  std::string ca_file;  // empty: the system's
  std::chrono::milliseconds timeout{15'000};
};

struct Mail {
  std::string from;  // "Vedette <vedette@example.org>"
  std::vector<std::string> to;
  std::string subject;     // UTF-8; encoded by us
  std::string text;        // UTF-8 plain text
  std::string message_id;  // without <>; the same on every retry
  std::vector<std::pair<std::string, std::string>> headers;
};

struct SmtpAcceptance {
  std::string reply;  // the server's last line, e.g. "250 2.0.0 queued as 4F2"
};

struct SmtpKeeping {
  std::size_t per_server = 4;              // idle connections kept to one server with one login
  std::size_t most = 16;                   // to all
  std::chrono::milliseconds idle{30'000};  // servers and firewalls between drop what is idle for minutes
};

// Thread-safe: each call has a connection of its own.
class SmtpClient {
 public:
  explicit SmtpClient(SmtpKeeping keeping = {});
  ~SmtpClient();  // says goodbye on what is kept, and waits for nobody

  // Blocking, for at most the server's timeout.
  // kUnavailable/kTimeout: try again (4xx, no connection). kInvalid/kUnauthorized: will not succeed (5xx).
  // About the recipient alone (the answer to RCPT): kLimit: try again (4xx); kNotFound: will not succeed
  // (5xx).
  Result<SmtpAcceptance> send(const SmtpServer& server, const Mail& mail);
  // Ends what has been idle for too long. Does not wait for a server.
  void close_idle();

 private:
  struct Kept;
  std::unique_ptr<Kept> take(const std::string& key);
  void keep(std::unique_ptr<Kept> connection);

  const SmtpKeeping keeping_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Kept>> kept_;  // the newest last
};

}  // namespace vedette::net
