#include <gtest/gtest.h>

#include "net/fetcher.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/nginx_fixture.h"
#include "net/raw_client.h"

namespace vedette::net {
namespace {

class HttpServerTls : public ::testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.port = 0;
    options.io_threads = 2;
    options.request_timeout = std::chrono::milliseconds(200);
    options.tls = TlsFiles{first.certificate(), first.key()};
    std::vector<Route> routes(1);
    routes[0].pattern = "/whoami";
    routes[0].handler = [](const Request& r) { return Response::text(200, r.secure ? "secure" : "plain"); };
    auto made = make_http_server(options, std::move(routes), {}, clock, metrics);
    ASSERT_TRUE(made.has_value());
    server = *std::move(made);
    const auto started = server->start();
    ASSERT_TRUE(started.has_value()) << started.error().full();
  }
  FetchResult get(Fetcher& fetcher, const std::string& ca_file) {
    FetchRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/whoami";
    request.allow_loopback = true;
    request.ca_file = ca_file;
    return fetch_once(fetcher, request);
  }

  testing_server::Nginx first;  // for its key and certificate
  testing_server::Nginx second;
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTls, ReloadsWithoutDroppingAConnection) {
  const auto before = make_fetcher({}, clock, metrics);
  const auto old = get(*before, first.certificate());
  EXPECT_EQ(old.body, "secure") << old.failure_detail;
  ASSERT_EQ(old.chain.size(), 1u);

  ASSERT_TRUE(server->reload_tls({second.certificate(), second.key()}).has_value());
  // The open connection goes on under the certificate it began with; a new one gets the new certificate.
  const auto kept = get(*before, first.certificate());
  EXPECT_EQ(kept.body, "secure") << kept.failure_detail;
  EXPECT_EQ(kept.chain.at(0).sha256, old.chain[0].sha256);
  const auto after = make_fetcher({}, clock, metrics);
  const auto fresh = get(*after, second.certificate());
  EXPECT_EQ(fresh.body, "secure") << fresh.failure_detail;
  EXPECT_NE(fresh.chain.at(0).sha256, old.chain[0].sha256);
}

TEST_F(HttpServerTls, KeepsTheOldCertificateWhenTheNewOneIsBad) {
  const auto mixed = server->reload_tls({second.certificate(), first.key()});
  ASSERT_FALSE(mixed.has_value());
  EXPECT_NE(mixed.error().message().find(first.key()), std::string::npos);
  EXPECT_FALSE(server->reload_tls({"/nonexistent.pem", first.key()}).has_value());
  const auto fetcher = make_fetcher({}, clock, metrics);
  EXPECT_EQ(get(*fetcher, first.certificate()).body, "secure");
}

TEST_F(HttpServerTls, IsKnownByItsKeyWhateverItsCertificateNames) {
  HttpClientRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/whoami";
  EXPECT_FALSE(http_call(request).has_value()) << "nobody trusts this certificate";
  request.pinned_key = certificate_pin(first.certificate()).value();
  const auto known = http_call(request);
  ASSERT_TRUE(known.has_value()) << known.error().full();
  EXPECT_EQ(known->body, "secure");
  request.pinned_key = certificate_pin(second.certificate()).value();
  EXPECT_FALSE(http_call(request).has_value()) << "another key";
  EXPECT_EQ(certificate_pin(first.key()).error().code(), ErrorCode::kInvalid);
}

TEST_F(HttpServerTls, CutsOffTheClientThatNeverShakesHands) {
  testing_client::RawClient client(server->port());
  client.send("\x16\x03\x01");
  client.read_all();
  testing_client::RawClient plain(server->port());
  plain.send("GET /whoami HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.read_all().find("200"), std::string::npos);
}

}  // namespace
}  // namespace vedette::net
