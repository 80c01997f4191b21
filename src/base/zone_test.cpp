#include "base/zone.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

LocalTime at(std::string_view text) { return *parse_local_text(text); }
std::string first(std::string_view zone, std::string_view local) {
  return to_rfc3339(Zone::find(zone)->first_at(at(local)));
}

TEST(Zone, ATimeThatExistsOnceIsThatTime) {
  EXPECT_EQ(first("Asia/Ho_Chi_Minh", "2026-02-17T07:00"), "2026-02-17T00:00:00.000Z");
  EXPECT_EQ(first("Europe/Berlin", "2026-07-01T08:00"), "2026-07-01T06:00:00.000Z");
}
TEST(Zone, ATimeThatIsSkippedIsTheMomentOfTheSkip) {
  EXPECT_EQ(first("Europe/Berlin", "2026-03-29T02:30"), "2026-03-29T01:00:00.000Z");
  EXPECT_EQ(first("Pacific/Apia", "2011-12-30T12:00"), "2011-12-30T10:00:00.000Z")
      << "a whole day was skipped";
}
TEST(Zone, ATimeThatComesTwiceIsTheFirst) {
  EXPECT_EQ(first("Europe/Berlin", "2026-10-25T02:30"), "2026-10-25T00:30:00.000Z");
  EXPECT_EQ(first("Australia/Lord_Howe", "2026-04-05T01:45"), "2026-04-04T14:45:00.000Z") << "half an hour";
}
TEST(Zone, TheWallClockOfAMoment) {
  auto zone = *Zone::find("Asia/Kathmandu");
  EXPECT_EQ(to_local_text(zone.local(*parse_rfc3339("2026-01-01T00:00:00Z"))), "2026-01-01T05:45");
  EXPECT_EQ(zone.name(), "Asia/Kathmandu");
}
TEST(Zone, AnUnknownNameIsAClearError) {
  for (const char* name : {"Mars/Olympus", "", "../../etc/passwd", "asia/ho_chi_minh"})
    EXPECT_EQ(Zone::find(name).error().code(), ErrorCode::kNotFound) << name;
}
TEST(Zone, LocalTimesAsText) {
  EXPECT_EQ(to_local_text(at("2028-02-29T23:59")), "2028-02-29T23:59");
  for (const char* wrong : {"", "2026-02-30T00:00", "2026-02-17T24:00", "2026-02-17 07:00",
                            "2026-02-17T07:00Z", "2026-02-17T07:60", "x026-02-17T07:00"})
    EXPECT_FALSE(parse_local_text(wrong)) << wrong;
}

}  // namespace
}  // namespace vedette
