#include "model/finding.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace vedette {
namespace {

Finding sample() {
  Finding f;
  f.uid = "0190b5c2-0000-7000-8000-000000000001";
  f.kind = "foreign_script";
  f.severity = Severity::kHigh;
  f.confidence = 90;
  f.asset = {"site", "s1", "Trang chủ"};
  f.title = {"model.test", {{"name", "x"}}};
  f.where = "script[src] https://evil.example/x.js";
  f.after = "<script src=…>";
  f.attack = {"T1491.002"};
  f.evidence = {{"page", std::string(64, 'a'), "after"}};
  f.dedup_key = "sites/s1/content";
  f.observed_at = from_unix_ms(1'700'000'000'123);
  return f;
}

TEST(Finding, JsonIsLossless) {
  auto back = finding_from_json(to_json(sample()));
  ASSERT_TRUE(back.has_value()) << back.error().full();
  EXPECT_EQ(*back, sample());
}

TEST(Finding, NamesTheFieldThatIsWrong) {
  auto json = to_json(sample());
  json.as_object()["severity"] = "dreadful";
  auto back = finding_from_json(json);
  ASSERT_FALSE(back.has_value());
  EXPECT_NE(back.error().message().find("severity"), std::string::npos);
}

TEST(Finding, OcsfCarriesClassAndSeverity) {
  auto json = to_ocsf(sample(), Language::kEnglish).as_object();
  EXPECT_EQ(json["class_uid"].as_int64(), 2004);
  EXPECT_EQ(json["severity_id"].as_int64(), 4);
  EXPECT_EQ(json["type_uid"].as_int64(), 200401);
}

}  // namespace
}  // namespace vedette
