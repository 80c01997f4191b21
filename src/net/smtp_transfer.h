// One mail over one connection of libcurl's. Only for .cpp files of src/net.
#pragma once

#include "net/curl_handle.h"
#include "net/smtp.h"

namespace vedette::net {

// A mail as it goes over the wire.
struct WrittenMail {
  std::string from;  // bare addresses
  std::vector<std::string> to;
  std::string message;
};
Result<WrittenMail> written(const Mail& mail);

struct SmtpAttempt {
  Result<SmtpAcceptance> result;
  // Whether it went over a connection that was there before, which failed before the mail's text was sent
  // and not because of the mail: a fresh connection may take it.
  bool stale = false;
};
// `handle` keeps its connection when the result is good. At most `timeout`.
SmtpAttempt attempt(CURL* handle, const SmtpServer& server, const WrittenMail& mail,
                    std::chrono::milliseconds timeout);
// Says QUIT on the connection that `handle` keeps and does not wait for the answer.
void say_goodbye(CurlEasy handle);

}  // namespace vedette::net
