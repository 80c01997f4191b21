#include "net/http_server.h"

#include <gtest/gtest.h>

#include <future>

#include "net/raw_client.h"

namespace vedette::net {
namespace {

using std::chrono::milliseconds;
using testing_client::RawClient;

class HttpServerTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}, Wrap wrap = {}) {
    options.port = 0;
    auto made = make_http_server(options, routes(), std::move(wrap), clock, metrics);
    ASSERT_TRUE(made.has_value()) << made.error().full();
    server = *std::move(made);
    const auto started = server->start();
    ASSERT_TRUE(started.has_value()) << started.error().full();
  }
  RawClient connect() { return RawClient(server->port()); }
  std::string ask(const std::string& bytes) {
    auto client = connect();
    client.send(bytes);
    return client.read_all();
  }
  double refused(const std::string& reason) {
    return metrics.counter("vedette_http_refused_total", "", {{"reason", reason}}).value();
  }

  std::vector<Route> routes() {
    std::vector<Route> list;
    list.push_back(
        {.method = Method::kGet,
         .pattern = "/hello/{name}",
         .handler = [](const Request& r) { return Response::text(200, "hello " + r.parameters.at("name")); },
         .stream_gate = {}});
    list.push_back({.method = Method::kPost,
                    .pattern = "/echo",
                    .handler = [](const Request& r) { return Response::text(200, r.body); },
                    .body_bytes_max = 100,
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/throws",
                    .handler = [](const Request&) -> Response { throw std::runtime_error("secret detail"); },
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/whoami",
                    .handler =
                        [](const Request& r) {
                          return Response::text(200, r.remote_address + (r.secure ? " secure" : " plain"));
                        },
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/split",
                    .handler =
                        [](const Request&) {
                          auto response = Response::text(200, "x");
                          response.headers.set("X-Bad", "a\r\nSet-Cookie: stolen=1");
                          return response;
                        },
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/wait",
                    .handler =
                        [this](const Request&) {
                          entered.fetch_add(1);
                          entered.notify_all();
                          gate.get_future().wait();
                          return Response::text(200, "waited");
                        },
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/large",
                    .handler = [](const Request&) { return Response::text(200, std::string(32 << 20, 'x')); },
                    .stream_gate = {}});
    list.push_back({.method = Method::kGet,
                    .pattern = "/stream",
                    .handler = {},
                    .stream_gate = [](const Request& r) -> std::optional<Response> {
                      if (r.query.contains("refuse"))
                        return Response::problem(401, "Unauthorized", "Sign in first.");
                      return std::nullopt;
                    }});
    return list;
  }

  SystemClock clock;
  Metrics metrics;
  std::promise<void> gate;
  std::atomic<int> entered = 0;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  auto client = connect();
  client.send("GET /hello/w%C3%B6rld HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.read_response();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("hello wörld")) << answer;
  client.send("HEAD /hello/you HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  answer = client.read_all();
  EXPECT_NE(answer.find("Content-Length: 9\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  EXPECT_NE(metrics.expose().find("route=\"/hello/{name}\""), std::string::npos);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += fmt::format("GET /hello/{} HTTP/1.1\r\nHost: x\r\n\r\n", i);
  requests += "GET /hello/end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const auto answers = ask(requests);
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find(fmt::format("hello {}", i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_TRUE(answers.ends_with("hello end"));
}

TEST_F(HttpServerTest, RefusesWithTheRightStatus) {
  start();
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
      {"PUT /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405},
      {"OPTIONS /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405},
      {"BREW /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 501},
      {"GET /hello/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"GET /hello/x HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
      {"GET /hello/x HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", 400},
      {"GET /hello/x HTTP/9.9\r\nHost: x\r\n\r\n", 400},
      {"nonsense\r\n\r\n", 400},
      {"GET /throws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 500},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n", 413},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') +
           "\r\n0\r\n\r\n",
       413},
      {"GET /hello/x HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(40'000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(40'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
  };
  for (const auto& [request, status] : cases) {
    const auto answer = ask(request);
    EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", status)))
        << request.substr(0, 100) << "\n→ " << answer.substr(0, 200);
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << request.substr(0, 100);
    EXPECT_EQ(answer.find("secret detail"), std::string::npos);
  }
  EXPECT_NE(ask(cases[1].first).find("Allow: POST\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, ReadsBodies) {
  start();
  EXPECT_TRUE(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde")
                  .ends_with("\r\n\r\nabcde"));
  EXPECT_TRUE(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                  "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
                  .ends_with("\r\n\r\nabcde"));
  auto client = connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\nok"));
}

TEST_F(HttpServerTest, AnswersTooSlowRequestsWith408) {
  HttpServerOptions options;
  options.request_timeout = milliseconds(100);
  start(options);
  auto client = connect();
  client.send("GET /hello/x HTTP/1.1\r\nHost:");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408 "));
  auto body = connect();
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc");
  const auto answer = body.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  server->stop(std::chrono::seconds(20));  // the count follows the close
  EXPECT_EQ(refused("timeout"), 2);
}

TEST_F(HttpServerTest, BytesNowAndThenBuyNoTime) {
  HttpServerOptions options;
  options.request_timeout = milliseconds(100);
  start(options);
  auto client = connect();
  client.send("GET /hello/x HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  while (!client.readable_within(milliseconds(10))) client.send("x");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, ASlowReaderHoldsNoWorkerAndNoMoreThanTheBound) {
  HttpServerOptions options;
  options.worker_threads = 1;
  options.answer_bytes_max = 80u << 20;
  start(options);
  std::vector<RawClient> slow;
  for (int i = 0; i < 2; ++i) {
    slow.push_back(connect());
    slow.back().send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    slow.back().read_until("200 OK");  // and no more
  }
  const auto third = ask("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(third.starts_with("HTTP/1.1 503 ")) << third.substr(0, 200);
  EXPECT_NE(third.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(refused("answer_bytes"), 1);
  EXPECT_TRUE(ask("GET /hello/you HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("hello you"));
  slow.pop_back();  // gone: its room is free again
  std::string again;
  while (!(again = ask("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
              .starts_with("HTTP/1.1 200"))
    ASSERT_TRUE(again.starts_with("HTTP/1.1 503 "));
  EXPECT_GT(again.size(), 32u << 20);
}

TEST_F(HttpServerTest, CutsOffSlowReaders) {
  HttpServerOptions options;
  options.write_timeout = milliseconds(200);
  options.bytes_per_second_min = 1u << 30;
  options.stream_queue = 4;
  start(options);
  std::vector<RawClient> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(connect());
    slow.back().send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  slow.push_back(connect());
  slow.back().send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.back().read_until("event: heartbeat\n");
  const ServerEvent large{"alert", std::string(1 << 20, 'x')};
  for (int i = 0; i < 200 && server->events().clients() > 0; ++i) server->events().publish(large);
  EXPECT_EQ(server->events().clients(), 0u);
  server->stop(std::chrono::seconds(60));  // waits for those that are left
  EXPECT_GE(refused("slow_reader"), 3);
  EXPECT_EQ(metrics.gauge("vedette_http_connections", "").value(), 0);
}

TEST_F(HttpServerTest, CutsOffIdleClients) {
  HttpServerOptions options;
  options.idle_timeout = milliseconds(50);
  start(options);
  auto idle = connect();
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(HttpServerTest, AnswersBusyWhenTheWorkersAreFull) {
  HttpServerOptions options;
  options.worker_threads = 1;
  options.worker_queue = 1;
  start(options);
  auto first = connect();
  first.send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  entered.wait(0);
  // The only worker waits; of the next two one is queued and one is refused.
  auto second = connect();
  auto third = connect();
  second.send("GET /hello/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  third.send("GET /hello/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::string refusal;
  RawClient& answered = RawClient::first_readable(second, third);
  refusal = answered.read_all();
  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503 ")) << refusal;
  EXPECT_NE(refusal.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(refused("queue"), 1);
  gate.set_value();
  EXPECT_TRUE(first.read_all().ends_with("waited"));
  RawClient& other = &answered == &second ? third : second;
  EXPECT_TRUE(other.read_all().starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, CapsConnections) {
  HttpServerOptions options;
  options.connections_max = 2;
  start(options);
  auto a = connect();
  auto b = connect();
  for (auto* client : {&a, &b}) {
    client->send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client->read_response().ends_with("hello x"));
  }
  EXPECT_EQ(connect().read_all(), "");
  EXPECT_EQ(refused("connections"), 1);
}

TEST_F(HttpServerTest, BelievesForwardedOnlyFromTrustedProxies) {
  start();
  const std::string request =
      "GET /whoami HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_TRUE(ask(request).ends_with("\r\n\r\n127.0.0.1 plain"));
  server.reset();
  HttpServerOptions options;
  options.trusted_proxies = {"127.0.0.0/8"};
  start(options);
  EXPECT_TRUE(ask(request).ends_with("\r\n\r\n203.0.113.9 secure"));
}

TEST_F(HttpServerTest, WrapsEveryResponseAndKeepsHeadersApart) {
  start({}, [](const Request&, Response& response) { response.headers.set("X-Frame-Options", "DENY"); });
  for (const char* request : {"GET /split HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x\r\n\r\n",
                              "GET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    const auto answer = ask(request);
    EXPECT_NE(answer.find("X-Frame-Options: DENY\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos) << answer;
  }
}

TEST_F(HttpServerTest, StreamsEvents) {
  HttpServerOptions options;
  options.heartbeat = milliseconds(20);
  start(options);
  EXPECT_TRUE(ask("GET /stream?refuse HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 401 "));
  auto client = connect();
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.read_until("event: heartbeat\n").find("text/event-stream"), std::string::npos);
  server->events().publish({"alert", "{\"id\":\"1\"}\nevent: forged"});
  EXPECT_NE(client.read_until("data: event: forged\n\n").find("event: alert\ndata: {\"id\":\"1\"}\n"),
            std::string::npos);
  client.read_until("event: heartbeat\n");
  EXPECT_EQ(server->events().clients(), 1u);
}

TEST_F(HttpServerTest, DropsTheStreamThatDoesNotRead) {
  HttpServerOptions options;
  options.stream_queue = 4;
  start(options);
  auto slow = connect();
  slow.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.read_until("event: heartbeat\n");
  // More than any socket buffer holds; publish() must not wait for the client.
  const ServerEvent large{"alert", std::string(1 << 20, 'x')};
  for (int i = 0; i < 200 && server->events().clients() > 0; ++i) server->events().publish(large);
  EXPECT_EQ(server->events().clients(), 0u);
  EXPECT_EQ(refused("slow_stream"), 1);
}

TEST_F(HttpServerTest, LimitsStreams) {
  HttpServerOptions options;
  options.streams_max = 1;
  start(options);
  auto first = connect();
  first.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("event: heartbeat\n");
  EXPECT_TRUE(ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(refused("streams"), 1);
}

TEST_F(HttpServerTest, FinishesWhatRunsWhenStopped) {
  start();
  auto busy = connect();
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait(0);
  auto idle = connect();
  auto stream = connect();
  stream.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.read_until("event: heartbeat\n");
  std::jthread stopper([&] { server->stop(std::chrono::seconds(30)); });
  EXPECT_EQ(idle.read_all(), "");
  stream.read_all();
  gate.set_value();
  const auto answer = busy.read_all();
  EXPECT_TRUE(answer.ends_with("waited")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  start();
  HttpServerOptions taken;
  taken.port = server->port();
  Metrics other;
  auto second = make_http_server(taken, routes(), {}, clock, other);
  ASSERT_TRUE(second.has_value());
  const auto started = (*second)->start();
  ASSERT_FALSE(started.has_value());
  EXPECT_NE(started.error().message().find(std::to_string(taken.port)), std::string::npos);
}

}  // namespace
}  // namespace vedette::net
