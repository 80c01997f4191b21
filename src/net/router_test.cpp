#include "net/router.h"

#include <gtest/gtest.h>

namespace vedette::net {
namespace {

Route route(Method method, std::string pattern) {
  return {.method = method,
          .pattern = std::move(pattern),
          .handler = [](const Request&) { return Response(); },
          .stream_gate = {}};
}
Router table() {
  auto made =
      Router::make({route(Method::kGet, "/{page...}"), route(Method::kGet, "/api/alerts/{id}"),
                    route(Method::kGet, "/api/alerts/facets"), route(Method::kPost, "/api/alerts/{id}/close"),
                    route(Method::kPatch, "/api/alerts/{id}"), route(Method::kGet, "/files/{path...}"),
                    route(Method::kGet, "/healthz")});
  EXPECT_TRUE(made.has_value());
  return *std::move(made);
}
Router::Match find(const Router& router, Method method, std::string_view target) {
  const auto parsed = parse_target(target);
  EXPECT_TRUE(parsed.has_value()) << target;
  return router.find(method, *parsed);
}

TEST(Router, PrefersTheMoreExactPattern) {
  const auto router = table();
  EXPECT_EQ(find(router, Method::kGet, "/api/alerts/facets").route->pattern, "/api/alerts/facets");
  const auto match = find(router, Method::kGet, "/api/alerts/a%2Fb%20%C4%91");
  EXPECT_EQ(match.route->pattern, "/api/alerts/{id}");
  EXPECT_EQ(match.parameters.at("id"), "a/b đ");
  EXPECT_EQ(find(router, Method::kGet, "/healthz").route->pattern, "/healthz");
  EXPECT_EQ(find(router, Method::kGet, "/files/css/app.css").parameters.at("path"), "css/app.css");
  EXPECT_EQ(find(router, Method::kGet, "/sites/42").parameters.at("page"), "sites/42");
  EXPECT_EQ(find(router, Method::kGet, "/").parameters.at("page"), "");
}

TEST(Router, TellsMethodsApart) {
  const auto router = table();
  EXPECT_EQ(find(router, Method::kPatch, "/api/alerts/7").route->method, Method::kPatch);
  const auto refused = find(router, Method::kGet, "/api/alerts/7/close");
  EXPECT_EQ(refused.route, nullptr);
  EXPECT_EQ(refused.allow, "POST");
  EXPECT_EQ(find(router, Method::kDelete, "/api/alerts/7").allow, "GET, HEAD, PATCH");
  const auto api = Router::make({route(Method::kGet, "/api/x")});
  EXPECT_EQ(find(*api, Method::kGet, "/other").allow, "");
}

TEST(Router, KeepsDecodedSlashesOutOfTheRest) {
  const auto router = Router::make({route(Method::kGet, "/files/{path...}")});
  EXPECT_EQ(find(*router, Method::kGet, "/files/a%2Fb").route, nullptr);
  EXPECT_EQ(find(*router, Method::kGet, "/files/a%5Cb").route, nullptr);
}

TEST(Router, RefusesBadTables) {
  for (const char* pattern : {"", "x", "/{}", "/{a...}/b", "/a{b}", "/{a}/{a}", "/{...}"}) {
    EXPECT_FALSE(Router::make({route(Method::kGet, pattern)}).has_value()) << pattern;
  }
  EXPECT_FALSE(Router::make({route(Method::kGet, "/{a}"), route(Method::kGet, "/{b}")}).has_value());
  EXPECT_TRUE(Router::make({route(Method::kGet, "/{a}"), route(Method::kPut, "/{b}")}).has_value());
}

TEST(Target, RefusesHostilePaths) {
  for (const char* target : {"/%", "/%4", "/%zz", "/%00", "/a%0d%0ab", "/%ff", "/../etc", "/a/%2e%2e/b",
                             "/./x", "x", "*", "", "/?a=%0", "/?a=%00", "/?%ff=1", "http:"}) {
    EXPECT_FALSE(parse_target(target).has_value()) << target;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "/x";
  EXPECT_FALSE(parse_target(deep).has_value());
  std::string many = "/?";
  for (int i = 0; i < 200; ++i) many += fmt::format("k{}=1&", i);
  EXPECT_FALSE(parse_target(many).has_value());
}

TEST(Target, ReadsQueries) {
  const auto target = parse_target("/search?q=a+b%26c&empty&x=1&x=2&&l=%0A#frag");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/search");
  EXPECT_EQ(target->query,
            (std::map<std::string, std::string>{{"q", "a b&c"}, {"empty", ""}, {"x", "2"}, {"l", "\n"}}));
  EXPECT_EQ(parse_target("http://host.example/a?b=c")->path, "/a");
  EXPECT_EQ(parse_target("http://host.example")->path, "/");
}

}  // namespace
}  // namespace vedette::net
