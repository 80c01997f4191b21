#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.h"

namespace vedette::net {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpClient, ErrorsNameTheOriginAndNothingThatMayBeASecret) {
  // Nothing listens on port 1; .invalid never resolves (RFC 2606); the last is no URL at all.
  for (const std::string start :
       {"http://127.0.0.1:1", "https://hooks.invalid", "http://[::1]:1", "nonsense:"}) {
    HttpClientRequest request;
    request.method = "POST";
    request.url = start + "/services/T0/S3CRET?token=S3CRET#S3CRET";
    request.timeout = std::chrono::seconds(5);
    auto answer = http_call(request);
    ASSERT_FALSE(answer.has_value()) << request.url;
    EXPECT_THAT(answer.error().full(), Not(HasSubstr("S3CRET"))) << request.url;
    EXPECT_THAT(answer.error().full(), HasSubstr(start));
  }
  HttpClientRequest user;
  user.url = "http://name:S3CRET@127.0.0.1:1/";
  auto answer = http_call(user);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().full(), Not(HasSubstr("S3CRET")));
}

TEST(HttpClient, ATooLongAnswerIsNamedByItsOriginToo) {
  SystemClock clock;
  Metrics metrics;
  HttpServerOptions options;
  options.port = 0;
  auto server = *make_http_server(
      options,
      {{.method = Method::kGet,
        .pattern = "/S3CRET",
        .handler = [](const Request&) { return Response::text(200, std::string(5000, 'x')); },
        .stream_gate = {}}},
      {}, clock, metrics);
  ASSERT_TRUE(server->start());
  HttpClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/S3CRET";
  request.response_bytes_max = 1000;
  auto answer = http_call(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kLimit);
  EXPECT_THAT(answer.error().full(), Not(HasSubstr("S3CRET")));
}

}  // namespace
}  // namespace vedette::net
