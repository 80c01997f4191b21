#include "server/logs/bulk_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::server {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ReadBulkTest, TakesActionsAndEventsInTurns) {
  auto bulk = read_bulk("{\"create\":{\"_index\":\"filebeat-8\"}}\n{\"a\":1}\r\n{\"index\":{}}\n{\"b\":2}");
  ASSERT_TRUE(bulk) << bulk.error().full();
  EXPECT_THAT(bulk->events, ElementsAre("{\"a\":1}", "{\"b\":2}"));
  EXPECT_THAT(bulk->actions, ElementsAre(BulkAction::kCreate, BulkAction::kIndex));
  EXPECT_EQ(bulk->index, "filebeat-8");
}

TEST(ReadBulkTest, AnActionLikeTheOneBeforeIsTheSameAction) {
  auto bulk = read_bulk("{\"index\":{}}\n{\"a\":1}\n{\"index\":{}}\n{\"b\":2}\n{\"create\":{}}\n{\"c\":3}\n");
  ASSERT_TRUE(bulk) << bulk.error().full();
  EXPECT_THAT(bulk->actions, ElementsAre(BulkAction::kIndex, BulkAction::kIndex, BulkAction::kCreate));
}

TEST(ReadBulkTest, NamesTheLineThatIsWrong) {
  auto message = [](std::string_view body) { return read_bulk(body).error().message(); };
  EXPECT_THAT(message("{\"create\":{}}\n"), HasSubstr("line 1"));
  EXPECT_THAT(message("{\"create\":{}}\n{}\n{\"delete\":{\"_id\":\"1\"}}\n"),
              HasSubstr("line 3: events can be created"));
  EXPECT_THAT(message("not json\n{}\n"), HasSubstr("line 1: this is no action"));
  EXPECT_THAT(message("{\"a\":{},\"b\":{}}\n{}\n"), HasSubstr("line 1"));
  EXPECT_THAT(message("\n\n"), HasSubstr("no event"));
}

TEST(ReadBulkTest, IsBounded) {
  std::string body;
  for (std::size_t i = 0; i <= kBulkEventsMax; ++i) body += "{\"create\":{}}\n{}\n";
  EXPECT_EQ(read_bulk(body).error().code(), ErrorCode::kLimit);
  EXPECT_FALSE(read_bulk("{\"create\":" + std::string(100'000, '{') + "\n{}\n"));
}

}  // namespace
}  // namespace vedette::server
