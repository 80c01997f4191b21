#include "logs/read/zone.h"

#include <gtest/gtest.h>

namespace vedette::logs {
namespace {

TEST(Zone, LocalTimesOfSummerAndWinter) {
  const Zone paris = Zone::named("Europe/Paris").value();
  EXPECT_EQ(to_rfc3339(paris.to_utc(parse_rfc3339("2005-08-14T12:00:00Z").value())),
            "2005-08-14T10:00:00.000Z");
  EXPECT_EQ(to_rfc3339(paris.to_utc(parse_rfc3339("2005-01-14T12:00:00Z").value())),
            "2005-01-14T11:00:00.000Z");
  EXPECT_EQ(to_rfc3339(paris.to_local(parse_rfc3339("2005-01-14T11:00:00Z").value())),
            "2005-01-14T12:00:00.000Z");
  const Zone hanoi = Zone::named("+07:00").value();
  EXPECT_EQ(to_rfc3339(hanoi.to_utc(parse_rfc3339("2026-01-01T00:00:00Z").value())),
            "2025-12-31T17:00:00.000Z");
  EXPECT_EQ(to_rfc3339(Zone().to_utc(parse_rfc3339("2026-01-01T00:00:00Z").value())),
            "2026-01-01T00:00:00.000Z");
}

TEST(Zone, ANameThatIsNoneIsRefused) {
  EXPECT_FALSE(Zone::named("Europe/Nowhere").has_value());
  EXPECT_FALSE(Zone::named("").has_value());
}

}  // namespace
}  // namespace vedette::logs
