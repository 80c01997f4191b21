// Any bytes as lines of plain text logs: all is read, no field is longer than what it came from allows, and
// the same bytes give the same events.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"

namespace {

using namespace vedette::logs;

std::size_t read(const std::string& bytes, const ReaderContext& context) {
  auto reader = open_reader(Input::of(bytes), "text", context);
  VEDETTE_ASSERT(reader.has_value());
  std::size_t digest = 0;
  for (;;) {
    const auto event = (*reader)->next();
    if (!event || !*event) return digest;
    VEDETTE_ASSERT((*event)->fields.size() <= kEventFieldsMax);
    for (const auto& field : (*event)->fields) {
      VEDETTE_ASSERT(!field.name.empty());
      digest = digest * 31 + std::hash<std::string_view>()(field.name) +
               std::hash<std::string_view>()(field.value);
    }
  }
}

// Loading the patterns takes longer under the sanitizers than one input may.
const PatternSet& patterns() {
  static const PatternSet set = PatternSet::built_in().value();
  return set;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static_cast<void>(patterns());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const vedette::ManualClock clock;
  static const ReaderContext context{clock, Zone::named("Asia/Ho_Chi_Minh").value(), patterns()};
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  VEDETTE_ASSERT(read(bytes, context) == read(bytes, context));
  return 0;
}
