#include "desk/advisories/indicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> said(const ReadAdvisory& read) {
  std::vector<std::string> out;
  for (const auto& one : read.indicators) {
    std::string text;
    for (const auto& term : one.all)
      text += fmt::format("{}{}={}", text.empty() ? "" : " & ", to_string(term.type), term.value);
    out.push_back(text);
  }
  return out;
}
std::vector<std::string> reasons(const ReadAdvisory& read) {
  std::vector<std::string> out;
  for (const auto& one : read.not_used) out.push_back(one.reason);
  return out;
}

struct Pattern {
  std::vector<std::string> alternatives;
  std::vector<std::string> not_used;
};
Pattern pattern(std::string_view text) {
  ReadAdvisory into;
  for (auto& all : stix_alternatives(text, "indicator--1", into)) into.indicators.push_back({.all = all});
  return {said(into), reasons(into)};
}

TEST(StixPattern, ComparisonsOfEachTypeWeKnow) {
  const std::string hash(64, 'A');
  EXPECT_THAT(pattern("[ipv4-addr:value = '203.0.113.7']").alternatives,
              ElementsAre("ipv4-addr=203.0.113.7"));
  EXPECT_THAT(pattern("[ipv6-addr:value='2001:DB8::0:7']").alternatives,
              ElementsAre("ipv6-addr=2001:db8::7"));
  EXPECT_THAT(pattern("[domain-name:value = 'EVIL.example']").alternatives,
              ElementsAre("domain-name=evil.example"));
  EXPECT_THAT(pattern("[url:value = 'https://evil.example/a']").alternatives,
              ElementsAre("url=https://evil.example/a"));
  EXPECT_THAT(pattern("[email-addr:value = 'a@evil.example']").alternatives,
              ElementsAre("email-addr=a@evil.example"));
  EXPECT_THAT(pattern("[file:hashes.'SHA-256' = '" + hash + "']").alternatives,
              ElementsAre("file=" + std::string(64, 'a')));
  EXPECT_THAT(pattern("[file:hashes.MD5 = '" + hash.substr(0, 32) + "']").alternatives,
              ElementsAre("file=" + std::string(32, 'a')));
  EXPECT_THAT(pattern("[ipv4-addr:value ISSUBSET '198.51.100.9/24']").alternatives,
              ElementsAre("ipv4-addr=198.51.100.0/24"));
}

TEST(StixPattern, AndBindsCloserThanOr) {
  EXPECT_THAT(pattern("[domain-name:value = 'a.example' OR domain-name:value = 'b.example' AND "
                      "ipv4-addr:value = '203.0.113.7']")
                  .alternatives,
              ElementsAre("domain-name=a.example", "domain-name=b.example & ipv4-addr=203.0.113.7"));
  EXPECT_THAT(pattern("[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND "
                      "ipv4-addr:value = '203.0.113.7']")
                  .alternatives,
              ElementsAre("domain-name=a.example & ipv4-addr=203.0.113.7",
                          "domain-name=b.example & ipv4-addr=203.0.113.7"));
  EXPECT_THAT(pattern("[ipv4-addr:value IN ('203.0.113.7', '203.0.113.8')] OR "
                      "([domain-name:value = 'a.example'])")
                  .alternatives,
              ElementsAre("ipv4-addr=203.0.113.7", "ipv4-addr=203.0.113.8", "domain-name=a.example"));
}

TEST(StixPattern, WhatCannotBeUsedIsNamedAndTheRestIsKept) {
  auto read = pattern("[domain-name:value = 'a.example' OR file:name = 'x.exe']");
  EXPECT_THAT(read.alternatives, ElementsAre("domain-name=a.example"));
  EXPECT_THAT(read.not_used, ElementsAre("path"));
  read = pattern("[domain-name:value = 'a.example' AND file:name = 'x.exe']");
  EXPECT_THAT(read.alternatives, IsEmpty()) << "half of a condition would match too often";
  EXPECT_THAT(read.not_used, ElementsAre("path"));
  EXPECT_THAT(pattern("[ipv4-addr:value != '203.0.113.7']").not_used, ElementsAre("operator"));
  EXPECT_THAT(pattern("[ipv4-addr:value NOT = '203.0.113.7']").not_used, ElementsAre("operator"));
  EXPECT_THAT(pattern("[domain-name:value MATCHES '.*']").not_used, ElementsAre("operator"));
  EXPECT_THAT(pattern("[ipv4-addr:value = '10.0.0.0/8']").not_used, ElementsAre("too_wide"));
  EXPECT_THAT(pattern("[ipv4-addr:value = 'x']").not_used, ElementsAre("value"));
  EXPECT_THAT(
      pattern("[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [url:value = 'http://a.example']").not_used,
      ElementsAre("several_observations"));
  EXPECT_THAT(pattern("[ipv4-addr:value = '203.0.113.7'] AND [url:value = 'http://a.example']").not_used,
              ElementsAre("several_observations"));
  EXPECT_THAT(pattern("[ipv4-addr:value = '203.0.113.7'] REPEATS 5 TIMES").not_used,
              ElementsAre("several_observations"));
  EXPECT_THAT(pattern("[ipv4-addr:value = ").not_used, ElementsAre("pattern"));
  EXPECT_THAT(pattern("").not_used, ElementsAre("pattern"));
}

TEST(StixPattern, DepthAndNumberAreBounded) {
  EXPECT_THAT(pattern(std::string(1'000, '(') + "[").not_used, ElementsAre("too_complex"));
  EXPECT_THAT(pattern("[" + std::string(1'000, '(')).not_used, ElementsAre("too_complex"));
  std::string factor = "(ipv4-addr:value = '203.0.113.1' OR ipv4-addr:value = '203.0.113.2')",
              product = factor;
  for (int i = 0; i < 20; ++i) product += " AND " + factor;
  EXPECT_THAT(pattern("[" + product + "]").not_used, ElementsAre("too_complex"));
  EXPECT_THAT(pattern(std::string(AdvisoryLimits::kPatternBytes + 1, ' ')).not_used,
              ElementsAre("too_complex"));
}

constexpr std::string_view kBundle = R"({"type":"bundle","id":"bundle--1","objects":[
 {"type":"identity","id":"identity--1","name":"CERT"},
 {"type":"report","id":"report--1","name":"Campaign X"},
 {"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.7']",
  "valid_from":"2026-11-01T00:00:00Z","valid_until":"2026-12-01T00:00:00Z",
  "object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]},
 {"type":"indicator","id":"indicator--2","pattern_type":"yara","pattern":"rule x {}","valid_from":"2026-11-01T00:00:00Z"},
 {"type":"indicator","id":"indicator--3","pattern_type":"stix","revoked":true,"pattern":"[ipv4-addr:value = '203.0.113.8']"},
 {"type":"indicator","id":"indicator--4","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.9']","valid_from":"soon",
  "object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]},
 {"type":"ipv4-addr","id":"ipv4-addr--1","value":"192.0.2.1"}]})";

TEST(StixBundle, IndicatorsWithTheirTimesAndTheRestByName) {
  const auto read = read_advisory(kBundle);
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_EQ(read->format, AdvisoryFormat::kStix);
  EXPECT_EQ(read->title, "Campaign X");
  EXPECT_EQ(read->tlp, Tlp::kRed) << "the strictest";
  ASSERT_THAT(said(*read), ElementsAre("ipv4-addr=203.0.113.7"));
  EXPECT_EQ(read->indicators[0].origin, "indicator--1");
  EXPECT_EQ(to_rfc3339(*read->indicators[0].valid_until), "2026-12-01T00:00:00.000Z");
  EXPECT_THAT(reasons(*read), ElementsAre("pattern_type", "revoked", "time", "observable_only"));
  EXPECT_EQ(read->not_used[0].origin, "indicator--2");
  EXPECT_EQ(read->context, 2u);
}

TEST(StixBundle, BrokenFilesSayWhere) {
  const auto broken = read_advisory(R"({"type":"bundle","objects":[)");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), ErrorCode::kInvalid);
  EXPECT_NE(broken.error().message().find("byte"), std::string::npos) << broken.error().message();
  EXPECT_FALSE(read_advisory(R"({"type":"bundle","objects":[]})"));
  EXPECT_FALSE(read_advisory(R"({"type":"report"})"));
  EXPECT_FALSE(read_advisory(""));
  EXPECT_FALSE(read_advisory(std::string(100, '[')));
}

TEST(MispEvent, AttributesForDetectionAlsoInObjects) {
  const auto read = read_advisory(R"({"Event":{"info":"Phishing","uuid":"5f","Tag":[{"name":"TLP:GREEN"}],
    "Attribute":[{"type":"ip-dst","value":"203.0.113.7","to_ids":true,"uuid":"a1"},
                 {"type":"domain|ip","value":"evil[.]example|203.0.113.9","to_ids":true},
                 {"type":"url","value":"hxxps://evil.example/a","to_ids":false},
                 {"type":"comment","value":"read this","to_ids":false},
                 {"type":"mutex","value":"x","to_ids":true},
                 {"type":"ip-dst|port","value":"203.0.113.8|443","to_ids":true},
                 {"type":"md5","value":"zz","to_ids":true}],
    "Object":[{"name":"file","Attribute":[{"type":"filename|sha256","value":"a.exe|)" +
                                  std::string(64, 'b') + R"(","to_ids":true}]}]}})");
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_EQ(read->format, AdvisoryFormat::kMisp);
  EXPECT_EQ(read->title, "Phishing");
  EXPECT_EQ(read->tlp, Tlp::kGreen);
  EXPECT_THAT(said(*read), UnorderedElementsAre("ipv4-addr=203.0.113.7", "domain-name=evil.example",
                                                "ipv4-addr=203.0.113.9", "ipv4-addr=203.0.113.8",
                                                "file=" + std::string(64, 'b')));
  EXPECT_THAT(reasons(*read), ElementsAre("not_for_detection", "type", "value"));
  EXPECT_EQ(read->context, 1u);
}

TEST(IndicatorCsv, QuotesDefangedFormsAndGuessedTypes) {
  const auto read = read_advisory(
      "\xef\xbb\xbfType,Value,valid_until,note\r\n"
      "domain,evil[.]example,2026-12-31,\"a, note with \"\"quotes\"\"\r\nand a line\"\r\n"
      "url,hxxps://evil[.]example/a,,\r\n"
      ",203.0.113[.]7,,\r\n"
      ",198.51.100.0/24,,\r\n"
      "domain,evil.example,2027-12-31,\r\n"
      "port,443,,\r\n"
      "ip,nonsense,,\r\n"
      "ip,0.0.0.0/0,,\r\n"
      "md5,,,\r\n"
      "ip,203.0.113.9,tomorrow,\r\n");
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_THAT(said(*read), UnorderedElementsAre("ipv4-addr=203.0.113.7", "ipv4-addr=198.51.100.0/24",
                                                "domain-name=evil.example", "url=https://evil.example/a"));
  const auto domain = std::ranges::find(read->indicators, ObservableType::kDomain,
                                        [](const Indicator& one) { return one.all.front().type; });
  EXPECT_EQ(to_rfc3339(*domain->valid_until).substr(0, 10), "2027-12-31") << "of two, the longer one";
  EXPECT_EQ(domain->origin, "line 2");
  EXPECT_THAT(reasons(*read), ElementsAre("type", "value", "too_wide", "value", "time"));
  EXPECT_EQ(read->not_used[0].origin, "line 8") << "a quoted line break counts";
}

TEST(IndicatorCsv, WhatIsNoCsvOfIndicatorsSaysWhatIsMissing) {
  EXPECT_EQ(read_advisory("a,b\n1,2\n").error().code(), ErrorCode::kInvalid);
  const auto open = read_advisory("value\n\"203.0.113.7\n");
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message().find("line 2"), std::string::npos) << open.error().message();
  const auto semicolons = read_advisory("type;value\nip;203.0.113.7\n");
  ASSERT_TRUE(semicolons);
  EXPECT_EQ(semicolons->indicators.size(), 1u);
  std::string many = "value\n";
  for (std::size_t i = 0; i <= AdvisoryLimits::kIndicators; ++i) many += fmt::format("n{}.example\n", i);
  EXPECT_EQ(read_advisory(many).error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace vedette::desk
