// The first two bytes choose rules, the rest is a JSON event: the matcher says what the plain evaluator says,
// with and without a memo.
#include <cstddef>
#include <cstdint>
#include <map>

#include "base/assert.h"
#include "logs/match/matcher.h"
#include "logs/match/random_case.h"
#include "logs/read/json_event.h"
#include "logs/sigma/evaluate.h"

namespace {

using namespace vedette::logs;

struct Case {
  explicit Case(std::uint64_t seed)
      : rules(match::RandomCase(seed).rules(24)),
        plain(match::CompiledRules::compile(rules)),
        remembering(match::CompiledRules::compile(rules), {.memo_bytes = 1 << 14}) {}
  std::vector<sigma::Rule> rules;
  match::Matcher plain, remembering;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static std::map<std::uint64_t, Case> cases;
  const auto seed = data[0] | std::uint64_t{data[1]} << 8;
  if (cases.size() > 200) cases.clear();
  auto& [rules, plain, remembering] = cases.try_emplace(seed, seed).first->second;
  static JsonEvent reader;
  EventView event;
  reader.read({reinterpret_cast<const char*>(data) + 2, size - 2}, event);
  event.raw_is_text = (seed & 1) != 0;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t rule = 0; rule < rules.size(); ++rule)
    if (sigma::holds(rules[rule], event)) expected.push_back(rule);
  VEDETTE_ASSERT(std::ranges::equal(plain.match(event), expected));
  VEDETTE_ASSERT(std::ranges::equal(remembering.match(event), expected));
  return 0;
}
