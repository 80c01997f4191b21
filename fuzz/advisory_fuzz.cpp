// Files of indicators: whatever the bytes are, they are refused with a reason, or give indicators within the
// limits, in their normal form. The first byte: 'p' a STIX pattern alone, 'm' a MISP event, 'c' CSV, else
// whichever of them it looks like.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "desk/advisories/indicator.h"

namespace {

vedette::Result<vedette::desk::ReadAdvisory> read(char how, std::string_view text) {
  using namespace vedette::desk;
  if (how == 'm') return read_misp(text);
  if (how == 'c') return read_indicator_csv(text);
  if (how != 'p') return read_advisory(text);
  ReadAdvisory out;
  for (auto& all : stix_alternatives(text, "indicator--fuzz", out)) out.indicators.push_back({.all = all});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::desk;
  if (size == 0) return 0;
  const auto out = read(static_cast<char>(data[0]), {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!out) {
    VEDETTE_ASSERT(!out.error().message().empty());
    return 0;
  }
  VEDETTE_ASSERT(out->indicators.size() <= AdvisoryLimits::kIndicators);
  VEDETTE_ASSERT(out->not_used.size() <= AdvisoryLimits::kNotUsed &&
                 out->not_used.size() <= out->not_used_count);
  for (const auto& one : out->indicators) {
    VEDETTE_ASSERT(!one.all.empty() && one.all.size() <= AdvisoryLimits::kTerms);
    for (const auto& term : one.all) {
      bool too_wide = false;
      const auto again = indicator_term(term.type, term.value, too_wide);
      VEDETTE_ASSERT(again && *again == term);
    }
  }
  return 0;
}
