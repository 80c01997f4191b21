// Sigma rules and events: whatever stands in a rule file, it is refused with a reason or gives rules that can
// be asked of any event. The input: the file, a NUL byte, and the values of the fields F and G and of the raw
// line.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "logs/sigma/evaluate.h"
#include "logs/sigma/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::logs;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\0');
  const auto values = end == input.npos ? std::string_view() : input.substr(end + 1).substr(0, 4096);
  const auto middle = values.size() / 2;
  const Field fields[] = {{.name = "F", .value = values.substr(0, middle), .escaped = true},
                          {.name = "G", .value = values.substr(middle)}};
  const EventView event{.fields = fields, .raw = values, .raw_is_text = true, .time = {}, .source = {}};
  sigma::RuleSet set;
  sigma::read_rules(input.substr(0, end), "fuzz.yml", {.placeholders = {{"p", {"1", "a*"}}}}, set);
  for (const auto& refusal : set.refused) VEDETTE_ASSERT(!refusal.reason.empty());
  for (const auto& rule : set.rules) {
    VEDETTE_ASSERT(!rule.id.empty());
    if (rule.predicates.size() < 500) (void)sigma::holds(rule, event);
  }
  return 0;
}
