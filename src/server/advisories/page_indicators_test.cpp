#include "server/advisories/page_indicators.h"

#include <gmock/gmock.h>

namespace vedette::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> hits(std::string_view body, const std::vector<std::string>& redirects = {}) {
  using enum logs::WatchKind;
  const auto list = logs::WatchList::make({{"advisory:1", "Campaign", "12", "CERT", Severity::kHigh}},
                                          {{0, {{kName, "evil.example"}}, "evil[.]example"},
                                           {0, {{kUrl, "cdn.example/a/kit.js"}}, "kit"},
                                           {0, {{kAddress, "203.0.113.0/28"}}, "net"}});
  std::vector<std::string> out;
  for (const auto& one : indicators_in(*list, body, "https://www.agency.example/", redirects))
    out.push_back(one.indicator + " | " + one.place.substr(0, one.place.find(" at ")));
  return out;
}

TEST(PageIndicators, AreFoundWhereAPageLeads) {
  EXPECT_THAT(hits("<script src='https://x.evil.example/a.js'></script>"),
              ElementsAre("evil[.]example | script"));
  EXPECT_THAT(hits("<iframe src='//cdn.example/a/kit.js'></iframe>"), ElementsAre("kit | frame"));
  EXPECT_THAT(hits("<a href='http://203.0.113.7/x'>x</a><a href='http://203.0.113.9/'>y</a>"),
              ElementsAre("net | link"));
  EXPECT_THAT(hits("<meta http-equiv=refresh content='0;url=https://evil.example/'>"),
              ElementsAre("evil[.]example | refresh"));
  EXPECT_THAT(hits("<script>load('https://evil.example/x')</script>"),
              ElementsAre("evil[.]example | script text"));
  EXPECT_THAT(hits("<p>x</p>", {"https://evil.example/land"}), ElementsAre("evil[.]example | redirect 1"));
}

TEST(PageIndicators, TextAndNeighboursAreNone) {
  EXPECT_THAT(hits("<p>Beware of https://evil.example/</p>"), IsEmpty()) << "a warning is no link";
  EXPECT_THAT(hits("<a href='https://notevil.example/'>x</a><a href='/evil.example'>x</a>"), IsEmpty());
  EXPECT_THAT(hits("<a href='https://cdn.example/a/other.js'>x</a>"), IsEmpty());
  EXPECT_THAT(hits(""), IsEmpty());
}

}  // namespace
}  // namespace vedette::server
