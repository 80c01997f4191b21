#include "server/api/site_import.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

constexpr std::chrono::seconds kMinute{60};

TEST(SiteImport, Lines) {
  auto list = read_site_lines(
      "\xEF\xBB\xBF# ours\nhttps://a.example Trang A\r\n\n  b.example\nftp://c.example\nnonsense\n", kMinute);
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->sites.size(), 2u);
  EXPECT_EQ(list->sites[0].config.url, "https://a.example");
  EXPECT_EQ(list->sites[0].config.name, "Trang A");
  EXPECT_EQ(list->sites[1].config.url, "https://b.example");
  ASSERT_EQ(list->skipped.size(), 2u);
  EXPECT_EQ(list->skipped[0].line, 5);
}

TEST(SiteImport, UptimeKuma) {
  auto list = read_uptime_kuma(R"({"version":"1.23.0","monitorList":[
    {"name":"A","type":"http","url":"https://a.example","interval":120,"active":true},
    {"name":"B","type":"keyword","url":"https://b.example","interval":5,"active":0,"ignoreTls":true},
    {"name":"P","type":"ping","hostname":"c.example"}, 7]})",
                               kMinute);
  ASSERT_TRUE(list.has_value()) << list.error().full();
  ASSERT_EQ(list->sites.size(), 2u);
  EXPECT_EQ(list->sites[0].config.interval.count(), 120);
  EXPECT_EQ(list->sites[1].config.interval.count(), 20);
  EXPECT_FALSE(list->sites[1].config.enabled);
  EXPECT_FALSE(list->sites[1].config.verify_tls);
  EXPECT_EQ(list->skipped.size(), 2u);
  EXPECT_FALSE(read_uptime_kuma("{}", kMinute).has_value());
  EXPECT_FALSE(read_uptime_kuma(std::string(1000, '['), kMinute).has_value());
}

}  // namespace
}  // namespace vedette::server
