#include "desk/transport.h"

namespace vedette::desk {
namespace {

class NetTransport final : public Transport {
  Result<net::SmtpAcceptance> send_mail(const net::SmtpServer& server, const net::Mail& mail) override {
    return smtp_.send(server, mail);
  }
  Result<net::HttpClientResponse> http_call(const net::HttpClientRequest& request) override {
    return net::http_call(request);
  }
  void close_idle() override { smtp_.close_idle(); }

  net::SmtpClient smtp_;
};

}  // namespace

std::unique_ptr<Transport> make_net_transport() { return std::make_unique<NetTransport>(); }

}  // namespace vedette::desk
