// SMTP submission (RFC 5321, 6409, STARTTLS 3207, implicit TLS 8314) through libcurl. Blocking, thread-safe.
#pragma once

#include <chrono>
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

// kUnavailable/kTimeout: try again (4xx, no connection). kInvalid/kUnauthorized: will not succeed (5xx).
// About the recipient alone (the answer to RCPT): kLimit: try again (4xx); kNotFound: will not succeed
// (5xx).
Result<SmtpAcceptance> send_mail(const SmtpServer& server, const Mail& mail);

}  // namespace vedette::net
