// Transport: the two ways out of the desk. The real one is src/net; tests count and refuse.
#pragma once

#include <memory>

#include "net/http_client.h"
#include "net/smtp.h"

namespace vedette::desk {

class Transport {
 public:
  virtual ~Transport() = default;
  // Blocking, thread-safe; errors as in net/smtp.h and net/http_client.h.
  virtual Result<net::SmtpAcceptance> send_mail(const net::SmtpServer& server, const net::Mail& mail) = 0;
  virtual Result<net::HttpClientResponse> http_call(const net::HttpClientRequest& request) = 0;
  // Called now and then: connections that nobody has used for a while are closed. Does not wait.
  virtual void close_idle() {}
};

std::unique_ptr<Transport> make_net_transport();

}  // namespace vedette::desk
