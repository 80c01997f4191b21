#include "net/request_gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/nginx_fixture.h"
#include "net/raw_client.h"

namespace vedette::net {
namespace {

using testing_client::RawClient;
using testing_server::Nginx;

class RequestGateTest : public testing::Test {
 protected:
  static RequestGateOptions permissive() {
    RequestGateOptions out;
    out.allow_loopback = true;
    out.client_uid = ::geteuid();
    return out;
  }
  static std::unique_ptr<RequestGate> gate(RequestGateOptions options) {
    auto made = make_request_gate(std::move(options));
    EXPECT_TRUE(made) << made.error().full();
    return *std::move(made);
  }
  // What the gate answers to `head`, until it closes.
  static std::string say(const RequestGate& gate, const std::string& head) {
    RawClient client(gate.port());
    client.send(head);
    return client.read_all();
  }
  static std::string get(const std::string& url) {
    return "GET " + url + " HTTP/1.1\r\nHost: example\r\nProxy-Connection: keep-alive\r\n\r\n";
  }
};

TEST_F(RequestGateTest, CarriesPlainRequestsAndTunnels) {
  Nginx site;
  site.write("html/page.html", "<p>through the gate</p>");
  ASSERT_NO_FATAL_FAILURE(site.start(""));
  auto open = gate(permissive());
  auto plain = say(*open, get(site.http_url() + "/page.html"));
  EXPECT_TRUE(plain.starts_with("HTTP/1.1 200 OK\r\n")) << plain;
  EXPECT_TRUE(plain.ends_with("<p>through the gate</p>")) << plain;

  RawClient client(open->port());
  auto authority = "127.0.0.1:" + std::to_string(site.http_port());
  client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  client.send("GET /page.html HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("<p>through the gate</p>"));
  EXPECT_EQ(open->counts().served, 2u);
  EXPECT_GT(open->counts().bytes, 50u);
}

TEST_F(RequestGateTest, RefusesPrivateNetworksWhereTheyAreNotAllowed) {
  auto options = permissive();
  options.from_outside = true;
  auto outer = gate(options);
  for (std::string host : {"10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.7.7", "100.64.0.1", "[fd12::1]",
                           "[::ffff:10.1.2.3]"}) {
    auto answer = say(*outer, "CONNECT " + host + ":443 HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << host << answer;
  }
  for (std::string host : {"127.0.0.1", "localhost", "[::1]"}) {
    auto answer = say(*outer, "CONNECT " + host + ":" + std::to_string(outer->port()) + " HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << host << answer;
  }
  EXPECT_TRUE(only_private("10.1.2.3"));
  EXPECT_TRUE(only_private("fd12::1"));
  EXPECT_TRUE(only_private("127.0.0.1"));
  for (std::string host :
       {"172.32.0.1", "192.169.0.1", "100.128.0.1", "203.0.113.7", "2001:db8::1", "no-such-name.invalid"}) {
    EXPECT_FALSE(only_private(host)) << host;
  }
}

TEST_F(RequestGateTest, AKnownInnerHostIsReachedFromOutside) {
  Nginx site;
  site.write("html/page.html", "<p>through the gate</p>");
  ASSERT_NO_FATAL_FAILURE(site.start(""));
  auto options = permissive();
  options.from_outside = true;
  options.inner_host = [&](std::string_view host, std::uint16_t port) {
    return host == "127.0.0.1" && port == site.http_port();
  };
  auto outer = gate(options);
  EXPECT_TRUE(say(*outer, get(site.http_url() + "/page.html")).ends_with("<p>through the gate</p>"));
  auto other = get("http://localhost:" + std::to_string(site.http_port()) + "/page.html");
  EXPECT_TRUE(say(*outer, other).starts_with("HTTP/1.1 403 "));
}

TEST_F(RequestGateTest, RefusesAddressesThatForeignPagesMustNotReach) {
  auto open = gate(permissive());
  for (std::string host : {"169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "0.0.0.0", "224.0.0.1"}) {
    auto answer = say(*open, get("http://" + host + "/"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << host << answer;
    EXPECT_NE(answer.find("Vedette-Refused: address\r\n"), std::string::npos) << host;
    EXPECT_TRUE(say(*open, "CONNECT " + host + ":443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 ")) << host;
  }
  EXPECT_TRUE(open->refused("169.254.169.254"));
  EXPECT_TRUE(open->refused("fd00:ec2::254"));
  EXPECT_FALSE(open->refused("example.org"));
  EXPECT_EQ(open->counts().refused, 10u);

  auto options = permissive();
  options.allow_loopback = false;
  auto strict = gate(options);
  for (std::string host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"}) {
    auto target = "http://" + host + ":" + std::to_string(open->port()) + "/";
    EXPECT_TRUE(say(*strict, get(target)).starts_with("HTTP/1.1 403 ")) << host;
  }
}

TEST_F(RequestGateTest, OnlyOneUserMayUseIt) {
  auto options = permissive();
  options.client_uid = ::geteuid() + 1;
  auto foreign = gate(options);
  EXPECT_EQ(say(*foreign, get("http://169.254.169.254/")), "");
  EXPECT_EQ(foreign->counts().dropped, 1u);
  EXPECT_EQ(foreign->counts().refused, 0u);
}

TEST_F(RequestGateTest, RefusesWhatIsNoProxyRequest) {
  auto open = gate(permissive());
  for (std::string head :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET ftp://example.org/ HTTP/1.1\r\n\r\n",
        "CONNECT example.org:0 HTTP/1.1\r\n\r\n", "CONNECT [::1 HTTP/1.1\r\n\r\n",
        "GET http://:80/ HTTP/1.1\r\n\r\n"}) {
    EXPECT_TRUE(say(*open, head).starts_with("HTTP/1.1 400 ")) << head;
  }
  EXPECT_EQ(open->counts().served, 0u);
}

TEST_F(RequestGateTest, GoesThroughTheOrganisationsProxy) {
  Nginx site;
  site.write("html/page.html", "<p>by way of the proxy</p>");
  ASSERT_NO_FATAL_FAILURE(site.start(""));
  auto proxy = gate(permissive());  // any HTTP proxy will do; this is one
  auto options = permissive();
  options.proxy = "http://user:secret@127.0.0.1:" + std::to_string(proxy->port());
  auto inner = gate(options);
  EXPECT_TRUE(say(*inner, get(site.http_url() + "/page.html")).ends_with("<p>by way of the proxy</p>"));
  EXPECT_EQ(proxy->counts().served, 1u);
  EXPECT_TRUE(say(*inner, get("http://169.254.169.254/")).starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(proxy->counts().refused, 0u);  // it was not even asked
}

TEST_F(RequestGateTest, ItsEndClosesWhatIsOpen) {
  auto open = gate(permissive());
  RawClient idle(open->port());
  idle.send("GET http://exam");
  open.reset();
  EXPECT_EQ(idle.read_all(), "");
}

}  // namespace
}  // namespace vedette::net
