#include "net/fetcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <future>

#include "net/nginx_fixture.h"

namespace vedette::net {
namespace {

using std::chrono::milliseconds;

class FetcherTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    nginx = std::make_unique<testing_server::Nginx>();
    std::string page = "<html><title>Trang chủ</title>";
    for (int i = 0; i < 2000; ++i) page += "<p>The same words again.</p>";
    nginx->write("html/page.html", page);
    nginx->write("html/huge.html", std::string(4 << 20, 'x'));
    nginx->start(R"(
      location /loop { return 302 /loop; }
      location /hop { return 301 page.html?from=hop; }
      location = /secure { return 302 https://127.0.0.1:@TLS@/page.html; }
      location = /elsewhere { return 302 http://localhost:@HTTP@/headers; }
      location = /metadata { return 302 http://169.254.169.254/latest/meta-data/; }
      location = /file { return 302 file:///etc/passwd; }
      location /headers { default_type text/plain; return 200 "auth=$http_authorization key=$http_x_key agent=$http_user_agent"; }
      location /connection { default_type text/plain; return 200 "$connection_requests"; }
      location /slow { limit_rate 100; alias @DIR@/html/page.html; }
      location /error { return 503 "down"; }
    )");
  }
  static void TearDownTestSuite() { nginx.reset(); }

  FetchRequest http(const std::string& path) const { return request(nginx->http_url() + path); }
  FetchRequest https(const std::string& path) const { return request(nginx->https_url() + path); }
  static FetchRequest request(const std::string& url) {
    FetchRequest out;
    out.url = url;
    out.allow_loopback = true;
    return out;
  }
  FetchResult get(FetchRequest request) { return fetch_once(*fetcher, std::move(request)); }
  static std::string header(const FetchResult& result, std::string_view name) {
    for (const auto& [key, value] : result.headers) {
      if (std::ranges::equal(key, name, [](char a, char b) { return std::tolower(a) == std::tolower(b); }))
        return value;
    }
    return "";
  }

  static std::unique_ptr<testing_server::Nginx> nginx;
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<Fetcher> fetcher = make_fetcher({}, clock, metrics);
};
std::unique_ptr<testing_server::Nginx> FetcherTest::nginx;

TEST_F(FetcherTest, FetchesAndDecodes) {
  const auto result = get(http("/page.html"));
  EXPECT_EQ(result.failure, FetchFailure::kNone) << result.failure_detail;
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(header(result, "content-encoding"), "gzip");
  EXPECT_TRUE(result.body.starts_with("<html><title>Trang chủ"));
  EXPECT_GT(result.body.size(), 50'000u);
  EXPECT_EQ(result.http_version, "1.1");
  EXPECT_EQ(result.address, "127.0.0.1");
  EXPECT_GT(result.total.count(), 0);
}

TEST_F(FetcherTest, TrustsAValidatorOnlyAsThe304Says) {
  const auto first = get(http("/huge.html"));
  auto again = http("/huge.html");
  again.etag = header(first, "etag");
  ASSERT_FALSE(again.etag.empty());
  const auto result = get(again);
  EXPECT_EQ(result.status, 304);
  EXPECT_EQ(result.failure, FetchFailure::kNone);
  EXPECT_TRUE(result.body.empty());
}

TEST_F(FetcherTest, SpeaksHttp2AndShowsTheChain) {
  auto wanted = https("/page.html");
  wanted.ca_file = nginx->certificate();
  for (int i = 0; i < 2; ++i) {  // the second comes over the pooled connection
    const auto result = get(wanted);
    EXPECT_EQ(result.failure, FetchFailure::kNone) << result.failure_detail;
    EXPECT_EQ(result.http_version, "2");
    ASSERT_EQ(result.chain.size(), 1u);
    EXPECT_EQ(result.chain[0].subject, "CN=vedette test");
    EXPECT_EQ(result.chain[0].issuer, "CN=vedette test");
    EXPECT_EQ(result.chain[0].names, (std::vector<std::string>{"localhost", "127.0.0.1"}));
    EXPECT_EQ(result.chain[0].sha256.size(), 64u);
    EXPECT_EQ(result.chain[0].key_sha256.size(), 64u);
    EXPECT_GT(result.chain[0].not_after, clock.wall());
  }
}

TEST_F(FetcherTest, ExplainsACertificateItRefuses) {
  const auto refused = get(https("/page.html"));
  EXPECT_EQ(refused.failure, FetchFailure::kTls) << refused.failure_detail;
  ASSERT_EQ(refused.chain.size(), 1u);
  EXPECT_EQ(refused.chain[0].subject, "CN=vedette test");
  auto unverified = https("/page.html");
  unverified.verify_tls = false;
  EXPECT_EQ(get(unverified).status, 200);
}

TEST_F(FetcherTest, RecordsRedirects) {
  const auto result = get(http("/hop"));
  EXPECT_EQ(result.status, 200);
  ASSERT_EQ(result.redirects.size(), 1u);
  EXPECT_EQ(result.redirects[0].status, 301);
  EXPECT_EQ(result.final_url, nginx->http_url() + "/page.html?from=hop");
  auto secure = http("/secure");
  secure.ca_file = nginx->certificate();
  EXPECT_EQ(get(secure).http_version, "2");
}

TEST_F(FetcherTest, StopsAtRedirectLoopsAndOtherSchemes) {
  auto loop = http("/loop");
  loop.redirects_max = 5;
  const auto looped = get(loop);
  EXPECT_EQ(looped.failure, FetchFailure::kTooManyRedirects);
  EXPECT_EQ(looped.redirects.size(), 6u);
  EXPECT_EQ(get(http("/file")).failure, FetchFailure::kProtocol);
}

TEST_F(FetcherTest, RefusesAddresses) {
  const auto metadata = get(http("/metadata"));
  EXPECT_EQ(metadata.failure, FetchFailure::kRefusedAddress) << metadata.failure_detail;
  EXPECT_EQ(metadata.redirects.size(), 1u);
  auto named = request("http://site.example:80/");
  named.resolve = {"site.example:80:169.254.169.254"};
  EXPECT_EQ(get(named).failure, FetchFailure::kRefusedAddress);
  // A loopback connection in the pool does not serve one who may not go there.
  EXPECT_EQ(get(http("/page.html")).status, 200);
  auto literal = http("/page.html");
  literal.allow_loopback = false;
  EXPECT_EQ(get(literal).failure, FetchFailure::kRefusedAddress);
  auto by_name = request("http://pinned.example:" + std::to_string(nginx->http_port()) + "/page.html");
  by_name.resolve = {"pinned.example:" + std::to_string(nginx->http_port()) + ":127.0.0.1"};
  EXPECT_EQ(get(by_name).status, 200);
  by_name.allow_loopback = false;
  EXPECT_EQ(get(by_name).failure, FetchFailure::kRefusedAddress);
}

TEST_F(FetcherTest, SendsCredentialsToTheFirstHostOnly) {
  auto own = http("/headers");
  own.basic_user = "duty";
  own.basic_password = Secret("word");
  own.headers = {{"X-Key", "k1"}};
  own.user_agent = "Watch/1";
  EXPECT_EQ(get(own).body, "auth=Basic ZHV0eTp3b3Jk key=k1 agent=Watch/1");
  own.url = nginx->http_url() + "/elsewhere";
  EXPECT_EQ(get(own).body, "auth= key= agent=Watch/1");
  auto bearer = http("/headers");
  bearer.bearer_token = Secret("t0k");
  EXPECT_EQ(get(bearer).body, "auth=Bearer t0k key= agent=");
  bearer.url = nginx->http_url() + "/elsewhere";
  EXPECT_EQ(get(bearer).body, "auth= key= agent=");
  bearer.headers = {{"X", "a\r\nInjected: 1"}};
  EXPECT_EQ(get(bearer).failure, FetchFailure::kProtocol);
}

TEST_F(FetcherTest, LimitsSizeAndTime) {
  auto huge = http("/huge.html");
  huge.body_bytes_max = 100'000;
  const auto large = get(huge);
  EXPECT_EQ(large.failure, FetchFailure::kTooLarge);
  EXPECT_LE(large.body.size(), 100'000u);
  EXPECT_GT(large.body.size(), 0u);
  auto slow = http("/slow");
  slow.timeout = milliseconds(200);
  const auto cut = get(slow);
  EXPECT_EQ(cut.failure, FetchFailure::kTimeout) << cut.failure_detail;
}

TEST_F(FetcherTest, TellsFailuresApart) {
  EXPECT_EQ(get(http("/error")).status, 503);
  EXPECT_EQ(get(request("http://no-such-name.invalid/")).failure, FetchFailure::kDns);
  EXPECT_EQ(get(request("http://127.0.0.1:1/")).failure, FetchFailure::kConnect);
  EXPECT_EQ(get(request("ftp://127.0.0.1/")).failure, FetchFailure::kProtocol);
  EXPECT_EQ(get(request("https://127.0.0.1:" + std::to_string(nginx->http_port()) + "/")).failure,
            FetchFailure::kTls);
}

TEST_F(FetcherTest, RecognisesTruncatedBodies) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html>half",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n50\r\nhalf"}) {
    testing_server::OneAnswer server(answer);
    const auto result = get(request("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
    EXPECT_EQ(result.failure, FetchFailure::kTruncated) << result.failure_detail;
    EXPECT_TRUE(result.body.starts_with("<html>")) << result.body;
  }
  testing_server::OneAnswer silent("");
  EXPECT_EQ(get(request("http://127.0.0.1:" + std::to_string(silent.port()) + "/")).failure,
            FetchFailure::kProtocol);
}

TEST_F(FetcherTest, RecognisesACompressedStreamThatEndsEarly) {
  // "hello hello hello hello", gzip -9n; all lengths of the transfer itself are as announced.
  const std::string whole(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d\x8d"
      "\x17\x00\x00\x00",
      28);
  auto serve = [&](const std::string& body, const std::string& length) {
    testing_server::OneAnswer server("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + length +
                                     "Connection: close\r\n\r\n" + body);
    return get(request("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
  };
  for (std::size_t cut : {1, 9, 15}) {
    auto body = whole.substr(0, whole.size() - cut);
    for (const auto& length : {std::string(), fmt::format("Content-Length: {}\r\n", body.size())}) {
      const auto result = serve(body, length);
      EXPECT_EQ(result.failure, FetchFailure::kTruncated) << cut << ": " << result.failure_detail;
    }
  }
  EXPECT_EQ(serve(whole, "").body, "hello hello hello hello");
  const auto result = serve("\x1f\x8b\x07 is not gzip", "");
  EXPECT_EQ(result.failure, FetchFailure::kProtocol);
}

TEST_F(FetcherTest, AFreshConnectionIsOfItsOwn) {
  EXPECT_EQ(get(http("/connection")).body, "1");
  EXPECT_EQ(get(http("/connection")).body, "2");
  auto fresh = http("/connection");
  fresh.fresh_connection = true;
  EXPECT_EQ(get(fresh).body, "1");
  EXPECT_EQ(get(http("/connection")).body, "3") << "the pooled one is still there";
  auto secure = https("/connection");
  secure.ca_file = nginx->certificate();
  EXPECT_EQ(get(secure).body, "1");
  EXPECT_EQ(get(secure).body, "2");
  secure.fresh_connection = true;
  EXPECT_EQ(get(secure).body, "1");
}

TEST_F(FetcherTest, UrgentOnesGoFirstAndExpectedBytesBoundWhatRuns) {
  FetcherOptions options;
  options.body_memory_goal = 1 << 20;
  options.per_host_max = 64;
  fetcher = make_fetcher(options, clock, metrics);
  std::mutex mutex;
  std::vector<int> order;
  std::atomic<std::size_t> most = 0;
  std::promise<void> all, queued;
  auto all_queued = queued.get_future().share();
  std::atomic<int> left = 21;
  for (int i = 0; i <= 20; ++i) {
    auto wanted = http("/page.html?" + std::to_string(i));
    wanted.expected_bytes = 400 * 1024;  // two at a time
    wanted.urgent = i == 20;
    ASSERT_TRUE(fetcher->fetch(wanted, [&, i](const FetchResult& result) {
      all_queued.wait();
      EXPECT_EQ(result.failure, FetchFailure::kNone);
      std::lock_guard lock(mutex);
      order.push_back(i);
      most.store(std::max(most.load(), fetcher->running()));
      if (left.fetch_sub(1) == 1) all.set_value();
    }));
  }
  queued.set_value();
  all.get_future().wait();
  EXPECT_LE(most.load(), 2u);
  EXPECT_NE(order.back(), 20) << "the urgent one came last and did not go last";
}

TEST_F(FetcherTest, WaitsWhileWhatWasHandedOutFillsTheMemory) {
  std::atomic<std::size_t> held = 2 << 20;
  FetcherOptions options;
  options.body_memory_goal = 1 << 20;
  options.held = &held;
  auto bounded = make_fetcher(options, clock, metrics);
  std::promise<FetchResult> answer;
  auto got = answer.get_future();
  ASSERT_TRUE(bounded->fetch(http("/page.html"), [&](FetchResult r) { answer.set_value(std::move(r)); }));
  EXPECT_EQ(got.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(bounded->running(), 0u);
  held = 0;
  EXPECT_EQ(got.get().status, 200);
}

TEST_F(FetcherTest, RunsManyWithinItsBounds) {
  constexpr int kCount = 1000;
  FetcherOptions options;
  options.parallel_max = 64;
  options.per_host_max = 64;
  options.queue = kCount;
  fetcher = make_fetcher(options, clock, metrics);
  std::atomic<int> good = 0;
  std::atomic<std::size_t> most = 0;
  std::promise<void> all;
  std::atomic<int> left = kCount;
  for (int i = 0; i < kCount; ++i) {
    const auto queued =
        fetcher->fetch(http("/page.html?" + std::to_string(i)), [&](const FetchResult& result) {
          if (result.failure == FetchFailure::kNone && result.body.size() > 50'000) good.fetch_add(1);
          most.store(std::max(most.load(), fetcher->running()));
          if (left.fetch_sub(1) == 1) all.set_value();
        });
    ASSERT_TRUE(queued.has_value());
  }
  all.get_future().wait();
  EXPECT_EQ(good.load(), kCount);
  EXPECT_LE(most.load(), 64u);
  EXPECT_EQ(fetcher->waiting(), 0u);
}

TEST_F(FetcherTest, RefusesWhatDoesNotFitAndCancelsTheRest) {
  FetcherOptions options;
  options.parallel_max = 1;
  options.queue = 2;
  fetcher = make_fetcher(options, clock, metrics);
  std::vector<FetchFailure> ends;
  int queued = 0;
  for (int i = 0; i < 50; ++i) {
    const auto taken =
        fetcher->fetch(http("/slow"), [&](const FetchResult& r) { ends.push_back(r.failure); });
    if (taken) {
      ++queued;
    } else {
      EXPECT_EQ(taken.error().code(), ErrorCode::kLimit);
    }
  }
  EXPECT_LE(queued, 3);
  fetcher.reset();
  EXPECT_EQ(ends, std::vector<FetchFailure>(static_cast<std::size_t>(queued), FetchFailure::kCancelled));
}

}  // namespace
}  // namespace vedette::net
