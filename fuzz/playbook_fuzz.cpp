// Playbooks, foreign and our own: whatever stands in a file, it is refused with a reason, or gives steps
// within the limits, which can be written as CACAO and read again. The first byte: 't' a TOML file, else
// CACAO.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "desk/playbooks/cacao.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::desk;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto playbook = data[0] == 't' ? parse_playbook(text, "f.toml") : playbook_from_cacao(text);
  if (!playbook) {
    VEDETTE_ASSERT(!playbook.error().message().empty());
    return 0;
  }
  VEDETTE_ASSERT(!playbook->steps.empty() && playbook->steps.size() <= PlaybookLimits::kSteps);
  for (const auto& step : playbook->steps)
    VEDETTE_ASSERT(!step.title.en.empty() && step.what.en.size() <= CacaoLimits::kTextBytes);
  const auto again = playbook_from_cacao(cacao_of(*playbook, Language::kEnglish, {}));
  VEDETTE_ASSERT(again.has_value() || again.error().code() == ErrorCode::kInvalid);
  return 0;
}
