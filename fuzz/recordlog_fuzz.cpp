// Any bytes as each format with its own structure, and as whatever they look like: all is read, no limit is
// passed, and what is compressed expands within its bounds.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "base/text/utf8.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::logs;
  // Without patterns: they have their own target, and take long to load.
  static const PatternSet patterns = PatternSet::parse({}).value();
  static const vedette::ManualClock clock;
  static const ReaderContext context{clock, Zone(), patterns};
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string_view format : {"auto", "audit", "journal", "w3c", "cef", "eve"}) {
    Input input = Input::of(bytes, {.expanded_bytes_max = 8u << 20});
    auto reader = open_reader(std::move(input), format, context);
    if (!reader) continue;
    std::uint64_t count = 0;
    for (;;) {
      const auto event = (*reader)->next();
      if (!event || !*event) break;
      ++count;
      VEDETTE_ASSERT((*event)->fields.size() <= kEventFieldsMax);
      for (const auto& field : (*event)->fields)
        VEDETTE_ASSERT(!field.name.empty() || format == "auto" || format == "eve");
    }
    VEDETTE_ASSERT((*reader)->counters().read == count);
    VEDETTE_ASSERT((*reader)->counters().samples.size() <= ReadCounters::kSamplesMax);
  }
  return 0;
}
