#include "net/url.h"

#include <gtest/gtest.h>

#include <random>

namespace vedette::net {
namespace {

std::string normal(std::string_view text) {
  const auto url = parse_url(text);
  return url ? to_string(*url) : "invalid";
}

TEST(Url, NormalisesAsABrowserDoes) {
  EXPECT_EQ(normal("HTTPS://Example.ORG"), "https://example.org/");
  EXPECT_EQ(normal("  https://example.org/a b\n"), "https://example.org/a%20b");
  EXPECT_EQ(normal("ht\ntps://exa\tmple.org/"), "https://example.org/");
  EXPECT_EQ(normal("https:\\\\evil.example\\x"), "https://evil.example/x");
  EXPECT_EQ(normal("https:evil.example"), "https://evil.example/");
  EXPECT_EQ(normal("https:/evil.example"), "https://evil.example/");
  EXPECT_EQ(normal("https://///evil.example"), "https://evil.example/");
  EXPECT_EQ(normal("https://example.org:443/"), "https://example.org/");
  EXPECT_EQ(normal("http://example.org:443/"), "http://example.org:443/");
  EXPECT_EQ(normal("https://example.org:/"), "https://example.org/");
  EXPECT_EQ(normal("https://example.org/a/./b/../../c"), "https://example.org/c");
  EXPECT_EQ(normal("https://example.org/a/%2E%2e/c"), "https://example.org/c");
  EXPECT_EQ(normal("https://example.org/../../.."), "https://example.org/");
  EXPECT_EQ(normal("https://example.org?q='1'&x=é#frag"), "https://example.org/?q=%271%27&x=%C3%A9");
  EXPECT_EQ(normal("https://example.org/?"), "https://example.org/?");
}

TEST(Url, SeesTheRealHostBehindDisguises) {
  EXPECT_EQ(normal("https://bank.example@evil.example/"), "https://evil.example/");
  EXPECT_EQ(normal("https://bank.example\\@evil.example/"), "https://bank.example/@evil.example/");
  EXPECT_EQ(normal("http://0x7f.1/"), "http://127.0.0.1/");
  EXPECT_EQ(normal("http://2130706433/"), "http://127.0.0.1/");
  EXPECT_EQ(normal("http://0251.0376.0251.0376/"), "http://169.254.169.254/");
  EXPECT_EQ(normal("http://%31%32%37.0.0.1/"), "http://127.0.0.1/");
  EXPECT_EQ(normal("http://[0:0::1]:80/"), "http://[::1]/");
  EXPECT_EQ(normal("https://BÜCHER.example/"), "https://xn--bcher-kva.example/");
  EXPECT_EQ(normal("https://ｅxample.org/"), "https://example.org/");
  EXPECT_EQ(normal("https://xn--bcher-kva.example/"), "https://xn--bcher-kva.example/");
}

TEST(Url, RefusesWhatIsNoUrl) {
  for (const char* text :
       {"", "example.org", "/path", "https://", "https://?x", "https://a b/", "https://a%00b/",
        "https://[::1/", "https://[::g]/", "https://1.2.3.256/", "https://1.2.3.4.5/", "https://a:99999/",
        "https://a:80x/", "https://a<b/", "http://256.1.1.1/", "http://4294967296/", "://x"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_url("https://a/" + std::string(kUrlBytesMax, 'x')).has_value());
}

TEST(Url, KeepsOtherSchemesAsTheyAre) {
  const auto data = parse_url("DATA:text/html,<b>#x");
  ASSERT_TRUE(data.has_value());
  EXPECT_EQ(data->scheme, "data");
  EXPECT_EQ(data->path, "text/html,<b>#x");
  EXPECT_EQ(data->host, "");
  EXPECT_EQ(normal("JavaScript:alert(1)"), "javascript:alert(1)");
}

// RFC 3986, section 5.4, with the answers of the WHATWG standard.
TEST(Url, ResolvesLinks) {
  const std::string base = "http://a/b/c/d;p?q";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"g", "http://a/b/c/g"},      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},    {"/g", "http://a/g"},
      {"//g", "http://g/"},         {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},  {"#s", "http://a/b/c/d;p?q"},
      {";x", "http://a/b/c/;x"},    {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},       {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},        {"../g", "http://a/b/g"},
      {"../..", "http://a/"},       {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},       {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},  {"g/../h", "http://a/b/c/h"},
      {"http:g", "http://a/b/c/g"}, {"\\\\evil/x", "http://evil/x"},
      {"https:g", "https://g/"},    {"/\\evil/x", "http://evil/x"},
      {"mailto:x@y", "mailto:x@y"}, {"https://b.org", "https://b.org/"}};
  for (const auto& [ref, want] : cases) EXPECT_EQ(resolve_url(base, ref), want) << ref;
  EXPECT_EQ(resolve_url("https://a:8443/x/", "y"), "https://a:8443/x/y");
  EXPECT_EQ(resolve_url("https://a:8443/x/", "//b/y"), "https://b/y");
  EXPECT_EQ(resolve_url("nothing", "y"), "");
  EXPECT_EQ(resolve_url("nothing", "data:,x"), "data:,x");
  EXPECT_EQ(resolve_url("data:,x", "y"), "");
}

TEST(Url, Origin) {
  EXPECT_EQ(origin_of("https://Example.org:443/x?y"), "https://example.org");
  EXPECT_EQ(origin_of("https://example.org:8443/x"), "https://example.org:8443");
  EXPECT_EQ(origin_of("data:text/plain,x"), "data:");
  EXPECT_EQ(origin_of("nothing"), "");
}

TEST(Url, Host) {
  EXPECT_EQ(host_of("https://User:x@Example.ORG:8443/a?b#c"), "example.org");
  EXPECT_EQ(host_of("ws://[FD00:ec2::254]:80/"), "fd00:ec2::254");
  EXPECT_EQ(host_of("http://0x7f.1/"), "127.0.0.1");
  EXPECT_EQ(host_of("data:text/plain,x"), "");
  EXPECT_EQ(host_of("nothing"), "");
}

TEST(Url, RegistrableDomain) {
  EXPECT_EQ(registrable_domain("www.example.co.uk"), "example.co.uk");
  EXPECT_EQ(registrable_domain("cong.thong.tin.hanoi.gov.vn"), "hanoi.gov.vn");
  EXPECT_EQ(registrable_domain("a.github.io"), "a.github.io");
  EXPECT_EQ(registrable_domain("x.a.github.io"), "a.github.io");
  EXPECT_EQ(registrable_domain("co.uk"), "co.uk");
  EXPECT_EQ(registrable_domain("localhost"), "localhost");
  EXPECT_EQ(registrable_domain("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(registrable_domain("[::1]"), "[::1]");
  EXPECT_EQ(registrable_domain("www.example.org."), "example.org");
}

// Whatever comes in, the normal form is a fixed point and no byte of it could split a request line.
TEST(Url, NormalFormIsStableOnNoise) {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet = "htps:/\\@?#.%2e0x7f[]aZ \t\xC3\xA9:8-";
  std::uniform_int_distribution<std::size_t> pick(0, kAlphabet.size() - 1);
  std::uniform_int_distribution<std::size_t> length(0, 30);
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "https://" : "";
    for (auto n = length(random); n > 0; --n) text.push_back(kAlphabet[pick(random)]);
    const auto url = parse_url(text);
    if (!url) continue;
    const auto once = to_string(*url);
    EXPECT_EQ(normal(once), once) << text;
    if (url->host.empty()) continue;
    ++parsed;
    EXPECT_EQ(once.find_first_of(" \t\r\n"), std::string::npos) << text;
  }
  EXPECT_GT(parsed, 1000);
}

}  // namespace
}  // namespace vedette::net
