#include "logs/watch/watch_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logs/read/json_event.h"

namespace vedette::logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const WatchList> list_of(std::vector<std::vector<WatchTerm>> all) {
  std::vector<WatchEntry> entries;
  for (auto& terms : all) {
    std::string shown;
    for (const auto& term : terms) shown += (shown.empty() ? "" : "+") + term.value;
    entries.push_back({0, std::move(terms), shown});
  }
  return WatchList::make({{"advisory-1", "A campaign", "VNCERT 12/2026", "VNCERT"}}, std::move(entries));
}

std::vector<std::string> seen_in(const WatchList& list, std::string_view json) {
  JsonEvent reader;
  EventView event;
  EXPECT_EQ(reader.read(json, event), JsonEvent::Outcome::kRead) << json;
  WatchScratch scratch;
  std::vector<std::string> out;
  for (const auto& hit : list.match(event, scratch)) {
    EXPECT_EQ(hit.advisory->reference, "VNCERT 12/2026");
    out.push_back(*hit.indicator);
  }
  return out;
}

TEST(WatchList, AddressesInAnyWritingAndByPrefix) {
  const auto list = list_of({{{WatchKind::kAddress, "203.0.113.7"}},
                             {{WatchKind::kAddress, "2001:db8::7"}},
                             {{WatchKind::kAddress, "198.51.100.0/24"}},
                             {{WatchKind::kAddress, "2001:db8:1::/48"}}});
  EXPECT_THAT(seen_in(*list, R"({"source":{"ip":"203.0.113.7"}})"), ElementsAre("203.0.113.7"));
  EXPECT_THAT(seen_in(*list, R"({"DestinationIp":"::ffff:203.0.113.7"})"), ElementsAre("203.0.113.7"));
  EXPECT_THAT(seen_in(*list, R"({"dest_ip":"2001:0DB8:0::0007"})"), ElementsAre("2001:db8::7"));
  EXPECT_THAT(seen_in(*list, R"({"client.ip":"198.51.100.250"})"), ElementsAre("198.51.100.0/24"));
  EXPECT_THAT(seen_in(*list, R"({"client.ip":"2001:db8:1:9::1"})"), ElementsAre("2001:db8:1::/48"));
  EXPECT_THAT(seen_in(*list, R"({"client.ip":"198.51.101.1"})"), IsEmpty());
  EXPECT_THAT(seen_in(*list, R"({"source.ip":"203.0.113.70"})"), IsEmpty());
  EXPECT_THAT(seen_in(*list, R"({"host.ip":"203.0.113.7"})"), IsEmpty()) << "not a field of a peer";
  EXPECT_THAT(seen_in(*list, R"({"source.ip":"not an address: 203.0.113.7"})"), IsEmpty());
}

TEST(WatchList, WithoutPrefixesAnAddressIsComparedAsItIs) {
  const auto list = list_of({{{WatchKind::kAddress, "203.0.113.7"}}});
  EXPECT_THAT(seen_in(*list, R"({"source.ip":"203.0.113.7"})"), ElementsAre("203.0.113.7"));
  EXPECT_THAT(seen_in(*list, R"({"source.ip":"203.0.113.8"})"), IsEmpty());
}

TEST(WatchList, NamesWithWhatStandsBelowThem) {
  const auto list = list_of({{{WatchKind::kName, "evil.example"}}});
  EXPECT_THAT(seen_in(*list, R"({"dns":{"question":{"name":"Www.EVIL.example."}}})"),
              ElementsAre("evil.example"));
  EXPECT_THAT(seen_in(*list, R"({"QueryName":"notevil.example"})"), IsEmpty());
  EXPECT_THAT(seen_in(*list, R"({"tls":{"sni":"evil.example.com"}})"), IsEmpty());
  EXPECT_THAT(seen_in(*list, R"({"email":{"from":{"address":"a@mx.evil.example"}}})"),
              ElementsAre("evil.example"));
  EXPECT_THAT(seen_in(*list, R"({"url":{"full":"https://cdn.evil.example:8443/x"}})"),
              ElementsAre("evil.example"));
}

TEST(WatchList, UrlsWithoutSchemeAndUsualPort) {
  const auto list = list_of({{{WatchKind::kUrl, "https://evil.example/Pay?load=1"}}});
  EXPECT_THAT(seen_in(*list, R"({"url.full":"http://EVIL.example:80/Pay?load=1#x"})"),
              ElementsAre("https://evil.example/Pay?load=1"));
  EXPECT_THAT(seen_in(*list, R"({"url.full":"https:\/\/evil.example\/Pay?load=1"})"),
              ElementsAre("https://evil.example/Pay?load=1"))
      << "JSON escapes";
  EXPECT_THAT(seen_in(*list, R"({"url.full":"https://evil.example/pay?load=1"})"), IsEmpty())
      << "a path has case";
  EXPECT_EQ(url_key("https://u:p@Evil.example"), "evil.example/");
  EXPECT_EQ(url_key("/only/a/path"), "");
}

TEST(WatchList, HashesAloneAndAsSysmonWritesThem) {
  const std::string md5(32, 'a'), sha(64, 'b');
  const auto list = list_of({{{WatchKind::kHash, md5}}, {{WatchKind::kHash, sha}}});
  EXPECT_THAT(seen_in(*list, R"({"file":{"hash":{"sha256":")" + sha + R"("}}})"), ElementsAre(sha));
  EXPECT_THAT(seen_in(*list, R"({"Hashes":"SHA1=0000000000000000000000000000000000000000,MD5=)" +
                                 std::string(32, 'A') + R"(,SHA256=)" + sha + R"("})"),
              testing::UnorderedElementsAre(md5, sha));
}

TEST(WatchList, AllTermsOfAnEntryInOneEvent) {
  const auto list = list_of({{{WatchKind::kName, "evil.example"}, {WatchKind::kAddress, "203.0.113.7"}}});
  EXPECT_THAT(seen_in(*list, R"({"dns.question.name":"evil.example"})"), IsEmpty());
  EXPECT_THAT(
      seen_in(*list, R"({"dns.question.name":"evil.example","dns.resolved_ip":["192.0.2.1","203.0.113.7"]})"),
      ElementsAre("evil.example+203.0.113.7"));
}

TEST(WatchList, OneAddressInSeveralFieldsIsOneHit) {
  const auto list = list_of({{{WatchKind::kAddress, "203.0.113.7"}}});
  EXPECT_THAT(seen_in(*list, R"({"source.ip":"203.0.113.7","client.ip":"203.0.113.7"})"),
              ElementsAre("203.0.113.7"));
}

}  // namespace
}  // namespace vedette::logs
