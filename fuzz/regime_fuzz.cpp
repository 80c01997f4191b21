// Regimes and holidays: whatever stands in a file, it is refused with its name and a reason, or gives
// deadlines that can be counted. The first byte says which kind of file it is: 'h' holidays, else a regime.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "desk/clocks/counting.h"
#include "desk/clocks/regime.h"

namespace {

using namespace vedette;
using namespace vedette::desk;

const WallTime kStart = *parse_rfc3339("2026-02-13T03:00:00Z");

void count(const Regime& regime, const Holidays& holidays) {
  const auto zone = Zone::find(regime.zone);
  VEDETTE_ASSERT(zone.has_value() && !regime.steps.empty());
  for (const auto& step : regime.steps)
    VEDETTE_ASSERT(end_of(step.period, kStart, *zone, &holidays).at >= kStart);
}

void refused(const Error& error) { VEDETTE_ASSERT(error.message().starts_with("f.toml:")); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Holidays none{Holidays::Definition{}};
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'h') {
    auto holidays = parse_holidays(text, "f.toml");
    if (!holidays) {
      refused(holidays.error());
    } else {
      (void)end_of({PeriodUnit::kWorkingDays, amount_max(PeriodUnit::kWorkingDays)}, kStart,
                   *Zone::find("Asia/Ho_Chi_Minh"), &*holidays);
    }
  } else {
    auto regime = parse_regime(text, "f.toml");
    if (!regime) {
      refused(regime.error());
    } else {
      count(*regime, none);
    }
  }
  return 0;
}
