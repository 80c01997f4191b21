#include "net/later_answer.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/bounded_queue.h"
#include "net/raw_client.h"

namespace vedette::net {
namespace {

using testing_client::RawClient;

class LaterAnswerTest : public ::testing::Test {
 protected:
  void start(std::size_t answers_max = 16) {
    std::vector<Route> routes;
    routes.push_back({.method = Method::kPost,
                      .pattern = "/later",
                      .later_handler = [this](const Request& request, LaterAnswer answer) {
                        if (request.body == "throw") throw std::runtime_error("secret detail");
                        if (request.body == "now") return answer.give(Response::text(200, "at once"));
                        promised.push(std::move(answer));
                      }});
    routes.push_back({.method = Method::kGet, .pattern = "/now", .handler = [](const Request&) {
                        return Response::text(200, "now");
                      }});
    HttpServerOptions options;
    options.port = 0;
    options.worker_threads = 1;
    options.later_answers_max = answers_max;
    server = make_http_server(options, std::move(routes), {}, clock, metrics).value();
    ASSERT_TRUE(server->start());
  }
  RawClient ask(const std::string& body) {
    RawClient client(server->port());
    client.send(
        fmt::format("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
    return client;
  }

  SystemClock clock;
  Metrics metrics;
  BoundedQueue<LaterAnswer> promised{16, Overflow::kRefuse};
  std::unique_ptr<HttpServer> server;
};

TEST_F(LaterAnswerTest, HoldsNoWorkerAndAnswersFromAnotherThread) {
  start();
  auto first = ask("one"), second = ask("two");
  auto of_first = promised.pop(), of_second = promised.pop();
  RawClient other(server->port());
  other.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(other.read_response().ends_with("now")) << "the only worker is free";
  std::jthread giver([&] {
    of_second->give(Response::text(200, "second"));
    of_first->give(Response::text(200, "first"));
    of_first->give(Response::text(200, "again"));
  });
  const auto answers = first.read_response() + second.read_response();
  EXPECT_NE(answers.find("first"), std::string::npos) << answers;
  EXPECT_NE(answers.find("second"), std::string::npos) << answers;
  EXPECT_EQ(answers.find("again"), std::string::npos) << answers;
}

TEST_F(LaterAnswerTest, MayBeGivenAtOnceAndTheConnectionGoesOn) {
  start();
  auto client = ask("now");
  EXPECT_TRUE(client.read_response().ends_with("at once"));
  client.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_response().ends_with("now"));
}

TEST_F(LaterAnswerTest, OneThatIsDroppedOrThrownAwayIs500) {
  start();
  auto dropped = ask("drop");
  promised.pop();
  EXPECT_TRUE(dropped.read_response().starts_with("HTTP/1.1 500 "));
  const auto thrown = ask("throw").read_response();
  EXPECT_TRUE(thrown.starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(thrown.find("secret"), std::string::npos);
}

TEST_F(LaterAnswerTest, BeyondTheBoundIsBusyAndCounted) {
  start(1);
  auto first = ask("one");
  auto of_first = promised.pop();
  const auto refused = ask("two").read_response();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(metrics.counter("vedette_http_refused_total", "", {{"reason", "later_answers"}}).value(), 1);
  of_first->give(Response::text(200, "first"));
  EXPECT_TRUE(first.read_response().ends_with("first"));
  auto third = ask("three");
  promised.pop()->give(Response::text(200, "third"));
  EXPECT_TRUE(third.read_response().ends_with("third")) << "there is room again";
}

TEST_F(LaterAnswerTest, AStopEndsThoseThatAreOpen) {
  start();
  auto client = ask("one");
  auto of_client = promised.pop();
  server->stop(std::chrono::milliseconds(10));
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 503 "));
  server.reset();
  of_client->give(Response::text(200, "too late"));
}

}  // namespace
}  // namespace vedette::net
